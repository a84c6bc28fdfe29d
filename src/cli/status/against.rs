//! What `status` holds rollouts and causes against: the calendars and deadlines of the config, overrides of the journal, how earlier
//! waves went, and in which nights a cause was there.
//!
//! Read from files anew for each reading of the board; the answers are the board's own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::state::{Age, Judge, Known, theirs};
use crate::app::{closing, recall};
use crate::calendar::Calendars;
use crate::cli::cockpit;
use crate::config::Config;
use crate::domain::{CareRules, Cluster, Need, Override, TenantId};
use crate::journal::FileRead;
use crate::memory::{Memory, Pace};
use crate::store::Store;

/// Sets whose openings are worked out ahead at once: all that a config may have.
const ALL: usize = usize::MAX;

pub(super) struct Against {
    zone: TimeZone,
    calendars: Calendars,
    care: CareRules,
    overrides: Vec<Override>,
    paces: BTreeMap<TenantId, Vec<Pace>>,
    memory: Memory,
}

impl Against {
    pub(super) fn new(config: &Config) -> Self {
        let (zone, _) = cockpit::zones(&config.ui.zone);
        Self {
            calendars: Calendars::new(config.calendar.clone(), zone.clone()),
            zone,
            care: config.care.clone(),
            overrides: Vec::new(),
            paces: BTreeMap::new(),
            memory: Memory::default(),
        }
    }

    /// Takes in what the files hold at this moment.
    pub(super) fn read(&mut self, config: &Config, journal: &[FileRead], now: Timestamp) {
        self.overrides = recall::overrides(journal);
        self.paces.clear();
        self.memory = Memory::load(&config.memory_file);
        for pace in self.memory.all_paces() {
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

    /// How long a cause is open at all its tenants.
    pub(super) fn age(&self, store: &Store, cluster: &Cluster, now: Timestamp) -> Option<Age> {
        let tenants: Vec<TenantId> = cluster.tenants().iter().map(|(tenant, _)| tenant.clone()).collect();
        let known = Known { memory: &self.memory, rules: &self.care, zone: &self.zone, now };
        known.age(&store.queue, &cluster.signature, &tenants)
    }

    pub(super) fn judge(&self, now: Timestamp) -> Judge<'_> {
        Judge { calendars: &self.calendars, overrides: &self.overrides, paces: &self.paces, now }
    }
}
