//! Retry from the board by cause, in batches; and a session that dies between two of them.

use std::collections::BTreeSet;
use std::time::Duration;

use patchdeck::domain::HostState;

use crate::night::Night;
use crate::play::Play;
use crate::stage::{Stage, on_stage};

/// The pause that a held lock wants is over then, whenever the failure was noticed.
const PAUSE: Duration = Duration::from_secs(660);

fn hosts(sent: &[String]) -> Vec<&str> {
    sent.iter().filter_map(|line| line.strip_prefix("again ")).flat_map(|hosts| hosts.split(' ')).collect()
}

#[test]
fn every_host_with_a_held_lock_is_tried_again_by_two_keys_and_no_host_of_another_cause() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, true);
        Stage::of(&night)
            .sees("8 failed")
            .pass(PAUSE)
            .press("! enter r", "package lock (apt_lock)")
            .sees("first: free space; not checked")
            .sees("Retry: 4 hosts tried again")
            .keys("y")
            .until(|| night.sent().len() == 2)
            .sees("verified")
            // Not of the last call alone.
            .press("l", "2 calls: ")
            .await;
        let sent = night.sent();
        assert_eq!(hosts(&sent), ["till-0000", "till-0002", "till-0004", "till-0006"]);
    });
}

#[test]
fn a_cause_that_must_be_mended_first_comes_in_by_its_figure_and_an_override_asks_why() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, true);
        Stage::of(&night)
            .sees("8 failed")
            .pass(PAUSE)
            .press("! enter r", "press 2 if it holds")
            .press("2", "Retry: 8 hosts tried again")
            .sees("you say that it holds")
            .press("1", "Retry: 4 hosts tried again")
            .press("h", "till-0001")
            .keys("h y")
            .until(|| night.sent().len() == 2)
            .await;
        assert_eq!(hosts(&night.sent()), ["till-0001", "till-0003", "till-0005", "till-0007"]);
    });
}

#[test]
fn a_session_that_dies_after_the_second_of_five_batches_says_what_left_and_offers_the_rest() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(10, false);
        night.hang_at(2);
        let stage = Stage::of(&night)
            .sees("8 failed")
            .pass(PAUSE)
            .press("! enter r", "Retry: 10 hosts tried again")
            .keys("y")
            .until(|| night.sent().len() == 2)
            .await;
        let journal = stage.die();
        night.hang_at(0);
        let stage =
            Stage::of(&night).after(journal).sees("8 failed").press("l", "2 of 5 calls left, 6 hosts not asked yet").await;
        assert_eq!(night.sent().len(), 2, "nothing is sent by itself");
        stage
            .press("! enter", "armed")
            .press("r", "Retry: 6 hosts tried again")
            .keys("y")
            .until(|| night.sent().len() == 5)
            .sees("verified")
            .await;
        let sent = night.sent();
        stage.loses("hosts not asked yet").await;
        let each: BTreeSet<&str> = hosts(&sent).into_iter().collect();
        assert_eq!((each.len(), hosts(&sent).len()), (10, 10), "each host once: {sent:?}");
    });
}

#[test]
fn a_cause_of_two_tenants_asks_which_and_reaches_only_that_one() {
    on_stage(async {
        let (acme, globex) = (Night::of_three_rollouts(), Night::named("globex"));
        for night in [&acme, &globex] {
            night.fails(8, true);
        }
        let stage = Stage::open(vec![acme.clone(), globex.clone()])
            .sees("16 failed")
            .pass(PAUSE)
            .press("f down r", "look only: ! arms one tenant; this is of acme, globex")
            .await;
        // The second one of the list.
        stage
            .press("! down enter", "ARMED globex")
            .press("r", "Retry: of which tenant?")
            .sees("armed")
            .press("down enter", "globex is armed, and this is acme")
            .press("r enter", "not in this plan: 4 hosts of acme; another tenant has a dialog of its own")
            .sees("Retry: 4 hosts tried again")
            .keys("y")
            .until(|| globex.sent().len() == 2)
            .sees("verified")
            .await;
        assert_eq!(hosts(&globex.sent()), ["till-0000", "till-0002", "till-0004", "till-0006"]);
        assert!(acme.sent().is_empty());
    });
}

#[test]
fn a_cause_of_two_rollouts_says_in_the_plan_of_one_which_key_comes_to_the_other_and_it_does() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(4, false);
        night.fails_in_three(3);
        night.hang_at(1);
        let stage = Stage::of(&night)
            .sees("1 cause")
            .pass(Duration::from_secs(660))
            .press("f", "read 7 of 7")
            .press("! enter r", "Retry: of which rollout?")
            .sees_in_order(&["baseline one", "baseline three"])
            .sees("r again comes to the others")
            .press("enter", "Retry: 4 hosts tried again")
            .sees("not in this plan: 3 hosts in \"baseline three\"; r again on the same row comes to them")
            .keys("y")
            .until(|| night.sent().len() == 1)
            .await;
        // The first plan is on its way: what is left stands first, so that the same two keys come to it.
        stage
            .keys("r")
            .sees_in_order(&["baseline three", "baseline one"])
            .sees("armed, a plan was sent")
            .press("enter", "Retry: 3 hosts tried again")
            .keys("y")
            .until(|| night.sent().len() == 3)
            .await;
        let sent = night.sent();
        assert_eq!(hosts(&sent[1..]), ["till-0500", "till-0501", "till-0502"]);
    });
}

#[test]
fn the_end_of_a_second_try_is_shown_though_no_counter_moves() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, true);
        let stage = Stage::of(&night)
            .sees("8 failed")
            .pass(PAUSE)
            .press("! enter r", "Retry: 4 hosts tried again")
            .verified()
            .keys("f")
            .await;
        // The old failures are history while the second try is on its way.
        stage.sees("tried again: 4 at work").loses("package lock").await;
        night.second_tries(HostState::Failed);
        stage.sees("package lock").loses("at work").filter("tries:2").sees("1 of 2").await;
        night.second_tries(HostState::Done);
        let lists = night.lists();
        stage.pass(Duration::from_secs(300)).await;
        assert_eq!(night.lists(), lists, "what has ended is not asked about");
    });
}

#[test]
fn second_tries_that_are_done_take_their_failures_away() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, true);
        let stage = Stage::of(&night)
            .sees("8 failed")
            .pass(PAUSE)
            .press("! enter r", "Retry: 4 hosts tried again")
            .verified()
            .press("f", "tried again: 4 at work")
            .await;
        night.second_tries(HostState::Done);
        stage.sees("tried again: 4 done").loses("package lock").sees("disk space").await;
    });
}

#[test]
fn a_pause_says_from_when_it_is_over() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).sees("1 cause").keys("f").await;
        // They failed at 22:10, and a held lock wants ten minutes.
        stage.sees("retry from 22:20").pass(Duration::from_secs(400)).sees("retry, the pause is over").await;
    });
}

#[test]
fn only_marked_hosts_are_tried_again_and_a_mark_that_a_filter_hides_is_left_out_in_words() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, false);
        Stage::of(&night)
            .sees("8 failed")
            .pass(PAUSE)
            .press("! enter f enter", "till-0007")
            .keys("home space space space")
            .press("r", "Retry: 3 hosts tried again")
            .keys("esc")
            .filter("!0001")
            .press("r", "Retry: 2 hosts tried again")
            .sees("1 marked row is hidden by the filter, and left out")
            .keys("y")
            .until(|| night.sent().len() == 1)
            .await;
        assert_eq!(hosts(&night.sent()), ["till-0000", "till-0002"]);
    });
}

#[test]
fn what_fails_again_after_it_was_called_verified_is_new_and_says_so() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, false);
        let stage = Stage::of(&night)
            .sees("8 failed")
            .pass(PAUSE)
            .press("f n", "Note")
            .press("right right right enter", "noted: verified")
            .loses("package lock new")
            .press("! enter r", "Retry: 8 hosts tried again")
            .press("y", "tried again: 8 at work")
            .await;
        night.second_tries(HostState::Failed);
        stage.sees("package lock new").sees("after it was verified").await;
        // Who looks at it takes the mark away, and not what was noted.
        stage.press("enter", "looked at").loses("after it was verified").await;
    });
}
