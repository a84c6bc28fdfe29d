//! The exact request that an order is, and reading one back. One chunk a request: of two, the first would have run when the
//! second is refused. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::backend::driven::Asked;
use crate::domain::{Run, Target, Text};
use crate::plan::types::{Call, Guard, Order, OrderKind};

/// A launch takes a tenth of a second, and three on a busy master.
const DEADLINE_SECONDS: u32 = 15;
/// The master asks the hosts of a job that is to end, and waits for them.
const STOP_SECONDS: u32 = 30;

/// SIGTERM and SIGKILL to a job's processes.
const TERMINATE: &str = "saltutil.term_job";
const KILL: &str = "saltutil.kill_job";

pub fn call(order: &Order) -> Call {
    let (chunk, seconds) = match &order.kind {
        OrderKind::Launch(run) => (launch(order, run), DEADLINE_SECONDS),
        OrderKind::Mark => (launch(order, &Run { fun: "test.ping".to_owned(), ..Run::default() }), DEADLINE_SECONDS),
        OrderKind::Terminate { job } => (signal(order, TERMINATE, job), STOP_SECONDS),
        OrderKind::Kill { job } => (signal(order, KILL, job), STOP_SECONDS),
    };
    Call {
        id: 1,
        intent: None,
        method: Text::from("POST"),
        path: "/".to_owned(),
        query: Vec::new(),
        body: Some(json!([chunk])),
        hosts: order.hosts.clone(),
        guard: Guard::default(),
        deadline_seconds: seconds,
        undo: None,
    }
}

fn signal(order: &Order, fun: &str, job: &str) -> Value {
    json!({
        "client": "local", "tgt": order.hosts, "tgt_type": "list", "fun": fun, "arg": [job], "timeout": 5,
        "gather_job_timeout": 5,
    })
}

fn launch(order: &Order, run: &Run) -> Value {
    let mut chunk = json!({
        "client": "local_async", "tgt": order.hosts, "tgt_type": "list", "fun": run.fun, "arg": run.arg,
        "jid": order.key, "metadata": order.labels,
    });
    if let Some(map) = chunk.as_object_mut() {
        if !run.kwarg.is_empty() {
            map.insert("kwarg".to_owned(), Value::Object(run.kwarg.clone()));
        }
        if matches!(order.kind, OrderKind::Launch(_)) {
            map.insert("start_event".to_owned(), Value::Bool(true));
        }
    }
    chunk
}

/// What such a request asks for.
pub fn asks(call: &Call) -> Option<Asked> {
    let chunk = call.body.as_ref()?.get(0)?;
    let hosts = chunk.get("tgt")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let labels = chunk.get("metadata").and_then(Value::as_object).map(labels).unwrap_or_default();
    let stops =
        (chunk["fun"] == TERMINATE || chunk["fun"] == KILL).then(|| chunk["arg"][0].as_str().map(str::to_owned)).flatten();
    let key = chunk.get("jid").and_then(Value::as_str).map(str::to_owned);
    Some(Asked { key, labels, hosts, stops })
}

/// Labels are texts; other tools write numbers too.
pub fn labels(map: &Map<String, Value>) -> BTreeMap<String, String> {
    map.iter().map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))).collect()
}

/// A target within a tenant, as one compound expression.
pub fn within(target: &Target, tenant: Option<&str>) -> String {
    let own = match target {
        Target::Expression(expression) => expression.clone(),
        Target::Hosts(hosts) => format!("L@{}", hosts.join(",")),
    };
    match tenant {
        Some(tenant) => format!("( {tenant} ) and ( {own} )"),
        None => own,
    }
}

/// `YYYYMMDDhhmmssffffff`, in UTC. The master accepts anything, so that nothing else may make one.
pub fn jid(at: Timestamp, digits: u32) -> String {
    format!("{}{:06}", at.strftime("%Y%m%d%H%M%S"), digits % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(kind: OrderKind) -> Order {
        let labels = BTreeMap::from([("pd".to_owned(), "1".to_owned()), ("pd_kind".to_owned(), "launch".to_owned())]);
        Order { kind, hosts: vec!["web-1".into(), "web-2".into()], labels, key: "20261122012829123456".into() }
    }

    #[test]
    fn a_launch_names_its_hosts_its_job_and_its_labels_and_is_read_back() {
        let run = Run { fun: "patch.apply".into(), ..Run::default() };
        let call = call(&order(OrderKind::Launch(run)));
        let chunk = &call.body.as_ref().expect("a body")[0];
        assert_eq!(chunk["tgt"], json!(["web-1", "web-2"]));
        assert_eq!(chunk["start_event"], json!(true));
        let asked = asks(&call).expect("ours");
        assert_eq!(asked.key.as_deref(), Some("20261122012829123456"));
        assert_eq!(asked.labels["pd_kind"], "launch");
        assert_eq!(asked.hosts.len(), 2);
    }

    #[test]
    fn a_stop_names_the_job_that_it_ends() {
        let asked = asks(&call(&order(OrderKind::Terminate { job: "20261122012829000001".into() }))).expect("ours");
        assert_eq!(asked.stops.as_deref(), Some("20261122012829000001"));
        assert_eq!(asked.key, None);
    }

    #[test]
    fn a_target_is_narrowed_to_its_tenant_as_a_whole() {
        let either = Target::Expression("G@ring:pilot or G@ring:broad".into());
        assert_eq!(within(&either, Some("I@tenant:acme")), "( I@tenant:acme ) and ( G@ring:pilot or G@ring:broad )");
    }

    #[test]
    fn a_job_id_is_the_second_and_six_digits() {
        let at = "2026-11-22T01:28:29Z".parse().expect("a time");
        assert_eq!(jid(at, 42), "20261122012829000042");
    }
}
