//! Runners: questions to the master itself. Each call is a job of its own and is told to every listener.
//!
//! Knows the runners patchdeck needs and a few to look around with; orchestration and batches are not here, and a runner
//! that is not here is answered as the master answers one it does not have.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::jobs::{Answered, Job, stamp, start_time, unknown};
use super::master::Master;
use super::target::glob;

/// A runner call: what it is given, by place and by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    pub(super) fun: String,
    pub(super) args: Vec<Value>,
    pub(super) kwarg: Map<String, Value>,
    pub(super) user: String,
}

/// Why there is no answer but a bare 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl Question {
    fn arg(&self, place: usize, name: &str) -> Option<&Value> {
        self.kwarg.get(name).or_else(|| self.args.get(place))
    }

    fn flag(&self, place: usize, name: &str, usual: bool) -> bool {
        self.arg(place, name).and_then(Value::as_bool).unwrap_or(usual)
    }

    fn text(&self, place: usize, name: &str) -> Option<&str> {
        self.arg(place, name).and_then(Value::as_str)
    }

    fn fun_args(&self) -> Vec<Value> {
        let named = (!self.kwarg.is_empty()).then(|| Value::Object(self.kwarg.clone()));
        self.args.iter().cloned().chain(named).collect()
    }
}

impl Master {
    /// Calls a runner; the call is in the job cache afterwards, with its whole answer.
    pub(super) fn call(&mut self, question: &Question) -> Result<Value, Broken> {
        let jid = self.new_jid();
        let name = format!("runner.{}", question.fun);
        let mut load = json!({"fun": name, "jid": jid, "user": question.user, "fun_args": question.fun_args()});
        self.bus.called(&jid, &load, self.now);
        load["_stamp"] = json!(stamp(self.now));
        let (value, success) = match self.ask(question, &load)? {
            Ok(value) => (value, true),
            Err(text) => (Value::String(text), false),
        };
        load["return"] = value.clone();
        load["success"] = json!(success);
        self.bus.ran(&jid, &load, self.now);
        let answered = Answered { value: load, retcode: Value::Null, success: Value::Null, out: None };
        let job = Job {
            jid: jid.clone(),
            fun: json!(name),
            arguments: Vec::new(),
            tgt: json!(self.night.id),
            tgt_type: "list".to_owned(),
            user: question.user.clone(),
            metadata: None,
            start_event: false,
            minions: None,
            results: BTreeMap::from([(self.night.id.clone(), answered)]),
            ended: Some(self.now),
            launched: self.now,
        };
        self.jobs.insert(jid, job);
        Ok(value)
    }

    /// The answer, or the text in its place when the runner itself failed.
    fn ask(&mut self, question: &Question, load: &Value) -> Result<Result<Value, String>, Broken> {
        Ok(Ok(match question.fun.as_str() {
            "jobs.list_jobs" => match self.search(question) {
                Ok(found) => found,
                Err(text) => return Ok(Err(text)),
            },
            "jobs.list_job" | "jobs.print_job" | "jobs.lookup_jid" => {
                let Some(jid) = question.text(0, "jid") else {
                    let fun = question.fun.trim_start_matches("jobs.");
                    return Ok(Err(format!(
                        "\nPassed invalid arguments: {fun}() missing 1 required positional argument: 'jid'."
                    )));
                };
                if self.ghosts.contains(jid) && !self.jobs.contains_key(jid) {
                    return Err(Broken);
                }
                self.one_job(question, jid)
            }
            "jobs.active" => self.active(),
            "jobs.master" => {
                let mut own = load.clone();
                own["pid"] = json!(self.new_pid());
                json!([own])
            }
            "manage.present" | "manage.alived" => {
                let mut present = self.present();
                present.sort_unstable();
                json!(present)
            }
            "manage.not_present" | "manage.not_alived" => {
                let present = self.present();
                let away = self.minions.iter().map(|row| row.id.as_str()).filter(|id| !present.contains(id));
                json!(away.collect::<Vec<_>>())
            }
            "manage.up" => json!(self.where_online(true)),
            "manage.down" => json!(self.where_online(false)),
            "manage.status" => json!({"up": self.where_online(true), "down": self.where_online(false)}),
            "cache.pillar" | "cache.grains" => self.cached(question),
            "cache.store" | "cache.fetch" | "cache.list" => match self.bank(question) {
                Some(value) => value,
                None => return Err(Broken),
            },
            _ => return Err(Broken),
        }))
    }

    fn where_online(&self, online: bool) -> Vec<&str> {
        self.minions.iter().filter(|row| row.online == online).map(|row| row.id.as_str()).collect()
    }

    /// By labels (any of the keys given, exact and at top level), function, target and time.
    fn search(&self, question: &Question) -> Result<Value, String> {
        let moment = |name: &str| {
            match question.text(usize::MAX, name) {
            Some(text) => parsed(text).map(Some).ok_or_else(|| {
                format!("Exception occurred in runner jobs.list_jobs: Traceback (most recent call last):\n  dateutil.parser._parser.ParserError: Unknown string format: {text}\n")
            }),
            None => Ok(None),
        }
        };
        let (from, to) = (moment("start_time")?, moment("end_time")?);
        let labels = question.kwarg.get("search_metadata").and_then(Value::as_object);
        let patterns = |name: &str| match question.kwarg.get(name) {
            Some(Value::Array(all)) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()),
            Some(Value::String(one)) => Some(vec![one.clone()]),
            _ => None,
        };
        let (functions, targets) = (patterns("search_function"), patterns("search_target"));
        let wanted = |job: &&Job| {
            let metadata = job.metadata.as_ref();
            let labelled = labels.is_none_or(|labels| {
                labels.iter().any(|(key, value)| metadata.is_some_and(|metadata| metadata.get(key) == Some(value)))
            });
            let function =
                functions.as_ref().is_none_or(|all| job.funs().iter().any(|fun| all.iter().any(|pattern| glob(pattern, fun))));
            let target = targets.as_ref().is_none_or(|all| {
                let ids = job.minions.iter().flatten();
                ids.chain([&job.tgt.as_str().unwrap_or_default().to_owned()]).any(|id| all.iter().any(|one| glob(one, id)))
            });
            let began = parsed(&start_time(&job.jid));
            let after = from.is_none_or(|from| began.is_some_and(|began| began >= from));
            let before = to.is_none_or(|to| began.is_some_and(|began| began <= to));
            labelled && function && target && after && before
        };
        let endtime = self.night.server.endtime;
        let rows = self.jobs.values().filter(wanted).map(|job| (job.jid.clone(), Value::Object(job.head(endtime))));
        Ok(Value::Object(rows.collect()))
    }

    fn one_job(&self, question: &Question, jid: &str) -> Value {
        let endtime = self.night.server.endtime;
        let job = self.jobs.get(jid);
        match question.fun.as_str() {
            "jobs.list_job" => job.map_or_else(|| unknown(jid), |job| job.whole(endtime)),
            "jobs.print_job" => json!({jid: job.map_or_else(|| unknown(jid), |job| job.whole(endtime))}),
            _ => {
                let Some(job) = job else {
                    return json!({});
                };
                let mut body = if question.flag(2, "returned", true) { job.returns() } else { json!({}) };
                if question.flag(3, "missing", false) {
                    for id in job.missing() {
                        body[id] = json!("Minion did not return");
                    }
                }
                body
            }
        }
    }

    /// What runs now, by asking every host that answers.
    fn active(&self) -> Value {
        let mut all = Map::new();
        for run in self.runs.iter().filter(|run| run.alive) {
            let Some(job) = self.jobs.get(&run.jid) else {
                continue;
            };
            let body = all.entry(run.jid.clone()).or_insert_with(|| {
                let mut head = job.head(false);
                head.insert("Running".to_owned(), json!([]));
                head.insert("Returned".to_owned(), json!(job.results.keys().collect::<Vec<_>>()));
                Value::Object(head)
            });
            if let Some(running) = body["Running"].as_array_mut() {
                running.push(json!({self.minions[run.minion].id.as_str(): run.pid}));
            }
        }
        Value::Object(all)
    }

    /// The master's copies of what minions last said; hosts that are away are in it too.
    fn cached(&self, question: &Question) -> Value {
        let everybody = json!("*");
        let tgt = question.arg(0, "tgt").unwrap_or(&everybody);
        let rows = self.targets(tgt, question.text(1, "tgt_type").unwrap_or("glob"));
        let row = |row: usize| {
            let row = &self.minions[row];
            let map = if question.fun == "cache.pillar" { &row.pillar } else { &row.grains };
            (row.id.clone(), Value::Object(map.clone()))
        };
        Value::Object(rows.into_iter().map(row).collect())
    }

    fn bank(&mut self, question: &Question) -> Option<Value> {
        let bank = question.text(0, "bank")?.to_owned();
        if question.fun == "cache.list" {
            let keys: Vec<&String> = self.store.keys().filter(|(known, _)| *known == bank).map(|(_, key)| key).collect();
            return Some(json!(keys));
        }
        let key = question.text(1, "key")?.to_owned();
        if question.fun == "cache.fetch" {
            return Some(self.store.get(&(bank, key)).cloned().unwrap_or_else(|| json!({})));
        }
        let data = question.arg(2, "data").cloned().unwrap_or(Value::Null);
        self.store.insert((bank, key), data);
        Some(Value::Null)
    }
}

/// A time as people and programs write it; UTC.
fn parsed(text: &str) -> Option<DateTime> {
    const FORMS: [&str; 6] = [
        "%Y, %b %d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.fZ",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M:%S%.f",
    ];
    let time = FORMS.iter().find_map(|form| DateTime::strptime(form, text).ok());
    time.or_else(|| jiff::civil::Date::strptime("%Y-%m-%d", text).ok().map(DateTime::from))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2026, Nov 22 01:28:28.971383")]
    #[case("2026-11-22T01:28:28.971383")]
    #[case("2026-11-22T01:28:28.971383Z")]
    #[case("2026-11-22 01:28:28.971383")]
    fn a_search_takes_a_time_in_the_usual_forms(#[case] text: &str) {
        assert_eq!(parsed(text), parsed(&start_time("20261122012828971383")), "{text}");
        assert!(parsed(text).is_some());
    }

    #[test]
    fn what_is_no_time_is_none() {
        assert_eq!(parsed("yesterday"), None);
        assert_eq!(parsed(""), None);
    }
}
