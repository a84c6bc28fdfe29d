//! What a server answered: status, header lines that matter, body; and what an error answer means in words.
//!
//! It knows the protocol only. What a backend's own error words mean comes in as a function.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

use super::trouble::Failure;
use crate::backend::port::Trouble;
use crate::domain::Text;

/// Longest first line of an answer that is repeated to a person, in characters.
const FIRST_LINE: usize = 160;

/// What a backend's own error body says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Its word for the error.
    pub code: Option<Text>,
    /// Its sentence.
    pub message: Option<Text>,
    /// What it is, where its word decides more than the status does.
    pub trouble: Option<Trouble>,
}

/// How a backend's error bodies are read: status and body in, meaning out. A body that is no JSON comes as one text.
pub type Explain = fn(u16, &Value) -> Told;

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub etag: Option<String>,
    /// The server's clock when it answered.
    pub date: Option<Timestamp>,
    pub retry_after: Option<Duration>,
    pub location: Option<Text>,
    /// From the first byte sent to the last one read.
    pub took: Duration,
}

impl Answer {
    pub fn new(status: u16, headers: &HeaderMap, body: Vec<u8>, took: Duration) -> Self {
        let word = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let date = word(reqwest::header::DATE).and_then(http_date);
        Self {
            status,
            body,
            etag: word(reqwest::header::ETAG).map(str::to_owned),
            date,
            retry_after: word(reqwest::header::RETRY_AFTER).and_then(|value| retry_after(value, date)),
            location: word(reqwest::header::LOCATION).map(Text::new),
            took,
        }
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The failure that a status other than 2xx and 304 means.
    pub fn failure(&self, explain: Explain) -> Failure {
        let told = explain(self.status, &self.said());
        let trouble = told.trouble.clone().unwrap_or_else(|| self.trouble(&told));
        Failure { trouble, status: Some(self.status), code: told.code, unsent: false }
    }

    /// The body as JSON; a page or plain words as one text.
    fn said(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&self.body).into_owned()))
    }

    fn trouble(&self, told: &Told) -> Trouble {
        let said = told.message.clone().or_else(|| told.code.clone());
        let or = |otherwise: &str| said.clone().unwrap_or_else(|| Text::new(format!("{otherwise}{}", self.aside())));
        match self.status {
            300..=399 => Trouble::NotUnderstood(match &self.location {
                Some(target) => format!("redirected to {target}; redirects are not followed, mend url").into(),
                None => format!("redirect {} without a target", self.status).into(),
            }),
            401 => Trouble::Credentials(or("the server does not accept this login")),
            403 => Trouble::NotPermitted(or("the server forbids it to this login")),
            404 | 410 => Trouble::NotFound(or("the server knows no such thing")),
            405 => Trouble::Unsupported(or("the server does not know this call; it may be too old for it")),
            407 => Trouble::Credentials(or("the proxy asks for a login")),
            409 => Trouble::Conflict(or("somebody changed it at the same time")),
            423 => Trouble::Locked(or("the server has locked it")),
            429 => match said {
                Some(words) => Trouble::Quota(words),
                None => Trouble::Overloaded {
                    words: "too many requests a second for the server".into(),
                    retry_after: self.retry_after,
                },
            },
            503 => Trouble::Overloaded { words: or("the server is not available now"), retry_after: self.retry_after },
            502 | 504 => Trouble::Server(or(&format!("the gateway before the server has no answer ({})", self.status))),
            500..=599 => Trouble::Server(or(&format!("the server failed ({})", self.status))),
            status => Trouble::Unsupported(or(&format!("the server refuses the request ({status})"))),
        }
    }

    /// What can be told of a body that says nothing we understand.
    fn aside(&self) -> String {
        if self.body.is_empty() {
            return String::new();
        }
        // Many servers' default error body is an object whose only readable part is `error`.
        let body: Option<Value> = serde_json::from_slice(&self.body).ok();
        let said = body.as_ref().and_then(|body| body.get("error")).and_then(Value::as_str).map(Text::new);
        format!("; it said: {}", said.unwrap_or_else(|| self.first_line()))
    }

    /// The first line of the body that holds something, safe to show.
    pub fn first_line(&self) -> Text {
        let words = String::from_utf8_lossy(&self.body);
        Text::bounded(words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("nothing"), FIRST_LINE)
    }

    pub fn is_html(&self) -> bool {
        let start = self.body.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        self.body.get(start) == Some(&b'<')
    }

    /// The words for a body that is not what was asked for.
    pub fn not_understood(&self, why: &str) -> Failure {
        let words = if self.is_html() {
            format!("a page instead of data: {}; is a login page or a proxy in between?", self.first_line())
        } else {
            format!("{why}; it begins: {}", self.first_line())
        };
        Failure { trouble: Trouble::NotUnderstood(words.into()), status: Some(self.status), code: None, unsent: false }
    }
}

/// Reads a date of RFC 9110, section 5.6.7: `Sun, 22 Nov 2026 00:11:19 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

/// Seconds, or a date that is measured against the server's own clock.
fn retry_after(text: &str, date: Option<Timestamp>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds.min(3600)));
    }
    let wait = http_date(text)?.duration_since(date?);
    Duration::try_from(wait).ok().map(|wait| wait.min(Duration::from_secs(3600)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into(), etag: None, date: None, retry_after: None, location: None, took: Duration::ZERO }
    }

    fn plain(_: u16, body: &Value) -> Told {
        Told { message: body.get("message").and_then(Value::as_str).map(Text::new), ..Told::default() }
    }

    #[rstest]
    #[case(401, "", "credentials refused: the server does not accept this login")]
    #[case(403, "{\"message\":\"no\"}", "not permitted: no")]
    #[case(404, "", "not found: the server knows no such thing")]
    #[case(405, "", "not possible here: the server does not know this call; it may be too old for it")]
    #[case(409, "{}", "conflict: somebody changed it at the same time; it said: {}")]
    #[case(404, "{\"status\":404,\"error\":\"Not Found\"}", "not found: the server knows no such thing; it said: Not Found")]
    #[case(423, "", "locked: the server has locked it")]
    #[case(429, "", "overloaded: too many requests a second for the server")]
    #[case(429, "{\"message\":\"500 groups\"}", "over quota: 500 groups")]
    #[case(500, "<html>\nx", "server error: the server failed (500); it said: <html>")]
    #[case(502, "", "server error: the gateway before the server has no answer (502)")]
    #[case(503, "", "overloaded: the server is not available now")]
    #[case(418, "", "not possible here: the server refuses the request (418)")]
    fn every_status_has_its_own_words(#[case] status: u16, #[case] body: &str, #[case] words: &str) {
        assert_eq!(answer(status, body).failure(plain).trouble.to_string(), words);
    }

    #[test]
    fn a_redirect_is_named_with_its_target() {
        let mut redirect = answer(302, "");
        redirect.location = Some("https://login.example.test/".into());
        let words = redirect.failure(plain).trouble.to_string();
        assert!(words.contains("redirected to https://login.example.test/"), "{words}");
    }

    #[rstest]
    #[case::seconds("7", Some(7))]
    #[case::date("Sun, 22 Nov 2026 00:11:29 GMT", Some(10))]
    #[case::in_the_past("Sun, 22 Nov 2026 00:11:09 GMT", None)]
    #[case::nonsense("soon", None)]
    fn retry_after_is_seconds_or_a_date(#[case] text: &str, #[case] seconds: Option<u64>) {
        let date = http_date("Sun, 22 Nov 2026 00:11:19 GMT");
        assert!(date.is_some());
        assert_eq!(retry_after(text, date), seconds.map(Duration::from_secs));
    }

    #[test]
    fn an_escape_in_a_page_does_not_reach_the_words() {
        let words = answer(200, "<html>\u{1b}[31m").not_understood("no JSON").trouble.to_string();
        assert!(!words.contains('\u{1b}'), "{words}");
        assert!(words.contains("a page instead of data"), "{words}");
    }
}
