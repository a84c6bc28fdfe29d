//! What is under way though its window is shut or nearly so, and what began outside every window.
//!
//! It works out an answer each time it is asked; it tells and changes nothing.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Judge, State};
use crate::domain::{Opening, Period, RolloutState, Text, WaveState, WindowState};
use crate::store::read::need_of;
use crate::store::{Entry, Store};

/// How far back the opening is looked for that work is still going on from.
const BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A rollout with hosts under way near the end of its window, or beyond it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    pub near: Near,
    pub at_work: u32,
    /// Hosts that have not begun, and begin by themselves.
    pub may_begin: u32,
    /// Hosts that have not begun, and wait for a person.
    pub held: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Near {
    /// The cutoff is some minutes away.
    Cutoff(Timestamp),
    /// Work may begin by an override only, and that ends in some minutes.
    Override(Timestamp),
    /// It has passed, the window is still open.
    PastCutoff { cutoff: Timestamp, closes: Timestamp },
    /// The window closed then, as far as an opening was found.
    Closed(Option<Timestamp>),
}

/// A wave with hosts at work, and who they are as far as that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Going<'a> {
    pub ordinal: u32,
    pub wave: &'a Text,
    pub at_work: u32,
    /// No more of them than are at work; read minutes ago at most.
    pub hosts: Vec<&'a Text>,
}

impl fmt::Display for Going<'_> {
    /// `wave 1 "canary" 20 (db-1, db-2, db-3 and 17 more)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wave {} \"{}\" {}", self.ordinal, self.wave, self.at_work)?;
        if self.hosts.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.hosts.iter().map(|name| name.as_str()).collect();
        let more = usize::try_from(self.at_work).unwrap_or(usize::MAX).saturating_sub(names.len());
        write!(f, " ({}", names.join(", "))?;
        if more > 0 {
            write!(f, " and {more} more")?;
        }
        f.write_str(")")
    }
}

/// A wave that began when nothing was allowed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    pub ordinal: u32,
    pub wave: Text,
    /// It had begun by then.
    pub by: Timestamp,
    /// How that moment stood: `closed`, `frozen`, `cutoff passed`.
    pub stood: &'static str,
}

impl Judge<'_> {
    /// What of a rollout is under way near the end of its window, or beyond it. None while it is well inside, and where no
    /// window is known.
    pub fn under_way(&self, entry: &Entry) -> Option<UnderWay> {
        let rollout = &entry.rollout.value;
        let counts = rollout.counts?;
        if counts.running == 0 && rollout.state != RolloutState::Running {
            return None;
        }
        let (may_begin, held) = by_themselves(entry);
        if counts.running.saturating_add(may_begin) == 0 {
            return None;
        }
        let alarms = self.calendars.rules().alarms;
        let near = if let Some(held) = self.override_of(&rollout.id) {
            Near::Override(held.period.to())
        } else {
            let verdict = self.window_of(entry, None);
            match verdict.state {
                WindowState::Open { cutoff, .. } => Near::Cutoff(cutoff),
                WindowState::CutoffPassed { closes, .. } => {
                    Near::PastCutoff { cutoff: verdict.limits().map_or(closes, |(cutoff, _)| cutoff), closes }
                }
                WindowState::NoWindow => return None,
                WindowState::Frozen { .. } | WindowState::Before { .. } | WindowState::Closed { .. } => {
                    Near::Closed(self.last_opening(entry).map(|opening| opening.period.to()))
                }
            }
        };
        let far = |at: Timestamp, minutes: u32| at.duration_since(self.now) > SignedDuration::from_mins(minutes.into());
        match near {
            Near::Cutoff(at) if far(at, alarms.cutoff) => return None,
            Near::Override(at) if far(at, alarms.end) => return None,
            _ => {}
        }
        Some(UnderWay { near, at_work: counts.running, may_begin, held })
    }

    fn last_opening(&self, entry: &Entry) -> Option<Opening> {
        let set = self.window_of(entry, None).set;
        let range = Period::new(self.now.checked_sub(BACK).ok()?, self.now)?;
        self.calendars.openings(&set, range).into_iter().rfind(|opening| opening.period.to() <= self.now)
    }

    /// Waves that were seen to begin outside every window, and without an override that held then.
    pub fn outside(&self, entry: &Entry) -> Vec<Outside> {
        let rollout = &entry.rollout.value;
        let mut found = Vec::new();
        for wave in entry.waves().iter().filter(|wave| wave.state.has_begun()) {
            let Some(began) = entry.courses.get(&wave.id).and_then(crate::store::Course::began) else { continue };
            // Anything between the two readings is taken in its favour.
            let stood = [began.after, began.by].map(|at| self.calendars.of_waves(&rollout.tenant, [wave], None, at).state);
            let lets = |state: &WindowState| matches!(state, WindowState::Open { .. } | WindowState::NoWindow);
            let held =
                self.overrides.iter().any(|held| held.permits(&rollout.id, began.after) || held.permits(&rollout.id, began.by));
            if held || stood.iter().any(lets) {
                continue;
            }
            let [_, stood] = stood;
            let stood = if matches!(stood, WindowState::Before { .. }) { "closed" } else { stood.word() };
            found.push(Outside { ordinal: wave.ordinal, wave: wave.name.clone(), by: began.by, stood });
        }
        found
    }
}

impl State {
    /// What of a rollout is under way near the end of its window, or beyond it.
    pub fn under_way(&self, entry: &Entry) -> Option<UnderWay> {
        self.judge().under_way(entry)
    }

    /// Waves that were seen to begin outside every window.
    pub fn outside(&self, entry: &Entry) -> Vec<Outside> {
        self.judge().outside(entry)
    }
}

/// Who goes on of a rollout, by waves in their order; of each wave at most so many are named.
pub fn still_going<'a>(store: &'a Store, entry: &'a Entry, named: usize) -> Vec<Going<'a>> {
    let mut waves: Vec<_> = entry.waves().iter().filter(|wave| wave.counts.running > 0).collect();
    waves.sort_by_key(|wave| (wave.level, wave.ordinal));
    let most = |at_work: u32| named.min(usize::try_from(at_work).unwrap_or(usize::MAX));
    waves
        .into_iter()
        .map(|wave| Going {
            ordinal: wave.ordinal,
            wave: &wave.name,
            at_work: wave.counts.running,
            hosts: store
                .lanes
                .wave(&wave.id)
                .map_or_else(Vec::new, |known| known.at_work().take(most(wave.counts.running)).collect()),
        })
        .collect()
}

/// Hosts that have not begun: those that begin by themselves, and those behind a person.
fn by_themselves(entry: &Entry) -> (u32, u32) {
    let rollout = &entry.rollout.value;
    let waiting = rollout.counts.map_or(0, |counts| counts.waiting);
    if rollout.state != RolloutState::Running || need_of(rollout).is_some() {
        return (0, waiting);
    }
    let mut held = 0_u32;
    let mut person = false;
    let mut waves: Vec<_> = entry.waves().iter().collect();
    waves.sort_by_key(|wave| (wave.level, wave.ordinal));
    for pair in waves.windows(2) {
        let met = matches!(pair[0].state, WaveState::NotBegun | WaveState::Preparing | WaveState::Running);
        person |= met && !pair[1].state.has_begun() && pair[0].gate.on_met != Some(crate::domain::OnMet::NextWave);
        if person && !pair[1].state.has_begun() {
            held = held.saturating_add(pair[1].counts.total);
        }
    }
    (waiting.saturating_sub(held), held.min(waiting))
}
