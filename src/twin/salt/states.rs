//! `state.apply` on a host: the map of states that Salt answers, for the one kind of patch state this master has.
//!
//! A state file here is always a check, an upgrade that requires it, and a note about a restart that requires that. Which
//! files there are is the scenario's; what an upgrade changes is in `packages`.

use serde_json::{Value, json};

use super::super::world::Millis;
use super::jobs::instant;
use super::minion::Minion;
use super::night::Flavour;
use super::packages::{Outcome, changes_json};
use super::work::Return;

/// The keys of the three states.
const KEYS: [&str; 3] = [
    "module_|-preflight_|-preflight_|-run",
    "pkg_|-upgrade-all_|-upgrade-all_|-uptodate",
    "test_|-restart-due_|-restart-due_|-show_notification",
];

/// What is asked of a host first, as `patch.probe` answers it.
pub(super) fn probe(minion: &Minion, flavour: &Flavour) -> Return {
    let found = minion.probe(flavour);
    let well = found.disk_free_mb > 500 && found.lock_free && found.mirror_reachable;
    let value = json!({
        "disk_free_mb": found.disk_free_mb,
        "lock_free": found.lock_free,
        "mirror_reachable": found.mirror_reachable,
        "reboot_required": minion.reboot_required,
        "result": well,
    });
    Return { value, retcode: if well { 0 } else { 2 }, success: well, out: None }
}

/// Whether the check lets the upgrade run.
pub(super) fn would_run(minion: &Minion, flavour: &Flavour) -> bool {
    probe(minion, flavour).success
}

/// A run in which nothing was changed because the check found something.
pub(super) fn stopped(sls: &str, now: Millis) -> Return {
    let failed = json!({
        "name": ["patch.probe"], "changes": {}, "comment": "'patch.probe' failed: (error message N/A)", "result": false,
    });
    let skipped = |on: &str| json!({"changes": {}, "result": false, "comment": format!("One or more requisite failed: {sls}.{on}"), "__state_ran__": false});
    states([failed, named(skipped("preflight"), 1), named(skipped("upgrade-all"), 2)], sls, now, false)
}

/// A run in which the package manager did what `outcome` says.
pub(super) fn ran(minion: &Minion, flavour: &Flavour, sls: &str, outcome: &Outcome, now: Millis) -> Return {
    let checked = json!({
        "name": ["patch.probe"], "changes": {"patch.probe": probe(minion, flavour).value},
        "comment": "patch.probe: Success", "result": true,
    });
    let well = outcome.retcode == 0;
    let comment = match (well, outcome.changes.is_empty()) {
        (true, true) => "System is already up-to-date".to_owned(),
        (true, false) => "Upgrade ran successfully".to_owned(),
        (false, _) => outcome.comment(),
    };
    let upgraded = json!({"name": "upgrade-all", "changes": changes_json(&outcome.changes), "result": well, "comment": comment});
    let note = if well {
        note(minion.reboot_required)
    } else {
        named(
            json!({"changes": {}, "result": false, "comment": format!("One or more requisite failed: {sls}.upgrade-all"), "__state_ran__": false}),
            2,
        )
    };
    states([checked, upgraded, note], sls, now, well)
}

/// `test=True`: nothing happens, and what would is said. `null` means would change.
pub(super) fn dry(minion: &Minion, flavour: &Flavour, sls: &str, now: Millis) -> Return {
    let upgrades = minion.upgrades(flavour);
    let changes =
        upgrades.iter().map(|(name, new)| (name.clone(), (minion.installed.get(name).cloned().unwrap_or_default(), new.clone())));
    let changes = changes_json(&changes.collect());
    let checked =
        json!({"name": ["patch.probe"], "changes": {}, "comment": "Function patch.probe to be executed.", "result": null});
    let upgraded = if upgrades.is_empty() {
        json!({"name": "upgrade-all", "changes": {}, "result": true, "comment": "System is already up-to-date"})
    } else {
        json!({"name": "upgrade-all", "changes": changes, "result": null, "comment": "System update will be performed"})
    };
    states([checked, upgraded, note(minion.reboot_required)], sls, now, true)
}

fn note(due: bool) -> Value {
    if due {
        json!({"name": "restart-due", "changes": {}, "result": true, "comment": "a restart is due"})
    } else {
        json!({"name": "restart-due", "changes": {}, "result": true, "comment": "onlyif condition is false", "skip_watch": true})
    }
}

fn named(mut state: Value, number: usize) -> Value {
    state["name"] = json!(["preflight", "upgrade-all", "restart-due"][number]);
    state
}

fn states(three: [Value; 3], sls: &str, now: Millis, well: bool) -> Return {
    let mut map = serde_json::Map::new();
    let at = instant(now).strftime("%H:%M:%S%.6f").to_string();
    for (number, (key, mut state)) in KEYS.into_iter().zip(three).enumerate() {
        state["__sls__"] = json!(sls);
        state["__run_num__"] = json!(number);
        state["__id__"] = json!(["preflight", "upgrade-all", "restart-due"][number]);
        state["start_time"] = json!(at);
        state["duration"] = json!([3.724, 1_087.143, 9.492][number]);
        map.insert(key.to_owned(), state);
    }
    let retcode = if well { 0 } else { 2 };
    Return { value: Value::Object(map), retcode, success: well, out: Some("highstate") }
}

/// A state file that cannot be used, or a host that is busy with one: a list of strings.
pub(super) fn refused(why: &str) -> Return {
    Return { value: json!([why]), retcode: 1, success: false, out: Some("highstate") }
}
