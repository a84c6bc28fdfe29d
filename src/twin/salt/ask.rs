//! A request as it came in: method, path, session, body read by its content type, and what it will take for an answer.
//!
//! Reads, and judges nothing but whether it could be read.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde_json::{Map, Value};

use super::super::percent::form_decoded;
use super::page::Answer;

#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// From the header, or from the cookie.
    pub(super) session: String,
    accept: Option<String>,
    content_type: String,
    body: Bytes,
}

impl Ask {
    pub(super) fn new(head: &Parts, body: Bytes) -> Self {
        let text = |name: &str| header(&head.headers, name).map(str::to_owned);
        let cookie = || {
            let cookies = text("cookie").unwrap_or_default();
            cookies.split(';').find_map(|one| one.trim().strip_prefix("session_id=").map(str::to_owned))
        };
        Self {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().trim_end_matches('/').to_owned(),
            query: head.uri.query().map(str::to_owned),
            session: text("x-auth-token").or_else(cookie).unwrap_or_default(),
            accept: text("accept"),
            content_type: text("content-type").unwrap_or_default(),
            body,
        }
    }

    /// The refusal when the caller takes neither JSON nor YAML. It is found out when the call has run.
    pub(super) fn not_acceptable(&self) -> Option<Answer> {
        let accept = self.accept.as_deref()?;
        let good = ["application/json", "application/x-yaml", "application/*", "*/*"];
        let fits = accept.split(',').any(|one| good.contains(&one.split(';').next().unwrap_or_default().trim()));
        (!fits).then(|| {
            Answer::refused(
                406,
                format!(
                    "Your client sent this Accept header: {accept}. But this resource only emits these media types: \
                     application/json, application/x-yaml."
                ),
            )
        })
    }

    /// The body as a value; none when there is no body.
    pub(super) fn data(&self) -> Result<Option<Value>, Answer> {
        if self.body.is_empty() {
            return Ok(None);
        }
        let kind = self.content_type.split(';').next().unwrap_or_default().trim();
        match kind {
            "application/json" | "text/plain" => {
                serde_json::from_slice(&self.body).map(Some).map_err(|_| Answer::refused(400, "Invalid JSON document"))
            }
            "application/x-www-form-urlencoded" => Ok(Some(Value::Object(form(&String::from_utf8_lossy(&self.body))))),
            _ => Err(Answer::refused(406, "Content type not supported")),
        }
    }

    /// The body as a lowstate: a list of chunks; a single one will do.
    pub(super) fn lowstate(&self) -> Result<Vec<Map<String, Value>>, Answer> {
        let not_a_list = || Answer::refused(400, "Lowstates must be a list");
        match self.data()? {
            Some(Value::Array(chunks)) => chunks
                .into_iter()
                .map(|chunk| match chunk {
                    Value::Object(chunk) => Ok(chunk),
                    _ => Err(not_a_list()),
                })
                .collect(),
            Some(Value::Object(chunk)) => Ok(vec![chunk]),
            _ => Err(not_a_list()),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Fields of a form; a field that comes again becomes a list.
fn form(text: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = Value::String(form_decoded(value));
        match fields.entry(form_decoded(name)) {
            serde_json::map::Entry::Vacant(place) => {
                place.insert(value);
            }
            serde_json::map::Entry::Occupied(mut place) => match place.get_mut() {
                Value::Array(values) => values.push(value),
                first => *first = Value::Array(vec![first.take(), value]),
            },
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_forms_fields_are_decoded_and_a_repeated_one_is_a_list() {
        let fields = form("fun=test.ping&arg=a%20b&arg=c+d&tgt=*");
        assert_eq!(Value::Object(fields), json!({"fun": "test.ping", "arg": ["a b", "c d"], "tgt": "*"}));
    }
}
