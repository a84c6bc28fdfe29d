//! What can be wrong with a sheet, in words a person can act on. Files are named, lines counted from one.
//!
//! It prints nothing; whoever asked for the sheet does.

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

/// Why a sheet could not be loaded. `kind` is the word for it: `theme`, `keymap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetError {
    /// No file and no built-in sheet of this name; `asked_by` is the file and line that inherits it.
    NotFound { kind: &'static str, name: String, asked_by: Option<String>, built_in: Vec<&'static str> },
    /// The file is there and cannot be read.
    Unreadable { file: String, why: String },
    /// Sheets that inherit each other, in order, the first one again at the end.
    Cycle { kind: &'static str, names: Vec<String> },
    /// Everything that is wrong, in the order of the file; never empty.
    Wrong(Vec<Problem>),
}

impl fmt::Display for SheetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { kind, name, asked_by, built_in } => {
                if let Some(place) = asked_by {
                    write!(out, "{place}: ")?;
                }
                write!(out, "no {kind} is called {name:?}; built in are {}", built_in.join(", "))
            }
            Self::Unreadable { file, why } => write!(out, "{file}: cannot be read: {why}"),
            Self::Cycle { kind, names } => write!(out, "{kind}s inherit each other: {}", names.join(" -> ")),
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

impl std::error::Error for SheetError {}
