//! What the failure queue can be asked: how much it holds, by host, by rollout, by cause, and what is to be read next.
//!
//! It changes nothing.

use super::Queue;
use super::unread::Unread;
use crate::diagnosis::Clusters;
use crate::domain::{Attempt, AttemptId, BackendName, Cluster, Failure, HostId, HostState, RolloutId, Signature, Text};

impl Queue {
    /// Failed tries that are current: one for each host and rollout, as a rule.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// Failures that there was no room for.
    pub fn beyond(&self) -> usize {
        self.beyond
    }

    /// Hosts with a failure that is current.
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Failures of which the evidence could be read and was not.
    pub fn unread(&self) -> usize {
        self.unread.values().map(Unread::len).sum()
    }

    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    pub fn cluster(&self, signature: &Signature) -> Option<&Cluster> {
        self.clusters.get(signature)
    }

    /// A failed try, diagnosed or not.
    pub fn failure(&self, attempt: &AttemptId) -> Option<&Failure> {
        self.clusters.failure(attempt).or_else(|| self.pending.get(attempt))
    }

    /// The newest diagnosed failure of a host that nothing newer has overtaken: what it means, how often it was tried, when.
    pub fn of(&self, host: &HostId) -> Option<&Failure> {
        let tries = self.hosts.get(host)?;
        let newest = |failure: &&Failure| (failure.when(), number(&failure.attempt));
        tries.iter().filter_map(|attempt| self.clusters.failure(attempt)).max_by_key(newest)
    }

    /// The diagnosed failures of a rollout.
    pub fn of_rollout(&self, rollout: &RolloutId) -> impl Iterator<Item = &Failure> {
        self.rollouts.get(rollout).into_iter().flatten().filter_map(|attempt| self.clusters.failure(attempt))
    }

    /// The causes of one rollout with the number of its failures, most first.
    pub fn causes_of_rollout(&self, rollout: &RolloutId) -> Vec<(&Cluster, u32)> {
        let mut causes: Vec<(&Cluster, u32)> = self
            .clusters
            .all()
            .map(|cluster| (cluster, cluster.rollouts().count(rollout)))
            .filter(|(_, count)| *count > 0)
            .collect();
        causes.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.signature.cmp(&other.signature)));
        causes
    }

    /// What overtook a failed try.
    pub fn overtaken_by(&self, attempt: &AttemptId) -> Option<&Attempt> {
        self.overtaken.get(attempt)
    }

    /// Whether a newer try on the host of a failed one is still on its way.
    pub fn is_tried_again(&self, attempt: &AttemptId) -> bool {
        self.overtaken.get(attempt).is_some_and(|newest| is_open(newest.state))
    }

    /// What became of failed tries that a newer one overtook: how many are on their way, and how many are done.
    pub fn tried_again(&self) -> (usize, usize) {
        let count = |holds: fn(HostState) -> bool| self.overtaken.values().filter(|newest| holds(newest.state)).count();
        (count(is_open), count(|state| state == HostState::Done))
    }

    pub fn why_unreadable(&self, attempt: &AttemptId) -> Option<&Text> {
        self.unreadable.get(attempt)
    }

    /// Tries whose evidence is to be read next: one of each code, then the rest.
    pub fn to_read(&self, backend: &BackendName, most: usize) -> Vec<&AttemptId> {
        self.unread.get(backend).map(|unread| unread.next(most)).unwrap_or_default()
    }
}

/// It has not come to an end.
fn is_open(state: HostState) -> bool {
    matches!(state, HostState::AtWork | HostState::NotFetched | HostState::Waiting | HostState::Cancelling)
}

/// Backends count their tries; what does not look like a number comes first.
fn number(attempt: &AttemptId) -> Option<u64> {
    attempt.native.as_str().parse().ok()
}
