//! Where a login's secret comes from: the environment, a file of its owner's, or a helper program.
//!
//! It keeps a secret in memory only, fetches it again shortly before it expires and once after a 401 (a helper then rests
//! for minutes), and never puts it into words. It does not judge whether a server accepts it.

mod fetch;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::port::Trouble;
use super::settings::{Secret, SecretSource};

/// A secret with an expiry is fetched again this long before it.
const BEFORE_EXPIRY: Duration = Duration::from_secs(60);

/// A helper whose secret was refused is not run again for that reason within this time.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(300);

/// What kind of secret a source gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Password,
    Token,
}

/// A fetched secret, ready for a request header.
#[derive(Clone, Debug)]
pub struct Credential {
    header: HeaderValue,
    refresh_at: Option<Instant>,
}

impl Credential {
    /// The value of the Authorization header. It is marked sensitive and prints nothing.
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

/// Fetches and keeps the secret of one connection.
#[derive(Debug)]
pub struct Keeper {
    user: Option<String>,
    source: Option<SecretSource>,
    held: Mutex<Held>,
    /// One fetch at a time: a helper may ask its person for something.
    fetching: Semaphore,
}

#[derive(Debug, Default)]
struct Held {
    credential: Option<Credential>,
    /// When it was fetched anew because of a 401, if no answer has been good since.
    renewed: Option<Instant>,
}

impl Keeper {
    pub fn new(user: Option<String>, source: Option<SecretSource>) -> Self {
        Self { user, source, held: Mutex::default(), fetching: Semaphore::new(1) }
    }

    /// The credential to send, fetched if there is none or it is about to expire. None: the config names no secret.
    ///
    /// # Errors
    /// [`Trouble::Secret`] in words that hold no part of the secret.
    pub async fn credential(&self) -> Result<Option<Credential>, Trouble> {
        let Some(source) = &self.source else { return Ok(None) };
        if let Some(credential) = self.valid() {
            return Ok(Some(credential));
        }
        // The semaphore is never closed.
        let _alone = self.fetching.acquire().await;
        if let Some(credential) = self.valid() {
            return Ok(Some(credential));
        }
        let fetched = fetch::fetch(source).await.map_err(|words| Trouble::Secret(words.into()))?;
        let credential = self.credential_of(&fetched)?;
        self.held().credential = Some(credential.clone());
        Ok(Some(credential))
    }

    /// User and password, for protocols that log in with a message of their own. Fetched anew each time: logins are rare.
    ///
    /// # Errors
    /// [`Trouble::Secret`] in words that hold no part of the secret.
    pub async fn password(&self) -> Result<(String, Secret), Trouble> {
        let (Some(user), Some(source)) = (&self.user, &self.source) else {
            return Err(Trouble::Secret("this kind of backend needs `user` and `secret`".into()));
        };
        // The semaphore is never closed.
        let _alone = self.fetching.acquire().await;
        let fetched = fetch::fetch(source).await.map_err(|words| Trouble::Secret(words.into()))?;
        Ok((user.clone(), fetched.secret))
    }

    /// After a 401: another credential worth one more try, or None.
    pub async fn renewed(&self, refused: Option<&Credential>) -> Option<Credential> {
        {
            let mut held = self.held();
            let rested = held.renewed.is_none_or(|at| at.elapsed() >= BETWEEN_RENEWALS);
            match self.source {
                // An environment does not change, and reading a file again disturbs nobody.
                None | Some(SecretSource::Env(_)) => return None,
                Some(SecretSource::Exec(_)) if !rested => return None,
                _ => {}
            }
            held.renewed = Some(Instant::now());
            held.credential = None;
        }
        let fresh = self.credential().await.ok().flatten()?;
        (refused.map(Credential::header) != Some(fresh.header())).then_some(fresh)
    }

    /// A verb was answered 401: the next read fetches anew. The verb itself is not sent again.
    pub fn forget(&self) {
        let mut held = self.held();
        if held.renewed.is_none() {
            held.renewed = Some(Instant::now());
            held.credential = None;
        }
    }

    /// The server took the credential.
    pub fn accepted(&self) {
        self.held().renewed = None;
    }

    fn valid(&self) -> Option<Credential> {
        let held = self.held();
        held.credential.clone().filter(|credential| credential.refresh_at.is_none_or(|at| Instant::now() < at))
    }

    fn credential_of(&self, fetched: &fetch::Fetched) -> Result<Credential, Trouble> {
        let value = match (&self.user, &fetched.kind) {
            (Some(user), Kind::Password) => {
                Secret::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", fetched.secret.reveal()))))
            }
            _ => Secret::new(format!("Bearer {}", fetched.secret.reveal())),
        };
        let mut header = HeaderValue::from_str(value.reveal())
            .map_err(|_| Trouble::Secret("it holds characters that no header may carry".into()))?;
        header.set_sensitive(true);
        let refresh_at = fetched.lifetime.map(|lifetime| {
            // A lifetime shorter than the margin would have the helper run before every request.
            Instant::now() + lifetime.checked_sub(BEFORE_EXPIRY).unwrap_or(lifetime / 2).max(Duration::from_secs(5))
        });
        Ok(Credential { header, refresh_at })
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
