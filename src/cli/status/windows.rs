//! What `status` holds rollouts against: the calendars of the config, overrides of the journal, and how earlier waves went.
//!
//! Read from files anew for each reading of the board; the answers are the board's own.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::app::state::{Judge, theirs};
use crate::app::{closing, recall};
use crate::calendar::Calendars;
use crate::cli::cockpit;
use crate::config::Config;
use crate::domain::{Need, Override, TenantId};
use crate::journal::FileRead;
use crate::memory::{Memory, Pace};
use crate::store::Store;

/// Sets whose openings are worked out ahead at once: all that a config may have.
const ALL: usize = usize::MAX;

pub(super) struct Windows {
    calendars: Calendars,
    overrides: Vec<Override>,
    paces: BTreeMap<TenantId, Vec<Pace>>,
}

impl Windows {
    pub(super) fn new(config: &Config) -> Self {
        let (zone, _) = cockpit::zones(&config.ui.zone);
        Self { calendars: Calendars::new(config.calendar.clone(), zone), overrides: Vec::new(), paces: BTreeMap::new() }
    }

    /// Takes in what the files hold at this moment.
    pub(super) fn read(&mut self, config: &Config, journal: &[FileRead], now: Timestamp) {
        self.overrides = recall::overrides(journal);
        self.paces.clear();
        for pace in Memory::load(&config.memory_file).all_paces() {
            self.paces.entry(pace.tenant.clone()).or_default().push(pace.clone());
        }
        self.calendars.keep(now, ALL);
    }

    /// What is under way at the end of its window or of its override, and what backends say otherwise, in the tenants' own times.
    pub(super) fn needs(&self, store: &Store, now: Timestamp) -> Vec<Need> {
        let zone = |tenant: &TenantId| self.calendars.zone(tenant);
        let mut needs = closing::needs(&self.judge(now), store, &zone, None);
        needs.extend(theirs::needs(&theirs::of(&self.judge(now), store), now, &zone));
        needs
    }

    pub(super) fn judge(&self, now: Timestamp) -> Judge<'_> {
        Judge { calendars: &self.calendars, overrides: &self.overrides, paces: &self.paces, now }
    }
}
