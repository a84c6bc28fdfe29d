//! A rule is a generator of civil start times. Four ways to write one, each in a file of its own.
//!
//! A rule knows no zone, but for the end of a recurrence that is written as an instant; nothing here makes instants of
//! the civil times.

pub mod cron;
pub mod nth;
pub mod patch_tuesday;
pub mod recurrence;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use cron::Cron;
pub use nth::Nth;
pub use recurrence::Recurrence;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// RFC 5545.
    Recurring(Box<Recurrence>),
    Cron(Cron),
    /// An nth weekday of the month and days after it: "Patch Tuesday + 3".
    Nth(Nth),
    Once(DateTime),
}

impl Rule {
    /// Civil starts in `from..to`, in order, each once.
    pub fn starts(&self, zone: &TimeZone, from: DateTime, to: DateTime) -> Vec<DateTime> {
        match self {
            Self::Recurring(rule) => rule.starts(zone, from, to),
            Self::Cron(rule) => rule.starts(from, to),
            Self::Nth(rule) => rule.starts(from, to),
            Self::Once(start) => (from <= *start && *start < to).then_some(*start).into_iter().collect(),
        }
    }
    /// The same rule as an nth weekday of every month at one time, however it was written. None if it is another one.
    pub fn nth(&self) -> Option<Nth> {
        match self {
            Self::Recurring(rule) => rule.nth(),
            Self::Cron(rule) => rule.nth(),
            Self::Nth(rule) => Some(*rule),
            Self::Once(_) => None,
        }
    }
}
