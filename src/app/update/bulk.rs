//! Pausing everything of one tenant: one dialog, and a call of its own for each rollout. Nothing is sent from here.

use super::verbs::{ask_name, carry, intent, on_its_way};
use crate::action::Verb;
use crate::app::effect::Effect;
use crate::app::state::{BulkDialog, BulkLine, Dialog, JournalSeat, State, Weight};
use crate::domain::{Rollout, Text};
use crate::plan::tenant::{Candidate, pause_tenant as sort_out};
use crate::plan::types::{ActionPlan, Capability, Context};

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
            may_not: state.forbids(&rollout.id.backend, Verb::Pause).cloned(),
        })
        .collect();
    let sorted = sort_out(&candidates);
    let mut lines = Vec::new();
    let mut cannot: Vec<(Text, Text)> = sorted.cannot.into_iter().map(|line| (line.name, line.why)).collect();
    for can in &sorted.can {
        let Some(rollout) = entries.iter().find(|rollout| rollout.id == can.rollout) else { continue };
        if let Some(words) = on_its_way(state, &rollout.id) {
            cannot.push((rollout.name.clone(), Text::new(words)));
            continue;
        }
        let (intent, context) = intent(state, Verb::Pause, rollout, None);
        effects.push(Effect::Plan { intent: intent.clone(), context: context.clone() });
        lines.push(BulkLine { rollout: rollout.id.clone(), name: rollout.name.clone(), plan: None, context, intent, said: None });
    }
    let arms = !state.is_armed(&tenant);
    let reading = lines.len();
    state.dialogs.push(Dialog::Bulk(Box::new(BulkDialog { tenant, lines, cannot, reading, arms, drawn: false, scroll: 0 })));
    ask_name(state);
}

/// `y` in the dialog that pauses everything of a tenant.
pub fn send_all(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Dialog::Bulk(dialog)) = state.dialogs.last() else { return };
    if !dialog.may_send() {
        return;
    }
    let tenant = dialog.tenant.clone();
    let lines: Vec<(ActionPlan, Context)> =
        dialog.lines.iter().filter_map(|line| Some((line.plan.clone()?, line.context.clone()))).collect();
    state.dialogs.pop();
    if !state.is_armed(&tenant) {
        super::arming::arm(state, tenant, effects);
    }
    for (plan, context) in lines {
        carry(state, plan, context, effects);
    }
}
