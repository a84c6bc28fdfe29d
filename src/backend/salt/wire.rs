//! Jobs as the master tells them, put into our own shapes. Fields that are missing are no error.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{calls, outcome};
use crate::backend::driven::{Job, Probe, Report};
use crate::domain::Text;

/// `jobs.list_jobs`: a map of jobs, without hosts and results.
pub fn jobs(answer: &Value) -> Vec<Job> {
    answer.as_object().into_iter().flatten().map(|(id, body)| job(id, body)).collect()
}

fn job(id: &str, body: &Value) -> Job {
    Job {
        id: id.to_owned(),
        labels: body.get("Metadata").and_then(Value::as_object).map(calls::labels).unwrap_or_default(),
        by: Text::new(body.get("User").and_then(Value::as_str).unwrap_or("unknown")),
        began: body.get("StartTime").and_then(Value::as_str).and_then(time),
        ended: body.get("EndTime").and_then(Value::as_str).and_then(time),
    }
}

/// `jobs.list_job`: one job with hosts and results; none if the master does not know it.
pub fn report(answer: &Value) -> Option<Report> {
    if answer.get("Error").is_some() || answer.get("Minions").is_none() {
        return None;
    }
    let fun = match answer.get("Function") {
        Some(Value::String(fun)) => fun.as_str(),
        _ => "",
    };
    let told: BTreeSet<String> = list(&answer["Minions"]);
    let results: BTreeMap<_, _> =
        answer["Result"].as_object().into_iter().flatten().map(|(host, entry)| (host.clone(), outcome::of(fun, entry))).collect();
    let mut asked: BTreeSet<String> = told.union(&results.keys().cloned().collect()).cloned().collect();
    if answer["Target-type"] == "list" {
        asked.extend(list(&answer["Target"]));
    }
    let job = job(answer["jid"].as_str().unwrap_or_default(), answer);
    Some(Report { job, asked, told, results })
}

/// A list, or its items with commas in between.
pub fn list(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(items) => items.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

/// `saltutil.find_job`: a map with a pid, nothing, or a text in its place.
pub fn probe(said: &Value) -> Probe {
    match said {
        Value::Object(map) if map.get("queued") == Some(&Value::Bool(true)) => Probe::Queued,
        Value::Object(map) if map.contains_key("pid") => Probe::Running,
        Value::Object(_) => Probe::Gone,
        _ => Probe::Silent,
    }
}

/// `2026, Nov 22 01:28:29.123456`, in UTC.
fn time(text: &str) -> Option<Timestamp> {
    DateTime::strptime("%Y, %b %d %H:%M:%S%.f", text).ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_masters_own_time_is_read() {
        assert_eq!(time("2026, Nov 22 01:28:29.123456"), "2026-11-22T01:28:29.123456Z".parse().ok());
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn a_job_that_is_not_known_is_none_and_no_error() {
        assert_eq!(report(&json!({"jid": "1", "Error": "Cannot contact returner or no job with this jid", "Result": {}})), None);
    }

    #[test]
    fn a_host_that_was_asked_for_and_not_told_is_kept_apart() {
        let answer = json!({"jid": "1", "Function": "patch.apply", "Target": "web-1,ghost-9", "Target-type": "list",
            "Minions": ["web-1"], "Result": {}});
        let report = report(&answer).expect("a job");
        assert!(report.asked.contains("ghost-9") && !report.told.contains("ghost-9"));
    }
}
