//! What people said about failures, as the state knows it: its keys in the memory, and the nights a cause was there.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::State;
use crate::domain::{Failure, Signature, TenantId, Text};

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

    /// Causes that nobody has looked at.
    pub fn new_causes(&self) -> usize {
        self.store.queue.clusters().all().filter(|cluster| self.memory.care(&cause_key(&cluster.signature)).is_none()).count()
    }
}
