//! Whose failures: a cause is often several tenants', and a dialog that sends is about one tenant and one rollout.
//!
//! It asks and hands on what was chosen. Nothing is decided here, and nothing is sent.

use crate::action::{Action, Verb};
use crate::app::effect::Effect;
use crate::app::state::{Dialog, State, Weight, Which, WhichDialog};
use crate::domain::{TenantId, Text};
use crate::keymap::{Code, Key};

use super::arming::LOOK_ONLY;
use super::hosts::Subject;
use super::verbs;

/// Rollouts named in a plan that leaves them out; the rest is counted.
const NAMED: usize = 3;

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
    for which in &mut of {
        which.sent = verbs::on_its_way(state, &which.rollout).is_some() || state.settled.contains_key(&which.rollout);
    }
    of.sort_by_key(|which| {
        (!state.is_armed(&which.tenant), which.sent, std::cmp::Reverse(which.hosts.len()), which.rollout.clone())
    });
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
            let Which { tenant, rollout, hosts, .. } = of.remove(at);
            let again = state.keymap.label(verb.action()).unwrap_or_else(|| format!(":{}", verb.word()));
            left_out.splice(0..0, others(&tenant, &of, &again));
            verbs::begin(state, verb, Subject { rollout, wave: None, hosts, left_out }, None, effects);
        }
        _ => {}
    }
}

/// What stays out of the plan of one rollout: hosts of others of its tenant, with the key that comes to them, and other tenants'.
fn others(tenant: &TenantId, of: &[Which], again: &str) -> Vec<Text> {
    let hosts = |of: &[&Which]| match of.iter().map(|which| which.hosts.len()).sum() {
        1_usize => "1 host".to_owned(),
        more => format!("{more} hosts"),
    };
    let (same, foreign): (Vec<&Which>, Vec<&Which>) = of.iter().partition(|which| which.tenant == *tenant);
    let mut told = Vec::new();
    if !same.is_empty() {
        let mut names: Vec<String> = same.iter().take(NAMED).map(|which| format!("\"{}\"", which.name)).collect();
        if same.len() > NAMED {
            names.push(format!("{} more", same.len() - NAMED));
        }
        let names = names.join(", ");
        told.push(format!("not in this plan: {} in {names}; {again} again on the same row comes to them", hosts(&same)));
    }
    if !foreign.is_empty() {
        let mut tenants: Vec<&str> = foreign.iter().map(|which| which.tenant.raw()).collect();
        tenants.sort_unstable();
        tenants.dedup();
        let dialog =
            if tenants.len() == 1 { "another tenant has a dialog of its own" } else { "each tenant has a dialog of its own" };
        told.push(format!("not in this plan: {} of {}; {dialog}", hosts(&foreign), tenants.join(", ")));
    }
    told.into_iter().map(Text::new).collect()
}
