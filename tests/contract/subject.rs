//! The adapters under test. One line a backend.

use std::sync::Arc;
use std::time::Duration;

use patchdeck::action::Verb;
use patchdeck::backend::hawkbit::Hawkbit;
use patchdeck::backend::http::Limits;
use patchdeck::backend::port::{Backend, Facts, Interest, Observation, Trouble};
use patchdeck::backend::settings::{SecretSource, Settings};
use patchdeck::domain::{BackendName, IntentId, RolloutId, TenantId};
use patchdeck::plan::types::Intent;

type Open = fn(&Settings, Limits) -> Result<Arc<dyn Backend>, Trouble>;

/// One adapter, with the recordings that its everyday calls are answered from.
pub struct Subject {
    pub kind: &'static str,
    /// Makes it with short time-outs.
    open: Open,
    /// Recording of `who am I`.
    pub identity: &'static str,
    /// Recording of the board with one rollout.
    pub board: &'static str,
    /// A page without items.
    pub empty: &'static str,
}

pub const SUBJECTS: &[Subject] = &[Subject {
    kind: "hawkbit",
    open: |settings, limits| Ok(Arc::new(Hawkbit::with_limits(settings, limits)?)),
    identity: "001_userinfo_lead",
    board: "027_rollouts_board_paused",
    empty: "{\"content\":[],\"total\":0,\"size\":0}",
}];

/// Long enough for a busy machine, short enough for a test that waits for it.
pub const LIMITS: Limits =
    Limits { connect: Duration::from_secs(3), read: Duration::from_millis(400), read_total: Duration::from_secs(3) };

impl Subject {
    pub fn open(&self, url: &str) -> Arc<dyn Backend> {
        self.open_with(&settings(self.kind, url)).expect("it opens")
    }

    pub fn open_with(&self, settings: &Settings) -> Result<Arc<dyn Backend>, Trouble> {
        (self.open)(settings, LIMITS)
    }
}

/// The first subject: what only one backend has is tested through it.
pub fn hawkbit(url: &str) -> Arc<dyn Backend> {
    SUBJECTS[0].open(url)
}

/// A connection `acme-hb` of tenant `acme`, with the password `hush`.
pub fn settings(kind: &str, url: &str) -> Settings {
    Settings {
        name: BackendName::new("acme-hb"),
        kind: kind.to_owned(),
        url: url.to_owned(),
        tenant: Some(TenantId::new("acme")),
        tenants: std::collections::BTreeMap::default(),
        expect_tenant: None,
        version_attribute: None,
        user: Some("lead".to_owned()),
        eauth: None,
        secret: Some(SecretSource::Exec(vec!["echo".to_owned(), "hush".to_owned()])),
        shared_login: false,
        ca_file: None,
        client_cert: None,
        client_key: None,
        proxy: None,
        insecure: false,
        requests_per_second: 1000.0,
        hosts_per_call: None,
        plans: Vec::new(),
    }
}

pub fn rollout_id(native: &str) -> RolloutId {
    RolloutId::new(BackendName::new("acme-hb"), native)
}

pub fn intent(verb: Verb, rollout: &str) -> Intent {
    Intent {
        id: IntentId::new("i-1"),
        verb,
        tenant: TenantId::new("acme"),
        rollout: rollout_id(rollout),
        wave: None,
        hosts: Vec::new(),
        remark: None,
        choices: std::collections::BTreeMap::new(),
        reason: None,
        rest_of: None,
    }
}

/// Observes and gives the facts.
pub async fn facts(backend: &Arc<dyn Backend>, what: Interest) -> Facts {
    let Observation { facts, .. } = backend.observe(what).await.expect("an observation");
    facts
}
