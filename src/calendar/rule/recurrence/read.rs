//! Reading a recurrence, and refusing what RFC 5545 forbids, leaves undefined, or what this house does not do.

use std::collections::BTreeSet;

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{End, Freq, Recurrence};
use crate::calendar::{Refused, words};

/// As it was written: `2026-12-08T22:00`, `FREQ=MONTHLY;BYDAY=2TU`, times left out, times added.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts<'a> {
    pub start: &'a str,
    pub rrule: &'a str,
    pub except: &'a [&'a str],
    pub also: &'a [&'a str],
}

/// Further than this nobody looks for the first occurrence.
const FAR_YEARS: i16 = 40;

impl Recurrence {
    /// Reads the parts of a window whose zone is `zone`, or of one that follows each device's own clock.
    pub fn read(parts: Parts<'_>, zone: Option<&TimeZone>) -> Result<Self, Refused> {
        let start = local("start", parts.start)?;
        let mut rule = Self::of_text(start, parts.rrule, zone)?;
        for text in parts.also {
            let also = local("also", text)?;
            if also < start {
                return Err(Refused::new("also", text, "before the start, which is the first occurrence"));
            }
            rule.also.push(also);
        }
        for text in parts.except {
            let except = local("except", text)?;
            if rule.starts(zone.unwrap_or(&TimeZone::UTC), except, except.saturating_add(1.second())).is_empty() {
                return Err(Refused::new("except", text, "nothing begins then, so nothing is left out"));
            }
            rule.except.insert(except);
        }
        Ok(rule)
    }

    /// A file's exceptions may name times that the rule does not know any more; they leave nothing out.
    pub(in crate::calendar) fn leaving_out(mut self, except: impl IntoIterator<Item = DateTime>) -> Self {
        self.except.extend(except);
        self
    }

    /// A file's own dates, besides the rule's.
    pub(in crate::calendar) fn adding(mut self, also: impl IntoIterator<Item = DateTime>) -> Self {
        self.also.extend(also);
        self
    }

    pub(in crate::calendar) fn of_text(start: DateTime, text: &str, zone: Option<&TimeZone>) -> Result<Self, Refused> {
        let text = text.trim();
        let text = text.get(..6).filter(|head| head.eq_ignore_ascii_case("RRULE:")).map_or(text, |head| &text[head.len()..]);
        let mut freq = None;
        let mut rule = Self {
            start,
            freq: Freq::Daily,
            interval: 1,
            end: End::Never,
            by_month: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
            also: Vec::new(),
            except: BTreeSet::new(),
        };
        let mut seen = BTreeSet::new();
        for part in text.split(';') {
            let refused = |why: &str| Refused::new("rule", part, why);
            let (name, value) = part.split_once('=').ok_or_else(|| refused("write NAME=VALUE, parts apart by ;"))?;
            let name = name.to_ascii_uppercase();
            if !seen.insert(name.clone()) {
                return Err(refused("stands there twice"));
            }
            match name.as_str() {
                "FREQ" => freq = Some(frequency(value).map_err(refused)?),
                "INTERVAL" => rule.interval = number(value, 1, 1000).ok_or_else(|| refused("write 1 to 1000"))?,
                "COUNT" => {
                    let count: i32 = number(value, 1, 100_000).ok_or_else(|| refused("write 1 to 100000"))?;
                    rule.end = End::Count(usize::try_from(count).unwrap_or(1));
                }
                "UNTIL" => rule.end = until(value, zone).map_err(refused)?,
                "BYMONTH" => rule.by_month = list(value, |one| number(one, 1, 12)).ok_or_else(|| refused("write 1 to 12"))?,
                "BYMONTHDAY" => {
                    rule.by_month_day = list(value, |one| number(one, -31, 31).filter(|day: &i8| *day != 0))
                        .ok_or_else(|| refused("write 1 to 31, or -1 to -31"))?;
                }
                "BYSETPOS" => {
                    rule.by_set_pos = list(value, |one| number(one, -366, 366).filter(|place: &i16| *place != 0))
                        .ok_or_else(|| refused("write 1 to 366, or -1 to -366"))?;
                }
                "BYDAY" => rule.by_day = list(value, by_day).ok_or_else(|| refused("write MO to SU, or 2TU, or -1FR"))?,
                "WKST" => rule.week_start = two_letters(value).ok_or_else(|| refused("write MO to SU"))?,
                "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
                    return Err(refused("the time is the start's; write one window for each time of the day"));
                }
                "BYYEARDAY" | "BYWEEKNO" => return Err(refused("not understood here; write months and days")),
                _ => return Err(refused("not a part of RFC 5545")),
            }
        }
        rule.freq = freq.ok_or_else(|| Refused::new("rule", text, "FREQ is missing"))?;
        if seen.contains("COUNT") && seen.contains("UNTIL") {
            return Err(Refused::new("rule", text, "COUNT and UNTIL exclude each other"));
        }
        rule.agree(text)?;
        rule.fill_in();
        rule.must_begin(zone)?;
        Ok(rule)
    }

    /// Parts that RFC 5545 forbids together (3.3.10).
    fn agree(&self, text: &str) -> Result<(), Refused> {
        let refused = |why: &str| Err(Refused::new("rule", text, why));
        let counted = self.by_day.iter().filter_map(|(nth, _)| *nth);
        let in_year = self.freq == Freq::Yearly && self.by_month.is_empty();
        if counted.clone().count() > 0 {
            if matches!(self.freq, Freq::Weekly | Freq::Daily) {
                return refused("a counted weekday (2TU) needs FREQ=MONTHLY or FREQ=YEARLY");
            }
            if !in_year && counted.clone().any(|nth| !(-5..=5).contains(&nth)) {
                return refused("no month has more than five of a weekday");
            }
        }
        if self.freq == Freq::Weekly && !self.by_month_day.is_empty() {
            return refused("BYMONTHDAY is not allowed with FREQ=WEEKLY");
        }
        let no_set = self.by_month.is_empty() && self.by_month_day.is_empty() && self.by_day.is_empty();
        if !self.by_set_pos.is_empty() && no_set {
            return refused("BYSETPOS needs another BY part to pick from");
        }
        Ok(())
    }

    /// What a rule does not name is taken from its start.
    fn fill_in(&mut self) {
        let start = self.start.date();
        if !self.by_month_day.is_empty() || !self.by_day.is_empty() {
            return;
        }
        match self.freq {
            Freq::Daily => {}
            Freq::Weekly => self.by_day = vec![(None, start.weekday())],
            Freq::Monthly => self.by_month_day = vec![start.day()],
            Freq::Yearly => {
                self.by_month_day = vec![start.day()];
                if self.by_month.is_empty() {
                    self.by_month = vec![start.month()];
                }
            }
        }
    }

    /// A start that the rule does not name is undefined (3.8.5.3).
    fn must_begin(&self, zone: Option<&TimeZone>) -> Result<(), Refused> {
        let written = self.start.strftime("%Y-%m-%d %H:%M").to_string();
        let utc = TimeZone::UTC;
        let only_first = |rule: &Self| {
            let far = rule.start.saturating_add(i64::from(FAR_YEARS).years());
            rule.dates(rule.start.date(), far.date()).next()
        };
        match only_first(self) {
            None => Err(Refused::new("rule", &written, "nothing ever begins by this rule")),
            Some(first) if first != self.start.date() => Err(Refused::new(
                "start",
                &written,
                format!(
                    "not an occurrence of its rule, which leaves open what that means: the first one is {}",
                    self.on(first).strftime("%Y-%m-%d %H:%M")
                ),
            )),
            Some(_) if self.starts(zone.unwrap_or(&utc), self.start, self.start.saturating_add(1.second())).is_empty() => {
                Err(Refused::new("rule", &written, "ends before it begins"))
            }
            Some(_) => Ok(()),
        }
    }
}

fn local(field: &'static str, text: &str) -> Result<DateTime, Refused> {
    words::date_time(text.trim())
        .ok_or_else(|| Refused::new(field, text, "no local date and time: write 2026-12-08T22:00, in the window's zone"))
}

fn frequency(value: &str) -> Result<Freq, &'static str> {
    match value.to_ascii_uppercase().as_str() {
        "YEARLY" => Ok(Freq::Yearly),
        "MONTHLY" => Ok(Freq::Monthly),
        "WEEKLY" => Ok(Freq::Weekly),
        "DAILY" => Ok(Freq::Daily),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Err("a window that begins every hour or oftener is no window"),
        _ => Err("write DAILY, WEEKLY, MONTHLY or YEARLY"),
    }
}

/// The end has the form that the start has: an instant for a window with a zone, a local time for one that follows the
/// device (3.3.10).
fn until(value: &str, zone: Option<&TimeZone>) -> Result<End, &'static str> {
    let instant = value.strip_suffix(['Z', 'z']);
    let read = words::date_time(instant.unwrap_or(value));
    match (read, instant, zone) {
        (None, _, _) if words::date(value).is_some() => {
            Err("a day alone is no end for a start with a time: write 20261231T225959Z")
        }
        (None, _, _) => Err("no time: write 20261231T225959Z"),
        (Some(at), Some(_), Some(_)) => {
            let at: Result<Timestamp, _> = TimeZone::UTC.to_timestamp(at);
            at.map(End::Until).map_err(|_| "out of range")
        }
        (Some(_), None, Some(_)) => Err("must be in UTC, with a Z at its end, when the window has a zone"),
        (Some(at), None, None) => Ok(End::UntilLocal(at)),
        (Some(_), Some(_), None) => Err("must be local, without Z, when the window follows each device"),
    }
}

fn number<N: TryFrom<i32>>(text: &str, least: i32, most: i32) -> Option<N> {
    text.trim_start_matches('+')
        .parse::<i32>()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .and_then(|number| N::try_from(number).ok())
}

fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    value.split(',').map(read).collect()
}

fn two_letters(text: &str) -> Option<Weekday> {
    (text.len() == 2).then(|| words::weekday(text))?
}

fn by_day(text: &str) -> Option<(Option<i8>, Weekday)> {
    let place = text.len().checked_sub(2).filter(|place| text.is_char_boundary(*place))?;
    let (nth, day) = text.split_at(place);
    let nth = if nth.is_empty() { None } else { Some(number(nth, -53, 53).filter(|nth: &i8| *nth != 0)?) };
    Some((nth, two_letters(day)?))
}
