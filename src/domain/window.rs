//! Windows as they fall on the line of instants: periods, openings with their cutoff, freezes, overrides, and how a moment
//! stands among them.
//!
//! It does not know by which rule a window recurs or how periods are joined and cut (`calendar`), and it refuses nobody
//! anything (`plan`).

use std::fmt;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{RolloutId, TenantId, Text};

/// A half-open stretch of time: `from` is inside, `to` is not. It is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Timestamp, Timestamp)", into = "(Timestamp, Timestamp)")]
pub struct Period {
    from: Timestamp,
    to: Timestamp,
}

impl From<Period> for (Timestamp, Timestamp) {
    fn from(period: Period) -> Self {
        (period.from, period.to)
    }
}

impl TryFrom<(Timestamp, Timestamp)> for Period {
    type Error = &'static str;

    fn try_from((from, to): (Timestamp, Timestamp)) -> Result<Self, Self::Error> {
        Self::new(from, to).ok_or("a stretch of time that ends before it begins")
    }
}

impl Period {
    /// None if nothing lies between the two.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    pub fn from(self) -> Timestamp {
        self.from
    }

    pub fn to(self) -> Timestamp {
        self.to
    }

    pub fn length(self) -> SignedDuration {
        self.to.duration_since(self.from)
    }

    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether the two share an instant.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// What both hold.
    pub fn common(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }
}

/// What a window may allow. Pausing and stopping take the heat out and need no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    Start,
    Approve,
    Resume,
    Advance,
    Retry,
    CatchUp,
    RollBack,
}

impl Work {
    pub const ALL: &[Self] =
        &[Self::Start, Self::Approve, Self::Resume, Self::Advance, Self::Retry, Self::CatchUp, Self::RollBack];

    /// The word in config and on screens: the same as the action's.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Approve => "approve",
            Self::Resume => "resume",
            Self::Advance => "advance",
            Self::Retry => "retry",
            Self::CatchUp => "catch-up",
            Self::RollBack => "roll-back",
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What the wall clock did at a start or an end that a rule asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wall {
    /// The time was there, once.
    #[default]
    Once,
    /// The time was left out that night; it is taken later by as much as the clock jumped.
    Skipped,
    /// The time was there twice; the first is taken.
    Twice,
}

/// A change of the clock inside an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockChange {
    pub at: Timestamp,
    pub before: Offset,
    pub after: Offset,
}

/// A stretch in which work may go on, after joining windows, taking freezes out and applying the cutoff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub period: Period,
    /// The last start: no new work from here on. Never before the opening begins nor after it ends.
    pub cutoff: Timestamp,
    /// The windows it was joined from, by name, each once.
    pub windows: Vec<Text>,
    /// What the wall clock did where it begins.
    pub begins: Wall,
    /// What the wall clock did where it ends.
    pub ends: Wall,
    /// Clock changes inside it, in the zones of its windows.
    pub changes: Vec<ClockChange>,
}

impl Opening {
    /// Whether work may begin at this moment.
    pub fn takes_work(&self, at: Timestamp) -> bool {
        self.period.from() <= at && at < self.cutoff
    }
}

/// A freeze as it falls: no work may begin in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    pub period: Period,
    pub freeze: Text,
    pub reason: Text,
}

/// How one moment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowState {
    /// Work may begin until the cutoff.
    Open { cutoff: Timestamp, closes: Timestamp },
    /// Work that began may go on; none may begin.
    CutoffPassed { closes: Timestamp, next: Option<Timestamp> },
    /// A freeze holds.
    Frozen { freeze: Text, until: Timestamp, next: Option<Timestamp> },
    /// Outside every window, and one opens later.
    Before { opens: Timestamp },
    /// Outside every window, and none opens as far as was looked.
    Closed { looked_until: Timestamp },
    /// No window is defined for this work: nothing is known to allow it, and nothing forbids it.
    NoWindow,
}

impl WindowState {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::CutoffPassed { .. } => "cutoff passed",
            Self::Frozen { .. } => "frozen",
            Self::Before { .. } => "before",
            Self::Closed { .. } => "closed",
            Self::NoWindow => "no window",
        }
    }

    /// The word in `--json`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::CutoffPassed { .. } => "cutoff_passed",
            Self::NoWindow => "no_window",
            Self::Open { .. } | Self::Frozen { .. } | Self::Before { .. } | Self::Closed { .. } => self.word(),
        }
    }

    /// When work may begin next, if it may not now and that is known.
    pub fn next(&self) -> Option<Timestamp> {
        match self {
            Self::CutoffPassed { next, .. } | Self::Frozen { next, .. } => *next,
            Self::Before { opens } => Some(*opens),
            Self::Open { .. } | Self::Closed { .. } | Self::NoWindow => None,
        }
    }
}

/// A permitted breach of a window or a freeze: one rollout, one reason, one end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub tenant: TenantId,
    pub rollout: RolloutId,
    pub reason: Text,
    pub change: Option<Text>,
    pub who: Text,
    /// Another person who agreed; without one a freeze is not lifted.
    pub second: Option<Text>,
    /// From the key press to the expiry.
    pub period: Period,
}

impl Override {
    /// Whether it lets work begin on this rollout although its window is closed.
    pub fn permits(&self, rollout: &RolloutId, at: Timestamp) -> bool {
        self.rollout == *rollout && self.period.holds(at)
    }

    /// The same, ended at a moment before its time. It never ends later than it was going to.
    pub fn ended(&self, at: Timestamp) -> Self {
        let from = self.period.from();
        // What was ended in the instant in which it was taken still is a stretch of time.
        let shortest = from.checked_add(SignedDuration::from_nanos(1)).unwrap_or(from);
        let period = Period::new(from, at.max(shortest).min(self.period.to())).unwrap_or(self.period);
        Self { period, ..self.clone() }
    }

    /// Whether both are one override, however long each is said to hold.
    pub fn is_same(&self, other: &Self) -> bool {
        let key = |one: &Self| (one.rollout.clone(), one.period.from(), one.who.clone());
        key(self) == key(other)
    }

    /// Whether it also lifts a freeze: only with a second person.
    pub fn lifts_freeze(&self, rollout: &RolloutId, at: Timestamp) -> bool {
        self.second.is_some() && self.permits(rollout, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn a_period_holds_its_beginning_and_not_its_end() {
        let period = Period::new(at("2026-12-08T21:00:00Z"), at("2026-12-09T01:00:00Z")).expect("a period");
        assert!(period.holds(period.from()));
        assert!(!period.holds(period.to()));
        assert_eq!(Period::new(period.to(), period.to()), None);
    }

    #[test]
    fn an_override_ends_early_never_late_and_never_before_it_began() {
        let period = Period::new(at("2026-12-08T21:00:00Z"), at("2026-12-09T07:00:00Z")).expect("a period");
        let held = Override {
            tenant: TenantId::new("acme"),
            rollout: RolloutId::new(crate::domain::BackendName::new("acme-hb"), "1"),
            reason: "storm".into(),
            change: None,
            who: "lead".into(),
            second: None,
            period,
        };
        let until = |when: &str| held.ended(at(when)).period.to();
        assert_eq!(until("2026-12-08T23:00:00Z"), at("2026-12-08T23:00:00Z"));
        assert_eq!(until("2026-12-09T08:00:00Z"), period.to());
        assert!(!held.ended(at("2026-12-08T20:00:00Z")).permits(&held.rollout, at("2026-12-08T21:00:01Z")));
        assert!(held.ended(at("2026-12-08T23:00:00Z")).is_same(&held));
    }

    #[test]
    fn periods_that_touch_share_nothing() {
        let one = Period::new(at("2026-12-08T21:00:00Z"), at("2026-12-08T22:00:00Z")).expect("a period");
        let two = Period::new(at("2026-12-08T22:00:00Z"), at("2026-12-08T23:00:00Z")).expect("a period");
        assert!(!one.overlaps(two));
        assert_eq!(one.common(two), None);
    }
}
