//! The API's end points: which request is carried out how, and who may ask at all.
//!
//! What a lowstate does is in `lowstate`. Key pairs, hooks and web sockets are not here: 404, as where they are not enabled.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use serde_json::{Map, Value, json};

use super::Server;
use super::ask::Ask;
use super::events;
use super::lowstate::{CLIENTS, Caller, Unknown};
use super::page::{Answer, cookie_gone};
use super::rights::{Closed, Who};

const NO_SESSION: &str = "No permission -- see authorization schemes";
const WRONG: &str = "Could not authenticate using provided credentials";

/// The event stream, if that is what is asked for and allowed.
pub(super) fn stream(server: &Arc<Server>, ask: &Ask) -> Option<Response<Body>> {
    let wanted = ask.method == "GET" && ask.path == "/events" && ask.query.is_none();
    (wanted && server.session(&ask.session).is_ok()).then(|| events::stream(server, ask.session.clone()))
}

pub(super) async fn dispatch(server: &Server, ask: &Ask) -> Answer {
    let answer = match (ask.method.as_str(), ask.path.as_str()) {
        ("GET", "") => Answer::json(200, json!({"return": "Welcome", "clients": CLIENTS})).bare(),
        ("POST", "/login") => login(server, ask).unwrap_or_else(|refused| refused),
        ("POST", "/token") => token(server, ask).unwrap_or_else(|refused| refused).bare(),
        ("POST", "/run") => one_shot(server, ask).await.unwrap_or_else(|refused| refused).bare(),
        ("GET", "/events") => events_refused(server, ask),
        ("POST", "" | "/minions" | "/logout") | ("GET", "/jobs" | "/minions") => with_session(server, ask).await,
        ("GET", path) if path.starts_with("/jobs/") || path.starts_with("/minions/") => with_session(server, ask).await,
        (_, "" | "/login" | "/token" | "/run" | "/events" | "/jobs" | "/minions" | "/logout") => {
            Answer::refused(405, "Specified method is invalid for this resource.")
        }
        (_, path) => Answer::refused(404, format!("The path '{path}' was not found.")).bare(),
    };
    // What the caller will take is looked at when the call has run.
    match ask.not_acceptable() {
        Some(refused) if answer.status < 400 => {
            Answer { private: answer.private, cookie: answer.cookie, allow: answer.allow, ..refused }
        }
        _ => answer,
    }
}

fn events_refused(server: &Server, ask: &Ask) -> Answer {
    let mut answer = if server.session(&ask.session).is_err() {
        Answer::refused(401, NO_SESSION)
    } else {
        Answer::refused(
            400,
            "The /events endpoint takes no query parameters; in particular, tokens must not be passed via the query string -- \
             they end up in access logs and the Referer header. Use the 'X-Auth-Token' header (for non-browser clients) or the \
             session cookie set by /login (for browser EventSource clients) instead.",
        )
    };
    answer.allow = "GET, HEAD";
    answer
}

/// Credentials as they stand in a body or in a chunk.
fn credentials(server: &Server, fields: &Map<String, Value>) -> (String, String, Option<Who>) {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let (user, eauth) = (text("username"), text("eauth"));
    (user.to_owned(), eauth.to_owned(), server.gate().check(user, text("password"), eauth))
}

fn fields(ask: &Ask) -> Result<Map<String, Value>, Answer> {
    match ask.data()? {
        Some(Value::Object(fields)) => Ok(fields),
        Some(Value::Array(list)) => Ok(list.into_iter().find_map(|one| one.as_object().cloned()).unwrap_or_default()),
        _ => Ok(Map::new()),
    }
}

fn seconds(ms: i64) -> f64 {
    // A tenth of a millisecond more keeps the number a fraction, as the server's are.
    (ms as f64 + 0.1) / 1_000.0
}

fn login(server: &Server, ask: &Ask) -> Result<Answer, Answer> {
    let (user, eauth, who) = credentials(server, &fields(ask)?);
    let who = who.ok_or_else(|| Answer::refused(401, WRONG))?;
    let now = server.clock.now();
    let (ends, perms) = (now + server.token_ms, who.perms());
    let id = server.gate().open(who, now + server.session_ms, ends);
    let body = json!({"return": [{
        "token": id, "expire": seconds(ends), "start": seconds(now), "user": user, "eauth": eauth, "perms": perms,
    }]});
    let mut answer = Answer::json(200, body);
    answer.headers.push(("x-auth-token", id.clone()));
    answer.cookie = Some(id);
    Ok(answer)
}

fn token(server: &Server, ask: &Ask) -> Result<Answer, Answer> {
    let (name, eauth, who) = credentials(server, &fields(ask)?);
    let who = who.ok_or_else(|| Answer::refused(401, WRONG))?;
    let now = server.clock.now();
    let ends = now + server.token_ms;
    let token = server.gate().token(who, ends);
    Ok(Answer::json(200, json!([{"start": seconds(now), "expire": seconds(ends), "name": name, "eauth": eauth, "token": token}])))
}

/// Chunks that bring their own credentials.
async fn one_shot(server: &Server, ask: &Ask) -> Result<Answer, Answer> {
    let mut answers = Vec::new();
    for chunk in ask.lowstate()? {
        let caller: Caller = if let Some(token) = chunk.get("token").and_then(Value::as_str) {
            server.gate().bearer(token, server.clock.now()).ok_or(Unknown::Token)
        } else {
            let (user, _, who) = credentials(server, &chunk);
            who.ok_or(Unknown::Credentials(user))
        };
        answers.push(server.chunk(caller, &chunk).await?);
    }
    Ok(Answer::json(200, json!({"return": answers})))
}

async fn with_session(server: &Server, ask: &Ask) -> Answer {
    let caller: Caller = match server.session(&ask.session) {
        Ok(who) => Ok(who),
        Err(Closed::TokenExpired) => Err(Unknown::Token),
        Err(Closed::NoSession) => {
            return Answer::refused(401, NO_SESSION);
        }
    };
    let mut answer = known(server, ask, caller).await.unwrap_or_else(|refused| refused);
    answer.private = true;
    if let Some(cookie) = &mut answer.cookie {
        cookie.clone_from(&ask.session);
    }
    answer
}

async fn known(server: &Server, ask: &Ask, caller: Caller) -> Result<Answer, Answer> {
    let ok = |body: Value| Ok(Answer::json(200, body));
    match (ask.method.as_str(), ask.path.as_str()) {
        ("POST", "/logout") => {
            server.gate().close(&ask.session);
            let mut answer = Answer::json(200, json!({"return": "Your token has been cleared"})).bare();
            answer.headers.push(("set-cookie", cookie_gone(&ask.session, server.clock.now())));
            Ok(answer)
        }
        ("POST", "/minions") => {
            let mut answers = Vec::new();
            for mut chunk in ask.lowstate()? {
                chunk.insert("client".to_owned(), json!("local_async"));
                answers.push(server.chunk(caller.clone(), &chunk).await?);
            }
            let links: Vec<Value> =
                answers.iter().filter_map(|one| one["jid"].as_str()).map(|jid| json!({"href": format!("/jobs/{jid}")})).collect();
            Ok(Answer::json(202, json!({"return": answers, "_links": {"jobs": links}})))
        }
        ("POST", _) => {
            let mut answers = Vec::new();
            for chunk in ask.lowstate()? {
                answers.push(server.chunk(caller.clone(), &chunk).await?);
            }
            ok(json!({"return": answers}))
        }
        (_, "/jobs") => {
            let found = server.chunk(caller, &chunk(json!({"client": "runner", "fun": "jobs.list_jobs"}))).await?;
            ok(json!({"return": [found]}))
        }
        (_, path) if path.starts_with("/jobs/") => {
            let jid = path.trim_start_matches("/jobs/");
            let job = server.chunk(caller, &chunk(json!({"client": "runner", "fun": "jobs.list_job", "jid": jid}))).await?;
            let bare = |(id, one): (&String, &Value)| (id.clone(), one["return"].clone());
            let returns: Map<String, Value> = job["Result"].as_object().into_iter().flatten().map(bare).collect();
            ok(json!({"info": [job], "return": [returns]}))
        }
        (_, path) => {
            let id = path.trim_start_matches("/minions").trim_start_matches('/');
            let tgt = if id.is_empty() { "*" } else { id };
            let all = server.chunk(caller, &chunk(json!({"client": "local", "tgt": tgt, "fun": "grains.items"}))).await?;
            ok(json!({"return": [all]}))
        }
    }
}

fn chunk(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
