//! When work is allowed: rules expanded to instants, joined, cut by freezes, shortened by the cutoff; and whether the work
//! fits.
//!
//! The room is pure. Time, zones and the text of files come in as arguments; it reads no clock and no file, it does not
//! know which rollout waits, and it refuses no action: `plan` does.
//!
//! Every rule is a generator of civil times ([`Rule::starts`]), and [`civil::resolve`] is the one place where a civil time
//! becomes an instant: a time that the clock leaves out is taken later by as much as the clock jumps, of a time that comes
//! twice the first is taken (RFC 5545, 3.3.5).

pub mod advice;
pub mod alarms;
pub mod calendars;
pub mod civil;
pub mod combine;
pub mod durations;
pub mod fit;
pub mod freeze;
pub mod ics;
pub mod length;
pub mod outline;
pub mod overrides;
pub mod refused;
pub mod rule;
pub mod rules;
pub mod state;
pub mod waves;
pub mod window;
mod words;

pub use advice::Advice;
pub use alarms::{Alarm, AlarmKind};
pub use calendars::Calendars;
pub use combine::{Calendar, Expansion};
pub use durations::{Cohort, Durations};
pub use fit::{Batch, Earlier, Seen, fit};
pub use freeze::{Freeze, Scope};
pub use length::Length;
pub use outline::{Clash, Outline};
pub use overrides::{Permission, permission};
pub use refused::Refused;
pub use rule::Rule;
pub use rules::{Alarms, FreezeRule, Group, Rules, Terms, WindowRule};
pub use waves::AWave;
pub use window::{Draft, RuleDraft, Window, Zone};

#[cfg(test)]
mod tests;
