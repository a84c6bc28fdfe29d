//! To be built.
pub mod cockpit;
