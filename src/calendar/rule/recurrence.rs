//! A recurrence of RFC 5545 as a generator of civil times: daily, weekly, monthly, yearly, and what narrows them.
//!
//! It steps through periods, keeps the days that every part agrees to, and picks positions last. It counts in civil time
//! only, so that one zone database (jiff's) decides what a civil time means. How the text is read, and what is refused,
//! stands in `read`.

mod read;

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Nth;
use crate::calendar::{civil, words};

pub use read::Parts;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// The first occurrence.
    pub(super) start: DateTime,
    freq: Freq,
    interval: i32,
    end: End,
    by_month: Vec<i8>,
    by_month_day: Vec<i8>,
    by_day: Vec<(Option<i8>, Weekday)>,
    by_set_pos: Vec<i16>,
    week_start: Weekday,
    also: Vec<DateTime>,
    except: BTreeSet<DateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freq {
    Yearly,
    Monthly,
    Weekly,
    Daily,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Never,
    Count(usize),
    /// Inclusive, as an instant.
    Until(Timestamp),
    /// Inclusive, on the wall of the device.
    UntilLocal(DateTime),
}

impl Recurrence {
    /// Civil starts in `from..to`, in order, each once. `zone` is where an end in UTC is compared.
    pub fn starts(&self, zone: &TimeZone, from: DateTime, to: DateTime) -> Vec<DateTime> {
        let mut found: Vec<DateTime> = match self.end {
            End::Count(count) => self.dates(self.start.date(), to.date()).take(count).map(|date| self.on(date)).collect(),
            _ => self.dates(from.date(), to.date()).map(|date| self.on(date)).collect(),
        };
        match self.end {
            End::Until(until) => found.retain(|start| civil::resolve(*start, zone).is_some_and(|(at, _)| at <= until)),
            End::UntilLocal(until) => found.retain(|start| *start <= until),
            End::Never | End::Count(_) => {}
        }
        found.extend(&self.also);
        found.retain(|start| from <= *start && *start < to && !self.except.contains(start));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same as an nth weekday of every month, where it is no more and no less than that.
    pub(super) fn nth(&self) -> Option<Nth> {
        let plain = self.freq == Freq::Monthly && self.interval == 1 && self.by_month.is_empty() && self.by_month_day.is_empty();
        let (nth, weekday) = match (&self.by_day[..], &self.by_set_pos[..]) {
            ([(Some(nth), weekday)], []) => (*nth, *weekday),
            ([(None, weekday)], [place]) => (i8::try_from(*place).ok()?, *weekday),
            _ => return None,
        };
        plain.then(|| Nth { nth, weekday, offset: 0, time: self.start.time() })
    }

    fn on(&self, date: Date) -> DateTime {
        date.to_datetime(self.start.time())
    }

    /// Days of the rule from the start on that lie in `from..=to`, without its end.
    fn dates(&self, from: Date, to: Date) -> impl Iterator<Item = Date> + '_ {
        let from = from.max(self.start.date());
        (self.first_period(from)..)
            .map_while(move |number| self.period(number).filter(|(first, _)| *first <= to))
            .flat_map(|(first, last)| self.within(first, last))
            .filter(move |date| from <= *date && *date <= to)
    }

    /// The number of the last period that begins at or before a day.
    fn first_period(&self, from: Date) -> i32 {
        let start = self.start.date();
        let years = i32::from(from.year()) - i32::from(start.year());
        let passed = match self.freq {
            Freq::Yearly => years,
            Freq::Monthly => years * 12 + i32::from(from.month()) - i32::from(start.month()),
            Freq::Weekly => i32::try_from(words::days_between(self.week_of(start), from) / 7).unwrap_or(0),
            Freq::Daily => i32::try_from(words::days_between(start, from)).unwrap_or(0),
        };
        passed.max(0) / self.interval
    }

    fn week_of(&self, date: Date) -> Date {
        date.saturating_sub(i32::from(date.weekday().since(self.week_start)).days())
    }

    /// The first and the last day of a period; None at the end of the calendar.
    fn period(&self, number: i32) -> Option<(Date, Date)> {
        let start = self.start.date();
        let steps = number.checked_mul(self.interval)?;
        match self.freq {
            Freq::Yearly => {
                let first = start.first_of_year().checked_add(steps.checked_years()?).ok()?;
                Some((first, first.last_of_year()))
            }
            Freq::Monthly => {
                let first = start.first_of_month().checked_add(steps.checked_months()?).ok()?;
                Some((first, first.last_of_month()))
            }
            Freq::Weekly => {
                let first = self.week_of(start).checked_add(steps.checked_weeks()?).ok()?;
                Some((first, first.checked_add(6.days()).ok()?))
            }
            Freq::Daily => {
                let day = start.checked_add(steps.checked_days()?).ok()?;
                Some((day, day))
            }
        }
    }

    /// The days of one period, positions picked.
    fn within(&self, first: Date, last: Date) -> Vec<Date> {
        let mut days = Vec::new();
        let mut day = first;
        loop {
            if !self.by_month.is_empty() && !self.by_month.contains(&day.month()) {
                // Whole months are skipped at once: a yearly rule looks at its own months only.
                match day.last_of_month().tomorrow() {
                    Ok(next) if next <= last => day = next,
                    _ => break,
                }
                continue;
            }
            if self.takes(day) {
                days.push(day);
            }
            match day.tomorrow() {
                Ok(next) if next <= last => day = next,
                _ => break,
            }
        }
        if self.by_set_pos.is_empty() {
            return days;
        }
        let count = i32::try_from(days.len()).unwrap_or(i32::MAX);
        let places: BTreeSet<usize> = self
            .by_set_pos
            .iter()
            .map(|position| i32::from(*position))
            .map(|position| if position > 0 { position - 1 } else { count + position })
            .filter(|place| (0..count).contains(place))
            .filter_map(|place| usize::try_from(place).ok())
            .collect();
        places.into_iter().map(|place| days[place]).collect()
    }

    /// Whether the parts other than the month agree to a day.
    fn takes(&self, day: Date) -> bool {
        let of_month = || {
            let (number, length) = (day.day(), day.days_in_month());
            self.by_month_day.iter().any(|wanted| *wanted == number || *wanted == number - length - 1)
        };
        let of_week = || {
            let weekday = day.weekday();
            self.by_day.iter().any(|(nth, wanted)| *wanted == weekday && nth.is_none_or(|nth| self.is_nth(day, nth)))
        };
        (self.by_month_day.is_empty() || of_month()) && (self.by_day.is_empty() || of_week())
    }

    /// Whether a day is the nth of its weekday: in the month, or in the year for a yearly rule that names no month.
    fn is_nth(&self, day: Date, nth: i8) -> bool {
        let in_year = self.freq == Freq::Yearly && self.by_month.is_empty();
        let (place, length) = if in_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        };
        let counted = if nth > 0 { (place - 1) / 7 + 1 } else { -((length - place) / 7 + 1) };
        counted == i16::from(nth)
    }
}

/// Spans whose number may be out of range for the calendar.
trait Checked {
    fn checked_years(self) -> Option<jiff::Span>;
    fn checked_months(self) -> Option<jiff::Span>;
    fn checked_weeks(self) -> Option<jiff::Span>;
    fn checked_days(self) -> Option<jiff::Span>;
}

impl Checked for i32 {
    fn checked_years(self) -> Option<jiff::Span> {
        jiff::Span::new().try_years(self).ok()
    }

    fn checked_months(self) -> Option<jiff::Span> {
        jiff::Span::new().try_months(self).ok()
    }

    fn checked_weeks(self) -> Option<jiff::Span> {
        jiff::Span::new().try_weeks(self).ok()
    }

    fn checked_days(self) -> Option<jiff::Span> {
        jiff::Span::new().try_days(self).ok()
    }
}
