//! A night from the keyboard on a real Salt: three rings, a host that fails, a gate, a retry, and one ring brought back.

use std::time::{Duration, Instant};

use super::cockpit::{Cockpit, Desk, PlanText, RingText};
use super::{PATIENCE, lab, lever, own_id};

const RINGS: [RingText<'static>; 3] = [
    RingText { name: "pilot", hosts: &["acme-web-01"], gate: "done = \"100%\", soak = \"2s\", open = \"two-people\"" },
    RingText { name: "early", hosts: &["acme-web-02"], gate: "done = \"100%\", failed = 0" },
    RingText { name: "broad", hosts: &["acme-db-01"], gate: "done = \"100%\"" },
];

/// The lines of the rings, without what differs from one reading to the next.
fn rings(cockpit: &Cockpit) -> Vec<String> {
    let screen = cockpit.terminal.screen();
    let of_ring = |line: &&str| RINGS.iter().any(|ring| line.contains(&format!(" {} ", ring.name)));
    let still = |line: &str| line.split_whitespace().filter(|word| !word.contains("live") && !word.ends_with('s')).collect();
    screen
        .lines()
        .filter(of_ring)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .map(|words| still(&words.join(" ")))
        .collect()
}

#[test]
fn three_rings_from_the_keyboard_with_a_failure_a_retry_and_a_way_back() {
    let Some(lab) = lab("binary: a keyboard night of three rings") else { return };
    for (profile, host) in [("success", "acme-web-01"), ("disk_full", "acme-web-02"), ("success", "acme-db-01")] {
        if !lever(&["profile", profile, host]) {
            return;
        }
    }
    let id = own_id("night");
    let plan = PlanText { id: &id, tenant: "acme", run: "{ fun = \"patch.apply\" }", rings: &RINGS };
    let (desk, other) = (Desk::new(&lab, "OPS", &plan), Desk::new(&lab, "ACME_OPS", &plan));
    let mut cockpit = desk.sits_down();
    cockpit.arms();
    cockpit.presses("s", "Start: wave \"pilot\" begins, 1 host");
    // The first key by one login, the next ring by another.
    cockpit.sees("waits for you");
    cockpit.presses("a", "one key of the gate behind ring \"pilot\"");
    cockpit.sees("PAUSED, gate");
    cockpit.asks("c", "another login");
    cockpit.types("\x1b");
    // Nor by the same person at another login.
    let same = Desk::of_person(&lab, "ACME_OPS", lab.login("OPS").0, &plan);
    let mut again = same.sits_down();
    again.arms();
    again.sees("PAUSED, gate");
    again.asks("c", "another person's");
    again.types("\x1b");
    again.leaves();
    let mut second = other.sits_down();
    second.arms();
    second.sees("PAUSED, gate");
    second.presses("c", "Resume: wave 2 \"early\" starts, 1 host");
    second.sees("PAUSED, limit");
    cockpit.sees("PAUSED, limit");
    // The same picture in both, wave by wave, and in words of scripts.
    for cockpit in [&mut cockpit, &mut second] {
        cockpit.types("\r");
        cockpit.sees("over limit");
    }
    // Each reads in its own time.
    let began = Instant::now();
    while rings(&cockpit) != rings(&second) && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(rings(&cockpit), rings(&second));
    let strip = |mut rollout: serde_json::Value| {
        rollout["seen"].take();
        for wave in rollout["waves"].as_array_mut().into_iter().flatten() {
            drop(wave["seen"].take());
            drop(wave["lanes"]["seen"].take());
        }
        rollout
    };
    assert_eq!(strip(desk.until("read", |_| true)), strip(other.until("read", |_| true)));
    second.leaves();
    lever(&["profile", "success", "acme-web-02"]);
    cockpit.types("b");
    cockpit.sees("ROLLOUT");
    cockpit.lets_in("r", "Retry: 1 host tried again");
    cockpit.sees("PAUSED, gate");
    cockpit.presses("c", "Resume: wave 3 \"broad\" starts, 1 host");
    cockpit.sees("finished");
    // One ring alone: the second row of its waves, wherever the list begins.
    cockpit.types("\r");
    cockpit.sees("pilot");
    cockpit.types("\x1b[H");
    cockpit.types("j");
    cockpit.lets_in("u", "Roll back: 1 host brought back");
    desk.until("one brought back", |rollout| rollout["waves"][1]["counts"]["cancelled"] == 1);
    cockpit.leaves();
    let rollout = desk.until("read", |_| true);
    assert_eq!(rollout["waves"][0]["counts"]["done"], 1, "the other rings stay: {rollout:#}");
    let told = [desk.journal(), other.journal()];
    for verb in ["Start", "Approve", "Retry", "Resume", "Roll back"] {
        // The intent stands in one line, what became of it in another, under the same id.
        let line = |words: &String| {
            let intents = words.lines().filter(|line| line.contains(" intent ") && line.contains(&format!(": {verb}")));
            let ids: Vec<&str> = intents.filter_map(|line| line.split_whitespace().nth(2)).collect();
            ids.iter().any(|id| words.lines().any(|line| line.contains(id) && line.contains("verified")))
        };
        assert!(told.iter().any(line), "no verified {verb} in {told:#?}");
    }
}
