//! All failures of the night by signature, kept up to date one failure at a time.
//!
//! A failure is known by its host and its try; putting it twice is putting it once, and older never overwrites newer. It does
//! not decide what is on a screen.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::domain::{AttemptId, Cluster, Failure, Signature};

#[derive(Clone, Debug, Default)]
pub struct Clusters {
    failures: HashMap<AttemptId, Failure, RandomState>,
    clusters: HashMap<Arc<Signature>, Cluster, RandomState>,
}

impl Clusters {
    /// Adds a failure, or replaces what was known of the same try. Says whether anything changed.
    pub fn put(&mut self, mut failure: Failure) -> bool {
        if let Some(known) = self.failures.get_mut(&failure.attempt) {
            if failure.seen < known.seen {
                return false;
            }
            failure.noticed = failure.noticed.min(known.noticed);
            if known.is_read() && !failure.is_read() {
                // A list tells less than the evidence of the same try, which was read already.
                failure.evidence.clone_from(&known.evidence);
                failure.signature.clone_from(&known.signature);
                failure.causes.clone_from(&known.causes);
                failure.variants.clone_from(&known.variants);
                failure.at = failure.at.or(known.at);
                failure.code = failure.code.or(known.code);
                if failure.wave.is_none() {
                    failure.wave.clone_from(&known.wave);
                }
            }
            let seen = std::mem::replace(&mut failure.seen, known.seen);
            if failure == *known {
                // Lists say the same again and again: nothing but its age is counted anew.
                let before = std::mem::replace(&mut known.seen, seen);
                if let Some(cluster) = self.clusters.get_mut(&known.signature).filter(|_| before != seen) {
                    cluster.seen_again(before, seen);
                }
                return before != seen;
            }
            failure.seen = seen;
            self.remove(&failure.attempt);
        }
        if !self.clusters.contains_key(&failure.signature) {
            self.clusters.insert(failure.signature.clone(), Cluster::new(&failure));
        }
        if let Some(cluster) = self.clusters.get_mut(&failure.signature) {
            // One address for one cause: whoever goes through thousands of failures need not compare their words.
            failure.signature = Arc::clone(&cluster.signature);
            cluster.admit(&failure);
        }
        self.failures.insert(failure.attempt.clone(), failure);
        true
    }

    /// Forgets a try: it was overtaken by a newer one, or the backend took it back.
    pub fn remove(&mut self, attempt: &AttemptId) -> Option<Failure> {
        let known = self.failures.remove(attempt)?;
        self.dismiss(&known);
        Some(known)
    }

    fn dismiss(&mut self, failure: &Failure) {
        if let Some(cluster) = self.clusters.get_mut(&failure.signature) {
            cluster.dismiss(failure);
            if cluster.is_empty() {
                self.clusters.remove(&failure.signature);
            }
        }
    }

    pub fn get(&self, signature: &Signature) -> Option<&Cluster> {
        self.clusters.get(signature)
    }

    pub fn failure(&self, attempt: &AttemptId) -> Option<&Failure> {
        self.failures.get(attempt)
    }

    /// In no order. Those of one cause share one signature, by its address.
    pub fn failures(&self) -> impl ExactSizeIterator<Item = &Failure> {
        self.failures.values()
    }

    /// The failures of one cluster, in the order of their hosts.
    pub fn failures_of<'a>(&'a self, cluster: &'a Cluster) -> impl Iterator<Item = &'a Failure> {
        cluster.members().filter_map(|attempt| self.failures.get(attempt))
    }

    /// How many clusters there are.
    pub fn len(&self) -> usize {
        self.clusters.len()
    }

    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
    }

    /// In no order.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Cluster> {
        self.clusters.values()
    }

    /// The widest spread first, then the newest.
    pub fn ranked(&self) -> Vec<&Cluster> {
        let mut all: Vec<&Cluster> = self.clusters.values().collect();
        all.sort_by_cached_key(|cluster| (Reverse(cluster.hosts()), Reverse(cluster.last_seen()), cluster.signature.clone()));
        all
    }
}
