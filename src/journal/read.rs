//! Reading every file of a journal directory, damaged ones too: what can be read is told, what cannot is named. It writes nothing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::Deserialize;

use super::chain::Head;
use super::entry::{Entry, Line};
use super::error::{JournalError, why};
use super::verify::{Damage, Scan, scan};

/// One file of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    pub path: PathBuf,
    /// A living process holds it.
    pub live: bool,
    /// Every line that can be read.
    pub lines: Vec<Line>,
    /// The first thing wrong with it.
    pub damage: Option<Damage>,
}

/// All files, oldest name first. A directory that is not there yet is an empty journal.
pub fn read(dir: &Path) -> Result<Vec<FileRead>, JournalError> {
    files(dir)?
        .into_iter()
        .map(|path| {
            let scan = scan_file(&path)?;
            Ok(FileRead { path, live: scan.live, lines: scan.lines, damage: scan.damages.into_iter().next() })
        })
        .collect()
}

/// The journal files of `dir`, by name.
pub fn files(dir: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let wrong = |error: &std::io::Error| JournalError::Directory { path: dir.to_owned(), why: why(error) };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(&error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(&error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

pub fn scan_file(path: &Path) -> Result<Scan, JournalError> {
    let wrong = |error: &std::io::Error| JournalError::Directory { path: path.to_owned(), why: why(error) };
    let file = File::open(path).map_err(|error| wrong(&error))?;
    // Looked at before the bytes are: a process that ends in between leaves a whole file that is called live, not a torn one.
    let live = is_held(&file);
    let bytes = fs::read(path).map_err(|error| wrong(&error))?;
    Ok(scan(&bytes, live))
}

/// Whether another open file holds the lock. The lock taken for asking goes with `file`.
fn is_held(file: &File) -> bool {
    match flock(file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => {
            // A failure leaves the lock to the closing of the file, which is next.
            let _ = flock(file, FlockOperation::Unlock);
            false
        }
        Err(error) => error == rustix::io::Errno::WOULDBLOCK,
    }
}

/// The entry of a line; none if this version cannot read it.
pub fn entry(body_and_hash: &[u8], head: Head, hash: &str) -> Option<Line> {
    #[derive(Deserialize)]
    struct Body {
        entry: Entry,
    }
    let body: Body = serde_json::from_slice(body_and_hash).ok()?;
    Some(Line { at: head.at, seq: head.seq, entry: body.entry, prev: head.prev, hash: hash.to_owned() })
}
