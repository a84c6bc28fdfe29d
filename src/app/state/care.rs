//! What people said about failures, as the state knows it: its keys in the memory, and the nights a cause was there.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::State;
use crate::domain::{CareStage, Cluster, Failure, Signature, TenantId, Text};

/// A night belongs to the day it began on.
const EVENING: SignedDuration = SignedDuration::from_hours(12);

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
        (self.now.civil - EVENING).to_zoned(self.local_zone.clone()).date()
    }

    /// In how many months up to this one the cause was there at a tenant, without a gap.
    pub fn months_running(&self, tenant: &TenantId, signature: &Signature) -> u32 {
        let month = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        let cause = cause_key(signature);
        let months: std::collections::BTreeSet<i32> = self.memory.nights(tenant, &cause).map(month).collect();
        let now = month(self.night());
        (0..=i32::from(u8::MAX)).take_while(|back| months.contains(&(now - back))).count() as u32
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
