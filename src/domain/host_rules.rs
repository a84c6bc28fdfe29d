//! The user's own rules about trying hosts again and bringing releases back. Values only: `plan` judges by them.

use std::collections::BTreeMap;

use super::{CauseClass, Text};

/// What the config says; without a word of it, three tries and ten minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostRules {
    /// For every cause that has no row of its own.
    pub usual: Budget,
    pub by_class: BTreeMap<CauseClass, Budget>,
    /// Releases that nobody can take back, by their name, and why.
    pub irreversible: BTreeMap<Text, Text>,
}

/// How often the same may be tried on one host, and how soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Tries in all, the first one included.
    pub tries: u32,
    /// Between a failure and the next try, where the cause wants a pause.
    pub pause_minutes: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tries: 3, pause_minutes: 10 }
    }
}

impl HostRules {
    pub fn budget(&self, class: &CauseClass) -> Budget {
        self.by_class.get(class).copied().unwrap_or(self.usual)
    }
}
