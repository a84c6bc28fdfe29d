//! The master's event bus: blocks of text as `/events` sends them, to everybody who listens.
//!
//! Nothing is kept and nothing is filtered: who was not there has missed it, and who is there hears everything.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::super::world::Millis;
use super::jobs::{Answered, Job, stamp};

/// How many blocks a slow listener may be behind before it misses some.
const BACKLOG: usize = 8_192;

#[derive(Debug, Clone)]
pub(super) struct Bus(broadcast::Sender<Arc<str>>);

impl Default for Bus {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Bus {
    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        self.0.subscribe()
    }

    fn say(&self, tag: &str, mut data: Value, now: Millis) {
        // Without a listener the block need not be made.
        if self.0.receiver_count() == 0 {
            return;
        }
        data["_stamp"] = json!(stamp(now));
        let block = format!("tag: {tag}\ndata: {}\n\n", json!({"data": data, "tag": tag}));
        if self.0.send(Arc::from(block)).is_err() {
            tracing::trace!("the last listener left");
        }
    }

    /// Two events: one with the minions, one with the labels.
    pub(super) fn published(&self, job: &Job, minions: &[String], missing: &[String], now: Millis) {
        let load = json!({
            "jid": job.jid, "tgt_type": job.tgt_type, "tgt": job.tgt, "user": job.user, "fun": job.fun,
            "arg": job.arguments, "minions": minions, "missing": missing,
        });
        self.say(&format!("salt/job/{}/new", job.jid), load, now);
        let mut load = json!({
            "fun": job.fun, "arg": job.arguments, "tgt": job.tgt, "jid": job.jid, "ret": "", "tgt_type": job.tgt_type,
            "user": job.user,
        });
        labelled(&mut load, job);
        if job.start_event {
            load["start_event"] = json!(true);
        }
        self.say(&format!("salt/job/{}/publish", job.jid), load, now);
    }

    pub(super) fn started(&self, job: &Job, id: &str, now: Millis) {
        let tag = format!("salt/job/{}/start/{id}", job.jid);
        let mut inner = json!({
            "id": id, "jid": job.jid, "fun": job.fun, "tgt": job.tgt, "tgt_type": job.tgt_type, "user": job.user,
        });
        labelled(&mut inner, job);
        let load =
            json!({"id": id, "cmd": "_minion_event", "pretag": null, "data": inner, "tag": tag, "ts": now.div_euclid(1_000)});
        self.say(&tag, load, now);
    }

    pub(super) fn returned(&self, job: &Job, id: &str, answered: &Answered, now: Millis) {
        let mut load = json!({
            "cmd": "_return", "id": id, "success": answered.success, "return": answered.value, "retcode": answered.retcode,
            "jid": job.jid, "fun": job.fun, "fun_args": job.arguments, "user": job.user, "ts": now.div_euclid(1_000),
        });
        labelled(&mut load, job);
        if let Some(out) = answered.out {
            load["out"] = json!(out);
        }
        self.say(&format!("salt/job/{}/ret/{id}", job.jid), load, now);
    }

    /// A runner was called: by whom, and with what.
    pub(super) fn called(&self, jid: &str, load: &Value, now: Millis) {
        self.say(&format!("salt/run/{jid}/new"), load.clone(), now);
    }

    /// A runner is through: its whole answer goes to everybody.
    pub(super) fn ran(&self, jid: &str, load: &Value, now: Millis) {
        self.say(&format!("salt/run/{jid}/ret"), load.clone(), now);
    }

    pub(super) fn present(&self, ids: &[String], now: Millis) {
        self.say("salt/presence/present", json!({"present": ids}), now);
    }

    pub(super) fn changed(&self, new: &[String], lost: &[String], now: Millis) {
        self.say("salt/presence/change", json!({"new": new, "lost": lost}), now);
    }

    pub(super) fn came(&self, id: &str, now: Millis) {
        let tag = format!("salt/minion/{id}/start");
        let text = format!("Minion {id} started at {}", super::jobs::instant(now).strftime("%a %b %e %H:%M:%S %Y"));
        let load =
            json!({"id": id, "cmd": "_minion_event", "pretag": null, "data": text, "tag": tag, "ts": now.div_euclid(1_000)});
        self.say(&tag, load, now);
    }
}

fn labelled(load: &mut Value, job: &Job) {
    if let Some(metadata) = &job.metadata {
        load["metadata"] = metadata.clone();
    }
}
