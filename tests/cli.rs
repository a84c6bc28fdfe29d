//! The commands without a screen, run as a script would run them: exit codes, words, and JSON against what the server says.
//!
//! The twin runs in the test's own process, so that a test can break it. Nothing here draws.

#[path = "cli/failures.rs"]
mod failures;
#[path = "cli/night.rs"]
#[expect(dead_code, reason = "what only the tests on a terminal need")]
mod night;
#[path = "cli/rings.rs"]
mod rings;
#[path = "cli/windows.rs"]
mod windows;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use night::Night;
use patchdeck::action::Verb;
use patchdeck::domain::{BackendName, IntentId, RolloutId, TenantId};
use patchdeck::journal::{Entry, Journal, Who};
use patchdeck::plan::types::{Call, Facts, Guard, Intent, PlannedEffect, Settlement, Step, StepRecord};
use patchdeck::twin::faults::{ErrorBody, Fault, What};
use rstest::rstest;
use serde_json::Value;

/// Runs the binary in a home of its own.
fn patchdeck(home: &Path, args: &[&str]) -> Output {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchdeck"));
    command.args(args).env_clear().env("PATH", path).env("HOME", home).env("LC_ALL", "C.UTF-8").env("USER", "tester");
    command.output().expect("it starts")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal")
}

fn on(night: &Night, args: &[&str]) -> Output {
    let config = night.config();
    patchdeck(night.home(), &[&["--config", &config.to_string_lossy()], args].concat())
}

#[derive(Debug, PartialEq)]
struct Shown {
    state: String,
    counts: BTreeMap<&'static str, u64>,
    waves: Vec<(String, String, BTreeMap<&'static str, u64>)>,
}

const COUNTS: [&str; 8] = ["total", "waiting", "running", "done", "failed", "skipped", "cancelled", "unknown"];

fn our_counts(counts: &Value) -> BTreeMap<&'static str, u64> {
    COUNTS.into_iter().map(|key| (key, counts[key].as_u64().expect("a number"))).collect()
}

fn their_counts(of: &Value) -> BTreeMap<&'static str, u64> {
    let by = |status: &str| of["totalTargetsPerStatus"][status].as_u64().unwrap_or(0);
    let figures = [
        of["totalTargets"].as_u64().expect("a total"),
        by("scheduled") + by("notstarted"),
        by("running"),
        by("finished"),
        by("error"),
        0,
        by("cancelled"),
        0,
    ];
    COUNTS.into_iter().zip(figures).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// What `curl` would show of every rollout of the night.
async fn by_the_server(night: &Night) -> BTreeMap<(String, String), Shown> {
    // A second test in the same process finds the provider installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut all = BTreeMap::new();
    for connection in night.connections() {
        let get = async |path: String| -> Value {
            let request = http.get(format!("{}/rest/v1{path}", connection.url));
            let answer = request.basic_auth(&connection.user, Some(&connection.password)).send().await.expect("an answer");
            answer.json().await.expect("JSON")
        };
        let rollouts = get("/rollouts?limit=500&representation=full".to_owned()).await;
        for rollout in rollouts["content"].as_array().expect("a list") {
            let id = rollout["id"].as_u64().expect("an id");
            let groups = get(format!("/rollouts/{id}/deploygroups?limit=500&representation=full")).await;
            let wave = |group: &Value| (text(&group["name"]), text(&group["status"]), their_counts(group));
            let shown = Shown {
                state: text(&rollout["status"]),
                counts: their_counts(rollout),
                waves: groups["content"].as_array().expect("a list").iter().map(wave).collect(),
            };
            all.insert((connection.name.clone(), id.to_string()), shown);
        }
    }
    all
}

#[test]
fn status_as_json_says_of_every_rollout_what_the_server_says() {
    let night = Night::still("patch-tuesday");
    let output = on(&night, &["status", "--json"]);
    assert_eq!(code(&output), 3, "a rollout waits for a person: {}", complaint(&output));
    let document: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(document["schema"], 1);
    let mut ours = BTreeMap::new();
    for rollout in document["rollouts"].as_array().expect("a list") {
        let wave = |wave: &Value| (text(&wave["name"]), text(&wave["native"]), our_counts(&wave["counts"]));
        let shown = Shown {
            state: text(&rollout["native"]),
            counts: our_counts(&rollout["counts"]),
            waves: rollout["waves"].as_array().expect("a list").iter().map(wave).collect(),
        };
        ours.insert((text(&rollout["backend"]), text(&rollout["id"])), shown);
    }
    let theirs = night.runtime.block_on(by_the_server(&night));
    assert!(theirs.len() > 10 && theirs.values().any(|shown| shown.counts["failed"] > 0), "a night worth comparing");
    assert_eq!(ours, theirs);
    let states: BTreeSet<String> =
        document["backends"].as_array().expect("a list").iter().map(|one| text(&one["state"])).collect();
    assert_eq!(states, BTreeSet::from(["live".to_owned()]));
}

#[test]
fn a_quiet_night_is_all_well() {
    let night = Night::still("calm");
    for args in [&["status"][..], &["check"], &["check", "--json"], &["journal", "show"], &["journal", "verify"]] {
        let output = on(&night, args);
        assert_eq!(code(&output), 0, "{args:?}: {}{}", out(&output), complaint(&output));
    }
}

/// One tenant's server misbehaves; the others are read all the same, and the words say what it was.
#[rstest]
#[case::credentials(What::Status { code: 401, body: ErrorBody::Empty }, "credentials refused")]
#[case::not_permitted(What::Status { code: 403, body: ErrorBody::Hawkbit }, "not permitted")]
#[case::not_found(What::Status { code: 404, body: ErrorBody::Spring }, "not found")]
#[case::conflict(What::Status { code: 409, body: ErrorBody::Hawkbit }, "conflict")]
#[case::locked(What::Status { code: 423, body: ErrorBody::Empty }, "locked")]
#[case::too_many(What::TooMany { retry_after: Some(7) }, "overloaded")]
#[case::server_error(What::Status { code: 500, body: ErrorBody::Spring }, "server error")]
#[case::html(What::Status { code: 200, body: ErrorBody::Html }, "answer not understood")]
#[case::cut_body(What::CutBody, "was cut off after")]
#[case::reset(What::Reset, "unreachable")]
#[case::hangs(What::Hang, "no answer within 3 s")]
fn a_server_that_misbehaves_is_told_in_words_and_leaves_the_others_alone(#[case] what: What, #[case] words: &str) {
    let night = Night::still("calm");
    night.breaks(Fault::always(what).for_tenant("ACME"));
    let output = on(&night, &["status", "--json", "--timeout", "3"]);
    assert_eq!(code(&output), 4, "{}{}", out(&output), complaint(&output));
    let document: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let backends = document["backends"].as_array().expect("a list");
    let of = |tenant: &str| backends.iter().find(|one| one["tenants"][0] == tenant).expect("a backend");
    assert!(text(&of("acme")["error"]).contains(words), "{}", of("acme"));
    let others = backends.iter().filter(|one| one["tenants"][0] != "acme");
    assert!(others.clone().count() > 0 && others.clone().all(|one| one["error"].is_null()), "{backends:?}");
    assert!(document["rollouts"].as_array().expect("a list").iter().any(|rollout| rollout["tenant"] != "acme"));
}

#[test]
fn a_theme_and_a_keymap_that_do_not_exist_are_told_once_with_file_and_line() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("taste.toml");
    let backend = "[[backend]]\nname = \"a\"\nkind = \"hawkbit\"\nurl = \"http://127.0.0.1:9\"\ntenant = \"acme\"\n";
    std::fs::write(&file, format!("{backend}\n[ui]\ntheme = \"drak\"\nkeymap = \"vmi\"\n")).expect("written");
    let output = patchdeck(home.path(), &["--config", &file.to_string_lossy(), "check", "--timeout", "3"]);
    assert_eq!(code(&output), 2, "{}{}", out(&output), complaint(&output));
    for words in ["taste.toml:8: no theme is called \"drak\"", "taste.toml:9: no keymap is called \"vmi\""] {
        assert_eq!(out(&output).matches(words).count(), 1, "{words}: {}", out(&output));
    }
}

#[test]
fn every_problem_of_a_config_is_told_with_file_and_line_and_nothing_is_asked() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("bad.toml");
    fs::write(&file, "[[backend]]\nname = \"a\"\nkind = \"hawkbit\"\nurl = \"https://h.example.net\"\ntennant = \"a\"\npassword = \"hunter2\"\nrequests_per_second = \"many\"\n")
        .expect("written");
    for command in [&[][..], &["status"], &["check"], &["journal", "show"]] {
        let output = patchdeck(home.path(), &[&["--config", &file.to_string_lossy()], command].concat());
        assert_eq!(code(&output), 2, "{command:?}");
        assert_eq!(out(&output), "", "{command:?}");
        let told = complaint(&output);
        for line in ["bad.toml:5:1: unknown key `tennant`", "bad.toml:6:1: `password`", "bad.toml:7:23: `requests_per_second`"] {
            assert!(told.contains(line), "{command:?}: {told}");
        }
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[rstest]
#[case::command(&["dance"], "unrecognized subcommand")]
#[case::option(&["status", "--jsn"], "unexpected argument")]
#[case::scenario(&["demo", "--scenario", "nights"], "there is no scenario nights; built in: patch-tuesday")]
#[case::speed(&["demo", "--speed", "fast"], "a number from 0 to 86400")]
#[case::theme_of_the_demo(&["demo", "--theme", "nope"], "no theme is called \"nope\"")]
#[case::keymap_of_the_demo(&["demo", "--keymap", "nope"], "no keymap is called \"nope\"")]
#[case::twin(&["twin", "yum"], "hawkbit")]
#[case::theme(&["themes", "nope"], "nope")]
#[case::keymap(&["keys", "--keymap", "nope"], "nope")]
#[case::config(&["--config", "nowhere.toml", "status"], "nowhere.toml: there is no config here")]
fn what_does_not_exist_is_a_mistake_of_the_command_line(#[case] args: &[&str], #[case] words: &str) {
    let home = tempfile::tempdir().expect("a folder");
    let output = patchdeck(home.path(), args);
    assert_eq!(code(&output), 2, "{}", complaint(&output));
    assert!(complaint(&output).contains(words), "{}", complaint(&output));
}

#[test]
fn keys_and_themes_are_printed_without_a_config() {
    let home = tempfile::tempdir().expect("a folder");
    let keys = patchdeck(home.path(), &["keys"]);
    assert_eq!(code(&keys), 0, "{}", complaint(&keys));
    assert!(out(&keys).lines().any(|line| line.contains("approve") && line.contains('a')), "{}", out(&keys));
    let themes = patchdeck(home.path(), &["themes"]);
    assert_eq!(code(&themes), 0, "{}", complaint(&themes));
    for theme in ["dark", "light", "high-contrast", "colour-blind", "mono", "sixteen"] {
        assert!(out(&themes).contains(theme), "{}", out(&themes));
    }
}

#[test]
fn a_screen_that_is_no_terminal_is_refused_in_words() {
    let night = Night::still("calm");
    let output = on(&night, &[]);
    assert_eq!(code(&output), 1);
    assert!(complaint(&output).contains("standard output is not a terminal"), "{}", complaint(&output));
}

fn sent() -> (StepRecord, Entry) {
    let intent = Intent::new(
        IntentId::new("20261208T221405Z-7-1"),
        Verb::Resume,
        TenantId::new("acme"),
        RolloutId::new(BackendName::new("acme-hb"), "3"),
    );
    let step = Step::Call(Call {
        id: 1,
        intent: None,
        method: "POST".into(),
        path: "/rest/v1/rollouts/3/resume".into(),
        query: Vec::new(),
        body: None,
        hosts: Vec::new(),
        guard: Guard { native: Some("paused".into()) },
        deadline_seconds: 120,
        undo: None,
    });
    let facts = Facts {
        named: std::collections::BTreeSet::default(),
        own: std::collections::BTreeMap::new(),
        window: None,
        name: "December baseline".into(),
        native: "paused".into(),
        effect: PlannedEffect::BeginsNext { wave: "early".into(), ordinal: 2, hosts: 80 },
        hosts: 240,
        release: None,
        wave_states: BTreeMap::new(),
    };
    let record = StepRecord { intent, step, facts, at: "2026-12-08T22:14:05Z".parse().expect("a time") };
    (record.clone(), Entry::Sending { record: Box::new(record) })
}

fn open_journal(dir: &Path, second: u32) -> Journal {
    let who = Who { os_user: "lead".into(), ssh_from: None, host: "desk".into(), person: None, pid: second };
    Journal::open(dir, who, format!("2026-12-08T22:14:{second:02}Z").parse().expect("a time")).expect("a journal")
}

#[test]
fn an_open_intent_is_told_with_a_code_of_its_own_until_it_is_settled() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("journal");
    let show = || patchdeck(home.path(), &["journal", "show", "--dir", &dir.to_string_lossy()]);
    let (record, sending) = sent();
    open_journal(&dir, 1).append(record.at, &sending).expect("written");
    let output = show();
    assert_eq!(code(&output), 5, "{}", complaint(&output));
    assert!(out(&output).contains("OPEN     20261208T221405Z-7-1: lead sent \"resume\""), "{}", out(&output));
    let settled = Entry::Settled { intent: record.intent.id, step: 1, settlement: Settlement::Verified("running".into()) };
    open_journal(&dir, 2).append(record.at, &settled).expect("written");
    assert_eq!(code(&show()), 0);
}

#[rstest]
#[case::changed(|lines: &mut Vec<String>| lines[1] = lines[1].replace("acme", "acne"), ":2:")]
#[case::missing(|lines: &mut Vec<String>| drop(lines.remove(1)), ":2:")]
#[case::torn(|lines: &mut Vec<String>| { let last = lines.pop().expect("a line"); lines.push(last[..last.len() / 2].to_owned()); }, ":3:")]
fn a_journal_that_was_touched_is_found_out_with_file_and_line(#[case] touch: fn(&mut Vec<String>), #[case] place: &str) {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("journal");
    let verify = || patchdeck(home.path(), &["journal", "verify", "--dir", &dir.to_string_lossy()]);
    let (record, sending) = sent();
    let mut journal = open_journal(&dir, 1);
    journal.append(record.at, &sending).expect("written");
    journal.append(record.at, &Entry::Disarmed { tenant: TenantId::new("acme") }).expect("written");
    let file = journal.path().to_path_buf();
    drop(journal);
    assert_eq!(code(&verify()), 0);
    let mut lines: Vec<String> = fs::read_to_string(&file).expect("readable").lines().map(str::to_owned).collect();
    touch(&mut lines);
    let end = if place == ":3:" { "" } else { "\n" };
    fs::write(&file, lines.join("\n") + end).expect("written");
    let output = verify();
    assert_eq!(code(&output), 3, "{}", out(&output));
    let name = file.file_name().expect("a name").to_string_lossy();
    assert!(out(&output).contains(&format!("{name}{place}")), "{}", out(&output));
}

#[test]
fn a_password_that_others_can_read_is_a_fault_of_the_config_and_the_connection_says_so() {
    let night = Night::still("calm");
    let name = &night.connections()[0].name;
    let pass = night.home().join(format!("{name}.pass"));
    fs::set_permissions(&pass, fs::Permissions::from_mode(0o644)).expect("a mode");
    let output = on(&night, &["check"]);
    assert_eq!(code(&output), 2, "{}", out(&output));
    assert!(out(&output).contains("(mode 0644)"), "{}", out(&output));
    assert!(!out(&output).contains(&night.connections()[0].password), "it told the password");
    assert_eq!(code(&on(&night, &["status"])), 4);
}
