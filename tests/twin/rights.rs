//! Who may do what, and that tenants do not see each other.

use reqwest::Method;
use rstest::rstest;

use super::client::{APPROVED, STARTED, Site, read, scenario, two_waves};

#[rstest]
#[case("viewer", "approve", 403)]
#[case("planner", "approve", 403)]
#[case("planner", "stop", 403)]
#[case("planner", "triggerNextGroup", 403)]
#[case("planner", "pause", 204)]
#[case("viewer", "pause", 403)]
#[case("lead", "stop", 204)]
#[tokio::test]
async fn a_verb_needs_its_right(#[case] user: &str, #[case] verb: &str, #[case] status: u16) {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let seen = site.post(user, &format!("/rollouts/{id}/{verb}")).await;
    assert_eq!(seen.status, status, "{}", seen.text);
    if status == 403 {
        assert_eq!(seen.code(), "insufficientPermission");
    }
}

#[rstest]
#[case("/rollouts?representation=full", 200)]
#[case("/rollouts/{id}/deploygroups?representation=full", 200)]
#[case("/actions", 403)]
#[case("/targets", 403)]
#[case("/rollouts/{id}/deploygroups/{group}/targets", 403)]
#[case("/system/configs", 403)]
#[case("/distributionsets", 403)]
#[case("/userinfo", 200)]
#[tokio::test]
async fn reading_rollouts_alone_shows_waves_and_counts_and_nothing_else(#[case] path: &str, #[case] status: u16) {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let group = &site.groups("lead", id).await[0]["id"];
    let path = path.replace("{id}", &id.to_string()).replace("{group}", &group.to_string());
    assert_eq!(site.get("board", &path).await.status, status);
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_there() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    let group = site.groups("lead", id).await[0]["id"].clone();
    for path in [
        format!("/rollouts/{id}"),
        format!("/rollouts/{id}/deploygroups/{group}"),
        "/targets/till-cedar-0001".to_owned(),
        "/distributionsets/1".to_owned(),
    ] {
        let seen = site.get("second", &path).await;
        assert_eq!((seen.status, seen.code().as_str()), (404, "repo.entityNotFound"), "{path}");
    }
    assert_eq!(site.post("second", &format!("/rollouts/{id}/stop")).await.status, 404);
    assert_eq!(site.get("second", "/actions").await.json()["total"], 0);
    assert_eq!(site.get("second", "/userinfo").await.json()["tenant"], "OTHER");
}

#[tokio::test]
async fn a_wrong_password_is_401_in_the_frameworks_words() {
    let site = Site::open(&scenario(""), 0.0).await;
    let url = format!("{}/rest/v1/userinfo", site.login("lead").url);
    let seen = read(site.http.get(url).basic_auth("lead", Some("no")).send().await.unwrap()).await;
    assert_eq!((seen.status, seen.json()["error"].as_str()), (401, Some("Unauthorized")));
    assert!(seen.header("www-authenticate").starts_with("Basic realm=\"hawkBit\""));
    assert_eq!(seen.json()["timestamp"], "2026-12-08T22:00:00.000Z");
}

#[rstest]
#[case(Method::GET, "/nothing/here", 404)]
#[case(Method::DELETE, "/rollouts", 405)]
#[case(Method::GET, "/rollouts/1/start", 405)]
#[case(Method::POST, "/userinfo", 405)]
#[tokio::test]
async fn unknown_paths_and_methods_get_springs_body(#[case] method: Method, #[case] path: &str, #[case] status: u16) {
    let site = Site::open(&scenario(&two_waves("gone", "gone", APPROVED)), 0.0).await;
    let seen = site.ask("lead", method, path, None).await;
    assert_eq!((seen.status, seen.json()["status"].as_u64()), (status, Some(u64::from(status))));
    assert!(seen.json().get("errorCode").is_none());
}

#[tokio::test]
async fn retry_looks_at_the_state_before_the_right() {
    let site = Site::open(&scenario(&two_waves("gone", "gone", STARTED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    assert_eq!(site.post("viewer", &format!("/rollouts/{id}/retry")).await.status, 400);
    let past = site.rollout("lead", "November").await;
    assert_eq!(site.post("viewer", &format!("/rollouts/{past}/retry")).await.status, 403);
}

#[tokio::test]
async fn secrets_of_a_connection_stay_out_of_its_debug_text() {
    let site = Site::open(&scenario(""), 0.0).await;
    let login = site.login("lead");
    assert!(!format!("{login:?}").contains(&login.password));
    let names: Vec<_> = site.running.connections.iter().map(|connection| connection.user.as_str()).collect();
    assert_eq!(names, ["lead", "second"]);
}
