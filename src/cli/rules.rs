//! The user's own rules of failures, and the causes that the config names: held against the taxonomy before they are used, so that
//! a mistake is told with its file and line and not found out at night.

use std::path::Path;

use crate::config::{Config, Problem, Problems};
use crate::diagnosis::{Names, Taxonomy};

/// The text of the file that the config names; none where it names none.
///
/// # Errors
/// It cannot be read, or something in it is wrong: all of it at once.
pub fn own(config: &Config) -> Result<Option<String>, Problems> {
    let own = config.own_rules.as_deref().map(checked).transpose()?;
    named(config, own.as_deref())?;
    Ok(own)
}

/// A class that nobody knows would never be met: its budget, deadline or call would hold for nothing.
fn named(config: &Config, own: Option<&str>) -> Result<(), Problems> {
    if config.named_causes.is_empty() {
        return Ok(());
    }
    let names = Names::of(own);
    let unknown = config
        .named_causes
        .iter()
        .filter(|cause| !(names.classes.contains(&cause.word) || cause.or_rule && names.rules.contains(&cause.word)));
    let told = unknown.map(|cause| {
        let what = if cause.or_rule { "no class and no rule" } else { "no class" };
        let next = "docs/failures.md lists the classes; a rule of your own may add one";
        Problem::at_place(cause.place.clone(), format!("{what} of causes is called `{}`", cause.word), next)
    });
    Problems::of(told.collect()).map_or(Ok(()), Err)
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
