//! One keymap file, read: what it inherits and what each action is bound to, with the line it stands on.
//!
//! Whether bindings of several files go together is decided in `load`.

use toml::Spanned;
use toml::de::DeValue;

use crate::action::Action;

use super::key::Key;
use super::rules;
use crate::sheet::{Problem, Reader, Source, Word, read};

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
    pub actions: Vec<(Action, Vec<Binding>)>,
}

/// What should stand where a word is missing.
const WORD: &str = "keys in quotes are wanted here, or a list of them";

/// Reads a file: the sheet, and what it inherits.
pub(super) fn parse(source: &Source) -> Result<(Sheet, Option<Word>), Vec<Problem>> {
    read(source, (Sheet::default(), None), |reader, (sheet, inherits), key, value| {
        if key.get_ref() == "inherits" {
            *inherits = reader.word(value, WORD);
        } else if let Some(action) = Action::named(key.get_ref()) {
            sheet.actions.push((action, bindings(reader, action, value)));
        } else {
            reader.wrong(&key.span(), format!("no action is called {:?}; `patchdeck keys` lists them", key.get_ref()));
        }
    })
}

/// One sequence or a list of them; an empty word binds nothing.
fn bindings(reader: &mut Reader<'_>, action: Action, value: &Spanned<DeValue<'_>>) -> Vec<Binding> {
    let DeValue::Array(list) = value.get_ref() else { return binding(reader, action, value).into_iter().collect() };
    list.iter().filter_map(|value| binding(reader, action, value)).collect()
}

fn binding(reader: &mut Reader<'_>, action: Action, value: &Spanned<DeValue<'_>>) -> Option<Binding> {
    let said = reader.word(value, WORD)?;
    let mut keys = Vec::new();
    for word in said.text.split_whitespace() {
        match word.parse::<Key>() {
            Err(bad) => reader.wrong(&value.span(), bad.to_string()),
            Ok(key) => match rules::refusal(key, action) {
                Some(why) => reader.wrong(&value.span(), format!("{key} {why}")),
                None => keys.push(key),
            },
        }
    }
    (!keys.is_empty()).then_some(Binding { keys, file: said.file, line: said.line })
}
