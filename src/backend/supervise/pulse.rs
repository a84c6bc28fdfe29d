//! How the talk with one connection goes: shown on the Backends screen. Requests are counted by
//! the adapter; how long they take is seen here. It decides nothing.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::Health;

/// Answers looked at for the typical duration.
const SAMPLES: usize = 21;
/// News is told at most this often: a number that ticks all the time tells nobody anything.
const PACE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Pulse {
    took: VecDeque<Duration>,
    told: Option<(Instant, Health)>,
}

impl Pulse {
    pub fn answered(&mut self, took: Duration) {
        self.took.push_back(took);
        if self.took.len() > SAMPLES {
            self.took.pop_front();
        }
    }

    /// What changed since it was last told, if it is time.
    pub fn news(&mut self, now: Instant, counted: &Health, board_every: Duration) -> Option<Health> {
        if self.told.as_ref().is_some_and(|(at, _)| now.duration_since(*at) < PACE) {
            return None;
        }
        let mut sorted: Vec<Duration> = self.took.iter().copied().collect();
        sorted.sort_unstable();
        let typical = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        let health = Health { typical, board_every, ..counted.clone() };
        if self.told.as_ref().is_some_and(|(_, told)| *told == health) {
            return None;
        }
        self.told = Some((now, health.clone()));
        Some(health)
    }
}
