//! Verbs on single targets: assigning a release, cancelling an action, force quit.
//!
//! An assigned action belongs to no rollout, so no counter knows of it.

use super::action::{Action, Status};
use super::rollout::Audit;
use super::verbs::Refused;
use super::window::Window;
use super::{Event, World};

/// One element of an assignment.
pub struct Wanted {
    pub controller_id: String,
    pub soft: bool,
    pub window: Option<Window>,
}

/// What an assignment did. Ids nobody knows are in neither number.
#[derive(Debug, Default)]
pub struct Assigned {
    pub actions: Vec<usize>,
    pub already: u32,
}

impl World {
    /// Assigns a release to targets. Where it is assigned already nothing happens, so a repeat does no harm.
    pub fn assign(&mut self, tenant: usize, release: usize, wanted: Vec<Wanted>, by: &str) -> Result<Assigned, Refused> {
        if !self.releases[release].valid {
            return Err(Refused::ReleaseInvalid);
        }
        let mut done = Assigned::default();
        for one in wanted {
            let Some(target) = self.target_named(tenant, &one.controller_id) else {
                continue;
            };
            if self.targets[target].assigned == Some(release) {
                done.already += 1;
                continue;
            }
            let action = self.add_action(Action {
                soft: one.soft,
                window: one.window.map(Box::new),
                ..Action::scheduled(tenant, target, release, Audit::new(self.now, by))
            });
            self.tell(action, by);
            done.actions.push(action);
        }
        self.releases[release].locked = true;
        Ok(done)
    }

    /// Asks the device to give up; it has to agree.
    pub fn cancel(&mut self, action: usize, by: &str) -> Result<(), Refused> {
        let status = self.actions[action].status;
        if !status.active() || status == Status::Canceling {
            return Err(Refused::NotCancelable);
        }
        self.cancel_softly(action, by);
        Ok(())
    }

    /// Ends a cancelled action without the device.
    pub fn force_quit(&mut self, action: usize, by: &str) -> Result<(), Refused> {
        if self.actions[action].status != Status::Canceling {
            return Err(Refused::NotForceQuitable);
        }
        let now = self.now;
        self.actions[action].audit.touch(now, by);
        self.canceled(action);
        Ok(())
    }

    /// Makes a soft action a forced one.
    pub fn force(&mut self, action: usize, by: &str) {
        let now = self.now;
        self.actions[action].soft = false;
        self.actions[action].audit.touch(now, by);
        if self.actions[action].status == Status::Running {
            let target = self.actions[action].target;
            if self.targets[target].silent_since.is_none() {
                let when = self.next_contact(target);
                self.at(when, Event::Fetch(action));
            }
        }
    }
}
