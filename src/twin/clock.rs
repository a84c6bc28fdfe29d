//! The twin's clock: what time it is in the night, given how much real time went by.
//!
//! Reads the machine's monotonic clock and nothing else. It never sleeps; events are lived through when somebody asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// At the real instant `real` the twin's clock showed `shows`; since then it runs at `rate` times real time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwinClock {
    pub real: Timestamp,
    pub shows: Timestamp,
    /// 0 means stopped.
    pub rate: f64,
}

/// The running clock behind a [`TwinClock`].
#[derive(Debug, Clone)]
pub(super) struct SimClock {
    started: Instant,
    origin: i64,
    rate: f64,
    by_hand: Hand,
}

/// Moves the clock on, besides what it moves by itself: a night can be lived through without waiting.
#[derive(Debug, Clone, Default)]
pub(super) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(super) fn pass(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl SimClock {
    /// A clock that shows `opens` now.
    pub(super) fn start(opens: Timestamp, rate: f64) -> (Self, TwinClock) {
        let clock = Self { started: Instant::now(), origin: opens.as_millisecond(), rate, by_hand: Hand::default() };
        (clock, TwinClock { real: Timestamp::now(), shows: opens, rate })
    }

    pub(super) fn hand(&self) -> Hand {
        self.by_hand.clone()
    }

    /// Simulated time, in milliseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        let shown = self.started.elapsed().as_secs_f64() * self.rate * 1000.0;
        self.origin.saturating_add(shown as i64).saturating_add(self.by_hand.0.load(Ordering::Relaxed))
    }

    /// How long something really takes that takes this long in the night. A night slower than life does not slow it down.
    pub(super) fn real(&self, simulated_ms: f64) -> Duration {
        Duration::from_secs_f64((simulated_ms / 1000.0 / self.rate.max(1.0)).max(0.0))
    }

    /// Real time until the clock shows `at`; none if it never will.
    pub(super) fn until(&self, at: i64) -> Option<Duration> {
        let ms = at.saturating_sub(self.now()).max(0) as f64;
        (self.rate > 0.0).then(|| Duration::from_secs_f64((ms / self.rate / 1000.0).min(86_400.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_as_quick_as_the_night_and_never_slower_than_in_life() {
        let real = |rate| SimClock::start(Timestamp::UNIX_EPOCH, rate).0.real(2_000.0).as_millis();
        assert_eq!([0.0, 0.5, 1.0, 10.0].map(real), [2_000, 2_000, 2_000, 200]);
    }

    #[test]
    fn a_stopped_clock_shows_its_first_instant_for_ever() {
        let (clock, public) = SimClock::start(Timestamp::UNIX_EPOCH, 0.0);
        assert_eq!(clock.now(), 0);
        assert!(public.rate.abs() < f64::EPSILON);
    }
}
