//! Another executor than the first: it numbers its jobs itself, forgets nothing, freezes nothing, rehearses nothing and pushes
//! nothing. Plans, gates and markers are the same, and so is everything above.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::{Act, Asked, Executor, History, HostResult, Job, Report};
use super::*;
use crate::backend::port::{Capability, Descriptor, Identity, Receipt, Right, Task};
use crate::domain::{BackendName, Text};
use crate::plan::types::{Call, Guard, Order, OrderKind};

struct Numbered {
    descriptor: Descriptor,
    inside: Mutex<Inside>,
}

struct Inside {
    /// Each with the token that it was sent with.
    jobs: Vec<(String, Report)>,
    now: Timestamp,
    login: &'static str,
}

impl Numbered {
    fn new() -> Self {
        let descriptor = Descriptor {
            name: BackendName::new("jobs-eu"),
            kind: "numbered",
            address: "https://jobs.example.test".into(),
            tenants: vec![TenantId::new("acme")],
            capabilities: Verb::ALL.into_iter().map(|verb| (verb, Capability::Emulated("by jobs".into()))).collect(),
            insecure: false,
            finds_hosts: true,
        };
        Self { descriptor, inside: Mutex::new(Inside { jobs: Vec::new(), now: NOW.parse().expect("a time"), login: "anna" }) }
    }

    fn passes(&self, seconds: i64) {
        let mut inside = self.inside.lock().expect("inside");
        inside.now = inside.now.checked_add(SignedDuration::from_secs(seconds)).expect("a time");
    }
}

fn done<T: Send + 'static>(value: T) -> Task<'static, T> {
    Box::pin(async move { Ok(value) })
}

impl Executor for Numbered {
    fn describe(&self) -> &Descriptor {
        &self.descriptor
    }

    fn connect(&self, _: Timestamp) -> Task<'_, Identity> {
        let rights = BTreeMap::new();
        done(Identity { login: "anna".into(), tenant: "acme".into(), version: None, rights, blind: Vec::new(), skew: None })
    }

    fn may(&self, _: Act<'_>) -> Task<'_, (Text, Right)> {
        done((self.inside.lock().expect("inside").login.into(), Right::NotKnown))
    }

    fn preview<'a>(&'a self, _: &'a TenantId, target: &'a Target) -> Task<'a, BTreeSet<String>> {
        let Target::Expression(ring) = target else { panic!("{target:?}") };
        done([format!("{ring}-1"), format!("{ring}-2")].into())
    }

    fn jobs(&self) -> Task<'_, History> {
        let inside = self.inside.lock().expect("inside");
        // In no order that would help.
        let mut jobs: Vec<Job> = inside.jobs.iter().map(|(_, report)| report.job.clone()).collect();
        jobs.sort_by(|one, other| one.id.cmp(&other.id));
        let at = Some(inside.now);
        drop(inside);
        done(History { jobs, at })
    }

    fn job<'a>(&'a self, id: &'a str) -> Task<'a, Option<Report>> {
        let inside = self.inside.lock().expect("inside");
        let found =
            inside.jobs.iter().find(|(token, report)| token == id || report.job.id == id).map(|(_, report)| report.clone());
        drop(inside);
        done(found)
    }

    fn probe<'a>(&'a self, _: &'a str, _: &'a [String]) -> Task<'a, BTreeMap<String, Probe>> {
        done(BTreeMap::new())
    }

    fn call(&self, order: &Order) -> Call {
        let stops = matches!(order.kind, OrderKind::Terminate { .. } | OrderKind::Kill { .. });
        Call {
            id: 1,
            intent: None,
            method: "POST".into(),
            path: "/commands".into(),
            query: Vec::new(),
            body: Some(json!({"token": order.key, "hosts": order.hosts, "tags": order.labels, "stops": stops})),
            hosts: order.hosts.clone(),
            guard: Guard::default(),
            deadline_seconds: 15,
            undo: None,
        }
    }

    fn asks(&self, call: &Call) -> Option<Asked> {
        let body = call.body.as_ref()?;
        assert_eq!(body["stops"], false, "nobody is to be stopped here");
        let (labels, hosts) = (body["tags"].clone(), body["hosts"].clone());
        let (labels, hosts) = (serde_json::from_value(labels).ok()?, serde_json::from_value(hosts).ok()?);
        Some(Asked { key: body["token"].as_str().map(str::to_owned), labels, hosts, stops: None })
    }

    /// Every host is done at once.
    fn send<'a>(&'a self, call: &'a Call) -> Task<'a, Receipt> {
        let asked = self.asks(call).expect("a call of ours");
        let mut inside = self.inside.lock().expect("inside");
        // From nine to ten, so that no order of texts is the order of time.
        let id = format!("cmd-{}", inside.jobs.len() + 9);
        let now = inside.now;
        let job = Job { id: id.clone(), labels: asked.labels, by: inside.login.into(), began: Some(now), ended: Some(now) };
        let result = HostResult {
            state: HostState::Done,
            code: None,
            message: None,
            said: Vec::new(),
            back: None,
            brought: BTreeMap::new(),
        };
        let results = asked.hosts.iter().map(|host| (host.clone(), result.clone())).collect();
        let report = Report { job, asked: asked.hosts.clone(), told: asked.hosts, results };
        inside.jobs.push((asked.key.expect("a token"), report));
        drop(inside);
        done(Receipt { step: call.id, outcome: Outcome::Accepted, made: Some(id.into()), told: None })
    }

    fn key(&self, at: Timestamp, digits: u32) -> String {
        format!("token-{at}-{digits}")
    }

    fn rehearsal(&self, _: &Run) -> Result<Run, Text> {
        Err("it has no dry run".into())
    }
}

#[tokio::test]
async fn another_executor_goes_through_the_same_plan_gates_and_markers() {
    let night = Driven::new(Numbered::new(), vec![plan(2)]);
    assert_eq!(board(&night).await.state, RolloutState::NotBegun);
    assert_eq!(carry(&night, Verb::Start, 1).await, Ok(vec![Outcome::Accepted]));
    assert_eq!(board(&night).await.native.as_str(), "pilot: soaking until 2026-12-08T22:01:00Z");
    night.executor.passes(61);
    carry(&night, Verb::Pause, 2).await.expect("it is held");
    assert_eq!(board(&night).await.native.as_str(), "held by anna");
    night.executor.passes(1);
    carry(&night, Verb::Resume, 3).await.expect("it is let go");
    assert_eq!(board(&night).await.state, RolloutState::WaitsForYou);
    night.executor.passes(1);
    carry(&night, Verb::Approve, 4).await.expect("the first key");
    carry(&night, Verb::Resume, 5).await.expect_err("the second is another login's");
    night.executor.inside.lock().expect("inside").login = "bert";
    let intent = intent(Verb::Resume, 6);
    let step = steps(&night, intent.clone(), survey(&night, &intent).await).expect("steps").remove(0);
    let receipt = night.send(&step, &BTreeMap::new()).await.expect("a receipt");
    assert_eq!(receipt.outcome, Outcome::Accepted, "its own job is no rival of itself");
    assert_eq!(board(&night).await.state, RolloutState::Finished);
    // Found again by the token it was sent with: the number is the system's own.
    let found = night.look_up(&record(intent, step)).await.expect("an answer");
    assert!(matches!(&found, Settlement::Verified(words) if words.as_str().contains("by bert, told to 2 hosts")), "{found:?}");
}
