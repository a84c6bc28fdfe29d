//! A ticket text for one tenant's part of a pile of failures: Markdown with title, body, hosts, evidence and ids.
//!
//! Only one tenant's words are in it. Where a name of another tenant stands in a tool's output, a mark takes its place.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{Timestamp, Unit};

use super::state::State;
use crate::domain::{Evidence, Failure, Signature, TenantId, Text};
use crate::store::queue::Pile;

/// Hosts named one by one; the rest is a number.
const HOSTS: usize = 50;
/// Hosts whose words are quoted, for each cause, and lines of each.
const QUOTED: usize = 3;
const LINES: usize = 20;
/// What stands in place of another tenant's name.
const MARK: &str = "***";

/// The text for `tenant`'s failures in `pile`; None if there are none.
pub fn text(state: &State, pile: &Pile, tenant: &TenantId) -> Option<String> {
    let queue = &state.store.queue;
    let mut failures: Vec<&Arc<Failure>> = queue.in_pile(pile).filter(|failure| failure.tenant == *tenant).collect();
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
        let these: Vec<&Arc<Failure>> = failures.iter().filter(|failure| failure.signature == *signature).copied().collect();
        section(&mut out, signature, &these, state);
    }
    Some(without_others(&out, tenant, &others(state, tenant)))
}

fn section(out: &mut String, signature: &Signature, failures: &[&Arc<Failure>], state: &State) {
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

/// Names of the other tenants, as they may stand in a text: longest first, so that no part of one is left.
fn others(state: &State, tenant: &TenantId) -> Vec<String> {
    let mut names: Vec<String> =
        state.store.tenant_ids().into_iter().filter(|other| other != tenant).map(|other| other.text().to_string()).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

/// `text` without the words of `others`. The tenant's own name stays, also where another's is a part of it.
fn without_others(text: &str, own: &TenantId, others: &[String]) -> String {
    let own = own.text().to_string().to_lowercase();
    let others: Vec<String> = others.iter().map(|name| name.to_lowercase()).filter(|name| !name.trim().is_empty()).collect();
    let mut out = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let starts = !before.is_some_and(char::is_alphanumeric);
        let here = |name: &str| starts.then(|| prefix(rest, name)).flatten();
        let other = others.iter().filter_map(|name| here(name)).max();
        let mine = here(&own).filter(|mine| other.is_none_or(|other| *mine >= other));
        let (taken, shown) = match (mine, other) {
            (Some(mine), _) => (mine, &rest[..mine]),
            (None, Some(other)) => (other, MARK),
            (None, None) => (next.len_utf8(), &rest[..next.len_utf8()]),
        };
        out.push_str(shown);
        before = rest[..taken].chars().last();
        rest = &rest[taken..];
    }
    out
}

/// Bytes of `text` that `name` (lower case) takes at its start, as a word of its own and in any case.
fn prefix(text: &str, name: &str) -> Option<usize> {
    let mut wanted = name.chars();
    let mut taken = 0;
    let mut next = wanted.next();
    for c in text.chars() {
        let Some(_) = next else { break };
        for low in c.to_lowercase() {
            if next != Some(low) {
                return None;
            }
            next = wanted.next();
        }
        taken += c.len_utf8();
    }
    let ends = !text[taken..].chars().next().is_some_and(char::is_alphanumeric);
    (next.is_none() && ends).then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::a_word("host of Globex failed", "host of *** failed")]
    #[case::in_a_path("/srv/globex/x globex-hb", "/srv/***/x ***-hb")]
    #[case::no_part_of_a_word("globexology", "globexology")]
    #[case::the_own_name_holds_another("acme-eu and acme", "acme-eu and ***")]
    #[case::the_longest_goes_first("acme-us", "***")]
    fn another_tenants_name_is_replaced_by_a_mark(#[case] text: &str, #[case] shown: &str) {
        let others = ["globex", "acme-us", "acme"].map(str::to_owned);
        assert_eq!(without_others(text, &TenantId::new("acme-eu"), &others), shown);
    }

    proptest! {
        #[test]
        fn no_other_tenants_name_is_left_in_any_text(
            words in prop::collection::vec("(globex|Globex|GLOBEX|umbrella|acme|x| |\\.|-|/|ü)", 0..40),
        ) {
            let others = ["globex".to_owned(), "umbrella".to_owned()];
            let text = without_others(&words.concat(), &TenantId::new("acme"), &others).to_lowercase();
            let alone = |name: &str| text.match_indices(name).any(|(at, _)| {
                let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
                edge(text[..at].chars().last()) && edge(text[at + name.len()..].chars().next())
            });
            prop_assert!(!alone("globex") && !alone("umbrella"), "{text}");
        }
    }
}
