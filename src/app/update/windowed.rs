//! What the calendar says of a verb: whose windows rule the hosts that it would set to work, how they stand, and whether it fits.
//!
//! It refuses nothing: `plan` does.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::action::Verb;
use crate::app::state::State;
use crate::domain::{Counts, Failure, HostId, HostSet, Text, Wave};
use crate::plan::types::{Allowed, Intent, work};
use crate::store::Entry;

/// What the calendar says of a verb that begins work, at this moment.
pub(super) fn allowed(state: &State, intent: &Intent) -> Option<Arc<Allowed>> {
    let work = work(intent.verb)?;
    let entry = state.store.entry(&intent.rollout)?;
    let of_hosts = hosts_asked(intent, entry);
    let sets = if of_hosts.is_some() { sets(state, intent, entry) } else { BTreeSet::new() };
    let verdict = state.calendars.strictest(&sets, Some(work), state.now.civil);
    let verdict = verdict.unwrap_or_else(|| state.window_of(entry, Some(work)));
    let fit = match of_hosts {
        None => Some(state.fit_if_let_on(entry)),
        Some(0) => None,
        Some(hosts) => Some(state.judge().fit_of_hosts(entry, hosts, &verdict)),
    };
    Some(Arc::new(Allowed {
        verdict,
        held: state.override_of(&intent.rollout).cloned(),
        fit,
        of_hosts,
        zone: state.calendars.zone(&entry.rollout.value.tenant),
        key: state.keymap.label(crate::action::Action::Override).map(Text::new),
    }))
}

/// How many hosts at most a verb that goes host by host would set to work. None for what lets waves begin.
fn hosts_asked(intent: &Intent, entry: &Entry) -> Option<u32> {
    let most = most(intent.verb)?;
    if !intent.hosts.is_empty() {
        return Some(u32::try_from(intent.hosts.len()).unwrap_or(u32::MAX));
    }
    let wave = intent.wave.as_ref().and_then(|id| entry.waves().iter().find(|wave| wave.id == *id));
    Some(wave.map(|wave| wave.counts).or(entry.rollout.value.counts).as_ref().map_or(0, most))
}

/// Of whom a verb that goes host by host would set to work so many at most.
fn most(verb: Verb) -> Option<fn(&Counts) -> u32> {
    match verb {
        Verb::Retry => Some(|counts| counts.failed),
        Verb::RollBack | Verb::CatchUp => Some(|counts| counts.total),
        _ => None,
    }
}

/// Whose windows rule the hosts that a verb goes to one by one. Empty where nothing says which hosts those are.
fn sets(state: &State, intent: &Intent, entry: &Entry) -> BTreeSet<HostSet> {
    let mut sets = BTreeSet::new();
    for host in &intent.hosts {
        sets.extend(of_host(state, intent, entry, host, state.store.queue.of(host)));
    }
    if !intent.hosts.is_empty() {
        return sets;
    }
    let meant = |wave: &&Wave| {
        let hosts = most(intent.verb).map_or(0, |most| most(&wave.counts));
        intent.wave.as_ref().map_or(wave.state.has_begun() && hosts > 0, |id| wave.id == *id)
    };
    let waves: Vec<&Wave> = entry.waves().iter().filter(meant).collect();
    sets.extend(waves.iter().map(|wave| state.calendars.rules().set_of_wave(&intent.tenant, wave.name.as_str())));
    if intent.verb == Verb::Retry {
        for failure in state.store.queue.of_rollout(&intent.rollout) {
            let elsewhere = failure.wave.as_ref().is_some_and(|wave| !waves.iter().any(|one| one.id == *wave));
            if !elsewhere {
                sets.extend(of_host(state, intent, entry, failure.host(), Some(failure)));
            }
        }
    }
    sets
}

/// The sets of one host: its own group's and its wave's. Its tenant's only where neither has windows of its own.
fn of_host(state: &State, intent: &Intent, entry: &Entry, host: &HostId, failure: Option<&Failure>) -> BTreeSet<HostSet> {
    let rules = state.calendars.rules();
    let wave = failure.and_then(|failure| failure.wave.as_ref()).or(intent.wave.as_ref());
    let wave = wave.and_then(|id| entry.waves().iter().find(|wave| wave.id == *id));
    let name = failure.map_or_else(|| host.text(), |failure| failure.name.clone());
    let site = state.store.facts_of(host, &name).and_then(|facts| facts.site.as_ref()).map(Text::as_str);
    let own = rules.set_of_host(&intent.tenant, host.raw(), site);
    let both = [Some(own), wave.map(|wave| rules.set_of_wave(&intent.tenant, wave.name.as_str()))];
    let groups: BTreeSet<HostSet> = both.into_iter().flatten().filter(|set| set.group.is_some()).collect();
    if groups.is_empty() { BTreeSet::from([HostSet::of(&intent.tenant)]) } else { groups }
}
