//! Failures piled up: by cause, tenant, wave, host or release, with what a row says of each pile.
//!
//! A pile is named by what its failures share, so that it stays the same pile while failures come and go.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
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
    /// In their order.
    pub tenants: Vec<TenantId>,
    /// Causes in it with their failures, in their order.
    pub causes: Vec<(Arc<Signature>, u32)>,
    /// When the newest happened, and whether the backend said so; else it is when we knew of it.
    pub newest: Option<(Timestamp, bool)>,
    pub tries: Tries,
    /// The next step they share; none if they differ.
    pub retry: Option<Retry>,
}

/// What of a cause a [`Sift`] lets through, whatever its hosts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Let {
    All,
    None,
    /// Each failure is asked.
    Some,
}

/// Lets some failures through.
pub trait Sift<'a> {
    /// Asked once for a cause, with one of its failures.
    fn cause(&mut self, any: &'a Failure) -> Let;
    fn failure(&mut self, failure: &'a Failure) -> bool;
}

/// Counts failures, and hosts and their evidence once, however often a host failed.
#[derive(Default)]
struct Heap<'a> {
    /// The host of several failures that came last, and whether any of its evidence was read.
    last: Option<(&'a HostId, bool)>,
    /// Its causes are in the order of their addresses.
    sum: Sum,
}

impl<'a> Heap<'a> {
    /// Takes the only failure of a host.
    fn take_only(&mut self, failure: &'a Failure) {
        self.sum.hosts += 1;
        self.sum.read += usize::from(failure.is_read());
        self.count(failure);
    }

    /// Takes a failure of a host that may have more; they come one after the other.
    fn take(&mut self, failure: &'a Failure) {
        let known = self.last.filter(|(host, _)| *host == failure.host());
        let was_read = known.is_some_and(|(_, read)| read);
        self.sum.hosts += usize::from(known.is_none());
        self.sum.read += usize::from(failure.is_read() && !was_read);
        self.last = Some((failure.host(), was_read || failure.is_read()));
        self.count(failure);
    }

    fn count(&mut self, failure: &'a Failure) {
        let (sum, when) = (&mut self.sum, (failure.when(), failure.at.is_some()));
        let least = if sum.causes.is_empty() { failure.tries } else { sum.tries.least.min(failure.tries) };
        sum.tries = Tries { least, most: sum.tries.most.max(failure.tries) };
        if let Err(at) = sum.tenants.binary_search(&failure.tenant) {
            sum.tenants.insert(at, failure.tenant.clone());
        }
        let cause = Arc::as_ptr(&failure.signature);
        match sum.causes.binary_search_by_key(&cause, |(cause, _)| Arc::as_ptr(cause)) {
            Ok(at) => sum.causes[at].1 += 1,
            Err(at) => sum.causes.insert(at, (Arc::clone(&failure.signature), 1)),
        }
        sum.newest = sum.newest.max(Some(when));
    }

    fn done(mut self, steps: &Steps) -> Sum {
        let mut retries = self.sum.causes.iter().filter_map(|(cause, _)| steps.get(&Arc::as_ptr(cause)));
        self.sum.retry = retries.next().copied().filter(|first| retries.all(|retry| retry == first));
        self.sum.causes.sort_unstable();
        self.sum
    }
}

/// The next step of every cause, by its address.
type Steps = HashMap<*const Signature, Retry, RandomState>;

fn of_cluster(cluster: &Cluster) -> (Pile, Sum) {
    let sum = Sum {
        hosts: cluster.hosts(),
        read: cluster.read(),
        tenants: cluster.tenants().iter().map(|(tenant, _)| tenant.clone()).collect(),
        causes: vec![(Arc::clone(&cluster.signature), cluster.members().len() as u32)],
        newest: cluster.newest(),
        tries: cluster.tries(),
        retry: Some(cluster.retry()),
    };
    (Pile::Cause(Arc::clone(&cluster.signature)), sum)
}

/// What a sieve lets through; without one, everything.
fn passing<'a, 's>(mut sieve: Option<&'s mut dyn Sift<'a>>) -> impl FnMut(&'a Failure) -> bool + use<'a, 's> {
    move |failure| sieve.as_mut().is_none_or(|sieve| sieve.failure(failure))
}

impl Queue {
    /// All failures, or those that a sieve lets through, piled up; the widest spread first, then the newest.
    pub fn piles<'a>(&'a self, by: PileBy, sieve: Option<&mut dyn Sift<'a>>) -> Vec<(Pile, Sum)> {
        let mut piles = match (by, sieve) {
            (PileBy::Cause, None) => self.clusters.all().map(of_cluster).collect(),
            (PileBy::Cause, Some(sieve)) => self.sifted(sieve),
            (PileBy::Tenant, sieve) => self.piled(passing(sieve), |of| &of.tenant, |tenant| Pile::Tenant(tenant.clone())),
            (PileBy::Wave, sieve) => self.piled(passing(sieve), |of| of.wave.as_ref(), |wave| Pile::Wave(wave.cloned())),
            (PileBy::Host, sieve) => self.piled(passing(sieve), Failure::host, |host| Pile::Host(host.clone())),
            (PileBy::Release, sieve) => {
                self.piled(passing(sieve), |of| of.release.as_ref(), |release| Pile::Release(release.cloned()))
            }
        };
        piles.sort_by(|(one, a), (other, b)| (b.hosts, b.newest).cmp(&(a.hosts, a.newest)).then_with(|| one.cmp(other)));
        piles
    }

    /// What a sieve leaves of each cause. One walk over all failures is cheaper than looking each up by its cluster.
    fn sifted<'a>(&'a self, sieve: &mut dyn Sift<'a>) -> Vec<(Pile, Sum)> {
        let mut piles = Vec::new();
        let mut asked: HashMap<*const Signature, &Arc<Signature>, RandomState> = HashMap::default();
        for cluster in self.clusters.all() {
            let any = self.clusters.failures_of(cluster).next();
            match any.map_or(Let::None, |any| sieve.cause(any)) {
                Let::All => piles.push(of_cluster(cluster)),
                Let::None => {}
                Let::Some => drop(asked.insert(Arc::as_ptr(&cluster.signature), &cluster.signature)),
            }
        }
        if !asked.is_empty() {
            let cause = |failure: &Failure| Arc::as_ptr(&failure.signature);
            let passes = |failure: &'a Failure| asked.contains_key(&cause(failure)) && sieve.failure(failure);
            piles.extend(self.piled(passes, cause, |address| Pile::Cause(Arc::clone(asked[&address]))));
        }
        piles
    }

    /// The failures that pass, piled by what `by` tells of each.
    fn piled<'a, K: Hash + Eq>(
        &'a self,
        mut passes: impl FnMut(&'a Failure) -> bool,
        by: impl Fn(&'a Failure) -> K,
        pile: impl Fn(K) -> Pile,
    ) -> Vec<(Pile, Sum)> {
        let mut heaps: HashMap<K, Heap<'_>, RandomState> = HashMap::default();
        let (only, several) = self.by_host();
        for failure in only.filter(|failure| passes(failure)) {
            heaps.entry(by(failure)).or_default().take_only(failure);
        }
        for failure in several.into_iter().filter(|failure| passes(failure)) {
            heaps.entry(by(failure)).or_default().take(failure);
        }
        let steps = self.steps();
        heaps.into_iter().map(|(key, heap)| (pile(key), heap.done(&steps))).collect()
    }

    fn steps(&self) -> Steps {
        self.clusters.all().map(|cluster| (Arc::as_ptr(&cluster.signature), cluster.retry())).collect()
    }

    /// All diagnosed failures: of hosts with one, in no order, and of hosts with several, one host after the other.
    ///
    /// Thousands are walked through for a key: their addresses tell the few of the second kind without reading a name.
    fn by_host(&self) -> (impl Iterator<Item = &Failure>, Vec<&Failure>) {
        let tries = self.hosts.values().filter(|tries| tries.len() > 1).flatten();
        let several: Vec<&Failure> = tries.filter_map(|attempt| self.clusters.failure(attempt)).collect();
        let addresses: HashSet<*const Failure, RandomState> =
            several.iter().map(|failure| std::ptr::from_ref(*failure)).collect();
        (self.clusters.failures().filter(move |failure| !addresses.contains(&std::ptr::from_ref(*failure))), several)
    }

    /// The failures of a pile, in no order.
    pub fn in_pile<'a>(&'a self, pile: &'a Pile) -> Box<dyn Iterator<Item = &'a Failure> + 'a> {
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
                let of_wave = move |failure: &&Failure| failure.wave.as_ref() == Some(wave);
                Box::new(of(self.rollouts.get(&wave.rollout)).filter(of_wave))
            }
            pile => Box::new(self.clusters.failures().filter(move |failure| pile.holds(failure))),
        }
    }

    /// What a whole pile comes to.
    pub fn sum(&self, pile: &Pile) -> Sum {
        if let Pile::Cause(signature) = pile {
            return self.clusters.get(signature).map(|cluster| of_cluster(cluster).1).unwrap_or_default();
        }
        let whole = self.piled(|failure| pile.holds(failure), |_| (), |()| pile.clone()).pop();
        whole.map(|(_, sum)| sum).unwrap_or_default()
    }
}
