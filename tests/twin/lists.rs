//! Lists: paging, filters, sorting, and what the server says to queries it does not like.

use rstest::rstest;
use serde_json::Value;

use super::client::{STARTED, Seen, Site, scenario, two_waves};

async fn site() -> Site {
    Site::open(&scenario(&two_waves("quiet", "broken", STARTED)), 0.0).await
}

async fn total(site: &Site, path: &str) -> u64 {
    let body = site.get("lead", path).await.json();
    body["total"].as_u64().unwrap_or_else(|| panic!("{path}: {body}"))
}

#[rstest]
#[case("limit=3&offset=1", 3)]
#[case("limit=5000", 40)]
#[case("limit=0", 40)]
#[case("limit=-2", 40)]
#[case("offset=39", 1)]
#[case("offset=400", 0)]
#[tokio::test]
async fn size_is_what_the_page_holds_and_total_what_matches(#[case] query: &str, #[case] size: usize) {
    let body = site().await.get("lead", &format!("/targets?{query}")).await.json();
    assert_eq!(body["content"].as_array().unwrap().len(), size);
    assert_eq!((body["size"].as_u64(), body["total"].as_u64()), (Some(size as u64), Some(40)));
}

#[tokio::test]
async fn a_page_is_never_longer_than_500() {
    let many = scenario("").replace("hosts = 44", "hosts = 1100");
    let site = Site::open(&many, 0.0).await;
    let body = site.get("lead", "/targets?limit=2000").await.json();
    assert_eq!((body["size"].as_u64(), body["total"].as_u64()), (Some(500), Some(1000)));
}

#[rstest]
#[case("/targets?q=controllerid==till-cedar-*", 15)]
#[case("/targets?q=ControllerId==TILL-CEDAR-0001", 1)]
#[case("/targets?q=name=='Till *'", 6)]
#[case("/targets?q=group=in=(odd,walled)", 10)]
#[case("/targets?q=group=out=(odd,walled)", 30)]
#[case("/targets?q=group!=tills", 10)]
#[case("/targets?q=attribute.os==debian", 30)]
#[case("/targets?q=installedds.version==2026.11", 34)]
#[case("/targets?q=updatestatus==error", 12)]
#[case("/targets?q=(group==odd,group==walled);controllerid==*0001*", 2)]
#[case("/targets?q=controllerid=='odd 0001 ü%23'", 1)]
#[case("/targets?q=lastcontrollerrequestat=le=${OVERDUE_TS}", 0)]
#[case("/actions?q=rollout.name==December", 30)]
#[case("/actions?q=rollout.name==December;status==error", 12)]
#[case("/actions?q=status==error;laststatuscode==100", 12)]
#[case("/actions?q=laststatuscode=lt=100", 0)]
#[case("/actions?q=active==true", 0)]
#[case("/actions?q=status=in=(finished,error);rollout.id==2", 18)]
#[case("/actions?q=rolloutgroup.name==canary", 6)]
#[case("/actions?q=target.controllerid=in=(till-cedar-0001,till-delta-0001);distributionset.id!=2", 2)]
#[case("/actions?q=target.controllerid==till-cedar-0001 and status==finished", 2)]
#[case("/rollouts?q=status==paused", 1)]
#[case("/rollouts?q=status=out=(finished,stopped,deleted)", 1)]
#[case("/distributionsets?q=version==2026.12", 1)]
#[tokio::test]
async fn queries_find_what_they_name(#[case] path: &str, #[case] matches: u64) {
    assert_eq!(total(&site().await, path).await, matches);
}

#[tokio::test]
async fn one_group_and_one_code_can_be_asked_for_by_number() {
    let site = site().await;
    let id = site.rollout("lead", "December").await;
    let group = &site.groups("lead", id).await[1]["id"];
    assert_eq!(total(&site, &format!("/actions?limit=1&q=rolloutgroup.id=={group};status==error")).await, 12);
    assert_eq!(total(&site, "/actions?q=rolloutgroup.id==0").await, 0);
    assert_eq!(total(&site, "/actions?q=rollout.id==99999").await, 0);
}

#[rstest]
#[case("/actions?q=colour==red", "rest.param.rsqlInvalidField")]
#[case("/actions?q=status==purple", "rest.param.rsqlInvalidField")]
#[case("/rollouts/{id}/deploygroups?q=status==running", "rest.param.rsqlInvalidField")]
#[case("/actions?q=status=", "rest.param.rsqlParamSyntax")]
#[case("/targets?sort=controllerid", "rest.param.sortParamSyntax")]
#[case("/targets?sort=controllerid:UP", "rest.param.invalidDirection")]
#[case("/targets?sort=colour:ASC", "rest.param.invalidField")]
#[case("/rollouts/{id}/deploygroups?sort=controllerid:ASC", "rest.param.invalidField")]
#[case("/targets?limit=abc", "rest.body.notReadable")]
#[case("/rollouts/abc", "rest.body.notReadable")]
#[tokio::test]
async fn what_the_server_does_not_like_is_400_with_its_code(#[case] path: &str, #[case] code: &str) {
    let site = site().await;
    let id = site.rollout("lead", "December").await;
    let seen = site.get("lead", &path.replace("{id}", &id.to_string())).await;
    assert_eq!((seen.status, seen.code().as_str()), (400, code));
    let has_message = seen.json().get("message").is_some();
    assert_eq!(has_message, code != "rest.param.rsqlInvalidField", "bad fields get no message");
}

fn ids(seen: &Seen) -> Vec<i64> {
    let rows = seen.json()["content"].as_array().expect("a list of rows with ids").clone();
    rows.iter().map(|row: &Value| row["id"].as_i64().expect("a list of rows with ids")).collect()
}

#[tokio::test]
async fn actions_come_newest_first_unless_asked_otherwise() {
    let site = site().await;
    let newest = ids(&site.get("lead", "/actions?limit=5").await);
    let oldest = ids(&site.get("lead", "/actions?limit=5&sort=id:ASC").await);
    assert!(newest.is_sorted_by(|a, b| a > b) && oldest.is_sorted(), "{newest:?} {oldest:?}");
    let after = ids(&site.get("lead", &format!("/actions?limit=5&sort=id:ASC&q=id=gt={}", oldest[4])).await);
    assert_eq!(after[0], oldest[4] + 1, "paging by key goes on where the page ended");
}

#[tokio::test]
async fn compact_lists_hold_no_counts_and_full_ones_do() {
    let site = site().await;
    let compact = site.get("lead", "/rollouts?representation=nonsense").await.json();
    let full = site.get("lead", "/rollouts?representation=full").await.json();
    assert!(compact["content"][0].get("totalTargetsPerStatus").is_none());
    assert!(full["content"][0].get("totalTargetsPerStatus").is_some());
}

#[tokio::test]
async fn a_request_line_that_is_too_long_gets_a_page_instead_of_json() {
    let site = site().await;
    let ids: Vec<String> = (0..400).map(|nth| format!("till-measurement-{nth:04}")).collect();
    let seen = site.get("lead", &format!("/actions?q=target.controllerid=in=({})", ids.join(","))).await;
    assert_eq!((seen.status, seen.header("content-type")), (400, "text/html;charset=utf-8"));
}

#[tokio::test]
async fn the_date_header_shows_the_nights_time() {
    let seen = site().await.get("lead", "/userinfo").await;
    assert_eq!(seen.header("date"), "Tue, 08 Dec 2026 22:00:00 GMT");
}

#[tokio::test]
async fn one_switch_is_shaped_a_little_differently_from_all_of_them() {
    let site = site().await;
    let key = "rollout.approval.enabled";
    let all = site.get("viewer", "/system/configs").await.json();
    let one = site.get("viewer", &format!("/system/configs/{key}")).await.json();
    assert_eq!((&all[key]["value"], &one["value"]), (&Value::Bool(true), &Value::Bool(true)));
    assert!(all[key]["links"].is_array() && one["_links"]["self"]["href"].is_string());
    let unknown = site.get("viewer", "/system/configs/colour").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "configKeyInvalid"));
    let other = site.get("second", &format!("/system/configs/{key}")).await.json();
    assert_eq!(other["value"], Value::Bool(false));
}
