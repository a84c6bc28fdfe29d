//! Whole dialogs as text: every line a person reads before pressing the key.

use std::fmt::Write as _;

use super::*;
use crate::domain::{PausedBy, RolloutState, WaveState};
use crate::plan::fixture::{self, context, intent, survey, survey_of, wave};
use crate::plan::types::{Call, Capability, Guard, Overlap, Survey};
use crate::plan::{decide, types::Context};
use rstest::rstest;

fn plan_with(verb: Verb, survey: Survey, context: &Context) -> ActionPlan {
    let decision = decide(intent(verb), survey, context).expect("a decision");
    compose(&decision, Vec::new(), context)
}

fn plan(verb: Verb, survey: Survey) -> ActionPlan {
    plan_with(verb, survey, &context())
}

fn dialog(plan: &ActionPlan) -> String {
    let mut out = format!("{}\n", plan.title);
    for (label, lines) in
        [("will", &plan.will), ("will not", &plan.will_not), ("nobody stops", &plan.nobody_stops), ("evidence", &plan.evidence)]
    {
        for line in lines {
            let _ = writeln!(out, "{label}: {line}");
        }
    }
    let _ = writeln!(out, "you: {}", plan.you);
    let BlastRadius { at_once, later, waves } = plan.radius;
    let _ = writeln!(out, "radius: {at_once} at once, {later} later, {waves} waves");
    out
}

#[test]
fn an_approval_says_that_it_covers_every_wave_and_does_not_start() {
    insta::assert_snapshot!(dialog(&plan(Verb::Approve, survey(RolloutState::WaitsForYou))));
}

#[test]
fn an_approval_whose_start_time_has_come_says_that_it_starts() {
    let mut survey = survey(RolloutState::WaitsForYou);
    survey.rollout.starts = Some("2026-12-01T22:00:00Z".parse().expect("a timestamp"));
    survey.overlaps = vec![Overlap { rollout: "OpenSSL urgent".into(), scheduled: 40 }];
    insta::assert_snapshot!(dialog(&plan(Verb::Approve, survey)));
}

#[test]
fn an_approval_with_a_start_time_ahead_says_that_nobody_stops_it_then() {
    let mut survey = survey(RolloutState::WaitsForYou);
    survey.rollout.starts = Some("2026-12-08T23:00:00Z".parse().expect("a timestamp"));
    survey.waves.truncate(1);
    insta::assert_snapshot!(dialog(&plan(Verb::Approve, survey)));
}

#[test]
fn a_denial_touches_no_host() {
    insta::assert_snapshot!(dialog(&plan(Verb::Deny, survey(RolloutState::WaitsForYou))));
}

#[test]
fn a_start_says_before_which_wave_a_person_is_asked_again() {
    let waves = [
        wave(1, WaveState::NotBegun).of(40),
        wave(2, WaveState::NotBegun).pausing().of(80),
        wave(3, WaveState::NotBegun).of(120),
    ];
    insta::assert_snapshot!(dialog(&plan(Verb::Start, survey_of(RolloutState::NotBegun, waves))));
}

#[test]
fn a_pause_says_who_goes_on() {
    let waves = [wave(1, WaveState::Running).done(20).running(17).waiting(3).of(40), wave(2, WaveState::NotBegun).of(80)];
    insta::assert_snapshot!(dialog(&plan(Verb::Pause, survey_of(RolloutState::Running, waves))));
}

#[test]
fn resuming_over_a_limit_names_the_wave_that_begins_all_the_same() {
    let waves = [wave(1, WaveState::OverLimit).done(20).failed(9).running(11).of(40), wave(2, WaveState::NotBegun).of(80)];
    let state = RolloutState::Paused(PausedBy::Limit { wave: fixture::wave_id(1), failed: 9, total: 40 });
    insta::assert_snapshot!(dialog(&plan(Verb::Resume, survey_of(state, waves))));
}

#[test]
fn resuming_a_half_done_wave_says_that_no_new_one_begins_at_once() {
    let waves =
        [wave(1, WaveState::Running).done(20).failed(6).running(14).of(40).limit_of("abc"), wave(2, WaveState::NotBegun).of(80)];
    insta::assert_snapshot!(dialog(&plan(Verb::Resume, survey_of(RolloutState::Paused(PausedBy::Person), waves))));
}

#[test]
fn advancing_says_that_the_gate_is_not_waited_for() {
    let waves = [wave(1, WaveState::Running).done(20).running(20).of(40), wave(2, WaveState::NotBegun).without_gate().of(80)];
    insta::assert_snapshot!(dialog(&plan(Verb::Advance, survey_of(RolloutState::Running, waves))));
}

#[test]
fn stopping_says_that_a_host_may_decline() {
    let waves = [wave(1, WaveState::Running).done(23).running(17).of(40), wave(2, WaveState::NotBegun).waiting(200).of(200)];
    insta::assert_snapshot!(dialog(&plan(Verb::Stop, survey_of(RolloutState::Running, waves))));
}

#[test]
fn figures_that_could_not_be_read_are_not_made_up() {
    let mut survey = survey(RolloutState::Running);
    survey.waves.clear();
    survey.rollout.counts = None;
    survey.may = None;
    survey.warnings = vec!["the wave list was refused".into()];
    let context = Context { capability: Capability::Emulated("every job is held by itself".into()), ..context() };
    insta::assert_snapshot!(dialog(&plan_with(Verb::Pause, survey, &context)));
}

#[test]
fn an_open_ended_rollout_says_that_its_figures_are_no_bound() {
    let mut survey = survey(RolloutState::WaitsForYou);
    survey.rollout.open_ended = true;
    let plan = plan(Verb::Approve, survey);
    assert_eq!(plan.title.as_str(), "Approve ALL 3 waves, 240 hosts so far");
    assert_eq!(plan.nobody_stops.last().map(Text::as_str), Some("new hosts may join at any time: the figures are those of now"));
}

#[test]
fn a_gate_for_two_people_and_a_soak_are_told() {
    let mut survey = survey(RolloutState::NotBegun);
    survey.waves[0].gate.soak_seconds = Some(1800);
    survey.waves[1].gate.persons = 2;
    let plan = plan(Verb::Start, survey);
    assert_eq!(
        plan.nobody_stops.first().map(Text::as_str),
        Some(
            "wave 2 \"early\", 80 hosts, begins by itself once 90 % of wave 1 are done or none of it is left at work, 30 min later, \
             unless someone pauses"
        )
    );
    assert_eq!(
        plan.will_not.first().map(Text::as_str),
        Some("wave 3 \"broad\", 120 hosts, does not begin before 2 people open its gate")
    );
}

#[test]
fn forty_waves_are_summed_up() {
    let waves: [_; 40] = std::array::from_fn(|place| wave(place as u32 + 1, WaveState::NotBegun).of(10));
    let plan = plan(Verb::Start, survey_of(RolloutState::NotBegun, waves));
    assert_eq!(plan.nobody_stops.last().map(Text::as_str), Some("35 waves more after that, 350 hosts, each behind its own gate"));
    assert_eq!(plan.evidence.last().map(Text::as_str), Some("and 28 waves more"));
}

#[rstest]
#[case::deny_says_why(Verb::Deny, 240, &[Ask::Remark { required: true, max: 255 }])]
#[case::approve_may(Verb::Approve, 240, &[Ask::Remark { required: false, max: 255 }])]
#[case::many_in_all(
    Verb::Approve,
    1000,
    &[Ask::Remark { required: false, max: 255 }, Ask::TypeName("December baseline".into())]
)]
fn a_dialog_asks_for_what_the_verb_needs(#[case] verb: Verb, #[case] hosts: u32, #[case] asks: &[Ask]) {
    let survey = survey_of(RolloutState::WaitsForYou, [wave(1, WaveState::NotBegun).of(hosts)]);
    assert_eq!(plan(verb, survey).asks, asks);
}

#[test]
fn a_pause_of_ten_thousand_hosts_asks_for_nothing() {
    let survey = survey_of(RolloutState::Running, [wave(1, WaveState::Running).running(10_000).of(10_000)]);
    assert_eq!(plan(Verb::Pause, survey).asks, &[]);
}

#[test]
fn a_large_wave_asks_for_the_name() {
    let survey = survey_of(RolloutState::NotBegun, [wave(1, WaveState::NotBegun).of(500)]);
    assert_eq!(plan(Verb::Start, survey).asks, &[Ask::TypeName("December baseline".into())]);
}

#[test]
fn what_undoes_the_steps_is_said_once_each() {
    let call = |id, undo: Option<&str>| {
        Step::Call(Call {
            id,
            intent: None,
            method: "POST".into(),
            path: "/x".into(),
            query: Vec::new(),
            body: None,
            hosts: Vec::new(),
            guard: Guard::default(),
            deadline_seconds: 60,
            undo: undo.map(Text::from),
        })
    };
    let steps = vec![call(1, Some("resume")), call(2, None), call(3, Some("resume")), call(4, Some("delete it"))];
    assert_eq!(undo(&steps), Some("resume; delete it".into()));
    assert_eq!(undo(&steps[1..2]), None);
}

#[test]
fn the_facts_name_every_wave_by_its_own_id() {
    let decision = decide(intent(Verb::Approve), survey(RolloutState::WaitsForYou), &context()).expect("a decision");
    let facts = facts(&decision, &fixture::context());
    assert_eq!(facts.hosts, 240);
    assert_eq!(facts.wave_states.keys().map(String::as_str).collect::<Vec<_>>(), ["71", "72", "73"]);
}
