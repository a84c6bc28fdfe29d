//! How patch systems are reached: the port, the adapters behind it, and when to ask.
//!
//! Nothing here draws, and nothing here decides whether a person may do a thing.

pub mod broken;
pub mod hawkbit;
pub mod http;
pub mod port;
pub mod registry;
pub mod secret;
pub mod settings;
pub mod supervise;
