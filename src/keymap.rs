//! From keys to actions: which key asks for what, read from TOML, and the way back for hints and help.
//!
//! It knows no terminal (a [`Key`] is its own) and does not decide whether an action may be done. Keys inside dialogs and text
//! fields (`esc`, `enter`, `y`, `n`, letters) belong to the app and are not looked up here.

mod file;
mod key;
mod load;
mod rules;

pub use key::{BadKey, Code, Key};

use std::collections::BTreeMap;

use crate::action::{Action, ROWS, Row};

/// What a key press means after the keys that were pressed before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressed {
    Action(Action),
    /// The beginning of a longer sequence: keep the keys and wait for the next one.
    Pending,
    /// Bound to nothing; pending keys are dropped with it.
    Nothing,
}

/// One line of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpRow {
    pub action: Action,
    /// Every sequence bound to it, in words, as listed in the file; empty: unbound, still reachable by its name.
    pub keys: Vec<String>,
}

impl HelpRow {
    /// The action's name, help line and group.
    pub fn row(&self) -> &'static Row {
        self.action.row()
    }
}

/// Every binding. No sequence is bound twice, and none is the beginning of another.
#[derive(Clone, Debug)]
pub struct Keymap {
    by_action: BTreeMap<Action, Vec<Vec<Key>>>,
    by_keys: BTreeMap<Vec<Key>, Action>,
}

impl Keymap {
    /// Looks a key up. `pending` is what earlier answers of [`Pressed::Pending`] left standing.
    pub fn press(&self, pending: &[Key], key: Key) -> Pressed {
        let mut keys = pending.to_vec();
        keys.push(key.normal());
        if let Some(action) = self.by_keys.get(&keys) {
            return Pressed::Action(*action);
        }
        // Keys sort by their sequence, so whatever continues this one is the next in order.
        let next = self.by_keys.range(keys.clone()..).next();
        if next.is_some_and(|(longer, _)| longer.starts_with(&keys)) { Pressed::Pending } else { Pressed::Nothing }
    }

    /// Every sequence bound to an action, as listed in the file.
    pub fn keys_of(&self, action: Action) -> Vec<Vec<Key>> {
        self.by_action.get(&action).cloned().unwrap_or_default()
    }

    /// The sequence to show in hints: the one of fewest keys, the first listed among equals. `None` is unbound.
    pub fn label(&self, action: Action) -> Option<String> {
        self.by_action.get(&action)?.iter().min_by_key(|keys| keys.len()).map(|keys| words(keys))
    }

    /// Every action in the order of the table, for help and `patchdeck keys`.
    pub fn rows(&self) -> Vec<HelpRow> {
        let keys = |action| self.keys_of(action).iter().map(|keys| words(keys)).collect();
        ROWS.iter().map(|row| HelpRow { action: row.action, keys: keys(row.action) }).collect()
    }
}

/// A sequence as it is written in a file: `g g`.
fn words(keys: &[Key]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Names of the built-in keymaps, the default first.
pub fn builtin_names() -> &'static [&'static str] {
    &["default", "vim"]
}

#[cfg(test)]
mod tests;
