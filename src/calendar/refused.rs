//! A rule that cannot be taken: which part of it, and why. Where it stands in a file is known to whoever read the file.

use std::fmt;

use crate::domain::Text;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The key it came from: `rule`, `start`, `zone`, `lasts`, ...
    pub field: &'static str,
    /// The offending part, as it was written.
    pub part: Text,
    /// Why, and what to write instead.
    pub why: Text,
}

impl Refused {
    pub(super) fn new(field: &'static str, part: impl AsRef<str>, why: impl AsRef<str>) -> Self {
        Self { field, part: Text::new(part), why: Text::new(why) }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}`: {}", self.field, self.part, self.why)
    }
}
