//! Diagnosing beside the loop: cases in, failures with their meaning out. Never in `update`, never in a draw.
//!
//! The taxonomy is loaded on the first use, on the worker that needs it.

use std::sync::{Arc, OnceLock};

use crate::diagnosis::{Taxonomy, Told};
use crate::domain::{Evidence, Failure, Text};
use crate::store::queue::Case;

/// The taxonomy, with the user's own rules on top of it.
#[derive(Debug, Default)]
pub struct Rules {
    own: Option<String>,
    loaded: OnceLock<Option<Taxonomy>>,
}

impl Rules {
    /// `own` was read and checked before; a text with a mistake in it would be left out.
    pub fn new(own: Option<String>) -> Self {
        Self { own, loaded: OnceLock::new() }
    }

    /// Loads on the first call, which takes a moment. None where nothing can be loaded: causes stay unknown.
    pub fn taxonomy(&self) -> Option<&Taxonomy> {
        let load = || Taxonomy::load(self.own.as_deref()).or_else(|_| Taxonomy::load(None)).ok();
        self.loaded.get_or_init(load).as_ref()
    }
}

/// Gives every case its meaning.
pub fn diagnose(rules: &Rules, cases: Vec<Case>) -> Vec<Failure> {
    let Some(taxonomy) = rules.taxonomy() else { return cases.into_iter().map(|case| case.failure).collect() };
    cases.into_iter().map(|case| one(taxonomy, case)).collect()
}

fn one(taxonomy: &Taxonomy, case: Case) -> Failure {
    let Case { mut failure, hint, on_the_way, names } = case;
    let names: Vec<&str> = names.iter().map(Text::as_str).filter(|name| !name.is_empty()).collect();
    let said = failure.evidence.as_ref().map(Evidence::raw);
    let text = said.or(hint.as_ref().map(Text::as_str)).unwrap_or_default();
    let found = taxonomy.diagnose(&Told { code: failure.code, text, on_the_way, names: &names, ..Told::default() });
    (failure.signature, failure.causes, failure.variants) = (Arc::clone(&found.signature), found.causes, found.variants);
    failure
}
