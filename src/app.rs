//! The cockpit without a screen: state, message, update, effect, and the loop that joins them.
//!
//! `update` is the only place that changes state; it is synchronous and does no I/O. The room knows no terminal, no HTTP
//! and no backend's name.

pub mod carry;
pub mod closing;
pub mod diagnose;
pub mod effect;
pub mod filter;
pub mod lookout;
pub mod message;
pub mod recall;
pub mod rows;
pub mod runtime;
pub mod scribe;
pub mod start;
pub mod state;
pub mod tell;
pub mod ticket;
pub mod update;
pub mod wanted;
