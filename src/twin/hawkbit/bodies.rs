//! Rows as JSON, with the server's keys.
//!
//! What is null is left out, as the server does. Compact and full shapes differ as recorded. Links are absolute and
//! percent-encoded; an action names its target only there.

use serde_json::{Map, Value, json};

use super::super::world::World;
use super::super::world::action::Status;
use super::super::world::counts::{Bucket, Counts};
use super::super::world::history::Entry;
use super::super::world::rollout::{Audit, RolloutStatus};

/// How bodies are to be written for one request.
pub(super) struct Shape<'a> {
    /// `http://host/rest/v1`.
    pub(super) base: &'a str,
    /// Whether the reader may see security tokens.
    pub(super) token: bool,
}

impl Shape<'_> {
    pub(super) fn rollout(&self, world: &mut World, row: usize, full: bool) -> Value {
        let counts = world.shown_rollout(row);
        let rollout = &world.rollouts[row];
        let this = format!("{}/rollouts/{}", self.base, row + 1);
        let mut body = json!({
            "id": row + 1,
            "name": rollout.name,
            "targetFilterQuery": rollout.filter,
            "distributionSetId": rollout.release + 1,
            "status": rollout.status.word(),
            "totalTargets": rollout.counts.total(),
            "forcetime": 0,
            "type": "forced",
            "weight": 1000,
            "dynamic": false,
            "deleted": rollout.status == RolloutStatus::Deleted,
            "_links": { "self": { "href": this } },
        });
        audit(&mut body, &rollout.audit);
        maybe(&mut body, "description", rollout.description.as_ref());
        if !full {
            return body;
        }
        body["totalTargetsPerStatus"] = per_status(counts);
        body["totalGroups"] = json!(rollout.groups.len());
        maybe(&mut body, "startAt", rollout.start_at.as_ref());
        maybe(&mut body, "approveDecidedBy", rollout.decided_by.as_ref());
        maybe(&mut body, "approvalRemark", rollout.remark.as_ref());
        // Always there, whatever the state allows.
        for verb in ["start", "pause", "resume", "triggerNextGroup", "approve", "deny"] {
            body["_links"][verb] = json!({ "href": format!("{this}/{verb}") });
        }
        body["_links"]["groups"] = json!({ "href": format!("{this}/deploygroups?offset=0&limit=50") });
        body["_links"]["distributionset"] = self.release_link(world, rollout.release);
        body
    }

    pub(super) fn group(&self, world: &mut World, row: usize, full: bool) -> Value {
        let counts = world.shown_group(row);
        let group = &world.groups[row];
        let threshold = |expression: &str| json!({ "condition": "THRESHOLD", "expression": expression });
        let mut body = json!({
            "id": row + 1,
            "name": group.name,
            "description": group.description,
            "status": group.status.word(),
            "dynamic": false,
            "totalTargets": group.counts.total(),
            "targetPercentage": group.share,
            "targetFilterQuery": group.filter,
            "successCondition": threshold(&group.success),
            "successAction": { "action": if group.gate { "PAUSE" } else { "NEXTGROUP" }, "expression": "" },
            "errorCondition": threshold(&group.error),
            "errorAction": { "action": "PAUSE", "expression": "" },
            "_links": { "self": { "href": format!("{}/rollouts/{}/deploygroups/{}", self.base, group.rollout + 1, row + 1) } },
        });
        audit(&mut body, &group.audit);
        if full {
            body["totalTargetsPerStatus"] = per_status(counts);
        }
        body
    }

    pub(super) fn action(&self, world: &World, row: usize, full: bool) -> Value {
        let action = &world.actions[row];
        let target = self.target_url(world, action.target);
        let this = format!("{target}/actions/{}", row + 1);
        let mut body = json!({
            "id": row + 1,
            "type": if action.cancelled_at.is_some() && matches!(action.status, Status::Canceling | Status::Canceled) { "cancel" } else { "update" },
            "active": action.status.active(),
            "status": action.status.word(),
            "forceType": if action.soft { "soft" } else { "forced" },
            "weight": 1000,
            "_links": { "self": { "href": this } },
        });
        audit(&mut body, &action.audit);
        maybe(&mut body, "lastStatusCode", action.code.as_ref());
        if let Some(group) = action.group {
            let rollout = world.groups[group].rollout;
            body["rollout"] = json!(rollout + 1);
            body["rolloutName"] = json!(world.rollouts[rollout].name);
        }
        if let Some(window) = &action.window {
            body["maintenanceWindow"] = json!({
                "schedule": window.schedule, "duration": window.duration, "timezone": window.timezone,
                "nextStartAt": window.next_start(action.ended_at.unwrap_or(world.now)),
            });
        }
        if !full {
            return body;
        }
        body["_links"]["target"] = json!({ "href": target, "name": world.targets[action.target].name });
        body["_links"]["distributionset"] = self.release_link(world, action.release);
        body["_links"]["status"] = json!({ "href": format!("{this}/status?offset=0&limit=50&sort=id%3ADESC") });
        if let Some(group) = action.group {
            let rollout = world.groups[group].rollout;
            let href = format!("{}/rollouts/{}", self.base, rollout + 1);
            body["_links"]["rollout"] = json!({ "href": href, "name": world.rollouts[rollout].name });
        }
        body
    }

    /// `single` adds the links lists do not have.
    pub(super) fn target(&self, world: &World, row: usize, single: bool) -> Value {
        let target = &world.targets[row];
        let this = self.target_url(world, row);
        let poll = world.poll_millis();
        let seen = target.last_contact(world.now, poll);
        let mut body = json!({
            "controllerId": target.controller_id,
            "name": target.name,
            "description": target.description,
            "group": target.group,
            "updateStatus": target.update_status.word(),
            "address": format!("http://{}", target.address),
            "ipAddress": target.address,
            "lastControllerRequestAt": seen,
            "pollStatus": {
                "lastRequestAt": seen,
                "nextExpectedRequestAt": seen + poll,
                // The server's overdue time stands at five minutes.
                "overdue": seen + poll + 300_000 < world.now,
            },
            "requestAttributes": target.attributes.is_empty() && target.version_attribute.is_none(),
            "_links": { "self": { "href": this } },
        });
        audit(&mut body, &target.audit);
        maybe(&mut body, "installedAt", target.installed_at.as_ref());
        if self.token {
            body["securityToken"] = json!("0".repeat(32));
        }
        if single {
            for rel in ["assignedDS", "installedDS", "attributes", "metadata"] {
                body["_links"][rel] = json!({ "href": format!("{this}/{rel}") });
            }
            body["_links"]["actions"] = json!({ "href": format!("{this}/actions?offset=0&limit=50&sort=id%3ADESC") });
        }
        body
    }

    /// `single` adds the links lists do not have.
    pub(super) fn release(&self, world: &World, row: usize, single: bool) -> Value {
        let release = &world.releases[row];
        let this = format!("{}/distributionsets/{}", self.base, row + 1);
        let mut module = json!({
            "id": row + 1,
            "name": format!("{}-base", release.name),
            "version": release.version,
            "type": "os",
            "typeName": "OS",
            "vendor": "Example Vendor",
            "complete": true,
            "deleted": false,
            "encrypted": false,
            "locked": release.locked,
            "_links": { "self": { "href": format!("{}/softwaremodules/{}", self.base, row + 1) } },
        });
        audit(&mut module, &release.audit);
        let mut body = json!({
            "id": row + 1,
            "name": release.name,
            "version": release.version,
            "type": "os",
            "typeName": "OS only",
            "complete": true,
            "deleted": false,
            "locked": release.locked,
            "valid": release.valid,
            "requiredMigrationStep": false,
            "modules": [module],
            "_links": { "self": { "href": this } },
        });
        audit(&mut body, &release.audit);
        maybe(&mut body, "description", release.description.as_ref());
        if single {
            body["_links"]["modules"] = json!({ "href": format!("{this}/assignedSM?offset=0&limit=50") });
            body["_links"]["type"] = json!({ "href": format!("{}/distributionsettypes/1", self.base) });
            body["_links"]["metadata"] = json!({ "href": format!("{this}/metadata") });
        }
        body
    }

    /// The short form an assignment answers with.
    pub(super) fn assigned_action(&self, world: &World, row: usize) -> Value {
        let href = format!("{}/actions/{}", self.target_url(world, world.actions[row].target), row + 1);
        json!({ "id": row + 1, "_links": { "self": { "href": href } } })
    }

    fn target_url(&self, world: &World, row: usize) -> String {
        format!("{}/targets/{}", self.base, percent_encoded(&world.targets[row].controller_id))
    }

    fn release_link(&self, world: &World, row: usize) -> Value {
        json!({ "href": format!("{}/distributionsets/{}", self.base, row + 1), "name": world.releases[row].label() })
    }
}

/// One history entry. Entries of the server itself carry no code.
pub(super) fn entry(entry: &Entry) -> Value {
    let mut body = json!({
        "id": entry.id,
        "type": entry.kind,
        "messages": entry.messages,
        "timestamp": entry.timestamp,
        "reportedAt": entry.reported_at,
    });
    maybe(&mut body, "code", entry.code.as_ref());
    body
}

fn per_status(counts: Counts) -> Value {
    json!({
        "notstarted": counts.get(Bucket::NotStarted),
        "scheduled": counts.get(Bucket::Scheduled),
        "running": counts.get(Bucket::Running),
        "finished": counts.get(Bucket::Finished),
        "error": counts.get(Bucket::Error),
        "cancelled": counts.get(Bucket::Cancelled),
    })
}

fn audit(body: &mut Value, audit: &Audit) {
    if let Value::Object(members) = body {
        let members: &mut Map<String, Value> = members;
        members.insert("createdAt".to_owned(), json!(audit.created_at));
        members.insert("createdBy".to_owned(), json!(*audit.created_by));
        members.insert("lastModifiedAt".to_owned(), json!(audit.modified_at));
        members.insert("lastModifiedBy".to_owned(), json!(*audit.modified_by));
    }
}

fn maybe<T: serde::Serialize>(body: &mut Value, key: &str, value: Option<&T>) {
    if let Some(value) = value {
        body[key] = json!(value);
    }
}

/// One path segment, encoded as the server's link builder does.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'!'
            | b'$'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b'='
            | b':'
            | b'@' => encoded.push(char::from(byte)),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                let digit = |nibble: u8| char::from(HEX[usize::from(nibble & 15)]);
                encoded.extend(['%', digit(byte >> 4), digit(byte)]);
            }
        }
    }
    encoded
}
