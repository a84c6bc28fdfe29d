//! What to ask next, and when: pure but for the instant it is given.
//!
//! The board is asked on a beat; a rollout's waves only when its counters or state moved; hosts only while they are on the
//! screen. Trouble with the board means that the connection hurts; trouble with anything else hurts only that thing.

mod due;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use self::due::{BOARD, BOARD_RESTING, Due, HURRY, LONGEST, SHORTEST, rest, spread};
use crate::backend::port::{Facts, Interest, Observation, Scope, Trouble, Wanted};
use crate::domain::{Counts, Rollout, RolloutId, Text};
use jiff::Timestamp;

/// Requests under way at most for things on the screen.
const AT_ONCE: usize = 3;

/// What a list told of a rollout: if it differs, the waves have moved.
type Trace = (Text, Option<Counts>, Option<Timestamp>);

#[derive(Debug, Default, Clone)]
struct Item {
    asked: Option<Instant>,
    answered: Option<Instant>,
    /// Trace of the rollout at the time of asking.
    trace: Option<Trace>,
    troubles: u32,
    not_before: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Agenda {
    items: BTreeMap<Interest, Item>,
    under_way: BTreeSet<Interest>,
    traces: BTreeMap<RolloutId, Trace>,
    wanted: Wanted,
    /// Things that a `read now` still waits for.
    read_now: BTreeSet<Interest>,
    /// Those of them that were under way already when it was asked for: their answers are too old for it.
    too_early: BTreeSet<Interest>,
    /// Something that the `read now` waited for has failed.
    read_failed: bool,
    /// What the last complete list of live rollouts held.
    live: BTreeSet<RolloutId>,
    /// Something left that list: the list of ended ones tells what became of it.
    missing: bool,
    /// A number of the connection and this process, to spread beats and rests.
    offbeat: u8,
    /// The board is not asked more often than this, unless a verb was sent.
    beat: Duration,
    /// Something moved there since the board was asked.
    hinted: bool,
    troubles: u32,
    not_before: Option<Instant>,
}

/// How a `read now` came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadNow {
    /// Everything it waited for was answered.
    pub whole: bool,
}

impl Agenda {
    /// An agenda whose beats and rests are a little longer for a larger `offbeat`, so that connections and people do not ask
    /// one server all at once, above all when it comes back.
    pub fn spread_by(offbeat: u8) -> Self {
        Self { offbeat, ..Self::default() }
    }

    /// The shortest time between two reads of the board that the system should bear now.
    pub fn not_faster_than(&mut self, beat: Option<Duration>) {
        self.beat = beat.unwrap_or_default();
    }

    /// The system said that something moved: the board is asked sooner.
    pub fn hinted(&mut self) {
        self.hinted = true;
    }

    /// Takes what is wanted now.
    pub fn want(&mut self, wanted: &Wanted) {
        if wanted.read_now != self.wanted.read_now {
            self.read_now = [Interest::Board, Interest::Night].into_iter().chain(wanted.follow.iter().cloned()).collect();
            self.read_now.retain(|what| !matches!(what, Interest::Evidence(_)));
            self.not_before = None;
            self.read_failed = false;
            self.too_early = self.read_now.intersection(&self.under_way).cloned().collect();
            for what in &self.read_now {
                let item = self.items.entry(what.clone()).or_default();
                item.not_before = None;
                item.answered = None;
            }
        }
        if *wanted != self.wanted {
            self.wanted = wanted.clone();
            self.items.retain(|what, _| match what {
                Interest::Board | Interest::Night | Interest::Rollout(_) | Interest::Approvals | Interest::Windows => true,
                what => wanted.follow.contains(what) || wanted.later.contains(what),
            });
            self.read_now.retain(|what| matches!(what, Interest::Board | Interest::Night) || wanted.follow.contains(what));
        }
    }

    /// Whether the connection may be asked at all.
    pub fn may_ask(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }

    /// Until when the connection rests; now, or the past, if it does not.
    pub fn rests_until(&self) -> Instant {
        self.not_before.unwrap_or_else(Instant::now)
    }

    pub fn board_every(&self) -> Duration {
        if !self.wanted.hurry.is_empty() {
            HURRY
        } else if self.wanted.resting {
            BOARD_RESTING.max(self.beat)
        } else {
            BOARD.max(self.beat)
        }
    }

    /// The next thing that is due, which is then under way.
    pub fn next(&mut self, now: Instant) -> Option<Interest> {
        if !self.may_ask(now) {
            return None;
        }
        let what = self.candidates().into_iter().find(|what| self.has_room(what) && self.due(what).is_by(now))?;
        let trace = self.trace_of(&what);
        let item = self.items.entry(what.clone()).or_default();
        item.asked = Some(now);
        item.trace = trace;
        self.under_way.insert(what.clone());
        match what {
            Interest::Night => self.missing = false,
            Interest::Board => self.hinted = false,
            _ => {}
        }
        Some(what)
    }

    /// When to look again.
    pub fn wake(&self, now: Instant) -> Instant {
        let far = now + LONGEST;
        let rest = self.not_before.unwrap_or(now);
        let due = |what: Interest| match self.due(&what) {
            Due::Now => Some(now),
            Due::At(at) => Some(at),
            Due::Never => None,
        };
        let soonest = self.candidates().into_iter().filter(|what| self.has_room(what)).filter_map(due).min();
        soonest.unwrap_or(far).max(rest).max(now + SHORTEST).min(far)
    }

    /// Takes an answer. Says how a `read now` came out, if this was the last thing it waited for.
    pub fn answered(&mut self, what: &Interest, observation: &Observation, now: Instant) -> Option<ReadNow> {
        self.under_way.remove(what);
        if matches!(what, Interest::Board) {
            self.troubles = 0;
            self.not_before = None;
        }
        let too_early = self.too_early.remove(what);
        let item = self.items.entry(what.clone()).or_default();
        item.answered = (!too_early).then_some(now);
        item.troubles = 0;
        item.not_before = None;
        if let Facts::Rollouts { scope, rollouts, complete } = &observation.facts {
            self.listed(*scope, rollouts, *complete);
        }
        if too_early || !self.read_now.remove(what) {
            return None;
        }
        self.read_through()
    }

    /// Takes trouble with one thing: how long it rests, and how a `read now` came out if it is through.
    pub fn failed(&mut self, what: &Interest, trouble: &Trouble, now: Instant) -> (Duration, Option<ReadNow>) {
        self.under_way.remove(what);
        if matches!(what, Interest::Board) || trouble.is_refusal() && !matches!(trouble, Trouble::NotPermitted(_)) {
            return self.lost(trouble, now);
        }
        let too_early = self.too_early.remove(what);
        let through = if !too_early && self.read_now.remove(what) {
            self.read_failed = true;
            self.read_through()
        } else {
            None
        };
        let item = self.items.entry(what.clone()).or_default();
        item.troubles += 1;
        let rest = spread(self.offbeat, if trouble.may_pass() { rest(item.troubles, trouble) } else { LONGEST });
        item.not_before = (!too_early).then_some(now + rest);
        (rest, through)
    }

    /// The connection itself hurts: everything rests, and a `read now` is over. Returns for how long.
    pub fn lost(&mut self, trouble: &Trouble, now: Instant) -> (Duration, Option<ReadNow>) {
        self.troubles += 1;
        let rest = spread(self.offbeat, if trouble.may_pass() { rest(self.troubles, trouble) } else { LONGEST });
        self.not_before = Some(now + rest);
        self.too_early.clear();
        let waited = !std::mem::take(&mut self.read_now).is_empty();
        (rest, waited.then_some(ReadNow { whole: false }))
    }

    fn read_through(&self) -> Option<ReadNow> {
        self.read_now.is_empty().then_some(ReadNow { whole: !self.read_failed })
    }

    /// The connection answers again.
    pub fn reached(&mut self) {
        self.troubles = 0;
        self.not_before = None;
    }

    fn listed(&mut self, scope: Scope, rollouts: &[Rollout], complete: bool) {
        let listed: BTreeSet<&RolloutId> = rollouts.iter().map(|rollout| &rollout.id).collect();
        if scope == Scope::Live && complete {
            self.missing |= self.live.iter().any(|id| !listed.contains(id));
            self.live = rollouts.iter().filter(|rollout| rollout.is_moving()).map(|rollout| rollout.id.clone()).collect();
        }
        if scope == Scope::Ended {
            // What neither list has is no longer followed: a year of rollouts must not stay in memory.
            let (live, follow) = (&self.live, &self.wanted.follow);
            let kept =
                |id: &RolloutId| listed.contains(id) || live.contains(id) || follow.contains(&Interest::Rollout(id.clone()));
            self.traces.retain(|id, _| kept(id));
            self.items.retain(|what, _| !matches!(what, Interest::Rollout(id) if !kept(id)));
        }
        for rollout in rollouts {
            self.traces.insert(rollout.id.clone(), (rollout.native.clone(), rollout.counts, rollout.changed));
        }
    }

    fn candidates(&self) -> Vec<Interest> {
        let mut all = vec![Interest::Board];
        all.extend(self.wanted.follow.iter().filter(|what| !matches!(what, Interest::Board | Interest::Night)).cloned());
        all.extend(self.wanted.hurry.iter().cloned().map(Interest::Rollout));
        all.extend(self.traces.keys().cloned().map(Interest::Rollout).filter(|what| !self.wanted.follow.contains(what)));
        all.push(Interest::Night);
        all.extend(self.wanted.later.iter().filter(|what| !self.wanted.follow.contains(what)).cloned());
        all
    }

    fn has_room(&self, what: &Interest) -> bool {
        if self.under_way.contains(what) {
            return false;
        }
        let rollouts = |what: &&Interest| matches!(what, Interest::Rollout(_));
        match what {
            Interest::Board | Interest::Night => true,
            Interest::Rollout(_) => self.under_way.iter().filter(rollouts).count() < 2,
            // What is read in the background goes one by one and leaves room for what somebody looks at.
            what if !self.wanted.follow.contains(what) => self.under_way.iter().all(|what| rollouts(&what) || self.is_seen(what)),
            _ => self.under_way.iter().filter(|what| !rollouts(what)).count() < AT_ONCE,
        }
    }

    /// Somebody looks at it, or it is the board.
    fn is_seen(&self, what: &Interest) -> bool {
        matches!(what, Interest::Board | Interest::Night) || self.wanted.follow.contains(what)
    }

    fn trace_of(&self, what: &Interest) -> Option<Trace> {
        let id = match what {
            Interest::Rollout(id) | Interest::Failures(id, _) => id,
            Interest::Hosts(wave, _) | Interest::WaveFailures(wave, _) => &wave.rollout,
            _ => return None,
        };
        self.traces.get(id).cloned()
    }
}

#[cfg(test)]
mod tests;
