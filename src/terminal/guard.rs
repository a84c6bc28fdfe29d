//! Owns the terminal: modes on, modes off, and every byte that is written to it.
//!
//! Entering and leaving are idempotent and may come from any thread: normal end, error, panic, suspend, watchdog. Leaving goes
//! on after an error and reports the first one. It draws nothing and reads nothing.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::termios::{OptionalActions, QueueSelector, Termios, Winsize, isatty, tcflush, tcgetattr, tcgetwinsize, tcsetattr};

use super::modes::{ENTER, LEAVE, MOUSE_OFF, MOUSE_ON, STRING_END};
use super::patient::Patient;

/// The terminal's line settings as they were found, and the handle to put them back through.
struct Line {
    tty: File,
    found: Termios,
}

struct State {
    out: Box<dyn Write + Send>,
    entered: bool,
    /// Wanted, whether entered or not: it comes back after a suspend.
    mouse: bool,
}

/// The one owner of the terminal.
pub struct Guard {
    /// `None` in tests, which have no terminal.
    line: Option<Line>,
    state: Mutex<State>,
    /// Hung up: nobody is there to write to, and nothing to restore.
    gone: AtomicBool,
}

impl Guard {
    /// Takes note of the terminal as it is, without changing it.
    ///
    /// # Errors
    /// When standard output is no terminal, or there is none to read keys from.
    pub fn new(mouse: bool) -> io::Result<Self> {
        if !isatty(io::stdout()) {
            return Err(io::Error::other("standard output is not a terminal"));
        }
        let tty = keys_from()?;
        let found = tcgetattr(&tty)?;
        let out = Patient(File::from(io::stdout().as_fd().try_clone_to_owned()?));
        Ok(Self {
            line: Some(Line { tty, found }),
            state: Mutex::new(State { out: Box::new(out), entered: false, mouse }),
            gone: AtomicBool::new(false),
        })
    }

    /// A guard over any writer, without line settings: for tests.
    #[cfg(test)]
    pub(super) fn over(out: Box<dyn Write + Send>) -> Self {
        Self { line: None, state: Mutex::new(State { out, entered: false, mouse: false }), gone: AtomicBool::new(false) }
    }

    /// Raw mode, alternate screen, hidden cursor, bracketed paste, focus reports, and the mouse if wanted.
    pub fn enter(&self) -> io::Result<()> {
        let mut state = self.state();
        if state.entered {
            return Ok(());
        }
        // Set before anything is on: a half-made entry has to be undone as well.
        state.entered = true;
        if let Some(line) = &self.line {
            let mut raw = line.found.clone();
            raw.make_raw();
            tcsetattr(&line.tty, OptionalActions::Now, &raw)?;
        }
        let mouse = if state.mouse { MOUSE_ON } else { "" };
        state.say(&[ENTER, mouse])
    }

    /// Everything off again, in reverse; nothing if nothing is on.
    ///
    /// # Errors
    /// The first thing that failed; the rest was tried all the same.
    pub fn leave(&self) -> io::Result<()> {
        let mut state = self.state();
        if !state.entered {
            return Ok(());
        }
        state.entered = false;
        if self.gone.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mouse = if state.mouse { MOUSE_OFF } else { "" };
        let said = state.say(&[mouse, LEAVE]);
        said.and(self.restore_line())
    }

    /// Whether the screen is ours now.
    pub fn entered(&self) -> bool {
        self.state().entered
    }

    /// Puts the mouse on or off, now and after every suspend.
    pub fn set_mouse(&self, on: bool) -> io::Result<()> {
        let mut state = self.state();
        if state.mouse == on {
            return Ok(());
        }
        state.mouse = on;
        let entered = state.entered;
        if entered { state.say(&[if on { MOUSE_ON } else { MOUSE_OFF }]) } else { Ok(()) }
    }

    /// Writes to the screen in one go. After leaving it writes nothing: a late frame must not fall onto the shell.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if !state.entered || self.gone.load(Ordering::Relaxed) {
            return Ok(());
        }
        state.out.write_all(bytes)?;
        state.out.flush()
    }

    /// The terminal hung up. Takes no lock, because a writer may still hang in it.
    pub(super) fn gone(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }

    /// Puts modes on again that someone else may have changed while this process was stopped.
    pub(super) fn enter_again(&self) -> io::Result<()> {
        self.state().entered = false;
        self.enter()
    }

    /// Forgets keys that were typed and not read yet.
    pub(super) fn drop_typed(&self) -> io::Result<()> {
        self.line.as_ref().map_or(Ok(()), |line| Ok(tcflush(&line.tty, QueueSelector::IFlush)?))
    }

    /// Line settings as they were found. Takes no lock and does not wait for output, so that it works when a write hangs.
    pub(super) fn restore_line(&self) -> io::Result<()> {
        self.line.as_ref().map_or(Ok(()), |line| Ok(tcsetattr(&line.tty, OptionalActions::Now, &line.found)?))
    }

    /// Leaves after a frame that may have been cut short anywhere.
    pub(super) fn leave_abruptly(&self) {
        // Nobody is left to tell about errors: the process ends next.
        _ = self.restore_line();
        _ = self.write(STRING_END.as_bytes());
        _ = self.leave();
    }

    /// The terminal that keys come from, for the watchdog.
    pub(super) fn tty(&self) -> Option<io::Result<File>> {
        self.line.as_ref().map(|line| line.tty.try_clone())
    }

    /// Columns and rows. A terminal that does not know its size (a serial line says 0 by 0) is taken for 80 by 24.
    pub fn size(&self) -> (u16, u16) {
        self.line.as_ref().and_then(|line| tcgetwinsize(&line.tty).ok()).map_or((80, 24), usable)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while writing must not keep the terminal from being restored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn say(&mut self, parts: &[&str]) -> io::Result<()> {
        self.out.write_all(parts.concat().as_bytes())?;
        self.out.flush()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // An error here has nowhere to go; the owner calls `leave` first if it wants to hear of it.
        _ = self.leave();
    }
}

/// Where keys come from: standard input if it is a terminal, else the controlling one. The input stream chooses the same.
fn keys_from() -> io::Result<File> {
    if isatty(io::stdin()) {
        return Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    }
    File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(|error| io::Error::other(format!("no terminal to read keys from: {error}")))
}

fn usable(size: Winsize) -> (u16, u16) {
    if size.ws_col == 0 || size.ws_row == 0 { (80, 24) } else { (size.ws_col, size.ws_row) }
}

/// Makes a panic on any thread leave the terminal first, and then say what the hook before would have said.
/// `after` runs last and may see to it that the process ends.
pub fn install_panic_hook(guard: &Arc<Guard>, after: impl Fn() + Send + Sync + 'static) {
    let guard = Arc::downgrade(guard);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if let Some(guard) = guard.upgrade() {
            _ = guard.leave();
        }
        before(info);
        after();
    }));
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rstest::rstest;

    /// A writer that others can look into; it can be told to fail.
    #[derive(Clone, Default)]
    pub(in crate::terminal) struct Paper {
        pub bytes: Arc<Mutex<Vec<u8>>>,
        pub writes: Arc<Mutex<usize>>,
        pub torn: Arc<Mutex<bool>>,
    }

    impl Paper {
        pub(in crate::terminal) fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.bytes.lock().expect("not poisoned"))).expect("text")
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if *self.torn.lock().expect("not poisoned") {
                return Err(io::Error::other("torn"));
            }
            *self.writes.lock().expect("not poisoned") += 1;
            self.bytes.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub(in crate::terminal) fn on_paper() -> (Guard, Paper) {
        let paper = Paper::default();
        (Guard::over(Box::new(paper.clone())), paper)
    }

    #[test]
    fn entering_twice_writes_once() {
        let (guard, paper) = on_paper();
        guard.enter().expect("enters");
        assert_eq!(paper.take(), ENTER);
        guard.enter().expect("enters");
        assert_eq!(paper.take(), "");
    }

    #[test]
    fn leaving_twice_writes_once_and_leaving_what_was_never_entered_writes_nothing() {
        let (guard, paper) = on_paper();
        guard.leave().expect("leaves");
        assert_eq!(paper.take(), "");
        guard.enter().expect("enters");
        paper.take();
        guard.leave().expect("leaves");
        assert_eq!(paper.take(), LEAVE);
        guard.leave().expect("leaves");
        assert_eq!(paper.take(), "");
    }

    #[test]
    fn the_mouse_goes_off_before_the_screen_is_left_and_comes_back_with_it() {
        let (guard, paper) = on_paper();
        guard.set_mouse(true).expect("set");
        assert_eq!(paper.take(), "", "nothing is ours yet");
        guard.enter().expect("enters");
        assert_eq!(paper.take(), format!("{ENTER}{MOUSE_ON}"));
        guard.leave().expect("leaves");
        assert_eq!(paper.take(), format!("{MOUSE_OFF}{LEAVE}"));
        guard.enter().expect("enters");
        paper.take();
        guard.set_mouse(false).expect("set");
        assert_eq!(paper.take(), MOUSE_OFF);
    }

    #[test]
    fn nothing_is_written_onto_the_shell_after_leaving() {
        let (guard, paper) = on_paper();
        guard.enter().expect("enters");
        guard.leave().expect("leaves");
        paper.take();
        guard.write(b"late frame").expect("quiet");
        assert_eq!(paper.take(), "");
    }

    #[test]
    fn a_dropped_guard_has_left() {
        let (guard, paper) = on_paper();
        guard.enter().expect("enters");
        paper.take();
        drop(guard);
        assert_eq!(paper.take(), LEAVE);
    }

    #[test]
    fn a_failed_entry_can_still_be_left() {
        let (guard, paper) = on_paper();
        *paper.torn.lock().expect("not poisoned") = true;
        assert!(guard.enter().is_err());
        *paper.torn.lock().expect("not poisoned") = false;
        guard.leave().expect("leaves");
        assert_eq!(paper.take(), LEAVE);
    }

    #[test]
    fn a_terminal_that_hung_up_is_left_without_an_error() {
        let (guard, paper) = on_paper();
        guard.enter().expect("enters");
        paper.take();
        *paper.torn.lock().expect("not poisoned") = true;
        guard.gone();
        guard.write(b"late frame").expect("quiet");
        guard.leave().expect("quiet");
    }

    #[test]
    fn a_string_cut_short_is_ended_before_leaving() {
        let (guard, paper) = on_paper();
        guard.enter().expect("enters");
        paper.take();
        guard.leave_abruptly();
        assert_eq!(paper.take(), format!("{STRING_END}{LEAVE}"));
    }

    #[rstest]
    #[case::serial_line(0, 0, (80, 24))]
    #[case::half_known(0, 50, (80, 24))]
    #[case::known(200, 50, (200, 50))]
    fn a_size_nobody_knows_is_the_classic_one(#[case] columns: u16, #[case] rows: u16, #[case] size: (u16, u16)) {
        assert_eq!(usable(Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 }), size);
    }
}
