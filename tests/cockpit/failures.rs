//! Failures from the board to the words of a host and back, with notes and tickets on the way.

use std::time::Duration;

use patchdeck::memory::Record;

use crate::night::Night;
use crate::play::Play;
use crate::stage::{Stage, on_stage};

#[test]
fn causes_form_by_themselves_and_say_how_far_their_evidence_was_read() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("8 failed, 1 cause, 1 new")
            .press("f", "package lock new")
            .sees("read 8 of 8")
            .sees("retry after a pause")
            .await;
    });
}

#[test]
fn going_into_a_cause_takes_the_mark_of_the_new_away_and_leads_to_host_and_wave() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("1 new")
            .press("f", "read 8 of 8")
            .press("enter", "→ package lock")
            .loses("1 new")
            .sees("looked at")
            .sees("pilot")
            .press("esc esc", "WHY")
            .sees("8 hosts")
            .await;
    });
}

#[test]
fn arming_takes_back_the_word_that_nothing_is_armed() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("1 cause")
            .press("f r", "look only: ! arms ")
            .armed()
            .loses("look only: ! arms ")
            .await;
    });
}

#[test]
fn a_note_stays_with_its_cause() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("1 cause")
            .press("f n", "Note")
            .press("right tab tab tab a b enter", "cause found   \"ab\"")
            .loses("package lock new")
            .await;
    });
}

#[test]
fn a_night_is_remembered_with_its_first_failure_and_a_verified_that_was_taken_back_never_was() {
    on_stage(async {
        let stage = Stage::of(&Night::of_three_rollouts()).sees("1 cause").press("f", "read 8 of 8").await;
        let mut kept = stage.remembered();
        kept.retain(
            |kept| matches!(kept, Record::Night { cause, first: Some(_), .. } if cause.as_str().contains("package lock")),
        );
        assert!(!kept.is_empty(), "{:?}", stage.remembered());
        let verified = || match stage.remembered().last() {
            Some(Record::Care { care, .. }) => care.verified,
            other => panic!("no word of a person: {other:?}"),
        };
        stage.press("n right right right enter", "noted: verified").await;
        let first = verified();
        assert!(first.is_some());
        stage.press("n left enter", "noted: remediated").await;
        assert_eq!(verified(), None);
    });
}

#[test]
fn a_ticket_is_one_tenants_and_of_several_it_asks_which() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts()).sees("1 cause").press("f t", "sent, ").await;
        Stage::open(vec![Night::of_three_rollouts(), Night::named("globex")])
            .sees("16 failed, 1 cause")
            .press("f t", "Ticket text for which tenant?")
            .press("down enter", "sent, ")
            .await;
    });
}

#[test]
fn hosts_that_failed_without_a_word_say_so_with_their_code_in_the_list_and_beside_each_host() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails_with(Some(""));
        Stage::of(&night)
            .sees("8 failed, 1 cause")
            .press("f", "code 100  said nothing of why")
            .sees("read 8 of 8")
            .press("enter", "not checked  said nothing of why")
            .sees("It said nothing: no words came with the error, and none before it.")
            .never_sees("not read yet")
            .await;
    });
}

#[test]
fn a_login_that_sees_no_hosts_is_told_once_and_is_no_outage() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails_with(None);
        let stage =
            Stage::of(&night).sees("8 failed").press("f", "acme-hb: no failure queue for this login").sees("1 live").await;
        let lists = night.lists();
        stage.pass(Duration::from_secs(90)).await;
        assert_eq!(night.lists(), lists);
    });
}

#[test]
fn nothing_is_read_again_while_no_more_hosts_fail() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).sees("1 cause").pass(Duration::from_secs(5)).await;
        let lists = night.lists();
        stage.pass(Duration::from_secs(300)).await;
        assert_eq!(night.lists(), lists);
    });
}

#[test]
fn the_filter_keeps_causes_by_age_and_tries() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("1 cause")
            .press("f / t r i e s : 2", "The filter hides every failure.")
            .keys("esc")
            .filter("cause:lock")
            .sees("1 of 1 loaded")
            .await;
    });
}

#[test]
fn from_a_failed_host_its_older_tries_are_one_key_away_and_their_words_are_read_when_they_are_selected() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("1 cause")
            .press("f enter enter", "REPORTS of the newest attempt")
            .sees("baseline one")
            .sees("November rest")
            .sees("E: Could not get lock")
            .press("down", "slot B is good")
            .loses("REPORTS of the newest attempt")
            .press("up", "REPORTS of the newest attempt")
            .loses("slot B is good")
            .await;
    });
}

#[test]
fn what_a_release_did_elsewhere_stands_beside_the_approval_that_waits_for_it() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("1 cause")
            .press("i", "baseline two")
            .sees("this release failed on 8 hosts of other rollouts: package lock 8")
            .await;
    });
}

#[test]
fn a_rollout_that_waits_at_a_gate_shows_why_its_own_hosts_failed() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).sees("1 cause").await;
        night.await_approval("1");
        stage.press("i", "WHY").sees("package lock").sees("8 hosts").loses("other rollouts").await;
    });
}
