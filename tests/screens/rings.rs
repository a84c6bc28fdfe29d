//! A rollout of rings that a person drives: one ring soaks, the next needs two people; and the connection behind it, with what
//! its server may be asked.

use patchdeck::app::rows;
use patchdeck::app::state::{Place, State};
use patchdeck::domain::{BackendName, Gate, Limit, OnFailed, OnMet, RolloutState, Text, WaveState};

use super::night;
use super::world::{counts, minutes_ago, read, rollout, rollout_id, wave};

const BACKEND: &str = "acme-hb";

/// The gates of a plan: hosts, a limit, a soak, and who opens it.
fn gate(soak_minutes: u32, persons: u8) -> Gate {
    Gate {
        done: Some(Limit::Share(95)),
        on_met: Some(OnMet::Pause),
        failed: Some(Limit::Hosts(2)),
        on_failed: Some(OnFailed::Pause),
        soak_seconds: Some(soak_minutes * 60),
        persons,
        health: false,
    }
}

/// The night with it, seen from a place: its first ring soaks.
pub fn at(place: Place) -> State {
    in_state(place, RolloutState::Running, "soaking")
}

/// The same with the rollout in this state, as its backend says it.
pub fn in_state(place: Place, is: RolloutState, says: &str) -> State {
    let mut state = night::at(Place::Board);
    let backend = BackendName::new(BACKEND);
    let id = rollout_id(BACKEND, "2026-12-a1");
    let mut rings = rollout(BACKEND, "2026-12-a1", "acme", "Web servers", is, Some(counts(60, 20, 0, 0)));
    rings.native = Text::new(says);
    rings.waves = Some(3);
    state.store.merge_rollouts(&backend, vec![rings], false, false, &read(4));
    let mut waves = vec![
        wave(&id, 1, "pilot", WaveState::Done, counts(20, 20, 0, 0)),
        wave(&id, 2, "early", WaveState::NotBegun, counts(16, 0, 0, 0)),
        wave(&id, 3, "broad", WaveState::NotBegun, counts(24, 0, 0, 0)),
    ];
    waves[0].ended = Some(minutes_ago(13));
    waves[0].gate = gate(30, 1);
    waves[1].gate = gate(30, 2);
    waves[2].gate = gate(0, 1);
    state.store.merge_waves(&id, waves, &read(4));
    let connection = state.store.connections.get_mut(&backend).expect("a connection");
    (connection.health.a_minute, connection.health.listens) = (Some((7, 10)), Some(true));
    state.trail.go(place);
    state.lists.clear();
    rows::refresh(&mut state);
    state
}

pub fn places() -> [(&'static str, Place); 2] {
    [("rings", Place::Rollout(rollout_id(BACKEND, "2026-12-a1"))), ("rings-backends", Place::Backends)]
}
