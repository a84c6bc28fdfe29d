//! What may be lost without harm: pace history, acknowledgements, seen marks, links, the name of the shift.
//!
//! One file of JSON lines, appended and now and then written anew. Damaged lines are skipped, a missing file is an empty
//! memory. Nothing here decides what is shown as true: the backends do. Beside it stands a shelf of documents that a backend
//! asks to keep.

mod file;
mod held;
mod record;
mod shelf;

pub use file::Memory;
pub use record::{Link, Pace, Record, need_key};
pub use shelf::Shelf;

#[cfg(test)]
mod tests;
