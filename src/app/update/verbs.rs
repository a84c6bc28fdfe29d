//! From a verb key to a dialog, and from `y` to a plan on its way. Nothing is sent from here.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::action::{Danger, Verb};
use crate::app::effect::Effect;
use crate::app::state::{
    ActivityLine, ActivityState, Dialog, Input, JournalSeat, NameDialog, Phase, Place, PlanDialog, RowId, Stage, State, Weight,
};
use crate::backend::port::Right;
use crate::domain::{IntentId, Rollout, RolloutId, Text, WaveId};
use crate::plan::states;
use crate::plan::types::{ActionPlan, Allowed, Ask, Capability, Context, Intent, Refusal, work};

/// A verb whose answer was lost may take effect this long after it left: backends take a minute for large waves.
const MAY_STILL_COME: SignedDuration = SignedDuration::from_secs(120);

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
pub(super) fn subject(state: &State) -> Option<(RolloutId, Option<WaveId>)> {
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
    if let Some(words) = on_its_way(state, &rollout.id) {
        return Err(words);
    }
    states::takes(verb, rollout).map_err(|refusal| words(&refusal))
}

/// Another intent on the same rollout that was confirmed and has not settled.
pub(super) fn on_its_way(state: &State, rollout: &RolloutId) -> Option<String> {
    if let Some((intent, _)) = state.carrying.values().find(|(intent, _)| intent.rollout == *rollout) {
        let phase = state.in_flight.get(&intent.id).map_or(Phase::ReadingAgain, |flight| flight.phase);
        return Some(format!("{} of this rollout is still on its way: {}", intent.verb.word(), phase.word()));
    }
    let unknown = |line: &&ActivityLine| {
        line.state == ActivityState::Unknown
            && line.rollout.as_ref() == Some(rollout)
            && state.now.real.duration_since(line.at) < MAY_STILL_COME
    };
    let line = state.activity.iter().find(unknown)?;
    Some(format!("what became of \"{}\" is unknown, and it may still come; wait for two minutes", line.what))
}

pub(super) fn words(refusal: &Refusal) -> String {
    match &refusal.instead {
        Some(instead) => format!("{}; {instead}", refusal.why),
        None => refusal.why.to_string(),
    }
}

pub(super) fn intent(state: &mut State, verb: Verb, rollout: &Rollout, wave: Option<WaveId>) -> (Intent, Context) {
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
        choices: BTreeMap::new(),
        reason: None,
    };
    let descriptor = state.descriptors.get(&rollout.id.backend);
    let context = Context {
        seen: Some(rollout.clone()),
        seen_age: state.store.entry(&rollout.id).map(|entry| entry.rollout.age(&state.now)),
        capability: descriptor.map_or_else(
            || Capability::Unsupported(Text::new("this connection is not in the config")),
            |known| known.capability(verb),
        ),
        allowed: allowed(state, verb, &rollout.id),
        rules: state.host_rules.clone(),
        ..Context::at(state.now.civil)
    };
    (intent, context)
}

/// What the calendar says of a verb that begins work, at this moment.
pub(super) fn allowed(state: &State, verb: Verb, rollout: &RolloutId) -> Option<Arc<Allowed>> {
    let work = work(verb)?;
    let entry = state.store.entry(rollout)?;
    let begins_a_wave = matches!(verb, Verb::Approve | Verb::Start | Verb::Resume | Verb::Advance);
    Some(Arc::new(Allowed {
        verdict: state.window_of(entry, Some(work)),
        held: state.override_of(rollout).cloned(),
        fit: begins_a_wave.then(|| state.fit_if_let_on(entry)),
        zone: state.calendars.zone(&entry.rollout.value.tenant),
        key: state.keymap.label(crate::action::Action::Override).map(Text::new),
    }))
}

/// A shared login does not say who acts: the name is asked once, before the first action.
pub(super) fn ask_name(state: &mut State) {
    if state.shared_login && state.person.is_none() {
        state.dialogs.push(Dialog::Name(NameDialog::default()));
    }
}

/// The facts were read and the plan is made; or there is none, in words.
pub fn planned(state: &mut State, intent: &IntentId, result: Result<Box<ActionPlan>, Refusal>) {
    state.dirty = true;
    let result = result.map(|mut plan| {
        // The backend's clock says nothing of ours: the evidence is as old as its arrival.
        plan.read_at = state.now.mono;
        plan
    });
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
pub(super) fn show(dialog: &mut PlanDialog, plan: ActionPlan, stage: Stage) {
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
    let (tenant, calms) = (dialog.intent.tenant.clone(), dialog.intent.verb.danger() == Danger::Calms);
    let armed = state.armed.as_ref().is_some_and(|armed| armed.tenant == tenant && armed.until > state.now.mono);
    if !armed && !calms {
        dialog.stage = Stage::Refused {
            why: Text::new(format!("{tenant} is no longer armed")),
            instead: Some(Text::new("nothing was sent; arm it again and press the verb again")),
        };
        return;
    }
    let Some(mut plan) = dialog.plan.clone() else { return };
    plan.intent.remark = said(dialog, |ask| matches!(ask, Ask::Remark { .. }));
    plan.intent.reason = said(dialog, |ask| *ask == Ask::Reason);
    dialog.intent.remark.clone_from(&plan.intent.remark);
    dialog.intent.reason.clone_from(&plan.intent.reason);
    dialog.stage = Stage::ReadingAgain;
    let (verb, rollout) = (dialog.intent.verb, dialog.intent.rollout.clone());
    // The window is judged at this moment, not at the one the dialog was opened.
    let (civil, allowed) = (state.now.civil, allowed(state, verb, &rollout));
    let Some(Dialog::Plan(dialog)) = state.dialogs.last_mut() else { return };
    (dialog.context.civil, dialog.context.allowed) = (civil, allowed);
    let context = dialog.context.clone();
    if !armed {
        super::arming::arm(state, tenant, effects);
    }
    carry(state, plan, context, effects);
}

/// Sends a plan on its way, and remembers its title for news that come when the dialog is gone.
pub(super) fn carry(state: &mut State, plan: ActionPlan, context: Context, effects: &mut Vec<Effect>) {
    state.carrying.insert(plan.intent.id.clone(), (plan.intent.clone(), plan.title.clone()));
    effects.push(Effect::Carry { plan: Box::new(plan), context });
}

/// What was typed as the answer to an ask.
fn said(dialog: &PlanDialog, which: impl Fn(&Ask) -> bool) -> Option<Text> {
    let said = dialog.asks().iter().zip(&dialog.answers).find(|(ask, _)| which(ask));
    said.map(|(_, answer)| answer.value().trim()).filter(|said| !said.is_empty()).map(Text::new)
}
