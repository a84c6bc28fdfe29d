//! From a verb key to a dialog, and from `y` to what became of it. Nothing is sent from here.

use crate::action::{Danger, Verb};
use crate::app::effect::{Effect, Note};
use crate::app::message::Carried;
use crate::app::state::{
    ActivityLine, ActivityState, BulkDialog, BulkLine, Dialog, InFlight, Input, JournalSeat, NameDialog, Phase, Place,
    PlanDialog, RowId, Stage, State, Weight, push_line,
};
use crate::backend::port::Right;
use crate::domain::{IntentId, Rollout, RolloutId, Text, WaveId};
use crate::plan::states;
use crate::plan::tenant::{Candidate, pause_tenant as sort_out};
use crate::plan::types::{ActionPlan, Ask, Capability, Context, Intent, Outcome, Refusal, Settlement};

/// A verb was asked for, on the selected thing and on nothing else.
pub fn ask(state: &mut State, verb: Verb, effects: &mut Vec<Effect>) {
    let Some((id, wave)) = subject(state) else {
        state.notice(Weight::Info, format!("nothing is selected to {}", verb.word()));
        return;
    };
    let Some(rollout) = state.store.entry(&id).map(|entry| entry.rollout.value.clone()) else {
        state.notice(Weight::Warn, "this rollout is not on the board any more");
        return;
    };
    if let Err(words) = may_begin(state, verb, &rollout) {
        state.notice(Weight::Warn, words);
        return;
    }
    let arms = !state.is_armed(&rollout.tenant);
    let (intent, context) = intent(state, verb, &rollout, wave);
    effects.push(Effect::Plan { intent: intent.clone(), context: context.clone() });
    state.dialogs.push(Dialog::Plan(Box::new(PlanDialog {
        intent,
        context,
        rollout_name: rollout.name.clone(),
        stage: Stage::Reading,
        plan: None,
        answers: Vec::new(),
        field: 0,
        arms,
        drawn: false,
        scroll: 0,
        opened: state.now.mono,
    })));
    ask_name(state);
}

/// What a verb pressed here is about.
fn subject(state: &State) -> Option<(RolloutId, Option<WaveId>)> {
    match state.place() {
        Place::Rollout(id) => {
            let wave = match state.selected() {
                Some(RowId::Wave(wave)) => Some(wave.clone()),
                _ => None,
            };
            Some((id.clone(), wave))
        }
        Place::Wave(wave) => Some((wave.rollout.clone(), Some(wave.clone()))),
        Place::Board | Place::Approvals => match state.selected()? {
            RowId::Rollout(id) => Some((id.clone(), None)),
            _ => None,
        },
        Place::Host(_) | Place::Activity | Place::Backends | Place::Found => None,
    }
}

/// Every reason that needs no network to refuse.
fn may_begin(state: &State, verb: Verb, rollout: &Rollout) -> Result<(), String> {
    let backend = &rollout.id.backend;
    let capability = state.descriptors.get(backend).map(|descriptor| descriptor.capability(verb));
    if let Some(Capability::Unsupported(why)) = capability {
        return Err(format!("{} cannot {} here: {why}", backend, verb.word()));
    }
    if let JournalSeat::Broken(words) = &state.journal {
        return Err(format!("no action without a journal: {words}"));
    }
    if state.journal == JournalSeat::Opening {
        return Err("the journal is still being opened; press again".to_owned());
    }
    if verb.danger() == Danger::Changes && !state.is_armed(&rollout.tenant) {
        let key = state.keymap.label(crate::action::Action::Arm).unwrap_or_else(|| ":arm".to_owned());
        return Err(match &state.armed {
            Some(armed) => format!("{} is armed, and this is {}; {key} disarms", armed.tenant, rollout.tenant),
            None => format!("look only: {key} arms {}", rollout.tenant),
        });
    }
    if let Some(Right::No(why)) = state.identities.get(backend).and_then(|identity| identity.rights.get(&verb)) {
        return Err(format!("this login may not {}: {why}", verb.word()));
    }
    let age = state.store.entry(&rollout.id).map(|entry| entry.rollout.age(&state.now)).unwrap_or_default();
    if age > crate::domain::fresh::LIVE {
        let key = state.keymap.label(crate::action::Action::Refresh).unwrap_or_else(|| ":refresh".to_owned());
        return Err(format!("this row was read {} s ago: too old to act on; {key} reads it again", age.as_secs()));
    }
    if let Some(flight) = state.in_flight.values().find(|flight| flight.rollout == rollout.id) {
        return Err(format!("{} of this rollout is still on its way: {}", flight.verb.word(), flight.phase.word()));
    }
    states::takes(verb, rollout).map_err(|refusal| words(&refusal))
}

fn words(refusal: &Refusal) -> String {
    match &refusal.instead {
        Some(instead) => format!("{}; {instead}", refusal.why),
        None => refusal.why.to_string(),
    }
}

fn intent(state: &mut State, verb: Verb, rollout: &Rollout, wave: Option<WaveId>) -> (Intent, Context) {
    state.intents += 1;
    let second = state.now.real.strftime("%Y%m%dT%H%M%SZ");
    let intent = Intent {
        id: IntentId::new(format!("{second}-{}-{}", state.seat, state.intents)),
        verb,
        tenant: rollout.tenant.clone(),
        rollout: rollout.id.clone(),
        wave,
        hosts: Vec::new(),
        remark: None,
    };
    let descriptor = state.descriptors.get(&rollout.id.backend);
    let context = Context {
        seen: Some(rollout.clone()),
        seen_age: state.store.entry(&rollout.id).map(|entry| entry.rollout.age(&state.now)),
        capability: descriptor.map_or_else(
            || Capability::Unsupported(Text::new("this connection is not in the config")),
            |known| known.capability(verb),
        ),
        civil: state.now.civil,
    };
    (intent, context)
}

/// A shared login does not say who acts: the name is asked once, before the first action.
fn ask_name(state: &mut State) {
    if state.shared_login && state.person.is_none() {
        state.dialogs.push(Dialog::Name(NameDialog::default()));
    }
}

/// `P`: every rollout of the selected row's tenant that takes a pause, each with its own call.
pub fn pause_tenant(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(tenant) = super::arming::tenant_here(state) else {
        state.notice(Weight::Info, "no tenant is selected");
        return;
    };
    if state.journal != JournalSeat::Ready {
        state.notice(Weight::Alert, "no action without a journal");
        return;
    }
    let entries: Vec<Rollout> =
        state.store.board().iter().map(|entry| entry.rollout.value.clone()).filter(|rollout| rollout.tenant == tenant).collect();
    let candidates: Vec<Candidate<'_>> = entries
        .iter()
        .map(|rollout| Candidate {
            rollout,
            capability: state.descriptors.get(&rollout.id.backend).map_or_else(
                || Capability::Unsupported(Text::new("not connected")),
                |descriptor| descriptor.capability(Verb::Pause),
            ),
            may_not: state.identities.get(&rollout.id.backend).and_then(|identity| match identity.rights.get(&Verb::Pause) {
                Some(Right::No(why)) => Some(why.clone()),
                _ => None,
            }),
        })
        .collect();
    let sorted = sort_out(&candidates);
    let mut lines = Vec::new();
    for can in &sorted.can {
        let Some(rollout) = entries.iter().find(|rollout| rollout.id == can.rollout) else { continue };
        let (intent, context) = intent(state, Verb::Pause, rollout, None);
        effects.push(Effect::Plan { intent: intent.clone(), context: context.clone() });
        lines.push(BulkLine { rollout: rollout.id.clone(), name: rollout.name.clone(), plan: None, context, intent, said: None });
    }
    let arms = !state.is_armed(&tenant);
    let cannot = sorted.cannot.into_iter().map(|line| (line.name, line.why)).collect();
    let reading = lines.len();
    state.dialogs.push(Dialog::Bulk(Box::new(BulkDialog { tenant, lines, cannot, reading, arms, drawn: false, scroll: 0 })));
    ask_name(state);
}

/// The facts were read and the plan is made; or there is none, in words.
pub fn planned(state: &mut State, intent: &IntentId, result: Result<Box<ActionPlan>, Refusal>) {
    state.dirty = true;
    for dialog in &mut state.dialogs {
        let Dialog::Bulk(bulk) = dialog else { continue };
        let Some(line) = bulk.lines.iter_mut().find(|line| line.intent.id == *intent) else { continue };
        match result {
            Ok(plan) => line.plan = Some(*plan),
            Err(refusal) => line.said = Some(Text::new(words(&refusal))),
        }
        bulk.reading = bulk.reading.saturating_sub(1);
        bulk.drawn = false;
        return;
    }
    let Some(dialog) = state.plan_dialog(intent) else { return };
    match result {
        Ok(plan) => show(dialog, *plan, Stage::Ready),
        Err(refusal) => dialog.stage = Stage::Refused { why: refusal.why, instead: refusal.instead },
    }
}

/// Puts a plan into its dialog. Answers that were given stay; optional questions are not in the way.
fn show(dialog: &mut PlanDialog, plan: ActionPlan, stage: Stage) {
    dialog.answers.resize_with(plan.asks.len(), Input::default);
    dialog.answers.truncate(plan.asks.len());
    dialog.plan = Some(plan);
    dialog.stage = stage;
    dialog.drawn = false;
    dialog.scroll = 0;
    let first = (0..dialog.asks().len()).find(|at| !dialog.answered(*at));
    dialog.field = first.unwrap_or(dialog.asks().len());
}

/// `y` in a dialog of one verb.
pub fn send(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Dialog::Plan(dialog)) = state.dialogs.last_mut() else { return };
    if !dialog.may_send() {
        return;
    }
    let Some(mut plan) = dialog.plan.clone() else { return };
    plan.intent.remark = remark(dialog);
    dialog.intent.remark.clone_from(&plan.intent.remark);
    dialog.stage = Stage::ReadingAgain;
    let (tenant, arms, context) = (dialog.intent.tenant.clone(), dialog.arms, dialog.context.clone());
    if arms {
        super::arming::arm(state, tenant, effects);
    }
    carry(state, plan, context, effects);
}

/// Sends a plan on its way, and remembers its title for news that come when the dialog is gone.
fn carry(state: &mut State, plan: ActionPlan, context: Context, effects: &mut Vec<Effect>) {
    state.carrying.insert(plan.intent.id.clone(), (plan.intent.clone(), plan.title.clone()));
    effects.push(Effect::Carry { plan: Box::new(plan), context });
}

fn remark(dialog: &PlanDialog) -> Option<Text> {
    let said = dialog.asks().iter().zip(&dialog.answers).find(|(ask, _)| matches!(ask, Ask::Remark { .. }));
    said.map(|(_, answer)| answer.value().trim()).filter(|said| !said.is_empty()).map(Text::new)
}

/// `y` in the dialog that pauses everything of a tenant.
pub fn send_all(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Dialog::Bulk(dialog)) = state.dialogs.last() else { return };
    if !dialog.may_send() {
        return;
    }
    let (tenant, arms) = (dialog.tenant.clone(), dialog.arms);
    let lines: Vec<(ActionPlan, Context)> =
        dialog.lines.iter().filter_map(|line| Some((line.plan.clone()?, line.context.clone()))).collect();
    state.dialogs.pop();
    if arms {
        super::arming::arm(state, tenant, effects);
    }
    for (plan, context) in lines {
        carry(state, plan, context, effects);
    }
}

/// News of an intent on its way.
pub fn carried(state: &mut State, intent: &IntentId, news: Carried, effects: &mut Vec<Effect>) {
    state.dirty = true;
    match news {
        Carried::Phase(phase) => phase_of(state, intent, phase),
        Carried::Changed { plan, differences } => match state.plan_dialog(intent) {
            Some(dialog) => show(dialog, *plan, Stage::Changed(differences)),
            None => {
                state
                    .notice(Weight::Warn, format!("{}: nothing was sent, the facts changed: {}", plan.title, join(&differences)));
            }
        },
        Carried::Refused(refusal) => {
            let told = words(&refusal);
            finish(state, intent, ActivityState::Refused, &told);
            match state.plan_dialog(intent) {
                Some(dialog) => {
                    let refused = dialog.intent.clone();
                    dialog.stage = Stage::Refused { why: refusal.why.clone(), instead: refusal.instead };
                    effects.push(Effect::Note(Note::Refused { intent: refused, why: refusal.why }));
                }
                None => state.notice(Weight::Warn, format!("nothing was sent: {told}")),
            }
        }
        Carried::Answered(receipt) => {
            if let Outcome::Unknown(words) = &receipt.outcome {
                state.notice(Weight::Alert, format!("no answer that can be trusted ({words}); looking it up, not sending again"));
            }
        }
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
        }
    }
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
    let what = state.activity.iter().find(|known| known.intent.as_ref() == Some(intent)).map(|known| known.what.clone());
    finish(state, intent, line, settlement.words().as_str());
    let what = what.map_or_else(String::new, |what| format!("{what}: "));
    state.notice(weight, format!("{what}{}, {}", settlement.word(), settlement.words()));
}

fn finish(state: &mut State, intent: &IntentId, to: ActivityState, found: &str) {
    state.in_flight.remove(intent);
    state.carrying.remove(intent);
    if let Some(line) = state.activity.iter_mut().find(|line| line.intent.as_ref() == Some(intent)) {
        line.state = to;
        line.found = Text::new(found);
    }
    state.store.revision += 1;
}
