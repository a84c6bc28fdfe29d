//! `[retry]`, `[[budget]]` and `[[release]]`: how often the same may be tried, and which releases nobody can take back.

use super::care::NamedCause;
use super::reader::{Report, Section};
use crate::domain::{Budget, CauseClass, HostRules, Text};

pub(super) fn read(root: &mut Section<'_>, report: &mut Report, named: &mut Vec<NamedCause>) -> HostRules {
    let mut rules = HostRules::default();
    if let Some(mut section) = root.table("retry", report) {
        rules.usual = budget(&mut section, Budget::default(), report);
        section.finish(report);
    }
    for mut section in root.tables("budget", report) {
        let class = section.required("class", report, "name the class of causes it is for: class = \"package_lock\"");
        let budget = budget(&mut section, rules.usual, report);
        section.finish(report);
        let Some(class) = class else { continue };
        named.push(NamedCause { word: class.value.to_owned(), or_rule: false, place: report.spot(class.at) });
        if rules.by_class.insert(CauseClass::new(class.value), budget).is_some() {
            report.problem(class.at, format!("a second budget for `{}`", class.value), "keep one of them");
        }
    }
    for mut section in root.tables("release", report) {
        let name = section.required("name", report, "name the release as the backend shows it: name = \"till-os:2026.12\"");
        let why = section.required("irreversible", report, "say why nobody can take it back");
        section.finish(report);
        let (Some(name), Some(why)) = (name, why) else { continue };
        if rules.irreversible.insert(Text::new(name.value), Text::new(why.value)).is_some() {
            report.problem(name.at, format!("a second [[release]] `{}`", name.value), "keep one of them");
        }
    }
    rules
}

fn budget(section: &mut Section<'_>, usual: Budget, report: &mut Report) -> Budget {
    let tries = section.number("tries", 1.0..=100.0, report).map_or(usual.tries, |found| found.value as u32);
    let pause = section.number("pause_minutes", 0.0..=1440.0, report);
    Budget { tries, pause_minutes: pause.map_or(usual.pause_minutes, |found| found.value as u32) }
}
