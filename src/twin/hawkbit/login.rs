//! Who may log in, and what they may do.
//!
//! The Basic user chooses the tenant; there is no other way to name one. Roles are shown as they are written and expanded
//! only where a right is asked for, as on the real server. Passwords are made anew for every run.

use rand::distr::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::Connection;
use super::super::scenario::Scenario;

/// One user of the server.
pub(super) struct Login {
    pub(super) name: String,
    pub(super) password: String,
    /// Row of the tenant.
    pub(super) tenant: usize,
    pub(super) server_tenant: String,
    /// Literal authorities.
    pub(super) permissions: Vec<String>,
}

/// Rights over rollouts, which a role may grant as a bundle.
const ROLLOUT: [&str; 6] =
    ["READ_ROLLOUT", "CREATE_ROLLOUT", "UPDATE_ROLLOUT", "HANDLE_ROLLOUT", "APPROVE_ROLLOUT", "DELETE_ROLLOUT"];
const TARGET: [&str; 5] = ["READ_TARGET", "CREATE_TARGET", "UPDATE_TARGET", "DELETE_TARGET", "READ_TARGET_SECURITY_TOKEN"];
const REPOSITORY: [&str; 4] =
    ["READ_DISTRIBUTION_SET", "CREATE_DISTRIBUTION_SET", "UPDATE_DISTRIBUTION_SET", "DELETE_DISTRIBUTION_SET"];
const CONFIGURATION: [&str; 2] = ["READ_TENANT_CONFIGURATION", "TENANT_CONFIGURATION"];

impl Login {
    /// Whether this user has a right, by name or through a role.
    pub(super) fn may(&self, right: &str) -> bool {
        self.permissions.iter().any(|permission| match permission.as_str() {
            "ROLE_TENANT_ADMIN" => true,
            "ROLE_ROLLOUT_ADMIN" => ROLLOUT.contains(&right),
            "ROLE_TARGET_ADMIN" => TARGET.contains(&right),
            "ROLE_REPOSITORY_ADMIN" => REPOSITORY.contains(&right),
            "TENANT_CONFIGURATION" => CONFIGURATION.contains(&right),
            literal => literal == right,
        })
    }

    /// The right as it is written, roles not expanded: the server asks this way whether a creator needs an approval.
    pub(super) fn has_literally(&self, right: &str) -> bool {
        self.permissions.iter().any(|permission| permission == right)
    }
}

/// Every user of the scenario, with a password nobody knows yet.
pub(super) fn logins(scenario: &Scenario) -> Vec<Login> {
    let mut random = StdRng::from_os_rng();
    let mut logins = Vec::new();
    for (tenant, row) in scenario.tenant.iter().enumerate() {
        for user in &row.user {
            let password = (&mut random).sample_iter(Alphanumeric).take(24).map(char::from).collect();
            logins.push(Login {
                name: user.name.clone(),
                password,
                tenant,
                server_tenant: row.server_tenant.clone(),
                permissions: user.permissions.clone(),
            });
        }
    }
    logins
}

/// The same users, as a client sees them.
pub(super) fn connections(scenario: &Scenario, logins: &[Login], url: &str) -> Vec<Connection> {
    let connection = |login: &Login| {
        let tenant = &scenario.tenant[login.tenant];
        Connection {
            name: format!("{}-hb", tenant.name),
            kind: "hawkbit",
            url: url.to_owned(),
            tenant: tenant.name.clone(),
            zone: tenant.zone.clone(),
            user: login.name.clone(),
            password: login.password.clone(),
            call: tenant.call.clone(),
            eauth: None,
            target: None,
            version_attribute: tenant.fleet.iter().find_map(|fleet| fleet.version_attribute.clone()),
        }
    };
    logins.iter().map(connection).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(permissions: &[&str]) -> Login {
        let permissions = permissions.iter().map(ToString::to_string).collect();
        Login { name: String::new(), password: String::new(), tenant: 0, server_tenant: String::new(), permissions }
    }

    #[test]
    fn a_role_grants_its_rights_but_is_not_the_literal_right() {
        let lead = login(&["ROLE_TENANT_ADMIN"]);
        assert!(lead.may("APPROVE_ROLLOUT"));
        assert!(!lead.has_literally("APPROVE_ROLLOUT"));
    }

    #[test]
    fn handling_rollouts_does_not_include_stopping_or_approving_them() {
        let operator = login(&["READ_ROLLOUT", "HANDLE_ROLLOUT"]);
        assert!(operator.may("HANDLE_ROLLOUT") && !operator.may("UPDATE_ROLLOUT") && !operator.may("APPROVE_ROLLOUT"));
    }
}
