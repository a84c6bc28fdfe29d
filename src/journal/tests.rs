//! The journal on a real disk: crashes at each step, tampering, two processes, a full disk, and lines of an earlier version.

mod crash;
mod damage;
mod kept;
mod side_by_side;

use std::path::Path;

use jiff::Timestamp;

use super::*;
use crate::action::Verb;
use crate::domain::{BackendName, IntentId, RolloutId, TenantId};
use crate::plan::types::{Call, Facts, Guard, Intent, Outcome, PlannedEffect, Receipt, Settlement, Step, StepRecord};

fn at(second: i64) -> Timestamp {
    "2026-12-08T22:14:05Z".parse::<Timestamp>().expect("a timestamp") + jiff::SignedDuration::from_secs(second)
}

fn who(pid: u32) -> Who {
    Who { os_user: "ops".into(), ssh_from: Some("192.0.2.7".into()), host: "jump-1".into(), person: None, pid }
}

fn open(dir: &Path, pid: u32) -> Journal {
    Journal::open(dir, who(pid), at(i64::from(pid))).expect("a journal")
}

fn intent(id: &str) -> Intent {
    Intent {
        remark: Some("CHG-4711\nsecond line".into()),
        ..Intent::new(IntentId::new(id), Verb::Resume, TenantId::new("acme"), RolloutId::new(BackendName::new("acme-hb"), "3"))
    }
}

fn facts() -> Facts {
    Facts {
        name: "".into(),
        native: "paused".into(),
        effect: PlannedEffect::BeginsNext { wave: "early".into(), ordinal: 2, hosts: 80 },
        hosts: 240,
        release: None,
        wave_states: [("71".to_owned(), "error".into())].into(),
        named: std::collections::BTreeSet::new(),
        own: std::collections::BTreeMap::new(),
        window: None,
    }
}

fn step(id: u32) -> Step {
    Step::Call(Call {
        id,
        intent: None,
        method: "POST".into(),
        path: "/rest/v1/rollouts/3/resume".into(),
        query: vec![("remark".into(), "ä".into())],
        body: Some(serde_json::json!({ "a": [1, null, "x"] })),
        hosts: Vec::new(),
        guard: Guard { native: Some("paused".into()) },
        deadline_seconds: 120,
        undo: Some("pause".into()),
    })
}

fn meant(id: &str) -> Entry {
    Entry::Intent {
        intent: Box::new(intent(id)),
        title: "Resume: wave 2 \"early\" starts, 80 hosts".into(),
        login: "lead".into(),
        steps: vec![
            step(1),
            Step::Await { condition: "running".into(), limit_seconds: 60, id: 0, path: String::new(), until: Vec::new() },
        ],
        rests_on: Box::new(facts()),
    }
}

fn sending(id: &str, number: u32) -> Entry {
    Entry::Sending { record: Box::new(StepRecord { intent: intent(id), step: step(number), facts: facts(), at: at(0) }) }
}

fn answered(id: &str, outcome: Outcome) -> Entry {
    Entry::Answered { intent: IntentId::new(id), receipt: Receipt { step: 1, outcome, made: None, told: None } }
}

fn settled(id: &str, settlement: Settlement) -> Entry {
    Entry::Settled { intent: IntentId::new(id), step: 1, settlement }
}

fn write(journal: &mut Journal, entries: &[Entry]) {
    for entry in entries {
        journal.append(at(1), entry).expect("a line written");
    }
}

fn ids(open: &[OpenIntent]) -> Vec<&str> {
    open.iter().map(|open| open.record.intent.id.raw()).collect()
}
