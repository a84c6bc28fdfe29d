//! The server's bodies, as far as patchdeck reads them. Every field may be missing: versions differ, and null is left out.
//!
//! It gives no field a meaning; that is `values`, and who reads it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A page of a list. `total` is the number of matches, not of items here.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Told<T>", bound(deserialize = "T: Deserialize<'de>"))]
pub struct Paged<T> {
    pub content: Vec<T>,
    pub total: u64,
}

/// A list as it came.
#[derive(Deserialize)]
struct Told<T> {
    content: Option<Vec<T>>,
    total: Option<u64>,
}

impl<T> TryFrom<Told<T>> for Paged<T> {
    type Error = &'static str;

    /// Either part may be missing. Without both it is another server's answer, and no empty list.
    fn try_from(told: Told<T>) -> Result<Self, Self::Error> {
        match told {
            Told { content: None, total: None } => Err("neither `content` nor `total`"),
            Told { content, total } => {
                let content = content.unwrap_or_default();
                Ok(Self { total: total.unwrap_or(content.len() as u64), content })
            }
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Link {
    pub href: Option<String>,
    pub name: Option<String>,
}

/// Links by relation. A relation is one link; anything else is ignored.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Links {
    #[serde(rename = "self")]
    pub own: Option<Link>,
    pub target: Option<Link>,
    pub distributionset: Option<Link>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollout {
    pub id: Option<i64>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Option<String>,
    /// `forced`, `soft`, ...
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub target_filter_query: Option<String>,
    pub distribution_set_id: Option<i64>,
    pub total_targets: Option<u64>,
    pub total_targets_per_status: Option<BTreeMap<String, u64>>,
    pub total_groups: Option<u32>,
    pub start_at: Option<i64>,
    pub dynamic: Option<bool>,
    pub approve_decided_by: Option<String>,
    pub approval_remark: Option<String>,
    pub created_by: Option<String>,
    pub created_at: Option<i64>,
    pub last_modified_at: Option<i64>,
    #[serde(rename = "_links")]
    pub links: Links,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Condition {
    #[serde(rename = "condition")]
    pub kind: Option<String>,
    pub action: Option<String>,
    pub expression: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Group {
    pub id: Option<i64>,
    pub name: Option<String>,
    pub status: Option<String>,
    pub total_targets: Option<u64>,
    pub total_targets_per_status: Option<BTreeMap<String, u64>>,
    pub success_condition: Option<Condition>,
    pub success_action: Option<Condition>,
    pub error_condition: Option<Condition>,
    pub error_action: Option<Condition>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Action {
    pub id: Option<i64>,
    pub status: Option<String>,
    /// The real state, on servers before 0.10.
    pub detail_status: Option<String>,
    pub last_status_code: Option<i64>,
    pub rollout: Option<i64>,
    pub rollout_name: Option<String>,
    pub created_at: Option<i64>,
    pub last_modified_at: Option<i64>,
    pub maintenance_window: Option<MaintenanceWindow>,
    #[serde(rename = "_links")]
    pub links: Links,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MaintenanceWindow {
    /// Quartz cron.
    pub schedule: Option<String>,
    /// A time of day: `02:00:00`.
    pub duration: Option<String>,
    /// A fixed offset: `+02:00`.
    pub timezone: Option<String>,
    /// Of the window that is open or opens next; 0 when none is left.
    pub next_start_at: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Target {
    pub controller_id: Option<String>,
    pub name: Option<String>,
    pub update_status: Option<String>,
    pub ip_address: Option<String>,
    pub last_controller_request_at: Option<i64>,
    pub installed_at: Option<i64>,
    pub poll_status: Option<PollStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PollStatus {
    pub overdue: Option<bool>,
}

/// One entry of an action's history.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub messages: Vec<String>,
    pub code: Option<i64>,
    /// The device's clock.
    pub timestamp: Option<i64>,
    /// The server's clock.
    pub reported_at: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DistributionSet {
    pub id: Option<i64>,
    pub name: Option<String>,
    pub version: Option<String>,
    pub valid: Option<bool>,
    pub complete: Option<bool>,
    pub deleted: Option<bool>,
}

/// One switch of the tenant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfigValue {
    pub value: serde_json::Value,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserInfo {
    pub tenant: Option<String>,
    pub username: Option<String>,
    /// The literal authorities: roles are not expanded.
    pub permissions: Option<Vec<String>>,
}
