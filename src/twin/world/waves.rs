//! From members to actions: filling a started rollout, starting a wave, and what both do to other rollouts' actions.
//!
//! Does not decide when a wave starts; `scheduler` and `verbs` do.

use super::action::{Action, Status};
use super::rollout::{Audit, GroupStatus, RolloutStatus};
use super::target::UpdateStatus;
use super::{Event, SYSTEM, World};

impl World {
    /// Makes every action of a rollout at once, all `scheduled`. A scheduled action of another rollout for the same
    /// target is cancelled at once and without a word in its history.
    pub(super) fn make_actions(&mut self, rollout: usize) {
        let by = self.rollouts[rollout].started_by.clone();
        let (tenant, release) = (self.rollouts[rollout].tenant, self.rollouts[rollout].release);
        for group in self.rollouts[rollout].groups.clone() {
            for target in std::mem::take(&mut self.groups[group].members) {
                self.drop_scheduled(target);
                let action = self.add_action(Action {
                    group: Some(group),
                    ..Action::scheduled(tenant, target, release, Audit::new(self.now, &by))
                });
                self.groups[group].actions.push(action);
                self.count_new(action);
            }
            self.groups[group].status = GroupStatus::Scheduled;
            let now = self.now;
            self.groups[group].audit.touch(now, &by);
        }
    }

    /// Enters a new action into every table that lists it.
    pub(super) fn add_action(&mut self, action: Action) -> usize {
        let index = self.actions.len();
        self.targets[action.target].actions.push(index);
        self.tenants[action.tenant].actions.push(index);
        self.actions.push(action);
        index
    }

    fn drop_scheduled(&mut self, target: usize) {
        for other in self.targets[target].actions.clone() {
            if self.actions[other].status == Status::Scheduled {
                self.actions[other].ended_at = Some(self.now);
                self.set_status(other, Status::Canceled);
            }
        }
    }

    /// The next group that waits for its turn.
    pub fn next_scheduled(&self, rollout: usize) -> Option<usize> {
        let groups = &self.rollouts[rollout].groups;
        groups.iter().copied().find(|group| self.groups[*group].status == GroupStatus::Scheduled)
    }

    /// The group that was started last.
    pub(super) fn last_started(&self, rollout: usize) -> Option<usize> {
        let started = |group: &usize| {
            matches!(self.groups[*group].status, GroupStatus::Running | GroupStatus::Finished | GroupStatus::Error)
        };
        self.rollouts[rollout].groups.iter().copied().rfind(started)
    }

    /// Starts the next group, if one waits. Its `lastModifiedAt` does not move.
    pub(super) fn start_next(&mut self, rollout: usize, by: &str) -> Option<usize> {
        let group = self.next_scheduled(rollout)?;
        self.groups[group].status = GroupStatus::Running;
        for action in self.groups[group].actions.clone() {
            if self.actions[action].status == Status::Scheduled {
                self.tell(action, by);
            }
        }
        self.want_round(self.now);
        Some(group)
    }

    /// Makes an action the job of its target. The target's other active actions are cancelled softly; a release that is
    /// assigned already counts as done without asking the device.
    pub(super) fn tell(&mut self, action: usize, by: &str) {
        let now = self.now;
        let row = &mut self.actions[action];
        row.audit.touch(now, by);
        row.told_at = Some(now);
        let (target, release) = (row.target, row.release);
        if self.targets[target].assigned == Some(release) {
            self.actions[action].skipped = true;
            self.actions[action].ended_at = Some(now);
            self.set_status(action, Status::Finished);
            return;
        }
        for other in self.targets[target].actions.clone() {
            if other != action {
                self.cancel_softly(other, by);
            }
        }
        let machine = &mut self.targets[target];
        machine.assigned = Some(release);
        machine.update_status = UpdateStatus::Pending;
        machine.audit.touch(now, by);
        let answers = machine.silent_since.is_none();
        self.set_status(action, Status::Running);
        if answers {
            let when = self.next_contact(target);
            self.at(when, Event::Fetch(action));
        }
    }

    /// How long the server needs to fill or start this rollout.
    pub(super) fn fill_millis(&self, hosts: u32) -> i64 {
        (self.settings.fill_ms_per_host * f64::from(hosts)) as i64
    }

    /// Begins `starting`; the scheduler will make the actions.
    pub(super) fn begin_start(&mut self, rollout: usize, by: &str) {
        let hosts = self.rollouts[rollout].counts.total();
        let until = self.now + self.fill_millis(hosts);
        let now = self.now;
        let row = &mut self.rollouts[rollout];
        row.status = RolloutStatus::Starting;
        row.started_by = by.into();
        row.filled_at = until;
        row.audit.touch(now, by);
        self.want_round(until);
    }

    /// Ends `starting`: all actions exist, the first wave runs.
    pub(super) fn finish_start(&mut self, rollout: usize) {
        let by = self.rollouts[rollout].started_by.clone();
        let now = self.now;
        self.make_actions(rollout);
        self.rollouts[rollout].status = RolloutStatus::Running;
        self.rollouts[rollout].audit.touch(now, SYSTEM);
        if let Some(first) = self.start_next(rollout, &by) {
            self.groups[first].audit.touch(now, SYSTEM);
        }
    }
}
