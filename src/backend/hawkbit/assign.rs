//! Assigning a release to named hosts, a batch a call; and what became of a batch, host by host.
//!
//! The server drops ids that it does not know without a word, so that every answer is held against what was sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::named::{self, Job};
use super::{API, Hawkbit};
use crate::backend::http::address::encode;
use crate::backend::port::{Decision, Refusal, Settlement, Step, StepRecord, Trouble};
use crate::domain::Text;
use crate::plan::types::{Call, Guard};

/// Hosts in one call. The server takes 5 000, and 20 ms for each inside the call: this many answer within ten seconds.
pub const BATCH: usize = 500;
/// A batch may take this long on a busy server.
const DEADLINE_SECONDS: u32 = 120;
/// Hosts named one by one in words; the rest is counted.
const NAMED: usize = 8;

/// The calls that assign the rollout's release again.
pub fn again(decision: &Decision, batch: usize) -> Result<Vec<Step>, Refusal> {
    let release = decision.survey.rollout.release.as_ref().filter(|release| !release.native.is_empty());
    let Some(release) = release else {
        return Err(Refusal::new("the rollout names no release that could be assigned again"));
    };
    let kind = decision.survey.own.get("kind").map_or("forced", String::as_str);
    let hosts: Vec<&str> = decision.reached().map(|judged| judged.host.raw()).collect();
    let calls = hosts.chunks(batch.max(1)).zip(1_u32..).map(|(hosts, id)| {
        let body = hosts.iter().map(|host| json!({ "id": host, "type": kind })).collect();
        Step::Call(Call {
            id,
            intent: Some(decision.intent.id.clone()),
            method: "POST".into(),
            path: format!("{API}/distributionsets/{}/assignedTargets", encode(release.native.as_str())),
            query: Vec::new(),
            body: Some(Value::Array(body)),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            guard: Guard::default(),
            deadline_seconds: DEADLINE_SECONDS,
            undo: None,
        })
    });
    Ok(calls.collect())
}

/// What the answer to a batch says, held against the number that was sent.
pub fn told(sent: usize, body: &Value) -> Option<Text> {
    let figure = |key: &str| body.get(key).and_then(Value::as_u64);
    let (made, already) = (figure("assigned")?, figure("alreadyAssigned")?);
    let mut words = format!("{made} of {sent} have a new job");
    if already > 0 {
        let _ = write!(words, ", {already} had it assigned already");
    }
    let missing = (sent as u64).saturating_sub(made + already);
    if missing > 0 {
        let _ = write!(words, ", {missing} dropped without a word");
    }
    Some(words.into())
}

/// Whether a call is one of these.
pub fn is_batch(path: &str) -> bool {
    path.ends_with("/assignedTargets")
}

/// What became of a batch: the jobs that came after the facts were read, and those that did not.
pub async fn look_up(backend: &Hawkbit, record: &StepRecord, call: &Call) -> Result<Settlement, Trouble> {
    let Some(mark) = record.facts.own.get("mark").and_then(|mark| mark.parse::<i64>().ok()) else {
        return Ok(Settlement::Unknown("what stood before it was not written down".into()));
    };
    let sent: BTreeSet<String> = call.hosts.iter().cloned().collect();
    let release = call.path.rsplit('/').nth(1).unwrap_or_default();
    let after = |_: &str| format!("id=gt={mark};distributionset.id=={release}");
    let jobs = named::of_hosts(backend, &sent, after).await?;
    let mut newest: BTreeMap<&str, &Job> = BTreeMap::new();
    for job in &jobs {
        newest.insert(&job.host, job);
    }
    let without: BTreeSet<String> = sent.iter().filter(|host| !newest.contains_key(host.as_str())).cloned().collect();
    let known = if without.is_empty() { BTreeSet::new() } else { named::targets(backend, &without, "").await? };
    Ok(settled(&sent, &newest, &without, &known))
}

fn settled(
    sent: &BTreeSet<String>,
    newest: &BTreeMap<&str, &Job>,
    without: &BTreeSet<String>,
    known: &BTreeSet<String>,
) -> Settlement {
    let mut words = format!("{} of {} hosts have a new job", newest.len(), sent.len());
    let mut by_status: BTreeMap<&str, u32> = BTreeMap::new();
    for job in newest.values() {
        *by_status.entry(&job.status).or_default() += 1;
    }
    let told: Vec<String> = by_status.iter().map(|(status, number)| format!("{number} {status}")).collect();
    if !told.is_empty() {
        let _ = write!(words, " ({})", told.join(", "));
    }
    let list = |hosts: Vec<&String>| {
        let named: Vec<&str> = hosts.iter().take(NAMED).map(|host| host.as_str()).collect();
        let more = hosts.len().saturating_sub(NAMED);
        if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
    };
    let strange: Vec<&String> = without.difference(known).collect();
    if !strange.is_empty() {
        let _ = write!(words, "; not known to the server: {}", list(strange));
    }
    let left: Vec<&String> = without.intersection(known).collect();
    if left.is_empty() {
        return if newest.is_empty() { Settlement::NotThere(words.into()) } else { Settlement::Verified(words.into()) };
    }
    let _ = write!(words, "; no new job: {}", list(left));
    // Said of a lost answer too: while the server may still be at work on it, it is asked again.
    Settlement::NotThere(words.into())
}

#[cfg(test)]
mod tests;
