//! Intents and outcomes, written before the first byte leaves and after the answer came: JSON lines, hash-chained, fsynced.
//!
//! One file a process, locked while the process lives, never changed afterwards. It is the user's own record and no proof
//! against its owner: whole lines cut off the end of the newest file leave no trace. It repairs nothing, deletes nothing and
//! knows no secret.

mod chain;
mod entry;
mod error;
mod follow;
mod intents;
mod read;
mod verify;
mod write;

pub use entry::{Before, Entry, Line, Who};
pub use error::JournalError;
pub use follow::Follower;
pub use intents::{OpenIntent, open_intents};
pub use read::{FileRead, read};
pub use verify::{Damage, Finding, What, verify};
pub use write::Journal;

#[cfg(test)]
mod tests;
