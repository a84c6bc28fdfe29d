//! How a command went, as a number for scripts. Where several apply, the first of the list is meant.

use std::fmt;
use std::process::ExitCode;

use crate::domain::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command line or the config is wrong.
    Usage,
    /// A backend could not be read, or not wholly.
    Unread,
    /// Something needs a person.
    NeedsPerson,
    /// An intent is open, or nobody knows what became of it.
    Open,
    /// Something else went wrong on our side; stderr says what.
    Broken,
    Well,
    /// The cockpit was left: 0 by a key, 128 and the signal's number by a signal.
    Left(i32),
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Unread => 4,
            Self::NeedsPerson => 3,
            Self::Open => 5,
            Self::Broken => 1,
            Self::Well => 0,
            Self::Left(code) => u8::try_from(code).unwrap_or(1),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Something asked for on the command line that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse(pub Text);

impl Misuse {
    pub fn new(words: impl AsRef<str>) -> Self {
        Self(Text::new(words))
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Misuse {}
