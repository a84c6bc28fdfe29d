//! Ordered waves with gates, as one thing with a state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Counts, OnFailed, OnMet, Release, RolloutId, TenantId, Text, Wave, WaveId, WaveState};

/// Who or what paused a rollout, as far as it can be proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PausedBy {
    /// Its own failure limit.
    Limit { wave: WaveId, failed: u32, total: u32 },
    /// A gate that waits for a person after a good wave.
    Gate { wave: WaveId },
    /// Nobody is at work behind a wave in which too few are done: nothing goes on without a person.
    Short { wave: WaveId },
    /// Nobody paused it: why it stands still is told in the backend's own words.
    Told,
    /// Neither: somebody paused it, by hand or by another tool.
    Person,
    /// The waves have not been read yet, or they do not tell.
    NotKnown,
}

impl PausedBy {
    /// What the waves of a paused rollout, first to last, prove about the pause, knowing what was seen after a wave crossed its limit.
    ///
    /// A wave over its limit that is not the newest paused it only if it crossed while the newer one was at work: else
    /// somebody resumed it in between. One reading shows both alike.
    pub fn judged(waves: &[Wave], crossing: impl Fn(&WaveId) -> Crossing) -> Self {
        let Some(last) = waves.iter().rposition(|wave| wave.state.has_begun()) else { return Self::Person };
        let over = |wave: &&Wave| wave.state == WaveState::OverLimit && wave.gate.on_failed != Some(OnFailed::GoOn);
        let limit = |wave: &Wave| Self::Limit { wave: wave.id.clone(), failed: wave.counts.failed, total: wave.counts.total };
        let wave = &waves[last];
        if over(&wave) && crossing(&wave.id) != Crossing::Outlived {
            return limit(wave);
        }
        let earlier = || waves[..last].iter().filter(over).map(|wave| (wave, crossing(&wave.id)));
        if let Some((wave, _)) = earlier().find(|(_, seen)| *seen == Crossing::Late) {
            return limit(wave);
        }
        if earlier().any(|(_, seen)| seen == Crossing::Open) {
            return Self::NotKnown;
        }
        let met = wave.state == WaveState::Done || wave.gate.is_met(&wave.counts);
        if wave.gate.on_met == Some(OnMet::Pause) && met && last + 1 < waves.len() {
            return Self::Gate { wave: wave.id.clone() };
        }
        Self::Person
    }
}

/// What was seen after a wave crossed its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// Nothing that tells.
    Open,
    /// A later wave was at work when it crossed.
    Late,
    /// The rollout went on afterwards: somebody resumed it.
    Outlived,
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
            Self::Paused(PausedBy::Short { .. }) => "PAUSED, short",
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
    /// One of which nothing but its name is told.
    pub fn untold(id: RolloutId, tenant: TenantId, name: Text) -> Self {
        Self {
            id,
            tenant,
            name,
            description: Text::default(),
            release: None,
            state: RolloutState::Unknown,
            native: Text::default(),
            counts: None,
            waves: None,
            starts: None,
            approval: Approval { by: None, remark: None },
            created: None,
            created_by: None,
            changed: None,
            related: Vec::new(),
            open_ended: false,
        }
    }

    /// Hosts that the backend still counts as at work.
    pub fn at_work(&self) -> u32 {
        self.counts.map_or(0, |counts| counts.running)
    }

    /// Worth asking about often: it moves, or hosts of it are still at work.
    pub fn is_moving(&self) -> bool {
        !self.state.has_ended() || self.at_work() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BackendName, Gate, Limit};
    use rstest::rstest;

    /// A wave of 14 hosts whose gate opens at 60 %.
    fn wave(ordinal: u32, state: WaveState, done: u32, failed: u32, on_met: OnMet) -> Wave {
        let rollout = RolloutId::new(BackendName::new("acme"), "3");
        Wave {
            state,
            native: state.word().into(),
            counts: Counts { total: 14, done, failed, ..Counts::default() },
            gate: Gate {
                done: Some(Limit::Share(60)),
                on_met: Some(on_met),
                failed: Some(Limit::Share(20)),
                on_failed: Some(OnFailed::Pause),
                ..Gate::default()
            },
            ..Wave::untold(WaveId::new(rollout, ordinal.to_string()), ordinal, "wave".into())
        }
    }

    fn limit(ordinal: u32, failed: u32) -> PausedBy {
        let rollout = RolloutId::new(BackendName::new("acme"), "3");
        PausedBy::Limit { wave: WaveId::new(rollout, ordinal.to_string()), failed, total: 14 }
    }

    fn gate(ordinal: u32) -> PausedBy {
        PausedBy::Gate { wave: WaveId::new(RolloutId::new(BackendName::new("acme"), "3"), ordinal.to_string()) }
    }

    #[rstest]
    #[case::no_waves(vec![], PausedBy::Person)]
    #[case::none_has_begun(vec![wave(1, WaveState::NotBegun, 0, 0, OnMet::NextWave)], PausedBy::Person)]
    #[case::over_its_limit(
        vec![wave(1, WaveState::Running, 4, 1, OnMet::NextWave), wave(2, WaveState::OverLimit, 1, 7, OnMet::NextWave), wave(3, WaveState::NotBegun, 0, 0, OnMet::NextWave)],
        limit(2, 7)
    )]
    #[case::resumed_after_a_limit_and_paused_again(
        vec![wave(1, WaveState::OverLimit, 1, 7, OnMet::NextWave), wave(2, WaveState::Running, 1, 0, OnMet::NextWave)],
        PausedBy::NotKnown
    )]
    #[case::gate_that_waits(
        vec![wave(1, WaveState::Running, 9, 0, OnMet::Pause), wave(2, WaveState::NotBegun, 0, 0, OnMet::Pause)],
        gate(1)
    )]
    #[case::gate_not_met(
        vec![wave(1, WaveState::Running, 8, 0, OnMet::Pause), wave(2, WaveState::NotBegun, 0, 0, OnMet::Pause)],
        PausedBy::Person
    )]
    #[case::no_wave_behind_the_gate(vec![wave(1, WaveState::Running, 14, 0, OnMet::Pause)], PausedBy::Person)]
    #[case::met_but_not_a_pausing_gate(
        vec![wave(1, WaveState::Running, 14, 0, OnMet::NextWave), wave(2, WaveState::NotBegun, 0, 0, OnMet::NextWave)],
        PausedBy::Person
    )]
    fn the_waves_prove_what_paused_a_rollout(#[case] waves: Vec<Wave>, #[case] by: PausedBy) {
        assert_eq!(PausedBy::judged(&waves, |_| Crossing::Open), by);
    }
}
