//! One HTTP client for every adapter: certificates, credentials, budget, time-outs, and errors in words.
//!
//! It follows no redirect and repeats nothing by itself, with one exception: a read that the server answers with 401 is
//! asked once more with a secret that was fetched anew. It does not know what a path means.

pub mod address;
pub mod answer;
pub mod budget;
mod cache;
pub mod session;
mod setup;
pub mod stream;
pub mod trouble;

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::answer::{Answer, Explain};
use self::budget::{Budget, Lane};
use self::cache::Cache;
pub use self::setup::Limits;
pub use self::trouble::Failure;
use super::port::Trouble;
use super::secret::Keeper;
use super::settings::Settings;
use crate::domain::{Health, Text};

/// Longest body that is read, in bytes. 500 actions with links are 0.4 MB.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// The header that proxies and servers write into their logs by custom.
const REQUEST_ID: &str = "x-request-id";

/// One connection's client. Cheap to share, never cloned.
pub struct Client {
    reads: reqwest::Client,
    verbs: reqwest::Client,
    base: Url,
    /// For words to a person.
    place: trouble::Place,
    keeper: Keeper,
    budget: Arc<Budget>,
    cache: Mutex<Cache>,
    limits: Limits,
    manners: Manners,
    tally: Tally,
}

/// What differs between the protocols of backends.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// The content type asked for.
    pub accept: &'static str,
    /// Reads the backend's error bodies.
    pub explain: Explain,
}

/// What was asked so far.
#[derive(Debug, Default)]
struct Tally {
    requests: AtomicU64,
    errors: AtomicU64,
    not_modified: AtomicU64,
}

/// A read that was answered.
#[derive(Debug)]
pub struct Read<T> {
    /// None: the server says that there is nothing (204).
    pub value: Option<Arc<T>>,
    /// The server said that nothing changed since the last time (304).
    pub unchanged: bool,
    /// The server's clock when it answered.
    pub date: Option<Timestamp>,
    /// How long the exchange took, without waiting for the budget or for a secret.
    pub took: Duration,
}

/// A verb as it leaves.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub method: &'a str,
    /// Below the base address, encoded already.
    pub path: &'a str,
    /// Not encoded yet.
    pub query: &'a [(String, String)],
    pub body: Option<&'a Value>,
    /// Names this request in the logs of the server and of what stands before it.
    pub request_id: Option<&'a str>,
    /// For the whole exchange.
    pub deadline: Duration,
}

/// What became of a verb, as far as this exchange tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// 2xx, with the body if there was one.
    Accepted(Option<Value>),
    /// A clear 4xx, or it provably never left.
    Refused(Failure),
    /// Everything else: it may have been done.
    Unknown(Failure),
}

impl Client {
    /// # Errors
    /// An address that is none, or certificates that cannot be used. Nothing is asked yet.
    pub fn open(settings: &Settings, manners: Manners) -> Result<Self, Trouble> {
        Self::with_limits(settings, manners, Limits::default())
    }

    /// The same with other time-outs.
    pub fn with_limits(settings: &Settings, manners: Manners, limits: Limits) -> Result<Self, Trouble> {
        let base = address::base(&settings.url)?;
        let proxy = settings.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok());
        let place = trouble::Place { server: address::place(&base), proxy: proxy.as_ref().map(address::place) };
        let (reads, verbs) = setup::clients(settings, &base, limits)?;
        let budget = budget::of_origin(&address::origin(&base), settings.requests_per_second);
        let keeper = Keeper::new(settings.user.clone(), settings.secret.clone());
        Ok(Self { reads, verbs, base, place, keeper, budget, cache: Mutex::default(), limits, manners, tally: Tally::default() })
    }

    /// The address as shown: it holds no credentials.
    pub fn shown_address(&self) -> Text {
        Text::new(self.base.as_str().trim_end_matches('/'))
    }

    /// The counters since the connection was opened; the times in it are left open.
    pub fn health(&self) -> Health {
        Health {
            requests: self.tally.requests.load(Ordering::Relaxed),
            errors: self.tally.errors.load(Ordering::Relaxed),
            not_modified: self.tally.not_modified.load(Ordering::Relaxed),
            budget_tenths: (self.budget.per_second() * 10.0) as u32,
            ..Health::default()
        }
    }

    /// GETs JSON. `path` stands below the base address and is encoded already, `query` is not.
    ///
    /// # Errors
    /// Everything but 2xx and 304, and a body that is not a `T`.
    pub async fn read<T>(&self, path: &str, query: &[(String, String)]) -> Result<Read<T>, Failure>
    where
        T: DeserializeOwned + Any + Send + Sync,
    {
        let url = address::join(&self.base, path, query).map_err(Failure::unsent)?;
        let kept = self.cache().get::<T>(url.as_str());
        let answer = self.read_answer(&url, kept.as_ref().map(|(etag, _)| etag.as_str())).await;
        let answer = self.count(answer)?;
        if answer.status == 304
            && let Some((_, value)) = kept
        {
            self.tally.not_modified.fetch_add(1, Ordering::Relaxed);
            return Ok(Read { value: Some(value), unchanged: true, date: answer.date, took: answer.took });
        }
        if !answer.is_success() {
            return self.count(Err(answer.failure(self.manners.explain)));
        }
        if answer.body.is_empty() {
            return Ok(Read { value: None, unchanged: false, date: answer.date, took: answer.took });
        }
        let parsed = serde_json::from_slice::<T>(&answer.body);
        let value = Arc::new(self.count(parsed.map_err(|error| answer.not_understood(&format!("no fitting JSON ({error})"))))?);
        if let Some(etag) = &answer.etag {
            self.cache().put(url.as_str(), etag, value.clone(), answer.body.len());
        }
        Ok(Read { value: Some(value), unchanged: false, date: answer.date, took: answer.took })
    }

    async fn read_answer(&self, url: &Url, etag: Option<&str>) -> Result<Answer, Failure> {
        let mut credential = self.keeper.credential().await.map_err(Failure::unsent)?;
        loop {
            self.budget.take(Lane::Read).await;
            let mut request = self.reads.request(Method::GET, url.clone()).header(ACCEPT, self.manners.accept);
            if let Some(etag) = etag {
                request = request.header(IF_NONE_MATCH, etag);
            }
            if let Some(credential) = &credential {
                request = request.header(AUTHORIZATION, credential.header());
            }
            let answer = self.exchange(request, self.limits.read).await?;
            if answer.is_success() || answer.status == 304 {
                self.keeper.accepted();
            }
            if answer.status != 401 {
                return Ok(answer);
            }
            match self.keeper.renewed(credential.as_ref()).await {
                Some(fresh) => credential = Some(fresh),
                None => return Ok(answer),
            }
        }
    }

    /// Sends a verb, once.
    pub async fn send(&self, outgoing: &Outgoing<'_>) -> Sent {
        let sent = self.send_once(outgoing).await;
        self.counted(sent)
    }

    fn counted(&self, sent: Sent) -> Sent {
        if !matches!(sent, Sent::Accepted(_)) {
            self.tally.errors.fetch_add(1, Ordering::Relaxed);
        }
        sent
    }

    async fn send_once(&self, outgoing: &Outgoing<'_>) -> Sent {
        let request = match self.verb_request(outgoing).await {
            Ok(request) => request,
            Err(trouble) => return Sent::Refused(Failure::unsent(trouble)),
        };
        self.budget.take(Lane::Verb).await;
        let answer = self.exchange(request, outgoing.deadline).await;
        if answer.as_ref().is_ok_and(|answer| answer.status == 401) {
            self.keeper.forget();
        }
        self.judge(answer)
    }

    /// What an exchange tells of a verb. Only a clear refusal, or one that provably never left, is one.
    fn judge(&self, answer: Result<Answer, Failure>) -> Sent {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if failure.unsent => return Sent::Refused(failure),
            Err(failure) => return Sent::Unknown(failure),
        };
        match answer.status {
            200..=299 if answer.body.is_empty() => Sent::Accepted(None),
            200..=299 => match serde_json::from_slice(&answer.body) {
                Ok(body) => Sent::Accepted(Some(body)),
                Err(_) => Sent::Unknown(answer.not_understood("the answer is no JSON")),
            },
            // 408 tells that the server saw a part of it; what it made of that part is not said.
            408 => Sent::Unknown(answer.failure(self.manners.explain)),
            400..=499 => Sent::Refused(answer.failure(self.manners.explain)),
            _ => Sent::Unknown(answer.failure(self.manners.explain)),
        }
    }

    async fn verb_request(&self, outgoing: &Outgoing<'_>) -> Result<RequestBuilder, Trouble> {
        let url = address::join(&self.base, outgoing.path, outgoing.query)?;
        let method = Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|_| Trouble::Unsupported(format!("{} is no method", outgoing.method).into()))?;
        let credential = self.keeper.credential().await?;
        let mut request = self
            .verbs
            .request(method, url)
            .header(ACCEPT, self.manners.accept)
            .header(CONTENT_TYPE, "application/json")
            .timeout(outgoing.deadline);
        if let Some(id) = outgoing.request_id {
            request = request.header(REQUEST_ID, id);
        }
        if let Some(credential) = &credential {
            request = request.header(AUTHORIZATION, credential.header());
        }
        if let Some(body) = outgoing.body {
            request = request.body(body.to_string());
        }
        Ok(request)
    }

    /// One request and its whole answer.
    async fn exchange(&self, request: RequestBuilder, limit: Duration) -> Result<Answer, Failure> {
        self.tally.requests.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let mut response = request
            .send()
            .await
            .map_err(|error| trouble::broken(&error.without_url(), &self.place, self.limits.connect, limit))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if body.len() + piece.len() > MAX_BODY => {
                    let words = format!("the answer is longer than {} MB", MAX_BODY / 1024 / 1024);
                    return Err(Failure::broken(Trouble::NotUnderstood(words.into())));
                }
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => break,
                Err(error) => return Err(trouble::cut_off(&error.without_url(), &self.place, body.len(), limit)),
            }
        }
        tracing::debug!(status, bytes = body.len(), took = ?began.elapsed(), "answered");
        Ok(Answer::new(status, &headers, body, began.elapsed()))
    }

    /// Counts an exchange that gave nothing. Without a secret there was none.
    fn count<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        if result.as_ref().is_err_and(|failure| !matches!(failure.trouble, Trouble::Secret(_))) {
            self.tally.errors.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
