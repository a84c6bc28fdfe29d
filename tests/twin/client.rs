//! A plain HTTP client, and scenarios small enough to read.
//!
//! Knows nothing of what is tested.

use std::time::{Duration, Instant};

use patchdeck::twin::{Connection, Options, Running, hawkbit};
use reqwest::{Client, Method, Response};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Seen {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header in ASCII"))
    }

    pub fn code(&self) -> String {
        self.json()["errorCode"].as_str().unwrap_or_default().replace("hawkbit.server.error.", "")
    }
}

pub fn http() -> Client {
    // A second test in the same process finds the provider installed, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client")
}

/// A twin and a way to talk to it.
pub struct Site {
    pub running: Running,
    pub http: Client,
}

impl Site {
    pub async fn open(scenario: &str, speed: f64) -> Self {
        let options = Options { speed: Some(speed), ..Options::default() };
        let running = hawkbit::start(scenario, options).await.expect("a twin");
        Self { running, http: http() }
    }

    pub fn login(&self, user: &str) -> &Connection {
        self.running.logins.iter().find(|login| login.user == user).unwrap_or_else(|| panic!("no user {user}"))
    }

    pub async fn send(&self, user: &str, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<Response> {
        let login = self.login(user);
        let mut request = self.http.request(method, format!("{}/rest/v1{path}", login.url));
        request = request.basic_auth(&login.user, Some(&login.password));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }

    pub async fn ask(&self, user: &str, method: Method, path: &str, body: Option<Value>) -> Seen {
        read(self.send(user, method, path, body).await.expect("an answer")).await
    }

    pub async fn get(&self, user: &str, path: &str) -> Seen {
        self.ask(user, Method::GET, path, None).await
    }

    pub async fn post(&self, user: &str, path: &str) -> Seen {
        self.ask(user, Method::POST, path, None).await
    }

    /// The state of a rollout.
    pub async fn status(&self, user: &str, rollout: i64) -> String {
        let body = self.get(user, &format!("/rollouts/{rollout}")).await.json();
        body["status"].as_str().unwrap_or_default().to_owned()
    }

    /// Asks until the rollout is in this state; the twin's clock must run.
    pub async fn wait_for(&self, user: &str, rollout: i64, status: &str) {
        let path = format!("/rollouts/{rollout}");
        let is = |body: &Value| body["status"] == status;
        self.wait_until(user, &path, is).await;
    }

    /// Asks until the answer is as wanted, and returns it.
    pub async fn wait_until(&self, user: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let body = self.get(user, path).await.json();
            if wanted(&body) {
                return body;
            }
            assert!(Instant::now() < end, "{path} never came to what was waited for: {body}");
            tokio::task::yield_now().await;
        }
    }

    /// The id of the rollout of this name; the newest, if there are more.
    pub async fn rollout(&self, user: &str, name: &str) -> i64 {
        let list = self.get(user, "/rollouts?limit=500&sort=id:DESC").await.json();
        let rows = list["content"].as_array().expect("a list").iter();
        rows.filter(|row| row["name"] == name).find_map(|row| row["id"].as_i64()).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The groups of a rollout, with counts.
    pub async fn groups(&self, user: &str, rollout: i64) -> Vec<Value> {
        let path = format!("/rollouts/{rollout}/deploygroups?representation=full&limit=500&sort=id:ASC");
        self.get(user, &path).await.json()["content"].as_array().expect("a list").clone()
    }
}

pub async fn read(response: Response) -> Seen {
    Seen {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap_or_else(|error| panic!("{error}")),
    }
}

/// A scenario of one tenant with 40 hosts of two kinds, and the given rollouts and tables.
///
/// `quiet` devices never fail or hang; `broken` ones always fail; `gone` ones fetch the job and are not heard of again.
pub fn scenario(rest: &str) -> String {
    format!(
        r#"
about = "a test"
seed = 5
speed = 0.0
hosts = 44
begins = "2026-12-08T20:00:00Z"
opens = "2026-12-08T22:00:00Z"

[server]
scheduler_s = 2
verb_ms_per_host = 0.0
fill_ms_per_host = 0.0
poll_s = 60

[failure.lock]
code = 100
messages = ["E: Could not get lock /var/lib/dpkg/lock-frontend", "\u001B[31mred\u001B[0m \u202Eback\nline"]

[failure.long]
code = -2145124322
messages = ["{long}"]

[mix.lock]
lock = 1

[mix.long]
long = 1

[behaviour.quiet]
install = {{ quickest = "30s", typical = "60s", longest = "90s" }}

[behaviour.broken]
fail = 100.0
mix = "lock"
install = {{ quickest = "30s", typical = "60s", longest = "90s" }}

[behaviour.wordy]
fail = 100.0
mix = "long"
install = {{ quickest = "30s", typical = "60s", longest = "90s" }}

[behaviour.half]
fail = 50.0
mix = "lock"
install = {{ quickest = "30s", typical = "60s", longest = "90s" }}

[behaviour.slow]
install = {{ quickest = "30m", typical = "40m", longest = "50m" }}

[behaviour.stubborn]
reject_cancel = 100.0
install = {{ quickest = "50m", typical = "52m", longest = "55m" }}

[behaviour.gone]
hang = 100.0

[[tenant]]
name = "acme"
server_tenant = "ACME"
zone = "Europe/Berlin"
approval = true
again = "quiet"
user = [
  {{ name = "lead", permissions = ["ROLE_TENANT_ADMIN"] }},
  {{ name = "planner", permissions = ["READ_ROLLOUT", "CREATE_ROLLOUT", "HANDLE_ROLLOUT", "READ_TARGET", "UPDATE_TARGET", "READ_DISTRIBUTION_SET"] }},
  {{ name = "viewer", permissions = ["READ_DISTRIBUTION_SET", "READ_ROLLOUT", "READ_SOFTWARE_MODULE", "READ_TARGET", "READ_TENANT_CONFIGURATION"] }},
  {{ name = "board", permissions = ["READ_ROLLOUT"] }},
]
fleet = [
  {{ group = "tills", hosts = 30, pattern = "till-{{site}}-{{n}}", sites = ["cedar", "delta"], shown_as = "Till {{n}}", shown_every = 5, description = "till", attributes = {{ os = "debian" }} }},
  {{ group = "odd", hosts = 8, pattern = "odd {{n}} ü#", description = "odd" }},
  {{ group = "walled", hosts = 2, pattern = "gate/{{n}}", description = "gate" }},
]
release = [
  {{ name = "till-os", version = "2026.11", description = "November" }},
  {{ name = "till-os", version = "2026.12", description = "December" }},
  {{ name = "till-os", version = "2027.01", description = "January" }},
]
past = [{{ name = "November", release = "till-os:2026.11", fleets = ["tills", "odd", "walled"], days_ago = 28 }}]
{rest}

[[tenant]]
name = "other"
server_tenant = "OTHER"
zone = "Asia/Singapore"
again = "quiet"
user = [{{ name = "second", permissions = ["ROLE_TENANT_ADMIN"] }}]
fleet = [{{ group = "press", hosts = 4, pattern = "press-{{n}}" }}]
release = [{{ name = "press-fw", version = "41" }}]
"#,
        long = "x".repeat(1_200),
    )
}

/// A rollout of two waves over the tills, with thresholds that only `broken` hosts cross.
pub fn two_waves(behaviour: &str, second: &str, steps: &str) -> String {
    format!(
        r#"
[[tenant.rollout]]
name = "December"
description = "monthly"
release = "till-os:2026.12"
by = "planner"
created = "-60m"
behaviour = "{behaviour}"
wave = [
  {{ name = "canary", fleets = ["tills"], share = 20.0, success = "80", error = "20" }},
  {{ name = "early", fleets = ["tills"], share = 50.0, success = "80", error = "20", behaviour = "{second}" }},
  {{ name = "broad", fleets = ["tills"], share = 100.0, success = "80", error = "20" }},
]
step = [{steps}]
"#
    )
}

pub const APPROVED: &str = r#"{ at = "-50m", verb = "approve", by = "lead", remark = "CAB-77" },"#;
pub const STARTED: &str =
    r#"{ at = "-50m", verb = "approve", by = "lead", remark = "CAB-77" }, { at = "-20m", verb = "start", by = "lead" },"#;
