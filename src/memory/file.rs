//! The memory's file: read once, appended, written anew by rename when it has grown or was found damaged.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::held::Held;
use super::record::{Link, Pace, Record};
use crate::domain::{Care, RolloutId, TenantId, Text};

/// Lines beyond twice what is worth keeping, before the file is written anew.
const SLACK: usize = 256;
/// Records waiting to be saved at most, while the disk refuses them.
const PENDING: usize = 4096;

/// What was remembered and what is to be saved.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    path: PathBuf,
    held: Held,
    pending: Vec<Record>,
    /// Lines in the file, readable or not.
    lines: usize,
    /// The file cannot simply be appended to.
    damaged: bool,
}

impl Memory {
    /// Never fails: what cannot be read is not remembered.
    pub fn load(path: &Path) -> Self {
        let mut memory = Self { path: path.to_owned(), ..Self::default() };
        let bytes = fs::read(path).unwrap_or_default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            memory.lines += 1;
            match serde_json::from_slice(line) {
                Ok(record) => drop(memory.held.take(record)),
                Err(_) => memory.damaged = true,
            }
        }
        memory.damaged |= !bytes.is_empty() && !bytes.ends_with(b"\n");
        memory
    }

    /// Remembers it at once; it reaches the disk with the next [`save`](Self::save).
    pub fn remember(&mut self, record: Record) {
        if self.held.take(record.clone()) && self.pending.len() < PENDING {
            self.pending.push(record);
        }
    }

    /// Whether there is anything to save.
    pub fn is_dirty(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Writes what is new. On an error nothing is forgotten, and the next call tries again.
    pub fn save(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if let Some(dir) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        if self.damaged || self.lines + self.pending.len() > 2 * self.held.len() + SLACK {
            self.write_anew()?;
        } else {
            let bytes = lines(&self.pending)?;
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
            if let Err(error) = file.write_all(&bytes) {
                self.damaged = true;
                return Err(error);
            }
            self.lines += self.pending.len();
        }
        self.pending.clear();
        Ok(())
    }

    /// Another process may have appended since: its lines are taken in first.
    fn write_anew(&mut self) -> io::Result<()> {
        let mut held = Self::load(&self.path).held;
        for record in self.held.records() {
            held.take(record);
        }
        let records = held.records();
        let new = self.path.with_extension(format!("new-{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&lines(&records)?)?;
        file.sync_data()?;
        fs::rename(&new, &self.path)?;
        self.held = held;
        self.lines = records.len();
        self.damaged = false;
        Ok(())
    }

    /// Waves of a tenant, the oldest first.
    pub fn paces(&self, tenant: &TenantId) -> &[Pace] {
        self.held.paces(tenant)
    }

    /// Waves of all tenants, the oldest of each tenant first.
    pub fn all_paces(&self) -> impl Iterator<Item = &Pace> {
        self.held.all_paces()
    }

    /// Whether a person took note of it, by its [`need_key`](super::need_key).
    pub fn is_acknowledged(&self, need: &Text) -> bool {
        self.held.is_acknowledged(need)
    }

    /// When a person last looked at it.
    pub fn seen(&self, thing: &Text) -> Option<Timestamp> {
        self.held.seen(thing)
    }

    /// What a person said last about a cause or a failed host, by its key.
    pub fn care(&self, of: &Text) -> Option<&Care> {
        self.held.care(of)
    }

    /// Whether anybody said anything about any failure.
    pub fn has_cares(&self) -> bool {
        self.held.has_cares()
    }

    /// Nights in which a cause was there at a tenant, the oldest first, each with the civil time of its first failure where that
    /// is known.
    pub fn nights(&self, tenant: &TenantId, cause: &Text) -> impl Iterator<Item = (Date, Option<Timestamp>)> {
        self.held.nights(tenant, cause)
    }

    /// Links from or to a rollout.
    pub fn links<'a>(&'a self, rollout: &'a RolloutId) -> impl Iterator<Item = &'a Link> {
        self.held.links(rollout)
    }

    /// Who sits here, if the shift has not ended at `now` (real time).
    pub fn person(&self, now: Timestamp) -> Option<&Text> {
        self.held.person(now)
    }
}

fn lines(records: &[Record]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for record in records {
        serde_json::to_writer(&mut bytes, record)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}
