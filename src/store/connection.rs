//! What we know of one connection: is what I see true. It holds no secret and sends nothing.

use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::fresh::LIVE;
use crate::domain::{BackendName, Health, Mono, Now, Reading, TenantId, Text};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub words: Text,
    pub at: Mono,
    /// It answered, and refuses us.
    pub refused: bool,
    /// It answered at all.
    pub answered: bool,
    /// When it will be asked again.
    pub again_at: Option<Mono>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub name: BackendName,
    pub kind: Text,
    pub address: Text,
    pub tenants: Vec<TenantId>,
    pub insecure: bool,
    pub login: Option<Text>,
    /// The backend's own name of the tenant.
    pub their_tenant: Option<Text>,
    pub version: Option<Text>,
    /// Verb in words, and whether the login may use it; the words say why not.
    pub rights: Vec<(Text, Option<bool>, Text)>,
    pub blind: Vec<Text>,
    /// Why this login has no failure queue, in words.
    pub no_failures: Option<Text>,
    /// Their clock minus ours.
    pub skew: Option<SignedDuration>,
    /// The last good reading of the board.
    pub board_seen: Option<Mono>,
    /// The last good answer to anything.
    pub answered: Option<Mono>,
    /// The newest failure, cleared by a good answer to the same question.
    pub failure: Option<Failure>,
    pub health: Health,
}

impl Failure {
    /// Its words behind a state word that is said already: `unreachable`, and not `unreachable: unreachable: ...`.
    pub fn behind(&self, word: &str) -> &str {
        let words = self.words.as_str();
        words.strip_prefix(word).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(words)
    }
}

impl Connection {
    pub fn new(name: BackendName, kind: Text, address: Text, tenants: Vec<TenantId>, insecure: bool) -> Self {
        Self {
            name,
            kind,
            address,
            tenants,
            insecure,
            login: None,
            their_tenant: None,
            version: None,
            rights: Vec::new(),
            blind: Vec::new(),
            no_failures: None,
            skew: None,
            board_seen: None,
            answered: None,
            failure: None,
            health: Health::default(),
        }
    }

    /// How it reads at this moment. `Live` needs a board reading of at most 30 s, whatever happened since.
    pub fn reading(&self, now: &Now) -> Reading {
        match (&self.failure, self.board_seen) {
            (Some(failure), _) if failure.refused => Reading::Refused(failure.words.clone()),
            (_, Some(seen)) if now.mono.since(seen) <= LIVE => Reading::Live,
            (Some(failure), _) if failure.answered => Reading::Failing(failure.words.clone()),
            (Some(failure), _) => Reading::Unreachable(failure.words.clone()),
            (None, Some(_)) => Reading::Stale,
            (None, None) => Reading::Waiting,
        }
    }

    /// How old the board of it is.
    pub fn age(&self, now: &Now) -> Option<Duration> {
        self.board_seen.map(|seen| now.mono.since(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn a_server_that_answers_with_an_error_is_failing_and_not_unreachable() {
        let now = Now { mono: Mono(Duration::from_secs(90)), civil: Timestamp::UNIX_EPOCH, real: Timestamp::UNIX_EPOCH };
        let mut connection = Connection::new(BackendName::new("acme-hb"), "x".into(), "http://x".into(), Vec::new(), false);
        let mut read = |refused, answered| {
            connection.failure = Some(Failure { words: "why".into(), at: now.mono, refused, answered, again_at: None });
            connection.reading(&now)
        };
        assert_eq!(read(false, true), Reading::Failing("why".into()));
        assert_eq!(read(false, false), Reading::Unreachable("why".into()));
        assert_eq!(read(true, true), Reading::Refused("why".into()));
    }
}
