//! Reading dates, times, weekdays and lengths as people and as RFC 5545 write them. Strict: nothing is guessed.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, Span, Unit};

/// `2026-12-08T22:00`, `2026-12-08 22:00:00` or `20261208T220000`; a zone or an offset behind it is not read.
pub(super) fn date_time(text: &str) -> Option<DateTime> {
    let (day, hour) = text.split_once(['T', ' '])?;
    Some(date(day)?.to_datetime(time(hour)?))
}

/// `2026-12-08` or `20261208`.
pub(super) fn date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = match text.len() {
        8 if text.is_ascii() => vec![&text[..4], &text[4..6], &text[6..]],
        10 => text.split('-').collect(),
        _ => return None,
    };
    let [year, month, day] = parts[..] else { return None };
    Date::new(digits(year, 4)?, i8::try_from(digits(month, 2)?).ok()?, i8::try_from(digits(day, 2)?).ok()?).ok()
}

/// `22:00`, `22:00:00` or `220000`.
pub(super) fn time(text: &str) -> Option<Time> {
    let parts: Vec<&str> = match text.len() {
        6 if text.is_ascii() && !text.contains(':') => vec![&text[..2], &text[2..4], &text[4..]],
        5 | 8 => text.split(':').collect(),
        _ => return None,
    };
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, "00"),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let two = |text| i8::try_from(digits(text, 2)?).ok();
    Time::new(two(hour)?, two(minute)?, two(second)?, 0).ok()
}

fn digits(text: &str, length: usize) -> Option<i16> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `TU`, `tue`, `Tuesday`.
pub(super) fn weekday(text: &str) -> Option<Weekday> {
    let text = text.to_ascii_lowercase();
    let full = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = full.iter().position(|day| [&day[..2], &day[..3], day].contains(&text.as_str()))?;
    Weekday::from_monday_zero_offset(i8::try_from(place).ok()?).ok()
}

/// A length as ISO 8601 (`PT8H`, `P1DT2H`) or as people write it (`8h`, `90min`): whole days, and elapsed time beyond
/// them. None for negative lengths, months and years.
pub(super) fn length(text: &str) -> Option<(u16, SignedDuration)> {
    let span: Span = text.parse().ok()?;
    if span.is_negative() || span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = u16::try_from(span.get_weeks().checked_mul(7)?.checked_add(span.get_days())?).ok()?;
    let rest = span.weeks(0).days(0);
    let rest = SignedDuration::try_from(rest).ok()?;
    Some((days, rest))
}

/// A length for people: `8h`, `90min`, `12h 30min`.
pub(super) fn say(length: SignedDuration) -> String {
    let minutes = length.as_secs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}min"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h {minutes}min"),
    }
}

/// Whole days from one date to another.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until((Unit::Day, to)).map_or(0, |span| i64::from(span.get_days()))
}
