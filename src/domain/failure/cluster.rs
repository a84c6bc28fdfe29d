//! Failures that share a signature, counted so that one may come, change and go at any time.
//!
//! It holds counts, not the failures: whoever keeps those admits and dismisses each of them once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{AttemptId, Cause, Failure, HostId, Mono, Release, Retry, RolloutId, Signature, TenantId, Variant, WaveId};

/// How often each thing was counted; a thing at zero is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally<K: Ord>(BTreeMap<K, u32>);

impl<K: Ord> Default for Tally<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Tally<K> {
    pub fn add(&mut self, key: &K) {
        match self.0.get_mut(key) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(key.clone(), 1);
            }
        }
    }

    pub fn take(&mut self, key: &K) {
        match self.0.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.0.remove(key);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The things counted, in their order, with how often.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, u32)> {
        self.0.iter().map(|(key, count)| (key, *count))
    }

    pub fn count(&self, key: &K) -> u32 {
        self.0.get(key).copied().unwrap_or(0)
    }

    pub fn first(&self) -> Option<&K> {
        self.0.first_key_value().map(|(key, _)| key)
    }

    pub fn last(&self) -> Option<&K> {
        self.0.last_key_value().map(|(key, _)| key)
    }
}

/// How often the same was tried on the hosts of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    pub least: u32,
    pub most: u32,
}

/// Failures of one signature, across waves, tenants and backends.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    pub signature: Arc<Signature>,
    /// What the telling rule says; none: no rule knows it.
    pub cause: Option<Arc<Cause>>,
    members: BTreeSet<AttemptId>,
    hosts: Tally<HostId>,
    read: Tally<HostId>,
    tenants: Tally<TenantId>,
    rollouts: Tally<RolloutId>,
    waves: Tally<WaveId>,
    releases: Tally<Release>,
    times: Tally<Timestamp>,
    told: Tally<Timestamp>,
    seen: Tally<Mono>,
    tries: Tally<u32>,
    variants: BTreeMap<Variant, Tally<HostId>>,
}

impl Cluster {
    pub fn new(first: &Failure) -> Self {
        Self {
            signature: first.signature.clone(),
            cause: first.cause().cloned(),
            members: BTreeSet::new(),
            hosts: Tally::default(),
            read: Tally::default(),
            tenants: Tally::default(),
            rollouts: Tally::default(),
            waves: Tally::default(),
            releases: Tally::default(),
            times: Tally::default(),
            told: Tally::default(),
            seen: Tally::default(),
            tries: Tally::default(),
            variants: BTreeMap::new(),
        }
    }

    /// Counts a failure of this signature that is not counted yet.
    pub fn admit(&mut self, failure: &Failure) {
        self.members.insert(failure.attempt.clone());
        self.hosts.add(failure.host());
        if failure.is_read() {
            self.read.add(failure.host());
        }
        self.tenants.add(&failure.tenant);
        if let Some(rollout) = &failure.rollout {
            self.rollouts.add(rollout);
        }
        if let Some(wave) = &failure.wave {
            self.waves.add(wave);
        }
        if let Some(release) = &failure.release {
            self.releases.add(release);
        }
        self.times.add(&failure.when());
        if let Some(at) = &failure.at {
            self.told.add(at);
        }
        self.seen.add(&failure.seen);
        self.tries.add(&failure.tries);
        for variant in &failure.variants {
            self.variants.entry(variant.clone()).or_default().add(failure.host());
        }
    }

    /// Takes back what [`Cluster::admit`] counted, given the very same failure.
    pub fn dismiss(&mut self, failure: &Failure) {
        self.members.remove(&failure.attempt);
        self.hosts.take(failure.host());
        if failure.is_read() {
            self.read.take(failure.host());
        }
        self.tenants.take(&failure.tenant);
        if let Some(rollout) = &failure.rollout {
            self.rollouts.take(rollout);
        }
        if let Some(wave) = &failure.wave {
            self.waves.take(wave);
        }
        if let Some(release) = &failure.release {
            self.releases.take(release);
        }
        self.times.take(&failure.when());
        if let Some(at) = &failure.at {
            self.told.take(at);
        }
        self.seen.take(&failure.seen);
        self.tries.take(&failure.tries);
        for variant in &failure.variants {
            if let Some(hosts) = self.variants.get_mut(variant) {
                hosts.take(failure.host());
                if hosts.is_empty() {
                    self.variants.remove(variant);
                }
            }
        }
    }

    /// The same failure was read again, and is as it was.
    pub fn seen_again(&mut self, before: Mono, now: Mono) {
        self.seen.take(&before);
        self.seen.add(&now);
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The failed tries in it; a host may have several.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &AttemptId> {
        self.members.iter()
    }

    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Of how many of its hosts the evidence was read: *n* of [`Cluster::hosts`].
    pub fn read(&self) -> usize {
        self.read.len()
    }

    /// Tenants with their failures.
    pub fn tenants(&self) -> &Tally<TenantId> {
        &self.tenants
    }

    /// Rollouts with their failures.
    pub fn rollouts(&self) -> &Tally<RolloutId> {
        &self.rollouts
    }

    /// Releases that were being installed, with their failures.
    pub fn releases(&self) -> &Tally<Release> {
        &self.releases
    }

    /// Waves with their failures, as far as it is told.
    pub fn waves(&self) -> &Tally<WaveId> {
        &self.waves
    }

    pub fn first_seen(&self) -> Option<Timestamp> {
        self.times.first().copied()
    }

    pub fn last_seen(&self) -> Option<Timestamp> {
        self.times.last().copied()
    }

    /// When its newest failure happened, and whether the backend said so; else it is when we knew, and it is older than that.
    pub fn newest(&self) -> Option<(Timestamp, bool)> {
        let newest = self.last_seen()?;
        Some((newest, self.told.last() == Some(&newest)))
    }

    /// When its newest failure happened, of those that the backend tells a time of.
    pub fn last_told(&self) -> Option<Timestamp> {
        self.told.last().copied()
    }

    /// When the newest of its facts was read.
    pub fn seen(&self) -> Option<Mono> {
        self.seen.last().copied()
    }

    pub fn tries(&self) -> Tries {
        Tries { least: self.tries.first().copied().unwrap_or(0), most: self.tries.last().copied().unwrap_or(0) }
    }

    /// The next step that the rule names; what no rule knows is a person's to judge.
    pub fn retry(&self) -> Retry {
        self.cause.as_ref().map_or(Retry::Manual, |cause| cause.retry)
    }

    /// What was masked, with the number of hosts: by kind, most hosts first.
    pub fn variants(&self) -> Vec<(&Variant, usize)> {
        let mut found: Vec<_> = self.variants.iter().map(|(variant, hosts)| (variant, hosts.len())).collect();
        found.sort_by(|a, b| a.0.what.cmp(&b.0.what).then(b.1.cmp(&a.1)).then(a.0.value.cmp(&b.0.value)));
        found
    }
}
