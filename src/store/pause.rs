//! Who paused a rollout, from what its waves were seen to do. One reading cannot always tell: a wave over its limit may have
//! paused it now, or long ago, before somebody resumed it. It judges nothing but that.

use std::collections::BTreeMap;

use crate::domain::{Crossing, PausedBy, Wave, WaveId, WaveState};

/// Readings of a rollout that runs after which a crossed limit is not what paused it. One may have been asked before the
/// limit was crossed.
const RUNS: u8 = 2;

/// What was seen of waves over their limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crossings(BTreeMap<WaveId, Seen>);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    /// A later wave was at work already when it crossed its limit.
    late: bool,
    /// Times the rollout was seen to run since.
    runs: u8,
}

impl Crossings {
    /// Takes a reading of the waves, with the one before.
    pub fn waves(&mut self, before: Option<&[Wave]>, now: &[Wave]) {
        self.0.retain(|id, _| now.iter().any(|wave| wave.id == *id && wave.state == WaveState::OverLimit));
        for wave in now.iter().filter(|wave| wave.state == WaveState::OverLimit) {
            let followed = |waves: &[Wave]| waves.iter().any(|later| later.ordinal > wave.ordinal && later.state.has_begun());
            let old = before.and_then(|before| before.iter().find(|old| old.id == wave.id));
            let followed_before = before.is_some_and(followed);
            let known = self.0.contains_key(&wave.id);
            let seen = self.0.entry(wave.id.clone()).or_default();
            match old.map(|old| old.state) {
                Some(WaveState::OverLimit) if known && !followed_before && followed(now) => seen.runs = RUNS,
                Some(state) if !known && state != WaveState::OverLimit => seen.late = followed_before,
                _ => {}
            }
        }
    }

    /// The rollout was seen to run, later than its waves were read.
    pub fn runs(&mut self) {
        for seen in self.0.values_mut() {
            seen.runs = seen.runs.saturating_add(1);
        }
    }

    /// Who paused a rollout with these waves.
    pub fn paused_by(&self, waves: &[Wave]) -> PausedBy {
        PausedBy::judged(waves, |wave| match self.0.get(wave) {
            Some(seen) if seen.runs >= RUNS => Crossing::Outlived,
            Some(seen) if seen.late => Crossing::Late,
            _ => Crossing::Open,
        })
    }
}
