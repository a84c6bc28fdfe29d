//! What the journal of an ended session is told as.

use std::path::PathBuf;

use super::*;
use crate::action::Verb;
use crate::domain::{RolloutId, TenantId};
use crate::journal::Line;
use crate::plan::types::{Call, Facts, Guard, PlannedEffect, Receipt, StepRecord, made_by};

fn facts() -> Facts {
    Facts {
        name: "December baseline".into(),
        native: "finished".into(),
        effect: PlannedEffect::Other("2 hosts brought back".into()),
        hosts: 2,
        release: None,
        wave_states: BTreeMap::new(),
        named: BTreeSet::new(),
        own: BTreeMap::new(),
        window: None,
    }
}

fn call(id: u32, path: &str, hosts: &[&str]) -> Step {
    Step::Call(Call {
        id,
        intent: None,
        method: "POST".into(),
        path: path.to_owned(),
        query: Vec::new(),
        body: None,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        guard: Guard::default(),
        deadline_seconds: 120,
        undo: None,
    })
}

/// Two rollouts that bring hosts back: each is made, filled and started.
fn way_back() -> (Intent, Vec<Step>) {
    let rollout = RolloutId::new(BackendName::new("acme-hb"), "3");
    let intent = Intent::new(IntentId::new("i-1"), Verb::RollBack, TenantId::new("acme"), rollout);
    let piece = |first: u32, host: &str| {
        let filled = Step::Await {
            condition: "it is ready".into(),
            limit_seconds: 60,
            id: first + 1,
            path: format!("/rollouts/{}", made_by(first)),
            until: vec!["ready".into()],
        };
        [call(first, "/rollouts", &[host]), filled, call(first + 2, &format!("/rollouts/{}/start", made_by(first)), &[])]
    };
    (intent, [piece(1, "till-1"), piece(4, "till-2")].concat())
}

/// The line of a plan whose session ended after so many of its calls were verified.
fn after(verified: usize) -> ActivityLine {
    let (intent, steps) = way_back();
    let at = jiff::Timestamp::UNIX_EPOCH;
    let mut entries = vec![Entry::Intent {
        intent: Box::new(intent.clone()),
        title: "Roll back: 2 hosts".into(),
        login: "lead".into(),
        steps: steps.clone(),
        rests_on: Box::new(facts()),
    }];
    for step in steps.iter().filter(|step| matches!(step, Step::Call(_))).take(verified) {
        let Step::Call(call) = step else { continue };
        let made = call.path.ends_with("/rollouts").then(|| Text::new(format!("9{}", call.id)));
        let (id, record) = (intent.id.clone(), StepRecord { intent: intent.clone(), step: step.clone(), facts: facts(), at });
        let receipt = Receipt { step: call.id, outcome: Outcome::Accepted, made, told: None };
        entries.push(Entry::Sending { record: Box::new(record) });
        entries.push(Entry::Answered { intent: id.clone(), receipt });
        entries.push(Entry::Settled { intent: id, step: call.id, settlement: Settlement::Verified("it is there".into()) });
    }
    let line = |(entry, seq)| Line { at, seq, entry, prev: String::new(), hash: String::new() };
    let lines = entries.into_iter().zip(1..).map(line).collect();
    let file = FileRead { path: PathBuf::from("a.jsonl"), live: false, lines, damage: None };
    let open = open_intents(std::slice::from_ref(&file));
    history(&[file], &open, 1).remove(0)
}

#[test]
fn a_rollout_that_was_made_and_never_started_is_not_told_as_verified() {
    let made = after(1);
    assert_eq!(made.state, ActivityState::Superseded);
    let found = made.found.as_str();
    assert!(found.contains("POST /rollouts/91/start never left"), "{found}");
    assert!(found.contains("1 of 2 calls left, 1 host not asked yet"), "{found}");
    // The second one, too, where nobody is left to be asked.
    let made = after(3);
    assert_eq!(made.state, ActivityState::Superseded);
    assert!(made.found.as_str().contains("POST /rollouts/94/start never left"), "{}", made.found);
    assert!(made.rest.is_none());
}

#[rstest::rstest]
#[case::one(4, 4, "call 4 verified, it is there")]
#[case::several_alike(1, 24, "calls 1 to 24 verified, each: it is there")]
fn calls_of_one_finding_are_told_once(#[case] first: u32, #[case] last: u32, #[case] told: &str) {
    assert_eq!(calls(first, last, &Settlement::Verified("it is there".into())).as_str(), told);
}

#[test]
fn what_never_left_is_told_of_things_that_are_there_and_of_no_others() {
    let begun = after(2);
    assert!(begun.found.as_str().contains("call 1 verified, it is there; it is there"), "{}", begun.found);
    assert!(!begun.found.as_str().contains("never left"), "{}", begun.found);
    assert!(begun.rest.is_some());
    let whole = after(4);
    assert_eq!((whole.state, whole.found.as_str()), (ActivityState::Verified, "4 calls: it is there"));
}
