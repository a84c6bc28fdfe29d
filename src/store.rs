//! What we know now: tables by id, merged from observations, each fact with its source and its age.
//!
//! It asks nobody and forgets nothing that is still on a screen. Merging is idempotent, and older never overwrites newer.

pub mod connection;
pub mod course;
pub mod forecast;
pub mod hosts;
pub mod lanes;
pub mod merge;
pub mod pace;
pub mod pause;
pub mod queue;
pub mod read;
pub mod theirs;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::{
    AttemptId, BackendName, BackendWord, Fresh, HostFacts, HostId, HostRow, HostState, HostStory, Mono, Rollout, RolloutId,
    StoryLine, Tenant, TenantId, Text, Wave, WaveId,
};
pub use connection::Connection;
pub use course::{Began, Course};
pub use hosts::HostList;
pub use lanes::Lanes;
pub use pace::Pace;
use pause::Crossings;
pub use queue::Queue;

/// One rollout with everything read about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub rollout: Fresh<Rollout>,
    pub waves: Option<Fresh<Vec<Wave>>>,
    /// Settled hosts over time, of the whole rollout.
    pub pace: Pace,
    /// Since when a complete list of live rollouts lacks it and no list of ended ones has named it.
    pub unlisted: Option<Mono>,
    /// Since when it was read in the state it is in.
    pub since: Mono,
    /// What was seen of waves over their limit.
    pub crossings: Crossings,
    /// The same of each wave.
    pub wave_pace: BTreeMap<WaveId, Pace>,
    /// How each wave went since it was first read.
    pub courses: BTreeMap<WaveId, Course>,
}

/// Answer to a search of hosts.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Found {
    pub text: Text,
    pub hosts: BTreeMap<HostId, crate::domain::HostRow>,
    /// Matches each backend has, and when it said so.
    pub totals: BTreeMap<BackendName, Fresh<u32>>,
}

#[derive(Clone, Debug, Default)]
pub struct Store {
    pub connections: BTreeMap<BackendName, Connection>,
    pub tenants: BTreeMap<TenantId, Tenant>,
    pub rollouts: BTreeMap<RolloutId, Entry>,
    pub hosts: HashMap<WaveId, HostList>,
    /// Failed hosts of a wave that somebody looks into.
    pub wave_failures: HashMap<WaveId, HostList>,
    pub failures: HashMap<RolloutId, HostList>,
    /// Pages of those lists, by their first place, with a host that is being tried again.
    pub again: BTreeSet<(RolloutId, u32)>,
    /// Why hosts failed, over all connections.
    pub queue: Queue,
    /// What is no failure and must not hide.
    pub lanes: Lanes,
    pub evidence: HashMap<AttemptId, Fresh<Vec<StoryLine>>>,
    pub stories: HashMap<HostId, Fresh<HostStory>>,
    pub found: Found,
    /// What each backend says of allowed times by itself.
    pub theirs: BTreeMap<BackendName, Fresh<BackendWord>>,
    /// How often one of them was taken.
    pub theirs_read: u64,
    /// What the user's own file says of hosts, by name in lower case.
    pub host_facts: HashMap<String, HostFacts>,
    /// Moves whenever something visible changed.
    pub revision: u64,
}

impl Store {
    pub fn entry(&self, id: &RolloutId) -> Option<&Entry> {
        self.rollouts.get(id)
    }

    pub fn wave(&self, id: &WaveId) -> Option<&Wave> {
        self.entry(&id.rollout)?.waves.as_ref()?.value.iter().find(|wave| wave.id == *id)
    }

    /// Failed hosts of a wave as far as a list of them was read, each once. A later word of the whole list counts.
    pub fn failed_first(&self, wave: &WaveId) -> Vec<&Fresh<HostRow>> {
        let Some(failed) = self.wave_failures.get(wave) else { return Vec::new() };
        let mut seen: HashSet<&HostId> = HashSet::new();
        let mut top: Vec<&Fresh<HostRow>> = failed.rows.values().filter(|row| seen.insert(&row.value.id)).collect();
        let all = self.hosts.get(wave).into_iter().flat_map(|list| list.rows.values());
        let not_failed = all.filter(|row| row.value.state != HostState::Failed && seen.contains(&row.value.id));
        let since: HashMap<&HostId, Mono> = not_failed.map(|row| (&row.value.id, row.seen)).collect();
        top.retain(|row| since.get(&row.value.id).is_none_or(|later| *later <= row.seen));
        top
    }

    /// What the user's own file says of a host: by the backend's id of it, which is its alone, or else by the name it goes by.
    pub fn facts_of(&self, host: &HostId, name: &Text) -> Option<&HostFacts> {
        let by = |word: &str| self.host_facts.get(&word.to_lowercase());
        by(host.raw()).or_else(|| by(name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_a_host_are_found_by_its_id_before_the_name_that_it_goes_by() {
        let mut store = Store::default();
        for host in ["till-07", "front desk"] {
            let facts = HostFacts { role: Some(Text::new(host)), ..HostFacts::default() };
            store.host_facts.insert(host.to_owned(), facts);
        }
        let role = |id: &str, name: &str| {
            let id = HostId::new(BackendName::new("acme-hb"), id);
            store.facts_of(&id, &Text::new(name)).and_then(|facts| facts.role.clone())
        };
        assert_eq!(role("TILL-07", "front desk"), Some(Text::new("till-07")));
        assert_eq!(role("0815", "Front Desk"), Some(Text::new("front desk")));
        assert_eq!(role("0815", "0815"), None);
    }
}
