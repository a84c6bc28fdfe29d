//! Failures from the board to the words of a host and back, with notes and tickets on the way.

use std::time::Duration;

use patchdeck::memory::Record;

use crate::night::Night;
use crate::stage::{Stage, on_stage};

#[test]
fn causes_form_by_themselves_and_say_how_far_their_evidence_was_read() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("8 failed, 1 cause, 1 new").await;
        stage.keys("f").await;
        stage.sees("package lock new").await;
        stage.sees("read 8 of 8").await;
        stage.sees("retry after a pause").await;
    });
}

#[test]
fn going_into_a_cause_takes_the_mark_of_the_new_away_and_leads_to_host_and_wave() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 new").await;
        stage.keys("f").await;
        stage.sees("read 8 of 8").await;
        stage.keys("enter").await;
        stage.sees("→ package lock").await;
        stage.loses("1 new").await;
        stage.sees("looked at").await;
        stage.sees("pilot").await;
        stage.keys("esc esc").await;
        stage.sees("WHY").await;
        stage.sees("8 hosts").await;
    });
}

#[test]
fn arming_takes_back_the_word_that_nothing_is_armed() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 cause").await;
        stage.keys("f r").await;
        stage.sees("look only: ! arms ").await;
        stage.keys("! enter").await;
        stage.sees("ARMED").await;
        stage.loses("look only: ! arms ").await;
    });
}

#[test]
fn a_note_stays_with_its_cause() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 cause").await;
        stage.keys("f n").await;
        stage.sees("Note").await;
        stage.keys("right tab tab tab a b enter").await;
        stage.sees("cause found   \"ab\"").await;
        stage.loses("package lock new").await;
    });
}

#[test]
fn a_night_is_remembered_with_its_first_failure_and_a_verified_that_was_taken_back_never_was() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 cause").await;
        stage.keys("f").await;
        stage.sees("read 8 of 8").await;
        let mut kept = stage.remembered();
        kept.retain(
            |kept| matches!(kept, Record::Night { cause, first: Some(_), .. } if cause.as_str().contains("package lock")),
        );
        assert!(!kept.is_empty(), "{:?}", stage.remembered());
        let verified = || match stage.remembered().last() {
            Some(Record::Care { care, .. }) => care.verified,
            other => panic!("no word of a person: {other:?}"),
        };
        stage.keys("n right right right enter").await;
        stage.sees("noted: verified").await;
        let first = verified();
        assert!(first.is_some());
        stage.keys("n left enter").await;
        stage.sees("noted: remediated").await;
        assert_eq!(verified(), None);
    });
}

#[test]
fn a_ticket_is_one_tenants_and_of_several_it_asks_which() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 cause").await;
        stage.keys("f t").await;
        stage.sees("sent, ").await;
        let both = Stage::open(vec![Night::of_three_rollouts(), Night::named("globex")]).await;
        both.sees("16 failed, 1 cause").await;
        both.keys("f t").await;
        both.sees("Ticket text for which tenant?").await;
        both.keys("down enter").await;
        both.sees("sent, ").await;
    });
}

#[test]
fn hosts_that_failed_without_a_word_say_so_with_their_code_in_the_list_and_beside_each_host() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails_with(Some(""));
        let stage = Stage::open(vec![night.clone()]).await;
        stage.sees("8 failed, 1 cause").await;
        stage.keys("f").await;
        stage.sees("code 100  said nothing of why").await;
        stage.sees("read 8 of 8").await;
        stage.keys("enter").await;
        stage.sees("not checked  said nothing of why").await;
        stage.sees("It said nothing: no words came with the error, and none before it.").await;
        stage.never_sees("not read yet").await;
    });
}

#[test]
fn a_login_that_sees_no_hosts_is_told_once_and_is_no_outage() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails_with(None);
        let stage = Stage::open(vec![night.clone()]).await;
        stage.sees("8 failed").await;
        stage.keys("f").await;
        stage.sees("acme-hb: no failure queue for this login").await;
        stage.sees("1 live").await;
        let lists = night.lists();
        stage.pass(Duration::from_secs(90)).await;
        assert_eq!(night.lists(), lists);
    });
}

#[test]
fn nothing_is_read_again_while_no_more_hosts_fail() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::open(vec![night.clone()]).await;
        stage.sees("1 cause").await;
        stage.pass(Duration::from_secs(5)).await;
        let lists = night.lists();
        stage.pass(Duration::from_secs(300)).await;
        assert_eq!(night.lists(), lists);
    });
}

#[test]
fn the_filter_keeps_causes_by_age_and_tries() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 cause").await;
        stage.keys("f / t r i e s : 2").await;
        stage.sees("The filter hides every failure.").await;
        stage.keys("esc / c a u s e : l o c k enter").await;
        stage.sees("1 of 1 loaded").await;
    });
}

#[test]
fn from_a_failed_host_its_older_tries_are_one_key_away_and_their_words_are_read_when_they_are_selected() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 cause").await;
        stage.keys("f enter enter").await;
        stage.sees("REPORTS of the newest attempt").await;
        stage.sees("baseline one").await;
        stage.sees("November rest").await;
        stage.sees("E: Could not get lock").await;
        stage.keys("down").await;
        stage.sees("slot B is good").await;
        stage.loses("REPORTS of the newest attempt").await;
        stage.keys("up").await;
        stage.sees("REPORTS of the newest attempt").await;
        stage.loses("slot B is good").await;
    });
}

#[test]
fn what_a_release_did_elsewhere_stands_beside_the_approval_that_waits_for_it() {
    on_stage(async {
        let stage = Stage::open(vec![Night::of_three_rollouts()]).await;
        stage.sees("1 cause").await;
        stage.keys("i").await;
        stage.sees("baseline two").await;
        stage.sees("this release failed on 8 hosts of other rollouts: package lock 8").await;
    });
}

#[test]
fn a_rollout_that_waits_at_a_gate_shows_why_its_own_hosts_failed() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::open(vec![night.clone()]).await;
        stage.sees("1 cause").await;
        night.await_approval("1");
        stage.keys("i").await;
        stage.sees("WHY").await;
        stage.sees("package lock").await;
        stage.sees("8 hosts").await;
        stage.loses("other rollouts").await;
    });
}
