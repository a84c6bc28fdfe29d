//! From a key to what it does: dialogs first, then fields, then the keymap.

use crate::action::{Action, Group};
use crate::app::effect::Effect;
use crate::app::rows;
use crate::app::state::State;
use crate::keymap::{Key, Pressed};

use super::{actions, care, dialogs, typing};

pub fn press(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place) {
        list.held = true;
    }
    if !state.dialogs.is_empty() {
        dialogs::press(state, key, effects);
        return;
    }
    if state.field.is_some() {
        typing::press(state, key, effects);
        return;
    }
    let pending = std::mem::take(&mut state.pending);
    match state.keymap.press(&pending, key) {
        Pressed::Action(action) => {
            if matches!(action.row().group, Group::Verbs | Group::Lists) || action == Action::Open {
                rows::settle(state);
            }
            actions::perform(state, action, effects);
            care::looked_at(state, action, effects);
        }
        Pressed::Pending => {
            state.pending = pending;
            state.pending.push(key);
        }
        Pressed::Nothing => {}
    }
}
