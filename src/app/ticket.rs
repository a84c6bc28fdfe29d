//! A ticket text for one tenant's part of a pile of failures: Markdown with title, body, hosts, evidence and ids.
//!
//! Only one tenant's words are in it. Where another tenant, or a host or rollout of one, is named in a tool's output, a mark takes
//! its place.

mod others;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{Timestamp, Unit};

use super::state::State;
use crate::domain::{Evidence, Failure, RolloutId, Signature, TenantId, Text};
use crate::store::queue::Pile;

/// Hosts named one by one; the rest is a number.
const HOSTS: usize = 50;
/// Hosts whose words are quoted, for each cause, and lines of each.
const QUOTED: usize = 3;
const LINES: usize = 20;
/// Values of a variant that are named.
const VALUES: usize = 5;

/// The text for `tenant`'s failures in `pile`; None if there are none.
pub fn text(state: &State, pile: &Pile, tenant: &TenantId) -> Option<String> {
    let queue = &state.store.queue;
    let mut failures: Vec<&Failure> = queue.in_pile(pile).filter(|failure| failure.tenant == *tenant).collect();
    failures.sort_by(|a, b| (&a.signature, &a.name, &a.attempt).cmp(&(&b.signature, &b.name, &b.attempt)));
    failures.first()?;
    let mut signatures: Vec<&Arc<Signature>> = failures.iter().map(|failure| &failure.signature).collect();
    signatures.dedup();
    let hosts = failures.iter().map(|failure| failure.host()).collect::<std::collections::BTreeSet<_>>().len();
    let causes = if signatures.len() == 1 { signatures[0].class.to_string() } else { format!("{} causes", signatures.len()) };
    let releases: Vec<&Text> = {
        let mut names: Vec<&Text> = failures.iter().filter_map(|failure| Some(&failure.release.as_ref()?.name)).collect();
        names.sort();
        names.dedup();
        names
    };
    let mut out = String::new();
    let of = releases.first().map_or(String::new(), |release| format!(", {release}"));
    _ = writeln!(out, "# {tenant}: {causes} on {hosts} host{}{of}\n", if hosts == 1 { "" } else { "s" });
    _ = writeln!(out, "As read by patchdeck, {}.\n", stamp(state.now.real));
    for signature in signatures {
        let these: Vec<&Failure> = failures.iter().filter(|failure| failure.signature == *signature).copied().collect();
        section(&mut out, signature, &these, state);
    }
    Some(others::Names::of(&state.store, tenant).masked(&out))
}

fn section(out: &mut String, signature: &Signature, failures: &[&Failure], state: &State) {
    _ = writeln!(out, "## {}\n", line(&signature.to_string()));
    if let Some(cause) = failures.first().and_then(|failure| failure.cause()) {
        _ = writeln!(out, "- Rule: {} ({}, {})", cause.rule, cause.confidence.word(), cause.source);
        _ = writeln!(out, "- Next: {}", cause.retry.word());
        if let Some(precondition) = &cause.precondition {
            _ = writeln!(out, "- First: {precondition}");
        }
        _ = writeln!(out, "- Remedy: {}", cause.remedy);
    } else {
        _ = writeln!(out, "- No rule knows it: a person must judge.");
    }
    if let Some(failure) = failures.first() {
        let call = state.care.call(&failure.tenant, &signature.class, failure.cause().map(|cause| &**cause));
        if let Some(todo) = call.and_then(|call| call.todo.as_ref()) {
            _ = writeln!(out, "- To do: {todo}");
        }
        if let Some(call) = call.and_then(|call| call.call.as_ref()) {
            _ = writeln!(out, "- Call: {call}");
        }
    }
    rollouts(out, failures, state);
    variants(out, failures);
    let read = failures.iter().filter(|failure| failure.is_read()).count();
    _ = writeln!(out, "- Evidence read: {read} of {}\n", failures.len());
    _ = writeln!(out, "| host | id | wave | tries | failed | code | attempt |\n| --- | --- | --- | --- | --- | --- | --- |");
    for failure in failures.iter().take(HOSTS) {
        let wave = failure.wave.as_ref().and_then(|wave| state.store.wave(wave));
        _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            cell(failure.name.as_str()),
            cell(failure.host().text().as_str()),
            cell(wave.map_or("not told", |wave| wave.name.as_str())),
            failure.tries,
            failure.at.map_or_else(|| format!("by {}", stamp(failure.noticed)), stamp),
            failure.code.map_or_else(|| "none".to_owned(), |code| code.to_string()),
            cell(failure.attempt.native.as_str()),
        );
    }
    if failures.len() > HOSTS {
        _ = writeln!(out, "\n{} more hosts.", failures.len() - HOSTS);
    }
    out.push('\n');
    let said = failures.iter().filter_map(|failure| Some((failure, failure.evidence.as_ref()?)));
    for (failure, evidence) in said.filter(|(_, evidence)| !evidence.raw().trim().is_empty()).take(QUOTED) {
        _ = writeln!(out, "Said by {}:\n\n```text", line(failure.name.as_str()));
        quote(out, evidence);
        out.push_str("```\n\n");
    }
}

/// Where they failed: by name and by the id that the backend knows.
fn rollouts(out: &mut String, failures: &[&Failure], state: &State) {
    let mut of: BTreeMap<&RolloutId, usize> = BTreeMap::new();
    for rollout in failures.iter().filter_map(|failure| failure.rollout.as_ref()) {
        *of.entry(rollout).or_default() += 1;
    }
    for (rollout, hosts) in of {
        let name = state.store.entry(rollout).map_or("not known any more", |entry| entry.rollout.value.name.as_str());
        let (backend, id) = (rollout.backend.text(), rollout.text());
        _ = writeln!(out, "- Rollout: {} ({}, id {}), {hosts} failed", line(name), line(backend.as_str()), line(id.as_str()));
    }
}

/// Masked parts that may be the cause, as far as this tenant's hosts differ in them, the commonest first.
fn variants(out: &mut String, failures: &[&Failure]) {
    let mut of: BTreeMap<&Text, BTreeMap<&Text, usize>> = BTreeMap::new();
    for variant in failures.iter().flat_map(|failure| &failure.variants) {
        *of.entry(&variant.what).or_default().entry(&variant.value).or_default() += 1;
    }
    for (what, values) in of.into_iter().filter(|(_, values)| values.len() > 1) {
        let mut values: Vec<(&Text, usize)> = values.into_iter().collect();
        values.sort_by_key(|(_, hosts)| std::cmp::Reverse(*hosts));
        let told: Vec<String> = values.iter().take(VALUES).map(|(value, hosts)| format!("{value} on {hosts}")).collect();
        let more = values.len().saturating_sub(VALUES);
        let more = if more > 0 { format!(", {more} more") } else { String::new() };
        _ = writeln!(out, "- Variants: {} {}{more}", line(what.as_str()), line(&told.join(", ")));
    }
}

/// The last lines: a tool tells why at its end.
fn quote(out: &mut String, evidence: &Evidence) {
    let lines: Vec<Text> = evidence.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    if from > 0 {
        _ = writeln!(out, "[{from} lines before]");
    }
    for said in &lines[from..] {
        // What is quoted cannot end the quotation.
        _ = writeln!(out, "{}", said.as_str().replace("```", "'''"));
    }
}

fn line(text: &str) -> String {
    Text::new(text).to_string()
}

fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

fn stamp(at: Timestamp) -> String {
    at.round(Unit::Second).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests;
