//! Answers: body, and the headers every one of them has.
//!
//! Which errors there are is in `problem`. Decides nothing about requests.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use serde_json::{Value, json};

use super::super::world::Millis;
use super::super::world::build::instant;
use super::routes::Ask;

/// An answer before its common headers.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Payload,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What an answer carries.
pub(super) enum Payload {
    Empty,
    Json(Value),
    /// Spring's error body; its timestamp is filled in with the twin's time.
    Spring,
    Html(&'static str),
}

impl Answer {
    pub(super) fn empty(status: u16) -> Self {
        Self { status, body: Payload::Empty, headers: Vec::new() }
    }

    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Payload::Json(body), headers: Vec::new() }
    }

    /// Bytes of the body, about: enough to cut it in half.
    pub(super) fn length(&self) -> usize {
        match &self.body {
            Payload::Empty => 0,
            Payload::Json(value) => value.to_string().len(),
            Payload::Spring => 80,
            Payload::Html(page) => page.len(),
        }
    }

    /// The HTTP response at the twin's time `now`: `Date`, `ETag` and 304 belong here.
    pub(super) fn finish(self, ask: &Ask, now: Millis) -> Response<Body> {
        let (kind, text) = match self.body {
            Payload::Empty => (None, String::new()),
            Payload::Json(value) => (Some(ask.media_type), value.to_string()),
            Payload::Spring => (Some(ask.media_type), spring(self.status, now)),
            Payload::Html(page) => (Some("text/html;charset=utf-8"), page.to_owned()),
        };
        let mut response = Response::builder().header(header::DATE, http_date(now));
        let etag = (ask.method == "GET" && matches!(self.status, 200 | 204)).then(|| etag(&text));
        if let Some(etag) = &etag {
            response = response.header(header::ETAG, etag);
            if ask.if_none_match.as_deref() == Some(etag) {
                return built(response.status(304), Body::empty());
            }
        }
        if self.status != 429 {
            response = response.header(header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate");
        }
        if self.status == 401 {
            response = response.header(header::WWW_AUTHENTICATE, "Basic realm=\"hawkBit\", charset=\"UTF-8\"");
        }
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        if let Some(kind) = kind {
            response = response.header(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        built(response.status(self.status), Body::from(text))
    }
}

fn built(response: axum::http::response::Builder, body: Body) -> Response<Body> {
    response.body(body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer of the twin could not be built");
        let mut broken = Response::new(Body::empty());
        *broken.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}

fn spring(status: u16, now: Millis) -> String {
    let reason = axum::http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    let at = format!("{:.3}", instant(now));
    json!({ "timestamp": at, "status": status, "error": reason.unwrap_or("Error") }).to_string()
}

fn http_date(now: Millis) -> String {
    instant(now).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A shallow ETag as the server writes it: a zero and 32 hexadecimal digits. Any hash of the body will do.
fn etag(text: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in text.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
    }
    format!("\"0{hash:032x}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bodies_have_equal_tags_and_different_ones_different_tags() {
        assert_eq!(etag("a"), etag("a"));
        assert_ne!(etag("a"), etag("b"));
        assert_eq!(etag("").len(), 35);
    }

    #[test]
    fn dates_are_in_the_form_http_asks_for() {
        assert_eq!(http_date(1_795_310_331_000), "Sun, 22 Nov 2026 01:18:51 GMT");
    }
}
