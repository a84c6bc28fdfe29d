//! One managed device, its part in a wave, and its story.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Evidence, HostId, Release, Text, WaveId};

/// The state of one host's attempt in a wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HostState {
    Failed,
    /// Asked to stop, and has not answered.
    Cancelling,
    /// Fetched the job and is at work.
    AtWork,
    /// Told to begin, and has not fetched the job yet.
    NotFetched,
    Waiting,
    NeedsConfirmation,
    Cancelled,
    Skipped,
    Done,
    Unknown,
}

impl HostState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Cancelling => "cancelling",
            Self::AtWork => "at work",
            Self::NotFetched => "no contact yet",
            Self::Waiting => "waiting",
            Self::NeedsConfirmation => "asks on site",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Done => "done",
            Self::Unknown => "cannot tell",
        }
    }
}

/// One try on one host, addressed the way its evidence is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AttemptId {
    pub host: HostId,
    /// The backend's own id of the attempt.
    pub native: Text,
}

/// One line of a wave's host list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRow {
    pub id: HostId,
    /// The display name; the id is another thing.
    pub name: Text,
    pub wave: Option<WaveId>,
    pub state: HostState,
    pub attempt: Option<AttemptId>,
    /// The exit or status code of the last report.
    pub code: Option<i64>,
    /// The newest message that tells why, once read.
    pub message: Option<Text>,
    /// When the host last spoke to the backend.
    pub contact: Option<Timestamp>,
    /// It has missed its time to call.
    pub overdue: bool,
    pub address: Option<Text>,
}

/// One attempt of a host, newest first in a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub state: HostState,
    /// The backend's own word.
    pub native: Text,
    /// Name of the rollout it belongs to; none for a single assignment.
    pub rollout: Option<Text>,
    pub release: Option<Release>,
    pub began: Option<Timestamp>,
    pub code: Option<i64>,
}

/// One line of what a host reported in an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    pub at: Option<Timestamp>,
    /// The backend's own word for the kind of report.
    pub kind: Text,
    pub said: Vec<Evidence>,
    pub code: Option<i64>,
}

/// What one backend knows of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostStory {
    pub id: HostId,
    pub name: Text,
    /// The backend's own word for its standing.
    pub standing: Text,
    pub address: Option<Text>,
    pub contact: Option<Timestamp>,
    pub overdue: bool,
    pub assigned: Option<Release>,
    pub installed: Option<Release>,
    pub installed_at: Option<Timestamp>,
    pub attempts: Vec<Attempt>,
    /// Reports of the newest attempt, newest first.
    pub reports: Vec<StoryLine>,
    /// What could not be read, in words.
    pub gaps: Vec<Text>,
}
