//! The event stream: what it says, to whom, and when it ends.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use patchdeck::twin::faults::{Fault, What};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Site;
use super::recorded::differ;

/// A listener and what it has heard.
struct Listener {
    stream: std::pin::Pin<Box<dyn futures::Stream<Item = reqwest::Result<Vec<u8>>> + Send>>,
    text: String,
}

impl Listener {
    async fn join(site: &Site, token: &str) -> Self {
        let request = site.http.get(site.url("/events")).timeout(Duration::from_secs(60)).header("X-Auth-Token", token);
        let response = request.header("Accept", "text/event-stream").send().await.expect("a stream");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream;charset=utf-8");
        let stream = futures::stream::unfold(response, async |mut response| {
            let chunk = response.chunk().await.transpose()?;
            Some((chunk.map(|bytes| bytes.to_vec()), response))
        });
        let mut listener = Self { stream: Box::pin(stream), text: String::new() };
        // The first line says that the listener is in.
        while !listener.text.starts_with("retry: 400\n") {
            assert!(listener.hear().await, "the stream ended");
        }
        listener
    }

    /// False at the end of the stream.
    async fn hear(&mut self) -> bool {
        match self.stream.next().await {
            Some(Ok(bytes)) => {
                self.text.push_str(&String::from_utf8(bytes).expect("text"));
                true
            }
            _ => false,
        }
    }

    async fn until(&mut self, part: &str) {
        while !self.text.contains(part) {
            assert!(self.hear().await, "the stream ended before {part}: {}", self.text);
        }
    }
}

/// Events by their tag.
fn events(text: &str) -> Vec<(String, Value)> {
    let text = text.strip_prefix("retry: 400\n").expect("the first line");
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    let event = |block: &str| {
        let (tag, data) = block.split_once('\n').expect("two lines");
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").expect("data after the tag")).expect("JSON");
        let tag = tag.strip_prefix("tag: ").expect("a tag").to_owned();
        assert_eq!(data["tag"], tag);
        (tag, data["data"].clone())
    };
    blocks.map(event).collect()
}

/// A tag without the job, so that runs can be compared.
fn sort_of(tag: &str) -> String {
    tag.split('/').map(|part| if part.len() == 20 { "JID" } else { part }).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn a_ring_is_told_as_the_server_told_it() {
    let path = format!("{}/tests/recordings/salt/events.json", env!("CARGO_MANIFEST_DIR"));
    let recording: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("events")).expect("JSON");
    let blocks = recording["response"]["body"].as_array().expect("blocks");
    let lines = blocks.iter().map(|block| {
        let lines = block["lines"].as_array().expect("lines").iter();
        lines.map(|line| line.as_str().expect("a line")).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    });
    let recorded = events(&lines.collect::<Vec<_>>().join("\n\n"));

    let site = Site::open("[salt.server]\npresence_s = 5\n", 20.0).await;
    let ops = site.login("ops").await;
    site.profile(&ops, "acme-web-02", "disk_full").await;
    let mut listener = Listener::join(&site, &ops).await;
    let launch = &recorded[1].1;
    let jid = launch["jid"].as_str().expect("an id");
    let chunk = json!({
        "client": "local_async", "tgt": launch["tgt"], "tgt_type": "compound", "fun": "patch.apply", "jid": jid,
        "start_event": true, "metadata": launch["metadata"],
    });
    site.ask(&ops, chunk).await;
    listener.until(&format!("{jid}/ret/acme-web-02")).await;
    listener.until(&format!("{jid}/ret/acme-web-04")).await;
    listener.until("salt/presence/present").await;
    let seen = site.send(&ops, Method::GET, &format!("/jobs/{jid}"), None).await;
    assert_eq!(seen.status, 200);
    listener.until("salt/run/").await;
    while listener.text.matches("salt/run/").count() < 4 {
        assert!(listener.hear().await);
    }
    listener.until("\n\n").await;

    let here: BTreeMap<String, Value> =
        events(&listener.text).into_iter().rev().map(|(tag, data)| (sort_of(&tag), data)).collect();
    for (tag, data) in &recorded {
        let got = here.get(&sort_of(tag)).unwrap_or_else(|| panic!("no {tag} in {:?}", here.keys()));
        let (mut wanted, mut got) = (data.clone(), got.clone());
        for times in ["_stamp", "ts"] {
            assert_eq!(wanted[times].is_null(), got[times].is_null(), "{tag}: {times}");
            wanted[times] = Value::Null;
            got[times] = Value::Null;
        }
        let mut differences = Vec::new();
        differ("", &wanted, &got, &mut differences);
        assert!(differences.is_empty(), "{tag}: {differences:#?}");
    }
}

#[tokio::test]
async fn everybody_hears_everything_and_every_poll_is_told_with_its_answer() {
    let site = Site::open("", 0.0).await;
    let (ops, globex) = (site.login("ops").await, site.login("globex-ops").await);
    let mut listener = Listener::join(&site, &globex).await;
    site.ask(&ops, json!({"client": "runner", "fun": "manage.present"})).await;
    listener.until("/ret\n").await;
    let told = events(&format!("{}\n\n", listener.text.trim_end()));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].1["return"].as_array().expect("hosts").contains(&json!("acme-web-01")));
}

#[tokio::test]
async fn a_stream_ends_at_the_first_event_after_its_token_did() {
    let site = Site::open("[salt.server]\ntoken_expire_s = 60\npresence_s = 50\n", 20.0).await;
    let ops = site.login("ops").await;
    let mut listener = Listener::join(&site, &ops).await;
    while listener.hear().await {}
    assert!(events(&listener.text).len() <= 2, "{}", listener.text);
    assert_eq!(site.send(&ops, Method::GET, "/events", None).await.status, 401);
}

#[tokio::test]
async fn a_restarted_api_ends_streams_and_knows_no_session() {
    let site = Site::open("", 0.0).await;
    let ops = site.login("ops").await;
    let mut listener = Listener::join(&site, &ops).await;
    site.running.faults().inject(Fault::always(What::SessionsLost).times(1));
    let seen = site.send(&ops, Method::GET, "/jobs", None).await;
    assert_eq!(seen.status, 401);
    assert!(seen.text.contains("<p>No permission -- see authorization schemes</p>"), "{}", seen.text);
    while listener.hear().await {}
    let again = site.login("ops").await;
    assert_eq!(site.send(&again, Method::GET, "/jobs", None).await.status, 200);
}

#[tokio::test]
async fn a_host_that_comes_back_is_told_of() {
    let away = "[[salt.away]]\nhosts = \"acme-web-03\"\nfrom = \"-1h\"\nto = \"100s\"\n";
    let site = Site::open(away, 20.0).await;
    let ops = site.login("ops").await;
    Listener::join(&site, &ops).await.until("salt/minion/acme-web-03/start").await;
}
