//! A mistake in a file of the user's: where it is, what is wrong, and what to do next. It never holds a value that could
//! be a secret: words and names only.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::domain::Text;

/// Where a problem stands. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: PathBuf,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Text::new(self.file.to_string_lossy()))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        Ok(())
    }
}

/// One mistake and its next step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub place: Place,
    pub what: Text,
    pub next: Text,
}

impl Problem {
    pub fn of_file(file: &Path, what: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self::placed(file, None, None, what, next)
    }

    pub fn at_line(file: &Path, line: usize, what: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self::placed(file, Some(line), None, what, next)
    }

    pub fn at_place(place: Place, what: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self { place, what: Text::new(what), next: Text::new(next) }
    }

    pub(super) fn placed(
        file: &Path,
        line: Option<usize>,
        column: Option<usize>,
        what: impl AsRef<str>,
        next: impl AsRef<str>,
    ) -> Self {
        Self { place: Place { file: file.to_path_buf(), line, column }, what: Text::new(what), next: Text::new(next) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    {}", self.place, self.what, self.next)
    }
}

/// At least one problem, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    /// None where nothing is wrong.
    pub fn of(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort();
        problems.dedup();
        (!problems.is_empty()).then_some(Self(problems))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never true; it stands beside `len` because readers look for it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
