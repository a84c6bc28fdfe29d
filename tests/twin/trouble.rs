//! What the nights of trouble look like to a client: words of devices, and devices whose words and reports differ.

use patchdeck::twin::{Options, Running};
use patchdeck::twin::{builtin, builtin_names, hawkbit};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Site, http};

async fn night(name: &str, hosts: u32) -> Site {
    let options = Options { speed: Some(0.0), hosts: Some(hosts), ..Options::default() };
    let running: Running = hawkbit::start(builtin(name).expect("a scenario"), options).await.expect("a twin");
    Site { running, http: http() }
}

fn rows(list: &Value) -> &[Value] {
    list["content"].as_array().expect("a list")
}

/// The part of a link below the API.
fn below(row: &Value) -> String {
    let href = row["_links"]["self"]["href"].as_str().expect("a link");
    href.split("/rest/v1").nth(1).expect("a link into the API").to_owned()
}

#[tokio::test]
async fn whoever_fell_back_is_shown_as_updated_and_says_otherwise_itself() {
    let site = night("silent", 1_200).await;
    let query = "installedds.version==11.5;attribute.sw_version!=11.5";
    let list = site.get("acme-lead", &format!("/targets?limit=500&q={query}")).await.json();
    assert!(rows(&list).len() >= 10, "{list}");
    for target in rows(&list).iter().take(5) {
        let path = below(target);
        assert_eq!(target["updateStatus"], "in_sync", "a false green");
        for which in ["installedDS", "assignedDS"] {
            assert_eq!(site.get("acme-lead", &format!("{path}/{which}")).await.json()["version"], "11.5");
        }
        let own = site.get("acme-lead", &format!("{path}/attributes")).await.json();
        assert_eq!((&own["sw_version"], &own["slots"]), (&json!("11.4"), &json!("A/B")));
        // Sending it again is no way out: the server thinks it is there.
        let again = site.ask("acme-lead", Method::POST, &format!("{path}/assignedDS"), Some(json!({ "id": 2 }))).await.json();
        assert_eq!((&again["assigned"], &again["alreadyAssigned"]), (&json!(0), &json!(1)));
    }
    let honest = site.get("acme-lead", "/targets?limit=1&q=installedds.version==11.5;attribute.sw_version==11.5").await.json();
    assert!(honest["total"].as_u64() > Some(400), "{honest}");
}

#[tokio::test]
async fn devices_fill_the_blanks_of_their_words_each_in_its_own_way() {
    let site = night("bad-patch", 2_000).await;
    let list = site.get("acme-lead", "/actions?limit=500&q=status==error").await.json();
    let mut pids = std::collections::BTreeSet::new();
    let mut locks = 0;
    for action in rows(&list) {
        let history = site.get("acme-lead", &format!("{}/status?limit=1", below(action))).await.json();
        let words = history["content"][0]["messages"].to_string();
        assert!(!words.contains('{') || words.contains("File \\\""), "{words}");
        if let Some((_, after)) = words.split_once("held by process ") {
            locks += 1;
            pids.insert(after.split(' ').next().map(str::to_owned));
        }
    }
    assert!(locks >= 3 && pids.len() == locks, "{locks} locks, {pids:?}");
}

#[tokio::test]
async fn a_hundred_thousand_hosts_are_listed_and_looked_up_without_delay() {
    let site = night("bad-patch", 100_000).await;
    let names: Vec<String> = (1..=300).map(|n| format!("till-brook-{n:04}")).collect();
    let query = format!("target.controllerid=in=({});status==finished;distributionset.id!=2", names.join(","));
    for path in [
        "/rollouts?representation=full&limit=100&sort=id:DESC".to_owned(),
        "/targets?limit=500&q=controllerid==*brook-12*".to_owned(),
        "/actions?limit=500&sort=id:ASC&q=status==error".to_owned(),
        format!("/actions?representation=full&limit=500&sort=id:DESC&q={query}"),
    ] {
        let begun = std::time::Instant::now();
        let seen = site.get("acme-lead", &path).await;
        // Tests are not optimised and share the machine: this fails for what looks at every host many times over.
        assert!(seen.status == 200 && begun.elapsed().as_secs() < 5, "{path}: {:?}", begun.elapsed());
        assert!(!rows(&seen.json()).is_empty(), "{path}");
    }
}

#[test]
fn the_help_of_both_commands_names_every_scenario() {
    for command in ["demo", "twin"] {
        let help = std::process::Command::new(env!("CARGO_BIN_EXE_patchdeck")).args([command, "--help"]).output().expect("help");
        let text = String::from_utf8_lossy(&help.stdout).into_owned();
        for name in builtin_names() {
            assert!(text.contains(&format!("{name}: ")), "{command} --help does not name {name}: {text}");
        }
    }
}
