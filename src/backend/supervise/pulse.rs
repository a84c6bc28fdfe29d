//! How the talk with one connection goes: counted here, shown on the Backends screen. It decides nothing.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::port::Health;

/// Answers looked at for the typical duration.
const SAMPLES: usize = 21;
/// News is told at most this often: a number that ticks all the time tells nobody anything.
const PACE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Pulse {
    health: Health,
    took: VecDeque<Duration>,
    told: Option<(Instant, Health)>,
}

impl Pulse {
    pub fn asked(&mut self) {
        self.health.requests += 1;
    }

    pub fn answered(&mut self, took: Duration) {
        self.took.push_back(took);
        if self.took.len() > SAMPLES {
            self.took.pop_front();
        }
    }

    pub fn failed(&mut self) {
        self.health.errors += 1;
    }

    /// What changed since it was last told, if it is time.
    pub fn news(&mut self, now: Instant, board_every: Duration) -> Option<Health> {
        if self.told.as_ref().is_some_and(|(at, _)| now.duration_since(*at) < PACE) {
            return None;
        }
        let mut sorted: Vec<Duration> = self.took.iter().copied().collect();
        sorted.sort_unstable();
        self.health.typical = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        self.health.board_every = board_every;
        if self.told.as_ref().is_some_and(|(_, told)| *told == self.health) {
            return None;
        }
        self.told = Some((now, self.health.clone()));
        Some(self.health.clone())
    }
}
