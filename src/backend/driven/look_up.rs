//! What became of a call: the job it made is in the history, or it is not. It sends nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, Driven, Executor, Job, Probe, labels};
use crate::action::Verb;
use crate::backend::port::{Settlement, StepRecord, Trouble};
use crate::plan::types::Step;

pub async fn of<E: Executor>(driven: &Driven<E>, record: &StepRecord) -> Result<Settlement, Trouble> {
    let Step::Call(call) = &record.step else { return Ok(Settlement::Unknown("nothing was sent in this step".into())) };
    let Some(asked) = driven.executor.asks(call) else {
        return Ok(Settlement::Unknown("the call is none of ours: what it did cannot be looked up".into()));
    };
    match &asked {
        Asked { stops: Some(job), hosts, .. } => stopped(driven, job, hosts).await,
        // The job was there before: only its hosts tell whether they heard of it.
        Asked { key: Some(key), hosts, .. } if record.intent.verb == Verb::CatchUp => heard(driven, key, hosts).await,
        Asked { key: Some(key), hosts, .. } => made(driven, key, hosts).await,
        _ => Ok(Settlement::Unknown("the call leaves no trace that could be looked up".into())),
    }
}

async fn made<E: Executor>(driven: &Driven<E>, key: &str, hosts: &BTreeSet<String>) -> Result<Settlement, Trouble> {
    let Some(report) = driven.executor.job(key).await? else {
        return Ok(Settlement::NotThere(format!("no job {key} in the history").into()));
    };
    let told = report.told.len();
    let dry = labels::Kind::of(&report.job) == Some(labels::Kind::DryRun);
    let tail = if dry { "; what they would change stands at the hosts of the ring" } else { "" };
    let (rivals, counts) = rivals(driven, &report.job).await;
    let words = format!("job {key} is there, by {}, told to {told} hosts{tail}{rivals}", report.job.by);
    if !counts {
        return Ok(Settlement::Superseded(words.into()));
    }
    let left_out: Vec<&str> = hosts.difference(&report.told).map(String::as_str).collect();
    if left_out.is_empty() {
        return Ok(Settlement::Verified(words.into()));
    }
    Ok(Settlement::Verified(format!("{words}; not told, because not known there: {}", left_out.join(", ")).into()))
}

/// Whoever began the same at the same moment: both are told of the other one. Whether this one is the one that counts.
async fn rivals<E: Executor>(driven: &Driven<E>, job: &Job) -> (String, bool) {
    if !labels::launches(&job.labels) {
        return (String::new(), true);
    }
    let Ok(history) = driven.executor.jobs().await else { return (String::new(), true) };
    let same = |other: &&Job| other.id != job.id && labels::same_attempt(&other.labels, &job.labels);
    let rivals: Vec<&Job> = history.jobs.iter().filter(same).collect();
    let words = rivals.iter().map(|other| {
        let counts = if other.when() < job.when() { "that one counts" } else { "that one does not count" };
        format!("; {} began it at the same moment (job {}): {counts}", other.by, other.id)
    });
    (words.collect(), rivals.iter().all(|other| other.when() > job.when()))
}

async fn heard<E: Executor>(driven: &Driven<E>, job: &str, hosts: &BTreeSet<String>) -> Result<Settlement, Trouble> {
    let Some(report) = driven.executor.job(job).await? else {
        return Ok(Settlement::Unknown(format!("job {job} is not in the history any more").into()));
    };
    let missing: Vec<String> = hosts.iter().filter(|host| !report.results.contains_key(*host)).cloned().collect();
    let said = if missing.is_empty() { BTreeMap::new() } else { driven.executor.probe(job, &missing).await? };
    let deaf = said.values().filter(|probe| matches!(probe, Probe::Gone | Probe::Silent)).count();
    let words = format!("{} of {} hosts run job {job} or have answered it", hosts.len() - deaf, hosts.len());
    Ok(if deaf == 0 { Settlement::Verified(words.into()) } else { Settlement::NotThere(words.into()) })
}

/// A stop has no trace but that nobody runs the job any more.
async fn stopped<E: Executor>(driven: &Driven<E>, job: &str, hosts: &BTreeSet<String>) -> Result<Settlement, Trouble> {
    let Some(report) = driven.executor.job(job).await? else {
        return Ok(Settlement::Unknown(format!("job {job} is not in the history any more").into()));
    };
    let missing: Vec<String> = report.missing().filter(|host| hosts.contains(*host)).cloned().collect();
    if missing.is_empty() {
        return Ok(Settlement::Verified("every host has answered: none is at work".into()));
    }
    let said = driven.executor.probe(job, &missing).await?;
    let running = said.values().filter(|probe| matches!(probe, Probe::Running | Probe::Queued)).count();
    let silent = said.values().filter(|probe| matches!(probe, Probe::Silent)).count();
    if running > 0 {
        return Ok(Settlement::NotThere(format!("{running} of {} hosts still run it", missing.len()).into()));
    }
    if silent > 0 {
        return Ok(Settlement::Unknown(format!("{silent} of {} hosts do not answer", missing.len()).into()));
    }
    Ok(Settlement::Verified("no host runs it any more".into()))
}
