//! What is undefined, forbidden or not done here is refused, with the offending part and the reason.

use rstest::rstest;

use super::*;
use crate::calendar::freeze::{FreezeDraft, WhenDraft};
use crate::calendar::{Freeze, Refused};

const START: &str = "2026-12-08T22:00";

fn refused(draft: &Draft<'_>) -> Vec<Refused> {
    Window::read(draft, &zones()).expect_err("refused")
}

#[rstest]
#[case::no_freq("BYDAY=TU", "FREQ is missing")]
#[case::hourly("FREQ=HOURLY", "no window")]
#[case::unknown_freq("FREQ=FORTNIGHTLY", "write DAILY")]
#[case::unknown_part("FREQ=DAILY;BYEASTER=0", "not a part of RFC 5545")]
#[case::twice("FREQ=DAILY;FREQ=DAILY", "twice")]
#[case::no_value("FREQ=DAILY;COUNT", "NAME=VALUE")]
#[case::trailing("FREQ=DAILY;", "NAME=VALUE")]
#[case::interval("FREQ=DAILY;INTERVAL=0", "1 to 1000")]
#[case::count("FREQ=DAILY;COUNT=0", "1 to 100000")]
#[case::count_and_until("FREQ=DAILY;COUNT=2;UNTIL=20261231T220000Z", "exclude each other")]
#[case::until_local("FREQ=DAILY;UNTIL=20261231T220000", "must be in UTC")]
#[case::until_day("FREQ=DAILY;UNTIL=20261231", "a day alone")]
#[case::until_before("FREQ=DAILY;UNTIL=20261207T000000Z", "ends before it begins")]
#[case::counted_weekday("FREQ=WEEKLY;BYDAY=2TU", "needs FREQ=MONTHLY")]
#[case::sixth_weekday("FREQ=MONTHLY;BYDAY=6TU", "more than five")]
#[case::month_day_of_a_week("FREQ=WEEKLY;BYMONTHDAY=8", "not allowed with FREQ=WEEKLY")]
#[case::position_of_nothing("FREQ=MONTHLY;BYSETPOS=1", "needs another BY part")]
#[case::hour("FREQ=DAILY;BYHOUR=22", "the time is the start's")]
#[case::week_number("FREQ=YEARLY;BYWEEKNO=50", "not understood here")]
#[case::never("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "nothing ever begins")]
#[case::letters("FREQ=MONTHLY;BYDAY=2TÜ", "write MO to SU")]
fn a_rule_that_the_rfc_leaves_undefined_is_refused(#[case] rule: &str, #[case] why: &str) {
    let refused = refused(&draft("Europe/Berlin", rrule(START, rule), "4h"));
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].why.as_str().contains(why), "{}", refused[0]);
}

#[rstest]
#[case::fields("0 22 * *", "five fields")]
#[case::seconds("0 0 22 * * *", "five fields")]
#[case::either_or_both("0 22 8 * TUE", "either of them to some crons and both to others")]
#[case::every_minute("* 22 * * *", "more than 24 times")]
#[case::hour("0 24 * * *", "write 0 to 23")]
#[case::backwards("0 22 * * FRI-MON", "backwards")]
#[case::step("0 22/2 * * *", "a step is")]
#[case::zero_step("0 */0 * * *", "a step is")]
#[case::never("0 22 31 2,4 *", "no such day")]
#[case::sixth("0 22 * * TUE#6", "#1 to #5")]
#[case::macros("@daily", "five fields")]
fn a_cron_line_that_not_every_cron_reads_alike_is_refused(#[case] rule: &str, #[case] why: &str) {
    let refused = refused(&draft("Europe/Berlin", RuleDraft::Cron(rule), "4h"));
    assert!(refused[0].why.as_str().contains(why), "{}", refused[0]);
}

#[rstest]
#[case::no_place("Tuesday 22:00", "no place in the month")]
#[case::no_weekday("2nd Foo 22:00", "no weekday")]
#[case::no_time("Patch Tuesday + 3", "no time")]
#[case::far("Patch Tuesday + 40 22:00", "0 to 28 days")]
#[case::patch_wednesday("Patch Wednesday 22:00", "is a Tuesday")]
#[case::more("2nd Tuesday 22:00 06:00", "nothing is expected")]
#[case::empty("", "write for example")]
fn an_nth_weekday_that_is_not_whole_is_refused(#[case] rule: &str, #[case] why: &str) {
    let refused = refused(&draft("Europe/Berlin", RuleDraft::Nth(rule), "4h"));
    assert!(refused[0].why.as_str().contains(why), "{}", refused[0]);
}

#[rstest]
#[case::a_day("1d", "23, 24 or 25 hours")]
#[case::nothing("0h", "no time at all")]
#[case::negative("-4h", "no length")]
#[case::bare("4", "no length")]
#[case::month("1mo", "no length")]
#[case::until("until six", "no time")]
#[case::long("800h", "longer than 31 days")]
fn a_length_that_is_not_explicit_is_refused(#[case] lasts: &str, #[case] why: &str) {
    let refused = refused(&draft("Europe/Berlin", RuleDraft::Once(START), lasts));
    assert!(refused[0].why.as_str().contains(why), "{}", refused[0]);
}

#[test]
fn every_bad_part_of_a_window_is_told_at_once() {
    let draft = Draft {
        name: " ",
        zone: "Europe/Berlim",
        rule: RuleDraft::Once("2026-02-30T22:00"),
        lasts: "long",
        cutoff: Some("soon"),
        allows: &["pause"],
        owner: None,
    };
    let fields: Vec<&str> = refused(&draft).iter().map(|refused| refused.field).collect();
    assert_eq!(fields, ["zone", "start", "lasts", "cutoff", "allows", "name"]);
}

#[test]
fn a_cutoff_that_leaves_no_time_is_refused() {
    let draft = Draft { cutoff: Some("4h"), ..draft("UTC", RuleDraft::Once(START), "4h") };
    assert_eq!(refused(&draft)[0].to_string(), "cutoff: `4h`: leaves no time to begin in a window of 4h");
}

#[test]
fn an_exception_that_leaves_nothing_out_is_refused() {
    let parts = |except| Parts { start: START, rrule: "FREQ=WEEKLY", except, also: &[] };
    let good = draft("UTC", RuleDraft::Rrule(parts(&["2026-12-15T22:00"])), "4h");
    assert_eq!(days(&good, "2026-12-01", "2026-12-31"), ["2026-12-08", "2026-12-22", "2026-12-29"]);
    let bad = draft("UTC", RuleDraft::Rrule(parts(&["2026-12-15T21:00"])), "4h");
    assert!(refused(&bad)[0].why.as_str().contains("nothing begins then"));
}

#[test]
fn an_added_start_is_one_more_and_none_before_the_first() {
    let parts = |also| Parts { start: START, rrule: "FREQ=WEEKLY;COUNT=2", except: &[], also };
    let good = draft("UTC", RuleDraft::Rrule(parts(&["2026-12-10T20:00"])), "4h");
    assert_eq!(days(&good, "2026-12-01", "2026-12-31"), ["2026-12-08", "2026-12-10", "2026-12-15"]);
    let bad = draft("UTC", RuleDraft::Rrule(parts(&["2026-12-01T22:00"])), "4h");
    assert!(refused(&bad)[0].why.as_str().contains("before the start"));
}

#[rstest]
#[case::leap_day("02-29 00:00", "03-05 00:00", "most years")]
#[case::no_time("12-20", "01-06 00:00", "write month, day and time")]
#[case::nothing("12-20 00:00", "12-20 00:00", "the whole year?")]
fn a_yearly_freeze_that_some_years_do_not_have_is_refused(#[case] from: &str, #[case] to: &str, #[case] why: &str) {
    let when = WhenDraft::Yearly { from, to };
    let draft = FreezeDraft { name: "quiet", reason: "", tenant: None, zone: "UTC", when };
    let refused = Freeze::read(&draft, &zones()).expect_err("refused");
    assert!(refused[0].why.as_str().contains(why), "{}", refused[0]);
}

#[test]
fn a_refused_part_cannot_steer_a_terminal() {
    let refused = refused(&draft("Europe/\u{1b}[31m", RuleDraft::Once(START), "4h"));
    assert!(!refused[0].to_string().contains('\u{1b}'));
}
