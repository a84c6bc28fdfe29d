//! The rollout verbs: from which state each is allowed and what it changes inside the call.
//!
//! States and effects as in the server's own table; rights and HTTP are not known here.

use super::action::Status;
use super::counts::Bucket;
use super::rollout::{GroupStatus, RolloutStatus};
use super::{SYSTEM, World};

/// Why a verb was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The rollout's state does not allow it; the server's words.
    State(String),
    /// Validation, with the server's words.
    Constraint(String),
    /// A name that must be unique is taken.
    Exists,
    /// An action that cannot be cancelled.
    NotCancelable,
    /// An action that cannot be force quit.
    NotForceQuitable,
    /// The release was invalidated.
    ReleaseInvalid,
}

fn wrong_state(verb: &str, needs: &str, is: RolloutStatus) -> Refused {
    Refused::State(format!("Rollout can only be {verb} in state {needs} but current state is {}", is.word()))
}

impl World {
    /// Approves or denies. A start time in the past lets the next scheduler round start an approved rollout.
    pub fn decide(&mut self, rollout: usize, by: &str, remark: Option<String>, yes: bool) -> Result<(), Refused> {
        if remark.as_ref().is_some_and(|remark| remark.chars().count() > 255) {
            return Err(Refused::Constraint("Remark must not be longer than 255 characters".to_owned()));
        }
        let now = self.now;
        let row = &mut self.rollouts[rollout];
        if row.status != RolloutStatus::WaitingForApproval {
            return Err(Refused::State("Rollout can only be approved or denied while it waits for approval".to_owned()));
        }
        row.status = if yes { RolloutStatus::Ready } else { RolloutStatus::ApprovalDenied };
        row.decided_by = Some(by.to_owned());
        row.remark = remark.or_else(|| row.remark.take());
        row.audit.touch(now, by);
        self.want_round(now);
        Ok(())
    }

    pub fn start(&mut self, rollout: usize, by: &str) -> Result<(), Refused> {
        match self.rollouts[rollout].status {
            RolloutStatus::Ready => {
                self.begin_start(rollout, by);
                Ok(())
            }
            other => Err(wrong_state("started", "ready", other)),
        }
    }

    /// Started devices go on; only the next groups do not begin.
    pub fn pause(&mut self, rollout: usize, by: &str) -> Result<(), Refused> {
        let now = self.now;
        match self.rollouts[rollout].status {
            RolloutStatus::Running => {
                self.rollouts[rollout].status = RolloutStatus::Paused;
                self.rollouts[rollout].audit.touch(now, by);
                Ok(())
            }
            other => Err(wrong_state("paused", "running", other)),
        }
    }

    /// Runs on. Behind a group in error, or a gate that is met, the next group starts here and now.
    pub fn resume(&mut self, rollout: usize, by: &str) -> Result<(), Refused> {
        if self.rollouts[rollout].status != RolloutStatus::Paused {
            return Err(wrong_state("resumed", "paused", self.rollouts[rollout].status));
        }
        let starts = self.resume_starts(rollout).is_some();
        let now = self.now;
        self.rollouts[rollout].status = RolloutStatus::Running;
        self.rollouts[rollout].audit.touch(now, by);
        if starts {
            self.start_next(rollout, by);
        }
        self.want_round(now);
        Ok(())
    }

    /// The group a resume would start inside the call.
    pub fn resume_starts(&self, rollout: usize) -> Option<usize> {
        let last = self.last_started(rollout)?;
        let group = &self.groups[last];
        let gate_met = group.gate && self.gate_met(last);
        (group.status == GroupStatus::Error || gate_met).then(|| self.next_scheduled(rollout)).flatten()
    }

    fn gate_met(&self, group: usize) -> bool {
        let group = &self.groups[group];
        let finished = f64::from(group.counts.get(Bucket::Finished)) * 100.0;
        let needed = group.success.trim().parse::<f64>().unwrap_or(f64::INFINITY);
        group.status == GroupStatus::Finished || finished >= needed * f64::from(group.counts.total())
    }

    pub fn trigger_next(&mut self, rollout: usize, by: &str) -> Result<(), Refused> {
        if self.rollouts[rollout].status != RolloutStatus::Running {
            return Err(Refused::State("Rollout is not in running state".to_owned()));
        }
        match self.start_next(rollout, by) {
            Some(_) => Ok(()),
            None => Err(Refused::State("Rollout does not have any groups left to be triggered".to_owned())),
        }
    }

    /// Final. The scheduler takes the devices back; here only the state changes.
    pub fn stop(&mut self, rollout: usize, by: &str) -> Result<(), Refused> {
        let now = self.now;
        let row = &mut self.rollouts[rollout];
        match row.status {
            RolloutStatus::Finished
            | RolloutStatus::Stopping
            | RolloutStatus::Stopped
            | RolloutStatus::Deleting
            | RolloutStatus::Deleted => Err(Refused::State("Rollout can only be stopped before it is over".to_owned())),
            _ => {
                row.status = RolloutStatus::Stopping;
                row.started_by = by.into();
                row.audit.touch(now, by);
                self.want_round(now);
                Ok(())
            }
        }
    }

    /// Scheduled actions are deleted, active ones asked to end; groups say `finished` whatever their devices do.
    pub(super) fn finish_stop(&mut self, rollout: usize) {
        let by = self.rollouts[rollout].started_by.clone();
        let now = self.now;
        for group in self.rollouts[rollout].groups.clone() {
            for action in self.groups[group].actions.clone() {
                match self.actions[action].status {
                    Status::Scheduled => self.set_status(action, Status::Deleted),
                    _ => self.cancel_softly(action, &by),
                }
            }
            self.groups[group].status = GroupStatus::Finished;
            self.groups[group].audit.touch(now, SYSTEM);
        }
        self.rollouts[rollout].status = RolloutStatus::Stopped;
        self.rollouts[rollout].audit.touch(now, SYSTEM);
    }

    /// Takes a rollout away. What was started leaves a row that says `deleted` and its devices are cut off without being
    /// asked; what never was leaves nothing.
    pub fn delete_rollout(&mut self, rollout: usize, by: &str) -> Result<(), Refused> {
        let now = self.now;
        let row = &mut self.rollouts[rollout];
        if matches!(row.status, RolloutStatus::Deleting | RolloutStatus::Deleted) {
            return Err(Refused::State("Rollout is being deleted already".to_owned()));
        }
        row.status = RolloutStatus::Deleting;
        row.started_by = by.into();
        row.audit.touch(now, by);
        self.want_round(now);
        Ok(())
    }

    /// The scheduler's part of deleting.
    pub(super) fn finish_delete(&mut self, rollout: usize) {
        let by = self.rollouts[rollout].started_by.clone();
        let now = self.now;
        let mut started = false;
        for group in self.rollouts[rollout].groups.clone() {
            for action in self.groups[group].actions.clone() {
                started = true;
                match self.actions[action].status {
                    Status::Scheduled => self.set_status(action, Status::Deleted),
                    status if status.active() => {
                        self.cancel_softly(action, &by);
                        self.canceled(action);
                    }
                    _ => {}
                }
            }
        }
        let row = &mut self.rollouts[rollout];
        row.status = RolloutStatus::Deleted;
        row.erased = !started;
        row.audit.touch(now, SYSTEM);
    }
}
