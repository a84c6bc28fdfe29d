//! The nth weekday of a month, and days counted from it: "2nd Tuesday + 3 days at 22:00".
//!
//! A month is the cycle's month: "Patch Tuesday + 20" of February may fall into March and still belongs to February.

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::calendar::Refused;
use crate::calendar::words;

/// Further from the weekday than this is another month's window.
const FURTHEST: i8 = 28;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nth {
    /// 1 to 5, or -1 for the last.
    pub nth: i8,
    pub weekday: Weekday,
    /// Days after it; negative is before.
    pub offset: i8,
    pub time: Time,
}

impl Nth {
    /// Reads `2nd Tuesday 22:00`, `Patch Tuesday + 3 at 22:00`, `last fri - 1 21:30`.
    pub fn read(text: &str) -> Result<Self, Refused> {
        let refused = |part: &str, why: &str| Err(Refused::new("rule", part, why));
        let spaced = text.to_lowercase().replace('+', " + ").replace(" -", " - ");
        let mut left = spaced.split_whitespace().filter(|word| !["at", "day", "days"].contains(word)).peekable();
        let nth = match left.next() {
            Some("1st" | "first") => 1,
            Some("2nd" | "second" | "patch") => 2,
            Some("3rd" | "third") => 3,
            Some("4th" | "fourth") => 4,
            Some("5th" | "fifth") => 5,
            Some("last") => -1,
            Some(other) => return refused(other, "no place in the month: write 1st to 5th, last, or Patch Tuesday"),
            None => return refused(text, "write for example: 2nd Tuesday + 3 at 22:00"),
        };
        let named = left.next().unwrap_or_default();
        let Some(weekday) = words::weekday(named) else { return refused(named, "no weekday") };
        if spaced.starts_with("patch") && weekday != Weekday::Tuesday {
            return refused(named, "Patch Tuesday is a Tuesday: write 2nd and the weekday, or Patch Tuesday + days");
        }
        let offset = match left.next_if(|word| ["+", "-"].contains(word)) {
            None => 0,
            Some(sign) => {
                let days = left.next().unwrap_or_default();
                match days.parse::<i8>() {
                    Ok(days @ 0..=FURTHEST) => days * if sign == "-" { -1 } else { 1 },
                    _ => return refused(days, "write 0 to 28 days"),
                }
            }
        };
        let clock = left.next().unwrap_or_default();
        let Some(time) = words::time(clock) else { return refused(clock, "no time: write 22:00 at the end") };
        match left.next() {
            Some(more) => refused(more, "nothing is expected after the time"),
            None => Ok(Self { nth, weekday, offset, time }),
        }
    }

    /// The day that belongs to a month's cycle; None if the month has no such weekday.
    pub fn date(&self, year: i16, month: i8) -> Option<Date> {
        let weekday = Date::new(year, month, 1).ok()?.nth_weekday_of_month(self.nth, self.weekday).ok()?;
        weekday.checked_add(jiff::Span::new().days(self.offset)).ok()
    }

    pub(super) fn starts(&self, from: DateTime, to: DateTime) -> Vec<DateTime> {
        let reach = jiff::Span::new().days(FURTHEST);
        let mut month = from.date().saturating_sub(reach).first_of_month();
        let last = to.date().saturating_add(reach);
        let mut found = Vec::new();
        while month <= last {
            let start = self.date(month.year(), month.month()).map(|date| date.to_datetime(self.time));
            found.extend(start.filter(|start| from <= *start && *start < to));
            let Ok(next) = month.checked_add(jiff::Span::new().months(1)) else { break };
            month = next;
        }
        found
    }
}
