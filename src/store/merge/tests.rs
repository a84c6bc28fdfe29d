//! Merging, over random nights and over the ones that went wrong.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::{Counts, Gate, HostState, Limit, OnFailed, OnMet, TenantId, WaveState};

fn backend() -> BackendName {
    BackendName::new("hb")
}

fn id(native: u32) -> RolloutId {
    RolloutId::new(backend(), native.to_string())
}

fn read(second: u64) -> Read {
    let civil = Timestamp::from_second(1_780_000_000 + i64::try_from(second).expect("small")).expect("in range");
    Read { seen: Mono(Duration::from_secs(second)), civil, by: Source::new("GET /rollouts") }
}

fn rollout(native: u32, state: RolloutState, running: u32) -> Rollout {
    Rollout {
        native: state.word().into(),
        state,
        counts: Some(Counts { total: 40, running, ..Counts::default() }),
        waves: Some(2),
        ..Rollout::untold(id(native), TenantId::new("acme"), format!("rollout {native}").into())
    }
}

fn paused(native: u32) -> Rollout {
    rollout(native, RolloutState::Paused(PausedBy::NotKnown), 3)
}

fn waves(native: u32, states: &[WaveState]) -> Vec<Wave> {
    let wave = |(place, state): (usize, &WaveState)| {
        let ordinal = u32::try_from(place).expect("small") + 1;
        Wave {
            state: *state,
            native: state.word().into(),
            counts: Counts { total: 20, failed: 5, ..Counts::default() },
            gate: Gate {
                done: Some(Limit::Share(90)),
                on_met: Some(OnMet::NextWave),
                failed: Some(Limit::Share(10)),
                on_failed: Some(OnFailed::Pause),
                ..Gate::default()
            },
            ..Wave::untold(WaveId::new(id(native), ordinal.to_string()), ordinal, "wave".into())
        }
    };
    states.iter().enumerate().map(wave).collect()
}

fn host(native: u32, state: HostState) -> HostRow {
    HostRow {
        id: HostId::new(backend(), format!("host-{native}")),
        name: format!("host-{native}").into(),
        wave: None,
        state,
        attempt: Some(AttemptId { host: HostId::new(backend(), format!("host-{native}")), native: native.to_string().into() }),
        code: None,
        message: None,
        address: None,
        contact: None,
        overdue: false,
    }
}

/// One answer of a backend.
#[derive(Clone, Debug)]
enum Answer {
    Rollouts { list: Vec<(u32, RolloutState, u32)>, ended: bool, complete: bool },
    Waves { of: u32, states: Vec<WaveState> },
    Hosts { of: u32, offset: u32, rows: Vec<u32>, total: u32 },
}

fn take(store: &mut Store, answer: &Answer, at: u64) {
    match answer.clone() {
        Answer::Rollouts { list, ended, complete } => {
            let list = list.into_iter().map(|(native, state, running)| rollout(native, state, running)).collect();
            store.merge_rollouts(&backend(), list, ended, complete, &read(at));
        }
        Answer::Waves { of, states } => store.merge_waves(&id(of), waves(of, &states), &read(at)),
        Answer::Hosts { of, offset, rows, total } => {
            let rows = rows.into_iter().map(|native| host(native, HostState::Failed)).collect();
            store.merge_hosts(&WaveId::new(id(of), "1"), offset, rows, total, &read(at));
        }
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let state = prop_oneof![
        Just(RolloutState::Running),
        Just(RolloutState::Paused(PausedBy::NotKnown)),
        Just(RolloutState::Stopped),
        Just(RolloutState::Finished),
    ];
    let wave =
        prop_oneof![Just(WaveState::NotBegun), Just(WaveState::Running), Just(WaveState::Done), Just(WaveState::OverLimit),];
    prop_oneof![
        (prop::collection::vec((0..4_u32, state, 0..9_u32), 0..4), any::<bool>(), any::<bool>())
            .prop_map(|(list, ended, complete)| Answer::Rollouts { list, ended, complete }),
        (0..4_u32, prop::collection::vec(wave, 1..4)).prop_map(|(of, states)| Answer::Waves { of, states }),
        (0..4_u32, 0..5_u32, prop::collection::vec(0..9_u32, 0..5), 0..12_u32)
            .prop_map(|(of, offset, rows, total)| Answer::Hosts { of, offset, rows, total }),
    ]
}

/// What screens read of it.
fn shown(store: &Store) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut hosts: Vec<_> = store.hosts.clone().into_iter().collect();
    hosts.sort_by(|a, b| a.0.cmp(&b.0));
    let rollouts: Vec<_> = store
        .rollouts
        .values()
        .map(|entry| (entry.rollout.clone(), entry.waves.clone(), entry.unlisted, entry.pace.clone(), entry.wave_pace.clone()))
        .collect();
    (rollouts, hosts)
}

proptest! {
    #[test]
    fn merging_twice_is_merging_once(answers in prop::collection::vec(any_answer(), 1..20)) {
        let (mut once, mut twice) = (Store::default(), Store::default());
        for (at, answer) in answers.iter().enumerate() {
            take(&mut once, answer, at as u64);
            take(&mut twice, answer, at as u64);
            let revision = twice.revision;
            take(&mut twice, answer, at as u64);
            prop_assert_eq!(revision, twice.revision, "nothing visible changed the second time: {:?}", answer);
        }
        prop_assert_eq!(shown(&once), shown(&twice));
    }

    #[test]
    fn an_older_answer_never_overwrites_a_newer_one(answers in prop::collection::vec((any_answer(), 0..9_u64), 1..20)) {
        let mut store = Store::default();
        for (answer, at) in &answers {
            let before = store.clone();
            take(&mut store, answer, *at);
            for (id, entry) in &store.rollouts {
                let Some(known) = before.rollouts.get(id) else { continue };
                prop_assert!(entry.rollout.seen >= known.rollout.seen);
                let waves = |entry: &Entry| entry.waves.as_ref().map(|waves| waves.seen);
                prop_assert!(waves(entry) >= waves(known));
            }
            for (wave, list) in &store.hosts {
                let Some(known) = before.hosts.get(wave) else { continue };
                for (place, row) in &list.rows {
                    prop_assert!(known.rows.get(place).is_none_or(|known| known.seen <= row.seen));
                }
            }
        }
    }
}

#[test]
fn failed_hosts_of_a_wave_stand_first_once_each_and_tell_the_queue_their_wave() {
    let wave = WaveId::new(id(1), "1");
    let failed = |native| HostRow { wave: Some(wave.clone()), ..host(native, HostState::Failed) };
    let first = |store: &Store| -> Vec<HostId> { store.failed_first(&wave).iter().map(|row| row.value.id.clone()).collect() };
    let ids = |natives: &[u32]| -> Vec<HostId> { natives.iter().map(|native| host(*native, HostState::Failed).id).collect() };
    let mut store = Store::default();
    store.merge_rollouts(&backend(), vec![rollout(1, RolloutState::Running, 5)], false, true, &read(1));
    store.merge_failures(&id(1), 0, vec![host(7, HostState::Failed)], 1, &BTreeMap::new(), &read(2));
    // Another one failed between two pages, so that the first page ends with what the second begins with.
    store.merge_wave_failures(&wave, 0, vec![failed(5), failed(7)], 4, &read(3));
    store.merge_wave_failures(&wave, 2, vec![failed(7), failed(9)], 4, &read(4));
    assert_eq!(first(&store), ids(&[5, 7, 9]));
    let attempt = failed(7).attempt.expect("one");
    assert_eq!(store.queue.failure(&attempt).and_then(|failure| failure.wave.as_ref()), Some(&wave));
    // A later word of the whole list counts, an earlier one does not.
    store.merge_hosts(&wave, 0, vec![host(5, HostState::AtWork), host(6, HostState::Done)], 8, &read(5));
    store.merge_hosts(&wave, 7, vec![host(9, HostState::AtWork)], 8, &read(2));
    assert_eq!(first(&store), ids(&[7, 9]));
    store.merge_rollouts(&backend(), Vec::new(), false, true, &read(6));
    store.merge_rollouts(&backend(), Vec::new(), true, false, &read(7));
    assert!(store.wave_failures.is_empty());
}

#[test]
fn an_answer_that_was_overtaken_is_not_taken() {
    let mut store = Store::default();
    store.merge_rollouts(&backend(), vec![rollout(1, RolloutState::Finished, 0)], true, true, &read(7));
    store.merge_rollouts(&backend(), vec![rollout(1, RolloutState::Running, 5)], false, true, &read(5));
    assert_eq!(store.rollouts[&id(1)].rollout.value.state, RolloutState::Finished);
}

#[test]
fn a_page_that_was_overtaken_by_another_page_is_kept() {
    let wave = WaveId::new(id(1), "1");
    let mut store = Store::default();
    store.merge_hosts(&wave, 0, vec![host(1, HostState::Done)], 2, &read(5));
    store.merge_hosts(&wave, 1, vec![host(2, HostState::Done)], 9, &read(4));
    assert_eq!((store.hosts[&wave].rows.len(), store.hosts[&wave].total), (2, 2));
}

#[test]
fn a_rollout_deleted_at_the_server_leaves_the_board_with_all_that_was_read_of_it() {
    let mut store = Store::default();
    store.merge_rollouts(&backend(), vec![rollout(1, RolloutState::Running, 5)], false, true, &read(1));
    store.merge_hosts(&WaveId::new(id(1), "1"), 0, vec![host(1, HostState::Done)], 1, &read(2));
    store.merge_failures(&id(1), 0, vec![host(1, HostState::Failed)], 1, &BTreeMap::new(), &read(2));
    store.merge_rollouts(&backend(), Vec::new(), false, true, &read(3));
    assert!(store.rollouts[&id(1)].unlisted.is_some(), "it may have ended");
    store.merge_rollouts(&backend(), Vec::new(), true, false, &read(4));
    assert!(store.rollouts.is_empty() && store.hosts.is_empty() && store.failures.is_empty());
}

#[test]
fn an_ended_rollout_deleted_at_the_server_leaves_the_board_when_all_ended_ones_are_listed() {
    let ended = |native| rollout(native, RolloutState::Finished, 0);
    let mut store = Store::default();
    store.merge_rollouts(&backend(), vec![ended(1), ended(2)], true, true, &read(1));
    store.merge_rollouts(&backend(), vec![ended(2)], true, false, &read(2));
    assert_eq!(store.rollouts.len(), 2, "the list may simply be too short");
    store.merge_rollouts(&backend(), vec![ended(2)], true, true, &read(3));
    assert_eq!(store.rollouts.keys().collect::<Vec<_>>(), [&id(2)]);
}

#[test]
fn a_year_of_ended_rollouts_is_not_kept() {
    let mut store = Store::default();
    for month in 0..20_u32 {
        let list = (0..50).map(|place| rollout(month * 50 + place, RolloutState::Finished, 0)).collect();
        store.merge_rollouts(&backend(), list, true, false, &read(u64::from(month)));
    }
    assert_eq!(store.rollouts.len(), MAX_ENDED);
    assert!(store.rollouts.contains_key(&id(999)) && !store.rollouts.contains_key(&id(0)), "the newest stay");
}

#[test]
fn evidence_and_lists_of_hosts_are_bounded() {
    let mut store = Store::default();
    for native in 0..2_000_u32 {
        let at = read(u64::from(native));
        store.merge_evidence(&host(native, HostState::Failed).attempt.expect("one"), Vec::new(), None, &at);
        store.merge_failures(&id(native), 0, vec![host(native, HostState::Failed)], 1, &BTreeMap::new(), &at);
    }
    assert_eq!((store.evidence.len(), store.failures.len()), (MAX_STORIES, MAX_LISTS));
    assert!(store.failures.contains_key(&id(1_999)));
}

#[test]
fn a_row_that_comes_after_its_report_shows_its_words() {
    let row = host(1, HostState::Failed);
    let report = StoryLine { kind: "error".into(), said: vec![crate::domain::Evidence::new("disk full")], at: None, code: None };
    let mut store = Store::default();
    store.merge_evidence(row.attempt.as_ref().expect("one"), vec![report], None, &read(1));
    store.merge_failures(&id(1), 0, vec![row], 1, &BTreeMap::new(), &read(2));
    assert_eq!(store.failures[&id(1)].rows[&0].value.message, Some("disk full".into()));
}

#[test]
fn the_words_of_a_failure_are_the_line_that_tells_why_and_those_of_a_host_at_work_its_last() {
    let row = host(1, HostState::Failed);
    let said = |kind: &str, words: &str| StoryLine {
        kind: kind.into(),
        said: vec![crate::domain::Evidence::new(words)],
        at: None,
        code: None,
    };
    let message = |reports: Vec<StoryLine>| {
        let mut store = Store::default();
        store.merge_evidence(row.attempt.as_ref().expect("one"), reports, None, &read(1));
        store.merge_failures(&id(1), 0, vec![row.clone()], 1, &BTreeMap::new(), &read(2));
        store.failures[&id(1)].rows[&0].value.message.clone()
    };
    let lock = "Reading package lists...\nE: Could not get lock /x\nE: Unable to acquire the lock";
    assert_eq!(
        message(vec![said("error", ""), said("error", lock), said("running", "begun")]),
        Some("E: Could not get lock /x".into())
    );
    assert_eq!(
        message(vec![said("running", "\ninstalling\nfailed before"), said("running", "begun")]),
        Some("installing".into())
    );
}

#[test]
fn waves_of_a_stopped_rollout_with_hosts_called_off_are_stopped_and_not_done() {
    let mut store = Store::default();
    let mut read_waves = waves(1, &[WaveState::Done, WaveState::Done]);
    read_waves[0].counts = Counts { total: 20, done: 18, failed: 2, ..Counts::default() };
    read_waves[1].counts = Counts { total: 20, cancelled: 20, ..Counts::default() };
    store.merge_rollouts(&backend(), vec![rollout(1, RolloutState::Running, 0)], false, true, &read(1));
    store.merge_waves(&id(1), read_waves, &read(2));
    store.merge_rollouts(&backend(), vec![rollout(1, RolloutState::Stopped, 0)], true, true, &read(3));
    let states: Vec<WaveState> = store.rollouts[&id(1)].waves().iter().map(|wave| wave.state).collect();
    assert_eq!(states, [WaveState::Done, WaveState::Stopped]);
}

/// Reads the rollout and then its waves, a second later each.
fn night(steps: &[(Rollout, &[WaveState])]) -> RolloutState {
    let mut store = Store::default();
    for (at, (rollout, states)) in steps.iter().enumerate() {
        let at = at as u64 * 2;
        store.merge_rollouts(&backend(), vec![rollout.clone()], false, true, &read(at));
        store.merge_waves(&id(1), waves(1, states), &read(at + 1));
    }
    store.rollouts[&id(1)].rollout.value.state.clone()
}

fn limit(wave: u32) -> RolloutState {
    RolloutState::Paused(PausedBy::Limit { wave: WaveId::new(id(1), wave.to_string()), failed: 5, total: 20 })
}

const BY_PERSON: RolloutState = RolloutState::Paused(PausedBy::Person);

#[test]
fn who_paused_it_is_known_across_resumes() {
    use WaveState::{NotBegun as N, OverLimit as O, Running as R};
    let runs = || rollout(1, RolloutState::Running, 3);
    let first = (runs(), [R, N].as_slice());
    assert_eq!(night(&[first.clone(), (paused(1), &[O, N])]), limit(1));
    let resumed = [first.clone(), (paused(1), &[O, N]), (runs(), &[O, R]), (paused(1), &[O, R])];
    assert_eq!(night(&resumed), BY_PERSON, "wave 2 began by a resume, and no further limit is crossed");
    let second = [first.clone(), (paused(1), &[O, N]), (runs(), &[O, R]), (paused(1), &[O, O])];
    assert_eq!(night(&second), limit(2));
    let late = [first, (runs(), &[R, R]), (paused(1), &[O, R])];
    assert_eq!(night(&late), limit(1), "wave 1 crossed its limit while wave 2 was at work");
    assert_eq!(night(&[(paused(1), &[O, R])]), RolloutState::Paused(PausedBy::NotKnown), "one reading alone does not tell");
    let seen_running = [(runs(), [O, R].as_slice()), (runs(), &[O, R]), (runs(), &[O, R]), (paused(1), &[O, R])];
    assert_eq!(night(&seen_running), BY_PERSON);
}

#[test]
fn waves_read_before_the_pause_say_nothing_about_it() {
    let mut store = Store::default();
    store.merge_rollouts(&backend(), vec![rollout(1, RolloutState::Running, 3)], false, true, &read(1));
    store.merge_waves(&id(1), waves(1, &[WaveState::Running]), &read(2));
    store.merge_rollouts(&backend(), vec![paused(1)], false, true, &read(3));
    assert_eq!(store.rollouts[&id(1)].rollout.value.state, RolloutState::Paused(PausedBy::NotKnown));
    store.merge_waves(&id(1), waves(1, &[WaveState::OverLimit]), &read(4));
    assert_eq!(store.rollouts[&id(1)].rollout.value.state, limit(1));
}
