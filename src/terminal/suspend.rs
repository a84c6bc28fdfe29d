//! Into the background and back, as a shell expects it of a foreground job.
//!
//! Whether and when is decided elsewhere. Continuing after a stop that nobody could announce (`SIGSTOP`) is
//! [`Painter::come_back`] alone.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::process::{Signal, kill_current_process_group};
use signal_hook::consts::SIGCONT;
use signal_hook::low_level::{pipe, unregister};

use super::input::Input;
use super::painter::Painter;

/// After so long without being stopped there is no shell that could do it.
const NO_SHELL: Duration = Duration::from_millis(100);

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

/// Stops this process and those started with it, and returns when the shell has continued them.
///
/// `SIGTSTP` itself has a handler here and would not stop us. `SIGTTIN` stops in the same way, and like it the system drops it
/// when there is no shell that could ever continue the job; `SIGSTOP` would freeze the program for good then. It is sent once:
/// a second one could arrive after the shell continued us, and stop the job again.
fn stop() -> io::Result<()> {
    let (mut continued, handler) = UnixStream::pair()?;
    continued.set_read_timeout(Some(NO_SHELL))?;
    let registered = pipe::register(SIGCONT, handler)?;
    let sent = kill_current_process_group(Signal::TTIN);
    // The stop may reach another thread first, so this one waits for the byte that continuing writes. A time-out means that
    // nothing stopped, an interruption that something continued: both go on.
    _ = continued.read(&mut [0; 1]);
    unregister(registered);
    Ok(sent?)
}
