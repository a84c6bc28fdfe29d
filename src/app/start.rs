//! The state a session begins with. Nothing has been read yet, and it says so.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::state::{JournalSeat, State, Timeline, Trail, ZoneShown};
use crate::backend::port::Descriptor;
use crate::calendar::{Calendars, Rules};
use crate::domain::{CareRules, HostRules, Now, Tenant, Text};
use crate::keymap::Keymap;
use crate::memory::Memory;
use crate::store::queue::PileBy;
use crate::store::{Connection, Store};

/// What a session is started with.
#[derive(Debug)]
pub struct Start {
    pub descriptors: Vec<Descriptor>,
    pub tenants: Vec<Tenant>,
    pub care: CareRules,
    /// When work is allowed.
    pub calendar: Rules,
    pub keymap: Keymap,
    pub local_zone: TimeZone,
    pub zone: ZoneShown,
    pub bell: bool,
    pub mouse: bool,
    pub rate: f64,
    pub os_user: Text,
    /// Several people use one login somewhere: a name is asked before the first action.
    pub shared_login: bool,
    pub arm_for: Duration,
    pub host_rules: HostRules,
    pub size: (u16, u16),
    /// A number of this process, part of the ids of its intents.
    pub seat: u32,
}

impl Start {
    /// With nothing from a config: times in UTC, no bell, nobody named.
    pub fn plain(descriptors: Vec<Descriptor>, keymap: Keymap) -> Self {
        Self {
            descriptors,
            tenants: Vec::new(),
            care: CareRules::default(),
            calendar: Rules::default(),
            keymap,
            local_zone: TimeZone::UTC,
            zone: ZoneShown::Local,
            bell: false,
            mouse: false,
            rate: 1.0,
            os_user: Text::default(),
            shared_login: false,
            arm_for: Duration::from_secs(600),
            host_rules: HostRules::default(),
            size: (120, 36),
            seat: 1,
        }
    }
}

impl State {
    pub fn new(start: Start, now: Now) -> Self {
        let mut store = Store::default();
        let mut descriptors = BTreeMap::new();
        for descriptor in start.descriptors {
            let connection = Connection::new(
                descriptor.name.clone(),
                Text::new(descriptor.kind),
                descriptor.address.clone(),
                descriptor.tenants.clone(),
                descriptor.insecure,
            );
            store.connections.insert(descriptor.name.clone(), connection);
            descriptors.insert(descriptor.name.clone(), descriptor);
        }
        store.tenants = start.tenants.into_iter().map(|tenant| (tenant.id.clone(), tenant)).collect();
        let calendars = Calendars::new(start.calendar, start.local_zone.clone());
        Self {
            store,
            calendars,
            calendar_trouble: None,
            theirs: Vec::new(),
            theirs_by: None,
            overrides: Vec::new(),
            ends_told: now.civil,
            alarmed: now.civil,
            timeline: Timeline::default(),
            keymap: start.keymap,
            descriptors,
            identities: BTreeMap::new(),
            trail: Trail::default(),
            lists: BTreeMap::new(),
            rows_made: now.mono,
            rows_due: None,
            dialogs: Vec::new(),
            piles: HashMap::default(),
            pile_by: PileBy::default(),
            lanes: BTreeMap::new(),
            lane_hosts: HashMap::new(),
            helpless: BTreeMap::new(),
            memory: Memory::default(),
            care: start.care,
            field: None,
            pending: Vec::new(),
            armed: None,
            needs: Vec::new(),
            notices: VecDeque::new(),
            hits: Vec::new(),
            tabs: Vec::new(),
            activity: Vec::new(),
            in_flight: BTreeMap::new(),
            carrying: BTreeMap::new(),
            settled: BTreeMap::new(),
            paces: BTreeMap::new(),
            journal: JournalSeat::Opening,
            person: None,
            os_user: start.os_user,
            shared_login: start.shared_login,
            arm_for: start.arm_for,
            host_rules: Arc::new(start.host_rules),
            local_zone: start.local_zone,
            zone: start.zone,
            wide: false,
            bell: start.bell,
            mouse: start.mouse,
            focused: true,
            size: start.size,
            now,
            touched: now.mono,
            read_now: None,
            reads: 0,
            rate: start.rate,
            seat: start.seat,
            intents: 0,
            known_needs: None,
            glance: 0,
            dirty: true,
            hurried: true,
            quitting: false,
        }
    }
}
