//! May this be done, what will happen, what will not: eligibility, radius, gates and the plan that a dialog shows.
//!
//! Pure. It reads no clock, sends nothing and knows no backend's name.

pub mod types;
