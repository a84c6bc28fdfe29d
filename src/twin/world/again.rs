//! What a device remembers: of an earlier try that failed, and of a newer version it is to leave.
//!
//! A lock is released after a while, a full disk is cleaned at a given time, some things never mend; and not every device goes
//! back. Draws nothing by itself: the luck is in `fate`.

use super::action::Status;
use super::fate::{self, Fate};
use super::{Millis, World};
use crate::twin::scenario::Again;

/// How long a try lasts that meets what a hanging one would have met.
const SOON: Millis = 60_000;

impl World {
    /// What this action's device does: settled once it has fetched the job, and before that as it would be now.
    pub(super) fn fate(&self, action: usize) -> Fate {
        if let Some(settled) = self.actions[action].fate {
            return settled;
        }
        let mut fate = fate::draw(self.seed, action, &self.behaviours[self.behaviour(action)], &self.failures);
        if let Some(failure) = self.still_broken(action) {
            fate.failure = Some(failure);
            fate.ends_after = Some(fate.restarts_after.or(fate.ends_after).unwrap_or(SOON));
            fate.restarts_after = None;
            fate.silent = false;
        }
        fate
    }

    /// Whoever runs a version that is hard to leave behaves as that says; else it is the wave's, or the tenant's for what is sent
    /// outside the scenario's rollouts.
    fn behaviour(&self, action: usize) -> usize {
        let row = &self.actions[action];
        let usual = row.group.map_or(self.tenants[row.tenant].again, |group| self.groups[group].behaviour);
        let (Some(runs), told) = (self.targets[row.target].runs, row.release) else {
            return usual;
        };
        // Releases of one name stand in the order of their versions.
        let earlier = told < runs && self.releases[told].name == self.releases[runs].name;
        self.releases[runs].going_back.filter(|_| earlier).unwrap_or(usual)
    }

    /// The failure a try of the same release meets again because what caused the last one is not mended.
    fn still_broken(&self, action: usize) -> Option<usize> {
        let row = &self.actions[action];
        let tries = self.targets[row.target].actions.iter().rev().map(|other| (*other, &self.actions[*other]));
        let earlier = tries.filter(|(other, try_)| *other < action && try_.release == row.release);
        let ended = earlier.filter(|(_, try_)| matches!(try_.status, Status::Error | Status::Finished));
        let mut streak = ended.map(|(_, try_)| (try_.failure, try_.ended_at.unwrap_or_default())).peekable();
        let failure = streak.peek()?.0?;
        let first = streak.take_while(|(other, _)| *other == Some(failure)).map(|(_, at)| at).last()?;
        let mended = match self.failures.again(failure) {
            Again::Anew => true,
            Again::Never => false,
            Again::After(while_) => self.now >= first.saturating_add(while_.as_millis() as Millis),
            Again::Fix(name) => self.fixes.get(name).is_some_and(|at| self.now >= *at),
        };
        (!mended).then_some(failure)
    }
}
