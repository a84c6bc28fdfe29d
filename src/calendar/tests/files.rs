//! iCalendar files: what is read, what is refused with its line, and that an export reads back as it was.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::calendar::ics::{Entry, Import, export, import};
use crate::calendar::{Scope, Zone};
use crate::domain::{Text, Work};

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

/// A second reader, which knows nothing of the first: physical lines put together, values unescaped, one map an event.
fn plainly(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let whole = text.replace("\r\n ", "");
    let mut events = Vec::new();
    for line in whole.split_terminator("\r\n") {
        let (name, value) = line.split_once(':').expect("a property");
        match (name, value) {
            ("BEGIN", "VEVENT") => events.push(std::collections::BTreeMap::new()),
            ("BEGIN" | "END" | "VERSION" | "PRODID", _) => {}
            _ => {
                let marked = value.replace("\\\\", "\u{1}").replace("\\,", ",").replace("\\;", ";");
                assert!(!marked.contains('\\') || name == "UID", "an escape that is none: {line}");
                let event = events.last_mut().expect("inside an event");
                assert!(event.insert(name.to_owned(), marked.replace('\u{1}', "\\")).is_none(), "{name} twice");
            }
        }
    }
    events
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = (0_i64..4_000_000_000, 1_i64..3_000_000, "\\PC{1,90}", "\\PC{0,90}", any::<bool>());
    let entry = entry.prop_map(|(from, long, title, note, freeze)| {
        let second = |second: i64| Timestamp::from_second(second).expect("a time");
        let period = Period::new(second(from), second(from + long)).expect("a period");
        Entry { period, title: title.trim().into(), note: note.trim().into(), freeze }
    });
    let named = entry.prop_filter("an event without a name has its id for one", |entry| !entry.title.is_empty());
    proptest::collection::vec(named, 0..6)
}

proptest! {
    #[test]
    fn any_export_reads_back_whole_by_two_readers(entries in entries(), of in "[a-z ,;:]{1,40}", later in 0_i64..1_000_000_000) {
        let of = Text::new(of);
        let text = export(&of, entries.clone(), at("2026-11-22T00:00:00Z"));
        for line in text.split("\r\n") {
            prop_assert!(line.len() <= 75, "{line:?}");
            prop_assert!(!line.contains('\n') && !line.contains('\r'));
        }
        prop_assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:") && text.ends_with("END:VCALENDAR\r\n"));
        let import = import(&text, &Zone::Device, &zones());
        prop_assert!(import.refused.is_empty(), "{:?}", import.refused);
        let second = plainly(&text);
        prop_assert_eq!((import.events.len(), second.len()), (entries.len(), entries.len()));
        for ((entry, event), plain) in entries.iter().zip(&import.events).zip(&second) {
            prop_assert_eq!(&event.summary, &entry.title);
            prop_assert_eq!(event.says_freeze, Some(entry.freeze));
            let window = event.window(SignedDuration::ZERO, Work::ALL, None);
            let around = Period::new(entry.period.from(), entry.period.to()).expect("a period");
            let falls: Vec<Period> = window.instances(&TimeZone::UTC, around).iter().map(|found| found.period).collect();
            prop_assert_eq!(falls, [entry.period]);
            prop_assert_eq!(plain["SUMMARY"].as_str(), entry.title.as_str());
            prop_assert_eq!(plain.get("DESCRIPTION").map_or("", String::as_str), entry.note.as_str());
            let stamp = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
            let stamps = ["DTSTART", "DTEND", "DTSTAMP"].map(|key| plain[key].clone());
            prop_assert_eq!(stamps, [stamp(entry.period.from()), stamp(entry.period.to()), "20261122T000000Z".to_owned()]);
        }
        // Written another time, each has the UID it had; two that differ in name or beginning have two.
        let again = export(&of, entries.clone(), Timestamp::from_second(later).expect("a time"));
        let uid = |event: &std::collections::BTreeMap<String, String>| event["UID"].clone();
        let uids: Vec<String> = second.iter().map(uid).collect();
        prop_assert_eq!(&uids, &plainly(&again).iter().map(uid).collect::<Vec<_>>());
        for (a, one) in entries.iter().enumerate() {
            for (b, other) in entries.iter().enumerate() {
                let same = one.title == other.title && one.period.from() == other.period.from();
                prop_assert_eq!(uids[a] == uids[b], same, "{:?} {:?}", one, other);
            }
        }
    }
}
