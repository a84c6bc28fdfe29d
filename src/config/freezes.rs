//! `[[freeze]]`: times in which nothing may begin, or only some work (a season of low tolerance).

use super::reader::{Found, Report, Section};
use super::windows::{Places, RuleWords, known, lasts};
use crate::calendar::freeze::{FreezeDraft, WhenDraft};
use crate::calendar::{Freeze, FreezeRule, Rules};
use crate::domain::Work;

/// Where no zone is written a freeze holds wherever each tenant is.
const EVERYWHERE: &str = "device";

pub(super) fn read(root: &mut Section<'_>, report: &mut Report, rules: &mut Rules) {
    for section in root.tables("freeze", report) {
        one(section, report, rules);
    }
}

fn one(mut section: Section<'_>, report: &mut Report, rules: &mut Rules) {
    let name = section.required("name", report, "name it: name = \"year end\"");
    let reason = section.string("reason", report);
    let tenants = section.strings("tenant", report);
    let zone = section.string("zone", report);
    let (from, to) = (section.string("from", report), section.string("to", report));
    let ruled = ["start", "rrule", "cron", "on"].iter().any(|key| section.at_key(key).is_some());
    let (words, length) = if ruled {
        (RuleWords::read(&mut section, report, "freeze"), lasts(&mut section, report, "freeze"))
    } else {
        (None, None)
    };
    let allows = section.strings("allows", report);
    let (at, places) = (section.at_key("name").unwrap_or(section.at), Places::of(&section));
    let spares: Vec<Work> = allows.iter().filter_map(|found| work(found, report)).collect();
    if !ruled && (from.is_none() || to.is_none()) {
        let next = "say from when to when: from = \"12-20 00:00\", to = \"01-06 00:00\" for every year, dates for once";
        report.problem(section.at, "[[freeze]] has no `from` and `to`, and no rule", next);
    } else if ruled && (from.is_some() || to.is_some()) {
        report.problem(section.at_key("from").unwrap_or(section.at), "`from` and `to` beside a rule", "keep one of the two");
    }
    section.finish(report);
    let Some(name) = name else { return };
    let when = match (&words, &length, from, to) {
        (Some(words), Some(length), None, None) => WhenDraft::Recurring { rule: words.draft(), lasts: length },
        // A year in front makes it once.
        (None, _, Some(from), Some(to)) if from.value.trim().len() > 12 => WhenDraft::Once { from: from.value, to: to.value },
        (None, _, Some(from), Some(to)) => WhenDraft::Yearly { from: from.value, to: to.value },
        _ => return,
    };
    let scopes: Vec<Option<&str>> =
        if tenants.is_empty() { vec![None] } else { tenants.iter().map(|tenant| Some(tenant.value)).collect() };
    for tenant in &tenants {
        known(tenant, report, rules);
    }
    for (place, tenant) in scopes.into_iter().enumerate() {
        let draft = FreezeDraft {
            name: name.value,
            reason: reason.map_or("", |reason| reason.value),
            tenant,
            zone: zone.map_or(EVERYWHERE, |zone| zone.value),
            when,
        };
        match Freeze::read(&draft, jiff::tz::db()) {
            Ok(freeze) => rules.freezes.push(FreezeRule { freeze, spares: spares.clone(), source: report.place(at) }),
            Err(refused) if place == 0 => refused.iter().for_each(|why| places.tell(why, report)),
            Err(_) => {}
        }
    }
}

/// A kind of work by its name.
fn work(found: &Found<&str>, report: &mut Report) -> Option<Work> {
    let work = Work::ALL.iter().find(|work| work.word() == found.value).copied();
    if work.is_none() {
        let names: Vec<&str> = Work::ALL.iter().map(|work| work.word()).collect();
        report.problem(
            found.at,
            format!("`allows`: `{}` cannot be taken", found.value),
            format!("write some of {}", names.join(", ")),
        );
    }
    work
}
