//! What is read afresh for one intent: rights, overlaps, and findings that a person must be told.

use patchdeck::action::Verb;
use patchdeck::domain::{PausedBy, RolloutState, Text};
use rstest::rstest;
use serde_json::{Value, json};

use super::recordings::load;
use super::server::{Answer, Server};
use super::subject::{hawkbit, intent};

/// A server that shows rollout 3 changed by `change`, its recorded waves changed by `waves`, and the recorded rights.
async fn showing(who: &str, change: impl Fn(&mut Value), waves: impl Fn(&mut Value)) -> Server {
    let server = Server::start().await;
    let mut rollout = load("hawkbit", "019_rollout_ready").body;
    change(&mut rollout);
    let mut groups = load("hawkbit", "023_deploygroups_running_1").body;
    waves(&mut groups);
    server.on("GET", "/rest/v1/rollouts/3", &[], [Answer::json(200, &rollout)]);
    server.on("GET", "/rest/v1/rollouts/3/deploygroups", &[], [Answer::json(200, &groups)]);
    server.replay(&load("hawkbit", who));
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &json!({"content": [], "total": 0}))]);
    server
}

fn as_is(_: &mut Value) {}

#[tokio::test]
async fn a_viewer_is_told_which_right_is_missing() {
    let server = showing("002_userinfo_viewer", as_is, as_is).await;
    let survey = hawkbit(&server.url).survey(&intent(Verb::Start, "3")).await.expect("a survey");
    assert_eq!((survey.login.as_str(), survey.may), ("viewer", Some(false)));
    assert_eq!(survey.may_not.as_ref().map(Text::as_str), Some("this login lacks HANDLE_ROLLOUT"));
}

#[tokio::test]
async fn a_start_tells_which_rollouts_lose_waiting_jobs() {
    let server = showing("001_userinfo_lead", as_is, as_is).await;
    let job = |id: u64, rollout: u64| json!({"id": id, "rollout": rollout, "rolloutName": format!("wave of {rollout}"), "status": "scheduled"});
    let list = json!({"content": [job(1, 7), job(2, 7), job(3, 8)], "total": 3});
    server.on("GET", "/rest/v1/actions", &[("q", "status==scheduled;rollout.id!=3")], [Answer::json(200, &list)]);
    let survey = hawkbit(&server.url).survey(&intent(Verb::Start, "3")).await.expect("a survey");
    let told: Vec<(&str, u32)> = survey.overlaps.iter().map(|overlap| (overlap.rollout.as_str(), overlap.scheduled)).collect();
    assert_eq!(told, [("wave of 7", 2), ("wave of 8", 1)]);
}

#[tokio::test]
async fn more_waiting_jobs_than_a_page_are_counted_and_none_is_lost() {
    let server = showing("001_userinfo_lead", as_is, as_is).await;
    let list = json!({"content": [{"id": 1, "rollout": 7, "rolloutName": "big", "status": "scheduled"}], "total": 4500});
    server.on("GET", "/rest/v1/actions", &[("q", "status==scheduled;rollout.id!=3")], [Answer::json(200, &list)]);
    let count = json!({"content": [], "total": 4000});
    server.on("GET", "/rest/v1/actions", &[("q", "status==scheduled;rollout.id==7")], [Answer::json(200, &count)]);
    let survey = hawkbit(&server.url).survey(&intent(Verb::Start, "3")).await.expect("a survey");
    let told: Vec<(&str, u32)> = survey.overlaps.iter().map(|overlap| (overlap.rollout.as_str(), overlap.scheduled)).collect();
    assert_eq!(told, [("big", 4000), ("other rollouts", 500)]);
}

#[tokio::test]
async fn an_overlap_that_cannot_be_read_is_a_warning_and_not_an_empty_list() {
    let server = showing("001_userinfo_lead", as_is, as_is).await;
    server.on("GET", "/rest/v1/actions", &[], [Answer::empty(403)]);
    let survey = hawkbit(&server.url).survey(&intent(Verb::Start, "3")).await.expect("a survey");
    assert!(survey.warnings.iter().any(|words| words.as_str().contains("could not be read")), "{:?}", survey.warnings);
}

#[rstest]
#[case::in_the_past(1_000, true)]
#[case::far_ahead(4_102_444_800_000, false)]
#[tokio::test]
async fn an_approval_that_starts_at_once_says_so(#[case] start_at: i64, #[case] told: bool) {
    let change = |rollout: &mut Value| {
        rollout["status"] = json!("waiting_for_approval");
        rollout["startAt"] = json!(start_at);
    };
    let server = showing("001_userinfo_lead", change, as_is).await;
    let survey = hawkbit(&server.url).survey(&intent(Verb::Approve, "3")).await.expect("a survey");
    let found = survey.warnings.iter().any(|words| words.as_str().contains("starts the moment it is approved"));
    assert_eq!(found, told, "{:?}", survey.warnings);
    assert_eq!(!server.asked_for("/rest/v1/actions").is_empty(), told, "the pre-flight belongs to what starts");
}

#[rstest]
#[case("101")]
#[case("-1")]
#[case("abc")]
#[case("")]
#[case("+5")]
#[case("10 ")]
#[tokio::test]
async fn a_threshold_that_never_trips_is_told_as_no_brake(#[case] expression: &str) {
    let waves = |groups: &mut Value| groups["content"][1]["errorCondition"]["expression"] = json!(expression);
    let server = showing("001_userinfo_lead", as_is, waves).await;
    let survey = hawkbit(&server.url).survey(&intent(Verb::Start, "3")).await.expect("a survey");
    let told = survey.warnings.iter().find(|words| words.as_str().contains("no number of failures will stop it"));
    assert!(told.is_some_and(|words| words.as_str().contains("wave 2 \"early\"")), "{:?}", survey.warnings);
}

#[tokio::test]
async fn a_survey_reads_afresh_and_sends_nothing() {
    let paused = |rollout: &mut Value| rollout["status"] = json!("paused");
    let server = showing("001_userinfo_lead", paused, as_is).await;
    let survey = hawkbit(&server.url).survey(&intent(Verb::Resume, "3")).await.expect("a survey");
    assert_eq!(survey.rollout.state, RolloutState::Paused(PausedBy::NotKnown));
    assert_eq!(survey.waves.len(), 4);
    let mut paths: Vec<String> = server.asked().into_iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    paths.sort();
    assert_eq!(paths, ["GET /rest/v1/rollouts/3", "GET /rest/v1/rollouts/3/deploygroups", "GET /rest/v1/userinfo"]);
}
