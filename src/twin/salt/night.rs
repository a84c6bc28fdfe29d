//! What a scenario says about a Salt master: its settings, its minions, what was published before somebody looks.
//!
//! Shapes of the TOML's `[salt]` table and the check of the names in it. What happens with them is the master's business.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::twin::scenario::Install;

/// One master and everything behind it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Night {
    /// The master's own id: runner jobs bear it.
    #[serde(default = "master")]
    pub id: String,
    #[serde(default)]
    pub server: Server,
    /// Package managers, by name.
    pub flavour: BTreeMap<String, Flavour>,
    /// State files that apply: a check, an upgrade, a note about restarts.
    #[serde(default)]
    pub states: Vec<String>,
    /// State files that do not render, with what the renderer says.
    #[serde(default)]
    pub broken_states: BTreeMap<String, String>,
    pub tenant: Vec<Tenant>,
    /// What people published, in the order of their times.
    #[serde(default)]
    pub job: Vec<Scripted>,
    #[serde(default)]
    pub freeze: Vec<Freeze>,
    #[serde(default)]
    pub away: Vec<Away>,
    /// Plans of a client's config, handed on as they are: the master knows none.
    #[serde(default)]
    pub plan: Vec<toml::Table>,
}

/// The master's and the API's settings. Seconds are the night's, milliseconds are real ones.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Clients that may be used; all others are refused with 400.
    pub clients: Vec<String>,
    /// Life of the token behind a session.
    pub token_expire_s: u32,
    /// Life of a session of the API.
    pub session_s: u32,
    /// How long jobs are kept, counted from their start.
    pub keep_jobs_s: u32,
    /// Seconds between two presence events; 0 switches them off.
    pub presence_s: u32,
    /// Whether jobs have an `EndTime`.
    pub endtime: bool,
    pub runner_ms: u64,
    pub publish_ms: u64,
    /// Real milliseconds for each second that the server waits for a silent minion.
    pub silent_ms_per_s: u64,
    /// Functions that go on in a freeze.
    pub blackout_whitelist: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            clients: ["local", "local_async", "runner"].map(str::to_owned).to_vec(),
            token_expire_s: 43_200,
            session_s: 36_000,
            keep_jobs_s: 86_400,
            presence_s: 60,
            endtime: true,
            runner_ms: 0,
            publish_ms: 0,
            silent_ms_per_s: 1_000,
            blackout_whitelist: Vec::new(),
        }
    }
}

/// A package manager and its repository.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flavour {
    pub tool: Tool,
    /// Installed and available version; without the second one the package is up to date.
    pub package: BTreeMap<String, Vec<String>>,
    /// The package that needs a restart; only hosts of the profile `needs_reboot` miss it.
    pub kernel: Option<String>,
    /// How the tool fails, by name.
    #[serde(default)]
    pub failure: BTreeMap<String, Failure>,
}

/// Which words the tool prints when all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    Apt,
    Dnf,
}

/// One way in which a package manager fails.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Failure {
    pub retcode: i32,
    pub stdout: String,
    pub stderr: String,
    /// Half of the packages change before it fails.
    pub partly: bool,
    /// What the precondition check finds.
    pub probe: Probe,
}

/// What the hosts' own check looks at.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Probe {
    pub disk_free_mb: u32,
    pub lock_free: bool,
    pub mirror_reachable: bool,
}

impl Default for Probe {
    fn default() -> Self {
        Self { disk_free_mb: 8_192, lock_free: true, mirror_reachable: true }
    }
}

/// One customer behind the master.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    pub name: String,
    pub zone: String,
    pub call: Option<String>,
    /// The expression that means this customer's minions and no other's.
    pub target: String,
    /// What every minion of it has in its pillar, besides `minion_blackout`.
    #[serde(default)]
    pub pillar: Map<String, Value>,
    pub user: Vec<User>,
    pub fleet: Vec<Fleet>,
}

/// Somebody who may log in. The first user of a tenant is the one connections are made for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    #[serde(default = "file")]
    pub eauth: String,
    /// As the login shows them: regular expressions, or maps of a target to such a list; none is shown as `{}`.
    #[serde(default)]
    pub perms: Vec<Value>,
}

/// Minions of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// The minion id: `{n}` is filled in, two digits at least.
    pub pattern: String,
    pub hosts: u32,
    pub flavour: String,
    #[serde(default)]
    pub grains: Map<String, Value>,
    /// Shares of the grain `ring`, in this order; numbers are weights.
    #[serde(default)]
    pub rings: Vec<(String, u32)>,
    /// Weights over profiles; without any, every host succeeds.
    #[serde(default)]
    pub profiles: BTreeMap<String, u32>,
    /// Profiles that hold for one run only.
    #[serde(default)]
    pub once: Vec<String>,
    #[serde(default)]
    pub install: Install,
}

/// Something that was published; `at` is an offset from `opens`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripted {
    pub at: SignedDuration,
    pub by: String,
    pub tgt: String,
    #[serde(default = "compound")]
    pub tgt_type: String,
    pub fun: String,
    #[serde(default)]
    pub arg: Vec<Value>,
    #[serde(default)]
    pub kwarg: Map<String, Value>,
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// A freeze of a whole tenant through pillar. Offsets from `opens`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    pub tenant: String,
    pub from: SignedDuration,
    pub to: Option<SignedDuration>,
}

/// Minions whose plug is pulled, and put back. Offsets from `opens`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// A glob over minion ids.
    pub hosts: String,
    pub from: SignedDuration,
    pub to: Option<SignedDuration>,
}

/// Profiles every flavour has; all others are its failures.
pub const PROFILES: [&str; 7] = ["success", "needs_reboot", "up_to_date", "hang", "slow", "exception", "false"];

impl Night {
    /// # Errors
    /// The first name that means nothing, in words.
    pub(in crate::twin) fn check(&self) -> Result<(), String> {
        if self.tenant.is_empty() {
            return Err("[salt] has no tenant".to_owned());
        }
        let mut names = std::collections::HashSet::new();
        for tenant in &self.tenant {
            if tenant.user.is_empty() || tenant.fleet.is_empty() {
                return Err(format!("[salt] tenant {} needs a user and a fleet", tenant.name));
            }
            for user in &tenant.user {
                if !names.insert((&user.name, &user.eauth)) {
                    return Err(format!("[salt] user `{}` exists twice", user.name));
                }
            }
            for fleet in &tenant.fleet {
                let place = format!("[salt] fleet {}", fleet.pattern);
                let Some(flavour) = self.flavour.get(&fleet.flavour) else {
                    return Err(format!("{place} names the flavour `{}`, which is not there", fleet.flavour));
                };
                let known = |name: &String| PROFILES.contains(&name.as_str()) || flavour.failure.contains_key(name);
                if let Some(name) = fleet.profiles.keys().chain(&fleet.once).find(|name| !known(name)) {
                    return Err(format!("{place} names the profile `{name}`, which is not there"));
                }
                if !fleet.install.grows() {
                    return Err(format!("{place}: install times must grow from quickest to longest"));
                }
            }
        }
        if let Some(freeze) = self.freeze.iter().find(|freeze| !self.tenant.iter().any(|tenant| tenant.name == freeze.tenant)) {
            return Err(format!("[salt] a freeze names the tenant `{}`, which is not there", freeze.tenant));
        }
        Ok(())
    }

    /// Hosts of all fleets as they are written.
    pub(in crate::twin) fn hosts(&self) -> u64 {
        self.tenant.iter().flat_map(|tenant| &tenant.fleet).map(|fleet| u64::from(fleet.hosts)).sum()
    }
}

fn master() -> String {
    "salt_master".to_owned()
}

fn file() -> String {
    "file".to_owned()
}

fn compound() -> String {
    "compound".to_owned()
}
