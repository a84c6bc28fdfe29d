//! A fleet for the benches: rollouts, one wave with any number of hosts, and states that show them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use patchdeck::action::Verb;
use patchdeck::app::diagnose::{Rules as Causes, diagnose};
use patchdeck::app::message::Message;
use patchdeck::app::rows;
use patchdeck::app::start::Start;
use patchdeck::app::state::{JournalSeat, Place, State};
use patchdeck::backend::port::{Capability, Descriptor, Facts, Interest, News, Observation, Page, Report};
use patchdeck::domain::{
    AttemptId, BackendName, Counts, Evidence, HostId, HostRow, HostState, Mono, Now, Rollout, RolloutId, RolloutState, Source,
    StoryLine, TenantId, Text, Wave, WaveId, WaveState,
};
use patchdeck::keymap::Keymap;
use patchdeck::store::merge::Read;

pub fn backend() -> BackendName {
    BackendName::new("acme-hb")
}

pub fn wave_id() -> WaveId {
    WaveId::new(RolloutId::new(backend(), "1"), "1")
}

fn civil() -> Timestamp {
    "2026-12-08T22:14:00Z".parse().expect("a time")
}

pub fn now(seconds: u64) -> Now {
    Now { mono: Mono(Duration::from_secs(1_000 + seconds)), civil: civil(), real: civil() }
}

pub fn read(seconds: u64) -> Read {
    Read { seen: now(seconds).mono, civil: civil(), by: Source::new("GET /rollouts") }
}

/// Hosts as a wave lists them: one in fifty has failed, and says why.
pub fn hosts(count: u32) -> Vec<HostRow> {
    (0..count)
        .map(|number| {
            let site = if number % 2 == 0 { "east" } else { "west" };
            let id = HostId::new(backend(), format!("node-{site}-{number:06}"));
            let failed = number % 50 == 0;
            HostRow {
                name: Text::new(id.raw()),
                wave: Some(wave_id()),
                state: if failed { HostState::Failed } else { HostState::Done },
                attempt: Some(AttemptId { host: id.clone(), native: Text::new(number.to_string()) }),
                code: failed.then_some(1603),
                message: failed.then(|| Text::new("installer ended with code 1603: another installation is under way")),
                contact: Some(civil()),
                overdue: false,
                address: Some(Text::new("https://192.0.2.17/")),
                id,
            }
        })
        .collect()
}

/// Rollouts of which `done` hosts each are through.
pub fn rollouts(count: u32, done: u32) -> Vec<Rollout> {
    (1..=count)
        .map(|number| Rollout {
            description: Text::new("monthly roll-up"),
            state: if number % 3 == 0 { RolloutState::WaitsForYou } else { RolloutState::Running },
            native: Text::new("running"),
            counts: Some(Counts { total: 100, waiting: 100 - done, done, ..Counts::default() }),
            waves: Some(2),
            ..Rollout::untold(
                RolloutId::new(backend(), number.to_string()),
                TenantId::new("acme"),
                Text::new(format!("December baseline {number}")),
            )
        })
        .collect()
}

fn waves(rollout: &RolloutId) -> Vec<Wave> {
    (1..=2)
        .map(|ordinal| Wave {
            state: WaveState::Running,
            native: Text::new("running"),
            counts: Counts { total: 50, waiting: 50, ..Counts::default() },
            ..Wave::untold(
                WaveId::new(rollout.clone(), ordinal.to_string()),
                ordinal,
                Text::new(if ordinal == 1 { "pilot" } else { "broad" }),
            )
        })
        .collect()
}

/// A session before the first answer.
pub fn empty() -> State {
    let descriptor = Descriptor {
        name: backend(),
        kind: "hawkbit",
        address: Text::new("https://patch.example.test"),
        tenants: vec![TenantId::new("acme")],
        capabilities: Verb::ALL.into_iter().map(|verb| (verb, Capability::Native)).collect::<BTreeMap<_, _>>(),
        insecure: false,
        finds_hosts: true,
    };
    let keymap = Keymap::load("default", &[]).expect("built in").0;
    let start = Start { os_user: Text::new("ops"), size: (200, 50), ..Start::plain(vec![descriptor], keymap) };
    let mut state = State::new(start, now(0));
    state.journal = JournalSeat::Ready;
    state
}

/// The board, read with all waves.
pub fn board_of(count: u32) -> State {
    let mut state = empty();
    let rollouts = rollouts(count, 3);
    let ids: Vec<RolloutId> = rollouts.iter().map(|rollout| rollout.id.clone()).collect();
    state.store.merge_rollouts(&backend(), rollouts, false, true, &read(0));
    for id in ids {
        let waves = waves(&id);
        state.store.merge_waves(&id, waves, &read(0));
    }
    rows::refresh(&mut state);
    state
}

/// A wave of which every page was read, its list on the screen.
pub fn wave_of(count: u32) -> State {
    let mut state = board_of(1);
    state.store.merge_hosts(&wave_id(), 0, hosts(count), count, &read(0));
    state.trail.go(Place::Wave(wave_id()));
    rows::refresh(&mut state);
    state
}

/// So many failed hosts, with twelve codes.
fn failed(count: u32) -> Vec<HostRow> {
    hosts(count)
        .into_iter()
        .enumerate()
        .map(|(at, mut row)| {
            row.state = HostState::Failed;
            row.attempt = Some(AttemptId { host: row.id.clone(), native: at.to_string().into() });
            row.code = i64::try_from(at % 12).ok();
            row
        })
        .collect()
}

/// What a supervisor tells when it reads the list of so many failures again, a page each.
pub fn failure_reports(count: u32) -> Vec<Box<dyn Fn() -> Message>> {
    let pages: Vec<Vec<HostRow>> = failed(count).chunks(200).map(<[HostRow]>::to_vec).collect();
    let report = move |(at, hosts): (usize, Vec<HostRow>)| -> Box<dyn Fn() -> Message> {
        Box::new(move || {
            let rollout = wave_id().rollout;
            let page = Page { offset: 200 * u32::try_from(at).expect("small"), limit: 200 };
            let what = Interest::Failures(rollout.clone(), page);
            let facts = Facts::Failures { rollout, page, hosts: hosts.clone(), total: count, since: BTreeMap::new() };
            let observation = Observation { by: Source::new("GET /actions"), facts };
            Message::Report(Box::new(Report {
                backend: backend(),
                news: News::Observed { what, observation, took: Duration::from_millis(5) },
            }))
        })
    };
    pages.into_iter().enumerate().map(report).collect()
}

/// A night on which so many hosts failed for twelve causes, every word read, the failures on the screen.
pub fn failures_of(count: u32) -> State {
    let mut state = board_of(1);
    let rules = Causes::default();
    let failed = failed(count);
    let attempts: Vec<AttemptId> = failed.iter().filter_map(|row| row.attempt.clone()).collect();
    state.store.merge_failures(&wave_id().rollout, 0, failed, count, &BTreeMap::new(), &read(0));
    for (at, attempt) in attempts.iter().enumerate() {
        let cause =
            ["disk", "lock", "mirror", "digest", "service", "hook", "proxy", "name", "right", "agent", "slot", "till"][at % 12];
        let line = StoryLine {
            at: Some(now(0).civil),
            kind: "error".into(),
            said: vec![Evidence::new(&format!("step {at} of 9000\n{cause}: the update of this host failed with {at}\n"))],
            code: None,
        };
        state.store.queue.read(attempt, &[line], None, &read(0));
    }
    for failure in diagnose(&rules, state.store.queue.cases()) {
        state.store.queue.diagnosed(failure);
    }
    state.trail.go(Place::Failures);
    rows::refresh(&mut state);
    state
}

/// What a supervisor tells of one page.
pub fn page_report(wave: &WaveId, offset: u32, hosts: Vec<HostRow>) -> Message {
    let page = Page { offset, limit: 200 };
    let what = Interest::Hosts(wave.clone(), page);
    let facts = Facts::Hosts { wave: wave.clone(), page, hosts, total: 10_000 };
    let observation = Observation { by: Source::new("GET /rollouts/{id}/deploygroups/{group}/targets"), facts };
    Message::Report(Box::new(Report {
        backend: backend(),
        news: News::Observed { what, observation, took: Duration::from_millis(5) },
    }))
}
