//! Finding sheets: the person's folders in order, then the built-in ones; and the chain of what they inherit.
//!
//! A sheet may inherit the one of its own name from further down that search. What joining means is the caller's.

use std::io;
use std::path::{Path, PathBuf};

use super::{Problem, SheetError};

/// A file as it was found.
pub struct Source {
    /// The path as it was opened, or `built-in NAME`.
    pub file: String,
    pub text: String,
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub struct Word {
    pub text: String,
    pub file: String,
    pub line: usize,
}

impl Word {
    pub fn problem(&self, what: String) -> Problem {
        Problem { file: self.file.clone(), line: self.line, what }
    }
}

/// Where sheets of one kind come from.
pub struct Shelf {
    /// The word for one: `theme`.
    pub kind: &'static str,
    /// Name and TOML of the built-in ones, the default first.
    pub built_in: &'static [(&'static str, &'static str)],
}

impl Shelf {
    /// Names of the built-in sheets, the default first.
    pub fn names(&self) -> Vec<&'static str> {
        self.built_in.iter().map(|(name, _)| *name).collect()
    }

    /// The sheet called `name`, or the file of that path, and all it inherits, the nearest first. `parse` gives a sheet and
    /// what it inherits.
    ///
    /// # Errors
    /// A name that leads nowhere, a file that cannot be read, sheets that inherit each other, and whatever `parse` finds.
    pub fn chain<S>(
        &self,
        name: &str,
        user_dirs: &[PathBuf],
        parse: impl Fn(&Source) -> Result<(S, Option<Word>), Vec<Problem>>,
    ) -> Result<Vec<S>, SheetError> {
        let mut sheets = Vec::new();
        let mut seen: Vec<(String, String)> = Vec::new();
        let mut next = Some(Word { text: name.to_owned(), file: String::new(), line: 0 });
        while let Some(wanted) = next.take() {
            let source = self.find(&wanted, user_dirs, &mut seen)?;
            let (sheet, inherits) = parse(&source).map_err(SheetError::Wrong)?;
            seen.push((wanted.text, source.file));
            sheets.push(sheet);
            next = inherits;
        }
        Ok(sheets)
    }

    /// The next file of this name that the chain has not used yet. Only the first name may be a path.
    fn find(&self, wanted: &Word, user_dirs: &[PathBuf], seen: &mut Vec<(String, String)>) -> Result<Source, SheetError> {
        let name = &wanted.text;
        let asked_by = (!wanted.file.is_empty()).then(|| format!("{}:{}", wanted.file, wanted.line));
        let fresh = |file: &str| !seen.iter().any(|(_, used)| used == file);
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let paths: Vec<PathBuf> = if plain {
            user_dirs.iter().map(|dir| dir.join(format!("{name}.toml"))).collect()
        } else if asked_by.is_none() {
            vec![Path::new(name).to_path_buf()]
        } else {
            Vec::new()
        };
        for path in paths {
            let file = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) if fresh(&file) => return Ok(Source { file, text }),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(SheetError::Unreadable { file, why: error.to_string() }),
            }
        }
        let file = format!("built-in {name}");
        if let Some((_, text)) = self.built_in.iter().find(|(known, _)| known == name).filter(|_| fresh(&file)) {
            return Ok(Source { file, text: (*text).to_owned() });
        }
        if let Some(first) = seen.iter().position(|(used, _)| used == name) {
            let mut names: Vec<_> = seen.drain(first..).map(|(used, _)| used).collect();
            names.push(name.clone());
            return Err(SheetError::Cycle { kind: self.kind, names });
        }
        Err(SheetError::NotFound { kind: self.kind, name: name.clone(), asked_by, built_in: self.names() })
    }
}
