//! Made-up rollouts for this room's tests. Nothing outside tests uses it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::types::{ByJobs, Context, Intent, Survey, Ways};
use crate::action::Verb;
use crate::domain::{
    BackendName, Counts, Gate, IntentId, Limit, Mono, OnFailed, OnMet, Release, Rollout, RolloutId, RolloutState, TenantId, Wave,
    WaveId, WaveState,
};

/// A wave under construction: 90 % done opens it, over 10 % failed pauses.
#[derive(Clone, Debug)]
pub struct AWave(Wave);

pub fn rollout_id() -> RolloutId {
    RolloutId::new(BackendName::new("acme-hb"), "3")
}

pub fn wave_id(ordinal: u32) -> WaveId {
    WaveId::new(rollout_id(), format!("7{ordinal}"))
}

pub fn wave(ordinal: u32, state: WaveState) -> AWave {
    let names = ["canary", "early", "broad"];
    AWave(Wave {
        state,
        native: state.word().into(),
        counts: Counts { total: 24, ..Counts::default() },
        gate: Gate {
            done: Some(Limit::Share(90)),
            on_met: Some(OnMet::NextWave),
            failed: Some(Limit::Share(10)),
            on_failed: Some(OnFailed::Pause),
            ..Gate::default()
        },
        ..Wave::untold(wave_id(ordinal), ordinal, names.get(ordinal as usize - 1).copied().unwrap_or("more").into())
    })
}

impl AWave {
    pub fn of(mut self, total: u32) -> Self {
        self.0.counts.total = total;
        self
    }

    pub fn done(mut self, done: u32) -> Self {
        self.0.counts.done = done;
        self
    }

    pub fn failed(mut self, failed: u32) -> Self {
        self.0.counts.failed = failed;
        self
    }

    pub fn running(mut self, running: u32) -> Self {
        self.0.counts.running = running;
        self
    }

    pub fn waiting(mut self, waiting: u32) -> Self {
        self.0.counts.waiting = waiting;
        self
    }

    pub fn cancelled(mut self, cancelled: u32) -> Self {
        self.0.counts.cancelled = cancelled;
        self
    }

    pub fn pausing(mut self) -> Self {
        self.0.gate.on_met = Some(OnMet::Pause);
        self
    }

    pub fn without_gate(mut self) -> Self {
        self.0.gate = Gate::default();
        self
    }

    pub fn limit_of(mut self, word: &str) -> Self {
        self.0.gate.failed = Some(Limit::Unreadable(word.into()));
        self
    }

    pub fn build(self) -> Wave {
        self.0
    }
}

/// `December baseline` of acme with three waves of 40, 80 and 120 hosts, none begun.
pub fn survey(state: RolloutState) -> Survey {
    let waves = vec![
        wave(1, WaveState::NotBegun).of(40).waiting(40).build(),
        wave(2, WaveState::NotBegun).of(80).waiting(80).build(),
        wave(3, WaveState::NotBegun).of(120).waiting(120).build(),
    ];
    Survey {
        at: Mono::default(),
        rollout: rollout(state, &waves),
        waves,
        login: "lead".into(),
        may: Some(true),
        may_not: None,
        overlaps: Vec::new(),
        warnings: Vec::new(),
        hosts: Vec::new(),
        ways: Ways::default(),
        own: BTreeMap::new(),
        by_jobs: ByJobs::default(),
    }
}

/// The same with these waves.
pub fn survey_of<const N: usize>(state: RolloutState, waves: [AWave; N]) -> Survey {
    let waves: Vec<Wave> = waves.into_iter().map(AWave::build).collect();
    Survey { rollout: rollout(state.clone(), &waves), waves, ..survey(state) }
}

pub fn rollout(state: RolloutState, waves: &[Wave]) -> Rollout {
    Rollout {
        description: "".into(),
        release: Some(Release { native: "12".into(), name: "baseline:2026.12".into() }),
        native: state.key().into(),
        state,
        counts: Some(waves.iter().fold(Counts::default(), |sum, wave| sum + wave.counts)),
        waves: Some(waves.len() as u32),
        created_by: Some("ops".into()),
        ..Rollout::untold(rollout_id(), TenantId::new("acme"), "December baseline".into())
    }
}

pub fn intent(verb: Verb) -> Intent {
    Intent::new(IntentId::new("i-1"), verb, TenantId::new("acme"), rollout_id())
}

pub fn civil() -> Timestamp {
    "2026-12-08T22:14:00Z".parse().expect("a timestamp")
}

pub fn context() -> Context {
    Context::at(civil())
}
