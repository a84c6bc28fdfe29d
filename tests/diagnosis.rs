//! No text makes reading a failure slow. It stands here because the room itself may not look at a clock.

use std::time::{Duration, Instant};

use patchdeck::diagnosis::{Taxonomy, Told};
use rstest::rstest;

/// The bound is a hundred times what it takes unoptimised: it fails for what is quadratic, not for a busy machine.
#[rstest]
#[case::one_line("installing package ".repeat(60_000))]
#[case::every_word_of_a_rule_on_one_line("Release file for x file / from install of conflicts with file from package ".repeat(14_000))]
#[case::lines_that_almost_match("Could not get loc\nRepository 'x' changed its 'y\n".repeat(20_000))]
#[case::codes("error code 1603 exit status 2 0x8024 -214512432 ".repeat(20_000))]
#[case::exits_on_one_line("code 1 ".repeat(150_000))]
#[case::letters("é\u{301}字🙂".repeat(90_000))]
#[case::blanks(" ".repeat(1 << 20))]
#[case::newlines("\n".repeat(1 << 20))]
#[case::dots("a.".repeat(1 << 19))]
#[case::slashes("/".repeat(1 << 20))]
#[case::quotes("'/".repeat(1 << 19))]
#[case::digits("7".repeat(1 << 20))]
#[case::colons("1:".repeat(1 << 19))]
fn a_hostile_megabyte_is_not_slow(#[case] text: String) {
    let taxonomy = Taxonomy::load(None).expect("the built-in taxonomy");
    let begin = Instant::now();
    let found = taxonomy.diagnose(&Told { text: &text, ..Told::default() });
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    // Two marks may stand on each character that counts.
    assert!(found.signature.text.as_str().chars().count() <= 3 * 241);
}
