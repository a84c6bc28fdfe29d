//! What people say about failures: looked at, noted, put into a ticket. It is remembered here and tells no backend anything.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::action::Action;
use crate::app::effect::Effect;
use crate::app::rows;
use crate::app::state::{Dialog, Input, NoteDialog, Place, RowId, State, TicketDialog, Weight, cause_key, failure_key};
use crate::app::ticket;
use crate::domain::{Care, CareStage, Cluster, Failure, Signature, TenantId, Text};
use crate::keymap::{Code, Key};
use crate::memory::Record;
use crate::store::queue::Pile;

use super::{moves, typing};

/// Longest note, in characters.
const NOTE: usize = 200;

/// `g`: piles the failures by the next thing.
pub fn group(state: &mut State) {
    if *state.place() != Place::Failures {
        moves::go(state, Place::Failures);
        return;
    }
    state.pile_by = state.pile_by.next();
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place) {
        list.restart();
    }
    rows::refresh(state);
}

/// A person went to a cause or into it: it is new no more.
pub fn looked_at(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    // Coming to the list is not looking at its first row.
    if !matches!(action, Action::Open | Action::Up | Action::Down | Action::First | Action::Last) {
        return;
    }
    let signature = match (state.place(), state.selected()) {
        (Place::Failures, Some(RowId::Pile(Pile::Cause(signature)))) | (Place::Pile(Pile::Cause(signature)), _) => {
            Arc::clone(signature)
        }
        (Place::Host(host), _) => match state.store.queue.of(host) {
            Some(failure) => Arc::clone(&failure.signature),
            None => return,
        },
        _ => return,
    };
    if state.stage_of_cause(&signature) == CareStage::New {
        let of = cause_key(&signature);
        // Of what failed again the words stay, and the stage does not.
        let known = state.memory.care(&of).cloned().unwrap_or_default();
        let verified = known.verified_at();
        let care = Care { stage: CareStage::LookedAt, at: state.now.real, civil: Some(state.now.civil), verified, ..known };
        remember(state, Record::Care { of, care }, effects);
    }
}

fn remember(state: &mut State, record: Record, effects: &mut Vec<Effect>) {
    state.memory.remember(record.clone());
    state.dirty = true;
    effects.push(Effect::Remember(record));
}

/// `n`: what a person says about the selected cause or host.
pub fn note(state: &mut State) {
    let Some((of, title, newest)) = subject(state) else {
        state.notice(Weight::Info, "select a cause or a failed host to note something about it");
        return;
    };
    let known = state.memory.care(&of).cloned().unwrap_or_default();
    let stage = known.stage_at(newest).max(CareStage::LookedAt);
    let inputs = [&known.owner, &known.reference, &known.note].map(|text| Input::new(text.to_string()));
    state.dialogs.push(Dialog::Note(Box::new(NoteDialog { of, title, stage, newest, inputs, field: 0, drawn: false })));
}

/// What a note would be about: its key in the memory, its name, and when the newest failure of it happened.
fn subject(state: &State) -> Option<(Text, Text, Option<Timestamp>)> {
    let of = |failure: &Failure| {
        (failure_key(failure), Text::new(format!("{}: {}", failure.name, failure.signature.class)), failure.at)
    };
    let newest = |signature| state.store.queue.cluster(signature).and_then(Cluster::last_told);
    match (state.place(), state.selected()) {
        (_, Some(RowId::Pile(Pile::Cause(signature)))) => {
            Some((cause_key(signature), Text::new(signature.to_string()), newest(signature)))
        }
        (_, Some(RowId::Failed(attempt))) => state.store.queue.failure(attempt).map(of),
        (Place::Host(host), _) => state.store.queue.of(host).map(of),
        _ => None,
    }
}

/// A key while a note is written.
pub fn press_note(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Note(dialog)) = state.dialogs.last_mut() else { return };
    let fields = dialog.inputs.len() + 1;
    match key.code {
        Code::Esc => drop(state.dialogs.pop()),
        _ if !dialog.drawn => {}
        Code::Tab | Code::Down => dialog.field = (dialog.field + 1) % fields,
        Code::BackTab | Code::Up => dialog.field = (dialog.field + fields - 1) % fields,
        Code::Enter => {
            let text = |input: &Input| Text::bounded(input.value().trim(), NOTE);
            let [owner, reference, note] = [0, 1, 2].map(|at| text(&dialog.inputs[at]));
            let (of, stage, newest) = (dialog.of.clone(), dialog.stage, dialog.newest);
            state.dialogs.pop();
            let civil = Some(state.now.civil);
            let verified = match state.memory.care(&of) {
                _ if stage == CareStage::Verified => civil,
                // Taken back: it never was.
                Some(known) if known.stage_at(newest) == CareStage::Verified => None,
                known => known.and_then(Care::verified_at),
            };
            let care = Care { stage, owner, reference, note, at: state.now.real, civil, verified };
            remember(state, Record::Care { of, care }, effects);
            state.notice(Weight::Info, format!("noted: {}", stage.word()));
        }
        Code::Left if dialog.field == 0 => dialog.stage = dialog.stage.step(-1),
        Code::Right if dialog.field == 0 => dialog.stage = dialog.stage.step(1),
        _ => {
            if let Some(at) = dialog.field.checked_sub(1) {
                typing::edit(&mut dialog.inputs[at], key);
            }
        }
    }
}

/// `t`: a ticket text of the selected failures. One tenant's: of several it asks which.
pub fn ticket(state: &mut State, effects: &mut Vec<Effect>) {
    let pile = match (state.place(), state.selected()) {
        (Place::Pile(pile), Some(RowId::Failed(attempt))) => {
            let tenant = state.store.queue.failure(attempt).map(|failure| failure.tenant.clone());
            let pile = pile.clone();
            if let Some(tenant) = tenant {
                copy(state, &pile, &tenant, effects);
            }
            return;
        }
        (_, Some(RowId::Pile(pile))) | (Place::Pile(pile), _) => pile.clone(),
        (Place::Host(host), _) => Pile::Host(host.clone()),
        _ => {
            state.notice(Weight::Info, "select a cause or a failed host to make a ticket text of it");
            return;
        }
    };
    let tenants = state.store.queue.sum(&pile).tenants;
    match tenants.as_slice() {
        [] => state.notice(Weight::Info, "nothing failed here"),
        [tenant] => copy(state, &pile, tenant, effects),
        _ => state.dialogs.push(Dialog::Ticket(TicketDialog { pile, tenants, at: 0, drawn: false })),
    }
}

pub fn press_ticket(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Ticket(dialog)) = state.dialogs.last_mut() else { return };
    match key.code {
        Code::Esc | Code::Char('q') => drop(state.dialogs.pop()),
        Code::Up | Code::Char('k') => dialog.at = dialog.at.saturating_sub(1),
        Code::Down | Code::Char('j') => dialog.at = (dialog.at + 1).min(dialog.tenants.len().saturating_sub(1)),
        Code::Enter if dialog.drawn => {
            let chosen = dialog.tenants.get(dialog.at).cloned().map(|tenant| (dialog.pile.clone(), tenant));
            state.dialogs.pop();
            if let Some((pile, tenant)) = chosen {
                copy(state, &pile, &tenant, effects);
            }
        }
        _ => {}
    }
}

fn copy(state: &mut State, pile: &Pile, tenant: &TenantId, effects: &mut Vec<Effect>) {
    match ticket::text(state, pile, tenant) {
        Some(text) => effects.push(Effect::Copy(text)),
        None => state.notice(Weight::Info, format!("nothing of {tenant} failed here")),
    }
}

/// In which nights causes failed, for "three months running" and for how long one is open. A failure belongs to the night it
/// happened in, whenever that is read. Once a night, cause and tenant, and again if an earlier failure of it is read.
pub fn note_nights(state: &mut State, failures: &[Failure], effects: &mut Vec<Effect>) {
    let mut there: HashMap<(&TenantId, &Arc<Signature>, Date), Timestamp> = HashMap::new();
    for failure in failures {
        let night = (&failure.tenant, &failure.signature, state.night_of(failure.when()));
        there.entry(night).and_modify(|first| *first = failure.when().min(*first)).or_insert_with(|| failure.when());
    }
    for ((tenant, signature, night), first) in there {
        let cause = cause_key(signature);
        let known = state.memory.nights(tenant, &cause).find(|(known, _)| *known == night);
        if known.and_then(|(_, first)| first).is_none_or(|known| first < known) {
            let record = Record::Night { tenant: tenant.clone(), cause, night, first: Some(first) };
            state.memory.remember(record.clone());
            effects.push(Effect::Remember(record));
        }
    }
}
