//! How a moment stands for a set of hosts: by our calendar, and by a backend's own word.
//!
//! It holds values and compares them. How our word comes about is `calendar`'s, what it means for a verb is `plan`'s.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::{HostId, Opening, RolloutId, TenantId, Text, WindowState, Work};

/// Hosts that share a calendar: all of a tenant, or one group of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostSet {
    pub tenant: TenantId,
    /// A group of the config, by its name.
    pub group: Option<Text>,
}

impl HostSet {
    pub fn of(tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), group: None }
    }

    pub fn group(tenant: &TenantId, group: &Text) -> Self {
        Self { tenant: tenant.clone(), group: Some(group.clone()) }
    }
}

impl fmt::Display for HostSet {
    /// `acme`, `acme/eu`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Some(group) => f.pad(&format!("{}/{group}", self.tenant)),
            None => self.tenant.fmt(f),
        }
    }
}

/// How a moment stands by our own calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub set: HostSet,
    pub at: Timestamp,
    pub state: WindowState,
    /// The opening that holds now, or else the next one that is known.
    pub opening: Option<Opening>,
    /// The one that begins next, later than now.
    pub next: Option<Opening>,
    /// Work that is allowed in that opening, where it is not all.
    pub only: Option<Vec<Work>>,
    /// File and line of the rule that says so.
    pub source: Option<Text>,
    pub owner: Option<Text>,
}

impl Verdict {
    /// Whether work may begin: in an opening before its cutoff, or where no window rules at all.
    pub fn lets_begin(&self) -> bool {
        matches!(self.state, WindowState::Open { .. } | WindowState::NoWindow)
    }

    /// The last start and the end of the opening that holds now.
    pub fn limits(&self) -> Option<(Timestamp, Timestamp)> {
        match self.state {
            WindowState::Open { cutoff, closes } => Some((cutoff, closes)),
            WindowState::CutoffPassed { closes, .. } => {
                Some((self.opening.as_ref().map_or(closes, |opening| opening.cutoff), closes))
            }
            _ => None,
        }
    }
}

/// What a backend says about allowed times, by itself: one rule of it, and whom it holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendWindow {
    pub tenant: TenantId,
    /// The rollout whose hosts these are. None: jobs of single hosts, outside of every rollout.
    pub rollout: Option<RolloutId>,
    /// The wave they would begin with, by its name.
    pub wave: Option<Text>,
    /// Never empty.
    pub hosts: BTreeSet<HostId>,
    pub says: Says,
    /// The backend's own words: its rule, the setting.
    pub native: Text,
}

/// All that a backend says about allowed times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackendWord {
    pub windows: Vec<BackendWindow>,
    /// Jobs that were not looked at, because there are too many.
    pub unread: u32,
    /// Why it could not be read, where it could not.
    pub blind: Option<Text>,
}

/// What one rule of a backend comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// The window that is open, or the one that opens next. Neither end need be told.
    Window { from: Option<Timestamp>, to: Option<Timestamp> },
    /// It names a window, and none is left to come.
    Over,
    /// Nothing begins, whatever the time, until somebody lifts it.
    Frozen,
}

/// Whether a backend lets work begin at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stance {
    Open {
        /// Where it says until when.
        until: Option<Timestamp>,
    },
    Shut {
        /// When it opens next, where it says so.
        opens: Option<Timestamp>,
    },
    Over,
    Frozen,
}

impl Says {
    /// How it stands at a moment. What a window that has passed since opens next is not known before it is read again.
    pub fn at(self, now: Timestamp) -> Stance {
        match self {
            Self::Over => Stance::Over,
            Self::Frozen => Stance::Frozen,
            Self::Window { to: Some(to), .. } if to <= now => Stance::Shut { opens: None },
            Self::Window { from: Some(from), to } if from <= now => Stance::Open { until: to },
            Self::Window { from, .. } => Stance::Shut { opens: from },
        }
    }
}

impl Stance {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// `open until 03:00`, `opens Wed 22:00`: in the times of `time`.
    pub fn told(self, time: &dyn Fn(Timestamp) -> String) -> String {
        match self {
            Self::Open { until: Some(until) } => format!("open until {}", time(until)),
            Self::Open { until: None } => "open".to_owned(),
            Self::Shut { opens: Some(opens) } => format!("opens {}", time(opens)),
            Self::Shut { opens: None } => "shut, when it opens is not known".to_owned(),
            Self::Over => "no window is left to come".to_owned(),
            Self::Frozen => "frozen".to_owned(),
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Shut { .. } => "shut",
            Self::Over => "over",
            Self::Frozen => "frozen",
        }
    }
}

/// How a backend's word and ours differ at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Ours lets nothing begin, theirs does.
    OursShut,
    /// Ours is open, theirs lets nothing begin.
    TheirsShut,
}

impl Conflict {
    /// None where both say the same, and where we know no window.
    pub fn between(ours: &WindowState, theirs: Stance) -> Option<Self> {
        if *ours == WindowState::NoWindow {
            return None;
        }
        match (matches!(ours, WindowState::Open { .. }), theirs.is_open()) {
            (true, false) => Some(Self::TheirsShut),
            (false, true) => Some(Self::OursShut),
            (true, true) | (false, false) => None,
        }
    }

    /// The word in `--json`.
    pub fn key(self) -> &'static str {
        match self {
            Self::OursShut => "ours_shut",
            Self::TheirsShut => "theirs_shut",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn ours(word: &str) -> WindowState {
        let later = at("2026-12-09T03:00:00Z");
        match word {
            "open" => WindowState::Open { cutoff: later, closes: later },
            "cutoff passed" => WindowState::CutoffPassed { closes: later, next: None },
            "frozen" => WindowState::Frozen { freeze: "year end".into(), until: later, next: None },
            "before" => WindowState::Before { opens: later },
            "closed" => WindowState::Closed { looked_until: later },
            _ => WindowState::NoWindow,
        }
    }

    #[rstest]
    #[case("open", [None, Some(Conflict::TheirsShut), Some(Conflict::TheirsShut), Some(Conflict::TheirsShut)])]
    #[case("cutoff passed", [Some(Conflict::OursShut), None, None, None])]
    #[case("frozen", [Some(Conflict::OursShut), None, None, None])]
    #[case("before", [Some(Conflict::OursShut), None, None, None])]
    #[case("closed", [Some(Conflict::OursShut), None, None, None])]
    #[case("no window", [None; 4])]
    fn ours_and_theirs_are_in_conflict_where_only_one_lets_work_begin(
        #[case] word: &str,
        #[case] expected: [Option<Conflict>; 4],
    ) {
        let theirs = [Stance::Open { until: None }, Stance::Shut { opens: None }, Stance::Over, Stance::Frozen];
        assert_eq!(theirs.map(|stance| Conflict::between(&ours(word), stance)), expected);
    }

    #[rstest]
    #[case::before("2026-12-08T21:59:59Z", Stance::Shut { opens: Some(at("2026-12-08T22:00:00Z")) })]
    #[case::inside("2026-12-08T22:00:00Z", Stance::Open { until: Some(at("2026-12-09T01:00:00Z")) })]
    #[case::passed_since_it_was_read("2026-12-09T01:00:00Z", Stance::Shut { opens: None })]
    fn a_backends_window_opens_and_closes_between_two_readings(#[case] now: &str, #[case] stance: Stance) {
        let says = Says::Window { from: Some(at("2026-12-08T22:00:00Z")), to: Some(at("2026-12-09T01:00:00Z")) };
        assert_eq!(says.at(at(now)), stance);
    }

    #[test]
    fn a_window_whose_beginning_nobody_told_is_not_called_open() {
        assert_eq!(Says::Window { from: None, to: None }.at(at("2026-12-08T22:00:00Z")), Stance::Shut { opens: None });
        let endless = Says::Window { from: Some(at("2026-12-08T22:00:00Z")), to: None };
        assert_eq!(endless.at(at("2026-12-09T22:00:00Z")), Stance::Open { until: None });
    }
}
