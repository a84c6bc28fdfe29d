//! A fact and its age: nothing is shown without knowing when it was read and by which call.

use std::time::Duration;

use super::{Mono, Now, Text};

/// At most this old a fact may be called live, whatever the polling interval.
pub const LIVE: Duration = Duration::from_secs(30);

/// Which call said so, in the backend's words: `GET /rollouts`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(pub Text);

impl Source {
    pub fn new(call: impl AsRef<str>) -> Self {
        Self(Text::new(call))
    }
}

/// A value, when we read it, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh<T> {
    pub value: T,
    pub seen: Mono,
    pub by: Source,
}

impl<T> Fresh<T> {
    pub fn new(value: T, seen: Mono, by: Source) -> Self {
        Self { value, seen, by }
    }

    pub fn age(&self, now: &Now) -> Duration {
        now.mono.since(self.seen)
    }

    pub fn is_live(&self, now: &Now) -> bool {
        self.age(now) <= LIVE
    }
}

/// How a connection reads at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Nothing has been answered yet.
    Waiting,
    Live,
    /// The last good answer is older than [`LIVE`].
    Stale,
    /// It does not answer; the words say what happened.
    Unreachable(Text),
    /// It answers, and not with what was asked for; the words say with what.
    Failing(Text),
    /// It answered, and refuses us; the words say what.
    Refused(Text),
}
