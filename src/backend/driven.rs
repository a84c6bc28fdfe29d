//! Systems that only run jobs, driven ring by ring: an [`Executor`] and the user's plans make a [`Backend`].
//!
//! What has happened is read back from the executor's own job history, by labels, so that every cockpit sees the same night
//! and nothing depends on one of them running. Nothing begins by itself: each ring is begun by a person.

mod changed;
mod check;
mod kept;
pub mod labels;
mod look_up;
pub mod picture;
mod read;
mod survey;
mod views;
mod windows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};

use self::kept::Shelf;
use self::read::Memory;
use super::port::{
    Backend, Decision, Descriptor, HintStream, Identity, Intent, Interest, Keep, Observation, Receipt, Receipts, Refusal, Right,
    Settlement, Step, StepRecord, Survey, TargetSeen, Task,
};
use crate::action::Verb;
use crate::domain::{Evidence, Health, HostState, RingPlan, Run, Target, TenantId, Text};
use crate::plan::types::{Call, Order, Outcome};

/// A system that runs a job on named hosts and remembers it.
pub trait Executor: Send + Sync {
    fn describe(&self) -> &Descriptor;
    fn connect(&self, civil: Timestamp) -> Task<'_, Identity>;
    /// Our login there, and whether it may do this, as far as it is known.
    fn may(&self, what: Act<'_>) -> Task<'_, (Text, Right)>;
    /// The hosts that a target means now, within the tenant. Changes nothing.
    fn preview<'a>(&'a self, tenant: &'a TenantId, target: &'a Target) -> Task<'a, BTreeSet<String>>;
    /// Every job that patchdeck labelled, without its hosts.
    fn jobs(&self) -> Task<'_, History>;
    /// One job with its hosts and their results, by its id or by the key that it was sent with; none if the system does not know it (any more).
    fn job<'a>(&'a self, id: &'a str) -> Task<'a, Option<Report>>;
    /// Asks hosts what became of a job that they have not answered.
    fn probe<'a>(&'a self, job: &'a str, hosts: &'a [String]) -> Task<'a, BTreeMap<String, Probe>>;
    /// The exact call that an order is. Pure; it holds no secret.
    fn call(&self, order: &Order) -> Call;
    /// What such a call asks for: also of one that another process wrote down.
    fn asks(&self, call: &Call) -> Option<Asked>;
    /// Those of the hosts that a freeze of the system's own keeps from running anything, each with what says so.
    fn frozen<'a>(&'a self, _hosts: &'a [String]) -> Task<'a, BTreeMap<String, Text>> {
        Box::pin(async { Ok(BTreeMap::new()) })
    }
    /// What a run that takes whatever is newest would bring these hosts now. None for every other run.
    fn offered<'a>(&'a self, _run: &'a Run, _hosts: &'a [String]) -> Task<'a, Option<Packages>> {
        Box::pin(async { Ok(None) })
    }
    /// Sends a call, once.
    fn send<'a>(&'a self, call: &'a Call) -> Task<'a, Receipt>;
    /// The key of a job, from a moment of the system's clock and six digits: its id, where the system takes one.
    fn key(&self, at: Timestamp, digits: u32) -> String;
    /// The run that changes nothing and says what would change; or why there is none.
    fn rehearsal(&self, run: &Run) -> Result<Run, Text>;
    /// The shortest time between two board reads that it should bear.
    fn beat(&self) -> Option<Duration> {
        None
    }
    /// Whether a question that can wait fits into what the system should bear now.
    fn may_ask(&self) -> bool {
        true
    }
    /// Hints say what moved: what they say nothing of need not be asked again soon.
    fn listens(&self) -> bool {
        false
    }
    fn health(&self) -> Health {
        Health::default()
    }
    fn hints(&self) -> Option<HintStream> {
        None
    }
}

/// What we would do there.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    Launch(&'a Run),
    Mark,
    Stop,
    Kill,
}

/// Versions of packages, by name.
pub type Packages = BTreeMap<String, BTreeSet<String>>;

/// The labelled jobs, and the system's clock when it answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub jobs: Vec<Job>,
    pub at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: String,
    pub labels: BTreeMap<String, String>,
    /// The authenticated login, by the system's word.
    pub by: Text,
    pub began: Option<Timestamp>,
    /// The last answer so far.
    pub ended: Option<Timestamp>,
}

impl Job {
    /// Its place among others, oldest first: by the system's time, whatever its ids look like.
    pub fn when(&self) -> (Option<Timestamp>, &str) {
        (self.began, &self.id)
    }
}

/// A job with its hosts.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub job: Job,
    /// Hosts that were asked for.
    pub asked: BTreeSet<String>,
    /// Those of them that the system knows.
    pub told: BTreeSet<String>,
    pub results: BTreeMap<String, HostResult>,
}

impl Report {
    /// Hosts that were told and have not answered.
    pub fn missing(&self) -> impl Iterator<Item = &String> {
        self.told.iter().filter(|host| !self.results.contains_key(*host))
    }
}

/// What one host answered.
#[derive(Clone, Debug, PartialEq)]
pub struct HostResult {
    /// Done or failed; skipped where a freeze kept it out.
    pub state: HostState,
    pub code: Option<i64>,
    /// Why, in the tool's own words.
    pub message: Option<Text>,
    pub said: Vec<Evidence>,
    /// What would bring it back, where the answer tells the state before.
    pub back: Option<Run>,
    /// Versions that it brought, by package, where the answer tells.
    pub brought: BTreeMap<String, String>,
}

/// What a host says of a job that it has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    Running,
    Queued,
    /// It runs no such job.
    Gone,
    /// It does not answer.
    Silent,
}

/// What a call asks for, read back from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What [`Executor::job`] finds it by, where the call makes a job that we can find again.
    pub key: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub hosts: BTreeSet<String>,
    /// The job it stops.
    pub stops: Option<String>,
}

/// An executor with plans, as a backend.
pub struct Driven<E> {
    executor: E,
    plans: Vec<RingPlan>,
    memory: Memory,
    shelf: Shelf,
    /// The moment of each intent, by the system's clock: both of its surveys make the same keys.
    moments: Mutex<BTreeMap<String, Timestamp>>,
    skew: Mutex<SignedDuration>,
}

impl<E: Executor> Driven<E> {
    pub fn new(executor: E, plans: Vec<RingPlan>) -> Self {
        Self {
            executor,
            plans,
            memory: Memory::default(),
            shelf: Shelf::default(),
            moments: Mutex::default(),
            skew: Mutex::default(),
        }
    }

    /// The same, keeping what the system will forget.
    pub fn keeping(mut self, keep: Option<Arc<dyn Keep>>) -> Self {
        self.shelf.keep = keep;
        self
    }

    pub fn executor(&self) -> &E {
        &self.executor
    }

    pub fn plans(&self) -> &[RingPlan] {
        &self.plans
    }

    fn plan(&self, id: &str) -> Option<&RingPlan> {
        self.plans.iter().find(|plan| plan.id == id)
    }

    /// The system's time, as far as its last word about it tells.
    fn now(&self) -> Timestamp {
        let skew = *self.skew.lock().unwrap_or_else(PoisonError::into_inner);
        Timestamp::now().checked_add(skew).unwrap_or_else(|_| Timestamp::now())
    }

    fn heard(&self, at: Option<Timestamp>) -> Timestamp {
        if let Some(at) = at {
            *self.skew.lock().unwrap_or_else(PoisonError::into_inner) = at.duration_since(Timestamp::now());
        }
        self.now()
    }

    /// Two cockpits may have begun one ring at the same moment: the lower job counts, the other one is stopped at once, by whoever
    /// sees both. One of the two does: it is the one that looks last.
    async fn settle_race(&self, call: &Call, receipt: Receipt) -> Receipt {
        let Some(Asked { key: Some(key), labels, hosts, .. }) = self.executor.asks(call) else { return receipt };
        if receipt.outcome != Outcome::Accepted || !labels::launches(&labels) {
            return receipt;
        }
        let Ok(history) = self.executor.jobs().await else { return receipt };
        let mut rivals: Vec<&Job> = history.jobs.iter().filter(|job| labels::same_attempt(&job.labels, &labels)).collect();
        rivals.sort_by_key(|job| job.when());
        let key = receipt.made.as_ref().map_or(key, ToString::to_string);
        let Some((first, late)) = rivals.split_first() else { return receipt };
        if first.id == key {
            for job in late {
                // Whether it ended is seen where it is looked up; who began it is told there.
                self.end(&job.id, &hosts).await;
            }
            return receipt;
        }
        let stopped = if self.end(&key, &hosts).await { "ours was asked to end" } else { "whether ours ended is not known" };
        let words =
            format!("{} began it at the same moment (job {}); that one counts, and {stopped} (job {key})", first.by, first.id);
        Receipt { outcome: Outcome::Refused(words.into()), ..receipt }
    }

    /// Asks the hosts of a job to end it. False: nobody knows whether that was heard.
    async fn end(&self, job: &str, hosts: &BTreeSet<String>) -> bool {
        let stop = Order {
            kind: crate::plan::types::OrderKind::Terminate { job: job.to_owned() },
            hosts: hosts.iter().cloned().collect(),
            labels: BTreeMap::new(),
            key: String::new(),
        };
        let sent = self.executor.send(&self.executor.call(&stop)).await;
        matches!(sent, Ok(Receipt { outcome: Outcome::Accepted, .. }))
    }
}

impl<E: Executor> Backend for Driven<E> {
    fn describe(&self) -> &Descriptor {
        self.executor.describe()
    }

    fn connect(&self, civil: Timestamp) -> Task<'_, Identity> {
        Box::pin(async move {
            let identity = self.executor.connect(civil).await?;
            if let Some(skew) = identity.skew {
                self.heard(civil.checked_add(skew).ok());
            }
            Ok(identity)
        })
    }

    fn observe(&self, what: Interest) -> Task<'_, Observation> {
        Box::pin(views::observe(self, what))
    }

    fn survey<'a>(&'a self, intent: &'a Intent) -> Task<'a, Survey> {
        Box::pin(survey::of(self, intent))
    }

    fn steps(&self, decision: &Decision) -> Result<Vec<Step>, Refusal> {
        let by_jobs = &decision.survey.by_jobs;
        if let Some(refusal) = by_jobs.frozen.as_ref().or(by_jobs.refusal.as_ref()) {
            return Err(refusal.clone());
        }
        if by_jobs.orders.is_empty() {
            return Err(Refusal::new("there is no job that would do this"));
        }
        let undo = match decision.intent.verb {
            Verb::Pause => Some(Text::from("resume")),
            _ => None,
        };
        let step = |(place, order): (usize, &Order)| {
            let mut call = self.executor.call(order);
            call.id = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
            call.intent = Some(decision.intent.id.clone());
            call.undo.clone_from(&undo);
            call.guard.native = Some(decision.survey.rollout.native.clone());
            Step::Call(call)
        };
        Ok(by_jobs.orders.iter().enumerate().map(step).collect())
    }

    fn send<'a>(&'a self, step: &'a Step, _seen: &'a Receipts) -> Task<'a, Receipt> {
        Box::pin(async move {
            let Step::Call(call) = step else {
                return Ok(Receipt {
                    step: 0,
                    outcome: Outcome::Refused("there is nothing to send in waiting".into()),
                    made: None,
                    told: None,
                });
            };
            let receipt = self.executor.send(call).await?;
            self.memory.forget_reading();
            Ok(self.settle_race(call, receipt).await)
        })
    }

    fn look_up<'a>(&'a self, record: &'a StepRecord) -> Task<'a, Settlement> {
        Box::pin(look_up::of(self, record))
    }

    fn health(&self) -> Health {
        self.executor.health()
    }

    fn beat(&self) -> Option<Duration> {
        self.executor.beat()
    }

    fn targets(&self) -> Task<'_, Vec<TargetSeen>> {
        Box::pin(async move { Ok(check::targets(self).await) })
    }

    fn hints(&self) -> Option<HintStream> {
        let hinted = Arc::clone(&self.memory.hinted);
        let noted = self.executor.hints()?.inspect(move |hint| hinted.note(hint));
        Some(noted.boxed())
    }
}

#[cfg(test)]
mod tests;
