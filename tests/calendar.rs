//! Expansion against a second implementation that shares nothing with the first: it walks through every hour of two years
//! and asks of each whether it lies in a window, from the rule's meaning and the zone's offsets alone.

#[path = "calendar/forecast.rs"]
mod forecast;
#[path = "calendar/promised.rs"]
mod promised;

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time, Weekday, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};
use patchdeck::calendar::rule::recurrence::Parts;
use patchdeck::calendar::{Calendar, Draft, RuleDraft, Window};
use patchdeck::domain::Period;
use rstest::rstest;

/// What a rule means, written as a question about one day.
struct Meaning {
    rule: RuleDraft<'static>,
    holds: fn(Date) -> bool,
    time: Time,
    lasts: &'static str,
    /// The same as `lasts`, for the second implementation.
    length: Length,
}

#[derive(Clone, Copy)]
enum Length {
    Hours(i64),
    Until(Time),
}

const fn hour(hour: i8, minute: i8) -> Time {
    jiff::civil::time(hour, minute, 0, 0)
}

fn rrule(start: &'static str, rrule: &'static str) -> RuleDraft<'static> {
    RuleDraft::Rrule(Parts { start, rrule, ..Parts::default() })
}

fn days_since(day: Date, from: Date) -> i64 {
    i64::from(from.until((jiff::Unit::Day, day)).expect("days").get_days())
}

fn meanings() -> Vec<Meaning> {
    let meaning = |rule, holds, time, lasts, length| Meaning { rule, holds, time, lasts, length };
    vec![
        meaning(rrule("2026-01-01T02:30", "FREQ=DAILY"), |_| true, hour(2, 30), "3h", Length::Hours(3)),
        meaning(
            rrule("2026-01-01T23:30", "FREQ=DAILY;INTERVAL=3"),
            |day| days_since(day, date(2026, 1, 1)) % 3 == 0,
            hour(23, 30),
            "until 02:30",
            Length::Until(hour(2, 30)),
        ),
        meaning(
            rrule("2026-01-06T22:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU"),
            |day| days_since(day, date(2026, 1, 5)) / 7 % 2 == 0 && [Weekday::Tuesday, Weekday::Sunday].contains(&day.weekday()),
            hour(22, 0),
            "until 06:00",
            Length::Until(hour(6, 0)),
        ),
        meaning(
            rrule("2026-01-13T01:30", "FREQ=MONTHLY;BYDAY=2TU"),
            |day| day.weekday() == Weekday::Tuesday && (8..=14).contains(&day.day()),
            hour(1, 30),
            "90min",
            Length::Hours(1),
        ),
        meaning(
            rrule("2026-01-30T22:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
            |day| {
                let weekend = [Weekday::Saturday, Weekday::Sunday];
                let mut rest = day;
                let last = loop {
                    rest = rest.tomorrow().expect("a day");
                    if rest.month() != day.month() {
                        break true;
                    }
                    if !weekend.contains(&rest.weekday()) {
                        break false;
                    }
                };
                last && !weekend.contains(&day.weekday())
            },
            hour(22, 0),
            "10h",
            Length::Hours(10),
        ),
        meaning(
            rrule("2026-03-31T01:00", "FREQ=YEARLY;BYMONTH=3,10;BYMONTHDAY=-1"),
            |day| day.day() == 31 && [3, 10].contains(&day.month()),
            hour(1, 0),
            "until 04:00",
            Length::Until(hour(4, 0)),
        ),
        meaning(
            RuleDraft::Cron("15 3 * * SAT,SUN"),
            |day| [Weekday::Saturday, Weekday::Sunday].contains(&day.weekday()),
            hour(3, 15),
            "4h",
            Length::Hours(4),
        ),
        meaning(
            RuleDraft::Nth("Patch Tuesday + 12 at 02:00"),
            |day| {
                let tuesday = day.checked_sub(12.days()).expect("a day");
                tuesday.weekday() == Weekday::Tuesday && (8..=14).contains(&tuesday.day())
            },
            hour(2, 0),
            "until 05:00",
            Length::Until(hour(5, 0)),
        ),
    ]
}

/// The first instant that the wall shows this time; if it never does, the instant by the offset in force before.
fn instant(wanted: DateTime, zone: &TimeZone) -> Timestamp {
    let as_utc = TimeZone::UTC.to_timestamp(wanted).expect("in range");
    let by = |offset: jiff::tz::Offset| as_utc - SignedDuration::from_secs(i64::from(offset.seconds()));
    let around = [-1, 1].map(|days| zone.to_offset(as_utc + SignedDuration::from_hours(24 * days)));
    let shown = around.map(by).into_iter().filter(|at| zone.to_datetime(*at) == wanted).min();
    shown.unwrap_or_else(|| by(around[0]))
}

fn second(meaning: &Meaning, zone: &TimeZone, day: Date) -> Option<(Timestamp, Timestamp)> {
    if !(meaning.holds)(day) {
        return None;
    }
    let start = instant(day.to_datetime(meaning.time), zone);
    let end = match meaning.length {
        // 90 minutes are written as one hour there, so that the walk by hours meets both of its edges.
        Length::Hours(1) => start + SignedDuration::from_mins(90),
        Length::Hours(hours) => start + SignedDuration::from_hours(hours),
        Length::Until(time) if time > meaning.time => instant(day.to_datetime(time), zone),
        Length::Until(time) => instant(day.tomorrow().expect("a day").to_datetime(time), zone),
    };
    Some((start, end))
}

#[rstest]
#[case::new_york("America/New_York")]
#[case::berlin("Europe/Berlin")]
#[case::lord_howe("Australia/Lord_Howe")]
#[case::casablanca("Africa/Casablanca")]
#[case::kolkata("Asia/Kolkata")]
#[case::auckland("Pacific/Auckland")]
fn every_hour_of_two_years_is_in_or_out_by_both_implementations(#[case] name: &str) {
    let zones = TimeZoneDatabase::bundled();
    let zone = zones.get(name).expect("a zone");
    let range = Period::new("2026-02-01T00:00:00Z".parse().expect("a time"), "2028-02-01T00:00:00Z".parse().expect("a time"));
    let range = range.expect("a range");
    for meaning in meanings() {
        let draft =
            Draft { name: "night", zone: name, rule: meaning.rule, lasts: meaning.lasts, cutoff: None, allows: &[], owner: None };
        let window = Window::read(&draft, &zones).unwrap_or_else(|refused| panic!("{refused:?}"));
        let calendar = Calendar { windows: vec![window], ..Calendar::default() };
        let openings = calendar.expand(None, &TimeZone::UTC, range).openings;
        assert!(openings.len() >= 4, "{:?}: {} openings", meaning.rule, openings.len());

        let mut known: BTreeMap<Date, Option<(Timestamp, Timestamp)>> = BTreeMap::new();
        let mut next = 0;
        let mut at = range.from();
        let mut inside = 0;
        while at < range.to() {
            let today = zone.to_datetime(at).date();
            let expected = (0..=1).any(|back| {
                let day = today.saturating_sub(back.days());
                let found = known.entry(day).or_insert_with(|| second(&meaning, &zone, day));
                found.is_some_and(|(from, to)| from <= at && at < to)
            });
            while openings.get(next).is_some_and(|opening| opening.period.to() <= at) {
                next += 1;
            }
            let ours = openings.get(next).is_some_and(|opening| opening.period.holds(at));
            assert_eq!(ours, expected, "{:?} in {name} at {at}", meaning.rule);
            inside += u32::from(ours);
            at += SignedDuration::from_hours(1);
        }
        assert!(inside > 0, "{:?} was never open", meaning.rule);
    }
}
