//! Joining, freezes, cutoffs, remainders, states and overrides.

use jiff::SignedDuration;
use jiff::civil::{date, time};
use rstest::rstest;

use super::*;
use crate::calendar::freeze::{FreezeDraft, WhenDraft};
use crate::calendar::overrides::{OverrideDraft, next_business_day};
use crate::calendar::{Freeze, Permission, permission};
use crate::domain::{BackendName, Override, RolloutId, TenantId, WindowState, Work};

const BERLIN: &str = "Europe/Berlin";
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 60);

fn freeze<'a>(when: WhenDraft<'a>, tenant: Option<&'a str>) -> Freeze {
    let draft = FreezeDraft { name: "quiet", reason: "sales", tenant, zone: BERLIN, when };
    Freeze::read(&draft, &zones()).expect("a freeze")
}

fn nightly() -> Window {
    window(&Draft { cutoff: Some("30min"), ..draft(BERLIN, rrule("2026-12-01T22:00", "FREQ=DAILY"), "until 02:00") })
}

fn state(calendar: &Calendar, moment: &str) -> WindowState {
    calendar.state(Work::Start, &TimeZone::UTC, at(moment), AHEAD)
}

#[test]
fn a_night_goes_from_before_to_open_to_cutoff_passed_to_before() {
    let calendar = calendar(vec![nightly()]);
    assert_eq!(state(&calendar, "2026-12-08T20:59:59Z"), WindowState::Before { opens: at("2026-12-08T21:00:00Z") });
    let open = WindowState::Open { cutoff: at("2026-12-09T00:30:00Z"), closes: at("2026-12-09T01:00:00Z") };
    assert_eq!(state(&calendar, "2026-12-08T21:00:00Z"), open);
    let next = Some(at("2026-12-09T21:00:00Z"));
    let passed = WindowState::CutoffPassed { closes: at("2026-12-09T01:00:00Z"), next };
    assert_eq!(state(&calendar, "2026-12-09T00:30:00Z"), passed);
    assert_eq!(state(&calendar, "2026-12-09T01:00:00Z"), WindowState::Before { opens: at("2026-12-09T21:00:00Z") });
}

#[test]
fn no_window_is_not_a_closed_one() {
    assert_eq!(state(&calendar(Vec::new()), "2026-12-08T21:00:00Z"), WindowState::NoWindow);
    let over = window(&draft(BERLIN, RuleDraft::Once("2026-01-01T22:00"), "1h"));
    assert!(matches!(state(&calendar(vec![over]), "2026-12-08T21:00:00Z"), WindowState::Closed { .. }));
}

#[test]
fn windows_that_touch_are_one_and_the_last_one_decides_the_cutoff() {
    let early = Draft { cutoff: Some("2h"), ..draft(BERLIN, RuleDraft::Once("2026-12-08T20:00"), "until 23:00") };
    let late = Draft { name: "late", cutoff: Some("30min"), ..draft(BERLIN, RuleDraft::Once("2026-12-08T23:00"), "until 02:00") };
    let found = calendar(vec![window(&late), window(&early)]).expand(None, &TimeZone::UTC, range("2026-12-08", "2026-12-10"));
    let [opening] = &found.openings[..] else { panic!("{found:?}") };
    assert_eq!(opening.period.length(), SignedDuration::from_hours(6));
    assert_eq!(opening.cutoff, at("2026-12-09T00:30:00Z"));
}

#[test]
fn of_two_windows_that_end_together_the_stricter_cutoff_holds() {
    let windows = ["30min", "90min"]
        .map(|cutoff| window(&Draft { cutoff: Some(cutoff), ..draft("UTC", RuleDraft::Once("2026-12-08T20:00"), "4h") }));
    let found = calendar(windows.to_vec()).expand(None, &TimeZone::UTC, range("2026-12-08", "2026-12-09"));
    assert_eq!(found.openings[0].cutoff, at("2026-12-08T22:30:00Z"));
}

#[test]
fn a_window_for_retries_does_not_lengthen_the_one_for_starts() {
    let start = draft("UTC", RuleDraft::Once("2026-12-08T20:00"), "2h");
    let retry = Draft { name: "retries", allows: &["retry"], ..draft("UTC", RuleDraft::Once("2026-12-08T21:00"), "4h") };
    let calendar = calendar(vec![window(&Draft { allows: &["start", "retry"], ..start }), window(&retry)]);
    let closes = |work| match calendar.state(work, &TimeZone::UTC, at("2026-12-08T21:30:00Z"), AHEAD) {
        WindowState::Open { closes, .. } => Some(closes),
        _ => None,
    };
    assert_eq!(closes(Work::Start), Some(at("2026-12-08T22:00:00Z")));
    assert_eq!(closes(Work::Retry), Some(at("2026-12-09T01:00:00Z")));
    assert_eq!(closes(Work::RollBack), None);
}

#[test]
fn a_window_that_never_closes_is_followed_further_than_the_look_ahead() {
    let always = window(&draft("UTC", rrule("2026-01-01T00:00", "FREQ=DAILY"), "24h"));
    let state =
        calendar(vec![always]).state(Work::Start, &TimeZone::UTC, at("2026-12-08T12:00:00Z"), SignedDuration::from_hours(24));
    let WindowState::Open { closes, .. } = state else { panic!("{state:?}") };
    assert!(closes > at("2027-12-01T00:00:00Z"), "{closes}");
}

#[test]
fn a_freeze_inside_a_window_leaves_two_openings_with_a_cutoff_each() {
    let mut calendar = calendar(vec![nightly()]);
    calendar.freezes.push(freeze(WhenDraft::Once { from: "2026-12-08T23:00", to: "2026-12-09T00:00" }, None));
    let found = calendar.expand(None, &TimeZone::UTC, range("2026-12-08", "2026-12-09"));
    let found: Vec<_> =
        found.openings.iter().map(|opening| (opening.period.from(), opening.cutoff, opening.period.to())).collect();
    assert_eq!(
        found[1..],
        [
            (at("2026-12-08T21:00:00Z"), at("2026-12-08T21:30:00Z"), at("2026-12-08T22:00:00Z")),
            (at("2026-12-08T23:00:00Z"), at("2026-12-09T00:30:00Z"), at("2026-12-09T01:00:00Z")),
        ]
    );
}

#[test]
fn a_remainder_that_is_too_short_is_dropped_and_told() {
    let mut calendar = calendar(vec![nightly()]);
    calendar.least = SignedDuration::from_mins(45);
    calendar.freezes.push(freeze(WhenDraft::Once { from: "2026-12-08T23:00", to: "2026-12-09T00:00" }, None));
    let found = calendar.expand(None, &TimeZone::UTC, range("2026-12-08", "2026-12-09"));
    let useless: Vec<_> = found.useless.iter().map(|period| period.from()).collect();
    assert_eq!(useless, [at("2026-12-08T21:00:00Z")]);
    assert!(found.openings.iter().all(|opening| opening.period.from() != useless[0]));
}

#[rstest]
#[case::over_new_year("12-20 00:00", "01-06 00:00", "2026-12-31T12:00:00Z", true)]
#[case::its_second_half("12-20 00:00", "01-06 00:00", "2027-01-05T22:59:59Z", true)]
#[case::its_end("12-20 00:00", "01-06 00:00", "2027-01-05T23:00:00Z", false)]
#[case::within_a_year("06-01 00:00", "06-15 00:00", "2027-06-10T00:00:00Z", true)]
#[case::another_season("06-01 00:00", "06-15 00:00", "2027-07-10T00:00:00Z", false)]
fn a_yearly_freeze_falls_every_year(#[case] from: &str, #[case] to: &str, #[case] moment: &str, #[case] holds: bool) {
    let mut calendar = calendar(vec![nightly()]);
    calendar.freezes.push(freeze(WhenDraft::Yearly { from, to }, None));
    assert_eq!(matches!(state(&calendar, moment), WindowState::Frozen { .. }), holds);
}

#[test]
fn a_recurring_freeze_takes_its_nights_out() {
    let mut calendar = calendar(vec![nightly()]);
    let rule = rrule("2026-12-31T12:00", "FREQ=MONTHLY;BYMONTHDAY=-1");
    calendar.freezes.push(freeze(WhenDraft::Recurring { rule, lasts: "24h" }, None));
    let found = calendar.expand(None, &TimeZone::UTC, range("2026-12-30", "2027-01-03"));
    assert_eq!(found.openings.len(), 4, "the nights of 29, 30 December and 1, 2 January: {found:?}");
}

#[test]
fn a_frozen_night_says_until_when_over_freezes_that_follow_each_other() {
    let mut calendar = calendar(vec![nightly()]);
    calendar.freezes.push(freeze(WhenDraft::Once { from: "2026-12-08T00:00", to: "2026-12-09T00:00" }, None));
    calendar.freezes.push(freeze(WhenDraft::Once { from: "2026-12-09T00:00", to: "2026-12-10T06:00" }, None));
    let frozen =
        WindowState::Frozen { freeze: "quiet".into(), until: at("2026-12-10T05:00:00Z"), next: Some(at("2026-12-10T21:00:00Z")) };
    assert_eq!(state(&calendar, "2026-12-08T22:00:00Z"), frozen);
}

#[test]
fn a_freeze_of_one_tenant_is_not_the_others() {
    let freezes = [freeze(WhenDraft::Yearly { from: "12-01 00:00", to: "12-31 00:00" }, Some("acme"))];
    let frozen = |tenant: &str| {
        let calendar = Calendar::of(&TenantId::new(tenant), vec![nightly()], &freezes, SignedDuration::ZERO);
        matches!(state(&calendar, "2026-12-08T22:00:00Z"), WindowState::Frozen { .. })
    };
    assert!(frozen("acme"));
    assert!(!frozen("globex"));
}

#[test]
fn a_device_window_falls_where_the_device_is() {
    let window = window(&draft("device", RuleDraft::Nth("2nd Tuesday 22:00"), "4h"));
    let begins = |name: &str| {
        calendar(vec![window.clone()]).expand(None, &zone(name), range("2026-12-08", "2026-12-10")).openings[0].period.from()
    };
    assert_eq!(begins("Asia/Kolkata"), at("2026-12-08T16:30:00Z"));
    assert_eq!(begins("America/New_York"), at("2026-12-09T03:00:00Z"));
}

fn rollout(id: &str) -> RolloutId {
    RolloutId::new(BackendName::new("acme-hb"), id)
}

fn asked<'a>() -> OverrideDraft<'a> {
    OverrideDraft {
        tenant: TenantId::new("acme"),
        rollout: rollout("7"),
        reason: "zero-day",
        change: "CHG-1",
        needs_change: true,
        who: "first person",
        second: None,
        from: at("2026-12-09T02:00:00Z"),
        expires: at("2026-12-09T04:00:00Z"),
        ends_by: at("2026-12-09T07:00:00Z"),
    }
}

#[rstest]
#[case::reason(OverrideDraft { reason: "  ", ..asked() }, "reason")]
#[case::change(OverrideDraft { change: "", ..asked() }, "change")]
#[case::who(OverrideDraft { who: "", ..asked() }, "who")]
#[case::same_person(OverrideDraft { second: Some("First person"), ..asked() }, "second")]
#[case::past_the_morning(OverrideDraft { expires: at("2026-12-09T07:00:01Z"), ..asked() }, "expires")]
#[case::over_before_it_begins(OverrideDraft { expires: at("2026-12-09T02:00:00Z"), ..asked() }, "expires")]
fn an_override_that_lacks_something_is_refused(#[case] draft: OverrideDraft<'_>, #[case] field: &str) {
    let refused = draft.read().expect_err("refused");
    assert_eq!(refused.iter().map(|refused| refused.field).collect::<Vec<_>>(), [field]);
}

#[test]
fn an_override_is_for_one_rollout_and_until_its_end() {
    let overrides: Vec<Override> = vec![asked().read().expect("an override")];
    let shut = WindowState::Closed { looked_until: at("2027-01-01T00:00:00Z") };
    let may = |id: &str, moment: &str| permission(&shut, &overrides, &rollout(id), at(moment));
    assert_eq!(may("7", "2026-12-09T03:59:59Z"), Permission::Override(&overrides[0]));
    assert_eq!(may("8", "2026-12-09T03:00:00Z"), Permission::Shut { lacks_second: None });
    assert_eq!(may("7", "2026-12-09T04:00:00Z"), Permission::Shut { lacks_second: None });
}

#[test]
fn a_freeze_yields_only_to_two_people() {
    let frozen = WindowState::Frozen { freeze: "quiet".into(), until: at("2027-01-01T00:00:00Z"), next: None };
    let one = [asked().read().expect("an override")];
    let two = [OverrideDraft { second: Some("another"), ..asked() }.read().expect("an override")];
    let moment = at("2026-12-09T03:00:00Z");
    assert_eq!(permission(&frozen, &one, &rollout("7"), moment), Permission::Shut { lacks_second: Some(&one[0]) });
    assert_eq!(permission(&frozen, &two, &rollout("7"), moment), Permission::Override(&two[0]));
}

#[rstest]
#[case::at_night("2026-12-08T02:00:00Z", "2026-12-08T07:00:00Z")]
#[case::by_day("2026-12-08T09:00:00Z", "2026-12-09T07:00:00Z")]
#[case::on_friday_night("2026-12-11T22:00:00Z", "2026-12-14T07:00:00Z")]
fn a_business_day_is_no_weekend(#[case] moment: &str, #[case] begins: &str) {
    assert_eq!(next_business_day(at(moment), &zone(BERLIN), time(8, 0, 0, 0)), at(begins));
}

#[test]
fn the_next_openings_are_counted_and_the_running_one_is_the_first() {
    let found = calendar(vec![nightly()]).next(None, &TimeZone::UTC, at("2026-12-08T22:00:00Z"), AHEAD, 12);
    assert_eq!(found.len(), 12);
    let berlin = zone(BERLIN);
    assert_eq!(berlin.to_datetime(found[0].period.from()), date(2026, 12, 8).at(22, 0, 0, 0));
    assert_eq!(berlin.to_datetime(found[11].period.from()), date(2026, 12, 19).at(22, 0, 0, 0));
}
