//! Verdicts of a reading, verb by verb.

use std::collections::BTreeMap;

use rstest::rstest;

use super::*;
use crate::backend::hawkbit::states;
use crate::domain::{Approval, BackendName, Counts, IntentId, RolloutId, TenantId, WaveId};
use crate::plan::types::{Facts, Intent, PlannedEffect, Step};

fn id() -> RolloutId {
    RolloutId::new(BackendName::new("acme"), "3")
}

fn rollout(native: &str, approval: Approval) -> Rollout {
    Rollout {
        description: "".into(),
        state: states::rollout_state(native),
        native: native.into(),
        counts: None,
        waves: Some(2),
        approval,
        ..Rollout::untold(id(), TenantId::new("acme"), "KB-2026-09".into())
    }
}

fn nobody() -> Approval {
    Approval { by: None, remark: None }
}

fn lead(remark: &str) -> Approval {
    Approval { by: Some("lead".into()), remark: Some(remark.into()).filter(|_| !remark.is_empty()) }
}

fn waves(natives: &[&str]) -> Vec<Wave> {
    let wave = |(place, native): (usize, &&str)| Wave {
        level: place as u32,
        state: states::wave_state(native, &Counts::default()),
        native: (*native).into(),
        counts: Counts { total: 14, done: 8, ..Counts::default() },
        ..Wave::untold(WaveId::new(id(), (place + 10).to_string()), place as u32 + 1, format!("ring-{}", place + 1).into())
    };
    natives.iter().enumerate().map(wave).collect()
}

/// A step recorded when the first wave ran and the second was scheduled.
fn record(verb: Verb, remark: Option<&str>) -> StepRecord {
    StepRecord {
        intent: Intent { remark: remark.map(Text::new), ..Intent::new(IntentId::new("i-1"), verb, TenantId::new("acme"), id()) },
        step: Step::Await { condition: "".into(), limit_seconds: 1, id: 2, path: String::new(), until: Vec::new() },
        facts: Facts {
            name: Text::default(),
            native: "running".into(),
            effect: PlannedEffect::Declines,
            hosts: 28,
            release: None,
            wave_states: BTreeMap::from([("10".to_owned(), "running".into()), ("11".to_owned(), "scheduled".into())]),
            named: std::collections::BTreeSet::new(),
            own: std::collections::BTreeMap::new(),
            window: None,
        },
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[rstest]
#[case::still_waits(Verb::Approve, None, "waiting_for_approval", nobody(), "not there")]
#[case::approved_with_our_remark(Verb::Approve, Some("CAB-77"), "ready", lead("CAB-77"), "verified")]
#[case::approved_and_started(Verb::Approve, Some("CAB-77"), "running", lead("CAB-77"), "verified")]
#[case::approved_with_anothers_remark(Verb::Approve, Some("CAB-77"), "ready", lead("CAB-78"), "superseded")]
#[case::approved_without_remarks(Verb::Approve, None, "ready", lead(""), "verified")]
#[case::declined_meanwhile(Verb::Approve, None, "approval_denied", lead("no"), "superseded")]
#[case::stopped_meanwhile(Verb::Approve, None, "stopped", nobody(), "superseded")]
#[case::decided_and_stopped(Verb::Approve, None, "stopped", lead(""), "unknown")]
#[case::declined(Verb::Deny, Some("not tonight"), "approval_denied", lead("not tonight"), "verified")]
#[case::approved_meanwhile(Verb::Deny, None, "ready", lead(""), "superseded")]
fn a_decision_is_verified_by_who_decided_and_with_which_remark(
    #[case] verb: Verb,
    #[case] remark: Option<&str>,
    #[case] native: &str,
    #[case] approval: Approval,
    #[case] verdict: &str,
) {
    let found = settle(&record(verb, remark), &rollout(native, approval), &waves(&["scheduled", "scheduled"]));
    assert_eq!(found.word(), verdict, "{}", found.words());
    assert!(found.words().as_str().contains(&format!("the server shows {native}")), "{}", found.words());
}

#[rstest]
#[case(Verb::Start, "ready", &["scheduled", "scheduled"], "not there")]
#[case(Verb::Start, "starting", &["scheduled", "scheduled"], "verified")]
#[case(Verb::Start, "paused", &["error", "scheduled"], "verified")]
#[case(Verb::Start, "stopped", &["finished", "finished"], "superseded")]
#[case(Verb::Pause, "paused", &["running", "scheduled"], "verified")]
#[case(Verb::Pause, "running", &["running", "scheduled"], "not there")]
#[case(Verb::Pause, "finished", &["finished", "finished"], "superseded")]
#[case(Verb::Resume, "paused", &["running", "scheduled"], "not there")]
#[case(Verb::Resume, "running", &["running", "scheduled"], "verified")]
#[case(Verb::Resume, "running", &["error", "running"], "verified")]
#[case(Verb::Resume, "paused", &["error", "error"], "verified")]
#[case(Verb::Resume, "stopped", &["finished", "finished"], "superseded")]
#[case(Verb::Advance, "running", &["running", "scheduled"], "not there")]
#[case(Verb::Advance, "running", &["running", "running"], "verified")]
#[case(Verb::Advance, "stopped", &["finished", "finished"], "superseded")]
#[case(Verb::Advance, "paused", &["error", "scheduled"], "superseded")]
#[case(Verb::Stop, "stopping", &["finished", "finished"], "verified")]
#[case(Verb::Stop, "stopped", &["finished", "finished"], "verified")]
#[case(Verb::Stop, "running", &["running", "scheduled"], "not there")]
#[case(Verb::Stop, "finished", &["finished", "finished"], "superseded")]
fn a_verb_is_settled_by_the_state_and_the_waves(
    #[case] verb: Verb,
    #[case] native: &str,
    #[case] groups: &[&str],
    #[case] verdict: &str,
) {
    let found = settle(&record(verb, None), &rollout(native, nobody()), &waves(groups));
    assert_eq!(found.word(), verdict, "{}", found.words());
}

#[test]
fn a_resume_names_the_wave_that_began() {
    let found = settle(&record(Verb::Resume, None), &rollout("running", nobody()), &waves(&["error", "running"]));
    assert_eq!(
        found.words().as_str(),
        "wave 2 \"ring-2\" began; the server shows running, wave 2 \"ring-2\" running, 8 of 14 hosts ended"
    );
}

#[test]
fn an_advance_does_not_claim_what_the_gate_may_have_done() {
    let found = settle(&record(Verb::Advance, None), &rollout("running", nobody()), &waves(&["running", "running"]));
    assert!(found.words().as_str().contains("does not say whether by this call or by its own gate"), "{}", found.words());
}
