//! What the Windows screen asks about one set of hosts: what of it is under way, and where on the line of time that lies.
//!
//! It works out an answer each time it is asked, for the rows that are seen.

use jiff::{SignedDuration, Timestamp};

use super::{State, Theirs};
use crate::domain::{HostSet, Override, Period, RolloutId, WaveState, WindowState};
use crate::store::read::urgency;
use crate::store::{Course, Entry};

/// A stretch of work on the line of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub period: Period,
    /// It lies before now; what comes after is the forecast's.
    pub passed: bool,
    /// A window or an override lets work go on there, or no window is known.
    pub allowed: bool,
}

impl State {
    /// Rollouts of a set that move or wait, the most urgent first.
    pub fn live(&self, set: &HostSet) -> Vec<&Entry> {
        let of = |entry: &&Entry| {
            let rollout = &entry.rollout.value;
            rollout.tenant == set.tenant
                && rollout.is_moving()
                && (set.group.is_none() || self.window_of(entry, None).set == *set)
        };
        let mut live: Vec<&Entry> = self.store.rollouts.values().filter(of).collect();
        live.sort_by_key(|entry| urgency(&entry.rollout.value));
        live
    }

    /// What backends say of a set's hosts, what differs from ours first.
    pub fn theirs_of<'a>(&'a self, set: &'a HostSet) -> impl Iterator<Item = &'a Theirs> {
        self.theirs.iter().filter(|one| one.set == *set)
    }

    /// Where a backend says otherwise of a rollout's own hosts.
    pub fn conflict_of(&self, rollout: &RolloutId) -> Option<&Theirs> {
        self.theirs.iter().find(|one| one.conflict.is_some() && one.rollout.as_ref() == Some(rollout))
    }

    /// Overrides of a set's tenant, past ones too.
    pub fn overrides_of<'a>(&'a self, set: &'a HostSet) -> impl Iterator<Item = &'a Override> {
        self.overrides.iter().filter(|held| held.tenant == set.tenant)
    }

    /// Where on the line of time the waves of these rollouts lie: from when they were seen to begin up to now, and on to the
    /// end that is expected of them.
    pub fn stretches(&self, set: &HostSet, live: &[&Entry]) -> Vec<Stretch> {
        let mut found = Vec::new();
        for entry in live {
            let Some((began, till)) = self.at_work(entry) else { continue };
            let now = self.now.civil;
            for (part, passed) in [(Period::new(began, now), true), (Period::new(now, till), false)] {
                let Some(part) = part else { continue };
                found.push(Stretch { period: part, passed, allowed: self.lets_all(set) });
                let held = self.overrides.iter().filter(|held| held.rollout == entry.rollout.value.id).map(|held| held.period);
                let open = self.calendars.openings(set, part).into_iter().map(|opening| opening.period);
                let inside = open.chain(held).filter_map(|period| period.common(part));
                found.extend(inside.map(|period| Stretch { period, passed, allowed: true }));
            }
        }
        found
    }

    /// When the waves at work began, as far as it was seen, and when the last host is expected to be through.
    fn at_work(&self, entry: &Entry) -> Option<(Timestamp, Timestamp)> {
        let now = self.now.civil;
        let rollout = &entry.rollout.value;
        if rollout.at_work() == 0 && !entry.waves().iter().any(|wave| wave.state == WaveState::Running) {
            return None;
        }
        let course = |wave| entry.courses.get(wave).and_then(Course::began).map(|began| began.by);
        let waves = entry.waves().iter().filter(|wave| wave.state == WaveState::Running || wave.counts.running > 0);
        let began = waves.filter_map(|wave| wave.began.or_else(|| course(&wave.id))).min().unwrap_or(now);
        let end = self.fit(entry).and_then(|fit| fit.forecast().map(|forecast| forecast.end));
        let least = now.checked_add(SignedDuration::from_mins(1)).unwrap_or(now);
        Some((began.min(now), end.unwrap_or(least).max(least)))
    }

    /// Without a window nothing says that work lies outside of one.
    fn lets_all(&self, set: &HostSet) -> bool {
        self.calendars.at(set, None, self.now.civil).state == WindowState::NoWindow
    }
}
