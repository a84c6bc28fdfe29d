//! What the morning needs of a plan after the system has forgotten its jobs: who began which ring, how each host came out,
//! and what would bring it back. Written down while the jobs are there, read back when they are not.
//!
//! It decides nothing: that a forgotten night begins no further ring is `survey`'s. What was never read cannot be kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::labels::{self, Kind};
use super::{Driven, Executor, HostResult, Job, Report};
use crate::backend::port::Keep;
use crate::domain::{Evidence, HostState, RingPlan, Run, Text};

/// A job at work is written down again after this; the last answer writes it at once.
const AGAIN: Duration = Duration::from_secs(300);

/// Everything kept of one plan, by job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    jobs: BTreeMap<String, KeptJob>,
    /// The plans that they were made from, by fingerprint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    plans: BTreeMap<String, RingPlan>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptJob {
    labels: BTreeMap<String, String>,
    by: Text,
    began: Option<Timestamp>,
    ended: Option<Timestamp>,
    /// When it was read as it stands here, by the system's clock.
    pub read: Timestamp,
    /// None: a marker, whose hosts do not matter.
    hosts: Option<KeptHosts>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptHosts {
    asked: BTreeSet<String>,
    told: BTreeSet<String>,
    results: BTreeMap<String, KeptResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptResult {
    state: HostState,
    code: Option<i64>,
    message: Option<Text>,
    /// Of failed hosts only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    said: Vec<String>,
    back: Option<Run>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    brought: BTreeMap<String, String>,
}

impl KeptJob {
    fn of(job: &Job, report: Option<&Report>, read: Timestamp) -> Self {
        let hosts = report.map(|report| KeptHosts {
            asked: report.asked.clone(),
            told: report.told.clone(),
            results: report.results.iter().map(|(host, result)| (host.clone(), KeptResult::of(result))).collect(),
        });
        Self { labels: job.labels.clone(), by: job.by.clone(), began: job.began, ended: job.ended, read, hosts }
    }

    pub fn job(&self, id: &str) -> Job {
        Job { id: id.to_owned(), labels: self.labels.clone(), by: self.by.clone(), began: self.began, ended: self.ended }
    }

    pub fn report(&self, id: &str) -> Option<Report> {
        let hosts = self.hosts.as_ref()?;
        let results = hosts.results.iter().map(|(host, result)| (host.clone(), result.result())).collect();
        Some(Report { job: self.job(id), asked: hosts.asked.clone(), told: hosts.told.clone(), results })
    }

    fn answers(&self) -> usize {
        self.hosts.as_ref().map_or(0, |hosts| hosts.results.len())
    }

    fn is_complete(&self) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.told.iter().all(|host| hosts.results.contains_key(host)))
    }

    /// Whether `other` is the same job with more known of it.
    fn is_less_than(&self, other: &Self) -> bool {
        let size = |job: &Self| (job.hosts.is_some(), job.answers(), job.hosts.as_ref().map_or(0, |hosts| hosts.told.len()));
        size(self) < size(other)
    }
}

impl KeptResult {
    fn of(result: &HostResult) -> Self {
        let said = match result.state {
            HostState::Failed => result.said.iter().map(|said| said.raw().to_owned()).collect(),
            _ => Vec::new(),
        };
        Self {
            state: result.state,
            code: result.code,
            message: result.message.clone(),
            said,
            back: result.back.clone(),
            brought: result.brought.clone(),
        }
    }

    fn result(&self) -> HostResult {
        HostResult {
            state: self.state,
            code: self.code,
            message: self.message.clone(),
            said: self.said.iter().map(|said| Evidence::new(said)).collect(),
            back: self.back.clone(),
            brought: self.brought.clone(),
        }
    }
}

impl Kept {
    /// Jobs that a list of the system's jobs lacks.
    pub fn missing_from<'a>(&'a self, listed: &'a [Job]) -> impl Iterator<Item = (&'a String, &'a KeptJob)> {
        self.jobs.iter().filter(|(id, _)| !listed.iter().any(|job| job.id == **id))
    }

    pub fn plans(&self) -> &BTreeMap<String, RingPlan> {
        &self.plans
    }

    pub fn job(&self, id: &str) -> Option<&KeptJob> {
        self.jobs.get(id)
    }

    /// Takes the job in. Some if anything is new by it; true asks for it to be written at once.
    fn take(&mut self, job: &Job, report: Option<&Report>, now: Timestamp) -> Option<bool> {
        let new = KeptJob::of(job, report, now);
        match self.jobs.get(&job.id) {
            Some(known) if !known.is_less_than(&new) => None,
            known => {
                let at_once = known.is_none_or(|known| known.hosts.is_none()) || new.is_complete();
                self.jobs.insert(job.id.clone(), new);
                Some(at_once)
            }
        }
    }

    /// Both together: another cockpit may have kept what this one never read.
    fn joined(mut self, other: Self) -> Self {
        for (id, job) in other.jobs {
            if self.jobs.get(&id).is_none_or(|known| known.is_less_than(&job)) {
                self.jobs.insert(id, job);
            }
        }
        self.plans.extend(other.plans);
        self
    }
}

#[derive(Debug, Default)]
struct Held {
    kept: Arc<Kept>,
    written: Option<Instant>,
    unwritten: bool,
}

/// What is kept of every plan, and where it is written.
#[derive(Default)]
pub struct Shelf {
    pub keep: Option<Arc<dyn Keep>>,
    held: tokio::sync::Mutex<BTreeMap<String, Held>>,
}

/// What is kept of every plan now. It is taken before the system's jobs are listed: what is kept later was begun later, and
/// its absence from an older list would not mean that it was forgotten.
pub async fn snapshot<E: Executor>(driven: &Driven<E>) -> BTreeMap<String, Arc<Kept>> {
    let mut held = driven.shelf.held.lock().await;
    for plan in &driven.plans {
        if !held.contains_key(&plan.id) {
            let kept = written(driven, &plan.id).await;
            held.insert(plan.id.clone(), Held { kept: Arc::new(kept), ..Held::default() });
        }
    }
    held.iter().map(|(plan, held)| (plan.clone(), held.kept.clone())).collect()
}

fn name<E: Executor>(driven: &Driven<E>, plan: &str) -> String {
    format!("{}/{plan}", driven.executor.describe().name.raw())
}

async fn written<E: Executor>(driven: &Driven<E>, plan: &str) -> Kept {
    let Some(keep) = &driven.shelf.keep else { return Kept::default() };
    let document = keep.kept(&name(driven, plan)).await;
    document.and_then(|document| serde_json::from_value(document).ok()).unwrap_or_default()
}

/// Keeps what was read of a plan's jobs.
pub async fn note<E: Executor>(
    driven: &Driven<E>,
    plan: &RingPlan,
    jobs: &[Job],
    reports: &BTreeMap<String, Arc<Report>>,
    now: Timestamp,
) {
    let Some(keep) = &driven.shelf.keep else { return };
    let mut all = driven.shelf.held.lock().await;
    let held = all.entry(plan.id.clone()).or_default();
    let mut at_once = false;
    let ours = labels::fingerprint(plan);
    let runs = jobs.iter().any(|job| job.labels.get(labels::PLAN) == Some(&ours));
    if runs && !held.kept.plans.contains_key(&ours) {
        Arc::make_mut(&mut held.kept).plans.insert(ours, plan.clone());
        held.unwritten = true;
    }
    for job in jobs.iter().filter(|job| Kind::of(job).is_some()) {
        let report = reports.get(&job.id).map(Arc::as_ref);
        if report.is_none() && Kind::of(job).is_some_and(Kind::is_attempt) {
            continue;
        }
        let known = held.kept.job(&job.id);
        if known.is_some_and(|known| known.is_complete() && (known.hosts.is_some() || report.is_none())) {
            continue;
        }
        if let Some(soon) = Arc::make_mut(&mut held.kept).take(job, report, now) {
            held.unwritten = true;
            at_once |= soon;
        }
    }
    let long_ago = held.written.is_none_or(|at| at.elapsed() >= AGAIN);
    if !held.unwritten || !(at_once || long_ago) {
        return;
    }
    let whole = written(driven, &plan.id).await.joined((*held.kept).clone());
    if let Ok(document) = serde_json::to_value(&whole) {
        keep.keep(&name(driven, &plan.id), document).await;
    }
    held.unwritten = false;
    held.written = Some(Instant::now());
}
