//! From when on a cause is open: tonight, from nights before, and anew once it was verified.

use jiff::ToSpan;
use rstest::rstest;

use super::*;
use crate::domain::{AttemptId, BackendName, CauseClass, HostId, HostRow, HostState, Mono, Rollout, RolloutId, Source, Text};
use crate::memory::Record;
use crate::store::merge::Read;

fn now() -> Timestamp {
    "2026-12-08T23:00:00Z".parse().expect("a time")
}

fn hours_ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

fn signature() -> Signature {
    Signature { class: CauseClass::new("disk_space"), code: None, text: "no space left".into() }
}

/// A queue in which hosts of acme failed so many hours ago.
fn queue(failed: &[i64]) -> Queue {
    let mut queue = Queue::default();
    let backend = BackendName::new("acme-hb");
    let rollout = Rollout::untold(RolloutId::new(backend.clone(), "3"), TenantId::new("acme"), Text::new("December"));
    for (at, hours) in failed.iter().enumerate() {
        let id = HostId::new(backend.clone(), format!("db-{at}"));
        let row = HostRow {
            name: id.text(),
            wave: None,
            state: HostState::Failed,
            attempt: Some(AttemptId { host: id.clone(), native: "1".into() }),
            code: None,
            message: None,
            contact: None,
            overdue: false,
            address: None,
            id,
        };
        queue.listed(&rollout, &row, &[], &Read { seen: Mono::default(), civil: now(), by: Source::new("GET") });
        for case in queue.cases() {
            let mut failure = case.failure;
            (failure.at, failure.signature) = (Some(hours_ago(*hours)), signature().into());
            queue.diagnosed(failure);
        }
    }
    queue
}

fn verified(hours: i64) -> Care {
    Care { stage: CareStage::Verified, civil: Some(hours_ago(hours)), ..Care::default() }
}

fn looked_at_again(hours: i64) -> Care {
    Care { stage: CareStage::LookedAt, civil: Some(hours_ago(0)), verified: Some(hours_ago(hours)), ..Care::default() }
}

const DAY: i64 = 24;

/// `nights`: hours ago. `open`: hours since, nights, and whether four hours are over.
#[rstest]
#[case::in_time_tonight(&[2, 1], &[], None, Some((2, 1, false)))]
#[case::over_tonight(&[5, 1], &[], None, Some((5, 1, true)))]
#[case::tonight_is_one_night_however_often_it_is_written(&[2], &[2, 1], None, Some((2, 1, false)))]
#[case::from_nights_before(&[1], &[60 * DAY, 28 * DAY], None, Some((60 * DAY, 3, true)))]
#[case::verified_in_between(&[1], &[60 * DAY, 28 * DAY], Some(looked_at_again(20 * DAY)), Some((1, 1, false)))]
#[case::verified_and_failed_for_two_nights_since(&[1], &[60 * DAY, 7 * DAY], Some(looked_at_again(20 * DAY)), Some((7 * DAY, 2, true)))]
#[case::verified_tonight_and_failed_again(&[9, 1], &[60 * DAY, 9], Some(verified(5)), Some((1, 1, false)))]
#[case::verified_and_not_failed_since(&[9], &[60 * DAY], Some(verified(5)), None)]
#[case::nothing_failed(&[], &[60 * DAY], None, None)]
#[case::a_clock_that_went_back(&[1], &[-30 * DAY], None, Some((1, 1, false)))]
fn a_cause_is_open_since_it_first_failed_after_it_was_last_verified(
    #[case] failed: &[i64],
    #[case] nights: &[i64],
    #[case] said: Option<Care>,
    #[case] open: Option<(i64, usize, bool)>,
) {
    let mut memory = Memory::default();
    let (key, tenant) = (cause_key(&signature()), TenantId::new("acme"));
    for hours in nights {
        let first = hours_ago(*hours);
        let night = night_of(first, &TimeZone::UTC);
        memory.remember(Record::Night { tenant: tenant.clone(), cause: key.clone(), night, first: Some(first) });
    }
    if let Some(care) = said {
        memory.remember(Record::Care { of: key, care });
    }
    let rules = CareRules {
        calls: Vec::new(),
        deadlines: vec![Deadline { severity: "high".into(), classes: Vec::new(), within: Duration::from_secs(4 * 3600) }],
    };
    let known = Known { memory: &memory, rules: &rules, zone: &TimeZone::UTC, now: now() };
    let age = known.age(&queue(failed), &signature(), &[tenant]);
    let told = age.map(|age| (now().duration_since(age.since).as_hours(), age.nights, age.due.expect("a deadline").over));
    assert_eq!(told, open);
}

#[test]
fn a_night_of_which_only_the_date_is_known_counts_from_its_begin() {
    let mut memory = Memory::default();
    let (cause, tenant) = (cause_key(&signature()), TenantId::new("acme"));
    let night = night_of(now(), &TimeZone::UTC).saturating_sub(28.days());
    memory.remember(Record::Night { tenant: tenant.clone(), cause, night, first: None });
    let known = Known { memory: &memory, rules: &CareRules::default(), zone: &TimeZone::UTC, now: now() };
    let age = known.age(&queue(&[1]), &signature(), &[tenant]).expect("it is open");
    assert_eq!((age.since.to_string().as_str(), age.nights), ("2026-11-10T12:00:00Z", 2));
    let elsewhere = known.age(&queue(&[1]), &signature(), &[TenantId::new("globex")]);
    assert_eq!(elsewhere, None, "another tenant's nights and failures are not counted");
}
