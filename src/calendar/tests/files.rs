//! iCalendar files: what is read, what is refused with its line, and that an export reads back as it was.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rstest::rstest;

use super::*;
use crate::calendar::ics::{Entry, Import, export, import};
use crate::calendar::{Scope, Zone};
use crate::domain::Work;

fn read(events: &str) -> Import {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n").replace('\n', "\r\n");
    import(&text, &Zone::Named(zone("Europe/Berlin")), &zones())
}

fn periods(import: &Import, from: &str, to: &str) -> Vec<(Timestamp, Timestamp)> {
    assert!(import.refused.is_empty(), "{:?}", import.refused);
    let windows = import.events.iter().map(|event| event.window(SignedDuration::ZERO, Work::ALL, None)).collect();
    let found = calendar(windows).expand(None, &TimeZone::UTC, range(from, to)).openings;
    found.iter().map(|opening| (opening.period.from(), opening.period.to())).collect()
}

#[test]
fn a_series_with_an_exception_a_moved_night_and_one_called_off() {
    let import = read(
        "BEGIN:VEVENT\nUID:1\nSUMMARY:Patch\\, night\nDTSTART;TZID=Europe/Berlin:20261208T220000\n\
         DTEND;TZID=Europe/Berlin:20261209T020000\nRRULE:FREQ=WEEKLY;COUNT=5\nEXDATE:20261215T210000Z\n\
         BEGIN:VALARM\nTRIGGER:-PT15M\nDTSTART:20000101T000000\nEND:VALARM\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:1\nSUMMARY:moved\nRECURRENCE-ID;TZID=Europe/Berlin:20261222T220000\n\
         DTSTART;TZID=Europe/Berlin:20261223T210000\nDURATION:PT2H\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:1\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=Europe/Berlin:20261229T220000\n\
         DTSTART;TZID=Europe/Berlin:20261229T220000\nDURATION:PT2H\nEND:VEVENT\n",
    );
    assert_eq!(import.events[0].summary.as_str(), "Patch, night");
    assert_eq!(import.events[0].line, 3);
    let found: Vec<_> = periods(&import, "2026-12-01", "2027-02-01").into_iter().map(|(from, _)| from).collect();
    let expected = ["2026-12-08T21:00:00Z", "2026-12-23T20:00:00Z", "2027-01-05T21:00:00Z"].map(at);
    assert_eq!(found, expected);
}

#[test]
fn a_whole_day_is_a_day_of_the_wall_even_when_it_has_25_hours() {
    let import =
        read("BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261024\nRRULE:FREQ=DAILY;UNTIL=20261026\nEND:VEVENT\n");
    let freeze = import.events[0].freeze(Scope::Global);
    let falls = freeze.falls(&TimeZone::UTC, range("2026-10-01", "2026-11-30"));
    let hours: Vec<i64> = falls.iter().map(|fall| fall.period.length().as_hours()).collect();
    assert_eq!(hours, [24, 25, 24]);
}

#[test]
fn an_end_is_an_exact_length_and_a_duration_counts_days_by_the_wall() {
    let event = |end: &str| {
        format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART;TZID=Europe/Berlin:20261017T220000\n{end}\nRRULE:FREQ=WEEKLY;COUNT=2\nEND:VEVENT\n"
        )
    };
    let hours = |end: &str| -> Vec<i64> {
        periods(&read(&event(end)), "2026-10-01", "2026-11-30")
            .iter()
            .map(|(from, to)| to.duration_since(*from).as_hours())
            .collect()
    };
    assert_eq!(hours("DTEND;TZID=Europe/Berlin:20261018T220000"), [24, 24]);
    assert_eq!(hours("DURATION:P1D"), [24, 25]);
    assert_eq!(hours("DURATION:PT24H"), [24, 24]);
}

#[test]
fn a_folded_line_is_one_line() {
    let import = read("BEGIN:VEVENT\nUID:1\nSUMMARY:a long\n  night\nDTSTART:20261208T220000Z\nDURATION:PT\n 2H\nEND:VEVENT\n");
    assert_eq!(import.events[0].summary.as_str(), "a long night");
    assert_eq!(periods(&import, "2026-12-01", "2026-12-31").len(), 1);
}

#[rstest]
#[case::no_start("UID:1\nDURATION:PT2H\n", 3, "DTSTART is missing")]
#[case::no_length("UID:1\nDTSTART:20261208T220000Z\n", 3, "has no length")]
#[case::unknown_zone("DTSTART;TZID=Somewhere Standard Time:20261208T220000\nDURATION:PT2H\n", 4, "no IANA zone")]
#[case::not_named("DTSTART:20261201T220000Z\nDURATION:PT2H\nRRULE:FREQ=MONTHLY;BYDAY=2TU\n", 6, "the first one is 2026-12-08")]
#[case::period("DTSTART:20261208T220000Z\nDURATION:PT2H\nRDATE:20261210T220000Z/PT1H\n", 6, "its own length")]
#[case::later_ones(
    "DTSTART:20261208T220000Z\nDURATION:PT2H\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261208T220000Z\n",
    6,
    "not understood"
)]
#[case::both_ends("DTSTART:20261208T220000Z\nDURATION:PT2H\nDTEND:20261208T230000Z\n", 6, "exclude each other")]
#[case::backwards("DTSTART:20261208T220000Z\nDTEND:20261208T210000Z\n", 5, "not after its beginning")]
#[case::twice("DTSTART:20261208T220000Z\nDTSTART:20261208T220000Z\n", 5, "twice")]
#[case::no_colon("DTSTART:20261208T220000Z\nDURATION\n", 5, "a colon is missing")]
fn what_cannot_be_taken_is_told_with_its_line(#[case] lines: &str, #[case] number: usize, #[case] why: &str) {
    let import = read(&format!("BEGIN:VEVENT\n{lines}END:VEVENT\n"));
    let (line, refused) = &import.refused[0];
    assert_eq!(*line, number, "{refused}");
    assert!(refused.why.as_str().contains(why), "{refused}");
}

#[test]
fn of_a_file_that_is_cut_off_nothing_is_taken() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20261208T220000Z\nDURATION:PT2H\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\n";
    let import = import(text, &Zone::Device, &zones());
    assert!(import.events.is_empty());
    assert!(import.refused[0].1.why.as_str().contains("cut off"));
}

#[test]
fn a_page_that_is_no_calendar_is_refused() {
    let import = import("<html>\n<p>log in: here</p>\n", &Zone::Device, &zones());
    assert!(import.refused.iter().any(|(_, refused)| refused.why.as_str().contains("no iCalendar file")));
}

#[test]
fn an_export_reads_back_as_the_same_periods_and_no_line_is_too_long() {
    let long = "Nächte; mit, Komma \\ und einem Namen, der länger ist als eine Zeile in einer Datei sein darf";
    let draft = Draft { name: long, ..draft("Europe/Berlin", rrule("2026-10-01T22:00", "FREQ=DAILY"), "until 06:00") };
    let found = openings(&draft, "2026-10-20", "2026-11-01");
    let text = export(&"acme".into(), found.iter().map(Entry::from), at("2026-11-22T00:00:00Z"));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let import = import(&text, &Zone::Device, &zones());
    assert!(import.events.iter().all(|event| event.summary.as_str() == long));
    let expected: Vec<_> = found.iter().map(|opening| (opening.period.from(), opening.period.to())).collect();
    let back: Vec<_> = periods(&import, "2026-10-19", "2026-11-02");
    assert_eq!(back, expected);
}
