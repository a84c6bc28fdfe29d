//! Signals and hangup, watched by a thread of its own, which ends the process within a second if nobody else does.
//!
//! crossterm's reader can loop for ever on the executor's thread once the terminal is gone (crossterm issue 793), so the runtime
//! cannot be trusted to notice. The thread sleeps in one poll over the terminal, the signals and an alarm; idle, it never
//! wakes. It tells the runtime first and leaves it a moment to end by itself. It stops nothing on the backends.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use futures::Stream;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use tokio::sync::mpsc;

use super::guard::{Guard, install_panic_hook};

/// How long the runtime may take to end by itself.
const GRACE: Duration = Duration::from_millis(600);
/// How long restoring the terminal may take after that: its line may be stalled.
const RESCUE: Duration = Duration::from_millis(250);
/// `QUIT` is among them so that it does not dump core onto a screen that is still ours.
const WATCHED: [i32; 6] = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT];

/// Why the program has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A signal of this number.
    Signal(i32),
    /// The terminal is gone.
    Hangup,
    /// Some thread panicked; the terminal is already left.
    Panic,
}

impl Ending {
    /// The exit code a shell expects: 128 and the signal's number; a hangup counts as its signal; 101 after a panic.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Signal(number) => 128 + number,
            Self::Hangup => 128 + SIGHUP,
            Self::Panic => 101,
        }
    }
}

/// What the watchdog tells the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// End now and gracefully; otherwise the process is ended after 600 ms.
    End(Ending),
    /// Someone sent `SIGTSTP`: suspend, please.
    Suspend,
    /// The process was continued: take the terminal again and paint everything.
    Continued,
}

/// The stream of notices. It ends when the watchdog does.
pub struct Notices {
    notices: mpsc::Receiver<Notice>,
}

impl Stream for Notices {
    type Item = Notice;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Notice>> {
        self.notices.poll_recv(context)
    }
}

/// Starts the watchdog and installs the panic hook. Call it before the guard enters, and after any other panic hook is set.
///
/// # Errors
/// When signals cannot be watched or no thread can be started.
pub fn watch(guard: &Arc<Guard>) -> io::Result<Notices> {
    let (read, write) = UnixStream::pair()?;
    let signals = SignalDelivery::with_pipe(read, write, SignalOnly, WATCHED)?;
    let (alarm, trigger) = UnixStream::pair()?;
    trigger.set_nonblocking(true)?;
    let (told, notices) = mpsc::channel(8);
    let tty = guard.tty().transpose()?;
    let watchdog = Watchdog { guard: Arc::clone(guard), tty, signals, alarm: Some(alarm), told, ending: None };
    thread::Builder::new().name("watchdog".to_owned()).spawn(move || watchdog.run())?;
    // A full pipe means that the alarm rings already.
    install_panic_hook(guard, move || _ = (&trigger).write(b"!"));
    Ok(Notices { notices })
}

struct Watchdog {
    guard: Arc<Guard>,
    /// Watched for hangup; `None` once it is gone.
    tty: Option<File>,
    signals: SignalDelivery<UnixStream, SignalOnly>,
    /// Readable when some thread panicked; `None` once the panic hook was replaced and nobody can ring it.
    alarm: Option<UnixStream>,
    told: mpsc::Sender<Notice>,
    /// Why the process has to end, and when at the latest.
    ending: Option<(Ending, Instant)>,
}

impl Watchdog {
    fn run(mut self) {
        loop {
            let left = self.ending.map(|(ending, at)| (ending, at.saturating_duration_since(Instant::now())));
            if let Some((ending, Duration::ZERO)) = left {
                end(&self.guard, ending.exit_code());
            }
            match self.sleep(left.map(|(_, time)| time)) {
                Ok(seen) => self.tell(seen),
                Err(rustix::io::Errno::INTR) => {}
                // Without a poll nobody watches: better to end than to spin on a lost terminal.
                Err(_) => end(&self.guard, 1),
            }
        }
    }

    /// Waits, at most so long, for something to happen.
    fn sleep(&self, at_most: Option<Duration>) -> rustix::io::Result<Seen> {
        let limit =
            at_most.map(|time| Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: i64::from(time.subsec_nanos()) });
        let signals = self.signals.get_read().as_fd();
        let mut fds = vec![PollFd::from_borrowed_fd(signals, PollFlags::IN)];
        fds.extend(self.alarm.as_ref().map(|alarm| PollFd::new(alarm, PollFlags::IN)));
        // No events are asked for: hangup and errors are always reported.
        fds.extend(self.tty.as_ref().map(|tty| PollFd::new(tty, PollFlags::empty())));
        poll(&mut fds, limit.as_ref())?;
        let mut happened = fds.iter().map(|fd| !fd.revents().is_empty());
        let mut next = |watched: bool| watched && happened.next().unwrap_or(false);
        Ok(Seen { signals: next(true), alarm: next(self.alarm.is_some()), hangup: next(self.tty.is_some()) })
    }

    fn tell(&mut self, seen: Seen) {
        if seen.hangup {
            self.tty = None;
            self.guard.gone();
            self.end_soon(Ending::Hangup);
        }
        if seen.alarm {
            // The bytes are taken so that the poll does not return at once again.
            let rung = self.alarm.as_mut().and_then(|alarm| alarm.read(&mut [0; 8]).ok());
            if rung.is_some_and(|bytes| bytes > 0) {
                self.end_soon(Ending::Panic);
            } else {
                self.alarm = None;
            }
        }
        if seen.signals {
            let pending: Vec<i32> = self.signals.pending().collect();
            for signal in pending {
                match signal {
                    SIGTSTP => self.notice(Notice::Suspend),
                    SIGCONT => self.notice(Notice::Continued),
                    _ => self.end_soon(Ending::Signal(signal)),
                }
            }
        }
    }

    /// The first reason counts; later ones do not put it off.
    fn end_soon(&mut self, ending: Ending) {
        if self.ending.is_none() {
            self.ending = Some((ending, Instant::now() + GRACE));
            self.notice(Notice::End(ending));
        }
    }

    /// A runtime that does not listen any more misses nothing: the process ends all the same.
    fn notice(&self, notice: Notice) {
        _ = self.told.try_send(notice);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    signals: bool,
    alarm: bool,
    hangup: bool,
}

/// Restores the terminal, as far as it can be written to, and ends the process without running anything else.
fn end(guard: &Arc<Guard>, code: i32) -> ! {
    let (done, wait) = blocking::sync_channel(1);
    let guard = Arc::clone(guard);
    // Restoring may block on a stalled line or on a writer that does; then it is cut short.
    let rescue = thread::Builder::new().name("rescue".to_owned()).spawn(move || {
        guard.leave_abruptly();
        _ = done.send(());
    });
    if rescue.is_ok() {
        _ = wait.recv_timeout(RESCUE);
    }
    signal_hook::low_level::exit(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::term(Ending::Signal(SIGTERM), 143)]
    #[case::int(Ending::Signal(SIGINT), 130)]
    #[case::quit(Ending::Signal(SIGQUIT), 131)]
    #[case::hangup(Ending::Hangup, 129)]
    #[case::panic(Ending::Panic, 101)]
    fn the_exit_code_names_the_reason(#[case] ending: Ending, #[case] code: i32) {
        assert_eq!(ending.exit_code(), code);
    }

    #[test]
    fn restoring_and_grace_fit_into_a_second() {
        assert!(GRACE + RESCUE < Duration::from_millis(900));
    }

    /// A watchdog without signals, its terminal and its alarm in our hands.
    fn watchdog() -> (Watchdog, Notices, UnixStream, UnixStream) {
        let (read, write) = UnixStream::pair().expect("a pair");
        let signals = SignalDelivery::with_pipe(read, write, SignalOnly, [] as [i32; 0]).expect("no signals");
        let (alarm, trigger) = UnixStream::pair().expect("a pair");
        let (tty, other_end) = UnixStream::pair().expect("a pair");
        let (told, notices) = mpsc::channel(8);
        let tty = Some(File::from(std::os::fd::OwnedFd::from(tty)));
        let guard = Arc::new(super::super::guard::tests::on_paper().0);
        (Watchdog { guard, tty, signals, alarm: Some(alarm), told, ending: None }, Notices { notices }, other_end, trigger)
    }

    /// One turn of the watch, which must not wait: the limit only keeps a broken one from hanging.
    fn turn(watchdog: &mut Watchdog) -> Seen {
        let seen = watchdog.sleep(Some(Duration::from_secs(5))).expect("polls");
        watchdog.tell(seen);
        seen
    }

    const QUIET: Seen = Seen { signals: false, alarm: false, hangup: false };

    #[test]
    fn a_terminal_that_goes_is_told_once_and_then_no_longer_watched() {
        let (mut watchdog, mut notices, other_end, _trigger) = watchdog();
        assert_eq!(watchdog.sleep(Some(Duration::ZERO)), Ok(QUIET));
        drop(other_end);
        assert!(turn(&mut watchdog).hangup);
        assert_eq!(notices.notices.try_recv(), Ok(Notice::End(Ending::Hangup)));
        assert_eq!(watchdog.sleep(Some(Duration::ZERO)), Ok(QUIET));
    }

    #[test]
    fn what_is_typed_does_not_wake_the_watchdog() {
        let (watchdog, _notices, mut other_end, _trigger) = watchdog();
        other_end.write_all(b"jjjj").expect("typed");
        assert_eq!(watchdog.sleep(Some(Duration::ZERO)), Ok(QUIET));
    }

    #[test]
    fn a_panic_is_told_and_the_first_reason_counts() {
        let (mut watchdog, mut notices, other_end, mut trigger) = watchdog();
        trigger.write_all(b"!").expect("rings");
        turn(&mut watchdog);
        drop(other_end);
        turn(&mut watchdog);
        assert_eq!(notices.notices.try_recv(), Ok(Notice::End(Ending::Panic)));
        assert!(notices.notices.try_recv().is_err());
        assert_eq!(watchdog.ending.map(|(ending, _)| ending), Some(Ending::Panic));
    }

    #[test]
    fn a_replaced_panic_hook_is_no_panic() {
        let (mut watchdog, mut notices, _other_end, trigger) = watchdog();
        drop(trigger);
        turn(&mut watchdog);
        assert!(notices.notices.try_recv().is_err());
        assert_eq!(watchdog.sleep(Some(Duration::ZERO)), Ok(QUIET));
    }
}
