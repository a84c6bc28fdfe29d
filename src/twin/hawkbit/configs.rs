//! A tenant's configuration as a client may read it.
//!
//! Only the approval switch is the scenario's; the rest is what a fresh server says. Nothing can be changed here.

use serde_json::{Map, Value, json};

use super::super::world::World;
use super::problem::Problem;

/// The switches a client can see, with what they are set to in this tenant.
fn values(world: &World, tenant: usize) -> Vec<(&'static str, Value, bool)> {
    let poll = world.settings.poll_s;
    let polling = format!("{:02}:{:02}:{:02}", poll / 3600, poll / 60 % 60, poll % 60);
    vec![
        ("rollout.approval.enabled", json!(world.tenants[tenant].approval), !world.tenants[tenant].approval),
        ("user.confirmation.flow.enabled", json!(false), true),
        ("repository.actions.autoclose.enabled", json!(false), true),
        ("batch.assignments.enabled", json!(false), true),
        ("implicit.lock.enabled", json!(true), true),
        ("default.ds.type", json!(3), false),
        ("pollingTime", json!(polling), true),
        ("pollingOverdueTime", json!("00:05:00"), true),
        ("maintenanceWindowPollCount", json!(3), true),
        ("authentication.gatewaytoken.enabled", json!(true), true),
        ("authentication.targettoken.enabled", json!(false), true),
        ("authentication.header.enabled", json!(false), true),
        ("authentication.header.authority", json!(""), true),
        ("action.cleanup.auto.expiry", json!(-1), true),
        ("action.cleanup.auto.status", json!("CANCELED,ERROR"), true),
        ("action.cleanup.onQuotaHit.percent", json!(0), true),
    ]
}

fn body(world: &World, tenant: usize, key: &str, value: &Value, global: bool) -> Value {
    let mut body = json!({ "value": value, "global": global });
    if key == "rollout.approval.enabled" && !global {
        let (at, by) = &world.tenants[tenant].approval_set;
        body["createdAt"] = json!(at);
        body["createdBy"] = json!(by);
        body["lastModifiedAt"] = json!(at);
        body["lastModifiedBy"] = json!(by);
    }
    body
}

/// In the map of all keys the links are called `links`; for a single key `_links`.
pub(super) fn all(world: &World, tenant: usize, base: &str) -> Value {
    let all = values(world, tenant).into_iter().map(|(key, value, global)| {
        let mut body = body(world, tenant, key, &value, global);
        body["links"] = json!([{ "rel": "self", "href": format!("{base}/system/configs/{key}") }]);
        (key.to_owned(), body)
    });
    Value::Object(all.collect::<Map<String, Value>>())
}

pub(super) fn one(world: &World, tenant: usize, base: &str, wanted: &str) -> Result<Value, Problem> {
    let found = values(world, tenant).into_iter().find(|(key, ..)| *key == wanted);
    let Some((key, value, global)) = found else {
        let words = format!("The given configuration key {wanted} does not exist.");
        let exception = "repository.exception.InvalidTenantConfigurationKeyException";
        return Err(Problem::Own(400, "configKeyInvalid", exception, Some(words)));
    };
    let mut body = body(world, tenant, key, &value, global);
    body["_links"] = json!({ "self": { "href": format!("{base}/system/configs/{key}") } });
    Ok(body)
}
