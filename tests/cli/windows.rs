//! Windows without a screen: `status --json` about how a night stands in a calendar, `windows`, and what `check` notices.

use std::fs::OpenOptions;
use std::io::Write as _;

use jiff::Timestamp;
use patchdeck::domain::{BackendName, Override, Period, RolloutId, TenantId};
use patchdeck::journal::Entry;
use patchdeck::memory::{Memory, Pace, Record};
use serde_json::{Value, json};

use crate::night::Night;
use crate::{code, complaint, on, open_journal, out};

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

fn status(night: &Night) -> Value {
    json_of(night, &["status", "--json", "--causes", "0"])
}

fn json_of(night: &Night, args: &[&str]) -> Value {
    let output = on(night, args);
    serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", complaint(&output)))
}

fn rollouts(night: &Night) -> Vec<Value> {
    status(night)["rollouts"].as_array().expect("a list").clone()
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
    // Behind its first wave a person decides again: for those hosts nothing is promised.
    for rollout in of(&known, "acme", &["waits_for_approval"]) {
        let window = &rollout["window"];
        assert_eq!(
            (&window["fit"], &window["why"]),
            (&json!("cannot_tell"), &json!("20 hosts wait for a person")),
            "{rollout:#}"
        );
        assert_eq!(rollout["ends"], Value::Null, "nobody let it on");
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn held(rollout: &Value, from: &str, to: &str) -> Entry {
    let text = |key: &str| rollout[key].as_str().expect("a text").to_owned();
    let backend = BackendName::new(text("backend"));
    // `id` is the whole name of it: the backend's own id stands behind the backend's name.
    let id = text("id");
    let native = id.rsplit(['/', ':', '#', ' ']).next().expect("an id").to_owned();
    Entry::Override {
        held: Box::new(Override {
            tenant: TenantId::new(text("tenant")),
            rollout: RolloutId::new(backend, native),
            reason: "storm damage".into(),
            change: Some("CHG-4711".into()),
            who: "lead".into(),
            second: Some("anna".into()),
            period: Period::new(at(from), at(to)).expect("a period"),
        }),
    }
}

#[test]
fn a_cutoff_that_is_near_and_an_override_that_is_about_to_end_need_a_person() {
    let night = Night::still("patch-tuesday");
    add(&night, CALENDAR);
    let kinds = |document: &Value| -> Vec<(String, String)> {
        let text = |need: &Value, key: &str| need[key].as_str().unwrap_or("-").to_owned();
        let needs = document["needs"].as_array().expect("a list").iter().filter(|need| need["kind"] == "window");
        // Four printers of initech have a window of their server's own.
        let needs = needs.filter(|need| !need["what"].as_str().is_some_and(|what| what.contains("holds back")));
        needs.map(|need| (text(need, "tenant"), text(need, "what"))).collect()
    };
    let before = status(&night);
    assert_eq!(kinds(&before), [], "an hour before the cutoff nobody is called");

    let waiting = of(before["rollouts"].as_array().expect("a list"), "hooli", &["waits_for_approval"])[0].clone();
    let entry = held(&waiting, "2027-03-13T22:00:00Z", "2027-03-13T22:15:00Z");
    open_journal(&night.journal(), 1).append(at("2027-03-13T22:00:00Z"), &entry).expect("written");
    add(&night, "\n[calendar]\ncutoff_minutes = 60\n");
    let after = kinds(&status(&night));
    let initech = after.iter().find(|(tenant, _)| tenant == "initech").expect("its cutoff is 55 minutes away");
    assert!(initech.1.starts_with("cutoff 07:00: ") && initech.1.contains(" at work"), "{after:?}");
    let hooli = after
        .iter()
        .find(|(tenant, _)| tenant == "hooli")
        .expect("its override ends in ten minutes, before the clock of New York changes");
    assert!(hooli.1.starts_with("override for ") && hooli.1.contains(" ends 17:15"), "{after:?}");
    let output = on(&night, &["status", "--causes", "0"]);
    assert_eq!(code(&output), 3);
    assert!(out(&output).contains("initech: cutoff 07:00: "), "{}", out(&output));

    let windows = json_of(&night, &["windows", "--json"]);
    let overrides = windows["overrides"].as_array().expect("a list");
    assert_eq!(overrides.len(), 1);
    assert_eq!((&overrides[0]["to"], &overrides[0]["second"]), (&json!("2027-03-13T22:15:00Z"), &json!("anna")));
}

#[test]
fn a_window_that_closed_while_hosts_begin_by_themselves_needs_a_person() {
    let night = Night::still("patch-tuesday");
    // 20:00 to 23:00 in Berlin; it is 23:05 there.
    add(
        &night,
        &CALENDAR.replace("start = \"2027-03-13T22:00\"\nlength = \"6h\"", "start = \"2027-03-13T20:00\"\nlength = \"3h\""),
    );
    let document = status(&night);
    let needs = document["needs"].as_array().expect("a list").iter();
    let acme: Vec<&str> = needs
        .filter(|need| need["kind"] == "window" && need["tenant"] == "acme")
        .filter_map(|need| need["what"].as_str())
        .collect();
    assert!(!acme.is_empty(), "{:#}", document["needs"]);
    for what in &acme {
        assert!(what.starts_with("window closed 23:00: \"March ") && what.contains("; still going: wave "), "{what}");
    }
    assert!(acme.iter().any(|what| what.contains(" not begun; nothing stops those ")), "{acme:?}");
}

#[test]
fn windows_tells_instances_cutoffs_freezes_and_conflicts_in_aligned_lines() {
    let night = Night::still("patch-tuesday");
    add(&night, CALENDAR);
    let output = on(&night, &["windows", "--days", "3"]);
    assert_eq!(code(&output), 0, "{}", complaint(&output));
    let text = out(&output);
    for line in [
        "2027-03-13 22:05Z, the next 3 days; times are the tenants' own",
        "acme  Europe/Berlin  open: last start Sun 2027-03-14 03:00 CET, closes Sun 2027-03-14 04:00 CET",
        "  OPENS                     LAST START                CLOSES                    LENGTH  WINDOW",
        "  Sat 2027-03-13 22:00 CET  Sun 2027-03-14 03:00 CET  Sun 2027-03-14 04:00 CET      6h  Saturday night",
        "initech  Asia/Singapore  open: last start Sun 2027-03-14 07:00 +08, closes Sun 2027-03-14 07:30 +08",
        "hooli  America/New_York  frozen until Mon 2027-03-15 08:00 EDT: spring launch",
        "  does not open in this time",
        "  Fri 2027-03-12 18:00 EST  Mon 2027-03-15 08:00 EDT  spring launch  nothing changes in the shop",
        "  conflict: \"Saturday evening\" of Sat 2027-03-13 17:00 EST is taken wholly by the freeze \"spring launch\" (night.toml:",
        "  no window",
    ] {
        assert!(text.lines().any(|shown| shown.starts_with(line)), "{line}\n\n{text}");
    }
    let one = out(&on(&night, &["windows", "--tenant", "acme"]));
    assert!(one.contains("Saturday night") && !one.contains("initech"), "{one}");
    let output = on(&night, &["windows", "--tenant", "nobody"]);
    assert_eq!(code(&output), 2);
    assert!(complaint(&output).contains("no tenant `nobody` in the config; there are: acme, "), "{}", complaint(&output));
}

#[test]
fn the_document_of_windows_holds_what_the_page_promises() {
    let night = Night::still("patch-tuesday");
    add(&night, CALENDAR);
    let document = json_of(&night, &["windows", "--json", "--days", "3"]);
    assert_eq!((&document["schema"], &document["at"]), (&json!(1), &json!("2027-03-13T22:05:00Z")));
    assert_eq!((&document["from"], &document["to"]), (&json!("2027-03-13T22:05:00Z"), &json!("2027-03-16T22:05:00Z")));
    let set = |tenant: &str| {
        let sets = document["sets"].as_array().expect("a list");
        sets.iter().find(|set| set["tenant"] == tenant).unwrap_or_else(|| panic!("{tenant}")).clone()
    };
    let acme = set("acme");
    assert_eq!((&acme["state"], &acme["zone"], &acme["group"]), (&json!("open"), &json!("Europe/Berlin"), &Value::Null));
    let opening = &acme["openings"][0];
    assert_eq!(opening["local_from"], "2027-03-13T22:00:00+01:00");
    assert_eq!((&opening["cutoff"], &opening["minutes"]), (&json!("2027-03-14T02:00:00Z"), &json!(360)));
    assert_eq!((&opening["begins"], &opening["clock_changes"]), (&json!("once"), &json!([])));
    assert!(opening["sources"][0].as_str().is_some_and(|source| source.starts_with("night.toml:")), "{opening}");
    let hooli = set("hooli");
    assert_eq!((&hooli["state"], &hooli["openings"]), (&json!("frozen"), &json!([])));
    assert_eq!((&hooli["conflicts"][0]["kind"], &hooli["conflicts"][0]["wholly"]), (&json!("freeze"), &json!(true)));
    assert_eq!(hooli["freezes"][0]["name"], "spring launch");
    assert_eq!(document["overrides"], json!([]));

    let page =
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md")).expect("a page");
    let mut keys = std::collections::BTreeSet::new();
    every_key(&document, &mut keys);
    let missing: Vec<&String> = keys.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/operating.md does not tell of {missing:?}");
}

#[test]
fn a_backend_that_says_otherwise_is_told_by_windows_and_needs_a_person() {
    let night = Night::still("patch-tuesday");
    add(&night, CALENDAR);
    let document = json_of(&night, &["windows", "--json", "--tenant", "initech"]);
    let conflicts = document["sets"][0]["conflicts"].as_array().expect("a list");
    assert_eq!(conflicts.len(), 1, "{conflicts:#?}");
    let conflict = &conflicts[0];
    assert_eq!((&conflict["kind"], &conflict["conflict"]), (&json!("backend"), &json!("theirs_shut")));
    assert_eq!((&conflict["stance"], &conflict["opens"]), (&json!("shut"), &json!("2027-03-14T01:00:00Z")));
    assert_eq!(conflict["hosts"].as_array().map(Vec::len), Some(4));
    assert_eq!(conflict["opens_outside"], true, "ours closes an hour and a half before");
    assert_eq!(conflict["native"], "0 0 9 ? * * for 02:00:00 at +08:00");
    assert_eq!(conflicts, document["sets"][0]["theirs"].as_array().expect("a list"));

    let text = out(&on(&night, &["windows", "--tenant", "initech"]));
    let backend = conflict["backend"].as_str().expect("a name");
    for line in [
        format!("  {backend} says: opens Sun 2027-03-14 09:00 +08 for 4 hosts: 0 0 9 ? * * for 02:00:00 at +08:00"),
        format!("  conflict: {backend} holds back 4 hosts, ours is open"),
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n\n{text}");
    }
    let needs = status(&night)["needs"].as_array().expect("a list").clone();
    let what = format!("{backend} holds back 4 hosts (opens 09:00), ours is open; 0 0 9 ? * * for 02:00:00 at +08:00");
    let need = needs.iter().find(|need| need["what"] == what.as_str()).unwrap_or_else(|| panic!("{needs:#?}"));
    assert_eq!((&need["kind"], &need["tenant"]), (&json!("window"), &json!("initech")));

    let offline = json_of(&night, &["windows", "--json", "--tenant", "initech", "--offline"]);
    assert_eq!((&offline["sets"][0]["theirs"], &offline["unknown"]), (&Value::Null, &Value::Null));
    assert_eq!(offline["sets"][0]["conflicts"], json!([]));
}

#[test]
fn windows_of_a_backend_that_cannot_be_asked_are_told_as_not_known() {
    let night = Night::still("patch-tuesday");
    add(&night, CALENDAR);
    let config = std::fs::read_to_string(night.config()).expect("there");
    let url = config.lines().find(|line| line.starts_with("url = ")).expect("a backend").to_owned();
    std::fs::write(night.config(), config.replace(&url, "url = \"http://127.0.0.1:9\"")).expect("written");
    let output = on(&night, &["windows"]);
    assert_eq!(code(&output), 4);
    let text = out(&output);
    assert!(text.contains("Saturday night"), "ours is known all the same: {text}");
    assert!(text.contains("NOT KNOWN OF THE BACKENDS\n  acme-"), "{text}");
}

fn every_key(value: &Value, keys: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                keys.insert(key.clone());
                every_key(value, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| every_key(item, keys)),
        _ => {}
    }
}

#[test]
fn the_ics_of_windows_is_read_back_by_the_config_as_the_windows_and_freezes_that_it_was_made_of() {
    let night = Night::still("patch-tuesday");
    add(&night, CALENDAR);
    let output = on(&night, &["windows", "--ics", "--days", "3"]);
    let text = out(&output);
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"), "{text:?}");
    assert!(text.contains("SUMMARY:acme: Saturday night\r\n"), "{text}");
    let again = Night::still("patch-tuesday");
    std::fs::write(again.home().join("all.ics"), &text).expect("written");
    let tenants = "tenant = \"acme\"";
    add(
        &again,
        &format!(
            "\n[[ics]]\nfile = \"all.ics\"\n{tenants}\nare = \"windows\"\n\n[[ics]]\nfile = \"all.ics\"\n{tenants}\nare = \"freezes\"\n"
        ),
    );
    let document = json_of(&again, &["windows", "--json", "--tenant", "acme", "--days", "3"]);
    let acme = &document["sets"][0];
    let names: Vec<&str> = acme["freezes"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["hooli: freeze: spring launch"]);
    assert_eq!(
        acme["conflicts"].as_array().map(Vec::len),
        Some(2),
        "the windows of acme and initech lie in hooli's freeze: {acme:#}"
    );
    // With one of the two kinds alone the other is told, not taken.
    add(&night, "\n[[ics]]\nfile = \"all.ics\"\ntenant = \"acme\"\nare = \"windows\"\n");
    std::fs::write(night.home().join("all.ics"), &text).expect("written");
    let output = on(&night, &["check"]);
    assert!(
        out(&output).contains("1 events of all.ics say that they are freezes, and are not read as windows"),
        "{}",
        out(&output)
    );
}

#[test]
fn check_tells_of_a_second_wednesday_and_of_a_window_before_the_release_with_file_and_line() {
    let night = Night::still("patch-tuesday");
    let rules = "\n[[window]]\nname = \"Patch Tuesday + 1\"\ntenant = \"acme\"\nzone = \"Europe/Berlin\"\non = \"2nd Wednesday 22:00\"\nlength = \"4h\"\n\
                 \n[[window]]\nname = \"early\"\ntenant = \"acme\"\nzone = \"Pacific/Auckland\"\non = \"2nd Tuesday 22:00\"\nlength = \"4h\"\n\
                 \n[[window]]\nname = \"by cron\"\ntenant = \"acme\"\nzone = \"America/New_York\"\ncron = \"30 2 * * SUN\"\nlength = \"1h\"\n";
    add(&night, rules);
    let config = std::fs::read_to_string(night.config()).expect("there");
    let line = |name: &str| config.lines().position(|line| line == format!("name = \"{name}\"")).expect("there") + 1;
    let output = on(&night, &["check"]);
    assert_eq!(code(&output), 0, "{}{}", out(&output), complaint(&output));
    let text = out(&output);
    for words in [
        format!(
            "note: night.toml:{}: acme: \"Patch Tuesday + 1\": the 2nd Wednesday is not Patch Tuesday + 1 in 2027-09 (the 8th and the 15th), 2027-12",
            line("Patch Tuesday + 1")
        ),
        format!(
            "note: night.toml:{}: acme: \"early\": opens before the patches of its month are out: 2027-04 by ",
            line("early")
        ),
        format!(
            "note: night.toml:{}: acme: \"by cron\": 2027-03-14 has no 02:30: cron would begin at 03:00, this at 03:30",
            line("by cron")
        ),
    ] {
        assert!(text.contains(&words), "{words}\n\n{text}");
    }
    let document = json_of(&night, &["check", "--json"]);
    assert_eq!(document["config"]["notes"].as_array().map(Vec::len), Some(3), "{:#}", document["config"]);
}
