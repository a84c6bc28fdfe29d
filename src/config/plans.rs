//! `[[plan]]`: rollouts of backends that only run jobs, ring by ring. What a function or a target means is the backend's.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::reader::{Found, Report, Section, nearest, wrong_type};
use crate::backend::settings::Settings;
use crate::domain::{Gate, Limit, OnFailed, OnMet, Ring, RingPlan, Run, Target, TenantId, Text};

/// Longest id and ring name, in characters: they are labels of jobs.
const LONGEST_LABEL: usize = 40;
/// Where nothing is said, a host that has not answered in this time is asked.
const EXPECT_SECONDS: u32 = 30 * 60;

/// Reads every plan and puts it to the backend that it names.
pub(super) fn read(root: &mut Section<'_>, report: &mut Report, backends: &mut [Settings]) {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for section in root.tables("plan", report) {
        let Some((plan, at, backend)) = one(section, report) else { continue };
        if let Some(before) = first.insert(plan.id.clone(), at) {
            let words = format!("a second plan `{}`; the first is on line {}", plan.id, report.line(before));
            report.problem(at, words, "give each its own id: its jobs are found by it");
        }
        place(plan, &backend, backends, report);
    }
}

fn place(plan: RingPlan, backend: &Found<&str>, backends: &mut [Settings], report: &mut Report) {
    let names: Vec<String> = backends.iter().map(|settings| settings.name.raw().to_owned()).collect();
    let Some(settings) = backends.iter_mut().find(|settings| settings.name.raw() == backend.value) else {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let next = match nearest(backend.value, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names.join(", ")),
        };
        return report.problem(backend.at, format!("no [[backend]] is called `{}`", backend.value), next);
    };
    let serves = settings.tenant.as_ref() == Some(&plan.tenant) || settings.tenants.contains_key(&plan.tenant);
    if !serves {
        let words = format!("`{}` does not serve the tenant `{}`", backend.value, plan.tenant);
        return report.problem(backend.at, words, "name the tenant in that [[backend]], or another backend here");
    }
    settings.plans.push(plan);
}

fn one<'a>(mut section: Section<'a>, report: &mut Report) -> Option<(RingPlan, usize, Found<&'a str>)> {
    let id = section.required("id", report, "a short one without customer words: id = \"2026-12-a1\"");
    let name = section.required("name", report, "name it as it stands on the board: name = \"December baseline\"");
    let tenant = section.required("tenant", report, "say for whom: tenant = \"acme\"");
    let backend = section.required("backend", report, "say which [[backend]] runs it: backend = \"NAME\"");
    if section.at_key("run").is_none() {
        report.problem(section.at, "[[plan]] has no `run`", "say what runs: run = { fun = \"pkg.upgrade\" }");
    }
    let run = section.table("run", report).and_then(|table| self::run(table, report));
    let undo = section.table("undo", report).and_then(|table| self::run(table, report));
    let apart = apart(&mut section, report);
    let until = until(&mut section, report);
    let ring_sections = section.tables("rings", report);
    if ring_sections.is_empty() {
        report.problem(
            section.at,
            "[[plan]] has no `rings`",
            "name at least one: rings = [{ name = \"pilot\", target = \"..\" }]",
        );
    }
    let rings = rings(ring_sections, report);
    let at = section.at_key("id").unwrap_or(section.at);
    section.finish(report);
    let id = id?;
    label(&id, "id", report);
    let plan = RingPlan {
        id: id.value.to_owned(),
        name: Text::new(name?.value),
        tenant: TenantId::new(tenant?.value),
        run: run?,
        undo,
        rings,
        apart,
        until,
    };
    Some((plan, at, backend?))
}

/// Labels are searched for and seen by everybody who listens.
fn label(found: &Found<&str>, key: &str, report: &mut Report) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !found.value.chars().all(plain) || found.value.len() > LONGEST_LABEL {
        let words = format!("`{key}` is no plain label");
        report.problem(found.at, words, format!("at most {LONGEST_LABEL} letters, digits, - _ and ."));
    }
}

fn run(mut table: Section<'_>, report: &mut Report) -> Option<Run> {
    let fun = table.required("fun", report, "name the function: fun = \"pkg.upgrade\"");
    let mut arg = Vec::new();
    if let Some(value) = table.any("arg") {
        if let Value::Array(items) = json(value) {
            arg = items;
        } else {
            wrong_type(report, value.span().start, "arg", "a list", value.get_ref());
        }
    }
    let mut kwarg = Map::new();
    if let Some(value) = table.any("kwarg") {
        if let Value::Object(map) = json(value) {
            kwarg = map;
        } else {
            wrong_type(report, value.span().start, "kwarg", "a table", value.get_ref());
        }
    }
    table.finish(report);
    let fun = fun?;
    if kwarg.contains_key("test") && !fun.value.starts_with("state.") {
        let words = format!("`test` for {}: it would change hosts for real", fun.value);
        report.problem(fun.at, words, "only states can be tried dry; take it out");
    }
    Some(Run { fun: fun.value.to_owned(), arg, kwarg })
}

fn rings(sections: Vec<Section<'_>>, report: &mut Report) -> Vec<Ring> {
    let mut rings: Vec<Ring> = Vec::new();
    let mut lines: Vec<usize> = Vec::new();
    for mut section in sections {
        let name = section.required("name", report, "name the ring: name = \"pilot\"");
        let target = target(&mut section, report);
        let expect = section.string("expect", report).and_then(|found| seconds(&found, "expect", report));
        let at_after = section.at_key("after");
        let after = strings(&mut section, "after", report).map(|names| {
            let place = |name: &Found<String>| {
                let place = rings.iter().position(|ring| ring.name == name.value);
                if place.is_none() {
                    let words = format!("`after` names `{}`, which is no ring before this one", name.value);
                    report.problem(name.at, words, "name rings that stand earlier in the list");
                }
                place
            };
            names.iter().filter_map(place).collect::<Vec<_>>()
        });
        let before = rings.len().checked_sub(1).into_iter().collect();
        let after = if at_after.is_some() { after.unwrap_or_default() } else { before };
        let gate = match section.table("gate", report) {
            Some(table) => gate(table, report),
            None => Gate { on_met: Some(OnMet::Pause), on_failed: Some(OnFailed::Pause), ..strict() },
        };
        let at = section.at_key("name").unwrap_or(section.at);
        section.finish(report);
        let (Some(name), Some(target)) = (name, target) else { continue };
        label(&name, "name", report);
        if let Some(before) = rings.iter().position(|ring| ring.name == name.value) {
            let words = format!("a second ring `{}`; the first is on line {}", name.value, report.line(lines[before]));
            report.problem(at, words, "give each its own name");
        }
        lines.push(at);
        rings.push(Ring { name: name.value.to_owned(), target, expect_seconds: expect.unwrap_or(EXPECT_SECONDS), gate, after });
    }
    rings
}

fn target(section: &mut Section<'_>, report: &mut Report) -> Option<Target> {
    let expression = section.string("target", report);
    let at_hosts = section.at_key("hosts");
    let hosts = strings(section, "hosts", report);
    match (expression, hosts) {
        (Some(_), Some(_)) => {
            report.problem(at_hosts.unwrap_or(section.at), "both `target` and `hosts`", "keep the one that is meant");
            None
        }
        (Some(found), None) => Some(Target::Expression(found.value.to_owned())),
        (None, Some(hosts)) if !hosts.is_empty() => Some(Target::Hosts(hosts.into_iter().map(|host| host.value).collect())),
        (None, _) => {
            if section.at_key("target").is_none() {
                report.problem(section.at, "a ring without hosts", "say which: target = \"..\" or hosts = [\"..\"]");
            }
            None
        }
    }
}

/// What holds where nothing is said: every host done, none failed, one person.
fn strict() -> Gate {
    Gate { done: Some(Limit::Share(100)), failed: Some(Limit::Hosts(0)), persons: 1, ..Gate::default() }
}

fn gate(mut table: Section<'_>, report: &mut Report) -> Gate {
    let mut gate = Gate { on_met: Some(OnMet::Pause), on_failed: Some(OnFailed::Pause), ..strict() };
    for (key, place) in [("done", &mut gate.done), ("failed", &mut gate.failed)] {
        let Some(value) = table.any(key) else { continue };
        match limit(value.get_ref()) {
            Some(limit) => *place = Some(limit),
            None => report.problem(
                value.span().start,
                format!("`{key}` is no limit"),
                "write a share, \"95%\", or a number of hosts, 2",
            ),
        }
    }
    gate.soak_seconds = table.string("soak", report).and_then(|found| seconds(&found, "soak", report));
    if let Some(open) = table.string("open", report) {
        match open.value {
            "person" => gate.persons = 1,
            "two-people" => gate.persons = 2,
            other => report.problem(open.at, format!("unknown `open`: `{other}`"), "one of person, two-people"),
        }
    }
    table.finish(report);
    gate
}

fn limit(value: &DeValue<'_>) -> Option<Limit> {
    match value {
        DeValue::Integer(whole) => u32::from_str_radix(whole.as_str(), whole.radix()).ok().map(Limit::Hosts),
        DeValue::String(text) => {
            let share: u8 = text.strip_suffix('%')?.trim().parse().ok()?;
            (share <= 100).then_some(Limit::Share(share))
        }
        _ => None,
    }
}

/// `90s`, `30m`, `2h`.
fn seconds(found: &Found<&str>, key: &str, report: &mut Report) -> Option<u32> {
    let read = |text: &str| -> Option<u32> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        number.trim().parse::<u32>().ok()?.checked_mul(unit)
    };
    let seconds = read(found.value.trim());
    if seconds.is_none() {
        report.problem(found.at, format!("`{key}` is no length of time"), "write 90s, 30m or 2h");
    }
    seconds
}

pub(super) fn strings(section: &mut Section<'_>, key: &'static str, report: &mut Report) -> Option<Vec<Found<String>>> {
    let value = section.any(key)?;
    texts(value, key, report)
}

fn texts(value: &Spanned<DeValue<'_>>, key: &str, report: &mut Report) -> Option<Vec<Found<String>>> {
    let DeValue::Array(items) = value.get_ref() else {
        wrong_type(report, value.span().start, key, "a list of texts", value.get_ref());
        return None;
    };
    let mut found = Vec::new();
    for item in items {
        match item.get_ref().as_str() {
            Some(text) => found.push(Found { value: text.to_owned(), at: item.span().start }),
            None => wrong_type(report, item.span().start, key, "a list of texts", item.get_ref()),
        }
    }
    Some(found)
}

/// `until = "2026-12-31"`
fn until(section: &mut Section<'_>, report: &mut Report) -> Option<Date> {
    let found = section.string("until", report)?;
    let day = found.value.parse().ok();
    if day.is_none() {
        report.problem(found.at, "`until` is no day", "write the last day on which a ring may begin: \"2026-12-31\"");
    }
    day
}

/// `apart = [["db-1", "db-2"]]`
fn apart(section: &mut Section<'_>, report: &mut Report) -> Vec<Vec<String>> {
    let Some(value) = section.any("apart") else { return Vec::new() };
    let DeValue::Array(groups) = value.get_ref() else {
        wrong_type(report, value.span().start, "apart", "a list of lists of hosts", value.get_ref());
        return Vec::new();
    };
    let hosts = |group| Some(texts(group, "apart", report)?.into_iter().map(|host| host.value).collect());
    groups.iter().filter_map(hosts).collect()
}

fn json(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix()).map_or(Value::Null, Value::from),
        DeValue::Float(float) => float.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Datetime(moment) => Value::from(moment.to_string()),
        DeValue::Array(items) => items.iter().map(json).collect(),
        DeValue::Table(table) => table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value))).collect(),
    }
}
