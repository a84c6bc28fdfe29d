//! Exchanges for protocols that log in by themselves: reads that are POSTed, and a header of the adapter's own.
//!
//! No credential of the config travels in a header here; the adapter asks for it with [`Client::login_words`].

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::budget::Lane;
use super::{Client, Failure, Read, Sent, address};
use crate::backend::port::Trouble;
use crate::backend::settings::Secret;

/// A header that proves who we are.
#[derive(Clone, Debug)]
pub struct Proof {
    pub name: &'static str,
    pub value: Secret,
}

impl Client {
    /// User and password of the config, fetched now if they are not at hand.
    ///
    /// # Errors
    /// No user or no secret in the config, or one that could not be had.
    pub async fn login_words(&self) -> Result<(String, Secret), Trouble> {
        self.keeper.password().await
    }

    /// POSTs JSON that changes nothing, and reads the answer.
    ///
    /// # Errors
    /// Everything but 2xx, and a body that is not a `T`.
    pub async fn ask<T: DeserializeOwned>(&self, path: &str, body: &Value, proof: Option<&Proof>) -> Result<Read<T>, Failure> {
        let result = self.asked(path, body, proof).await;
        self.count(result)
    }

    async fn asked<T: DeserializeOwned>(&self, path: &str, body: &Value, proof: Option<&Proof>) -> Result<Read<T>, Failure> {
        // A question may be a job of the server's that takes a while before its first byte.
        let limit = self.limits.read * 2;
        let request = self.posted(path, body, proof).map_err(Failure::unsent)?.timeout(limit);
        self.budget.take(Lane::Read).await;
        let answer = self.exchange(request, limit).await?;
        if !answer.is_success() {
            return Err(answer.failure(self.manners.explain));
        }
        let value: T =
            serde_json::from_slice(&answer.body).map_err(|error| answer.not_understood(&format!("no fitting JSON ({error})")))?;
        Ok(Read { value: Some(value.into()), unchanged: false, date: answer.date, took: answer.took })
    }

    /// POSTs a verb, once. `deadline` is for the whole exchange.
    pub async fn send_proved(&self, path: &str, body: &Value, proof: Option<&Proof>, deadline: Duration) -> Sent {
        let request = match self.posted(path, body, proof) {
            Ok(request) => request.timeout(deadline),
            Err(trouble) => return self.counted(Sent::Refused(Failure::unsent(trouble))),
        };
        self.budget.take(Lane::Verb).await;
        let sent = self.judge(self.exchange(request, deadline).await);
        self.counted(sent)
    }

    /// On a connection of its own: a POST on one that the server closes at this moment is lost, and nobody may repeat it.
    fn posted(&self, path: &str, body: &Value, proof: Option<&Proof>) -> Result<reqwest::RequestBuilder, Trouble> {
        let url = address::join(&self.base, path, &[])?;
        let mut request = self
            .verbs
            .request(Method::POST, url)
            .header(ACCEPT, self.manners.accept)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        if let Some(proof) = proof {
            let mut value = HeaderValue::from_str(proof.value.reveal())
                .map_err(|_| Trouble::Secret("the server's token holds characters that no header may carry".into()))?;
            value.set_sensitive(true);
            request = request.header(HeaderName::from_static(proof.name), value);
        }
        Ok(request)
    }
}
