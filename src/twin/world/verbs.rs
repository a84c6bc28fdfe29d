//! The rollout verbs: from which state each is allowed and what it changes inside the call.
//!
//! States and effects as in the server's own table; rights and HTTP are not known here.

use super::action::Status;
use super::counts::{Bucket, Counts, Shown};
use super::rollout::{Audit, Group, GroupStatus, Rollout, RolloutStatus};
use super::{Millis, SYSTEM, World};

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

/// Groups a verb-made rollout is to have.
pub struct NewGroup {
    pub name: String,
    pub description: String,
    pub filter: String,
    pub share: f64,
    pub success: String,
    pub error: String,
    pub gate: bool,
    pub behaviour: usize,
    pub members: Vec<usize>,
}

/// A rollout to be made.
pub struct NewRollout {
    pub tenant: usize,
    pub name: String,
    pub description: Option<String>,
    pub filter: String,
    pub release: usize,
    pub start_at: Option<Millis>,
    /// Made by somebody with the literal right to approve: no approval is asked for.
    pub exempt: bool,
    pub groups: Vec<NewGroup>,
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
            RolloutStatus::Finished | RolloutStatus::Stopping | RolloutStatus::Stopped | RolloutStatus::Deleted => {
                Err(Refused::State("Rollout can only be stopped before it is over".to_owned()))
            }
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

    /// A new rollout over the targets whose action is in error now, with the server's own thresholds.
    pub fn retry(&mut self, rollout: usize, by: &str, exempt: bool) -> Result<usize, Refused> {
        let source = &self.rollouts[rollout];
        if source.status != RolloutStatus::Finished {
            return Err(Refused::Constraint("Rollout must be finished to be retried".to_owned()));
        }
        let mut members: Vec<usize> = Vec::new();
        for group in &source.groups {
            let failed = |action: &&usize| self.actions[**action].status == Status::Error;
            members.extend(self.groups[*group].actions.iter().filter(failed).map(|action| self.actions[*action].target));
        }
        if members.is_empty() {
            return Err(Refused::Constraint("No failed targets in Rollout".to_owned()));
        }
        let filter = format!("failedrollout=={}", rollout + 1);
        let group = NewGroup {
            name: "group-1".to_owned(),
            description: "group-1".to_owned(),
            filter: String::new(),
            share: 100.0,
            success: "50".to_owned(),
            error: "50".to_owned(),
            gate: false,
            behaviour: self.tenants[source.tenant].again,
            members,
        };
        let new = NewRollout {
            tenant: source.tenant,
            name: format!("{}_retry", source.name),
            description: source.description.clone(),
            filter,
            release: source.release,
            start_at: source.start_at,
            exempt,
            groups: vec![group],
        };
        self.create(new, by)
    }

    /// Makes a rollout in `creating`. Its release is locked from now on.
    pub fn create(&mut self, new: NewRollout, by: &str) -> Result<usize, Refused> {
        self.name_is_free(new.tenant, &new.name, None)?;
        if !self.releases[new.release].valid {
            return Err(Refused::ReleaseInvalid);
        }
        let total: u32 = new.groups.iter().map(|group| group.members.len() as u32).sum();
        let rollout = self.rollouts.len();
        let now = self.now;
        let mut groups = Vec::new();
        for group in new.groups {
            groups.push(self.groups.len());
            let counts = Counts::not_started(group.members.len() as u32);
            self.groups.push(Group {
                rollout,
                name: group.name,
                description: group.description,
                filter: group.filter,
                share: group.share,
                status: GroupStatus::Creating,
                success: group.success,
                error: group.error,
                gate: group.gate,
                behaviour: group.behaviour,
                members: group.members,
                actions: Vec::new(),
                counts,
                shown: Shown { counts, at: now },
                audit: Audit::new(now, by),
            });
        }
        let filled_at = now + self.fill_millis(total);
        self.releases[new.release].locked = true;
        let counts = Counts::not_started(total);
        self.rollouts.push(Rollout {
            tenant: new.tenant,
            name: new.name,
            description: new.description,
            filter: new.filter,
            release: new.release,
            status: RolloutStatus::Creating,
            groups,
            counts,
            shown: Shown { counts, at: now },
            start_at: new.start_at,
            decided_by: None,
            remark: None,
            filled_at,
            exempt: new.exempt,
            started_by: by.into(),
            audit: Audit::new(now, by),
        });
        self.steps.push(Vec::new());
        self.tenants[new.tenant].rollouts.push(rollout);
        self.want_round(filled_at);
        Ok(rollout)
    }

    pub fn rename(&mut self, rollout: usize, name: Option<String>, description: Option<String>, by: &str) -> Result<(), Refused> {
        if let Some(name) = &name {
            self.name_is_free(self.rollouts[rollout].tenant, name, Some(rollout))?;
        }
        let now = self.now;
        let row = &mut self.rollouts[rollout];
        row.name = name.unwrap_or_else(|| std::mem::take(&mut row.name));
        row.description = description.or_else(|| row.description.take());
        row.audit.touch(now, by);
        Ok(())
    }

    fn name_is_free(&self, tenant: usize, name: &str, except: Option<usize>) -> Result<(), Refused> {
        let taken = |other: &&usize| Some(**other) != except && self.rollouts[**other].name == name;
        if self.tenants[tenant].rollouts.iter().find(taken).is_some() { Err(Refused::Exists) } else { Ok(()) }
    }

    /// Blocks a release for ever; softly also stops its rollouts.
    pub fn invalidate(&mut self, release: usize, stop: bool, by: &str) {
        let now = self.now;
        self.releases[release].valid = false;
        self.releases[release].audit.touch(now, by);
        if !stop {
            return;
        }
        for rollout in self.tenants[self.releases[release].tenant].rollouts.clone() {
            if self.rollouts[rollout].release == release && self.stop(rollout, by).is_err() {
                tracing::debug!(rollout, "nothing left to stop");
            }
        }
    }
}
