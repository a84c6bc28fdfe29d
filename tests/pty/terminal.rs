//! A real terminal with a person before it: the binary on a pseudo-terminal, keys in, screen out. Waits are for what the
//! screen shows, under a limit; nothing here sleeps.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{ChildKiller, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A wait that takes longer has failed. Far more than anything needs, because tests share their cores.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a program may leave switched on: alternate screen, bracketed paste, focus reports, three kinds of mouse reports, and
/// synchronized output. The cursor is the one that has to be on.
const OFF_AT_THE_END: [&str; 8] = ["1049", "2004", "1004", "1000", "1002", "1003", "1006", "2026"];

pub const PATCHDECK: &str = env!("CARGO_BIN_EXE_patchdeck");

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// Bytes of a frame that has begun and not ended: a terminal shows it as a whole, or not yet.
    held: Vec<u8>,
    /// The reader takes the next bytes and then lets go of the terminal.
    let_go: bool,
}

pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    hands: Option<Box<dyn Write + Send>>,
    eyes: Option<JoinHandle<()>>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    ended: mpsc::Receiver<u32>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    pid: Pid,
    /// Line settings before the program came, in words.
    found: String,
    home: TempDir,
    /// How long it waits for the screen.
    pub patience: Duration,
}

/// What runs on the terminal, and in which environment.
pub struct Play {
    command: CommandBuilder,
    size: (u16, u16),
    home: TempDir,
}

impl Play {
    pub fn of(program: &str, args: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        let path = std::env::var("PATH").unwrap_or_default();
        let home_path = home.path().to_string_lossy().into_owned();
        for (key, value) in [
            ("PATH", path.as_str()),
            ("HOME", home_path.as_str()),
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LC_ALL", "C.UTF-8"),
            ("USER", "tester"),
        ] {
            command.env(key, value);
        }
        Self { command, size: (120, 36), home }
    }

    /// A night of the twin, small so that it is there at once.
    pub fn demo(args: &[&str]) -> Self {
        Self::of(PATCHDECK, &[&["demo", "--hosts", "200"], args].concat())
    }

    /// The cockpit on one connection to a port where nobody listens.
    pub fn nobody_there() -> Self {
        let mut play = Self::of(PATCHDECK, &[]);
        let config = play.write("config.toml", NOBODY_THERE);
        play.command.args(["--config", &config]);
        play
    }

    /// The cockpit on a config that is there already.
    pub fn on(config: &Path) -> Self {
        Self::of(PATCHDECK, &["--config", &config.to_string_lossy()])
    }

    /// The same under a shell, which runs `script` with the binary as `$0` and the config as `$1`.
    pub fn under_a_shell(options: &str, script: &str) -> Self {
        let mut play = Self::of("sh", &[options, script, PATCHDECK]);
        let config = play.write("config.toml", NOBODY_THERE);
        play.command.arg(config);
        play
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    }

    pub fn append(&self, name: &str, text: &str) {
        let path = self.home.path().join(name);
        let before = std::fs::read_to_string(&path).expect("it is there");
        std::fs::write(&path, before + text).expect("written");
    }

    pub fn env(mut self, key: &str, value: &str) -> Self {
        self.command.env(key, value);
        self
    }

    pub fn size(self, columns: u16, rows: u16) -> Self {
        Self { size: (columns, rows), ..self }
    }

    pub fn begin(self) -> Terminal {
        let Self { command, size, home } = self;
        let pair = native_pty_system().openpty(pty_size(size)).expect("a pseudo-terminal");
        let found = line_settings(&*pair.master);
        let mut child = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let killer = child.clone_killer();
        let pid = child.process_id().and_then(|pid| Pid::from_raw(pid.cast_signed())).expect("a process");
        let (told, ended) = mpsc::channel();
        thread::spawn(move || {
            let status = child.wait().expect("it can be waited for");
            told.send(status.exit_code())
        });
        let parser = vt100::Parser::new(size.1, size.0, 0);
        let seen = Arc::new((Mutex::new(Seen { parser, bytes: Vec::new(), held: Vec::new(), let_go: false }), Condvar::new()));
        let reader = pair.master.try_clone_reader().expect("a reader");
        let eyes = thread::spawn({
            let seen = Arc::clone(&seen);
            move || look(reader, &seen)
        });
        let hands = pair.master.take_writer().expect("a writer");
        Terminal {
            master: Some(pair.master),
            hands: Some(hands),
            eyes: Some(eyes),
            seen,
            ended,
            killer,
            pid,
            found,
            home,
            patience: PATIENCE,
        }
    }
}

const NOBODY_THERE: &str =
    "[[backend]]\nname = \"acme-hb\"\nkind = \"hawkbit\"\nurl = \"http://127.0.0.1:9\"\ntenant = \"acme\"\n";

fn look(mut reader: Box<dyn Read + Send>, seen: &(Mutex<Seen>, Condvar)) {
    let mut bytes = [0; 8_192];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        let mut now = seen.0.lock().expect("nobody panicked here");
        now.takes(&bytes[..count]);
        seen.1.notify_all();
        if now.let_go {
            return;
        }
    }
    // It ended in the middle of a frame: what came of it stays readable.
    let mut now = seen.0.lock().expect("nobody panicked here");
    let rest = std::mem::take(&mut now.held);
    now.parser.process(&rest);
    seen.1.notify_all();
}

const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";
const FRAME_END: &[u8] = b"\x1b[?2026l";

impl Seen {
    fn takes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.held.extend_from_slice(bytes);
        let last = |mark: &[u8]| self.held.windows(mark.len()).rposition(|part| part == mark);
        let whole = match (last(FRAME_BEGIN), last(FRAME_END)) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
            // The mark itself may come in two parts.
            _ => (1..FRAME_BEGIN.len())
                .rev()
                .find(|part| self.held.ends_with(&FRAME_BEGIN[..*part]))
                .map_or(self.held.len(), |part| self.held.len() - part),
        };
        let shown: Vec<u8> = self.held.drain(..whole).collect();
        self.parser.process(&shown);
    }
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn line_settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has settings"))
}

impl Terminal {
    /// Types bytes as they are.
    pub fn types(&mut self, bytes: &str) {
        let hands = self.hands.as_mut().expect("somebody sits there");
        hands.write_all(bytes.as_bytes()).expect("typed");
        hands.flush().expect("typed");
    }

    /// Waits until the screen has `text`.
    pub fn sees(&self, text: &str) {
        self.sees_that(text, |screen| screen.contents().contains(text));
    }

    /// Whether the screen has `text` within this time.
    pub fn shows_within(&self, text: &str, limit: Duration) -> bool {
        let (seen, changed) = &*self.seen;
        let now = seen.lock().expect("nobody panicked here");
        let lacks = |now: &mut Seen| !now.parser.screen().contents().contains(text);
        !changed.wait_timeout_while(now, limit, lacks).expect("nobody panicked here").1.timed_out()
    }

    /// Waits until the screen has lost `text`.
    pub fn loses(&self, text: &str) {
        self.sees_that(&format!("no more {text}"), |screen| !screen.contents().contains(text));
    }

    /// Waits until `holds` is true of the screen.
    pub fn sees_that(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let (seen, changed) = &*self.seen;
        let now = seen.lock().expect("nobody panicked here");
        let (now, wait) =
            changed.wait_timeout_while(now, self.patience, |now| !holds(now.parser.screen())).expect("nobody panicked here");
        assert!(!wait.timed_out(), "never saw {what:?} on\n{}", now.parser.screen().contents());
    }

    pub fn screen(&self) -> String {
        self.now().parser.screen().contents()
    }

    /// Everything that was written so far.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.now().bytes).into_owned()
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.now().parser.screen_mut().set_size(rows, columns);
        self.master.as_ref().expect("a terminal").resize(pty_size((columns, rows))).expect("resized");
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("it is there");
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The link is lost: nobody reads or writes any more. The size is changed so that the reader has something to wake up for.
    pub fn hangs_up(&mut self) {
        self.now().let_go = true;
        self.resize(100, 30);
        self.eyes.take().expect("somebody looks").join().expect("without a panic");
        self.hands = None;
        self.master = None;
    }

    /// Waits for the end; the value is the exit code.
    pub fn ends_within(&mut self, limit: Duration) -> u32 {
        let began = Instant::now();
        let code = self.ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it never ended, on\n{}", self.screen()));
        assert!(began.elapsed() < limit, "it took {:?} to end", began.elapsed());
        if let Some(eyes) = self.eyes.take() {
            eyes.join().expect("without a panic");
        }
        code
    }

    /// Nothing is left on, and keys are echoed as before.
    pub fn is_as_it_was_found(&self) {
        let written = self.written();
        for mode in OFF_AT_THE_END {
            let (on, off) = (written.rfind(&format!("\x1b[?{mode}h")), written.rfind(&format!("\x1b[?{mode}l")));
            assert!(on <= off, "mode {mode} was left on");
        }
        assert!(written.contains("\x1b[?1049h"), "it never took the screen");
        assert!(written.rfind("\x1b[?25l") <= written.rfind("\x1b[?25h"), "the cursor was left hidden");
        assert_eq!(line_settings(&**self.master.as_ref().expect("a terminal")), self.found, "line settings");
    }

    fn now(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().expect("nobody panicked here")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed must not leave its program behind; one that ended has nothing to kill.
        _ = self.killer.kill();
    }
}
