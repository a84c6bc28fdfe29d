//! The one place where a civil time becomes an instant, and where clock changes are found.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::domain::Period;
use crate::domain::window::{ClockChange, Wall};

/// The instant of a civil time. None only at the ends of the calendar (years -9999 and 9999).
pub fn resolve(wanted: DateTime, zone: &TimeZone) -> Option<(Timestamp, Wall)> {
    let found = zone.to_ambiguous_timestamp(wanted);
    let wall = match found.offset() {
        AmbiguousOffset::Unambiguous { .. } => Wall::Once,
        AmbiguousOffset::Gap { .. } => Wall::Skipped,
        AmbiguousOffset::Fold { .. } => Wall::Twice,
    };
    Some((found.compatible().ok()?, wall))
}

/// Changes of the clock strictly inside a period. A change of the abbreviation alone is none.
pub fn changes(period: Period, zone: &TimeZone) -> impl Iterator<Item = ClockChange> + '_ {
    zone.following(period.from()).map(|change| change.timestamp()).take_while(move |at| *at < period.to()).filter_map(|at| {
        let before = zone.to_offset(at.checked_sub(SignedDuration::from_secs(1)).ok()?);
        let after = zone.to_offset(at);
        (before != after).then_some(ClockChange { at, before, after })
    })
}

/// A moment moved by a length, held at the ends of the calendar.
pub(super) fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}
