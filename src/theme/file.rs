//! One theme file, read: what it inherits, its palette and its roles, each with the line it stands on.
//!
//! Colours stay words here: which palette they belong to is only known when the whole chain of files is.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier};
use toml::Spanned;
use toml::de::DeValue;

use super::{Role, colour};
use crate::sheet::{Problem, Reader, Source, Word, read};

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

/// What should stand where a word is missing.
const WORD: &str = "a word in quotes is wanted here";

/// Reads a file: the sheet, and what it inherits.
pub(super) fn parse(source: &Source) -> Result<(Sheet, Option<Word>), Vec<Problem>> {
    read(source, (Sheet::default(), None), |reader, (sheet, inherits), key, value| match key.get_ref().as_ref() {
        "inherits" => *inherits = reader.word(value, WORD),
        "palette" => sheet.palette = palette(reader, value),
        "roles" => sheet.roles = roles(reader, value),
        other => reader.wrong(&key.span(), format!("{other:?} is not known here: inherits, palette, roles")),
    })
}

fn palette(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> BTreeMap<String, Color> {
    let mut palette = BTreeMap::new();
    for (key, value) in reader.table(value).into_iter().flatten() {
        let Some(word) = reader.word(value, WORD) else { continue };
        match colour::named(&word.text) {
            Some(found) => _ = palette.insert(key.get_ref().to_string(), found),
            None => reader.wrong(&value.span(), format!("{:?} is not a colour: #rrggbb, an ANSI name or default", word.text)),
        }
    }
    palette
}

fn roles(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<(Role, Look)> {
    let mut roles = Vec::new();
    for (key, value) in reader.table(value).into_iter().flatten() {
        if let Some(role) = Role::named(key.get_ref()) {
            roles.push((role, look(reader, value, true)));
        } else {
            let known: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
            reader.wrong(&key.span(), format!("no role is called {:?}: {}", key.get_ref(), known.join(", ")));
        }
    }
    roles
}

/// A word is a foreground; a table says more. `outer` is false inside `sixteen`, which has no further one.
fn look(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>, outer: bool) -> Look {
    let mut look = Look::default();
    if matches!(value.get_ref(), DeValue::String(_)) {
        look.fg = reader.word(value, WORD);
        return look;
    }
    for (key, value) in reader.table(value).into_iter().flatten() {
        match key.get_ref().as_ref() {
            "fg" => look.fg = reader.word(value, WORD),
            "bg" => look.bg = reader.word(value, WORD),
            "modifiers" => look.modifiers = modifiers(reader, value),
            "sixteen" if outer => look.sixteen = Some(Box::new(self::look(reader, value, false))),
            other => reader.wrong(&key.span(), format!("a role has no {other:?}: fg, bg, modifiers, sixteen")),
        }
    }
    look
}

fn modifiers(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Modifier {
    let mut all = Modifier::empty();
    let DeValue::Array(words) = value.get_ref() else {
        reader.wrong(&value.span(), "a list of words is wanted here".to_owned());
        return all;
    };
    for value in words {
        let Some(word) = reader.word(value, WORD) else { continue };
        if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word.text) {
            all |= *modifier;
        } else {
            let known: Vec<_> = MODIFIERS.iter().map(|(name, _)| *name).collect();
            reader.wrong(&value.span(), format!("{:?} is not a modifier: {}", word.text, known.join(", ")));
        }
    }
    all
}
