//! One ring as its jobs show it: the state of every host by its newest attempt, and the keys of the gate behind it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::Read;
use crate::backend::driven::labels::{self, Kind, Mark};
use crate::backend::driven::{HostResult, Job, Probe, Report};
use crate::domain::{Counts, HostState, RingPlan, Text};

/// One host in one ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    pub state: HostState,
    /// The job of its newest attempt.
    pub job: String,
    pub result: Option<HostResult>,
    /// Why it stands as it does, where it has not answered.
    pub words: Option<Text>,
    pub overdue: bool,
    /// It was asked, and did not answer.
    pub is_silent: bool,
}

/// One key of a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub login: Text,
    /// None: the job does not tell.
    pub by: Option<Mark>,
}

impl Key {
    pub fn of(job: &Job) -> Self {
        Self { login: job.by.clone(), by: job.labels.get(labels::BY).map(|label| Mark::read(label)) }
    }

    /// Whether one person could have turned both, as far as it is known.
    pub fn is_no_other(&self, other: &Self) -> bool {
        let both = self.by.as_ref().zip(other.by.as_ref());
        self.login == other.login || both.is_some_and(|(one, other)| one.is_same(other))
    }
}

/// One ring.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RingSeen {
    pub hosts: BTreeMap<String, Seat>,
    /// Those that its target means, before it has begun.
    pub expected: BTreeSet<String>,
    /// The jobs that count, oldest first.
    pub attempts: Vec<Job>,
    /// Keys that were turned for the opening of the gate behind it, each by another login and another person.
    pub keys: Vec<Key>,
    /// Jobs of the same try as another one, which do not count.
    pub rivals: Vec<Job>,
    /// How it came out on hosts when it was tried dry, before it has begun. None: it was not tried.
    pub tried: Option<BTreeMap<String, HostResult>>,
}

impl RingSeen {
    pub fn has_begun(&self) -> bool {
        !self.attempts.is_empty()
    }

    pub fn newest_attempt(&self) -> u32 {
        self.attempts.iter().chain(&self.rivals).map(labels::attempt).max().unwrap_or(0)
    }

    pub fn in_state<'a>(&'a self, states: &'a [HostState]) -> impl Iterator<Item = (&'a String, &'a Seat)> {
        self.hosts.iter().filter(move |(_, seat)| states.contains(&seat.state))
    }
}

pub fn count(seen: &RingSeen) -> Counts {
    let mut counts = Counts { total: u32::try_from(seen.hosts.len()).unwrap_or(u32::MAX), ..Counts::default() };
    for seat in seen.hosts.values() {
        let place = match seat.state {
            HostState::Done => &mut counts.done,
            HostState::Failed => &mut counts.failed,
            HostState::Skipped => &mut counts.skipped,
            HostState::Cancelled => &mut counts.cancelled,
            HostState::Unknown => &mut counts.unknown,
            HostState::Waiting => &mut counts.waiting,
            HostState::AtWork | HostState::NotFetched | HostState::Cancelling | HostState::NeedsConfirmation => {
                &mut counts.running
            }
        };
        *place = place.saturating_add(1);
    }
    // Waiting on the host itself is work that has been handed over.
    counts.running = counts.running.saturating_add(counts.waiting);
    counts.waiting = 0;
    counts
}

pub fn ring(plan: &RingPlan, place: usize, read: &Read, stopped: Option<&Job>, now: Timestamp) -> RingSeen {
    let ring = &plan.rings[place];
    let wave = labels::wave(plan, &ring.name);
    let mut seen = RingSeen::default();
    let ours = || read.jobs.iter().filter(|job| job.labels.get(labels::WAVE) == Some(&wave));
    for job in ours() {
        match Kind::of(job) {
            Some(Kind::Approve) => {
                let key = Key::of(job);
                if !seen.keys.iter().any(|other| other.is_no_other(&key)) {
                    seen.keys.push(key);
                }
            }
            // Jobs come oldest first, and of two that are one try the older one counts.
            Some(kind) if kind.is_attempt() => {
                let rival = seen.attempts.iter().any(|other| labels::same_attempt(&other.labels, &job.labels));
                if rival { &mut seen.rivals } else { &mut seen.attempts }.push(job.clone());
                // A key was turned for what was seen then.
                seen.keys.clear();
            }
            _ => {}
        }
    }
    if seen.attempts.is_empty() {
        seen.expected = read.previews.get(&place).cloned().unwrap_or_default();
        seen.tried = read.rehearsed.get(&place).map(|report| report.results.clone());
    }
    seen.attempts.sort_by(|one, other| (labels::attempt(one), one.when()).cmp(&(labels::attempt(other), other.when())));
    let limit = SignedDuration::from_secs(i64::from(ring.expect_seconds));
    for job in seen.attempts.clone() {
        let Some(report) = read.reports.get(&job.id) else { continue };
        let overdue = job.began.is_some_and(|began| now.duration_since(began) > limit);
        for host in &report.asked {
            let probe = read.probes.get(&(job.id.clone(), host.clone())).copied();
            let stopped = stopped.is_some_and(|stop| stop.when() > job.when());
            let mut seat = seat(&job, report, host, probe, stopped, overdue);
            if seat.result.is_none() && read.forgotten.contains_key(&job.id) {
                (seat.state, seat.overdue, seat.is_silent) = (HostState::Unknown, false, false);
                seat.words = Some("its job is forgotten there, and no answer was read before".into());
            }
            // A host that was not reached by a retry keeps what it answered before.
            let unheard = seat.result.is_none() && seat.state == HostState::Skipped;
            if !(unheard && seen.hosts.contains_key(host)) {
                seen.hosts.insert(host.clone(), seat);
            }
        }
    }
    seen
}

fn seat(job: &Job, report: &Report, host: &str, probe: Option<Probe>, stopped: bool, overdue: bool) -> Seat {
    let mut seat =
        Seat { state: HostState::NotFetched, job: job.id.clone(), result: None, words: None, overdue: false, is_silent: false };
    if let Some(result) = report.results.get(host) {
        seat.state = result.state;
        if Kind::of(job) == Some(Kind::Rollback) && result.state == HostState::Done {
            seat.state = HostState::Cancelled;
            seat.words = Some("brought back to the state before".into());
        }
        seat.result = Some(result.clone());
        return seat;
    }
    let (state, words) = match probe {
        _ if !report.told.contains(host) => (HostState::Skipped, "the backend knows no such host"),
        Some(Probe::Running) => (HostState::AtWork, "the host runs it"),
        Some(Probe::Queued) => (HostState::Waiting, "queued on the host"),
        Some(Probe::Gone) if stopped => (HostState::Cancelled, "ended by the stop, with no word of its own"),
        Some(Probe::Gone) => (HostState::Unknown, "lost: the host runs no such job and never answered it"),
        Some(Probe::Silent) => (HostState::Unknown, "no answer: it will not catch up by itself"),
        None => (HostState::NotFetched, ""),
    };
    seat.state = state;
    seat.words = (!words.is_empty()).then(|| words.into());
    seat.is_silent = probe == Some(Probe::Silent) && state == HostState::Unknown;
    let late = matches!(state, HostState::NotFetched | HostState::AtWork | HostState::Waiting);
    seat.overdue = overdue && (late || seat.is_silent);
    seat
}
