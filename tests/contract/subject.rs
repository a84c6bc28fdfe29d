//! The adapters under test. One line a backend.

use std::sync::Arc;
use std::time::Duration;

use patchdeck::action::Verb;
use patchdeck::backend::hawkbit::Hawkbit;
use patchdeck::backend::http::Limits;
use patchdeck::backend::port::{Backend, Facts, Interest, Observation, Trouble};
use patchdeck::backend::salt;
use patchdeck::backend::settings::{SecretSource, Settings};
use patchdeck::domain::{BackendName, IntentId, RolloutId, TenantId};
use patchdeck::plan::types::Intent;

use super::recordings::{Recording, load};
use super::server::{Answer, Asked, Server};

type Open = fn(&Settings, Limits) -> Result<Arc<dyn Backend>, Trouble>;

/// One adapter, with the recordings that its everyday calls are answered from.
pub struct Subject {
    pub kind: &'static str,
    /// Makes it with short time-outs.
    open: Open,
    /// Recording of the call that asks for an identity; whoever has to log in before has done so.
    pub identity: &'static str,
    /// The login and the server's own tenant, as they are told then.
    pub told: (&'static str, &'static str),
    /// The server has tenants of its own, and one can be expected of it.
    pub has_tenants: bool,
    /// Recording of the call that reads the board, with one rollout on it.
    pub board: &'static str,
    /// How many requests a first board takes at most, a login and what is read of each job with it.
    pub first_board: usize,
    /// An answer without items, to anything that is asked on the way to a board.
    pub empty: &'static str,
    /// Recording of a login that goes before everything else.
    pub login: Option<&'static str>,
    /// The call that carries the secret: its method and its path.
    pub door: (&'static str, &'static str),
    /// The secret as a request carried it, in whatever shape.
    pub secret: fn(&Asked) -> Option<String>,
    /// Answers what a board asks besides.
    furnish: fn(&Server),
}

pub const SUBJECTS: &[Subject] = &[
    Subject {
        kind: "hawkbit",
        open: |settings, limits| Ok(Arc::new(Hawkbit::with_limits(settings, limits)?)),
        identity: "001_userinfo_lead",
        told: ("lead", "DEFAULT"),
        has_tenants: true,
        board: "027_rollouts_board_paused",
        first_board: 1,
        empty: "{\"content\":[],\"total\":0,\"size\":0}",
        login: None,
        door: ("GET", "/rest/v1/rollouts"),
        secret: |asked| asked.header("authorization").map(str::to_owned),
        furnish: |_| {},
    },
    Subject {
        kind: "salt",
        open: |settings, limits| Ok(Arc::new(salt::with_limits(settings, limits)?)),
        identity: "36-search-nothing",
        told: ("ops", "acme"),
        has_tenants: false,
        board: "35-search",
        first_board: 16,
        empty: "{\"return\":[{\"token\":\"1\"}]}",
        login: Some("01-login"),
        door: ("POST", "/login"),
        secret: |asked| asked.body["password"].as_str().map(str::to_owned),
        furnish: super::salt::furnish,
    },
];

/// Long enough for a busy machine, short enough for a test that waits for it.
pub const LIMITS: Limits =
    Limits { connect: Duration::from_secs(3), read: Duration::from_millis(400), read_total: Duration::from_secs(3) };

impl Subject {
    pub fn open(&self, url: &str) -> Arc<dyn Backend> {
        self.open_with(&settings(self.kind, url)).expect("it opens")
    }

    /// A server that lets this adapter in.
    pub async fn server(&self) -> Server {
        let server = Server::start().await;
        if let Some(login) = self.login {
            server.replay(&load(self.kind, login));
        }
        server
    }

    /// A server with the recorded board.
    pub async fn with_board(&self) -> Server {
        let server = self.server().await;
        (self.furnish)(&server);
        self.answers(&server, self.board, [load(self.kind, self.board).answer]);
        server
    }

    /// Answers the call of a recording with these answers, and no other call.
    pub fn answers(&self, server: &Server, recording: &str, answers: impl IntoIterator<Item = Answer>) {
        let Recording { method, path, body_fun, .. } = load(self.kind, recording);
        let fun: Vec<(&str, &str)> = body_fun.iter().map(|fun| ("fun", fun.as_str())).collect();
        server.on(&method, &path, &fun, answers);
    }

    pub fn open_with(&self, settings: &Settings) -> Result<Arc<dyn Backend>, Trouble> {
        (self.open)(settings, LIMITS)
    }
}

/// The first subject: what only one backend has is tested through it.
pub fn hawkbit(url: &str) -> Arc<dyn Backend> {
    SUBJECTS[0].open(url)
}

/// A connection `acme-hb` of tenant `acme`, with the password `hush`; a system without rollouts has a plan.
pub fn settings(kind: &str, url: &str) -> Settings {
    Settings {
        tenant: Some(TenantId::new("acme")),
        user: Some("lead".to_owned()),
        eauth: (kind == "salt").then(|| "file".to_owned()),
        secret: Some(SecretSource::Exec(vec!["echo".to_owned(), "hush".to_owned()])),
        requests_per_second: 1000.0,
        plans: if kind == "salt" { vec![super::salt::plan()] } else { Vec::new() },
        ..Settings::new(BackendName::new("acme-hb"), kind, url)
    }
}

pub fn rollout_id(native: &str) -> RolloutId {
    RolloutId::new(BackendName::new("acme-hb"), native)
}

pub fn intent(verb: Verb, rollout: &str) -> Intent {
    Intent::new(IntentId::new("i-1"), verb, TenantId::new("acme"), rollout_id(rollout))
}

/// Observes and gives the facts.
pub async fn facts(backend: &Arc<dyn Backend>, what: Interest) -> Facts {
    let Observation { facts, .. } = backend.observe(what).await.expect("an observation");
    facts
}
