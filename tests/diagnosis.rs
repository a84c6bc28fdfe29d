//! What the room itself may not do: look at a clock (no text makes reading a failure slow), and read the nights of the twins (their
//! ordinary failures are known, the new ones are not).

use std::time::{Duration, Instant};

use patchdeck::diagnosis::{Taxonomy, Told};
use patchdeck::twin::builtin;
use patchdeck::twin::scenario::Scenario;
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

/// A form of a scenario with its blanks filled in, any way.
fn filled(form: &str) -> String {
    let mut said = String::new();
    let mut rest = form;
    while let Some((plain, after)) = rest.split_once('{') {
        let (blank, tail) = after.split_once('}').expect("a whole blank");
        said.push_str(plain);
        said.push_str(match blank.split_once(':') {
            Some(("n", range)) => range.split('-').next().unwrap_or_default(),
            Some(("hex", _)) => "0e98404d386fa1d9",
            Some(("one", choices)) => choices.split('|').next().unwrap_or_default(),
            _ => "4711",
        });
        rest = tail;
    }
    said + rest
}

#[test]
fn of_the_nights_failures_the_ordinary_ones_are_known_and_the_new_ones_are_not() {
    // What no rule knows on purpose: devices of a kind nobody wrote rules for, words that name no cause, refusals to go back, and the
    // two new ones.
    const UNKNOWN: [&str; 16] = [
        "back-apt",
        "back-data",
        "back-dnf",
        "back-firmware",
        "edge-schema",
        "edge-selfcheck",
        "firmware",
        "firmware-fallback",
        "firmware-power",
        "firmware-signature",
        "oom",
        "post-check",
        "timeout",
        "trace",
        "wild",
        "wordless",
    ];
    let taxonomy = Taxonomy::load(None).expect("the built-in taxonomy");
    let scenario = Scenario::read(builtin("bad-patch").expect("a scenario")).expect("it can be read");
    let is_unknown = |name: &&String| {
        let failure = &scenario.failure[*name];
        let text = filled(&failure.messages.join("\n"));
        let told = Told { code: failure.code.map(i64::from), text: &text, ..Told::default() };
        taxonomy.diagnose(&told).signature.class.is_unknown()
    };
    let unknown: Vec<&String> = scenario.failure.keys().filter(is_unknown).collect();
    assert_eq!(unknown, UNKNOWN);
}
