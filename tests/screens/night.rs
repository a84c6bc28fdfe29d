//! A night with three tenants: paused by a limit, waiting, running, held at a gate, finished with hosts at work, a backend
//! that is old, one that cannot be reached, and names that were chosen to do harm.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use patchdeck::action::Verb;
use patchdeck::app::diagnose::{Rules as Causes, diagnose};
use patchdeck::app::rows;
use patchdeck::app::start::Start;
use patchdeck::app::state::{ActivityLine, ActivityState, Armed, JournalSeat, Place, State, cause_key};
use patchdeck::backend::port::{Capability, Descriptor};
use patchdeck::domain::{
    Attempt, AttemptId, BackendName, Call, Care, CareRules, CareStage, CauseClass, Deadline, DoneHost, Evidence, Fresh, Health,
    HostFacts, HostId, HostState, HostStory, IntentId, Lane, Limit, Need, NeedKind, OpenHost, Own, PausedBy, Progress, Restart,
    RolloutState, Signature, Source, StoryLine, Tenant, TenantId, Text, WaveId, WaveState,
};
use patchdeck::keymap::Keymap;
use patchdeck::memory::Record;
use patchdeck::store::connection::Failure;
use patchdeck::store::queue::Pile;

use super::world::{ago, civil, counts, host, later, minutes_ago, now, read, release, rollout, rollout_id, wave};

/// Loaded once: it takes a moment.
static RULES: LazyLock<Causes> = LazyLock::new(Causes::default);

pub const BACKENDS: [(&str, &str); 3] = [("acme-hb", "acme"), ("globex-hb", "globex"), ("umbrella-hb", "umbrella")];

/// Every place, by the name of its snapshot.
pub fn places() -> Vec<(&'static str, Place)> {
    vec![
        ("board", Place::Board),
        ("rollout", Place::Rollout(rollout_id("acme-hb", "3"))),
        ("wave", big_wave()),
        ("host", Place::Host(HostId::new(BackendName::new("acme-hb"), "web-0142"))),
        ("windows", Place::Windows),
        ("failures", Place::Failures),
        ("failed", Place::Pile(pile())),
        ("lane", Place::Lane(Lane::NotBack)),
        ("lane-silent", Place::Lane(Lane::Silent)),
        ("approvals", Place::Approvals),
        ("activity", Place::Activity),
        ("backends", Place::Backends),
        ("found", Place::Found),
    ]
}

/// The hosts whose package lock was held.
pub fn pile() -> Pile {
    let signature = Signature {
        class: CauseClass::new("package_lock"),
        code: None,
        text: Text::new("E: Could not get lock <path>. It is held by process <n> (apt-get)"),
    };
    Pile::Cause(Arc::new(signature))
}

pub fn big_wave() -> Place {
    Place::Wave(WaveId::new(rollout_id("acme-hb", "3"), "3"))
}

/// The state before anybody has answered.
pub fn before(place: Place) -> State {
    let descriptors = BACKENDS.iter().map(|(name, tenant)| descriptor(name, tenant)).collect();
    let zone = TimeZone::get("Europe/Berlin").expect("bundled");
    let call = Text::new("acme on-call, if any db-* fails or the window overruns");
    let start = Start {
        tenants: vec![Tenant { id: TenantId::new("acme"), zone: Some(zone.clone()), call: Some(call) }],
        local_zone: zone,
        os_user: Text::new("ops"),
        ..Start::plain(descriptors, Keymap::load("default", &[]).expect("built in").0)
    };
    let mut state = State::new(start, now());
    state.journal = JournalSeat::Ready;
    state.trail.go(place);
    rows::refresh(&mut state);
    state
}

fn descriptor(name: &str, tenant: &str) -> Descriptor {
    let mut capabilities: BTreeMap<Verb, Capability> = Verb::ALL.into_iter().map(|verb| (verb, Capability::Native)).collect();
    capabilities.insert(Verb::RollBack, Capability::Unsupported(Text::new("it has no way back")));
    Descriptor {
        name: BackendName::new(name),
        kind: "hawkbit",
        address: Text::new(format!("https://{name}.example.net")),
        tenants: vec![TenantId::new(tenant)],
        capabilities,
        insecure: name == "globex-hb",
        finds_hosts: true,
    }
}

/// The night, seen from a place.
pub fn at(place: Place) -> State {
    let mut state = before(Place::Board);
    connections(&mut state);
    acme(&mut state);
    globex(&mut state);
    umbrella(&mut state);
    hosts(&mut state);
    beside(&mut state);
    story(&mut state);
    found(&mut state);
    activity(&mut state);
    causes(&mut state);
    state.needs = state.store.needs(&state.now);
    state.needs.insert(1, unknown());
    let sums = state.store.lane_sums(state.now.civil, |lane, _, _| lane.needs_a_person());
    state.helpless = sums.into_iter().map(|(lane, sum)| (lane, sum.hosts)).collect();
    state.trail.go(place);
    state.lists.clear();
    rows::refresh(&mut state);
    state
}

pub fn arm(state: &mut State, tenant: &str) {
    let until = later(state.now, Duration::from_secs(8 * 60 + 20)).mono;
    state.armed = Some(Armed { tenant: TenantId::new(tenant), since: state.now.mono, until });
}

pub fn filter(state: &mut State, text: &str) {
    let place = state.place().clone();
    text.clone_into(&mut state.lists.entry(place).or_default().filter);
    rows::refresh(state);
}

fn unknown() -> Need {
    Need {
        kind: NeedKind::Unknown,
        tenant: Some(TenantId::new("globex")),
        what: Text::new("resume: nobody knows what became of it"),
        rollout: Some(rollout_id("globex-hb", "5")),
        backend: Some(BackendName::new("globex-hb")),
        set: None,
        intent: Some(IntentId::new("20261208-2-1")),
        seen: Some(ago(120)),
    }
}

fn connections(state: &mut State) {
    for (at, connection) in state.store.connections.values_mut().enumerate() {
        connection.login = Some(Text::new("ops"));
        connection.version = Some(Text::new("1.0.1"));
        connection.their_tenant = Some(Text::new("DEFAULT"));
        connection.rights = vec![
            (Text::new("approve"), Some(true), Text::default()),
            (Text::new("resume"), Some(true), Text::default()),
            (Text::new("stop"), Some(false), Text::new("the login lacks UPDATE_ROLLOUT")),
            (Text::new("retry"), None, Text::default()),
        ];
        connection.blind = vec![Text::new("addresses of hosts: the login lacks READ_TARGET_SECURITY_TOKEN")];
        connection.skew = Some(SignedDuration::from_secs([0, 95, 0][at]));
        connection.board_seen = Some(ago([4, 41, 700][at]));
        connection.health = Health {
            requests: 12_345,
            errors: [0, 2, 31][at],
            not_modified: 11_000,
            budget_tenths: 100,
            typical: Duration::from_millis(38),
            board_every: Duration::from_secs(10),
            ..Health::default()
        };
        if at == 2 {
            let words = Text::new("unreachable: connection refused (10.0.0.7:8443)");
            connection.failure = Some(Failure {
                words,
                at: ago(20),
                refused: false,
                answered: false,
                again_at: Some(later(now(), Duration::from_secs(40)).mono),
            });
        }
    }
}

fn acme(state: &mut State) {
    let backend = BackendName::new("acme-hb");
    let id = rollout_id("acme-hb", "3");
    let by = PausedBy::Limit { wave: WaveId::new(id.clone(), "3"), failed: 14, total: 120 };
    let mut paused =
        rollout("acme-hb", "3", "acme", "December baseline", RolloutState::Paused(by), Some(counts(422, 121, 16, 45)));
    paused.waves = Some(4);
    paused.approval.by = Some(Text::new("lead"));
    paused.approval.remark = Some(Text::new("CHG-4711"));
    paused.related =
        vec![patchdeck::domain::Related { relation: patchdeck::domain::Relation::RetryOf, rollout: rollout_id("acme-hb", "2") }];
    let mut finished = rollout("acme-hb", "2", "acme", "November rest", RolloutState::Finished, Some(counts(1204, 1190, 9, 5)));
    finished.release.as_mut().expect("one").name = Text::new("baseline:2026.11");
    let over = rollout("acme-hb", "1", "acme", "October rest", RolloutState::Finished, Some(counts(380, 380, 0, 0)));
    state.store.merge_rollouts(&backend, vec![paused, finished, over], false, false, &read(4));
    let waves = vec![
        wave(&id, 1, "pilot", WaveState::Done, counts(12, 12, 0, 0)),
        wave(&id, 2, "early", WaveState::Done, counts(50, 48, 2, 0)),
        wave(&id, 3, "broad-eu", WaveState::OverLimit, counts(120, 61, 14, 45)),
        wave(&id, 4, "broad-us", WaveState::NotBegun, counts(240, 0, 0, 0)),
    ];
    state.store.merge_waves(&id, waves, &read(4));
    let entry = state.store.rollouts.get_mut(&id).expect("merged");
    let pace = entry.wave_pace.entry(WaveId::new(id, "3")).or_default();
    *pace = patchdeck::store::Pace::default();
    for (minutes, settled) in [(12, 0), (10, 1), (8, 4), (6, 9), (4, 15), (2, 21), (0, 25)] {
        pace.saw(civil() - SignedDuration::from_mins(minutes), settled);
    }
}

fn globex(state: &mut State) {
    let backend = BackendName::new("globex-hb");
    let mut waits =
        rollout("globex-hb", "5", "globex", "December baseline", RolloutState::WaitsForYou, Some(counts(240, 0, 0, 0)));
    waits.waves = Some(3);
    waits.starts = Some(minutes_ago(9));
    waits.description = Text::new("All desktops, three rings");
    let mut running =
        rollout("globex-hb", "6", "globex", "OpenSSL 3.0.17 urgent", RolloutState::Running, Some(counts(140, 133, 3, 4)));
    running.release.as_mut().expect("one").name = Text::new("openssl:3.0.17");
    let gate = PausedBy::Gate { wave: WaveId::new(rollout_id("globex-hb", "8"), "1") };
    let held = rollout("globex-hb", "8", "globex", "Kiosk firmware", RolloutState::Paused(gate), Some(counts(160, 40, 0, 0)));
    let evil = "Eilt\u{1b}[31m \u{202e}gnp\u{200b} 漢字の長い名前がここにあります";
    let hostile = rollout("globex-hb", "9", "globex", evil, RolloutState::Starting, None);
    state.store.merge_rollouts(&backend, vec![waits, running, held, hostile], false, false, &read(41));
    let id = rollout_id("globex-hb", "5");
    let waves = [(1, "pilot", 40), (2, "early", 80), (3, "broad", 120)];
    let waves = waves.map(|(at, name, hosts)| wave(&id, at, name, WaveState::NotBegun, counts(hosts, 0, 0, 0)));
    state.store.merge_waves(&id, waves.to_vec(), &read(41));
    let id = rollout_id("globex-hb", "6");
    let mut last = wave(&id, 3, "rest", WaveState::Running, counts(80, 74, 2, 4));
    last.gate.done = Some(Limit::Unreadable(Text::new("abc")));
    let waves = vec![
        wave(&id, 1, "pilot", WaveState::Done, counts(20, 20, 0, 0)),
        wave(&id, 2, "early", WaveState::Done, counts(40, 39, 1, 0)),
        last,
    ];
    state.store.merge_waves(&id, waves, &read(41));
    let entry = state.store.rollouts.get_mut(&id).expect("merged");
    entry.pace = patchdeck::store::Pace::default();
    for step in 0..8 {
        entry.pace.saw(civil() - SignedDuration::from_mins(8 - step), 100 + 3 * u32::try_from(step).expect("small"));
    }
    let id = rollout_id("globex-hb", "8");
    let waves = vec![
        wave(&id, 1, "pilot", WaveState::Done, counts(40, 40, 0, 0)),
        wave(&id, 2, "broad", WaveState::NotBegun, counts(120, 0, 0, 0)),
    ];
    state.store.merge_waves(&id, waves, &read(41));
}

fn umbrella(state: &mut State) {
    let backend = BackendName::new("umbrella-hb");
    let mut ready =
        rollout("umbrella-hb", "1", "umbrella", "December baseline", RolloutState::NotBegun, Some(counts(120, 0, 0, 0)));
    ready.waves = Some(2);
    ready.starts = Some(civil() + SignedDuration::from_mins(166));
    state.store.merge_rollouts(&backend, vec![ready], false, false, &read(700));
}

/// Twelve thousand hosts of which five hundred were read, and the failed ones.
/// Hosts that have not failed: away, hung, restarting and not back from it, and two that deny what they reported.
fn beside(state: &mut State) {
    let id = rollout_id("acme-hb", "3");
    let wave = |native: &str| WaveId::new(id.clone(), native);
    let attempt = |name: &str| AttemptId { host: HostId::new(BackendName::new("acme-hb"), name), native: Text::new("77") };
    let open = |name: &str, kind: HostState| OpenHost {
        id: attempt(name).host,
        name: Text::new(name),
        state: kind,
        attempt: Some(attempt(name)),
        contact: Some(minutes_ago(52)),
        overdue: true,
    };
    let names: Vec<String> = (200..212).map(|at| format!("web-{at:04}")).collect();
    let kind = |at: usize| if at < 4 { HostState::NotFetched } else { HostState::AtWork };
    let hosts = names.iter().enumerate().map(|(at, name)| open(name, kind(at))).collect();
    let ended: Vec<AttemptId> = ["web-0101", "web-0102", "web-0103"].map(attempt).into();
    let lanes = &mut state.store.lanes;
    lanes.opened(&wave("3"), 0, hosts, 20, ended.clone(), &now());
    let fetched = Some(minutes_ago(40));
    for (host, took) in ended.iter().zip([2, 3, 4]) {
        let restart = Some(Restart::Begun(minutes_ago(30)));
        lanes.progressed(host, Progress { fetched, last: None, restart, ended: Some(minutes_ago(30 - took)) }, &now());
    }
    for (name, minutes) in names[4..].iter().zip([0, 0, 14, 38, 4, 3, 2]) {
        let restart = (minutes > 0).then(|| Restart::Begun(minutes_ago(minutes)));
        lanes.progressed(&attempt(name), Progress { fetched, last: Some(minutes_ago(39)), restart, ended: None }, &now());
    }
    let done = |at: u32, own: Own| DoneHost {
        id: HostId::new(BackendName::new("acme-hb"), format!("app-{at:04}")),
        name: Text::new(format!("app-{at:04}")),
        own,
    };
    lanes.verified(&wave("1"), 0, (0..12).map(|at| done(at, Own::Confirms)).collect(), 12, None, &now());
    let second = (12..60).map(|at| done(at, if at < 14 { Own::Differs("2026.11".into()) } else { Own::Confirms }));
    lanes.verified(&wave("2"), 0, second.collect(), 48, None, &now());
}

fn hosts(state: &mut State) {
    let Place::Wave(wave) = big_wave() else { return };
    let attempt = |name: &str| Some(AttemptId { host: HostId::new(BackendName::new("acme-hb"), name), native: Text::new("77") });
    let rows: Vec<_> = (0..500)
        .map(|at| {
            let name = format!("web-{at:04}");
            let kinds = [HostState::Failed, HostState::AtWork, HostState::Done, HostState::NotFetched, HostState::Done];
            let mut row = host("acme-hb", &name, kinds[at % kinds.len()]);
            row.attempt = attempt(&name);
            if row.state == HostState::Failed {
                row.code = Some(if at % 2 == 0 { 100 } else { -2_145_124_329 });
                row.message =
                    Some(Text::new("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4123 (apt-get)"));
            }
            row.overdue = at % 7 == 3;
            row
        })
        .collect();
    let failed: Vec<_> = rows.iter().filter(|row| row.state == HostState::Failed).take(3).cloned().collect();
    state.store.merge_hosts(&wave, 0, rows, 12_000, &read(12));
    state.store.merge_failures(&wave.rollout, 0, failed, 16, &BTreeMap::new(), &read(12));
    let facts = HostFacts {
        role: Some(Text::new("web")),
        site: Some(Text::new("Berlin 2")),
        peers: vec![Text::new("web-0143"), Text::new("web-0144")],
        service: Some(Text::new("shop")),
        contact: Some(Text::new("shop on-call")),
        console: Some(Text::new("ssh jump.example.net -t console web-0142")),
    };
    state.store.host_facts.insert("web-0142".to_owned(), facts.clone());
    state.store.host_facts.insert("web-0000".to_owned(), facts);
}

/// Evidence of some failures, two of them at another tenant, and what people said about them.
fn causes(state: &mut State) {
    let globex = rollout_id("globex-hb", "5");
    let failed = |name: &str, code| {
        let mut row = host("globex-hb", name, HostState::Failed);
        row.attempt = Some(AttemptId { host: row.id.clone(), native: Text::new("91") });
        row.code = Some(code);
        row
    };
    let rows = vec![failed("till-01", 1), failed("till-02", 1), failed("till-03", 1), failed("till-04", 28)];
    let again = Attempt {
        id: AttemptId { host: rows[3].id.clone(), native: Text::new("95") },
        state: HostState::Failed,
        native: Text::new("error"),
        rollout: None,
        release: Some(release()),
        began: None,
        code: Some(28),
    };
    let since = BTreeMap::from([(rows[3].id.clone(), vec![again])]);
    let attempts: Vec<AttemptId> = rows.iter().filter_map(|row| row.attempt.clone()).collect();
    state.store.merge_failures(&globex, 0, rows, 4, &since, &read(12));
    let words = [
        (0, "post-install check returned 3", 9),
        (1, "post-install check returned 3", 8),
        (2, "post-install check returned 127", 2),
    ];
    for (at, said, minutes) in words {
        let line = StoryLine {
            at: Some(minutes_ago(minutes)),
            kind: Text::new("error"),
            said: vec![Evidence::new(said)],
            code: Some(1),
        };
        state.store.merge_evidence(&attempts[at], vec![line], None, &read(11));
    }
    let lock =
        "Reading package lists...\nE: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4123 (apt-get)";
    for at in 0..60 {
        let id = HostId::new(BackendName::new("acme-hb"), format!("web-{:04}", at * 5));
        let attempt = AttemptId { host: id, native: Text::new("77") };
        let line = StoryLine {
            at: Some(minutes_ago(11 + at)),
            kind: Text::new("error"),
            said: vec![Evidence::new(lock)],
            code: Some(100),
        };
        state.store.merge_evidence(&attempt, vec![line], None, &read(11));
    }
    let cases = state.store.queue.cases();
    for failure in diagnose(&RULES, cases) {
        state.store.queue.diagnosed(failure);
    }
    if let Pile::Cause(signature) = pile() {
        let care = Care {
            stage: CareStage::CauseFound,
            owner: Text::new("lead"),
            reference: Text::new("INC-4711"),
            note: Text::new("unattended-upgrades ran at the same time"),
            at: civil(),
            civil: Some(civil()),
            verified: None,
        };
        state.memory.remember(Record::Care { of: cause_key(&signature), care });
        for months in 0..3 {
            let night = state.night().saturating_sub(months.months());
            let cause = cause_key(&signature);
            state.memory.remember(Record::Night { tenant: TenantId::new("acme"), cause, night, first: None });
        }
    }
    state.care = CareRules {
        calls: vec![Call {
            tenant: None,
            cause: Some(Text::new("package_lock")),
            todo: Some(Text::new("stop unattended-upgrades for the night")),
            call: None,
        }],
        deadlines: vec![Deadline { severity: Text::new("normal"), classes: Vec::new(), within: Duration::from_secs(4 * 3600) }],
    };
}

fn story(state: &mut State) {
    let id = HostId::new(BackendName::new("acme-hb"), "web-0142");
    let attempt = |native: &str, state, rollout: Option<&str>, minutes, code| Attempt {
        id: AttemptId { host: id.clone(), native: Text::new(native) },
        state,
        native: Text::new("error"),
        rollout: rollout.map(Text::new),
        release: Some(release()),
        began: Some(minutes_ago(minutes)),
        code,
    };
    let said = "E: Could not get lock \u{1b}[2J/var/lib/dpkg/lock-frontend.\nIt is held by process 4123 (apt-get), \
                which has been running since this morning and is waiting for an answer at a terminal nobody looks at";
    let story = HostStory {
        id: id.clone(),
        name: Text::new("web-0142"),
        standing: Text::new("error"),
        address: Some(Text::new("https://192.0.2.142/")),
        contact: Some(minutes_ago(3)),
        overdue: true,
        assigned: Some(release()),
        installed: Some(patchdeck::domain::Release { native: Text::new("6"), name: Text::new("baseline:2026.11") }),
        installed_at: Some(minutes_ago(30 * 24 * 60)),
        attempts: vec![
            attempt("77", HostState::Failed, Some("December baseline"), 12, Some(100)),
            attempt("60", HostState::Done, Some("November rest"), 28 * 24 * 60, Some(0)),
            attempt("51", HostState::Cancelled, None, 31 * 24 * 60, None),
        ],
        reports: vec![
            StoryLine { at: Some(minutes_ago(11)), kind: Text::new("error"), said: vec![Evidence::new(said)], code: Some(100) },
            StoryLine {
                at: Some(minutes_ago(12)),
                kind: Text::new("download"),
                said: vec![Evidence::new("Download of baseline")],
                code: None,
            },
        ],
        gaps: vec![Text::new("its tags: the login may not read them")],
    };
    state.store.stories.insert(id, Fresh::new(story, ago(8), Source::new("GET /rest/v1/targets")));
}

fn found(state: &mut State) {
    let names = ["web-0141", "web-0142", "web-0143"];
    let hosts: Vec<_> = names.iter().map(|name| host("acme-hb", name, HostState::Done)).collect();
    state.store.merge_found(&BackendName::new("acme-hb"), &Text::new("web-014"), hosts, 40, &read(2));
    let hosts = vec![host("globex-hb", "web-014x", HostState::Unknown)];
    state.store.merge_found(&BackendName::new("globex-hb"), &Text::new("web-014"), hosts, 1, &read(2));
}

fn activity(state: &mut State) {
    let line = |minutes, tenant: Option<&str>, intent: Option<&str>, what: &str, outcome, found: &str| ActivityLine {
        at: minutes_ago(minutes),
        who: Text::new("ops"),
        tenant: tenant.map(TenantId::new),
        rollout: intent.map(|_| rollout_id("globex-hb", "5")),
        intent: intent.map(IntentId::new),
        what: Text::new(what),
        state: outcome,
        found: Text::new(found),
        elsewhere: minutes > 40,
        rest: None,
        unsent: None,
        went: Vec::new(),
    };
    state.activity = vec![
        line(
            2,
            Some("globex"),
            Some("20261208-2-1"),
            "Resume: wave 2 \"early\" starts",
            ActivityState::Unknown,
            "no answer within 60 s; looked up 2 times, it still shows paused",
        ),
        line(3, Some("acme"), Some("20261208-1-7"), "Pause", ActivityState::Open, "sent, not looked up yet"),
        line(
            12,
            Some("acme"),
            Some("20261208-1-6"),
            "Approve ALL 4 waves, 422 hosts",
            ActivityState::Verified,
            "backend shows ready",
        ),
        line(14, Some("acme"), None, "armed for 10 min", ActivityState::Arming, ""),
        line(19, Some("acme"), None, "disarmed by itself", ActivityState::Arming, ""),
        line(29, Some("acme"), None, "armed for 10 min", ActivityState::Arming, ""),
        line(
            55,
            Some("globex"),
            Some("20261208-9-1"),
            "Stop for good",
            ActivityState::Refused,
            "not permitted: the login lacks UPDATE_ROLLOUT",
        ),
    ];
}
