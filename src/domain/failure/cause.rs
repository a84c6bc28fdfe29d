//! What a rule of the taxonomy says about a failure: its class, what it came to, and what may be done next.
//!
//! Which words lead to which cause is not known here.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Text;

/// A class of causes, by its id in the taxonomy: `disk_space`. Classes are data, so that a user may add one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CauseClass(Arc<str>);

impl CauseClass {
    /// The id of the class of what no rule knows.
    pub const UNKNOWN: &'static str = "unknown";

    pub fn new(id: impl AsRef<str>) -> Self {
        Self(id.as_ref().into())
    }

    pub fn unknown() -> Self {
        Self::new(Self::UNKNOWN)
    }

    pub fn is_unknown(&self) -> bool {
        &*self.0 == Self::UNKNOWN
    }

    /// The id, for comparison and for `--json`. Screens use `Display`.
    pub fn key(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CauseClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::new(self.0.replace('_', " ")).fmt(f)
    }
}

impl fmt::Debug for CauseClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// May it be tried again? Nothing is ever tried again without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    Now,
    /// After a pause.
    Backoff,
    AfterFix,
    AfterReboot,
    NextWindow,
    /// Only by a person who knows why.
    Manual,
    /// Trying again changes nothing.
    None,
}

impl Retry {
    pub const ALL: [Self; 7] =
        [Self::Now, Self::Backoff, Self::AfterFix, Self::AfterReboot, Self::NextWindow, Self::Manual, Self::None];

    pub fn word(self) -> &'static str {
        match self {
            Self::Now => "retry now",
            Self::Backoff => "retry after a pause",
            Self::AfterFix => "retry after a fix",
            Self::AfterReboot => "retry after a restart",
            Self::NextWindow => "next window",
            Self::Manual => "a person must judge",
            Self::None => "no retry",
        }
    }

    /// The key of it in `--json` and in the taxonomy.
    pub fn key(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Backoff => "backoff",
            Self::AfterFix => "after_fix",
            Self::AfterReboot => "after_reboot",
            Self::NextWindow => "next_window",
            Self::Manual => "manual",
            Self::None => "none",
        }
    }
}

/// What the try came to, in the words of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Failure,
    /// Held by a decision.
    Blocked,
    Cancelled,
    Partial,
    NotApplicable,
    Pending,
    Success,
}

impl Outcome {
    /// It says that nothing went wrong: no explanation of a failure.
    pub fn is_well(self) -> bool {
        matches!(self, Self::Pending | Self::Success)
    }
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in the named source.
    Documented,
    /// Built from a documented part of it.
    Derived,
    /// Widely reported: the raw code belongs beside it.
    Field,
}

impl Confidence {
    pub fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Derived => "derived",
            Self::Field => "from the field",
        }
    }
}

/// A rule that matched, as far as a reader needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The rule's id.
    pub rule: Text,
    pub name: Text,
    pub class: CauseClass,
    pub outcome: Outcome,
    pub retry: Retry,
    /// What must hold before another try.
    pub precondition: Option<Text>,
    pub remedy: Text,
    /// Where the rule comes from.
    pub source: Text,
    pub confidence: Confidence,
}
