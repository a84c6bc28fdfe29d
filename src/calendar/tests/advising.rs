//! What is noticed about rules that may be written, and what a calendar comes to in a range.

use rstest::rstest;

use super::*;
use crate::calendar::freeze::{FreezeDraft, WhenDraft};
use crate::calendar::{Calendars, Freeze, FreezeRule, Rules, Terms, WindowRule};
use crate::domain::{HostSet, TenantId, Text};

fn rules(zone_name: &str, windows: &[Draft<'_>]) -> Rules {
    let tenant = TenantId::new("acme");
    let rule = |(place, draft): (usize, &Draft<'_>)| WindowRule {
        set: HostSet::of(&tenant),
        window: window(draft),
        said: Text::new("as written"),
        source: Text::new(format!("night.toml:{}", place + 1)),
    };
    let terms = Terms { zone: Some(zone(zone_name)), ..Terms::default() };
    Rules {
        windows: windows.iter().enumerate().map(rule).collect(),
        tenants: [(tenant.clone(), terms)].into(),
        ..Rules::default()
    }
}

fn told(zone: &str, windows: &[Draft<'_>]) -> Vec<String> {
    let calendars = Calendars::new(rules(zone, windows), TimeZone::UTC);
    let advice = calendars.advice(at("2026-01-01T00:00:00Z"), &zones());
    advice.iter().map(|one| format!("{}: {}", one.source, one.what)).collect()
}

const BERLIN: &str = "Europe/Berlin";

#[rstest]
#[case::by_nth(RuleDraft::Nth("2nd Wednesday 22:00"))]
#[case::by_rrule(rrule("2026-01-14T22:00", "FREQ=MONTHLY;BYDAY=2WE"))]
#[case::by_position(rrule("2026-01-14T22:00", "FREQ=MONTHLY;BYDAY=WE;BYSETPOS=2"))]
#[case::by_cron(RuleDraft::Cron("0 22 * * WED#2"))]
fn a_second_wednesday_is_told_where_the_tenant_says_patch_tuesday_with_the_months_that_differ(#[case] rule: RuleDraft<'_>) {
    let named = Draft { name: "Patch Tuesday + 1", ..draft(BERLIN, rule, "4h") };
    let expected = "night.toml:1: \"Patch Tuesday + 1\": the 2nd Wednesday is not Patch Tuesday + 1 in 2026-04 (the 8th and the 15th), \
                    2026-07 (the 8th and the 15th), 2027-09 (the 8th and the 15th), 2027-12 (the 8th and the 15th)";
    assert_eq!(told(BERLIN, &[named]), [expected]);
    // The same where another window of the tenant counts from it, and nothing where nobody does.
    let (wednesday, counted) =
        (draft(BERLIN, rule, "4h"), Draft { name: "pilot", ..draft(BERLIN, RuleDraft::Nth("Patch Tuesday 22:00"), "4h") });
    assert_eq!(told(BERLIN, &[wednesday, counted]).len(), 1);
    assert_eq!(told(BERLIN, &[wednesday]), Vec::<String>::new());
}

#[rstest]
#[case::the_day_itself(RuleDraft::Nth("Patch Tuesday + 1 at 22:00"))]
#[case::another_month(rrule("2026-01-14T22:00", "FREQ=MONTHLY;INTERVAL=2;BYDAY=2WE"))]
#[case::weekly(rrule("2026-01-14T22:00", "FREQ=WEEKLY;BYDAY=WE"))]
#[case::two_days(rrule("2026-01-14T22:00", "FREQ=MONTHLY;BYDAY=2WE,2TH"))]
#[case::two_times(RuleDraft::Cron("0 20,22 * * WED#2"))]
fn a_rule_that_is_no_second_weekday_of_every_month_is_not_taken_for_one(#[case] rule: RuleDraft<'_>) {
    let found = told(BERLIN, &[Draft { name: "Patch Tuesday", ..draft(BERLIN, rule, "4h") }]);
    assert!(found.iter().all(|told| !told.contains("is not Patch Tuesday")), "{found:?}");
}

#[test]
fn case_12_a_window_that_opens_before_the_release_is_told_and_one_after_it_is_not() {
    let found = told("Pacific/Auckland", &[draft("Pacific/Auckland", RuleDraft::Nth("2nd Tuesday 22:00"), "4h")]);
    assert_eq!(
        found,
        ["night.toml:1: \"night\": opens before the patches of its month are out: 2026-01 by 9h, 2026-02 by 9h, 2026-03 by 8h, \
          2026-04 by 7h and 20 more; it gets those of the month before"]
    );
    assert_eq!(
        told("Pacific/Auckland", &[draft("Pacific/Auckland", RuleDraft::Nth("Patch Tuesday + 1 at 22:00"), "4h")]).len(),
        0
    );
    assert_eq!(told(BERLIN, &[draft(BERLIN, RuleDraft::Nth("2nd Tuesday 22:00"), "4h")]), Vec::<String>::new());
    let meant = draft("Pacific/Auckland", RuleDraft::Nth("Patch Tuesday - 1 at 22:00"), "4h");
    assert_eq!(told("Pacific/Auckland", &[meant]), Vec::<String>::new(), "whoever writes the day before means it");
}

#[test]
fn a_cron_in_a_gap_and_one_in_a_fold_are_told_with_their_nights() {
    assert_eq!(
        told(BERLIN, &[draft(BERLIN, RuleDraft::Cron("30 2 * * SUN"), "1h")]),
        [
            "night.toml:1: \"night\": 2026-03-29 has no 02:30: cron would begin at 03:00, this at 03:30, \
             2027-03-28 has no 02:30: cron would begin at 03:00, this at 03:30",
            "night.toml:1: \"night\": 2026-10-25 has 02:30 twice, 2027-10-31 has 02:30 twice: this begins at the first and once; some crons begin at both",
        ]
    );
    assert_eq!(told(BERLIN, &[draft(BERLIN, RuleDraft::Cron("30 4 * * SUN"), "1h")]), Vec::<String>::new());
}

#[test]
fn a_rule_that_has_ended_is_told_and_a_night_that_is_over_is_not() {
    let ended = draft(BERLIN, rrule("2025-01-01T22:00", "FREQ=DAILY;COUNT=3"), "1h");
    assert_eq!(told(BERLIN, &[ended]), ["night.toml:1: \"night\": does not open in the next two years: its rule has ended"]);
    assert_eq!(told(BERLIN, &[draft(BERLIN, RuleDraft::Once("2025-01-01T22:00"), "1h")]), Vec::<String>::new());
}

#[test]
fn an_outline_names_the_nights_that_a_freeze_takes_wholly_and_in_part() {
    let mut rules = rules(BERLIN, &[draft(BERLIN, rrule("2026-12-01T22:00", "FREQ=WEEKLY"), "4h")]);
    // Two that follow each other take the 8th wholly; the 15th loses its second half.
    for (name, from, to) in [
        ("launch", "2026-12-08T20:00", "2026-12-08T23:00"),
        ("sale", "2026-12-08T23:00", "2026-12-10T00:00"),
        ("year end", "2026-12-16T00:00", "2026-12-17T00:00"),
    ] {
        let draft = FreezeDraft { name, reason: "", tenant: None, zone: "device", when: WhenDraft::Once { from, to } };
        let freeze = Freeze::read(&draft, &zones()).unwrap_or_else(|refused| panic!("{refused:?}"));
        rules.freezes.push(FreezeRule { freeze, spares: Vec::new(), source: Text::new("night.toml:9") });
    }
    let set = HostSet::of(&TenantId::new("acme"));
    let outline = Calendars::new(rules, TimeZone::UTC).outline(&set, range("2026-12-01", "2026-12-20"));
    let clashes: Vec<_> =
        outline.clashes.iter().map(|clash| (clash.period.from(), clash.freeze.as_str(), clash.wholly)).collect();
    assert_eq!(clashes, [(at("2026-12-08T21:00:00Z"), "launch", true), (at("2026-12-15T21:00:00Z"), "year end", false)]);
    let opens: Vec<_> =
        outline.openings.iter().map(|opening| (opening.period.from(), opening.period.length().as_hours())).collect();
    assert_eq!(opens, [(at("2026-12-01T21:00:00Z"), 4), (at("2026-12-15T21:00:00Z"), 2)]);
    assert_eq!(outline.frozen.len(), 3);
}
