//! Two times: civil time (windows, pace, stamps of hosts) and elapsed time (ages, arming, time-outs, frames).
//!
//! Civil time may run faster than life when a twin's config says so; elapsed time never does. Nothing here reads a clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Elapsed time since the program's clock was made. It counts while a laptop sleeps, and never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub Duration);

impl Mono {
    /// How long before `self` was `earlier`; zero if it was not.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    pub fn plus(self, more: Duration) -> Self {
        Self(self.0 + more)
    }

    /// So much earlier; at the earliest when the clock was made.
    pub fn minus(self, less: Duration) -> Self {
        Self(self.0.saturating_sub(less))
    }
}

/// One moment, as every pure function gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    pub mono: Mono,
    /// Civil time of the night, by the [`Clock`].
    pub civil: Timestamp,
    /// Real wall-clock time: for the journal and for `--json`.
    pub real: Timestamp,
}

impl Now {
    /// Real wall-clock time at which something was seen, for output.
    pub fn real_at(&self, seen: Mono) -> Timestamp {
        let ago = SignedDuration::try_from(self.mono.since(seen)).unwrap_or(SignedDuration::MAX);
        self.real.checked_sub(ago).unwrap_or(Timestamp::MIN)
    }
}

/// How civil time follows real time: it showed `shows` at the real instant `at`, and runs `rate` times as fast.
/// The default is plain real time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    pub at: Timestamp,
    pub shows: Timestamp,
    pub rate: f64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { at: Timestamp::UNIX_EPOCH, shows: Timestamp::UNIX_EPOCH, rate: 1.0 }
    }
}

impl Clock {
    /// Civil time at the real instant `real`.
    pub fn civil(&self, real: Timestamp) -> Timestamp {
        if (self.rate - 1.0).abs() < f64::EPSILON && self.at == self.shows {
            return real;
        }
        let elapsed = real.duration_since(self.at).as_secs_f64() * self.rate;
        SignedDuration::try_from_secs_f64(elapsed)
            .ok()
            .and_then(|elapsed| self.shows.checked_add(elapsed).ok())
            .unwrap_or(self.shows)
    }

    /// Seconds of civil time that pass in one real second. Zero means both sides stand still.
    pub fn rate(&self) -> f64 {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn a_night_at_ten_times_speed_shows_ten_minutes_after_one() {
        let clock = Clock { at: at("2026-11-22T10:00:00Z"), shows: at("2026-12-08T22:00:00Z"), rate: 10.0 };
        assert_eq!(clock.civil(at("2026-11-22T10:01:00Z")), at("2026-12-08T22:10:00Z"));
    }

    #[test]
    fn a_stopped_clock_stands_still() {
        let clock = Clock { at: at("2026-11-22T10:00:00Z"), shows: at("2026-12-08T22:00:00Z"), rate: 0.0 };
        assert_eq!(clock.civil(at("2026-11-23T10:01:00Z")), at("2026-12-08T22:00:00Z"));
    }

    #[test]
    fn plain_time_is_real_time() {
        let real = at("2026-11-22T10:01:00.123456789Z");
        assert_eq!(Clock::default().civil(real), real);
    }
}
