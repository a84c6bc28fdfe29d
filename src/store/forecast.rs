//! What was read of a rollout, put before the calendar's forecast: how its waves went, what is left, and what earlier waves
//! of the tenant were like.
//!
//! It knows no window but the one it is given, and keeps nothing.

use jiff::{SignedDuration, Timestamp};

use super::Entry;
use crate::calendar::{AWave, Batch, Cohort, Durations, Earlier, Seen, fit};
use crate::domain::fit::Unknown;
use crate::domain::{Fit, Limit, OnMet, RolloutState, Wave, WaveState};

/// Waves that durations are taken from: the newest. A rollout may have thousands.
const NEWEST: usize = 16;

/// Whether it is judged as it runs, or as if somebody let it on at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    AsItRuns,
    LetOn(Timestamp),
}

impl Entry {
    /// Does the rest fit into `window`, its last start and its end.
    pub fn fit(&self, view: View, window: Option<(Timestamp, Timestamp)>, earlier: Option<&Earlier>, now: Timestamp) -> Fit {
        if window.is_none() {
            return Fit::CannotTell(Unknown::NoWindow);
        }
        let Some(counts) = self.rollout.value.counts else { return Fit::CannotTell(Unknown::NotRead) };
        let waves = self.a_waves();
        let durations = self.durations();
        let mut finished: Vec<Batch> = self.courses.values().flat_map(super::Course::batches).collect();
        if finished.is_empty() {
            finished = self.pace.batches();
        }
        let (waiting, running) = (counts.waiting, counts.running.saturating_add(counts.unknown));
        fit(&Seen {
            now,
            finished: &finished,
            waiting,
            running,
            restarts: &[],
            paused: view == View::AsItRuns && !matches!(self.rollout.value.state, RolloutState::Running | RolloutState::Starting),
            begins: match view {
                View::AsItRuns => None,
                View::LetOn(at) => Some(at),
            },
            window,
            earlier,
            waves: &waves,
            durations: &durations,
        })
    }

    /// Would so many hosts be through in time that all begin at one moment: a retry, a rollback, those that were away.
    pub fn fit_of_hosts(
        &self,
        hosts: u32,
        begins: Timestamp,
        window: Option<(Timestamp, Timestamp)>,
        earlier: Option<&Earlier>,
        now: Timestamp,
    ) -> Fit {
        let mut finished: Vec<Batch> = self.courses.values().flat_map(super::Course::batches).collect();
        if finished.is_empty() {
            finished = self.pace.batches();
        }
        let wave = AWave {
            hosts,
            level: 0,
            begun: false,
            began: None,
            done: 0,
            through: 0,
            opens_at: None,
            by_person: false,
            soak: SignedDuration::ZERO,
        };
        fit(&Seen {
            now,
            finished: &finished,
            waiting: hosts,
            running: 0,
            restarts: &[],
            paused: false,
            begins: Some(begins),
            window,
            earlier,
            waves: &[wave],
            durations: &self.durations(),
        })
    }

    /// How long hosts took in the waves that were seen from their beginning.
    pub fn durations(&self) -> Durations {
        let newest = self.waves().iter().rev().filter(|wave| wave.state.has_begun()).take(NEWEST);
        let cohorts: Vec<Cohort> = newest.filter_map(|wave| self.courses.get(&wave.id)?.cohort()).collect();
        Durations::of(&cohorts)
    }

    /// The waves in their order, if they take all their hosts at once; none else.
    fn a_waves(&self) -> Vec<AWave> {
        let turns = |wave: &Wave| wave.state == WaveState::Running && wave.counts.waiting > 0;
        if self.waves().iter().any(turns) || !self.courses.values().all(super::Course::at_once) {
            return Vec::new();
        }
        let mut waves: Vec<&Wave> = self.waves().iter().collect();
        waves.sort_by_key(|wave| (wave.level, wave.ordinal));
        waves
            .into_iter()
            .map(|wave| AWave {
                hosts: wave.counts.total,
                level: wave.level,
                begun: wave.state.has_begun(),
                began: self.courses.get(&wave.id).and_then(super::Course::start),
                done: wave.counts.done,
                through: wave.counts.settled(),
                opens_at: opens_at(wave),
                by_person: wave.gate.on_met != Some(OnMet::NextWave),
                soak: SignedDuration::from_secs(wave.gate.soak_seconds.unwrap_or(0).into()),
            })
            .collect()
    }
}

/// So many done hosts let the next wave begin.
fn opens_at(wave: &Wave) -> Option<u32> {
    match wave.gate.done.as_ref()? {
        Limit::Share(percent) => {
            let hosts = (u64::from(wave.counts.total) * u64::from(*percent)).div_ceil(100);
            Some(u32::try_from(hosts).unwrap_or(u32::MAX))
        }
        Limit::Hosts(hosts) => Some(*hosts),
        // The server never counts it as met: the next wave begins when none is left at work.
        Limit::Unreadable(_) => None,
    }
}
