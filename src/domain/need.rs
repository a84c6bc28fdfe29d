//! A thing that waits for a person: the line under the header counts these, `tab` walks through them.

use super::{BackendName, HostSet, IntentId, Mono, RolloutId, TenantId, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedKind {
    /// A rollout stopped itself.
    Limit,
    /// A request left and nobody knows what became of it.
    Unknown,
    /// An approval or a gate waits for a person.
    Approval,
    /// Hosts failed.
    Failure,
    /// A window or a cutoff.
    Window,
    /// A connection cannot be read.
    Unreachable,
}

impl NeedKind {
    /// The key of it in `--json`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Limit | Self::Failure => "failure",
            Self::Unknown => "unknown",
            Self::Approval => "approval",
            Self::Window => "window",
            Self::Unreachable => "unreachable",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub kind: NeedKind,
    pub tenant: Option<TenantId>,
    /// In words, without the tenant's name.
    pub what: Text,
    pub rollout: Option<RolloutId>,
    /// The hosts whose windows it is about, where it is about no rollout.
    pub set: Option<HostSet>,
    pub backend: Option<BackendName>,
    pub intent: Option<IntentId>,
    pub seen: Option<Mono>,
}
