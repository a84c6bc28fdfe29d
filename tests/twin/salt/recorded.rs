//! The twin against the recordings of a real master: the recorded requests themselves, sent again.
//!
//! Hosts, jobs and profiles are those of the recordings, so keys, types and values must be equal, but for what differs from
//! run to run: times, process ids, tokens, ids that the master makes.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::super::recorded::kind;
use super::client::{Site, complete};
use crate::twin::client::{Seen, read};

/// Recordings that are not spoken, and why. Their clients are refused as a master refuses what it has switched off.
const NOT_SPOKEN: [(&str, &str); 9] = [
    ("49-batch-active", "rings are jobs of their own: local_batch bears no labels and dies with the API"),
    ("50-batch-stop", "no batches"),
    ("51-batch-answer", "no batches"),
    ("52-batch-status", "no batches"),
    ("53-orchestrate", "no orchestration: it bears no labels and is not in the job cache before its end"),
    ("54-orchestrate-pause", "no orchestration"),
    ("55-orchestrate-running", "no orchestration; jobs.master itself is spoken"),
    ("56-orchestrate-resume", "no orchestration"),
    ("57-orchestrate-done", "no orchestration"),
];

/// Members whose values differ from run to run.
const RUN_TO_RUN: [&str; 9] = ["token", "expire", "start", "jid", "EndTime", "pid", "seconds", "duration", "start_time"];

const HANG: &str = "[[salt.away]]\nhosts = \"acme-web-03\"\nfrom = \"-1h\"\n";
const FROZEN: &str = "[[salt.freeze]]\ntenant = \"acme\"\nfrom = \"-1h\"\n";

fn recording(name: &str) -> Value {
    let path = format!("{}/tests/recordings/salt/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("a recording in JSON")
}

/// The recorded request, with this twin's passwords and sessions in the places of the recorded ones.
async fn again(site: &Site, name: &str) -> Seen {
    let request = &recording(name)["request"];
    let path = request["path"].as_str().expect("a path");
    let method = Method::from_bytes(request["method"].as_str().expect("a method").as_bytes()).expect("a method");
    let mut sent = site.http.request(method, site.url(path));
    for (header, value) in request["headers"].as_object().expect("headers") {
        let value = value.as_str().expect("a header");
        let value = match (header.as_str(), value.as_bytes()[0]) {
            ("X-Auth-Token", b'1') => site.login("ops").await,
            ("X-Auth-Token", b'2') => site.login("viewer").await,
            ("X-Auth-Token", b'3') => site.login("acme-ops").await,
            _ => value.to_owned(),
        };
        sent = sent.header(header, value);
    }
    let form = request["headers"]["Content-Type"] == "application/x-www-form-urlencoded";
    let body = match &request["body"] {
        Value::Null => return read(sent.send().await.expect("an answer")).await,
        // Already text as it was sent.
        Value::String(text) => text.clone(),
        other => {
            let body = with_password(site, other.clone());
            if form {
                let fields = body.as_object().expect("fields").iter();
                fields.map(|(name, value)| format!("{name}={}", value.as_str().expect("text"))).collect::<Vec<_>>().join("&")
            } else {
                body.to_string()
            }
        }
    };
    read(sent.body(body).send().await.expect("an answer")).await
}

fn with_password(site: &Site, mut body: Value) -> Value {
    match &mut body {
        Value::Array(chunks) => chunks.iter_mut().for_each(|chunk| *chunk = with_password(site, chunk.take())),
        Value::Object(fields) if fields.get("password").is_some_and(|password| password != "wrong") => {
            let user = fields["username"].as_str().expect("a user").to_owned();
            fields.insert("password".to_owned(), json!(site.account(&user).password));
        }
        _ => {}
    }
    body
}

/// Publishes the job that a recording shows, under the recorded id, and to the recorded hosts.
async fn launch(site: &Site, token: &str, jid: &str, job: &Value) {
    let mut args = job["Arguments"].as_array().expect("arguments").clone();
    let kwarg = args.pop_if(|last| last["__kwarg__"] == true);
    let mut chunk = json!({
        "client": "local_async", "tgt": job["Target"], "tgt_type": job["Target-type"], "fun": job["Function"], "arg": args,
        "jid": jid, "start_event": true,
    });
    if let Some(Value::Object(mut kwarg)) = kwarg {
        kwarg.remove("__kwarg__");
        chunk["kwarg"] = Value::Object(kwarg);
    }
    if let Some(metadata) = job.get("Metadata") {
        chunk["metadata"] = metadata.clone();
    }
    let answer = site.ask(token, chunk).await;
    assert_eq!(answer["jid"], jid, "{answer}");
}

#[rstest]
#[case("01-login")]
#[case("02-login-viewer")]
#[case("03-login-wrong-password")]
#[case("04-login-unlisted-user")]
#[case("05-index")]
#[case("06-token")]
#[case("07-run-one-shot")]
#[case("08-401-no-session")]
#[case("09-401-not-permitted-minions")]
#[case("10-401-not-permitted-runner")]
#[case("11-400-client-disabled")]
#[case("12-400-not-a-list")]
#[case("13-406-accept")]
#[case("14-500-unknown-runner")]
#[case("15-present")]
#[case("17-targets-preview")]
#[case("18-no-match")]
#[case("19-unknown-id-in-list")]
#[case("20-pillar-cache")]
#[case("21-launch-pilot")]
#[case("24-launch-early")]
#[case("26-retry-failed")]
#[case("36-search-nothing")]
#[case("37-job-unknown")]
#[case("46-rollback")]
#[case("48-needs-reboot")]
#[case("58-cache-store")]
#[case("60-schedule-add")]
#[case("61-events-no-token")]
#[case("62-events-query")]
#[case("63-logout")]
#[tokio::test]
async fn a_request_is_answered_as_the_server_answered_it(#[case] name: &str) {
    let site = Site::open("", 0.0).await;
    compare(name, &again(&site, name).await);
}

/// `hosts=profile` pairs are set before the recorded job is published.
#[rstest]
#[case("23-job-done", "", &[])]
#[case("25-job-failed-pkg-upgrade", "", &[("acme-web-02", "dep_conflict"), ("acme-web-04", "postinst_fail")])]
#[case("27-job-failed-module", "", &[("acme-web-03", "disk_full"), ("acme-db-01", "exception"), ("acme-app-01", "false")])]
#[case("28-job-returned-false", "", &[("acme-app-01", "false")])]
#[case("29-job-failed-state", "", &[("acme-web-02", "dep_conflict"), ("acme-web-03", "disk_full")])]
#[case("31-job-dry-run", "", &[])]
#[case("32-job-render-error", "", &[])]
#[case("33-job-two-functions", "", &[])]
#[case("34-job-cmd-timeout", "", &[])]
#[case("45-job-blackout", FROZEN, &[])]
#[tokio::test]
async fn a_finished_job_reads_as_the_server_showed_it(#[case] name: &str, #[case] rest: &str, #[case] profiles: &[(&str, &str)]) {
    let site = Site::open(rest, 50.0).await;
    let ops = site.login("ops").await;
    for (hosts, profile) in profiles {
        site.profile(&ops, hosts, profile).await;
    }
    let job = &recording(name)["response"]["body"]["info"][0];
    let jid = job["jid"].as_str().expect("an id");
    launch(&site, &ops, jid, job).await;
    site.job_when(&ops, jid, complete).await;
    compare(name, &again(&site, name).await);
}

#[tokio::test]
async fn a_job_that_just_began_has_hosts_and_no_results() {
    let site = Site::open("", 0.0).await;
    again(&site, "21-launch-pilot").await;
    compare("22-job-running", &again(&site, "22-job-running").await);
}

#[tokio::test]
async fn a_second_state_run_on_a_busy_host_is_refused_with_the_first_ones_id() {
    let site = Site::open("", 0.0).await;
    let ops = site.login("ops").await;
    let first = &recording("29-job-failed-state")["response"]["body"]["info"][0];
    launch(&site, &ops, "20261122012844482788", first).await;
    let second = &recording("30-job-state-busy")["response"]["body"]["info"][0];
    launch(&site, &ops, "20261122012845825735", second).await;
    compare("30-job-state-busy", &again(&site, "30-job-state-busy").await);
}

#[tokio::test]
async fn a_kernel_is_missing_only_where_a_restart_would_follow() {
    let site = Site::open("", 0.0).await;
    let ops = site.login("ops").await;
    site.profile(&ops, "acme-web-04", "needs_reboot").await;
    compare("16-upgrades", &again(&site, "16-upgrades").await);
}

#[tokio::test]
async fn the_search_finds_every_labelled_job_without_hosts_and_results() {
    let site = Site::open("", 50.0).await;
    let ops = site.login("ops").await;
    let found = recording("35-search")["response"]["body"]["return"][0].clone();
    for (jid, job) in found.as_object().expect("jobs") {
        launch(&site, &ops, jid, job).await;
    }
    for jid in found.as_object().expect("jobs").keys() {
        site.job_when(&ops, jid, complete).await;
    }
    compare("35-search", &again(&site, "35-search").await);
}

#[tokio::test]
async fn a_hanging_and_an_absent_host_look_the_same_until_they_are_asked() {
    let site = Site::open(&format!("{HANG}\n[salt.server]\nsilent_ms_per_s = 1\n"), 50.0).await;
    let ops = site.login("ops").await;
    site.profile(&ops, "acme-web-02", "hang").await;
    let partly = &recording("38-job-partly")["response"]["body"]["info"][0];
    let jid = partly["jid"].as_str().expect("an id");
    launch(&site, &ops, jid, partly).await;
    site.job_when(&ops, jid, |job| super::client::answered(job) == 1).await;
    for name in ["38-job-partly", "39-missing", "40-find-job", "41-kill", "42-find-job-after-kill"] {
        compare(name, &again(&site, name).await);
    }
}

#[tokio::test]
async fn a_late_delivery_joins_the_job_it_belongs_to() {
    let site = Site::open("[[salt.away]]\nhosts = \"acme-web-03\"\nfrom = \"-1h\"\nto = \"200s\"\n", 50.0).await;
    let ops = site.login("ops").await;
    site.profile(&ops, "acme-web-02", "hang").await;
    let partly = &recording("38-job-partly")["response"]["body"]["info"][0];
    let jid = partly["jid"].as_str().expect("an id");
    launch(&site, &ops, jid, partly).await;
    loop {
        let up = site.ask(&ops, json!({"client": "runner", "fun": "manage.up"})).await;
        if up.as_array().expect("hosts").contains(&json!("acme-web-03")) {
            break;
        }
        tokio::task::yield_now().await;
    }
    compare("43-deliver-late", &again(&site, "43-deliver-late").await);
    site.job_when(&ops, jid, |job| super::client::answered(job) == 2).await;
    compare("44-job-late-merged", &again(&site, "44-job-late-merged").await);
}

#[tokio::test]
async fn a_rollback_puts_the_versions_from_before_back() {
    let site = Site::open("", 50.0).await;
    let ops = site.login("ops").await;
    again(&site, "21-launch-pilot").await;
    site.job_when(&ops, "20261122012828971383", complete).await;
    let rollback = &recording("47-job-rollback")["response"]["body"]["info"][0];
    launch(&site, &ops, "20261122012920091718", rollback).await;
    site.job_when(&ops, "20261122012920091718", complete).await;
    compare("47-job-rollback", &again(&site, "47-job-rollback").await);
}

#[tokio::test]
async fn what_is_stored_can_be_fetched() {
    let site = Site::open("", 0.0).await;
    again(&site, "58-cache-store").await;
    compare("59-cache-fetch", &again(&site, "59-cache-fetch").await);
}

#[test]
fn every_recording_is_compared_or_has_a_reason_why_not() {
    let here = include_str!("recorded.rs");
    let folder = format!("{}/tests/recordings/salt", env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".json").filter(|stem| *stem != "events") else {
            continue;
        };
        seen += 1;
        let excused = NOT_SPOKEN.iter().any(|(known, _)| *known == stem);
        let times = here.matches(&format!("\"{stem}\"")).count();
        assert!(times > 0, "{stem} is compared with nothing");
        assert!(!excused || times == 1, "{stem} is compared and excused");
    }
    assert_eq!(seen, 63);
}

/// What is excused is refused, not made up. Reading a job and `jobs.master` are spoken in themselves.
#[tokio::test]
async fn what_is_not_spoken_is_refused_as_a_master_refuses_it() {
    let site = Site::open("", 0.0).await;
    for (name, _) in NOT_SPOKEN {
        let request = &recording(name)["request"];
        if request["method"] == "POST" && request["body"][0]["fun"] != "jobs.master" {
            let seen = again(&site, name).await;
            assert!(seen.status == 400 || seen.status == 500, "{name}: {} {}", seen.status, seen.text);
        }
    }
}

#[rstest]
#[case(json!({"a": 1}), json!({"a": 1, "b": 2}))]
#[case(json!({"a": 1}), json!({"a": "1"}))]
#[case(json!({"token": "12"}), json!({"token": "123"}))]
#[case(json!(["x", "y"]), json!(["x", "z"]))]
#[case(json!([1]), json!([]))]
#[case(json!("retcode: 100"), json!("retcode: 1"))]
#[case(json!(null), json!(false))]
fn the_comparison_sees_what_differs(#[case] recorded: Value, #[case] got: Value) {
    let mut differences = Vec::new();
    differ("", &recorded, &got, &mut differences);
    assert_eq!(differences.len(), 1, "{differences:?}");
}

fn compare(name: &str, seen: &Seen) {
    let recorded = &recording(name)["response"];
    assert_eq!(recorded["status"], seen.status, "{name}: {}", seen.text);
    for (header, value) in recorded["headers"].as_object().expect("headers") {
        let (value, got) = (value.as_str().expect("a header"), seen.header(&header.to_lowercase()));
        match header.as_str() {
            "Set-Cookie" => assert_eq!(cookie(value), cookie(got), "{name}: {got}"),
            "X-Auth-Token" => assert_eq!(got.len(), 40, "{name}"),
            _ => assert_eq!(got, value, "{name}: {header}"),
        }
    }
    if !recorded["headers"].as_object().expect("headers").contains_key("Set-Cookie") {
        assert_eq!(seen.header("set-cookie"), "", "{name}");
    }
    if let Value::String(page) = &recorded["body"] {
        assert_eq!(&seen.text, page, "{name}");
        return;
    }
    let mut differences = Vec::new();
    differ("", &recorded["body"], &seen.json(), &mut differences);
    assert!(differences.is_empty(), "{name}: {differences:#?}\n{:#}", seen.json());
}

/// The parts of a cookie without what differs: how long its id is, and which attributes it has.
fn cookie(text: &str) -> (usize, Vec<String>) {
    let mut parts = text.split("; ");
    let id = parts.next().unwrap_or_default().len();
    (id, parts.map(|part| part.split_once('=').map_or(part, |(name, _)| name).to_owned()).collect())
}

/// Notes where `got` has other keys, types or values than `recorded`.
pub fn differ(at: &str, recorded: &Value, got: &Value, differences: &mut Vec<String>) {
    match (recorded, got) {
        (Value::Object(wanted), Value::Object(have)) => {
            let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<String>>();
            for key in keys(wanted).symmetric_difference(&keys(have)) {
                let side = if have.contains_key(key) { "only here" } else { "only recorded" };
                differences.push(format!("{at}/{key}: {side}"));
            }
            for (key, value) in wanted.iter().filter(|(key, _)| have.contains_key(*key)) {
                let here = format!("{at}/{key}");
                if RUN_TO_RUN.contains(&key.as_str()) {
                    if kind(value) != kind(&have[key]) || text_len(value) != text_len(&have[key]) {
                        differences.push(format!("{here}: {value} recorded, {} here", have[key]));
                    }
                } else {
                    differ(&here, value, &have[key], differences);
                }
            }
        }
        (Value::Array(wanted), Value::Array(have)) => {
            let sorted = |list: &[Value]| list.iter().map(|one| (one.to_string(), one.clone())).collect::<BTreeMap<_, _>>();
            // Ids come in no order.
            let names = wanted.iter().chain(have).all(Value::is_string);
            if wanted.len() != have.len() || (names && wanted.len() > 1 && sorted(wanted) != sorted(have)) {
                differences.push(format!("{at}: {wanted:?} recorded, {have:?} here"));
            } else if !(names && wanted.len() > 1) {
                for (nth, (one, other)) in wanted.iter().zip(have).enumerate() {
                    differ(&format!("{at}[{nth}]"), one, other, differences);
                }
            }
        }
        (Value::String(wanted), Value::String(have)) => {
            if plain(wanted) != plain(have) {
                differences.push(format!("{at}: {wanted:?} recorded, {have:?} here"));
            }
        }
        _ => {
            if recorded != got {
                differences.push(format!("{at}: {recorded} recorded, {got} here"));
            }
        }
    }
}

fn text_len(value: &Value) -> Option<usize> {
    value.as_str().map(str::len)
}

/// A text without process ids and ids of jobs; of a traceback only its ends.
fn plain(text: &str) -> String {
    if let Some((begin, rest)) = text.split_once("Traceback") {
        return format!("{begin}Traceback {}", rest.trim_end().rsplit(": ").next().unwrap_or_default());
    }
    let mut plain = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        plain.push_str(if digits.len() > 4 { "#" } else { &digits });
        digits.clear();
        plain.push(c);
    }
    plain
}
