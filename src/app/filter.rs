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

/// Adds a part to what a row offers, in lower case. Most are ASCII, and there are thousands of rows.
pub fn lower(out: &mut String, part: &str) {
    if part.is_ascii() {
        let from = out.len();
        out.push_str(part);
        out[from..].make_ascii_lowercase();
    } else {
        out.push_str(&part.to_lowercase());
    }
}

impl Offer<'_> {
    /// Whether the named part or number has the value; None if there is none of that name.
    fn answer(&self, key: &str, value: &str) -> Option<bool> {
        if let Some((_, amount)) = self.amounts.iter().find(|(known, _)| *known == key) {
            return Some(reaches(*amount, value));
        }
        let mut named = self.keys.iter().filter(|(known, _)| *known == key).peekable();
        named.peek()?;
        Some(named.any(|(_, said)| said.contains(value)))
    }
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

/// Words of a filter that nothing a row has has answered yet, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open(u128);

impl Open {
    /// No word is left: the row passes, whatever else it has.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What neither of two parts of a row has answered.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn holds(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }
}

impl Filter {
    /// Parses `text`. An empty one matches everything.
    pub fn parse(text: &str) -> Self {
        let terms = text.to_lowercase().split_whitespace().filter_map(term).take(u128::BITS as usize).collect();
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
        self.ask(self.all(), offer).is_some_and(|open| self.passes(open))
    }

    /// Every word of it.
    pub fn all(&self) -> Open {
        Open(u128::MAX.checked_shr(u128::BITS - self.terms.len() as u32).unwrap_or(0))
    }

    /// Asks the open words of a part of a row, which may be what many rows share. None: the row is out, whatever else it has.
    pub fn ask(&self, open: Open, part: &Offer<'_>) -> Option<Open> {
        let mut left = open;
        for (at, term) in self.terms.iter().enumerate().filter(|(at, _)| open.holds(*at)) {
            let answered = match term {
                Term::Has(word) => part.text.contains(word.as_str()),
                Term::Not(word) if part.text.contains(word.as_str()) => return None,
                Term::Not(_) => false,
                Term::Key { key, value, not } => match part.answer(key, value) {
                    Some(has) if has == *not => return None,
                    answer => answer.is_some(),
                },
            };
            if answered {
                left.0 &= !(1 << at);
            }
        }
        Some(left)
    }

    /// Whether a row passes, when all its parts were asked: what is left may be missing.
    pub fn passes(&self, open: Open) -> bool {
        let may_miss = |term: &Term| matches!(term, Term::Not(_) | Term::Key { not: true, .. });
        self.terms.iter().enumerate().all(|(at, term)| !open.holds(at) || may_miss(term))
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
    fn a_row_asked_part_by_part_gets_the_answer_of_the_whole() {
        let [words, name, more] = ["lock held", "db-0003", "tries"];
        let parts = [
            Offer { text: words, keys: &[("cause", words)], amounts: &[] },
            Offer { text: name, keys: &[("host", name)], amounts: &[("tries", 3)] },
        ];
        let text = format!("{words} {name}");
        let whole = Offer { text: &text, keys: &[("cause", words), ("host", name)], amounts: &[("tries", 3)] };
        let filters = ["", "lock", "db lock", "lock !db", "!web cause:lock", "cause:disk", "tries:3 host:db", "!host:db", more];
        for filter in filters.map(Filter::parse) {
            let asked = parts.iter().try_fold(filter.all(), |open, part| filter.ask(open, part));
            assert_eq!(asked.is_some_and(|open| filter.passes(open)), filter.matches(&whole), "{filter:?}");
        }
        let lock = Filter::parse("lock cause:lock");
        assert!(lock.ask(lock.all(), &parts[0]).expect("it passes").is_empty());
        assert_eq!(Filter::parse("lock !held").ask(Open(3), &parts[0]), None, "whatever its name");
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
