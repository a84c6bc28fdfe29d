//! The fifteen things that a live server taught us about reading it, each with its test. Where a point is about retrying
//! or rolling back, the test holds what is the adapter's part today.

use patchdeck::action::Verb;
use patchdeck::backend::hawkbit::states::refuses;
use patchdeck::backend::port::{Backend, Capability, Facts, Interest, Page, Right, Trouble};
use patchdeck::domain::{AttemptId, BackendName, HostId, HostState, HostStory, Limit, Relation, RolloutState, WaveId, WaveState};
use serde_json::{Value, json};
use std::sync::Arc;

use super::recordings::load;
use super::server::{Answer, Server};
use super::subject::{facts, hawkbit, intent, rollout_id};

const PAGE: Page = Page { offset: 0, limit: 500 };

fn host_id(raw: &str) -> HostId {
    HostId::new(BackendName::new("acme-hb"), raw)
}

fn action(id: u64, host: &str, status: &str) -> Value {
    let target = format!("http://x.example.test/rest/v1/targets/{host}");
    json!({"id": id, "status": status, "_links": {"self": {"href": format!("{target}/actions/{id}")},
        "target": {"href": target, "name": "a display name"}}})
}

async fn server_with_actions(actions: &[Value]) -> Server {
    let server = Server::start().await;
    let list = json!({"content": actions, "total": actions.len(), "size": actions.len()});
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &list)]);
    server
}

#[tokio::test]
async fn point_1_reading_failures_are_paged_by_id_and_never_by_time() {
    let server = Server::start().await;
    server.replay(&load("hawkbit", "031_actions_failed_full"));
    let ask = Interest::Failures(rollout_id("3"), Page { offset: 5, limit: 5 });
    let Facts::Failures { hosts, total, .. } = facts(&hawkbit(&server.url), ask).await else { panic!("no failures") };
    assert_eq!((hosts.len(), total), (8, 8));
    assert!(hosts.iter().all(|host| host.state == HostState::Failed && host.attempt.is_some()));
    let asked = &server.asked()[0];
    assert_eq!(asked.query("q"), Some("rollout.id==3;status==error"));
    assert_eq!((asked.query("sort"), asked.query("offset"), asked.query("limit")), (Some("id:ASC"), Some("5"), Some("5")));
}

#[tokio::test]
async fn point_2_lanes_told_is_not_at_work() {
    let jobs = [action(1, "a", "running"), action(2, "b", "retrieved"), action(3, "c", "scheduled"), action(4, "d", "canceling")];
    let server = server_with_actions(&jobs).await;
    let ask = Interest::Hosts(WaveId::new(rollout_id("3"), "4"), PAGE);
    let Facts::Hosts { hosts, .. } = facts(&hawkbit(&server.url), ask).await else { panic!("no hosts") };
    let states: Vec<HostState> = hosts.iter().map(|host| host.state).collect();
    assert_eq!(states, [HostState::NotFetched, HostState::AtWork, HostState::Waiting, HostState::Cancelling]);
}

#[tokio::test]
async fn point_3_reading_the_wave_of_a_host_comes_from_asking_by_wave() {
    let server = server_with_actions(&[action(1, "a", "error")]).await;
    let wave = WaveId::new(rollout_id("3"), "4");
    let Facts::Hosts { hosts, .. } = facts(&hawkbit(&server.url), Interest::Hosts(wave.clone(), PAGE)).await else {
        panic!("no hosts")
    };
    assert_eq!(hosts[0].wave, Some(wave));
    assert_eq!(server.asked()[0].query("q"), Some("rolloutgroup.id==4"));
}

#[tokio::test]
async fn point_4_a_host_is_keyed_by_its_decoded_id_and_never_by_its_display_name() {
    let server = server_with_actions(&[action(7, "till%20one", "error")]).await;
    let Facts::Failures { hosts, .. } = facts(&hawkbit(&server.url), Interest::Failures(rollout_id("3"), PAGE)).await else {
        panic!("no failures")
    };
    assert_eq!((hosts[0].id.raw(), hosts[0].name.as_str()), ("till one", "a display name"));
}

#[tokio::test]
async fn point_4_ids_that_no_address_may_hold_show_a_gap_and_the_rest_is_read() {
    let server = server_with_actions(&[action(7, "a%2Fb", "error")]).await;
    let target = json!({"content": [{"controllerId": "a/b", "name": "odd", "updateStatus": "error"}], "total": 1});
    server.on("GET", "/rest/v1/targets", &[], [Answer::json(200, &target)]);
    let Facts::Host(story) = facts(&hawkbit(&server.url), Interest::Host(host_id("a/b"))).await else { panic!("no host") };
    assert_eq!((story.name.as_str(), story.attempts.len()), ("odd", 1));
    assert!(story.gaps[0].as_str().contains("whose id holds \"/\""), "{:?}", story.gaps);
    assert!(server.asked().iter().all(|asked| !asked.path.starts_with("/rest/v1/targets/")));
}

/// One rollout of the ended list.
async fn ended(status: &str, running: u32) -> (Arc<dyn Backend>, patchdeck::domain::Rollout, Server) {
    let server = Server::start().await;
    let mut rollout = load("hawkbit", "060_rollout_stopped").body;
    rollout["status"] = json!(status);
    rollout["totalTargetsPerStatus"]["running"] = json!(running);
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::json(200, &json!({"content": [rollout], "total": 1}))]);
    let backend = hawkbit(&server.url);
    let Facts::Rollouts { mut rollouts, .. } = facts(&backend, Interest::Night).await else { panic!("no rollouts") };
    (backend, rollouts.remove(0), server)
}

#[tokio::test]
async fn point_5_a_finished_rollout_with_hosts_at_work_is_still_watched_and_not_stoppable() {
    let (_, rollout, server) = ended("finished", 6).await;
    assert_eq!((rollout.state.clone(), rollout.at_work()), (RolloutState::Finished, 6));
    assert!(rollout.is_moving());
    let refusal = refuses(Verb::Stop, "finished", &rollout, &[]).expect("refused");
    assert!(refusal.why.as_str().contains("6 hosts are still at work"), "{}", refusal.why);
    assert_eq!(server.asked()[0].query("q"), Some("status=in=(finished,stopped)"));
}

#[tokio::test]
async fn point_6_a_stopped_rollout_counts_the_hosts_that_have_not_confirmed() {
    let (_, rollout, _server) = ended("stopped", 3).await;
    assert_eq!((rollout.state.clone(), rollout.at_work()), (RolloutState::Stopped, 3));
    assert!(rollout.is_moving());
}

#[tokio::test]
async fn point_6_the_waves_of_a_stopped_rollout_are_stopped_and_not_done() {
    let server = Server::start().await;
    let mut rollout = load("hawkbit", "060_rollout_stopped").body;
    rollout["id"] = json!(3);
    server.on("GET", "/rest/v1/rollouts/3", &[], [Answer::json(200, &rollout)]);
    let mut groups = load("hawkbit", "028_deploygroups_paused").body;
    for group in groups["content"].as_array_mut().expect("groups") {
        group["status"] = json!("finished");
    }
    server.on("GET", "/rest/v1/rollouts/3/deploygroups", &[], [Answer::json(200, &groups)]);
    server.replay(&load("hawkbit", "001_userinfo_lead"));
    let survey = hawkbit(&server.url).survey(&intent(Verb::Stop, "3")).await.expect("a survey");
    assert!(survey.waves.iter().all(|wave| wave.state == WaveState::Stopped), "{:?}", survey.waves);
}

#[tokio::test]
async fn point_7_a_start_asks_for_the_waiting_jobs_of_other_rollouts() {
    let server = server_with_actions(&[]).await;
    server.replay(&load("hawkbit", "019_rollout_ready"));
    server.replay(&load("hawkbit", "023_deploygroups_running_1"));
    server.replay(&load("hawkbit", "001_userinfo_lead"));
    hawkbit(&server.url).survey(&intent(Verb::Start, "3")).await.expect("a survey");
    assert_eq!(server.asked_for("/rest/v1/actions")[0].query("q"), Some("status==scheduled;rollout.id!=3"));
}

#[tokio::test]
async fn point_8_a_threshold_that_is_no_percentage_is_unreadable() {
    let server = Server::start().await;
    let mut groups = load("hawkbit", "028_deploygroups_paused").body;
    for (place, expression) in ["101", "abc", "0", "100"].iter().enumerate() {
        groups["content"][place]["errorCondition"]["expression"] = json!(expression);
    }
    server.on("GET", "/rest/v1/rollouts/3/deploygroups", &[], [Answer::json(200, &groups)]);
    let Facts::Waves { waves, .. } = facts(&hawkbit(&server.url), Interest::Rollout(rollout_id("3"))).await else {
        panic!("no waves")
    };
    let limits: Vec<Option<Limit>> = waves.iter().map(|wave| wave.gate.failed.clone()).collect();
    let unreadable = |text: &str| Some(Limit::Unreadable(text.into()));
    assert_eq!(limits, [unreadable("101"), unreadable("abc"), Some(Limit::Share(0)), Some(Limit::Share(100))]);
}

#[tokio::test]
async fn point_9_reading_the_attempts_of_a_host_are_newest_first_so_that_a_later_one_shows() {
    let story = till_delta(&[action(140, "till-delta-07", "running"), action(127, "till-delta-07", "error")]).await;
    let told: Vec<(&str, HostState)> = story.attempts.iter().map(|it| (it.id.native.as_str(), it.state)).collect();
    assert_eq!(told, [("140", HostState::NotFetched), ("127", HostState::Failed)]);
}

#[tokio::test]
async fn point_10_reading_a_retry_made_by_the_server_names_its_source() {
    let server = Server::start().await;
    let retry = load("hawkbit", "074_retry_finished").body;
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::json(200, &json!({"content": [retry], "total": 1}))]);
    let backend = hawkbit(&server.url);
    let Facts::Rollouts { rollouts, .. } = facts(&backend, Interest::Board).await else { panic!("no rollouts") };
    assert_eq!(rollouts[0].related[0].relation, Relation::RetryOf);
    assert_eq!(rollouts[0].related[0].rollout, rollout_id("5"));
    assert!(matches!(backend.describe().capability(Verb::Retry), Capability::Emulated(_)));
}

#[tokio::test]
async fn point_11_reading_the_release_of_each_attempt_is_shown() {
    let server = Server::start().await;
    let recorded = load("hawkbit", "064_previous_release_of_target");
    server.replay(&recorded);
    server.on("GET", "/rest/v1/targets/till-delta-02", &[], [Answer::json(200, &json!({"controllerId": "till-delta-02"}))]);
    let Facts::Host(story) = facts(&hawkbit(&server.url), Interest::Host(host_id("till-delta-02"))).await else {
        panic!("no host")
    };
    let releases: Vec<&str> =
        story.attempts.iter().filter_map(|it| it.release.as_ref()).map(|release| release.name.as_str()).collect();
    assert_eq!(releases, ["till-os:2026.09", "till-os:2026.08"]);
}

#[tokio::test]
async fn point_12_an_error_is_read_with_no_body_a_servlets_body_a_page_and_without_a_message() {
    let servlet = load("hawkbit", "004_err_401_no_credentials").answer;
    let silent = json!({"errorCode": "hawkbit.server.error.rest.param.rsqlInvalidField"});
    let table = [
        (servlet, "credentials refused"),
        (load("hawkbit", "080_err_429_rate_limit").answer, "overloaded: too many requests a second"),
        (Answer::text(400, "text/html", "<!doctype html><title>HTTP Status 400</title>"), "the server refuses the request (400)"),
        (Answer::json(400, &silent), "this server knows no such filter"),
        (load("hawkbit", "014_err_403_approve_viewer").answer, "not permitted: this login lacks a right"),
        (load("hawkbit", "075_err_409_retry_again").answer, "conflict: the name is taken"),
    ];
    for (answer, expected) in table {
        let server = Server::start().await;
        server.on("GET", "/rest/v1/rollouts", &[], [answer]);
        let words = hawkbit(&server.url).observe(Interest::Board).await.expect_err("trouble").to_string();
        assert!(words.contains(expected), "{words}");
    }
}

#[tokio::test]
async fn point_13_verbs_follow_rights_and_a_403_on_hosts_is_no_outage() {
    let server = Server::start().await;
    let who = json!({"tenant": "DEFAULT", "username": "planner", "permissions": ["READ_ROLLOUT", "HANDLE_ROLLOUT"]});
    server.on("GET", "/rest/v1/userinfo", &[], [Answer::json(200, &who)]);
    server.on("GET", "/rest/v1/actions", &[], [Answer::empty(403)]);
    let backend = hawkbit(&server.url);
    let identity = backend.connect(jiff::Timestamp::now()).await.expect("an identity");
    assert_eq!(identity.rights[&Verb::Pause], Right::Yes);
    assert_eq!(identity.rights[&Verb::Stop], Right::No("this login lacks UPDATE_ROLLOUT".into()));
    assert!(identity.blind.iter().any(|words| words.as_str().starts_with("no hosts and no failures for this login")));
    let trouble = backend.observe(Interest::Failures(rollout_id("3"), PAGE)).await.expect_err("no hosts for this login");
    assert!(matches!(&trouble, Trouble::NotPermitted(words) if words.as_str().contains("READ_TARGET")), "{trouble:?}");
    assert!(!trouble.may_pass());
}

/// The recorded host, with these jobs.
async fn till_delta(actions: &[Value]) -> HostStory {
    let server = server_with_actions(actions).await;
    for recording in ["044_target_failed", "045_target_assigned_none", "046_target_installed", "037_status_apt_lock"] {
        server.replay(&load("hawkbit", recording));
    }
    let Facts::Host(story) = facts(&hawkbit(&server.url), Interest::Host(host_id("till-delta-07"))).await else {
        panic!("no host")
    };
    *story
}

#[tokio::test]
async fn point_14_reading_what_is_installed_is_shown_apart_from_what_is_assigned() {
    let story = till_delta(&[action(127, "till-delta-07", "error")]).await;
    assert_eq!(story.standing.as_str(), "error");
    assert_eq!(story.assigned, None, "204 means none, and is no gap");
    assert_eq!(story.installed.as_ref().map(|release| release.name.as_str()), Some("till-os:2026.08"));
    assert!(story.gaps.is_empty(), "{:?}", story.gaps);
}

#[tokio::test]
async fn point_15_evidence_is_the_devices_words_with_pieces_joined_and_controls_shown_as_marks() {
    let server = Server::start().await;
    server.replay(&load("hawkbit", "037_status_apt_lock"));
    let attempt = AttemptId { host: host_id("till-delta-07"), native: "127".into() };
    let backend = hawkbit(&server.url);
    let Facts::Evidence { reports, .. } = facts(&backend, Interest::Evidence(attempt.clone())).await else {
        panic!("no evidence")
    };
    assert_eq!((reports[0].kind.as_str(), reports[0].code, reports[0].said.len()), ("error", Some(100), 2));
    assert!(reports[0].said[0].raw().starts_with("E: Could not get lock"));
    assert!(reports.iter().filter(|line| line.kind.as_str() == "error").count() == 1);
    assert!(reports.iter().any(|line| line.said.iter().any(|said| said.raw().starts_with("Initiated by Rollout Group"))));

    let long = format!("\u{1b}[31m{}", "x".repeat(507));
    let body = json!({"content": [{"type": "error", "messages": [long, "end"]}], "total": 1});
    server.on("GET", "/rest/v1/targets/till-delta-07/actions/127/status", &[], [Answer::json(200, &body)]);
    let Facts::Evidence { reports, .. } = facts(&backend, Interest::Evidence(attempt)).await else { panic!("no evidence") };
    assert_eq!(reports[0].said.len(), 1);
    assert!(reports[0].said[0].raw().ends_with("xend"));
    assert!(reports[0].said[0].lines().all(|line| !line.as_str().contains('\u{1b}')));
}
