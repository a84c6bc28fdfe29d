//! Rows of the Windows screen: every tenant that is known, and every group with windows of its own.

use crate::app::filter::{Filter, Offer};
use crate::app::state::{RowId, Sort, SortKey, State};
use crate::domain::{HostSet, WindowState};

/// The sets that a filter leaves, in order, and how many there are without it.
pub fn rows(state: &State, sort: Option<Sort>, filter: &Filter) -> (Vec<RowId>, usize) {
    let mut sets: Vec<HostSet> = state.store.tenant_ids().iter().map(HostSet::of).collect();
    sets.extend(state.calendars.sets().cloned());
    sets.sort();
    sets.dedup();
    let of = sets.len();
    let stands = |set: &HostSet| state.calendars.at(set, None, state.now.civil).state;
    if !filter.is_empty() {
        sets.retain(|set| {
            let (name, tenant) = (set.to_string().to_lowercase(), set.tenant.raw().to_lowercase());
            let word = stands(set).word();
            let keys = [("tenant", tenant.as_str()), ("state", word)];
            filter.matches(&Offer { text: &format!("{name} {word}"), keys: &keys, amounts: &[] })
        });
    }
    if let Some(sort) = sort {
        if sort.key == SortKey::State {
            sets.sort_by_cached_key(|set| nearness(&stands(set)));
        }
        if sort.reverse {
            sets.reverse();
        }
    }
    (sets.into_iter().map(RowId::Set).collect(), of)
}

/// What is open comes first and what closes soonest before the rest; then what opens next.
fn nearness(state: &WindowState) -> (u8, Option<jiff::Timestamp>) {
    match state {
        WindowState::CutoffPassed { closes, .. } => (0, Some(*closes)),
        WindowState::Open { cutoff, .. } => (1, Some(*cutoff)),
        WindowState::Before { opens } => (2, Some(*opens)),
        WindowState::Frozen { until, .. } => (3, Some(*until)),
        WindowState::Closed { .. } => (4, None),
        WindowState::NoWindow => (5, None),
    }
}
