//! A plain client of the REST API, and a small fleet that is the one the recordings were made with.
//!
//! Knows nothing of what is tested.

use std::time::{Duration, Instant};

use patchdeck::twin::{self, Connection, Options, Running};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::twin::client::{Seen, http, read};

pub struct Site {
    pub running: Running,
    pub http: Client,
}

impl Site {
    /// The recorded fleet with these tables added; patch runs take one or two of its seconds.
    pub async fn open(rest: &str, speed: f64) -> Self {
        let options = Options { speed: Some(speed), ..Options::default() };
        let running = twin::salt::start(&scenario(rest), options).await.expect("a twin");
        Self { running, http: http() }
    }

    pub fn account(&self, user: &str) -> &Connection {
        self.running.logins.iter().find(|login| login.user == user).unwrap_or_else(|| panic!("no user {user}"))
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.account("ops").url)
    }

    pub async fn login(&self, user: &str) -> String {
        let account = self.account(user);
        let body = json!({"username": account.user, "password": account.password, "eauth": account.eauth});
        let seen = read(self.http.post(self.url("/login")).json(&body).send().await.expect("an answer")).await;
        seen.json()["return"][0]["token"].as_str().expect("a token").to_owned()
    }

    pub async fn send(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Seen {
        let mut request = self.http.request(method, self.url(path)).header("X-Auth-Token", token);
        request = request.header("Accept", "application/json");
        if let Some(body) = body {
            request = request.json(body);
        }
        read(request.send().await.expect("an answer")).await
    }

    /// One chunk; its answer.
    pub async fn ask(&self, token: &str, chunk: Value) -> Value {
        let seen = self.send(token, Method::POST, "/", Some(&json!([chunk]))).await;
        assert_eq!(seen.status, 200, "{chunk}: {}", seen.text);
        seen.json()["return"][0].clone()
    }

    pub async fn post(&self, token: &str, chunk: Value) -> Seen {
        self.send(token, Method::POST, "/", Some(&json!([chunk]))).await
    }

    /// How the next runs on these hosts end.
    pub async fn profile(&self, token: &str, hosts: &str, name: &str) {
        let chunk = json!({"client": "local", "tgt": hosts, "tgt_type": "list", "fun": "patch.profile", "arg": [name]});
        let answer = self.ask(token, chunk).await;
        let all = answer.as_object().expect("hosts");
        assert!(all.len() == hosts.split(',').count() && all.values().all(|one| one["profile"] == name), "{answer}");
    }

    pub async fn job(&self, token: &str, jid: &str) -> Value {
        self.ask(token, json!({"client": "runner", "fun": "jobs.list_job", "jid": jid})).await
    }

    /// Reads a job until it is as wanted; the twin's clock must run.
    pub async fn job_when(&self, token: &str, jid: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let job = self.job(token, jid).await;
            if wanted(&job) {
                return job;
            }
            assert!(Instant::now() < end, "job {jid} never came to what was waited for: {job}");
            tokio::task::yield_now().await;
        }
    }
}

/// How many hosts of a job have answered.
pub fn answered(job: &Value) -> usize {
    job["Result"].as_object().map_or(0, serde_json::Map::len)
}

pub fn complete(job: &Value) -> bool {
    job["Minions"].as_array().is_some_and(|minions| minions.len() == answered(job))
}

/// Two customers with six hosts each, as the laboratory has them.
fn scenario(rest: &str) -> String {
    let rings = twin::builtin("rings").expect("a scenario");
    let begin = rings.find("[salt.flavour.apt]").expect("the flavours");
    let flavours = &rings[begin..rings.find("[[salt.tenant]]").expect("the tenants")];
    let fleet = |tenant: &str, flavour: &str| {
        let hosts = [("app", 1, "broad"), ("db", 1, "broad"), ("web", 4, "")];
        let fleets = hosts.map(|(role, count, ring)| {
            let rings = if ring.is_empty() {
                r#"[["pilot", 1], ["early", 1], ["broad", 1], ["early", 1]]"#.to_owned()
            } else {
                format!(r#"[["{ring}", 1]]"#)
            };
            format!(
                "[[salt.tenant.fleet]]\npattern = \"{tenant}-{role}-{{n}}\"\nhosts = {count}\nflavour = \"{flavour}\"\n\
                 grains = {{ role = \"{role}\" }}\nrings = {rings}\n\
                 install = {{ quickest = \"1s\", typical = \"1s\", longest = \"2s\" }}\n"
            )
        });
        fleets.concat()
    };
    let run = r#"["test.*", "patch.*", "pkg.*", "state.*", "saltutil.*", "grains.*", "kernelpkg.*"]"#;
    let look =
        r#"["test.ping", "patch.scan", "patch.probe", "pkg.list_.*", "grains.items", "saltutil.running", "saltutil.find_job"]"#;
    let reads = r#"{ "@runner" = ["jobs.*", "manage.*", "batch.status", "batch.list_active", "cache.fetch", "cache.list"] }"#;
    format!(
        r#"
about = "a test"
seed = 5
speed = 0.0
hosts = 12
begins = "2026-11-21T22:00:00Z"
opens = "2026-11-22T01:28:21Z"
{rest}

[salt]
id = "salt-lab_master"
states = ["patching"]
broken_states = {{ "patching.broken" = "Jinja variable 'no_such_thing' is undefined; line 4\n\n---\n# Renders badly on purpose.\noops:\n  pkg.uptodate:\n    - refresh: {{{{ no_such_thing.at_all }}}}    <======================\n---" }}

{flavours}

[[salt.tenant]]
name = "acme"
zone = "Europe/Berlin"
target = "I@tenant:acme"
pillar = {{ patch = {{ window = {{ zone = "Europe/Berlin", rule = "FREQ=WEEKLY;BYDAY=TU", start = "22:00", hours = 4, cutoff_minutes = 30 }}, channel = "stable" }} }}
user = [
  {{ name = "ops", perms = [".*", "@jobs", "@runner", "@wheel"] }},
  {{ name = "viewer", perms = [{{ "*" = {look} }}, {reads}] }},
  {{ name = "acme-ops", perms = [{{ "acme-*" = {run} }}, {reads}] }},
  {{ name = "stranger", eauth = "sharedsecret" }},
]
{acme}

[[salt.tenant]]
name = "globex"
zone = "America/New_York"
target = "I@tenant:globex"
user = [{{ name = "globex-ops", perms = [{{ "globex-*" = {run} }}, {reads}] }}]
{globex}
"#,
        acme = fleet("acme", "apt"),
        globex = fleet("globex", "dnf"),
    )
}
