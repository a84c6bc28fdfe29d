//! Recorded exchanges, read from the project's own files.

use std::path::Path;

use serde_json::Value;

use super::server::Answer;

/// One recorded exchange.
pub struct Recording {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub method: String,
    /// The function that a command names, where the request is one.
    pub body_fun: Option<String>,
    pub answer: Answer,
    /// The answered body; null if there was none.
    pub body: Value,
}

/// Reads `tests/recordings/<kind>/<name>.json`.
pub fn load(kind: &str, name: &str) -> Recording {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(kind).join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let value: Value = serde_json::from_str(&text).expect("a recording is JSON");
    let (request, response) = (&value["request"], &value["response"]);
    let status = response["status"].as_u64().expect("a status") as u16;
    let body = response["body"].clone();
    let mut answer = match &body {
        Value::Null => Answer::empty(status),
        // A page, as it was.
        Value::String(page) => Answer::text(status, "text/html", page),
        body => Answer::json(status, body),
    };
    for (key, value) in response["headers"].as_object().into_iter().flatten() {
        answer = answer.header(key, value.as_str().expect("a header"));
    }
    let query = request["query"].as_object().into_iter().flatten();
    Recording {
        path: request["path"].as_str().expect("a path").to_owned(),
        query: query.map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))).collect(),
        method: request["method"].as_str().expect("a method").to_owned(),
        body_fun: request["body"][0]["fun"].as_str().map(str::to_owned),
        answer,
        body,
    }
}
