//! Ways of looking that change nothing at any backend: order, columns, zone, marks, copies, the bell, back and forth.

use std::time::Duration;

use patchdeck::app::message::Message;
use patchdeck::domain::{HostFacts, Text};

use crate::night::Night;
use crate::stage::{Stage, on_stage};

#[test]
fn rows_are_put_in_the_order_of_a_column_and_turned_round_while_the_selection_stays_with_its_thing() {
    on_stage(async {
        let stage = Stage::at_the_board(&Night::of_three_rollouts()).await;
        stage.keys("down").await;
        stage.sees("acme · baseline two").await;
        // By urgency, by tenant, by name.
        stage.keys(", ,").await;
        stage.sees_in_order(&["baseline one", "baseline three", "baseline two"]).await;
        stage.keys(";").await;
        stage.sees_in_order(&["baseline two", "baseline three", "baseline one"]).await;
        stage.sees("acme · baseline two").await;
        stage.sees("▌ acme     baseline two").await;
    });
}

#[test]
fn every_column_is_shown_on_a_key_and_the_usual_ones_on_the_same_again() {
    on_stage(async {
        let stage = Stage::at_the_board(&Night::of_three_rollouts()).await;
        stage.keys("W").await;
        stage.sees("BACKEND").await;
        stage.sees("acme-hb").await;
        stage.sees_in_order(&["RELEASE", "baseline:2026.12"]).await;
        stage.keys("W").await;
        stage.loses("BACKEND").await;
    });
}

#[test]
fn times_are_shown_in_the_zone_that_a_key_chooses() {
    on_stage(async {
        let stage = Stage::at_the_board(&Night::of_three_rollouts()).await;
        stage.keys("z").await;
        stage.sees("times are shown in each tenant's zone").await;
        stage.keys("z").await;
        stage.sees("times are shown in UTC").await;
        stage.sees("22:14 UTC").await;
    });
}

#[test]
fn a_bell_that_is_off_does_not_ring_and_the_line_says_what_is_new_all_the_same() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::at_the_board(&night).await;
        stage.pass(Duration::from_secs(20)).await;
        stage.keys("B").await;
        stage.sees("bell off").await;
        night.await_approval("3");
        stage.sees("2 wait for you").await;
        stage.pass(Duration::from_secs(20)).await;
        assert_eq!(stage.bells(), 0);
    });
}

#[test]
fn forward_goes_where_back_came_from() {
    on_stage(async {
        let stage = Stage::at_the_board(&Night::of_three_rollouts()).await;
        stage.keys("enter").await;
        stage.sees("→ acme · baseline one").await;
        stage.keys("esc").await;
        stage.loses("→ acme · baseline one").await;
        stage.keys("alt-right").await;
        stage.sees("→ acme · baseline one").await;
    });
}

#[test]
fn marks_are_counted_those_that_a_filter_hides_too_and_all_can_be_taken_away() {
    on_stage(async {
        let stage = Stage::at_the_board(&Night::of_three_rollouts()).await;
        stage.keys("enter enter").await;
        stage.sees("till-0007").await;
        stage.keys("space space").await;
        stage.sees("2 marked").await;
        stage.keys("/ 0 0 5 7 enter").await;
        stage.sees("2 marked, 1 hidden by the filter").await;
        stage.keys("esc : u n m a r k enter").await;
        stage.loses("marked").await;
    });
}

#[test]
fn the_selected_thing_is_copied_in_words_and_the_console_command_as_the_users_own_file_has_it() {
    on_stage(async {
        let stage = Stage::at_the_board(&Night::of_three_rollouts()).await;
        stage.keys("Y").await;
        stage.until(|| stage.copied().starts_with("acme · baseline one: PAUSED")).await;
        stage.keys("enter enter").await;
        stage.sees("till-0007").await;
        stage.keys("C").await;
        stage.sees("can be named under [hosts] in the config").await;
        let facts = HostFacts {
            role: Some(Text::new("till")),
            site: Some(Text::new("Berlin 2")),
            peers: vec![Text::new("till-0008")],
            contact: Some(Text::new("shop on-call")),
            console: Some(Text::new("ssh jump -t console till-0007")),
            ..HostFacts::default()
        };
        stage.told(Message::HostFacts(Ok(vec![("till-0007".to_owned(), facts)]))).await;
        stage.sees("role till   site Berlin 2   peers till-0008   contact shop on-call").await;
        stage.keys("C").await;
        stage.until(|| stage.copied() == "ssh jump -t console till-0007").await;
        stage.keys("down C").await;
        stage.sees("your host facts file has no line for this host").await;
    });
}
