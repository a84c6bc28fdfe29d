//! How a moment stands for a set of hosts: by our calendar, and by a backend's own word.
//!
//! It holds values and compares them. How our word comes about is `calendar`'s, what it means for a verb is `plan`'s.

use std::fmt;

use jiff::Timestamp;

use super::{HostId, Opening, RolloutId, TenantId, Text, WindowState, Work};

/// Hosts that share a calendar: all of a tenant, or one group of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostSet {
    pub tenant: TenantId,
    /// A group of the config, by its name.
    pub group: Option<Text>,
}

impl HostSet {
    pub fn of(tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), group: None }
    }

    pub fn group(tenant: &TenantId, group: &Text) -> Self {
        Self { tenant: tenant.clone(), group: Some(group.clone()) }
    }
}

impl fmt::Display for HostSet {
    /// `acme`, `acme/eu`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Some(group) => f.pad(&format!("{}/{group}", self.tenant)),
            None => self.tenant.fmt(f),
        }
    }
}

/// How a moment stands by our own calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub set: HostSet,
    pub at: Timestamp,
    pub state: WindowState,
    /// The opening that holds now, or else the next one that is known.
    pub opening: Option<Opening>,
    /// The one that begins next, later than now.
    pub next: Option<Opening>,
    /// Work that is allowed in that opening, where it is not all.
    pub only: Option<Vec<Work>>,
    /// File and line of the rule that says so.
    pub source: Option<Text>,
    pub owner: Option<Text>,
}

impl Verdict {
    /// Whether work may begin: in an opening before its cutoff, or where no window rules at all.
    pub fn lets_begin(&self) -> bool {
        matches!(self.state, WindowState::Open { .. } | WindowState::NoWindow)
    }

    /// The last start and the end of the opening that holds now.
    pub fn limits(&self) -> Option<(Timestamp, Timestamp)> {
        match self.state {
            WindowState::Open { cutoff, closes } => Some((cutoff, closes)),
            WindowState::CutoffPassed { closes, .. } => {
                Some((self.opening.as_ref().map_or(closes, |opening| opening.cutoff), closes))
            }
            _ => None,
        }
    }
}

/// What a backend says about allowed times, by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendWindow {
    pub tenant: TenantId,
    /// What it holds for, in words: a host, a job, a release. `all hosts` where nobody is named.
    pub what: Text,
    pub rollout: Option<RolloutId>,
    pub host: Option<HostId>,
    pub stance: Stance,
    /// The backend's own words: its rule, the setting, the call that said so.
    pub native: Text,
}

/// Whether a backend lets work begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    Open {
        /// Where it says until when.
        until: Option<Timestamp>,
    },
    Shut {
        /// When it opens next, where it says so.
        opens: Option<Timestamp>,
    },
    /// It names a window and none is left to come.
    Over,
}

impl Stance {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// How a backend's word and ours differ at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Ours lets nothing begin, theirs does.
    OursShut,
    /// Ours is open, theirs lets nothing begin.
    TheirsShut,
}

impl Conflict {
    /// None where both say the same, and where we know no window.
    pub fn between(ours: &WindowState, theirs: Stance) -> Option<Self> {
        if *ours == WindowState::NoWindow {
            return None;
        }
        match (matches!(ours, WindowState::Open { .. }), theirs.is_open()) {
            (true, false) => Some(Self::TheirsShut),
            (false, true) => Some(Self::OursShut),
            (true, true) | (false, false) => None,
        }
    }
}
