//! Ordered waves with gates, as one thing with a state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Counts, OnMet, Release, RolloutId, TenantId, Text, Wave, WaveId, WaveState};

/// Who or what paused a rollout, as far as it can be proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PausedBy {
    /// Its own failure limit.
    Limit { wave: WaveId, failed: u32, total: u32 },
    /// A gate that waits for a person after a good wave.
    Gate { wave: WaveId },
    /// Neither: somebody paused it, by hand or by another tool.
    Person,
    /// The waves have not been read yet.
    NotKnown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RolloutState {
    /// The backend is still filling its waves.
    Preparing,
    /// An approval is open.
    WaitsForYou,
    Declined,
    /// Ready, and nobody has started it.
    NotBegun,
    Starting,
    Running,
    Paused(PausedBy),
    /// A freeze forbids it.
    Frozen,
    Stopping,
    /// Ended early. Hosts may still be at work.
    Stopped,
    /// All waves ended. Hosts may still be at work.
    Finished,
    /// A state word we do not know; the native word is shown.
    Unknown,
}

impl RolloutState {
    /// The word on the board.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::WaitsForYou => "waits for you",
            Self::Declined => "declined",
            Self::NotBegun => "not begun",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused(PausedBy::Limit { .. }) => "PAUSED, limit",
            Self::Paused(PausedBy::Gate { .. }) => "PAUSED, gate",
            Self::Paused(_) => "PAUSED",
            Self::Frozen => "frozen",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Unknown => "cannot tell",
        }
    }

    /// The key of it in `--json`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::WaitsForYou => "waits_for_approval",
            Self::Declined => "declined",
            Self::NotBegun => "not_begun",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::Frozen => "frozen",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Unknown => "unknown",
        }
    }

    /// The backend will not change its state by itself any more.
    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Stopped | Self::Finished | Self::Declined)
    }

    pub fn is_paused(&self) -> bool {
        matches!(self, Self::Paused(_))
    }
}

/// Who decided on it, as the backend remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: Option<Text>,
    pub remark: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    RetryOf,
    RollbackOf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    pub relation: Relation,
    pub rollout: RolloutId,
}

/// A rollout as one list request tells it. Its waves are read apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    pub id: RolloutId,
    pub tenant: TenantId,
    pub name: Text,
    pub description: Text,
    pub release: Option<Release>,
    pub state: RolloutState,
    /// The backend's own word.
    pub native: Text,
    /// None when this login may not see them, or the list did not carry them.
    pub counts: Option<Counts>,
    pub waves: Option<u32>,
    /// When the backend will start it by itself, if somebody said so.
    pub starts: Option<Timestamp>,
    pub approval: Approval,
    pub created: Option<Timestamp>,
    pub created_by: Option<Text>,
    /// Last change by a person or the server's scheduler. It does not move with the counters.
    pub changed: Option<Timestamp>,
    pub related: Vec<Related>,
    /// New hosts may join at any time: totals are open-ended.
    pub open_ended: bool,
}

impl Rollout {
    /// Hosts that the backend still counts as at work.
    pub fn at_work(&self) -> u32 {
        self.counts.map_or(0, |counts| counts.running)
    }

    /// Worth asking about often: it moves, or hosts of it are still at work.
    pub fn is_moving(&self) -> bool {
        !self.state.has_ended() || self.at_work() > 0
    }
}

impl PausedBy {
    /// What the waves prove about a pause: a wave over its limit, a met gate that pauses, or neither.
    ///
    /// A backend's own "last changed by" proves nothing here: an automatic pause can carry a person's name.
    pub fn from_waves(waves: &[Wave]) -> Self {
        if waves.is_empty() {
            return Self::NotKnown;
        }
        let begun = || waves.iter().filter(|wave| wave.state.has_begun());
        if let Some(wave) = begun().rev().find(|wave| wave.state == WaveState::OverLimit)
            && begun().all(|later| later.ordinal <= wave.ordinal)
        {
            return Self::Limit { wave: wave.id.clone(), failed: wave.counts.failed, total: wave.counts.total };
        }
        match begun().max_by_key(|wave| wave.ordinal) {
            Some(wave) if wave.gate.on_met == Some(OnMet::Pause) && wave.gate.is_met(&wave.counts) => {
                Self::Gate { wave: wave.id.clone() }
            }
            _ => Self::Person,
        }
    }
}
