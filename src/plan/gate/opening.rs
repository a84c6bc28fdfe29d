//! Whether the gate behind a wave may be opened, where no backend watches it: hosts, limits, soak, keys. It opens nothing:
//! a person does, or two.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Standing, standing};
use crate::domain::Wave;

/// What stands between a wave and the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// More hosts failed than the limit allows.
    Over(Standing),
    /// Hosts have not answered yet.
    AtWork { hosts: u32 },
    /// Nobody is at work any more, and too few are done.
    Short(Standing),
    /// Enough are done; it is watched until then. None: nobody said when the wave ended.
    Soaking { until: Option<Timestamp> },
    /// It needs more than one person, and this many keys are turned.
    NeedsKey { turned: u8, needs: u8 },
    /// One person may open it now.
    Ready,
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over(standing) | Self::Short(standing) => standing.fmt(f),
            Self::AtWork { hosts: 1 } => f.write_str("1 host has not answered"),
            Self::AtWork { hosts } => write!(f, "{hosts} hosts have not answered"),
            Self::Soaking { until: Some(until) } => write!(f, "soaking until {until:.0}"),
            Self::Soaking { until: None } => f.write_str("soaking, and nobody said since when"),
            Self::NeedsKey { turned, needs } => write!(f, "{turned} of {needs} keys turned"),
            Self::Ready => f.write_str("ready to be opened"),
        }
    }
}

/// Judges the gate behind `wave`. `keys` were turned for its opening, each by another person; `now` is the backend's time.
pub fn opening(wave: &Wave, keys: usize, now: Timestamp) -> Opening {
    let standing = standing(wave);
    if let Standing::Over { .. } = standing {
        return Opening::Over(standing);
    }
    let hosts = wave.counts.running.saturating_add(wave.counts.waiting);
    if hosts > 0 || !wave.state.has_begun() {
        return Opening::AtWork { hosts };
    }
    if matches!(standing, Standing::Short { .. } | Standing::Unreadable(_)) {
        return Opening::Short(standing);
    }
    if let Some(seconds) = wave.gate.soak_seconds.filter(|seconds| *seconds > 0) {
        let until = wave.ended.and_then(|ended| ended.checked_add(SignedDuration::from_secs(i64::from(seconds))).ok());
        if until.is_none_or(|until| now < until) {
            return Opening::Soaking { until };
        }
    }
    // The person who opens it is the last key.
    let (turned, needs) = (u8::try_from(keys).unwrap_or(u8::MAX), wave.gate.persons);
    if needs > 1 && turned + 1 < needs {
        return Opening::NeedsKey { turned, needs };
    }
    Opening::Ready
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WaveState;
    use crate::plan::fixture;
    use rstest::rstest;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn wave(done: u32, failed: u32, running: u32) -> Wave {
        let mut wave = fixture::wave(1, WaveState::Running).done(done).failed(failed).running(running).of(20).build();
        wave.gate.soak_seconds = Some(600);
        wave.gate.persons = 2;
        wave.ended = Some(at("2026-12-08T22:00:00Z"));
        wave
    }

    #[rstest]
    #[case::limit_crossed_while_others_work(wave(10, 5, 5), 0, "over its limit: 5 of 20 failed, limit 10 %")]
    #[case::hosts_at_work(wave(19, 0, 1), 0, "1 host has not answered")]
    #[case::short(wave(17, 2, 0), 0, "gate not met: 85 % done, needs 90 %")]
    #[case::first_key(wave(19, 1, 0), 0, "0 of 2 keys turned")]
    #[case::second_person(wave(19, 1, 0), 1, "ready to be opened")]
    fn a_gate_says_what_still_stands_before_it(#[case] wave: Wave, #[case] keys: usize, #[case] words: &str) {
        assert_eq!(opening(&wave, keys, at("2026-12-08T23:00:00Z")).to_string(), words);
    }

    #[test]
    fn a_soak_is_counted_from_the_last_answer_and_an_unknown_end_keeps_it_shut() {
        let now = at("2026-12-08T22:09:59Z");
        let mut wave = wave(20, 0, 0);
        assert_eq!(opening(&wave, 0, now).to_string(), "soaking until 2026-12-08T22:10:00Z");
        assert_eq!(opening(&wave, 0, at("2026-12-08T22:10:00Z")).to_string(), "0 of 2 keys turned");
        wave.ended = None;
        assert_eq!(opening(&wave, 0, now), Opening::Soaking { until: None });
    }
}
