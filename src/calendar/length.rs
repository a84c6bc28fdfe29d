//! How long a window is: always said as elapsed time or as a time on the wall, because on the night of a clock change the
//! two differ.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Refused, civil, words};
use crate::domain::window::Wall;

/// Longer than this is no window.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Exact time, whatever the wall clock does: `8h`.
    Elapsed(SignedDuration),
    /// Until the wall clock next shows this: `until 06:00`.
    UntilLocal(Time),
    /// So many days by the wall clock, and then exact time: what an `.ics` file means by `P1DT2H`, and by whole days.
    Days { days: u16, then: SignedDuration },
}

impl Length {
    /// Reads `8h`, `PT8H`, `until 06:00`.
    pub fn read(field: &'static str, text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        if let Some(time) = text.strip_prefix("until ") {
            let time = words::time(time.trim()).ok_or_else(|| Refused::new(field, time, "no time: write until 06:00"))?;
            return Ok(Self::UntilLocal(time));
        }
        match words::length(text) {
            None => {
                Err(Refused::new(field, text, "no length: write 8h or PT8H for elapsed time, until 06:00 for the wall clock"))
            }
            Some((1.., _)) => {
                Err(Refused::new(field, text, "a day is 23, 24 or 25 hours: write 24h for elapsed time, or until with a time"))
            }
            Some((0, length)) if length <= SignedDuration::ZERO => Err(Refused::new(field, text, "no time at all")),
            Some((0, length)) if length > LONGEST => Err(Refused::new(field, text, "longer than 31 days is no window")),
            Some((0, length)) => Ok(Self::Elapsed(length)),
        }
    }

    /// When a window ends that begins at `start`, which the rule called `wanted`.
    pub fn end(self, wanted: DateTime, start: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Wall)> {
        match self {
            Self::Elapsed(length) => Some((start.checked_add(length).ok()?, Wall::Once)),
            Self::UntilLocal(time) => {
                let day = if time > wanted.time() { wanted.date() } else { wanted.date().tomorrow().ok()? };
                civil::resolve(day.to_datetime(time), zone)
            }
            Self::Days { days: 0, then } => Some((start.checked_add(then).ok()?, Wall::Once)),
            Self::Days { days, then } => {
                let (at, wall) = civil::resolve(wanted.checked_add(jiff::Span::new().days(days)).ok()?, zone)?;
                Some((at.checked_add(then).ok()?, wall))
            }
        }
    }

    /// No instance is longer.
    pub(super) fn at_most(self) -> SignedDuration {
        match self {
            Self::Elapsed(length) => length,
            Self::UntilLocal(_) => SignedDuration::from_hours(27),
            Self::Days { days, then } => SignedDuration::from_hours(24 * i64::from(days) + 3).saturating_add(then),
        }
    }
}
