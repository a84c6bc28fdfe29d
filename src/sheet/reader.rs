//! Reading one sheet: every mistake in it is gathered with its line, in the order of lines.
//!
//! Which keys there are is the caller's.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Problem, Source, Word};

/// Gathers what is wrong with one file.
pub struct Reader<'a> {
    source: &'a Source,
    problems: Vec<Problem>,
}

/// Reads a file: `entry` is given each key at the top and its value, and fills `sheet`.
///
/// # Errors
/// All mistakes, in the order of lines.
pub fn read<S>(
    source: &Source,
    mut sheet: S,
    mut entry: impl FnMut(&mut Reader<'_>, &mut S, &Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>),
) -> Result<S, Vec<Problem>> {
    let mut reader = Reader { source, problems: Vec::new() };
    match DeTable::parse(&source.text) {
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            reader.wrong(&at, error.message().to_owned());
        }
        Ok(table) => {
            for (key, value) in table.get_ref() {
                entry(&mut reader, &mut sheet, key, value);
            }
        }
    }
    if reader.problems.is_empty() {
        return Ok(sheet);
    }
    reader.problems.sort_by_key(|problem| problem.line);
    Err(reader.problems)
}

impl Reader<'_> {
    pub fn wrong(&mut self, at: &Range<usize>, what: String) {
        let line = self.line(at);
        self.problems.push(Problem { file: self.source.file.clone(), line, what });
    }

    /// A word with its place. If it is none, `wanted` says what should stand there.
    pub fn word(&mut self, value: &Spanned<DeValue<'_>>, wanted: &str) -> Option<Word> {
        if let DeValue::String(text) = value.get_ref() {
            let (file, line) = (self.source.file.clone(), self.line(&value.span()));
            return Some(Word { text: text.to_string(), file, line });
        }
        self.wrong(&value.span(), wanted.to_owned());
        None
    }

    /// The table that should stand there.
    pub fn table<'v, 'i>(&mut self, value: &'v Spanned<DeValue<'i>>) -> Option<&'v DeTable<'i>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(table);
        }
        self.wrong(&value.span(), "a table is wanted here".to_owned());
        None
    }

    fn line(&self, at: &Range<usize>) -> usize {
        self.source.text.bytes().take(at.start).filter(|byte| *byte == b'\n').count() + 1
    }
}
