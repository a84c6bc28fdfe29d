//! Figures and times in words: ages, durations, counts, clock times. Pure; now comes in as an argument.
//!
//! Time is quiet: an age grows in steps, a countdown steps by the minute and by the second only in its last one. An age is
//! rounded up and a countdown down, so that neither reads safer than it is.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::domain::fresh::LIVE;

/// Steps of an age, in seconds, up to an hour. Above it goes by the hour, and from two days on by the day.
const STEPS: [u64; 8] = [45, 60, 120, 300, 600, 1200, 1800, 3600];

pub(super) fn is_live(age: Duration) -> bool {
    age <= LIVE
}

/// `live`, `45s`, `1m`, `2m`, `5m`, ... `1h`, `2h`, ... `2d`.
pub(super) fn age(age: Duration) -> String {
    if is_live(age) { "live".to_owned() } else { steps(age) }
}

/// The same steps for things that are never live: when a host last spoke. Up to 30 s it says `now`.
pub(super) fn ago(age: Duration) -> String {
    if is_live(age) { "now".to_owned() } else { steps(age) }
}

/// The next step above an age. It changes on whole seconds, as the redraw does.
fn steps(age: Duration) -> String {
    let seconds = age.as_secs();
    match STEPS.iter().find(|step| seconds < **step) {
        Some(step) if *step < 60 => format!("{step}s"),
        Some(step) if *step < 3600 => format!("{}m", step / 60),
        Some(_) => "1h".to_owned(),
        None if seconds < 48 * 3600 => format!("{}h", seconds / 3600 + 1),
        None => format!("{}d", seconds / (24 * 3600) + 1),
    }
}

/// What is left of a time: `1h46`, `8m`, and `42s` in the last minute.
pub(super) fn countdown(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        _ => format!("{}h{:02}", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How long something has lasted, rounded up to the minute: `1m`, `14m`, `1h46`, `3d`.
pub(super) fn minutes(lasted: Duration) -> String {
    match lasted.as_secs().div_ceil(60) {
        0 => "1m".to_owned(),
        minutes @ 1..60 => format!("{minutes}m"),
        minutes @ 60..2880 => format!("{}h{:02}", minutes / 60, minutes % 60),
        minutes => format!("{}d", minutes.div_ceil(1440)),
    }
}

/// A short span as it was measured: `38ms`, `1.2s`, `10s`.
pub(super) fn span(span: Duration) -> String {
    match span.as_millis() {
        millis @ 0..1000 => format!("{millis}ms"),
        1000..10_000 => format!("{:.1}s", span.as_secs_f64()),
        _ => format!("{}s", span.as_secs()),
    }
}

/// Clock difference with its sign: `+3s`, `-2m`; `agrees` below a second.
pub(super) fn skew(skew: SignedDuration) -> String {
    let seconds = skew.as_secs();
    match seconds.unsigned_abs() {
        0 => "agrees".to_owned(),
        1..120 => format!("{seconds:+}s"),
        120..7200 => format!("{:+}m", seconds / 60),
        _ => format!("{:+}h", seconds / 3600),
    }
}

/// `7`, `240`, `12 000`.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1 host`, `240 hosts`.
pub(super) fn hosts(count: u32) -> String {
    some(count, "host")
}

/// `1 wave`, `3 waves`.
pub(super) fn some(number: u32, thing: &str) -> String {
    format!("{} {thing}{}", count(number.into()), if number == 1 { "" } else { "s" })
}

/// `23:14`; with its day if that is another one than `now`'s.
pub(super) fn hour(at: Timestamp, now: Timestamp, zone: TimeZone) -> String {
    let at = at.to_zoned(zone);
    let format = if is_same_day(&at, now) { "%H:%M" } else { "%a %-d %b %H:%M" };
    at.strftime(format).to_string()
}

/// `23:14` today, `Wed 01:04` within the week, `15 Jan` further off: the shortest that cannot be mistaken.
pub(super) fn short(at: Timestamp, now: Timestamp, zone: TimeZone) -> String {
    let at = at.to_zoned(zone);
    let format = match at.timestamp().duration_since(now).abs() {
        _ if is_same_day(&at, now) => "%H:%M",
        near if near < SignedDuration::from_hours(6 * 24) => "%a %H:%M",
        _ => "%-d %b",
    };
    at.strftime(format).to_string()
}

/// `23:14 CET`, with its day if that is another one.
pub(super) fn clock(at: Timestamp, now: Timestamp, zone: TimeZone) -> String {
    let shown = hour(at, now, zone.clone());
    format!("{shown} {}", at.to_zoned(zone).strftime("%Z"))
}

/// `23:14:03`.
pub(super) fn hour_second(at: Timestamp, zone: TimeZone) -> String {
    at.to_zoned(zone).strftime("%H:%M:%S").to_string()
}

fn is_same_day(at: &Zoned, now: Timestamp) -> bool {
    at.date() == now.to_zoned(at.time_zone().clone()).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "live")]
    #[case(30, "live")]
    #[case(31, "45s")]
    #[case(45, "1m")]
    #[case(60, "2m")]
    #[case(120, "5m")]
    #[case(300, "10m")]
    #[case(3599, "1h")]
    #[case(3600, "2h")]
    #[case(48 * 3600 - 1, "48h")]
    #[case(48 * 3600, "3d")]
    fn an_age_grows_in_steps_and_never_reads_younger(#[case] seconds: u64, #[case] shown: &str) {
        assert_eq!(age(Duration::from_secs(seconds)), shown);
    }

    #[rstest]
    #[case(0, "0s")]
    #[case(59, "59s")]
    #[case(60, "1m")]
    #[case(539, "8m")]
    #[case(6360, "1h46")]
    fn a_countdown_steps_by_the_minute_until_its_last(#[case] seconds: u64, #[case] shown: &str) {
        assert_eq!(countdown(Duration::from_secs(seconds)), shown);
    }

    #[rstest]
    #[case(0, "0")]
    #[case(9999, "9999")]
    #[case(12_000, "12 000")]
    #[case(1_234_567, "1 234 567")]
    fn large_counts_are_grouped(#[case] number: u64, #[case] shown: &str) {
        assert_eq!(count(number), shown);
    }

    #[test]
    fn a_time_of_another_day_names_its_day() {
        let at: Timestamp = "2026-12-08T22:14:00Z".parse().expect("a time");
        let later: Timestamp = "2026-12-09T22:14:00Z".parse().expect("a time");
        let zone = TimeZone::get("Europe/Berlin").expect("bundled");
        assert_eq!(clock(at, at, zone.clone()), "23:14 CET");
        assert_eq!(clock(at, later, zone), "Tue 8 Dec 23:14 CET");
    }

    #[rstest]
    #[case::today("2026-12-08T22:59:00Z", "23:59")]
    #[case::after_midnight("2026-12-09T00:04:00Z", "Wed 01:04")]
    #[case::next_week("2026-12-15T22:14:00Z", "15 Dec")]
    fn a_short_time_names_no_more_than_it_must(#[case] at: &str, #[case] shown: &str) {
        let now: Timestamp = "2026-12-08T22:14:00Z".parse().expect("a time");
        let zone = TimeZone::get("Europe/Berlin").expect("bundled");
        assert_eq!(short(at.parse().expect("a time"), now, zone), shown);
    }

    #[test]
    fn a_small_skew_is_none() {
        assert_eq!(skew(SignedDuration::from_millis(-400)), "agrees");
        assert_eq!(skew(SignedDuration::from_secs(-75)), "-75s");
    }
}
