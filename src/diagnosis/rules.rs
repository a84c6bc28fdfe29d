//! One rule of the taxonomy, compiled: what it looks for, and how much its word weighs beside others.
//!
//! It does not look; `matcher` does.

use std::cmp::Reverse;
use std::sync::Arc;

use regex::Regex;

use crate::domain::{Cause, Confidence};

/// What a rule looks for.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Hresult(u32),
    Exit(i64),
    Status(String),
    Text(Regex),
}

impl Kind {
    /// Whether a sample line is an example of it. A code is not shown by a line of text.
    pub fn fits(&self, sample: &str) -> bool {
        match self {
            Self::Text(regex) => regex.is_match(sample.trim()),
            Self::Status(word) => word.eq_ignore_ascii_case(sample.trim()),
            Self::Hresult(_) | Self::Exit(_) => true,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub cause: Arc<Cause>,
    pub scope: String,
    pub kind: Kind,
    pub priority: u32,
    /// A text rule that means nothing without its scope.
    pub needs_scope: bool,
    /// Its class says that something failed, and not why.
    pub umbrella: bool,
}

/// How telling a rule is; the smaller, the more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Cause,
    Umbrella,
    /// Of class `unknown`: it names the code and nothing else.
    Nameless,
    /// It says that nothing went wrong, which explains no failure.
    AllWell,
}

/// Smaller comes first.
pub(super) type Rank = (u8, bool, Reverse<u32>, Confidence, usize, usize);

impl Rule {
    /// The order among rules that match one failure; `at` is where in the text, `place` where in the taxonomy.
    pub fn rank(&self, at: usize, place: usize) -> Rank {
        let tier = if self.cause.outcome.is_well() {
            Tier::AllWell
        } else if self.cause.class.is_unknown() {
            Tier::Nameless
        } else if self.umbrella {
            Tier::Umbrella
        } else {
            Tier::Cause
        };
        let is_text = matches!(self.kind, Kind::Text(_));
        let priority = if is_text { self.priority } else { 0 };
        (tier as u8, is_text, Reverse(priority), self.cause.confidence, at, place)
    }
}
