//! What is left of a plan that did not come to its end: the hosts that no call of it has named. Values only.

use super::{Intent, Step};
use crate::domain::{HostId, Text};

/// The part of a plan that never left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// The same intent, about the hosts that are left.
    pub intent: Intent,
    /// Calls about hosts that left.
    pub left: u32,
    /// Calls about hosts that the plan had.
    pub of: u32,
    /// What became of those that left, as far as it was known before.
    pub told: Vec<Text>,
}

impl Rest {
    /// None: every call about hosts has left, or none has.
    pub fn of(intent: &Intent, steps: &[Step], has_left: impl Fn(u32) -> bool) -> Option<Self> {
        let calls = || steps.iter().filter_map(|step| if let Step::Call(call) = step { Some(call) } else { None });
        let about = || calls().filter(|call| !call.hosts.is_empty());
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let hosts: Vec<HostId> = about()
            .filter(|call| !has_left(call.id))
            .flat_map(|call| &call.hosts)
            .map(|host| HostId::new(intent.backend().clone(), host))
            .collect();
        let left = about().filter(|call| has_left(call.id)).count();
        if hosts.is_empty() || left == 0 {
            return None;
        }
        Some(Self { intent: Intent { hosts, ..intent.clone() }, left: count(left), of: count(about().count()), told: Vec::new() })
    }
}
