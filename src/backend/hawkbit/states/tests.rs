//! Every verb against every state of the server.

use rstest::rstest;

use super::*;
use crate::domain::{BackendName, RolloutId, TenantId, Text, WaveId};

const STATES: &[&str] = &[
    "creating",
    "waiting_for_approval",
    "approval_denied",
    "ready",
    "starting",
    "running",
    "paused",
    "finished",
    "stopping",
    "stopped",
    "deleting",
    "deleted",
    "a_state_of_tomorrow",
];

fn rollout(native: &str, at_work: u32) -> Rollout {
    Rollout {
        description: "".into(),
        state: rollout_state(native),
        native: native.into(),
        counts: Some(Counts { total: 40, running: at_work, ..Counts::default() }),
        waves: Some(1),
        ..Rollout::untold(RolloutId::new(BackendName::new("acme"), "3"), TenantId::new("acme"), "KB-2026-09".into())
    }
}

fn wave(state: WaveState) -> Wave {
    Wave {
        level: 0,
        state,
        native: state.word().into(),
        counts: Counts::default(),
        ..Wave::untold(WaveId::new(RolloutId::new(BackendName::new("acme"), "3"), "1"), 1, "canary".into())
    }
}

/// Source: the server's reference, every verb tried in every state of a live 1.1.0.
#[rstest]
#[case(Verb::Approve, &["waiting_for_approval"])]
#[case(Verb::Deny, &["waiting_for_approval"])]
#[case(Verb::Start, &["ready"])]
#[case(Verb::Pause, &["running"])]
#[case(Verb::Resume, &["paused"])]
#[case(Verb::Advance, &["running"])]
#[case(Verb::Stop, &["creating", "ready", "waiting_for_approval", "starting", "running", "paused", "approval_denied"])]
#[case(Verb::Retry, &["finished"])]
#[case(Verb::RollBack, &[])]
#[case(Verb::CatchUp, &[])]
#[case(Verb::DryRun, &[])]
fn a_verb_is_offered_only_where_the_server_takes_it(#[case] verb: Verb, #[case] taken: &[&str]) {
    for native in STATES {
        let refusal = refuses(verb, native, &rollout(native, 0), &[wave(WaveState::NotBegun)]);
        assert_eq!(refusal.is_none(), taken.contains(native), "{verb:?} on {native}: {refusal:?}");
        assert!(refusal.is_none_or(|refusal| !refusal.why.is_empty()));
    }
}

#[test]
fn a_paused_rollout_offers_resume_not_pause() {
    let refusal = refuses(Verb::Pause, "paused", &rollout("paused", 0), &[]).expect("refused");
    assert_eq!(refusal.why.as_str(), "it is paused already");
    assert_eq!(refusal.instead.as_ref().map(Text::as_str), Some("resume"));
}

#[test]
fn without_a_wave_left_there_is_nothing_to_advance_to() {
    let refusal = refuses(Verb::Advance, "running", &rollout("running", 5), &[wave(WaveState::Running)]).expect("refused");
    assert_eq!(refusal.why.as_str(), "no wave is left to begin");
}

#[test]
fn a_finished_rollout_with_hosts_at_work_says_that_stop_is_refused_by_the_server() {
    let refusal = refuses(Verb::Stop, "finished", &rollout("finished", 6), &[]).expect("refused");
    assert!(refusal.why.as_str().contains("6 hosts are still at work"), "{}", refusal.why);
}

#[test]
fn a_wave_that_ended_with_hosts_never_begun_was_stopped() {
    let counts = Counts { total: 20, waiting: 20, ..Counts::default() };
    assert_eq!(wave_state("finished", &counts), WaveState::Stopped);
    assert_eq!(wave_state("finished", &Counts { total: 20, done: 20, ..Counts::default() }), WaveState::Done);
}

#[rstest]
#[case("running", HostState::NotFetched)]
#[case("retrieved", HostState::AtWork)]
#[case("wait_for_confirmation", HostState::NeedsConfirmation)]
#[case("a_state_of_tomorrow", HostState::Unknown)]
fn a_job_that_was_not_fetched_is_not_at_work(#[case] native: &str, #[case] state: HostState) {
    assert_eq!(host_state(native), state);
}
