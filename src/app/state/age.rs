//! How long a cause is open, over this night and the nights before it, and how that stands to its deadline.
//!
//! It knows nights of the memory and failures of the queue; it asks no clock and says nothing in words.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::cause_key;
use crate::domain::{Care, CareRules, CareStage, Cluster, Deadline, Failure, Signature, TenantId, Text};
use crate::memory::Memory;
use crate::store::queue::{Pile, Queue};

/// A night belongs to the day it began on.
const EVENING: SignedDuration = SignedDuration::from_hours(12);

/// The date of the night that a moment belongs to.
pub fn night_of(at: Timestamp, zone: &TimeZone) -> Date {
    (at - EVENING).to_zoned(zone.clone()).date()
}

/// What ages are counted from.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub memory: &'a Memory,
    pub rules: &'a CareRules,
    /// In which nights are told apart.
    pub zone: &'a TimeZone,
    /// Civil time.
    pub now: Timestamp,
}

/// How long a cause is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Age {
    /// When it first failed since it was last verified; where only the night is known, that night's begin.
    pub since: Timestamp,
    /// Nights it was there in since then, this one included.
    pub nights: usize,
    /// Months up to this one it was there in without a gap, whether or not it was verified in between.
    pub months: u32,
    pub due: Option<Due>,
}

/// When a cause was to be dealt with.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The user's own word.
    pub severity: Text,
    pub within: Duration,
    pub at: Timestamp,
    /// The deadline is over.
    pub over: bool,
}

impl Known<'_> {
    /// Of a cause at these tenants. None where nothing of it is open: it failed nowhere, or was verified since.
    pub fn age(&self, queue: &Queue, signature: &Signature, tenants: &[TenantId]) -> Option<Age> {
        let key = cause_key(signature);
        let cluster = queue.cluster(signature)?;
        let care = self.memory.care(&key);
        if care.is_some_and(|care| care.stage_at(cluster.last_told()) == CareStage::Verified) {
            return None;
        }
        let verified = care.and_then(Care::verified_at);
        let tonight = first(queue, cluster, verified, tenants)?;
        let tonight_is = night_of(tonight, self.zone);
        let earlier = self.earlier(&key, tenants, verified, tonight_is);
        let since = earlier.values().copied().chain([tonight]).min()?;
        let nights = earlier.keys().copied().chain([tonight_is]).collect::<BTreeSet<Date>>().len();
        let months = tenants.iter().map(|tenant| self.months(tenant, &key)).max().unwrap_or(0);
        let due = self.rules.deadline(&signature.class).and_then(|deadline| self.due(deadline, since));
        Some(Age { since, nights, months, due })
    }

    /// Nights in the memory since it was verified, with the first failure of each. Where only the date is known, that of
    /// `tonight` tells nothing that the queue does not tell better.
    fn earlier(&self, key: &Text, tenants: &[TenantId], verified: Option<Timestamp>, tonight: Date) -> BTreeMap<Date, Timestamp> {
        let mut nights: BTreeMap<Date, Timestamp> = BTreeMap::new();
        let known = tenants.iter().flat_map(|tenant| self.memory.nights(tenant, key));
        for (night, first) in known {
            let at = first.or_else(|| self.begin(night).filter(|_| night != tonight));
            let Some(at) = at.filter(|at| *at <= self.now) else { continue };
            if verified.is_none_or(|verified| at > verified) {
                nights.entry(night).and_modify(|first| *first = at.min(*first)).or_insert(at);
            }
        }
        nights
    }

    fn begin(&self, night: Date) -> Option<Timestamp> {
        Some(night.at(12, 0, 0, 0).to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    fn months(&self, tenant: &TenantId, key: &Text) -> u32 {
        let month = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        let months: BTreeSet<i32> = self.memory.nights(tenant, key).map(|(night, _)| month(night)).collect();
        let now = month(night_of(self.now, self.zone));
        (0..=i32::from(u8::MAX)).take_while(|back| months.contains(&(now - back))).count() as u32
    }

    fn due(&self, deadline: &Deadline, since: Timestamp) -> Option<Due> {
        let at = since.checked_add(deadline.within).ok()?;
        Some(Due { severity: deadline.severity.clone(), within: deadline.within, at, over: at < self.now })
    }
}

/// The first failure in the queue, of those after it was verified if there is one.
fn first(queue: &Queue, cluster: &Cluster, verified: Option<Timestamp>, tenants: &[TenantId]) -> Option<Timestamp> {
    let first = cluster.first_seen()?;
    let all = cluster.tenants().iter().all(|(tenant, _)| tenants.contains(tenant));
    if all && verified.is_none_or(|verified| first > verified) {
        return Some(first);
    }
    let pile = Pile::Cause(cluster.signature.clone());
    let of_these = queue.in_pile(&pile).filter(|failure| tenants.contains(&failure.tenant));
    of_these.map(Failure::when).filter(|when| verified.is_none_or(|verified| *when > verified)).min()
}

#[cfg(test)]
mod tests;
