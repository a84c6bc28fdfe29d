//! The terminal: taken over, drawn on, listened to, and given back whatever happens.
//!
//! | part | duty |
//! | --- | --- |
//! | [`Guard`] | the only writer; puts modes on and takes them off again, once, in reverse |
//! | [`Painter`] | one synchronized write a frame, none for a frame that changed nothing; bell and clipboard |
//! | [`Input`] | keys, pastes, sizes as a stream that can be dropped and made again |
//! | [`watch`] | signals and hangup, from a thread of its own that ends the process if nobody else does |
//! | [`suspend`] | into the background and back |
//!
//! It asks the terminal nothing, decides nothing, and knows neither screens nor actions. The environment is passed in.

mod clipboard;
mod guard;
mod input;
mod modes;
mod painter;
mod pen;
mod suspend;
mod watchdog;

pub use clipboard::{CopyError, MOST_ENCODED, Multiplexer};
pub use guard::{Guard, install_panic_hook};
pub use input::{Event, Input, Mouse};
pub use painter::Painter;
pub use suspend::suspend;
pub use watchdog::{Ending, Notice, Notices, watch};

/// What the person wants of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Report clicks and the wheel; takes selecting text away from the terminal.
    pub mouse: bool,
    /// Bracket frames in synchronized output (mode 2026). Off for the few terminals that flicker because of it.
    pub synchronized: bool,
    pub multiplexer: Multiplexer,
}
