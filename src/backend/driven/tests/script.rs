//! An executor in memory: it runs what it is sent, and answers as it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::{Act, Asked, Executor, History, HostResult, Job, Probe, Report};
use crate::action::Verb;
use crate::backend::port::{Capability, Descriptor, Identity, Receipt, Right, Task, Trouble};
use crate::domain::{BackendName, HostState, Run, Target, TenantId, Text};
use crate::plan::types::{Call, Guard, Order, OrderKind, Outcome};

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a script, each by itself")]
pub struct Inside {
    pub jobs: Vec<Report>,
    pub probes: BTreeMap<String, Probe>,
    pub targets: BTreeMap<String, Vec<&'static str>>,
    pub login: &'static str,
    pub now: Timestamp,
    pub sent: Vec<Call>,
    pub job_reads: u32,
    pub probed: u32,
    /// What every run brings, and what an upgrade would bring.
    pub brings: BTreeMap<String, String>,
    pub offers: Option<super::super::Packages>,
    pub frozen: BTreeMap<String, Text>,
    /// The login may not read freezes.
    pub blind: bool,
    /// How often all jobs were asked for.
    pub searches: u32,
    pub listens: bool,
    pub full: bool,
    pub rehearses: bool,
}

pub struct Script {
    descriptor: Descriptor,
    inside: Mutex<Inside>,
}

impl Script {
    pub fn new(now: &str) -> Self {
        let descriptor = Descriptor {
            name: BackendName::new("jobs-eu"),
            kind: "scripted",
            address: "https://jobs.example.test".into(),
            tenants: vec![TenantId::new("acme")],
            capabilities: Verb::ALL.into_iter().map(|verb| (verb, Capability::Emulated("by jobs".into()))).collect(),
            insecure: false,
            finds_hosts: true,
        };
        let targets =
            BTreeMap::from([("pilot".to_owned(), vec!["web-1", "web-2"]), ("broad".to_owned(), vec!["db-1", "web-3", "web-4"])]);
        let now = now.parse().expect("a timestamp");
        Self { descriptor, inside: Mutex::new(Inside { targets, login: "anna", now, ..Inside::default() }) }
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("inside")
    }

    /// The host answers the newest job that it has not answered.
    pub fn answers(&self, host: &str, state: HostState) {
        let mut inside = self.inside();
        let (now, brought) = (inside.now, inside.brings.clone());
        let open = |report: &&mut Report| report.told.contains(host) && !report.results.contains_key(host);
        let report = inside.jobs.iter_mut().rev().find(open).expect("a job that it has not answered");
        let message = (state == HostState::Failed).then(|| Text::from("no space left"));
        let back = Some(Run { fun: format!("back.{host}"), ..Run::default() });
        let result = HostResult { state, code: Some(0), message, said: Vec::new(), back, brought };
        report.results.insert(host.to_owned(), result);
        report.job.ended = Some(now);
    }

    /// The job cache is swept.
    pub fn forgets(&self, keep: impl Fn(&Job) -> bool) {
        self.inside().jobs.retain(|report| keep(&report.job));
    }

    pub fn passes(&self, seconds: i64) {
        let mut inside = self.inside();
        inside.now = inside.now.checked_add(SignedDuration::from_secs(seconds)).expect("a time");
    }
}

fn done<T: Send + 'static>(value: T) -> Task<'static, T> {
    Box::pin(async move { Ok(value) })
}

fn words(labels: &BTreeMap<String, String>) -> serde_json::Value {
    json!(labels)
}

impl Executor for Script {
    fn describe(&self) -> &Descriptor {
        &self.descriptor
    }

    fn connect(&self, _: Timestamp) -> Task<'_, Identity> {
        let login = self.inside().login.into();
        let rights = BTreeMap::new();
        done(Identity { login, tenant: "acme".into(), version: None, rights, blind: Vec::new(), skew: None })
    }

    fn may(&self, _: Act<'_>) -> Task<'_, (Text, Right)> {
        let login = self.inside().login.into();
        done((login, Right::Yes))
    }

    fn preview<'a>(&'a self, _: &'a TenantId, target: &'a Target) -> Task<'a, BTreeSet<String>> {
        let hosts = match target {
            Target::Expression(name) => self.inside().targets.get(name).cloned().unwrap_or_default(),
            Target::Hosts(named) => {
                let ours = |host: &&str| named.iter().any(|name| name == host);
                ["web-1", "web-2"].into_iter().filter(ours).collect()
            }
        };
        done(hosts.into_iter().map(str::to_owned).collect())
    }

    fn jobs(&self) -> Task<'_, History> {
        let mut inside = self.inside();
        inside.searches += 1;
        let jobs = inside.jobs.iter().map(|report| report.job.clone()).collect();
        let at = Some(inside.now);
        drop(inside);
        done(History { jobs, at })
    }

    fn job<'a>(&'a self, id: &'a str) -> Task<'a, Option<Report>> {
        let mut inside = self.inside();
        inside.job_reads += 1;
        let found = inside.jobs.iter().find(|report| report.job.id == id).cloned();
        drop(inside);
        done(found)
    }

    fn probe<'a>(&'a self, _: &'a str, hosts: &'a [String]) -> Task<'a, BTreeMap<String, Probe>> {
        let mut inside = self.inside();
        inside.probed += 1;
        let said = hosts.iter().map(|host| (host.clone(), inside.probes.get(host).copied().unwrap_or(Probe::Running))).collect();
        drop(inside);
        done(said)
    }

    fn frozen<'a>(&'a self, hosts: &'a [String]) -> Task<'a, BTreeMap<String, Text>> {
        if self.inside().blind {
            return Box::pin(async { Err(Trouble::NotPermitted("it may not read the pillar".into())) });
        }
        let all = self.inside().frozen.clone();
        done(all.into_iter().filter(|(host, _)| hosts.contains(host)).collect())
    }

    fn offered<'a>(&'a self, _: &'a Run, _: &'a [String]) -> Task<'a, Option<super::super::Packages>> {
        let offers = self.inside().offers.clone();
        done(offers)
    }

    fn listens(&self) -> bool {
        self.inside().listens
    }

    fn may_ask(&self) -> bool {
        !self.inside().full
    }

    fn call(&self, order: &Order) -> Call {
        let stops = match &order.kind {
            OrderKind::Terminate { job } | OrderKind::Kill { job } => Some(job),
            _ => None,
        };
        Call {
            id: 1,
            intent: None,
            method: "POST".into(),
            path: "/run".into(),
            query: Vec::new(),
            body: Some(json!({"key": order.key, "hosts": order.hosts, "labels": words(&order.labels), "stops": stops})),
            hosts: Vec::new(),
            guard: Guard::default(),
            deadline_seconds: 15,
            undo: None,
        }
    }

    fn asks(&self, call: &Call) -> Option<Asked> {
        let body = call.body.as_ref()?;
        Some(Asked {
            key: body["key"].as_str().filter(|key| !key.is_empty()).map(str::to_owned),
            labels: serde_json::from_value(body["labels"].clone()).ok()?,
            hosts: serde_json::from_value(body["hosts"].clone()).ok()?,
            stops: body["stops"].as_str().map(str::to_owned),
        })
    }

    fn send<'a>(&'a self, call: &'a Call) -> Task<'a, Receipt> {
        let asked = self.asks(call).expect("a call of ours");
        let mut inside = self.inside();
        inside.sent.push(call.clone());
        if let Some(id) = asked.key.clone().filter(|_| asked.stops.is_none()) {
            let (by, began) = (Text::from(inside.login), Some(inside.now));
            let job = Job { id, labels: asked.labels, by, began, ended: None };
            inside.jobs.push(Report { job, asked: asked.hosts.clone(), told: asked.hosts, results: BTreeMap::new() });
        }
        drop(inside);
        done(Receipt { step: call.id, outcome: Outcome::Accepted, made: asked.key.map(Text::from), told: None })
    }

    fn key(&self, at: Timestamp, digits: u32) -> String {
        format!("{}{digits:06}", at.strftime("%Y%m%d%H%M%S"))
    }

    fn rehearsal(&self, run: &Run) -> Result<Run, Text> {
        if self.inside().rehearses { Ok(run.clone()) } else { Err("it has no dry run".into()) }
    }
}
