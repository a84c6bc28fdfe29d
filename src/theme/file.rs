//! One theme file, read: what it inherits, its palette and its roles, each with the line it stands on.
//!
//! Colours stay words here: which palette they belong to is only known when the whole chain of files is.

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::style::{Color, Modifier};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::{Role, colour};

/// A file as it was found.
pub(super) struct Source {
    pub file: String,
    pub text: String,
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub text: String,
    pub file: String,
    pub line: usize,
}

impl Word {
    pub(super) fn problem(&self, what: String) -> Problem {
        Problem { file: self.file.clone(), line: self.line, what }
    }
}

/// What a file says about a role. `sixteen` is how it looks with the ANSI colours only.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub fg: Option<Word>,
    pub bg: Option<Word>,
    pub modifiers: Modifier,
    pub sixteen: Option<Box<Look>>,
}

/// A parsed file.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub inherits: Option<Word>,
    pub palette: BTreeMap<String, Color>,
    pub roles: Vec<(Role, Look)>,
}

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("reverse", Modifier::REVERSED),
    ("underline", Modifier::UNDERLINED),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
];

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
                match key.get_ref().as_ref() {
                    "inherits" => sheet.inherits = reader.word(value),
                    "palette" => sheet.palette = reader.palette(value),
                    "roles" => sheet.roles = reader.roles(value),
                    other => reader.wrong(&key.span(), format!("{other:?} is not known here: inherits, palette, roles")),
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

    fn word(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Word> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(Word { text: text.to_string(), file: self.source.file.clone(), line: self.line(&value.span()) });
        }
        self.wrong(&value.span(), "a word in quotes is wanted here".to_owned());
        None
    }

    fn table<'v, 'i>(&mut self, value: &'v Spanned<DeValue<'i>>) -> Option<&'v DeTable<'i>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(table);
        }
        self.wrong(&value.span(), "a table is wanted here".to_owned());
        None
    }

    fn palette(&mut self, value: &Spanned<DeValue<'_>>) -> BTreeMap<String, Color> {
        let mut palette = BTreeMap::new();
        for (key, value) in self.table(value).into_iter().flatten() {
            let Some(word) = self.word(value) else { continue };
            match colour::named(&word.text) {
                Some(found) => _ = palette.insert(key.get_ref().to_string(), found),
                None => self.wrong(&value.span(), format!("{:?} is not a colour: #rrggbb, an ANSI name or default", word.text)),
            }
        }
        palette
    }

    fn roles(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(Role, Look)> {
        let mut roles = Vec::new();
        for (key, value) in self.table(value).into_iter().flatten() {
            if let Some(role) = Role::named(key.get_ref()) {
                roles.push((role, self.look(value, true)));
            } else {
                let known: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
                self.wrong(&key.span(), format!("no role is called {:?}: {}", key.get_ref(), known.join(", ")));
            }
        }
        roles
    }

    /// A word is a foreground; a table says more. `outer` is false inside `sixteen`, which has no further one.
    fn look(&mut self, value: &Spanned<DeValue<'_>>, outer: bool) -> Look {
        let mut look = Look::default();
        if matches!(value.get_ref(), DeValue::String(_)) {
            look.fg = self.word(value);
            return look;
        }
        for (key, value) in self.table(value).into_iter().flatten() {
            match key.get_ref().as_ref() {
                "fg" => look.fg = self.word(value),
                "bg" => look.bg = self.word(value),
                "modifiers" => look.modifiers = self.modifiers(value),
                "sixteen" if outer => look.sixteen = Some(Box::new(self.look(value, false))),
                other => self.wrong(&key.span(), format!("a role has no {other:?}: fg, bg, modifiers, sixteen")),
            }
        }
        look
    }

    fn modifiers(&mut self, value: &Spanned<DeValue<'_>>) -> Modifier {
        let mut all = Modifier::empty();
        let DeValue::Array(words) = value.get_ref() else {
            self.wrong(&value.span(), "a list of words is wanted here".to_owned());
            return all;
        };
        for value in words {
            let Some(word) = self.word(value) else { continue };
            if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word.text) {
                all |= *modifier;
            } else {
                let known: Vec<_> = MODIFIERS.iter().map(|(name, _)| *name).collect();
                self.wrong(&value.span(), format!("{:?} is not a modifier: {}", word.text, known.join(", ")));
            }
        }
        all
    }
}
