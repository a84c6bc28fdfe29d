//! Whose failures: a cause is often several tenants', and a dialog that sends is about one tenant and one rollout.
//!
//! It asks and hands on what was chosen. Nothing is decided here, and nothing is sent.

use crate::action::{Action, Verb};
use crate::app::effect::Effect;
use crate::app::state::{Dialog, State, Weight, Which, WhichDialog};
use crate::domain::Text;
use crate::keymap::{Code, Key};

use super::arming::LOOK_ONLY;
use super::hosts::Subject;
use super::verbs;

/// Asks which. While none of their tenants is armed there is nothing to choose.
pub(super) fn ask(state: &mut State, verb: Verb, mut of: Vec<Which>, left_out: Vec<Text>) {
    if !of.iter().any(|which| state.is_armed(&which.tenant)) {
        let mut tenants: Vec<&str> = of.iter().map(|which| which.tenant.raw()).collect();
        tenants.sort_unstable();
        tenants.dedup();
        let tenants = tenants.join(", ");
        let key = state.keymap.label(Action::Arm).unwrap_or_else(|| ":arm".to_owned());
        let words = match &state.armed {
            Some(armed) => format!("{} is armed, and this is of {tenants}; {key} disarms", armed.tenant),
            None => format!("{LOOK_ONLY}{key} arms one tenant; this is of {tenants}"),
        };
        state.notice(Weight::Warn, words);
        return;
    }
    // What can be done now stands first, so that enter takes it.
    of.sort_by_key(|which| (!state.is_armed(&which.tenant), std::cmp::Reverse(which.hosts.len()), which.rollout.clone()));
    state.dialogs.push(Dialog::Which(Box::new(WhichDialog { verb, of, left_out, at: 0, drawn: false })));
}

pub(super) fn press(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Which(dialog)) = state.dialogs.last_mut() else { return };
    match key.code {
        Code::Esc | Code::Char('q') => drop(state.dialogs.pop()),
        Code::Up | Code::Char('k') => dialog.at = dialog.at.saturating_sub(1),
        Code::Down | Code::Char('j') => dialog.at = (dialog.at + 1).min(dialog.of.len().saturating_sub(1)),
        Code::Enter if dialog.drawn => {
            let Some(Dialog::Which(dialog)) = state.dialogs.pop() else { return };
            let WhichDialog { verb, mut of, mut left_out, at, .. } = *dialog;
            if at >= of.len() {
                return;
            }
            let Which { rollout, hosts, .. } = of.swap_remove(at);
            let others: usize = of.iter().map(|which| which.hosts.len()).sum();
            left_out.insert(0, Text::new(format!("{others} of the failed hosts belong to other rollouts, and are left out")));
            verbs::begin(state, verb, Subject { rollout, wave: None, hosts, left_out }, None, effects);
        }
        _ => {}
    }
}
