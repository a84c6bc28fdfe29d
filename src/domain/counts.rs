//! How many hosts are in which state. The backend counts; we only add up.

use serde::{Deserialize, Serialize};

use super::Percent;

/// Hosts by state, in hosts. `total` is the backend's own word and need not be the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub total: u32,
    pub waiting: u32,
    pub running: u32,
    pub done: u32,
    pub failed: u32,
    pub skipped: u32,
    pub cancelled: u32,
    pub unknown: u32,
}

impl Counts {
    /// Hosts that may still change: not yet begun, at work, or unknown.
    pub fn left(&self) -> u32 {
        self.waiting.saturating_add(self.running).saturating_add(self.unknown)
    }

    /// Hosts whose attempt has ended, well or not.
    pub fn settled(&self) -> u32 {
        self.done.saturating_add(self.failed).saturating_add(self.skipped).saturating_add(self.cancelled)
    }

    /// Hosts that were told to begin and of which no end is known.
    pub fn unended(&self) -> u32 {
        self.running.saturating_add(self.unknown)
    }

    /// Share of all hosts that the backend reports as done.
    pub fn done_share(&self) -> Percent {
        Percent::of(self.done, self.total)
    }

    /// Share of all hosts that the backend reports as failed.
    pub fn failed_share(&self) -> Percent {
        Percent::of(self.failed, self.total)
    }
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            total: self.total.saturating_add(other.total),
            waiting: self.waiting.saturating_add(other.waiting),
            running: self.running.saturating_add(other.running),
            done: self.done.saturating_add(other.done),
            failed: self.failed.saturating_add(other.failed),
            skipped: self.skipped.saturating_add(other.skipped),
            cancelled: self.cancelled.saturating_add(other.cancelled),
            unknown: self.unknown.saturating_add(other.unknown),
        }
    }
}
