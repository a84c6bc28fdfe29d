//! Causes, lanes and coverage in `status --json`, and a file of rules of one's own.

use std::collections::BTreeSet;
use std::fs;

use rstest::rstest;
use serde_json::{Value, json};

use super::night::Night;
use super::{by_the_server, code, complaint, on, out, patchdeck, text};

fn status(night: &Night, args: &[&str]) -> Value {
    let output = on(night, &[&["status", "--json", "--timeout", "120"], args].concat());
    serde_json::from_str(&out(&output)).unwrap_or_else(|error| panic!("{error}: {}{}", out(&output), complaint(&output)))
}

/// A night whose servers bear more requests than are usual.
fn busy(scenario: &str) -> Night {
    Night::still(scenario).each_with("requests_per_second = 100")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// Every wave of a document, with the state of its rollout.
fn waves(document: &Value) -> Vec<(&str, &Value)> {
    let rollouts = list(&document["rollouts"]).iter();
    rollouts
        .flat_map(|rollout| list(&rollout["waves"]).iter().map(|wave| (rollout["state"].as_str().expect("a state"), wave)))
        .collect()
}

#[test]
fn every_failed_host_of_the_night_stands_in_one_cause_with_its_age_and_next_step() {
    let night = busy("bad-patch");
    let document = status(&night, &["--causes", "1000"]);
    let clusters = list(&document["clusters"]);
    let failed: u64 = night.runtime.block_on(by_the_server(&night)).values().map(|shown| shown.counts["failed"]).sum();
    assert!(failed > 50, "a night worth reading: {failed}");
    let hosts: u64 = clusters.iter().map(|one| number(&one["hosts"])).sum();
    let read: u64 = clusters.iter().map(|one| number(&one["read"])).sum();
    assert_eq!(hosts, failed, "{clusters:#?}");
    assert_eq!(number(&document["unread"]), hosts - read);
    for one in clusters {
        for key in ["class", "signature", "first_seen", "last_seen", "seen", "next_step"] {
            assert!(one[key].as_str().is_some_and(|told| !told.is_empty()), "{key} of {one}");
        }
        assert!(!list(&one["tenants"]).is_empty(), "{one}");
        assert!(number(&one["tries"]["least"]) >= 1 && one["tries"]["most"].is_u64(), "{one}");
        assert!(one["first_seen"].as_str() <= one["last_seen"].as_str(), "{one}");
    }
    let of_all = |one: &&Value| list(&one["tenants"]).len() == 3;
    assert!(clusters.iter().filter(of_all).count() >= 2, "the bad patch reached all three: {clusters:#?}");
}

#[test]
fn only_so_many_causes_are_told_as_are_asked_for_the_widest_first_and_none_is_read_for_0() {
    let night = busy("bad-patch");
    let two = status(&night, &["--causes", "2"]);
    let hosts: Vec<u64> = list(&two["clusters"]).iter().map(|one| number(&one["hosts"])).collect();
    assert_eq!(hosts.len(), 2);
    assert!(hosts[0] >= hosts[1], "{hosts:?}");
    let none = status(&night, &["--causes", "0"]);
    assert_eq!((list(&none["clusters"]).len(), number(&none["unread"])), (0, 0));
    assert!(waves(&none).iter().any(|(_, wave)| wave["lanes"].is_null()), "what nobody read is not known");
}

#[test]
fn every_wave_says_who_has_not_failed_and_is_not_well_and_how_many_confirm_what_they_reported() {
    let night = busy("silent").each_with("version_attribute = \"sw_version\"");
    let document = status(&night, &[]);
    let mut told: Vec<String> = Vec::new();
    let (mut asked, mut unasked): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (state, wave) in waves(&document) {
        let (lanes, counts) = (&wave["lanes"], &wave["counts"]);
        let in_lanes: u64 =
            list(&lanes["hosts"]).iter().filter(|one| one["lane"] != "silent").map(|one| number(&one["hosts"])).sum();
        assert!(in_lanes + number(&lanes["unchecked"]) <= number(&counts["running"]), "{wave:#}");
        for one in list(&lanes["hosts"]) {
            assert!(one["next_step"].is_string() && number(&one["hosts"]) > 0, "{one}");
            told.push(text(&one["lane"]));
        }
        let coverage = &wave["coverage"];
        assert_eq!((&coverage["reported"], &coverage["total"]), (&counts["done"], &counts["total"]));
        if coverage["verified"].is_null() {
            unasked.push(state);
        } else {
            let silent: u64 =
                list(&lanes["hosts"]).iter().filter(|one| one["lane"] == "silent").map(|one| number(&one["hosts"])).sum();
            assert!(number(&coverage["verified"]) + silent <= number(&counts["done"]), "{wave:#}");
            asked.push(state);
        }
    }
    assert!(asked.contains(&"finished"), "what has ended is held against its hosts' own facts: {asked:?}");
    assert!(unasked.contains(&"running"), "nobody asked what runs: {unasked:?}");
    for lane in ["silent", "stuck", "offline", "not_back"] {
        assert!(told.iter().any(|known| known == lane), "{lane} in {told:?}");
    }
    assert!(list(&document["needs"]).iter().any(|need| need["kind"] == "failure"), "{:#}", document["needs"]);
}

#[test]
fn where_hosts_cannot_be_asked_what_they_run_the_reason_stands_beside_the_missing_number() {
    let document = status(&busy("silent"), &[]);
    let why = |wave: &Value| wave["coverage"]["why"].as_str().map(str::to_owned);
    let reasons: BTreeSet<String> = waves(&document).into_iter().filter_map(|(_, wave)| why(wave)).collect();
    assert_eq!(reasons, BTreeSet::from(["the config names no version_attribute for this connection".to_owned()]));
}

#[test]
fn a_cause_is_held_against_its_deadline_since_the_first_night_it_failed_in_unless_it_was_verified() {
    let night = busy("bad-patch");
    let before = fs::read_to_string(night.config()).expect("it was written");
    fs::write(night.config(), format!("{before}\n[[deadline]]\nseverity = \"normal\"\nhours = 48\n")).expect("written");
    let first = status(&night, &["--causes", "2"])["clusters"][0].clone();
    assert_eq!((&first["since"], &first["nights"], &first["deadline"]["over"]), (&first["first_seen"], &1.into(), &false.into()));
    let line = |kind: &str, rest: Value| {
        let mut line = rest;
        line["kind"] = kind.into();
        format!("{line}\n")
    };
    let (cause, tenant) = (format!("cause {}", text(&first["signature"])), &first["tenants"][0]);
    let mut memory = String::new();
    for (date, at) in [("2026-01-13", "2026-01-13T22:00:00Z"), ("2026-02-10", "2026-02-10T22:00:00Z")] {
        memory += &line("night", json!({ "tenant": tenant, "cause": cause, "night": date, "first": at }));
    }
    fs::write(night.home().join("memory.jsonl"), &memory).expect("written");
    let two = status(&night, &["--causes", "2"]);
    let known = &two["clusters"][0];
    assert_eq!((&known["signature"], &known["first_seen"]), (&first["signature"], &first["first_seen"]));
    assert_eq!((&known["since"], &known["nights"]), (&"2026-01-13T22:00:00Z".into(), &3.into()));
    let due = json!({ "severity": "normal", "within_s": 172_800, "at": "2026-01-15T22:00:00Z", "over": true });
    assert_eq!(known["deadline"], due);
    assert_eq!(two["clusters"][1]["deadline"]["over"], false, "another cause has no earlier night: {two:#}");

    let said = json!({ "stage": "looked_at", "owner": "", "reference": "", "note": "", "at": "2026-02-12T09:00:00Z",
        "civil": "2026-02-12T09:00:00Z", "verified": "2026-02-11T09:00:00Z" });
    memory += &line("care", json!({ "of": cause, "care": said }));
    fs::write(night.home().join("memory.jsonl"), &memory).expect("written");
    let anew = status(&night, &["--causes", "2"])["clusters"][0].clone();
    assert_eq!((&anew["since"], &anew["nights"], &anew["deadline"]["over"]), (&first["first_seen"], &1.into(), &false.into()));
}

#[test]
fn a_job_that_failed_without_words_is_told_as_such_and_not_by_its_last_words_before() {
    let document = status(&busy("patch-tuesday"), &["--causes", "1000"]);
    let signatures: Vec<&str> = list(&document["clusters"]).iter().filter_map(|one| one["signature"].as_str()).collect();
    assert!(signatures.contains(&"unknown · said nothing of why"), "{signatures:#?}");
    let progress = |signature: &&&str| ["download started", "installing"].iter().any(|words| signature.ends_with(words));
    assert_eq!(signatures.iter().find(progress), None);
}

const LOCK: &str = r#"schema_version = 1

[[rule]]
id = "apt.apt_lock"
scope = "apt"
match = "regex"
value = 'Could not get lock'
class = "package_lock"
retry = "manual"
remedy = 'Call the lock desk.'
priority = 90
"#;

/// A config whose rules stand in `mine.toml`, beside it.
fn with_rules(night: &Night, rules: &str) {
    fs::write(night.home().join("mine.toml"), rules).expect("written");
    let before = fs::read_to_string(night.config()).expect("it was written");
    fs::write(night.config(), format!("{before}\n[failures]\nrules = \"mine.toml\"\n")).expect("written");
}

#[test]
fn a_rule_of_ones_own_takes_the_place_of_the_built_in_one() {
    let step = |document: &Value| {
        let clusters = list(&document["clusters"]).to_vec();
        let lock = clusters.into_iter().find(|one| one["rule"] == "apt.apt_lock");
        lock.map(|one| text(&one["next_step"]))
    };
    let night = busy("bad-patch");
    assert_eq!(step(&status(&night, &["--causes", "1000"])).as_deref(), Some("backoff"));
    with_rules(&night, LOCK);
    assert_eq!(step(&status(&night, &["--causes", "1000"])).as_deref(), Some("manual"));
}

const DRAWER: &str = r#"schema_version = 1

[[class]]
id = "drawer"
meaning = 'A drawer is open'
"#;

#[rstest]
#[case::the_cockpit(&[])]
#[case::check(&["check"])]
#[case::status(&["status"])]
fn a_cause_that_no_rule_knows_is_told_with_its_line_before_anything_is_asked(#[case] command: &[&str]) {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("night.toml");
    let backend = "[[backend]]\nname = \"a\"\nkind = \"hawkbit\"\nurl = \"http://127.0.0.1:9\"\ntenant = \"acme\"\n";
    let causes = "[[budget]]\nclass = \"package_lok\"\ntries = 5\n[[deadline]]\nseverity = \"high\"\nhours = 4\n\
                  causes = [\"disk_space\", \"drawer\"]\n[[call]]\ncause = \"apt.apt_lock\"\ndo = \"wait\"\n\
                  [[call]]\ncause = \"apt.lok\"\ndo = \"wait\"\n[failures]\nrules = \"mine.toml\"\n";
    fs::write(&file, format!("{backend}{causes}")).expect("written");
    fs::write(home.path().join("mine.toml"), DRAWER).expect("written");
    let output = patchdeck(home.path(), &[&["--config", &file.to_string_lossy()], command].concat());
    let told = complaint(&output);
    assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{told}");
    for words in [
        "night.toml:7:9: no class of causes is called `package_lok`",
        "night.toml:17:9: no class and no rule of causes is called `apt.lok`",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("drawer") && !told.contains("apt_lock"), "{told}");
}

#[rstest]
#[case::the_cockpit(&[])]
#[case::check(&["check"])]
#[case::status(&["status"])]
fn every_mistake_in_rules_of_ones_own_is_told_with_file_and_line_before_anything_is_asked(#[case] command: &[&str]) {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("night.toml");
    let backend = "[[backend]]\nname = \"a\"\nkind = \"hawkbit\"\nurl = \"http://127.0.0.1:9\"\ntenant = \"acme\"\n";
    fs::write(&file, format!("{backend}\n[failures]\nrules = \"mine.toml\"\n")).expect("written");
    let config = file.to_string_lossy().into_owned();
    let run = |rules: Option<&str>| {
        if let Some(rules) = rules {
            fs::write(home.path().join("mine.toml"), rules).expect("written");
        }
        let output = patchdeck(home.path(), &[&["--config", &config], command].concat());
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{}", complaint(&output));
        complaint(&output)
    };
    let told = run(None);
    assert!(told.contains("mine.toml: the rules of failures cannot be read"), "{told}");
    let second = LOCK.replace("schema_version = 1\n", "").replace("apt_lock", "two").replace("Could", "(");
    let told = run(Some(&(LOCK.replace("package_lock", "drawer") + &second)));
    for words in ["mine.toml:8: rule \"apt.apt_lock\": no class is called \"drawer\"", "mine.toml:17: rule \"apt.two\""] {
        assert!(told.contains(words), "{words}: {told}");
    }
}
