//! A user's own text: what it may add and replace, and every mistake with its line.

use rstest::rstest;

use super::{built_in, rule};
use crate::diagnosis::{Taxonomy, Told};
use crate::domain::{Confidence, Outcome, Retry};

const HEAD: &str = "schema_version = 1\n";

fn own(rules: &str) -> Result<Taxonomy, Vec<String>> {
    Taxonomy::load(Some(&format!("{HEAD}{rules}"))).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

const TILL: &str = r#"
[[rule]]
id = "till.drawer"
scope = "till"
match = "regex"
value = 'drawer (?P<drawer>\d+) is open'
class = "policy_block"
retry = "after_fix"
remedy = 'Close the drawer.'
sample = 'drawer 3 is open'
"#;

#[test]
fn a_rule_of_ones_own_is_added_and_needs_only_what_matters() {
    let taxonomy = own(TILL).expect("a good rule");
    let found = taxonomy.diagnose(&Told { text: "agent: drawer 12 is open", ..Told::default() });
    assert_eq!(rule(&found), "till.drawer");
    let cause = &found.causes[0];
    assert_eq!((cause.outcome, cause.retry, cause.confidence), (Outcome::Failure, Retry::AfterFix, Confidence::Field));
    assert_eq!(cause.source.as_str(), "your own rule");
    assert_eq!(found.variants[0].value.as_str(), "12");
    assert_eq!(taxonomy.causes().len(), built_in().causes().len() + 1);
}

#[test]
fn a_rule_of_the_same_id_replaces_the_built_in_one() {
    let text = "[[rule]]\nid = 'dpkg.enospc'\nscope = 'dpkg'\nmatch = 'regex'\nvalue = 'No space left on device'\n\
                class = 'disk_space'\nretry = 'manual'\nremedy = 'Call storage.'\npriority = 80\n";
    let taxonomy = own(text).expect("a good rule");
    let found = taxonomy.diagnose(&Told { text: "No space left on device", ..Told::default() });
    assert_eq!(found.causes.len(), 1);
    assert_eq!((found.causes[0].retry, found.causes[0].remedy.as_str()), (Retry::Manual, "Call storage."));
    assert_eq!(taxonomy.causes().len(), built_in().causes().len());
}

#[test]
fn a_class_of_ones_own_may_be_added() {
    let text =
        format!("[[class]]\nid = 'drawer_open'\nmeaning = 'A drawer is open'\n{}", TILL.replace("policy_block", "drawer_open"));
    let found = own(&text).expect("a good text").diagnose(&Told { text: "drawer 1 is open", ..Told::default() });
    assert_eq!(found.signature.class.key(), "drawer_open");
}

#[test]
fn a_tool_of_ones_own_is_known_by_its_words() {
    let text = "[[scope]]\nid = 'fw'\nwords = ['Flasher']\n[[rule]]\nid = 'fw.7'\nscope = 'fw'\nmatch = 'exit'\nvalue = '7'\n\
                class = 'content_integrity'\nretry = 'now'\nremedy = 'Send it again.'\n";
    let taxonomy = own(text).expect("a good text");
    for line in ["flasher ended, exit code 7", "fw: returned 7"] {
        assert_eq!(rule(&taxonomy.diagnose(&Told { text: line, ..Told::default() })), "fw.7", "{line}");
    }
    assert_eq!(rule(&taxonomy.diagnose(&Told { text: "another tool: exit code 7", ..Told::default() })), "");
}

#[test]
fn an_expression_without_any_fixed_word_is_tried_on_every_line() {
    let text = TILL.replace(r"drawer (?P<drawer>\d+) is open", r"^\d+/\d+$").replace("drawer 3 is open", "3/4");
    let taxonomy = own(&text).expect("a good text");
    assert_eq!(rule(&taxonomy.diagnose(&Told { text: "one\n 17/4 \ntwo", ..Told::default() })), "till.drawer");
    assert_eq!(rule(&taxonomy.diagnose(&Told { text: "one\n17/4 two", ..Told::default() })), "");
}

#[rstest]
#[case::no_toml("[[rule]\n", "line 2: ")]
#[case::an_unknown_key(&TILL.replace("remedy", "remedi"), "unknown field `remedi`")]
#[case::a_missing_key(&TILL.replace("retry = \"after_fix\"\n", ""), "missing field `retry`")]
#[case::an_unknown_retry(&TILL.replace("after_fix", "often"), "line 9: unknown variant `often`")]
#[case::an_unknown_class(&TILL.replace("policy_block", "drawer"), "line 8: rule \"till.drawer\": no class is called \"drawer\"")]
#[case::a_bad_expression(&TILL.replace(r"(?P<drawer>\d+)", "("), "line 7: rule \"till.drawer\": error: unclosed group")]
#[case::lookaround(&TILL.replace(r"(?P<drawer>\d+)", "(?=x)"), "line 7: rule \"till.drawer\": error: look-around")]
#[case::matches_all(&TILL.replace(r"drawer (?P<drawer>\d+) is open", ".*"), "it matches everything")]
#[case::too_large(&TILL.replace(r"\d+", r"(\w{1000}){1000}"), "line 7: rule \"till.drawer\": ")]
#[case::a_sample_that_does_not_match(&TILL.replace("drawer 3", "drawer x"), "line 11: rule \"till.drawer\": its value does not match its sample")]
#[case::twice(&TILL.repeat(2), "line 14: rule \"till.drawer\" stands here twice")]
#[case::no_hresult(&TILL.replace("\"regex\"", "\"hresult\""), "line 7: rule \"till.drawer\": \"drawer (?P<drawer>\\\\d+) is open\" is no hresult")]
#[case::no_exit_code(&TILL.replace("\"regex\"", "\"exit\""), "is no exit code")]
#[case::an_unknown_source(&format!("{TILL}source = 'x'\n"), "line 12: rule \"till.drawer\": no source is called \"x\"")]
#[case::a_scope_for_a_code(&format!("{}needs_scope = true\n", TILL.replace("regex", "status").replace("drawer 3 is open", r"drawer (?P<drawer>\d+) is open")), "needs_scope is for regex rules")]
#[case::a_class_with_blanks("[[class]]\nid = 'a b'\nmeaning = 'x'\n", "line 3: class \"a b\"")]
fn a_mistake_is_named_with_its_line(#[case] text: &str, #[case] words: &str) {
    let problems = own(text).expect_err("a mistake");
    assert!(problems.iter().any(|problem| problem.contains(words)), "{problems:?}");
}

#[test]
fn every_mistake_is_named_not_only_the_first() {
    let text = TILL.replace("policy_block", "drawer") + &TILL.replace("till.drawer", "till.two").replace("drawer 3", "x");
    let problems = own(&text).expect_err("two mistakes");
    assert_eq!(problems.len(), 2);
}

#[test]
fn another_shape_of_the_file_is_refused() {
    let problems = Taxonomy::load(Some("\nschema_version = 2\n")).expect_err("another shape");
    assert_eq!(problems[0].to_string(), "line 2: schema_version 2 is not known; this is 1");
    assert!(problems[0].own);
}
