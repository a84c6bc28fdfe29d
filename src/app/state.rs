//! Everything the cockpit knows at one moment. Drawing reads it; only `update` changes it.

mod activity;
mod age;
mod care;
mod dialog;
mod fits;
mod list;
pub mod outside;
mod place;
mod sets;
pub mod theirs;
mod timeline;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use activity::{ActivityLine, ActivityState, InFlight, Phase, folded, push_line, row_of};
pub use age::{Age, Due, Known};
pub use care::{cause_key, failure_key};
pub use dialog::{
    ArmDialog, BulkDialog, BulkLine, Dialog, EndOverrideDialog, HelpDialog, NameDialog, NoteDialog, OverrideAsk, OverrideDialog,
    Palette, PlanDialog, Stage, TicketDialog, Which, WhichDialog,
};
pub use fits::Judge;
pub use list::{ListState, Sort, SortKey};
pub use place::{Place, RowId, Screen, Trail};
pub use sets::Stretch;
pub use theirs::Theirs;
pub use timeline::{Standing, Timeline};
pub use tui_input::Input;

use crate::action::Verb;
use crate::backend::port::{Descriptor, Identity, Interest, Right};
use crate::calendar::Calendars;
use crate::domain::{
    BackendName, CareRules, HostId, HostRules, IntentId, Lane, Mono, Need, Now, Override, RolloutId, TenantId, Text,
};
use crate::keymap::{Key, Keymap};
use crate::memory::{Memory, Pace};
use crate::plan::types::Intent;
use crate::store::Store;
use crate::store::lanes::{LaneHost, LaneSum};
use crate::store::queue::{Pile, PileBy, Sum};

/// Which zone times are shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZoneShown {
    #[default]
    Local,
    Utc,
    /// Each row in its tenant's own zone.
    Tenant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Info,
    Warn,
    Alert,
}

impl Weight {
    /// How long a notice of this weight is shown.
    pub fn lasts(self) -> std::time::Duration {
        std::time::Duration::from_secs(match self {
            Self::Info => 6,
            Self::Warn => 12,
            Self::Alert => 60,
        })
    }
}

/// One line that tells something once, in place of the line under the header's right half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: Text,
    pub weight: Weight,
    pub at: Mono,
    /// The reading it complains of: it goes when that reading succeeds.
    pub about: Option<(BackendName, Interest)>,
}

/// The tenant whose verbs are live, until when, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armed {
    pub tenant: TenantId,
    pub since: Mono,
    pub until: Mono,
}

/// Whether actions can be written down. Without a journal every action is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum JournalSeat {
    /// Not opened yet.
    #[default]
    Opening,
    Ready,
    Broken(Text),
}

/// A field that takes typing, outside dialogs.
#[derive(Clone, Debug)]
pub enum Field {
    /// `/`: the list's filter, live.
    Filter(Input),
    /// `F`: a host by a part of its name.
    Find(Input),
}

/// How an answer to `read now` stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadNow {
    pub asked: Mono,
    /// Connections that have not answered yet.
    pub waiting: Vec<BackendName>,
    /// Those that could not be read, or not whole.
    pub failed: Vec<BackendName>,
}

/// The state.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own that a person or an event turns")]
#[derive(Debug)]
pub struct State {
    pub store: Store,
    /// When work is allowed, per tenant and group.
    pub calendars: Calendars,
    /// What part of time the Windows screen shows.
    pub timeline: Timeline,
    /// Why the calendar could not be read again: the last good one holds.
    pub calendar_trouble: Option<Text>,
    /// What backends say of allowed times, by the last look.
    pub theirs: Vec<Theirs>,
    /// What that look rested on.
    pub theirs_by: Option<theirs::Basis>,
    /// Overrides in force or past, as the journal tells them.
    pub overrides: Vec<Override>,
    /// Civil time up to which ends of overrides were told.
    pub ends_told: Timestamp,
    /// Civil time up to which the alarm clock has spoken.
    pub alarmed: Timestamp,
    pub keymap: Keymap,
    pub descriptors: BTreeMap<BackendName, Descriptor>,
    pub identities: BTreeMap<BackendName, Identity>,
    pub trail: Trail,
    /// One for each place that was visited.
    pub lists: BTreeMap<Place, ListState>,
    /// When the rows of the place we are at were made, and when they are to be made anew, if anything was read since.
    pub rows_made: Mono,
    pub rows_due: Option<Mono>,
    pub dialogs: Vec<Dialog>,
    /// What the rows of the failure screens are made of, by the last look.
    pub piles: HashMap<Pile, Sum, RandomState>,
    pub pile_by: PileBy,
    /// The same of what is no failure: the lanes, and the hosts of the one that is open.
    pub lanes: BTreeMap<Lane, LaneSum>,
    pub lane_hosts: HashMap<HostId, LaneHost>,
    /// Hosts that nothing but a person helps, by lane.
    pub helpless: BTreeMap<Lane, u32>,
    /// What was remembered of earlier sessions and of this one.
    pub memory: Memory,
    /// What the config says about failures.
    pub care: CareRules,
    pub field: Option<Field>,
    /// Keys of a chord pressed so far.
    pub pending: Vec<Key>,
    pub armed: Option<Armed>,
    /// What needs a person, most urgent first.
    pub needs: Vec<Need>,
    /// Newest last; the last one is shown until it has been read for a while.
    pub notices: VecDeque<Notice>,
    /// Where rows and tabs stood at the last draw, for the mouse.
    pub hits: Vec<(u16, RowId)>,
    pub tabs: Vec<(u16, u16, Screen)>,
    /// Newest first.
    pub activity: Vec<ActivityLine>,
    pub in_flight: BTreeMap<IntentId, InFlight>,
    /// Intents that were confirmed and have not settled, with their titles.
    pub carrying: BTreeMap<IntentId, (Intent, Text)>,
    /// Rollouts of intents that settled, and when: they are read in a hurry until the board has them as they are now.
    pub settled: BTreeMap<RolloutId, Mono>,
    /// How earlier waves of each tenant went, the oldest first.
    pub paces: BTreeMap<TenantId, Vec<Pace>>,
    pub journal: JournalSeat,
    /// The person, where the login does not tell.
    pub person: Option<Text>,
    pub os_user: Text,
    /// Several people use one login somewhere: a name is asked before the first action.
    pub shared_login: bool,
    pub arm_for: std::time::Duration,
    /// The user's own rules about hosts and releases.
    pub host_rules: Arc<HostRules>,
    pub local_zone: TimeZone,
    pub zone: ZoneShown,
    pub wide: bool,
    pub bell: bool,
    pub mouse: bool,
    pub focused: bool,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    pub now: Now,
    /// When the last key was pressed.
    pub touched: Mono,
    pub read_now: Option<ReadNow>,
    /// How often everything was asked to be read now.
    pub reads: u64,
    /// Civil seconds in a real one; shown when it is not 1.
    pub rate: f64,
    /// A number of this process, part of the ids of its intents.
    pub seat: u32,
    /// Intents made so far.
    pub intents: u32,
    /// Needs that were seen before; a new one rings. None until the first complete look.
    pub known_needs: Option<BTreeSet<String>>,
    /// What time-dependent words on the screen came to at the last draw.
    pub glance: u64,
    /// Something visible changed.
    pub dirty: bool,
    /// A person did something: the next draw does not wait for the frame cap.
    pub hurried: bool,
    pub quitting: bool,
}

impl State {
    pub fn place(&self) -> &Place {
        self.trail.here()
    }

    /// The list of the place we are at.
    pub fn list(&self) -> Option<&ListState> {
        self.lists.get(self.place())
    }

    pub fn selected(&self) -> Option<&RowId> {
        self.list().and_then(ListState::selected)
    }

    pub fn dialog(&self) -> Option<&Dialog> {
        self.dialogs.last()
    }

    pub fn is_armed(&self, tenant: &TenantId) -> bool {
        self.armed.as_ref().is_some_and(|armed| armed.tenant == *tenant && armed.until > self.now.mono)
    }

    /// Why the login there may not ask for a verb, as far as its rights are known.
    pub fn forbids(&self, backend: &BackendName, verb: Verb) -> Option<&Text> {
        match self.identities.get(backend)?.rights.get(&verb)? {
            Right::No(why) => Some(why),
            Right::Yes | Right::NotKnown => None,
        }
    }

    /// The zone to show a tenant's times in.
    pub fn zone_for(&self, tenant: Option<&TenantId>) -> TimeZone {
        match self.zone {
            ZoneShown::Utc => TimeZone::UTC,
            ZoneShown::Local => self.local_zone.clone(),
            ZoneShown::Tenant => tenant
                .and_then(|tenant| self.store.tenants.get(tenant))
                .and_then(|tenant| tenant.zone.clone())
                .unwrap_or_else(|| self.local_zone.clone()),
        }
    }
}

/// What drawing found out: it comes back as a message that makes nothing dirty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Rows of the list that fit.
    pub page: usize,
    /// Lines of the top dialog that fit, and how many it has.
    pub dialog: Option<(usize, usize)>,
    /// Lines of the detail that fit, and how many it has.
    pub detail: Option<(usize, usize)>,
    /// Where rows stand: line on screen, and the thing.
    pub hits: Vec<(u16, RowId)>,
    /// Where the screens' names stand in the header: first and last column, and the screen.
    pub tabs: Vec<(u16, u16, Screen)>,
}
