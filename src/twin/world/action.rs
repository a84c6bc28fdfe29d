//! An action: one release for one target, and what became of it.
//!
//! Also what a device does with it (fetch, end, hear of a cancel). Starting and cancelling belong to `waves` and `assign`.

use super::fate::Fate;
use super::rollout::Audit;
use super::target::UpdateStatus;
use super::window::Window;
use super::{Event, Millis, World};

/// The statuses an action is really seen with, and one it is not: deleted rows stay in the table and out of every list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Scheduled,
    /// Told to the device, not fetched yet.
    Running,
    /// Fetched by the device.
    Retrieved,
    Canceling,
    Canceled,
    Finished,
    Error,
    Deleted,
}

impl Status {
    /// Every value a query may name.
    pub const NAMES: [&str; 12] = [
        "finished",
        "error",
        "warning",
        "running",
        "canceled",
        "canceling",
        "retrieved",
        "download",
        "scheduled",
        "cancel_rejected",
        "downloaded",
        "wait_for_confirmation",
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Retrieved => "retrieved",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
            Self::Finished => "finished",
            Self::Error => "error",
            Self::Deleted => "deleted",
        }
    }

    /// Whether the target is at work on it, in the server's sense: `scheduled` is not active.
    pub fn active(self) -> bool {
        matches!(self, Self::Running | Self::Retrieved | Self::Canceling)
    }
}

/// One target, one release.
pub struct Action {
    pub tenant: usize,
    pub target: usize,
    pub release: usize,
    pub group: Option<usize>,
    pub status: Status,
    pub soft: bool,
    /// Whether somebody asked for its end: `type` is `cancel` then.
    pub cancelled_at: Option<Millis>,
    /// The release was assigned already, so the device was never asked.
    pub skipped: bool,
    /// When its wave was started.
    pub told_at: Option<Millis>,
    pub fetched_at: Option<Millis>,
    /// What the device will do, settled when it fetches the job.
    pub fate: Option<Fate>,
    pub ended_at: Option<Millis>,
    /// What the device reported, as an index into the failures.
    pub failure: Option<usize>,
    pub code: Option<i32>,
    pub window: Option<Box<Window>>,
    pub audit: Audit,
}

impl Action {
    /// One that waits for its start, outside any wave.
    pub(super) fn scheduled(tenant: usize, target: usize, release: usize, audit: Audit) -> Self {
        Self {
            tenant,
            target,
            release,
            group: None,
            status: Status::Scheduled,
            soft: false,
            cancelled_at: None,
            skipped: false,
            told_at: None,
            fetched_at: None,
            fate: None,
            ended_at: None,
            failure: None,
            code: None,
            window: None,
            audit,
        }
    }

    /// When the device begins to install what it fetched at `fetched`: in the action's window, if it has one.
    pub(super) fn begins(&self, fetched: Millis) -> Millis {
        self.window.as_ref().map_or(fetched, |window| window.next_start_at.max(fetched))
    }
}

impl World {
    /// A device polls and gets its job, unless an earlier one is still open: one action at a time. The
    /// installation begins in the action's window, if it has one.
    pub(super) fn fetch(&mut self, action: usize) {
        if self.actions[action].status != Status::Running || self.actions[action].fetched_at.is_some() {
            return;
        }
        let target = self.actions[action].target;
        let earlier = self.targets[target].actions.iter().any(|other| *other < action && self.actions[*other].status.active());
        if earlier {
            if self.targets[target].silent_since.is_some() {
                return;
            }
            let again = self.next_contact(target);
            self.at(again, Event::Fetch(action));
            return;
        }
        let now = self.now;
        let fate = self.fate(action);
        self.actions[action].fate = Some(fate);
        self.actions[action].fetched_at = Some(now);
        self.set_status(action, Status::Retrieved);
        self.targets[target].busy_since = Some(now);
        let begins = self.actions[action].begins(now);
        let restarts = fate.restarts_after.map(|after| begins + after);
        if let Some(at) = restarts {
            self.targets[target].seen(at);
        }
        match fate.ends_after {
            Some(after) => self.at(begins + after, Event::End(action)),
            None => self.targets[target].silent_since = Some(restarts.unwrap_or(now)),
        }
    }

    /// A device reports that it is through. A device that was told to stop too late may still end by itself.
    pub(super) fn end(&mut self, action: usize) {
        let row = &self.actions[action];
        if !row.status.active() || row.fetched_at.is_none() {
            return;
        }
        let (target, release, now) = (row.target, row.release, self.now);
        let Fate { failure, silent, .. } = self.fate(action);
        let code = failure.and_then(|index| self.failures.code(index));
        let row = &mut self.actions[action];
        row.ended_at = Some(now);
        row.failure = failure;
        row.code = code;
        self.set_status(action, if failure.is_some() { Status::Error } else { Status::Finished });
        let newer = self.newer_active(action);
        let machine = &mut self.targets[target];
        machine.busy_since = None;
        machine.seen(now);
        if failure.is_none() {
            machine.installed = Some(release);
            machine.installed_at = Some(now);
            // A device that fell back tells nobody: the server believes what was reported.
            if !silent {
                machine.runs = Some(release);
            }
        }
        if newer {
            return;
        }
        if failure.is_some() {
            machine.assigned = None;
            machine.update_status = UpdateStatus::Error;
        } else {
            machine.assigned = Some(release);
            machine.update_status = UpdateStatus::InSync;
        }
    }

    /// A device polls and finds its job cancelled: it stops, refuses, or is too far in and ends as it would have.
    pub(super) fn hear_cancel(&mut self, action: usize) {
        if self.actions[action].status != Status::Canceling {
            return;
        }
        let fate = self.fate(action);
        let fetched = self.actions[action].fetched_at.is_some();
        if fetched && fate.ends_after.is_none() {
            return;
        }
        if fate.rejects_cancel {
            self.set_status(action, Status::Running);
            if !fetched {
                let again = self.next_contact(self.actions[action].target);
                self.at(again, Event::Fetch(action));
            }
            return;
        }
        if fetched && !fate.yields {
            return;
        }
        self.canceled(action);
    }

    /// Ends a cancelled action: the target falls back to what it has installed.
    pub(super) fn canceled(&mut self, action: usize) {
        let now = self.now;
        self.actions[action].ended_at = Some(now);
        self.set_status(action, Status::Canceled);
        let newer = self.newer_active(action);
        let machine = &mut self.targets[self.actions[action].target];
        machine.busy_since = None;
        if !newer {
            // In sync even if nothing was ever installed: the server's false green, kept on purpose.
            machine.assigned = machine.installed;
            machine.update_status = UpdateStatus::InSync;
        }
    }

    /// Asks for the end of an active action, softly: the device has to agree.
    pub(super) fn cancel_softly(&mut self, action: usize, by: &str) {
        let now = self.now;
        let row = &mut self.actions[action];
        if !row.status.active() || row.status == Status::Canceling {
            return;
        }
        row.cancelled_at = Some(now);
        row.audit.touch(now, by);
        let target = row.target;
        self.set_status(action, Status::Canceling);
        if self.targets[target].silent_since.is_none() {
            let when = self.next_contact(target);
            self.at(when, Event::HearCancel(action));
        }
    }

    fn newer_active(&self, action: usize) -> bool {
        let target = self.actions[action].target;
        self.targets[target].actions.iter().any(|other| *other > action && self.actions[*other].status.active())
    }
}
