//! Ways of looking that change nothing at any backend: order, columns, zone, marks, copies, the bell, back and forth.

use std::time::Duration;

use patchdeck::app::message::Message;
use patchdeck::domain::{HostFacts, Text};

use crate::night::Night;
use crate::play::Play;
use crate::stage::{Stage, on_stage};

#[test]
fn rows_are_put_in_the_order_of_a_column_and_turned_round_while_the_selection_stays_with_its_thing() {
    on_stage(async {
        let stage = Stage::of(&Night::of_three_rollouts()).at_the_board().press("down", "acme · baseline two").await;
        // By urgency, by tenant, by name.
        stage
            .keys(", ,")
            .sees_in_order(&["baseline one", "baseline three", "baseline two"])
            .keys(";")
            .sees_in_order(&["baseline two", "baseline three", "baseline one"])
            .sees("acme · baseline two")
            .sees("▌ acme     baseline two")
            .await;
    });
}

#[test]
fn every_column_is_shown_on_a_key_and_the_usual_ones_on_the_same_again() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .at_the_board()
            .press("W", "BACKEND")
            .sees("acme-hb")
            .sees_in_order(&["RELEASE", "baseline:2026.12"])
            .keys("W")
            .loses("BACKEND")
            .await;
    });
}

#[test]
fn times_are_shown_in_the_zone_that_a_key_chooses() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .at_the_board()
            .press("z", "times are shown in each tenant's zone")
            .press("z", "times are shown in UTC")
            .sees("22:14 UTC")
            .await;
    });
}

#[test]
fn a_bell_that_is_off_does_not_ring_and_the_line_says_what_is_new_all_the_same() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().pass(Duration::from_secs(20)).press("B", "bell off").await;
        night.await_approval("3");
        stage.sees("2 wait for you").pass(Duration::from_secs(20)).await;
        assert_eq!(stage.bells(), 0);
    });
}

#[test]
fn forward_goes_where_back_came_from() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .at_the_board()
            .press("enter", "→ acme · baseline one")
            .keys("esc")
            .loses("→ acme · baseline one")
            .press("alt-right", "→ acme · baseline one")
            .await;
    });
}

#[test]
fn marks_are_counted_those_that_a_filter_hides_too_and_all_can_be_taken_away() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .at_the_board()
            .press("enter enter", "till-0007")
            .press("space space", "2 marked")
            .filter("0057")
            .sees("2 marked, 1 hidden by the filter")
            .keys("esc")
            .command("unmark")
            .loses("marked")
            .await;
    });
}

#[test]
fn the_selected_thing_is_copied_in_words_and_the_console_command_as_the_users_own_file_has_it() {
    on_stage(async {
        let stage = Stage::of(&Night::of_three_rollouts()).at_the_board().keys("Y").await;
        stage
            .until(|| stage.copied().starts_with("acme · baseline one: PAUSED"))
            .press("enter enter", "till-0007")
            .press("C", "can be named under [hosts] in the config")
            .await;
        let facts = HostFacts {
            role: Some(Text::new("till")),
            site: Some(Text::new("Berlin 2")),
            peers: vec![Text::new("till-0008")],
            contact: Some(Text::new("shop on-call")),
            console: Some(Text::new("ssh jump -t console till-0007")),
            ..HostFacts::default()
        };
        stage
            .told(Message::HostFacts(Ok(vec![("till-0007".to_owned(), facts)])))
            .sees("role till   site Berlin 2   peers till-0008   contact shop on-call")
            .keys("C")
            .until(|| stage.copied() == "ssh jump -t console till-0007")
            .press("down C", "your host facts file has no line for this host")
            .await;
    });
}
