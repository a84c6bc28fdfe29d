//! The history of one host: all its jobs, the newest one's reports with it, and an older one's only when they are asked for.

use patchdeck::backend::port::{Facts, Interest};
use patchdeck::domain::{Evidence, HostId, HostState, StoryLine, Text};
use serde_json::json;

use super::recordings::load;
use super::server::{Answer, Server};
use super::subject::{facts, hawkbit, rollout_id};

const HOST: &str = "/rest/v1/targets/till-delta-02";

fn host_id(name: &str) -> HostId {
    HostId::new(rollout_id("3").backend, name)
}

fn status(id: u64) -> String {
    format!("{HOST}/actions/{id}/status")
}

fn report(kind: &str, said: &str) -> Answer {
    let entry = json!({"type": kind, "messages": [said], "code": 100, "reportedAt": 1_795_310_368_090_i64});
    Answer::json(200, &json!({"content": [entry], "total": 1}))
}

fn said(reports: &[StoryLine]) -> Vec<&str> {
    reports.iter().flat_map(|line| &line.said).map(Evidence::raw).collect()
}

#[tokio::test]
async fn every_job_of_a_host_is_listed_and_only_the_newest_ones_reports_are_read_with_it() {
    let server = Server::start().await;
    let mut jobs = load("hawkbit", "064_previous_release_of_target").body;
    jobs["content"][0]["status"] = json!("error");
    jobs["content"][0]["lastStatusCode"] = json!(100);
    let ids: Vec<u64> = jobs["content"].as_array().expect("a list").iter().filter_map(|job| job["id"].as_u64()).collect();
    let [newest, older] = ids[..] else { panic!("two jobs: {ids:?}") };
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &jobs)]);
    server.on("GET", HOST, &[], [Answer::json(200, &json!({"controllerId": "till-delta-02", "updateStatus": "error"}))]);
    server.on("GET", &status(newest), &[], [report("error", "E: Could not get lock")]);
    server.on("GET", &status(older), &[], [report("finished", "slot B is good")]);
    let backend = hawkbit(&server.url);

    let Facts::Host(story) = facts(&backend, Interest::Host(host_id("till-delta-02"))).await else { panic!("no host") };
    let shown: Vec<_> = story.attempts.iter().map(|it| (it.id.native.to_string(), it.state, it.code)).collect();
    assert_eq!(shown, [(newest.to_string(), HostState::Failed, Some(100)), (older.to_string(), HostState::Done, None)]);
    assert_eq!(story.attempts[0].rollout.as_ref().map(Text::as_str), Some("KB-2026-09 tills"));
    assert!(story.attempts[0].began > story.attempts[1].began, "newest first");
    assert_eq!(said(&story.reports), ["E: Could not get lock"]);
    let asked = |id: u64| server.asked().iter().filter(|asked| asked.path == status(id)).count();
    assert_eq!((asked(newest), asked(older)), (1, 0));

    let Facts::Evidence { reports, attempt, .. } = facts(&backend, Interest::Evidence(story.attempts[1].id.clone())).await else {
        panic!("no reports")
    };
    assert_eq!((attempt.native.as_str(), said(&reports)), (older.to_string().as_str(), vec!["slot B is good"]));
    assert_eq!((asked(newest), asked(older)), (1, 1));
}

#[tokio::test]
async fn a_history_that_may_not_be_read_is_a_gap_of_the_host_and_no_error() {
    let server = Server::start().await;
    server.on("GET", HOST, &[], [Answer::json(200, &json!({"controllerId": "till-delta-02"}))]);
    server.on("GET", "/rest/v1/actions", &[], [Answer::empty(403)]);
    let Facts::Host(story) = facts(&hawkbit(&server.url), Interest::Host(host_id("till-delta-02"))).await else {
        panic!("no host")
    };
    assert!(story.attempts.is_empty());
    assert!(story.gaps.iter().any(|gap| gap.as_str().starts_with("attempts: not permitted")), "{:?}", story.gaps);
}
