//! The user's own rules of failures: read, and held against the taxonomy before they are used, so that a mistake is told with
//! its file and line and not found out at night.

use std::path::Path;

use crate::config::{Config, Problem, Problems};
use crate::diagnosis::Taxonomy;

/// The text of the file that the config names; none where it names none.
///
/// # Errors
/// It cannot be read, or something in it is wrong: all of it at once.
pub fn own(config: &Config) -> Result<Option<String>, Problems> {
    config.own_rules.as_deref().map(checked).transpose()
}

fn checked(path: &Path) -> Result<String, Problems> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let next = "look whether it is there, and who may read it";
        Problems::one(Problem::of_file(path, format!("the rules of failures cannot be read: {error}"), next))
    })?;
    let Err(mistakes) = Taxonomy::load(Some(&text)) else { return Ok(text) };
    let next = "docs/failures.md tells what a rule holds";
    let told = mistakes.iter().map(|mistake| Problem::at_line(path, mistake.line, &mistake.what, next));
    Err(Problems::of(told.collect()).unwrap_or_else(|| Problems::one(Problem::of_file(path, "something is wrong", next))))
}
