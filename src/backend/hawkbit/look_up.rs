//! What became of a verb: one reading of the rollout and its waves, held against what stood before it was sent.
//!
//! It sends nothing and repeats nothing. The server keeps no record of calls, so who made an effect is often open, and said.

use super::{Hawkbit, assign, board, retry, waves};
use crate::action::Verb;
use crate::backend::port::{Settlement, Step, StepRecord, Trouble};
use crate::domain::{Rollout, RolloutId, RolloutState, Text, Wave};
use crate::plan::types::Call;

pub async fn of(backend: &Hawkbit, record: &StepRecord) -> Result<Settlement, Trouble> {
    if let Step::Call(call) = &record.step
        && matches!(record.intent.verb, Verb::Retry | Verb::RollBack)
    {
        return about_hosts(backend, record, call).await;
    }
    let id = &record.intent.rollout;
    let (one, waves) = futures::join!(board::one(backend, id), waves::of(backend, id));
    let rollout = match one.map_err(Trouble::from) {
        Ok((rollout, _)) => rollout,
        Err(Trouble::NotFound(_)) => {
            return Ok(Settlement::Superseded("the server knows the rollout no more: it has been deleted".into()));
        }
        Err(trouble) => return Err(trouble),
    };
    let mut waves = waves?;
    Wave::settle_stopped(&rollout.state, &mut waves);
    Ok(settle(record, &rollout, &waves))
}

/// What became of a call of a retry or a rollback: jobs of hosts, a new rollout, or a verb on one that the plan made.
async fn about_hosts(backend: &Hawkbit, record: &StepRecord, call: &Call) -> Result<Settlement, Trouble> {
    if assign::is_batch(&call.path) {
        return assign::look_up(backend, record, call).await;
    }
    if let Some(name) = call.body.as_ref().and_then(|body| body.get("name")).and_then(serde_json::Value::as_str) {
        return made(backend, name).await;
    }
    let Some((path, verb)) = call.path.rsplit_once('/') else {
        return Ok(Settlement::Unknown("the call is none of ours".into()));
    };
    let native = path.rsplit('/').next().unwrap_or_default();
    if verb == "retry" {
        let (source, _) = board::one(backend, &record.intent.rollout).await?;
        return made(backend, &retry::name_of(&source)).await;
    }
    let (rollout, _) = board::one(backend, &RolloutId::new(backend.name.clone(), native)).await?;
    let words = |what: &str| Text::new(format!("{what}; the server shows \"{}\" {}", rollout.name, rollout.native));
    Ok(match (verb, &rollout.state) {
        ("approve", RolloutState::WaitsForYou) => Settlement::NotThere(words("it still waits for an approval")),
        ("approve", RolloutState::Declined) => Settlement::Superseded(words("somebody declined it")),
        ("approve", _) => Settlement::Verified(words("it is approved")),
        ("start", RolloutState::NotBegun | RolloutState::WaitsForYou) => Settlement::NotThere(words("it has not begun")),
        ("start", RolloutState::Stopping | RolloutState::Stopped) => Settlement::Superseded(words("it has been stopped since")),
        ("start", RolloutState::Unknown | RolloutState::Declined) => Settlement::Unknown(words("the state tells nothing")),
        ("start", _) => Settlement::Verified(words("it has begun")),
        _ => Settlement::Unknown(words("the call is none of ours")),
    })
}

async fn made(backend: &Hawkbit, name: &str) -> Result<Settlement, Trouble> {
    Ok(match retry::by_name(backend, name).await? {
        Some(found) => {
            let hosts = found.counts.map_or_else(String::new, |counts| format!(", {} hosts", counts.total));
            Settlement::Verified(format!("rollout #{} \"{name}\" is there: {}{hosts}", found.id.raw(), found.native).into())
        }
        None => Settlement::NotThere(format!("the server has no rollout \"{name}\"").into()),
    })
}

/// Judges a reading. Pure.
pub fn settle(record: &StepRecord, rollout: &Rollout, waves: &[Wave]) -> Settlement {
    let begun = begun_since(record, waves);
    let reading = Reading { record, rollout, present: present(rollout, waves), begun };
    match record.intent.verb {
        Verb::Approve => reading.decision(true),
        Verb::Deny => reading.decision(false),
        Verb::Start => reading.start(),
        Verb::Pause => reading.pause(),
        Verb::Resume => reading.resume(),
        Verb::Advance => reading.advance(),
        Verb::Stop => reading.stop(),
        Verb::Retry | Verb::RollBack | Verb::CatchUp | Verb::DryRun => {
            Settlement::Unknown(format!("{}; {}", super::NOT_YET, reading.present).into())
        }
    }
}

struct Reading<'a> {
    record: &'a StepRecord,
    rollout: &'a Rollout,
    /// `the server shows running, wave 2 "early" running, 8 of 14 ended`
    present: String,
    /// Names of waves that had not begun before and have now.
    begun: Vec<String>,
}

impl Reading<'_> {
    fn words(&self, what: &str) -> Text {
        format!("{what}; {}", self.present).into()
    }

    fn decision(&self, approve: bool) -> Settlement {
        let (verb, state) = if approve { ("approved", "ready") } else { ("declined", "approval_denied") };
        let approval = &self.rollout.approval;
        let native = self.rollout.native.as_str();
        if native == "waiting_for_approval" {
            return Settlement::NotThere(self.words("it still waits for an approval"));
        }
        let Some(by) = &approval.by else {
            return Settlement::Superseded(self.words("nobody is named as having decided"));
        };
        let sent = self.record.intent.remark.as_ref().filter(|remark| !remark.is_empty());
        if sent.is_some() && sent != approval.remark.as_ref() {
            let remark = approval.remark.as_ref().map_or("no remark".to_owned(), |it| format!("the remark \"{it}\""));
            return Settlement::Superseded(self.words(&format!("{by} decided with {remark}, not with ours")));
        }
        let declined = native == "approval_denied";
        let ended = matches!(self.rollout.state, RolloutState::Stopping | RolloutState::Stopped);
        if declined == approve && (declined || !ended) {
            return Settlement::Superseded(self.words(&format!("{by} decided the other way")));
        }
        if ended && sent.is_none() {
            return Settlement::Unknown(self.words(&format!("{by} decided, and it has been stopped since")));
        }
        let moved = if native == state { String::new() } else { ", and it has moved on".to_owned() };
        Settlement::Verified(self.words(&format!("{verb} by {by}{moved}")))
    }

    fn start(&self) -> Settlement {
        match &self.rollout.state {
            RolloutState::NotBegun => Settlement::NotThere(self.words("it has not begun")),
            RolloutState::Starting | RolloutState::Running => Settlement::Verified(self.words("it has begun")),
            RolloutState::Paused(_) | RolloutState::Finished => {
                Settlement::Verified(self.words("it has begun, and has moved on"))
            }
            RolloutState::Stopping | RolloutState::Stopped => {
                Settlement::Superseded(self.words("it has been stopped since, and the server does not say whether it began"))
            }
            _ => Settlement::Unknown(self.words("the state tells nothing about a start")),
        }
    }

    fn pause(&self) -> Settlement {
        match &self.rollout.state {
            RolloutState::Paused(_) => Settlement::Verified(self.words("it is paused; the server does not say by whom")),
            RolloutState::Running | RolloutState::Starting => Settlement::NotThere(self.words("it is not paused")),
            RolloutState::Finished | RolloutState::Stopping | RolloutState::Stopped => {
                Settlement::Superseded(self.words("it has ended"))
            }
            _ => Settlement::Unknown(self.words("the state tells nothing about a pause")),
        }
    }

    fn resume(&self) -> Settlement {
        let began = self.began();
        match &self.rollout.state {
            RolloutState::Paused(_) if self.begun.is_empty() => {
                Settlement::NotThere(self.words("it is paused, and no further wave has begun"))
            }
            RolloutState::Paused(_) => Settlement::Verified(self.words(&format!("{began}, and it has paused again"))),
            RolloutState::Running => Settlement::Verified(self.words(&began)),
            RolloutState::Finished => Settlement::Verified(self.words(&format!("{began}, and it has finished since"))),
            RolloutState::Stopping | RolloutState::Stopped => Settlement::Superseded(self.words("it has been stopped since")),
            _ => Settlement::Unknown(self.words("the state tells nothing about a resume")),
        }
    }

    fn advance(&self) -> Settlement {
        match (&self.rollout.state, self.begun.is_empty()) {
            // A stopped rollout says of all its waves that they ended, so that nothing can be read from them.
            (RolloutState::Stopping | RolloutState::Stopped, _) => {
                Settlement::Superseded(self.words("it has been stopped since, and the server does not say which waves began"))
            }
            (_, false) => {
                let words = format!("{}; the server does not say whether by this call or by its own gate", self.began());
                Settlement::Verified(self.words(&words))
            }
            (RolloutState::Running, true) => Settlement::NotThere(self.words("no further wave has begun")),
            (RolloutState::Paused(_) | RolloutState::Finished, true) => {
                Settlement::Superseded(self.words("no further wave has begun, and it runs no more"))
            }
            _ => Settlement::Unknown(self.words("the state tells nothing about the next wave")),
        }
    }

    fn stop(&self) -> Settlement {
        match &self.rollout.state {
            RolloutState::Stopped => Settlement::Verified(self.words("it is stopped")),
            RolloutState::Stopping => Settlement::Verified(self.words("it is being stopped")),
            RolloutState::Finished => Settlement::Superseded(self.words("it finished before")),
            RolloutState::Unknown => Settlement::Unknown(self.words("the state word is not known")),
            _ => Settlement::NotThere(self.words("it is not stopped")),
        }
    }

    fn began(&self) -> String {
        if self.begun.is_empty() {
            "it runs again, and no further wave has begun".to_owned()
        } else {
            format!("{} began", self.begun.join(", "))
        }
    }
}

/// Words of the state that a wave had before, under which it had not begun.
const NOT_BEGUN: &[&str] = &["creating", "ready", "scheduled", "preparing", "not begun", "not_begun"];

/// Waves that had not begun when the step was recorded, and have now.
fn begun_since(record: &StepRecord, waves: &[Wave]) -> Vec<String> {
    let before = |wave: &Wave| {
        let states = &record.facts.wave_states;
        states.get(wave.id.raw()).or_else(|| states.get(wave.name.as_str()))
    };
    waves
        .iter()
        .filter(|wave| wave.state.has_begun())
        .filter(|wave| before(wave).is_some_and(|state| NOT_BEGUN.contains(&state.as_str())))
        .map(label)
        .collect()
}

fn label(wave: &Wave) -> String {
    format!("wave {} \"{}\"", wave.ordinal, wave.name)
}

fn present(rollout: &Rollout, waves: &[Wave]) -> String {
    let words = format!("the server shows {}", rollout.native);
    if let Some(wave) = waves.iter().rfind(|wave| wave.state.has_begun()) {
        let counts = &wave.counts;
        let (ended, total) = (counts.settled(), counts.total);
        return format!("{words}, {} {}, {ended} of {total} hosts ended", label(wave), wave.native);
    }
    words
}

#[cfg(test)]
mod tests;
