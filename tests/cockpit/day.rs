//! Twenty-four hours of one busy connection as a list of messages: rollouts come and end, hosts fail, somebody looks.
//!
//! No loop and no drawing: what a session keeps is decided by `update` alone.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use patchdeck::action::Verb;
use patchdeck::app::message::Message;
use patchdeck::app::start::Start;
use patchdeck::app::state::State;
use patchdeck::app::update::update;
use patchdeck::backend::port::{Capability, Descriptor, Facts, Interest, News, Observation, Page, Report, Scope, Trouble};
use patchdeck::domain::{
    Attempt, AttemptId, BackendName, Counts, Evidence, Health, HostId, HostRow, HostState, HostStory, Mono, Now, Rollout,
    RolloutId, RolloutState, Source, StoryLine, TenantId, Text, Wave, WaveId, WaveState,
};
use patchdeck::keymap::Keymap;

/// Seconds between two readings of the board.
const BEAT: u64 = 60;
/// Reports and accounts of hosts that were read before the day begins: more than are ever kept.
const READ_BEFORE: u64 = 600;
/// Rollouts that run side by side, and seconds that each of them takes: two a minute end.
const AT_ONCE: u64 = 12;
const TAKES: u64 = 360;
/// Ended rollouts that the backend lists, newest first.
const ENDED: u64 = 50;
const HOSTS: u32 = 24;
/// Number of the rollout that is nearly through when the day begins.
const OLDEST: u64 = 1_000;

/// A session, and the seconds since it began.
pub struct Day {
    pub state: State,
    at: u64,
}

impl Day {
    pub fn begin() -> Self {
        let descriptor = Descriptor {
            name: backend(),
            kind: "scripted",
            address: Text::new("https://patch.example.test"),
            tenants: vec![TenantId::new("acme")],
            capabilities: Verb::ALL.into_iter().map(|verb| (verb, Capability::Native)).collect::<BTreeMap<_, _>>(),
            insecure: false,
            finds_hosts: true,
        };
        let keymap = Keymap::load("default", &[]).expect("built in").0;
        let start = Start { bell: true, os_user: Text::new("lead"), seat: 7, ..Start::plain(vec![descriptor], keymap) };
        let mut day = Self { state: State::new(start, now(0)), at: 0 };
        for number in 0..READ_BEFORE {
            day.story(number);
            let attempt = AttemptId { host: HostId::new(backend(), format!("db-{number:04}")), native: Text::new("before") };
            day.evidence(attempt);
        }
        day
    }

    /// Lets messages come until so many seconds have passed.
    pub fn until(&mut self, seconds: u64) {
        while self.at < seconds {
            self.at += BEAT;
            self.beat();
        }
    }

    /// How much is kept: the length of everything written out. Every table and every text of the state is in it.
    pub fn kept(&self) -> usize {
        format!("{:?}", self.state).len()
    }

    fn beat(&mut self) {
        let oldest = OLDEST + self.at * AT_ONCE / TAKES;
        let newest = oldest + AT_ONCE;
        let live = oldest..newest;
        let (board, night) = (live.map(|number| self.rollout(number)).collect(), self.at.is_multiple_of(60));
        self.hears(Interest::Board, Facts::Rollouts { scope: Scope::Live, rollouts: board, complete: true });
        if night {
            let ended = (oldest.saturating_sub(ENDED).max(OLDEST)..oldest).map(|number| self.rollout(number)).collect();
            self.hears(Interest::Night, Facts::Rollouts { scope: Scope::Ended, rollouts: ended, complete: false });
        }
        for number in [oldest, newest - 1] {
            let waves = vec![self.wave(number)];
            self.hears(Interest::Rollout(rollout_id(number)), Facts::Waves { rollout: rollout_id(number), waves });
        }
        self.hosts(oldest);
        self.story(READ_BEFORE + self.at / BEAT);
        if self.at.is_multiple_of(30) {
            let trouble = Trouble::Server(Text::new(format!("it broke at {}", self.at)));
            self.news(News::Failed { what: Interest::Night, trouble, again_in: None });
            self.news(News::Health(Health { requests: self.at, ..Health::default() }));
        }
        if self.at.is_multiple_of(600) {
            for key in "enter enter esc esc h esc tab / x esc end home down".split(' ') {
                self.says(Message::Key(key.parse().expect("a key")));
            }
        }
        self.says(Message::Tick);
    }

    /// A page of hosts of which some have failed, and why one of them did.
    fn hosts(&mut self, number: u64) {
        let page = Page { offset: 0, limit: 200 };
        let (rollout, wave) = (rollout_id(number), wave_id(number));
        let hosts: Vec<HostRow> = (0..HOSTS).map(|host| row(number, host)).collect();
        if self.state.store.hosts.contains_key(&wave) {
            let facts = Facts::Hosts { wave: wave.clone(), page, hosts: hosts.clone(), total: HOSTS };
            self.hears(Interest::Hosts(wave, page), facts);
        }
        let failed: Vec<HostRow> = hosts.into_iter().filter(|row| row.state == HostState::Failed).collect();
        let total = u32::try_from(failed.len()).expect("few");
        let attempt = failed[(self.at / BEAT) as usize % failed.len()].attempt.clone().expect("one");
        self.hears(
            Interest::Failures(rollout.clone(), page),
            Facts::Failures { rollout, page, hosts: failed, total, since: BTreeMap::new() },
        );
        self.evidence(attempt);
    }

    fn evidence(&mut self, attempt: AttemptId) {
        let reports = vec![line(&format!("installer of {attempt:?} ended with code 1603"))];
        self.hears(Interest::Evidence(attempt.clone()), Facts::Evidence { attempt, reports, wave: None });
    }

    /// Somebody looks at one host after the other.
    fn story(&mut self, number: u64) {
        let id = HostId::new(backend(), format!("web-{number:06}"));
        let attempt = Attempt {
            id: AttemptId { host: id.clone(), native: Text::new("1") },
            state: HostState::Failed,
            native: Text::new("error"),
            rollout: Some(Text::new("baseline")),
            release: None,
            began: Some(now(self.at).civil),
            code: Some(1603),
        };
        let story = HostStory {
            name: Text::new(id.raw()),
            standing: Text::new("error"),
            address: None,
            contact: Some(now(self.at).civil),
            overdue: false,
            assigned: None,
            installed: None,
            installed_at: None,
            attempts: vec![attempt],
            reports: vec![line("no space left")],
            gaps: Vec::new(),
            id: id.clone(),
        };
        self.hears(Interest::Host(id), Facts::Host(Box::new(story)));
    }

    fn rollout(&self, number: u64) -> Rollout {
        let counts = self.counts(number);
        let ended = counts.left() == 0;
        Rollout {
            state: if ended { RolloutState::Finished } else { RolloutState::Running },
            native: Text::new(if ended { "finished" } else { "running" }),
            counts: Some(counts),
            waves: Some(1),
            ..Rollout::untold(rollout_id(number), TenantId::new("acme"), Text::new(format!("baseline {number}")))
        }
    }

    /// Each begins a while after the one before it, and is through when it leaves the live ones.
    fn counts(&self, number: u64) -> Counts {
        let since = self.at + TAKES - (number - OLDEST) * TAKES / AT_ONCE;
        let through = u32::try_from((u64::from(HOSTS) * since / TAKES).min(u64::from(HOSTS))).expect("few");
        let failed = through / 4;
        Counts { total: HOSTS, done: through - failed, failed, running: HOSTS - through, ..Counts::default() }
    }

    fn wave(&self, number: u64) -> Wave {
        Wave {
            level: 0,
            state: WaveState::Running,
            native: Text::new("running"),
            counts: self.counts(number),
            ..Wave::untold(wave_id(number), 1, Text::new("all"))
        }
    }

    fn hears(&mut self, what: Interest, facts: Facts) {
        let observation = Observation { by: Source::new("GET /rollouts"), facts };
        self.news(News::Observed { what, observation, took: Duration::from_millis(5) });
    }

    fn news(&mut self, news: News) {
        self.says(Message::Report(Box::new(Report { backend: backend(), news })));
    }

    fn says(&mut self, message: Message) {
        let effects = update(&mut self.state, message, now(self.at));
        drop(effects);
    }
}

fn now(seconds: u64) -> Now {
    let begin: Timestamp = "2026-12-08T12:00:00Z".parse().expect("a timestamp");
    let civil = begin + SignedDuration::from_secs(seconds.cast_signed());
    Now { mono: Mono(Duration::from_secs(1_000_000 + seconds)), civil, real: civil }
}

fn backend() -> BackendName {
    BackendName::new("acme-hb")
}

fn rollout_id(number: u64) -> RolloutId {
    RolloutId::new(backend(), number.to_string())
}

fn wave_id(number: u64) -> WaveId {
    WaveId::new(rollout_id(number), "1")
}

fn row(rollout: u64, number: u32) -> HostRow {
    let id = HostId::new(backend(), format!("db-{number:04}"));
    let failed = number.is_multiple_of(4);
    HostRow {
        name: Text::new(id.raw()),
        wave: Some(wave_id(rollout)),
        state: if failed { HostState::Failed } else { HostState::Done },
        attempt: Some(AttemptId { host: id.clone(), native: Text::new(format!("{rollout}-{number}")) }),
        code: failed.then_some(1603),
        message: None,
        contact: None,
        overdue: false,
        address: None,
        id,
    }
}

fn line(words: &str) -> StoryLine {
    StoryLine { at: None, kind: Text::new("error"), said: vec![Evidence::new(words)], code: Some(1603) }
}
