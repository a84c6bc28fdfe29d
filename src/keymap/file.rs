//! One keymap file, read: what it inherits and what each action is bound to, with the line it stands on.
//!
//! Whether bindings of several files go together is decided in `load`.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::action::Action;

use super::error::Problem;
use super::key::Key;
use super::rules;

/// A file as it was found.
pub(super) struct Source {
    pub file: String,
    pub text: String,
}

/// One sequence for one action, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub keys: Vec<Key>,
    pub file: String,
    pub line: usize,
}

/// A parsed file. An action with no bindings is unbound on purpose.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// The name, and the line that says so.
    pub inherits: Option<(String, usize)>,
    pub actions: Vec<(Action, Vec<Binding>)>,
}

/// Reads a file; every mistake in it comes back, in the order of lines.
pub(super) fn parse(source: &Source) -> Result<Sheet, Vec<Problem>> {
    let mut reader = Reader { source, problems: Vec::new() };
    let mut sheet = Sheet::default();
    match DeTable::parse(&source.text) {
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            reader.wrong(&at, error.message().to_owned());
        }
        Ok(table) => {
            for (key, value) in table.get_ref() {
                if key.get_ref() == "inherits" {
                    sheet.inherits = reader.word(value).map(|name| (name, reader.line(&value.span())));
                } else if let Some(action) = Action::named(key.get_ref()) {
                    sheet.actions.push((action, reader.bindings(action, value)));
                } else {
                    reader.wrong(&key.span(), format!("no action is called {:?}; `patchdeck keys` lists them", key.get_ref()));
                }
            }
        }
    }
    if reader.problems.is_empty() {
        return Ok(sheet);
    }
    reader.problems.sort_by_key(|problem| problem.line);
    Err(reader.problems)
}

struct Reader<'a> {
    source: &'a Source,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&self, at: &Range<usize>) -> usize {
        self.source.text.bytes().take(at.start).filter(|byte| *byte == b'\n').count() + 1
    }

    fn wrong(&mut self, at: &Range<usize>, what: String) {
        let line = self.line(at);
        self.problems.push(Problem { file: self.source.file.clone(), line, what });
    }

    fn word(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        self.wrong(&value.span(), "keys in quotes are wanted here, or a list of them".to_owned());
        None
    }

    /// One sequence or a list of them; an empty word binds nothing.
    fn bindings(&mut self, action: Action, value: &Spanned<DeValue<'_>>) -> Vec<Binding> {
        let DeValue::Array(list) = value.get_ref() else { return self.binding(action, value).into_iter().collect() };
        list.iter().filter_map(|value| self.binding(action, value)).collect()
    }

    fn binding(&mut self, action: Action, value: &Spanned<DeValue<'_>>) -> Option<Binding> {
        let text = self.word(value)?;
        let mut keys = Vec::new();
        for word in text.split_whitespace() {
            match word.parse::<Key>() {
                Err(bad) => self.wrong(&value.span(), bad.to_string()),
                Ok(key) => match rules::refusal(key, action) {
                    Some(why) => self.wrong(&value.span(), format!("{key} {why}")),
                    None => keys.push(key),
                },
            }
        }
        let line = self.line(&value.span());
        (!keys.is_empty()).then(|| Binding { keys, file: self.source.file.clone(), line })
    }
}
