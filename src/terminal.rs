//! The terminal: taken over, drawn on, listened to, and given back whatever happens.
//!
//! [`open`] takes it; what it gives back is all that others need.
//!
//! | part | duty |
//! | --- | --- |
//! | guard | the only writer; puts modes on and takes them off again, once, in reverse |
//! | [`Painter`] | one synchronized write a frame, none for a frame that changed nothing; bell and clipboard |
//! | [`Input`] | keys, pastes, sizes as a stream that can be dropped and made again |
//! | [`Notices`] | signals and hangup, from a thread of its own that ends the process if nobody else does |
//! | [`suspend()`] | into the background and back |
//!
//! It asks the terminal nothing, decides nothing, and knows neither screens nor actions. The environment is passed in.

mod clipboard;
mod guard;
mod input;
mod modes;
mod painter;
mod patient;
mod pen;
mod sizes;
mod suspend;
mod watchdog;

pub use clipboard::{CopyError, MOST_ENCODED, Multiplexer};
pub use input::{Event, Input, Mouse};
pub use painter::Painter;
pub use sizes::sizes;
pub use suspend::suspend;
pub use watchdog::{Ending, Notice, Notices};

use guard::Guard;
use watchdog::watch;

use std::io;
use std::sync::Arc;

/// Takes the terminal: watchdog and panic hook first, then the modes. Keys are read by an [`Input`] made after this. The terminal
/// is given back by [`Painter::leave`], or when the painter is dropped.
///
/// # Errors
/// When standard output is no terminal, or the system refuses a part; nothing is left on then.
pub fn open(options: Options) -> io::Result<(Painter, Notices)> {
    let guard = Arc::new(Guard::new(options.mouse)?);
    let notices = watch(&guard)?;
    let painter = Painter::new(Arc::clone(&guard), options)?;
    guard.enter()?;
    Ok((painter, notices))
}

/// What the person wants of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Report clicks and the wheel; takes selecting text away from the terminal.
    pub mouse: bool,
    /// Bracket frames in synchronized output (mode 2026). Off for the few terminals that flicker because of it.
    pub synchronized: bool,
    pub multiplexer: Multiplexer,
}
