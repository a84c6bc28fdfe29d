//! How moments stand in the calendars of all tenants, whatever is kept of them.

use jiff::SignedDuration;
use rstest::rstest;

use super::*;
use crate::calendar::freeze::{FreezeDraft, WhenDraft};
use crate::calendar::{AlarmKind, Alarms, Calendars, Freeze, FreezeRule, Group, Rules, Terms, WindowRule};
use crate::domain::{HostSet, TenantId, Text, WindowState, Work};

fn set(tenant: &str) -> HostSet {
    HostSet::of(&TenantId::new(tenant))
}

fn rule(set: HostSet, draft: &Draft<'_>) -> WindowRule {
    WindowRule { set, window: window(draft), said: Text::new("as written"), source: Text::new("night.toml:7") }
}

fn freeze(name: &str, from: &str, to: &str, spares: &[Work]) -> FreezeRule {
    let when = WhenDraft::Once { from, to };
    let draft = FreezeDraft { name, reason: "", tenant: None, zone: "device", when };
    let freeze = Freeze::read(&draft, &zones()).unwrap_or_else(|refused| panic!("{refused:?}"));
    FreezeRule { freeze, spares: spares.to_vec(), source: Text::new("night.toml:20") }
}

/// Berlin: Tuesdays 22:00 to 02:00, cutoff half an hour; its group `eu` on Saturdays. Auckland: nothing of its own.
fn rules() -> Rules {
    let zone_of = |name: &str| Terms { zone: Some(zone(name)), ..Terms::default() };
    let tuesdays = Draft {
        cutoff: Some("30min"),
        owner: Some("acme ops"),
        ..draft("Europe/Berlin", rrule("2026-12-01T22:00", "FREQ=WEEKLY;BYDAY=TU"), "4h")
    };
    let saturdays = Draft { allows: &["retry"], ..draft("Europe/Berlin", RuleDraft::Cron("0 1 * * SAT"), "4h") };
    let eu = Text::new("eu");
    Rules {
        windows: vec![rule(set("acme"), &tuesdays), rule(HostSet::group(&TenantId::new("acme"), &eu), &saturdays)],
        freezes: vec![freeze("year end", "2026-12-20T00:00", "2027-01-04T06:00", &[])],
        groups: vec![Group {
            tenant: TenantId::new("acme"),
            name: eu,
            waves: vec!["*-eu".to_owned()],
            sites: Vec::new(),
            hosts: Vec::new(),
        }],
        tenants: [("acme", zone_of("Europe/Berlin")), ("kiwi", zone_of("Pacific/Auckland"))]
            .map(|(name, terms)| (TenantId::new(name), terms))
            .into(),
        ..Rules::default()
    }
}

fn calendars() -> Calendars {
    Calendars::new(rules(), TimeZone::UTC)
}

#[rstest]
#[case::before("2026-12-08T20:00:00Z", "before")]
#[case::open("2026-12-08T21:00:00Z", "open")]
#[case::cutoff("2026-12-09T00:30:00Z", "cutoff passed")]
#[case::closed_again("2026-12-09T01:00:00Z", "before")]
#[case::frozen("2026-12-22T21:30:00Z", "frozen")]
fn a_moment_stands_the_same_whether_or_not_it_was_kept(#[case] moment: &str, #[case] word: &str) {
    let bare = calendars();
    let mut kept = calendars();
    assert_eq!(kept.keep(at("2026-12-01T12:00:00Z"), 2), 2);
    assert_eq!(kept.keep(at("2026-12-01T12:00:00Z"), 2), 1, "acme, its group, and kiwi");
    assert_eq!(kept.keep(at("2026-12-01T12:00:00Z"), 2), 0);
    let verdict = kept.at(&set("acme"), None, at(moment));
    assert_eq!(verdict.state.word(), word);
    assert_eq!(verdict.state, bare.at(&set("acme"), None, at(moment)).state);
    assert_eq!(verdict.opening, bare.at(&set("acme"), None, at(moment)).opening);
}

#[test]
fn a_verdict_names_its_rule_and_whose_it_is() {
    let verdict = calendars().at(&set("acme"), None, at("2026-12-08T21:10:00Z"));
    assert_eq!(verdict.source, Some(Text::new("night.toml:7")));
    assert_eq!(verdict.owner, Some(Text::new("acme ops")));
    assert_eq!(verdict.limits(), Some((at("2026-12-09T00:30:00Z"), at("2026-12-09T01:00:00Z"))));
    assert_eq!(verdict.next.map(|next| next.period.from()), Some(at("2026-12-15T21:00:00Z")));
    assert!(verdict.only.is_none());
}

#[test]
fn without_a_window_nothing_is_known_and_a_freeze_holds_all_the_same() {
    let calendars = calendars();
    assert_eq!(calendars.at(&set("kiwi"), None, at("2026-12-08T21:10:00Z")).state, WindowState::NoWindow);
    // Midnight in Auckland comes eleven hours before the one in London.
    assert_eq!(calendars.at(&set("kiwi"), None, at("2026-12-19T11:00:00Z")).state.word(), "frozen");
    assert_eq!(calendars.at(&set("nobody"), None, at("2026-12-19T11:00:00Z")).state.word(), "no window");
    assert_eq!(calendars.at(&set("nobody"), None, at("2026-12-20T00:00:00Z")).state.word(), "frozen");
}

#[test]
fn a_wave_of_a_group_has_the_windows_of_the_group() {
    let calendars = calendars();
    let (acme, saturday) = (TenantId::new("acme"), at("2026-12-12T01:00:00Z"));
    let of = |wave: &str, work| calendars.at(&calendars.rules().set_of_wave(&acme, wave), work, saturday);
    assert_eq!(of("broad-eu", None).state.word(), "open");
    assert_eq!(of("broad-eu", None).only, Some(vec![Work::Retry]));
    assert_eq!(of("broad-eu", Some(Work::Retry)).state.word(), "open");
    assert_eq!(of("broad-eu", Some(Work::Start)).state.word(), "closed", "its windows are written, and allow no start");
    assert_eq!(of("pilot", None).state.word(), "before");
}

#[test]
fn a_season_spares_the_work_it_names() {
    let mut rules = rules();
    rules.freezes = vec![freeze("advent", "2026-12-01T00:00", "2026-12-31T00:00", &[Work::RollBack])];
    let mut calendars = Calendars::new(rules, TimeZone::UTC);
    calendars.keep(at("2026-12-01T12:00:00Z"), 10);
    let tuesday = at("2026-12-08T21:10:00Z");
    assert_eq!(calendars.at(&set("acme"), Some(Work::Start), tuesday).state.word(), "frozen");
    assert_eq!(calendars.at(&set("acme"), Some(Work::RollBack), tuesday).state.word(), "open");
    assert_eq!(calendars.at(&set("acme"), None, tuesday).only, Some(vec![Work::RollBack]));
}

#[test]
fn what_was_kept_is_made_anew_before_it_runs_out() {
    let mut calendars = calendars();
    calendars.keep(at("2026-12-01T12:00:00Z"), 10);
    assert_eq!(calendars.keep(at("2026-12-20T12:00:00Z"), 10), 0);
    assert!(calendars.keep(at("2027-03-01T12:00:00Z"), 10) > 0);
    assert_eq!(calendars.at(&set("acme"), None, at("2027-03-02T21:00:00Z")).state.word(), "open");
}

#[test]
fn openings_to_come_do_not_end_where_what_is_kept_does() {
    let mut calendars = calendars();
    let mut after = at("2026-12-01T12:00:00Z");
    calendars.keep(after, 10);
    for week in 0..60 {
        let [opening] = &calendars.coming(&set("acme"), after, 1)[..] else { panic!("none after {week} weeks: {after}") };
        after = opening.period.from();
    }
    assert!(after > at("2028-01-01T00:00:00Z"), "{after}");
    assert_eq!(calendars.coming(&set("acme"), at("2027-03-08T12:00:00Z"), 12).len(), 12);
}

#[test]
fn the_alarm_clock_tells_each_thing_once_and_nothing_that_is_over() {
    let mut calendars = calendars();
    calendars.keep(at("2026-12-01T12:00:00Z"), 10);
    let mut told = Vec::new();
    let mut before = at("2026-12-08T20:00:00Z");
    for minute in 1..400 {
        let now = at("2026-12-08T20:00:00Z") + SignedDuration::from_mins(minute);
        told.extend(calendars.due(before, now).into_iter().map(|alarm| (now.to_string(), alarm.kind)));
        before = now;
    }
    let closes = at("2026-12-09T01:00:00Z");
    assert_eq!(
        told,
        [
            ("2026-12-08T20:45:00Z".to_owned(), AlarmKind::Opens),
            ("2026-12-09T00:20:00Z".to_owned(), AlarmKind::Cutoff { closes }),
            ("2026-12-09T00:50:00Z".to_owned(), AlarmKind::Closes),
        ]
    );
    // A machine that slept through it says nothing of what is over.
    assert_eq!(calendars.due(at("2026-12-08T20:00:00Z"), at("2026-12-09T02:00:00Z")), []);
}

#[test]
fn a_night_of_a_clock_change_is_told_a_week_ahead_and_a_freeze_before_it_ends() {
    let mut rules = rules();
    rules.windows = vec![rule(set("acme"), &draft("Europe/Berlin", rrule("2027-03-27T22:00", "FREQ=YEARLY"), "until 06:00"))];
    rules.alarms = Alarms { end: 30, ..Alarms::default() };
    let calendars = Calendars::new(rules, TimeZone::UTC);
    let due = calendars.due(at("2027-03-20T20:59:00Z"), at("2027-03-20T21:00:00Z"));
    assert!(
        matches!(&due[..], [alarm] if matches!(&alarm.kind, AlarmKind::ClockChanges { change: Some(change) } if change.at == at("2027-03-28T01:00:00Z"))),
        "{due:?}"
    );
    let due = calendars.due(at("2027-01-04T04:29:00Z"), at("2027-01-04T04:30:00Z"));
    assert_eq!(due.len(), 1, "{due:?}");
    assert_eq!(due[0].kind, AlarmKind::FreezeEnds { freeze: Text::new("year end") });
}
