//! Each way to spoil a journal is found, with the file and the line; a disk that fails closes it.

use std::fs;
use std::io;

use super::super::write::Disk;
use super::*;
use rstest::rstest;

/// A file of five lines, and its lines.
fn five(dir: &Path) -> (std::path::PathBuf, Vec<String>) {
    let mut journal = open(dir, 1);
    write(&mut journal, &[meant("a"), sending("a", 1), answered("a", Outcome::Accepted), meant("b")]);
    let text = fs::read_to_string(journal.path()).expect("text");
    (journal.path().to_owned(), text.lines().map(str::to_owned).collect())
}

fn spoil(lines: &mut Vec<String>, how: &str) {
    match how {
        "a word changed" => lines[2] = lines[2].replace("acme-hb", "acme-xy"),
        "its hash too" => {
            let (line, _) =
                super::super::chain::seal(at(1), 3, "f00", &Entry::Disarmed { tenant: TenantId::new("acme") }).expect("a line");
            lines[2] = String::from_utf8(line).expect("text").trim_end().to_owned();
        }
        "one gone" => drop(lines.remove(2)),
        "the first gone" => drop(lines.remove(0)),
        "two gone" => drop(lines.drain(1..3)),
        "two swapped" => lines.swap(2, 3),
        "one twice" => lines.insert(3, lines[2].clone()),
        "one overwritten" => lines[2] = "x".repeat(40),
        "one emptied" => lines[2] = String::new(),
        _ => panic!("{how} is not a way to spoil it"),
    }
}

#[rstest]
#[case("a word changed", &[(3, What::Changed)])]
#[case("its hash too", &[(3, What::ChainBroken), (4, What::ChainBroken)])]
#[case("one gone", &[(3, What::Missing)])]
#[case("the first gone", &[(1, What::Missing)])]
#[case("two gone", &[(2, What::Missing)])]
#[case("two swapped", &[(4, What::Reordered)])]
#[case("one twice", &[(4, What::Reordered)])]
#[case("one overwritten", &[(3, What::Changed), (4, What::Missing)])]
#[case("one emptied", &[(3, What::Changed), (4, What::Missing)])]
fn a_spoilt_line_is_found_and_named(#[case] how: &str, #[case] expected: &[(usize, What)]) {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, mut lines) = five(dir.path());
    spoil(&mut lines, how);
    fs::write(&path, lines.join("\n") + "\n").expect("written");
    let findings = verify(dir.path());
    assert!(findings.iter().all(|finding| finding.file == path));
    let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.what)).collect();
    assert_eq!(found, expected, "{findings:?}");
}

#[test]
fn what_can_be_read_of_a_spoilt_file_is_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, mut lines) = five(dir.path());
    lines[1] = "not a line".to_owned();
    fs::write(&path, lines.join("\n") + "\n").expect("written");
    let files = read(dir.path()).expect("files");
    assert_eq!(files[0].lines.len(), 4);
    assert_eq!(files[0].damage.as_ref().map(|damage| damage.line), Some(2));
    assert_eq!(ids(&open_intents(&files)), ["a"]);
}

#[test]
fn a_missing_line_is_named_by_its_number() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, mut lines) = five(dir.path());
    lines.drain(1..3);
    fs::write(&path, lines.join("\n") + "\n").expect("written");
    assert_eq!(verify(dir.path())[0].words.as_str(), "lines 2 to 3 are missing");
}

#[test]
fn a_file_of_noise_is_found_and_does_no_harm() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("20200101T000000.000Z-1.jsonl"), [0xff, 0x00, b'\n', b'}', 0xc3]).expect("written");
    let found: Vec<_> = verify(dir.path()).iter().map(|finding| (finding.line, finding.what)).collect();
    assert_eq!(found, [(1, What::Changed), (2, What::Torn)]);
    let _next = open(dir.path(), 2);
}

#[test]
fn an_emptied_file_is_missed() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, _) = five(dir.path());
    fs::write(&path, "").expect("emptied");
    assert_eq!(verify(dir.path()).iter().map(|finding| finding.what).collect::<Vec<_>>(), [What::Missing]);
}

#[test]
fn a_forged_line_number_costs_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let entry = Entry::Disarmed { tenant: TenantId::new("acme") };
    let (line, _) = super::super::chain::seal(at(1), u64::MAX, "f00", &entry).expect("a line");
    fs::write(dir.path().join("a.jsonl"), line).expect("written");
    assert_eq!(verify(dir.path())[0].what, What::Missing);
}

/// A disk that takes some bytes and then no more.
struct Full {
    file: fs::File,
    room: usize,
}

impl Disk for Full {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let fits = line.len().min(self.room);
        self.room -= fits;
        io::Write::write_all(&mut self.file, &line[..fits])?;
        if fits < line.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

#[test]
fn a_full_disk_leaves_a_torn_line_and_closes_the_journal() {
    let dir = tempfile::tempdir().expect("a directory");
    let journal = open(dir.path(), 1);
    let path = journal.path().to_owned();
    let file = fs::OpenOptions::new().append(true).open(&path).expect("the file");
    let mut journal = journal.onto(Box::new(Full { file, room: 700 }));

    let failed = journal.append(at(1), &meant("a")).unwrap_err();
    assert!(failed.to_string().starts_with("no room left on the disk: "), "{failed}");
    assert_eq!(journal.append(at(2), &Entry::Disarmed { tenant: TenantId::new("acme") }), Err(JournalError::Closed { path }));
    drop(journal);
    let found: Vec<_> = verify(dir.path()).iter().map(|finding| (finding.line, finding.what)).collect();
    assert_eq!(found, [(2, What::Torn)]);
}

#[test]
fn a_journal_that_was_deleted_takes_no_further_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path(), 1);
    fs::remove_file(journal.path()).expect("removed");
    let failed = journal.append(at(1), &meant("a")).unwrap_err();
    assert!(failed.to_string().contains("the file has been removed"), "{failed}");
}

#[test]
fn a_place_that_is_no_directory_is_told_in_words() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    fs::write(&file, "x").expect("written");
    let failed = Journal::open(&file, who(1), at(0)).err().expect("an error");
    assert!(failed.to_string().contains(": journal directory "), "{failed}");
}
