//! Rollouts and their deploy groups as rows: states, thresholds, membership.
//!
//! Holds no rules; those are in `scheduler`, `waves` and `verbs`.

use std::sync::Arc;

use super::Millis;
use super::counts::{Counts, Shown};

/// The server's states of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutStatus {
    Creating,
    WaitingForApproval,
    ApprovalDenied,
    Ready,
    Starting,
    Running,
    Paused,
    Stopping,
    Stopped,
    Finished,
    Deleting,
    Deleted,
}

impl RolloutStatus {
    /// All of them: the values a query may name.
    pub const NAMES: [&str; 13] = [
        "creating",
        "waiting_for_approval",
        "approval_denied",
        "ready",
        "starting",
        "running",
        "paused",
        "stopping",
        "stopped",
        "finished",
        "deleted",
        "deleting",
        "error_creating",
    ];

    /// The word in JSON, in messages and in queries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::WaitingForApproval => "waiting_for_approval",
            Self::ApprovalDenied => "approval_denied",
            Self::Ready => "ready",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }
}

/// The server's states of a deploy group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupStatus {
    Creating,
    Ready,
    Scheduled,
    Running,
    Finished,
    Error,
}

impl GroupStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Ready => "ready",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Error => "error",
        }
    }
}

/// Who made a row and who touched it last, in the server's sense: device feedback does not count.
#[derive(Debug, Clone)]
pub struct Audit {
    pub created_at: Millis,
    pub created_by: Arc<str>,
    pub modified_at: Millis,
    pub modified_by: Arc<str>,
}

impl Audit {
    pub fn new(at: Millis, by: &str) -> Self {
        let by: Arc<str> = by.into();
        Self { created_at: at, created_by: by.clone(), modified_at: at, modified_by: by }
    }

    pub fn touch(&mut self, at: Millis, by: &str) {
        self.modified_at = at;
        if *self.modified_by != *by {
            self.modified_by = by.into();
        }
    }
}

/// One rollout.
pub struct Rollout {
    pub tenant: usize,
    pub name: String,
    pub description: Option<String>,
    pub filter: String,
    pub release: usize,
    pub status: RolloutStatus,
    pub groups: Vec<usize>,
    pub counts: Counts,
    pub shown: Shown,
    pub start_at: Option<Millis>,
    pub decided_by: Option<String>,
    pub remark: Option<String>,
    /// When `creating` or `starting` is over.
    pub filled_at: Millis,
    /// Made by somebody whose rollouts need no approval.
    pub exempt: bool,
    /// Deleted before anything was started: nobody finds it any more.
    pub erased: bool,
    /// Who pressed start: the server writes this name on the rows it makes then.
    pub started_by: Arc<str>,
    pub audit: Audit,
}

/// One deploy group of a rollout.
pub struct Group {
    pub rollout: usize,
    pub name: String,
    pub description: String,
    pub filter: String,
    pub share: f64,
    pub status: GroupStatus,
    /// Thresholds are texts: the server takes anything, and what is no number never trips.
    pub success: String,
    pub error: String,
    /// Whether the rollout pauses after this group succeeded.
    pub gate: bool,
    pub behaviour: usize,
    /// The members until the rollout starts, after that they are the targets of the actions.
    pub members: Vec<usize>,
    pub actions: Vec<usize>,
    pub counts: Counts,
    pub shown: Shown,
    pub audit: Audit,
}
