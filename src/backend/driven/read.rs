//! Reading what has happened: one search for all jobs, one read for each that may still change, and a question to hosts
//! that are overdue. Complete jobs never change and are kept.
//!
//! It judges nothing: that is `picture`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::kept::{self, Kept};
use super::labels::{self, Kind};
use super::picture::{self, Frozen, Picture, Read};
use super::{Driven, Executor, Job, Probe, Report};
use crate::backend::port::{Hint, Subject, Trouble};
use crate::domain::RingPlan;

/// Answers within this are one reading: the board and a rollout asked together cost one search.
const TOGETHER: Duration = Duration::from_secs(2);
/// Hosts that are overdue are asked not more often than this: it costs each of them a process.
const PROBE_EVERY: Duration = Duration::from_secs(60);
/// A target is looked up again after this, outside of surveys.
const PREVIEW_EVERY: Duration = Duration::from_secs(600);
/// A job at work is read again after this even if no hint says that it moved.
const UNHEARD: Duration = Duration::from_secs(60);
/// A reading of the board is good for what changes seldom as long as this.
const AT_HAND: Duration = Duration::from_secs(120);
/// A host asked sooner after the launch may not have heard of it yet.
const YOUNGEST: SignedDuration = SignedDuration::from_secs(2);

/// Answers with the time they came.
type Timed<K, V> = Mutex<BTreeMap<K, (Instant, V)>>;

/// What is kept between readings. All of it can be read again.
#[derive(Default)]
pub struct Memory {
    reading: tokio::sync::Mutex<Option<(Instant, Arc<Reading>)>>,
    stale: std::sync::atomic::AtomicBool,
    complete: Mutex<BTreeMap<String, Arc<Report>>>,
    /// By job.
    probes: Timed<String, BTreeMap<String, Probe>>,
    /// By plan and ring.
    previews: Timed<(String, usize), BTreeSet<String>>,
    /// By plan.
    frozen: Mutex<BTreeMap<String, Frozen>>,
    /// Jobs at work as they were read last.
    open: Timed<String, Arc<Report>>,
    pub hinted: Arc<Hinted>,
}

/// Rollouts that the system said something of since they were read.
#[derive(Default)]
pub struct Hinted(Mutex<BTreeSet<String>>);

impl Hinted {
    pub fn note(&self, hint: &Hint) {
        let mut noted = lock(&self.0);
        match &hint.subject {
            Subject::Rollout(id) => drop(noted.insert(id.raw().to_owned())),
            // The stream was opened anew: what was said before is lost.
            Subject::Board => drop(noted.insert(EVERYTHING.to_owned())),
        }
    }

    fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *lock(&self.0))
    }
}

/// No plan can be called so.
const EVERYTHING: &str = "*";

impl Memory {
    /// The newest reading, so that a test can make it old.
    #[cfg(test)]
    pub async fn reading_for_tests(&self) -> tokio::sync::MutexGuard<'_, Option<(Instant, Arc<Reading>)>> {
        self.reading.lock().await
    }

    /// Something was sent: the next question is asked anew.
    pub fn forget_reading(&self) {
        self.stale.store(true, std::sync::atomic::Ordering::SeqCst);
        lock(&self.probes).clear();
        lock(&self.open).clear();
        lock(&self.frozen).clear();
    }
}

impl Memory {
    /// Forgets jobs at work that must be read again: all of them, unless a stream of hints says what moved, or there is no
    /// room for the question now.
    fn still_true<E: Executor>(&self, driven: &Driven<E>) {
        let hinted = self.hinted.take();
        let (listens, room) = (driven.executor.listens(), driven.executor.may_ask());
        lock(&self.open).retain(|_, (at, report)| {
            let rollout = report.job.labels.get(labels::ROLLOUT);
            let moved = hinted.contains(EVERYTHING) || rollout.is_some_and(|rollout| hinted.contains(rollout));
            let due = if listens { moved || at.elapsed() >= UNHEARD } else { true };
            !(due && (room || at.elapsed() >= UNHEARD))
        });
        if !room {
            // What found no room stays due.
            lock(&self.hinted.0).extend(hinted);
        }
    }
}

/// All plans at one moment.
#[derive(Debug)]
pub struct Reading {
    pub pictures: BTreeMap<String, Picture>,
    /// By plan.
    pub frozen: BTreeMap<String, Frozen>,
}

/// The newest reading, at most a breath old.
pub async fn reading<E: Executor>(driven: &Driven<E>) -> Result<Arc<Reading>, Trouble> {
    within(driven, TOGETHER).await
}

/// The newest reading, as old as a board may be that is read in its beat.
pub async fn recent<E: Executor>(driven: &Driven<E>) -> Result<Arc<Reading>, Trouble> {
    within(driven, driven.executor.beat().map_or(TOGETHER, |beat| beat + TOGETHER)).await
}

async fn within<E: Executor>(driven: &Driven<E>, age: Duration) -> Result<Arc<Reading>, Trouble> {
    let mut newest = driven.memory.reading.lock().await;
    let stale = driven.memory.stale.swap(false, std::sync::atomic::Ordering::SeqCst);
    if let Some((at, reading)) = newest.as_ref()
        && !stale
        && at.elapsed() < age
    {
        return Ok(reading.clone());
    }
    let kept = kept::snapshot(driven).await;
    let history = driven.executor.jobs().await?;
    let now = driven.heard(history.at);
    driven.memory.still_true(driven);
    let mut pictures = BTreeMap::new();
    let mut frozen = BTreeMap::new();
    for plan in &driven.plans {
        let read = read(driven, plan, &history.jobs, &kept, now, None).await?;
        pictures.insert(plan.id.clone(), picture::of(plan, &driven.executor.describe().name, &read, now));
        frozen.insert(plan.id.clone(), read.frozen);
    }
    let reading = Arc::new(Reading { pictures, frozen });
    *newest = Some((Instant::now(), reading.clone()));
    Ok(reading)
}

/// The newest reading that the board has made, where there is one that is not long past: it costs no question.
pub async fn at_hand<E: Executor>(driven: &Driven<E>) -> Result<Arc<Reading>, Trouble> {
    let newest = driven.memory.reading.lock().await.clone();
    match newest.filter(|(at, _)| at.elapsed() < AT_HAND) {
        Some((_, reading)) => Ok(reading),
        None => reading(driven).await,
    }
}

/// One plan, read anew. `targets` are rings whose hosts must be looked up now.
pub async fn fresh<E: Executor>(driven: &Driven<E>, plan: &RingPlan) -> Result<(Picture, Read, Timestamp), Trouble> {
    let kept = kept::snapshot(driven).await;
    let history = driven.executor.jobs().await?;
    let now = driven.heard(history.at);
    // A decision rests on nothing that is older.
    lock(&driven.memory.open).clear();
    let read = read(driven, plan, &history.jobs, &kept, now, Some(Duration::ZERO)).await?;
    Ok((picture::of(plan, &driven.executor.describe().name, &read, now), read, now))
}

async fn read<E: Executor>(
    driven: &Driven<E>,
    plan: &RingPlan,
    jobs: &[Job],
    kept: &BTreeMap<String, Arc<Kept>>,
    now: Timestamp,
    preview_age: Option<Duration>,
) -> Result<Read, Trouble> {
    let mut jobs: Vec<Job> = jobs.iter().filter(|job| job.labels.get(labels::ROLLOUT) == Some(&plan.id)).cloned().collect();
    let nothing = Arc::default();
    let kept = kept.get(&plan.id).unwrap_or(&nothing);
    let mut read = Read::default();
    for job in jobs.iter().filter(|job| Kind::of(job).is_some_and(Kind::is_attempt)) {
        if let Some(report) = report(driven, &job.id).await? {
            read.reports.insert(job.id.clone(), report);
        }
    }
    read.plans.clone_from(kept.plans());
    kept::note(driven, plan, &jobs, &read.reports, now).await;
    let mut gone = Vec::new();
    for (id, job) in kept.missing_from(&jobs) {
        read.forgotten.insert(id.clone(), job.read);
        gone.push(job.job(id));
        if let Some(report) = job.report(id) {
            read.reports.insert(id.clone(), Arc::new(report));
        }
    }
    jobs.extend(gone);
    jobs.sort_by(|one, other| one.when().cmp(&other.when()));
    let stopped = jobs.iter().any(|job| Kind::of(job) == Some(Kind::Stop));
    for job in jobs.iter().filter(|job| Kind::of(job).is_some_and(Kind::is_attempt)) {
        let known = read.reports.get(&job.id).filter(|_| !read.forgotten.contains_key(&job.id));
        let Some(report) = known.cloned() else { continue };
        let report = probed(driven, plan, job, report, stopped, now, &mut read).await?;
        read.reports.insert(job.id.clone(), report);
    }
    for (place, ring) in plan.rings.iter().enumerate() {
        let wave = labels::wave(plan, &ring.name);
        let begun = read.reports.values().any(|report| report.job.labels.get(labels::WAVE) == Some(&wave));
        if begun || stopped {
            continue;
        }
        let dry = |job: &&Job| job.labels.get(labels::WAVE) == Some(&wave) && Kind::of(job) == Some(Kind::DryRun);
        if let Some(job) = jobs.iter().rfind(dry)
            && let Some(report) = report(driven, &job.id).await?
        {
            read.rehearsed.insert(place, report);
        }
        if let Some(hosts) = preview(driven, plan, place, preview_age.unwrap_or(PREVIEW_EVERY)).await? {
            read.previews.insert(place, hosts);
        }
    }
    read.frozen = frozen(driven, plan, &read).await?;
    read.jobs = jobs;
    Ok(read)
}

/// The hosts of rings that may begin which the system's own freeze keeps out.
async fn frozen<E: Executor>(driven: &Driven<E>, plan: &RingPlan, read: &Read) -> Result<Frozen, Trouble> {
    let kept = lock(&driven.memory.frozen).get(&plan.id).cloned();
    if let Some(found) = kept {
        // A freeze that holds is looked at sooner: people wait for its end.
        let every = if found.hosts.is_empty() { PREVIEW_EVERY } else { PROBE_EVERY };
        if found.read.is_some_and(|at| at.elapsed() < every) {
            return Ok(found);
        }
    }
    let hosts: Vec<String> = read.previews.values().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    if hosts.is_empty() {
        return Ok(Frozen::default());
    }
    let asked = Some(Instant::now());
    let found = match driven.executor.frozen(&hosts).await {
        Ok(hosts) => Frozen { hosts, blind: None, read: asked },
        Err(Trouble::NotPermitted(why)) => Frozen { hosts: BTreeMap::new(), blind: Some(why), read: asked },
        Err(trouble) => return Err(trouble),
    };
    lock(&driven.memory.frozen).insert(plan.id.clone(), found.clone());
    Ok(found)
}

async fn report<E: Executor>(driven: &Driven<E>, job: &str) -> Result<Option<Arc<Report>>, Trouble> {
    if let Some(kept) = lock(&driven.memory.complete).get(job) {
        return Ok(Some(kept.clone()));
    }
    if let Some((_, report)) = lock(&driven.memory.open).get(job) {
        return Ok(Some(report.clone()));
    }
    let Some(report) = driven.executor.job(job).await? else { return Ok(None) };
    let report = Arc::new(report);
    if report.missing().next().is_none() {
        lock(&driven.memory.complete).insert(job.to_owned(), report.clone());
        lock(&driven.memory.open).remove(job);
    } else {
        lock(&driven.memory.open).insert(job.to_owned(), (Instant::now(), report.clone()));
    }
    Ok(Some(report))
}

/// Asks hosts that should have answered, then reads the job once more: an answer may have come in between.
async fn probed<E: Executor>(
    driven: &Driven<E>,
    plan: &RingPlan,
    job: &Job,
    report: Arc<Report>,
    stopped: bool,
    now: Timestamp,
    read: &mut Read,
) -> Result<Arc<Report>, Trouble> {
    let missing: Vec<String> = report.missing().cloned().collect();
    let limit =
        plan.rings.iter().find(|ring| Some(&ring.name) == job.labels.get(labels::RING)).map_or(0, |ring| ring.expect_seconds);
    // After a stop nobody waits for the usual time.
    let limit = if stopped { YOUNGEST } else { SignedDuration::from_secs(i64::from(limit)).max(YOUNGEST) };
    let due = job.began.is_none_or(|began| now.duration_since(began) > limit);
    if missing.is_empty() || !due {
        return Ok(report);
    }
    let kept =
        lock(&driven.memory.probes).get(&job.id).filter(|(at, _)| at.elapsed() < PROBE_EVERY).map(|(_, said)| said.clone());
    let (said, report) = if let Some(said) = kept {
        (said, report)
    } else {
        let said = driven.executor.probe(&job.id, &missing).await?;
        lock(&driven.memory.probes).insert(job.id.clone(), (Instant::now(), said.clone()));
        lock(&driven.memory.open).remove(&job.id);
        (said, self::report(driven, &job.id).await?.unwrap_or(report))
    };
    read.probes.extend(said.into_iter().map(|(host, probe)| ((job.id.clone(), host), probe)));
    Ok(report)
}

/// The hosts of a ring that has not begun. None where this login may not even look: the ring is then shown without a figure.
async fn preview<E: Executor>(
    driven: &Driven<E>,
    plan: &RingPlan,
    place: usize,
    age: Duration,
) -> Result<Option<BTreeSet<String>>, Trouble> {
    let key = (plan.id.clone(), place);
    if let Some((at, hosts)) = lock(&driven.memory.previews).get(&key)
        && at.elapsed() < age
    {
        return Ok(Some(hosts.clone()));
    }
    match driven.executor.preview(&plan.tenant, &plan.rings[place].target).await {
        Ok(hosts) => {
            lock(&driven.memory.previews).insert(key, (Instant::now(), hosts.clone()));
            Ok(Some(hosts))
        }
        Err(Trouble::NotPermitted(_)) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn lock<T>(held: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
