//! The twin against the recordings of a real server: same status, same headers, same keys, same types.
//!
//! Values are the night's own and are not compared, except in error bodies, which clients key on.

use std::collections::BTreeSet;

use patchdeck::twin::faults::{Fault, What};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::client::{Seen, Site, read, scenario};

/// Keys a body may lack or have in addition: the server leaves out what is null.
const OPTIONAL: [&str; 15] = [
    "description",
    "startAt",
    "approveDecidedBy",
    "approvalRemark",
    "lastStatusCode",
    "rollout",
    "rolloutName",
    "maintenanceWindow",
    "code",
    "installedAt",
    "securityToken",
    "createdAt",
    "createdBy",
    "lastModifiedAt",
    "lastModifiedBy",
];

/// Rollouts in every state the recordings show, over hosts of their own so that none disturbs another.
const NIGHT: &str = r#"
[[tenant.rollout]]
name = "waiting"
release = "till-os:2026.12"
by = "planner"
created = "-60m"
behaviour = "quiet"
wave = [{ name = "all", fleets = ["walled"] }]

[[tenant.rollout]]
name = "ready"
release = "till-os:2026.12"
by = "planner"
created = "-59m"
behaviour = "quiet"
wave = [{ name = "all", fleets = ["walled"] }]
step = [{ at = "-50m", verb = "approve", by = "lead", remark = "CAB-77" }]

[[tenant.rollout]]
name = "paused"
release = "till-os:2026.12"
by = "planner"
created = "-58m"
behaviour = "quiet"
wave = [
  { name = "canary", fleets = ["tills"], share = 40.0, success = "60", error = "20" },
  { name = "early", fleets = ["tills"], share = 80.0, success = "60", error = "20", behaviour = "wordy" },
  { name = "broad", fleets = ["tills"], success = "60", error = "20" },
]
step = [{ at = "-50m", verb = "approve", by = "lead", remark = "CAB-77" }, { at = "-40m", verb = "start", by = "lead" }]

[[tenant.rollout]]
name = "running"
release = "till-os:2026.12"
by = "planner"
created = "-57m"
behaviour = "gone"
wave = [{ name = "one", fleets = ["odd"], share = 30.0 }, { name = "two", fleets = ["odd"], share = 50.0 }, { name = "three", fleets = ["odd"] }]
step = [{ at = "-50m", verb = "approve", by = "lead", remark = "CAB-77" }, { at = "-40m", verb = "start", by = "lead" }]

[[tenant.rollout]]
name = "stopped"
release = "till-os:2027.01"
by = "planner"
created = "-56m"
behaviour = "gone"
wave = [{ name = "one", fleets = ["walled"], share = 50.0 }, { name = "two", fleets = ["walled"] }]
step = [
  { at = "-50m", verb = "approve", by = "lead", remark = "CAB-77" },
  { at = "-40m", verb = "start", by = "lead" },
  { at = "-10m", verb = "stop", by = "lead" },
]
"#;

/// A second customer's finished rollout, some of it failed.
const SECOND: &str = r#"
[[tenant.rollout]]
name = "finished"
release = "press-fw:41"
by = "second"
created = "-60m"
behaviour = "half"
wave = [{ name = "all", fleets = ["press"], success = "100", error = "100" }]
step = [{ at = "-50m", verb = "start", by = "second" }]
"#;

async fn night() -> Site {
    let text = format!("{}{SECOND}", scenario(NIGHT))
        .replace("hosts = 4, pattern = \"press-{n}\"", "hosts = 12, pattern = \"press-{n}\"");
    Site::open(&text.replacen("hosts = 44", "hosts = 52", 1), 0.0).await
}

fn recording(name: &str) -> Value {
    let path = format!("{}/tests/recordings/hawkbit/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("a recording in JSON")
}

/// Fills in what only this night knows: `{waiting}` and so on are rollouts, `{group}` is the group in error, `{failed}`
/// an action in error with its target, `{active}` one at work.
async fn filled(site: &Site, template: &str) -> String {
    let mut path = template.to_owned();
    for (name, user) in [
        ("waiting", "lead"),
        ("ready", "lead"),
        ("paused", "lead"),
        ("running", "lead"),
        ("stopped", "lead"),
        ("finished", "second"),
        ("finished_retry", "second"),
    ] {
        let place = format!("{{{name}}}");
        if path.contains(&place) {
            path = path.replace(&place, &site.rollout(user, name).await.to_string());
        }
    }
    let paused = site.rollout("lead", "paused").await;
    let group = &site.groups("lead", paused).await[1]["id"];
    path = path.replace("{group}", &group.to_string());
    for (place, query) in [("{failed}", "status==error;rollout.name==paused"), ("{active}", "active==true;rollout.name==running")]
    {
        if path.contains(place) {
            let list = site.get("lead", &format!("/actions?limit=1&sort=id:ASC&q={query}")).await.json();
            let href = list["content"][0]["_links"]["self"]["href"].as_str().expect("an action").to_owned();
            let below = href.split("/rest/v1").nth(1).expect("a link into the API").to_owned();
            let target = below.split("/actions/").next().expect("a target").to_owned();
            path = path.replace(&format!("{place}/target"), &target).replace(place, &below);
        }
    }
    path
}

/// The twin's answer to a request of the same kind.
async fn answer(site: &Site, as_user: &str, method: &str, template: &str, body: Option<Value>) -> Seen {
    let path = filled(site, template).await;
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    site.ask(as_user, method, &path, body).await
}

#[rstest]
#[case("001_userinfo_lead", "lead", "GET", "/userinfo")]
#[case("002_userinfo_viewer", "viewer", "GET", "/userinfo")]
#[case("005_configs_all_viewer", "viewer", "GET", "/system/configs")]
#[case("007_distributionsets", "lead", "GET", "/distributionsets?limit=100&sort=id:ASC")]
#[case("008_targets_page", "lead", "GET", "/targets?limit=3&offset=0&sort=controllerid:ASC&q=group==tills")]
#[case(
    "011_rollouts_board_waiting_for_approval",
    "lead",
    "GET",
    "/rollouts?representation=full&limit=100&sort=id:DESC&q=status=out=(finished,stopped,deleted)"
)]
#[case("012_rollouts_compact", "lead", "GET", "/rollouts?limit=50&sort=id:DESC")]
#[case("014_err_403_approve_viewer", "viewer", "POST", "/rollouts/{waiting}/approve")]
#[case("016_err_400_start_before_approval", "lead", "POST", "/rollouts/{waiting}/start")]
#[case("017_approve", "lead", "POST", "/rollouts/{waiting}/approve?remark=CAB-77")]
#[case("019_rollout_ready", "lead", "GET", "/rollouts/{ready}")]
#[case("020_start", "lead", "POST", "/rollouts/{ready}/start")]
#[case("023_deploygroups_running_1", "lead", "GET", "/rollouts/{running}/deploygroups?representation=full&limit=500&sort=id:ASC")]
#[case("027_rollouts_board_paused", "lead", "GET", "/rollouts?representation=full&limit=100&sort=id:DESC&q=status==paused")]
#[case("028_deploygroups_paused", "lead", "GET", "/rollouts/{paused}/deploygroups?representation=full&limit=500&sort=id:ASC")]
#[case("029_deploygroup_single", "lead", "GET", "/rollouts/{paused}/deploygroups/{group}")]
#[case(
    "030_deploygroup_targets_failed",
    "lead",
    "GET",
    "/rollouts/{paused}/deploygroups/{group}/targets?q=updatestatus==error&limit=500"
)]
#[case(
    "031_actions_failed_full",
    "lead",
    "GET",
    "/actions?representation=full&limit=500&sort=id:ASC&q=rollout.id=={paused};status==error"
)]
#[case(
    "032_actions_failed_compact_page_1",
    "lead",
    "GET",
    "/actions?limit=5&offset=0&sort=id:ASC&q=rollout.id=={paused};status==error"
)]
#[case("037_status_apt_lock", "lead", "GET", "{failed}/status?limit=50")]
#[case("040_status_wu_0x80070643", "lead", "GET", "{failed}/status?limit=50")]
#[case("044_target_failed", "lead", "GET", "{failed}/target")]
#[case("045_target_assigned_none", "lead", "GET", "{failed}/target/assignedDS")]
#[case("046_target_installed", "lead", "GET", "{failed}/target/installedDS")]
#[case("051_resume", "lead", "POST", "/rollouts/{paused}/resume")]
#[case("053_cancel_action", "lead", "DELETE", "{active}")]
#[case("054_pause", "lead", "POST", "/rollouts/{running}/pause")]
#[case("056_trigger_next_group", "lead", "POST", "/rollouts/{running}/triggerNextGroup")]
#[case("058_stop", "lead", "POST", "/rollouts/{running}/stop")]
#[case("060_rollout_stopped", "lead", "GET", "/rollouts/{stopped}")]
#[case(
    "064_previous_release_of_target",
    "lead",
    "GET",
    "/actions?representation=full&limit=10&sort=id:DESC&q=target.controllerid==till-cedar-0001;status==finished"
)]
#[case("067_deny", "lead", "POST", "/rollouts/{waiting}/deny?remark=not%20tonight")]
#[case("071_second_tenant_rollouts_all", "second", "GET", "/rollouts?representation=full&limit=100&sort=id:DESC")]
#[case("074_retry_finished", "second", "POST", "/rollouts/{finished}/retry")]
#[tokio::test]
async fn a_request_is_answered_as_the_server_answered_it(
    #[case] name: &str,
    #[case] user: &str,
    #[case] method: &str,
    #[case] template: &str,
) {
    let site = night().await;
    let seen = answer(&site, user, method, template, None).await;
    compare(name, &seen);
}

#[rstest]
#[case("010_rollout_create_rings", "planner", "POST", "/rollouts", json!({
    "name": "made", "description": "by hand", "distributionSetId": 2, "targetFilterQuery": "group=in=(tills,odd)", "type": "forced",
    "groups": [
        {"name": "first", "targetFilterQuery": "group==tills", "targetPercentage": 100,
         "successCondition": {"condition": "THRESHOLD", "expression": "60"}, "errorCondition": {"condition": "THRESHOLD", "expression": "20"}},
        {"name": "rest", "description": "the rest", "targetPercentage": 100},
    ],
}))]
#[case("048_reassign_two_failed", "lead", "POST", "/distributionsets/2/assignedTargets", json!([{"id": "till-delta-0014", "type": "forced"}, {"id": "till-delta-0015", "type": "forced"}]))]
#[case("068_assign_with_window", "lead", "POST", "/targets/till-delta-0015/assignedDS", json!({"id": 3, "type": "forced", "maintenanceWindow": {"schedule": "0 0 7 ? * *", "duration": "02:00:00", "timezone": "+00:00"}}))]
#[case("077_quarantine_release", "second", "POST", "/distributionsets/4/invalidate", json!({"actionCancelationType": "soft"}))]
#[tokio::test]
async fn a_request_with_a_body_is_answered_as_the_server_answered_it(
    #[case] name: &str,
    #[case] user: &str,
    #[case] method: &str,
    #[case] template: &str,
    #[case] body: Value,
) {
    let site = night().await;
    let seen = answer(&site, user, method, template, Some(body)).await;
    compare(name, &seen);
}

#[tokio::test]
async fn answers_that_need_a_first_step_are_as_recorded_too() {
    let site = night().await;
    let body = json!({"id": 3, "type": "forced", "maintenanceWindow": {"schedule": "0 0 7 ? * *", "duration": "02:00:00", "timezone": "+00:00"}});
    site.ask("lead", Method::POST, "/targets/till-delta-0015/assignedDS", Some(body)).await;
    compare("069_actions_of_target_window", &site.get("lead", "/targets/till-delta-0015/actions?limit=1").await);

    let active = filled(&site, "{active}").await;
    site.ask("lead", Method::DELETE, &active, None).await;
    let quit = site.ask("lead", Method::DELETE, &format!("{active}?force=true"), None).await;
    compare("063_force_quit", &quit);

    let retry = filled(&site, "/rollouts/{finished}/retry").await;
    site.post("second", &retry).await;
    compare("075_err_409_retry_again", &site.post("second", &retry).await);
    let made = filled(&site, "/rollouts/{finished_retry}").await;
    let renamed = site.ask("second", Method::PUT, &made, Some(json!({"name": "finished_retry 1"}))).await;
    compare("076_rename", &renamed);

    let groups = filled(&site, "/rollouts/{running}/deploygroups?representation=full&limit=500&sort=id:ASC").await;
    let first = site.get("lead", &groups).await;
    let login = site.login("lead");
    let again = site.http.get(format!("{}/rest/v1{groups}", login.url)).basic_auth(&login.user, Some(&login.password));
    let again = again.header("If-None-Match", first.header("etag")).send().await.unwrap();
    compare("024_deploygroups_304", &read(again).await);

    let without = site.http.get(format!("{}/rest/v1/rollouts", login.url)).send().await.unwrap();
    compare("004_err_401_no_credentials", &read(without).await);

    site.running.faults().inject(Fault::always(What::TooMany { retry_after: None }).times(1));
    compare("080_err_429_rate_limit", &site.get("lead", "/userinfo").await);
}

#[test]
fn every_recording_is_compared() {
    let here = include_str!("recorded.rs");
    let folder = format!("{}/tests/recordings/hawkbit", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".json") else {
            continue;
        };
        assert!(here.contains(&format!("\"{stem}\"")), "{stem} is compared with nothing");
    }
}

fn compare(name: &str, seen: &Seen) {
    let recorded = &recording(name)["response"];
    assert_eq!(recorded["status"], seen.status, "{name}: {}", seen.text);
    for (header, value) in recorded["headers"].as_object().expect("headers") {
        let value = value.as_str().expect("a header");
        let got = seen.header(&header.to_lowercase());
        if header == "ETag" {
            assert!(got.starts_with("\"0") && got.len() == value.len(), "{name}: ETag {got}");
        } else {
            assert_eq!(got, value, "{name}: {header}");
        }
    }
    if recorded["body"].is_null() {
        assert_eq!(seen.text, "", "{name}");
        return;
    }
    let body = seen.json();
    let mut differences = Vec::new();
    shape("", &recorded["body"], &body, &mut differences);
    assert!(differences.is_empty(), "{name}: {differences:#?}\n{body:#}");
    if seen.status >= 400 {
        for key in ["errorCode", "exceptionClass", "error"] {
            assert_eq!(recorded["body"][key], body[key], "{name}: {key}");
        }
    }
}

/// The type of a value, in words.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Notes where `got` has other keys or other types than `recorded`.
fn shape(at: &str, recorded: &Value, got: &Value, differences: &mut Vec<String>) {
    match (recorded, got) {
        (Value::Object(wanted), Value::Object(have)) => {
            let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<BTreeSet<String>>();
            for key in keys(wanted).symmetric_difference(&keys(have)) {
                if !OPTIONAL.contains(&key.as_str()) {
                    let side = if have.contains_key(key) { "only here" } else { "only recorded" };
                    differences.push(format!("{at}/{key}: {side}"));
                }
            }
            for (key, value) in wanted {
                if let Some(other) = have.get(key) {
                    shape(&format!("{at}/{key}"), value, other, differences);
                }
            }
        }
        (Value::Array(wanted), Value::Array(have)) => {
            if wanted.is_empty() != have.is_empty() {
                differences.push(format!("{at}: one list is empty"));
            }
            if let Some(first) = wanted.first() {
                for (nth, item) in have.iter().enumerate() {
                    shape(&format!("{at}[{nth}]"), first, item, differences);
                }
            }
        }
        (recorded, got) => {
            if kind(recorded) != kind(got) {
                differences.push(format!("{at}: {} recorded, {} here", kind(recorded), kind(got)));
            }
        }
    }
}
