//! Failures piled up: by cause, tenant, wave, host or release, with what a row says of each pile.
//!
//! A pile is named by what its failures share, so that it stays the same pile while failures come and go.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;

use super::Queue;
use crate::domain::{AttemptId, Cluster, Failure, HostId, Release, Retry, Signature, TenantId, Tries, WaveId};

/// What failures are piled by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PileBy {
    #[default]
    Cause,
    Tenant,
    Wave,
    Host,
    Release,
}

impl PileBy {
    pub fn word(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Tenant => "tenant",
            Self::Wave => "wave",
            Self::Host => "host",
            Self::Release => "release",
        }
    }

    pub fn next(self) -> Self {
        match self {
            Self::Cause => Self::Tenant,
            Self::Tenant => Self::Wave,
            Self::Wave => Self::Host,
            Self::Host => Self::Release,
            Self::Release => Self::Cause,
        }
    }
}

/// What the failures of a pile share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pile {
    Cause(Arc<Signature>),
    Tenant(TenantId),
    /// None: the wave is not told.
    Wave(Option<WaveId>),
    Host(HostId),
    Release(Option<Release>),
}

impl Pile {
    pub fn of(by: PileBy, failure: &Failure) -> Self {
        match by {
            PileBy::Cause => Self::Cause(Arc::clone(&failure.signature)),
            PileBy::Tenant => Self::Tenant(failure.tenant.clone()),
            PileBy::Wave => Self::Wave(failure.wave.clone()),
            PileBy::Host => Self::Host(failure.host().clone()),
            PileBy::Release => Self::Release(failure.release.clone()),
        }
    }

    pub fn holds(&self, failure: &Failure) -> bool {
        match self {
            Self::Cause(signature) => failure.signature == *signature,
            Self::Tenant(tenant) => failure.tenant == *tenant,
            Self::Wave(wave) => failure.wave == *wave,
            Self::Host(host) => failure.host() == host,
            Self::Release(release) => failure.release == *release,
        }
    }
}

/// What is told of a pile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sum {
    pub hosts: usize,
    /// Of how many hosts the evidence was read.
    pub read: usize,
    pub tenants: BTreeSet<TenantId>,
    /// Causes in it with their failures.
    pub causes: BTreeMap<Arc<Signature>, u32>,
    /// When the newest happened, and whether the backend said so; else it is when we knew of it.
    pub newest: Option<(Timestamp, bool)>,
    pub tries: Tries,
    /// The next step they share; none if they differ.
    pub retry: Option<Retry>,
}

/// Counts hosts and their evidence once, however often they failed.
#[derive(Default)]
struct Heap<'a> {
    hosts: HashMap<&'a HostId, bool, RandomState>,
    /// By the address of the cause.
    causes: HashMap<*const Signature, (&'a Arc<Signature>, u32), RandomState>,
    retries: BTreeSet<Retry>,
    sum: Sum,
}

impl<'a> Heap<'a> {
    fn take(&mut self, failure: &'a Failure) {
        *self.hosts.entry(failure.host()).or_default() |= failure.is_read();
        self.retries.insert(failure.retry());
        let (sum, when) = (&mut self.sum, (failure.when(), failure.at.is_some()));
        if !sum.tenants.contains(&failure.tenant) {
            sum.tenants.insert(failure.tenant.clone());
        }
        self.causes.entry(Arc::as_ptr(&failure.signature)).or_insert((&failure.signature, 0)).1 += 1;
        sum.newest = sum.newest.max(Some(when));
        let least = if sum.tries.least == 0 { failure.tries } else { sum.tries.least.min(failure.tries) };
        sum.tries = Tries { least, most: sum.tries.most.max(failure.tries) };
    }

    fn done(mut self) -> Sum {
        for (cause, failures) in self.causes.into_values() {
            *self.sum.causes.entry(Arc::clone(cause)).or_default() += failures;
        }
        let retry = self.retries.first().copied().filter(|_| self.retries.len() == 1);
        Sum { hosts: self.hosts.len(), read: self.hosts.values().filter(|read| **read).count(), retry, ..self.sum }
    }
}

fn of_cluster(cluster: &Cluster) -> (Pile, Sum) {
    let sum = Sum {
        hosts: cluster.hosts(),
        read: cluster.read(),
        tenants: cluster.tenants().iter().map(|(tenant, _)| tenant.clone()).collect(),
        causes: BTreeMap::from([(Arc::clone(&cluster.signature), cluster.members().len() as u32)]),
        newest: cluster.newest(),
        tries: cluster.tries(),
        retry: Some(cluster.retry()),
    };
    (Pile::Cause(Arc::clone(&cluster.signature)), sum)
}

impl Queue {
    /// All failures, or those that `shown` lets through, piled up; the widest spread first, then the newest.
    pub fn piles<'a>(&'a self, by: PileBy, shown: Option<&mut dyn FnMut(&'a Failure) -> bool>) -> Vec<(Pile, Sum)> {
        let mut piles: Vec<(Pile, Sum)> = match (by, shown) {
            (PileBy::Cause, None) => self.clusters.ranked().into_iter().map(of_cluster).collect(),
            (PileBy::Cause, Some(shown)) => {
                let mut heaps: HashMap<*const Signature, (&Arc<Signature>, Heap<'_>), RandomState> = HashMap::default();
                for failure in self.clusters.failures().filter(|failure| shown(failure)) {
                    let heap = heaps.entry(Arc::as_ptr(&failure.signature));
                    heap.or_insert_with(|| (&failure.signature, Heap::default())).1.take(failure);
                }
                heaps.into_values().map(|(cause, heap)| (Pile::Cause(Arc::clone(cause)), heap.done())).collect()
            }
            (by, shown) => {
                let mut all = |_: &Failure| true;
                let shown = shown.unwrap_or(&mut all);
                let mut heaps: HashMap<Pile, Heap<'_>, RandomState> = HashMap::default();
                for failure in self.clusters.failures().filter(|failure| shown(failure)) {
                    heaps.entry(Pile::of(by, failure)).or_default().take(failure);
                }
                heaps.into_iter().map(|(pile, heap)| (pile, heap.done())).collect()
            }
        };
        piles.sort_by(|(one, a), (other, b)| (b.hosts, b.newest).cmp(&(a.hosts, a.newest)).then_with(|| one.cmp(other)));
        piles
    }

    /// The failures of a pile, in no order.
    pub fn in_pile<'a>(&'a self, pile: &'a Pile) -> Box<dyn Iterator<Item = &'a Arc<Failure>> + 'a> {
        let of = |tries: Option<&'a BTreeSet<AttemptId>>| {
            tries.into_iter().flatten().filter_map(|attempt| self.clusters.failure(attempt))
        };
        match pile {
            Pile::Cause(signature) => {
                let cluster = self.clusters.get(signature);
                Box::new(cluster.into_iter().flat_map(|cluster| self.clusters.failures_of(cluster)))
            }
            Pile::Host(host) => Box::new(of(self.hosts.get(host))),
            Pile::Wave(Some(wave)) => {
                let of_wave = move |failure: &&Arc<Failure>| failure.wave.as_ref() == Some(wave);
                Box::new(of(self.rollouts.get(&wave.rollout)).filter(of_wave))
            }
            pile => Box::new(self.clusters.failures().filter(move |failure| pile.holds(failure))),
        }
    }

    /// What a whole pile comes to.
    pub fn sum(&self, pile: &Pile) -> Sum {
        let mut heap = Heap::default();
        self.in_pile(pile).for_each(|failure| heap.take(failure));
        heap.done()
    }
}
