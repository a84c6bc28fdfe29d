//! Nights with windows: what is let begin, what is refused in words, and what an override changes.
//!
//! The calendar is read from a config as people write it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use patchdeck::app::message::Message;
use patchdeck::backend::port::Backend;
use patchdeck::calendar::Calendars;
use patchdeck::calendar::Rules;
use patchdeck::config;
use patchdeck::domain::{BackendName, HostState, Override, Period, RolloutId, Says, TenantId};
use patchdeck::journal::{Entry, Journal, Who, read};
use patchdeck::memory::{Pace, Record};
use rstest::rstest;

use crate::kinds;
use crate::night::Night;
use crate::play::{Curtain, Play, at};
use crate::stage::{Stage, on_stage};

const BACKEND: &str = r#"
[[backend]]
name = "acme-hb"
kind = "hawkbit"
url = "https://patch.example.test"
tenant = "acme"
"#;

fn calendar(text: &str) -> Rules {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, format!("{BACKEND}{text}")).expect("written");
    config::load(Some(&path), &["hawkbit"], &|_| None).unwrap_or_else(|problems| panic!("{problems}")).config.calendar
}

fn open<'a>(night: &Arc<Night>, begins: &str, text: &str) -> Curtain<'a> {
    Stage::of(night).at(at(begins)).held_to(calendar(text))
}

/// 22:00 to 02:00 in Berlin with its cutoff at 01:30: 21:00Z, 00:30Z, 01:00Z.
const TUESDAY: &str = r#"
[[tenant]]
name = "acme"
zone = "Europe/Berlin"
change = true

[[window]]
name = "Patch Tuesday"
tenant = "acme"
start = "2026-12-08T22:00"
rrule = "FREQ=MONTHLY;BYDAY=2TU"
length = "4h"
cutoff = "30min"
"#;

const FROZEN: &str = r#"
[[freeze]]
name = "year end"
reason = "books are closed"
from = "2026-12-01T00:00"
to = "2026-12-12T06:00"
"#;

#[test]
fn inside_its_window_a_verb_goes_on_and_the_dialog_says_until_when() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        open(&night, "2026-12-08T22:14:05Z", TUESDAY)
            .at_the_board()
            .armed()
            .approves()
            .sees("open: nothing begins after Wed 01:30 CET, it closes at Wed 02:00 CET")
            .verified()
            .await;
        assert_eq!(night.sent(), ["POST /rollouts/2/approve"]);
    });
}

#[test]
fn without_any_window_a_verb_goes_on_and_the_dialog_says_that_none_is_known() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        open(&night, "2026-12-08T22:14:05Z", "")
            .at_the_board()
            .press("! enter tab a", "no window known for acme")
            .verified()
            .await;
    });
}

#[rstest]
#[case::before("2026-12-08T20:00:00Z", "the window of acme is closed", "wait: it opens at 22:00 CET")]
#[case::cutoff_passed("2026-12-09T00:31:00Z", "the cutoff of acme has passed", "wait: it opens at Tue 12 Jan 22:00 CET")]
#[case::after("2026-12-09T01:00:00Z", "the window of acme is closed", "wait: it opens at Tue 12 Jan 22:00 CET")]
fn outside_it_every_verb_that_begins_work_is_refused_in_words_and_none_that_calms(
    #[case] when: &str,
    #[case] why: &str,
    #[case] wait: &str,
) {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, when, TUESDAY).at_the_board().keys("! enter tab").await;
        // "baseline two" waits for approval, "one" is paused by its limit, "three" runs.
        for (find, verb) in [("two", "a"), ("one", "c"), ("three", ">")] {
            stage.filter(find).press(verb, why).sees(wait).sees("override the window").keys("esc esc").await;
        }
        assert!(night.sent().is_empty());
        stage
            .filter("two")
            .press("d", "Deny: no wave of it begins")
            .keys("esc esc")
            .filter("three")
            .press("p", "Pause: no further wave begins")
            .keys("y")
            .until(|| night.sent() == ["POST /rollouts/3/pause"])
            .await;
    });
}

#[test]
fn a_window_that_closes_between_the_dialog_and_y_sends_nothing() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-09T00:28:00Z", TUESDAY)
            .at_the_board()
            .armed()
            .approves()
            .pass(Duration::from_secs(180))
            .press("y", "the cutoff of acme has passed")
            .await;
        assert!(night.sent().is_empty());
        assert!(!kinds(stage.journal()).contains(&"intent"), "{:?}", kinds(stage.journal()));
    });
}

#[test]
fn a_freeze_is_lifted_by_two_people_for_one_rollout_and_the_journal_tells_it_to_the_next_session() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-08T22:14:05Z", &format!("{TUESDAY}{FROZEN}"))
            .at_the_board()
            .press("! enter tab a", "acme is frozen until Sat 06:00 CET: year end")
            .press("o", "Override the freeze for acme")
            .paste("storm damage")
            .press("enter enter", "Change number, needed")
            .paste("CHG-4711")
            .keys("enter enter")
            .paste("Lead")
            .press("enter y", "the second person must be another one")
            .await;
        assert!(!kinds(stage.journal()).contains(&"override"));
        stage
            .keys("enter enter enter ctrl-u")
            .paste("anna")
            .press("enter y", "override until 2026-12-09T07:00:00Z: storm damage, change CHG-4711, with anna")
            .await;
        assert!(night.sent().is_empty(), "an override begins nothing");
        stage.press("a", "Approve ALL").sees("override by lead with anna until Wed 08:00 CET: storm damage").verified().await;
        assert_eq!(night.sent(), ["POST /rollouts/2/approve"]);
        stage.sees("override acme to ").await;
        assert_eq!(kinds(stage.journal()), ["opened", "armed", "override", "intent", "sending", "answered", "settled"]);
        // Another rollout of the same tenant stays frozen.
        stage.filter("one").press("c", "acme is frozen").await;

        let next = open(&night, "2026-12-08T23:00:00Z", &format!("{TUESDAY}{FROZEN}"))
            .after(stage.die())
            .sees("not begun")
            .keys("! enter")
            .filter("two")
            .press("s", "override by lead with anna")
            .keys("esc")
            .await;
        // It ends by itself, at eight in the morning.
        next.pass(Duration::from_secs(8 * 3600 - 890))
            .sees("the override for \"baseline two\" ends at 07:00 UTC")
            .pass(Duration::from_secs(890))
            .sees("the override for \"baseline two\" has ended")
            .pass(Duration::from_secs(60))
            .loses("override acme to ")
            .press("! enter s", "acme is frozen")
            .await;
        assert_eq!(night.sent().len(), 1);
    });
}

#[test]
fn an_override_needs_an_armed_tenant_and_a_window_to_override() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        open(&night, "2026-12-08T20:00:00Z", TUESDAY).at_the_board().press("tab o", "look only: ! arms acme").await;
        open(&night, "2026-12-08T20:00:00Z", "").at_the_board().press("! enter tab o", "there is nothing to override").await;
    });
}

#[test]
fn what_will_not_fit_asks_for_the_number_of_hosts_and_says_that_nobody_stops_them() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        // Forty minutes to the cutoff, and one host in two minutes.
        let stage = open(&night, "2026-12-08T23:20:00Z", TUESDAY).at_the_board().await;
        for _ in 0..15 {
            stage.pass(Duration::from_secs(120)).await;
            night.finish("3", 1);
        }
        stage
            .pass(Duration::from_secs(30))
            .keys("! enter")
            .filter("three")
            .press("p", "Pause: no further")
            .keys("y")
            .until(|| night.sent().len() == 1)
            .sees("verified")
            .sees("PAUSED")
            .press("c", "Resume")
            .sees("start after the cutoff 01:30 CET")
            .sees("how many hosts will be late")
            .keys("y")
            .pass(Duration::from_secs(2))
            .await;
        assert_eq!(night.sent().len(), 1, "y is dim until the number is typed");
    });
}

#[test]
fn ten_minutes_before_the_cutoff_the_line_says_what_is_in_flight_and_rings_once() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-09T00:15:00Z", TUESDAY).at_the_board().never_sees("not begun; nothing stops").await;
        let rung = stage.bells();
        stage
            .pass(Duration::from_secs(330))
            .sees("cutoff 00:30: 20 at work, 60 not begun; nothing stops those 60 by itself: p pauses")
            .await;
        assert!(stage.bells() > rung);
        stage
            .pass(Duration::from_secs(600))
            .sees("cutoff 00:30 passed, closes 01:00: 20 at work")
            .pass(Duration::from_secs(1800))
            .sees("window closed 01:00: \"baseline three\" 20 at work, 60 not begun")
            .await;
    });
}

#[test]
fn the_alarm_clock_says_a_cutoff_once_before_it_comes_and_rings_once() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-09T00:15:00Z", TUESDAY)
            .at_the_board()
            .pass(Duration::from_secs(280))
            .never_sees("cutoff at")
            .await;
        let rung = stage.bells();
        let said = "acme: cutoff at 00:30 UTC, in 10 min: nothing may begin after it; it closes at 01:00 UTC";
        stage.sees(said).await;
        assert!(stage.elapsed() < Duration::from_secs(305), "ten minutes before, to the minute: {:?}", stage.elapsed());
        stage.loses(said).await;
        for _ in 0..350 {
            stage.never_sees("cutoff at").await;
        }
        assert_eq!(stage.bells(), rung + 1, "the alarm clock and the line under the header ring together");
        stage.pass(Duration::from_secs(1020)).sees("acme: its window closes at 01:00 UTC").await;
        assert_eq!(stage.bells(), rung + 2);
    });
}

#[test]
fn what_the_alarm_clock_said_before_a_session_is_not_said_again_and_nothing_is_drawn_for_it() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.settle();
        let stage = open(&night, "2026-12-09T00:20:05Z", TUESDAY).at_the_board().await;
        for _ in 0..240 {
            stage.never_sees("cutoff at").await;
        }
        let bare = open(&night, "2026-12-08T22:14:05Z", "").await;
        let held = open(&night, "2026-12-08T22:14:05Z", TUESDAY).await;
        bare.at_the_board().await;
        held.at_the_board().await;
        bare.pass(Duration::from_secs(5)).await;
        let began = (bare.frames(), held.frames());
        bare.pass(Duration::from_secs(1800)).await;
        let drawn = (bare.frames() - began.0, held.frames() - began.1);
        assert_eq!(drawn.0, drawn.1, "far from an opening, a cutoff and an end, a calendar draws nothing");
    });
}

#[test]
fn a_wave_that_begins_outside_every_window_is_told_as_such() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.settle();
        let stage = open(&night, "2026-12-08T18:00:00Z", TUESDAY).at_the_board().pass(Duration::from_secs(60)).await;
        night.begin("3", 2);
        stage.sees("wave 2 \"broad\" began outside every window, by 18:01").await;
    });
}

/// The night of a clock change: `opens`, `cutoff` and `closes` in UTC.
struct Change {
    zone: &'static str,
    date: &'static str,
    opens: &'static str,
    cutoff: &'static str,
    closes: &'static str,
    /// How the end is told in the tenant's own time.
    end: &'static str,
}

#[rstest]
#[case::new_york_loses_an_hour(Change {
    zone: "America/New_York", date: "2027-03-13",
    opens: "2027-03-14T03:00:00Z", cutoff: "2027-03-14T09:30:00Z", closes: "2027-03-14T10:00:00Z",
    end: "Sun 06:00 EDT",
})]
#[case::berlin_gains_one(Change {
    zone: "Europe/Berlin", date: "2026-10-24",
    opens: "2026-10-24T20:00:00Z", cutoff: "2026-10-25T04:30:00Z", closes: "2026-10-25T05:00:00Z",
    end: "Sun 06:00 CET",
})]
#[case::lord_howe_loses_half_an_hour(Change {
    zone: "Australia/Lord_Howe", date: "2026-10-03",
    opens: "2026-10-03T11:30:00Z", cutoff: "2026-10-03T18:30:00Z", closes: "2026-10-03T19:00:00Z",
    end: "Sun 06:00 +11",
})]
#[case::casablanca_gains_one_in_ramadan(Change {
    zone: "Africa/Casablanca", date: "2026-02-14",
    opens: "2026-02-14T21:00:00Z", cutoff: "2026-02-15T05:30:00Z", closes: "2026-02-15T06:00:00Z",
    end: "Sun 06:00 +00",
})]
fn a_night_across_a_clock_change_goes_by_the_tenants_wall_from_end_to_end(#[case] change: Change) {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let text = format!(
            "[[tenant]]\nname = \"acme\"\nzone = \"{}\"\n\n[[window]]\nname = \"that night\"\ntenant = \"acme\"\n\
             start = \"{}T22:00\"\nuntil = \"06:00\"\ncutoff = \"30min\"\n",
            change.zone, change.date
        );
        let begins = at(change.opens) - Duration::from_secs(300);
        let stage = Stage::of(&night).at(begins).held_to(calendar(&text)).await;
        let pass_to = async |to: Timestamp| {
            let now = begins + stage.elapsed();
            stage.pass(Duration::try_from(to.duration_since(now)).expect("later")).await;
        };
        stage.at_the_board().press("! enter tab a", "the window of acme is closed; it opens at").keys("esc").await;

        pass_to(at(change.opens) + Duration::from_secs(1)).await;
        stage.press("a", &format!("it closes at {}", change.end)).keys("esc").await;

        // The line comes ten minutes before the cutoff, whatever the clock on the wall did.
        pass_to(at(change.cutoff) - Duration::from_secs(660)).await;
        stage.never_sees("nothing stops those 60").await;
        pass_to(at(change.cutoff) - Duration::from_secs(590)).await;
        stage.sees("nothing stops those 60").press("! enter a", "Approve ALL").keys("esc").await;

        pass_to(at(change.cutoff) + Duration::from_secs(1)).await;
        stage.press("a", "the cutoff of acme has passed").keys("esc").await;

        pass_to(at(change.closes) + Duration::from_secs(61)).await;
        stage.sees("window closed").press("! enter a", "the window of acme is closed").await;
        assert!(night.sent().is_empty());
        let lines = read(stage.journal()).expect("readable");
        let stray = lines.iter().flat_map(|file| &file.lines).any(|line| matches!(line.entry, Entry::Intent { .. }));
        assert!(!stray, "nothing was confirmed, nothing is written as if it was");
    });
}

#[test]
fn how_a_wave_went_is_kept_and_a_rollout_that_waits_is_forecast_by_it() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.settle();
        let stage = open(&night, "2026-12-08T21:05:00Z", TUESDAY).at_the_board().pass(Duration::from_secs(60)).await;
        // Wave 2 takes all its forty hosts at once, and they are through one a minute.
        night.begin("3", 2);
        for _ in 0..40 {
            stage.pass(Duration::from_secs(60)).await;
            night.end_of("3", 2, 1);
        }
        let paces = || stage.remembered().into_iter().filter(|kept| matches!(kept, Record::Pace(_))).collect::<Vec<_>>();
        stage.until(|| !paces().is_empty()).await;
        let kept = paces();
        let [Record::Pace(pace)] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!((pace.wave.as_str(), pace.hosts, pace.tenths.len()), ("broad", 40, 11));
        assert!((2300..2500).contains(&pace.seconds), "{pace:?}");
        // Nothing of "baseline two" has begun: it goes by what the tenant's wave was like.
        stage
            .keys("! enter")
            .filter("two")
            .press("a", "Approve ALL")
            .sees("hosts/min as earlier waves had")
            .sees("by earlier waves, 40 hosts: a guess")
            .await;
    });
}

#[test]
fn an_override_is_ended_early_by_its_own_key_and_a_yes_and_the_journal_keeps_it_ended() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-08T20:00:00Z", TUESDAY)
            .at_the_board()
            .press("! enter tab o", "Override the window for acme")
            .paste("storm damage")
            .keys("enter")
            .paste("CHG-4711")
            .press("enter enter enter y", "override acme to ")
            .await;
        // No arming is needed to take it back.
        stage
            .press("! esc o", "End the override for acme")
            .sees("acme is closed until Tue 8 Dec 22:00 CET")
            .press("esc", "override acme to ")
            .press("o", "what has begun goes on to its end")
            .press("y", "override ended before its time: storm damage")
            .loses("override acme to ")
            .await;
        assert!(night.sent().is_empty());
        assert!(kinds(stage.journal()).ends_with(&["override", "disarmed", "override ended"]), "{:?}", kinds(stage.journal()));
        stage.press("! enter a", "the window of acme is closed").await;

        let next = open(&night, "2026-12-08T20:05:00Z", TUESDAY).after(stage.die()).await;
        next.at_the_board()
            .never_sees("override acme to ")
            .press("! enter tab a", "the window of acme is closed")
            .press("esc l", "override ended before its time: storm damage")
            .await;
    });
}

#[test]
fn an_override_that_another_session_takes_is_seen_by_a_running_one_and_so_is_its_end() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-08T20:00:00Z", TUESDAY).at_the_board().await;
        stage.follows();
        stage.press("! enter tab a", "the window of acme is closed").keys("esc").await;
        let now = at("2026-12-08T20:00:30Z");
        let who = Who { os_user: "anna".into(), ssh_from: None, host: "desk two".into(), person: None, pid: 8 };
        let mut other = Journal::open(stage.journal(), who, now).expect("a second journal");
        let held = Box::new(Override {
            tenant: TenantId::new("acme"),
            rollout: RolloutId::new(night.describe().name.clone(), "2"),
            reason: "storm damage".into(),
            change: None,
            who: "anna".into(),
            second: None,
            period: Period::new(at("2026-12-08T20:00:00Z"), at("2026-12-09T07:00:00Z")).expect("a period"),
        });
        other.append(now, &Entry::Override { held: held.clone() }).expect("written");
        stage
            .sees("acme, in another session: override until 2026-12-09T07:00:00Z: storm damage, by anna")
            .press("a", "override by anna until Wed 08:00 CET: storm damage")
            .keys("esc")
            .await;
        let end = Entry::OverrideEnded { held, at: at("2026-12-08T20:00:31Z"), who: "anna".into() };
        other.append(now, &end).expect("written");
        stage.sees("acme, in another session: override ended before its time: storm damage").await;
        // A line of another kind in the same file does not bring it back.
        other.append(now, &Entry::Disarmed { tenant: TenantId::new("acme") }).expect("written");
        stage.pass(Duration::from_secs(30)).press("a", "the window of acme is closed").await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn a_calendar_that_is_read_again_holds_at_once_and_one_that_cannot_be_read_keeps_the_last_and_needs_a_person() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-08T22:14:05Z", TUESDAY).at_the_board().await;
        let later = calendar(&TUESDAY.replace("30min", "45min"));
        let later = Calendars::new(later, jiff::tz::TimeZone::UTC);
        stage
            .told(Message::Calendar(Ok(Box::new(later.clone()))))
            .sees("the calendar has changed and was read again: 1 windows, 0 freezes")
            .press("! enter tab a", "open: nothing begins after Wed 01:15 CET")
            .keys("esc")
            .await;
        let rung = stage.bells();
        stage.told(Message::Calendar(Err("acme.ics:12: `rule`: `2TX` cannot be taken".into()))).await;
        let words = "calendar not read since 22:14 (acme.ics:12), the last good one holds";
        stage.sees(words).await;
        assert_eq!(stage.bells(), rung + 1, "it needs a person");
        stage
            .pass(Duration::from_secs(300))
            .sees(words)
            .press("a", "open: nothing begins after Wed 01:15 CET")
            .keys("esc")
            .told(Message::Calendar(Ok(Box::new(later))))
            .sees("the calendar can be read again")
            .loses(words)
            .await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn at_the_end_of_a_window_the_line_names_who_is_still_going() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        open(&night, "2026-12-09T01:00:30Z", TUESDAY)
            .at_the_board()
            .sees("acme: window closed 01:00: \"baseline three\" 20 at work, 60 not begun")
            .await;
    });
}

#[test]
fn a_retry_that_will_not_be_through_in_time_says_so_and_asks_for_the_number() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, false);
        // Twelve minutes to the end, and earlier hosts took an hour.
        open(&night, "2026-12-09T00:10:00Z", TUESDAY)
            .told(Message::Paces(vec![an_hour()]))
            .sees("8 failed")
            .pass(Duration::from_secs(660))
            .press("! enter r", "Retry: 8 hosts tried again")
            .sees("will not fit")
            .sees("how many hosts will be at work when it closes")
            .keys("y")
            .pass(Duration::from_secs(2))
            .await;
        assert!(night.sent().is_empty(), "y is dim until the number is typed");
    });
}

#[rstest]
#[case::of_the_wave_that_they_failed_in("waves = [\"pilot\"]", true)]
#[case::of_the_hosts_themselves("hosts = [\"*\"]", true)]
#[case::of_a_wave_that_is_not_meant("waves = [\"broad\"]", false)]
fn a_retry_asks_the_windows_of_the_hosts_that_it_sets_to_work(#[case] group: &str, #[case] is_refused: bool) {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.fails(8, false);
        let group = format!(
            "\n[[group]]\nname = \"shops\"\ntenant = \"acme\"\n{group}\n\n[[window]]\nname = \"Sundays\"\ntenant = \"acme\"\n\
             group = \"shops\"\nstart = \"2026-12-13T22:00\"\nlength = \"4h\"\n"
        );
        let stage = open(&night, "2026-12-08T22:14:05Z", &format!("{TUESDAY}{group}"))
            .sees("8 failed")
            .pass(Duration::from_secs(10))
            .keys("! enter r")
            .await;
        if is_refused {
            stage.sees("the window of acme/shops is closed; it opens at Sun 22:00 CET").await;
        } else {
            stage.sees("Retry: 8 hosts tried again").await;
        }
    });
}

#[test]
fn who_is_still_going_at_the_end_is_named_and_who_restarts_is_counted() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.beside(&[
            ("away-1", HostState::NotFetched, None),
            ("till-0003", HostState::AtWork, None),
            ("till-0009", HostState::AtWork, Some(-166)),
        ]);
        // Past the cutoff, a minute before the end.
        open(&night, "2026-12-09T00:59:00Z", TUESDAY)
            .at_the_board()
            .sees("20 at work (1 restarting)")
            .pass(Duration::from_secs(90))
            .press("w", "going      wave 1 \"pilot\" 20 (till-0003, till-0009, away-1 and 17 more)")
            .await;
    });
}

/// A wave of an earlier night: its hosts took an hour each.
fn an_hour() -> Pace {
    Pace {
        tenant: TenantId::new("acme"),
        rollout: RolloutId::new(BackendName::new("earlier"), "1"),
        name: "November".into(),
        wave: "broad".into(),
        hosts: 40,
        failed: 0,
        seconds: 3600,
        tenths: (0..=10).map(|tenth| 3500 + tenth * 10).collect(),
        ended: at("2026-11-11T02:00:00Z"),
    }
}

#[test]
fn the_windows_screen_shows_the_opening_jumps_to_the_next_and_writes_a_calendar_file() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-08T22:14:05Z", TUESDAY)
            .at_the_board()
            .press("w", "open: nothing begins after Wed 9 Dec 00:30 UTC, it closes Wed 9 Dec 01:00 UTC")
            .press(".", "jumped to")
            .sees("12 Jan 22:00 CET")
            .keys("w")
            .loses("jumped to")
            .press("e", "written: acme.ics")
            .await;
        let file = stage.exported("acme.ics");
        assert!(file.contains("DTSTART:20261208T210000Z"), "{file}");
        // Of the several that run, none is opened by guessing: the board lists them.
        stage.press("enter", "filter tenant:acme").await;
    });
}

#[test]
fn a_backend_that_says_otherwise_is_a_need_that_leads_to_the_windows_screen_and_ends_with_the_difference() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = open(&night, "2026-12-08T22:14:05Z", TUESDAY).at_the_board().await;
        let rung = stage.bells();
        // Ours is open until 01:30 in Berlin, theirs opens a little before and closes long after.
        night.says(4, Says::Window { from: Some(at("2026-12-09T00:25:00Z")), to: Some(at("2026-12-09T04:00:00Z")) });
        stage.pass(Duration::from_secs(320)).sees("acme: acme-hb holds back 4 hosts (opens Wed 00:25), ours is open").await;
        assert_eq!(stage.bells(), rung + 1, "it needs a person");
        stage
            .sees("1 waits for you")
            .press("tab tab", "acme-hb says: opens Wed 9 Dec 00:25 UTC for 4 hosts, read ")
            .sees("conflict: ours is open, and they do not begin")
            .sees("open, theirs shut")
            .keys("tab")
            .loses("conflict: ours is open")
            .await;
        // Without another word of the backend its window opens.
        stage
            .pass(Duration::from_secs(2 * 3600 + 600))
            .loses("holds back 4 hosts")
            .pass(Duration::from_secs(600))
            .press("w", "conflict: ours is past its cutoff, nothing of ours stops them")
            .await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn theirs_that_opens_when_ours_is_shut_is_told_before_it_is_a_conflict() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.says(1, Says::Window { from: Some(at("2026-12-08T20:30:00Z")), to: None });
        open(&night, "2026-12-08T20:00:00Z", TUESDAY)
            .at_the_board()
            .press("w", "acme-hb says: opens 20:30 UTC for 1 host")
            .sees("ours lets nothing begin then")
            .never_sees("conflict")
            .pass(Duration::from_secs(1800))
            .sees("closed, theirs open")
            .sees("conflict: ours is closed, nothing of ours stops them")
            .await;
    });
}
