//! What can be wrong with a keymap, in words a person can act on. Files are named, lines counted from one.
//!
//! It prints nothing; whoever asked for the keymap does.

use std::fmt;

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path as it was opened, or `built-in NAME`.
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Why a keymap could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeymapError {
    /// No file and no built-in keymap of this name; `asked_by` is the file and line that inherits it.
    NotFound { name: String, asked_by: Option<String> },
    /// The file is there and cannot be read.
    Unreadable { file: String, why: String },
    /// Keymaps that inherit each other, in order, the first one again at the end.
    Cycle(Vec<String>),
    /// Everything that is wrong; never empty.
    Wrong(Vec<Problem>),
}

impl fmt::Display for KeymapError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { name, asked_by } => {
                if let Some(place) = asked_by {
                    write!(out, "{place}: ")?;
                }
                write!(out, "no keymap is called {name:?}; built in are {}", super::builtin_names().join(", "))
            }
            Self::Unreadable { file, why } => write!(out, "{file}: cannot be read: {why}"),
            Self::Cycle(names) => write!(out, "keymaps inherit each other: {}", names.join(" -> ")),
            Self::Wrong(problems) => {
                for (place, problem) in problems.iter().enumerate() {
                    if place > 0 {
                        writeln!(out)?;
                    }
                    write!(out, "{problem}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for KeymapError {}
