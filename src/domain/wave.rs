//! One run of a release against a set of hosts, and the gate behind it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Counts, Gate, RolloutState, Text, WaveId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaveState {
    /// Being put together by the backend.
    Preparing,
    NotBegun,
    Running,
    Done,
    /// More hosts failed than its gate allows. It stays so.
    OverLimit,
    Stopped,
    /// A state word we do not know; the native word is shown.
    Unknown,
}

impl WaveState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::NotBegun => "not begun",
            Self::Running => "running",
            Self::Done => "done",
            Self::OverLimit => "over limit",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// The key of it in `--json`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::NotBegun => "not_begun",
            Self::Running => "running",
            Self::Done => "done",
            Self::OverLimit => "over_limit",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    pub fn has_begun(self) -> bool {
        !matches!(self, Self::Preparing | Self::NotBegun)
    }
}

/// A wave as the backend reports it. Waves may run side by side: `after` and `level` say the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    pub id: WaveId,
    /// 1 for the first.
    pub ordinal: u32,
    pub name: Text,
    pub after: Vec<WaveId>,
    /// Distance from the start; waves of one level run side by side.
    pub level: u32,
    pub state: WaveState,
    /// The backend's own word.
    pub native: Text,
    pub counts: Counts,
    pub gate: Gate,
    /// When the backend says it began, if it says so at all.
    pub began: Option<Timestamp>,
    pub ended: Option<Timestamp>,
}

impl Wave {
    /// One of which nothing is told but its name and its place behind the others.
    pub fn untold(id: WaveId, ordinal: u32, name: Text) -> Self {
        Self {
            id,
            ordinal,
            name,
            after: Vec::new(),
            level: ordinal.saturating_sub(1),
            state: WaveState::Unknown,
            native: Text::default(),
            counts: Counts::default(),
            gate: Gate::default(),
            began: None,
            ended: None,
        }
    }

    /// A rollout that was stopped may say of every wave that it ended. One with hosts that were called off, or that have not
    /// reported, was stopped.
    pub fn settle_stopped(rollout: &RolloutState, waves: &mut [Wave]) {
        if !matches!(rollout, RolloutState::Stopped | RolloutState::Stopping) {
            return;
        }
        for wave in waves.iter_mut().filter(|wave| wave.state == WaveState::Done) {
            if wave.counts.left() > 0 || wave.counts.cancelled > 0 {
                wave.state = WaveState::Stopped;
            }
        }
    }
}
