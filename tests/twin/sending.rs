//! What a retry and a rollback send, and what the server makes of it: releases of before, rollouts over named hosts, limits.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::client::{STARTED, Site, scenario, two_waves};

const FAST: f64 = 600.0;

/// A rollout of a release over hosts, as somebody would make it to go back.
fn back(name: &str, filter: &str) -> Value {
    json!({
        "name": name, "distributionSetId": 1, "targetFilterQuery": filter, "type": "forced", "amountGroups": 1,
        "successCondition": { "condition": "THRESHOLD", "expression": "50" },
        "errorCondition": { "condition": "THRESHOLD", "expression": "50" },
    })
}

async fn create(site: &Site, body: Value) -> super::client::Seen {
    site.ask("lead", Method::POST, "/rollouts", Some(body)).await
}

#[tokio::test]
async fn the_release_before_is_found_for_many_hosts_in_one_request() {
    let site = Site::open(&scenario(&two_waves("quiet", "quiet", STARTED)), 0.0).await;
    let hosts = "till-cedar-0001,till-cedar-0002,TILL-delta-0001,nobody";
    let query = format!("target.controllerid=in=({hosts});status==finished;distributionset.id!=2");
    let list = site.get("lead", &format!("/actions?representation=full&limit=500&sort=id:DESC&q={query}")).await.json();
    let rows: Vec<(&str, &str)> = list["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let href = row["_links"]["self"]["href"].as_str().unwrap();
            let target = href.split("/targets/").nth(1).unwrap().split('/').next().unwrap();
            (target, row["_links"]["distributionset"]["name"].as_str().unwrap())
        })
        .collect();
    let mut sorted = rows.clone();
    sorted.sort_unstable();
    let before = "till-os:2026.11";
    assert_eq!(sorted, [("till-cedar-0001", before), ("till-cedar-0002", before), ("till-delta-0001", before)], "{list}");
    assert_eq!(list["total"], 3, "names are compared without their case, unknown ones match nothing");
}

#[tokio::test]
async fn a_rollout_over_named_hosts_takes_them_back_and_asks_no_other() {
    let site = Site::open(&scenario(&two_waves("quiet", "quiet", STARTED)), FAST).await;
    let id = site.rollout("lead", "December").await;
    site.wait_for("lead", id, "finished").await;
    let made = create(&site, back("back", "controllerid=in=(till-cedar-0001,till-cedar-0002)")).await;
    assert_eq!((made.status, &made.json()["totalTargets"]), (201, &json!(2)), "{}", made.text);
    let undo = site.rollout("lead", "back").await;
    site.wait_for("lead", undo, "waiting_for_approval").await;
    for verb in ["approve", "start"] {
        assert_eq!(site.post("lead", &format!("/rollouts/{undo}/{verb}")).await.status, 204, "{verb}");
    }
    site.wait_for("lead", undo, "finished").await;
    for (host, version) in [("till-cedar-0001", "2026.11"), ("till-cedar-0002", "2026.11"), ("till-cedar-0003", "2026.12")] {
        for which in ["installedDS", "assignedDS"] {
            assert_eq!(site.get("lead", &format!("/targets/{host}/{which}")).await.json()["version"], version, "{host} {which}");
        }
    }
    let counts = &site.get("lead", &format!("/rollouts/{id}")).await.json()["totalTargetsPerStatus"];
    assert_eq!(counts["finished"], 30, "what is undone goes on counting as done in its own rollout");
}

#[tokio::test]
async fn a_rollout_over_what_is_installed_finds_the_hosts_by_itself() {
    let site = Site::open(&scenario(&two_waves("quiet", "broken", STARTED)), 0.0).await;
    let filter = "installedds.name==till-os;installedds.version==2026.12";
    let made = create(&site, back("back", filter)).await.json();
    assert_eq!(made["totalTargets"], 6, "the six of the canary; failed hosts still have the release before");
    assert_eq!(made["targetFilterQuery"], filter);
}

#[rstest]
#[case("targetFilterQuery", 1_025, "targetFilterQuery size must be between 1 and 1024")]
#[case("targetFilterQuery", 0, "targetFilterQuery size must be between 1 and 1024")]
#[case("name", 129, "name size must be between 1 and 128")]
#[case("description", 513, "description size must be between 0 and 512")]
#[tokio::test]
async fn what_does_not_fit_its_column_is_refused_in_one_piece(#[case] member: &str, #[case] length: usize, #[case] words: &str) {
    let site = Site::open(&scenario(""), 0.0).await;
    let mut body = back("back", "group==tills");
    body[member] = json!("x".repeat(length));
    let seen = create(&site, body).await;
    assert_eq!((seen.status, seen.code().as_str(), &seen.json()["message"]), (400, "repo.constraintViolation", &json!(words)));
    assert_eq!(site.get("lead", "/rollouts?q=name==back").await.json()["total"], 0);
}

#[rstest]
#[case(0, 400, "repo.constraintViolation")]
#[case(500, 201, "")]
#[case(501, 429, "quota.tooManyEntries")]
#[tokio::test]
async fn a_rollout_has_from_one_to_five_hundred_groups(#[case] groups: usize, #[case] status: u16, #[case] code: &str) {
    let site = Site::open(&scenario(""), 0.0).await;
    let mut body = back("back", "group==tills");
    body["amountGroups"] = json!(groups);
    let seen = create(&site, body).await;
    assert_eq!((seen.status, seen.code().as_str()), (status, code), "{}", seen.text);
}

#[tokio::test]
async fn a_request_line_beyond_eight_thousand_bytes_is_refused_with_a_page() {
    let site = Site::open(&scenario(""), 0.0).await;
    let names = |count: usize| (0..count).map(|nth| format!("till-cedar-{nth:04}")).collect::<Vec<_>>().join(",");
    let few = site.get("lead", &format!("/actions?q=target.controllerid=in=({})", names(400))).await;
    assert_eq!(few.status, 200);
    let many = site.get("lead", &format!("/actions?q=target.controllerid=in=({})", names(600))).await;
    assert_eq!((many.status, many.header("content-type")), (400, "text/html;charset=utf-8"));
}

#[tokio::test]
async fn an_assignment_takes_its_time_for_each_host_and_a_refused_one_takes_none() {
    let slow = scenario("").replace("verb_ms_per_host = 0.0", "verb_ms_per_host = 20.0");
    let site = Site::open(&slow, 0.0).await;
    let wanted = |hosts: std::ops::Range<usize>| Some(json!(hosts.map(|n| json!({ "id": format!("x{n}") })).collect::<Vec<_>>()));
    let path = "/distributionsets/2/assignedTargets";
    let begun = std::time::Instant::now();
    let done = site.ask("lead", Method::POST, path, wanted(0..15)).await.json();
    assert!(begun.elapsed().as_millis() >= 300, "{:?}", begun.elapsed());
    assert_eq!(done["total"], 0, "nobody knows these");
    // A hundred seconds, were they to be served.
    let begun = std::time::Instant::now();
    assert_eq!(site.ask("lead", Method::POST, path, wanted(0..5_001)).await.status, 429);
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
}
