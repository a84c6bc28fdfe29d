//! A job as the job cache holds it, and the shapes in which it is handed out.
//!
//! A job has no status: it is a list of hosts and a map of returns. When it was, is written in its id.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::world::Millis;
use super::work::Return;

/// What one host answered, once.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub(super) value: Value,
    pub(super) retcode: Value,
    pub(super) success: Value,
    pub(super) out: Option<&'static str>,
}

impl From<Return> for Answered {
    fn from(one: Return) -> Self {
        Self { value: one.value, retcode: json!(one.retcode), success: json!(one.success), out: one.out }
    }
}

impl Answered {
    /// Several functions in one job: everything becomes a map.
    pub(super) fn several(funs: &[String], returns: Vec<Return>) -> Self {
        let mut maps = [Map::new(), Map::new(), Map::new()];
        for (fun, one) in funs.iter().zip(returns) {
            maps[0].insert(fun.clone(), one.value);
            maps[1].insert(fun.clone(), json!(one.retcode));
            maps[2].insert(fun.clone(), json!(one.success));
        }
        let [value, retcode, success] = maps.map(Value::Object);
        Self { value, retcode, success, out: None }
    }

    fn body(&self) -> Value {
        let mut body = json!({"return": self.value});
        // A runner's answer has both inside.
        if !self.retcode.is_null() {
            body["retcode"] = self.retcode.clone();
            body["success"] = self.success.clone();
        }
        if let Some(out) = self.out {
            body["out"] = json!(out);
        }
        body
    }
}

/// One publication, or several under the same id.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) jid: String,
    pub(super) fun: Value,
    pub(super) arguments: Vec<Value>,
    pub(super) tgt: Value,
    pub(super) tgt_type: String,
    pub(super) user: String,
    pub(super) metadata: Option<Value>,
    pub(super) start_event: bool,
    /// Runner jobs have none.
    pub(super) minions: Option<BTreeSet<String>>,
    pub(super) results: BTreeMap<String, Answered>,
    /// When the last answer came.
    pub(super) ended: Option<Millis>,
    pub(super) launched: Millis,
}

impl Job {
    /// What the search shows: no hosts, no results.
    pub(super) fn head(&self, endtime: bool) -> Map<String, Value> {
        let mut head = Map::new();
        let mut put = |key: &str, value: Value| head.insert(key.to_owned(), value);
        put("Function", self.fun.clone());
        put("Arguments", Value::Array(self.arguments.clone()));
        put("Target", self.tgt.clone());
        put("Target-type", json!(self.tgt_type));
        put("User", json!(self.user));
        if let Some(metadata) = &self.metadata {
            put("Metadata", metadata.clone());
        }
        put("StartTime", json!(start_time(&self.jid)));
        if let (true, Some(ended)) = (endtime, self.ended) {
            put("EndTime", json!(long(ended)));
        }
        head
    }

    /// Everything, as `jobs.list_job` answers.
    pub(super) fn whole(&self, endtime: bool) -> Value {
        let mut body = self.head(endtime);
        body.insert("jid".to_owned(), json!(self.jid));
        if let Some(minions) = &self.minions {
            body.insert("Minions".to_owned(), json!(minions));
        }
        let results = self.results.iter().map(|(id, one)| (id.clone(), one.body()));
        body.insert("Result".to_owned(), Value::Object(results.collect()));
        Value::Object(body)
    }

    /// The bare answers by host.
    pub(super) fn returns(&self) -> Value {
        Value::Object(self.results.iter().map(|(id, one)| (id.clone(), one.value.clone())).collect())
    }

    pub(super) fn missing(&self) -> impl Iterator<Item = &String> {
        self.minions.iter().flatten().filter(|id| !self.results.contains_key(*id))
    }

    pub(super) fn funs(&self) -> Vec<String> {
        names(&self.fun)
    }
}

/// The functions of a job: one, or a list.
pub(super) fn names(fun: &Value) -> Vec<String> {
    match fun {
        Value::Array(funs) => funs.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        other => other.as_str().map(str::to_owned).into_iter().collect(),
    }
}

/// What `jobs.list_job` says of an id nobody knows (any more).
pub(super) fn unknown(jid: &str) -> Value {
    json!({
        "jid": jid,
        "Error": "Cannot contact returner or no job with this jid",
        "StartTime": start_time(jid),
        "Result": {},
    })
}

/// The id written differently; empty for one that is no time.
pub(super) fn start_time(jid: &str) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if jid.len() != 20 || !jid.bytes().all(|byte| byte.is_ascii_digit()) {
        return String::new();
    }
    let month = jid[4..6].parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    month.map_or_else(String::new, |month| {
        format!("{}, {month} {} {}:{}:{}.{}", &jid[..4], &jid[6..8], &jid[8..10], &jid[10..12], &jid[12..14], &jid[14..])
    })
}

/// An instant as job times are written.
pub(super) fn long(now: Millis) -> String {
    instant(now).strftime("%Y, %b %d %H:%M:%S%.6f").to_string()
}

/// An instant as events are stamped.
pub(super) fn stamp(now: Millis) -> String {
    instant(now).strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// A new id at this instant, given in microseconds since 1970.
pub(super) fn jid(micros: i64) -> String {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%Y%m%d%H%M%S%6f").to_string()
}

pub(super) fn instant(now: Millis) -> Timestamp {
    Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jobs_id_is_its_time_and_back() {
        let id = jid(1_795_310_908_971_383);
        assert_eq!(id, "20261122012828971383");
        assert_eq!(start_time(&id), "2026, Nov 22 01:28:28.971383");
        assert_eq!(long(1_795_310_908_971), "2026, Nov 22 01:28:28.971000");
        assert_eq!(stamp(1_795_310_908_971), "2026-11-22T01:28:28.971000+00:00");
    }

    #[test]
    fn an_id_that_is_no_time_has_no_start() {
        assert_eq!(start_time("abc"), "");
        assert_eq!(start_time("20261322012828971383"), "");
    }
}
