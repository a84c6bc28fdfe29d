//! Which minions an expression means, as the master sees it: globs, lists, grains, pillar, and compounds of them.
//!
//! Pure. Regular expressions are the small subset that rights and targets are written in: literals, `.`, `*` and `$`.

use serde_json::{Map, Value};

/// What can be asked of a minion.
pub(super) trait Known {
    fn id(&self) -> &str;
    fn grains(&self) -> &Map<String, Value>;
    fn pillar(&self) -> &Map<String, Value>;
}

/// Whether `tgt`, read as `tgt_type`, means this minion.
pub(super) fn means(tgt: &Value, tgt_type: &str, minion: &impl Known) -> bool {
    let text = tgt.as_str().unwrap_or_default();
    match tgt_type {
        "list" => match tgt {
            Value::Array(ids) => ids.iter().any(|id| id.as_str() == Some(minion.id())),
            _ => text.split(',').any(|id| id.trim() == minion.id()),
        },
        "compound" => compound(text, minion),
        "grain" => has(minion.grains(), text),
        "pillar" | "pillar_exact" => has(minion.pillar(), text),
        "pcre" => matches(text, minion.id()),
        _ => glob(text, minion.id()),
    }
}

/// `and`, `or`, `not` and parentheses over single expressions. What cannot be read means nobody.
fn compound(text: &str, minion: &impl Known) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let value = either(&words, &mut at, minion);
    value.unwrap_or(false) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, minion: &impl Known) -> Option<bool> {
    let mut value = both(words, at, minion)?;
    while words.get(*at) == Some(&"or") {
        *at += 1;
        value |= both(words, at, minion)?;
    }
    Some(value)
}

fn both(words: &[&str], at: &mut usize, minion: &impl Known) -> Option<bool> {
    let mut value = single(words, at, minion)?;
    while words.get(*at) == Some(&"and") {
        *at += 1;
        value &= single(words, at, minion)?;
    }
    Some(value)
}

fn single(words: &[&str], at: &mut usize, minion: &impl Known) -> Option<bool> {
    let word = *words.get(*at)?;
    *at += 1;
    match word {
        "not" => single(words, at, minion).map(|value| !value),
        "(" => {
            let value = either(words, at, minion)?;
            (words.get(*at) == Some(&")")).then(|| *at += 1)?;
            Some(value)
        }
        "and" | "or" | ")" => None,
        _ => Some(match word.split_once('@') {
            Some(("G", rest)) => has(minion.grains(), rest),
            Some(("I" | "J", rest)) => has(minion.pillar(), rest),
            Some(("L", rest)) => rest.split(',').any(|id| id == minion.id()),
            Some(("E", rest)) => matches(rest, minion.id()),
            _ => glob(word, minion.id()),
        }),
    }
}

/// `a:b:value`, where a value may be a glob.
fn has(map: &Map<String, Value>, path: &str) -> bool {
    let Some((key, rest)) = path.split_once(':') else {
        return false;
    };
    match map.get(key) {
        Some(Value::Object(inner)) => has(inner, rest),
        Some(Value::Array(values)) => values.iter().any(|value| glob(rest, &word(value))),
        Some(value) => glob(rest, &word(value)),
        None => false,
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

/// A shell glob: `*`, `?` and sets.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let mut pattern_chars = pattern.chars();
    match pattern_chars.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = pattern_chars.as_str();
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| glob(rest, &text[at..]))
        }
        Some(one) => {
            let mut chars = text.chars();
            let Some(first) = chars.next() else {
                return false;
            };
            let set = (one == '[').then(|| pattern_chars.as_str().split_once(']')).flatten();
            match set {
                Some((set, rest)) => in_set(set, first) && glob(rest, chars.as_str()),
                None => (one == '?' || one == first) && glob(pattern_chars.as_str(), chars.as_str()),
            }
        }
    }
}

fn in_set(set: &str, one: char) -> bool {
    let (set, wanted) = set.strip_prefix('!').map_or((set, true), |set| (set, false));
    let chars: Vec<char> = set.chars().collect();
    let mut at = 0;
    let mut found = false;
    while at < chars.len() {
        if at + 2 < chars.len() && chars[at + 1] == '-' {
            found |= (chars[at]..=chars[at + 2]).contains(&one);
            at += 3;
        } else {
            found |= chars[at] == one;
            at += 1;
        }
    }
    found == wanted
}

/// Python's `re.match`: from the beginning, the end left open.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.strip_prefix('^').unwrap_or(pattern).chars().collect();
    let text: Vec<char> = text.chars().collect();
    here(&pattern, &text)
}

fn here(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => true,
        ['$'] => text.is_empty(),
        [one, '*', rest @ ..] => {
            let longest = text.iter().take_while(|c| *one == '.' || *one == **c).count();
            (0..=longest).any(|skipped| here(rest, &text[skipped..]))
        }
        ['\\', one, rest @ ..] => text.first() == Some(one) && here(rest, &text[1..]),
        [one, rest @ ..] => text.first().is_some_and(|c| *one == '.' || one == c) && here(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    struct Host(Map<String, Value>, Map<String, Value>);

    impl Known for Host {
        fn id(&self) -> &'static str {
            "acme-web-01"
        }
        fn grains(&self) -> &Map<String, Value> {
            &self.0
        }
        fn pillar(&self) -> &Map<String, Value> {
            &self.1
        }
    }

    fn host() -> Host {
        let map = |value: Value| value.as_object().cloned().unwrap_or_default();
        Host(map(json!({"ring": "pilot", "tenant": "acme"})), map(json!({"tenant": "acme", "patch": {"channel": "stable"}})))
    }

    #[rstest]
    #[case("acme-web-01", "glob", true)]
    #[case("acme-*-0[1-3]", "glob", true)]
    #[case("acme-web-0[!1]", "glob", false)]
    #[case("acme-web-0?", "glob", true)]
    #[case("acme-web", "glob", false)]
    #[case("x,acme-web-01", "list", true)]
    #[case("G@tenant:acme and G@ring:pilot", "compound", true)]
    #[case("G@tenant:acme and not G@ring:pilot", "compound", false)]
    #[case("I@patch:channel:st* and (globex-* or acme-*)", "compound", true)]
    #[case("L@a,acme-web-01", "compound", true)]
    #[case("G@tenant:acme and", "compound", false)]
    #[case("G@tenant:acme G@ring:pilot", "compound", false)]
    #[case("ring:pilot", "grain", true)]
    #[case("tenant:globex", "pillar", false)]
    fn an_expression_means_the_hosts_the_master_would_take(#[case] tgt: &str, #[case] kind: &str, #[case] meant: bool) {
        assert_eq!(means(&json!(tgt), kind, &host()), meant);
    }

    #[rstest]
    #[case("pkg.list_.*", "pkg.list_upgrades", true)]
    #[case(".*", "anything.at_all", true)]
    #[case("test.ping", "test.pinger", true)]
    #[case("test.ping$", "test.pinger", false)]
    #[case("patch.apply", "pkg.upgrade", false)]
    fn rights_are_matched_from_the_beginning_only(#[case] pattern: &str, #[case] fun: &str, #[case] fits: bool) {
        assert_eq!(matches(pattern, fun), fits);
    }
}
