//! The filter of a list: words that must all match. Substring first, `!` not, `key:value`, then fuzzy.
//!
//! It matches text it is given and knows no store.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What a row offers to the filter, in lower case.
pub struct Offer<'a> {
    /// Everything a bare word may be found in.
    pub text: &'a str,
    /// Named parts, for `key:value`.
    pub keys: &'a [(&'static str, &'a str)],
    /// Named numbers, for `key:2` and `key:<2`; times in seconds, for `key:1h`.
    pub amounts: &'a [(&'static str, u64)],
}

#[derive(Debug, PartialEq, Eq)]
enum Term {
    Has(String),
    Not(String),
    Key { key: String, value: String, not: bool },
}

/// A parsed filter.
#[derive(Debug)]
pub struct Filter {
    terms: Vec<Term>,
}

impl Filter {
    /// Parses `text`. An empty one matches everything.
    pub fn parse(text: &str) -> Self {
        let terms = text.to_lowercase().split_whitespace().filter_map(term).collect();
        Self { terms }
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a word of it is about this key: what only such a word needs is not worked out for the others.
    pub fn asks_for(&self, asked: &str) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Key { key, .. } if key == asked))
    }

    /// Whether every word matches as a substring or by its key.
    pub fn matches(&self, offer: &Offer<'_>) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Has(word) => offer.text.contains(word.as_str()),
            Term::Not(word) => !offer.text.contains(word.as_str()),
            Term::Key { key, value, not } => {
                let amount = offer.amounts.iter().find(|(known, _)| known == key);
                let has = match amount {
                    Some((_, amount)) => reaches(*amount, value),
                    None => offer.keys.iter().any(|(known, said)| known == key && said.contains(value.as_str())),
                };
                has != *not
            }
        })
    }

    /// A fuzzy form of the bare words, for when no row has them as a substring. None if there is nothing to be fuzzy about.
    pub fn fuzzy(&self) -> Option<Fuzzy> {
        let words: Vec<&str> = self
            .terms
            .iter()
            .map(|term| match term {
                Term::Has(word) if word.len() > 1 => Some(word.as_str()),
                _ => None,
            })
            .collect::<Option<_>>()?;
        if words.is_empty() {
            return None;
        }
        let pattern = Pattern::parse(&words.join(" "), CaseMatching::Ignore, Normalization::Smart);
        Some(Fuzzy { pattern, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() })
    }
}

/// Matches letters in order, with gaps.
pub struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Fuzzy {
    pub fn matches(&mut self, text: &str) -> bool {
        let haystack = Utf32Str::new(text, &mut self.buffer);
        self.pattern.score(haystack, &mut self.matcher).is_some()
    }
}

/// `2` and `>2` are at least two, `<2` is less; `30m`, `1h`, `2d` are seconds. What is no number matches nothing.
fn reaches(amount: u64, value: &str) -> bool {
    let (less, number) = match value.strip_prefix('<') {
        Some(rest) => (true, rest),
        None => (false, value.strip_prefix('>').unwrap_or(value)),
    };
    let (digits, unit) = number.split_at(number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len()));
    let unit = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return false,
    };
    let Some(limit) = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) else { return false };
    if less { amount < limit } else { amount >= limit }
}

fn term(word: &str) -> Option<Term> {
    let (not, word) = match word.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    if word.is_empty() {
        return None;
    }
    if let Some((key, value)) = word.split_once(':')
        && !key.is_empty()
        && !value.is_empty()
        && key.chars().all(|c| c.is_ascii_alphabetic())
    {
        return Some(Term::Key { key: key.to_owned(), value: value.to_owned(), not });
    }
    Some(if not { Term::Not(word.to_owned()) } else { Term::Has(word.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::substring("0003", true)]
    #[case::every_word("db failed", true)]
    #[case::one_word_misses("db done", false)]
    #[case::not("!web", true)]
    #[case::not_hits("!db", false)]
    #[case::key("state:fail", true)]
    #[case::key_misses("state:done", false)]
    #[case::key_not("!state:done", true)]
    #[case::at_least("tries:3", true)]
    #[case::more_than_there_are("tries:4", false)]
    #[case::less_than("tries:<4", true)]
    #[case::an_age("age:1h", true)]
    #[case::not_so_old("age:<90m", false)]
    #[case::turned_round("!age:2h", true)]
    #[case::no_number("tries:many", false)]
    #[case::unknown_key("colour:red", false)]
    #[case::any_case("DB-0003", true)]
    #[case::empty("", true)]
    #[case::lone_mark("!", true)]
    fn a_filter_asks_every_word_to_match(#[case] filter: &str, #[case] expected: bool) {
        let keys = [("state", "failed"), ("host", "db-0003")];
        let offer = Offer { text: "db-0003 failed lock held", keys: &keys, amounts: &[("tries", 3), ("age", 5400)] };
        assert_eq!(Filter::parse(filter).matches(&offer), expected);
    }

    #[test]
    fn fuzzy_finds_letters_in_order() {
        let mut fuzzy = Filter::parse("tldl07").fuzzy().expect("bare words");
        assert!(fuzzy.matches("till-delta-07"));
        assert!(!fuzzy.matches("web-0142"));
    }

    #[test]
    fn a_key_is_never_fuzzy() {
        assert!(Filter::parse("state:fld").fuzzy().is_none());
    }
}
