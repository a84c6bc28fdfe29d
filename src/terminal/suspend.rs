//! Into the background and back, as a shell expects it of a foreground job.
//!
//! Whether and when is decided elsewhere. Continuing after a stop that nobody could announce (`SIGSTOP`) is
//! [`Painter::come_back`] alone.

use std::io;

use rustix::process::{Signal, kill_current_process_group};
use signal_hook::consts::SIGTTIN;
use signal_hook::low_level::raise;

use super::input::Input;
use super::painter::Painter;

/// Gives the terminal back, stops the whole job, and, when the shell continues it, takes the terminal again. The input stream is
/// dropped before and made anew after, without what was typed meanwhile. The next frame paints everything.
///
/// # Errors
/// When the terminal cannot be taken again.
pub fn suspend(painter: &mut Painter, input: Input) -> io::Result<Input> {
    drop(input);
    let left = painter.leave();
    stop()?;
    painter.come_back()?;
    painter.guard().drop_typed()?;
    left.map(|()| Input::fresh())
}

/// Stops this process and those started with it, until the shell continues them.
///
/// `SIGTSTP` itself has a handler here and would not stop us. `SIGTTIN` stops in the same way, and like it the system drops it
/// when there is no shell that could ever continue the job; `SIGSTOP` would freeze the program for good then. Raising it
/// once more on this thread means that nothing after it runs before the stop; continuing takes all pending stops away.
fn stop() -> io::Result<()> {
    kill_current_process_group(Signal::TTIN)?;
    raise(SIGTTIN)
}
