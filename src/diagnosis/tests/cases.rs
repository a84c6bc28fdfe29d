//! Named cases: which of several matches is shown, what is left unknown, and how slow a hostile text is.

use std::fmt::Write;

use rstest::rstest;

use super::{built_in, rule, said};
use crate::diagnosis::{Told, telling};
use crate::domain::{Code, Retry};

#[rstest]
#[case::text_by_priority(
    "E: Failed to fetch http://m/x.deb  Hash Sum mismatch",
    &["apt.apt_hash", "apt.apt_fetch"]
)]
#[case::an_umbrella_line_after_the_cause(
    "dpkg: error: failed to write: No space left on device\nE: Sub-process /usr/bin/dpkg returned an error code (1)",
    &["dpkg.enospc", "apt.apt_subprocess"]
)]
#[case::an_umbrella_code_before_the_cause(
    "0x80240022: all updates failed\nKB1: 0x80070005",
    &["windows_update.0x80070005", "windows_update.0x80240022"]
)]
#[case::a_code_before_text(
    "0x80070070 while writing: No space left on device",
    &["windows_update.0x80070070", "dpkg.enospc"]
)]
#[case::an_umbrella_code_before_a_cause_in_words(
    "Update failed, 0x80070643: Could not get lock /var/lib/x",
    &["apt.apt_lock", "windows_update.0x80070643"]
)]
#[case::nothing_went_wrong_explains_nothing(
    "0x00240005 restart required, then 0x80240022",
    &["windows_update.0x80240022", "windows_update.0x00240005"]
)]
#[case::two_languages(
    "E: Paketlisten werden gelesen\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend)",
    &["apt.apt_frontend_lock"]
)]
#[case::a_held_lock_in_german(
    "E: Sperre /var/lib/dpkg/lock-frontend konnte nicht bezogen werden. Sie wird durch Prozess 4123 (apt-get) gehalten.\n\
     E: Sperren von Verzeichnis /var/lib/dpkg/ nicht möglich - open (11: Die Ressource ist zur Zeit nicht verfügbar)",
    &["apt.apt_lock_translated"]
)]
#[case::a_held_lock_in_french("E: Impossible d'obtenir le verrou /var/lib/dpkg/lock-frontend", &["apt.apt_lock_translated"])]
#[case::a_held_lock_in_two_languages(
    "E: Sperre /var/lib/dpkg/lock konnte nicht bekommen werden\nE: Could not get lock /var/lib/dpkg/lock",
    &["apt.apt_lock", "apt.apt_lock_translated"]
)]
#[case::german_words_and_a_signed_code("Installationsfehler: Fehler -2145124329 bei KB5031356", &["windows_update.0x80240017"])]
#[case::japanese_words_and_a_code("更新プログラムのインストールに失敗しました: エラー 0x80070643", &["windows_update.0x80070643"])]
#[case::an_english_cause_under_german_words(
    "Vorgang fehlgeschlagen\ndpkg: Fehler: failed to write: No space left on device",
    &["dpkg.enospc"]
)]
#[case::a_foreign_text_with_a_code("Échec de l’installation : erreur 0x800f081f", &["cbs.0x800f081f"])]
#[case::the_name_of_a_code(
    "install() failed: ERROR_INSTALL_ALREADY_RUNNING",
    &["msi.error_install_already_running", "windows_update.0x80070652"]
)]
#[case::an_installer_that_names_itself("MainEngineThread is returning 1603", &["msi.error_install_failure"])]
fn every_match_is_kept_and_the_telling_one_comes_first(#[case] text: &str, #[case] rules: &[&str]) {
    let found: Vec<String> = said(text).causes.iter().map(|cause| cause.rule.as_str().to_owned()).collect();
    assert_eq!(found, rules);
}

#[test]
fn the_text_explains_an_exit_code_that_only_says_failed() {
    let told = Told { tool: Some("dnf"), code: Some(1), text: "Error: GPG check FAILED", ..Told::default() };
    let found = built_in().diagnose(&told);
    assert_eq!(rule(&found), "dnf.dnf_gpg");
    assert_eq!(found.causes.len(), 2);
    assert_eq!(found.causes[1].rule.as_str(), "dnf.dnf_handled_error");
}

#[test]
fn what_no_rule_knows_keeps_its_words_and_is_a_persons_to_judge() {
    let found = said("starting\nfwup: slot B: checksum broken after write, expected 9f31c0aa got 00000000\nkept slot A");
    assert!(found.causes.is_empty());
    assert!(found.signature.class.is_unknown());
    assert_eq!(found.signature.code, None);
    assert_eq!(found.signature.text.as_str(), "starting");
    let found = said("starting\nfwup: slot B: checksum mismatch after write, expected 9f31c0aa got 00000000\nkept slot A");
    assert_eq!(found.signature.text.as_str(), "fwup: slot B: checksum mismatch after write, expected <n> got <n>");
    assert_eq!(found.causes.first().map_or(Retry::Manual, |cause| cause.retry), Retry::Manual);
}

#[test]
fn what_no_rule_knows_in_another_language_is_told_by_its_own_telling_line() {
    let found = said("Vorgang läuft\nfwup: Prüfsumme von Slot 3 fehlgeschlagen\nEnde");
    assert!(found.signature.class.is_unknown());
    assert_eq!(found.signature.text.as_str(), "fwup: Prüfsumme von Slot <n> fehlgeschlagen");
}

#[test]
fn what_a_check_returned_is_the_variant_though_the_service_manager_speaks_after_it() {
    let text =
        "post-install check: /usr/lib/edge/selfcheck returned 127\nunit edge-agent@till-1.service entered failed state after 4 s";
    let found = built_in().diagnose(&Told { code: Some(3), text, names: &["till-1"], ..Told::default() });
    assert_eq!(found.signature.text.as_str(), "post-install check: <path> returned <n>");
    assert_eq!(found.variants, [telling::variant("returned", "127"), telling::variant("code", "3")]);
    let same = built_in().diagnose(&Told { code: Some(127), text, names: &["till-1"], ..Told::default() });
    assert_eq!(same.variants, [telling::variant("returned", "127")], "a number is told once");
}

#[rstest]
#[case::hex("Error 0x8024ffff happened", None, Code::Hresult(0x8024_ffff))]
#[case::signed("returned -2145058817", None, Code::Hresult(0x8024_ffff))]
#[case::the_field("nothing said", Some(-2_145_058_817), Code::Hresult(0x8024_ffff))]
#[case::only_a_number("", Some(77), Code::Bare(77))]
fn a_code_that_no_rule_knows_is_kept(#[case] text: &str, #[case] code: Option<i64>, #[case] kept: Code) {
    let found = built_in().diagnose(&Told { code, text, ..Told::default() });
    assert!(found.signature.class.is_unknown());
    assert_eq!(found.signature.code, Some(kept));
}

#[test]
fn the_unknown_code_of_a_known_tool_keeps_its_tool() {
    let found = built_in().diagnose(&Told { tool: Some("zypper"), code: Some(77), ..Told::default() });
    assert_eq!(found.signature.code, Some(Code::Exit { tool: "zypper".into(), code: 77 }));
}

#[test]
fn a_number_that_nobody_explains_splits_no_cluster_and_is_a_variant() {
    let told = |code, text| built_in().diagnose(&Told { code: Some(code), text, ..Told::default() });
    let three = told(3, "post-install check failed: the hook returned 3");
    let many = told(127, "post-install check failed: the hook returned 127");
    assert_eq!(three.signature, many.signature);
    assert_eq!(three.variants[0], telling::variant("returned", "3"));
    assert_eq!(many.variants[0], telling::variant("returned", "127"));
}

#[rstest]
#[case::a_memory_address("segfault at 0x00007fff12345678 ip 0x55d0c0de")]
#[case::a_number_that_is_also_a_status_of_http("node-429: unpacking lib_1.429_amd64.deb, line 429")]
#[case::a_byte_count("read 80070070 bytes of 80240022")]
#[case::a_date("cut on 2026-11-22 -1 +2")]
#[case::a_status_word_of_another_service("Failed")]
#[case::a_number_of_nobody("the hook exited with status 103")]
#[case::empty("")]
#[case::blanks(" \n\t\n ")]
fn what_only_looks_like_a_code_stays_unknown(#[case] text: &str) {
    let found = said(text);
    assert!(found.causes.is_empty(), "{:?}", found.causes);
    assert!(found.signature.class.is_unknown());
}

#[test]
fn a_text_longer_than_the_bound_is_read_at_both_ends() {
    let noise = "nothing to see here\n".repeat(20_000);
    for text in [format!("No space left on device\n{noise}"), format!("{noise}No space left on device")] {
        assert_eq!(rule(&said(&text)), "dpkg.enospc");
    }
}

#[test]
fn a_cut_between_two_bytes_of_a_letter_is_no_harm() {
    for shift in 0..4 {
        let text = format!("{}{}", "x".repeat(shift), "läßt €".repeat(40_000));
        assert!(said(&text).causes.is_empty());
    }
}

#[test]
fn a_line_of_a_hundred_codes_names_them_all_once() {
    let mut text = String::new();
    for _ in 0..100 {
        write!(text, "0x80070005 0x80240022 ").expect("a string");
    }
    assert_eq!(said(&text).causes.len(), 2);
}
