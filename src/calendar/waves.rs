//! Waves that take all their hosts at once: when each of those to come begins by itself, judged by how long hosts took in
//! the ones before.
//!
//! It opens no gate. Behind a gate that waits for a person it tells nothing.

use jiff::{SignedDuration, Timestamp};

use super::civil;
use super::durations::Durations;

/// One wave of a rollout, in the order in which they begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AWave {
    pub hosts: u32,
    /// Waves of one level begin together.
    pub level: u32,
    pub begun: bool,
    /// When it was seen to begin; none if it had before anybody looked.
    pub began: Option<Timestamp>,
    pub done: u32,
    /// Done or failed or given up.
    pub through: u32,
    /// So many done hosts let the next wave begin; none: only once no host of it is left at work.
    pub opens_at: Option<u32>,
    /// Behind it a person decides.
    pub by_person: bool,
    pub soak: SignedDuration,
}

/// What paces the waves.
#[derive(Clone, Copy, Debug)]
pub enum Pacing<'a> {
    /// How long hosts took, and how far towards the slow side to look.
    Durations(&'a Durations, f64),
    /// Hosts a minute, where no wave was seen from its beginning.
    PerMinute(f64),
}

/// A wave that will begin by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Begins {
    pub at: Timestamp,
    pub hosts: u32,
}

/// Where the waves come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    pub begins: Vec<Begins>,
    /// Hosts behind a gate that waits for a person.
    pub held: u32,
}

/// When the waves that have not begun will. `let_on`: somebody lets the first of them begin at that moment.
pub fn schedule(waves: &[AWave], pacing: Pacing<'_>, now: Timestamp, let_on: Option<Timestamp>) -> Schedule {
    let mut schedule = Schedule::default();
    let failing = failing(waves);
    let mut opens: Option<Timestamp> = None;
    let mut held = false;
    let mut to_come = 0_u32;
    for level in levels(waves) {
        let begun = level.iter().any(|wave| wave.begun);
        let hosts = level.iter().filter(|wave| !wave.begun).fold(0_u32, |sum, wave| sum.saturating_add(wave.hosts));
        let at = if begun {
            // Whoever had to open the gate before it has done so.
            held = false;
            now
        } else if let Some(begins) = let_on.filter(|_| to_come == 0) {
            held = false;
            begins.max(now)
        } else {
            opens.unwrap_or(now).max(now)
        };
        if held {
            schedule.held = schedule.held.saturating_add(hosts);
            continue;
        }
        if hosts > 0 {
            to_come += 1;
            schedule.begins.push(Begins { at, hosts });
        }
        let met = level.iter().map(|wave| met(wave, at, pacing, failing, now)).max().unwrap_or(at);
        let soak = level.iter().map(|wave| wave.soak).max().unwrap_or_default();
        // A wave that began beside or after it has passed that gate already.
        opens = Some(civil::shifted(met, soak).max(now));
        held = level.iter().any(|wave| wave.by_person);
    }
    schedule
}

fn levels(waves: &[AWave]) -> impl Iterator<Item = &[AWave]> {
    waves.chunk_by(|one, other| one.level == other.level)
}

/// The share of hosts that fail, over all waves: they never count as done.
fn failing(waves: &[AWave]) -> f64 {
    let (through, done) = waves.iter().fold((0_u32, 0_u32), |(through, done), wave| (through + wave.through, done + wave.done));
    if through == 0 { 0.0 } else { 1.0 - f64::from(done) / f64::from(through) }
}

/// When enough hosts of a wave are done, if it begins at `at` or has begun.
fn met(wave: &AWave, at: Timestamp, pacing: Pacing<'_>, failing: f64, now: Timestamp) -> Timestamp {
    let hosts = f64::from(wave.hosts.max(1));
    let needs = match wave.opens_at {
        Some(needs) if f64::from(needs) < hosts * (1.0 - failing) => f64::from(needs) / (1.0 - failing).max(0.01),
        _ => hosts,
    };
    if wave.begun && (wave.opens_at.is_some_and(|needs| wave.done >= needs) || wave.through >= wave.hosts) {
        return now;
    }
    let later = |from: Timestamp, seconds: f64| {
        civil::shifted(from, SignedDuration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(SignedDuration::MAX))
    };
    match pacing {
        Pacing::PerMinute(pace) if wave.begun => {
            // Of what is still needed, by what is still missing.
            let missing = wave.opens_at.map_or(hosts - f64::from(wave.through), |needs| {
                (f64::from(needs.saturating_sub(wave.done)) / (1.0 - failing).max(0.01)).min(hosts - f64::from(wave.through))
            });
            later(now, missing / pace * 60.0)
        }
        Pacing::PerMinute(pace) => later(at, needs / pace * 60.0),
        Pacing::Durations(seen, scatter) => {
            let share = slower(needs / hosts, seen.hosts, wave.hosts, scatter);
            let whole = needs >= hosts;
            let Some(began) = wave.began.filter(|_| wave.begun) else {
                let from = if wave.begun { now } else { at };
                return later(from, if whole { seen.all() } else { seen.until(share) });
            };
            // Of those still at work, the part that has to come, at the pace of their age.
            let age = now.duration_since(began).as_secs_f64();
            let left = hosts - f64::from(wave.through);
            let missing = wave
                .opens_at
                .map_or(left, |needs| (f64::from(needs.saturating_sub(wave.done)) / (1.0 - failing).max(0.01)).min(left));
            let by_now = seen.share(age);
            let share = by_now + slower(missing / left.max(1.0), seen.hosts, wave.hosts, scatter) * (1.0 - by_now);
            let until = if whole { seen.all().max(age) } else { seen.until(share) };
            later(began, until).max(now)
        }
    }
}

/// A share of a wave, moved by so many standard deviations of what a sample of these sizes scatters.
fn slower(share: f64, seen: u32, hosts: u32, scatter: f64) -> f64 {
    let of = 1.0 / f64::from(seen.max(1)) + 1.0 / f64::from(hosts.max(1));
    (share + scatter * (share * (1.0 - share).max(0.0) * of).sqrt()).min(1.0)
}
