//! How the customers of the usual night stand when somebody first looks: its scenario's windows, read as a config reads them.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use patchdeck::calendar::Calendars;
use patchdeck::config;
use patchdeck::domain::{HostSet, TenantId, Verdict};
use patchdeck::twin::builtin;
use patchdeck::twin::scenario::Scenario;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// The scenario, and its customers' calendars by way of a config file.
fn usual() -> (Scenario, Calendars) {
    let scenario = Scenario::read(builtin("patch-tuesday").expect("built in")).expect("a scenario");
    let mut text = String::new();
    let jobs = scenario.salt.iter().flat_map(|night| &night.tenant).map(|tenant| (&tenant.name, &tenant.zone));
    for (name, zone) in scenario.tenant.iter().map(|tenant| (&tenant.name, &tenant.zone)).chain(jobs) {
        let _ = writeln!(
            text,
            "[[backend]]\nname = \"{name}-hb\"\nkind = \"hawkbit\"\nurl = \"https://{name}.example.net\"\ntenant = \"{name}\"\n\n\
             [[tenant]]\nname = \"{name}\"\nzone = \"{zone}\"\n"
        );
    }
    for (title, tables) in [("window", &scenario.window), ("freeze", &scenario.freeze)] {
        for table in tables {
            let _ = writeln!(text, "[[{title}]]\n{table}");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("night.toml");
    std::fs::write(&file, &text).expect("written");
    let loaded = config::load(Some(&file), &["hawkbit"], &|_| None).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    (scenario, Calendars::new(loaded.config.calendar, TimeZone::UTC))
}

fn stands(scenario: &Scenario, calendars: &Calendars, tenant: &str) -> Verdict {
    calendars.at(&HostSet::of(&TenantId::new(tenant)), None, scenario.opens)
}

#[test]
fn one_is_open_and_one_that_will_not_fit_is_open_one_is_frozen_and_one_opens_tomorrow_across_a_clock_change() {
    let (scenario, calendars) = usual();
    let stands = |tenant: &str| stands(&scenario, &calendars, tenant);
    let words = ["acme", "umbra", "initech", "hooli", "globex"].map(|tenant| stands(tenant).state.word());
    assert_eq!(words, ["open", "open", "open", "frozen", "before"]);
    let acme = (at("2027-03-14T02:00:00Z"), at("2027-03-14T03:00:00Z"));
    assert_eq!(stands("acme").limits(), Some(acme), "Saturday 22:00 to 04:00 in Berlin, an hour before the end");
    let initech = (at("2027-03-13T23:00:00Z"), at("2027-03-13T23:30:00Z"));
    assert_eq!(stands("initech").limits(), Some(initech), "Sunday until 07:30 in Singapore, half an hour before the end");
    let tomorrow = stands("globex").opening.expect("it opens again");
    assert_eq!((tomorrow.period.from(), tomorrow.period.to()), (at("2027-03-14T07:00:00Z"), at("2027-03-14T10:00:00Z")));
    assert_eq!(tomorrow.changes.len(), 1, "01:00 to 05:00 in Chicago has three hours, not four");
}

#[test]
fn what_was_begun_tonight_was_begun_inside_a_window() {
    let (scenario, calendars) = usual();
    for tenant in &scenario.tenant {
        let set = HostSet::of(&TenantId::new(&tenant.name));
        for rollout in &tenant.rollout {
            let starts = rollout.step.iter().filter(|step| format!("{:?}", step.verb) == "Start");
            for step in starts {
                let when = scenario.opens + step.at;
                assert!(calendars.at(&set, None, when).lets_begin(), "{} began {} at {when}", tenant.name, rollout.name);
            }
        }
    }
}
