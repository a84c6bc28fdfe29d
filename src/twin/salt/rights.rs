//! Who may log in, with what, and what he may do: users, sessions, tokens, and the two questions asked of every call.
//!
//! Passwords are made anew for every run. It knows no HTTP: which words a refusal has is in `page`.

use std::collections::HashMap;

use rand::distr::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::super::Connection;
use super::super::world::Millis;
use super::night::Night;
use super::target::{glob, matches};

/// One user of the master.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) name: String,
    pub(super) eauth: String,
    pub(super) password: String,
    pub(super) perms: Vec<Value>,
    /// Row of the tenant it was made for.
    pub(super) tenant: usize,
}

/// Who asks, once he is known.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) user: String,
    pub(super) perms: Vec<Value>,
}

/// What stands behind a session or a bare token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) who: Who,
    pub(super) expires: Millis,
}

/// All that is held in memory about logins.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) logins: Vec<Login>,
    /// By session id: lost when the API restarts.
    sessions: HashMap<String, (Token, Millis)>,
    /// By token: kept by the master.
    tokens: HashMap<String, Token>,
    random: StdRng,
}

/// Why a session does not let a call through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    NoSession,
    TokenExpired,
}

impl Gate {
    pub(super) fn new(night: &Night) -> Self {
        let mut random = StdRng::from_os_rng();
        let mut word = || (&mut random).sample_iter(Alphanumeric).take(24).map(char::from).collect::<String>();
        let shared = word();
        let mut logins = Vec::new();
        for (tenant, row) in night.tenant.iter().enumerate() {
            for user in &row.user {
                let password = if user.eauth == "sharedsecret" { shared.clone() } else { word() };
                let (name, eauth, perms) = (user.name.clone(), user.eauth.clone(), user.perms.clone());
                logins.push(Login { name, eauth, password, perms, tenant });
            }
        }
        Self { logins, sessions: HashMap::new(), tokens: HashMap::new(), random }
    }

    /// The user these credentials are good for. A shared secret lets every name in, without rights if it has none.
    pub(super) fn check(&self, user: &str, password: &str, eauth: &str) -> Option<Who> {
        let good = |login: &&Login| login.eauth == eauth && login.password == password;
        let login = self.logins.iter().filter(good).find(|login| login.name == user);
        let stranger = eauth == "sharedsecret" && !user.is_empty() && self.logins.iter().any(|login| good(&login));
        let perms = login.map(|login| login.perms.clone());
        perms.or(stranger.then(Vec::new)).map(|perms| Who { user: user.to_owned(), perms })
    }

    /// A new session; its id has 40 hexadecimal digits.
    pub(super) fn open(&mut self, who: Who, session_ends: Millis, token_ends: Millis) -> String {
        let id = self.hex(40);
        self.sessions.insert(id.clone(), (Token { who, expires: token_ends }, session_ends));
        id
    }

    /// A new token; 64 hexadecimal digits.
    pub(super) fn token(&mut self, who: Who, expires: Millis) -> String {
        let id = self.hex(64);
        self.tokens.insert(id.clone(), Token { who, expires });
        id
    }

    pub(super) fn session(&self, id: &str, now: Millis) -> Result<Who, Closed> {
        let (token, ends) = self.sessions.get(id).ok_or(Closed::NoSession)?;
        if *ends <= now {
            return Err(Closed::NoSession);
        }
        if token.expires <= now { Err(Closed::TokenExpired) } else { Ok(token.who.clone()) }
    }

    pub(super) fn bearer(&self, token: &str, now: Millis) -> Option<Who> {
        self.tokens.get(token).filter(|token| token.expires > now).map(|token| token.who.clone())
    }

    pub(super) fn close(&mut self, id: &str) {
        self.sessions.remove(id);
    }

    /// The API was restarted.
    pub(super) fn forget_sessions(&mut self) {
        self.sessions.clear();
    }

    /// As many random hexadecimal digits as are asked for.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from_digit(self.random.random_range(0..16), 16).unwrap_or('0')).collect()
    }

    /// The users as a client sees them, in the order of the scenario.
    pub(super) fn connections(&self, night: &Night, url: &str) -> Vec<Connection> {
        let connection = |login: &Login| {
            let tenant = &night.tenant[login.tenant];
            Connection {
                name: format!("{}-salt", tenant.name),
                kind: "salt",
                url: url.to_owned(),
                tenant: tenant.name.clone(),
                zone: tenant.zone.clone(),
                user: login.name.clone(),
                password: login.password.clone(),
                call: tenant.call.clone(),
                eauth: Some(login.eauth.clone()),
                target: Some(tenant.target.clone()),
                version_attribute: None,
            }
        };
        self.logins.iter().map(connection).collect()
    }
}

impl Who {
    /// Whether a function may be run on all of these minions. With a list of functions one that is allowed is enough.
    pub(super) fn may_run(&self, funs: &[String], minions: &[&str]) -> bool {
        // Looking for a job is open to everybody on every minion.
        if funs.iter().all(|fun| fun == "saltutil.find_job") {
            return true;
        }
        let fits = |pattern: &Value| pattern.as_str().is_some_and(|pattern| funs.iter().any(|fun| matches(pattern, fun)));
        let everywhere = self.perms.iter().any(|perm| fits(perm) && !perm.as_str().is_some_and(|text| text.starts_with('@')));
        let targets = |perm: &Value| -> Vec<String> {
            let Value::Object(map) = perm else {
                return Vec::new();
            };
            let fitting = map
                .iter()
                .filter(|(target, funs)| !target.starts_with('@') && funs.as_array().is_some_and(|funs| funs.iter().any(fits)));
            fitting.map(|(target, _)| target.clone()).collect()
        };
        let targets: Vec<String> = self.perms.iter().flat_map(targets).collect();
        everywhere || (!targets.is_empty() && minions.iter().all(|id| targets.iter().any(|target| glob(target, id))))
    }

    /// Whether a runner function may be called.
    pub(super) fn may_call(&self, fun: &str) -> bool {
        self.perms.iter().any(|perm| match perm {
            Value::String(text) => text == "@runner",
            Value::Object(map) => map
                .get("@runner")
                .and_then(Value::as_array)
                .is_some_and(|funs| funs.iter().filter_map(Value::as_str).any(|pattern| matches(pattern, fun))),
            _ => false,
        })
    }

    /// As the login shows them.
    pub(super) fn perms(&self) -> Value {
        if self.perms.is_empty() { json!({}) } else { Value::Array(self.perms.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(perms: &Value) -> Who {
        Who { user: "x".to_owned(), perms: perms.as_array().cloned().unwrap_or_default() }
    }

    #[test]
    fn a_right_on_some_minions_does_not_reach_others() {
        let acme = who(&json!([{"acme-*": ["patch.*"]}, {"@runner": ["jobs.*"]}]));
        let fun = ["patch.apply".to_owned()];
        assert!(acme.may_run(&fun, &["acme-web-01"]));
        assert!(!acme.may_run(&fun, &["acme-web-01", "globex-web-01"]));
        assert!(!acme.may_run(&["pkg.upgrade".to_owned()], &["acme-web-01"]));
        assert!(acme.may_run(&["saltutil.find_job".to_owned()], &["globex-web-01"]));
        assert!(acme.may_call("jobs.list_jobs") && !acme.may_call("cache.store"));
    }

    #[test]
    fn the_right_to_call_runners_runs_nothing_on_minions() {
        let runner = who(&json!(["@runner"]));
        assert!(runner.may_call("cache.store") && !runner.may_run(&["test.ping".to_owned()], &["a"]));
    }
}
