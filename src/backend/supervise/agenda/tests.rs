//! What is asked next, and when.

use super::due::{ASKED, MOVED, WINDOWS, WINDOWS_SEEN};
use super::*;
use crate::domain::{BackendName, RolloutState, Source, TenantId};

fn rollout(native: &str, done: u32) -> Rollout {
    Rollout {
        state: RolloutState::Running,
        native: native.into(),
        counts: Some(Counts { total: 10, done, ..Counts::default() }),
        waves: Some(1),
        ..Rollout::untold(RolloutId::new(BackendName::new("hb"), "1"), TenantId::new("acme"), "baseline".into())
    }
}

fn board(rollouts: Vec<Rollout>) -> Observation {
    let facts = Facts::Rollouts { scope: Scope::Live, rollouts, complete: true };
    Observation { by: Source::new("GET /rollouts"), facts }
}

fn night() -> Observation {
    Observation {
        by: Source::new("GET /rollouts"),
        facts: Facts::Rollouts { scope: Scope::Ended, rollouts: Vec::new(), complete: false },
    }
}

fn nothing() -> Observation {
    Observation { by: Source::new("GET"), facts: Facts::Nothing }
}

fn ask_all(agenda: &mut Agenda, now: Instant) -> Vec<Interest> {
    std::iter::from_fn(|| agenda.next(now)).collect()
}

/// An agenda that has read the board with one rollout, its waves and the night.
fn settled(now: Instant) -> Agenda {
    let mut agenda = Agenda::default();
    agenda.want(&Wanted::default());
    ask_all(&mut agenda, now);
    agenda.answered(&Interest::Night, &night(), now);
    agenda.answered(&Interest::Board, &board(vec![rollout("running", 1)]), now);
    for what in ask_all(&mut agenda, now) {
        agenda.answered(&what, &nothing(), now);
    }
    agenda
}

#[test]
fn waves_are_read_again_only_when_the_counters_or_the_state_moved() {
    let now = Instant::now();
    let mut agenda = settled(now);
    let later = now + BOARD * 2;
    assert_eq!(ask_all(&mut agenda, later), [Interest::Board]);
    agenda.answered(&Interest::Board, &board(vec![rollout("running", 1)]), later);
    assert_eq!(ask_all(&mut agenda, later), []);
    let later = later + BOARD * 2;
    assert_eq!(ask_all(&mut agenda, later), [Interest::Board]);
    agenda.answered(&Interest::Board, &board(vec![rollout("running", 2)]), later);
    assert_eq!(ask_all(&mut agenda, later), [Interest::Rollout(rollout("", 0).id)]);
}

#[test]
fn a_rollout_that_left_the_live_list_has_the_ended_ones_read_at_once() {
    let now = Instant::now();
    let mut agenda = settled(now);
    let later = now + BOARD * 2;
    ask_all(&mut agenda, later);
    agenda.answered(&Interest::Board, &board(Vec::new()), later);
    assert_eq!(ask_all(&mut agenda, later), [Interest::Night]);
    agenda.answered(&Interest::Night, &night(), later);
    assert_eq!(ask_all(&mut agenda, later + HURRY * 2), [], "and not again for the same reason");
}

#[test]
fn rests_double_up_to_a_minute_and_a_read_now_ends_them() {
    let now = Instant::now();
    let mut agenda = settled(now);
    let trouble = Trouble::Unreachable("refused".into());
    let rests: Vec<u64> = (0..7).map(|_| agenda.failed(&Interest::Board, &trouble, now).0.as_secs()).collect();
    assert_eq!(rests, [2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(ask_all(&mut agenda, now + BOARD * 2), []);
    agenda.want(&Wanted { read_now: 1, ..Wanted::default() });
    assert_eq!(ask_all(&mut agenda, now + BOARD * 2), [Interest::Board, Interest::Night]);
}

#[test]
fn a_server_that_names_a_pause_gets_it() {
    let trouble = Trouble::Overloaded { words: "slow down".into(), retry_after: Some(Duration::from_secs(90)) };
    assert_eq!(settled(Instant::now()).failed(&Interest::Board, &trouble, Instant::now()).0.as_secs(), 90);
    let trouble = Trouble::Overloaded { words: "slow down".into(), retry_after: Some(Duration::from_secs(86_400)) };
    assert_eq!(settled(Instant::now()).failed(&Interest::Board, &trouble, Instant::now()).0, ASKED);
}

#[test]
fn trouble_with_one_list_of_hosts_does_not_rest_the_board() {
    let now = Instant::now();
    let mut agenda = settled(now);
    let hosts = Interest::Failures(rollout("", 0).id, crate::backend::port::Page { offset: 0, limit: 100 });
    agenda.want(&Wanted { follow: vec![hosts.clone()], ..Wanted::default() });
    assert_eq!(ask_all(&mut agenda, now), std::slice::from_ref(&hosts));
    agenda.failed(&hosts, &Trouble::NotPermitted("no".into()), now);
    assert!(ask_all(&mut agenda, now + BOARD * 2).contains(&Interest::Board));
}

#[test]
fn a_read_now_is_through_when_the_last_thing_answered() {
    let now = Instant::now();
    let mut agenda = settled(now);
    agenda.want(&Wanted { read_now: 1, ..Wanted::default() });
    ask_all(&mut agenda, now);
    assert_eq!(agenda.answered(&Interest::Board, &board(Vec::new()), now), None);
    assert_eq!(agenda.answered(&Interest::Night, &night(), now), Some(ReadNow { whole: true }));
}

#[test]
fn a_read_now_is_over_when_the_connection_is_lost_and_does_not_claim_to_be_whole() {
    let now = Instant::now();
    let mut agenda = settled(now);
    agenda.want(&Wanted { read_now: 1, ..Wanted::default() });
    ask_all(&mut agenda, now);
    let (_, through) = agenda.failed(&Interest::Board, &Trouble::Unreachable("refused".into()), now);
    assert_eq!(through, Some(ReadNow { whole: false }));
    assert_eq!(agenda.answered(&Interest::Night, &night(), now), None, "and it is told once");
}

#[test]
fn an_answer_to_a_question_asked_before_a_read_now_is_too_old_for_it() {
    let now = Instant::now();
    let mut agenda = settled(now);
    let later = now + BOARD * 2;
    assert_eq!(ask_all(&mut agenda, later), [Interest::Board]);
    agenda.want(&Wanted { read_now: 1, ..Wanted::default() });
    assert_eq!(ask_all(&mut agenda, later), [Interest::Night]);
    assert_eq!(agenda.answered(&Interest::Night, &night(), later), None);
    assert_eq!(agenda.answered(&Interest::Board, &board(vec![rollout("running", 1)]), later), None);
    assert_eq!(ask_all(&mut agenda, later), [Interest::Board], "it is asked again");
    let through = agenda.answered(&Interest::Board, &board(vec![rollout("running", 1)]), later);
    assert_eq!(through, Some(ReadNow { whole: true }));
}

#[test]
fn rests_of_two_processes_differ_so_that_they_do_not_come_back_at_once() {
    let now = Instant::now();
    let trouble = Trouble::Unreachable("refused".into());
    let rest = |offbeat| Agenda::spread_by(offbeat).lost(&trouble, now).0;
    assert!(rest(0) < rest(200) && rest(255) <= rest(0).mul_f64(1.1));
}

#[test]
fn rollouts_that_no_list_has_any_more_are_not_kept() {
    let now = Instant::now();
    let mut agenda = settled(now);
    agenda.answered(&Interest::Board, &board(Vec::new()), now);
    agenda.answered(&Interest::Night, &night(), now);
    assert!(agenda.traces.is_empty());
    assert!(!agenda.items.keys().any(|what| matches!(what, Interest::Rollout(_))));
}

#[test]
fn a_board_under_way_is_not_asked_twice() {
    let now = Instant::now();
    let mut agenda = Agenda::default();
    agenda.want(&Wanted::default());
    ask_all(&mut agenda, now);
    assert_eq!(ask_all(&mut agenda, now + LONGEST * 2), []);
}

#[test]
fn a_resting_board_is_asked_every_fifteen_seconds() {
    let now = Instant::now();
    let mut agenda = settled(now);
    agenda.want(&Wanted { resting: true, ..Wanted::default() });
    assert_eq!(ask_all(&mut agenda, now + Duration::from_secs(10)), []);
    assert_eq!(ask_all(&mut agenda, now + Duration::from_secs(16)), [Interest::Board]);
}

#[test]
fn a_system_that_bears_less_is_asked_less() {
    let now = Instant::now();
    let mut agenda = settled(now);
    agenda.not_faster_than(Some(Duration::from_secs(20)));
    assert_eq!(ask_all(&mut agenda, now + Duration::from_secs(16)), []);
    assert_eq!(ask_all(&mut agenda, now + Duration::from_secs(22)), [Interest::Board]);
}

fn failing(failed: u32, done: u32) -> Rollout {
    Rollout { counts: Some(Counts { total: 900, failed, done, ..Counts::default() }), ..rollout("running", done) }
}

#[test]
fn lists_of_failures_are_read_behind_everything_else_and_again_only_when_more_hosts_failed() {
    let now = Instant::now();
    let mut agenda = settled(now);
    agenda.answered(&Interest::Board, &board(vec![failing(250, 1)]), now);
    for what in ask_all(&mut agenda, now + MOVED + BOARD) {
        agenda.answered(&what, &nothing(), now + MOVED + BOARD);
    }
    let page = |offset| Interest::Failures(rollout("", 0).id, crate::backend::port::Page { offset, limit: 200 });
    agenda.want(&Wanted { later: vec![page(0), page(200)], ..Wanted::default() });
    let at = now + Duration::from_secs(60);
    let asked = ask_all(&mut agenda, at);
    assert_eq!(asked.last(), Some(&page(0)), "one by one, and last");
    for what in asked {
        let said = if what == Interest::Board { board(vec![failing(250, 1)]) } else { nothing() };
        agenda.answered(&what, &said, at);
    }
    assert_eq!(ask_all(&mut agenda, at).last(), Some(&page(200)));
    agenda.answered(&page(200), &nothing(), at);
    let lists = |asked: Vec<Interest>| asked.into_iter().filter(|what| matches!(what, Interest::Failures(..))).count();
    // More were done, and no more failed.
    agenda.answered(&Interest::Board, &board(vec![failing(250, 90)]), at);
    assert_eq!(lists(ask_all(&mut agenda, at + LONGEST)), 0);
    agenda.answered(&Interest::Board, &board(vec![failing(251, 90)]), at + LONGEST);
    assert_eq!(lists(ask_all(&mut agenda, at + LONGEST)), 1);
}

#[test]
fn lists_with_hosts_that_are_tried_again_take_turns_though_no_more_hosts_fail() {
    let now = Instant::now();
    let mut agenda = settled(now);
    agenda.answered(&Interest::Board, &board(vec![failing(2000, 1)]), now);
    let page = |at: u32| Interest::Failures(rollout("", 0).id, crate::backend::port::Page { offset: at * 200, limit: 200 });
    let pages: Vec<Interest> = (0..10).map(page).collect();
    let wanted = Wanted { later: pages.clone(), again: pages[..4].iter().cloned().collect(), ..Wanted::default() };
    agenda.want(&wanted);
    let mut at = now;
    let mut read_in = |agenda: &mut Agenda, time: Duration| {
        let (end, mut read) = (at + time, Vec::new());
        while at < end {
            at += Duration::from_millis(500);
            for what in ask_all(agenda, at) {
                let said = if what == Interest::Board { board(vec![failing(2000, 1)]) } else { nothing() };
                agenda.answered(&what, &said, at);
                read.extend(pages.iter().position(|page| *page == what));
            }
        }
        read
    };
    read_in(&mut agenda, Duration::from_secs(30));
    let mut read = read_in(&mut agenda, Duration::from_secs(110));
    assert!((16..=24).contains(&read.len()), "one of them about every five seconds: {read:?}");
    read.sort_unstable();
    read.dedup();
    assert_eq!(read, [0, 1, 2, 3]);
    agenda.want(&Wanted { again: std::collections::BTreeSet::new(), ..wanted });
    assert!(read_in(&mut agenda, Duration::from_secs(60)).is_empty());
}

#[test]
fn what_a_backend_says_of_windows_is_asked_seldom_and_sooner_while_somebody_looks() {
    let now = Instant::now();
    let mut agenda = settled(now);
    let asked = |agenda: &mut Agenda, now: Instant| {
        let asked = ask_all(agenda, now);
        for what in &asked {
            let answer = match what {
                Interest::Board => board(vec![rollout("running", 1)]),
                Interest::Night => night(),
                _ => nothing(),
            };
            agenda.answered(what, &answer, now);
        }
        asked.contains(&Interest::Windows)
    };
    let background = Wanted { later: vec![Interest::Windows], ..Wanted::default() };
    agenda.want(&background);
    assert!(asked(&mut agenda, now), "it was never read");
    let (soon, later) = (now + WINDOWS_SEEN, now + WINDOWS);
    assert!(!asked(&mut agenda, soon));
    agenda.want(&Wanted { follow: vec![Interest::Windows], ..background.clone() });
    assert!(asked(&mut agenda, soon));
    agenda.want(&background);
    assert!(!asked(&mut agenda, later));
    assert!(asked(&mut agenda, later + WINDOWS_SEEN));
}
