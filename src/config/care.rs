//! `[failures]`, `[[call]]` and `[[deadline]]`: rules of one's own, whom to call for which cause, how soon it is dealt with.
//!
//! Whether a class exists is the taxonomy's to say: the rules are read where they are used.

use std::path::PathBuf;
use std::time::Duration;

use super::paths::Base;
use super::plans::strings;
use super::problem::Place;
use super::reader::{Found, Report, Section};
use crate::domain::{Call, CareRules, CauseClass, Deadline, TenantId, Text};

/// A class of causes that the config names: whether there is one is the taxonomy's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCause {
    pub word: String,
    /// The id of a rule does as well.
    pub or_rule: bool,
    pub place: Place,
}

/// Longest deadline, in hours: a year.
const LONGEST: f64 = 24.0 * 366.0;

/// The file of the user's own rules, and what is done about failures.
pub(super) fn read(
    root: &mut Section<'_>,
    report: &mut Report,
    base: &Base<'_>,
    named: &mut Vec<NamedCause>,
) -> (Option<PathBuf>, CareRules) {
    let own = root.table("failures", report).and_then(|mut section| {
        let rules = section.string("rules", report).map(|found| base.resolve(found.value));
        section.finish(report);
        rules
    });
    let mut care = CareRules::default();
    for mut section in root.tables("call", report) {
        let at = section.at;
        let cause = section.string("cause", report);
        named.extend(cause.map(|Found { value, at }| NamedCause {
            word: value.to_owned(),
            or_rule: true,
            place: report.spot(at),
        }));
        let call = Call {
            tenant: section.string("tenant", report).map(|found| TenantId::new(found.value)),
            cause: cause.map(|found| Text::new(found.value)),
            todo: section.words("do", report),
            call: section.words("call", report),
        };
        section.finish(report);
        if call.todo.is_none() && call.call.is_none() {
            report.problem(at, "[[call]] says neither what to do nor whom to call", "give it `do`, `call` or both");
            continue;
        }
        care.calls.push(call);
    }
    for mut section in root.tables("deadline", report) {
        let severity = section.required("severity", report, "name it in a word of yours: severity = \"high\"");
        let hours = section.number("hours", 0.1..=LONGEST, report);
        let at = section.at;
        let classes = strings(&mut section, "causes", report).unwrap_or_default();
        section.finish(report);
        let of = |found: &Found<String>| NamedCause { word: found.value.clone(), or_rule: false, place: report.spot(found.at) };
        named.extend(classes.iter().map(of));
        let Some(severity) = severity else { continue };
        let Some(hours) = hours else {
            report.problem(at, "[[deadline]] has no `hours`", "say within how many hours: hours = 4");
            continue;
        };
        care.deadlines.push(Deadline {
            severity: severity.value.into(),
            classes: classes.iter().map(|found| CauseClass::new(&found.value)).collect(),
            within: Duration::from_secs_f64(hours.value * 3600.0),
        });
    }
    (own, care)
}
