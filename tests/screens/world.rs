//! Building blocks of the states: times, ids, counts, waves, rollouts.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use patchdeck::domain::{
    BackendName, Counts, Gate, HostId, HostRow, HostState, Limit, Mono, Now, OnFailed, OnMet, Release, Rollout, RolloutId,
    RolloutState, Source, TenantId, Text, Wave, WaveId, WaveState,
};
use patchdeck::store::merge::Read;

/// 23:14 in Berlin on a Tuesday night in December.
pub fn civil() -> Timestamp {
    "2026-12-08T22:14:00Z".parse().expect("a time")
}

pub fn now() -> Now {
    Now { mono: Mono(Duration::from_secs(100_000)), civil: civil(), real: civil() }
}

pub fn later(now: Now, by: Duration) -> Now {
    let step = SignedDuration::try_from(by).expect("small");
    Now { mono: now.mono.plus(by), civil: now.civil + step, real: now.real + step }
}

pub fn ago(seconds: u64) -> Mono {
    Mono(now().mono.0.saturating_sub(Duration::from_secs(seconds)))
}

pub fn minutes_ago(minutes: i64) -> Timestamp {
    civil() - SignedDuration::from_mins(minutes)
}

pub fn read(seconds_ago: u64) -> Read {
    let civil = civil() - SignedDuration::from_secs(seconds_ago.cast_signed());
    Read { seen: ago(seconds_ago), civil, by: Source::new("GET /rest/v1/rollouts") }
}

pub fn release() -> Release {
    Release { native: Text::new("7"), name: Text::new("baseline:2026.12") }
}

pub fn rollout_id(backend: &str, native: &str) -> RolloutId {
    RolloutId::new(BackendName::new(backend), native)
}

pub fn rollout(backend: &str, native: &str, tenant: &str, name: &str, state: RolloutState, counts: Option<Counts>) -> Rollout {
    Rollout {
        release: Some(release()),
        state,
        native: Text::new("running"),
        counts,
        waves: None,
        created: Some(minutes_ago(300)),
        created_by: Some(Text::new("lead")),
        ..Rollout::untold(rollout_id(backend, native), TenantId::new(tenant), Text::new(name))
    }
}

pub fn counts(total: u32, done: u32, failed: u32, running: u32) -> Counts {
    Counts { total, done, failed, running, waiting: total - done - failed - running, ..Counts::default() }
}

pub fn gate() -> Gate {
    Gate {
        done: Some(Limit::Share(95)),
        on_met: Some(OnMet::Pause),
        failed: Some(Limit::Share(10)),
        on_failed: Some(OnFailed::Pause),
        soak_seconds: None,
        persons: 1,
        health: false,
    }
}

pub fn wave(rollout: &RolloutId, ordinal: u32, name: &str, state: WaveState, counts: Counts) -> Wave {
    let after = if ordinal > 1 { vec![WaveId::new(rollout.clone(), (ordinal - 1).to_string())] } else { Vec::new() };
    Wave {
        after,
        state,
        native: Text::new("native"),
        counts,
        gate: gate(),
        ended: (state == WaveState::Done).then(|| minutes_ago(60 - i64::from(ordinal) * 12)),
        ..Wave::untold(WaveId::new(rollout.clone(), ordinal.to_string()), ordinal, Text::new(name))
    }
}

pub fn host(backend: &str, name: &str, state: HostState) -> HostRow {
    HostRow {
        id: HostId::new(BackendName::new(backend), name),
        name: Text::new(name),
        wave: None,
        state,
        attempt: None,
        code: None,
        message: None,
        contact: Some(minutes_ago(3)),
        overdue: false,
        address: Some(Text::new("https://192.0.2.17/")),
    }
}
