//! The twenty cases of the domain reference, by number, and the traps below its table. The expected instants were computed
//! with another implementation (dateutil) and another copy of the zone data.

use jiff::SignedDuration;
use jiff::civil::{Weekday, date, time};
use rstest::rstest;

use super::*;
use crate::calendar::rule::patch_tuesday::{differ, early, release, taken_for};
use crate::calendar::rule::{Cron, Nth};
use crate::calendar::{Freeze, Scope, Zone, freeze};
use crate::domain::window::Wall;

const NEW_YORK: &str = "America/New_York";
const BERLIN: &str = "Europe/Berlin";

#[rstest]
#[case::new_york(NEW_YORK, "2027-03-14T02:30", "2027-03-14T07:30:00Z")]
#[case::berlin(BERLIN, "2027-03-28T02:30", "2027-03-28T01:30:00Z")]
fn case_1_a_start_that_does_not_exist_is_taken_later_and_flagged(#[case] zone: &str, #[case] start: &str, #[case] instant: &str) {
    let opening = only(&draft(zone, RuleDraft::Once(start), "1h"), "2027-03-01", "2027-04-01");
    assert_eq!((opening.period.from(), opening.begins), (at(instant), Wall::Skipped));
}

#[rstest]
#[case::new_york(NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30:00Z")]
#[case::berlin(BERLIN, "2026-10-25T02:30", "2026-10-25T00:30:00Z")]
fn case_2_of_a_start_that_exists_twice_the_first_is_taken(#[case] zone: &str, #[case] start: &str, #[case] instant: &str) {
    let opening = only(&draft(zone, RuleDraft::Once(start), "1h"), "2026-10-01", "2026-12-01");
    assert_eq!((opening.period.from(), opening.begins), (at(instant), Wall::Twice));
}

#[rstest]
#[case::three_elapsed("2027-03-13T22:00", "8h", "2027-03-14T11:00:00Z", 8)]
#[case::three_until("2027-03-13T22:00", "until 06:00", "2027-03-14T10:00:00Z", 7)]
#[case::four_elapsed("2026-10-31T22:00", "PT8H", "2026-11-01T10:00:00Z", 8)]
#[case::four_until("2026-10-31T22:00", "until 06:00", "2026-11-01T11:00:00Z", 9)]
fn cases_3_and_4_elapsed_time_and_local_time_differ_by_the_jump(
    #[case] start: &str,
    #[case] lasts: &str,
    #[case] end: &str,
    #[case] hours: i64,
) {
    let opening = only(&draft(NEW_YORK, RuleDraft::Once(start), lasts), "2026-10-01", "2027-04-01");
    assert_eq!(opening.period.to(), at(end));
    assert_eq!(opening.period.length(), SignedDuration::from_hours(hours));
    assert_eq!(opening.changes.len(), 1, "the change of the clock is flagged");
}

#[test]
fn case_5_a_local_window_is_two_hours_or_four_and_its_cutoff_is_elapsed_time() {
    let spring = only(&draft(NEW_YORK, RuleDraft::Once("2027-03-14T01:00"), "until 04:00"), "2027-03-01", "2027-04-01");
    assert_eq!(spring.period.length(), SignedDuration::from_hours(2));
    let autumn = Draft { cutoff: Some("90min"), ..draft(NEW_YORK, RuleDraft::Once("2026-11-01T01:00"), "until 04:00") };
    let autumn = only(&autumn, "2026-10-01", "2026-12-01");
    assert_eq!(autumn.period.length(), SignedDuration::from_hours(4));
    assert_eq!(autumn.cutoff, at("2026-11-01T02:30:00-05:00"));
}

#[rstest]
#[case::spring("2027-03-14T00:30", "2027-03-14T07:30:00Z", "2027-03-14T04:30:00-04:00")]
#[case::autumn("2026-11-01T00:30", "2026-11-01T06:30:00Z", "2026-11-01T02:30:00-05:00")]
fn case_6_the_cutoff_is_counted_back_from_the_end(#[case] start: &str, #[case] cutoff: &str, #[case] end: &str) {
    let draft = Draft { cutoff: Some("60min"), ..draft(NEW_YORK, RuleDraft::Once(start), "3h") };
    let opening = only(&draft, "2026-10-01", "2027-04-01");
    assert_eq!((opening.cutoff, opening.period.to()), (at(cutoff), at(end)));
}

#[test]
fn case_7_patch_tuesdays() {
    let found = days(&draft("America/Los_Angeles", RuleDraft::Nth("Patch Tuesday 10:00"), "1h"), "2026-12-01", "2028-01-01");
    let expected = [
        "2026-12-08",
        "2027-01-12",
        "2027-02-09",
        "2027-03-09",
        "2027-04-13",
        "2027-05-11",
        "2027-06-08",
        "2027-07-13",
        "2027-08-10",
        "2027-09-14",
        "2027-10-12",
        "2027-11-09",
        "2027-12-14",
    ];
    assert_eq!(found, expected);
}

fn nth(text: &str) -> Nth {
    Nth::read(text).expect("a rule")
}

#[test]
fn case_8_the_second_wednesday_is_not_always_the_day_after_patch_tuesday() {
    let (wednesday, after) = (nth("2nd Wednesday 22:00"), nth("Patch Tuesday + 1 at 22:00"));
    let months = differ(wednesday, after, date(2026, 1, 1), 24);
    let expected = [date(2026, 4, 1), date(2026, 7, 1), date(2027, 9, 1), date(2027, 12, 1)];
    assert_eq!(months, expected);
    for month in expected {
        let on = |rule: Nth| rule.date(month.year(), month.month()).expect("a day").day();
        assert_eq!((on(wednesday), on(after)), (8, 15));
    }
    assert_eq!(taken_for(wednesday), Some(after));
    assert_eq!(taken_for(after), None);
}

#[test]
fn case_9_the_second_saturday_differs_in_thirteen_of_24_months() {
    let (saturday, after) = (nth("2nd Saturday 22:00"), nth("Patch Tuesday + 4 22:00"));
    assert_eq!(differ(saturday, after, date(2026, 1, 1), 24).len(), 13);
    assert_eq!((saturday.date(2027, 1), after.date(2027, 1)), (Some(date(2027, 1, 9)), Some(date(2027, 1, 16))));
    assert_eq!(saturday.date(2026, 12), Some(date(2026, 12, 12)));
    assert_eq!(after.date(2026, 12), Some(date(2026, 12, 12)));
}

#[test]
fn case_10_a_window_may_belong_to_the_month_before() {
    assert_eq!(nth("Patch Tuesday + 20 22:00").date(2027, 2), Some(date(2027, 3, 1)));
    assert_eq!(nth("4th Tuesday + 6 22:00").date(2027, 2), Some(date(2027, 3, 1)));
    let found = days(&draft("UTC", RuleDraft::Nth("Patch Tuesday + 20 22:00"), "1h"), "2027-02-20", "2027-03-10");
    assert_eq!(found, ["2027-03-01"]);
}

#[rstest]
#[case::winter(2026, 12, "2026-12-08T18:00:00Z", "2026-12-09T07:00:00", "2026-12-08T23:30:00")]
#[case::summer(2027, 7, "2027-07-13T17:00:00Z", "2027-07-14T05:00:00", "2027-07-13T22:30:00")]
fn case_11_a_release_is_one_instant_and_many_local_times(
    #[case] year: i16,
    #[case] month: i8,
    #[case] instant: &str,
    #[case] auckland: &str,
    #[case] kolkata: &str,
) {
    let release = release(year, month, &zone("America/Los_Angeles")).expect("a release");
    assert_eq!(release, at(instant));
    assert_eq!(zone("Pacific/Auckland").to_datetime(release).to_string(), auckland);
    assert_eq!(zone("Asia/Kolkata").to_datetime(release).to_string(), kolkata);
}

#[test]
fn case_12_a_patch_tuesday_evening_in_auckland_is_nine_hours_before_the_release() {
    let opening = only(&draft("Pacific/Auckland", RuleDraft::Nth("2nd Tuesday 22:00"), "4h"), "2026-12-01", "2026-12-31");
    assert_eq!(opening.period.from(), at("2026-12-08T09:00:00Z"));
    let los_angeles = zone("America/Los_Angeles");
    assert_eq!(early(opening.period.from(), &los_angeles), Some(SignedDuration::from_hours(9)));
    assert_eq!(early(at("2026-12-08T21:00:00Z"), &los_angeles), None, "22:00 in Berlin is after it");
    assert_eq!(early(at("2026-12-05T21:00:00Z"), &los_angeles), None, "the Saturday before means the month before");
}

#[rstest]
#[case::day_31("FREQ=MONTHLY;COUNT=5", &["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31", "2026-08-31"])]
#[case::last_day("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=5", &["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])]
fn case_13_day_31_is_left_out_and_the_last_day_is_not(#[case] rule: &str, #[case] expected: &[&str]) {
    assert_eq!(days(&draft("UTC", rrule("2026-01-31T22:00", rule), "1h"), "2026-01-01", "2027-01-01"), expected);
}

#[rstest]
#[case::by_nth(RuleDraft::Nth("5th Saturday 22:00"))]
#[case::by_rrule(rrule("2026-01-31T22:00", "FREQ=MONTHLY;BYDAY=5SA"))]
#[case::by_cron(RuleDraft::Cron("0 22 * * SAT#5"))]
fn case_14_months_without_a_fifth_saturday_have_no_window(#[case] rule: RuleDraft<'_>) {
    let expected =
        ["2026-01-31", "2026-05-30", "2026-08-29", "2026-10-31", "2027-01-30", "2027-05-29", "2027-07-31", "2027-10-30"];
    assert_eq!(days(&draft("UTC", rule, "1h"), "2026-01-01", "2028-01-01"), expected);
}

#[test]
fn case_15_a_start_that_its_rule_does_not_name_is_refused_with_the_first_that_it_does() {
    let rule = "FREQ=MONTHLY;BYDAY=2TU;COUNT=3";
    let refused = Window::read(&draft(BERLIN, rrule("2026-12-01T22:00", rule), "4h"), &zones()).expect_err("refused");
    assert_eq!(
        refused[0].to_string(),
        "start: `2026-12-01 22:00`: not an occurrence of its rule, which leaves open what that means: the first one is 2026-12-08 22:00"
    );
    let found = days(&draft(BERLIN, rrule("2026-12-08T22:00", rule), "4h"), "2026-12-01", "2028-01-01");
    assert_eq!(found, ["2026-12-08", "2027-01-12", "2027-02-09"]);
}

#[rstest]
#[case::monday("MO", &["2026-01-06", "2026-01-11", "2026-01-20", "2026-01-25"])]
#[case::sunday("SU", &["2026-01-06", "2026-01-18", "2026-01-20", "2026-02-01"])]
fn case_16_every_second_week_depends_on_where_a_week_begins(#[case] first: &str, #[case] expected: &[&str]) {
    let rule = format!("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST={first};COUNT=4");
    assert_eq!(days(&draft("UTC", rrule("2026-01-06T22:00", &rule), "1h"), "2026-01-01", "2027-01-01"), expected);
}

#[rstest]
#[case::at_the_start_itself("20261118T030000Z", &["2026-11-03", "2026-11-10", "2026-11-17"])]
#[case::a_second_before("20261118T025959Z", &["2026-11-03", "2026-11-10"])]
fn case_17_the_end_of_a_recurrence_is_inclusive(#[case] until: &str, #[case] expected: &[&str]) {
    let rule = format!("FREQ=WEEKLY;UNTIL={until}");
    assert_eq!(days(&draft(NEW_YORK, rrule("2026-11-03T22:00", &rule), "1h"), "2026-11-01", "2027-01-01"), expected);
}

#[rstest]
#[case::lord_howe_spring("Australia/Lord_Howe", "2026-10-03", 450)]
#[case::lord_howe_autumn("Australia/Lord_Howe", "2027-04-03", 510)]
// The reference names the two nights of 2027, by zone data of 2025. Since 2026e Casablanca stays on +00 from 2026-09-20 on
// and has no such nights any more; the ones of 2026 are past and cannot be changed again.
#[case::casablanca_before_ramadan("Africa/Casablanca", "2026-02-14", 540)]
#[case::casablanca_after_ramadan("Africa/Casablanca", "2026-03-21", 420)]
fn case_18_a_change_may_be_half_an_hour_or_follow_the_moon(#[case] zone: &str, #[case] day: &str, #[case] minutes: i64) {
    let start = format!("{day}T22:00");
    let opening = only(&draft(zone, RuleDraft::Once(&start), "until 06:00"), "2026-01-01", "2027-05-01");
    assert_eq!(opening.period.length(), SignedDuration::from_mins(minutes));
}

#[rstest]
#[case::clock_change("2026-10-24", "2026-10-25", 7)]
#[case::plain("2026-11-07", "2026-11-08", 6)]
fn case_19_overlapping_windows_are_one(#[case] day: &str, #[case] next: &str, #[case] hours: i64) {
    let (first, second) = (format!("{day}T22:00"), format!("{next}T00:30"));
    let windows = vec![
        window(&draft(BERLIN, RuleDraft::Once(&first), "until 01:00")),
        window(&Draft { name: "late", ..draft(BERLIN, RuleDraft::Once(&second), "until 04:00") }),
    ];
    let found = calendar(windows).expand(None, &TimeZone::UTC, range("2026-10-01", "2026-12-01")).openings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].period.length(), SignedDuration::from_hours(hours));
    assert_eq!(found[0].windows, ["night".into(), "late".into()]);
}

#[test]
fn case_20_a_freeze_ends_the_window_and_the_cutoff_is_counted_from_there() {
    let draft = Draft { cutoff: Some("60min"), ..draft(BERLIN, RuleDraft::Once("2026-12-18T22:00"), "until 04:00") };
    let mut calendar = calendar(vec![window(&draft)]);
    calendar.freezes.push(Freeze {
        name: "year end".into(),
        reason: "".into(),
        scope: Scope::Global,
        zone: Zone::Named(zone(BERLIN)),
        when: freeze::When::Once { from: date(2026, 12, 19).at(0, 0, 0, 0), to: date(2027, 1, 4).at(6, 0, 0, 0) },
    });
    let found = calendar.expand(None, &TimeZone::UTC, range("2026-12-01", "2027-01-01")).openings;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].period.from(), found[0].period.to()), (at("2026-12-18T21:00:00Z"), at("2026-12-18T23:00:00Z")));
    assert_eq!(found[0].cutoff, at("2026-12-18T22:00:00Z"));
}

#[test]
fn case_20_a_window_kept_in_utc_is_an_hour_off_in_winter() {
    let found = openings(&draft("UTC", rrule("2026-07-03T20:00", "FREQ=WEEKLY"), "1h"), "2026-07-01", "2026-12-31");
    let berlin = zone(BERLIN);
    let hour = |opening: &Opening| berlin.to_datetime(opening.period.from()).hour();
    assert_eq!((found.first().map(hour), found.last().map(hour)), (Some(22), Some(21)));
}

#[test]
fn trap_cron_in_the_gap_is_ours_at_half_past_three_and_said_to_be_three() {
    let spring = only(&draft(NEW_YORK, RuleDraft::Cron("30 2 14 3 *"), "1h"), "2027-03-01", "2027-04-01");
    assert_eq!(spring.period.from(), at("2027-03-14T03:30:00-04:00"));
    let cron = Cron::read("30 2 * * *").expect("a rule");
    let (from, to) = (date(2027, 1, 1).at(0, 0, 0, 0), date(2028, 1, 1).at(0, 0, 0, 0));
    let found = cron.otherwise(&zone(NEW_YORK), from, to);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].ours, found[0].cron), (at("2027-03-14T03:30:00-04:00"), at("2027-03-14T03:00:00-04:00")));
}

#[test]
fn trap_a_saturday_in_los_angeles_is_a_sunday_in_utc() {
    let rule = rrule("2026-12-05T22:00", "FREQ=WEEKLY;BYDAY=SA");
    let opening = only(&draft("America/Los_Angeles", rule, "4h"), "2026-12-06", "2026-12-07");
    assert_eq!(opening.period.from(), at("2026-12-06T06:00:00Z"));
}

#[rstest]
#[case::both_in_winter("2027-03-13", 17)]
#[case::only_one_changed("2027-03-20", 18)]
#[case::both_in_summer("2027-03-28", 17)]
fn trap_london_and_new_york_are_four_hours_apart_for_two_weeks(#[case] day: &str, #[case] hour: i8) {
    let start = format!("{day}T22:00");
    let opening = only(&draft("Europe/London", RuleDraft::Once(&start), "1h"), "2027-03-01", "2027-04-01");
    assert_eq!(zone(NEW_YORK).to_datetime(opening.period.from()).hour(), hour);
}

#[test]
fn trap_phoenix_never_changes() {
    let found =
        openings(&draft("America/Phoenix", rrule("2026-01-01T22:00", "FREQ=DAILY"), "until 06:00"), "2026-01-02", "2027-12-31");
    assert_eq!(found.len(), 728);
    assert!(found.iter().all(|opening| opening.period.length() == SignedDuration::from_hours(8) && opening.changes.is_empty()));
}

#[test]
fn trap_29_february_comes_every_fourth_year() {
    let found = days(&draft("UTC", rrule("2024-02-29T22:00", "FREQ=YEARLY"), "1h"), "2024-01-01", "2033-01-01");
    assert_eq!(found, ["2024-02-29", "2028-02-29", "2032-02-29"]);
}

#[test]
fn trap_the_first_wednesday_of_2021_is_the_sixth() {
    let rule = Nth { nth: 1, weekday: Weekday::Wednesday, offset: 0, time: time(22, 0, 0, 0) };
    assert_eq!(rule.date(2021, 1), Some(date(2021, 1, 6)));
}
