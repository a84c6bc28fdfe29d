//! Every verb against every state of a window, and what a forecast adds to a dialog.

use std::sync::Arc;

use rstest::rstest;

use super::*;
use crate::action::Verb;
use crate::domain::fit::Pace;
use crate::domain::{HostSet, Override, Period, RolloutState, TenantId, Verdict};
use crate::plan::types::{Decision, Facts};
use crate::plan::{compose, decide, fixture};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn open() -> WindowState {
    WindowState::Open { cutoff: at("2026-12-09T00:30:00Z"), closes: at("2026-12-09T01:00:00Z") }
}

fn frozen() -> WindowState {
    WindowState::Frozen { freeze: "year end".into(), until: at("2027-01-04T05:00:00Z"), next: None }
}

fn held(second: Option<&str>) -> Override {
    Override {
        tenant: TenantId::new("acme"),
        rollout: fixture::rollout_id(),
        reason: "storm".into(),
        change: None,
        who: "lead".into(),
        second: second.map(Into::into),
        period: Period::new(at("2026-12-08T22:00:00Z"), at("2026-12-09T07:00:00Z")).expect("a period"),
    }
}

fn context(state: WindowState, held: Option<Override>, fit: Option<Fit>) -> Context {
    let tenant = TenantId::new("acme");
    let verdict = Verdict {
        set: HostSet::of(&tenant),
        at: fixture::civil(),
        state,
        opening: None,
        next: None,
        only: None,
        source: Some("night.toml:4".into()),
        owner: None,
    };
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let allowed = Allowed { verdict, held, fit, of_hosts: None, zone, key: Some("o".into()) };
    Context { allowed: Some(Arc::new(allowed)), ..fixture::context() }
}

fn late(not_begun: u32, not_through: u32) -> Fit {
    Fit::WillNotFit(Forecast {
        pace: Pace { per_minute: 3.0, basis: Basis::SinceStart, seen: 40 },
        last_start: Some(at("2026-12-09T00:42:00Z")),
        end: at("2026-12-09T01:05:00Z"),
        bad_end: at("2026-12-09T01:20:00Z"),
        not_begun,
        bad_not_begun: not_begun,
        not_through,
        held: 0,
        restart_tail: None,
    })
}

#[rstest]
#[case::open(open(), None)]
#[case::no_window(WindowState::NoWindow, None)]
#[case::cutoff_passed(
    WindowState::CutoffPassed { closes: at("2026-12-08T22:30:00Z"), next: Some(at("2026-12-15T21:00:00Z")) },
    Some("begins work, and the cutoff of acme has passed at 23:30 CET; the window closes at 23:30 CET (night.toml:4)")
)]
#[case::before(
    WindowState::Before { opens: at("2026-12-09T21:00:00Z") },
    Some("begins work, and the window of acme is closed; it opens at Wed 22:00 CET (night.toml:4)")
)]
#[case::closed(
    WindowState::Closed { looked_until: at("2028-01-01T00:00:00Z") },
    Some("begins work, and the window of acme is closed, and none opens before Sat 1 Jan 01:00 CET (night.toml:4)")
)]
#[case::frozen(frozen(), Some("begins work, and acme is frozen until Mon 4 Jan 06:00 CET: year end (night.toml:4)"))]
fn work_begins_in_a_window_or_without_one_and_what_calms_always_goes_on(
    #[case] state: WindowState,
    #[case] refused: Option<&str>,
) {
    for verb in Verb::ALL {
        let found = allows(&fixture::intent(verb), &context(state.clone(), None, None));
        match refused.filter(|_| work(verb).is_some()) {
            Some(words) => {
                let refusal = found.expect_err("a refusal");
                assert!(refusal.why.as_str().ends_with(words), "{verb:?}: {}", refusal.why);
                let instead = refusal.instead.expect("what to do");
                assert!(instead.as_str().contains("override it with o, with a reason"), "{instead}");
            }
            None => assert_eq!(found, Ok(()), "{verb:?}"),
        }
    }
}

#[test]
fn pausing_stopping_denying_and_trying_dry_ask_no_calendar() {
    for verb in [Verb::Pause, Verb::Stop, Verb::Deny, Verb::DryRun] {
        assert_eq!(work(verb), None);
    }
}

#[rstest]
#[case::closed(WindowState::Before { opens: at("2026-12-09T21:00:00Z") }, None, true)]
#[case::frozen_by_one(frozen(), None, false)]
#[case::frozen_by_two(frozen(), Some("anna"), true)]
fn an_override_lets_work_begin_and_a_freeze_takes_two(
    #[case] state: WindowState,
    #[case] second: Option<&str>,
    #[case] lets: bool,
) {
    let found = allows(&fixture::intent(Verb::Start), &context(state, Some(held(second)), None));
    assert_eq!(found.is_ok(), lets, "{found:?}");
    if let Err(refusal) = found {
        assert!(refusal.why.as_str().contains("the override that holds has no second person"), "{}", refusal.why);
    }
}

#[test]
fn an_override_that_has_ended_lets_nothing_begin() {
    let ended = Override {
        period: Period::new(at("2026-12-08T20:00:00Z"), at("2026-12-08T22:00:00Z")).expect("a period"),
        ..held(Some("anna"))
    };
    assert!(allows(&fixture::intent(Verb::Start), &context(frozen(), Some(ended), None)).is_err());
}

fn decided(verb: Verb, state: RolloutState, context: &Context) -> Decision {
    decide(fixture::intent(verb), fixture::survey(state), context).expect("a decision")
}

#[test]
fn what_will_not_fit_asks_for_its_number_and_says_when_the_last_one_begins() {
    let context = context(open(), None, Some(late(17, 30)));
    let plan = compose(&decided(Verb::Start, RolloutState::NotBegun, &context), Vec::new(), &context);
    assert_eq!(plan.asks, [Ask::TypeNumber { of: "how many hosts will be late".into(), number: 17 }]);
    assert!(plan.nobody_stops.iter().any(|line| line.as_str()
        == "17 hosts that start after the cutoff Wed 01:30 CET, the last about Wed 01:42 CET: the backend knows no window; pause in time"));
    assert_eq!(plan.rests_on.window.as_ref().and_then(|window| window.late), Some(17));
}

#[test]
fn hosts_at_work_beyond_the_end_are_asked_for_where_none_begins_late() {
    let context = context(open(), None, Some(late(0, 4)));
    let plan = compose(&decided(Verb::Start, RolloutState::NotBegun, &context), Vec::new(), &context);
    assert_eq!(plan.asks, [Ask::TypeNumber { of: "how many hosts will be at work when it closes".into(), number: 4 }]);
}

#[test]
fn of_hosts_that_begin_at_once_the_late_ones_are_a_share_of_those_that_are_in() {
    let context = context(open(), None, Some(late(0, 10)));
    let allowed = Allowed { of_hosts: Some(40), ..(**context.allowed.as_ref().expect("a calendar")).clone() };
    let late = |hosts: u32| allowed.for_hosts(hosts).fit.as_ref().and_then(Fit::forecast).map(|found| found.not_through);
    assert_eq!([40, 41, 20, 3, 1, 0].map(late), [10, 10, 5, 1, 1, 0].map(Some));
}

#[test]
fn an_approval_that_starts_nothing_is_late_for_nothing() {
    let context = context(open(), None, Some(late(17, 30)));
    let plan = compose(&decided(Verb::Approve, RolloutState::WaitsForYou, &context), Vec::new(), &context);
    assert!(!plan.asks.iter().any(|ask| matches!(ask, Ask::TypeNumber { .. })));
    assert!(plan.window.iter().any(|line| line.as_str().starts_with("will not fit: 17 hosts")), "it is told all the same");
}

#[rstest]
#[case::a_little_more(17, 20, 0)]
#[case::much_more(17, 21, 1)]
#[case::fewer(17, 3, 0)]
#[case::few_of_few(1, 3, 0)]
#[case::none_before(0, 3, 1)]
fn only_a_number_that_grew_is_another_fact(#[case] was: u32, #[case] is: u32, #[case] told: usize) {
    let facts = |late: u32| WindowFacts { by: "open".into(), cutoff: None, late: Some(late) };
    assert_eq!(differences(&facts(was), &facts(is)).len(), told);
}

#[test]
fn a_window_that_opened_by_another_right_is_another_fact() {
    let facts = |by: &str| WindowFacts { by: by.into(), cutoff: None, late: None };
    let told = differences(&facts("open"), &facts("override by lead"));
    assert_eq!(told.iter().map(Text::as_str).collect::<Vec<_>>(), ["its window was \"open\", now it is \"override by lead\""]);
}

#[test]
fn facts_of_older_journals_have_no_window_and_are_read_all_the_same() {
    let old = r#"{"native":"paused","effect":"Declines","hosts":2,"release":null,"wave_states":{}}"#;
    let facts: Facts = serde_json::from_str(old).expect("readable");
    assert_eq!(facts.window, None);
}

#[test]
fn a_freeze_of_the_backend_is_told_before_an_override_of_ours_is_offered() {
    let mut survey = fixture::survey(RolloutState::NotBegun);
    survey.by_jobs.frozen = Some(Refusal::new("1 of 2 hosts are frozen there: web-2"));
    let refused = |survey| decide(fixture::intent(Verb::Start), survey, &context(frozen(), None, None)).unwrap_err().why;
    assert_eq!(refused(survey.clone()).as_str(), "1 of 2 hosts are frozen there: web-2");
    survey.by_jobs.frozen = None;
    assert!(refused(survey).as_str().contains("acme is frozen until"));
}
