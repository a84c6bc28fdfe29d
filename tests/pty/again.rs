//! The night of the bad patch, watched by the real binary on a twin: retry, a session killed between two batches, and the way
//! back.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use patchdeck::journal::{self, Entry};
use patchdeck::plan::types::Step;
use patchdeck::twin::faults::{Fault, What};
use rustix::process::Signal;

use crate::night::Night;
use crate::terminal::{Play, Terminal};

/// A minute of watching, and room for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

fn watch(night: &Night) -> Terminal {
    let mut terminal = Play::on(&night.config()).begin();
    terminal.patience = PATIENCE;
    terminal.sees("December servers");
    terminal.sees("3 live");
    terminal
}

fn arm_globex(terminal: &mut Terminal) {
    terminal.types("!");
    terminal.sees("Arm one tenant");
    // The tenant of the selected row is chosen at first; of acme, globex, initech the second one is wanted.
    terminal.types("kkkj");
    terminal.sees_that("globex chosen", |screen| screen.contents().lines().any(|line| line.contains("│  ▌ globex")));
    terminal.types("\r");
    terminal.sees("ARMED globex");
}

/// Calls about hosts that the journal says were sent, in their order: of which intent, and which hosts.
fn sent(night: &Night) -> Vec<(String, Vec<String>)> {
    let files = journal::read(&night.journal()).expect("readable");
    let lines = files.iter().flat_map(|file| &file.lines);
    let calls = lines.filter_map(|line| if let Entry::Sending { record } = &line.entry { Some(record) } else { None });
    calls
        .filter_map(|record| match &record.step {
            Step::Call(call) if !call.hosts.is_empty() => Some((record.intent.id.to_string(), call.hosts.clone())),
            _ => None,
        })
        .collect()
}

fn answered(night: &Night) -> usize {
    let files = journal::read(&night.journal()).expect("readable");
    files.iter().flat_map(|file| &file.lines).filter(|line| matches!(line.entry, Entry::Answered { .. })).count()
}

/// Waits for what another process does.
fn until(what: &str, terminal: &Terminal, holds: impl Fn() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < limit, "{what} never came, on\n{}", terminal.screen());
        // A glance a tick: no more than the journal's own pace.
        terminal.shows_within("what is never shown", Duration::from_millis(20));
    }
}

/// Lets every group in that may come in, and gives the reason that it takes.
fn let_everybody_in(terminal: &mut Terminal) {
    terminal.sees("y send");
    let out = |screen: &str| {
        let figure = |line: &str| line.split_once(" [ ] ").and_then(|(before, _)| before.chars().last());
        screen.lines().find_map(figure)
    };
    while let Some(figure) = out(&terminal.screen()) {
        terminal.types(&figure.to_string());
        terminal.sees(&format!("{figure} [x] "));
    }
}

/// `y`, until the dialog is gone. Its facts are read again then: on a night that moves they may differ, which is told, and nothing
/// was sent; a person reads it and confirms what is true now.
fn confirms(terminal: &mut Terminal) {
    const DIALOG: &str = "╭─";
    let limit = Instant::now() + PATIENCE;
    let mut told = String::new();
    loop {
        assert!(Instant::now() < limit, "the facts never stood still on\n{}", terminal.screen());
        terminal.types("y");
        let changed = |screen: &str| {
            let from = screen.find("The facts have changed")?;
            Some(screen[from..].to_owned()).filter(|now| *now != told)
        };
        terminal.sees_that("sent, or what has changed", |screen| {
            let screen = screen.contents();
            !screen.contains(DIALOG) || changed(&screen).is_some()
        });
        let screen = terminal.screen();
        if !screen.contains(DIALOG) {
            return;
        }
        told = changed(&screen).unwrap_or_default();
    }
}

#[test]
fn a_retry_killed_after_the_second_batch_says_which_left_and_the_next_session_offers_the_rest() {
    let night = Night::still("bad-patch");
    night.in_calls_of(3);
    let mut killed = watch(&night);
    killed.types("/servers\r");
    killed.loses("December tills");
    killed.sees("WHY");
    arm_globex(&mut killed);
    killed.types("r");
    killed.sees("every host");
    let_everybody_in(&mut killed);
    // The second batch takes its time: after it, the server tells nobody what became of it.
    night.breaks(Fault::always(What::Delay { ms: 1 }).on_method("POST").times(1));
    night.breaks(Fault::always(What::Delay { ms: 5000 }).on_method("POST").times(1));
    killed.types("\r");
    killed.sees("Why, in words");
    killed.types("the cause is known\r");
    killed.types("y");
    until("the second batch", &killed, || sent(&night).len() == 2);
    night.breaks(Fault::always(What::Hang).on_method("GET").on_path("/actions"));
    until("its answer", &killed, || answered(&night) == 2);
    killed.signal(Signal::KILL);
    killed.ends_within(Duration::from_secs(5));
    night.heals();
    let left: BTreeSet<String> = sent(&night).into_iter().flat_map(|(_, hosts)| hosts).collect();
    assert_eq!(left.len(), 6, "two calls of three hosts");

    let mut next = watch(&night);
    next.types("l");
    next.sees("2 of ");
    next.sees("hosts not asked yet");
    next.sees("3 of 3 hosts have a new job");
    // The second call is looked up: until that is known, nothing more may be asked of its rollout.
    next.loses("unknown outcome");
    assert_eq!(sent(&night).len(), 2, "nothing is sent by itself");
    arm_globex(&mut next);
    // The arming is the newest line, and the one below it is the retry.
    next.types("\x1b[Hj");
    next.sees("r retry");
    next.types("r");
    next.sees("never left of");
    next.sees("every host");
    let_everybody_in(&mut next);
    next.types("\r");
    next.sees("Why, in words");
    next.types("the cause is known\r");
    next.types("y");
    next.sees("verified");
    until("the rest", &next, || sent(&night).len() > 2);
    next.sees("the rest was taken up since");
    let hosts: Vec<String> = sent(&night).into_iter().flat_map(|(_, hosts)| hosts).collect();
    let each: BTreeSet<&String> = hosts.iter().collect();
    assert_eq!(each.len(), hosts.len(), "each host is named once");
    assert!(each.len() > left.len());
    assert_eq!(journal::verify(&night.journal()), []);
}

#[test]
fn the_bad_patch_stands_on_top_a_lock_is_tried_again_in_six_keys_and_the_wave_goes_back() {
    let night = Night::at_speed("bad-patch", 30.0);
    let mut terminal = watch(&night);
    let began = Instant::now();
    terminal.types("f");
    let rows = |screen: &str| -> Vec<String> {
        let below = screen.lines().skip_while(|line| !line.contains("SIGNATURE"));
        below.skip(1).take(8).map(str::to_owned).collect()
    };
    terminal.sees_that("the two of the patch on top", |screen| {
        let rows = rows(&screen.contents());
        let has = |words: &str| rows.iter().take(2).any(|row| row.contains(words));
        has("post-install check") && has("edge-agentd")
    });
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    terminal.types("\x1b");
    terminal.sees("ROLLOUT");
    arm_globex(&mut terminal);
    // From the board, every key counted: to the row, retry, take out what is no lock, send. Locks are young at first, and their
    // pause is kept.
    let mut keys = 0;
    let selected = |screen: &str| -> String {
        let row = screen.lines().find(|line| line.starts_with('▌')).unwrap_or_default();
        row.chars().take(30).collect()
    };
    loop {
        let before = selected(&terminal.screen());
        if before.contains("December servers") {
            break;
        }
        terminal.types("j");
        terminal.sees_that("the next row", |screen| selected(&screen.contents()) != before);
        keys += 1;
    }
    let limit = Instant::now() + PATIENCE;
    let group = |line: &str| line.split_once(" [x] ").and_then(|(before, _)| before.chars().last());
    loop {
        assert!(Instant::now() < limit, "no lock may be tried again on\n{}", terminal.screen());
        terminal.types("r");
        terminal.sees("every host");
        if terminal.screen().lines().any(|line| line.contains("[x]") && line.contains("package lock")) {
            break;
        }
        terminal.types("\x1b");
        terminal.loses("every host");
        terminal.shows_within("what is never shown", Duration::from_secs(2));
    }
    keys += 2;
    let other = |screen: &str| screen.lines().filter(|line| !line.contains("package lock")).find_map(group);
    while let Some(figure) = other(&terminal.screen()) {
        terminal.types(&figure.to_string());
        terminal.sees(&format!("{figure} [ ] "));
        keys += 1;
    }
    assert!(keys <= 6, "{keys} keys on\n{}", terminal.screen());
    confirms(&mut terminal);
    terminal.sees("have a new job");
    terminal.types("f");
    // The notice of the retry has the same words: the line above the causes is the one that counts.
    let above = |screen: &vt100::Screen| {
        screen.contents().lines().any(|line| line.contains("reported done") && line.contains("tried again: "))
    };
    terminal.sees_that("what became of the tries", above);
    let retried = sent(&night);
    assert_eq!(retried.len(), 1, "{retried:?}");

    // The way back, of everything that this release has reached.
    terminal.types("\x1b");
    terminal.loses("SIGNATURE");
    terminal.sees("ROLLOUT");
    terminal.types("u");
    terminal.sees("not brought back");
    terminal.sees("already there");
    terminal.types("\rDecember servers\r");
    terminal.sees_that("the name is right", |screen| screen.contents().contains("December servers, then enter"));
    confirms(&mut terminal);
    terminal.types("l");
    terminal.sees("OUTCOME");
    let line = |screen: &vt100::Screen, words: [&str; 2]| {
        screen.contents().lines().any(|line| words.iter().all(|word| line.contains(word)))
    };
    terminal.sees_that("the way back on its way", |screen| line(screen, ["Roll back", "verified"]));
    let made = sent(&night).len() - retried.len();
    assert!(made >= 2, "more hosts than one rollout holds: {made}");
    terminal.types("\x1b");
    terminal.loses("OUTCOME");
    terminal.types("/back to\r");
    // The counts of the way back stand on the board: who is back, and who refused.
    let refused = |screen: &vt100::Screen| {
        let screen = screen.contents();
        let mut ended = screen.lines().filter(|line| line.contains("servers, undo ") && line.contains("finished"));
        ended.any(|line| line.split_once('%').and_then(|(_, after)| after.split_whitespace().next()) != Some("0"))
    };
    terminal.sees_that("one that has ended, with hosts that refused", refused);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.ends_within(Duration::from_secs(5)), 143);

    let mut next = watch(&night);
    next.types("/back to\r");
    next.loses("December tills");
    next.sees("servers, undo 1 of #");
    next.types("\r");
    next.sees("Undoes");
}
