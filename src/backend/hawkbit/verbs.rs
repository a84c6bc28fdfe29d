//! Verbs: the exact call each one is, and sending it once.
//!
//! It never sends a second time, whatever the answer. What became of an unknown one is `look_up`'s.

use std::time::Duration;

use super::{API, Hawkbit, NOT_YET, assign, rollback, rollout_path, states, wire};
use crate::action::Verb;
use crate::backend::http::{Outgoing, Read, Sent};
use crate::backend::port::{Decision, Receipt, Refusal, Step, Trouble};
use crate::domain::{IntentId, Text};
use crate::plan::types::{Call, Guard, Outcome, PlannedEffect};

/// Resume and advance do their work inside the request, 10 to 20 ms a host.
const DEADLINE_SECONDS: u32 = 120;
/// Between two readings of what a plan waits for.
const AGAIN: Duration = Duration::from_secs(1);
/// Longest remark that the server keeps, in characters.
const MAX_REMARK: usize = 255;

/// The calls that a decision is.
pub fn steps(decision: &Decision, batch: usize) -> Result<Vec<Step>, Refusal> {
    match decision.intent.verb {
        Verb::Retry if !decision.whole => return assign::again(decision, batch),
        Verb::RollBack => return rollback::steps(decision),
        _ => {}
    }
    let (intent, survey) = (&decision.intent, &decision.survey);
    let native = survey.rollout.native.as_str();
    let word = if intent.verb == Verb::Retry { Some("retry") } else { states::call_word(intent.verb) };
    let Some(word) = word else { return Err(Refusal::new(NOT_YET)) };
    if let Some(refusal) = states::refuses(intent.verb, native, &survey.rollout, &survey.waves) {
        return Err(refusal);
    }
    if !intent.hosts.is_empty() {
        return Err(Refusal::new("the server does this to a whole rollout, not to single hosts"));
    }
    let call = Call {
        id: 1,
        intent: Some(intent.id.clone()),
        method: "POST".into(),
        path: format!("{API}{}/{word}", rollout_path(&intent.rollout)),
        query: remark(intent.verb, intent.remark.as_ref())?,
        body: None,
        hosts: Vec::new(),
        guard: Guard { native: Some(survey.rollout.native.clone()) },
        deadline_seconds: DEADLINE_SECONDS,
        undo: undo(decision),
    };
    Ok(vec![Step::Call(call)])
}

/// Only approve and deny keep a remark.
fn remark(verb: Verb, remark: Option<&Text>) -> Result<Vec<(String, String)>, Refusal> {
    let Some(remark) = remark.filter(|remark| !remark.is_empty()) else { return Ok(Vec::new()) };
    if !matches!(verb, Verb::Approve | Verb::Deny) {
        return Ok(Vec::new());
    }
    let length = remark.as_str().chars().count();
    if length > MAX_REMARK {
        return Err(Refusal::new(format!("the remark has {length} characters, the server keeps {MAX_REMARK}")));
    }
    Ok(vec![("remark".to_owned(), remark.as_str().to_owned())])
}

/// What takes the effect back. Nothing takes back a wave that has begun, an approval, a refusal or a stop.
fn undo(decision: &Decision) -> Option<Text> {
    match (decision.intent.verb, &decision.effect) {
        (Verb::Pause, _) => Some("resume".into()),
        (Verb::Resume, PlannedEffect::GoesOn { .. }) => Some("pause".into()),
        _ => None,
    }
}

/// Sends a call, once; or reads until what a plan waits for has come.
pub async fn send(backend: &Hawkbit, step: &Step) -> Result<Receipt, Trouble> {
    let call = match step {
        Step::Call(call) => call,
        Step::Await { limit_seconds, id, path, until, .. } => return wait(backend, *id, path, until, *limit_seconds).await,
    };
    let deadline = Duration::from_secs(u64::from(call.deadline_seconds));
    let outgoing = Outgoing {
        method: call.method.as_str(),
        path: &call.path,
        query: &call.query,
        body: call.body.as_ref(),
        request_id: call.intent.as_ref().map(IntentId::raw),
        deadline,
    };
    let (mut made, mut told) = (None, None);
    let outcome = match backend.client.send(&outgoing).await {
        Sent::Accepted(body) => {
            made = body.as_ref().and_then(self::made);
            told = body.as_ref().filter(|_| assign::is_batch(&call.path)).and_then(|body| assign::told(call.hosts.len(), body));
            Outcome::Accepted
        }
        Sent::Refused(failure) if failure.unsent => Outcome::Refused(format!("not sent: {}", failure.trouble).into()),
        Sent::Refused(failure) => Outcome::Refused(failure.trouble.to_string().into()),
        Sent::Unknown(failure) => {
            Outcome::Unknown(format!("sent, and not known whether it was done: {}", failure.trouble).into())
        }
    };
    Ok(Receipt { step: call.id, outcome, made, told })
}

/// Reads the rollout at `path` until it is in one of these states. It sends nothing.
async fn wait(backend: &Hawkbit, id: u32, path: &str, until: &[Text], limit_seconds: u32) -> Result<Receipt, Trouble> {
    let end = tokio::time::Instant::now() + Duration::from_secs(u64::from(limit_seconds));
    let below = path.strip_prefix(API).unwrap_or(path);
    loop {
        let read: Read<wire::Rollout> = backend.get(below, &[]).await?;
        let native = read.value.and_then(|rollout| rollout.status.clone()).unwrap_or_default();
        let there = until.iter().any(|word| word.as_str() == native);
        let filling = matches!(native.as_str(), "creating" | "starting" | "");
        if there || !filling || tokio::time::Instant::now() >= end {
            let outcome = if there {
                Outcome::Accepted
            } else {
                let wanted: Vec<&str> = until.iter().map(Text::as_str).collect();
                Outcome::Refused(format!("it is {native}, and this waits for {}", wanted.join(" or ")).into())
            };
            return Ok(Receipt { step: id, outcome, made: None, told: None });
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The id of a thing that the call made.
fn made(body: &serde_json::Value) -> Option<Text> {
    body.get("id")?.as_i64().map(|id| id.to_string().into())
}
