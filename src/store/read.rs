//! Selectors: the store as screens and scripts want to read it. They change nothing.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{BackendName, Counts, Mono, Need, NeedKind, PausedBy, Reading, Rollout, RolloutId, RolloutState, Text, Wave};
use crate::domain::{Now, TenantId};
pub use crate::store::connection::Connection;
pub use crate::store::hosts::HostList;
pub use crate::store::lanes::{LaneHost, LaneSum, WaveSum};
pub use crate::store::pace::{End, Pace};
pub use crate::store::queue::{Pile, PileBy, Queue, Sum};
pub use crate::store::{Entry, Found, Store};

/// How much a row of the board wants to be seen, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It stopped itself.
    Limit,
    /// Somebody must decide.
    Person,
    /// It is paused for another reason.
    Held,
    /// Moving.
    Moving,
    /// Ended, with hosts still at work or failed.
    Trailing,
    /// Ready, and nobody has begun.
    NotBegun,
    Ended,
}

pub fn urgency(rollout: &Rollout) -> Urgency {
    match &rollout.state {
        RolloutState::Paused(PausedBy::Limit { .. }) => Urgency::Limit,
        RolloutState::WaitsForYou | RolloutState::Paused(PausedBy::Gate { .. } | PausedBy::Short { .. }) => Urgency::Person,
        RolloutState::Paused(_) | RolloutState::Frozen | RolloutState::Unknown => Urgency::Held,
        RolloutState::Running | RolloutState::Starting | RolloutState::Stopping => Urgency::Moving,
        RolloutState::NotBegun | RolloutState::Preparing => Urgency::NotBegun,
        RolloutState::Finished | RolloutState::Stopped | RolloutState::Declined => {
            if rollout.counts.is_some_and(|counts| counts.running > 0 || counts.failed > 0) {
                Urgency::Trailing
            } else {
                Urgency::Ended
            }
        }
    }
}

/// What a rollout needs of a person, if anything.
pub fn need_of(rollout: &Rollout) -> Option<NeedKind> {
    match &rollout.state {
        RolloutState::Paused(PausedBy::Limit { .. }) => Some(NeedKind::Limit),
        RolloutState::WaitsForYou | RolloutState::Paused(PausedBy::Gate { .. } | PausedBy::Short { .. }) => {
            Some(NeedKind::Approval)
        }
        _ => None,
    }
}

/// How long a wave is still watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Soak {
    Until(Timestamp),
    /// Nobody said when its last host ended.
    Open,
}

impl Store {
    /// Board rows: what needs a person first, then by tenant and name.
    pub fn board(&self) -> Vec<&Entry> {
        let mut rows: Vec<&Entry> = self.rollouts.values().collect();
        rows.sort_by(|a, b| {
            let key = |entry: &Entry| (urgency(&entry.rollout.value), entry.rollout.value.tenant.clone());
            key(a)
                .cmp(&key(b))
                .then_with(|| a.rollout.value.name.cmp(&b.rollout.value.name))
                .then_with(|| a.rollout.value.id.cmp(&b.rollout.value.id))
        });
        rows
    }

    /// When what the board shows of a rollout was last confirmed.
    pub fn seen(&self, id: &RolloutId) -> Option<Mono> {
        self.entry(id).map(|entry| entry.rollout.seen)
    }

    /// What needs a person, most urgent first. Open intents are the app's to add.
    pub fn needs(&self, now: &Now) -> Vec<Need> {
        let mut needs: Vec<Need> = self
            .board()
            .into_iter()
            .filter_map(|entry| {
                let rollout = &entry.rollout.value;
                Some(Need {
                    kind: need_of(rollout)?,
                    tenant: Some(rollout.tenant.clone()),
                    what: Text::new(format!("{}: {}", rollout.name, what_it_needs(rollout, entry.waves()))),
                    rollout: Some(rollout.id.clone()),
                    backend: Some(rollout.id.backend.clone()),
                    set: None,
                    intent: None,
                    seen: Some(entry.rollout.seen),
                })
            })
            .collect();
        needs.extend(self.needs_of_lanes(now));
        for connection in self.connections.values() {
            let words = match connection.reading(now) {
                Reading::Unreachable(words) | Reading::Failing(words) | Reading::Refused(words) => words,
                Reading::Live | Reading::Stale | Reading::Waiting => continue,
            };
            needs.push(Need {
                kind: NeedKind::Unreachable,
                tenant: connection.tenants.first().cloned(),
                what: Text::new(format!("{}: {words}", connection.name)),
                rollout: None,
                backend: Some(connection.name.clone()),
                set: None,
                intent: None,
                seen: connection.board_seen,
            });
        }
        needs.sort_by_key(|need| need.kind);
        needs
    }

    /// Rollouts with hosts that nothing but a person will help: one need each.
    fn needs_of_lanes(&self, now: &Now) -> Vec<Need> {
        let need = |id: &RolloutId| {
            let entry = self.entry(id)?;
            let rollout = &entry.rollout.value;
            let lanes = self.lanes_of(id, now.civil);
            let told: Vec<String> = lanes
                .iter()
                .filter(|(lane, _)| lane.needs_a_person())
                .map(|(lane, (hosts, _))| format!("{hosts} {}", lane.word()))
                .collect();
            (!told.is_empty()).then(|| Need {
                kind: NeedKind::Failure,
                tenant: Some(rollout.tenant.clone()),
                what: Text::new(format!("{}: {}", rollout.name, told.join(", "))),
                rollout: Some(id.clone()),
                backend: Some(id.backend.clone()),
                set: None,
                intent: None,
                seen: Some(entry.rollout.seen),
            })
        };
        self.lanes.rollouts().into_iter().filter_map(need).collect()
    }

    /// The connection that has not been confirmed for longest, and its age; None before the first answer of all.
    pub fn oldest(&self, now: &Now) -> Option<(&Connection, Option<std::time::Duration>)> {
        self.connections
            .values()
            .map(|connection| (connection, connection.age(now)))
            .max_by_key(|(_, age)| age.unwrap_or(std::time::Duration::MAX))
    }

    /// Counts of all rollouts together, for the line under the header.
    pub fn totals(&self) -> Counts {
        self.rollouts.values().filter_map(|entry| entry.rollout.value.counts).fold(Counts::default(), |sum, counts| sum + counts)
    }

    /// Tenants in the order of their names: from the config, the connections and the rollouts.
    pub fn tenant_ids(&self) -> Vec<TenantId> {
        let mut ids: std::collections::BTreeSet<TenantId> = self.tenants.keys().cloned().collect();
        ids.extend(self.connections.values().flat_map(|connection| connection.tenants.iter().cloned()));
        ids.extend(self.rollouts.values().map(|entry| entry.rollout.value.tenant.clone()));
        ids.into_iter().collect()
    }

    pub fn connection(&self, name: &BackendName) -> Option<&Connection> {
        self.connections.get(name)
    }
}

impl Entry {
    pub fn waves(&self) -> &[Wave] {
        self.waves.as_ref().map_or(&[], |waves| &waves.value)
    }

    /// Whether a wave is being watched after its last host, before what comes behind it may begin: nobody is at work in it, its gate
    /// is met, and nothing behind it has begun.
    pub fn soak_of(&self, wave: &Wave, now: Timestamp) -> Option<Soak> {
        let seconds = wave.gate.soak_seconds.filter(|seconds| *seconds > 0)?;
        let begun = |later: &Wave| later.after.contains(&wave.id) && later.state.has_begun();
        let short = wave.gate.done.is_some() && !wave.gate.is_met(&wave.counts);
        let counts = &wave.counts;
        if !wave.state.has_begun()
            || counts.left() > 0
            || wave.gate.limit_crossed(counts)
            || short
            || self.waves().iter().any(begun)
        {
            return None;
        }
        let Some(ended) = wave.ended else { return Some(Soak::Open) };
        let until = ended.checked_add(SignedDuration::from_secs(seconds.into())).ok()?;
        (now < until).then_some(Soak::Until(until))
    }

    /// What a rollout that runs and has nobody at work waits for: the soak that ends last.
    pub fn soak(&self, now: Timestamp) -> Option<(&Wave, Soak)> {
        let rollout = &self.rollout.value;
        if rollout.state != RolloutState::Running || rollout.at_work() > 0 {
            return None;
        }
        self.waves().iter().filter_map(|wave| Some((wave, self.soak_of(wave, now)?))).max_by_key(|(_, soak)| *soak)
    }

    /// The wave that a resume would begin, as far as the waves tell.
    pub fn next_wave(&self) -> Option<&Wave> {
        self.waves().iter().find(|wave| !wave.state.has_begun())
    }
}

/// The reason in words, with its figures: `PAUSED by its own limit: wave 2 "early", 14 of 120 failed, 11.6 %, limit 10 %`.
pub fn why(rollout: &Rollout, waves: &[Wave]) -> Option<Text> {
    let RolloutState::Paused(by) = &rollout.state else { return None };
    Some(match by {
        PausedBy::Limit { wave, failed, total } => {
            let wave = waves.iter().find(|known| known.id == *wave);
            // Hosts of the wave go on, and fail on: what it says is what the wave's own row says.
            let (failed, total) = wave.map_or((*failed, *total), |wave| (wave.counts.failed, wave.counts.total));
            let share = crate::domain::Percent::of(failed, total);
            let limit = wave.and_then(|wave| wave.gate.failed.as_ref()).map_or(String::new(), |limit| format!(", limit {limit}"));
            let name = wave.map_or(String::new(), |wave| format!(" wave {} \"{}\",", wave.ordinal, wave.name));
            Text::new(format!("PAUSED by its own limit:{name} {failed} of {total} failed, {share:.1} %{limit}"))
        }
        PausedBy::Gate { wave } => {
            let name = waves
                .iter()
                .find(|known| known.id == *wave)
                .map_or(String::new(), |wave| format!(" after wave {}", wave.ordinal));
            Text::new(format!("PAUSED by its gate{name}: it waits for a person"))
        }
        PausedBy::Short { .. } => Text::new(format!("PAUSED with nobody at work: {}", rollout.native)),
        PausedBy::Told => Text::new(format!("PAUSED{}", theirs(rollout))),
        PausedBy::Person => match over_limit(waves) {
            Some(wave) => Text::new(format!(
                "PAUSED by a person or another tool; it had been resumed after wave {} \"{}\" crossed its limit",
                wave.ordinal, wave.name
            )),
            None => Text::new(format!("PAUSED by a person or another tool: no limit is crossed{}", theirs(rollout))),
        },
        PausedBy::NotKnown => match over_limit(waves) {
            Some(wave) => Text::new(format!(
                "PAUSED: wave {} \"{}\" is over its limit, and a later wave has begun; whether the limit or a person paused it is not told",
                wave.ordinal, wave.name
            )),
            None if waves.is_empty() => Text::new("PAUSED: its waves are not read yet"),
            None => Text::new(format!("PAUSED: why is not told{}", theirs(rollout))),
        },
    })
}

/// What the backend says of it in words of its own, where that is more than the state.
fn theirs(rollout: &Rollout) -> String {
    let bare = ["", "paused"].contains(&rollout.native.as_str().to_lowercase().as_str());
    if bare { String::new() } else { format!("; it says \"{}\"", rollout.native) }
}

fn over_limit(waves: &[Wave]) -> Option<&Wave> {
    waves.iter().find(|wave| wave.state == crate::domain::WaveState::OverLimit)
}

fn what_it_needs(rollout: &Rollout, waves: &[Wave]) -> String {
    match &rollout.state {
        RolloutState::WaitsForYou => "waits for you".to_owned(),
        _ => why(rollout, waves).map_or_else(String::new, |why| why.to_string()),
    }
}
