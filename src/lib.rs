//! patchdeck: a terminal cockpit for patch night.
//!
//! The backend does the work; patchdeck shows and asks. The crate is a house of rooms, one subject each; which room may
//! know which other one is a table in `tests/architecture.rs`, and `docs/architecture.md` tells the story.
//!
//! | room | subject |
//! | --- | --- |
//! | [`domain`] | all nouns, pure values |
//! | [`action`] | the verbs a person may ask for, one row each |
//! | [`plan`] | may this be done, what will happen, what will not |
//! | [`store`] | what we know now, how old it is, who said so |
//! | [`backend`] | the port every patch system is reached through, the adapters, and when to ask |
//! | [`journal`] | intents and outcomes, hash-chained, before the first byte |
//! | [`memory`] | what may be lost without harm |
//! | [`app`] | state, message, update, effect, and the loop that joins them |
//! | [`keymap`], [`theme`], [`config`] | what the user may change |
//! | [`sheet`] | TOML a person may lay over the built-in one: found, chained, read with every mistake told |
//! | [`ui`] | drawing from shared references |
//! | [`terminal`] | the only room that touches the terminal |
//! | [`twin`] | stand-in servers that share no code with the adapters |
//! | [`cli`] | one file a sub-command; joins the rooms |

pub mod action;
pub mod app;
pub mod backend;
pub mod cli;
pub mod config;
pub mod domain;
pub mod journal;
pub mod keymap;
pub mod memory;
pub mod plan;
pub mod sheet;
pub mod store;
pub mod terminal;
pub mod theme;
pub mod twin;
pub mod ui;
