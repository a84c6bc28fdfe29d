//! `[calendar]`, `[[group]]` and `[[window]]`: when work is allowed. What a rule means is `calendar`'s; here it gets its place
//! in the file. Freezes and files have rooms of their own.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::Time;

use super::reader::{Found, Report, Section};
use crate::calendar::rule::recurrence::Parts;
use crate::calendar::{Alarms, Draft, Group, Length, Refused, RuleDraft, Rules, Terms, Window, WindowRule};
use crate::domain::{HostSet, TenantId, Text};

/// `[calendar]`: what holds for all tenants.
pub(super) fn general(root: &mut Section<'_>, report: &mut Report) -> (Terms, Alarms) {
    let Some(mut section) = root.table("calendar", report) else { return (Terms::default(), Alarms::default()) };
    let found = (terms(&mut section, &Terms::default(), report), alarms(&mut section, report));
    section.finish(report);
    found
}

/// Reads groups and windows into `rules`, which knows the tenants already.
pub(super) fn read(root: &mut Section<'_>, report: &mut Report, rules: &mut Rules) {
    for section in root.tables("group", report) {
        group(section, report, rules);
    }
    for section in root.tables("window", report) {
        window(section, report, rules);
    }
}

/// Keys that `[calendar]` gives to all and `[[tenant]]` to one.
pub(super) fn terms(section: &mut Section<'_>, usual: &Terms, report: &mut Report) -> Terms {
    let mut terms = usual.clone();
    if let Some(least) = section.string("least", report) {
        match Length::read("least", least.value) {
            Ok(Length::Elapsed(length)) => terms.least = length,
            Ok(_) | Err(_) => report.problem(least.at, "`least` is no length", "write elapsed time: 30min"),
        }
    }
    if let Some(change) = section.flag("change", report) {
        terms.change = change.value;
    }
    if let Some(begins) = section.string("business_day", report) {
        match Time::strptime("%H:%M", begins.value) {
            Ok(time) => terms.business_day = time,
            Err(_) => report.problem(begins.at, "`business_day` is no time", "write when it begins: 08:00"),
        }
    }
    terms
}

fn alarms(section: &mut Section<'_>, report: &mut Report) -> Alarms {
    let mut alarms = Alarms::default();
    let mut minutes = |key, most: f64, place: &mut u32| {
        if let Some(found) = section.number(key, 0.0..=most, report) {
            *place = found.value as u32;
        }
    };
    minutes("opening_minutes", 1440.0, &mut alarms.opening);
    minutes("cutoff_minutes", 1440.0, &mut alarms.cutoff);
    minutes("close_minutes", 1440.0, &mut alarms.close);
    minutes("end_minutes", 1440.0, &mut alarms.end);
    minutes("clock_days", 31.0, &mut alarms.clock_days);
    alarms
}

fn group(mut section: Section<'_>, report: &mut Report, rules: &mut Rules) {
    let name = section.required("name", report, "name it: name = \"eu\"");
    let tenant = section.required("tenant", report, "say whose hosts they are: tenant = \"acme\"");
    let mut list = |key| section.strings(key, report).iter().map(|found| found.value.to_owned()).collect::<Vec<String>>();
    let (waves, sites, hosts) = (list("waves"), list("sites"), list("hosts"));
    if waves.is_empty() && sites.is_empty() && hosts.is_empty() {
        report.problem(
            section.at,
            "[[group]] holds nothing",
            "say which: waves = [\"*-eu\"], sites = [\"Berlin 2\"] or hosts = [\"db-*\"]",
        );
    }
    let at = section.at_key("name").unwrap_or(section.at);
    section.finish(report);
    let (Some(name), Some(tenant)) = (name, tenant) else { return };
    let tenant_id = known(&tenant, report, rules);
    let name = Text::new(name.value);
    if rules.groups.iter().any(|known| known.tenant == tenant_id && known.name == name) {
        report.problem(at, format!("a second group `{name}` of {tenant_id}"), "join the two");
    }
    rules.groups.push(Group { tenant: tenant_id, name, waves, sites, hosts });
}

/// A window in one line: `Patch Tuesday + 3 at 22:00, 3h, cutoff 30min, Europe/Berlin`.
fn said(draft: &Draft<'_>) -> Text {
    let rule = match draft.rule {
        RuleDraft::Rrule(parts) => format!("from {}, {}", parts.start, parts.rrule),
        RuleDraft::Cron(cron) => format!("cron {cron}"),
        RuleDraft::Nth(nth) => nth.to_owned(),
        RuleDraft::Once(start) => format!("once, {start}"),
    };
    let cutoff = draft.cutoff.map_or_else(String::new, |cutoff| format!(", cutoff {cutoff}"));
    Text::new(format!("{rule}, {}{cutoff}, {}", draft.lasts, draft.zone))
}

/// A tenant that is named somewhere else too; a window for nobody would be one that nobody sees.
pub(super) fn known(tenant: &Found<&str>, report: &mut Report, rules: &Rules) -> TenantId {
    let id = TenantId::new(tenant.value);
    if !rules.tenants.contains_key(&id) {
        let names: Vec<&str> = rules.tenants.keys().map(TenantId::raw).collect();
        let next = match super::reader::nearest(tenant.value, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names.join(", ")),
        };
        report.problem(tenant.at, format!("no [[tenant]] and no [[backend]] is called `{}`", tenant.value), next);
    }
    id
}

fn window(mut section: Section<'_>, report: &mut Report, rules: &mut Rules) {
    let name = section.required("name", report, "name it: name = \"Tuesday night\"");
    let tenants = section.strings("tenant", report);
    if tenants.is_empty() {
        report.problem(section.at, "[[window]] has no `tenant`", "say for whom: tenant = \"acme\", or a list");
    }
    let group = section.string("group", report);
    let zone = section.string("zone", report);
    let words = RuleWords::read(&mut section, report, "window");
    let lasts = lasts(&mut section, report, "window");
    let cutoff = section.string("cutoff", report);
    let allows: Vec<&str> = section.strings("allows", report).iter().map(|found| found.value).collect();
    let owner = section.string("owner", report);
    let (at, places) = (section.at_key("name").unwrap_or(section.at), Places::of(&section));
    section.finish(report);
    let (Some(name), Some(words), Some(lasts)) = (name, words, lasts) else { return };
    let mut refused: BTreeSet<(usize, String)> = BTreeSet::new();
    for tenant in &tenants {
        let id = known(tenant, report, rules);
        let Some(zone) = zone.map(|zone| zone.value.to_owned()).or_else(|| own_zone(&id, rules)) else {
            report.problem(at, format!("`{}` has no zone, and {id} has none", name.value), "give one: zone = \"Europe/Berlin\"");
            continue;
        };
        let draft = Draft {
            name: name.value,
            zone: &zone,
            rule: words.draft(),
            lasts: &lasts,
            cutoff: cutoff.map(|cutoff| cutoff.value),
            allows: &allows,
            owner: owner.map(|owner| owner.value),
        };
        let Some(set) = set_of(&id, group.as_ref(), report, rules) else { continue };
        match Window::read(&draft, jiff::tz::db()) {
            Ok(window) if rules.windows.iter().any(|known| known.set == set && known.window.name == window.name) => {
                report.problem(at, format!("a second window `{}` of {set}", window.name), "give each a name of its own");
            }
            Ok(window) => {
                let said = said(&draft);
                rules.windows.push(WindowRule { set, window, said, source: report.place(at) });
            }
            // The same mistake for each tenant of a list is told once.
            Err(all) => {
                for why in all {
                    if refused.insert((places.at(&why), why.to_string())) {
                        places.tell(&why, report);
                    }
                }
            }
        }
    }
}

/// The hosts a window is for.
fn set_of(tenant: &TenantId, group: Option<&Found<&str>>, report: &mut Report, rules: &Rules) -> Option<HostSet> {
    let Some(group) = group else { return Some(HostSet::of(tenant)) };
    let found = rules.groups.iter().find(|known| known.tenant == *tenant && known.name.as_str() == group.value);
    if found.is_none() {
        report.problem(group.at, format!("{tenant} has no [[group]] `{}`", group.value), "define it, or mend the name");
    }
    found.map(|found| HostSet::group(tenant, &found.name))
}

/// The tenant's own zone by name.
fn own_zone(tenant: &TenantId, rules: &Rules) -> Option<String> {
    rules.terms(tenant).zone.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned)
}

/// How long: `length = "8h"` or `until = "06:00"`, and exactly one of them.
pub(super) fn lasts(section: &mut Section<'_>, report: &mut Report, title: &str) -> Option<String> {
    let length = section.string("length", report);
    let until = section.string("until", report);
    match (length, until) {
        (Some(length), None) => Some(length.value.to_owned()),
        (None, Some(until)) => Some(format!("until {}", until.value)),
        (Some(_), Some(until)) => {
            report.problem(until.at, "both `length` and `until`", "keep `length` for elapsed time, `until` for the wall clock");
            None
        }
        (None, None) => {
            // A value of the wrong type has been told already.
            if section.at_key("length").or(section.at_key("until")).is_none() {
                let next = "say how long: length = \"8h\" for elapsed time, until = \"06:00\" for the wall clock";
                report.problem(section.at, format!("[[{title}]] has neither `length` nor `until`"), next);
            }
            None
        }
    }
}

/// The words of a rule; exactly one kind of it.
pub(super) struct RuleWords<'a> {
    start: Option<&'a str>,
    rrule: Option<&'a str>,
    cron: Option<&'a str>,
    on: Option<&'a str>,
    except: Vec<&'a str>,
    also: Vec<&'a str>,
}

impl<'a> RuleWords<'a> {
    pub fn read(section: &mut Section<'a>, report: &mut Report, title: &str) -> Option<Self> {
        let mut text = |key| section.string(key, report).map(|found| found.value);
        let (start, rrule, cron, on) = (text("start"), text("rrule"), text("cron"), text("on"));
        let mut list = |key| section.strings(key, report).iter().map(|found| found.value).collect::<Vec<&str>>();
        let (except, also) = (list("except"), list("also"));
        let words = Self { start, rrule, cron, on, except, also };
        let kinds = [start.is_some() || rrule.is_some(), cron.is_some(), on.is_some()].iter().filter(|kind| **kind).count();
        let written = ["start", "rrule", "cron", "on"].iter().find_map(|key| section.at_key(key));
        match (kinds, written) {
            (1, _) if rrule.is_some() && start.is_none() => {
                let next = "say when it first begins: start = \"2026-12-08T22:00\"";
                report.problem(section.at_key("rrule").unwrap_or(section.at), "an `rrule` without a `start`", next);
                None
            }
            (1, _) => Some(words),
            (0, None) => {
                let next = "say when: start (with rrule, or alone for once), cron, or on = \"Patch Tuesday + 3 at 22:00\"";
                report.problem(section.at, format!("[[{title}]] has no rule"), next);
                None
            }
            (0, Some(_)) => None,
            (_, at) => {
                report.problem(
                    at.unwrap_or(section.at),
                    format!("{kinds} rules in one [[{title}]]"),
                    "give each a table of its own",
                );
                None
            }
        }
    }

    pub fn draft(&self) -> RuleDraft<'_> {
        match (self.rrule, self.cron, self.on, self.start) {
            (Some(rrule), ..) => {
                RuleDraft::Rrule(Parts { start: self.start.unwrap_or_default(), rrule, except: &self.except, also: &self.also })
            }
            (None, Some(cron), ..) => RuleDraft::Cron(cron),
            (None, None, Some(on), _) => RuleDraft::Nth(on),
            (None, None, None, start) => RuleDraft::Once(start.unwrap_or_default()),
        }
    }
}

/// Where the keys of a table stand, so that a refused part is told at its own line.
pub(super) struct Places {
    table: usize,
    keys: Vec<(&'static str, usize)>,
}

impl Places {
    pub fn of(section: &Section<'_>) -> Self {
        const KEYS: [&str; 15] = [
            "name", "zone", "start", "rrule", "cron", "on", "length", "until", "cutoff", "allows", "also", "except", "from",
            "to", "tenant",
        ];
        let keys = KEYS.iter().filter_map(|key| Some((*key, section.at_key(key)?))).collect();
        Self { table: section.at, keys }
    }

    /// The key that a refused part was written under.
    fn key(&self, why: &Refused) -> Option<(&'static str, usize)> {
        let under: &[&str] = match why.field {
            "rule" => &["rrule", "cron", "on"],
            "lasts" => &["length", "until"],
            field => return self.keys.iter().find(|(key, _)| *key == field).copied(),
        };
        self.keys.iter().find(|(key, _)| under.contains(key)).copied()
    }

    fn at(&self, why: &Refused) -> usize {
        self.key(why).map_or(self.table, |(_, at)| at)
    }

    pub fn tell(&self, why: &Refused, report: &mut Report) {
        let key = self.key(why).map_or(why.field, |(key, _)| key);
        report.problem(self.at(why), format!("`{key}`: `{}` cannot be taken", why.part), why.why.as_str());
    }
}

/// An elapsed length, for keys that are read apart from a rule.
pub(super) fn elapsed(found: &Found<&str>, key: &'static str, report: &mut Report) -> Option<SignedDuration> {
    if let Ok(Length::Elapsed(length)) = Length::read(key, found.value) {
        return Some(length);
    }
    report.problem(found.at, format!("`{key}` is no length"), "write elapsed time: 30min");
    None
}
