//! From a name or a file to a keymap: finding the files, joining what they inherit, refusing collisions.
//!
//! What a nearer file says about an action replaces all keys of it. The user's folders are searched in order before the
//! built-in keymaps; a file may inherit the keymap of its own name from further down that search.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::action::Action;

use super::file::{self, Binding};
use super::{Keymap, words};
use crate::sheet::{Problem, SheetError, Shelf};

const BUILTIN: [(&str, &str); 2] =
    [("default", include_str!("../../keymaps/default.toml")), ("vim", include_str!("../../keymaps/vim.toml"))];

/// What a person is lost without.
const WANTED: [Action; 4] = [Action::Back, Action::Quit, Action::Help, Action::Command];

/// Where keymaps come from.
const SHELF: Shelf = Shelf { kind: "keymap", built_in: &BUILTIN };

impl Keymap {
    /// Loads a keymap by its name, or from a file (`x/y.toml`). The second value is what its author may want to know, in words.
    ///
    /// # Errors
    /// Everything that is wrong with the files: unknown actions and keys, keys that nobody may bind, sequences bound twice or
    /// beginning another one (both places named); a name that leads nowhere; keymaps that inherit each other.
    pub fn load(name_or_file: &str, user_dirs: &[PathBuf]) -> Result<(Self, Vec<String>), SheetError> {
        let mut actions: BTreeMap<Action, Vec<Binding>> = BTreeMap::new();
        for sheet in SHELF.chain(name_or_file, user_dirs, file::parse)? {
            for (action, bindings) in sheet.actions {
                actions.entry(action).or_insert(bindings);
            }
        }
        let problems = collisions(&actions);
        if !problems.is_empty() {
            return Err(SheetError::Wrong(problems));
        }
        let keymap = Self::of(actions);
        let lost = WANTED.into_iter().filter(|action| keymap.label(*action).is_none());
        let warnings = lost.map(|action| format!("keymap {name_or_file}: {} has no key", action.row().name)).collect();
        Ok((keymap, warnings))
    }

    fn of(actions: BTreeMap<Action, Vec<Binding>>) -> Self {
        let mut by_keys = BTreeMap::new();
        let mut by_action = BTreeMap::new();
        for (action, bindings) in actions {
            let all: Vec<_> = bindings.into_iter().map(|binding| binding.keys).collect();
            by_keys.extend(all.iter().map(|keys| (keys.clone(), action)));
            if !all.is_empty() {
                by_action.insert(action, all);
            }
        }
        Self { by_action, by_keys }
    }
}

/// Sequences that are bound twice, or that begin another one, which could then never be typed.
fn collisions(actions: &BTreeMap<Action, Vec<Binding>>) -> Vec<Problem> {
    let mut all: Vec<_> = actions.iter().flat_map(|(action, list)| list.iter().map(move |one| (*action, one))).collect();
    // Sorted by keys, a sequence stands right before whatever it begins.
    all.sort_by(|(_, left), (_, right)| left.keys.cmp(&right.keys));
    let mut problems = Vec::new();
    for (place, (action, first)) in all.iter().enumerate() {
        for (other, second) in all[place + 1..].iter().take_while(|(_, later)| later.keys.starts_with(&first.keys)) {
            let (keys, name) = (words(&first.keys), action.row().name);
            let (longer, other) = (words(&second.keys), other.row().name);
            let what = if keys == longer {
                format!("{keys} is bound to {name} here and to {other} at {}:{}", second.file, second.line)
            } else {
                format!("{keys} ({name}) begins {longer} ({other}) at {}:{}", second.file, second.line)
            };
            problems.push(Problem { file: first.file.clone(), line: first.line, what });
        }
    }
    problems
}
