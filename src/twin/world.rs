//! The simulated fleet and its server-side bookkeeping: tables, a queue of events, one clock.
//!
//! The world moves only when it is told which time it is ([`World::advance`]); between two calls nothing happens, so the
//! same seed and the same verbs at the same times give the same night. It knows states and counts, but no HTTP and no
//! JSON. Rows refer to each other by index; the server's ids are index + 1.

pub mod action;
pub mod again;
pub mod assign;
pub mod build;
pub mod counts;
pub mod fate;
pub mod history;
pub mod making;
pub mod release;
pub mod rollout;
pub mod scheduler;
pub mod target;
pub mod verbs;
pub mod waves;
pub mod window;
pub mod words;

use std::collections::HashMap;

use action::Action;
use fate::Failures;
use release::Release;
use rollout::{Group, Rollout};
use target::Target;

use super::due::Due;
use super::scenario::{Behaviour, Server, Step};

/// Simulated time: milliseconds since 1970, UTC.
pub type Millis = i64;

/// Whose login it is that the server writes down for things it does by itself.
pub const SYSTEM: &str = "system";

/// One tenant of the server.
pub struct Tenant {
    /// Whether new rollouts wait for an approval.
    pub approval: bool,
    /// When the approval switch was set, and by whom.
    pub approval_set: (Millis, String),
    /// Behaviour of devices outside the scenario's rollouts.
    pub again: usize,
    /// The tenant's targets, in the order of their controllerIds.
    pub targets: Vec<usize>,
    pub rollouts: Vec<usize>,
    pub releases: Vec<usize>,
    pub actions: Vec<usize>,
}

/// What will happen, and to which row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A round of the rollout scheduler.
    Round,
    /// A device asks and finds its job.
    Fetch(usize),
    /// A device is through, one way or the other.
    End(usize),
    /// A device finds that its job was cancelled.
    HearCancel(usize),
    /// A host that was away answers again.
    Back(usize),
    /// A scripted verb: rollout, number of the step.
    Step(usize, usize),
}

/// Everything there is, at one instant.
pub struct World {
    pub now: Millis,
    pub seed: u64,
    pub settings: Server,
    pub tenants: Vec<Tenant>,
    pub releases: Vec<Release>,
    pub targets: Vec<Target>,
    pub rollouts: Vec<Rollout>,
    pub groups: Vec<Group>,
    pub actions: Vec<Action>,
    pub behaviours: Vec<Behaviour>,
    pub failures: Failures,
    /// Rows by tenant and controllerId in lower case: queries ignore case, paths do not.
    by_controller_id: HashMap<(usize, String), Vec<usize>>,
    /// When what was broken is mended, by the name failures know it by.
    fixes: HashMap<String, Millis>,
    steps: Vec<Vec<Step>>,
    due: Due<Event>,
    round_at: Option<Millis>,
}

impl World {
    /// Lets everything happen that is due up to and at `until`. Going back in time does nothing.
    pub fn advance(&mut self, until: Millis) {
        while let Some((at, event)) = self.due.take(until) {
            self.now = self.now.max(at);
            match event {
                // A round that was asked for earlier than an already queued one leaves that one stale.
                Event::Round if self.round_at == Some(at) => self.round(),
                Event::Round => {}
                Event::Fetch(action) => self.fetch(action),
                Event::End(action) => self.end(action),
                Event::HearCancel(action) => self.hear_cancel(action),
                Event::Back(target) => self.come_back(target),
                Event::Step(rollout, step) => self.scripted(rollout, step),
            }
        }
        self.now = self.now.max(until);
    }

    /// The row of a target by its controllerId; exact, as the server looks it up.
    pub fn target_named(&self, tenant: usize, controller_id: &str) -> Option<usize> {
        let alike = self.targets_alike(tenant, &controller_id.to_lowercase());
        alike.iter().copied().find(|target| self.targets[*target].controller_id == controller_id)
    }

    /// The rows whose controllerId is this one when case does not count, as queries see them.
    pub fn targets_alike(&self, tenant: usize, lower: &str) -> &[usize] {
        self.by_controller_id.get(&(tenant, lower.to_owned())).map_or(&[], Vec::as_slice)
    }

    fn at(&mut self, when: Millis, event: Event) {
        self.due.add(when, event);
    }

    /// Asks for a scheduler round at the first beat at or after `when`. Rounds nobody asked for would find nothing to
    /// do, so they are left out; those that are held lie on the scheduler's beat.
    fn want_round(&mut self, when: Millis) {
        let beat = i64::from(self.settings.scheduler_s) * 1000;
        let next = (when.max(self.now).div_euclid(beat) + 1) * beat;
        if self.round_at.is_none_or(|at| at > next) {
            self.round_at = Some(next);
            self.at(next, Event::Round);
        }
    }
}
