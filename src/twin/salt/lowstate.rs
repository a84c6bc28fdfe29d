//! Lowstates: chunks that name a client and a function, carried out in their order.
//!
//! If a later chunk is refused, the earlier ones have run and their answers are lost, as on the real server. Clients that
//! are switched off are refused; those that could be switched on are `local`, `local_async` and `runner`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Server;
use super::jobs::names;
use super::master::{Master, Publication};
use super::page::Answer;
use super::rights::Who;
use super::runner::Question;

/// Every client the API knows, whether it may be used or not.
pub(super) const CLIENTS: [&str; 10] =
    ["destroy", "local", "local_async", "local_batch", "local_subset", "runner", "runner_async", "ssh", "wheel", "wheel_async"];

/// The clients this twin can carry out.
pub(super) const SPOKEN: [&str; 3] = ["local", "local_async", "runner"];

/// How often a waiting call looks whether its hosts have answered.
const LOOK: Duration = Duration::from_millis(20);

/// Who asks, or why that is not known; the words depend on the client.
pub(super) type Caller = Result<Who, Unknown>;

#[derive(Debug, Clone)]
pub(super) enum Unknown {
    /// The token behind the session has expired.
    Token,
    /// Credentials inside the chunk are no good: the user they name.
    Credentials(String),
}

/// A job whose hosts are waited for.
struct Waiting {
    jid: String,
    minions: Vec<usize>,
    full: bool,
    patience: Duration,
}

impl Server {
    /// Carries one chunk out.
    pub(super) async fn chunk(&self, caller: Caller, chunk: &Map<String, Value>) -> Result<Value, Answer> {
        let client = chunk.get("client").and_then(Value::as_str).unwrap_or_default();
        if !CLIENTS.contains(&client) {
            return Err(Answer::refused(400, format!("Invalid client specified: '{client}'")));
        }
        let enabled = SPOKEN.contains(&client) && self.enabled.iter().any(|known| known == client);
        if !enabled {
            let text = format!("Client disabled: '{client}'. Add to 'netapi_enable_clients' master config option to enable.");
            return Err(Answer::refused(400, text));
        }
        let who = caller.map_err(|unknown| unauthenticated(client, &unknown))?;
        if client == "runner" { self.run(who, chunk).await } else { self.local(who, client == "local_async", chunk).await }
    }

    async fn run(&self, who: Who, chunk: &Map<String, Value>) -> Result<Value, Answer> {
        let fun = chunk.get("fun").and_then(Value::as_str).ok_or_else(Answer::unexpected)?;
        if !who.may_call(fun) {
            let text = format!("Authentication failure of type \"token\" occurred for user {}.", who.user);
            return Err(Answer::refused(401, text));
        }
        let question = Question { fun: fun.to_owned(), args: list(chunk.get("arg")), kwarg: named(chunk), user: who.user };
        tokio::time::sleep(self.runner_pause).await;
        self.with_master(|master| master.call(&question)).map_err(|_| Answer::unexpected())
    }

    async fn local(&self, who: Who, leaves: bool, chunk: &Map<String, Value>) -> Result<Value, Answer> {
        let wanted = publication(&who, chunk).ok_or_else(Answer::unexpected)?;
        let published = self.with_master(|master| {
            let minions = master.targets(&wanted.tgt, &wanted.tgt_type);
            let ids: Vec<&str> = minions.iter().map(|row| master.minions[*row].id.as_str()).collect();
            if !who.may_run(&names(&wanted.fun), &ids) {
                return Err(Answer::refused(401, "Authorization error occurred."));
            }
            let listed: Vec<String> = ids.into_iter().map(str::to_owned).collect();
            let jid = (!minions.is_empty()).then(|| master.publish(&wanted, &minions));
            Ok((jid, minions, listed))
        });
        tokio::time::sleep(self.publish_pause).await;
        let (jid, minions, ids) = published?;
        // Nobody is meant: no job, no error.
        let Some(jid) = jid else {
            return Ok(json!({}));
        };
        if leaves {
            return Ok(json!({"jid": jid, "minions": ids}));
        }
        let seconds = |name: &str, usual: f64| chunk.get(name).and_then(Value::as_f64).unwrap_or(usual).clamp(0.0, 3_600.0);
        let silence = seconds("timeout", 5.0) + seconds("gather_job_timeout", 10.0);
        let full = chunk.get("full_return") == Some(&Value::Bool(true));
        Ok(self.wait(Waiting { jid, minions, full, patience: self.silent.mul_f64(silence) }).await)
    }

    /// Waits for hosts that are at work, for as long as they are; for silent ones only so long.
    async fn wait(&self, waiting: Waiting) -> Value {
        let mut patient = true;
        loop {
            let (missing, working) = self.with_master(|master| {
                let missing: Vec<usize> = waiting.minions.iter().copied().filter(|row| !master.has(*row, &waiting.jid)).collect();
                let working = missing.iter().any(|row| master.works_on(*row, &waiting.jid));
                (!missing.is_empty(), working)
            });
            if working {
                tokio::time::sleep(LOOK).await;
            } else if missing && patient {
                patient = false;
                tokio::time::sleep(waiting.patience).await;
            } else {
                return self.with_master(|master| collected(master, &waiting));
            }
        }
    }
}

impl Master {
    fn has(&self, minion: usize, jid: &str) -> bool {
        self.jobs.get(jid).is_some_and(|job| job.results.contains_key(&self.minions[minion].id))
    }

    fn works_on(&self, minion: usize, jid: &str) -> bool {
        self.minions[minion].running.iter().any(|run| self.runs[*run].jid == jid)
    }
}

/// One value a host; a text in its place for one that said nothing.
fn collected(master: &Master, waiting: &Waiting) -> Value {
    let mut all = Map::new();
    let present = master.present();
    for minion in &waiting.minions {
        let id = &master.minions[*minion].id;
        let answered = master.jobs.get(&waiting.jid).and_then(|job| job.results.get(id));
        let value = match answered {
            Some(one) if waiting.full => json!({"ret": one.value, "retcode": one.retcode, "jid": waiting.jid}),
            Some(one) => one.value.clone(),
            None => {
                let text = silence(&waiting.jid, present.contains(&id.as_str()));
                if waiting.full { json!({"out": "no_return", "ret": text}) } else { json!(text) }
            }
        };
        all.insert(id.clone(), value);
    }
    Value::Object(all)
}

fn silence(jid: &str, connected: bool) -> String {
    if connected {
        format!(
            "Minion did not return. [No response]\nThe minions may not have all finished running and any remaining minions will \
             return upon completion. To look up the return data for this job later, run the following command:\n\nsalt-run \
             jobs.lookup_jid {jid}"
        )
    } else {
        "Minion did not return. [Not connected]".to_owned()
    }
}

fn unauthenticated(client: &str, unknown: &Unknown) -> Answer {
    Answer::refused(
        401,
        match (client, unknown) {
            ("runner", Unknown::Token) => "Authentication failure of type \"token\" occurred.".to_owned(),
            ("runner", Unknown::Credentials(user)) => {
                format!("Authentication failure of type \"eauth\" occurred for user {user}.")
            }
            _ => "Authentication error occurred.".to_owned(),
        },
    )
}

/// None without a function or a target.
fn publication(who: &Who, chunk: &Map<String, Value>) -> Option<Publication> {
    let fun = chunk.get("fun").filter(|fun| !names(fun).is_empty())?;
    let tgt = chunk.get("tgt").filter(|tgt| tgt.is_string() || tgt.is_array())?;
    let text = |name: &str| chunk.get(name).and_then(Value::as_str);
    Some(Publication {
        fun: fun.clone(),
        arg: list(chunk.get("arg")),
        kwarg: chunk.get("kwarg").and_then(Value::as_object).cloned().unwrap_or_default(),
        tgt: tgt.clone(),
        tgt_type: text("tgt_type").unwrap_or("glob").to_owned(),
        jid: text("jid").map(str::to_owned),
        metadata: chunk.get("metadata").cloned(),
        start_event: chunk.get("start_event") == Some(&Value::Bool(true)),
        user: who.user.clone(),
    })
}

/// Arguments by place: a list, or one alone.
fn list(arg: Option<&Value>) -> Vec<Value> {
    match arg {
        Some(Value::Array(args)) => args.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one.clone()],
    }
}

/// A runner's named arguments: `kwarg`, and every plain member of the chunk that is not the API's own. A member called
/// `key` is lost on the way.
fn named(chunk: &Map<String, Value>) -> Map<String, Value> {
    const OWN: [&str; 9] = ["client", "fun", "arg", "kwarg", "token", "username", "password", "eauth", "key"];
    let mut all: Map<String, Value> = chunk
        .iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    all.extend(chunk.get("kwarg").and_then(Value::as_object).cloned().unwrap_or_default());
    all
}
