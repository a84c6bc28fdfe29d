//! The twins, held to the recordings of real servers and to the oddities that were seen on them.
//!
//! A real HTTP client talks to a real listener. What a wave of simulated devices does is tested beside its code.

mod twin {
    pub mod client;
    mod faults;
    mod lists;
    mod recorded;
    mod rights;
    mod salt;
    mod sending;
    mod states;
    mod targets;
    mod trouble;
}
