//! Is the chain whole: line by line inside a file, and from each file to the one it names. It says which file and which line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::chain::{GENESIS, Head, hash, unseal};
use super::entry::{Entry, Line};
use super::read::{entry, files, scan_file};
use crate::domain::Text;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A line is not what was written.
    Changed,
    /// Lines are gone.
    Missing,
    /// A line stands at another place, or twice.
    Reordered,
    /// The last line was not written whole: the process or the machine stopped, or the disk was full.
    Torn,
    /// A line does not follow from the one before it.
    ChainBroken,
    /// The file that a file names as the one before it is gone.
    FileMissing,
    /// A whole line whose entry this version cannot read.
    NotUnderstood,
    /// The directory or a file cannot be read.
    Unreadable,
}

/// One damage inside a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// 1 for the first line of the file.
    pub line: usize,
    pub what: What,
    pub words: Text,
}

/// One damage of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub file: PathBuf,
    /// 1 for the first line; 0 where it is about the file as a whole.
    pub line: usize,
    pub what: What,
    pub words: Text,
}

/// Everything read from one file's bytes.
#[derive(Default)]
pub struct Scan {
    pub live: bool,
    pub lines: Vec<Line>,
    pub damages: Vec<Damage>,
    /// Hashes of all lines, as they state them.
    pub hashes: BTreeSet<String>,
    pub last_hash: Option<String>,
}

/// All that is wrong in `dir`; empty if every chain is whole. Files of processes that live side by side may name the same file.
pub fn verify(dir: &Path) -> Vec<Finding> {
    let unreadable =
        |file: &Path, words: String| Finding { file: file.to_owned(), line: 0, what: What::Unreadable, words: Text::new(words) };
    let paths = match files(dir) {
        Ok(paths) => paths,
        Err(error) => return vec![unreadable(dir, error.to_string())],
    };
    let mut findings = Vec::new();
    let mut scans = BTreeMap::new();
    for path in paths {
        match scan_file(&path) {
            Ok(scan) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                scans.insert(name, (path, scan));
            }
            Err(error) => findings.push(unreadable(&path, error.to_string())),
        }
    }
    for (path, scan) in scans.values() {
        let in_file =
            |damage: &Damage| Finding { file: path.clone(), line: damage.line, what: damage.what, words: damage.words.clone() };
        findings.extend(scan.damages.iter().map(in_file));
        findings.extend(link(scan, &scans).map(|(what, words)| Finding { file: path.clone(), line: 1, what, words }));
    }
    findings
}

/// Whether the file that this one names is there and holds the hash it names.
fn link(scan: &Scan, scans: &BTreeMap<String, (PathBuf, Scan)>) -> Option<(What, Text)> {
    let Some(Line { entry: Entry::Opened { after: Some(before), .. }, .. }) = scan.lines.first() else { return None };
    let Some((_, named)) = scans.get(&before.file) else {
        return Some((What::FileMissing, Text::new(format!("the file before it, {}, is gone", before.file))));
    };
    if before.hash == GENESIS || named.hashes.contains(&before.hash) {
        return None;
    }
    Some((What::Missing, Text::new(format!("the line it follows is gone from {}", before.file))))
}

/// Reads all lines of a file. The unfinished last line of a live one is no damage: it is being written.
pub fn scan(bytes: &[u8], live: bool) -> Scan {
    let mut scan = Scan { live, ..Scan::default() };
    let mut by_seq: BTreeMap<u64, String> = BTreeMap::new();
    let mut heads: Vec<(usize, u64, String)> = Vec::new();
    if bytes.is_empty() {
        // A file gets its name only after its first line is written.
        scan.damages.push(Damage { line: 1, what: What::Missing, words: "the file is empty: its lines are missing".into() });
        return scan;
    }
    let whole = bytes.ends_with(b"\n");
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let raw: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    for (place, line) in raw.iter().enumerate() {
        let number = place + 1;
        let mut damage = |what, words: &str| scan.damages.push(Damage { line: number, what, words: words.into() });
        let last_and_open = number == raw.len() && !whole;
        let sealed = unseal(line).and_then(|(body, stated)| Some((body, stated, serde_json::from_slice::<Head>(line).ok()?)));
        let Some((body, stated, head)) = sealed else {
            if !last_and_open {
                damage(What::Changed, "this is no journal line");
            } else if !live {
                damage(What::Torn, "the last line was not written whole");
            }
            continue;
        };
        if last_and_open && !live {
            damage(What::Torn, "the last line was not written to its end");
        }
        if hash(body) != stated {
            damage(What::Changed, "the line is not what was written");
        }
        if by_seq.insert(head.seq, stated.to_owned()).is_some() {
            damage(What::Reordered, "a line of this number stands twice");
        }
        heads.push((number, head.seq, head.prev.clone()));
        scan.hashes.insert(stated.to_owned());
        scan.last_hash = Some(stated.to_owned());
        match entry(line, head, stated) {
            Some(line) => scan.lines.push(line),
            None => scan.damages.push(Damage {
                line: number,
                what: What::NotUnderstood,
                words: "the line is whole, and this version cannot read what it says".into(),
            }),
        }
    }
    scan.damages.extend(order(&heads, &by_seq));
    scan.damages.extend(first(&scan.lines));
    scan.damages.sort_by_key(|damage| damage.line);
    scan
}

/// Gaps, lines out of place, and lines that name another line before them.
fn order(heads: &[(usize, u64, String)], by_seq: &BTreeMap<u64, String>) -> Vec<Damage> {
    let mut damages = Vec::new();
    let mut highest = 0;
    for (number, seq, prev) in heads {
        let mut damage = |what, words: String| damages.push(Damage { line: *number, what, words: Text::new(words) });
        if *seq < highest {
            damage(What::Reordered, format!("line {seq} stands behind line {highest}"));
        }
        if *seq > highest {
            let gone: Vec<u64> = (highest + 1..*seq).take(MANY).filter(|seq| !by_seq.contains_key(seq)).collect();
            if let (Some(from), Some(to)) = (gone.first(), gone.last()) {
                let words =
                    if from == to { format!("line {from} is missing") } else { format!("lines {from} to {to} are missing") };
                damage(What::Missing, words);
            }
            highest = *seq;
        }
        let before = seq.checked_sub(1).and_then(|seq| by_seq.get(&seq));
        if before.is_some_and(|before| before != prev) {
            damage(What::ChainBroken, format!("line {seq} does not follow from the line before it"));
        }
    }
    damages
}

/// At most this many missing lines are named: a forged number must not cost memory.
const MANY: usize = 10_000;

/// The first line says who opened the file, and which file came before.
fn first(lines: &[Line]) -> Option<Damage> {
    let first = lines.first().filter(|line| line.seq == 1)?;
    let words = match &first.entry {
        Entry::Opened { after, .. } => {
            let expected = after.as_ref().map_or(GENESIS, |before| &before.hash);
            if first.prev == expected {
                return None;
            }
            "the first line names two different lines before it"
        }
        _ => "the first line does not say who opened the file",
    };
    Some(Damage { line: 1, what: What::ChainBroken, words: words.into() })
}
