//! `status --json` about windows: how a night stands in a calendar, and whether it fits by what earlier waves were like.

use std::fs::OpenOptions;
use std::io::Write as _;

use jiff::Timestamp;
use patchdeck::domain::{BackendName, RolloutId, TenantId};
use patchdeck::memory::{Memory, Pace, Record};
use serde_json::{Value, json};

use crate::night::Night;
use crate::{complaint, on, out};

/// The night stands at 22:05Z on 2027-03-13: 23:05 in Berlin, 06:05 in Singapore, 17:05 in New York, 16:05 in Chicago.
const CALENDAR: &str = r#"
[[tenant]]
name = "acme"
zone = "Europe/Berlin"

[[tenant]]
name = "initech"
zone = "Asia/Singapore"

[[tenant]]
name = "hooli"
zone = "America/New_York"

[[window]]
name = "Saturday night"
tenant = "acme"
start = "2027-03-13T22:00"
length = "6h"
cutoff = "60min"

[[window]]
name = "Sunday morning"
tenant = "initech"
start = "2027-03-14T05:00"
until = "07:30"
cutoff = "30min"

[[window]]
name = "Saturday evening"
tenant = "hooli"
start = "2027-03-13T17:00"
length = "6h"

[[freeze]]
name = "spring launch"
reason = "nothing changes in the shop"
tenant = "hooli"
from = "2027-03-12T18:00"
to = "2027-03-15T08:00"
"#;

fn rollouts(night: &Night) -> Vec<Value> {
    let output = on(night, &["status", "--json", "--causes", "0"]);
    let document: Value = serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", complaint(&output)));
    document["rollouts"].as_array().expect("a list").clone()
}

/// Those of a tenant in a state, of which there is at least one.
fn of<'a>(rollouts: &'a [Value], tenant: &str, states: &[&str]) -> Vec<&'a Value> {
    let is = |one: &&Value| one["tenant"] == tenant && states.iter().any(|state| one["state"] == *state);
    let found: Vec<&Value> = rollouts.iter().filter(is).collect();
    assert!(!found.is_empty(), "{tenant} has something {states:?}: {rollouts:#?}");
    found
}

fn add(night: &Night, text: &str) {
    let mut file = OpenOptions::new().append(true).open(night.config()).expect("there");
    file.write_all(text.as_bytes()).expect("written");
}

/// A wave of an earlier night, its hosts through one after the other over `seconds`.
fn earlier(tenant: &str, hosts: u32, seconds: u32) -> Record {
    Record::Pace(Pace {
        tenant: TenantId::new(tenant),
        rollout: RolloutId::new(BackendName::new("earlier"), "1"),
        name: "February".into(),
        wave: "broad".into(),
        hosts,
        failed: 0,
        seconds,
        tenths: (0..=10).map(|tenth| seconds * tenth / 10).collect(),
        ended: "2027-02-13T23:00:00Z".parse::<Timestamp>().expect("a timestamp"),
    })
}

#[test]
fn without_a_calendar_the_window_of_every_rollout_is_no_window_and_the_rest_is_null() {
    let night = Night::still("patch-tuesday");
    let rollouts = rollouts(&night);
    assert!(rollouts.len() > 10);
    for rollout in rollouts {
        let window = &rollout["window"];
        assert_eq!(window["state"], "no_window");
        for key in ["opens", "cutoff", "closes", "override", "fit", "late", "why", "if_let_on"] {
            assert_eq!(window.get(key), Some(&Value::Null), "{key} of {rollout:#}");
        }
    }
}

#[test]
fn a_window_is_told_with_its_cutoff_and_its_end_and_whether_the_work_fits() {
    let night = Night::still("patch-tuesday");
    add(&night, CALENDAR);
    let bare = rollouts(&night);
    for rollout in of(&bare, "acme", &["running"]) {
        let window = &rollout["window"];
        assert_eq!(window["state"], "open");
        assert_eq!(window["cutoff"], "2027-03-14T02:00:00Z");
        assert_eq!(window["closes"], "2027-03-14T03:00:00Z");
        assert_eq!(window["fit"], "cannot_tell", "nobody has seen a host through yet");
        assert!(window["why"].as_str().is_some_and(|why| !why.is_empty()), "{window}");
        assert_eq!(rollout["ends"], Value::Null);
    }
    for rollout in of(&bare, "hooli", &["waits_for_approval"]) {
        let window = &rollout["window"];
        assert_eq!(window["state"], "frozen");
        assert_eq!((&window["closes"], &window["cutoff"]), (&Value::Null, &Value::Null));
        assert_eq!((&window["fit"], &window["why"]), (&json!("cannot_tell"), &json!("its window is shut")));
    }
    for rollout in of(&bare, "globex", &["finished", "stopped", "not_begun"]) {
        assert_eq!(rollout["window"]["state"], "no_window");
    }

    let mut memory = Memory::load(&night.home().join("memory.jsonl"));
    memory.remember(earlier("acme", 400, 1200));
    memory.remember(earlier("initech", 10, 36_000));
    memory.save().expect("saved");
    let known = rollouts(&night);
    for rollout in of(&known, "acme", &["running"]) {
        assert_eq!(rollout["window"]["fit"], "fits", "{rollout:#}");
        assert_eq!((&rollout["window"]["late"], &rollout["window"]["if_let_on"]), (&json!(0), &json!(false)));
        let ends = rollout["ends"].as_str().expect("an end");
        assert!(("2027-03-13T22:05:00Z".."2027-03-14T03:00:00Z").contains(&ends), "{ends}");
    }
    for rollout in of(&known, "initech", &["running"]) {
        assert_eq!(rollout["window"]["closes"], "2027-03-13T23:30:00Z");
        assert_eq!(rollout["window"]["fit"], "will_not_fit", "{rollout:#}");
        assert!(rollout["ends"].as_str().is_some_and(|ends| ends > "2027-03-13T23:30:00Z"), "{rollout:#}");
    }
    for rollout in of(&known, "acme", &["waits_for_approval"]) {
        assert_eq!(rollout["window"]["if_let_on"], true, "{rollout:#}");
        assert_eq!(rollout["ends"], Value::Null, "nobody let it on");
    }
}
