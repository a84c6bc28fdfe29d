//! One plan as the job history shows it: its rollout, its waves and the state of every host. Pure.
//!
//! It asks nobody. A host that has not answered is never called done, and never called failed either.

mod rings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

pub use self::rings::{Key, RingSeen, Seat};
use self::rings::{count, ring};
use super::labels::{self, Kind};
use super::{Job, Probe, Report};
use crate::domain::{
    Approval, BackendName, Counts, PausedBy, Release, RingPlan, Rollout, RolloutId, RolloutState, Text, Wave, WaveId, WaveState,
};
use crate::plan::gate::opening::{Opening, opening};
use crate::plan::gate::{next_waves, standing};

/// What was read of one plan.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Every job of the plan, oldest first.
    pub jobs: Vec<Job>,
    /// The jobs with hosts, by id.
    pub reports: BTreeMap<String, Arc<Report>>,
    /// What hosts say of jobs that they have not answered.
    pub probes: BTreeMap<(String, String), Probe>,
    /// Hosts of rings that have not begun, by ring.
    pub previews: BTreeMap<usize, BTreeSet<String>>,
    /// Jobs that the system does not know any more, kept here, and when they were read last.
    pub forgotten: BTreeMap<String, Timestamp>,
    /// Hosts that a freeze of the system's own keeps out.
    pub frozen: Frozen,
    /// The newest dry run of rings that have not begun, by ring.
    pub rehearsed: BTreeMap<usize, Arc<Report>>,
    /// Plans that were kept, by their fingerprints.
    pub plans: BTreeMap<String, RingPlan>,
}

/// The system's own freezes, as they were read of a plan's rings that have not begun.
#[derive(Clone, Debug, Default)]
pub struct Frozen {
    /// Who is frozen, each with what says so.
    pub hosts: BTreeMap<String, Text>,
    /// Why it could not be read.
    pub blind: Option<Text>,
    /// None: nobody was asked about.
    pub read: Option<Instant>,
}

/// What stands here and not there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// No job is left that began a ring: whether others went on is not known.
    pub all: bool,
    /// The newest of what was read.
    pub read: Timestamp,
}

/// A plan as the labels of its jobs tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFrom {
    pub fingerprint: String,
    /// Hashes of its parts.
    pub parts: Option<String>,
}

impl MadeFrom {
    fn of(job: &Job) -> Option<Self> {
        let label = |key: &str| job.labels.get(key).cloned();
        Some(Self { fingerprint: label(labels::PLAN)?, parts: label(labels::PARTS) })
    }
}

/// The whole of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub rollout: Rollout,
    pub waves: Vec<Wave>,
    pub rings: Vec<RingSeen>,
    pub held: Option<Job>,
    pub stopped: Option<Job>,
    /// The plan that the newest job was made from.
    pub made_from: Option<MadeFrom>,
    pub forgotten: Option<Forgotten>,
}

impl Picture {
    /// What stands between each wave and what follows it.
    pub fn opening(&self, ring: usize, now: Timestamp) -> Opening {
        opening(&self.waves[ring], self.rings[ring].keys.len(), now)
    }
}

/// Puts a plan and what was read of it together. `now` is the executor's time.
pub fn of(plan: &RingPlan, backend: &BackendName, read: &Read, now: Timestamp) -> Picture {
    let newest = |kind: Kind| read.jobs.iter().rfind(|job| Kind::of(job) == Some(kind));
    let stopped = newest(Kind::Stop).cloned();
    let held =
        newest(Kind::Hold).filter(|hold| newest(Kind::Release).is_none_or(|release| release.when() < hold.when())).cloned();
    let id = RolloutId::new(backend.clone(), &plan.id);
    let rings: Vec<RingSeen> = (0..plan.rings.len()).map(|place| ring(plan, place, read, stopped.as_ref(), now)).collect();
    let waves: Vec<Wave> =
        (0..plan.rings.len()).map(|place| wave(plan, place, &id, &rings[place], read, stopped.is_some())).collect();
    let first = read.jobs.iter().find(|job| Kind::of(job).is_some_and(Kind::is_attempt));
    let made_from = read.jobs.iter().rev().find_map(MadeFrom::of);
    let unread = waves.iter().any(|wave| !wave.state.has_begun() && wave.counts.total == 0);
    let counts = waves.iter().fold(Counts::default(), |sum, wave| sum + wave.counts);
    let mut rollout = Rollout {
        id,
        tenant: plan.tenant.clone(),
        name: plan.name.clone(),
        description: Text::default(),
        release: Some(Release { native: plan.run.fun.as_str().into(), name: run_words(plan) }),
        state: RolloutState::Unknown,
        native: Text::default(),
        counts: (!unread).then_some(counts),
        waves: u32::try_from(waves.len()).ok(),
        starts: None,
        approval: Approval { by: None, remark: None },
        created: first.and_then(|job| job.began),
        created_by: first.map(|job| job.by.clone()),
        changed: read.jobs.last().and_then(|job| job.began),
        related: Vec::new(),
        open_ended: false,
    };
    let forgotten = forgotten(read);
    let mut picture = Picture { rollout: rollout.clone(), waves, rings, held, stopped, made_from, forgotten };
    (rollout.state, rollout.native) = remembered(&picture, frozen(&picture, read, state(&picture, now)), now);
    picture.rollout = rollout;
    picture
}

fn forgotten(read: &Read) -> Option<Forgotten> {
    let began = |job: &&Job| matches!(Kind::of(job), Some(Kind::Launch | Kind::Retry));
    let newest = *read.forgotten.values().max()?;
    let all = !read.jobs.iter().filter(began).any(|job| !read.forgotten.contains_key(&job.id));
    Some(Forgotten { all, read: newest })
}

/// A night that the system has forgotten is told as what was read of it, and never as one that goes on.
fn remembered(picture: &Picture, (state, native): (RolloutState, Text), now: Timestamp) -> (RolloutState, Text) {
    let Some(Forgotten { all: true, read }) = picture.forgotten else { return (state, native) };
    let words = format!("forgotten there; kept here, {}: {native}", ago(read, now));
    let goes_on = picture.waves.iter().any(|wave| wave.counts.running > 0);
    // Nothing begins by itself, and what was begun lately would be remembered there.
    let state = if state.has_ended() || goes_on { state } else { RolloutState::Paused(PausedBy::Told) };
    (state, words.into())
}

/// A freeze of the system's own over a ring that would begin next: whoever begins it is refused.
fn frozen(picture: &Picture, read: &Read, (state, native): (RolloutState, Text)) -> (RolloutState, Text) {
    let waits = matches!(
        state,
        RolloutState::NotBegun | RolloutState::WaitsForYou | RolloutState::Paused(PausedBy::Gate { .. } | PausedBy::Short { .. })
    );
    let next = next_waves(&picture.waves);
    let rings = picture.waves.iter().zip(&picture.rings).filter(|(wave, _)| next.iter().any(|next| next.id == wave.id));
    for (wave, ring) in rings.filter(|_| waits) {
        let held: Vec<&Text> = ring.expected.iter().filter_map(|host| read.frozen.hosts.get(host)).collect();
        if let Some(why) = held.first() {
            let words = format!("{}: {} of {} hosts are frozen: {why}", wave.name, held.len(), ring.expected.len());
            return (RolloutState::Frozen, words.into());
        }
    }
    (state, native)
}

/// In steps that hold still while a person decides.
fn ago(read: Timestamp, now: Timestamp) -> String {
    match now.duration_since(read).as_hours() {
        ..1 => "read less than an hour ago".to_owned(),
        hours @ 1..48 => format!("read {hours} h ago"),
        hours => format!("read {} days ago", hours / 24),
    }
}

fn run_words(plan: &RingPlan) -> Text {
    let args: Vec<String> = plan.run.arg.iter().map(|arg| arg.as_str().map_or_else(|| arg.to_string(), str::to_owned)).collect();
    Text::new(format!("{} {}", plan.run.fun, args.join(" ")).trim_end())
}

/// The state of a rollout that nobody keeps: judged from its waves and markers. The words hold no figure that moves by itself.
fn state(picture: &Picture, now: Timestamp) -> (RolloutState, Text) {
    use RolloutState as S;
    let at_work = picture.waves.iter().any(|wave| wave.counts.running > 0);
    if let Some(stop) = &picture.stopped {
        let state = if at_work { S::Stopping } else { S::Stopped };
        return (state, format!("stopped by {}", stop.by).into());
    }
    if let Some(hold) = &picture.held {
        return (S::Paused(PausedBy::Person), format!("held by {}", hold.by).into());
    }
    if !picture.rings.iter().any(RingSeen::has_begun) {
        return (S::NotBegun, "not begun".into());
    }
    let begun = || picture.waves.iter().enumerate().filter(|(_, wave)| wave.state.has_begun());
    let named = |place: usize| picture.waves[place].name.clone();
    if let Some((place, wave)) = begun().find(|(_, wave)| wave.state == WaveState::OverLimit) {
        let by = PausedBy::Limit { wave: wave.id.clone(), failed: wave.counts.failed, total: wave.counts.total };
        return (S::Paused(by), format!("{}: {}", named(place), standing(wave)).into());
    }
    if at_work {
        return (S::Running, "running".into());
    }
    let last = picture.waves.iter().all(|wave| wave.state.has_begun());
    let next = next_waves(&picture.waves);
    let before = |wave: &&Wave| next.iter().any(|next| next.after.contains(&wave.id));
    for (place, wave) in begun() {
        if !last && !before(&wave) {
            continue;
        }
        let words = |opening: &Opening| Text::new(format!("{}: {opening}", named(place)));
        match picture.opening(place, now) {
            open @ (Opening::Short(_) | Opening::Over(_)) => {
                return (S::Paused(PausedBy::Short { wave: wave.id.clone() }), words(&open));
            }
            open @ Opening::Soaking { .. } if !last => return (S::Running, words(&open)),
            open @ Opening::NeedsKey { .. } if !last => return (S::WaitsForYou, words(&open)),
            _ => {}
        }
    }
    if last {
        return (S::Finished, "every ring is through".into());
    }
    match begun().rfind(|(_, wave)| before(wave)) {
        Some((place, wave)) => {
            (S::Paused(PausedBy::Gate { wave: wave.id.clone() }), format!("{}: ready to be opened", named(place)).into())
        }
        None => (S::Paused(PausedBy::Told), "the next ring waits for a person".into()),
    }
}

fn wave(plan: &RingPlan, place: usize, rollout: &RolloutId, seen: &RingSeen, read: &Read, stopped: bool) -> Wave {
    let ring = &plan.rings[place];
    let id = |ring: usize| WaveId::new(rollout.clone(), labels::wave(plan, &plan.rings[ring].name));
    let waiting = read.previews.get(&place).map_or(0, |hosts| u32::try_from(hosts.len()).unwrap_or(u32::MAX));
    let counts = if seen.has_begun() { count(seen) } else { Counts { total: waiting, waiting, ..Counts::default() } };
    let mut wave = Wave {
        id: id(place),
        ordinal: u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1),
        name: ring.name.as_str().into(),
        after: ring.after.iter().map(|&ring| id(ring)).collect(),
        level: plan.level(place),
        state: WaveState::NotBegun,
        native: "not begun".into(),
        counts,
        gate: ring.gate.clone(),
        began: seen.attempts.first().and_then(|job| job.began),
        ended: None,
    };
    if !seen.has_begun() {
        return wave;
    }
    let words;
    (wave.state, words) = match &counts {
        counts if wave.gate.limit_crossed(counts) => (WaveState::OverLimit, "over its limit"),
        counts if counts.running > 0 && counts.settled() == 0 => (WaveState::Running, "no host has answered yet"),
        counts if counts.running > 0 => (WaveState::Running, "running"),
        _ if stopped && counts.cancelled > 0 => (WaveState::Stopped, "stopped"),
        counts if counts.unknown > 0 => (WaveState::Running, "stalled: hosts are lost or silent"),
        _ => (WaveState::Done, "all hosts have answered"),
    };
    wave.native = words.into();
    if counts.running == 0 {
        wave.ended = seen.attempts.iter().filter_map(|job| job.ended).max();
    }
    wave
}
