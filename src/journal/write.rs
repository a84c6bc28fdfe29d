//! The process's own file: made, locked, appended. Each line is written whole and reaches the disk before `append` returns.
//!
//! After a line that could not be written it takes no further one: what stands behind a torn line would be unreadable.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};

use super::chain::{GENESIS, seal};
use super::entry::{Before, Entry, Who};
use super::error::{JournalError, why};
use super::read::{files, scan_file};

/// Where lines go. A trait, so that tests can fill the disk.
pub trait Disk: Send {
    /// Writes all of `line` and waits until it lies on the disk.
    fn write(&mut self, line: &[u8]) -> io::Result<()>;
}

impl Disk for File {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.metadata()?.nlink() == 0 {
            return Err(io::Error::other("the file has been removed"));
        }
        self.write_all(line)?;
        self.sync_data()
    }
}

/// The open journal of this process.
pub struct Journal {
    disk: Box<dyn Disk>,
    path: PathBuf,
    seq: u64,
    last: String,
    closed: bool,
}

impl Journal {
    /// Makes this process's file in `dir` (made if missing, for its owner only), locks it and writes its first line.
    pub fn open(dir: &Path, who: Who, at: Timestamp) -> Result<Self, JournalError> {
        let in_dir = |error: &io::Error| JournalError::Directory { path: dir.to_owned(), why: why(error) };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| in_dir(&error))?;
        let before = newest(dir)?;
        let path = free_name(dir, at, who.pid);
        let create = |error: &io::Error| JournalError::Create { path: path.clone(), why: why(error) };
        // Locked and begun under another name first: whoever lists the directory meets only files with an owner and a first line.
        let opening = dir.join(format!(".opening-{}", path.file_name().unwrap_or_default().to_string_lossy()));
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&opening).map_err(|error| create(&error))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| JournalError::Lock { path: path.clone(), why: why(&error.into()) })?;
        let prev = before.as_ref().map_or_else(|| GENESIS.to_owned(), |before| before.hash.clone());
        let mut journal = Self { disk: Box::new(file), path: path.clone(), seq: 0, last: prev, closed: false };
        journal.append(at, &Entry::Opened { who, version: env!("CARGO_PKG_VERSION").to_owned(), after: before })?;
        fs::rename(&opening, &path).map_err(|error| create(&error))?;
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| in_dir(&error))?;
        Ok(journal)
    }

    /// Adds one line. When this returns `Ok`, the line lies on the disk.
    pub fn append(&mut self, at: Timestamp, entry: &Entry) -> Result<(), JournalError> {
        if self.closed {
            return Err(JournalError::Closed { path: self.path.clone() });
        }
        let seq = self.seq + 1;
        let (line, hash) = seal(at, seq, &self.last, entry).map_err(|error| JournalError::Encode(error.to_string().into()))?;
        if let Err(error) = self.disk.write(&line) {
            self.closed = true;
            return Err(JournalError::Write { path: self.path.clone(), why: why(&error) });
        }
        self.seq = seq;
        self.last = hash;
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same journal over another disk.
    #[cfg(test)]
    pub(super) fn onto(self, disk: Box<dyn Disk>) -> Self {
        Self { disk, ..self }
    }
}

/// The newest file by name and the hash of its last whole line.
fn newest(dir: &Path) -> Result<Option<Before>, JournalError> {
    let Some(path) = files(dir)?.pop() else { return Ok(None) };
    let scanned = scan_file(&path)?;
    let hash = scanned.last_hash.unwrap_or_else(|| GENESIS.to_owned());
    Ok(path.file_name().map(|name| Before { file: name.to_string_lossy().into_owned(), hash }))
}

/// `20261208T221405.123Z-0004711.jsonl`: names sort by time, and no two processes of a machine share one.
fn free_name(dir: &Path, at: Timestamp, pid: u32) -> PathBuf {
    let stem = format!("{}.{:03}Z-{pid:07}", at.strftime("%Y%m%dT%H%M%S"), at.subsec_millisecond());
    let first = dir.join(format!("{stem}.jsonl"));
    let more = (1..1000).map(|place| dir.join(format!("{stem}-{place:03}.jsonl")));
    std::iter::once(first.clone()).chain(more).find(|path| !path.exists()).unwrap_or(first)
}
