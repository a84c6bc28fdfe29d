//! What is remembered comes back; what is damaged is forgotten and does no harm.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;

use super::*;
use crate::domain::{BackendName, Care, CareStage, Need, NeedKind, Relation, RolloutId, TenantId, Text};

fn at(minute: i64) -> Timestamp {
    "2026-12-08T22:00:00Z".parse::<Timestamp>().expect("a timestamp") + SignedDuration::from_mins(minute)
}

fn rollout(id: &str) -> RolloutId {
    RolloutId::new(BackendName::new("acme-hb"), id)
}

fn pace(minute: i64) -> Pace {
    Pace {
        tenant: TenantId::new("acme"),
        rollout: rollout(&minute.to_string()),
        name: "December baseline".into(),
        wave: "canary".into(),
        hosts: 40,
        failed: 2,
        seconds: 600,
        tenths: Vec::new(),
        ended: at(minute),
    }
}

fn link() -> Link {
    Link { from: rollout("4"), relation: Relation::RetryOf, to: rollout("3") }
}

fn care(minute: i64, note: &str) -> Care {
    Care {
        stage: CareStage::Remediated,
        owner: "lead".into(),
        reference: "T-1".into(),
        note: note.into(),
        at: at(minute),
        civil: None,
        verified: None,
    }
}

fn need(what: &str) -> Need {
    Need {
        kind: NeedKind::Limit,
        tenant: Some(TenantId::new("acme")),
        what: what.into(),
        rollout: Some(rollout("3")),
        backend: None,
        set: None,
        intent: None,
        seen: None,
    }
}

fn everything() -> Vec<Record> {
    vec![
        Record::Pace(pace(1)),
        Record::Acknowledged { need: "failure/acme".into(), at: at(2) },
        Record::Seen { thing: "board".into(), at: at(3) },
        Record::Link(link()),
        Record::Care { of: "cause disk space".into(), care: care(4, "cleaned") },
        Record::Night {
            tenant: TenantId::new("acme"),
            cause: "cause disk space".into(),
            night: date(2026, 12, 8),
            first: Some(at(4)),
        },
        Record::Person { name: "lead".into(), until: at(480) },
    ]
}

fn knows_everything(memory: &Memory) {
    assert_eq!(memory.paces(&TenantId::new("acme")), [pace(1)]);
    assert!(memory.is_acknowledged(&"failure/acme".into()));
    assert_eq!(memory.seen(&"board".into()), Some(at(3)));
    assert_eq!(memory.links(&rollout("3")).collect::<Vec<_>>(), [&link()]);
    assert_eq!(memory.care(&"cause disk space".into()), Some(&care(4, "cleaned")));
    let nights: Vec<_> = memory.nights(&TenantId::new("acme"), &"cause disk space".into()).collect();
    assert_eq!(nights, [(date(2026, 12, 8), Some(at(4)))]);
    assert_eq!(memory.person(at(4)), Some(&Text::new("lead")));
}

#[test]
fn what_was_saved_is_known_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("data").join("memory.jsonl");
    let mut memory = Memory::load(&path);
    for record in everything() {
        memory.remember(record);
    }
    knows_everything(&memory);
    memory.save().expect("saved");
    assert!(!memory.is_dirty());
    knows_everything(&Memory::load(&path));
    assert_eq!(fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o600);
}

#[rstest]
#[case::no_file(None)]
#[case::noise(Some(b"\xff\x00\n{}\n[1".as_slice()))]
#[case::empty(Some(b"".as_slice()))]
fn what_cannot_be_read_is_not_remembered(#[case] bytes: Option<&[u8]>) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("memory.jsonl");
    if let Some(bytes) = bytes {
        fs::write(&path, bytes).expect("written");
    }
    let mut memory = Memory::load(&path);
    assert_eq!(memory.paces(&TenantId::new("acme")), []);
    for record in everything() {
        memory.remember(record);
    }
    memory.save().expect("saved");
    knows_everything(&Memory::load(&path));
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("memory.jsonl");
    let mut memory = Memory::load(&path);
    for record in everything() {
        memory.remember(record);
    }
    memory.save().expect("saved");
    let text = fs::read_to_string(&path).expect("text");
    fs::write(&path, format!("{{\"kind\":\"later\"}}\n{text}{{\"kind\":\"pa")).expect("written");
    let mut memory = Memory::load(&path);
    knows_everything(&memory);

    memory.remember(Record::Seen { thing: "host".into(), at: at(5) });
    memory.save().expect("saved");
    let lines = fs::read_to_string(&path).expect("text");
    assert_eq!(lines.lines().count(), everything().len() + 1);
}

#[test]
fn a_file_that_grew_is_written_anew_with_the_newest_of_each() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("memory.jsonl");
    let mut memory = Memory::load(&path);
    for minute in 0..2000 {
        memory.remember(Record::Seen { thing: "board".into(), at: at(minute) });
        memory.save().expect("saved");
    }
    assert_eq!(Memory::load(&path).seen(&"board".into()), Some(at(1999)));
    assert!(fs::read_to_string(&path).expect("text").lines().count() < 300);
}

#[test]
fn writing_anew_keeps_what_another_process_appended() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("memory.jsonl");
    let mut one = Memory::load(&path);
    let mut two = Memory::load(&path);
    two.remember(Record::Pace(pace(7)));
    two.save().expect("saved");
    for minute in 0..600 {
        one.remember(Record::Seen { thing: "board".into(), at: at(minute) });
        one.save().expect("saved");
    }
    assert_eq!(Memory::load(&path).paces(&TenantId::new("acme")), [pace(7)]);
}

#[test]
fn what_could_not_be_saved_is_tried_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let blocked = dir.path().join("data");
    fs::write(&blocked, "a file where the directory belongs").expect("written");
    let path = blocked.join("memory.jsonl");
    let mut memory = Memory::load(&path);
    memory.remember(Record::Pace(pace(1)));
    assert!(memory.save().is_err());
    assert!(memory.is_dirty());
    fs::remove_file(&blocked).expect("removed");
    memory.save().expect("saved");
    assert_eq!(Memory::load(&path).paces(&TenantId::new("acme")), [pace(1)]);
}

#[test]
fn only_the_newest_paces_of_a_tenant_are_kept() {
    let mut memory = Memory::default();
    for minute in (0..300).rev() {
        memory.remember(Record::Pace(pace(minute)));
    }
    let paces = memory.paces(&TenantId::new("acme"));
    assert_eq!((paces.len(), paces.first().map(|pace| pace.ended)), (200, Some(at(100))));
}

#[test]
fn a_shift_ends() {
    let mut memory = Memory::default();
    memory.remember(Record::Person { name: "lead".into(), until: at(480) });
    assert_eq!(memory.person(at(479)), Some(&Text::new("lead")));
    assert_eq!(memory.person(at(480)), None);
}

#[test]
fn a_need_that_grew_asks_again() {
    assert_eq!(need_key(&need("16 failed")), need_key(&need("16 failed")));
    assert_ne!(need_key(&need("16 failed")), need_key(&need("17 failed")));
}

#[test]
fn the_newest_word_on_a_cause_counts_whoever_wrote_it_last() {
    let mut memory = Memory::default();
    let of: Text = "cause disk space".into();
    memory.remember(Record::Care { of: of.clone(), care: care(5, "cleaned") });
    memory.remember(Record::Care { of: of.clone(), care: care(3, "an older word") });
    assert_eq!(memory.care(&of).map(|care| care.note.as_str()), Some("cleaned"));
    assert_eq!(memory.care(&of).map(|care| care.stage), Some(CareStage::Remediated));
    assert!(memory.has_cares());
}

#[test]
fn the_first_and_the_newest_nights_of_a_cause_are_kept_and_for_its_tenant_alone() {
    let mut memory = Memory::default();
    let (acme, cause): (_, Text) = (TenantId::new("acme"), "cause disk space".into());
    let first = date(2026, 1, 1);
    for night in 0..60 {
        let night = first.checked_add(jiff::Span::new().days(night)).expect("in range");
        for _ in 0..2 {
            memory.remember(Record::Night { tenant: acme.clone(), cause: cause.clone(), night, first: None });
        }
    }
    let nights: Vec<Date> = memory.nights(&acme, &cause).map(|(night, _)| night).collect();
    assert_eq!((nights.len(), nights[0], nights[1], nights[53]), (54, first, date(2026, 1, 8), date(2026, 3, 1)));
    assert_eq!(memory.nights(&TenantId::new("birch"), &cause).count(), 0);
}

#[test]
fn the_earliest_failure_of_a_night_counts_whoever_wrote_it_and_a_line_without_one_takes_nothing_away() {
    let (acme, cause): (_, Text) = (TenantId::new("acme"), "cause disk space".into());
    let mut memory = Memory::default();
    for first in [Some(at(9)), Some(at(3)), None, Some(at(7))] {
        memory.remember(Record::Night { tenant: acme.clone(), cause: cause.clone(), night: date(2026, 12, 8), first });
    }
    assert_eq!(memory.nights(&acme, &cause).collect::<Vec<_>>(), [(date(2026, 12, 8), Some(at(3)))]);
    let old = r#"{"kind":"night","tenant":"acme","cause":"c","night":"2026-11-10"}"#;
    let Record::Night { first, .. } = serde_json::from_str(old).expect("a line of an earlier version") else { panic!("a night") };
    assert_eq!(first, None);
}
