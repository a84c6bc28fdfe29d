//! A night on an executor in memory, from the first ring to the last.

mod another;
mod changed;
mod check;
mod kept;
mod keys;
mod launch;
mod open;
mod script;

use std::collections::BTreeMap;

use self::script::Script;
use super::{Driven, Executor, Probe};
use crate::action::Verb;
use crate::backend::port::{Backend, Facts, Intent, Interest, Page, Settlement, Step, StepRecord, Survey};
use crate::domain::{
    Gate, HostId, HostRow, HostState, IntentId, Limit, OnFailed, OnMet, PausedBy, Ring, RingPlan, Rollout, RolloutId,
    RolloutState, Run, Target, TenantId, Wave, WaveState,
};
use crate::plan::types::{self, Decision, Outcome, PlannedEffect};

const NOW: &str = "2026-12-08T22:00:00Z";

fn plan(persons: u8) -> RingPlan {
    let gate = |persons| Gate {
        done: Some(Limit::Share(90)),
        on_met: Some(OnMet::Pause),
        failed: Some(Limit::Hosts(0)),
        on_failed: Some(OnFailed::Pause),
        soak_seconds: Some(60),
        persons,
        health: false,
    };
    let ring = |name: &str, persons, after| Ring {
        name: name.into(),
        target: Target::Expression(name.into()),
        expect_seconds: 600,
        gate: gate(persons),
        after,
    };
    RingPlan {
        id: "2026-12-a1".into(),
        name: "December baseline".into(),
        tenant: TenantId::new("acme"),
        run: Run { fun: "patch.apply".into(), ..Run::default() },
        undo: None,
        rings: vec![ring("pilot", persons, vec![]), ring("broad", 1, vec![0])],
        apart: Vec::new(),
        until: None,
    }
}

fn night(persons: u8) -> Driven<Script> {
    Driven::new(Script::new(NOW), vec![plan(persons)])
}

fn rollout_id() -> RolloutId {
    RolloutId::new(crate::domain::BackendName::new("jobs-eu"), "2026-12-a1")
}

fn intent(verb: Verb, number: u32) -> Intent {
    Intent::new(IntentId::new(format!("20261208T220000Z-seat-{number}")), verb, TenantId::new("acme"), rollout_id())
}

async fn survey<E: Executor>(night: &Driven<E>, intent: &Intent) -> Survey {
    night.survey(intent).await.expect("facts")
}

fn steps<E: Executor>(night: &Driven<E>, intent: Intent, survey: Survey) -> Result<Vec<Step>, String> {
    let effect = survey.by_jobs.effect.clone().unwrap_or(PlannedEffect::Declines);
    night.steps(&Decision::new(intent, survey, effect)).map_err(|refusal| refusal.why.to_string())
}

/// Carries a verb through, as the app does.
async fn carry<E: Executor>(night: &Driven<E>, verb: Verb, number: u32) -> Result<Vec<Outcome>, String> {
    carry_out(night, intent(verb, number)).await
}

async fn carry_out<E: Executor>(night: &Driven<E>, intent: Intent) -> Result<Vec<Outcome>, String> {
    let survey = survey(night, &intent).await;
    let mut outcomes = Vec::new();
    for step in steps(night, intent, survey)? {
        outcomes.push(night.send(&step, &BTreeMap::new()).await.expect("a receipt").outcome);
    }
    Ok(outcomes)
}

async fn board<E: Executor>(night: &Driven<E>) -> Rollout {
    night.memory.forget_reading();
    for what in [Interest::Board, Interest::Night] {
        if let Facts::Rollouts { rollouts, .. } = night.observe(what).await.expect("an answer").facts
            && let Some(rollout) = rollouts.into_iter().next()
        {
            return rollout;
        }
    }
    panic!("the plan is on neither list")
}

async fn waves<E: Executor>(night: &Driven<E>) -> Vec<Wave> {
    night.memory.forget_reading();
    match night.observe(Interest::Rollout(rollout_id())).await.expect("an answer").facts {
        Facts::Waves { waves, .. } => waves,
        other => panic!("{other:?}"),
    }
}

async fn hosts(night: &Driven<Script>, ring: usize) -> Vec<HostRow> {
    let wave = waves(night).await[ring].id.clone();
    match night.observe(Interest::Hosts(wave, Page { offset: 0, limit: 10 })).await.expect("an answer").facts {
        Facts::Hosts { hosts, .. } => hosts,
        other => panic!("{other:?}"),
    }
}

/// Both hosts of the pilot done, and its soak over.
async fn pilot_done(night: &Driven<Script>) {
    carry(night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Done);
    night.executor.answers("web-2", HostState::Done);
    night.executor.passes(61);
}

#[tokio::test]
async fn a_plan_that_has_not_begun_shows_the_hosts_its_targets_mean() {
    let night = night(1);
    let rollout = board(&night).await;
    assert_eq!(rollout.state, RolloutState::NotBegun);
    assert_eq!(rollout.counts.map(|counts| (counts.total, counts.waiting)), Some((5, 5)));
    let waves = waves(&night).await;
    assert_eq!(waves.iter().map(|wave| wave.level).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(hosts(&night, 1).await.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["db-1", "web-3", "web-4"]);
    assert!(night.executor.inside().sent.is_empty(), "looking sends nothing");
}

#[tokio::test]
async fn starting_is_one_job_on_the_exact_hosts_and_both_surveys_make_the_same_call() {
    let night = night(1);
    let intent = intent(Verb::Start, 1);
    let first = steps(&night, intent.clone(), survey(&night, &intent).await).expect("steps");
    night.executor.passes(20);
    let second = steps(&night, intent.clone(), survey(&night, &intent).await).expect("steps");
    assert_eq!(first, second);
    let [Step::Call(call)] = first.as_slice() else { panic!("{first:?}") };
    let asked = night.executor.asks(call).expect("a call of ours");
    assert_eq!(asked.hosts.into_iter().collect::<Vec<_>>(), ["web-1", "web-2"]);
    assert_eq!(asked.labels["pd_wave"], "2026-12-a1/pilot");
    assert!(asked.key.expect("a key").starts_with("20261208220000"));
}

#[tokio::test]
async fn a_host_that_joins_a_target_after_the_dialog_is_named() {
    let night = night(1);
    let intent = intent(Verb::Start, 1);
    let before = survey(&night, &intent).await.by_jobs.named();
    night.executor.inside().targets.insert("pilot".into(), vec!["web-1", "web-2", "web-9"]);
    let after = survey(&night, &intent).await.by_jobs.named();
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), ["web-9"]);
}

#[tokio::test]
async fn a_silent_host_is_asked_once_it_is_overdue_and_called_lost_only_if_it_says_so() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Done);
    assert_eq!(hosts(&night, 0).await[0].state, HostState::NotFetched);
    assert_eq!(night.executor.inside().probed, 0, "a young job is left in peace");
    night.executor.passes(601);
    night.executor.inside().probes.insert("web-2".into(), Probe::Running);
    assert_eq!(
        hosts(&night, 0).await.iter().find(|row| row.name.as_str() == "web-2").map(|row| row.state),
        Some(HostState::AtWork)
    );
    night.executor.inside().probes.insert("web-2".into(), Probe::Gone);
    let row = hosts(&night, 0).await.into_iter().find(|row| row.name.as_str() == "web-2").expect("it is listed");
    assert_eq!(row.state, HostState::Unknown);
    assert!(row.message.expect("words").as_str().starts_with("lost:"));
    assert_eq!(waves(&night).await[0].counts.unknown, 1);
}

#[tokio::test]
async fn an_answer_that_comes_while_a_host_is_asked_wins() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Done);
    night.executor.passes(601);
    night.executor.inside().probes.insert("web-2".into(), Probe::Gone);
    hosts(&night, 0).await;
    night.executor.answers("web-2", HostState::Done);
    assert!(hosts(&night, 0).await.iter().all(|row| row.state == HostState::Done));
}

#[tokio::test]
async fn a_ring_soaks_and_then_waits_for_a_person_and_resume_begins_the_next() {
    let night = night(1);
    pilot_done(&night).await;
    night.executor.passes(-30);
    let soaking = board(&night).await;
    assert_eq!((soaking.state.word(), soaking.native.as_str()), ("running", "pilot: soaking until 2026-12-08T22:01:00Z"));
    night.executor.passes(30);
    assert!(matches!(board(&night).await.state, RolloutState::Paused(PausedBy::Gate { .. })));
    carry(&night, Verb::Resume, 2).await.expect("it goes on");
    assert_eq!(waves(&night).await[1].state, WaveState::Running);
    for host in ["db-1", "web-3", "web-4"] {
        night.executor.answers(host, HostState::Done);
    }
    assert_eq!(board(&night).await.state, RolloutState::Finished);
}

#[tokio::test]
async fn a_failed_host_stops_at_the_gate_until_a_retry_mends_it() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Failed);
    night.executor.answers("web-2", HostState::Done);
    night.executor.passes(61);
    assert!(matches!(board(&night).await.state, RolloutState::Paused(PausedBy::Limit { failed: 1, total: 2, .. })));
    let intent = intent(Verb::Retry, 2);
    let survey = survey(&night, &intent).await;
    assert_eq!(survey.by_jobs.effect, Some(PlannedEffect::Other("1 host that failed tried again".into())));
    assert_eq!(survey.by_jobs.named().into_iter().collect::<Vec<_>>(), ["web-1"]);
    carry(&night, Verb::Retry, 3).await.expect("it is tried again");
    night.executor.answers("web-1", HostState::Done);
    night.executor.passes(61);
    assert!(matches!(board(&night).await.state, RolloutState::Paused(PausedBy::Gate { .. })));
}

#[tokio::test]
async fn a_hold_is_seen_by_everybody_and_a_release_begins_nothing() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.passes(1);
    carry(&night, Verb::Pause, 2).await.expect("it is held");
    assert_eq!(board(&night).await.native.as_str(), "held by anna");
    night.executor.passes(1);
    carry(&night, Verb::Resume, 3).await.expect("it is released");
    assert_eq!(board(&night).await.state, RolloutState::Running);
    assert_eq!(waves(&night).await[1].state, WaveState::NotBegun);
}

#[tokio::test]
async fn of_two_starts_at_one_moment_the_lower_job_counts_and_the_other_is_stopped() {
    let night = night(1);
    let other = intent(Verb::Start, 9);
    let late = steps(&night, other.clone(), survey(&night, &other).await).expect("steps");
    night.executor.inside().now = "2026-12-08T21:59:58Z".parse().expect("a time");
    carry(&night, Verb::Start, 1).await.expect("it starts");
    let receipt = night.send(&late[0], &BTreeMap::new()).await.expect("a receipt");
    let Outcome::Refused(words) = receipt.outcome else { panic!("{receipt:?}") };
    assert!(words.as_str().contains("anna began it at the same moment"), "{words}");
    let sent = night.executor.inside().sent.clone();
    assert!(night.executor.asks(sent.last().expect("a call")).expect("a call of ours").stops.is_some());
    // The one that counts is told too.
    let Settlement::Verified(words) =
        night.look_up(&record(intent(Verb::Start, 1), Step::Call(sent[0].clone()))).await.expect("an answer")
    else {
        panic!("it is there")
    };
    assert!(words.as_str().contains("; anna began it at the same moment (job 20261208220000"), "{words}");
    assert!(words.as_str().ends_with("that one does not count"), "{words}");
}

#[tokio::test]
async fn whoever_counts_and_comes_second_stops_the_other_which_is_told_so() {
    let night = night(1);
    let other = intent(Verb::Start, 9);
    let late = steps(&night, other.clone(), survey(&night, &other).await).expect("steps");
    night.executor.inside().now = "2026-12-08T21:59:58Z".parse().expect("a time");
    let mine = intent(Verb::Start, 1);
    let first = steps(&night, mine.clone(), survey(&night, &mine).await).expect("steps");
    // The later job is there, and has looked around, before the one that counts arrives.
    assert_eq!(night.send(&late[0], &BTreeMap::new()).await.expect("a receipt").outcome, Outcome::Accepted);
    assert_eq!(night.send(&first[0], &BTreeMap::new()).await.expect("a receipt").outcome, Outcome::Accepted);
    let Step::Call(call) = &late[0] else { panic!("a call") };
    let key = night.executor.asks(call).and_then(|asked| asked.key);
    let sent = night.executor.inside().sent.clone();
    assert_eq!(night.executor.asks(sent.last().expect("a call")).expect("a call of ours").stops, key);
    let Settlement::Superseded(words) = night.look_up(&record(other, late[0].clone())).await.expect("an answer") else {
        panic!("the other one counts")
    };
    assert!(words.as_str().ends_with("that one counts"), "{words}");
}

fn record(intent: Intent, step: Step) -> StepRecord {
    let facts = types::Facts {
        name: "".into(),
        native: "not begun".into(),
        effect: PlannedEffect::Declines,
        hosts: 2,
        release: None,
        wave_states: BTreeMap::new(),
        named: std::collections::BTreeSet::new(),
        own: std::collections::BTreeMap::new(),
        window: None,
    };
    StepRecord { intent, step, facts, at: NOW.parse().expect("a time") }
}

#[tokio::test]
async fn a_step_that_was_sent_before_a_crash_is_found_by_its_key_and_one_that_was_not_is_not_there() {
    let night = night(1);
    let intent = intent(Verb::Start, 1);
    let step = steps(&night, intent.clone(), survey(&night, &intent).await).expect("steps").remove(0);
    let record = record(intent, step.clone());
    assert!(matches!(night.look_up(&record).await.expect("an answer"), Settlement::NotThere(_)));
    night.send(&step, &BTreeMap::new()).await.expect("a receipt");
    let restarted = Driven::new(night.executor, vec![plan(1)]);
    let found = restarted.look_up(&record).await.expect("an answer");
    assert!(matches!(&found, Settlement::Verified(words) if words.as_str().contains("by anna, told to 2 hosts")), "{found:?}");
}

#[tokio::test]
async fn a_stop_is_a_marker_and_asks_those_at_work_to_end() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Done);
    night.executor.passes(5);
    let outcomes = carry(&night, Verb::Stop, 2).await.expect("it is stopped");
    assert_eq!(outcomes.len(), 2);
    night.executor.inside().probes.insert("web-2".into(), Probe::Gone);
    assert_eq!(board(&night).await.state, RolloutState::Stopped);
    assert_eq!(
        hosts(&night, 0).await.iter().find(|row| row.name.as_str() == "web-2").map(|row| row.state),
        Some(HostState::Cancelled)
    );
}

#[tokio::test]
async fn a_complete_job_is_read_once() {
    let night = night(1);
    pilot_done(&night).await;
    board(&night).await;
    let reads = night.executor.inside().job_reads;
    board(&night).await;
    waves(&night).await;
    assert_eq!(night.executor.inside().job_reads, reads);
}

#[tokio::test]
async fn catching_up_sends_the_same_job_to_the_silent_hosts_alone() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Done);
    night.executor.passes(601);
    night.executor.inside().probes.insert("web-2".into(), Probe::Silent);
    let intent = intent(Verb::CatchUp, 2);
    let orders = survey(&night, &intent).await.by_jobs.orders;
    let launch = night.executor.inside().jobs[0].clone();
    assert_eq!((orders[0].key.as_str(), orders[0].hosts.as_slice()), (launch.job.id.as_str(), &["web-2".to_owned()][..]));
    assert_eq!(orders[0].labels, launch.job.labels);
}

#[tokio::test]
async fn rolling_back_groups_hosts_by_what_they_had_before() {
    let night = night(1);
    pilot_done(&night).await;
    let mut intent = intent(Verb::RollBack, 2);
    intent.hosts = vec![HostId::new(rollout_id().backend, "web-1")];
    let survey = survey(&night, &intent).await;
    assert_eq!(survey.by_jobs.named().into_iter().collect::<Vec<_>>(), ["web-1"]);
    intent.hosts.clear();
    let both = self::survey(&night, &intent).await.by_jobs.orders;
    assert_eq!(both.len(), 2, "each host had something else before");
    assert_ne!(both[0].labels, both[1].labels, "two jobs of one rollback are no rivals");
}

#[tokio::test]
async fn nodes_that_must_stay_apart_are_never_begun_in_one_ring() {
    let mut plan = plan(1);
    plan.apart = vec![vec!["web-1".into(), "web-2".into()]];
    let night = Driven::new(Script::new(NOW), vec![plan]);
    let refused = carry(&night, Verb::Start, 1).await.expect_err("a refusal");
    assert!(refused.contains("web-1 and web-2"), "{refused}");
}
