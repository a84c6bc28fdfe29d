//! How the talk with a connection goes: counters and times. It measures nothing itself, and says nothing of a service's health.

use std::time::Duration;

/// How the talk with a connection goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub requests: u64,
    /// Of them: those that were refused, and those without an answer of use.
    pub errors: u64,
    pub not_modified: u64,
    /// Requests a second that the origin's budget allows, in tenths.
    pub budget_tenths: u32,
    /// Median of the last answers.
    pub typical: Duration,
    /// Seconds between board reads now.
    pub board_every: Duration,
    /// Costly questions in the last minute, and how many a minute it allows itself. None where questions cost little.
    pub a_minute: Option<(u32, u32)>,
    /// Whether a stream of hints is open. None where there is none.
    pub listens: Option<bool>,
}
