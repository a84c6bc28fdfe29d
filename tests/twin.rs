//! The hawkBit twin, held to the recordings of a real server and to the oddities that were seen on one.
//!
//! A real HTTP client talks to a real listener. What a wave of simulated devices does is tested beside its code.

mod twin {
    pub mod client;
    mod faults;
    mod lists;
    mod recorded;
    mod rights;
    mod states;
    mod targets;
}
