//! How rollouts come to be: made by a person, made from another one's failures, renamed; and releases that are blocked.
//!
//! What happens to a rollout afterwards is in `scheduler` and `verbs`.

use super::action::Status;
use super::counts::{Counts, Shown};
use super::rollout::{Audit, Group, GroupStatus, Rollout, RolloutStatus};
use super::verbs::Refused;
use super::{Millis, World};

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

impl NewGroup {
    /// The one group of a rollout that is made of hosts and not of a filter.
    pub(super) fn lone(behaviour: usize, members: Vec<usize>) -> Self {
        Self {
            name: "group-1".to_owned(),
            description: "group-1".to_owned(),
            filter: String::new(),
            share: 100.0,
            success: "50".to_owned(),
            error: "50".to_owned(),
            gate: false,
            behaviour,
            members,
        }
    }
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

impl World {
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
        let group = NewGroup::lone(self.tenants[source.tenant].again, members);
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
            erased: false,
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
        let taken = |other: &&usize| {
            let row = &self.rollouts[**other];
            Some(**other) != except && row.name == name && !row.erased
        };
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
