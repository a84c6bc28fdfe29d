//! Verbs: the exact call each one is, and sending it once.
//!
//! It never sends a second time, whatever the answer. What became of an unknown one is `look_up`'s.

use std::time::Duration;

use super::{API, NOT_YET, rollout_path, states};
use crate::action::Verb;
use crate::backend::http::{Client, Outgoing, Sent};
use crate::backend::port::{Decision, Receipt, Refusal, Step};
use crate::domain::{IntentId, Text};
use crate::plan::types::{Call, Guard, Outcome, PlannedEffect};

/// Resume and advance do their work inside the request, 10 to 20 ms a host.
const DEADLINE_SECONDS: u32 = 120;
/// Longest remark that the server keeps, in characters.
const MAX_REMARK: usize = 255;

/// The one call that a decision is.
pub fn steps(decision: &Decision) -> Result<Vec<Step>, Refusal> {
    let (intent, survey) = (&decision.intent, &decision.survey);
    let native = survey.rollout.native.as_str();
    let Some(word) = states::call_word(intent.verb) else { return Err(Refusal::new(NOT_YET)) };
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

/// Sends the call, once.
pub async fn send(client: &Client, step: &Step) -> Receipt {
    let Step::Call(call) = step else {
        return Receipt {
            step: 0,
            outcome: Outcome::Refused("there is nothing to send in waiting".into()),
            made: None,
            told: None,
        };
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
    let sent = client.send(&outgoing).await;
    let (outcome, made) = match sent {
        Sent::Accepted(body) => (Outcome::Accepted, body.and_then(|body| made(&body))),
        Sent::Refused(failure) if failure.unsent => (Outcome::Refused(format!("not sent: {}", failure.trouble).into()), None),
        Sent::Refused(failure) => (Outcome::Refused(failure.trouble.to_string().into()), None),
        Sent::Unknown(failure) => {
            (Outcome::Unknown(format!("sent, and not known whether it was done: {}", failure.trouble).into()), None)
        }
    };
    Receipt { step: call.id, outcome, made, told: None }
}

/// The id of a thing that the call made.
fn made(body: &serde_json::Value) -> Option<Text> {
    body.get("id")?.as_i64().map(|id| id.to_string().into())
}
