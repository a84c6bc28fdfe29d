//! `[paths]` and `[hosts]`: where our own files lie. Relative paths are relative to the config file; `~/` is the home.

use std::path::{Path, PathBuf};

use super::Dirs;
use super::reader::{Report, Section};

/// What a path in the config is relative to.
pub(super) struct Base<'a> {
    pub dir: &'a Path,
    pub home: Option<PathBuf>,
}

impl Base<'_> {
    pub fn resolve(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.dir.join(path),
        }
    }
}

pub(super) struct Paths {
    pub journal: PathBuf,
    pub memory: PathBuf,
    pub log: PathBuf,
}

pub(super) fn read(root: &mut Section<'_>, report: &mut Report, base: &Base<'_>, dirs: &Dirs) -> Paths {
    let mut paths =
        Paths { journal: dirs.data.join("journal"), memory: dirs.data.join("memory.jsonl"), log: dirs.state.join("log") };
    let Some(mut section) = root.table("paths", report) else { return paths };
    for (key, place) in [("journal", &mut paths.journal), ("memory", &mut paths.memory), ("log", &mut paths.log)] {
        if let Some(path) = section.string(key, report) {
            *place = base.resolve(path.value);
        }
    }
    section.finish(report);
    paths
}

/// `[hosts] csv = "hosts.csv"`
pub(super) fn hosts(root: &mut Section<'_>, report: &mut Report, base: &Base<'_>) -> Option<PathBuf> {
    let mut section = root.table("hosts", report)?;
    let csv = section.required("csv", report, "name the file: csv = \"hosts.csv\"");
    section.finish(report);
    let csv = csv?;
    let path = base.resolve(csv.value);
    if !path.is_file() {
        report.warn(
            csv.at,
            format!("there is no host file at {}", path.to_string_lossy()),
            "hosts are shown without facts until there is one",
        );
    }
    Some(path)
}
