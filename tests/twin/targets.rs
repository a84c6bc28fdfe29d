//! Single hosts: names that need care, histories with wild texts, assignments and cancels.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{STARTED, Site, scenario, two_waves};

async fn paused(second: &str) -> Site {
    Site::open(&scenario(&two_waves("quiet", second, STARTED)), 0.0).await
}

/// Link to the first failed action, below the API.
async fn failed(site: &Site) -> (String, Value) {
    let list = site.get("lead", "/actions?representation=full&limit=1&sort=id:ASC&q=status==error").await.json();
    let action = list["content"][0].clone();
    let href = action["_links"]["self"]["href"]
        .as_str()
        .expect("a link into the API")
        .split("/rest/v1")
        .nth(1)
        .expect("a link into the API")
        .to_owned();
    (href, action)
}

#[tokio::test]
async fn the_display_name_of_a_target_may_differ_from_its_id() {
    let site = paused("broken").await;
    let list = site.get("lead", "/actions?representation=full&limit=500&q=rollout.name==December").await.json();
    let other = list["content"]
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action["_links"]["target"]["name"].as_str().unwrap().starts_with("Till "));
    let links = &other.expect("one host shown under another name")["_links"];
    assert!(links["self"]["href"].as_str().unwrap().contains("/targets/till-"));
}

#[tokio::test]
async fn ids_that_need_encoding_work_encoded_and_slashes_never_do() {
    let site = paused("broken").await;
    let seen = site.get("lead", "/targets/odd%200001%20%C3%BC%23").await;
    assert_eq!(seen.json()["controllerId"], "odd 0001 ü#");
    let link = seen.json()["_links"]["self"]["href"].as_str().unwrap().to_owned();
    assert!(link.ends_with("/targets/odd%200001%20%C3%BC%23"), "{link}");
    let walled = site.get("lead", "/targets/gate%2F0001").await;
    assert_eq!((walled.status, walled.header("content-type")), (400, "text/html;charset=utf-8"));
    assert_eq!(site.get("lead", "/targets?q=controllerid==gate/0001").await.json()["total"], 1);
    let assigned = json!([{ "id": "gate/0001" }, { "id": "nobody" }]);
    let body = site.ask("lead", Method::POST, "/distributionsets/2/assignedTargets", Some(assigned)).await.json();
    assert_eq!((&body["assigned"], &body["total"]), (&json!(1), &json!(1)), "unknown ids are dropped without a word");
}

#[tokio::test]
async fn a_history_tells_the_ring_the_cause_and_when_it_happened() {
    let site = paused("broken").await;
    let (href, action) = failed(&site).await;
    let history = site.get("lead", &format!("{href}/status?limit=50")).await.json();
    let entries = history["content"].as_array().unwrap();
    let (newest, oldest) = (&entries[0], &entries[entries.len() - 1]);
    assert_eq!((&newest["type"], &newest["code"]), (&json!("error"), &json!(100)));
    let messages = newest["messages"].as_array().unwrap();
    assert!(messages[1].as_str().unwrap().contains("\u{1b}[31m"), "control characters come through");
    assert!(messages[1].as_str().unwrap().contains('\u{202e}') && messages[1].as_str().unwrap().contains('\n'));
    assert_eq!(messages.last().unwrap(), "Device reported status code: 100");
    assert!(oldest["messages"][0].as_str().unwrap().starts_with("Initiated by Rollout Group 'early' [Rollout December:"));
    assert!(newest["reportedAt"].as_i64() > action["lastModifiedAt"].as_i64(), "the action itself does not say when it failed");
    let ascending = site.get("lead", &format!("{href}/status?sort=id:ASC")).await.json();
    assert_eq!(&ascending["content"][0], oldest);
}

#[tokio::test]
async fn long_texts_come_in_pieces_and_windows_codes_are_negative() {
    let site = paused("wordy").await;
    let (href, action) = failed(&site).await;
    assert_eq!(action["lastStatusCode"], -2_145_124_322);
    let history = site.get("lead", &format!("{href}/status")).await.json();
    let lengths: Vec<usize> =
        history["content"][0]["messages"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().len()).collect();
    assert_eq!(lengths[..3], [512, 512, 176]);
}

#[tokio::test]
async fn a_failed_host_can_be_sent_the_release_again_and_a_second_time_changes_nothing() {
    let site = paused("broken").await;
    let (href, _) = failed(&site).await;
    let target = href.split("/actions/").next().unwrap();
    assert_eq!(site.get("lead", &format!("{target}/assignedDS")).await.status, 204);
    assert_eq!(site.get("lead", &format!("{target}/installedDS")).await.json()["version"], "2026.11");
    let body = || Some(json!({ "id": 2, "type": "forced" }));
    let first = site.ask("lead", Method::POST, &format!("{target}/assignedDS"), body()).await.json();
    assert_eq!((&first["assigned"], &first["alreadyAssigned"]), (&json!(1), &json!(0)));
    let second = site.ask("lead", Method::POST, &format!("{target}/assignedDS"), body()).await.json();
    assert_eq!((&second["assigned"], &second["alreadyAssigned"], &second["total"]), (&json!(0), &json!(1), &json!(1)));
    let id = &first["assignedActions"][0]["id"];
    let action = site.get("lead", &format!("/actions/{id}")).await.json();
    assert!(action.get("rollout").is_none(), "it belongs to no rollout");
    assert_eq!(
        site.get("lead", "/actions?q=status==error;rollout.name==December").await.json()["total"],
        12,
        "and the old error stays"
    );
}

#[tokio::test]
async fn cancel_waits_for_the_device_and_force_quit_does_not() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let list = site.get("lead", "/actions?limit=1&q=active==true").await.json();
    let href = list["content"][0]["_links"]["self"]["href"].as_str().unwrap().split("/rest/v1").nth(1).unwrap().to_owned();
    let early = site.ask("lead", Method::DELETE, &format!("{href}?force=true"), None).await;
    assert_eq!((early.status, early.code().as_str()), (405, "action.notForceQuitable"));
    assert_eq!(site.ask("lead", Method::DELETE, &href, None).await.status, 204);
    assert_eq!(site.get("lead", &href).await.json()["status"], "canceling");
    let again = site.ask("lead", Method::DELETE, &href, None).await;
    assert_eq!((again.status, again.code().as_str()), (405, "action.notCancelable"));
    assert_eq!(site.ask("lead", Method::DELETE, &format!("{href}?force=true"), None).await.status, 204);
    let action = site.get("lead", &href).await.json();
    assert_eq!((&action["status"], &action["type"], &action["active"]), (&json!("canceled"), &json!("cancel"), &json!(false)));
    let target = site.get("lead", href.split("/actions/").next().unwrap()).await.json();
    assert_eq!(target["updateStatus"], "in_sync", "a false green, as on the server");
}

#[tokio::test]
async fn another_release_for_a_busy_host_cancels_what_it_is_at() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let list = site.get("lead", "/actions?limit=1&q=active==true").await.json();
    let href = list["content"][0]["_links"]["self"]["href"].as_str().unwrap().split("/rest/v1").nth(1).unwrap().to_owned();
    let target = href.split("/actions/").next().unwrap();
    site.ask("lead", Method::POST, &format!("{target}/assignedDS"), Some(json!({ "id": 3 }))).await;
    assert_eq!(site.get("lead", &href).await.json()["status"], "canceling");
    assert_eq!(site.get("lead", &format!("{target}/assignedDS")).await.json()["version"], "2027.01");
}

#[tokio::test]
async fn a_release_that_is_assigned_already_counts_as_done_without_asking_the_device() {
    let again = two_waves("broken", "broken", STARTED).replace("2026.12", "2026.11");
    let site = Site::open(&scenario(&again), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let body = site.get("lead", &format!("/rollouts/{id}")).await.json();
    assert_eq!((&body["status"], &body["totalTargetsPerStatus"]["finished"]), (&json!("finished"), &json!(30)));
    let list = site.get("lead", &format!("/actions?limit=1&q=rollout.id=={id}")).await.json();
    let href = list["content"][0]["_links"]["self"]["href"].as_str().unwrap().split("/rest/v1").nth(1).unwrap().to_owned();
    let history = site.get("lead", &format!("{href}/status")).await.json();
    assert_eq!(
        history["content"][0]["messages"][0],
        "Update Server: Distribution Set is already assigned. Skipping this action."
    );
}

#[tokio::test]
async fn contacts_lie_on_the_ten_second_beat_of_the_batch() {
    let site = paused("broken").await;
    let list = site.get("lead", "/targets?limit=500").await.json();
    for target in list["content"].as_array().unwrap() {
        let at = target["lastControllerRequestAt"].as_i64().unwrap();
        assert_eq!(at % 10_000, 0, "{target}");
        assert_eq!(target["pollStatus"]["lastRequestAt"], target["lastControllerRequestAt"]);
    }
}

#[tokio::test]
async fn a_host_with_a_window_fetches_at_once_and_ends_inside_it() {
    let site = Site::open(&scenario(""), 6_000.0).await;
    let window = json!({ "schedule": "0 0 23 ? * *", "duration": "02:00:00", "timezone": "+00:00" });
    let body = json!({ "id": 2, "type": "forced", "maintenanceWindow": window });
    let made = site.ask("lead", Method::POST, "/targets/till-cedar-0001/assignedDS", Some(body)).await.json();
    let id = &made["assignedActions"][0]["id"];
    let path = format!("/actions/{id}");
    let action = site.wait_until("lead", &path, |action| action["status"] == "finished").await;
    let opens = action["maintenanceWindow"]["nextStartAt"].as_i64();
    let path = format!("/targets/till-cedar-0001/actions/{id}/status");
    let history = site.get("lead", &path).await.json();
    let at = |kind: &str| {
        let rows = history["content"].as_array().unwrap().iter();
        rows.filter(|row| row["type"] == kind).find_map(|row| row["reportedAt"].as_i64())
    };
    assert!(at("retrieved") < opens && opens < at("finished"), "{opens:?} {history}");
}

#[tokio::test]
async fn a_scenario_may_begin_with_single_jobs_in_their_own_windows_which_rollouts_do_not_have() {
    let assigned = r#"
[[tenant.assigned]]
release = "till-os:2027.01"
fleet = "tills"
hosts = 3
by = "lead"
window = { schedule = "0 0 1 ? * *", duration = "02:00:00", timezone = "+01:00" }
"#;
    let site = Site::open(&scenario(&format!("{}{assigned}", two_waves("slow", "slow", STARTED))), 0.0).await;
    let list = site.get("lead", "/actions?limit=200&representation=full&sort=id:DESC&q=active==true").await.json();
    let (with, without): (Vec<&Value>, Vec<&Value>) =
        list["content"].as_array().unwrap().iter().partition(|action| action.get("maintenanceWindow").is_some());
    assert_eq!(with.len(), 3);
    // 01:00 of the fixed offset is midnight UTC, two hours ahead.
    let opens: jiff::Timestamp = "2026-12-09T00:00:00Z".parse().unwrap();
    for action in with {
        assert_eq!(action["maintenanceWindow"]["nextStartAt"], opens.as_millisecond());
        assert!(action.get("rollout").is_none());
    }
    assert!(!without.is_empty() && without.iter().all(|action| action.get("rollout").is_some()), "{list}");
}

#[tokio::test]
async fn more_targets_than_the_quota_are_refused_in_one_piece() {
    let site = Site::open(&scenario(""), 0.0).await;
    let many: Vec<Value> = (0..5_001).map(|nth| json!({ "id": format!("x{nth}") })).collect();
    let seen = site.ask("lead", Method::POST, "/distributionsets/2/assignedTargets", Some(json!(many))).await;
    assert_eq!((seen.status, seen.code().as_str()), (429, "quota.tooManyEntries"));
}
