//! The whole app on a paused clock with a scripted backend: the production loop, update, drawing, supervisors and journal.
//!
//! Nothing here waits for real time, opens a socket, or looks at private state where the screen can tell.

#[path = "cockpit/again.rs"]
mod again;
#[path = "cockpit/day.rs"]
mod day;
#[path = "cockpit/failures.rs"]
mod failures;
#[path = "cockpit/lanes.rs"]
mod lanes;
#[path = "cockpit/looking.rs"]
mod looking;
#[path = "cockpit/night.rs"]
mod night;
#[path = "cockpit/play.rs"]
mod play;
#[path = "cockpit/stage.rs"]
mod stage;
#[path = "cockpit/travel.rs"]
mod travel;
#[path = "cockpit/windows.rs"]
mod windows;

use std::time::Duration;

use day::Day;
use night::{Night, Reply};
use patchdeck::action::Verb;
use patchdeck::journal::{Entry, open_intents, read, verify};
use play::Play;
use stage::{Stage, on_stage};

pub fn kinds(dir: &std::path::Path) -> Vec<&'static str> {
    read(dir)
        .expect("readable")
        .iter()
        .flat_map(|file| &file.lines)
        .map(|line| match line.entry {
            Entry::Opened { .. } => "opened",
            Entry::Intent { .. } => "intent",
            Entry::Sending { .. } => "sending",
            Entry::Answered { .. } => "answered",
            Entry::Settled { .. } => "settled",
            Entry::Refused { .. } => "refused",
            Entry::Armed { .. } => "armed",
            Entry::Disarmed { .. } => "disarmed",
            Entry::Named { .. } => "named",
            Entry::Override { .. } => "override",
            Entry::OverrideEnded { .. } => "override ended",
            Entry::Newer => "newer",
        })
        .collect()
}

#[test]
fn the_first_frame_needs_no_network_and_says_what_it_does_not_know() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.hang();
        Stage::of(&night).sees("LOOK ONLY").sees("reading").await;
    });
}

#[test]
fn a_key_is_answered_at_once_while_nothing_else_happens() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.hang();
        let stage = Stage::of(&night).sees("LOOK ONLY").await;
        for (key, screen) in [("?", "Help"), ("esc", "LOOK ONLY"), ("!", "Arm"), ("esc", "LOOK ONLY"), (":", "command")] {
            let pressed = stage.elapsed();
            stage.keys(key).sees(screen).await;
            let took = stage.elapsed().saturating_sub(pressed);
            assert!(took < Duration::from_millis(50), "{key} took {took:?}");
        }
    });
}

#[test]
fn an_armed_person_approves_the_waiting_rollout_in_three_keys_and_one_call() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().armed().approves().await;
        assert!(night.sent().is_empty(), "nothing leaves before y");
        stage.verified().await;
        assert_eq!(night.sent(), ["POST /rollouts/2/approve"]);
        let kinds = kinds(stage.journal());
        assert_eq!(kinds, ["opened", "armed", "intent", "sending", "answered", "settled"]);
        assert!(verify(stage.journal()).is_empty());
    });
}

#[test]
fn at_a_shared_login_the_plan_is_made_for_the_person_who_gave_their_name() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.share();
        Stage::of(&night)
            .at_the_board()
            .armed()
            .press("tab a", "Who are you?")
            .press("k i m enter", "pressed by kim")
            .verified()
            .await;
        assert_eq!(night.sent().len(), 1);
    });
}

#[test]
fn while_looking_only_a_verb_says_which_key_arms_and_sends_nothing() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        Stage::of(&night).at_the_board().press("tab a", "look only: ! arms acme").keys("y").await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn a_verb_on_a_row_where_nothing_waits_refuses_and_does_not_jump() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        Stage::of(&night).at_the_board().armed().keys("home a").never_sees("Approve ALL").await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn facts_that_change_between_dialog_and_y_are_shown_and_nothing_is_sent() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().armed().approves().await;
        night.grow("2", 50);
        stage.press("y", "changed").await;
        assert!(night.sent().is_empty());
        stage.verified().await;
        assert_eq!(night.sent().len(), 1);
    });
}

#[test]
fn a_lost_answer_is_looked_up_and_never_sent_again() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.reply(Reply::LostAfterEffect);
        Stage::of(&night).at_the_board().armed().approves().verified().await;
        assert_eq!(night.sent().len(), 1);
    });
}

#[test]
fn an_outcome_that_stays_unknown_is_counted_and_told_until_it_is_known() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.reply(Reply::LostAndDark);
        let stage = Stage::of(&night)
            .at_the_board()
            .armed()
            .approves()
            .press("y", "unknown")
            .pass(Duration::from_secs(300))
            .press("l", "unknown")
            .await;
        assert_eq!(night.sent().len(), 1);
        assert_eq!(open_intents(&read(stage.journal()).expect("readable")).len(), 1);
    });
}

#[test]
fn a_refused_call_says_so_in_the_servers_words() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.reply(Reply::Refuse("wrong state: already approved"));
        Stage::of(&night).at_the_board().armed().approves().press("y", "already approved").await;
    });
}

#[test]
fn a_session_that_died_between_sending_and_answer_is_told_on_the_next_start() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.reply(Reply::HangAfterEffect);
        let first = Stage::of(&night).at_the_board().armed().approves().keys("y").until(|| night.sent().len() == 1).await;
        let dir = first.die();
        night.reply(Reply::Accept);
        Stage::of(&night).after(dir).press("l", "verified").await;
        assert_eq!(night.sent().len(), 1, "looked up, not sent again");
    });
}

#[test]
fn one_backend_that_hangs_delays_neither_another_nor_a_key() {
    on_stage(async {
        let (well, ill) = (Night::of_three_rollouts(), Night::named("globex"));
        ill.hang();
        let stage = Stage::open(vec![well, ill]).at_the_board().await;
        let before = stage.elapsed();
        stage.press("h", "globex-hb").await;
        assert!(stage.elapsed().checked_sub(before).unwrap() < Duration::from_millis(50), "the key was shown at once");
    });
}

#[test]
fn a_backend_that_cannot_be_reached_keeps_its_rows_and_shows_their_age() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().await;
        night.vanish();
        stage
            .pass(Duration::from_secs(65))
            .sees("unreachable")
            .sees("2m")
            .sees("waits for you")
            .keys("! enter tab")
            .press("home tab a", "too old to act on")
            .await;
        night.come_back();
        stage.pass(Duration::from_secs(61)).sees("1 live").await;
    });
}

#[test]
fn pasted_text_runs_nothing() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        Stage::of(&night)
            .at_the_board()
            .armed()
            .keys("tab")
            .paste("ay\nay")
            .sees("pasted text is ignored")
            .press("a", "Approve ALL")
            .paste("y")
            .pass(Duration::from_secs(2))
            .await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn keys_typed_before_the_dialog_was_drawn_are_dropped() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        Stage::of(&night).at_the_board().armed().burst("tab a y").sees("Approve ALL").pass(Duration::from_secs(2)).await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn without_a_journal_every_action_is_refused_and_reading_goes_on() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).without_journal().at_the_board().sees("no journal").press("tab p", "journal").await;
        assert!(night.sent().is_empty());
        let reads = night.boards();
        stage.pass(Duration::from_secs(30)).await;
        assert!(night.boards() > reads);
    });
}

#[test]
fn what_this_login_may_not_stands_last_and_says_why_before_anybody_arms_for_it() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.forbids(Verb::Resume, "it lacks HANDLE_ROLLOUT");
        let stage = Stage::of(&night).sees("x stop  r retry  c resume").await;
        // Nothing comes up under the cursor any more.
        stage.pass(Duration::from_secs(5)).press("c", "this login may not resume: it lacks HANDLE_ROLLOUT").await;
    });
}

#[test]
fn what_is_told_of_arming_stands_in_one_row_and_its_detail_has_every_line() {
    on_stage(async {
        let stage = Stage::of(&Night::of_three_rollouts())
            .at_the_board()
            .armed()
            .press("! ! enter !", "LOOK ONLY")
            .press("l", "armed 2 times   at last disarmed")
            .sees("armed for 10 min")
            .press("! enter", "armed 3 times   at last armed for 10 min")
            .await;
        // The row stays the selected one, whatever comes on top of it.
        stage.keys("end").filter("disarm").sees("1 of 1").await;
    });
}

#[test]
fn arming_ends_by_itself() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().armed().pass(Duration::from_secs(605)).sees("LOOK ONLY").await;
        assert_eq!(kinds(stage.journal()).last(), Some(&"disarmed"));
    });
}

#[test]
fn a_dialog_that_outlives_its_arming_sends_nothing() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        Stage::of(&night).at_the_board().armed().approves().pass(Duration::from_secs(605)).press("y", "no longer armed").await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn closing_the_dialog_while_the_facts_are_read_again_sends_nothing_and_says_so() {
    for close in ["esc", "q"] {
        on_stage(async {
            let night = Night::of_three_rollouts();
            let stage = Stage::of(&night).at_the_board().armed().approves().await;
            night.dawdle(Duration::from_secs(5));
            stage.keys("y").keys(close).sees("nothing was sent").pass(Duration::from_secs(20)).await;
            assert!(night.sent().is_empty());
        });
    }
}

#[test]
fn pausing_may_arm_and_act_in_one_dialog() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage =
            Stage::of(&night).at_the_board().filter("running").press("p", "Pause: no further wave begins").verified().await;
        assert_eq!(night.sent(), ["POST /rollouts/3/pause"]);
        stage.sees("ARMED acme").await;
    });
}

#[test]
fn pausing_everything_of_a_tenant_lists_what_can_and_what_cannot() {
    on_stage(async {
        let (night, other) = (Night::of_three_rollouts(), Night::named("globex"));
        night.turns("2", "running");
        let stage = Stage::open(vec![night.clone(), other.clone()])
            .sees("globex")
            .at_the_board()
            .filter("acme")
            .press("P", "Pause everything of acme: 2 of 3 rollouts")
            .await;
        for line in ["POST /rollouts/2/pause", "POST /rollouts/3/pause", "cannot be paused: \"baseline one\" is paused"] {
            stage.sees(line).await;
        }
        stage.sees("y arm acme and pause 2").pass(Duration::from_secs(1)).await;
        assert!(night.sent().is_empty(), "nothing leaves before the yes");
        stage.keys("y").await;
        let sent = || {
            let mut sent = night.sent();
            sent.sort();
            sent
        };
        stage.until(|| sent() == ["POST /rollouts/2/pause", "POST /rollouts/3/pause"]).await;
        assert!(other.sent().is_empty(), "{:?}", other.sent());
    });
}

#[test]
fn idle_draws_nothing_and_asks_less_often() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.settle();
        let stage = Stage::of(&night).at_the_board().pass(Duration::from_secs(200)).await;
        let (drawn, asked) = (stage.frames(), night.boards());
        stage.pass(Duration::from_secs(300)).await;
        assert!(stage.frames() - drawn <= 6, "only the clock's minute may draw: {}", stage.frames() - drawn);
        assert!((19..=22).contains(&(night.boards() - asked)), "{}", night.boards() - asked);
    });
}

#[test]
fn new_things_that_need_a_person_ring_once_and_old_ones_do_not() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().pass(Duration::from_secs(20)).await;
        assert_eq!(stage.bells(), 0);
        night.await_approval("3");
        stage.until(|| stage.bells() == 1).pass(Duration::from_secs(60)).await;
        assert_eq!(stage.bells(), 1);
    });
}

#[test]
fn a_filter_says_n_of_m_and_back_takes_it_away() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .sees("baseline three")
            .filter("three")
            .sees("1 of 3")
            .loses("baseline two")
            .press("esc", "baseline two")
            .await;
    });
}

#[test]
fn read_now_says_when_it_was_answered() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().await;
        let before = night.boards();
        stage.press("ctrl-l", "was read again").await;
        assert!(night.boards() > before);
    });
}

#[test]
fn leaving_with_something_under_way_asks_first() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.reply(Reply::HangAfterEffect);
        let stage = Stage::of(&night)
            .at_the_board()
            .armed()
            .approves()
            .keys("y")
            .until(|| night.sent().len() == 1)
            .keys("ctrl-c")
            .press("esc", "Board")
            .keys("ctrl-c y")
            .await;
        stage.ends().await;
    });
}

#[test]
fn the_first_screen_is_never_left_by_back() {
    on_stage(async {
        let stage = Stage::of(&Night::of_three_rollouts())
            .at_the_board()
            .press("esc esc q", "this is the first screen")
            .keys("ctrl-c")
            .await;
        stage.ends().await;
    });
}

#[test]
fn only_the_pages_of_hosts_that_are_on_the_screen_are_read() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).sees("baseline three").press("enter", "pilot").press("enter", "till-0000").await;
        assert_eq!(night.pages(), [0]);
        stage.press("end", "till-0899").await;
        assert_eq!(night.pages().iter().filter(|page| **page != 0).collect::<Vec<_>>(), [&800]);
    });
}

#[test]
fn the_failed_hosts_of_a_large_wave_stand_on_top_without_any_paging() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night)
            .sees("acme · baseline one")
            .press("enter", "wave 1 of 2")
            .press("enter", "18 failed first, rows 1-")
            .await;
        // Far behind the first page of the whole list.
        stage.sees("till-0857").await;
        assert_eq!((night.pages(), night.failed_pages()), (vec![0], vec![0]));
        // Those that were on the page of the whole list stand on top only.
        stage.filter("till-0007").sees("1 of 214").await;
    });
}

#[test]
fn the_cursor_stays_in_its_place_where_a_host_that_was_read_stands_on_top() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage =
            Stage::of(&night).sees("acme · baseline one").press("enter", "wave 1 of 2").press("enter", "18 failed first").await;
        night.dawdle(Duration::from_secs(2));
        stage.press("end", "900  not read yet").await;
        // Onto place 857, which nobody has read yet and is that of a failed host.
        stage.burst(&["up"; 42].join(" ")).sees("till-0858").press("enter", "till-0858").loses("till-0859").await;
    });
}

#[test]
fn a_filter_of_hosts_is_about_loaded_rows_and_says_so() {
    on_stage(async {
        let stage = Stage::of(&Night::of_three_rollouts())
            .sees("baseline three")
            .press("enter", "pilot")
            .press("enter", "till-0000")
            .sees("18 failed first")
            .await;
        // Of the hundred hosts of that name only the two that failed were read.
        stage.filter("till-03").sees("2 of 214").sees("900").sees("till-0307").await;
    });
}

#[test]
fn a_host_is_found_by_a_part_of_its_name_at_every_backend() {
    on_stage(async {
        Stage::open(vec![Night::named("acme"), Night::named("globex")])
            .sees("baseline three")
            .press("F l l - 0 8 enter", "till-0800")
            .sees("globex")
            .sees("of 100")
            .await;
    });
}

#[test]
fn the_selection_follows_the_rollout_when_its_row_moves() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).sees("baseline three").press("end", "acme · baseline three").await;
        night.await_approval("3");
        stage.sees("2 wait for you").sees("acme · baseline three").await;
    });
}

#[test]
fn before_the_first_key_the_top_row_is_the_selected_one_but_no_verb_acts_on_one_that_just_came_up() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.turns("1", "running");
        let stage = Stage::of(&night).sees("acme · baseline two").await;
        night.turns("1", "paused");
        // It comes to the top, and the cursor with it: what needs a person most is shown without a key.
        stage
            .sees("acme · baseline one")
            .press("c", "baseline one came up under the cursor just now: press again to resume it")
            .press("c", "look only")
            .await;
        night.turns("3", "paused");
        stage.pass(Duration::from_secs(10)).sees("acme · baseline one").await;
    });
}

#[test]
fn every_action_can_be_run_by_name() {
    on_stage(async {
        Stage::of(&Night::of_three_rollouts())
            .at_the_board()
            .command("backends")
            .sees("acme-hb")
            .command("nonsense")
            .sees("no command is called nonsense")
            .await;
    });
}

#[test]
fn after_a_day_no_more_is_kept_than_after_an_hour() {
    let mut day = Day::begin();
    day.until(3_600);
    let first = day.kept();
    day.until(24 * 3_600);
    let last = day.kept();
    assert!(last * 100 <= first * 105, "{first} bytes written out after an hour, {last} after a day");
}
