//! What is open after the process stopped at each step.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use rstest::rstest;

#[rstest]
#[case::before_anything(&[], 0)]
#[case::confirmed_and_nothing_left(&[meant("a")], 0)]
#[case::left_without_an_answer(&[meant("a"), sending("a", 1)], 1)]
#[case::accepted_is_not_done(&[meant("a"), sending("a", 1), answered("a", Outcome::Accepted)], 1)]
#[case::nobody_knows(&[meant("a"), sending("a", 1), answered("a", Outcome::Unknown("no answer".into()))], 1)]
#[case::refused_by_the_server(&[meant("a"), sending("a", 1), answered("a", Outcome::Refused("wrong state".into()))], 0)]
#[case::still_unknown(&[meant("a"), sending("a", 1), settled("a", Settlement::Unknown("unreachable".into()))], 1)]
#[case::verified(&[meant("a"), sending("a", 1), answered("a", Outcome::Accepted), settled("a", Settlement::Verified("running".into()))], 0)]
#[case::superseded(&[meant("a"), sending("a", 1), settled("a", Settlement::Superseded("stopped".into()))], 0)]
#[case::refused_later(&[meant("a"), sending("a", 1), settled("a", Settlement::Refused("no".into()))], 0)]
#[case::not_there(&[meant("a"), sending("a", 1), settled("a", Settlement::NotThere("still paused".into()))], 0)]
#[case::settled_another_step(&[meant("a"), sending("a", 2), settled("a", Settlement::Verified("running".into()))], 1)]
#[case::settled_another_intent(&[sending("a", 1), sending("b", 1), settled("a", Settlement::Verified("running".into()))], 1)]
fn a_process_that_stops_leaves_open_what_was_sent_and_not_settled(#[case] entries: &[Entry], #[case] open_steps: usize) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path(), 1);
    write(&mut journal, entries);
    drop(journal);

    let files = read(dir.path()).expect("files");
    assert_eq!(open_intents(&files).len(), open_steps);
    assert!(files.iter().all(|file| !file.live && file.damage.is_none()));
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn an_open_step_keeps_its_record_its_answer_and_who_sent_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path(), 1);
    let answer = Receipt { step: 1, outcome: Outcome::Accepted, made: None, told: None };
    write(&mut journal, &[Entry::Named { person: "lead".into() }, meant("a"), sending("a", 1), answered("a", Outcome::Accepted)]);
    drop(journal);

    let open = open_intents(&read(dir.path()).expect("files"));
    let record = StepRecord { intent: intent("a"), step: step(1), facts: facts(), at: at(0) };
    let by = Some(Who { person: Some("lead".into()), ..who(1) });
    assert_eq!(open, [OpenIntent { record, answered: Some(answer), by, file_live: false }]);
}

#[test]
fn a_later_process_settles_what_an_earlier_one_left_open() {
    let dir = tempfile::tempdir().expect("a directory");
    write(&mut open(dir.path(), 1), &[meant("a"), sending("a", 1), meant("b"), sending("b", 1)]);
    let mut later = open(dir.path(), 2);
    assert_eq!(ids(&open_intents(&read(dir.path()).expect("files"))), ["a", "b"]);
    write(&mut later, &[settled("a", Settlement::Verified("running".into()))]);
    assert_eq!(ids(&open_intents(&read(dir.path()).expect("files"))), ["b"]);
}

#[test]
fn a_file_cut_at_any_byte_still_reads_and_never_invents_an_open_step() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path(), 1);
    let path = journal.path().to_owned();
    write(&mut journal, &[meant("a"), sending("a", 1), answered("a", Outcome::Accepted)]);
    drop(journal);
    let whole = fs::read(&path).expect("bytes");
    let sent_at = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(place, _)| place).nth(2).expect("a line");

    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).expect("cut");
        let files = read(dir.path()).expect("files");
        let at_line_end = cut == 0 || whole[cut - 1] == b'\n';
        let torn = files[0].damage.as_ref().is_some_and(|damage| damage.what == What::Torn);
        assert_eq!(torn, !at_line_end, "cut at {cut}");
        assert_eq!(open_intents(&files).len(), usize::from(cut >= sent_at), "cut at {cut}");
    }
}

#[test]
fn the_next_process_reads_on_behind_a_torn_file_and_changes_nothing_in_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path(), 1);
    let path = journal.path().to_owned();
    write(&mut journal, &[meant("a"), sending("a", 1)]);
    drop(journal);
    let whole = fs::read(&path).expect("bytes");
    fs::write(&path, &whole[..whole.len() - 9]).expect("cut");

    let later = open(dir.path(), 2);
    assert_eq!(fs::read(&path).expect("bytes"), whole[..whole.len() - 9]);
    let findings = verify(dir.path());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].file.as_path(), findings[0].line, findings[0].what), (path.as_path(), 3, What::Torn));
    drop(later);
}

#[test]
fn only_its_owner_may_read_a_journal() {
    let dir = tempfile::tempdir().expect("a directory");
    let below = dir.path().join("data").join("journal");
    let journal = open(&below, 1);
    let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!(mode(journal.path()), 0o600);
    assert_eq!(mode(&below), 0o700);
}

#[test]
fn a_directory_that_is_not_there_is_an_empty_journal() {
    let dir = tempfile::tempdir().expect("a directory");
    let nowhere = dir.path().join("nowhere");
    assert_eq!(read(&nowhere), Ok(Vec::new()));
    assert_eq!(verify(&nowhere), []);
}
