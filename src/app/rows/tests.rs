//! When rows are made anew, and what is done to them meanwhile.

use std::time::Duration;

use jiff::Timestamp;
use rstest::rstest;

use crate::app::filter::Filter;
use crate::app::message::Message;
use crate::app::start::Start;
use crate::app::state::{Place, State};
use crate::app::update::{next_glance, update};
use crate::domain::{
    AttemptId, BackendName, CauseClass, Failure, HostId, HostRow, HostState, Lane, Mono, Now, OpenHost, Release, Rollout,
    RolloutId, Signature, Source, TenantId, Wave, WaveId, WaveState,
};
use crate::keymap::Keymap;
use crate::store::merge::Read;
use crate::store::queue::{Pile, PileBy};

fn at(millis: u64) -> Now {
    let civil = Timestamp::from_second(1_796_000_000).expect("a time");
    Now { mono: Mono(Duration::from_millis(millis)), civil, real: civil }
}

fn rollout(tenant: &str) -> Rollout {
    let id = RolloutId::new(BackendName::new(format!("{tenant}-hb")), "1");
    let release = Release { native: "7".into(), name: "baseline:2026.12".into() };
    Rollout { release: Some(release), ..Rollout::untold(id, TenantId::new(tenant), "December".into()) }
}

fn wave(rollout: &Rollout) -> Wave {
    Wave { state: WaveState::Running, ..Wave::untold(WaveId::new(rollout.id.clone(), "1"), 1, "Pilot".into()) }
}

fn read(now: Now) -> Read {
    Read { seen: now.mono, civil: now.civil, by: Source::new("GET /actions") }
}

/// Tells of failed hosts of one class at one tenant, as if they were just diagnosed.
fn fail(state: &mut State, tenant: &str, hosts: std::ops::Range<u32>, class: &str, now: Now) {
    let (rollout, read) = (rollout(tenant), read(now));
    for host in hosts {
        let id = HostId::new(rollout.id.backend.clone(), format!("Web-{host}"));
        let attempt = AttemptId { host: id.clone(), native: host.to_string().into() };
        let row = HostRow {
            name: id.text(),
            id,
            wave: Some(wave(&rollout).id),
            state: HostState::Failed,
            attempt: Some(attempt),
            code: Some(1),
            message: None,
            contact: None,
            overdue: false,
            address: None,
        };
        state.store.queue.listed(&rollout, &row, &[], &read);
    }
    let signature = Signature { class: CauseClass::new(class), code: None, text: class.into() };
    let signature = std::sync::Arc::new(signature);
    let diagnosed = state.store.queue.cases().into_iter().map(|case| Failure { signature: signature.clone(), ..case.failure });
    let diagnosed = diagnosed.collect();
    update(state, Message::Diagnosed(diagnosed), now);
}

fn rows(state: &State) -> usize {
    state.list().expect("a list").order.len()
}

/// So many failed hosts of one tenant, piled by tenant: every one of them is gone through for the rows.
fn night_of(hosts: u32) -> State {
    let keymap = Keymap::load("default", &[]).expect("built in").0;
    let mut state = State::new(Start::plain(Vec::new(), keymap), at(0));
    state.trail.go(Place::Failures);
    state.pile_by = PileBy::Tenant;
    update(&mut state, Message::Tick, at(0));
    fail(&mut state, "acme", 0..hosts, "disk_full", at(10_000));
    state
}

#[test]
fn few_rows_follow_every_report_at_once() {
    let mut state = night_of(1_000);
    fail(&mut state, "globex", 1_000..1_001, "package_lock", at(10_010));
    assert_eq!((rows(&state), state.rows_due), (2, None));
}

#[test]
fn causes_follow_every_report_at_once_however_many_hosts_they_have() {
    let mut state = night_of(20_000);
    state.pile_by = PileBy::Cause;
    fail(&mut state, "globex", 20_000..20_001, "package_lock", at(10_010));
    assert_eq!((rows(&state), state.rows_due), (2, None));
}

#[test]
fn thousands_of_rows_stand_for_a_moment_and_the_loop_wakes_when_it_is_over() {
    let mut state = night_of(20_000);
    assert_eq!(rows(&state), 1);
    fail(&mut state, "globex", 20_000..20_001, "package_lock", at(10_010));
    assert_eq!(rows(&state), 1, "they were made 10 ms ago");
    let wait = next_glance(&state);
    assert!(wait <= Duration::from_millis(1_001), "{wait:?}");
    update(&mut state, Message::Tick, Now { mono: at(10_010).mono.plus(wait), ..at(0) });
    assert_eq!((rows(&state), state.rows_due), (2, None));
}

#[test]
fn between_keys_thousands_of_rows_stand_longer_and_not_for_ever() {
    let mut state = night_of(20_000);
    fail(&mut state, "globex", 20_000..20_001, "package_lock", at(10_010));
    for millis in (10_100..12_900).step_by(100) {
        update(&mut state, Message::Key("down".parse().expect("a key")), at(millis));
        update(&mut state, Message::Tick, at(millis + 50));
        assert_eq!(rows(&state), 1, "at {millis}");
    }
    update(&mut state, Message::Tick, at(13_100));
    assert_eq!(rows(&state), 2);
}

#[test]
fn what_is_done_to_rows_is_done_to_those_of_now_and_moving_waits_for_none() {
    let mut state = night_of(20_000);
    fail(&mut state, "globex", 20_000..20_001, "package_lock", at(10_010));
    update(&mut state, Message::Key("down".parse().expect("a key")), at(10_020));
    assert!(state.rows_due.is_some());
    update(&mut state, Message::Key("space".parse().expect("a key")), at(10_030));
    assert_eq!((rows(&state), state.rows_due), (2, None));
}

#[test]
fn a_letter_is_on_the_screen_before_thousands_of_rows_follow_it_and_a_move_waits_for_them() {
    let mut state = night_of(20_000);
    fail(&mut state, "globex", 20_000..20_001, "package_lock", at(20_000));
    for key in ["/", "l", "o"] {
        update(&mut state, Message::Key(key.parse().expect("a key")), at(30_000));
    }
    assert_eq!((rows(&state), next_glance(&state)), (2, Duration::ZERO));
    fail(&mut state, "acme", 20_001..20_002, "disk_full", at(30_000));
    assert_eq!((rows(&state), state.hurried), (1, true), "whatever comes next makes the rows");
    update(&mut state, Message::Key("backspace".parse().expect("a key")), at(30_010));
    update(&mut state, Message::Key("backspace".parse().expect("a key")), at(30_010));
    update(&mut state, Message::Key("down".parse().expect("a key")), at(30_010));
    assert_eq!((rows(&state), state.rows_due), (2, None));
}

/// Two tenants' night: their waves are known, three hosts failed for two causes, two are away.
fn mixed_night() -> State {
    let mut state = night_of(0);
    state.pile_by = PileBy::Cause;
    for tenant in ["acme", "globex"] {
        let (rollout, now) = (rollout(tenant), at(10_000));
        let (id, backend) = (rollout.id.clone(), rollout.id.backend.clone());
        let wave = wave(&rollout);
        let away = HostId::new(backend.clone(), "Till-3");
        state.store.merge_rollouts(&backend, vec![rollout], false, true, &read(now));
        state.store.merge_waves(&id, vec![wave.clone()], &read(now));
        let away =
            OpenHost { name: away.text(), id: away, state: HostState::NotFetched, attempt: None, contact: None, overdue: true };
        state.store.lanes.opened(&wave.id, 0, vec![away], 1, Vec::new(), &now);
    }
    fail(&mut state, "acme", 1..3, "disk_full", at(11_000));
    fail(&mut state, "globex", 3..4, "package_lock", at(12_000));
    state
}

#[rstest]
#[case::nothing("", &[("disk_full", 2), ("package_lock", 1)], 2)]
#[case::a_cause("disk", &[("disk_full", 2)], 0)]
#[case::the_key_of_a_cause("cause:lock", &[("package_lock", 1)], 0)]
#[case::no_cause("!disk", &[("package_lock", 1)], 2)]
#[case::no_cause_by_its_key("!cause:disk", &[("package_lock", 1)], 2)]
#[case::a_tenant("globex", &[("package_lock", 1)], 1)]
#[case::not_a_tenant("!tenant:globex", &[("disk_full", 2)], 1)]
#[case::a_host_in_any_case("WEB-2", &[("disk_full", 1)], 0)]
#[case::words_of_several_parts("web disk acme 2026.12", &[("disk_full", 2)], 0)]
#[case::a_host_and_not_another("disk !web-1", &[("disk_full", 1)], 0)]
#[case::a_wave("wave:pilot web-3", &[("package_lock", 1)], 0)]
#[case::a_lane("lane:offline tenant:acme", &[], 1)]
#[case::an_away_host("host:till !globex", &[], 1)]
#[case::tries("tries:2", &[], 0)]
#[case::fresh("age:<1m", &[("disk_full", 2), ("package_lock", 1)], 0)]
#[case::a_stage("stage:new", &[("disk_full", 2), ("package_lock", 1)], 0)]
#[case::nobody("cause:lock acme", &[], 0)]
fn a_filter_leaves_causes_and_lanes_with_the_hosts_it_matches(
    #[case] filter: &str,
    #[case] causes: &[(&str, usize)],
    #[case] away: u32,
) {
    let mut state = mixed_night();
    state.lists.entry(Place::Failures).or_default().filter = filter.to_owned();
    super::refresh(&mut state);
    let mut shown: Vec<(String, usize)> = state
        .piles
        .iter()
        .map(|(pile, sum)| match pile {
            Pile::Cause(signature) => (signature.class.key().to_owned(), sum.hosts),
            pile => panic!("piled by cause: {pile:?}"),
        })
        .collect();
    shown.sort();
    let shown: Vec<(&str, usize)> = shown.iter().map(|(cause, hosts)| (cause.as_str(), *hosts)).collect();
    assert_eq!(shown, causes);
    assert_eq!(state.lanes.get(&Lane::Offline).map_or(0, |sum| sum.hosts), away);
    // The hosts of one pile go through the same sieve, one by one.
    let pile = state.store.queue.piles(PileBy::Tenant, None).remove(0).0;
    let of = |cause: &str| causes.iter().find(|(known, _)| *known == cause).map_or(0, |(_, hosts)| *hosts);
    let expected = if pile == Pile::Tenant(TenantId::new("acme")) { of("disk_full") } else { of("package_lock") };
    let (hosts, _) = super::failures::hosts(&state, &pile, None, &Filter::parse(filter));
    assert_eq!(hosts.len(), expected);
}

#[rstest]
#[case::of_a_wave("wave:pilot", 2)]
#[case::of_a_tenant("globex till", 1)]
#[case::of_no_tenant("!globex !acme", 0)]
#[case::of_a_rollout("rollout:december host:till", 2)]
fn a_filter_leaves_the_hosts_of_a_lane_that_it_matches(#[case] filter: &str, #[case] expected: usize) {
    let state = mixed_night();
    assert_eq!(super::lanes::hosts(&state, Lane::Offline, None, &Filter::parse(filter)).0.len(), expected);
}
