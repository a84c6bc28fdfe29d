//! What people said about failures, as the state knows it: its keys in the memory, and the nights a cause was there.

use jiff::Timestamp;
use jiff::civil::Date;

use super::State;
use super::age::{self, Age, Known};
use crate::domain::{CareStage, Cluster, Failure, Signature, TenantId, Text};

/// The key of a cause in the memory.
pub fn cause_key(signature: &Signature) -> Text {
    Text::new(format!("cause {signature}"))
}

/// The key of one host's failure for one cause.
pub fn failure_key(failure: &Failure) -> Text {
    Text::new(format!("host {}/{} {}", failure.host().backend, failure.host(), failure.signature))
}

impl State {
    /// The date of this night.
    pub fn night(&self) -> Date {
        self.night_of(self.now.civil)
    }

    pub fn night_of(&self, at: Timestamp) -> Date {
        age::night_of(at, &self.local_zone)
    }

    /// How long a cause is open, and how that stands to its deadline. None where nothing of it is known to be open.
    pub fn age(&self, signature: &Signature, tenants: &[TenantId]) -> Option<Age> {
        let known = Known { memory: &self.memory, rules: &self.care, zone: &self.local_zone, now: self.now.civil };
        known.age(&self.store.queue, signature, tenants)
    }

    /// How far people are with a cause.
    pub fn stage_of_cause(&self, signature: &Signature) -> CareStage {
        let newest = || self.store.queue.cluster(signature).and_then(Cluster::last_told);
        self.memory.care(&cause_key(signature)).map_or(CareStage::New, |care| care.stage_at(newest()))
    }

    /// How far people are with one failed host: what was said of it alone, if anything was.
    pub fn own_stage(&self, failure: &Failure) -> Option<CareStage> {
        if !self.memory.has_cares() {
            return None;
        }
        self.memory.care(&failure_key(failure)).map(|care| care.stage_at(failure.at))
    }

    /// Causes that nobody has looked at, or that failed again since they were mended.
    pub fn new_causes(&self) -> usize {
        let is_new = |cluster: &&Cluster| self.stage_of_cause(&cluster.signature) == CareStage::New;
        self.store.queue.clusters().all().filter(is_new).count()
    }
}
