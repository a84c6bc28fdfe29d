//! What the calendar promises, rule by rule. The twenty cases and the traps stand in `cases`; expansion against a second
//! implementation in `tests/calendar.rs`.

mod advising;
mod against;
mod cases;
mod combining;
mod files;
mod fitting;
mod refusing;
mod standing;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::rule::recurrence::Parts;
use super::{Calendar, Draft, RuleDraft, Window};
use crate::domain::{Opening, Period};

pub(super) fn zones() -> TimeZoneDatabase {
    TimeZoneDatabase::bundled()
}

pub(super) fn zone(name: &str) -> TimeZone {
    zones().get(name).expect("a zone")
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub(super) fn range(from: &str, to: &str) -> Period {
    let midnight = |day: &str| at(&format!("{day}T00:00:00Z"));
    Period::new(midnight(from), midnight(to)).expect("a range")
}

pub(super) fn draft<'a>(zone: &'a str, rule: RuleDraft<'a>, lasts: &'a str) -> Draft<'a> {
    Draft { name: "night", zone, rule, lasts, cutoff: None, allows: &[], owner: None }
}

pub(super) fn rrule<'a>(start: &'a str, rrule: &'a str) -> RuleDraft<'a> {
    RuleDraft::Rrule(Parts { start, rrule, ..Parts::default() })
}

pub(super) fn window(draft: &Draft<'_>) -> Window {
    Window::read(draft, &zones()).unwrap_or_else(|refused| panic!("{refused:?}"))
}

pub(super) fn calendar(windows: Vec<Window>) -> Calendar {
    Calendar { windows, freezes: Vec::new(), least: SignedDuration::ZERO }
}

/// Openings of one window in a range of days.
pub(super) fn openings(draft: &Draft<'_>, from: &str, to: &str) -> Vec<Opening> {
    calendar(vec![window(draft)]).expand(None, &TimeZone::UTC, range(from, to)).openings
}

pub(super) fn only(draft: &Draft<'_>, from: &str, to: &str) -> Opening {
    let found = openings(draft, from, to);
    let [opening] = &found[..] else { panic!("{found:?}") };
    opening.clone()
}

/// The civil dates on which a window begins, in its own zone.
pub(super) fn days(draft: &Draft<'_>, from: &str, to: &str) -> Vec<String> {
    let zone = zone(draft.zone);
    openings(draft, from, to).iter().map(|found| zone.to_datetime(found.period.from()).date().to_string()).collect()
}
