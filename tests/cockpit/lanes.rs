//! What is no failure and must not hide: lanes below the failures, hosts of each, and the check of reported success.

use std::time::Duration;

use patchdeck::domain::{HostState, Own};

use crate::night::Night;
use crate::play::Play;
use crate::stage::{Stage, on_stage};

#[test]
fn hosts_that_have_not_failed_stand_in_lanes_below_the_failures_and_open_into_themselves() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.beside(&[
            ("away-1", HostState::NotFetched, None),
            ("lost-1", HostState::AtWork, Some(40)),
            ("lost-2", HostState::AtWork, Some(20)),
            ("back-soon", HostState::AtWork, Some(2)),
            ("hangs", HostState::AtWork, None),
        ]);
        let stage = Stage::of(&night).sees("2 not back").press("f", "usual not known").await;
        for lane in ["not back", "stuck", "offline", "restarting"] {
            stage.sees(lane).await;
        }
        stage.filter("lane:not").loses("offline").press("enter", "lost-1").sees("look on site").loses("back-soon").await;
    });
}

#[test]
fn a_lane_is_no_failure_and_a_verb_on_it_says_so() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.beside(&[("away-1", HostState::NotFetched, None)]);

        Stage::of(&night).press("f", "offline").press("end r", "\"offline\" is no failure: there is nothing to retry").await;
    });
}

#[test]
fn a_host_that_is_back_leaves_its_lane_by_itself() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.beside(&[("lost-1", HostState::AtWork, Some(40)), ("away-1", HostState::NotFetched, None)]);
        let stage = Stage::of(&night).sees("1 not back").await;
        night.beside(&[("away-1", HostState::NotFetched, None)]);
        // What is open is read again after two minutes.
        tokio::time::sleep(Duration::from_secs(90)).await;
        stage.loses("1 not back").await;
    });
}

#[test]
fn nothing_is_called_verified_until_a_person_asks_and_then_only_what_hosts_confirm() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.own(&[("a", Own::Confirms), ("b", Own::Confirms), ("c", Own::Differs("11.4".into())), ("d", Own::NotTold)]);
        night.end_of("3", 1, 4);
        let stage = Stage::of(&night).press("j j", "4 of 80 reported done, not checked").await;
        assert_eq!(night.asked_own(), 0, "it runs, and nobody asked");
        stage.press("enter V", "2 verified").await;
        assert!(night.asked_own() > 0);
        stage.sees("1 silent").press("f", "do not trust done").await;
    });
}
