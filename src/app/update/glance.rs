//! What time alone changes on the screen, boiled down to a number: if it moves, the screen is drawn.
//!
//! Words of age step rarely on purpose; a screen on which nothing happens stays silent.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::app::state::{Place, State};
use crate::domain::fresh::LIVE;
use crate::domain::{BackendWord, Fresh, Reading};

pub fn of(state: &State) -> u64 {
    let mut hash = DefaultHasher::new();
    for connection in state.store.connections.values() {
        match connection.reading(&state.now) {
            Reading::Waiting => 0,
            Reading::Live => 1,
            Reading::Stale => 2,
            Reading::Unreachable(_) => 3,
            Reading::Refused(_) => 4,
            Reading::Failing(_) => 5,
        }
        .hash(&mut hash);
        connection.age(&state.now).map(step).hash(&mut hash);
    }
    for entry in state.store.rollouts.values() {
        step(entry.rollout.age(&state.now)).hash(&mut hash);
    }
    for word in theirs(state) {
        step(word.age(&state.now)).hash(&mut hash);
    }
    (state.now.civil.as_second() / 60).hash(&mut hash);
    if let Some(armed) = &state.armed {
        countdown(armed.until.since(state.now.mono)).hash(&mut hash);
    }
    for flight in state.in_flight.values() {
        flight.phase.word().hash(&mut hash);
    }
    for notice in &state.notices {
        (state.now.mono.since(notice.at) >= notice.weight.lasts()).hash(&mut hash);
    }
    state.notices.len().hash(&mut hash);
    hash.finish()
}

/// Ages of backends' words about windows are told on one screen only.
fn theirs(state: &State) -> impl Iterator<Item = &Fresh<BackendWord>> {
    state.store.theirs.values().filter(|_| *state.place() == Place::Windows)
}

/// Ages step at 30 s, then every 15 s up to a minute, then by the minute.
pub fn step(age: Duration) -> u64 {
    let seconds = age.as_secs();
    if age <= LIVE {
        0
    } else if seconds < 60 {
        1 + seconds / 15
    } else {
        10 + seconds / 60
    }
}

/// How long until the step of a thing of this age moves.
fn until_step(age: Duration) -> Duration {
    // A moment over the edge: at 30 s sharp it is still live.
    let beyond = Duration::from_millis(10);
    let seconds = age.as_secs();
    let edge = match seconds {
        0..30 => LIVE,
        30 if age <= LIVE => LIVE,
        30..45 => Duration::from_secs(45),
        _ => Duration::from_secs((seconds / 60 + 1) * 60),
    };
    edge.saturating_sub(age) + beyond
}

/// Countdowns step by the minute, by the second only in their last one.
fn countdown(left: Duration) -> u64 {
    let seconds = left.as_secs();
    if seconds <= 60 { seconds } else { 1000 + seconds / 60 }
}

/// How long from now until time alone may change a word on the screen. At most 15 s, so that no clock can be far off.
pub fn next(state: &State) -> Duration {
    const LONGEST: Duration = Duration::from_secs(15);
    /// In milliseconds.
    const MINUTE: i64 = 60_000;
    let second = Duration::from_secs(1);
    let hurried = !state.notices.is_empty()
        || state.armed.as_ref().is_some_and(|armed| armed.until.since(state.now.mono) <= Duration::from_secs(61));
    let rows = state.rows_due.map(|due| due.since(state.now.mono));
    if hurried {
        return rows.map_or(second, |rows| rows.min(second));
    }
    let connections = state.store.connections.values().filter_map(|connection| connection.age(&state.now));
    let rollouts = state.store.rollouts.values().map(|entry| entry.rollout.age(&state.now));
    let theirs = theirs(state).map(|word| word.age(&state.now));
    let until_old = connections.chain(rollouts).chain(theirs).map(until_step).min();
    let to_minute = if state.rate > 0.0 {
        let left = MINUTE - state.now.civil.as_millisecond().rem_euclid(MINUTE);
        Duration::from_secs_f64((left as f64 / 1000.0 / state.rate).max(0.2))
    } else {
        LONGEST
    };
    let armed = state.armed.as_ref().map(|_| Duration::from_secs(5));
    [Some(LONGEST), until_old, Some(to_minute), armed, rows].into_iter().flatten().min().unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::start::Start;
    use crate::domain::{Mono, Now};
    use crate::keymap::Keymap;
    use jiff::Timestamp;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_minute_that_turns_is_seen_as_it_turns(into in 45_000_i64..59_800) {
            let civil = Timestamp::from_millisecond(1_800_000_000_000 / 60_000 * 60_000 + into).expect("in range");
            let keymap = Keymap::load("default", &[]).expect("built in").0;
            let state = State::new(Start::plain(Vec::new(), keymap), Now { mono: Mono(Duration::ZERO), civil, real: civil });
            let wait = i64::try_from(next(&state).as_millis()).expect("short");
            prop_assert!((into + wait - 60_000).abs() <= 1, "{} and {}", into, wait);
        }

        #[test]
        fn an_age_is_looked_at_when_its_word_changes_and_not_before(millis in 0_u64..100_000_000) {
            let age = Duration::from_millis(millis);
            let wait = until_step(age);
            prop_assert_ne!(step(age + wait), step(age));
            let just_before = (age + wait).checked_sub(Duration::from_millis(11)).filter(|before| *before > age);
            prop_assert!(just_before.is_none_or(|before| step(before) == step(age)));
        }
    }
}
