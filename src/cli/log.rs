//! Our own log: one bounded file and the one before it, in the state folder, made when there is something to say.
//!
//! Never stdout, and only our own words: other crates may write requests with their headers, so they are not asked. Every
//! event passes the same door as the screen's words. `PATCHDECK_LOG` is `off`, `error`, `warn` (usual), `info`, `debug` or
//! `trace`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Env;
use crate::domain::Text;

/// Largest log file, in bytes. With the one before it, twice that is all there ever is.
const LARGEST: u64 = 1 << 20;
/// Longest line, in characters.
const LONGEST: usize = 2_000;
/// Events waiting to be written; more than that are dropped, so that a slow disk delays nobody.
const WAITING: usize = 1_000;

/// Begins the log. Dropping the guard writes what still waits; None: it is off, or another log has begun.
pub fn begin(dir: &Path, env: Env<'_>) -> Option<WorkerGuard> {
    let level = env("PATCHDECK_LOG").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    if level == LevelFilter::OFF {
        return None;
    }
    let (writer, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING).finish(Door::new(dir));
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let ours = tracing_subscriber::filter::Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    tracing_subscriber::registry().with(ours).with(layer).try_init().ok()?;
    Some(guard)
}

/// The file, and the door before it.
struct Door {
    path: PathBuf,
    file: Option<(File, u64)>,
}

impl Door {
    fn new(dir: &Path) -> Self {
        Self { path: dir.join("patchdeck.log"), file: None }
    }

    fn open(&self) -> io::Result<(File, u64)> {
        if let Some(dir) = self.path.parent() {
            fs::create_dir_all(dir)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    }
}

impl Write for Door {
    /// Takes one event. What it says becomes one safe line.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let raw = String::from_utf8_lossy(event);
        let mut line = Text::bounded(raw.trim_end_matches('\n'), LONGEST).to_string();
        line.push('\n');
        let (mut file, mut length) = match self.file.take() {
            Some(open) => open,
            None => self.open()?,
        };
        if length + line.len() as u64 > LARGEST {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            (file, length) = self.open()?;
        }
        file.write_all(line.as_bytes())?;
        self.file = Some((file, length + line.len() as u64));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |(file, _)| file.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_becomes_one_line_that_steers_no_terminal() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut door = Door::new(dir.path());
        door.write_all(b"host said \x1b[2J and\nmore\n").expect("written");
        let text = fs::read_to_string(dir.path().join("patchdeck.log")).expect("the log");
        assert_eq!(text.lines().count(), 1);
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn two_files_of_bounded_size_are_all_there_ever_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut door = Door::new(dir.path());
        let event = vec![b'x'; LONGEST];
        for _ in 0..(3 * LARGEST as usize / LONGEST) {
            door.write_all(&event).expect("written");
        }
        let files: Vec<u64> = fs::read_dir(dir.path())
            .expect("a folder")
            .map(|entry| entry.expect("a file").metadata().expect("its size").len())
            .collect();
        assert_eq!(files.len(), 2);
        assert!(files.iter().all(|length| *length <= LARGEST), "{files:?}");
    }

    #[test]
    fn no_file_is_made_while_there_is_nothing_to_say() {
        let dir = tempfile::tempdir().expect("a folder");
        let door = Door::new(&dir.path().join("log"));
        drop(door);
        assert!(!dir.path().join("log").exists());
    }
}
