//! Retry from the board by cause, in batches; and a session that dies between two of them.

use std::collections::BTreeSet;

use crate::night::Night;
use crate::stage::{Stage, on_stage};

fn hosts(sent: &[String]) -> Vec<&str> {
    sent.iter().filter_map(|line| line.strip_prefix("again ")).flat_map(|hosts| hosts.split(' ')).collect()
}

#[test]
fn every_host_with_a_held_lock_is_tried_again_by_two_keys_and_no_host_of_another_cause() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, true);
        let stage = Stage::open(vec![night.clone()]).await;
        stage.sees("8 failed").await;
        // The pause that a held lock wants is over then, whenever the failure was noticed.
        stage.pass(std::time::Duration::from_secs(660)).await;
        stage.keys("! enter r").await;
        stage.sees("apt_lock").await;
        stage.sees("after a fix").await;
        stage.sees("Retry: 4 hosts tried again").await;
        stage.keys("y").await;
        stage.until(|| night.sent().len() == 2).await;
        stage.sees("verified").await;
        let sent = night.sent();
        assert_eq!(hosts(&sent), ["till-0000", "till-0002", "till-0004", "till-0006"]);
    });
}

#[test]
fn a_cause_that_must_be_mended_first_comes_in_by_its_figure_and_an_override_asks_why() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, true);
        let stage = Stage::open(vec![night.clone()]).await;
        stage.sees("8 failed").await;
        // The pause that a held lock wants is over then, whenever the failure was noticed.
        stage.pass(std::time::Duration::from_secs(660)).await;
        stage.keys("! enter r").await;
        stage.sees("its figure says that you made").await;
        stage.keys("2").await;
        stage.sees("Retry: 8 hosts tried again").await;
        stage.sees("you say that it holds").await;
        stage.keys("1").await;
        stage.sees("Retry: 4 hosts tried again").await;
        stage.keys("h").await;
        stage.sees("till-0001").await;
        stage.keys("h y").await;
        stage.until(|| night.sent().len() == 2).await;
        assert_eq!(hosts(&night.sent()), ["till-0001", "till-0003", "till-0005", "till-0007"]);
    });
}

#[test]
fn a_session_that_dies_after_the_second_of_five_batches_says_what_left_and_offers_the_rest() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(10, false);
        night.hang_at(2);
        let stage = Stage::open(vec![night.clone()]).await;
        stage.sees("8 failed").await;
        // The pause that a held lock wants is over then, whenever the failure was noticed.
        stage.pass(std::time::Duration::from_secs(660)).await;
        stage.keys("! enter r").await;
        stage.sees("Retry: 10 hosts tried again").await;
        stage.keys("y").await;
        stage.until(|| night.sent().len() == 2).await;
        let journal = stage.die();
        night.hang_at(0);
        let stage = Stage::open_in(vec![night.clone()], journal).await;
        stage.sees("8 failed").await;
        stage.keys("l").await;
        stage.sees("2 of 5 calls left, 6 hosts not asked yet").await;
        assert_eq!(night.sent().len(), 2, "nothing is sent by itself");
        stage.keys("! enter").await;
        stage.sees("armed").await;
        stage.keys("g r").await;
        stage.sees("Retry: 6 hosts tried again").await;
        stage.keys("y").await;
        stage.until(|| night.sent().len() == 5).await;
        stage.sees("verified").await;
        let sent = night.sent();
        let each: BTreeSet<&str> = hosts(&sent).into_iter().collect();
        assert_eq!((each.len(), hosts(&sent).len()), (10, 10), "each host once: {sent:?}");
    });
}
