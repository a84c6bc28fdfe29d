//! From a name or a file to a keymap: finding the files, joining what they inherit, refusing collisions.
//!
//! What a nearer file says about an action replaces all keys of it. The user's folders are searched in order before the
//! built-in keymaps; a file may inherit the keymap of its own name from further down that search.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::action::Action;

use super::error::{KeymapError, Problem};
use super::file::{self, Binding, Source};
use super::{Keymap, words};

const BUILTIN: [(&str, &str); 2] =
    [("default", include_str!("../../keymaps/default.toml")), ("vim", include_str!("../../keymaps/vim.toml"))];

/// What a person is lost without.
const WANTED: [Action; 4] = [Action::Back, Action::Quit, Action::Help, Action::Command];

/// Who asked for the next file: nobody (the first one), or a line of another file.
struct Wanted {
    name: String,
    asked_by: Option<String>,
}

impl Keymap {
    /// Loads a keymap by its name, or from a file (`x/y.toml`). The second value is what its author may want to know, in words.
    ///
    /// # Errors
    /// Everything that is wrong with the files: unknown actions and keys, keys that nobody may bind, sequences bound twice or
    /// beginning another one (both places named); a name that leads nowhere; keymaps that inherit each other.
    pub fn load(name_or_file: &str, user_dirs: &[PathBuf]) -> Result<(Self, Vec<String>), KeymapError> {
        let mut actions: BTreeMap<Action, Vec<Binding>> = BTreeMap::new();
        let mut seen: Vec<(String, String)> = Vec::new();
        let mut next = Some(Wanted { name: name_or_file.to_owned(), asked_by: None });
        while let Some(wanted) = next.take() {
            let source = find(&wanted, user_dirs, &mut seen)?;
            let sheet = file::parse(&source).map_err(KeymapError::Wrong)?;
            for (action, bindings) in sheet.actions {
                actions.entry(action).or_insert(bindings);
            }
            let place = |line| Some(format!("{}:{line}", source.file));
            next = sheet.inherits.map(|(name, line)| Wanted { name, asked_by: place(line) });
            seen.push((wanted.name, source.file));
        }
        let problems = collisions(&actions);
        if !problems.is_empty() {
            return Err(KeymapError::Wrong(problems));
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

/// The next file of this name that the chain has not used yet.
fn find(wanted: &Wanted, user_dirs: &[PathBuf], seen: &mut Vec<(String, String)>) -> Result<Source, KeymapError> {
    let name = &wanted.name;
    let fresh = |file: &str| !seen.iter().any(|(_, used)| used == file);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let paths: Vec<PathBuf> = if plain {
        user_dirs.iter().map(|dir| dir.join(format!("{name}.toml"))).collect()
    } else if wanted.asked_by.is_none() {
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
            Err(error) => return Err(KeymapError::Unreadable { file, why: error.to_string() }),
        }
    }
    let file = format!("built-in {name}");
    if let Some((_, text)) = BUILTIN.iter().find(|(known, _)| known == name).filter(|_| fresh(&file)) {
        return Ok(Source { file, text: (*text).to_owned() });
    }
    if let Some(first) = seen.iter().position(|(used, _)| used == name) {
        let mut names: Vec<_> = seen.drain(first..).map(|(used, _)| used).collect();
        names.push(name.clone());
        return Err(KeymapError::Cycle(names));
    }
    Err(KeymapError::NotFound { name: name.clone(), asked_by: wanted.asked_by.clone() })
}
