//! How to reach one patch system, as the config says it. It checks nothing and reads no secret.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::domain::{BackendName, RingPlan, TenantId};

/// Requests a second to one origin, unless the config says otherwise.
pub const DEFAULT_REQUESTS_PER_SECOND: f64 = 10.0;

/// One `[[backend]]` table.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub name: BackendName,
    pub kind: String,
    /// Base address, without credentials: `https://hawkbit.example.net`.
    pub url: String,
    /// Our name of the tenant, for backends that serve one tenant a login.
    pub tenant: Option<TenantId>,
    /// Our names and the backend's own expression for each, where one login serves several tenants.
    pub tenants: BTreeMap<TenantId, String>,
    /// The backend's own name of the tenant that this login must be in; a mismatch refuses the connection.
    pub expect_tenant: Option<String>,
    /// The attribute by which hosts themselves tell which version they run, where they do.
    pub version_attribute: Option<String>,
    pub user: Option<String>,
    /// Which of the backend's own ways of login the user and the secret are for.
    pub eauth: Option<String>,
    pub secret: Option<SecretSource>,
    /// Several persons use this login: patchdeck asks for a name once a shift.
    pub shared_login: bool,
    /// Added to the system's certificate authorities.
    pub ca_file: Option<PathBuf>,
    pub client_cert: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub proxy: Option<String>,
    /// No certificate checks. Shown in the header.
    pub insecure: bool,
    pub requests_per_second: f64,
    /// Hosts that one call of a verb names at most; none: as the adapter does by itself.
    pub hosts_per_call: Option<u32>,
    /// What this backend is driven by, where it has no rollouts of its own.
    pub plans: Vec<RingPlan>,
}

impl Settings {
    /// A connection that nothing but its address is said of.
    pub fn new(name: BackendName, kind: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            name,
            kind: kind.into(),
            url: url.into(),
            tenant: None,
            tenants: BTreeMap::new(),
            expect_tenant: None,
            version_attribute: None,
            user: None,
            eauth: None,
            secret: None,
            shared_login: false,
            ca_file: None,
            client_cert: None,
            client_key: None,
            proxy: None,
            insecure: false,
            requests_per_second: DEFAULT_REQUESTS_PER_SECOND,
            hosts_per_call: None,
            plans: Vec::new(),
        }
    }
}

/// Where a secret comes from. The secret itself is never in the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    Env(String),
    /// Must be readable by its owner only.
    File(PathBuf),
    /// Prints one line, or JSON with an expiry.
    Exec(Vec<String>),
}

/// A secret in memory. `Debug` prints `***`, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The bare secret, for a request header only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
