//! Scenarios with the real binary: a person presses keys, a real Salt runs the jobs, and the screen says what became of them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rustix::process::Signal;

use super::cockpit::{Desk, PlanText, RingText};
use super::{Lab, PATIENCE, jobs_of, lab, lever, own_id, wakes};

const ALL: &str = "done = \"100%\"";

fn one_ring<'a>(lab: &Lab, user: &str, id: &'a str, run: &'a str, hosts: &'a [&'a str]) -> Desk {
    let tenant = hosts[0].split('-').next().expect("a tenant");
    Desk::new(lab, user, &PlanText { id, tenant, run, rings: &[RingText { name: "only", hosts, gate: ALL }] })
}

const APPLY: &str = "{ fun = \"patch.apply\" }";

#[test]
fn a_lock_that_is_held_once_is_gone_at_the_retry() {
    let Some(lab) = lab("binary: lock held once, then retry") else { return };
    let hosts = ["globex-app-01"];
    if !lever(&["profile", "lock_held", hosts[0], "--times", "1"]) {
        return;
    }
    let id = own_id("lock");
    let desk = one_ring(&lab, "OPS", &id, APPLY, &hosts);
    let mut cockpit = desk.sits_down();
    cockpit.arms();
    cockpit.presses("s", "Start: wave \"only\" begins, 1 host");
    cockpit.sees("PAUSED, limit");
    cockpit.lets_in("r", "Retry: 1 host tried again");
    cockpit.sees("finished");
    cockpit.leaves();
    assert_eq!(desk.until("done", |rollout| rollout["state"] == "finished")["waves"][0]["counts"]["done"], 1);
}

#[test]
fn a_hanging_host_is_stopped_and_when_it_does_not_end_killed() {
    let Some(lab) = lab("binary: hang, asked, stopped, ended") else { return };
    let hosts = ["acme-db-02"];
    if !lever(&["profile", "hang", hosts[0]]) {
        return;
    }
    let id = own_id("stop");
    let desk = one_ring(&lab, "OPS", &id, APPLY, &hosts);
    let mut cockpit = desk.sits_down();
    cockpit.arms();
    cockpit.presses("s", "Start: wave \"only\" begins, 1 host");
    cockpit.sees("running");
    cockpit.asks("x", "Stop for good");
    cockpit.sees("SIGTERM");
    cockpit.types("y");
    cockpit.terminal.loses("Stop for good");
    cockpit.sees("stopped");
    cockpit.leaves();
    let rollout = desk.until("stopped", |rollout| rollout["state"] == "stopped");
    assert_eq!(rollout["waves"][0]["counts"]["cancelled"], 1, "{rollout:#}");
    lever(&["profile", "success", hosts[0]]);
}

#[test]
fn a_host_whose_power_is_cut_in_the_middle_is_lost_and_never_done() {
    let Some(lab) = lab("binary: power cut in the middle, lost") else { return };
    let hosts = ["acme-app-01"];
    if !lever(&["profile", "hang", hosts[0]]) {
        return;
    }
    wakes(&lab, hosts[0]);
    let id = own_id("power");
    let desk = one_ring(&lab, "OPS", &id, APPLY, &hosts);
    let mut cockpit = desk.sits_down();
    cockpit.arms();
    cockpit.presses("s", "Start: wave \"only\" begins, 1 host");
    cockpit.sees("running");
    lever(&["offline", hosts[0]]);
    desk.until("silent", |rollout| rollout["waves"][0]["counts"]["unknown"] == 1);
    wakes(&lab, hosts[0]);
    let rollout =
        desk.until("lost", |rollout| rollout["waves"][0]["counts"]["unknown"] == 1 && rollout["waves"][0]["counts"]["done"] == 0);
    assert_eq!(rollout["state"], "paused", "{rollout:#}");
    cockpit.sees("PAUSED");
    cockpit.leaves();
    lever(&["profile", "success", hosts[0]]);
}

#[test]
fn a_host_that_was_off_catches_up_under_the_same_job() {
    let Some(lab) = lab("binary: offline at launch, then caught up") else { return };
    let hosts = ["globex-web-08"];
    if !lever(&["profile", "success", hosts[0]]) {
        return;
    }
    lever(&["offline", hosts[0]]);
    let id = own_id("late");
    let desk = one_ring(&lab, "OPS", &id, APPLY, &hosts);
    let mut cockpit = desk.sits_down();
    cockpit.arms();
    cockpit.presses("s", "Start: wave \"only\" begins, 1 host");
    cockpit.sees("PAUSED");
    wakes(&lab, hosts[0]);
    cockpit.types(":catch-up\r");
    cockpit.sees("told again, under the same job");
    cockpit.types("y");
    cockpit.sees("finished");
    cockpit.leaves();
    assert_eq!(jobs_of(&lab, &id), 1);
}

#[test]
fn a_state_that_does_not_render_says_where_it_broke() {
    let Some(lab) = lab("binary: a state that does not render") else { return };
    let id = own_id("render");
    let run = "{ fun = \"state.apply\", arg = [\"patching.broken\"] }";
    let desk = one_ring(&lab, "OPS", &id, run, &["acme-web-07"]);
    let mut cockpit = desk.sits_down();
    cockpit.arms();
    cockpit.presses("s", "Start: wave \"only\" begins, 1 host");
    cockpit.sees("PAUSED, limit");
    cockpit.types("\r");
    cockpit.sees("Rendering SLS");
    cockpit.leaves();
}

#[test]
fn a_login_without_the_right_is_refused_in_words_and_nothing_runs() {
    let Some(lab) = lab("binary: a user without the right") else { return };
    let id = own_id("viewer");
    let desk = one_ring(&lab, "VIEWER", &id, APPLY, &["acme-web-07"]);
    let mut cockpit = desk.sits_down();
    cockpit.arms();
    cockpit.asks("s", "this login has no right to patch.apply");
    cockpit.leaves();
    let said = desk.runs(&["check"]);
    assert!(said.contains(&format!("{id} only: 1 hosts")), "{said}");
    desk.until("not begun", |rollout| rollout["state"] == "not_begun");
    assert_eq!(jobs_of(&lab, &id), 0);
}

#[test]
fn two_cockpits_that_press_start_together_leave_one_ring_and_both_are_told() {
    let Some(lab) = lab("binary: two cockpits press start at the same moment") else { return };
    let hosts = ["acme-web-04"];
    if !lever(&["profile", "success", hosts[0]]) {
        return;
    }
    let id = own_id("both");
    let desks = [one_ring(&lab, "OPS", &id, APPLY, &hosts), one_ring(&lab, "ACME_OPS", &id, APPLY, &hosts)];
    let mut cockpits: Vec<_> = desks.iter().map(Desk::sits_down).collect();
    for cockpit in &mut cockpits {
        cockpit.arms();
        cockpit.asks("s", "Start: wave \"only\" begins, 1 host");
    }
    for cockpit in &mut cockpits {
        cockpit.types("y");
    }
    for cockpit in &mut cockpits {
        cockpit.terminal.sees_that("the end of it", |screen| {
            let text = screen.contents();
            ["finished", "at the same moment", "now it is", "another state"].iter().any(|words| text.contains(words))
        });
    }
    let counts: Vec<_> = desks.iter().map(|desk| desk.until("done", |it| it["state"] == "finished")["waves"].clone()).collect();
    assert_eq!(counts[0][0]["counts"], counts[1][0]["counts"]);
    assert_eq!(counts[0][0]["counts"]["total"], 1);
    let told: Vec<String> = desks.iter().map(Desk::journal).collect();
    assert_eq!(told.iter().filter(|words| words.contains("verified")).count(), 1, "{told:#?}");
}

/// Lets everything through, but for the answer to a launch: that one is caught, and the line is held.
struct Thief {
    url: String,
    caught: mpsc::Receiver<()>,
}

impl Thief {
    fn before(lab: &Lab) -> Self {
        let there = lab.url.split("//").nth(1).expect("a place").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (told, caught) = mpsc::channel();
        thread::spawn(move || {
            for here in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(&there) else { continue };
                let launch = Arc::new(AtomicBool::new(false));
                let (asks, answers) = (here.try_clone().expect("a line"), far.try_clone().expect("a line"));
                let seen = Arc::clone(&launch);
                thread::spawn(move || {
                    forward(asks, far, |bytes| {
                        let text = String::from_utf8_lossy(bytes);
                        if text.contains("\"pd_kind\":\"launch\"") && text.contains("\"local_async\"") {
                            seen.store(true, Ordering::SeqCst);
                        }
                        true
                    });
                });
                let told = told.clone();
                thread::spawn(move || {
                    forward(answers, here, |_| {
                        let launched = launch.load(Ordering::SeqCst);
                        if launched {
                            _ = told.send(());
                            // Nobody ever hears of it on this line.
                            thread::park();
                        }
                        !launched
                    });
                });
            }
        });
        Self { url, caught }
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, mut let_through: impl FnMut(&[u8]) -> bool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if let_through(&bytes[..count]) && to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
    _ = to.shutdown(std::net::Shutdown::Write);
}

#[test]
fn a_kill_between_launch_and_answer_is_looked_up_at_the_next_start_and_the_ring_is_there_once() {
    let Some(lab) = lab("binary: kill -9 between launch and answer") else { return };
    if lab.ca.is_some() || !lever(&["profile", "success", "acme-web-03"]) {
        return;
    }
    let id = own_id("kill");
    let desk = one_ring(&lab, "OPS", &id, APPLY, &["acme-web-03"]);
    let thief = Thief::before(&lab);
    let mut cockpit = desk.sits_down_with(&desk.at(&lab.url, &thief.url));
    cockpit.arms();
    cockpit.asks("s", "Start: wave \"only\" begins, 1 host");
    cockpit.types("y");
    thief.caught.recv_timeout(PATIENCE).expect("the launch left");
    cockpit.terminal.signal(Signal::KILL);
    cockpit.terminal.ends_within(PATIENCE);
    let before = desk.journal();
    assert!(before.contains("unknown") || before.contains("open"), "{before}");
    let mut cockpit = desk.sits_down();
    cockpit.sees("finished");
    cockpit.types("l");
    cockpit.sees("verified");
    cockpit.sees("is there, by ops, told to 1 hosts");
    cockpit.leaves();
    assert_eq!(jobs_of(&lab, &id), 1);
    let after = desk.journal();
    assert!(after.contains("verified"), "{after}");
}
