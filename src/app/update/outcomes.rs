//! What becomes of a confirmed intent: its way, its outcome, and the line of the activity that tells them.
//!
//! Nothing is sent from here, and no row of the board changes: only a later reading of the backend does that.

use crate::action::{Action, Verb};
use crate::app::effect::{Effect, Note};
use crate::app::message::Carried;
use crate::app::state::{ActivityLine, ActivityState, Dialog, InFlight, JournalSeat, Phase, Stage, State, Weight, push_line};
use crate::app::wanted::PAGE;
use crate::domain::{IntentId, Text};
use crate::plan::types::{Outcome, Rest, Settlement};

use super::verbs::{show, words};

/// News of an intent on its way.
pub fn carried(state: &mut State, intent: &IntentId, news: Carried, effects: &mut Vec<Effect>) {
    if let Carried::NotYet(words) = &news {
        return not_yet(state, intent, words);
    }
    state.dirty = true;
    match news {
        Carried::Phase(phase) => phase_of(state, intent, phase),
        Carried::Changed { mut plan, differences } => {
            state.carrying.remove(intent);
            plan.read_at = state.now.mono;
            if let Some(dialog) = state.plan_dialog(intent) {
                show(dialog, *plan, Stage::Changed(differences));
            } else {
                let told = format!("{}: nothing was sent, the facts changed: {}", plan.title, join(&differences));
                state.notice(Weight::Warn, told);
            }
        }
        Carried::Refused(refusal) => {
            let told = words(&refusal);
            if let Some((refused, _)) = state.carrying.get(intent).cloned() {
                effects.push(Effect::Note(Note::Refused { intent: refused, why: refusal.why.clone() }));
            }
            finish(state, intent, ActivityState::Refused, &told);
            match state.plan_dialog(intent) {
                Some(dialog) => dialog.stage = Stage::Refused { why: refusal.why, instead: refusal.instead },
                None => state.notice(Weight::Warn, format!("nothing was sent: {told}")),
            }
        }
        Carried::TakenBack => {
            let what = state.carrying.get(intent).map_or_else(String::new, |(_, title)| format!("{title}: "));
            finish(state, intent, ActivityState::Refused, "taken back before it was sent");
            state.notice(Weight::Info, format!("{what}taken back, nothing was sent"));
        }
        Carried::Answered(receipt) => {
            tried_again(state, intent);
            if let Outcome::Unknown(words) = &receipt.outcome {
                state.notice(Weight::Alert, format!("no answer that can be trusted ({words}); looking it up, not sending again"));
            }
        }
        Carried::Went { step, words } => {
            if let Some(line) = state.activity.iter_mut().find(|line| line.intent.as_ref() == Some(intent)) {
                line.found = Text::new(format!("step {step} is verified, the next one follows: {words}"));
                line.went.push(words);
                state.store.revision += 1;
            }
        }
        Carried::NotYet(_) => {}
        Carried::Left(rest) => left(state, intent, *rest),
        Carried::Settled(settlement) => settled(state, intent, &settlement),
        Carried::JournalBroken { words, sent } => {
            let told = if sent {
                "sent, but its outcome could not be written down"
            } else {
                "nothing was sent: the journal cannot be written"
            };
            state.notice(Weight::Alert, format!("{told}: {words}"));
            finish(state, intent, if sent { ActivityState::Unknown } else { ActivityState::Refused }, told);
            if !sent {
                close(state, intent);
            }
            state.journal = JournalSeat::Broken(words);
            super::arming::without_journal(state);
        }
    }
}

/// A look-up goes on, every second; the screen changes when its finding does.
fn not_yet(state: &mut State, intent: &IntentId, words: &Text) {
    let Some(line) = state.activity.iter_mut().find(|line| line.intent.as_ref() == Some(intent)) else { return };
    let found = line.with_rest(&format!("looked up: not there, and it may still come, so it is looked up again ({words})"));
    if line.found != found {
        line.found = found;
        state.store.revision += 1;
    }
}

/// A plan ended early: its line keeps what never left, and says how to take it up.
fn left(state: &mut State, intent: &IntentId, rest: Rest) {
    let hosts = rest.intent.hosts.len();
    let Some(line) = state.activity.iter_mut().find(|line| line.intent.as_ref() == Some(intent)) else { return };
    line.keep_rest(rest);
    state.store.revision += 1;
    let key = state.keymap.label(Action::Retry).unwrap_or_else(|| ":retry".to_owned());
    state.notice(Weight::Alert, format!("{hosts} hosts were not asked: {key} on its line of the activity takes them up"));
}

fn join(lines: &[Text]) -> String {
    lines.iter().map(Text::as_str).collect::<Vec<_>>().join("; ")
}

fn phase_of(state: &mut State, intent: &IntentId, phase: Phase) {
    if let Some(flight) = state.in_flight.get_mut(intent) {
        flight.phase = phase;
        return;
    }
    if phase != Phase::Sending {
        return;
    }
    // From here on it may have left: the dialog closes, and the row stays as the backend shows it.
    close(state, intent);
    let Some((sent, title)) = state.carrying.get(intent).cloned() else { return };
    if let Some(line) = state.activity.iter_mut().find(|line| line.intent.is_some() && line.intent == sent.rest_of) {
        line.rest_taken_up();
    }
    state.in_flight.insert(
        intent.clone(),
        InFlight {
            intent: intent.clone(),
            verb: sent.verb,
            tenant: sent.tenant.clone(),
            rollout: sent.rollout.clone(),
            phase,
            since: state.now.mono,
        },
    );
    let who = state.person.clone().unwrap_or_else(|| state.os_user.clone());
    push_line(
        &mut state.activity,
        ActivityLine {
            at: state.now.real,
            who,
            tenant: Some(sent.tenant),
            rollout: Some(sent.rollout),
            intent: Some(intent.clone()),
            what: title,
            state: ActivityState::Open,
            found: Text::new(phase.word()),
            elsewhere: false,
            rest: None,
            unsent: None,
            went: Vec::new(),
        },
    );
    state.store.revision += 1;
}

fn close(state: &mut State, intent: &IntentId) {
    state.dialogs.retain(|dialog| !matches!(dialog, Dialog::Plan(plan) if plan.intent.id == *intent));
}

fn settled(state: &mut State, intent: &IntentId, settlement: &Settlement) {
    let (line, weight) = match settlement {
        Settlement::Verified(_) => (ActivityState::Verified, Weight::Info),
        Settlement::Refused(_) => (ActivityState::Refused, Weight::Warn),
        Settlement::Superseded(_) => (ActivityState::Superseded, Weight::Warn),
        Settlement::NotThere(_) => (ActivityState::NotThere, Weight::Alert),
        Settlement::Unknown(_) => (ActivityState::Unknown, Weight::Alert),
    };
    let known = state.activity.iter().find(|known| known.intent.as_ref() == Some(intent));
    let what = known.map_or_else(String::new, |known| format!("{}: ", known.what));
    let unsent = known.and_then(|known| known.unsent.clone());
    let words = settlement.words();
    let found = match known.map_or(0, |known| known.went.len()) {
        0 => words.to_string(),
        // One line has no room for each; that of the activity has.
        before if known.is_some_and(|known| known.went.iter().any(|of| of != words && of != &known.went[0])) => {
            format!("of the last of {} calls: {words}; what was found of each stands in its line of the activity", before + 1)
        }
        _ => known.map_or_else(String::new, |known| known.of_every_call(words.as_str())),
    };
    finish(state, intent, line, settlement.words().as_str());
    match unsent {
        Some(unsent) => state.notice(Weight::Warn, format!("{what}{unsent}; {found}")),
        None => state.notice(weight, format!("{what}{}, {found}", settlement.word())),
    }
}

/// Its hosts may have new tries: what comes of them is read. The counters of their waves do not tell.
fn tried_again(state: &mut State, intent: &IntentId) {
    let Some((sent, _)) = state.carrying.get(intent).filter(|(sent, _)| matches!(sent.verb, Verb::Retry | Verb::RollBack)) else {
        return;
    };
    state.store.asked_again(&sent.rollout, &sent.hosts.iter().collect(), PAGE);
}

fn finish(state: &mut State, intent: &IntentId, to: ActivityState, found: &str) {
    tried_again(state, intent);
    if let Some(flight) = state.in_flight.remove(intent) {
        state.settled.insert(flight.rollout, state.now.mono);
    }
    state.carrying.remove(intent);
    if let Some(line) = state.activity.iter_mut().find(|line| line.intent.as_ref() == Some(intent)) {
        line.state = line.came_out(to);
        line.found = line.with_rest(&line.of_every_call(found));
    }
    state.store.revision += 1;
}
