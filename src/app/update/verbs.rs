//! From a verb key to a dialog, and from `y` to a plan on its way. Nothing is sent from here.

use std::time::Duration;

use jiff::SignedDuration;

use super::arming::LOOK_ONLY;
use super::hosts::{Asked, Subject, causes, subject};
use super::which;
use super::windowed::allowed;
use crate::action::{Danger, Verb};
use crate::app::effect::Effect;
use crate::app::state::{
    ActivityLine, ActivityState, Dialog, Input, JournalSeat, NameDialog, Phase, Place, PlanDialog, RowId, Stage, State, Weight,
};
use crate::domain::{IntentId, Rollout, RolloutId, Text, WaveId};
use crate::plan::states;
use crate::plan::types::{ActionPlan, Ask, Capability, Context, Intent, Person, Refusal, Rest};

/// A verb whose answer was lost may take effect this long after it left: backends take a minute for large waves.
const MAY_STILL_COME: SignedDuration = SignedDuration::from_secs(120);

/// A row that came under the cursor by itself less than this ago was not the one a person meant.
const UNSEEN: Duration = Duration::from_secs(2);

/// A verb was asked for, on the selected thing and on nothing else.
pub fn ask(state: &mut State, verb: Verb, effects: &mut Vec<Effect>) {
    if let Some(words) = just_swapped(state, verb) {
        return state.notice(Weight::Warn, words);
    }
    if let Some(rest) = rest_here(state, verb) {
        return take_up(state, rest, effects);
    }
    match subject(state, verb) {
        Some(Asked::One(subject)) => begin(state, verb, subject, None, effects),
        Some(Asked::Several { of, left_out }) => which::ask(state, verb, of, left_out),
        None => {
            let words = nothing_for(state, verb);
            state.notice(Weight::Info, words);
        }
    }
}

/// Why there is nothing here that the verb could be about.
fn nothing_for(state: &State, verb: Verb) -> String {
    match (state.place(), state.selected()) {
        (_, Some(RowId::Lane(lane))) => format!("\"{}\" is no failure: there is nothing to {}", lane.word(), verb.word()),
        (Place::Lane(_) | Place::Found | Place::Host(_), Some(_)) if matches!(verb, Verb::Retry | Verb::RollBack) => {
            format!("no failed try is known here; to {} a host all the same, go to it through its wave", verb.word())
        }
        _ => format!("nothing is selected to {}", verb.word()),
    }
}

/// Nobody had chosen a row yet, and another one came up under the cursor a moment ago. The key that finds this out chooses it,
/// so that the same key again is meant.
fn just_swapped(state: &mut State, verb: Verb) -> Option<String> {
    let (place, now) = (state.place().clone(), state.now.mono);
    let swapped = state.lists.get_mut(&place)?.swapped.take()?;
    if now.since(swapped) > UNSEEN {
        return None;
    }
    let here = match state.selected()? {
        RowId::Rollout(id) => state.store.entry(id).map(|entry| entry.rollout.value.name.to_string())?,
        RowId::Wave(id) => state.store.wave(id).map(|wave| wave.name.to_string())?,
        _ => return None,
    };
    Some(format!("{here} came up under the cursor just now: press again to {} it", verb.word()))
}

/// The unsent part of a plan on the selected line of the activity.
fn rest_here(state: &State, verb: Verb) -> Option<Rest> {
    let Some(RowId::Intent(intent)) = state.selected() else { return None };
    let line = state.activity.iter().find(|line| line.intent.as_ref() == Some(intent))?;
    line.rest.as_deref().filter(|rest| rest.intent.verb == verb || verb == Verb::Retry).cloned()
}

/// A new intent about the hosts that an earlier one never named. Fresh facts decide again who of them is reached.
fn take_up(state: &mut State, rest: Rest, effects: &mut Vec<Effect>) {
    let Rest { intent, .. } = rest;
    let words = Text::new(format!("this takes up what never left of {}", intent.id));
    let subject = Subject { rollout: intent.rollout.clone(), wave: None, hosts: intent.hosts.clone(), left_out: vec![words] };
    begin(state, intent.verb, subject, Some(intent), effects);
}

pub(super) fn begin(state: &mut State, verb: Verb, subject: Subject, rest_of: Option<Intent>, effects: &mut Vec<Effect>) {
    let Some(rollout) = state.store.entry(&subject.rollout).map(|entry| entry.rollout.value.clone()) else {
        state.notice(Weight::Warn, "this rollout is not on the board any more");
        return;
    };
    if let Err(words) = may_begin(state, verb, &rollout) {
        state.notice(Weight::Warn, words);
        return;
    }
    let arms = !state.is_armed(&rollout.tenant);
    let (mut intent, mut context) = intent(state, verb, &rollout, subject.wave.clone());
    if matches!(verb, Verb::Retry | Verb::RollBack) {
        context.causes = causes(state, &subject);
    }
    intent.hosts = subject.hosts;
    context.allowed = allowed(state, &intent);
    context.left_out = subject.left_out;
    if let Some(before) = rest_of {
        (intent.choices, intent.rest_of) = (before.choices, Some(before.id));
    }
    effects.push(Effect::Plan { intent: intent.clone(), context: context.clone() });
    state.dialogs.push(Dialog::Plan(Box::new(PlanDialog {
        intent,
        context,
        rollout_name: rollout.name.clone(),
        stage: Stage::Reading,
        plan: None,
        answers: Vec::new(),
        field: 0,
        choosing: false,
        hosts: false,
        arms,
        drawn: false,
        scroll: 0,
        opened: state.now.mono,
    })));
    ask_name(state);
}

/// A group of hosts is brought in or taken out: the plan is made anew, from fresh facts.
pub(super) fn choose(state: &mut State, number: usize, effects: &mut Vec<Effect>) {
    let Some(Dialog::Plan(dialog)) = state.dialogs.last_mut() else { return };
    if !matches!(dialog.stage, Stage::Ready | Stage::Changed(_)) {
        return;
    }
    let Some(group) = dialog.choices().nth(number) else { return };
    let (key, chosen) = (group.key.clone(), !group.chosen);
    dialog.intent.choices.insert(key, chosen);
    dialog.stage = Stage::Reading;
    dialog.drawn = false;
    effects.push(Effect::Plan { intent: dialog.intent.clone(), context: dialog.context.clone() });
}

/// Every reason that needs no network to refuse.
fn may_begin(state: &State, verb: Verb, rollout: &Rollout) -> Result<(), String> {
    let backend = &rollout.id.backend;
    let capability = state.descriptors.get(backend).map(|descriptor| descriptor.capability(verb));
    if let Some(Capability::Unsupported(why)) = capability {
        return Err(format!("{} cannot {} here: {why}", backend, verb.word()));
    }
    if let Some(why) = state.forbids(backend, verb) {
        return Err(format!("this login may not {}: {why}", verb.word()));
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
            None => format!("{LOOK_ONLY}{key} arms {}", rollout.tenant),
        });
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
        wave,
        by: by(state),
        ..Intent::new(
            IntentId::new(format!("{second}-{}-{}", state.seat, state.intents)),
            verb,
            rollout.tenant.clone(),
            rollout.id.clone(),
        )
    };
    let descriptor = state.descriptors.get(&rollout.id.backend);
    let context = Context {
        seen: Some(rollout.clone()),
        seen_age: state.store.entry(&rollout.id).map(|entry| entry.rollout.age(&state.now)),
        capability: descriptor.map_or_else(
            || Capability::Unsupported(Text::new("this connection is not in the config")),
            |known| known.capability(verb),
        ),
        allowed: allowed(state, &intent),
        rules: state.host_rules.clone(),
        ..Context::at(state.now.civil)
    };
    (intent, context)
}

/// Who sits here.
fn by(state: &State) -> Person {
    Person { account: state.os_user.clone(), name: state.person.clone() }
}

/// The name was given: what waits behind the question is planned anew, as that person's.
pub(super) fn named(state: &mut State, effects: &mut Vec<Effect>) {
    let by = by(state);
    for dialog in &mut state.dialogs {
        if let Dialog::Plan(dialog) = dialog {
            dialog.intent.by = by.clone();
            (dialog.stage, dialog.drawn) = (Stage::Reading, false);
            effects.push(Effect::Plan { intent: dialog.intent.clone(), context: dialog.context.clone() });
        }
    }
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

/// Puts a plan into its dialog. Answers that were given stay with their questions; optional ones are not in the way.
pub(super) fn show(dialog: &mut PlanDialog, plan: ActionPlan, stage: Stage) {
    let answers = std::mem::take(&mut dialog.answers);
    let mut given: Vec<(Ask, Input)> = dialog.asks().iter().cloned().zip(answers).collect();
    let mut answer = |ask: &Ask| {
        let at = given.iter().position(|(known, _)| known == ask);
        at.map_or_else(Input::default, |at| given.swap_remove(at).1)
    };
    dialog.answers = plan.asks.iter().map(&mut answer).collect();
    let again = dialog.plan.is_some();
    dialog.plan = Some(plan);
    dialog.stage = stage;
    dialog.drawn = false;
    if !again {
        dialog.scroll = 0;
    }
    // Groups come before the fields: while they are chosen, a figure is a choice and no text.
    let choices = dialog.choices().count();
    dialog.choosing = choices > 0;
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
    let intent = dialog.intent.clone();
    // The window is judged at this moment, not at the one the dialog was opened.
    let (civil, allowed) = (state.now.civil, allowed(state, &intent));
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
