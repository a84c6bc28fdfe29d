//! Eclipse hawkBit, servers 0.8 to 1.1: a backend with native rollouts, one tenant a login.
//!
//! It translates and asks; when to ask is `supervise`'s, whether a person may is `plan`'s. What it says of servers older
//! than 1.1 comes from their source, not from a live server: `docs/backends/hawkbit.md`.

mod assign;
mod board;
mod dialect;
mod errors;
mod host;
mod hosts;
mod look_up;
mod named;
mod open;
mod overlaps;
mod own;
mod retry;
mod rights;
mod rollback;
mod since;
pub mod states;
mod story;
mod survey;
mod values;
mod verbs;
mod waves;
mod windows;
mod wire;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use self::dialect::Dialect;
use super::http::{Client, Failure, Limits, Manners, Read, address};
use super::port::{
    Backend, Capability, Decision, Descriptor, Facts, Identity, Intent, Interest, Observation, Receipt, Receipts, Refusal,
    Settlement, Step, StepRecord, Survey, Task, Trouble,
};
use super::settings::Settings;
use crate::action::Verb;
use crate::domain::{BackendName, Health, RolloutId, Source, TenantId, Text};

/// Where the management API begins, below the connection's address.
const API: &str = "/rest/v1";
/// Why some verbs are greyed out.
const NOT_YET: &str = "patchdeck does not do this on hawkBit yet";

/// Ended rollouts followed with the board at most, in one request line.
const TRAILING: usize = 100;

/// One login at one server.
pub struct Hawkbit {
    client: Client,
    descriptor: Descriptor,
    name: BackendName,
    tenant: TenantId,
    expect_tenant: Option<String>,
    version_attribute: Option<String>,
    dialect: Dialect,
    /// Rollouts that ended with hosts still at work: the board follows them like live ones.
    trailing: Mutex<BTreeSet<String>>,
    /// What the last complete board held.
    live: Mutex<BTreeSet<String>>,
    /// Hosts in one call that assigns a release.
    batch: usize,
}

impl fmt::Debug for Hawkbit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hawkbit({}, {})", self.name, self.descriptor.address)
    }
}

impl Hawkbit {
    /// # Errors
    /// An address that is none, or certificates that cannot be used. Nothing is asked yet.
    pub fn open(settings: &Settings) -> Result<Self, Trouble> {
        Self::with_limits(settings, Limits::default())
    }

    /// The same with other time-outs.
    pub fn with_limits(settings: &Settings, limits: Limits) -> Result<Self, Trouble> {
        let manners = Manners { accept: "application/hal+json", explain: errors::explain };
        let mut settings = settings.clone();
        // People copy the address with the API in it.
        let url = settings.url.trim_end_matches('/');
        settings.url = url.strip_suffix(API).unwrap_or(url).to_owned();
        let client = Client::with_limits(&settings, manners, limits)?;
        // One login is one tenant here; without a name of ours the connection's own name stands for it.
        let tenant = settings.tenant.clone().unwrap_or_else(|| TenantId::new(settings.name.raw()));
        let descriptor = Descriptor {
            name: settings.name.clone(),
            kind: "hawkbit",
            address: client.shown_address(),
            tenants: vec![tenant.clone()],
            capabilities: capabilities(),
            insecure: settings.insecure,
            finds_hosts: true,
        };
        let (name, expect_tenant, version_attribute) = (settings.name, settings.expect_tenant, settings.version_attribute);
        Ok(Self {
            client,
            descriptor,
            name,
            tenant,
            expect_tenant,
            version_attribute,
            dialect: Dialect::default(),
            trailing: Mutex::default(),
            live: Mutex::default(),
            batch: settings.hosts_per_call.map_or(assign::BATCH, |hosts| hosts as usize),
        })
    }

    /// The same with other batches.
    #[must_use]
    pub fn in_batches_of(mut self, hosts: usize) -> Self {
        self.batch = hosts;
        self
    }

    /// Ids of rollouts that ended with hosts still at work, at most a request line's worth, newest first.
    fn trailing(&self) -> Vec<String> {
        let ids = self.trailing.lock().unwrap_or_else(PoisonError::into_inner);
        ids.iter().rev().take(TRAILING).cloned().collect()
    }

    /// What the board held last time and does not hold now, at most a request line's worth.
    fn left(&self, now: &BTreeSet<String>) -> Vec<String> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).difference(now).take(TRAILING).cloned().collect()
    }

    fn lives(&self, now: BTreeSet<String>) {
        *self.live.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    fn trail(&self, native: &str, works: bool) {
        let mut ids = self.trailing.lock().unwrap_or_else(PoisonError::into_inner);
        if works {
            ids.insert(native.to_owned());
        } else {
            ids.remove(native);
        }
    }

    async fn get<T>(&self, path: &str, query: &[(String, String)]) -> Result<Read<T>, Failure>
    where
        T: DeserializeOwned + Any + Send + Sync,
    {
        self.client.read(&format!("{API}{path}"), query).await
    }

    fn rollout_id(&self, native: i64) -> RolloutId {
        RolloutId::new(self.name.clone(), native.to_string())
    }

    async fn asked(&self, what: Interest) -> Result<Observation, Trouble> {
        match what {
            Interest::Board => board::live(self).await,
            Interest::Night => board::ended(self).await,
            Interest::Approvals => board::waiting(self).await,
            Interest::Rollout(rollout) => {
                let waves = waves::of(self, &rollout).await?;
                let by = Source::new("GET /rollouts/{id}/deploygroups");
                Ok(Observation { by, facts: Facts::Waves { rollout, waves } })
            }
            Interest::Hosts(wave, page) => hosts::of_wave(self, wave, page).await,
            Interest::WaveFailures(wave, page) => hosts::failed_of_wave(self, wave, page).await,
            Interest::Failures(rollout, page) => hosts::failed(self, rollout, page).await,
            Interest::Evidence(attempt) => story::of_attempt(self, attempt).await,
            Interest::Open(wave, page) => open::of_wave(self, wave, page).await,
            Interest::Progress(attempt) => open::progress(self, attempt).await,
            Interest::Verify(wave, page) => own::of_wave(self, wave, page).await,
            Interest::Find(text) => hosts::find(self, text).await,
            Interest::Host(id) => host::of(self, id).await,
            Interest::Windows => windows::of_jobs(self).await,
        }
    }
}

impl Backend for Hawkbit {
    fn describe(&self) -> &Descriptor {
        &self.descriptor
    }

    fn connect(&self, civil: Timestamp) -> Task<'_, Identity> {
        Box::pin(rights::identity(self, civil))
    }

    fn observe(&self, what: Interest) -> Task<'_, Observation> {
        Box::pin(self.asked(what))
    }

    fn survey<'a>(&'a self, intent: &'a Intent) -> Task<'a, Survey> {
        Box::pin(survey::of(self, intent))
    }

    fn steps(&self, decision: &Decision) -> Result<Vec<Step>, Refusal> {
        verbs::steps(decision, self.batch)
    }

    fn send<'a>(&'a self, step: &'a Step, _seen: &'a Receipts) -> Task<'a, Receipt> {
        Box::pin(verbs::send(self, step))
    }

    fn look_up<'a>(&'a self, record: &'a StepRecord) -> Task<'a, Settlement> {
        Box::pin(look_up::of(self, record))
    }

    fn health(&self) -> Health {
        self.client.health()
    }
}

fn capabilities() -> BTreeMap<Verb, Capability> {
    let capability = |verb| match states::call_word(verb) {
        Some(_) => Capability::Native,
        None => match verb {
            Verb::Retry => Capability::Emulated(Text::new(
                "the release is assigned to the hosts again; a finished rollout as a whole has the server's own retry",
            )),
            Verb::RollBack => Capability::Emulated(Text::new("a new rollout of the release before, over these hosts")),
            _ => Capability::Unsupported(Text::new(NOT_YET)),
        },
    };
    Verb::ALL.into_iter().map(|verb| (verb, capability(verb))).collect()
}

/// Path of a rollout below the API.
fn rollout_path(id: &RolloutId) -> String {
    format!("/rollouts/{}", address::encode(id.raw()))
}

fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
