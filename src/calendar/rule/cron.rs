//! Five fields of cron: minute, hour, day of the month, month, day of the week.
//!
//! Only what every cron reads alike is taken, and `TUE#2` and `FRIL`. On the night of a clock change this house's rule
//! holds, not cron's; [`Cron::otherwise`] says where the two differ.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::Nth;
use crate::calendar::civil::{changes, resolve};
use crate::calendar::{Refused, words};
use crate::domain::Period;
use crate::domain::window::Wall;

/// More openings a day are a loop and no windows.
const MOST_A_DAY: usize = 24;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    times: Vec<Time>,
    months: Vec<i8>,
    days: Days,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    All,
    OfMonth(Vec<OfMonth>),
    OfWeek(Vec<(Option<i8>, Weekday)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OfMonth {
    Day(i8),
    Last,
}

/// A start that a cron daemon would make at another instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Otherwise {
    pub wanted: DateTime,
    pub ours: Timestamp,
    pub cron: Timestamp,
}

impl Cron {
    pub fn read(text: &str) -> Result<Self, Refused> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(refused(text, "write five fields: minute, hour, day of the month, month, day of the week"));
        };
        let minutes = numbers(minute, 0, 59)?;
        let hours = numbers(hour, 0, 23)?;
        if minutes.len() * hours.len() > MOST_A_DAY {
            return Err(refused(text, "opens more than 24 times a day: write the minute and the hours"));
        }
        let days = match (day, weekday) {
            ("*", "*") => Days::All,
            (_, "*") => Days::OfMonth(days_of_month(day)?),
            ("*", _) => Days::OfWeek(days_of_week(weekday)?),
            _ => {
                return Err(refused(
                    &format!("{day} .. {weekday}"),
                    "a day of the month and a day of the week together mean either of them to some crons and both to others: \
                     write one, or an RRULE",
                ));
            }
        };
        let times = hours.iter().flat_map(|hour| minutes.iter().filter_map(|minute| Time::new(*hour, *minute, 0, 0).ok()));
        let cron = Self { times: times.collect(), months: months(month)?, days };
        let never = matches!(&cron.days, Days::OfMonth(days) if !days.iter().any(|day| cron.months.iter().any(|month| match day {
            OfMonth::Last => true,
            OfMonth::Day(day) => Date::new(2024, *month, *day).is_ok(),
        })));
        if never { Err(refused(&format!("{day} {month}"), "no such day in these months")) } else { Ok(cron) }
    }

    fn holds(&self, date: Date) -> bool {
        self.months.contains(&date.month())
            && match &self.days {
                Days::All => true,
                Days::OfMonth(days) => days.iter().any(|day| match day {
                    OfMonth::Day(day) => *day == date.day(),
                    OfMonth::Last => date == date.last_of_month(),
                }),
                Days::OfWeek(days) => days.iter().any(|(nth, weekday)| {
                    *weekday == date.weekday()
                        && nth.is_none_or(|nth| {
                            if nth < 0 { date.day() + 7 > date.days_in_month() } else { (date.day() + 6) / 7 == nth }
                        })
                }),
            }
    }

    pub(super) fn starts(&self, from: DateTime, to: DateTime) -> Vec<DateTime> {
        let mut found = Vec::new();
        let mut date = from.date();
        while date <= to.date() {
            if self.holds(date) {
                let starts = self.times.iter().map(|time| date.to_datetime(*time));
                found.extend(starts.filter(|start| from <= *start && *start < to));
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        found
    }

    /// The same as an nth weekday of every month at one time, where it is no more and no less than that.
    pub(super) fn nth(&self) -> Option<Nth> {
        match (&self.days, &self.times[..], self.months.len()) {
            (Days::OfWeek(days), [time], 12) => match days[..] {
                [(Some(nth), weekday)] => Some(Nth { nth, weekday, offset: 0, time: *time }),
                _ => None,
            },
            _ => None,
        }
    }

    /// Starts in the range at a time that the clock shows twice: some cron daemons begin at both.
    pub fn twice(&self, zone: &TimeZone, from: DateTime, to: DateTime) -> Vec<DateTime> {
        let twice = |wanted: &DateTime| resolve(*wanted, zone).is_some_and(|(_, wall)| wall == Wall::Twice);
        self.starts(from, to).into_iter().filter(twice).collect()
    }

    /// Starts in the range that fall into a gap: a cron daemon begins them when the clock has jumped, this house as much
    /// later as the clock jumped.
    pub fn otherwise(&self, zone: &TimeZone, from: DateTime, to: DateTime) -> Vec<Otherwise> {
        let gap = |wanted: DateTime| {
            let (ours, wall) = resolve(wanted, zone)?;
            if wall != Wall::Skipped {
                return None;
            }
            let before = ours.checked_sub(jiff::SignedDuration::from_hours(24)).ok()?;
            let around = Period::new(before, ours.checked_add(jiff::SignedDuration::from_secs(1)).ok()?)?;
            let jump = changes(around, zone).last()?;
            Some(Otherwise { wanted, ours, cron: jump.at })
        };
        self.starts(from, to).into_iter().filter_map(gap).filter(|found| found.ours != found.cron).collect()
    }
}

fn refused(part: &str, why: &str) -> Refused {
    Refused::new("rule", part, why)
}

/// A list of numbers, ranges and steps.
fn numbers(field: &str, least: i8, most: i8) -> Result<Vec<i8>, Refused> {
    named(field, least, most, |word| word.parse().ok())
}

fn named(field: &str, least: i8, most: i8, read: impl Fn(&str) -> Option<i8>) -> Result<Vec<i8>, Refused> {
    let mut found = Vec::new();
    for item in field.split(',') {
        let one = |word: &str| {
            let number = read(word).filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| refused(item, &format!("write {least} to {most}")))
        };
        let (range, step) = match item.split_once('/') {
            None => (item, 1),
            Some((range, step)) => match step.parse::<usize>() {
                Ok(step @ 1..) if range == "*" || range.contains('-') => (range, step),
                _ => return Err(refused(item, "a step is a number behind * or behind a range: */2, 1-9/2")),
            },
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (one(from)?, one(to)?),
            None => (one(range)?, one(range)?),
        };
        if from > to {
            return Err(refused(item, "the range goes backwards"));
        }
        found.extend((from..=to).step_by(step));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn months(field: &str) -> Result<Vec<i8>, Refused> {
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    named(field, 1, 12, |word| {
        let place = names.iter().position(|name| *name == word.to_ascii_lowercase());
        place.map_or_else(|| word.parse().ok(), |place| i8::try_from(place + 1).ok())
    })
}

fn days_of_month(field: &str) -> Result<Vec<OfMonth>, Refused> {
    if field.eq_ignore_ascii_case("l") {
        return Ok(vec![OfMonth::Last]);
    }
    Ok(numbers(field, 1, 31)?.into_iter().map(OfMonth::Day).collect())
}

/// 0 and 7 are Sunday.
fn day_of_week(word: &str) -> Option<i8> {
    match words::weekday(word) {
        Some(day) if word.len() > 2 => Some(day.to_sunday_zero_offset()),
        _ => word.parse().ok(),
    }
}

fn days_of_week(field: &str) -> Result<Vec<(Option<i8>, Weekday)>, Refused> {
    let weekday = |number: i8| Weekday::from_sunday_zero_offset(number % 7).ok();
    let mut found = Vec::new();
    for item in field.split(',') {
        let one = |word: &str, nth: i8| {
            let day = day_of_week(word).filter(|day| (0..=7).contains(day)).and_then(weekday);
            day.map(|day| (Some(nth), day)).ok_or_else(|| refused(item, "no weekday"))
        };
        if let Some((day, nth)) = item.split_once('#') {
            let Some(nth) = nth.parse::<i8>().ok().filter(|nth| (1..=5).contains(nth)) else {
                return Err(refused(item, "write #1 to #5"));
            };
            found.push(one(day, nth)?);
        } else if let Some(day) = item.strip_suffix(['L', 'l']) {
            found.push(one(day, -1)?);
        } else {
            found.extend(named(item, 0, 7, day_of_week)?.into_iter().filter_map(weekday).map(|day| (None, day)));
        }
    }
    Ok(found)
}
