//! Words that an expression cannot match without, so that it is tried only on lines that have one of them.
//!
//! Case is ignored. An expression that has no such word is tried on every line.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A shorter word stands on too many lines to be worth looking for.
const SHORTEST: usize = 3;

/// One of these, in lower case, stands in whatever `pattern` matches. None: no such words.
pub(super) fn required(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    best(&hir).filter(|words| words.iter().all(|word| word.len() >= SHORTEST))
}

fn best(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => exact(hir).map(|word| vec![word]),
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub),
        HirKind::Alternation(branches) => branches.iter().map(best).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        HirKind::Concat(parts) => in_row(parts),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The part of a row whose shortest word is longest; neighbouring letters make one word.
fn in_row(parts: &[Hir]) -> Option<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut run = String::new();
    for part in parts {
        if let Some(word) = exact(part) {
            run.push_str(&word);
            continue;
        }
        found.push(vec![std::mem::take(&mut run)]);
        found.extend(best(part));
    }
    found.push(vec![run]);
    found.into_iter().max_by_key(|words| words.iter().map(String::len).min().unwrap_or(0))
}

/// The one word that this matches, in lower case: letters as they are, or one letter in both cases.
fn exact(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(str::to_ascii_lowercase),
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = class.iter().map(|range| (range.start(), range.end()));
            let (start, end) = letters.next()?;
            let letter = start.to_ascii_lowercase();
            // The long s and the Kelvin sign fold to s and k; no tool writes them, so they are let go.
            let same = |c: char| c.to_ascii_lowercase() == letter || (matches!(c, '\u{17f}' | '\u{212a}'));
            let one = start == end && letters.all(|(start, end)| start == end && same(start));
            one.then(|| letter.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("Hash Sum mismatch", Some(&["hash sum mismatch"][..]))]
    #[case::with_a_gap(r"Release file for \S+ is not valid yet", Some(&[" is not valid yet"][..]))]
    #[case::any_case("(?i)no progress reports? received", Some(&["no progress report"][..]))]
    #[case::either("(No more mirrors|All mirrors) to", Some(&["no more mirrors", "all mirrors"][..]))]
    #[case::one_branch_without("(foo|[0-9]+)", None)]
    #[case::too_short(r"\d+ MB", Some(&[" mb"][..]))]
    #[case::nothing_fixed(r"^\d+$", None)]
    #[case::repeated("(abc)+x*", Some(&["abc"][..]))]
    #[case::may_be_missing("(abc)?", None)]
    fn the_words_an_expression_cannot_match_without(#[case] pattern: &str, #[case] words: Option<&[&str]>) {
        let words = words.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(required(pattern), words);
    }
}
