//! When rows are made anew, and what is done to them meanwhile.

use std::time::Duration;

use jiff::Timestamp;

use crate::app::message::Message;
use crate::app::start::Start;
use crate::app::state::{Place, State};
use crate::app::update::{next_glance, update};
use crate::domain::{
    AttemptId, BackendName, CauseClass, Failure, HostId, HostRow, HostState, Mono, Now, Rollout, RolloutId, Signature, Source,
    TenantId, Text,
};
use crate::keymap::Keymap;
use crate::store::merge::Read;

fn at(millis: u64) -> Now {
    let civil = Timestamp::from_second(1_796_000_000).expect("a time");
    Now { mono: Mono(Duration::from_millis(millis)), civil, real: civil }
}

/// Tells of failed hosts of one class, as if they were just diagnosed.
fn fail(state: &mut State, hosts: std::ops::Range<u32>, class: &str, now: Now) {
    let backend = BackendName::new("hb");
    let rollout = Rollout::untold(RolloutId::new(backend.clone(), "1"), TenantId::new("acme"), Text::from("December"));
    let read = Read { seen: now.mono, civil: now.civil, by: Source::new("GET /actions") };
    for host in hosts {
        let id = HostId::new(backend.clone(), format!("web-{host}"));
        let attempt = AttemptId { host: id.clone(), native: host.to_string().into() };
        let row = HostRow {
            name: id.text(),
            id,
            wave: None,
            state: HostState::Failed,
            attempt: Some(attempt),
            code: Some(1),
            message: None,
            contact: None,
            overdue: false,
            address: None,
        };
        state.store.queue.listed(&rollout, &row, &[], &read);
    }
    let signature = Signature { class: CauseClass::new(class), code: None, text: class.into() };
    let signature = std::sync::Arc::new(signature);
    let diagnosed = state.store.queue.cases().into_iter().map(|case| Failure { signature: signature.clone(), ..case.failure });
    let diagnosed = diagnosed.collect();
    update(state, Message::Diagnosed(diagnosed), now);
}

fn rows(state: &State) -> usize {
    state.list().expect("a list").order.len()
}

fn night_of(hosts: u32) -> State {
    let keymap = Keymap::load("default", &[]).expect("built in").0;
    let mut state = State::new(Start::plain(Vec::new(), keymap), at(0));
    state.trail.go(Place::Failures);
    update(&mut state, Message::Tick, at(0));
    fail(&mut state, 0..hosts, "disk_full", at(10_000));
    state
}

#[test]
fn few_rows_follow_every_report_at_once() {
    let mut state = night_of(1_000);
    fail(&mut state, 1_000..1_001, "package_lock", at(10_010));
    assert_eq!((rows(&state), state.rows_due), (2, None));
}

#[test]
fn thousands_of_rows_stand_for_a_moment_and_the_loop_wakes_when_it_is_over() {
    let mut state = night_of(20_000);
    assert_eq!(rows(&state), 1);
    fail(&mut state, 20_000..20_001, "package_lock", at(10_010));
    assert_eq!(rows(&state), 1, "they were made 10 ms ago");
    let wait = next_glance(&state);
    assert!(wait <= Duration::from_millis(1_001), "{wait:?}");
    update(&mut state, Message::Tick, Now { mono: at(10_010).mono.plus(wait), ..at(0) });
    assert_eq!((rows(&state), state.rows_due), (2, None));
}

#[test]
fn what_is_done_to_rows_is_done_to_those_of_now_and_moving_waits_for_none() {
    let mut state = night_of(20_000);
    fail(&mut state, 20_000..20_001, "package_lock", at(10_010));
    update(&mut state, Message::Key("down".parse().expect("a key")), at(10_020));
    assert!(state.rows_due.is_some());
    update(&mut state, Message::Key("space".parse().expect("a key")), at(10_030));
    assert_eq!((rows(&state), state.rows_due), (2, None));
}
