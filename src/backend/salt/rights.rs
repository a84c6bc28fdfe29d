//! What a login may do, from the list that it gets at login: functions and targets as the master matches them.
//!
//! A pattern that is not understood leaves the right open: the master judges, and the dialog says so.

use serde_json::Value;

use crate::action::Verb;
use crate::backend::port::Right;
use crate::domain::Text;

/// Whether `perms` let this login run `fun` on hosts (or, with `runner`, on the master).
pub fn may(perms: &Value, fun: &str, runner: bool) -> Right {
    let Some(list) = perms.as_array() else { return no(fun) };
    let mut narrowed = false;
    for entry in list {
        match entry {
            Value::String(word) if runner && word == "@runner" => return Right::Yes,
            Value::String(word) if !runner && !word.starts_with('@') => match fits(word, fun) {
                Some(true) => return Right::Yes,
                Some(false) => {}
                None => narrowed = true,
            },
            Value::Object(map) => {
                for (target, functions) in map {
                    if (target == "@runner") != runner || (target.starts_with('@') && !runner) {
                        continue;
                    }
                    match any(functions, fun) {
                        Some(true) if runner || target == "*" => return Right::Yes,
                        // On some hosts: the master judges the list.
                        Some(true) | None => narrowed = true,
                        Some(false) => {}
                    }
                }
            }
            _ => {}
        }
    }
    if narrowed { Right::NotKnown } else { no(fun) }
}

/// What is known of a verb without its plan.
pub fn of_verb(perms: &Value, verb: Verb) -> Option<Right> {
    match verb {
        Verb::Stop => Some(may(perms, "saltutil.term_job", false)),
        Verb::Approve | Verb::Pause => Some(may(perms, "test.ping", false)),
        _ => None,
    }
}

/// What this login cannot see, in words.
pub fn blind(perms: &Value) -> Vec<Text> {
    let mut blind = Vec::new();
    for fun in ["jobs.list_jobs", "jobs.list_job"] {
        if let Right::No(_) = may(perms, fun, true) {
            blind.push(format!("no rollouts for this login: it lacks @runner {fun}").into());
        }
    }
    for (fun, what) in [("test.ping", "hosts of rings that have not begun"), ("saltutil.find_job", "what silent hosts do")] {
        if let Right::No(_) = may(perms, fun, false) {
            blind.push(format!("not seen by this login: {what}; it lacks {fun}").into());
        }
    }
    blind
}

fn no(fun: &str) -> Right {
    Right::No(format!("this login has no right to {fun}").into())
}

fn any(functions: &Value, fun: &str) -> Option<bool> {
    let mut open = false;
    for pattern in functions.as_array()? {
        match pattern.as_str().and_then(|pattern| fits(pattern, fun)) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(false) }
}

/// Whether a pattern matches the whole of `word`; none for one that uses more than dots and stars.
fn fits(pattern: &str, word: &str) -> Option<bool> {
    if pattern.contains(['[', '(', '|', '+', '?', '\\', '^', '$', '{']) {
        return None;
    }
    Some(matches(pattern.as_bytes(), word.as_bytes()))
}

fn matches(pattern: &[u8], word: &[u8]) -> bool {
    match pattern {
        [] => word.is_empty(),
        [b'.', b'*', rest @ ..] | [b'*', rest @ ..] => (0..=word.len()).any(|taken| matches(rest, &word[taken..])),
        [one, rest @ ..] => word.first().is_some_and(|first| *one == b'.' || one == first) && matches(rest, &word[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::everything(json!([".*", "@runner"]), "patch.apply", false, Right::Yes)]
    #[case::runner(json!([".*", "@runner"]), "jobs.list_jobs", true, Right::Yes)]
    #[case::by_name(json!([{"*": ["test.ping", "pkg.list_.*"]}]), "pkg.list_upgrades", false, Right::Yes)]
    #[case::not_that_one(json!([{"*": ["test.ping"]}]), "patch.apply", false, no("patch.apply"))]
    #[case::own_hosts_only(json!([{"acme-*": ["patch.*"]}]), "patch.apply", false, Right::NotKnown)]
    #[case::runner_by_name(json!([{"@runner": ["jobs.*"]}]), "jobs.list_jobs", true, Right::Yes)]
    #[case::a_runner_is_no_function_of_hosts(json!(["@runner"]), "patch.apply", false, no("patch.apply"))]
    #[case::nothing_at_all(json!({}), "test.ping", false, no("test.ping"))]
    #[case::too_clever(json!([{"*": ["patch.(apply|scan)"]}]), "patch.apply", false, Right::NotKnown)]
    fn rights_are_read_as_the_master_reads_them(
        #[case] perms: Value,
        #[case] fun: &str,
        #[case] runner: bool,
        #[case] right: Right,
    ) {
        assert_eq!(may(&perms, fun, runner), right);
    }
}
