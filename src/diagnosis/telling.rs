//! Which line of a text tells why, and which of its numbers may be the very cause.
//!
//! For texts that no rule knows, and for the lines that a rule found. It gives no meaning to any of them.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::domain::{Text, Variant};

use super::codes::{self, LEADS};

/// Words of a line that tells why, in the languages in which tools speak; lower case.
const WORDS: &[&str] = &[
    "error",
    "fail",
    "fatal",
    "cannot",
    "can't",
    "could not",
    "couldn't",
    "unable",
    "denied",
    "refused",
    "invalid",
    "mismatch",
    "not found",
    "no such",
    "missing",
    "corrupt",
    "exception",
    "abort",
    "killed",
    "timed out",
    "timeout",
    "did not",
    "rolled back",
    "unexpected",
    "panic",
    "fehler",
    "fehlgeschlagen",
    "konnte nicht",
    "verweigert",
    "erreur",
    "échec",
    "échoué",
    "impossible",
    "no se pudo",
    "errore",
    "impossibile",
];
/// Most variants that one failure names.
const MOST: usize = 4;
/// Longest value of a variant, in characters.
const LONGEST: usize = 64;

/// Words behind which the number at the end of a line is what a command came back with.
const RETURNS: &[&str] = &["returned", "returning", "exit", "exited", "rc", "status", "signal", "code"];

/// The first line with a word that tells why, or that ends with what a command returned, if it was not 0; after a stack trace
/// its last line, and else the first line of all.
pub fn line(text: &str) -> &str {
    failing(text).unwrap_or_else(|| lines(text).next().unwrap_or_default())
}

/// The same, where any line says that something failed.
pub(super) fn failing(text: &str) -> Option<&str> {
    static PASS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let pass = PASS.get_or_init(|| AhoCorasick::builder().ascii_case_insensitive(true).build(WORDS).ok());
    if lines(text).next().is_some_and(|first| first.starts_with("Traceback (most recent call last)")) {
        return lines(text).next_back();
    }
    pass.as_ref().and_then(|pass| lines(text).find(|line| pass.is_match(*line) || returned(line)))
}

fn lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// `selfcheck returned 3`, and not `query returned 3 rows`.
fn returned(line: &str) -> bool {
    let ends = |value: &str| line.trim_end_matches(['.', ')', ']', ';', '!']).ends_with(value);
    line.ends_with(|c: char| c.is_ascii_digit() || ".)];!".contains(c))
        && numbers(line).last().is_some_and(|(word, value)| RETURNS.contains(&word.as_str()) && *value != "0" && ends(value))
}

/// Parts of the line that may be the cause: what the rule's expression names, and numbers behind telling words.
pub(super) fn variants(line: &str, regex: Option<&Regex>) -> Vec<Variant> {
    let mut found = Vec::new();
    if let Some(regex) = regex.filter(|regex| regex.captures_len() > 1)
        && let Some(captures) = regex.captures(line)
    {
        for name in regex.capture_names().flatten() {
            if let Some(value) = captures.name(name) {
                found.push(variant(name, value.as_str()));
            }
        }
    }
    for (what, value) in numbers(line) {
        if !found.iter().any(|variant| variant.value.as_str() == value) {
            found.push(variant(&what, value));
        }
    }
    found.truncate(MOST);
    found
}

pub(super) fn variant(what: &str, value: &str) -> Variant {
    Variant { what: Text::bounded(what, LONGEST), value: Text::bounded(value, LONGEST) }
}

/// Each number with the telling word that stands nearest before it.
fn numbers(line: &str) -> Vec<(String, &str)> {
    let bytes = line.as_bytes();
    let mut found: Vec<(usize, String, &str)> = Vec::new();
    let mut words = line.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at).peekable();
    while let Some(start) = words.next() {
        let mut end = start + 1;
        while words.next_if_eq(&end).is_some() {
            end += 1;
        }
        let word = line[start..end].to_ascii_lowercase();
        if !LEADS.contains(&word.as_str()) && !matches!(word.as_str(), "rc" | "errno" | "signal" | "http") {
            continue;
        }
        let alone = !start.checked_sub(1).is_some_and(|at| codes::is_word(bytes[at]))
            && !bytes.get(end).is_some_and(|next| codes::is_word(*next));
        let number = alone.then(|| codes::number_after(bytes, end)).flatten();
        let Some(number) = number.filter(|number| number.value.is_some()) else { continue };
        let at = number.at;
        let shown = line.get(at..at + number.shown.len()).unwrap_or_default();
        match found.last_mut().filter(|last| last.0 == at) {
            Some(last) => last.1 = word,
            None => found.push((at, word, shown)),
        }
        if found.len() > MOST {
            break;
        }
    }
    found.into_iter().map(|(_, word, shown)| (word, shown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::the_line_with_a_word("Reading lists\nE: something failed\nDone", "E: something failed")]
    #[case::another_language("Lese Listen\nE: Sperre konnte nicht gesetzt werden", "E: Sperre konnte nicht gesetzt werden")]
    #[case::a_stack_trace("Traceback (most recent call last):\n  File \"x\"\nValueError: bad", "ValueError: bad")]
    #[case::what_a_command_returned(
        "starting\ncheck: /usr/lib/selfcheck returned 3\nunit x entered failed state",
        "check: /usr/lib/selfcheck returned 3"
    )]
    #[case::it_returned_well("starting\nhook returned 0\nunit x failed", "unit x failed")]
    #[case::a_number_of_things("query returned 3 rows\nunit x failed", "unit x failed")]
    #[case::no_word("\n  one\ntwo", "one")]
    #[case::nothing("", "")]
    fn one_line_tells_why(#[case] text: &str, #[case] told: &str) {
        assert_eq!(line(text), told);
    }

    #[rstest]
    #[case("the hook returned 3", &[("returned", "3")])]
    #[case("script failed: exit status 127", &[("status", "127")])]
    #[case("an error code (1), signal 9", &[("code", "1"), ("signal", "9")])]
    #[case("[Errno 256] No more mirrors", &[("errno", "256")])]
    #[case("held by process 2124", &[])]
    fn a_number_behind_a_telling_word_is_a_variant(#[case] line: &str, #[case] told: &[(&str, &str)]) {
        let told: Vec<Variant> = told.iter().map(|(what, value)| variant(what, value)).collect();
        assert_eq!(variants(line, None), told);
    }

    #[test]
    fn the_parts_that_a_rule_names_are_variants() {
        let regex = Regex::new(r"needed on the (?P<fs>\S+) filesystem").expect("an expression");
        assert_eq!(variants("space needed on the /boot filesystem", Some(&regex)), [variant("fs", "/boot")]);
    }
}
