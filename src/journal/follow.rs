//! What other sessions write into the same folder while this one runs: files that grew are read again. It writes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::error::JournalError;
use super::read::{FileRead, files, scan_file};

/// A folder, and how long each of its files was when it was last read.
#[derive(Clone, Debug)]
pub struct Follower {
    dir: PathBuf,
    seen: BTreeMap<PathBuf, u64>,
}

impl Follower {
    /// What lies there now is known; a folder that cannot be read is empty until it can.
    pub fn new(dir: PathBuf) -> Self {
        let seen = files(&dir).unwrap_or_default().into_iter().map(|path| (path.clone(), length(&path))).collect();
        Self { dir, seen }
    }

    /// The files that grew or came since the last look, each whole.
    pub fn grown(&mut self) -> Result<Vec<FileRead>, JournalError> {
        let mut grown = Vec::new();
        for path in files(&self.dir)? {
            let now = length(&path);
            if self.seen.get(&path) == Some(&now) {
                continue;
            }
            let scan = scan_file(&path)?;
            self.seen.insert(path.clone(), now);
            grown.push(FileRead { path, live: scan.live, lines: scan.lines, damage: scan.damages.into_iter().next() });
        }
        Ok(grown)
    }
}

fn length(path: &PathBuf) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}
