//! What of a tenant is under way when its window ends, as a thing that needs a person: minutes before the cutoff, past it,
//! and after the end. And work that began outside every window.
//!
//! It words what `state::outside` found. It pauses nothing: the backends know no window.

use jiff::Timestamp;

use crate::action::Action;
use crate::app::state::State;
use crate::app::state::outside::{Near, UnderWay};
use crate::domain::{Need, NeedKind, TenantId, Text};
use crate::store::Entry;

/// One need for each rollout that is under way at the wrong time, and one for each that began at one.
pub fn needs(state: &State) -> Vec<Need> {
    if state.calendars.is_empty() {
        return Vec::new();
    }
    state.store.rollouts.values().flat_map(|entry| of(state, entry)).collect()
}

fn of(state: &State, entry: &Entry) -> Vec<Need> {
    let rollout = &entry.rollout.value;
    let need = |what: String| Need {
        kind: NeedKind::Window,
        tenant: Some(rollout.tenant.clone()),
        what: Text::new(what),
        rollout: Some(rollout.id.clone()),
        backend: Some(rollout.id.backend.clone()),
        intent: None,
        seen: Some(entry.rollout.seen),
    };
    let mut needs: Vec<Need> = Vec::new();
    if rollout.at_work() > 0 || !rollout.state.has_ended() {
        for outside in state.outside(entry) {
            let by = time(state, outside.by, &rollout.tenant);
            let wave = format!("wave {} \"{}\"", outside.ordinal, outside.wave);
            needs.push(need(format!("{wave} began outside every window, by {by}: {}", outside.stood)));
        }
    }
    if let Some(under_way) = state.under_way(entry) {
        needs.push(need(words(state, &rollout.tenant, &under_way)));
    }
    needs
}

/// `cutoff 23:36: 40 at work, 34 not begun; nothing stops those 34 by itself: p pauses`
fn words(state: &State, tenant: &TenantId, under_way: &UnderWay) -> String {
    let said = |at: Timestamp| time(state, at, tenant);
    let head = match under_way.near {
        Near::Cutoff(at) => format!("cutoff {}", said(at)),
        Near::PastCutoff { cutoff, closes } => format!("cutoff {} passed, closes {}", said(cutoff), said(closes)),
        Near::Closed(Some(at)) => format!("window closed {}", said(at)),
        Near::Closed(None) => "window closed".to_owned(),
    };
    let mut parts = Vec::new();
    if under_way.at_work > 0 {
        parts.push(format!("{} at work", under_way.at_work));
    }
    if under_way.may_begin > 0 {
        parts.push(format!("{} not begun", under_way.may_begin));
    }
    if under_way.held > 0 {
        parts.push(format!("{} wait for a person", under_way.held));
    }
    let stops = if under_way.may_begin > 0 {
        let key = state.keymap.label(Action::Pause).unwrap_or_else(|| ":pause".to_owned());
        format!("; nothing stops those {} by itself: {key} pauses", under_way.may_begin)
    } else {
        String::new()
    };
    format!("{head}: {}{stops}", parts.join(", "))
}

fn time(state: &State, at: Timestamp, tenant: &TenantId) -> String {
    at.to_zoned(state.zone_for(Some(tenant))).strftime("%H:%M").to_string()
}
