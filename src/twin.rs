//! Stand-in servers that speak a patch system's real protocol over a simulated fleet.
//!
//! A twin listens on loopback, keeps its own clock and can be told to misbehave. The demo, the drills and most tests
//! reach it over HTTP through the real adapters. It shares no code with them, on purpose: a twin that shares code with
//! an adapter shares its mistakes. It never connects to anything, writes no files and keeps nothing after its end.

pub mod clock;
mod due;
pub mod faults;
pub mod hawkbit;
mod percent;
pub mod salt;
pub mod scenario;
mod wire;
mod world;

use std::fmt;
use std::net::SocketAddr;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use clock::TwinClock;
pub use faults::Faults;

/// What the caller wants different from the scenario; `None` is the scenario's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    pub seed: Option<u64>,
    /// Simulated seconds a real second; 0 stops the clock.
    pub speed: Option<f64>,
    /// Size of the whole fleet over all tenants.
    pub hosts: Option<u32>,
    /// 0 means any free port.
    pub port: u16,
}

/// What a client needs to reach one tenant of a twin.
#[derive(Clone)]
pub struct Connection {
    /// A name for the connection, unique in a scenario for each first user of a tenant.
    pub name: String,
    /// The backend's kind, as a config names it.
    pub kind: &'static str,
    pub url: String,
    /// Our name of the tenant, not the server's.
    pub tenant: String,
    /// IANA zone of the tenant.
    pub zone: String,
    pub user: String,
    pub password: String,
    /// Whom to call, if the scenario says.
    pub call: Option<String>,
    /// How the server is to check the login, where there is a choice.
    pub eauth: Option<String>,
    /// The server's expression for the tenant, where a tenant is not something the server knows.
    pub target: Option<String>,
    /// The attribute by which its hosts tell the version they run, if they do.
    pub version_attribute: Option<String>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, url, tenant, user, .. } = self;
        write!(out, "Connection {{ {name}: {user}@{url}, tenant {tenant}, password *** }}")
    }
}

/// Why a twin did not start.
#[derive(Debug)]
pub enum TwinError {
    /// The scenario cannot be used; the text says where and why.
    Scenario(String),
    /// Nothing can listen there.
    Listen(std::io::Error),
}

impl fmt::Display for TwinError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(text) => write!(out, "the scenario cannot be used: {text}"),
            Self::Listen(error) => write!(out, "the twin cannot listen: {error}"),
        }
    }
}

impl std::error::Error for TwinError {}

/// A night that is being built on a thread of its own, or is there.
enum Built<T> {
    Ready(T),
    Coming(JoinHandle<Result<T, TwinError>>),
}

impl<T: Send + 'static> Built<T> {
    fn by(build: impl FnOnce() -> Result<T, TwinError> + Send + 'static) -> Self {
        Self::Coming(tokio::task::spawn_blocking(build))
    }

    fn ready(night: T) -> Self {
        Self::Ready(night)
    }

    async fn done(self) -> Result<T, TwinError> {
        match self {
            Self::Ready(night) => Ok(night),
            Self::Coming(building) => building.await.map_err(|error| TwinError::Scenario(error.to_string()))?,
        }
    }
}

/// A twin that listens. Dropping it ends the server and all its connections.
pub struct Running {
    /// One for each tenant of the scenario, made for the tenant's first user.
    pub connections: Vec<Connection>,
    /// One for each user of the scenario: tests of rights want the others too.
    pub logins: Vec<Connection>,
    /// Plans for a client's config, as the scenario has them.
    pub plans: Vec<toml::Table>,
    /// Tables for a client's config that say when its people may work, with the name of each.
    pub calendar: Vec<(&'static str, toml::Table)>,
    pub clock: TwinClock,
    hand: clock::Hand,
    addr: SocketAddr,
    faults: Faults,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Running {
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The handle to break things with while the twin runs.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Lets time pass in the night, at once: the next request finds what has happened in it.
    pub fn pass(&self, time: std::time::Duration) {
        self.hand.pass(time);
    }

    /// Returns once the server is over, which does not happen by itself.
    pub async fn stopped(&mut self) {
        if let Err(error) = (&mut self.server).await {
            tracing::error!(%error, "the twin's server ended badly");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.server.abort();
    }
}

/// The scenarios inside the binary; the first is the one to show.
const BUILTIN: [(&str, &str); 6] = [
    ("patch-tuesday", include_str!("../scenarios/patch-tuesday.toml")),
    ("calm", include_str!("../scenarios/calm.toml")),
    ("steady", include_str!("../scenarios/steady.toml")),
    ("rings", include_str!("../scenarios/rings.toml")),
    ("bad-patch", include_str!("../scenarios/bad-patch.toml")),
    ("silent", include_str!("../scenarios/silent.toml")),
];

/// The text of a scenario inside the binary.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// One sentence about a scenario inside the binary.
pub fn about(name: &str) -> Option<String> {
    let scenario = scenario::Scenario::read(builtin(name)?).ok()?;
    Some(scenario.about)
}

/// The kinds of servers there are twins of.
pub const KINDS: [&str; 2] = ["hawkbit", "salt"];

/// The first scenario inside the binary that is before all one of this kind of server.
pub fn builtin_for(kind: &str) -> Option<&'static str> {
    let has = |text: &str| kinds(text).is_ok_and(|kinds| kinds.first() == Some(&kind));
    BUILTIN.iter().find(|(_, text)| has(text)).map(|(name, _)| *name)
}

/// Which kinds of servers a scenario has.
///
/// # Errors
/// [`TwinError::Scenario`] when it cannot be read.
pub fn kinds(scenario_toml: &str) -> Result<Vec<&'static str>, TwinError> {
    scenario::Scenario::read(scenario_toml).map(|scenario| scenario.kinds()).map_err(TwinError::Scenario)
}

/// The names [`builtin`] knows, the default one first.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_inside_the_binary_can_be_read_and_every_kind_has_one() {
        for name in builtin_names() {
            let kinds = kinds(builtin(name).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!kinds.is_empty() && kinds.iter().all(|kind| KINDS.contains(kind)), "{name}: {kinds:?}");
        }
        assert_eq!(KINDS.map(builtin_for), [Some("patch-tuesday"), Some("rings")]);
        assert_eq!(builtin_for("awx"), None);
    }
}
