//! Every rule of the built-in taxonomy finds what it was written for.

use super::super::rules::{Kind, Rule};
use super::{built_in, rule, said};
use crate::diagnosis::{Diagnosis, Told};
use crate::domain::Code;

/// Each rule and, as the data file has it, its sample.
fn rules() -> Vec<(&'static Rule, Option<String>)> {
    let file: toml::Table = include_str!("../../../data/failure-taxonomy.toml").parse().expect("TOML");
    let rows = file["rule"].as_array().expect("rules");
    let sample = |row: &toml::Value| row.get("sample").and_then(toml::Value::as_str).map(str::to_owned);
    assert_eq!(rows.len(), built_in().rules.len());
    built_in().rules.iter().zip(rows.iter().map(sample)).collect()
}

#[test]
fn no_rule_class_or_sample_of_the_first_edition_is_lost() {
    let sampled = rules().iter().filter(|(_, sample)| sample.is_some()).count();
    let least = (built_in().causes().len() >= 307, built_in().classes().len() >= 39, sampled >= 79);
    assert_eq!(least, (true, true, true));
}

#[test]
fn every_sample_is_classified_by_its_own_rule() {
    for (rule_of, sample) in rules() {
        let Some(sample) = sample else { continue };
        let found = built_in().diagnose(&Told { tool: Some(&rule_of.scope), text: &sample, ..Told::default() });
        assert_eq!(rule(&found), rule_of.cause.rule.as_str(), "{sample}");
        assert_eq!(found.signature.class, rule_of.cause.class, "{sample}");
    }
}

#[test]
fn a_sample_is_classified_the_same_when_nobody_says_which_tool_spoke() {
    for (rule_of, sample) in rules() {
        let Some(sample) = sample.filter(|_| !rule_of.needs_scope) else { continue };
        assert_eq!(rule(&said(&sample)), rule_of.cause.rule.as_str(), "{sample}");
    }
}

#[test]
fn a_sample_is_found_among_other_lines_that_mean_nothing() {
    for (rule_of, sample) in rules() {
        let Some(sample) = sample.filter(|_| !rule_of.needs_scope) else { continue };
        let text = format!("Reading package lists...\nBuilding tree\n  {sample}\nGet:1 main amd64\n");
        assert_eq!(rule(&said(&text)), rule_of.cause.rule.as_str(), "{sample}");
    }
}

fn is_hresult(found: &Diagnosis, rule_of: &Rule, code: u32, how: &str) {
    assert_eq!(rule(found), rule_of.cause.rule.as_str(), "{how}");
    assert_eq!(found.signature.code, Some(Code::Hresult(code)), "{how}");
    assert_eq!(found.signature.class, rule_of.cause.class, "{how}");
}

#[test]
fn every_windows_result_is_known_in_hex_in_signed_decimal_and_inside_text() {
    let mut seen = 0;
    for rule_of in &built_in().rules {
        let Kind::Hresult(code) = rule_of.kind else { continue };
        seen += 1;
        let signed = code.cast_signed();
        for text in [
            format!("0x{code:08x}"),
            format!("0x{code:08X}"),
            format!("Installation failed with error 0x{code:08X}: 2026-12 Update (KB5034441)"),
            format!("Der Vorgang ist fehlgeschlagen (Fehler: 0x{code:08x})."),
            format!("error code {signed}"),
            format!("HRESULT: {signed}"),
            format!("Error {code:08X} while installing"),
        ] {
            is_hresult(&said(&text), rule_of, code, &text);
        }
        for number in [i64::from(signed), i64::from(code)] {
            let found = built_in().diagnose(&Told { code: Some(number), ..Told::default() });
            is_hresult(&found, rule_of, code, &format!("the code field {number}"));
        }
    }
    assert!(seen >= 146, "{seen}");
}

#[test]
fn every_exit_code_is_known_with_its_tool_and_inside_a_line_of_its_tool() {
    let mut seen = 0;
    for rule_of in &built_in().rules {
        let Kind::Exit(code) = rule_of.kind else { continue };
        seen += 1;
        let expected = Some(Code::Exit { tool: rule_of.scope.as_str().into(), code });
        let field = built_in().diagnose(&Told { tool: Some(&rule_of.scope), code: Some(code), ..Told::default() });
        let text = said(&format!("{} exited with status {code}", rule_of.scope));
        for found in [field, text] {
            assert_eq!(rule(&found), rule_of.cause.rule.as_str());
            assert_eq!(found.signature.code, expected);
        }
    }
    assert!(seen >= 45, "{seen}");
}

#[test]
fn no_exit_code_means_anything_without_its_tool() {
    for rule_of in &built_in().rules {
        let Kind::Exit(code) = rule_of.kind else { continue };
        let field = built_in().diagnose(&Told { code: Some(code), ..Told::default() });
        let other = built_in().diagnose(&Told { tool: Some("somebody"), code: Some(code), ..Told::default() });
        for found in [field, other, said(&format!("the hook exited with status {code}"))] {
            assert!(found.signature.class.is_unknown(), "{code}: {:?}", found.causes);
        }
    }
}

#[test]
fn every_status_word_is_known_with_its_service_and_only_then() {
    let mut seen = 0;
    for rule_of in &built_in().rules {
        let Kind::Status(word) = &rule_of.kind else { continue };
        seen += 1;
        let lower = word.to_lowercase();
        for status in [word.as_str(), lower.as_str()] {
            let found = built_in().diagnose(&Told { tool: Some(&rule_of.scope), status: Some(status), ..Told::default() });
            assert_eq!(rule(&found), rule_of.cause.rule.as_str(), "{status}");
            let alone = built_in().diagnose(&Told { status: Some(status), ..Told::default() });
            assert!(alone.causes.iter().all(|cause| cause.rule != rule_of.cause.rule), "{status}");
        }
    }
    assert!(seen >= 37, "{seen}");
}

#[test]
fn every_text_rule_shows_a_line_it_was_written_for() {
    for (rule_of, sample) in rules() {
        assert!(!matches!(rule_of.kind, Kind::Text(_)) || sample.is_some(), "{}", rule_of.cause.rule);
    }
}

#[test]
fn the_page_on_failures_lists_every_class() {
    let page = include_str!("../../../docs/failures.md");
    for class in built_in().classes() {
        let umbrella = if class.umbrella { " (umbrella)" } else { "" };
        assert!(page.contains(&format!("| `{}`{umbrella} | ", class.id.key())), "{:?}", class.id);
    }
}
