//! What the user told us about tenants and hosts: from the config and from the user's own CSV, never from a backend.

use jiff::tz::TimeZone;

use super::{TenantId, Text};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    /// Where its local time is; the operator's own zone if the config does not say.
    pub zone: Option<TimeZone>,
    /// What to do and whom to call.
    pub call: Option<Text>,
}

/// One line of the host facts file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    pub role: Option<Text>,
    pub site: Option<Text>,
    /// Other nodes of the same cluster.
    pub peers: Vec<Text>,
    pub service: Option<Text>,
    pub contact: Option<Text>,
    /// A command that opens a console on it, to copy. Never run by us.
    pub console: Option<Text>,
}
