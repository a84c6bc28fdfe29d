//! The talk with the API: one login, one session, one chunk a request, and how many questions a minute that costs the master.
//!
//! A session is entered anew shortly before it ends, so that no verb meets its end, and once when it is over all the same. It
//! knows no function's meaning.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::errors;
use crate::backend::http::session::Proof;
use crate::backend::http::{Client, Failure, Read};
use crate::backend::port::Trouble;
use crate::backend::settings::Secret;
use crate::domain::Text;

/// Every question to a runner is a job and a process of the master's: so many a minute in a quiet hour.
pub const A_MINUTE: usize = 10;
const MINUTE: Duration = Duration::from_secs(60);
/// So long before its end a session is entered anew, if it is not a short one.
const BEFORE_ITS_END: Duration = Duration::from_secs(60);

/// One login at one master's API.
pub struct Talk {
    pub client: Client,
    eauth: String,
    session: Mutex<Option<Session>>,
    /// One login at a time: a refused one must not be repeated by everybody who waits for it.
    entering: tokio::sync::Mutex<()>,
    /// When runners were asked, in the last minute.
    asked: Mutex<VecDeque<Instant>>,
    /// The event stream is open.
    listens: AtomicBool,
}

#[derive(Clone)]
pub struct Session {
    pub proof: Proof,
    pub user: Text,
    pub perms: Value,
    /// From then on it is entered anew; none if the master did not say how long it lives.
    until: Option<Instant>,
}

/// `{"return": [..]}` with one thing in it, since one chunk is sent.
#[derive(Deserialize)]
pub struct Envelope {
    #[serde(rename = "return")]
    items: Vec<Value>,
}

impl Talk {
    pub fn new(client: Client, eauth: String) -> Self {
        Self {
            client,
            eauth,
            session: Mutex::default(),
            entering: tokio::sync::Mutex::default(),
            asked: Mutex::default(),
            listens: AtomicBool::new(false),
        }
    }

    /// The session, entered if there is none. A session that was refused is left out once: `not` is its token.
    pub async fn session(&self, not: Option<&Session>) -> Result<Session, Trouble> {
        let usable = |held: &Option<Session>| {
            let held = held.clone()?;
            let refused = not.is_some_and(|not| not.proof.value == held.proof.value);
            let ends = held.until.is_some_and(|until| Instant::now() >= until);
            (!refused && !ends).then_some(held)
        };
        if let Some(session) = usable(&self.held()) {
            return Ok(session);
        }
        let _alone = self.entering.lock().await;
        if let Some(session) = usable(&self.held()) {
            return Ok(session);
        }
        let session = self.enter().await?;
        *self.held() = Some(session.clone());
        Ok(session)
    }

    async fn enter(&self) -> Result<Session, Trouble> {
        let (user, password) = self.client.login_words().await?;
        let began = Instant::now();
        let body = json!({"username": user, "password": password.reveal(), "eauth": self.eauth});
        let read: Read<Envelope> = self.client.ask("/login", &body, None).await?;
        let said = read.value.and_then(|read| read.items.first().cloned()).unwrap_or_default();
        let Some(token) = said.get("token").and_then(Value::as_str) else {
            return Err(Trouble::NotUnderstood("POST /login gave no token".into()));
        };
        Ok(Session {
            proof: Proof { name: "x-auth-token", value: Secret::new(token) },
            user: Text::new(said.get("user").and_then(Value::as_str).unwrap_or(&user)),
            perms: said.get("perms").cloned().unwrap_or_default(),
            until: lifetime(&said).map(|lives| began + lives.saturating_sub(BEFORE_ITS_END.min(lives / 4))),
        })
    }

    /// Asks one chunk that changes no host.
    pub async fn ask(&self, chunk: Value) -> Result<(Value, Read<Envelope>), Trouble> {
        let session = self.session(None).await?;
        let body = json!([chunk]);
        let answer = match self.client.ask::<Envelope>("/", &body, Some(&session.proof)).await {
            Err(failure) if is_over(&failure) => {
                let session = self.session(Some(&session)).await?;
                self.client.ask::<Envelope>("/", &body, Some(&session.proof)).await
            }
            answer => answer,
        };
        let read = answer.map_err(|failure| silent_master(failure.into()))?;
        let said = read.value.as_ref().and_then(|read| read.items.first().cloned()).unwrap_or_default();
        // A runner's own trouble comes as a text in the place of its answer.
        if let Some(words) = said.as_str().filter(|_| body[0]["client"] == "runner") {
            return Err(Trouble::NotUnderstood(words.lines().find(|line| !line.trim().is_empty()).unwrap_or(words).into()));
        }
        Ok((said, read))
    }

    pub async fn runner(&self, fun: &str, arguments: Value) -> Result<(Value, Option<Timestamp>), Trouble> {
        let mut chunk = json!({"client": "runner", "fun": fun});
        if let (Some(chunk), Value::Object(arguments)) = (chunk.as_object_mut(), arguments) {
            chunk.extend(arguments);
        }
        self.lately().push_back(Instant::now());
        let (said, read) = self.ask(chunk).await?;
        Ok((said, read.date))
    }

    /// Questions to runners in the last minute.
    pub fn last_minute(&self) -> usize {
        self.lately().len()
    }

    fn lately(&self) -> MutexGuard<'_, VecDeque<Instant>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        while asked.front().is_some_and(|at| at.elapsed() >= MINUTE) {
            asked.pop_front();
        }
        asked
    }

    pub fn listens(&self) -> bool {
        self.listens.load(Ordering::Relaxed)
    }

    pub fn set_listening(&self, listens: bool) {
        self.listens.store(listens, Ordering::Relaxed);
    }

    pub fn held(&self) -> MutexGuard<'_, Option<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a session lives, by the master's own two stamps: seconds since 1970.
fn lifetime(said: &Value) -> Option<Duration> {
    let (start, expire) = (said.get("start")?.as_f64()?, said.get("expire")?.as_f64()?);
    Duration::try_from_secs_f64(expire - start).ok()
}

pub fn is_over(failure: &Failure) -> bool {
    failure.has_code(errors::NO_SESSION) || failure.has_code(errors::NO_TOKEN)
}

/// While the master is down its API takes requests and never answers.
fn silent_master(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::TimedOut(limit) => Trouble::Unreachable(
            format!("the API took the question, and the master did not answer within {} s", limit.as_secs()).into(),
        ),
        trouble => trouble,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::told(json!({"start": 1_795_310_901.5, "expire": 1_795_310_921.5}), Some(20))]
    #[case::backwards(json!({"start": 20.0, "expire": 10.0}), None)]
    #[case::untold(json!({"token": "1"}), None)]
    fn a_session_lives_as_long_as_the_masters_two_stamps_say(#[case] said: Value, #[case] seconds: Option<u64>) {
        assert_eq!(lifetime(&said), seconds.map(Duration::from_secs));
    }
}
