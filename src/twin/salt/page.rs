//! Answers: JSON where the API answers, a page of HTML where it refuses, and the headers of both.
//!
//! The words of the refusals are the protocol: only they tell one 401 from another. Decides nothing about requests.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::super::world::Millis;
use super::jobs::instant;

/// The life of the cookie, as the server writes it.
const COOKIE_S: i64 = 36_000;

/// An answer before its headers.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Payload,
    pub(super) headers: Vec<(&'static str, String)>,
    /// The session the cookie names; none sends no cookie.
    pub(super) cookie: Option<String>,
    /// Whether a session let the request in.
    pub(super) private: bool,
    pub(super) allow: &'static str,
}

#[derive(Debug, Clone)]
pub(super) enum Payload {
    Empty,
    Json(Value),
    /// A refusal: what stands in the first paragraph.
    Html(String),
}

impl Answer {
    pub(super) fn new(status: u16, body: Payload) -> Self {
        Self { status, body, headers: Vec::new(), cookie: Some(String::new()), private: false, allow: "GET, HEAD, POST" }
    }

    pub(super) fn json(status: u16, body: Value) -> Self {
        Self::new(status, Payload::Json(body))
    }

    pub(super) fn refused(status: u16, why: impl Into<String>) -> Self {
        Self::new(status, Payload::Html(why.into()))
    }

    /// An error without a reason.
    pub(super) fn unexpected() -> Self {
        Self::json(500, json!({"status": 500, "return": "An unexpected error occurred"}))
    }

    pub(super) fn bare(mut self) -> Self {
        self.cookie = None;
        self
    }

    /// Bytes of the body, about: enough to cut it in half.
    pub(super) fn length(&self) -> usize {
        match &self.body {
            Payload::Empty => 0,
            Payload::Json(value) => value.to_string().len(),
            Payload::Html(why) => page(self.status, why).len(),
        }
    }

    /// The HTTP response at the twin's time.
    pub(super) fn finish(self, now: Millis) -> Response<Body> {
        let mut response = Response::builder()
            .status(self.status)
            .header(header::DATE, http_date(now))
            .header(header::SERVER, "CherryPy/18.10.0")
            .header(header::ALLOW, self.allow);
        if self.private {
            response = response.header(header::CACHE_CONTROL, "private");
        }
        if let Some(session) = &self.cookie {
            response = response.header(header::SET_COOKIE, cookie(session, now));
        }
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        let (kind, text) = match self.body {
            Payload::Empty => (None, String::new()),
            Payload::Json(value) => (Some("application/json"), value.to_string()),
            Payload::Html(why) => (Some("text/html;charset=utf-8"), page(self.status, &why)),
        };
        if let Some(kind) = kind {
            response = response.header(header::CONTENT_TYPE, kind);
        }
        response.body(Body::from(text)).unwrap_or_else(|error| {
            tracing::error!(%error, "an answer of the twin could not be built");
            let mut broken = Response::new(Body::empty());
            *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            broken
        })
    }
}

fn cookie(session: &str, now: Millis) -> String {
    let expires = http_date(now + COOKIE_S * 1_000);
    format!("session_id={session}; expires={expires}; Max-Age={COOKIE_S}; Path=/")
}

/// The cookie that ends a session: it lies a year back.
pub(super) fn cookie_gone(session: &str, now: Millis) -> String {
    format!("session_id={session}; expires={}; Path=/", http_date(now - 365 * 86_400_000))
}

pub(super) fn http_date(now: Millis) -> String {
    instant(now).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The web server's error page.
fn page(status: u16, why: &str) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason()).unwrap_or("Error");
    let line = format!("{status} {reason}");
    let why = why.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<!DOCTYPE html PUBLIC\n\"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n\
         <html>\n<head>\n    <meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></meta>\n    <title>{line}</title>\n    \
         <style type=\"text/css\">\n    #powered_by {{\n        margin-top: 20px;\n        border-top: 2px solid black;\n        \
         font-style: italic;\n    }}\n\n    #traceback {{\n        color: red;\n    }}\n    </style>\n</head>\n    <body>\n        \
         <h2>{line}</h2>\n        <p>{why}</p>\n        <pre id=\"traceback\"></pre>\n    <div id=\"powered_by\">\n      <span>\n        \
         Powered by <a href=\"http://www.cherrypy.dev\">CherryPy 18.10.0</a>\n      </span>\n    </div>\n    </body>\n</html>\n"
    )
}
