//! Two processes on one directory, and the chain between files.

use std::fs;

use super::*;

fn before(journal: &Journal) -> Option<Before> {
    let dir = journal.path().parent().expect("a directory");
    let files = read(dir).expect("files");
    let file = files.into_iter().find(|file| file.path == journal.path()).expect("the file");
    match file.lines.into_iter().next().map(|line| line.entry) {
        Some(Entry::Opened { after, .. }) => after,
        _ => None,
    }
}

fn name(journal: &Journal) -> String {
    journal.path().file_name().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn two_processes_write_side_by_side_and_both_verify() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut one = open(dir.path(), 1);
    write(&mut one, &[meant("a")]);
    let mut two = open(dir.path(), 2);
    write(&mut one, &[sending("a", 1)]);
    write(&mut two, &[meant("b"), sending("b", 1)]);
    write(&mut one, &[settled("a", Settlement::Verified("running".into()))]);

    assert_eq!(before(&two).map(|before| before.file), Some(name(&one)));
    let files = read(dir.path()).expect("files");
    assert!(files.iter().all(|file| file.live));
    assert_eq!(ids(&open_intents(&files)), ["b"]);
    drop((one, two));
    assert_eq!(verify(dir.path()), []);
    assert!(read(dir.path()).expect("files").iter().all(|file| !file.live));
}

#[test]
fn the_step_of_a_living_process_says_that_it_may_be_under_way() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut one = open(dir.path(), 1);
    write(&mut one, &[sending("a", 1)]);
    assert!(open_intents(&read(dir.path()).expect("files"))[0].file_live);
    drop(one);
    assert!(!open_intents(&read(dir.path()).expect("files"))[0].file_live);
}

#[test]
fn a_line_half_written_by_a_living_process_is_no_damage() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = open(dir.path(), 1);
    let mut file = fs::OpenOptions::new().append(true).open(one.path()).expect("the file");
    std::io::Write::write_all(&mut file, b"{\"at\":\"2026").expect("written");
    assert_eq!(verify(dir.path()), []);
    drop(one);
    assert_eq!(verify(dir.path())[0].what, What::Torn);
}

#[test]
fn a_file_taken_out_of_the_chain_is_missed() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = open(dir.path(), 1);
    let two = open(dir.path(), 2);
    fs::remove_file(one.path()).expect("removed");
    let findings = verify(dir.path());
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].file.as_path(), findings[0].what), (two.path(), What::FileMissing));
}

#[test]
fn lines_cut_off_the_end_of_an_earlier_file_are_missed() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut one = open(dir.path(), 1);
    write(&mut one, &[meant("a"), sending("a", 1)]);
    let path = one.path().to_owned();
    drop(one);
    let two = open(dir.path(), 2);
    let text = fs::read_to_string(&path).expect("text");
    let kept: Vec<&str> = text.lines().take(2).collect();
    fs::write(&path, kept.join("\n") + "\n").expect("cut");
    let findings = verify(dir.path());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].file.as_path(), findings[0].what), (two.path(), What::Missing));
}

#[test]
fn names_sort_by_time_and_two_files_never_share_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let early = Journal::open(dir.path(), who(9), at(0)).expect("a journal");
    let late = Journal::open(dir.path(), who(1), at(60)).expect("a journal");
    let again = Journal::open(dir.path(), who(1), at(60)).expect("a journal");
    assert_eq!(name(&early), "20261208T221405.000Z-0000009.jsonl");
    assert!(name(&early) < name(&late));
    assert_ne!(name(&late), name(&again));
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn a_follower_reads_only_the_files_that_grew_since_it_looked() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut one = open(dir.path(), 1);
    let mut follower = Follower::new(dir.path().to_owned());
    assert_eq!(follower.grown().expect("readable"), []);
    let mut two = open(dir.path(), 2);
    write(&mut two, &[meant("b")]);
    let grown = follower.grown().expect("readable");
    assert_eq!(grown.iter().map(|file| (file.path.as_path(), file.lines.len())).collect::<Vec<_>>(), [(two.path(), 2)]);
    assert_eq!(follower.grown().expect("readable"), []);
    write(&mut one, &[meant("a")]);
    assert_eq!(follower.grown().expect("readable").len(), 1);
}
