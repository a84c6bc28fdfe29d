//! Which hosts come in by themselves, which need a person's word, and which never do.

use std::sync::Arc;

use rstest::rstest;

use super::*;
use crate::domain::{
    Budget, Cause, CauseClass, Confidence, HostId, HostRules, HostSet, Opening, Outcome, Period, Release, RolloutState, TenantId,
    Verdict, window::Wall,
};
use crate::plan::fixture;
use crate::plan::types::{Allowed, Decision, Refusal, Way, Ways};
use crate::plan::{compose, decide};

fn id(host: &str) -> HostId {
    HostId::new(fixture::rollout_id().backend, host)
}

fn failed(host: &str) -> HostFound {
    HostFound::new(id(host), Eligibility::Eligible)
}

fn cause(retry: Retry) -> Arc<Cause> {
    Arc::new(Cause {
        rule: retry.key().into(),
        name: "a name".into(),
        class: CauseClass::new("package_lock"),
        outcome: Outcome::Failure,
        retry,
        precondition: Some("2 GB free".into()),
        remedy: "".into(),
        source: "".into(),
        confidence: Confidence::Documented,
    })
}

fn known(retry: Option<Retry>, minutes_ago: i64) -> HostKnown {
    let cause = retry.map(cause);
    HostKnown {
        key: retry.map_or("unknown: it broke", Retry::key).into(),
        title: "a cause".into(),
        class: CauseClass::new("package_lock"),
        cause,
        tries: 1,
        failed: Some(fixture::civil() - SignedDuration::from_mins(minutes_ago)),
        read: true,
    }
}

fn context<const N: usize>(known: [(&str, HostKnown); N]) -> Context {
    let causes = known.into_iter().map(|(host, known)| (id(host), known)).collect();
    Context { causes: Arc::new(causes), ..fixture::context() }
}

fn survey<const N: usize>(hosts: [HostFound; N]) -> Survey {
    Survey { hosts: hosts.into(), ..fixture::survey(RolloutState::Finished) }
}

fn one(retry: Option<Retry>, minutes_ago: i64) -> HostGroup {
    let context = context([("db-1", known(retry, minutes_ago))]);
    groups(&fixture::intent(Verb::Retry), &survey([failed("db-1")]), &context).remove(0)
}

#[rstest]
#[case::now(Some(Retry::Now), 1, Door::Open, "retry now")]
#[case::pause_over(Some(Retry::Backoff), 10, Door::Open, "retry, its pause is over")]
#[case::pause_kept(Some(Retry::Backoff), 9, Door::Reason, "after a pause of 10 min")]
#[case::fix(Some(Retry::AfterFix), 1, Door::Acknowledge, "first: 2 GB free; not checked")]
#[case::restart(Some(Retry::AfterReboot), 1, Door::Acknowledge, "first: it was restarted; 2 GB free; not checked")]
#[case::window(Some(Retry::NextWindow), 1, Door::Reason, "not before the next window")]
#[case::manual(Some(Retry::Manual), 1, Door::Reason, "a person must judge")]
#[case::none(Some(Retry::None), 1, Door::Reason, "trying again changes nothing")]
#[case::no_rule(None, 1, Door::Reason, "no rule knows it: a person must judge")]
fn the_cause_decides_first(#[case] retry: Option<Retry>, #[case] ago: i64, #[case] door: Door, #[case] says: &str) {
    let group = one(retry, ago);
    assert_eq!((group.door, group.says.as_str(), group.chosen), (door, says, door == Door::Open));
}

/// The calendar's word: a window that is open since so many minutes, or shut; and the one after it.
fn window(open_since: Option<i64>) -> Arc<Allowed> {
    let minutes = |minutes: i64| fixture::civil() + SignedDuration::from_mins(minutes);
    let opening = |from: i64, to: i64| Opening {
        period: Period::new(minutes(from), minutes(to)).expect("a period"),
        cutoff: minutes(to),
        windows: Vec::new(),
        begins: Wall::Once,
        ends: Wall::Once,
        changes: Vec::new(),
    };
    let (state, opening, next) = match open_since {
        Some(since) => {
            let open = WindowState::Open { cutoff: minutes(60), closes: minutes(60) };
            (open, opening(-since, 60), opening(600, 660))
        }
        None => (WindowState::Before { opens: minutes(600) }, opening(600, 660), opening(600, 660)),
    };
    let verdict = Verdict {
        set: HostSet::of(&TenantId::new("acme")),
        at: fixture::civil(),
        state,
        opening: Some(opening),
        next: Some(next),
        only: None,
        source: None,
        owner: None,
    };
    Arc::new(Allowed { verdict, held: None, fit: None, of_hosts: None, zone: jiff::tz::TimeZone::UTC, key: None })
}

#[rstest]
#[case::the_same_window(Some(20), Door::Reason, "not before the next window", Some(600))]
#[case::another_one(Some(5), Door::Open, "retry, another window has opened since", None)]
#[case::none_yet(None, Door::Reason, "not before the next window", Some(600))]
fn what_waits_for_the_next_window_comes_in_once_that_is_open(
    #[case] open_since: Option<i64>,
    #[case] door: Door,
    #[case] says: &str,
    #[case] from: Option<i64>,
) {
    let known = context([("db-1", known(Some(Retry::NextWindow), 10))]);
    let context = Context { allowed: Some(window(open_since)), ..known };
    let group = groups(&fixture::intent(Verb::Retry), &survey([failed("db-1")]), &context).remove(0);
    assert_eq!((group.door, group.says.as_str()), (door, says));
    assert_eq!(group.from, from.map(|minutes| fixture::civil() + SignedDuration::from_mins(minutes)));
}

#[test]
fn a_pause_that_is_kept_says_from_when_it_is_over_for_the_last_host() {
    let context = context([("db-1", known(Some(Retry::Backoff), 9)), ("db-2", known(Some(Retry::Backoff), 4))]);
    let groups = groups(&fixture::intent(Verb::Retry), &survey([failed("db-1"), failed("db-2")]), &context);
    assert_eq!(groups[0].from, Some(fixture::civil() + SignedDuration::from_mins(6)));
}

#[rstest]
#[case::own_words(Some("2 GB free"), "Clean the cache.", "first: 2 GB free; not checked")]
#[case::what_to_do(None, "Clean the cache.", "first: Clean the cache; not checked")]
#[case::nothing_said(None, "", "first: what broke it is mended; not checked")]
fn what_must_be_mended_first_is_said_in_words(#[case] holds: Option<&str>, #[case] remedy: &str, #[case] says: &str) {
    let mut broken = known(Some(Retry::AfterFix), 1);
    let rule = (**broken.cause.as_ref().expect("a rule")).clone();
    broken.cause = Some(Arc::new(Cause { precondition: holds.map(Text::new), remedy: remedy.into(), ..rule }));
    let found = groups(&fixture::intent(Verb::Retry), &survey([failed("db-1")]), &context([("db-1", broken)]));
    assert_eq!(found[0].says.as_str(), says);
}

#[test]
fn a_failure_without_a_time_has_its_pause_before_it() {
    let mut unseen = known(Some(Retry::Backoff), 0);
    unseen.failed = None;
    let groups = groups(&fixture::intent(Verb::Retry), &survey([failed("db-1")]), &context([("db-1", unseen)]));
    assert_eq!(groups[0].door, Door::Reason);
}

#[test]
fn a_spent_budget_needs_a_reason_whatever_the_cause() {
    let mut tired = known(Some(Retry::Now), 60);
    tired.tries = 3;
    let mut context = context([("db-1", tired)]);
    let found = groups(&fixture::intent(Verb::Retry), &survey([failed("db-1")]), &context);
    assert_eq!((found[0].door, found[0].says.as_str()), (Door::Reason, "tried 3 times, and your budget is 3"));
    let by_class = [(CauseClass::new("package_lock"), Budget { tries: 4, pause_minutes: 1 })].into();
    context.rules = Arc::new(HostRules { by_class, ..HostRules::default() });
    let found = groups(&fixture::intent(Verb::Retry), &survey([failed("db-1")]), &context);
    assert_eq!(found[0].door, Door::Open);
}

#[test]
fn what_was_never_read_is_not_tried_again_unasked() {
    let found = groups(&fixture::intent(Verb::Retry), &survey([failed("db-1")]), &context([]));
    assert_eq!((found[0].door, found[0].title.as_str()), (Door::Reason, "why it failed has not been read"));
}

#[test]
fn the_backends_own_facts_shut_a_host_out_whatever_its_cause() {
    let overtaken = HostFound::new(id("db-1"), Eligibility::No("a newer job of it is at work".into()));
    let context = context([("db-1", known(Some(Retry::Now), 1))]);
    let found = groups(&fixture::intent(Verb::Retry), &survey([overtaken]), &context);
    assert_eq!((found[0].door, found[0].title.as_str()), (Door::Shut, "a newer job of it is at work"));
}

fn decided(survey: Survey, choices: &[(&str, bool)], context: &Context) -> Result<Decision, Refusal> {
    let mut intent = fixture::intent(Verb::Retry);
    intent.choices = choices.iter().map(|(key, is)| ((*key).to_owned(), *is)).collect();
    decide(intent, survey, context)
}

#[test]
fn only_what_is_in_is_named_and_the_rest_stays() {
    let context = context([
        ("db-1", known(Some(Retry::Now), 1)),
        ("db-2", known(Some(Retry::AfterFix), 1)),
        ("db-3", known(Some(Retry::None), 1)),
    ]);
    let survey = survey([failed("db-1"), failed("db-2"), failed("db-3")]);
    let plain = decided(survey.clone(), &[], &context).expect("a decision");
    let plan = compose(&plain, Vec::new(), &context);
    assert_eq!(plan.title.as_str(), "Retry: 1 host tried again");
    assert_eq!(plan.rests_on.named, ["db-1".to_owned()].into());
    assert_eq!(plan.intent.hosts, [id("db-1")]);
    assert!(plan.asks.is_empty());
    let more = decided(survey, &[("after_fix", true), ("none", true), ("now", false)], &context).expect("a decision");
    let plan = compose(&more, Vec::new(), &context);
    assert_eq!(plan.rests_on.named, ["db-2".to_owned(), "db-3".to_owned()].into());
    assert_eq!(plan.asks, [crate::plan::types::Ask::Reason], "an override says why");
}

#[test]
fn one_call_for_all_is_taken_only_when_all_are_in_and_none_was_named() {
    let ways = Ways { whole: Some(Way::default()), named: Some(Way::default()) };
    let context = context([("db-1", known(Some(Retry::Now), 1)), ("db-2", known(Some(Retry::Manual), 1))]);
    let survey = Survey { ways, ..survey([failed("db-1"), failed("db-2")]) };
    assert!(!decided(survey.clone(), &[], &context).expect("a decision").whole);
    let all = decided(survey, &[("manual", true)], &context).expect("a decision");
    assert!(all.whole);
    assert!(all.intent.hosts.is_empty(), "the second survey looks for all of them again");
}

#[test]
fn a_plan_that_reaches_nobody_yet_is_shown_and_one_that_never_can_is_refused() {
    let context = context([("db-1", known(Some(Retry::AfterFix), 1))]);
    assert!(decided(survey([failed("db-1")]), &[], &context).expect("a decision").reaches_nobody());
    let gone = HostFound::new(id("db-1"), Eligibility::No("done".into()));
    let refused = decided(survey([gone]), &[("no: done", true)], &context).expect_err("a refusal");
    assert_eq!(refused.why.as_str(), "none of 1 host can be tried again; 1 host: done");
}

fn back(host: &str, release: &str) -> HostFound {
    let back = Some(Release { native: release.into(), name: format!("baseline:{release}").into() });
    HostFound { back, ..failed(host) }
}

#[test]
fn a_rollback_is_grouped_by_the_release_each_goes_back_to_and_says_first_who_stays() {
    let none = HostFound::new(id("db-4"), Eligibility::No("nothing to go back to".into()));
    let survey = survey([back("db-1", "10"), back("db-2", "11"), back("db-3", "11"), none]);
    let context = fixture::context();
    let decision = decide(fixture::intent(Verb::RollBack), survey, &context).expect("a decision");
    let plan = compose(&decision, Vec::new(), &context);
    let titles: Vec<&str> = plan.groups.iter().map(|group| group.title.as_str()).collect();
    assert_eq!(titles, ["back to baseline:11", "back to baseline:10", "nothing to go back to"]);
    assert_eq!(plan.beware[0].as_str(), "1 host not brought back: nothing to go back to");
    assert_eq!(plan.asks, [crate::plan::types::Ask::TypeName("December baseline".into())], "what goes back is typed");
}

#[test]
fn a_release_that_your_rule_calls_irreversible_is_not_taken_back() {
    let irreversible = [("baseline:2026.12".into(), "it migrates the database".into())].into();
    let rules = Arc::new(HostRules { irreversible, ..HostRules::default() });
    let context = Context { rules, ..fixture::context() };
    let refused = decide(fixture::intent(Verb::RollBack), survey([back("db-1", "10")]), &context).expect_err("a refusal");
    assert_eq!(
        refused.why.as_str(),
        "none of 1 host can be brought back; 1 host: refused by your rule: this release cannot be taken back (it migrates the database)"
    );
}

#[test]
fn a_host_that_waits_for_its_restart_goes_back_only_after_it() {
    let context = context([("db-1", known(Some(Retry::AfterReboot), 1))]);
    let found = groups(&fixture::intent(Verb::RollBack), &survey([back("db-1", "10")]), &context);
    assert_eq!((found[0].door, found[0].chosen), (Door::Acknowledge, false));
}
