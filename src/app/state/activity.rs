//! Who did what, and what is still under way or unknown.

use jiff::Timestamp;

use crate::action::Verb;
use crate::domain::{IntentId, Mono, RolloutId, TenantId, Text};

/// How a line of the activity came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActivityState {
    /// Nobody knows what became of it.
    Unknown,
    /// On its way.
    Open,
    Verified,
    /// The backend shows another state, made by somebody else.
    Superseded,
    NotThere,
    Refused,
    /// A line that has no outcome: armed, disarmed, named.
    Told,
}

impl ActivityState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Open => "on its way",
            Self::Verified => "verified",
            Self::Superseded => "superseded",
            Self::NotThere => "not there",
            Self::Refused => "refused",
            Self::Told => "",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityLine {
    pub at: Timestamp,
    pub who: Text,
    pub tenant: Option<TenantId>,
    pub rollout: Option<RolloutId>,
    pub intent: Option<IntentId>,
    pub what: Text,
    pub state: ActivityState,
    /// The newest finding, in a sentence.
    pub found: Text,
    /// Another process wrote it.
    pub elsewhere: bool,
}

/// Where an intent of this process is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    ReadingAgain,
    WritingDown,
    Sending,
    LookingUp,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadingAgain => "reading again",
            Self::WritingDown => "writing down",
            Self::Sending => "sending",
            Self::LookingUp => "sent, waiting for the backend to show it",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight {
    pub intent: IntentId,
    pub verb: Verb,
    pub tenant: TenantId,
    pub rollout: RolloutId,
    pub phase: Phase,
    pub since: Mono,
}
