//! A tiny server that answers what it was told and remembers what it was asked; and a socket that misbehaves.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::recordings::Recording;

/// What is answered once.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
}

impl Answer {
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Duration::ZERO }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self { body: body.to_string().into_bytes(), ..Self::empty(status) }.header("Content-Type", "application/hal+json")
    }

    pub fn text(status: u16, kind: &str, body: &str) -> Self {
        Self { body: body.as_bytes().to_vec(), ..Self::empty(status) }.header("Content-Type", kind)
    }

    pub fn header(mut self, key: &str, value: &str) -> Self {
        self.headers.push((key.to_owned(), value.to_owned()));
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    /// The JSON that came with it; null if none did.
    pub body: Value,
}

impl Asked {
    pub fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub fn header(&self, key: &str) -> Option<&str> {
        self.headers.get(key).and_then(|value| value.to_str().ok())
    }
}

struct Rule {
    method: String,
    path: String,
    /// Pairs that the request must hold; it may hold more.
    query: Vec<(String, String)>,
    /// The last one stays.
    answers: VecDeque<Answer>,
}

#[derive(Default)]
struct Script {
    rules: Mutex<Vec<Rule>>,
    asked: Mutex<Vec<Asked>>,
}

/// A scripted server on a port of its own. It ends when dropped.
pub struct Server {
    pub url: String,
    script: Arc<Script>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Arc::new(Script::default());
        let router = Router::new().fallback(answer).with_state(script.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { url, script, task }
    }

    /// Answers `method path` with these answers in turn; the last one stays. A later rule goes before an earlier one.
    pub fn on(&self, method: &str, path: &str, query: &[(&str, &str)], answers: impl IntoIterator<Item = Answer>) -> &Self {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let answers = answers.into_iter().collect();
        let rule = Rule { method: method.to_owned(), path: path.to_owned(), query, answers };
        self.script.rules.lock().expect("rules").insert(0, rule);
        self
    }

    /// Answers a recorded request as it was answered, whatever the rest of its query.
    pub fn replay(&self, recording: &Recording) -> &Self {
        self.on(&recording.method, &recording.path, &[], [recording.answer.clone()])
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().expect("asked").clone()
    }

    pub fn asked_for(&self, path: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.path == path).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(script): State<Arc<Script>>, request: Request<Body>) -> Response<Body> {
    let mut query: Vec<(String, String)> =
        axum::extract::Query::try_from_uri(request.uri()).map(|axum::extract::Query(pairs)| pairs).unwrap_or_default();
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1024 * 1024).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    // A command sent as `[{"fun": ..}]` is told apart by its fields, as another one is by its query.
    for (key, value) in body.get(0).and_then(Value::as_object).into_iter().flatten() {
        query.extend(value.as_str().map(|value| (key.clone(), value.to_owned())));
    }
    let asked = Asked { method: head.method.to_string(), path: head.uri.path().to_owned(), query, headers: head.headers, body };
    script.asked.lock().expect("asked").push(asked.clone());
    let found = {
        let mut rules = script.rules.lock().expect("rules");
        let rule = rules.iter_mut().find(|rule| {
            rule.method == asked.method && rule.path == asked.path && rule.query.iter().all(|pair| asked.query.contains(pair))
        });
        rule.map(|rule| {
            if rule.answers.len() > 1 { rule.answers.pop_front() } else { rule.answers.front().cloned() }.expect("an answer")
        })
    };
    let found = found.unwrap_or_else(|| Answer::empty(404));
    tokio::time::sleep(found.delay).await;
    let etag = found.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case("etag")).map(|(_, value)| value.as_str());
    let unchanged = etag.is_some() && asked.header("if-none-match") == etag;
    let mut response = Response::builder().status(if unchanged { 304 } else { found.status });
    for (key, value) in &found.headers {
        response = response.header(key, value);
    }
    let body = if unchanged { Vec::new() } else { found.body };
    response.body(Body::from(body)).unwrap_or_else(|_| {
        let mut broken = Response::new(Body::empty());
        *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}

/// How a socket misbehaves.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Cuts the connection after the first bytes of the request.
    Reset,
    /// Promises a longer body than it sends.
    CutBody,
    /// Reads the request and never answers.
    Silent,
    /// Answers this to anything.
    Says(&'static str),
}

/// A misbehaving socket, and how many requests came to it.
pub struct Socket {
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Socket {
    pub async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        let task = tokio::spawn(async move {
            // Connections stay open as long as this task lives.
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = vec![0; if matches!(fault, Fault::Reset) { 4 } else { 16 * 1024 }];
                let read = stream.read(&mut buffer).await.unwrap_or(0);
                seen.lock().expect("heads").push(String::from_utf8_lossy(&buffer[..read]).into_owned());
                let words = match fault {
                    // What is left unread makes the close a reset.
                    Fault::Reset => continue,
                    Fault::CutBody => {
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"content\":["
                    }
                    Fault::Silent => {
                        open.push(stream);
                        continue;
                    }
                    Fault::Says(words) => words,
                };
                // A client that has gone away is not this socket's concern.
                let _ = stream.write_all(words.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { url, heads, task }
    }

    /// The beginnings of the requests that came.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("heads").clone()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}
