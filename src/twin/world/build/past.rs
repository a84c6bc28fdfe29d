//! The months before: rollouts that were over long ago, written down without living through them.
//!
//! They are why hosts have something installed, and where the release before is found.

use rand::Rng;
use rand::rngs::SmallRng;

use super::{ADMIN, DAY, filter};
use crate::twin::scenario;
use crate::twin::world::action::{Action, Status};
use crate::twin::world::making::{NewGroup, NewRollout};
use crate::twin::world::rollout::{Audit, GroupStatus, RolloutStatus};
use crate::twin::world::target::UpdateStatus;
use crate::twin::world::{Millis, SYSTEM, World};

impl World {
    /// A finished rollout of an earlier month, written down without living through it.
    pub(super) fn add_past(
        &mut self,
        tenant: usize,
        past: &scenario::Past,
        opens: Millis,
        random: &mut SmallRng,
    ) -> Result<(), String> {
        let release = self.release_named(tenant, &past.release);
        let members = self.members_of(tenant, &past.fleets);
        let filter = filter(&past.fleets);
        let until = self.now;
        self.now = opens - i64::from(past.days_ago) * DAY;
        let started = self.now + 60_000;
        let group = NewGroup::lone(self.tenants[tenant].again, members.clone());
        let new = NewRollout {
            tenant,
            name: past.name.clone(),
            description: None,
            filter,
            release,
            start_at: None,
            exempt: true,
            groups: vec![group],
        };
        let rollout = self.create(new, ADMIN).map_err(|refused| format!("rollout {}: {refused:?}", past.name))?;
        let group = self.rollouts[rollout].groups[0];
        self.groups[group].members.clear();
        self.rollouts[rollout].filled_at = started;
        for target in members {
            let fetched = started + random.random_range(0..self.poll_millis());
            let ended = fetched + random.random_range(60_000..900_000);
            let mut audit = Audit::new(started, ADMIN);
            audit.touch(started, ADMIN);
            let action = self.add_action(Action {
                group: Some(group),
                status: Status::Finished,
                told_at: Some(started),
                fetched_at: Some(fetched),
                ended_at: Some(ended),
                ..Action::scheduled(tenant, target, release, audit)
            });
            self.groups[group].actions.push(action);
            self.count_new(action);
            let machine = &mut self.targets[target];
            machine.installed = Some(release);
            machine.runs = Some(release);
            machine.assigned = Some(release);
            machine.installed_at = Some(ended);
            machine.update_status = UpdateStatus::InSync;
            machine.audit.touch(started, ADMIN);
        }
        self.groups[group].status = GroupStatus::Finished;
        self.groups[group].audit.touch(started + 1_500_000, SYSTEM);
        self.rollouts[rollout].status = RolloutStatus::Finished;
        self.rollouts[rollout].audit.touch(started + 1_500_000, SYSTEM);
        self.now = until;
        Ok(())
    }
}
