//! The rule that must hold before the next wave, as the server holds it.

use serde::{Deserialize, Serialize};

use super::{Counts, Percent, Text};

/// A number a gate compares with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// Percent of the wave's hosts, 0 to 100.
    Share(u8),
    /// A number of hosts.
    Hosts(u32),
    /// The server accepted something that is no number: no brake holds on it.
    Unreadable(Text),
}

impl Limit {
    /// Whether `part` of `whole` is strictly more than the limit; an unreadable limit is never crossed.
    pub fn crossed(&self, part: u32, whole: u32) -> bool {
        match self {
            Self::Share(limit) => u64::from(part) * 100 > u64::from(whole) * u64::from(*limit),
            Self::Hosts(limit) => part > *limit,
            Self::Unreadable(_) => false,
        }
    }

    /// Whether `part` of `whole` has come up to the limit.
    pub fn reached(&self, part: u32, whole: u32) -> bool {
        match self {
            Self::Share(limit) => u64::from(part) * 100 >= u64::from(whole) * u64::from(*limit),
            Self::Hosts(limit) => part >= *limit,
            Self::Unreadable(_) => false,
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Share(percent) => write!(f, "{percent} %"),
            Self::Hosts(hosts) => write!(f, "{hosts}"),
            Self::Unreadable(text) => write!(f, "unreadable \"{text}\""),
        }
    }
}

/// What happens when enough hosts are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnMet {
    NextWave,
    /// The rollout pauses after this wave until a person resumes it.
    Pause,
}

/// What happens when too many hosts failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailed {
    Pause,
    GoOn,
}

/// The gate behind one wave. `None` means that the backend has no such rule, or did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Share of hosts that must be done.
    pub done: Option<Limit>,
    pub on_met: Option<OnMet>,
    /// More failed hosts than this stop the rollout.
    pub failed: Option<Limit>,
    pub on_failed: Option<OnFailed>,
    /// Seconds to wait after the wave.
    pub soak_seconds: Option<u32>,
    /// Persons who must open it; 2 means two different ones.
    pub persons: u8,
    /// A health source must agree.
    pub health: bool,
}

impl Gate {
    pub fn is_met(&self, counts: &Counts) -> bool {
        self.done.as_ref().is_some_and(|limit| limit.reached(counts.done, counts.total))
    }

    pub fn limit_crossed(&self, counts: &Counts) -> bool {
        self.failed.as_ref().is_some_and(|limit| limit.crossed(counts.failed, counts.total))
    }

    /// The share that the gate looks at.
    pub fn now(&self, counts: &Counts) -> Percent {
        counts.done_share()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::at_the_limit(12, 120, false)]
    #[case::over_the_limit(13, 120, true)]
    #[case::nothing_failed(0, 120, false)]
    #[case::empty_wave(0, 0, false)]
    fn a_failure_limit_is_crossed_only_by_strictly_more(#[case] failed: u32, #[case] total: u32, #[case] crossed: bool) {
        assert_eq!(Limit::Share(10).crossed(failed, total), crossed);
    }

    #[test]
    fn an_unreadable_limit_is_no_brake_and_no_gate() {
        let limit = Limit::Unreadable("abc".into());
        assert!(!limit.crossed(100, 100));
        assert!(!limit.reached(100, 100));
    }
}
