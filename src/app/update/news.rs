//! What supervisors tell, taken into the store.

use std::time::Duration;

use super::paces;
use crate::app::effect::Effect;
use crate::app::state::{State, Weight};
use crate::backend::port::{Facts, Identity, Interest, News, Observation, Report, Right, Scope, Trouble};
use crate::domain::{BackendName, Health, Progress, Text};
use crate::store::connection::Failure;
use crate::store::merge::Read;

/// Clocks further apart than this are told.
const SKEWED_SECONDS: u64 = 60;

pub fn report(state: &mut State, report: Report, effects: &mut Vec<Effect>) {
    let Report { backend, news } = report;
    match news {
        News::Connected(identity) => connected(state, &backend, identity),
        News::Observed { what, observation, took } => observed(state, &backend, &what, observation, took, effects),
        News::Failed { what, trouble, again_in } => failed(state, &backend, &what, &trouble, again_in),
        News::ReadAgain { whole } => read_again(state, backend, whole),
        News::Health(health) => healthy(state, &backend, health),
    }
}

fn connected(state: &mut State, backend: &BackendName, identity: Identity) {
    let Some(connection) = state.store.connections.get_mut(backend) else { return };
    connection.login = Some(identity.login.clone());
    connection.their_tenant = Some(identity.tenant.clone());
    connection.version.clone_from(&identity.version);
    connection.blind.clone_from(&identity.blind);
    connection.no_failures = None;
    connection.skew = identity.skew;
    connection.answered = Some(state.now.mono);
    connection.failure = None;
    connection.rights = identity
        .rights
        .iter()
        .map(|(verb, right)| {
            let (may, why) = match right {
                Right::Yes => (Some(true), Text::default()),
                Right::No(why) => (Some(false), why.clone()),
                Right::NotKnown => (None, Text::default()),
            };
            (Text::new(verb.word()), may, why)
        })
        .collect();
    state.store.revision += 1;
    if let Some(skew) = identity.skew.filter(|skew| skew.unsigned_abs().as_secs() > SKEWED_SECONDS) {
        let (off, way) = (skew.unsigned_abs().as_secs(), if skew.is_negative() { "behind" } else { "ahead of" });
        state.notice(Weight::Warn, format!("{backend}: its clock is {} min {way} ours", off.div_ceil(60)));
    }
    state.identities.insert(backend.clone(), identity);
}

fn observed(
    state: &mut State,
    backend: &BackendName,
    what: &Interest,
    observation: Observation,
    took: Duration,
    effects: &mut Vec<Effect>,
) {
    let read = Read { seen: state.now.mono.minus(took), civil: state.now.civil, by: observation.by };
    let mut read_waves = None;
    let store = &mut state.store;
    match observation.facts {
        Facts::Rollouts { scope, rollouts, complete } => {
            store.merge_rollouts(backend, rollouts, scope == Scope::Ended, complete, &read);
        }
        Facts::Waves { rollout, waves } => {
            store.merge_waves(&rollout, waves, &read);
            read_waves = Some(rollout);
        }
        Facts::Hosts { wave, page, hosts, total } => store.merge_hosts(&wave, page.offset, hosts, total, &read),
        Facts::WaveFailures { wave, page, hosts, total } => store.merge_wave_failures(&wave, page.offset, hosts, total, &read),
        Facts::Failures { rollout, page, hosts, total, since } => {
            store.merge_failures(&rollout, page.offset, hosts, total, &since, &read);
        }
        Facts::Evidence { attempt, reports, wave } => store.merge_evidence(&attempt, reports, wave.as_ref(), &read),
        Facts::Open { wave, page, hosts, total, through, planned } => {
            let changed =
                store.lanes.opened(&wave, page.offset, hosts, total, through, &state.now) | store.lanes.planned(&wave, planned);
            store.revision += u64::from(changed);
        }
        Facts::Progress { attempt, progress } => {
            let changed = store.lanes.progressed(&attempt, progress, &state.now);
            store.revision += u64::from(changed);
        }
        Facts::Verify { wave, page, hosts, total, blind } => {
            let changed = store.lanes.verified(&wave, page.offset, hosts, total, blind, &state.now);
            store.revision += u64::from(changed);
        }
        Facts::Found { text, hosts, total } => store.merge_found(backend, &text, hosts, total, &read),
        Facts::Host(story) => store.merge_story(*story, &read),
        Facts::Windows { word, age } => store.merge_windows(backend, word, age, &read),
        Facts::Nothing => {}
    }
    let told = state.notices.len();
    state.notices.retain(|notice| notice.about.as_ref().is_none_or(|(of, asked)| of != backend || asked != what));
    state.dirty |= state.notices.len() != told;
    let store = &mut state.store;
    // The board shows what a verb did: no more hurry.
    state.settled.retain(|id, at| store.entry(id).is_some_and(|entry| entry.rollout.seen < *at));
    if let Some(connection) = store.connections.get_mut(backend) {
        connection.answered = Some(read.seen);
        if *what == Interest::Board && connection.failure.take().is_some() {
            store.revision += 1;
        }
    }
    if let Some(rollout) = read_waves {
        paces::keep(state, &rollout, effects);
    }
}

fn failed(state: &mut State, backend: &BackendName, what: &Interest, trouble: &Trouble, again_in: Option<std::time::Duration>) {
    let hurts = *what == Interest::Board || trouble.is_refusal() && !matches!(trouble, Trouble::NotPermitted(_));
    let again_at = again_in.map(|rest| state.now.mono.plus(rest));
    if !hurts {
        // A login that sees no hosts has no failure queue; a host that cannot be asked has no evidence. Neither is an outage.
        match (what, trouble) {
            (Interest::Failures(..) | Interest::WaveFailures(..) | Interest::Evidence(_), Trouble::NotPermitted(words)) => {
                if let Some(connection) = state.store.connections.get_mut(backend)
                    && connection.no_failures.as_ref() != Some(words)
                {
                    connection.no_failures = Some(words.clone());
                    state.store.revision += 1;
                }
                return;
            }
            (Interest::Evidence(attempt), trouble) if !trouble.may_pass() => {
                state.store.queue.cannot_read(attempt, Text::new(trouble.to_string()));
                state.store.revision += 1;
                return;
            }
            // What was read before stays, with its age.
            (Interest::Windows | Interest::Open(..) | Interest::Verify(..) | Interest::Progress(_), trouble)
                if trouble.may_pass() =>
            {
                return;
            }
            (Interest::Open(wave, _), trouble) => {
                state.store.lanes.cannot_open(wave, Text::new(trouble.to_string()), &state.now);
                state.store.revision += 1;
                return;
            }
            (Interest::Verify(wave, _), trouble) => {
                state.store.lanes.cannot_verify(wave, Text::new(trouble.to_string()), &state.now);
                state.store.revision += 1;
                return;
            }
            // Its times stay unknown: it is not asked for again before its turn.
            (Interest::Progress(attempt), _) => {
                state.store.lanes.progressed(attempt, Progress::default(), &state.now);
                return;
            }
            _ => {}
        }
        state.notice(Weight::Warn, format!("{backend}: {trouble}"));
        if let Some(notice) = state.notices.back_mut() {
            notice.about = Some((backend.clone(), what.clone()));
        }
        return;
    }
    let Some(connection) = state.store.connections.get_mut(backend) else { return };
    let failure = Failure {
        words: Text::new(trouble.to_string()),
        at: state.now.mono,
        refused: trouble.is_refusal(),
        answered: trouble.is_answer(),
        again_at,
    };
    if connection.failure.as_ref().is_none_or(|known| known.words != failure.words) {
        state.store.revision += 1;
    }
    connection.failure = Some(failure);
}

fn read_again(state: &mut State, backend: BackendName, whole: bool) {
    let Some(read_now) = &mut state.read_now else { return };
    read_now.waiting.retain(|name| *name != backend);
    if !whole && !read_now.failed.contains(&backend) {
        read_now.failed.push(backend);
    }
    state.dirty = true;
    if !read_now.waiting.is_empty() {
        return;
    }
    let took = state.now.mono.since(read_now.asked).as_secs_f64();
    let failed: Vec<String> = read_now.failed.iter().map(ToString::to_string).collect();
    state.read_now = None;
    if failed.is_empty() {
        state.notice(Weight::Info, format!("everything on screen was read again, in {took:.1} s"));
    } else {
        state.notice(Weight::Warn, format!("read again in {took:.1} s, but not all of {}", failed.join(", ")));
    }
}

fn healthy(state: &mut State, backend: &BackendName, health: Health) {
    let Some(connection) = state.store.connections.get_mut(backend) else { return };
    connection.health = health;
    if *state.trail.here() == crate::app::state::Place::Backends {
        state.dirty = true;
    }
}
