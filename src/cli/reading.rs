//! One reading of every backend, side by side, into a store: for commands without a screen. One that hangs delays nobody.

mod lanes;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::action::Verb;
use crate::app::diagnose::{Rules, diagnose};
use crate::backend::port::{
    Backend, Descriptor, Facts, Identity, Interest, Observation, Page, Right, Scope, TargetSeen, Trouble,
};
use crate::backend::registry;
use crate::backend::settings::Settings;
use crate::config::Config;
use crate::domain::{BackendName, Clock, Mono, Now, Rollout, RolloutId, TenantId, Text};
use crate::store::connection::Failure;
use crate::store::merge::{Read, is_of_tonight};
use crate::store::{Connection, Store};

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Who am I there.
    Identity,
    /// And what it says of allowed times by itself.
    Windows,
    /// And every rollout with its waves.
    Waves,
    /// And why hosts failed, as far as the time goes.
    Causes,
}

/// Failed hosts asked for at once, of one rollout at most, and evidence read of one connection at most.
const PAGE: u32 = 200;
const MOST_FAILED: u32 = 20_000;
const MOST_READ: usize = 100;
/// Answers on their way; more than this wait at the backend's task.
const ON_THE_WAY: usize = 64;

/// Backends and what they said.
pub struct Reader {
    seats: Vec<Seat>,
    clock: Clock,
    rules: Rules,
    began: Instant,
    pub store: Store,
}

/// One connection.
pub struct Seat {
    pub settings: Settings,
    pub backend: Arc<dyn Backend>,
    pub identity: Option<Identity>,
    /// What the config's own targets mean there. Only read for an identity.
    pub targets: Vec<TargetSeen>,
}

enum Answer {
    Identity(Identity),
    Targets(Vec<TargetSeen>),
    /// With the moment of asking: an answer is at least as new as its question.
    Observed(Observation, Instant),
    /// A question about hosts that have not failed found no answer.
    Unanswered(Interest, Trouble),
    /// Everything asked for was answered, or the first thing that was not.
    End(Result<(), Trouble>),
}

impl Reader {
    /// `own` are the user's own rules of failures.
    pub fn new(config: &Config, own: Option<String>) -> Self {
        let mut store = Store::default();
        let mut seats = Vec::new();
        let keep = super::shelf::beside(&config.memory_file);
        for settings in &config.backends {
            let backend = registry::connection(settings, Some(&keep));
            store.connections.insert(settings.name.clone(), of(backend.describe()));
            seats.push(Seat { settings: settings.clone(), backend, identity: None, targets: Vec::new() });
        }
        store.tenants = config.tenants.iter().map(|tenant| (tenant.id.clone(), tenant.clone())).collect();
        Self { seats, clock: config.clock, rules: Rules::new(own), began: Instant::now(), store }
    }

    /// Only connections whose tenants are wanted.
    pub fn keep(&mut self, wanted: impl Fn(&[TenantId]) -> bool) {
        self.seats.retain(|seat| wanted(&seat.backend.describe().tenants));
        let seats = &self.seats;
        self.store.connections.retain(|name, _| seats.iter().any(|seat| seat.settings.name == *name));
    }

    /// In the order of the config.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    pub fn now(&self) -> Now {
        let real = Timestamp::now();
        Now { mono: Mono(self.began.elapsed()), civil: self.clock.civil(real), real }
    }

    /// Asks all of them at once and takes what comes within `limit`. What did not come is a failure of its connection.
    pub async fn read(&mut self, depth: Depth, limit: Duration) {
        let (out, mut answers) = mpsc::channel(ON_THE_WAY);
        let mut tasks = JoinSet::new();
        let mut open: Vec<usize> = (0..self.seats.len()).collect();
        for (place, seat) in self.seats.iter().enumerate() {
            tasks.spawn(ask(place, Arc::clone(&seat.backend), depth, self.clock.civil(Timestamp::now()), out.clone()));
        }
        drop(out);
        let deadline = tokio::time::Instant::now() + limit;
        while let Ok(Some((place, answer))) = tokio::time::timeout_at(deadline, answers.recv()).await {
            match answer {
                Answer::Identity(identity) => self.connected(place, identity),
                Answer::Targets(targets) => self.seats[place].targets = targets,
                Answer::Observed(observation, asked) => self.observed(place, observation, asked),
                Answer::Unanswered(what, trouble) => self.unanswered(&what, &trouble),
                Answer::End(end) => {
                    open.retain(|still| *still != place);
                    self.end(place, end);
                }
            }
        }
        for place in open {
            self.end(place, Err(Trouble::TimedOut(limit)));
        }
        tasks.abort_all();
    }

    fn connection(&mut self, place: usize) -> Option<&mut Connection> {
        self.store.connections.get_mut(&self.seats[place].settings.name)
    }

    fn connected(&mut self, place: usize, identity: Identity) {
        let seen = Mono(self.began.elapsed());
        if let Some(connection) = self.connection(place) {
            connection.login = Some(identity.login.clone());
            connection.their_tenant = Some(identity.tenant.clone());
            connection.version.clone_from(&identity.version);
            connection.rights = identity.rights.iter().map(|(verb, right)| in_words(*verb, right)).collect();
            connection.blind.clone_from(&identity.blind);
            connection.skew = identity.skew;
            connection.answered = Some(seen);
        }
        self.seats[place].identity = Some(identity);
    }

    fn observed(&mut self, place: usize, observation: Observation, asked: Instant) {
        let seen = Mono(asked.duration_since(self.began));
        let read = Read { seen, civil: self.now().civil, by: observation.by };
        match observation.facts {
            Facts::Rollouts { scope, rollouts, complete } => {
                let name: BackendName = self.seats[place].settings.name.clone();
                self.store.merge_rollouts(&name, rollouts, scope == Scope::Ended, complete, &read);
            }
            Facts::Waves { rollout, waves } => self.store.merge_waves(&rollout, waves, &read),
            Facts::Failures { rollout, page, hosts, total, since } => {
                self.store.merge_failures(&rollout, page.offset, hosts, total, &since, &read);
                self.diagnose();
            }
            Facts::Evidence { attempt, reports, wave } => {
                self.store.merge_evidence(&attempt, reports, wave.as_ref(), &read);
                self.diagnose();
            }
            Facts::Open { wave, page, hosts, total, through, planned } => {
                let now = self.now();
                self.store.lanes.opened(&wave, page.offset, hosts, total, through, &now);
                self.store.lanes.planned(&wave, planned);
            }
            Facts::Progress { attempt, progress } => {
                let now = self.now();
                self.store.lanes.progressed(&attempt, progress, &now);
            }
            Facts::Verify { wave, page, hosts, total, blind } => {
                let now = self.now();
                self.store.lanes.verified(&wave, page.offset, hosts, total, blind, &now);
            }
            Facts::Windows { word, age } => {
                let name = self.seats[place].settings.name.clone();
                self.store.merge_windows(&name, word, age, &read);
            }
            Facts::Hosts { .. } | Facts::WaveFailures { .. } | Facts::Found { .. } | Facts::Host(_) | Facts::Nothing => {}
        }
    }

    fn unanswered(&mut self, what: &Interest, trouble: &Trouble) {
        let (why, now) = (Text::new(trouble.to_string()), self.now());
        match what {
            Interest::Open(wave, _) => self.store.lanes.cannot_open(wave, why, &now),
            Interest::Verify(wave, _) => self.store.lanes.cannot_verify(wave, why, &now),
            _ => {}
        }
    }

    /// Here nobody waits for a key press: what was told is diagnosed at once.
    fn diagnose(&mut self) {
        for failure in diagnose(&self.rules, self.store.queue.cases()) {
            self.store.queue.diagnosed(failure);
        }
    }

    fn end(&mut self, place: usize, end: Result<(), Trouble>) {
        let at = Mono(self.began.elapsed());
        if let Some(connection) = self.connection(place) {
            connection.failure = end.err().map(|trouble| Failure {
                words: Text::new(trouble.to_string()),
                at,
                refused: trouble.is_refusal(),
                answered: trouble.is_answer(),
                again_at: None,
            });
        }
    }
}

fn of(descriptor: &Descriptor) -> Connection {
    Connection::new(
        descriptor.name.clone(),
        Text::new(descriptor.kind),
        descriptor.address.clone(),
        descriptor.tenants.clone(),
        descriptor.insecure,
    )
}

fn in_words(verb: Verb, right: &Right) -> (Text, Option<bool>, Text) {
    let (may, why) = match right {
        Right::Yes => (Some(true), Text::default()),
        Right::No(why) => (Some(false), why.clone()),
        Right::NotKnown => (None, Text::default()),
    };
    (Text::new(verb.word()), may, why)
}

/// Asks one backend, one question after the other, and sends on what it answers.
async fn ask(place: usize, backend: Arc<dyn Backend>, depth: Depth, civil: Timestamp, out: mpsc::Sender<(usize, Answer)>) {
    let asked = questions(place, backend.as_ref(), depth, civil, &out).await;
    let (end, failed, begun) = match asked {
        Ok(asked) => (asked.end, asked.failed, asked.begun),
        Err(trouble) => (Err(trouble), Vec::new(), Vec::new()),
    };
    // Nobody listens any more: the time is up, and that is already known.
    let _ = out.send((place, Answer::End(end))).await;
    // The board is read. Causes come as far as the time goes, and one that is missing is no failure of the connection.
    if depth == Depth::Causes {
        lanes::read(place, Arc::clone(&backend), begun, &out).await;
        causes(place, backend.as_ref(), failed, &out).await;
    }
}

/// What came of the questions: the first that was not answered, and rollouts with failed hosts.
struct Asked {
    end: Result<(), Trouble>,
    failed: Vec<(RolloutId, u32)>,
    /// Waves of tonight that have begun.
    begun: Vec<lanes::Begun>,
}

async fn questions(
    place: usize,
    backend: &dyn Backend,
    depth: Depth,
    civil: Timestamp,
    out: &mpsc::Sender<(usize, Answer)>,
) -> Result<Asked, Trouble> {
    let identity = backend.connect(civil).await?;
    let _ = out.send((place, Answer::Identity(identity))).await;
    let mut gone = Asked { end: Ok(()), failed: Vec::new(), begun: Vec::new() };
    if depth == Depth::Identity {
        let targets = backend.targets().await?;
        let _ = out.send((place, Answer::Targets(targets))).await;
        return Ok(gone);
    }
    let asked = Instant::now();
    match backend.observe(Interest::Windows).await {
        Ok(observation) => {
            let _ = out.send((place, Answer::Observed(observation, asked))).await;
        }
        Err(trouble) if depth == Depth::Windows => gone.end = Err(trouble),
        // The board is read all the same: what is not known of their windows is not told.
        Err(_) => {}
    }
    if depth == Depth::Windows {
        return Ok(gone);
    }
    // Each with whether it is of tonight, and whether it has ended.
    let mut rollouts: Vec<(RolloutId, bool, bool)> = Vec::new();
    for what in [Interest::Board, Interest::Night] {
        let asked = Instant::now();
        let observation = backend.observe(what).await?;
        if let Facts::Rollouts { rollouts: found, .. } = &observation.facts {
            rollouts.extend(found.iter().map(|one| (one.id.clone(), is_of_tonight(one, civil), one.state.has_ended())));
            let tonight = found.iter().filter(|rollout| is_of_tonight(rollout, civil));
            let count = |rollout: &Rollout| rollout.counts.map_or(0, |counts| counts.failed);
            gone.failed.extend(tonight.map(|rollout| (rollout.id.clone(), count(rollout))).filter(|(_, count)| *count > 0));
        }
        let _ = out.send((place, Answer::Observed(observation, asked))).await;
    }
    for (rollout, tonight, ended) in rollouts {
        let asked = Instant::now();
        match backend.observe(Interest::Rollout(rollout)).await {
            Ok(observation) => {
                if let (Facts::Waves { waves, .. }, true) = (&observation.facts, tonight) {
                    let begun = waves.iter().filter(|wave| wave.state.has_begun());
                    gone.begun.extend(begun.map(|wave| lanes::Begun { wave: wave.clone(), ended }));
                }
                let _ = out.send((place, Answer::Observed(observation, asked))).await;
            }
            // It went between the two requests.
            Err(Trouble::NotFound(_)) => {}
            Err(trouble) => gone.end = gone.end.and(Err(trouble)),
        }
    }
    Ok(gone)
}

/// Which hosts failed and in which words. What cannot be read stays unread, and that is told; it is no outage.
async fn causes(place: usize, backend: &dyn Backend, failed: Vec<(RolloutId, u32)>, out: &mpsc::Sender<(usize, Answer)>) {
    let mut unread = Vec::new();
    for (rollout, count) in failed {
        for page in 0..count.min(MOST_FAILED).div_ceil(PAGE) {
            let page = Page { offset: page * PAGE, limit: PAGE };
            let asked = Instant::now();
            let Ok(observation) = backend.observe(Interest::Failures(rollout.clone(), page)).await else { continue };
            if let Facts::Failures { hosts, .. } = &observation.facts {
                unread.extend(hosts.iter().filter_map(|host| Some((host.code, host.attempt.clone()?))));
            }
            let _ = out.send((place, Answer::Observed(observation, asked))).await;
        }
    }
    // One of each code first, then the rest, until the time is up.
    let mut seen = BTreeSet::new();
    let (first, rest): (Vec<_>, Vec<_>) = unread.into_iter().partition(|(code, _)| seen.insert(*code));
    for (_, attempt) in first.into_iter().chain(rest).take(MOST_READ) {
        let asked = Instant::now();
        if let Ok(observation) = backend.observe(Interest::Evidence(attempt)).await {
            let _ = out.send((place, Answer::Observed(observation, asked))).await;
        }
    }
}
