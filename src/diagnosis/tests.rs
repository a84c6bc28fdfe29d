//! The taxonomy against its own samples and codes, masking, clusters, and the named cases of a bad night.

mod cases;
mod counting;
mod masking;
mod reading;
mod samples;

use std::sync::OnceLock;

use super::{Diagnosis, Taxonomy, Told};

/// The built-in taxonomy, compiled once for all tests.
fn built_in() -> &'static Taxonomy {
    static BUILT_IN: OnceLock<Taxonomy> = OnceLock::new();
    BUILT_IN.get_or_init(|| Taxonomy::load(None).expect("the built-in taxonomy"))
}

fn said(text: &str) -> Diagnosis {
    built_in().diagnose(&Told { text, ..Told::default() })
}

/// The id of the telling rule.
fn rule(diagnosis: &Diagnosis) -> &str {
    diagnosis.causes.first().map_or("", |cause| cause.rule.as_str())
}
