//! Logins, rights and refusals: the words that tell one 401 from another, and the errors that are none of them.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::client::Site;
use crate::twin::client::{Seen, read};

fn reason(seen: &Seen) -> &str {
    let begin = seen.text.find("<p>").map_or(0, |at| at + 3);
    let end = seen.text.find("</p>").unwrap_or(seen.text.len());
    &seen.text[begin..end]
}

#[rstest]
#[case(json!({"client": "local_async", "tgt": "acme-web-01", "fun": "patch.apply"}), 200, "")]
#[case(json!({"client": "local_async", "tgt": "*", "fun": "patch.apply"}), 401, "Authorization error occurred.")]
#[case(json!({"client": "local_async", "tgt": "G@ring:pilot", "tgt_type": "compound", "fun": "patch.apply"}), 401, "Authorization error occurred.")]
#[case(json!({"client": "local_async", "tgt": "acme-web-01,globex-web-01", "tgt_type": "list", "fun": "patch.apply"}), 401, "Authorization error occurred.")]
#[case(json!({"client": "local_async", "tgt": "acme-web-01", "fun": "cmd.run", "arg": ["id"]}), 401, "Authorization error occurred.")]
#[case(json!({"client": "local", "tgt": "globex-web-01", "fun": "saltutil.find_job", "arg": ["1"]}), 200, "")]
#[case(json!({"client": "runner", "fun": "jobs.list_jobs"}), 200, "")]
#[case(json!({"client": "runner", "fun": "cache.pillar", "tgt": "*"}), 401, "Authentication failure of type \"token\" occurred for user acme-ops.")]
#[tokio::test]
async fn a_user_of_one_tenant_acts_on_its_own_hosts_and_reads_everybodys_jobs(
    #[case] chunk: Value,
    #[case] status: u16,
    #[case] words: &str,
) {
    let site = Site::open("", 0.0).await;
    let token = site.login("acme-ops").await;
    let seen = site.post(&token, chunk).await;
    assert_eq!(seen.status, status, "{}", seen.text);
    assert!(status == 200 || reason(&seen) == words, "{}", reason(&seen));
}

#[rstest]
#[case("runner", "Authentication failure of type \"token\" occurred.")]
#[case("local", "Authentication error occurred.")]
#[tokio::test]
async fn an_expired_token_is_told_apart_from_a_lost_session(#[case] client: &str, #[case] words: &str) {
    let site = Site::open("[salt.server]\ntoken_expire_s = 0\n", 0.0).await;
    let token = site.login("ops").await;
    let seen = site.post(&token, json!({"client": client, "tgt": "*", "fun": "test.ping"})).await;
    assert_eq!((seen.status, reason(&seen)), (401, words));
}

#[tokio::test]
async fn after_a_logout_the_session_is_unknown() {
    let site = Site::open("", 0.0).await;
    let token = site.login("ops").await;
    site.send(&token, Method::POST, "/logout", None).await;
    let seen = site.send(&token, Method::GET, "/jobs", None).await;
    assert_eq!((seen.status, reason(&seen)), (401, "No permission -- see authorization schemes"));
}

#[rstest]
#[case(json!([{"client": "nope", "fun": "test.ping"}]), 400, "Invalid client specified: 'nope'")]
#[case(json!([{"client": "wheel", "fun": "key.list_all"}]), 400, "Client disabled: 'wheel'. Add to 'netapi_enable_clients' master config option to enable.")]
#[case(json!(["x"]), 400, "Lowstates must be a list")]
#[case(json!([{"client": "local", "tgt": "*"}]), 500, "")]
#[case(json!([{"client": "local", "fun": "test.ping"}]), 500, "")]
#[tokio::test]
async fn a_chunk_that_cannot_be_carried_out_is_refused(#[case] body: Value, #[case] status: u16, #[case] words: &str) {
    let site = Site::open("", 0.0).await;
    let token = site.login("ops").await;
    let seen = site.send(&token, Method::POST, "/", Some(&body)).await;
    assert_eq!(seen.status, status, "{}", seen.text);
    if status == 500 {
        assert_eq!(seen.json(), json!({"status": 500, "return": "An unexpected error occurred"}));
    } else {
        assert_eq!(reason(&seen), words);
    }
}

#[tokio::test]
async fn when_the_second_chunk_is_refused_the_first_has_run() {
    let site = Site::open("", 0.0).await;
    let token = site.login("ops").await;
    let jid = "20261122012830000009";
    let body = json!([
        {"client": "local_async", "tgt": "acme-web-01", "fun": "test.ping", "jid": jid},
        {"client": "ssh", "tgt": "*", "fun": "test.ping"},
    ]);
    assert_eq!(site.send(&token, Method::POST, "/", Some(&body)).await.status, 400);
    assert_eq!(site.job(&token, jid).await["Function"], "test.ping");
}

#[tokio::test]
async fn one_shot_calls_take_a_token_or_credentials() {
    let site = Site::open("", 0.0).await;
    let account = site.account("ops").clone();
    let body = json!({"username": account.user, "password": account.password, "eauth": "file"});
    let made = site.send("", Method::POST, "/token", Some(&body)).await.json();
    let token = made[0]["token"].as_str().expect("a token");
    assert_eq!(token.len(), 64);
    for (chunk, status) in [
        (json!({"client": "runner", "fun": "manage.present", "token": token}), 200),
        (json!({"client": "runner", "fun": "manage.present", "token": "no"}), 401),
        (json!({"client": "local", "tgt": "*", "fun": "test.ping", "username": "ops", "password": "no", "eauth": "file"}), 401),
    ] {
        let seen = site.send("", Method::POST, "/run", Some(&json!([chunk]))).await;
        assert_eq!(seen.status, status, "{chunk}: {}", seen.text);
    }
}

#[rstest]
#[case(json!({"username": "ops", "password": "x", "eauth": "file"}))]
#[case(json!({"username": "ops", "password": "x"}))]
#[case(json!({}))]
#[tokio::test]
async fn a_login_without_good_credentials_is_refused_in_one_way(#[case] body: Value) {
    let site = Site::open("", 0.0).await;
    let seen = site.send("", Method::POST, "/login", Some(&body)).await;
    assert_eq!((seen.status, reason(&seen)), (401, "Could not authenticate using provided credentials"));
}

#[tokio::test]
async fn a_call_that_would_not_be_understood_has_run_all_the_same() {
    let site = Site::open("", 0.0).await;
    let token = site.login("ops").await;
    let jid = "20261122012830000010";
    let request = site.http.post(site.url("/")).header("X-Auth-Token", &token).header("Accept", "text/html");
    let body = json!([{"client": "local_async", "tgt": "acme-web-01", "fun": "test.ping", "jid": jid}]);
    assert_eq!(read(request.json(&body).send().await.expect("an answer")).await.status, 406);
    assert_eq!(site.job(&token, jid).await["Function"], "test.ping");
}

#[tokio::test]
async fn minions_are_read_with_their_grains_and_posted_to_with_links() {
    let site = Site::open("", 0.0).await;
    let token = site.login("ops").await;
    let all = site.send(&token, Method::GET, "/minions", None).await.json();
    assert_eq!(all["return"][0].as_object().map(serde_json::Map::len), Some(12));
    let one = site.send(&token, Method::GET, "/minions/acme-web-01", None).await.json();
    assert_eq!(one["return"][0]["acme-web-01"]["ring"], "pilot");
    let posted = site.send(&token, Method::POST, "/minions", Some(&json!([{"tgt": "acme-*", "fun": "test.ping"}]))).await;
    assert_eq!(posted.status, 202);
    let body = posted.json();
    let jid = body["return"][0]["jid"].as_str().expect("an id").to_owned();
    assert_eq!(body["_links"]["jobs"], json!([{"href": format!("/jobs/{jid}")}]));
}
