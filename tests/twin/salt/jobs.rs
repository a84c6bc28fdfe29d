//! What a job does and does not do: labels, ids, silence, freezes, power cuts, retention.

use std::time::{Duration, Instant};

use patchdeck::twin::faults::{Fault, What};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Site, answered, complete};

fn upgrade(hosts: &str, jid: &str) -> Value {
    json!({
        "client": "local_async", "tgt": hosts, "tgt_type": "list", "fun": "pkg.upgrade", "jid": jid, "start_event": true,
        "metadata": {"pd": "1", "pd_wave": "r/pilot"},
    })
}

const JID: &str = "20261122012830000001";

#[tokio::test]
async fn the_same_id_sent_twice_runs_once() {
    let site = Site::open("", 50.0).await;
    let ops = site.login("ops").await;
    for _ in 0..2 {
        site.ask(&ops, upgrade("acme-web-01", JID)).await;
    }
    site.job_when(&ops, JID, complete).await;
    site.ask(&ops, upgrade("acme-web-01", JID)).await;
    let answer = site.ask(&ops, json!({"client": "local", "tgt": "acme-web-01", "fun": "patch.profile"})).await;
    assert_eq!(answer["acme-web-01"]["runs"], 1, "{answer}");
}

#[tokio::test]
async fn a_poll_is_a_job_with_its_whole_answer() {
    let site = Site::open("", 0.0).await;
    let ops = site.login("ops").await;
    site.ask(&ops, json!({"client": "runner", "fun": "manage.present"})).await;
    let all = site.send(&ops, Method::GET, "/jobs", None).await.json();
    let jobs = all["return"][0].as_object().expect("jobs");
    let (jid, poll) = jobs.iter().find(|(_, job)| job["Function"] == "runner.manage.present").expect("the poll");
    assert_eq!((&poll["Target"], &poll["User"]), (&json!("salt-lab_master"), &json!("ops")));
    let job = site.job(&ops, jid).await;
    assert_eq!(job["Result"]["salt-lab_master"]["return"]["return"].as_array().map(Vec::len), Some(12), "{job}");
}

#[tokio::test]
async fn labels_are_found_by_any_of_the_keys_and_only_exactly() {
    let site = Site::open("", 0.0).await;
    let ops = site.login("ops").await;
    site.ask(&ops, upgrade("acme-web-01", JID)).await;
    let search = async |labels: Value| {
        let found = site.ask(&ops, json!({"client": "runner", "fun": "jobs.list_jobs", "search_metadata": labels})).await;
        found.as_object().expect("jobs").len()
    };
    assert_eq!(search(json!({"pd": "1"})).await, 1);
    assert_eq!(search(json!({"pd": "2", "pd_wave": "r/pilot"})).await, 1, "several keys are joined by OR");
    assert_eq!(search(json!({"pd_wave": "r"})).await, 0);
    assert_eq!(search(json!({"pd": 1})).await, 0, "a number is no text");
}

#[tokio::test]
async fn a_search_from_a_time_leaves_earlier_jobs_out() {
    let site = Site::open("", 0.0).await;
    let ops = site.login("ops").await;
    site.ask(&ops, upgrade("acme-web-01", JID)).await;
    for (from, count) in [("2026, Nov 22 01:28:29.000000", 1), ("2026-11-22T01:28:31", 0)] {
        let chunk = json!({"client": "runner", "fun": "jobs.list_jobs", "search_metadata": {"pd": "1"}, "start_time": from});
        assert_eq!(site.ask(&ops, chunk).await.as_object().map(serde_json::Map::len), Some(count), "{from}");
    }
}

#[tokio::test]
async fn a_power_cut_loses_the_job_and_the_host_will_not_run_it_by_itself() {
    let away = "[[salt.away]]\nhosts = \"acme-web-01\"\nfrom = \"200s\"\nto = \"240s\"\n";
    let site = Site::open(away, 40.0).await;
    let ops = site.login("ops").await;
    site.profile(&ops, "acme-web-01", "hang").await;
    site.ask(&ops, upgrade("acme-web-01,acme-web-02", JID)).await;
    let find = json!({"client": "local", "tgt": "acme-web-01", "fun": "saltutil.find_job", "arg": [JID], "timeout": 0, "gather_job_timeout": 0});
    let begun = site.ask(&ops, find.clone()).await;
    assert!(begun["acme-web-01"]["pid"].is_number(), "{begun}");
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let up = site.ask(&ops, json!({"client": "runner", "fun": "manage.up"})).await;
        let found = site.ask(&ops, find.clone()).await;
        if up.as_array().expect("hosts").contains(&json!("acme-web-01")) && found["acme-web-01"] == json!({}) {
            break;
        }
        assert!(Instant::now() < end, "{found}");
        tokio::task::yield_now().await;
    }
    assert_eq!(answered(&site.job(&ops, JID).await), 1);
}

#[tokio::test]
async fn a_freeze_refuses_signals_too_unless_they_are_on_the_list() {
    let freeze = "[[salt.freeze]]\ntenant = \"acme\"\nfrom = \"-1h\"\n";
    let list = "[salt.server]\nblackout_whitelist = [\"test.ping\"]\n";
    let site = Site::open(&format!("{freeze}{list}"), 0.0).await;
    let ops = site.login("ops").await;
    let run = async |fun: &str| {
        site.ask(&ops, json!({"client": "local", "tgt": "acme-web-01", "fun": fun, "arg": [JID]})).await["acme-web-01"].clone()
    };
    assert!(run("saltutil.kill_job").await.as_str().expect("a text").contains("Minion in blackout mode"));
    assert_eq!(run("test.ping").await, json!(true));
    let pillar = site.ask(&ops, json!({"client": "runner", "fun": "cache.pillar", "tgt": "acme-web-01"})).await;
    assert_eq!(pillar["acme-web-01"]["minion_blackout"], true);
}

#[tokio::test]
async fn a_lock_that_is_held_fails_the_second_run_and_spares_the_first() {
    let site = Site::open("", 50.0).await;
    let ops = site.login("ops").await;
    site.profile(&ops, "acme-web-01", "hang").await;
    site.ask(&ops, upgrade("acme-web-01", JID)).await;
    let second = "20261122012830000002";
    site.ask(&ops, upgrade("acme-web-01", second)).await;
    let job = site.job_when(&ops, second, complete).await;
    let text = job["Result"]["acme-web-01"]["return"].as_str().expect("a text");
    assert!(text.contains("Could not get lock /var/lib/dpkg/lock-frontend"), "{text}");
    let busy = json!({"client": "local", "tgt": "acme-web-01", "fun": "saltutil.running"});
    assert_eq!(site.ask(&ops, busy).await["acme-web-01"][0]["jid"], JID);
}

#[tokio::test]
async fn test_means_nothing_to_pkg_upgrade() {
    let site = Site::open("", 50.0).await;
    let ops = site.login("ops").await;
    let mut chunk = upgrade("acme-web-01", JID);
    chunk["kwarg"] = json!({"test": true});
    site.ask(&ops, chunk).await;
    site.job_when(&ops, JID, complete).await;
    let missing = site.ask(&ops, json!({"client": "local", "tgt": "acme-web-01", "fun": "pkg.list_upgrades"})).await;
    assert_eq!(missing["acme-web-01"], json!({}));
}

#[tokio::test]
async fn jobs_are_forgotten_after_their_time_and_then_unknown() {
    let site = Site::open("[salt.server]\nkeep_jobs_s = 600\n", 3_000.0).await;
    let ops = site.login("ops").await;
    site.ask(&ops, upgrade("acme-web-01", JID)).await;
    let job = site.job_when(&ops, JID, |job| !job["Error"].is_null()).await;
    assert_eq!(job["Error"], "Cannot contact returner or no job with this jid");
}

#[tokio::test]
async fn a_waiting_call_waits_for_hosts_at_work_and_only_so_long_for_silent_ones() {
    let away = "[[salt.away]]\nhosts = \"acme-web-03\"\nfrom = \"-1h\"\n[salt.server]\nsilent_ms_per_s = 1\n";
    let site = Site::open(away, 50.0).await;
    let ops = site.login("ops").await;
    let chunk = json!({"client": "local", "tgt": "acme-web-0[13]", "fun": "pkg.upgrade", "full_return": true});
    let answer = site.ask(&ops, chunk).await;
    assert_eq!(answer["acme-web-01"]["retcode"], 0, "{answer}");
    assert_eq!(answer["acme-web-03"], json!({"out": "no_return", "ret": "Minion did not return. [Not connected]"}));
}

#[tokio::test]
async fn a_master_that_is_down_hangs_while_the_api_greets() {
    let site = Site::open("", 0.0).await;
    let ops = site.login("ops").await;
    let id = site.running.faults().inject(Fault::always(What::Hang));
    assert_eq!(site.send("", Method::GET, "/", None).await.status, 200);
    let jobs = site.http.get(site.url("/jobs")).header("X-Auth-Token", &ops).timeout(Duration::from_millis(300)).send().await;
    assert!(jobs.expect_err("no answer").is_timeout());
    site.running.faults().clear(id);
    assert_eq!(site.send(&ops, Method::GET, "/jobs", None).await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_has_launched_all_the_same() {
    let site = Site::open("", 50.0).await;
    let ops = site.login("ops").await;
    site.running.faults().inject(Fault::always(What::LostAnswer).on_method("POST").times(1));
    let sent =
        site.http.post(site.url("/")).header("X-Auth-Token", &ops).json(&json!([upgrade("acme-web-01", JID)])).send().await;
    assert!(sent.is_err());
    site.job_when(&ops, JID, complete).await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_night_and_another_one_another() {
    use patchdeck::twin::{self, Options};
    let night = async |seed: u64| {
        let text = twin::builtin("rings").expect("a scenario");
        let options = Options { seed: Some(seed), speed: Some(0.0), ..Options::default() };
        let running = twin::salt::start(text, options).await.expect("a twin");
        let site = Site { running, http: crate::twin::client::http() };
        let ops = site.login("ops").await;
        let found = site.ask(&ops, json!({"client": "runner", "fun": "jobs.list_jobs", "search_metadata": {"pd": "1"}})).await;
        let mut all = Vec::new();
        for jid in found.as_object().expect("jobs").keys() {
            all.push(site.job(&ops, jid).await);
        }
        all
    };
    let first = night(6).await;
    assert_eq!(first, night(6).await);
    assert_ne!(first, night(7).await);
    assert_eq!(first.len(), 2);
    let early = &first[1];
    assert!(!complete(early), "somebody is still at work, lost or away: {early}");
    let failed = |one: &Value| one["success"] == false;
    assert!(early["Result"].as_object().expect("results").values().any(failed), "{early}");
}
