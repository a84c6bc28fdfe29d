//! Rows of what is no failure and must not hide: the lanes below the failures, and the hosts of one, filtered by words and by
//! `lane:`, `host:`, `tenant:`, `wave:`, `says:`, `age:`.

use std::collections::BTreeMap;

use crate::app::filter::{Filter, Offer};
use crate::app::state::{RowId, Sort, SortKey, State};
use crate::domain::Lane;
use crate::store::lanes::{LaneHost, LaneSum};

/// The lanes that a filter leaves, and how many there are without it.
pub fn lanes(state: &State, filter: &Filter) -> (BTreeMap<Lane, LaneSum>, usize) {
    let (store, now) = (&state.store, state.now.civil);
    if filter.is_empty() {
        let sums = store.lane_totals(now);
        let of = sums.len();
        return (sums, of);
    }
    let sums = store.lane_sums(now, |lane, name, tenant| {
        let (name, tenant) = (name.as_str().to_lowercase(), tenant.raw().to_lowercase());
        let keys = [("lane", lane.word()), ("host", &*name), ("tenant", &*tenant)];
        filter.matches(&Offer { text: &format!("{} {name} {tenant}", lane.word()), keys: &keys, amounts: &[] })
    });
    (sums, store.lane_totals(now).len())
}

/// The hosts of a lane that a filter leaves, in order, and how many there are without it.
pub fn hosts(state: &State, lane: Lane, sort: Option<Sort>, filter: &Filter) -> (Vec<LaneHost>, usize) {
    let mut hosts = state.store.in_lane(lane, state.now.civil);
    let of = hosts.len();
    if !filter.is_empty() {
        hosts.retain(|host| passes(state, host, filter));
    }
    if let Some(sort) = sort {
        match sort.key {
            SortKey::Name => hosts.sort_by(|a, b| a.name.cmp(&b.name)),
            SortKey::Tenant => hosts.sort_by_key(|host| host.wave.backend().clone()),
            _ => {}
        }
        if sort.reverse {
            hosts.reverse();
        }
    }
    (hosts, of)
}

fn passes(state: &State, host: &LaneHost, filter: &Filter) -> bool {
    let entry = state.store.entry(&host.wave.rollout);
    let tenant = entry.map_or_else(String::new, |entry| entry.rollout.value.tenant.raw().to_lowercase());
    let wave = state.store.wave(&host.wave).map_or_else(String::new, |wave| wave.name.as_str().to_lowercase());
    let rollout = entry.map_or_else(String::new, |entry| entry.rollout.value.name.as_str().to_lowercase());
    let name = host.name.as_str().to_lowercase();
    let says = host.says.as_ref().map_or_else(String::new, |says| says.as_str().to_lowercase());
    let keys = [("host", &*name), ("tenant", &*tenant), ("wave", &*wave), ("rollout", &*rollout), ("says", &*says)];
    let age = host.since.map(|since| state.now.civil.duration_since(since).as_secs().max(0).unsigned_abs());
    let amounts: Vec<(&str, u64)> = age.map(|age| ("age", age)).into_iter().collect();
    filter.matches(&Offer { text: &format!("{name} {tenant} {rollout} {wave} {says}"), keys: &keys, amounts: &amounts })
}

/// The rows of these hosts. A host that stands in two waves has one.
pub fn rows(hosts: &[LaneHost]) -> Vec<RowId> {
    let mut seen = std::collections::HashSet::new();
    hosts.iter().filter(|host| seen.insert(&host.id)).map(|host| RowId::Host(host.id.clone())).collect()
}
