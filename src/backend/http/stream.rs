//! An answer that does not end by itself: a stream of events. No time limit but the one for silence.
//!
//! It counts against the budget once, when it is opened, and it parses nothing.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderName, HeaderValue};

use super::budget::Lane;
use super::session::Proof;
use super::{Client, Failure, Instant, address, answer::Answer, trouble};
use crate::backend::port::Trouble;

/// Pieces as they come.
#[derive(Debug)]
pub struct Pieces {
    response: reqwest::Response,
    /// A stream that says nothing for so long is taken for dead.
    silence: Duration,
}

impl Pieces {
    /// The next piece. None: the server has ended it, or it has been silent for too long, or it broke.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        let piece = tokio::time::timeout(self.silence, self.response.chunk()).await.ok()?;
        piece.ok().flatten().map(|bytes| bytes.to_vec())
    }
}

impl Client {
    /// GETs a stream.
    ///
    /// # Errors
    /// Everything but 2xx.
    pub async fn listen(&self, path: &str, proof: &Proof, silence: Duration) -> Result<Pieces, Failure> {
        let result = self.listened(path, proof, silence).await;
        self.count(result)
    }

    async fn listened(&self, path: &str, proof: &Proof, silence: Duration) -> Result<Pieces, Failure> {
        let url = address::join(&self.base, path, &[]).map_err(Failure::unsent)?;
        let mut value = HeaderValue::from_str(proof.value.reveal())
            .map_err(|_| Failure::unsent(Trouble::Secret("the token holds characters that no header may carry".into())))?;
        value.set_sensitive(true);
        let request = self
            .verbs
            .request(Method::GET, url)
            .header(ACCEPT, "text/event-stream, application/json")
            .header(HeaderName::from_static(proof.name), value);
        self.budget.take(Lane::Read).await;
        self.tally.requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (began, limit) = (Instant::now(), self.limits.read * 2);
        let answered = tokio::time::timeout(limit, request.send()).await;
        let Ok(answered) = answered else { return Err(Failure::broken(Trouble::TimedOut(limit))) };
        let response =
            answered.map_err(|error| trouble::broken(&error.without_url(), &self.place, self.limits.connect, limit))?;
        if response.status().is_success() {
            return Ok(Pieces { response, silence });
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map(|bytes| bytes.to_vec()).unwrap_or_default();
        Err(Answer::new(status, &headers, body, began.elapsed()).failure(self.manners.explain))
    }
}
