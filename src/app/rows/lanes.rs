//! Rows of what is no failure and must not hide: the lanes below the failures, and the hosts of one, filtered by words and by
//! `lane:`, `host:`, `tenant:`, `wave:`, `says:`, `age:`.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::app::filter::{Filter, Offer, Open, lower};
use crate::app::state::{RowId, Sort, SortKey, State};
use crate::domain::{Lane, TenantId, WaveId};
use crate::store::lanes::{LaneHost, LaneSum};

/// The lanes that a filter leaves, and how many there are without it.
pub fn lanes(state: &State, filter: &Filter) -> (BTreeMap<Lane, LaneSum>, usize) {
    let (store, now) = (&state.store, state.now.civil);
    if filter.is_empty() {
        let sums = store.lane_totals(now);
        let of = sums.len();
        return (sums, of);
    }
    // Most words are answered by the lane or the tenant; only what they leave open is asked of thousands of hosts.
    let mut shared: HashMap<(Lane, &TenantId), Option<Open>, RandomState> = HashMap::default();
    let mut name = String::new();
    let sums = store.lane_sums(now, |lane, host, tenant| {
        let open = *shared.entry((lane, tenant)).or_insert_with(|| {
            let tenant = tenant.raw().to_lowercase();
            let keys = [("lane", lane.word()), ("tenant", &*tenant)];
            filter.ask(filter.all(), &Offer { text: &format!("{} {tenant}", lane.word()), keys: &keys, amounts: &[] })
        });
        let Some(open) = open else { return false };
        if open.is_empty() {
            return true;
        }
        name.clear();
        lower(&mut name, host.as_str());
        let of_name = Offer { text: &name, keys: &[("host", &name)], amounts: &[] };
        filter.ask(open, &of_name).is_some_and(|open| filter.passes(open))
    });
    (sums, store.lane_totals(now).len())
}

/// The hosts of a lane that a filter leaves, in order, and how many there are without it.
pub fn hosts(state: &State, lane: Lane, sort: Option<Sort>, filter: &Filter) -> (Vec<LaneHost>, usize) {
    let mut hosts = state.store.in_lane(lane, state.now.civil);
    let of = hosts.len();
    if !filter.is_empty() {
        let mut waves: HashMap<WaveId, Option<Open>, RandomState> = HashMap::default();
        hosts.retain(|host| {
            let open = *waves.entry(host.wave.clone()).or_insert_with(|| of_wave(state, &host.wave, filter));
            open.is_some_and(|open| passes(state, host, filter, open))
        });
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

/// What the wave of a host leaves open of a filter, for all its hosts.
fn of_wave(state: &State, wave: &WaveId, filter: &Filter) -> Option<Open> {
    let rollout = state.store.entry(&wave.rollout).map(|entry| &entry.rollout.value);
    let tenant = rollout.map_or_else(String::new, |rollout| rollout.tenant.raw().to_lowercase());
    let name = rollout.map_or_else(String::new, |rollout| rollout.name.as_str().to_lowercase());
    let wave = state.store.wave(wave).map_or_else(String::new, |wave| wave.name.as_str().to_lowercase());
    let keys = [("tenant", &*tenant), ("wave", &*wave), ("rollout", &*name)];
    filter.ask(filter.all(), &Offer { text: &format!("{tenant} {name} {wave}"), keys: &keys, amounts: &[] })
}

fn passes(state: &State, host: &LaneHost, filter: &Filter, open: Open) -> bool {
    let name = host.name.as_str().to_lowercase();
    let says = host.says.as_ref().map_or_else(String::new, |says| says.as_str().to_lowercase());
    let age = host.since.map(|since| state.now.civil.duration_since(since).as_secs().max(0).unsigned_abs());
    let amounts: Vec<(&str, u64)> = age.map(|age| ("age", age)).into_iter().collect();
    let keys = [("host", &*name), ("says", &*says)];
    let open = filter.ask(open, &Offer { text: &format!("{name} {says}"), keys: &keys, amounts: &amounts });
    open.is_some_and(|open| filter.passes(open))
}

/// The rows of these hosts. A host that stands in two waves has one.
pub fn rows(hosts: &[LaneHost]) -> Vec<RowId> {
    let mut seen = std::collections::HashSet::new();
    hosts.iter().filter(|host| seen.insert(&host.id)).map(|host| RowId::Host(host.id.clone())).collect()
}
