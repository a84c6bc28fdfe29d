//! How hosts that have not failed are sorted into lanes, from pages as a backend tells them.

use super::*;
use crate::domain::{Counts, Gate, Lane, Related, Relation, Release, Restart, Rollout, RolloutState, TenantId, Wave, WaveState};
use crate::store::Store;
use crate::store::merge::Read;

fn civil(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + minutes * 60).expect("in range")
}

fn now(minutes: i64) -> Now {
    Now { mono: Mono(Duration::from_secs(minutes.unsigned_abs() * 60)), civil: civil(minutes), real: civil(minutes) }
}

fn wave_id() -> WaveId {
    WaveId::new(RolloutId::new(BackendName::new("acme-hb"), "2"), "1")
}

fn attempt(host: &str) -> AttemptId {
    AttemptId { host: HostId::new(BackendName::new("acme-hb"), host), native: format!("job-{host}").into() }
}

fn open(host: &str, state: HostState, overdue: bool) -> OpenHost {
    let attempt = attempt(host);
    OpenHost { id: attempt.host.clone(), name: host.into(), state, attempt: Some(attempt), contact: Some(civil(-60)), overdue }
}

fn done(host: &str, own: Own) -> DoneHost {
    DoneHost { id: HostId::new(BackendName::new("acme-hb"), host), name: host.into(), own }
}

fn wave(done: u32) -> Wave {
    Wave {
        state: WaveState::Running,
        counts: Counts { total: 10, done, running: 10 - done, ..Counts::default() },
        gate: Gate::default(),
        ..Wave::untold(wave_id(), 1, "first".into())
    }
}

/// A store with one rollout of one wave.
fn store(done: u32) -> Store {
    let mut store = Store::default();
    let read = Read { seen: Mono::default(), civil: civil(0), by: crate::domain::Source::new("test") };
    let rollout = Rollout {
        state: RolloutState::Running,
        counts: Some(wave(done).counts),
        release: Some(Release { native: "4".into(), name: "image:11.5".into() }),
        ..Rollout::untold(wave_id().rollout, TenantId::new("acme"), "Image".into())
    };
    store.merge_rollouts(&BackendName::new("acme-hb"), vec![rollout], false, true, &read);
    store.merge_waves(&wave_id().rollout, vec![wave(done)], &read);
    store
}

fn counts(store: &Store, minute: i64) -> Vec<(Lane, u32)> {
    store.lane_sums(civil(minute), |_, _, _| true).into_iter().map(|(lane, sum)| (lane, sum.hosts)).collect()
}

#[test]
fn open_hosts_fall_into_lanes_by_their_own_times_and_what_nobody_read_is_not_checked() {
    let mut store = store(2);
    let hosts = vec![
        open("away", HostState::NotFetched, true),
        open("calls-soon", HostState::NotFetched, false),
        open("hangs", HostState::AtWork, true),
        open("lost", HostState::AtWork, true),
        open("unread", HostState::AtWork, true),
    ];
    store.lanes.opened(&wave_id(), 0, hosts, 5, vec![attempt("a"), attempt("b"), attempt("c")], &now(60));
    for host in ["a", "b", "c"] {
        let ended = Progress {
            fetched: Some(civil(0)),
            last: Some(civil(9)),
            restart: Some(Restart::Begun(civil(6))),
            ended: Some(civil(9)),
        };
        store.lanes.progressed(&attempt(host), ended, &now(60));
    }
    let hangs = Progress { fetched: Some(civil(20)), last: Some(civil(21)), ..Progress::default() };
    store.lanes.progressed(&attempt("hangs"), hangs, &now(60));
    let lost = Progress { restart: Some(Restart::Begun(civil(52))), last: Some(civil(52)), ..hangs };
    store.lanes.progressed(&attempt("lost"), lost, &now(60));
    assert_eq!(counts(&store, 60), [(Lane::NotBack, 1), (Lane::Stuck, 1), (Lane::Offline, 1)]);
    assert_eq!(counts(&store, 55), [(Lane::Stuck, 1), (Lane::Offline, 1), (Lane::Restarting, 1)], "time alone moves a host");
    let sum = store.lanes_of_wave(&wave_id(), civil(60)).expect("read");
    assert_eq!(sum.unchecked, 1);
    assert_eq!(sum.usuals.restart.map(|usual| usual.typical), Some(SignedDuration::from_mins(3)));
    assert_eq!(store.in_lane(Lane::NotBack, civil(60))[0].since, Some(civil(52)));
}

#[test]
fn a_host_that_ended_leaves_its_lane_with_the_next_whole_reading_and_keeps_its_times_until_then() {
    let mut store = store(2);
    let hosts = vec![open("away", HostState::NotFetched, true), open("hangs", HostState::AtWork, true)];
    store.lanes.opened(&wave_id(), 0, hosts.clone(), 2, Vec::new(), &now(60));
    let hangs = Progress { fetched: Some(civil(-100)), last: Some(civil(-100)), ..Progress::default() };
    store.lanes.progressed(&attempt("hangs"), hangs, &now(60));
    store.lanes.opened(&wave_id(), 0, hosts[1..].to_vec(), 1, Vec::new(), &now(63));
    assert_eq!(counts(&store, 63), [(Lane::Stuck, 1)]);
}

#[test]
fn hosts_on_their_way_back_are_not_counted_a_second_time() {
    let mut store = store(4);
    let backend = BackendName::new("acme-hb");
    let read = Read { seen: Mono::default(), civil: civil(0), by: crate::domain::Source::new("test") };
    let back = Rollout {
        state: RolloutState::Running,
        counts: Some(Counts { total: 10, done: 3, running: 7, ..Counts::default() }),
        related: vec![Related { relation: Relation::RollbackOf, rollout: wave_id().rollout }],
        ..Rollout::untold(RolloutId::new(backend.clone(), "9"), TenantId::new("acme"), "undo".into())
    };
    store.merge_rollouts(&backend, vec![back], false, false, &read);
    let coverage = store.coverage_of_tonight(civil(1));
    assert_eq!((coverage.reported, coverage.total), (4, 10));
}

#[test]
fn success_that_its_host_denies_is_silent_and_only_what_hosts_confirm_is_verified() {
    let mut store = store(4);
    assert_eq!(store.coverage(&wave_id().rollout).verified, None, "nobody asked");
    let hosts =
        vec![done("a", Own::Confirms), done("b", Own::Confirms), done("c", Own::Differs("11.4".into())), done("d", Own::NotTold)];
    assert!(store.lanes.verified(&wave_id(), 0, hosts.clone(), 4, None, &now(1)));
    assert!(!store.lanes.verified(&wave_id(), 0, hosts, 4, None, &now(2)), "the same again changes nothing");
    let coverage = store.coverage(&wave_id().rollout);
    assert_eq!((coverage.verified, coverage.reported, coverage.total), (Some(2), 4, 10));
    assert_eq!(counts(&store, 2), [(Lane::Silent, 1)]);
    assert_eq!(store.in_lane(Lane::Silent, civil(2))[0].says.as_ref().map(Text::as_str), Some("11.4"));
    store.lanes.cannot_verify(&wave_id(), "not permitted".into(), &now(3));
    assert_eq!(store.coverage(&wave_id().rollout).verified, None, "what cannot be asked is not verified");
}

#[test]
fn a_check_runs_once_when_the_rollout_has_ended_and_again_when_a_person_asks() {
    let mut lanes = Lanes::default();
    let wave = wave_id();
    assert_eq!(lanes.verify_due(&wave, false, 700, &now(0)), None, "it runs, and nobody asked");
    assert_eq!(lanes.verify_due(&wave, true, 700, &now(0)), Some(0));
    lanes.verified(&wave, 0, Vec::new(), 700, None, &now(0));
    assert_eq!(lanes.verify_due(&wave, true, 700, &now(0)), Some(PAGE));
    lanes.verified(&wave, PAGE, Vec::new(), 700, None, &now(0));
    assert_eq!(lanes.verify_due(&wave, true, 700, &now(90)), None, "nothing has ended since");
    assert_eq!(lanes.verify_due(&wave, true, 701, &now(1)), None, "one more, but just now checked");
    assert_eq!(lanes.verify_due(&wave, true, 701, &now(3)), Some(0));
    lanes.ask(&wave);
    assert_eq!(lanes.verify_due(&wave, false, 700, &now(90)), Some(0));
}

#[test]
fn open_hosts_are_read_again_only_while_there_are_any() {
    let mut lanes = Lanes::default();
    let wave = wave_id();
    assert_eq!(lanes.open_due(&wave, 0, &now(0)), None);
    assert_eq!(lanes.open_due(&wave, 3, &now(0)), Some(0));
    lanes.opened(&wave, 0, vec![open("away", HostState::NotFetched, true)], 1, Vec::new(), &now(0));
    assert_eq!(lanes.open_due(&wave, 3, &now(1)), None);
    assert_eq!(lanes.open_due(&wave, 0, &now(2)), Some(0), "one that has ended must leave");
    lanes.opened(&wave, 0, Vec::new(), 0, Vec::new(), &now(2));
    assert_eq!(lanes.open_due(&wave, 0, &now(90)), None);
}

#[test]
fn histories_are_followed_of_a_bounded_number_of_hosts_and_those_unheard_of_longest_come_first() {
    let mut lanes = Lanes::default();
    let backend = BackendName::new("acme-hb");
    let hosts: Vec<OpenHost> = (0..400)
        .map(|number| OpenHost { contact: Some(civil(-number)), ..open(&format!("host-{number:03}"), HostState::AtWork, false) })
        .collect();
    lanes.opened(&wave_id(), 0, hosts, 400, vec![attempt("ended")], &now(0));
    lanes.think(&now(0));
    assert_eq!(lanes.progress_due(&backend, 1_000).len(), FOLLOWED + 1);
    assert_eq!(lanes.progress_due(&backend, 2), [attempt("ended"), attempt("host-399")]);
    for due in lanes.progress_due(&backend, 1_000).to_vec() {
        lanes.progressed(&due, Progress::default(), &now(0));
    }
    lanes.think(&now(1));
    assert!(lanes.progress_due(&backend, 1).is_empty(), "what is followed is not asked for all the time");
    lanes.think(&now(3));
    assert_eq!(lanes.progress_due(&backend, 1_000).len(), FOLLOWED);
}

proptest::proptest! {
    #[test]
    fn what_is_counted_as_news_come_in_is_what_a_walk_over_all_hosts_counts(
        news in proptest::collection::vec((0..6_u8, 0..5_u8, 0..90_i64, 0..4_u8), 1..60)
    ) {
        let mut store = store(2);
        let hosts = ["away", "calls-soon", "hangs", "lost", "unread"];
        let mut minute = 0;
        for (kind, host, ago, part) in news {
            let (host, at) = (hosts[usize::from(host)], civil(minute - ago));
            match kind {
                0 => {
                    let state = if part % 2 == 0 { HostState::AtWork } else { HostState::NotFetched };
                    let open = vec![open(host, state, part < 2)];
                    store.lanes.opened(&wave_id(), 0, open, 1, vec![attempt("a"), attempt("b"), attempt("c")], &now(minute));
                }
                1 | 2 => {
                    let restart = [None, Some(Restart::Owed(at)), Some(Restart::Begun(at)), None][usize::from(part)];
                    let progress = Progress { fetched: Some(civil(-100)), last: Some(at), restart, ended: None };
                    store.lanes.progressed(&attempt(host), progress, &now(minute));
                }
                3 => {
                    let host = ["a", "b", "c", "away"][usize::from(part)];
                    let progress = Progress { fetched: Some(civil(-100)), last: Some(at), restart: None, ended: Some(at) };
                    store.lanes.progressed(&attempt(host), progress, &now(minute));
                }
                4 => {
                    let own = [Own::Confirms, Own::NotTold, Own::Superseded, Own::Differs("1".into())][usize::from(part)].clone();
                    store.lanes.verified(&wave_id(), 0, vec![done(host, own)], 1, None, &now(minute));
                }
                _ => minute += ago,
            }
            store.lanes.settle(civil(minute));
            let counted = store.lanes_of_wave(&wave_id(), civil(minute)).map(std::borrow::Cow::into_owned);
            let walked = store.lanes.wave(&wave_id()).map(|known| known.sum(civil(minute)));
            proptest::prop_assert_eq!(counted, walked);
        }
    }
}
