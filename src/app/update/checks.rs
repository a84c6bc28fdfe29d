//! `V`: asks hosts' own facts whether what the backend reports as done is there. It only says what is to be read; reading is the
//! supervisors' work, page by page, inside the budget.

use crate::app::state::{Place, RowId, State, Weight};
use crate::domain::{RolloutId, WaveId};
use crate::store::Entry;

pub fn ask(state: &mut State) {
    let waves: Vec<(WaveId, u32)> = subject(state)
        .iter()
        .filter_map(|id| state.store.entry(id))
        .flat_map(Entry::waves)
        .filter(|wave| wave.counts.done > 0 && one_wave(state).is_none_or(|id| wave.id == *id))
        .map(|wave| (wave.id.clone(), wave.counts.done))
        .collect();
    let hosts: u32 = waves.iter().map(|(_, done)| done).sum();
    for (wave, _) in &waves {
        state.store.lanes.ask(wave);
    }
    let words = match waves.len() {
        0 => "no host of it is reported done, so there is nothing to check".to_owned(),
        1 => format!("{hosts} reported hosts of one wave are being checked against their own facts"),
        waves => format!("{hosts} reported hosts of {waves} waves are being checked against their own facts"),
    };
    state.notice(Weight::Info, words);
}

/// The wave we are in, or the selected one.
fn one_wave(state: &State) -> Option<&WaveId> {
    match (state.place(), state.selected()) {
        (Place::Wave(id), _) => Some(id),
        _ => None,
    }
}

/// The rollout of the place or of its selected row; where there is none, everything of tonight.
fn subject(state: &State) -> Vec<RolloutId> {
    match (state.place(), state.selected()) {
        (Place::Rollout(id), _) | (_, Some(RowId::Rollout(id))) => vec![id.clone()],
        (Place::Wave(wave), _) => vec![wave.rollout.clone()],
        _ => {
            let of = state.store.rollouts.iter().filter(|(_, entry)| entry.is_of_tonight(state.now.civil));
            of.map(|(id, _)| id.clone()).collect()
        }
    }
}
