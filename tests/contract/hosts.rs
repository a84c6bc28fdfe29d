//! Retry and rollback on recorded answers: the exact calls, what is asked before them, and what is made of the answers.

use std::sync::Arc;

use patchdeck::action::Verb;
use patchdeck::backend::port::{Backend, Receipts, Step};
use patchdeck::domain::{HostId, Text};
use patchdeck::plan::decide;
use patchdeck::plan::types::{Call, Context, Decision, Eligibility, Guard, Intent, Outcome, Refusal};
use serde_json::{Value, json};

use super::recordings::load;
use super::server::{Answer, Server};
use super::subject::{hawkbit, intent, rollout_id};

/// A server that shows rollout 3 in this state, with the recorded waves, rights and approval switch.
async fn showing(state: &str) -> Server {
    let server = Server::start().await;
    let mut rollout = load("hawkbit", "019_rollout_ready").body;
    rollout["status"] = json!(state);
    server.on("GET", "/rest/v1/rollouts/3", &[], [Answer::json(200, &rollout)]);
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::json(200, &json!({"content": [], "total": 0}))]);
    server.replay(&load("hawkbit", "028_deploygroups_paused"));
    server.replay(&load("hawkbit", "001_userinfo_lead"));
    server.on("GET", "/rest/v1/system/configs/rollout.approval.enabled", &[], [Answer::json(200, &json!({"value": true}))]);
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &load("hawkbit", "031_actions_failed_full").body)]);
    server
}

fn host(name: &str) -> HostId {
    HostId::new(rollout_id("3").backend, name)
}

fn about(verb: Verb, hosts: &[&str]) -> Intent {
    let mut intent = intent(verb, "3");
    intent.hosts = hosts.iter().map(|name| host(name)).collect();
    // Causes are judged elsewhere: here a person has said why.
    intent.choices.insert("unread".to_owned(), true);
    intent
}

async fn decided(backend: &Arc<dyn Backend>, intent: Intent) -> Result<Decision, Refusal> {
    let survey = backend.survey(&intent).await.expect("a survey");
    decide(intent, survey, &Context::at(jiff::Timestamp::UNIX_EPOCH))
}

fn call(step: &Step) -> &Call {
    let Step::Call(call) = step else { panic!("{step:?}") };
    call
}

#[tokio::test]
async fn two_failed_hosts_are_tried_again_by_the_recorded_call() {
    let server = showing("paused").await;
    let recorded = load("hawkbit", "048_reassign_two_failed");
    server.replay(&recorded);
    let backend = hawkbit(&server.url);
    let decision = decided(&backend, about(Verb::Retry, &["till-delta-07", "till-ember-08"])).await.expect("a decision");
    let steps = backend.steps(&decision).expect("steps");
    let [step] = steps.as_slice() else { panic!("{steps:?}") };
    let receipt = backend.send(step, &Receipts::new()).await.expect("a receipt");
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(receipt.told.as_ref().map(Text::as_str), Some("2 of 2 have a new job"));
    let sent = server.asked_for(&recorded.path);
    assert_eq!(sent.len(), 1);
    let body = json!([{"id": "till-delta-07", "type": "forced"}, {"id": "till-ember-08", "type": "forced"}]);
    assert_eq!(sent[0].body, body);
}

#[tokio::test]
async fn a_host_with_a_newer_job_is_left_alone() {
    let server = showing("paused").await;
    let newer = json!({"id": 900, "status": "running", "_links": {
        "self": {"href": "http://x.example.test/rest/v1/targets/till-delta-07/actions/900"},
        "distributionset": {"href": "http://x.example.test/rest/v1/distributionsets/2", "name": "till-os:2026.09"}}});
    let mut list = load("hawkbit", "031_actions_failed_full").body;
    list["content"].as_array_mut().expect("a list").push(newer);
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &list)]);
    let survey = hawkbit(&server.url).survey(&intent(Verb::Retry, "3")).await.expect("a survey");
    let verdict = |name: &str| survey.hosts.iter().find(|found| found.host == host(name)).map(|found| found.verdict.clone());
    assert_eq!(verdict("till-delta-07"), Some(Eligibility::No("its newest job is at work".into())));
    assert_eq!(verdict("till-ember-08"), Some(Eligibility::Eligible));
}

#[tokio::test]
async fn a_finished_rollout_as_a_whole_has_the_servers_own_retry_and_says_what_it_makes() {
    let server = showing("finished").await;
    let mut recorded = load("hawkbit", "074_retry_finished");
    recorded.path = recorded.path.replace("/rollouts/5/", "/rollouts/3/");
    server.replay(&recorded);
    let backend = hawkbit(&server.url);
    let decision = decided(&backend, about(Verb::Retry, &[])).await.expect("a decision");
    assert!(decision.whole);
    let way = decision.survey.ways.whole.clone().expect("a way");
    let said: Vec<String> = way.will.iter().chain(&way.will_not).map(ToString::to_string).collect();
    for words in ["_retry\" of one wave", "50 % done", "weight 1000", "waits for an approval", "do not move", "does not start"] {
        assert!(said.iter().any(|line| line.contains(words)), "{words} in {said:#?}");
    }
    let steps = backend.steps(&decision).expect("steps");
    assert_eq!(call(&steps[0]).path, recorded.path);
    let receipt = backend.send(&steps[0], &Receipts::new()).await.expect("a receipt");
    assert_eq!((receipt.outcome, receipt.made.as_ref().map(Text::as_str)), (Outcome::Accepted, Some("6")));
}

#[tokio::test]
async fn a_second_retry_of_the_server_is_refused_with_its_reason() {
    let server = Server::start().await;
    server.replay(&load("hawkbit", "075_err_409_retry_again"));
    let step = Step::Call(Call {
        id: 1,
        intent: None,
        method: "POST".into(),
        path: "/rest/v1/rollouts/5/retry".to_owned(),
        query: Vec::new(),
        body: None,
        hosts: Vec::new(),
        guard: Guard::default(),
        deadline_seconds: 5,
        undo: None,
    });
    let receipt = hawkbit(&server.url).send(&step, &Receipts::new()).await.expect("a receipt");
    assert_eq!(receipt.outcome, Outcome::Refused("conflict: the name is taken at the server".into()));
}

#[tokio::test]
async fn where_the_servers_own_retry_exists_the_hosts_are_named_instead() {
    let server = showing("finished").await;
    let name = load("hawkbit", "019_rollout_ready").body["name"].as_str().expect("a name").to_owned();
    let mut retry = load("hawkbit", "074_retry_finished").body;
    retry["name"] = json!(format!("{name}_retry"));
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::json(200, &json!({"content": [retry], "total": 1}))]);
    let backend = hawkbit(&server.url);
    let decision = decided(&backend, about(Verb::Retry, &[])).await.expect("a decision");
    assert!(!decision.whole);
    assert!(decision.survey.warnings.iter().any(|words| words.as_str().contains("is there already")));
    let steps = backend.steps(&decision).expect("steps");
    assert!(call(&steps[0]).path.ends_with("/distributionsets/2/assignedTargets"), "{steps:?}");
}

fn release(id: u64, version: &str) -> Value {
    json!({"id": id, "name": "till-os", "version": version, "valid": true, "complete": true, "deleted": false})
}

#[tokio::test]
async fn the_release_before_is_read_from_the_history_and_a_rollout_brings_it_back() {
    let server = showing("finished").await;
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &load("hawkbit", "064_previous_release_of_target").body)]);
    server.on(
        "GET",
        "/rest/v1/targets",
        &[],
        [Answer::json(200, &json!({"content": [{"controllerId": "till-delta-02"}], "total": 1}))],
    );
    server.on("GET", "/rest/v1/distributionsets/2", &[], [Answer::json(200, &release(2, "2026.09"))]);
    server.on("GET", "/rest/v1/distributionsets/1", &[], [Answer::json(200, &release(1, "2026.08"))]);
    let backend = hawkbit(&server.url);
    let decision = decided(&backend, about(Verb::RollBack, &["till-delta-02"])).await.expect("a decision");
    let judged = decision.reached().next().expect("a host");
    assert_eq!(judged.back.as_ref().map(|back| back.name.as_str()), Some("till-os:2026.08"));
    let steps = backend.steps(&decision).expect("steps");
    let make = call(&steps[0]);
    let body = make.body.as_ref().expect("a body");
    assert_eq!((make.path.as_str(), &body["distributionSetId"]), ("/rest/v1/rollouts", &json!(1)));
    assert_eq!(body["targetFilterQuery"], json!("controllerid=in=(till-delta-02)"));
    assert!(body["description"].as_str().expect("words").starts_with("undo of rollout #3 "), "{body}");
    let last = call(steps.last().expect("a step"));
    assert_eq!(last.path, "/rest/v1/rollouts/<made by step 1>/start", "started by what the first step made");
}
