//! Names and words that try to steer a terminal, to flood a screen, or to break out of a request.

use patchdeck::backend::port::{Facts, Interest, Page};
use patchdeck::domain::{AttemptId, BackendName, HostId};
use serde_json::json;

use super::server::{Answer, Server};
use super::subject::{facts, hawkbit, rollout_id};

const HOSTILE: &str = "x\u{1b}[2J\u{202e}gnp.exe\u{200b}\u{7}\r\nroot#";

#[tokio::test]
async fn a_hostile_rollout_name_reaches_the_board_only_as_marks() {
    let server = Server::start().await;
    let long = "n".repeat(10_000);
    let body = json!({"content": [
        {"id": 1, "name": HOSTILE, "status": HOSTILE, "description": HOSTILE, "approveDecidedBy": HOSTILE,
         "_links": {"distributionset": {"name": HOSTILE}}},
        {"id": 2, "name": long, "status": "running"},
        {"id": 3}], "total": 3});
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::json(200, &body)]);
    let Facts::Rollouts { rollouts, .. } = facts(&hawkbit(&server.url), Interest::Board).await else { panic!("no rollouts") };
    let shown = format!("{:?}", rollouts[0]);
    assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}' || c == '\u{200b}'), "{shown}");
    assert!(rollouts[1].name.as_str().chars().count() <= 513);
    assert_eq!(rollouts[2].native.as_str(), "without a state");
}

#[tokio::test]
async fn a_hostile_host_id_is_kept_for_requests_and_shown_as_marks() {
    let server = Server::start().await;
    let href = "http://x.example.test/rest/v1/targets/evil%1B%5B2J/actions/7";
    let body = json!({"content": [{"id": 7, "status": "error", "_links": {"self": {"href": href}, "target": {"href": href, "name": HOSTILE}}}],
        "total": 1});
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &body)]);
    let ask = Interest::Failures(rollout_id("3"), Page { offset: 0, limit: 50 });
    let backend = hawkbit(&server.url);
    let Facts::Failures { hosts, .. } = facts(&backend, ask).await else { panic!("no failures") };
    assert_eq!(hosts[0].id.raw(), "evil\u{1b}[2J");
    assert_eq!(hosts[0].id.to_string(), "evil␛[2J");
    let attempt = hosts[0].attempt.clone().expect("an attempt");
    server.on("GET", "/rest/v1/targets/evil%1B%5B2J/actions/7/status", &[], [Answer::json(200, &json!({"content": []}))]);
    facts(&backend, Interest::Evidence(attempt)).await;
}

#[tokio::test]
async fn a_search_text_cannot_widen_the_filter() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/targets", &[], [Answer::json(200, &json!({"content": [], "total": 0}))]);
    facts(&hawkbit(&server.url), Interest::Find("a\",updatestatus==error".into())).await;
    let asked = server.asked();
    let value = "\"*a\\\",updatestatus==error*\"";
    assert_eq!(asked[0].query("q"), Some(format!("controllerid=={value},name=={value}").as_str()));
}

#[tokio::test]
async fn an_attempt_whose_host_cannot_stand_in_an_address_is_not_asked_for() {
    let server = Server::start().await;
    for id in ["../../users", "a\\b", "a;b", "100%", "..", ""] {
        let attempt = AttemptId { host: HostId::new(BackendName::new("acme-hb"), id), native: "7".into() };
        let trouble = hawkbit(&server.url).observe(Interest::Evidence(attempt)).await.expect_err("no such address");
        assert!(trouble.to_string().contains("cannot be asked about a host"), "{id}: {trouble}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn fields_of_another_type_are_told_as_not_understood() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::json(200, &json!({"content": [{"id": "three"}], "total": 1}))]);
    let words = hawkbit(&server.url).observe(Interest::Board).await.expect_err("trouble").to_string();
    assert!(words.starts_with("answer not understood: no fitting JSON"), "{words}");
}
