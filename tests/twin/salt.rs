//! The Salt twin, held to the recordings of a real master and to the ten things of the reference that bite.

mod client;
mod events;
mod jobs;
mod recorded;
mod refusals;
