//! What one host's return means: done or failed, and where in it the reason sits. Success is not success here: the word of
//! the master is one of several that must agree.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::backend::driven::HostResult;
use crate::domain::{Evidence, HostState, Run, Text};

/// Longest reason that is shown in a row, in characters.
const REASON: usize = 240;

/// Reads one entry of a job's `Result`.
pub fn of(fun: &str, entry: &Value) -> HostResult {
    let said = entry.get("return").unwrap_or(&Value::Null);
    let code = entry.get("retcode").and_then(worst);
    let failed = entry.get("success").is_some_and(|word| !all_true(word))
        || code.is_some_and(|code| code != 0)
        || *said == Value::Bool(false)
        || states(said).is_some_and(|mut states| states.any(|(_, state)| state["result"] == Value::Bool(false)))
        || said.as_str().is_some_and(timed_out);
    let reason = failed.then(|| reason(said));
    let blocked = said.as_str().is_some_and(|words| words.contains("Minion in blackout mode"));
    let tool = reason.as_ref().and_then(|reason| reason.code).or_else(|| said.get("retcode").and_then(Value::as_i64));
    HostResult {
        state: match (failed, blocked) {
            (_, true) => HostState::Skipped,
            (true, false) => HostState::Failed,
            (false, false) => HostState::Done,
        },
        code: tool.or(code),
        message: match (&reason, blocked) {
            (_, true) => Some("frozen: the host is in blackout mode and ran nothing".into()),
            (Some(reason), false) => Some(Text::bounded(&reason.line, REASON)),
            (None, false) => would(said),
        },
        said: reason.map_or_else(|| vec![Evidence::new(&words(said))], |reason| vec![Evidence::new(&reason.whole)]),
        back: back(fun, said),
        brought: brought(fun, said),
    }
}

/// One code, or one for each of several functions.
fn worst(code: &Value) -> Option<i64> {
    match code {
        Value::Object(map) => map.values().filter_map(Value::as_i64).max_by_key(|code| code.abs()),
        code => code.as_i64(),
    }
}

fn all_true(word: &Value) -> bool {
    match word {
        Value::Object(map) => map.values().all(|word| *word == Value::Bool(true)),
        word => *word == Value::Bool(true),
    }
}

fn timed_out(words: &str) -> bool {
    let last = words.trim_end().rsplit("Timed out after ").next().unwrap_or_default();
    last != words.trim_end() && last.ends_with("seconds")
}

/// The states of a state run, by their place in it; none if it is none.
fn states(said: &Value) -> Option<impl Iterator<Item = (i64, &Value)>> {
    let map = said.as_object().filter(|map| !map.is_empty() && map.keys().all(|key| key.contains("_|-")))?;
    Some(map.values().map(|state| (state["__run_num__"].as_i64().unwrap_or(i64::MAX), state)))
}

struct Reason {
    line: String,
    whole: String,
    code: Option<i64>,
}

fn reason(said: &Value) -> Reason {
    if let Some(states) = states(said) {
        // What failed only because something before it failed is no cause.
        let cause = states
            .filter(|(_, state)| state["result"] == Value::Bool(false))
            .filter(|(_, state)| !state["comment"].as_str().unwrap_or_default().starts_with("One or more requisite failed"))
            .min_by_key(|(place, _)| *place);
        if let Some((_, state)) = cause {
            let mut found = from_text(state["comment"].as_str().unwrap_or("a state failed without a comment"));
            let id = state["__id__"].as_str().unwrap_or("a state");
            found.line = format!("{id}: {}", found.line);
            return found;
        }
    }
    match said {
        Value::Bool(false) => Reason { line: "it returned false".into(), whole: "false".into(), code: None },
        Value::String(words) => from_text(words),
        Value::Array(list) => {
            let all: Vec<String> = list.iter().map(words).collect();
            Reason { line: first_line(&all.join("\n")), whole: all.join("\n"), code: None }
        }
        Value::Object(map) => from_fields(map),
        other => Reason { line: words(other), whole: words(other), code: None },
    }
}

/// `stdout`, `stderr` and `retcode` as a module or a tool wrapper returns them; else a comment; else one map a function.
fn from_fields(map: &Map<String, Value>) -> Reason {
    let word = |key: &str| map.get(key).and_then(Value::as_str).map(str::trim).filter(|word| !word.is_empty());
    let code = map.get("retcode").and_then(Value::as_i64);
    let tool: Vec<&str> = [word("stderr"), word("stdout")].into_iter().flatten().collect();
    if !tool.is_empty() {
        return Reason { line: telling_line(tool[0]), whole: tool.join("\n"), code };
    }
    if let Some(comment) = word("comment") {
        return Reason { code, ..from_text(comment) };
    }
    let bad = map.values().find(|value| **value == Value::Bool(false) || value.get("stderr").is_some());
    match bad {
        Some(Value::Object(inner)) => from_fields(inner),
        _ => Reason { line: "it failed and gave no reason".into(), whole: words(&Value::Object(map.clone())), code },
    }
}

/// A text: a traceback, an outline with the tool's words inside, or plain words.
fn from_text(text: &str) -> Reason {
    if text.contains("Traceback (most recent call last)") {
        let last = text.trim_end().lines().last().unwrap_or_default().trim();
        return Reason { line: last.to_owned(), whole: text.to_owned(), code: None };
    }
    let tool = outlined(text, "stderr").or_else(|| outlined(text, "errors")).or_else(|| outlined(text, "stdout"));
    let code = outlined(text, "retcode").and_then(|code| code.trim().parse().ok());
    let line = tool.as_deref().map_or_else(|| first_line(text), telling_line);
    let whole = match (outlined(text, "stderr"), outlined(text, "stdout")) {
        (Some(err), Some(out)) => format!("{err}\n{out}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => text.to_owned(),
    };
    Reason { line, whole, code }
}

/// The lines below `key:` of an outline indented by four, without their indent.
fn outlined(text: &str, key: &str) -> Option<String> {
    let mut lines = text.lines();
    let head = lines.find(|line| line.trim_end().strip_suffix(':').is_some_and(|word| word.trim_start() == key))?;
    let depth = indent(head) + 4;
    let below: Vec<&str> = lines
        .take_while(|line| line.trim().is_empty() || indent(line) >= depth)
        .map(|line| line.get(depth..).unwrap_or(""))
        .filter(|line| !line.trim_end().chars().all(|c| c == '-') || line.trim().is_empty())
        .collect();
    let below = below.join("\n").trim().to_owned();
    (!below.is_empty()).then_some(below)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The line of a tool's words that names the error, with the next one where it ends in a colon; the first one where none does.
fn telling_line(text: &str) -> String {
    let error = |line: &str| line.starts_with("E: ") || line.to_lowercase().contains("error");
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match lines.find(|line| error(line)) {
        Some(line) if line.ends_with(':') => format!("{line} {}", lines.next().unwrap_or_default()).trim_end().to_owned(),
        Some(line) => line.to_owned(),
        None => first_line(text),
    }
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing").to_owned()
}

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Packages with their versions before and after: by a package function, by each package state that was applied, or by a wrapper.
fn changes<'a>(fun: &str, said: &'a Value) -> Vec<&'a Map<String, Value>> {
    if fun.starts_with("pkg.") {
        return said.as_object().into_iter().collect();
    }
    if fun.starts_with("state.") {
        let applied = |(_, state): &(&String, &Value)| state["result"] != Value::Null;
        return of_packages(said).filter(applied).filter_map(|(_, state)| state.get("changes")?.as_object()).collect();
    }
    said.get("changes").and_then(Value::as_object).into_iter().collect()
}

/// The states of a state run that are about packages.
fn of_packages(said: &Value) -> impl Iterator<Item = (&String, &Value)> {
    said.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("pkg_|-"))
}

/// What a run that changed nothing would have changed: states without a result.
fn would(said: &Value) -> Option<Text> {
    let mut open: Vec<(i64, &Value)> = states(said)?.filter(|(_, state)| state["result"] == Value::Null).collect();
    if open.is_empty() {
        return None;
    }
    open.sort_by_key(|(place, _)| *place);
    let ids: Vec<&str> = open.iter().filter_map(|(_, state)| state["__id__"].as_str()).collect();
    let pending = of_packages(said).filter(|(_, state)| state["result"] == Value::Null);
    let packages: Vec<&str> =
        pending.filter_map(|(_, state)| state["changes"].as_object()).flatten().map(|(name, _)| name.as_str()).collect();
    let packages = if packages.is_empty() { String::new() } else { format!(" ({})", packages.join(", ")) };
    Some(Text::bounded(&format!("would change {}{packages}", ids.join(", ")), REASON))
}

/// The versions that it brought, where the return tells them.
fn brought(fun: &str, said: &Value) -> BTreeMap<String, String> {
    let new = |(name, change): (&String, &Value)| Some((name.clone(), change.get("new")?.as_str()?.to_owned()));
    changes(fun, said).into_iter().flatten().filter_map(new).collect()
}

/// Installs the versions from before, where the return tells them. A package that is new has none, and stays.
fn back(fun: &str, said: &Value) -> Option<Run> {
    let old: Vec<Value> = changes(fun, said)
        .into_iter()
        .flatten()
        .filter_map(|(name, change)| Some((name, change.get("old")?.as_str().filter(|old| !old.is_empty())?)))
        .map(|(name, old)| json!({name: old}))
        .collect();
    if old.is_empty() {
        return None;
    }
    let kwarg = Map::from_iter([("pkgs".to_owned(), Value::Array(old))]);
    Some(Run { fun: "pkg.install".to_owned(), arg: Vec::new(), kwarg })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_only_announces_the_reason_is_shown_with_the_reason() {
        let said = json!(
            "ERROR: Problem encountered upgrading packages. Additional info follows:\n\nresult:\n    ----------\n    retcode:\n        1\n    stderr:\n        Error: Transaction test error:\n          At least 12MB more space needed on the /var filesystem."
        );
        let result = of("pkg.upgrade", &json!({"return": said, "retcode": 1, "success": false}));
        let words = "Error: Transaction test error: At least 12MB more space needed on the /var filesystem.";
        assert_eq!(result.message.expect("a reason").as_str(), words);
    }
}
