//! Forecasts: the worked example, what cannot be told, and the properties that hold whatever was seen.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rstest::rstest;

use super::at;
use crate::calendar::durations::{Cohort, Durations};
use crate::calendar::fit::{Batch, Earlier, Seen, fit};
use crate::calendar::waves::AWave;
use crate::domain::Fit;
use crate::domain::fit::{Basis, Forecast, Unknown};

/// 22:00 to 02:00 in Berlin with its cutoff at 01:30.
const CUTOFF: &str = "2026-12-13T00:30:00Z";
const CLOSES: &str = "2026-12-13T01:00:00Z";

fn steady(done: i64, per_minute: f64, until: Timestamp) -> Vec<Batch> {
    let back = |host: i64| SignedDuration::from_secs_f64(host as f64 / per_minute * 60.0);
    (0..done).map(|host| Batch::one(until - back(host))).collect()
}

fn seen<'a>(finished: &'a [Batch], restarts: &'a [SignedDuration], waiting: u32) -> Seen<'a> {
    Seen {
        now: at("2026-12-12T22:00:00Z"),
        finished,
        waiting,
        running: 0,
        restarts,
        paused: false,
        begins: None,
        window: Some((at(CUTOFF), at(CLOSES))),
        earlier: None,
        waves: &[],
        durations: NOTHING_SEEN.get_or_init(Durations::default),
    }
}

static NOTHING_SEEN: std::sync::OnceLock<Durations> = std::sync::OnceLock::new();

const TWELVE: &[SignedDuration] = &[SignedDuration::from_mins(12)];

fn near(one: Timestamp, other: &str) -> bool {
    one.duration_since(at(other)).abs() <= SignedDuration::from_mins(1)
}

fn told(fit: &Fit) -> &Forecast {
    fit.forecast().unwrap_or_else(|| panic!("{fit}"))
}

#[test]
fn the_worked_example_ends_at_32_past_one_with_ten_minutes_to_the_cutoff() {
    let finished = steady(120, 2.0, at("2026-12-12T22:00:00Z"));
    let fit = fit(&seen(&finished, TWELVE, 280));
    let forecast = told(&fit);
    assert!(near(forecast.last_start.expect("a last start"), "2026-12-13T00:20:00Z"), "{forecast:?}");
    assert!(near(forecast.end, "2026-12-13T00:32:00Z"), "{forecast:?}");
    assert_eq!((forecast.not_begun, forecast.not_through), (0, 0));
    assert_eq!(fit.to_string(), "tight", "nine of ten cases do not fit: {forecast:?}");
    assert_eq!(forecast.pace.to_string(), "120 done: fairly sure");
}

#[test]
fn at_a_slower_pace_forty_hosts_miss_the_cutoff() {
    let finished = steady(120, 1.6, at("2026-12-12T22:00:00Z"));
    let fit = fit(&seen(&finished, TWELVE, 280));
    let forecast = told(&fit);
    assert!(near(forecast.last_start.expect("a last start"), "2026-12-13T00:55:00Z"), "{forecast:?}");
    assert!((39..=41).contains(&forecast.not_begun), "{forecast:?}");
    assert_eq!(fit.to_string(), format!("will not fit: {} hosts", forecast.not_begun));
}

#[test]
fn little_left_fits_even_in_the_bad_case() {
    let finished = steady(120, 2.0, at("2026-12-12T22:00:00Z"));
    assert!(matches!(fit(&seen(&finished, TWELVE, 100)), Fit::Fits(_)));
}

#[test]
fn three_done_are_a_guess_and_two_are_nothing() {
    let finished = steady(3, 2.0, at("2026-12-12T22:00:00Z"));
    assert_eq!(told(&fit(&seen(&finished, TWELVE, 10))).pace.to_string(), "3 done: a guess");
    assert_eq!(fit(&seen(&finished[..2], TWELVE, 10)), Fit::CannotTell(Unknown::TooFew { done: 2 }));
}

#[test]
fn a_wave_that_has_not_begun_is_told_by_earlier_ones() {
    let earlier =
        Earlier { per_minute: 2.0, hosts: 200, first_after: SignedDuration::from_mins(10), durations: Durations::default() };
    let seen = Seen { begins: Some(at("2026-12-12T23:00:00Z")), earlier: Some(&earlier), ..seen(&[], TWELVE, 60) };
    let fit = fit(&seen);
    let forecast = told(&fit);
    assert!(near(forecast.end, "2026-12-12T23:52:00Z"), "{forecast:?}");
    assert_eq!(forecast.pace.to_string(), "by earlier waves, 200 hosts: a guess");
}

#[rstest]
#[case::paused(true, true, Unknown::Paused)]
#[case::no_window(false, false, Unknown::NoWindow)]
fn what_cannot_be_told_says_why(#[case] paused: bool, #[case] window: bool, #[case] why: Unknown) {
    let finished = steady(120, 2.0, at("2026-12-12T22:00:00Z"));
    let mut seen = seen(&finished, TWELVE, 280);
    seen.paused = paused;
    seen.window = seen.window.filter(|_| window);
    assert_eq!(fit(&seen), Fit::CannotTell(why));
}

#[test]
fn a_wave_that_stands_still_is_not_called_on_time() {
    let last = at("2026-12-12T21:40:00Z");
    let finished = steady(60, 2.0, last);
    assert_eq!(fit(&seen(&finished, TWELVE, 20)), Fit::CannotTell(Unknown::Still { since: last }));
}

#[test]
fn a_pace_that_changed_is_the_pace_of_now_and_says_so() {
    let now = at("2026-12-12T22:00:00Z");
    let mut finished = steady(200, 4.0, now - SignedDuration::from_mins(40));
    finished.extend(steady(20, 0.5, now));
    let fit = fit(&seen(&finished, TWELVE, 100));
    let pace = told(&fit).pace;
    assert_eq!(pace.basis, Basis::Now);
    assert!(pace.per_minute < 0.8, "{pace:?}");
}

#[test]
fn nothing_left_fits_whatever_the_hour() {
    let finished = steady(10, 1.0, at("2026-12-12T22:00:00Z"));
    let seen = Seen { now: at("2026-12-13T03:00:00Z"), ..seen(&finished, TWELVE, 0) };
    assert!(matches!(fit(&seen), Fit::Fits(_)));
}

#[test]
fn after_the_cutoff_everything_that_waits_is_late() {
    let finished = steady(60, 2.0, at("2026-12-13T00:40:00Z"));
    let seen = Seen { now: at("2026-12-13T00:40:00Z"), ..seen(&finished, TWELVE, 34) };
    assert_eq!(fit(&seen).to_string(), "will not fit: 34 hosts");
}

fn some_finished() -> impl Strategy<Value = Vec<Batch>> {
    let now = at("2026-12-12T22:00:00Z");
    prop::collection::vec(0_i64..7200, 3..200)
        .prop_map(move |seconds| seconds.into_iter().map(|back| Batch::one(now - SignedDuration::from_secs(back))).collect())
}

/// Waves of 20 that begin when 18 are done; the first began at 21:00 UTC and so on every ten minutes.
fn waves_of_twenty(begun: u32, all: u32) -> Vec<AWave> {
    (0..all)
        .map(|place| AWave {
            hosts: 20,
            level: place,
            begun: place < begun,
            began: (place < begun).then(|| at("2026-12-12T21:00:00Z") + SignedDuration::from_mins(10 * i64::from(place))),
            done: if place + 1 < begun { 20 } else { 0 },
            through: if place + 1 < begun { 20 } else { 0 },
            opens_at: Some(18),
            by_person: false,
            soak: SignedDuration::ZERO,
        })
        .collect()
}

/// Two hosts a minute from the first minute on: 18 are done after nine, all after ten.
fn ten_minutes_each(waves: u32) -> Durations {
    let through: Vec<(f64, u32)> = (0..=10).map(|minute| (f64::from(minute) * 60.0, minute * 2)).collect();
    let cohort = Cohort { hosts: 20, through, watched: 3600.0 };
    Durations::of(&vec![cohort; waves as usize])
}

#[test]
fn waves_that_take_all_their_hosts_at_once_are_late_as_whole_waves() {
    let now = at("2026-12-12T22:00:00Z");
    let durations = ten_minutes_each(6);
    let waves = waves_of_twenty(7, 30);
    let finished = steady(120, 2.0, now);
    let seen = Seen { running: 20, waves: &waves, durations: &durations, ..seen(&finished, &[], 23 * 20) };
    let fit = fit(&seen);
    let forecast = told(&fit);
    // Wave 8 begins at 22:09, each later one nine minutes after it: wave 24 at 00:33 is the first after the cutoff.
    assert_eq!(forecast.not_begun, 7 * 20, "{forecast:?}");
    assert!(near(forecast.last_start.expect("a last start"), "2026-12-13T01:27:00Z"), "{forecast:?}");
    assert_eq!(fit.to_string(), "will not fit: 140 hosts");
}

#[test]
fn a_gate_that_waits_for_a_person_ends_the_forecast_and_nothing_is_promised_behind_it() {
    let now = at("2026-12-12T22:00:00Z");
    let durations = ten_minutes_each(6);
    let mut waves = waves_of_twenty(7, 12);
    waves[8].by_person = true;
    let finished = steady(120, 2.0, now);
    let running = Seen { running: 20, waves: &waves, durations: &durations, ..seen(&finished, &[], 5 * 20) };
    // What runs would be in time, and is no promise for the rest.
    assert_eq!(fit(&running), Fit::CannotTell(Unknown::ByPerson { hosts: 60 }));
    assert_eq!(fit(&running).to_string(), "cannot tell: 60 hosts wait for a person");
    let shut = Seen { window: Some((at("2026-12-12T22:10:00Z"), at("2026-12-12T23:00:00Z"))), ..running };
    let fits = fit(&shut);
    let forecast = told(&fits);
    assert_eq!((forecast.held, forecast.not_begun), (60, 20));
    assert!(near(forecast.last_start.expect("a last start"), "2026-12-12T22:18:00Z"), "{forecast:?}");
}

#[test]
fn a_gate_that_a_person_has_opened_holds_nothing_back() {
    let now = at("2026-12-12T22:00:00Z");
    let durations = ten_minutes_each(6);
    let mut waves = waves_of_twenty(7, 12);
    waves[3].by_person = true;
    let finished = steady(120, 2.0, now);
    let running = Seen { running: 20, waves: &waves, durations: &durations, ..seen(&finished, &[], 5 * 20) };
    let fits = fit(&running);
    assert_eq!(told(&fits).held, 0);
}

#[test]
fn a_wave_let_on_begins_then_by_the_pace_of_the_one_before() {
    let now = at("2026-12-12T22:00:00Z");
    let mut waves = waves_of_twenty(2, 4);
    (waves[1].done, waves[1].through, waves[1].by_person) = (20, 20, true);
    let durations = ten_minutes_each(2);
    let finished = steady(40, 2.0, now - SignedDuration::from_mins(40));
    let seen = Seen { begins: Some(now), waves: &waves, durations: &durations, ..seen(&finished, &[], 40) };
    let fits = fit(&seen);
    let forecast = told(&fits);
    assert!(near(forecast.last_start.expect("a last start"), "2026-12-12T22:09:00Z"), "{forecast:?}");
    assert!(near(forecast.end, "2026-12-12T22:19:00Z"), "{forecast:?}");
}

proptest! {
    #[test]
    fn more_waves_are_never_earlier_and_never_fewer(begun in 1_u32..6, more in 0_u32..20, further in 1_u32..10, minute in 0_i64..400) {
        let durations = ten_minutes_each(begun);
        let now = at("2026-12-12T22:00:00Z") + SignedDuration::from_mins(minute);
        let finished = steady(i64::from(begun) * 20, 2.0, now);
        let (few, many) = (waves_of_twenty(begun, begun + more), waves_of_twenty(begun, begun + more + further));
        let one = Seen { now, running: 20, waves: &few, durations: &durations, ..seen(&finished, &[], more * 20) };
        let other = Seen { waves: &many, waiting: (more + further) * 20, ..one };
        let (one, other) = (fit(&one), fit(&other));
        let (one, other) = (told(&one), told(&other));
        prop_assert!(one.end <= other.end && one.bad_end <= other.bad_end && one.end <= one.bad_end);
        prop_assert!(one.not_begun <= other.not_begun && one.not_begun <= one.bad_not_begun && other.not_begun <= (more + further) * 20);
        prop_assert!(one.last_start <= other.last_start && one.end >= now);
    }

    #[test]
    fn more_left_is_never_earlier_and_never_fewer(finished in some_finished(), waiting in 0_u32..5000, running in 0_u32..500, more in 1_u32..500) {
        let one = Seen { running, ..seen(&finished, TWELVE, waiting) };
        let other = Seen { waiting: waiting + more, ..one };
        if let (Some(one), Some(other)) = (fit(&one).forecast(), fit(&other).forecast()) {
            prop_assert!(one.end <= other.end && one.bad_end <= other.bad_end);
            prop_assert!(one.not_begun <= other.not_begun && one.bad_not_begun <= other.bad_not_begun);
            prop_assert!(one.not_through <= other.not_through);
            prop_assert!(one.last_start <= other.last_start);
        }
    }

    #[test]
    fn nothing_is_before_now_nor_more_than_there_is(finished in some_finished(), waiting in 0_u32..5000, running in 0_u32..500) {
        let seen = Seen { running, ..seen(&finished, TWELVE, waiting) };
        if let Some(forecast) = fit(&seen).forecast() {
            prop_assert!(forecast.end >= seen.now && forecast.bad_end >= forecast.end);
            prop_assert!(forecast.last_start.is_none_or(|start| start >= seen.now && start <= forecast.end));
            prop_assert!(forecast.not_begun <= forecast.bad_not_begun && forecast.bad_not_begun <= waiting);
            prop_assert!(forecast.not_through <= waiting + running);
            prop_assert!(forecast.pace.per_minute >= 0.0);
        }
    }

    #[test]
    fn while_nothing_finishes_the_end_only_moves_later(finished in some_finished(), waiting in 1_u32..500, seconds in 0_i64..3600) {
        let one = seen(&finished, TWELVE, waiting);
        let later = Seen { now: one.now + SignedDuration::from_secs(seconds), ..one };
        if let (Some(one), Some(later)) = (fit(&one).forecast(), fit(&later).forecast()) {
            prop_assert!(one.end <= later.end, "{:?} then {:?}", one, later);
        }
    }

    #[test]
    fn the_same_observations_in_any_order_are_the_same_forecast(finished in some_finished(), waiting in 0_u32..500) {
        let mut turned = finished.clone();
        turned.reverse();
        prop_assert_eq!(fit(&seen(&finished, TWELVE, waiting)), fit(&seen(&turned, TWELVE, waiting)));
    }
}
