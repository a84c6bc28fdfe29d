//! A scripted backend: three rollouts of one tenant, a verb that changes them, and every way an answer can go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use patchdeck::action::Verb;
use patchdeck::backend::port::{
    Backend, Capability, Decision, Descriptor, Facts, Identity, Intent, Interest, Observation, Receipt, Receipts, Refusal, Right,
    Scope, Settlement, Step, StepRecord, Survey, Task, Trouble,
};
use patchdeck::domain::{
    Attempt, AttemptId, BackendName, BackendWindow, BackendWord, Counts, DoneHost, Evidence, Gate, HostId, HostRow, HostState,
    HostStory, Limit, Mono, OnFailed, OnMet, OpenHost, Own, PausedBy, Progress, Release, Restart, Rollout, RolloutId,
    RolloutState, Says, Source, StoryLine, TenantId, Text, Wave, WaveId, WaveState,
};
use patchdeck::plan::types::{Call, Eligibility, Guard, HostFound, Outcome};

/// How the next verb is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Accept,
    Refuse(&'static str),
    /// It took effect, and the answer was lost.
    LostAfterEffect,
    /// The answer was lost, and nothing can be looked up.
    LostAndDark,
    /// The answer was lost, and it never takes effect.
    LostBeforeEffect,
    /// It took effect, and no answer ever comes.
    HangAfterEffect,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct Inside {
    /// Several people use the login; the dialog then tells who presses.
    shared: bool,
    rollouts: BTreeMap<String, (Rollout, Vec<Wave>)>,
    reply: Reply,
    sent: Vec<String>,
    boards: usize,
    hangs: bool,
    gone: bool,
    dark: bool,
    takes: Duration,
    pages: Vec<u32>,
    failed_pages: Vec<u32>,
    /// A verb that this login may not ask for, and why.
    forbidden: Option<(Verb, &'static str)>,
    /// Why the failed hosts of "baseline one" failed; None: this login sees no hosts.
    why: Option<&'static str>,
    /// Lists of failed hosts that were read.
    lists: usize,
    /// Failed hosts of rollout 1, and whether every second one has another cause.
    fails: (u32, bool),
    /// Hosts of rollout 3 that failed.
    fails_in_three: u32,
    /// Hosts that were tried again, and what became of them.
    again: BTreeSet<String>,
    becomes: HostState,
    /// No answer ever comes to this call.
    hang_at: usize,
    /// Open hosts of the first wave of rollout 3 as they are told: name, state, minutes since it went into a restart.
    beside: Vec<(&'static str, HostState, Option<i64>)>,
    /// What it says of allowed times by itself.
    says: Option<BackendWord>,
    /// What done hosts say of themselves, and how often they were asked.
    own: (Vec<(&'static str, Own)>, usize),
}

/// What a failed host says.
const LOCK: &str = "E: Could not get lock /var/lib/dpkg/lock. It is held by process 4123 (apt-get)";
/// The call that tries hosts again.
const AGAIN: &str = "/hosts/again";
/// Hosts of every wave.
const HOSTS: u32 = 900;

pub struct Night {
    descriptor: Descriptor,
    inside: Mutex<Inside>,
}

impl Night {
    /// "baseline one" is paused by its limit, "two" waits for approval, "three" runs.
    pub fn of_three_rollouts() -> Arc<Self> {
        Self::named("acme")
    }

    pub fn named(tenant: &str) -> Arc<Self> {
        let name = BackendName::new(format!("{tenant}-hb"));
        let capabilities = Verb::ALL.into_iter().map(|verb| (verb, Capability::Native)).collect();
        let descriptor = Descriptor {
            name: name.clone(),
            kind: "scripted",
            address: Text::new("https://patch.example.test"),
            tenants: vec![TenantId::new(tenant)],
            capabilities,
            insecure: false,
            finds_hosts: true,
        };
        let mut rollouts = BTreeMap::new();
        for (id, number, native) in [("1", "one", "paused"), ("2", "two", "waiting"), ("3", "three", "running")] {
            let rollout_id = RolloutId::new(name.clone(), id);
            let waves = vec![wave(&rollout_id, 1, native), wave(&rollout_id, 2, "waiting")];
            rollouts.insert(id.to_owned(), (rollout(rollout_id, tenant, number, native), waves));
        }
        let inside = Inside {
            shared: false,
            rollouts,
            reply: Reply::Accept,
            sent: Vec::new(),
            boards: 0,
            hangs: false,
            gone: false,
            dark: false,
            takes: Duration::ZERO,
            pages: Vec::new(),
            failed_pages: Vec::new(),
            forbidden: None,
            why: Some(LOCK),
            lists: 0,
            beside: Vec::new(),
            says: None,
            own: (Vec::new(), 0),
            fails: (0, false),
            fails_in_three: 0,
            again: BTreeSet::new(),
            becomes: HostState::AtWork,
            hang_at: 0,
        };
        Arc::new(Self { descriptor, inside: Mutex::new(inside) })
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("not poisoned")
    }

    /// Several people use the login.
    pub fn share(&self) {
        self.lock().shared = true;
    }

    pub fn is_shared(&self) -> bool {
        self.lock().shared
    }

    pub fn reply(&self, reply: Reply) {
        self.lock().reply = reply;
    }

    /// Calls that left, in their order.
    pub fn sent(&self) -> Vec<String> {
        self.lock().sent.clone()
    }

    /// How often the board was read.
    pub fn boards(&self) -> usize {
        self.lock().boards
    }

    /// Failed hosts say this; None: the login sees no hosts.
    pub fn fails_with(&self, why: Option<&'static str>) {
        self.lock().why = why;
    }

    /// How often a list of failed hosts was read.
    pub fn lists(&self) -> usize {
        self.lock().lists
    }

    /// So many hosts may begin when it says so, and at no other time.
    pub fn says(&self, hosts: u32, says: Says) {
        let window = BackendWindow {
            tenant: self.descriptor.tenants[0].clone(),
            rollout: None,
            wave: None,
            hosts: (0..hosts).map(|at| self.host(at, None).id).collect(),
            says,
            native: Text::new("every day at two"),
        };
        self.lock().says = Some(BackendWord { windows: vec![window], ..BackendWord::default() });
    }

    pub fn hang(&self) {
        self.lock().hangs = true;
    }

    /// Every answer takes this long.
    pub fn dawdle(&self, time: Duration) {
        self.lock().takes = time;
    }

    pub fn vanish(&self) {
        self.lock().gone = true;
    }

    pub fn come_back(&self) {
        self.lock().gone = false;
    }

    /// Answers again, whatever it was asked before.
    pub fn wake(&self) {
        self.lock().hangs = false;
    }

    /// What could not be looked up can be looked up again.
    pub fn lighten(&self) {
        self.lock().dark = false;
    }

    /// Hosts join a rollout.
    pub fn grow(&self, id: &str, hosts: u32) {
        let mut inside = self.lock();
        let (rollout, waves) = inside.rollouts.get_mut(id).expect("known");
        if let Some(counts) = &mut rollout.counts {
            counts.total += hosts;
            counts.waiting += hosts;
        }
        waves[0].counts.total += hosts;
        waves[0].counts.waiting += hosts;
    }

    pub fn beside(&self, hosts: &[(&'static str, HostState, Option<i64>)]) {
        self.lock().beside = hosts.to_vec();
    }

    pub fn own(&self, hosts: &[(&'static str, Own)]) {
        self.lock().own.0 = hosts.to_vec();
    }

    /// How often done hosts were asked for their own facts.
    pub fn asked_own(&self) -> usize {
        self.lock().own.1
    }

    pub fn turns(&self, id: &str, native: &str) {
        set(&mut self.lock(), id, native);
    }

    pub fn await_approval(&self, id: &str) {
        set(&mut self.lock(), id, "waiting");
    }

    /// No host is at work any more.
    pub fn settle(&self) {
        for (rollout, waves) in self.lock().rollouts.values_mut() {
            for counts in rollout.counts.iter_mut().chain(waves.iter_mut().map(|wave| &mut wave.counts)) {
                counts.done += counts.running;
                counts.running = 0;
            }
        }
    }

    /// Hosts at work are done, and as many that waited begin.
    pub fn finish(&self, id: &str, hosts: u32) {
        let mut inside = self.lock();
        let (rollout, waves) = inside.rollouts.get_mut(id).expect("known");
        for counts in rollout.counts.iter_mut().chain(std::iter::once(&mut waves[0].counts)) {
            let done = hosts.min(counts.running);
            let next = done.min(counts.waiting);
            counts.done += done;
            counts.running = counts.running - done + next;
            counts.waiting -= next;
        }
    }

    /// Hosts of a wave are done, and none begins in their place.
    pub fn end_of(&self, id: &str, ordinal: usize, hosts: u32) {
        let mut inside = self.lock();
        let (rollout, waves) = inside.rollouts.get_mut(id).expect("known");
        for counts in rollout.counts.iter_mut().chain(std::iter::once(&mut waves[ordinal - 1].counts)) {
            let done = hosts.min(counts.running);
            counts.done += done;
            counts.running -= done;
        }
    }

    /// A wave begins, with all its hosts at once.
    pub fn begin(&self, id: &str, ordinal: usize) {
        let mut inside = self.lock();
        let (rollout, waves) = inside.rollouts.get_mut(id).expect("known");
        let wave = &mut waves[ordinal - 1];
        wave.state = WaveState::Running;
        wave.native = Text::new(wave.state.word());
        let begins = wave.counts.waiting;
        for counts in rollout.counts.iter_mut().chain(std::iter::once(&mut wave.counts)) {
            counts.waiting -= begins;
            counts.running += begins;
        }
    }

    /// So many hosts of rollout 1 failed half an hour ago: a held lock, or every second one a full disk.
    pub fn fails(&self, hosts: u32, mixed: bool) {
        self.lock().fails = (hosts, mixed);
    }

    /// No answer comes to the call of this number, though it takes effect.
    pub fn hang_at(&self, call: usize) {
        self.lock().hang_at = call;
    }

    /// Where the second tries are; no counter of their rollout moves.
    pub fn second_tries(&self, are: HostState) {
        self.lock().becomes = are;
    }

    /// So many other hosts of rollout 3 failed, all for a held lock.
    pub fn fails_in_three(&self, hosts: u32) {
        let mut inside = self.lock();
        inside.fails_in_three = hosts;
        let (rollout, waves) = inside.rollouts.get_mut("3").expect("known");
        for counts in rollout.counts.iter_mut().chain(waves.first_mut().map(|wave| &mut wave.counts)) {
            (counts.waiting, counts.failed) = (counts.waiting - hosts, hosts);
        }
    }

    fn failed(&self, at: u32) -> HostRow {
        let row = self.host(at, None);
        let attempt = Some(AttemptId { host: row.id.clone(), native: Text::new((100 + at).to_string()) });
        HostRow { state: HostState::Failed, attempt, ..row }
    }

    fn host(&self, at: u32, wave: Option<&WaveId>) -> HostRow {
        let name = format!("till-{at:04}");
        HostRow {
            id: HostId::new(self.descriptor.name.clone(), &name),
            name: Text::new(name),
            wave: wave.cloned(),
            state: if at % 50 == 7 { HostState::Failed } else { HostState::Done },
            attempt: None,
            code: None,
            message: None,
            contact: None,
            overdue: false,
            address: None,
        }
    }

    /// First places of the pages of hosts that were read.
    pub fn pages(&self) -> Vec<u32> {
        self.lock().pages.clone()
    }

    pub fn forbids(&self, verb: Verb, why: &'static str) {
        self.lock().forbidden = Some((verb, why));
    }

    /// The same of failed hosts of one wave.
    pub fn failed_pages(&self) -> Vec<u32> {
        self.lock().failed_pages.clone()
    }

    async fn answers(&self) -> Result<(), Trouble> {
        if self.lock().hangs {
            pending::<()>().await;
        }
        let takes = self.lock().takes;
        tokio::time::sleep(takes).await;
        if self.lock().gone { Err(Trouble::Unreachable(Text::new("connection refused"))) } else { Ok(()) }
    }
}

/// The job before the failed one, in every host's history.
const OLDER: &str = "51";

/// A host with a failed job and one before it that went well.
fn story(id: HostId, inside: &Inside) -> HostStory {
    let attempt = |native: &str, state, rollout: &str, began: &str| Attempt {
        id: AttemptId { host: id.clone(), native: Text::new(native) },
        state,
        native: Text::new(state.word()),
        rollout: Some(Text::new(rollout)),
        release: None,
        began: began.parse().ok(),
        code: None,
    };
    let failed = attempt("91", HostState::Failed, "baseline one", "2026-12-08T22:02:00Z");
    let said = inside.why.map(Evidence::new).into_iter().collect();
    HostStory {
        name: id.text(),
        standing: Text::new("error"),
        address: None,
        contact: None,
        overdue: false,
        assigned: None,
        installed: None,
        installed_at: None,
        attempts: vec![failed, attempt(OLDER, HostState::Done, "November rest", "2026-11-10T21:30:00Z")],
        reports: vec![StoryLine { at: None, kind: Text::new("error"), said, code: Some(100) }],
        gaps: Vec::new(),
        id,
    }
}

fn state(native: &str) -> RolloutState {
    match native {
        "paused" => RolloutState::Paused(PausedBy::NotKnown),
        "waiting" => RolloutState::WaitsForYou,
        "ready" => RolloutState::NotBegun,
        _ => RolloutState::Running,
    }
}

fn set(inside: &mut Inside, id: &str, native: &str) {
    let (rollout, _) = inside.rollouts.get_mut(id).expect("known");
    rollout.native = Text::new(native);
    rollout.state = state(native);
}

fn rollout(id: RolloutId, tenant: &str, number: &str, native: &str) -> Rollout {
    let failed = if native == "paused" { 8 } else { 0 };
    let running = if native == "running" { 20 } else { 0 };
    Rollout {
        release: Some(Release { native: Text::new("12"), name: Text::new("baseline:2026.12") }),
        state: state(native),
        native: Text::new(native),
        counts: Some(Counts { total: 80, waiting: 80 - failed - running, running, failed, ..Counts::default() }),
        waves: Some(2),
        ..Rollout::untold(id, TenantId::new(tenant), Text::new(format!("baseline {number}")))
    }
}

fn wave(rollout: &RolloutId, ordinal: u32, native: &str) -> Wave {
    let (state, running, failed) = match native {
        "paused" => (WaveState::OverLimit, 0, 8),
        "running" => (WaveState::Running, 20, 0),
        _ => (WaveState::NotBegun, 0, 0),
    };
    Wave {
        state,
        native: Text::new(state.word()),
        counts: Counts { total: 40, waiting: 40 - running - failed, running, failed, ..Counts::default() },
        gate: Gate {
            done: Some(Limit::Share(90)),
            on_met: Some(OnMet::NextWave),
            failed: Some(Limit::Share(10)),
            on_failed: Some(OnFailed::Pause),
            ..Gate::default()
        },
        ..Wave::untold(
            WaveId::new(rollout.clone(), ordinal.to_string()),
            ordinal,
            Text::new(if ordinal == 1 { "pilot" } else { "broad" }),
        )
    }
}

/// The try after the failed one of a row.
fn second(row: &HostRow, state: HostState) -> Attempt {
    let first: u32 = row.attempt.as_ref().expect("it failed").native.as_str().parse().expect("a number");
    Attempt {
        id: AttemptId { host: row.id.clone(), native: Text::new((first + 1000).to_string()) },
        state,
        native: Text::new(state.word()),
        rollout: None,
        release: None,
        began: None,
        code: None,
    }
}

/// The numbers of the hosts that failed in a rollout.
fn failing(inside: &Inside, rollout: &RolloutId) -> std::ops::Range<u32> {
    match rollout.raw() {
        "1" => 0..inside.fails.0,
        "3" => 500..500 + inside.fails_in_three,
        _ => 0..0,
    }
}

fn failed(mut row: HostRow) -> HostRow {
    row.state = HostState::Failed;
    row.attempt = Some(AttemptId { host: row.id.clone(), native: Text::new("77") });
    row.code = Some(100);
    row
}

impl Backend for Night {
    fn describe(&self) -> &Descriptor {
        &self.descriptor
    }

    fn connect(&self, _: Timestamp) -> Task<'_, Identity> {
        async {
            self.answers().await?;
            let forbidden = self.lock().forbidden;
            let right = |verb| match forbidden {
                Some((of, why)) if of == verb => Right::No(Text::new(why)),
                _ => Right::Yes,
            };
            let rights = Verb::ALL.into_iter().map(|verb| (verb, right(verb))).collect();
            let (login, tenant) = (Text::new("lead"), Text::new("THEIRS"));
            Ok(Identity { login, tenant, version: None, rights, blind: Vec::new(), skew: None })
        }
        .boxed()
    }

    fn observe(&self, what: Interest) -> Task<'_, Observation> {
        async move {
            self.answers().await?;
            let mut inside = self.lock();
            let facts = match what {
                Interest::Board => {
                    inside.boards += 1;
                    let rollouts = inside.rollouts.values().map(|(rollout, _)| rollout.clone()).collect();
                    Facts::Rollouts { scope: Scope::Live, rollouts, complete: true }
                }
                Interest::Night => Facts::Rollouts { scope: Scope::Ended, rollouts: Vec::new(), complete: true },
                Interest::Rollout(id) => {
                    let waves = inside.rollouts.get(id.raw()).map(|(_, waves)| waves.clone()).unwrap_or_default();
                    Facts::Waves { rollout: id, waves }
                }
                Interest::Hosts(wave, page) => {
                    inside.pages.push(page.offset);
                    let to = (page.offset + page.limit).min(HOSTS);
                    let hosts = (page.offset..to).map(|at| self.host(at, Some(&wave))).collect();
                    Facts::Hosts { wave, page, hosts, total: HOSTS }
                }
                Interest::WaveFailures(wave, page) => {
                    inside.failed_pages.push(page.offset);
                    let all = (0..HOSTS).map(|at| self.host(at, Some(&wave))).filter(|row| row.state == HostState::Failed);
                    let all: Vec<HostRow> = all.collect();
                    let total = all.len() as u32;
                    let hosts = all.into_iter().skip(page.offset as usize).take(page.limit as usize).collect();
                    Facts::WaveFailures { wave, page, hosts, total }
                }
                Interest::Failures(rollout, page) if inside.fails.0 == 0 => {
                    inside.lists += 1;
                    if inside.why.is_none() {
                        return Err(Trouble::NotPermitted(Text::new("it lacks the right to read hosts")));
                    }
                    let total = inside.rollouts.get(rollout.raw()).and_then(|(known, _)| known.counts).map_or(0, |it| it.failed);
                    let hosts = (page.offset..total).map(|at| failed(self.host(at, None))).collect();
                    Facts::Failures { rollout, page, hosts, total, since: BTreeMap::new() }
                }
                Interest::Host(id) => Facts::Host(Box::new(story(id, &inside))),
                Interest::Evidence(attempt) if attempt.native.as_str() == OLDER => {
                    let said = vec![Evidence::new("slot B is good")];
                    let reports = vec![StoryLine { at: None, kind: Text::new("finished"), said, code: None }];
                    Facts::Evidence { attempt, reports, wave: None }
                }
                Interest::Evidence(attempt) if inside.fails.0 == 0 => {
                    let said = inside.why.map(Evidence::new).into_iter().collect();
                    let at = "2026-12-08T22:10:00Z".parse().ok();
                    let reports = vec![StoryLine { at, kind: Text::new("error"), said, code: Some(100) }];
                    Facts::Evidence { attempt, reports, wave: Some(Text::new("pilot")) }
                }
                Interest::Find(text) => {
                    let found = (0..HOSTS).map(|at| self.host(at, None)).filter(|row| row.name.as_str().contains(text.as_str()));
                    let hosts: Vec<HostRow> = found.collect();
                    let total = hosts.len() as u32;
                    Facts::Found { text, hosts: hosts.into_iter().take(10).collect(), total }
                }
                Interest::Failures(rollout, page) if matches!(rollout.raw(), "1" | "3") => {
                    let all = failing(&inside, &rollout);
                    let total = all.len() as u32;
                    inside.lists += 1;
                    let hosts: Vec<HostRow> =
                        all.skip(page.offset as usize).take(page.limit as usize).map(|at| self.failed(at)).collect();
                    let again = hosts.iter().filter(|row| inside.again.contains(row.id.raw()));
                    let since = again.map(|row| (row.id.clone(), vec![second(row, inside.becomes)])).collect();
                    Facts::Failures { rollout, page, hosts, total, since }
                }
                Interest::Evidence(attempt) => {
                    let number: u32 = attempt.native.as_str().parse().expect("a number");
                    let full = inside.fails.1 && number % 2 == 1;
                    let said = if full {
                        "cp: error writing '/boot/initrd.img': No space left on device"
                    } else {
                        "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 2124 (unattended-upgr)"
                    };
                    // The second tries are of later on.
                    let at = if number < 1000 { "2026-12-08T21:40:00Z" } else { "2026-12-08T22:30:00Z" };
                    let at = Some(at.parse().expect("a timestamp"));
                    let line = StoryLine { at, kind: Text::new("error"), said: vec![Evidence::new(said)], code: None };
                    Facts::Evidence { attempt, reports: vec![line], wave: None }
                }
                Interest::Open(wave, page) if wave.rollout.raw() == "3" && !inside.beside.is_empty() => {
                    let open = |(name, state, _): &(&str, HostState, Option<i64>)| {
                        let id = HostId::new(self.descriptor.name.clone(), name);
                        let attempt = Some(AttemptId { host: id.clone(), native: Text::new("81") });
                        let contact = "2026-12-08T20:14:05Z".parse().ok();
                        OpenHost { id, name: Text::new(name), state: *state, attempt, contact, overdue: true }
                    };
                    let hosts: Vec<OpenHost> = inside.beside.iter().map(open).collect();
                    let total = hosts.len() as u32;
                    Facts::Open { wave, page, hosts, total, through: Vec::new(), planned: None }
                }
                Interest::Progress(attempt) => {
                    let told =
                        inside.beside.iter().find(|(name, ..)| *name == attempt.host.raw()).and_then(|(.., minutes)| *minutes);
                    let evening: Timestamp = "2026-12-08T22:14:05Z".parse().expect("a timestamp");
                    let at = evening - jiff::SignedDuration::from_mins(told.unwrap_or(90));
                    let restart = told.map(|_| Restart::Begun(at));
                    Facts::Progress { attempt, progress: Progress { fetched: Some(at), last: Some(at), restart, ended: None } }
                }
                Interest::Windows => match inside.says.clone() {
                    Some(word) => Facts::Windows { word, age: Duration::ZERO },
                    None => Facts::Nothing,
                },
                Interest::Verify(wave, page) => {
                    inside.own.1 += 1;
                    let name = self.descriptor.name.clone();
                    let done = |(host, own): &(&str, Own)| DoneHost {
                        id: HostId::new(name.clone(), host),
                        name: Text::new(host),
                        own: own.clone(),
                    };
                    let hosts: Vec<DoneHost> = inside.own.0.iter().map(done).collect();
                    let total = hosts.len() as u32;
                    Facts::Verify { wave, page, hosts, total, blind: None }
                }
                _ => Facts::Nothing,
            };
            Ok(Observation { by: Source::new("GET /rollouts"), facts })
        }
        .boxed()
    }

    fn survey<'a>(&'a self, intent: &'a Intent) -> Task<'a, Survey> {
        async move {
            self.answers().await?;
            let inside = self.lock();
            let (rollout, waves) = inside.rollouts.get(intent.rollout.raw()).cloned().expect("known");
            let failed = if intent.verb == Verb::Retry { failing(&inside, &intent.rollout) } else { 0..0 };
            let verdict = |id: &HostId| {
                let busy = inside.again.contains(id.raw());
                if busy { Eligibility::No(Text::new("its newest job is at work")) } else { Eligibility::Eligible }
            };
            let failed = failed.map(|at| self.failed(at).id);
            let asked = |id: &HostId| intent.hosts.is_empty() || intent.hosts.contains(id);
            let hosts = failed.filter(asked).map(|id| HostFound::new(id.clone(), verdict(&id))).collect();
            Ok(Survey {
                at: Mono::default(),
                rollout,
                waves,
                login: Text::new("lead"),
                may: Some(true),
                may_not: None,
                overlaps: Vec::new(),
                warnings: if inside.shared { vec![Text::new(format!("pressed by {}", intent.by.word()))] } else { Vec::new() },
                hosts,
                ways: patchdeck::plan::types::Ways::default(),
                own: std::collections::BTreeMap::new(),
                by_jobs: patchdeck::plan::types::ByJobs::default(),
            })
        }
        .boxed()
    }

    fn steps(&self, decision: &Decision) -> Result<Vec<Step>, Refusal> {
        let intent = &decision.intent;
        if !decision.groups.is_empty() {
            let hosts: Vec<String> = decision.reached().map(|judged| judged.host.raw().to_owned()).collect();
            let call = |(hosts, id): (&[String], u32)| {
                Step::Call(Call {
                    id,
                    intent: None,
                    method: Text::new("POST"),
                    path: AGAIN.to_owned(),
                    query: Vec::new(),
                    body: None,
                    hosts: hosts.to_vec(),
                    guard: Guard::default(),
                    deadline_seconds: 120,
                    undo: None,
                })
            };
            return Ok(hosts.chunks(2).zip(1..).map(call).collect());
        }
        Ok(vec![Step::Call(Call {
            id: 1,
            intent: None,
            method: Text::new("POST"),
            path: format!("/rollouts/{}/{}", intent.rollout.raw(), intent.verb.word()),
            query: Vec::new(),
            body: None,
            hosts: Vec::new(),
            guard: Guard::default(),
            deadline_seconds: 120,
            undo: None,
        })])
    }

    fn send<'a>(&'a self, step: &'a Step, _: &'a Receipts) -> Task<'a, Receipt> {
        async move {
            let Step::Call(call) = step else { panic!("only calls are scripted") };
            if call.path == AGAIN {
                let hangs = {
                    let mut inside = self.lock();
                    inside.sent.push(format!("again {}", call.hosts.join(" ")));
                    inside.again.extend(call.hosts.iter().cloned());
                    inside.sent.len() == inside.hang_at
                };
                if hangs {
                    pending::<()>().await;
                }
                return Ok(Receipt { step: call.id, outcome: Outcome::Accepted, made: None, told: None });
            }
            let reply = {
                let mut inside = self.lock();
                inside.sent.push(call.line().to_string());
                let mut parts = call.path.split('/').skip(2);
                let (id, verb) = (parts.next().expect("an id"), parts.next().expect("a verb"));
                if !matches!(inside.reply, Reply::Refuse(_) | Reply::LostBeforeEffect) {
                    let after = match verb {
                        "approve" => "ready",
                        "pause" => "paused",
                        _ => "running",
                    };
                    set(&mut inside, id, after);
                }
                inside.dark = inside.reply == Reply::LostAndDark;
                inside.reply
            };
            let outcome = match reply {
                Reply::Accept => Outcome::Accepted,
                Reply::Refuse(words) => Outcome::Refused(Text::new(words)),
                Reply::LostAfterEffect | Reply::LostAndDark | Reply::LostBeforeEffect => {
                    Outcome::Unknown(Text::new("connection reset"))
                }
                Reply::HangAfterEffect => pending().await,
            };
            Ok(Receipt { step: call.id, outcome, made: None, told: None })
        }
        .boxed()
    }

    fn look_up<'a>(&'a self, record: &'a StepRecord) -> Task<'a, Settlement> {
        async move {
            let inside = self.lock();
            if inside.dark {
                return Ok(Settlement::Unknown(Text::new("the backend cannot be asked")));
            }
            if let Step::Call(call) = &record.step
                && call.path == AGAIN
            {
                let there = call.hosts.iter().filter(|host| inside.again.contains(*host)).count();
                let words = Text::new(format!("{there} of {} hosts have a new job", call.hosts.len()));
                return Ok(if there == call.hosts.len() { Settlement::Verified(words) } else { Settlement::NotThere(words) });
            }
            let (rollout, _) = &inside.rollouts[record.intent.rollout.raw()];
            let words = Text::new(format!("the backend shows {}", rollout.native));
            Ok(if rollout.native == record.facts.native { Settlement::NotThere(words) } else { Settlement::Verified(words) })
        }
        .boxed()
    }
}
