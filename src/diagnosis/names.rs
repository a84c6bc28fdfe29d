//! Which classes and rules there are, by their ids: for whoever wants to know whether a word names one.
//!
//! It compiles nothing and judges nothing: a text with a mistake is [`super::Taxonomy`]'s to tell of.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::taxonomy::BUILT_IN;

/// Ids of the built-in taxonomy, and of a user's own text on top of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub classes: BTreeSet<String>,
    pub rules: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Ids {
    #[serde(default)]
    class: Vec<Id>,
    #[serde(default)]
    rule: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

impl Names {
    pub fn of(own: Option<&str>) -> Self {
        let mut names = Self::default();
        for text in [Some(BUILT_IN), own].into_iter().flatten() {
            let Ok(Ids { class, rule }) = toml::from_str(text) else { continue };
            names.classes.extend(class.into_iter().map(|row| row.id));
            names.rules.extend(rule.into_iter().map(|row| row.id));
        }
        names
    }
}
