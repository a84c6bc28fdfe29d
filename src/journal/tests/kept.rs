//! Lines written by an earlier version stay readable, and those of a later one stay in the chain.

use std::fs;

use super::*;

/// Written by version 0.1.0; never written anew.
const SAMPLE: &str = include_str!("../samples/v0.1.jsonl");

/// One entry of every kind, in the order of the sample.
fn every_kind() -> Vec<Entry> {
    vec![
        Entry::Named { person: "lead".into() },
        Entry::Armed { tenant: TenantId::new("acme"), seconds: 600 },
        meant("a"),
        sending("a", 1),
        answered("a", Outcome::Accepted),
        settled("a", Settlement::Verified("the backend shows running".into())),
        Entry::Refused { intent: Some(Box::new(intent("b"))), what: "resume".into(), why: "it is running".into() },
        Entry::Disarmed { tenant: TenantId::new("acme") },
    ]
}

#[test]
fn lines_of_the_first_version_stay_readable_and_verify() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("20261208T221406.000Z-0000001.jsonl"), SAMPLE).expect("written");
    assert_eq!(verify(dir.path()), []);
    let files = read(dir.path()).expect("files");
    let entries: Vec<Entry> = files[0].lines.iter().map(|line| line.entry.clone()).collect();
    let opened = Entry::Opened { who: who(1), version: "0.1.0".to_owned(), after: None };
    assert_eq!(entries, [vec![opened], every_kind()].concat());
}

#[test]
fn a_kind_of_a_later_version_counts_in_the_chain_and_is_told_as_newer() {
    let (line, _) = super::super::chain::seal(at(0), 1, "", &Entry::Disarmed { tenant: TenantId::new("acme") }).expect("a line");
    let later = String::from_utf8(line).expect("text").replace("disarmed", "claimed");
    let body = later.trim_end().rsplit_once(",\"hash\"").expect("a hash").0;
    let line = format!("{body},\"hash\":\"{}\"}}", super::super::chain::hash(body.as_bytes()));
    let scan = super::super::verify::scan(format!("{line}\n").as_bytes(), false);
    assert_eq!(scan.lines.first().map(|line| &line.entry), Some(&Entry::Newer));
    assert!(scan.damages.iter().all(|damage| damage.what == What::ChainBroken), "{:?}", scan.damages);
}

#[test]
fn a_known_kind_with_unknown_fields_is_whole_and_said_not_to_be_understood() {
    let body = "{\"at\":\"2026-12-08T22:14:05Z\",\"seq\":1,\"prev\":\"\",\"entry\":{\"kind\":\"armed\",\"tenants\":[]}";
    let line = format!("{body},\"hash\":\"{}\"}}\n", super::super::chain::hash(body.as_bytes()));
    let scan = super::super::verify::scan(line.as_bytes(), false);
    assert_eq!(scan.damages.iter().map(|damage| damage.what).collect::<Vec<_>>(), [What::NotUnderstood]);
}

#[test]
fn every_kind_is_read_back_as_it_was_written() {
    let dir = tempfile::tempdir().expect("a directory");
    write(&mut open(dir.path(), 1), &every_kind());
    let files = read(dir.path()).expect("files");
    let entries: Vec<Entry> = files[0].lines.iter().skip(1).map(|line| line.entry.clone()).collect();
    assert_eq!(entries, every_kind());
}
