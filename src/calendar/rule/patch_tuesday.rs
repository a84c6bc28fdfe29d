//! The second Tuesday as the world knows it: released at 10:00 in Los Angeles. What a rule that means it may get wrong.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, civil};

use super::Nth;
use crate::calendar::civil::resolve;

/// Earlier than this before a release is meant to be before it.
const CLOSE: SignedDuration = SignedDuration::from_hours(36);

const RELEASE: Nth = Nth { nth: 2, weekday: Weekday::Tuesday, offset: 0, time: civil::time(10, 0, 0, 0) };

/// When the patches of a month come out. `los_angeles` is that zone, from the caller's zone data.
pub fn release(year: i16, month: i8, los_angeles: &TimeZone) -> Option<Timestamp> {
    Some(resolve(RELEASE.date(year, month)?.to_datetime(RELEASE.time), los_angeles)?.0)
}

/// How long before the month's release a window begins that opens on the day of it: it gets the patches of the month
/// before. None if it begins after the release, or well before it.
pub fn early(start: Timestamp, los_angeles: &TimeZone) -> Option<SignedDuration> {
    let there = start.checked_add(CLOSE).ok()?.to_zoned(los_angeles.clone());
    let release = release(there.year(), there.month(), los_angeles)?;
    let early = release.duration_since(start);
    (SignedDuration::ZERO < early && early <= CLOSE).then_some(early)
}

/// The rule counted from Patch Tuesday that a rule on another weekday of that week is taken for: 2nd Wednesday and Patch
/// Tuesday + 1. None if the rule is counted from Patch Tuesday itself, or from another week.
pub fn taken_for(rule: Nth) -> Option<Nth> {
    let after = rule.weekday.since(Weekday::Tuesday);
    (rule.nth == 2 && rule.weekday != Weekday::Tuesday).then(|| Nth { offset: rule.offset + after, time: rule.time, ..RELEASE })
}

/// Months, from the given one on, in which two rules name different days.
pub fn differ(one: Nth, other: Nth, from: civil::Date, months: u16) -> Vec<civil::Date> {
    (0..i32::from(months))
        .filter_map(|more| from.first_of_month().checked_add(more.months()).ok())
        .filter(|month| one.date(month.year(), month.month()) != other.date(month.year(), month.month()))
        .collect()
}
