//! The life of a rollout, state by state, and the server's surprises on the way.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::client::{APPROVED, STARTED, Site, scenario, two_waves};

/// So fast that a wave is over within a few answers.
const FAST: f64 = 600.0;

/// A rollout "One" of one wave, half of whose hosts fail; started at `start` before the night opens.
fn one_wave(error: &str, start: &str) -> String {
    format!(
        r#"
[[tenant.rollout]]
name = "One"
release = "till-os:2026.12"
by = "planner"
created = "-60m"
behaviour = "half"
wave = [{{ name = "all", fleets = ["tills"], success = "100", error = "{error}" }}]
step = [{{ at = "-50m", verb = "approve", by = "lead" }}, {{ at = "{start}", verb = "start", by = "lead" }}]
"#
    )
}

#[tokio::test]
async fn a_rollout_goes_from_approval_to_its_end() {
    let site = Site::open(&scenario(&two_waves("quiet", "quiet", "")), FAST).await;
    let id = site.rollout("lead", "December").await;
    assert_eq!(site.status("lead", id).await, "waiting_for_approval");
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/start")).await.code(), "rollout.illegalState");
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/approve?remark=CAB%2077")).await.status, 204);
    let ready = site.get("lead", &format!("/rollouts/{id}")).await.json();
    assert_eq!(
        (&ready["status"], &ready["approvalRemark"], &ready["approveDecidedBy"]),
        (&json!("ready"), &json!("CAB 77"), &json!("lead"))
    );
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/start")).await.status, 204);
    site.wait_for("lead", id, "finished").await;
    let end = site.get("lead", &format!("/rollouts/{id}")).await.json();
    assert_eq!(end["totalTargetsPerStatus"]["finished"], 30);
    assert!(site.groups("lead", id).await.iter().all(|group| group["status"] == "finished"));
}

#[tokio::test]
async fn a_second_wave_over_its_threshold_pauses_the_rollout_and_resume_starts_the_third_at_once() {
    let site = Site::open(&scenario(&two_waves("quiet", "broken", STARTED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let before = site.get("lead", &format!("/rollouts/{id}")).await.json();
    assert_eq!(before["status"], "paused");
    assert_eq!(before["lastModifiedBy"], "planner", "an automatic pause carries the creator's name");
    let states = |groups: Vec<serde_json::Value>| {
        groups.iter().map(|group| group["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(site.groups("lead", id).await), ["finished", "error", "scheduled"]);
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/resume")).await.status, 204);
    // The clock stands still: what changed, changed inside the call.
    assert_eq!(states(site.groups("lead", id).await), ["finished", "error", "running"]);
    assert_eq!(site.status("lead", id).await, "running");
}

#[tokio::test]
async fn an_error_in_the_last_wave_ends_the_rollout_with_hosts_still_at_work_and_stop_is_refused() {
    let one = one_wave("0", "-100s");
    let site = Site::open(&scenario(&one), 0.0).await;
    let id = site.rollout("lead", "One").await;
    let body = site.get("lead", &format!("/rollouts/{id}")).await.json();
    assert_eq!(body["status"], "finished");
    assert!(body["totalTargetsPerStatus"]["running"].as_u64().unwrap() > 0, "{body}");
    let stop = site.post("lead", &format!("/rollouts/{id}/stop")).await;
    assert_eq!((stop.status, stop.code().as_str()), (400, "rollout.illegalState"));
}

#[tokio::test]
async fn pausing_leaves_started_hosts_at_work_and_groups_unjudged() {
    let paused = format!(r#"{STARTED} {{ at = "-19m 50s", verb = "pause", by = "lead" }},"#);
    let site = Site::open(&scenario(&two_waves("quiet", "quiet", &paused)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let body = site.get("lead", &format!("/rollouts/{id}")).await.json();
    assert_eq!((&body["status"], &body["totalTargetsPerStatus"]["finished"]), (&json!("paused"), &json!(6)));
    let groups = site.groups("lead", id).await;
    assert_eq!(groups[0]["status"], "running", "nobody looks at the groups of a paused rollout");
    assert_eq!(groups[1]["status"], "scheduled");
    let pause = site.post("lead", &format!("/rollouts/{id}/pause")).await;
    assert_eq!(pause.json()["message"], "Rollout can only be paused in state running but current state is paused");
}

#[tokio::test]
async fn counters_move_without_the_last_modification_and_tags_tell() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let body = site.get("lead", &format!("/rollouts/{id}")).await.json();
    assert_eq!(body["totalTargetsPerStatus"]["running"], 6);
    let actions = site.get("lead", &format!("/actions?q=rollout.id=={id};active==true&limit=500")).await.json();
    let rows = actions["content"].as_array().unwrap();
    assert!(rows.iter().all(|action| action["status"] == "retrieved"));
    let told = rows[0]["lastModifiedAt"].as_i64().unwrap();
    let start = body["lastModifiedAt"].as_i64().unwrap();
    assert!((told - start).abs() < 5_000, "fetching the job does not touch the action");
}

#[tokio::test]
async fn stop_takes_scheduled_actions_away_and_leaves_active_ones_counted_as_running() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), FAST).await;
    let id = site.rollout("lead", "December").await;
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/stop")).await.status, 204);
    site.wait_for("lead", id, "stopped").await;
    let body = site.get("lead", &format!("/rollouts/{id}")).await.json();
    let counts = &body["totalTargetsPerStatus"];
    assert_eq!((&counts["running"], &counts["notstarted"], &counts["scheduled"]), (&json!(6), &json!(24), &json!(0)));
    assert!(site.groups("lead", id).await.iter().all(|group| group["status"] == "finished"));
    let canceling = site.get("lead", &format!("/actions?q=rollout.id=={id};status==canceling")).await.json();
    assert_eq!(canceling["total"], 6);
    assert_eq!(canceling["content"][0]["type"], "cancel");
    for verb in ["resume", "start", "stop", "pause", "triggerNextGroup", "approve"] {
        let refused = site.post("lead", &format!("/rollouts/{id}/{verb}")).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "rollout.illegalState"), "{verb}");
    }
}

#[tokio::test]
async fn triggering_runs_several_groups_at_once_until_none_is_left() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let path = format!("/rollouts/{id}/triggerNextGroup");
    assert_eq!(site.post("lead", &path).await.status, 204);
    assert_eq!(site.post("lead", &path).await.status, 204);
    assert!(site.groups("lead", id).await.iter().all(|group| group["status"] == "running"));
    assert_eq!(site.post("lead", &path).await.code(), "rollout.illegalState");
}

#[tokio::test]
async fn approving_a_rollout_whose_start_time_is_past_starts_it() {
    let past =
        two_waves("gone", "gone", "").replace("behaviour = \"gone\"\nwave", "start_at = \"-5m\"\nbehaviour = \"gone\"\nwave");
    let site = Site::open(&scenario(&past), FAST).await;
    let id = site.rollout("lead", "December").await;
    assert_eq!(site.status("lead", id).await, "waiting_for_approval");
    site.post("lead", &format!("/rollouts/{id}/approve")).await;
    site.wait_for("lead", id, "running").await;
}

#[rstest]
#[case(255, 204)]
#[case(256, 400)]
#[tokio::test]
async fn remarks_have_at_most_255_characters(#[case] length: usize, #[case] status: u16) {
    let site = Site::open(&scenario(&two_waves("quiet", "quiet", "")), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let path = format!("/rollouts/{id}/deny?remark={}", "x".repeat(length));
    assert_eq!(site.post("lead", &path).await.status, status);
    assert_eq!(site.status("lead", id).await, if status == 204 { "approval_denied" } else { "waiting_for_approval" });
}

#[tokio::test]
async fn a_second_wave_over_the_same_hosts_cancels_what_the_first_has_scheduled() {
    let second = two_waves("gone", "gone", APPROVED).replace("December", "January").replace("2026.12", "2027.01");
    let rest = format!("{}{second}", two_waves("gone", "gone", STARTED));
    let site = Site::open(&scenario(&rest), FAST).await;
    let (first, second) = (site.rollout("lead", "December").await, site.rollout("lead", "January").await);
    site.post("lead", &format!("/rollouts/{second}/start")).await;
    site.wait_for("lead", second, "running").await;
    let body = site.get("lead", &format!("/rollouts/{first}")).await.json();
    assert_eq!(body["totalTargetsPerStatus"]["cancelled"], 24, "{body}");
    let gone = site.get("lead", &format!("/actions?q=rollout.id=={first};status==canceled&limit=1")).await.json();
    let href = gone["content"][0]["_links"]["self"]["href"].as_str().unwrap().split("/rest/v1").nth(1).unwrap().to_owned();
    assert_eq!(site.get("lead", &format!("{href}/status")).await.json()["total"], 0, "and without a word");
    let canceling = site.get("lead", &format!("/actions?q=rollout.id=={first};status==canceling")).await.json();
    assert_eq!(canceling["total"], 6);
}

#[tokio::test]
async fn retry_is_for_finished_rollouts_only_and_collides_with_itself() {
    let one = one_wave("100", "-40m");
    let rest = format!("{one}{}", two_waves("quiet", "broken", STARTED).replace("2026.12", "2027.01"));
    let site = Site::open(&scenario(&rest), FAST).await;
    let paused = site.rollout("lead", "December").await;
    assert_eq!(site.status("lead", paused).await, "paused");
    let refused = site.post("lead", &format!("/rollouts/{paused}/retry")).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "repo.constraintViolation"));
    let id = site.rollout("lead", "One").await;
    let source = site.get("lead", &format!("/rollouts/{id}")).await.json();
    let made = site.post("lead", &format!("/rollouts/{id}/retry")).await;
    let body = made.json();
    assert_eq!((made.status, &body["name"]), (201, &json!("One_retry")));
    assert_eq!(body["totalTargets"], source["totalTargetsPerStatus"]["error"]);
    assert_eq!(body["targetFilterQuery"], format!("failedrollout=={id}"));
    let retry = body["id"].as_i64().unwrap();
    let group = &site.groups("lead", retry).await[0];
    assert_eq!((&group["errorCondition"]["expression"], &group["successCondition"]["expression"]), (&json!("50"), &json!("50")));
    site.wait_for("lead", retry, "waiting_for_approval").await;
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/retry")).await.status, 409);
    let renamed = site.ask("lead", Method::PUT, &format!("/rollouts/{retry}"), Some(json!({ "name": "One_retry 1" }))).await;
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("One_retry 1")));
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/retry")).await.status, 201);
}

#[tokio::test]
async fn a_gate_holds_after_a_good_wave_until_somebody_resumes() {
    let gated = two_waves("quiet", "gone", STARTED).replace(
        "success = \"80\", error = \"20\" },\n  { name = \"early\"",
        "success = \"80\", error = \"20\", gate = true },\n  { name = \"early\"",
    );
    let site = Site::open(&scenario(&gated), 0.0).await;
    let id = site.rollout("lead", "December").await;
    assert_eq!(site.status("lead", id).await, "paused");
    let groups = site.groups("lead", id).await;
    assert_eq!((&groups[0]["successAction"]["action"], &groups[1]["status"]), (&json!("PAUSE"), &json!("scheduled")));
    site.post("lead", &format!("/rollouts/{id}/resume")).await;
    assert_eq!(site.groups("lead", id).await[1]["status"], "running");
}

#[tokio::test]
async fn verbs_that_start_a_wave_take_their_time_inside_the_request() {
    let slow = scenario(&two_waves("gone", "gone", STARTED)).replace("verb_ms_per_host = 0.0", "verb_ms_per_host = 20.0");
    let site = Site::open(&slow, 0.0).await;
    let id = site.rollout("lead", "December").await;
    let begun = std::time::Instant::now();
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/triggerNextGroup")).await.status, 204);
    // Twelve hosts of twenty milliseconds each.
    assert!(begun.elapsed().as_millis() >= 240, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_deleted_rollout_leaves_a_row_only_if_it_was_started() {
    let other = two_waves("quiet", "quiet", APPROVED).replace("December", "January").replace("2026.12", "2027.01");
    let rest = format!("{}{other}", two_waves("gone", "gone", STARTED));
    let site = Site::open(&scenario(&rest), FAST).await;
    let (started, fresh) = (site.rollout("lead", "December").await, site.rollout("lead", "January").await);
    for id in [started, fresh] {
        assert_eq!(site.ask("lead", Method::DELETE, &format!("/rollouts/{id}"), None).await.status, 204);
    }
    site.wait_for("lead", started, "deleted").await;
    site.wait_until("lead", "/rollouts", |body| body["total"] == 1).await;
    let row = site.get("lead", &format!("/rollouts/{started}")).await.json();
    assert_eq!((&row["deleted"], &row["totalTargetsPerStatus"]["running"]), (&json!(true), &json!(0)));
    assert_eq!(site.get("lead", &format!("/rollouts/{fresh}")).await.status, 404);
    assert_eq!(site.get("lead", "/rollouts?soft_deleted_mode=ONLY_SOFT_DELETED").await.json()["total"], 1);
    assert_eq!(site.post("lead", &format!("/rollouts/{started}/retry")).await.status, 404);
    assert_eq!(site.post("lead", &format!("/rollouts/{started}/stop")).await.status, 400);
}

#[tokio::test]
async fn a_wave_whose_actions_were_all_cancelled_is_over_and_lets_the_next_one_start() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), FAST).await;
    let id = site.rollout("lead", "December").await;
    let list = site.get("lead", &format!("/actions?limit=500&q=rollout.id=={id};active==true")).await.json();
    for action in list["content"].as_array().unwrap() {
        let href = action["_links"]["self"]["href"].as_str().unwrap();
        let path = href.split("/rest/v1").nth(1).unwrap();
        for path in [path.to_owned(), format!("{path}?force=true")] {
            assert_eq!(site.ask("lead", Method::DELETE, &path, None).await.status, 204);
        }
    }
    let groups = format!("/rollouts/{id}/deploygroups?representation=full&sort=id:ASC");
    let running = |body: &serde_json::Value| body["content"][1]["status"] == "running";
    let body = site.wait_until("lead", &groups, running).await;
    assert_eq!(body["content"][0]["status"], "finished");
    assert_eq!(body["content"][0]["totalTargetsPerStatus"]["cancelled"], 6);
}

#[tokio::test]
async fn an_error_in_the_last_wave_while_an_earlier_one_runs_pauses_and_resume_only_runs_on() {
    let waves = r#"
[[tenant.rollout]]
name = "Two"
release = "till-os:2026.12"
by = "planner"
created = "-60m"
behaviour = "slow"
wave = [
  { name = "long", fleets = ["tills"], share = 50.0, success = "0", error = "50" },
  { name = "bad", fleets = ["tills"], success = "80", error = "20", behaviour = "broken" },
]
step = [{ at = "-50m", verb = "approve", by = "lead" }, { at = "-20m", verb = "start", by = "lead" }]
"#;
    let site = Site::open(&scenario(waves), FAST).await;
    let id = site.rollout("lead", "Two").await;
    let before = site.groups("lead", id).await;
    assert_eq!((&before[0]["status"], &before[1]["status"]), (&json!("running"), &json!("error")));
    assert_eq!(site.status("lead", id).await, "paused");
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/resume")).await.status, 204);
    site.wait_for("lead", id, "finished").await;
    let after = site.groups("lead", id).await;
    assert_eq!((&after[0]["status"], &after[1]["status"]), (&json!("finished"), &json!("error")));
}

#[tokio::test]
async fn a_device_that_refuses_the_cancel_runs_on_in_the_stopped_rollout() {
    let site = Site::open(&scenario(&two_waves("stubborn", "gone", STARTED)), FAST).await;
    let id = site.rollout("lead", "December").await;
    site.post("lead", &format!("/rollouts/{id}/stop")).await;
    let path = format!("/rollouts/{id}");
    let done = |body: &serde_json::Value| body["totalTargetsPerStatus"]["finished"] == 6 && body["status"] == "stopped";
    let end = site.wait_until("lead", &path, done).await;
    assert_eq!(end["totalTargetsPerStatus"]["cancelled"], 0);
}
