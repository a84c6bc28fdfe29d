//! How a wave went is kept for later nights, once it has come to an end and somebody saw it begin.

use crate::app::effect::Effect;
use crate::app::state::State;
use crate::domain::{RolloutId, Wave, WaveState};
use crate::memory::{Pace, Record};
use crate::store::Entry;

/// Fewer hosts than this tell nothing of a pace.
const ENOUGH: u32 = 3;

/// Takes what earlier sessions kept.
pub fn known(state: &mut State, paces: Vec<Pace>) {
    for pace in paces {
        take(state, pace);
    }
    state.dirty = true;
}

/// Keeps the waves of a rollout that have come to an end since they were read last.
pub fn keep(state: &mut State, rollout: &RolloutId, effects: &mut Vec<Effect>) {
    let Some(entry) = state.store.entry(rollout) else { return };
    let ended: Vec<Pace> = entry.waves().iter().filter_map(|wave| of(entry, wave)).collect();
    for pace in ended {
        if take(state, pace.clone()) {
            effects.push(Effect::Remember(Record::Pace(pace)));
        }
    }
}

/// False if it is known already.
fn take(state: &mut State, pace: Pace) -> bool {
    let known = state.paces.entry(pace.tenant.clone()).or_default();
    if known.iter().any(|old| old.rollout == pace.rollout && old.wave == pace.wave && old.hosts >= pace.hosts) {
        return false;
    }
    known.retain(|old| old.rollout != pace.rollout || old.wave != pace.wave);
    known.push(pace);
    known.sort_by_key(|pace| pace.ended);
    true
}

/// A wave that has ended, or of which nine of ten hosts have while a later one is at work: the others may never.
fn of(entry: &Entry, wave: &Wave) -> Option<Pace> {
    let (counts, rollout) = (&wave.counts, &entry.rollout.value);
    let through = counts.done.saturating_add(counts.failed);
    let followed = || entry.waves().iter().any(|later| later.ordinal > wave.ordinal && later.state.has_begun());
    let ended = counts.left() == 0 || matches!(wave.state, WaveState::Done | WaveState::OverLimit) && followed();
    let mostly = u64::from(through) * 10 >= u64::from(counts.total) * 9;
    if !ended || !mostly || through < ENOUGH {
        return None;
    }
    let course = entry.courses.get(&wave.id)?;
    let (began, lasted) = (course.start()?, course.lasted()?);
    let seconds = |seconds: f64| seconds.clamp(0.0, f64::from(u32::MAX)) as u32;
    Some(Pace {
        tenant: rollout.tenant.clone(),
        rollout: rollout.id.clone(),
        name: rollout.name.clone(),
        wave: wave.name.clone(),
        hosts: through,
        failed: counts.failed,
        seconds: u32::try_from(lasted.as_secs()).unwrap_or(0).max(1),
        tenths: course
            .cohort()
            .map(|cohort| crate::calendar::Durations::of(&[cohort]).tenths())
            .unwrap_or_default()
            .into_iter()
            .map(seconds)
            .collect(),
        ended: began.checked_add(lasted).unwrap_or(began),
    })
}
