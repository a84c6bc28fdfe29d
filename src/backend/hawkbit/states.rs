//! What the server's state words mean, and which verb it takes in which state. Pure tables.
//!
//! The server's own links say nothing about what is possible (they are always there), so this is the only table there is.

use crate::action::Verb;
use crate::domain::{Counts, HostState, PausedBy, Rollout, RolloutState, Wave, WaveState};
use crate::plan::types::Refusal;

/// A rollout's state. Who paused it is not in the list: the waves tell.
pub fn rollout_state(native: &str) -> RolloutState {
    match native {
        "creating" => RolloutState::Preparing,
        "waiting_for_approval" => RolloutState::WaitsForYou,
        "approval_denied" => RolloutState::Declined,
        "ready" => RolloutState::NotBegun,
        "starting" => RolloutState::Starting,
        "running" => RolloutState::Running,
        "paused" => RolloutState::Paused(PausedBy::NotKnown),
        "stopping" | "deleting" => RolloutState::Stopping,
        "stopped" | "deleted" => RolloutState::Stopped,
        "finished" => RolloutState::Finished,
        _ => RolloutState::Unknown,
    }
}

/// A wave's state. A stopped rollout says `finished` of all its waves; one with hosts that never began was stopped.
pub fn wave_state(native: &str, counts: &Counts) -> WaveState {
    match native {
        "creating" => WaveState::Preparing,
        "ready" | "scheduled" => WaveState::NotBegun,
        "running" => WaveState::Running,
        "finished" if counts.waiting > 0 => WaveState::Stopped,
        "finished" => WaveState::Done,
        "error" => WaveState::OverLimit,
        _ => WaveState::Unknown,
    }
}

/// The state of one host's job. `running` means told and not fetched yet; progress is not in the state at all.
pub fn host_state(native: &str) -> HostState {
    match native {
        "scheduled" => HostState::Waiting,
        "running" => HostState::NotFetched,
        "retrieved" | "download" | "downloaded" | "warning" | "cancel_rejected" => HostState::AtWork,
        "wait_for_confirmation" => HostState::NeedsConfirmation,
        "canceling" => HostState::Cancelling,
        "canceled" => HostState::Cancelled,
        "finished" => HostState::Done,
        "error" => HostState::Failed,
        _ => HostState::Unknown,
    }
}

/// What a target's own standing says of it. `pending` may be waiting or at work, so it says neither.
pub fn standing_state(update_status: &str) -> HostState {
    match update_status {
        "error" => HostState::Failed,
        "in_sync" => HostState::Done,
        _ => HostState::Unknown,
    }
}

/// The word in the address of a verb; none for what has no call of its own.
pub fn call_word(verb: Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::Approve => "approve",
        Verb::Deny => "deny",
        Verb::Start => "start",
        Verb::Pause => "pause",
        Verb::Resume => "resume",
        Verb::Advance => "triggerNextGroup",
        Verb::Stop => "stop",
        Verb::Retry | Verb::RollBack | Verb::CatchUp | Verb::DryRun => return None,
    })
}

/// Why the server would refuse `verb` on a rollout in state `native`; None if it would take it.
pub fn refuses(verb: Verb, native: &str, rollout: &Rollout, waves: &[Wave]) -> Option<Refusal> {
    let why = match (verb, native) {
        (Verb::Approve | Verb::Deny, "waiting_for_approval")
        | (Verb::Start, "ready")
        | (Verb::Pause, "running")
        | (Verb::Resume, "paused")
        | (Verb::Stop, "creating" | "ready" | "waiting_for_approval" | "starting" | "running" | "paused" | "approval_denied") => {
            return None;
        }
        (Verb::Advance, "running") => return no_wave_left(waves),
        (Verb::Retry, "finished") => return None,
        (Verb::CatchUp | Verb::DryRun, _) => return Some(Refusal::new(super::NOT_YET)),
        (Verb::Approve | Verb::Deny | Verb::Start, "creating") => still_preparing(),
        (Verb::Approve | Verb::Deny, "approval_denied") => Refusal::new("it was declined, and that is final").instead("stop"),
        (Verb::Approve | Verb::Deny, "ready") => Refusal::new(decided(rollout)).instead("start"),
        (Verb::Approve | Verb::Deny, _) => Refusal::new(format!("nothing waits for an approval; it is {native}")),
        (Verb::Start, "waiting_for_approval") => Refusal::new("it waits for an approval first").instead("approve"),
        (Verb::Start, "starting" | "running") => Refusal::new(format!("it has begun already; it is {native}")),
        (Verb::Start | Verb::Pause, "paused") => Refusal::new("it is paused already").instead("resume"),
        (Verb::Pause, "starting") => {
            Refusal::new("it is still starting; the server pauses only what is running").instead("try again in some seconds")
        }
        (Verb::Pause, "finished") if rollout.at_work() > 0 => Refusal::new(format!(
            "it is finished; {} hosts are still at work and the server has no way to hold them",
            rollout.at_work()
        )),
        (Verb::Resume, "running") => Refusal::new("it is running already"),
        (Verb::Advance, "paused") => Refusal::new("it is paused").instead("resume"),
        (Verb::Stop, "finished") if rollout.at_work() > 0 => Refusal::new(format!(
            "the server takes no stop of a finished rollout, though {} hosts are still at work",
            rollout.at_work()
        ))
        .instead("cancel the hosts one by one at the server"),
        (Verb::Stop, "stopping" | "stopped") => Refusal::new(format!("it is {native} already")),
        (verb, native) => Refusal::new(format!("the server takes no {} of a rollout that is {native}", verb.word())),
    };
    Some(why)
}

fn still_preparing() -> Refusal {
    Refusal::new("the server is still filling its waves").instead("try again in some seconds")
}

fn decided(rollout: &Rollout) -> String {
    match &rollout.approval.by {
        Some(by) => format!("it is approved already, by {by}"),
        None => "it needs no approval".to_owned(),
    }
}

fn no_wave_left(waves: &[Wave]) -> Option<Refusal> {
    let left = waves.iter().any(|wave| wave.state == WaveState::NotBegun);
    (!left).then(|| Refusal::new("no wave is left to begin"))
}

#[cfg(test)]
mod tests;
