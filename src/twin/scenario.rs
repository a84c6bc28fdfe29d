//! A scenario: one patch night as TOML, read strictly.
//!
//! Holds the shape of the file and nothing else: what the names in it refer to is checked in `check`, what the night
//! does with them is the world's business. It does not know the server's protocol, and it reads no files.

mod check;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::salt::night::Night;

/// One night: who is there, what is rolled out to them, what goes wrong, and when somebody looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One sentence for a person who chooses between scenarios.
    pub about: String,
    pub seed: u64,
    /// Simulated seconds a real second.
    pub speed: f64,
    /// How many hosts the night has unless the caller asks for another number; fleets are scaled to it.
    pub hosts: u32,
    /// The night is simulated from here, without waiting ...
    pub begins: Timestamp,
    /// ... to here, where the server begins to listen.
    pub opens: Timestamp,
    #[serde(default)]
    pub server: Server,
    /// What devices may report, by name.
    #[serde(default)]
    pub failure: BTreeMap<String, Failure>,
    /// Weights over failures, by name.
    #[serde(default)]
    pub mix: BTreeMap<String, BTreeMap<String, u32>>,
    /// How devices behave, by name.
    #[serde(default)]
    pub behaviour: BTreeMap<String, Behaviour>,
    /// What happens to the devices at a given time.
    #[serde(default)]
    pub event: Vec<Event>,
    /// Customers on the hawkBit server.
    #[serde(default)]
    pub tenant: Vec<Tenant>,
    /// Customers behind a Salt master.
    pub salt: Option<Night>,
    #[serde(default)]
    pub fault: Vec<super::faults::Fault>,
    /// When a client's people may work: no server knows of it. Printed into the client's config as they stand.
    #[serde(default)]
    pub window: Vec<toml::Table>,
    #[serde(default)]
    pub freeze: Vec<toml::Table>,
    #[serde(default)]
    pub group: Vec<toml::Table>,
}

/// How the server itself behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Simulated seconds between two rounds of the rollout scheduler.
    pub scheduler_s: u32,
    /// Milliseconds of the night a verb takes for every host it touches, inside the request. A night at `speed` 10 has verbs ten
    /// times as quick; one that stands still or crawls has them at the real server's pace.
    pub verb_ms_per_host: f64,
    /// Simulated milliseconds for every host while a rollout is `creating` or `starting`.
    pub fill_ms_per_host: f64,
    /// Counters are at most this old, in simulated seconds; 0 means exact.
    pub counter_lag_s: u32,
    /// Simulated seconds between two polls of a device.
    pub poll_s: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self { scheduler_s: 2, verb_ms_per_host: 20.0, fill_ms_per_host: 8.0, counter_lag_s: 0, poll_s: 300 }
    }
}

/// What a device says when it gives up. Texts come from devices: any length, any character.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub messages: Vec<String>,
    /// Signed 32 bit: Windows HRESULTs are negative.
    pub code: Option<i32>,
    #[serde(default)]
    pub again: Again,
}

/// What another try meets after this failure.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// Luck, like the first.
    #[default]
    Anew,
    /// The same, for ever.
    Never,
    /// The same until so long after the first such failure in a row: a lock is released.
    After(SignedDuration),
    /// The same until the event of this name; in a night without it, for ever.
    Fix(String),
}

/// Something that is mended, at an offset from `opens`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub at: SignedDuration,
    /// The name failures wait for.
    pub fix: String,
}

/// How the devices of a wave behave once they are told to update. Shares are percent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// Devices that report a failure.
    pub fail: f64,
    /// The name of the mix their failures are drawn from; needed when `fail` is above 0.
    pub mix: String,
    /// Devices that fetch the job and are never heard of again.
    pub hang: f64,
    /// Devices that refuse to be cancelled and go on.
    pub reject_cancel: f64,
    /// Devices that report success and run the release before all the same.
    pub silent: f64,
    pub install: Install,
    /// How long a restart takes at the end; devices are not heard of meanwhile.
    pub restart: Option<Install>,
    /// Devices that do not come back from it.
    pub lost: f64,
}

/// How long an installation takes, in simulated time: a triangle from `quickest` over `typical` to `longest`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Install {
    pub quickest: SignedDuration,
    pub typical: SignedDuration,
    pub longest: SignedDuration,
}

impl Default for Install {
    fn default() -> Self {
        Self {
            quickest: SignedDuration::from_secs(60),
            typical: SignedDuration::from_secs(240),
            longest: SignedDuration::from_secs(900),
        }
    }
}

/// One customer: its own tenant of the server, its own users, hosts, releases and rollouts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Our name for it.
    pub name: String,
    /// The server's name for it.
    pub server_tenant: String,
    /// An IANA zone; the server never hears of it.
    pub zone: String,
    pub call: Option<String>,
    /// Whether new rollouts wait for an approval.
    #[serde(default)]
    pub approval: bool,
    /// How devices behave when something is sent to them outside the rollouts below: retries, single assignments.
    pub again: String,
    pub user: Vec<User>,
    pub fleet: Vec<Fleet>,
    pub release: Vec<Release>,
    /// Rollouts of earlier months, all done: where the installed releases come from.
    #[serde(default)]
    pub past: Vec<Past>,
    #[serde(default)]
    pub rollout: Vec<Rollout>,
    /// Releases given to single hosts.
    #[serde(default)]
    pub assigned: Vec<Assigned>,
}

/// A release for the first hosts of a fleet, outside of every rollout: the one thing that has maintenance windows there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    pub release: String,
    pub fleet: String,
    pub hosts: u32,
    pub by: String,
    /// An offset from `opens`, not after it.
    #[serde(default)]
    pub at: SignedDuration,
    pub window: Option<Maintenance>,
}

/// A maintenance window as the server takes it: Quartz cron, a time of day, a fixed offset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    pub schedule: String,
    pub duration: String,
    pub timezone: String,
}

/// Somebody who may log in. The first user of a tenant is the one connections are made for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    /// Literal authorities: single rights or roles, as the server shows them.
    pub permissions: Vec<String>,
}

/// Hosts of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// The server's `group` of these targets.
    pub group: String,
    pub hosts: u32,
    /// The controllerId: `{site}` and `{n}` (counted within the site, four digits) are filled in.
    pub pattern: String,
    #[serde(default)]
    pub sites: Vec<String>,
    /// Another display name, by the same rules, for every `shown_every`-th host.
    pub shown_as: Option<String>,
    #[serde(default = "one")]
    pub shown_every: u32,
    #[serde(default)]
    pub description: String,
    /// Hosts that do not answer tonight, in percent.
    #[serde(default)]
    pub away: f64,
    /// They come back between `opens` and so long after it; without it not tonight.
    pub back: Option<SignedDuration>,
    /// The attribute by which these hosts tell the version they run.
    pub version_attribute: Option<String>,
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// A distribution set, written `name:version` where others refer to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub name: String,
    pub version: String,
    pub description: Option<String>,
    /// The behaviour of devices that are to go back from it to an earlier version.
    pub going_back: Option<String>,
}

/// A finished rollout of an earlier month over whole fleets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    pub name: String,
    pub release: String,
    pub fleets: Vec<String>,
    pub days_ago: u32,
}

/// A rollout of tonight. All times are offsets from `opens`: negative is before somebody looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    pub name: String,
    pub description: Option<String>,
    pub release: String,
    pub by: String,
    pub created: SignedDuration,
    /// When the server would start it by itself.
    pub start_at: Option<SignedDuration>,
    /// Name of a behaviour.
    pub behaviour: String,
    pub wave: Vec<Wave>,
    /// What people did to it, and when.
    #[serde(default)]
    pub step: Vec<Step>,
}

/// One deploy group of a rollout.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    pub name: String,
    pub fleets: Vec<String>,
    /// Percent of the hosts of these fleets that no earlier wave has.
    #[serde(default = "whole")]
    pub share: f64,
    /// Success threshold in percent.
    #[serde(default = "half")]
    pub success: String,
    /// Error threshold in percent.
    #[serde(default = "half")]
    pub error: String,
    /// Pause after this wave succeeded: a real gate.
    #[serde(default)]
    pub gate: bool,
    /// Another behaviour than the rollout's.
    pub behaviour: Option<String>,
}

/// One verb somebody used before the night was opened (or will use, when `at` is positive).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub at: SignedDuration,
    pub verb: Verb,
    pub by: String,
    pub remark: Option<String>,
}

/// The rollout verbs of the Management API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    Approve,
    Deny,
    Start,
    Pause,
    Resume,
    Stop,
    TriggerNextGroup,
}

/// What every scenario may name without writing it down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    failure: BTreeMap<String, Failure>,
}

const COMMON: &str = include_str!("../../data/device-failures.toml");

impl Scenario {
    /// Reads a scenario and checks that everything it refers to is there.
    ///
    /// # Errors
    /// A text for a person: the parser's own with line and column, or what a name refers to in vain.
    pub fn read(toml: &str) -> Result<Self, String> {
        let mut scenario: Self = toml::from_str(toml).map_err(|error| error.to_string())?;
        let common: Common = toml::from_str(COMMON).map_err(|error| format!("the failures of all scenarios: {error}"))?;
        for (name, failure) in common.failure {
            scenario.failure.entry(name).or_insert(failure);
        }
        check::check(&scenario)?;
        Ok(scenario)
    }

    /// Which kinds of servers the night has.
    pub fn kinds(&self) -> Vec<&'static str> {
        let hawkbit = (!self.tenant.is_empty()).then_some("hawkbit");
        hawkbit.into_iter().chain(self.salt.as_ref().map(|_| "salt")).collect()
    }

    /// The tables of a client's config that say when its people may work, by the names they have there.
    pub(super) fn calendar(&self) -> Vec<(&'static str, toml::Table)> {
        let named = |name: &'static str, tables: &[toml::Table]| tables.iter().map(move |table| (name, table.clone())).collect();
        let all: [Vec<_>; 3] = [named("group", &self.group), named("window", &self.window), named("freeze", &self.freeze)];
        all.concat()
    }

    /// How many of `hosts` are the hawkBit server's; the rest is the Salt master's.
    pub(super) fn split(&self, hosts: u32) -> (u32, u32) {
        let first: u64 = self.tenant.iter().flat_map(|tenant| &tenant.fleet).map(|fleet| u64::from(fleet.hosts)).sum();
        let second = self.salt.as_ref().map_or(0, Night::hosts);
        let share = u64::from(hosts) * second / (first + second).max(1);
        (hosts - share as u32, share as u32)
    }
}

fn one() -> u32 {
    1
}

fn whole() -> f64 {
    100.0
}

fn half() -> String {
    "50".to_owned()
}
