//! May this be done, what will happen, what will not: eligibility, radius, gates and the plan that a dialog shows.
//!
//! Pure. It reads no clock, sends nothing and knows no backend's name.

pub mod compose;
pub mod decide;
pub mod differences;
mod effect;
mod evidence;
pub mod gate;
mod judge;
mod lines;
mod radius;
pub mod states;
pub mod tenant;
mod title;
pub mod types;
mod window;
mod words;

#[cfg(test)]
mod fixture;

pub use compose::compose;
pub use decide::decide;
pub use differences::differences;
pub use tenant::pause_tenant;
