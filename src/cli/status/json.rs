//! The document of `status --json`, schema 1. Fields may be added; none is renamed, and none is left out.

use std::borrow::Cow;

use color_eyre::eyre::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::against::Against;
use super::{SCHEMA, stamp};
use crate::app::state::{Age, Judge};
use crate::cli::reading::Reader;
use crate::domain::fit::Unknown;
use crate::domain::{Cluster, Counts, Coverage, Fit, Lane, Mono, Need, Now, Percent, Reading, RolloutState, Wave};
use crate::store::lanes::WaveSum;
use crate::store::pace::End;
use crate::store::read::Soak;
use crate::store::{Connection, Entry};

#[derive(Serialize)]
struct Document {
    schema: u32,
    at: String,
    backends: Vec<Value>,
    rollouts: Vec<Value>,
    clusters: Vec<Value>,
    /// Failures whose evidence was not read.
    unread: usize,
    needs: Vec<Value>,
}

/// The document, indented for people or on one line.
pub(super) fn document(reader: &Reader, against: &Against, needs: &[Need], causes: usize, indented: bool) -> Result<String> {
    let document = of(reader, against, needs, causes);
    Ok(if indented { serde_json::to_string_pretty(&document)? } else { serde_json::to_string(&document)? })
}

/// The same without the times of reading, to see whether something changed.
pub(super) fn timeless(reader: &Reader, against: &Against, needs: &[Need], causes: usize) -> Result<String> {
    let mut value = serde_json::to_value(of(reader, against, needs, causes))?;
    forget_times(&mut value);
    Ok(value.to_string())
}

fn forget_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in ["at", "seen", "ends"] {
                map.remove(key);
            }
            map.values_mut().for_each(forget_times);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_times),
        _ => {}
    }
}

fn of(reader: &Reader, against: &Against, needs: &[Need], causes: usize) -> Document {
    let now = reader.now();
    let seen = |mono: Mono| stamp(now.real_at(mono));
    let judge = against.judge(now.civil);
    let ranked = reader.store.queue.clusters().ranked();
    Document {
        schema: SCHEMA,
        at: stamp(now.real),
        backends: reader.store.connections.values().map(|connection| backend(connection, &now)).collect(),
        rollouts: reader.store.board().into_iter().map(|entry| rollout(entry, reader, &judge, &now)).collect(),
        clusters: ranked
            .into_iter()
            .take(causes)
            .map(|one| cluster(one, against.age(&reader.store, one, now.civil), &now))
            .collect(),
        unread: reader.store.queue.unread(),
        needs: needs
            .iter()
            .map(|need| {
                json!({
                    "kind": need.kind.key(),
                    "tenant": need.tenant.as_ref().map(ToString::to_string),
                    "what": need.what.to_string(),
                    "rollout": need.rollout.as_ref().map(ToString::to_string),
                    "backend": need.backend.as_ref().map(ToString::to_string),
                    "seen": need.seen.map(seen),
                })
            })
            .collect(),
    }
}

/// `first_seen` is of the failures that are there now. `since`: it first failed since a person last called it verified, nights
/// before this one included; null where nothing failed after that. `nights`: in how many it was there since then.
/// `deadline` is null where the config has none for it.
fn cluster(cluster: &Cluster, age: Option<Age>, now: &Now) -> Value {
    let tries = cluster.tries();
    json!({
        "class": cluster.signature.class.key(),
        "signature": cluster.signature.to_string(),
        "code": cluster.signature.code.as_ref().map(ToString::to_string),
        "text": cluster.signature.text.to_string(),
        "rule": cluster.cause.as_ref().map(|cause| cause.rule.to_string()),
        "hosts": cluster.hosts(),
        "read": cluster.read(),
        "tenants": cluster.tenants().iter().map(|(tenant, _)| tenant.to_string()).collect::<Vec<_>>(),
        "first_seen": cluster.first_seen().map(stamp),
        "last_seen": cluster.last_seen().map(stamp),
        "seen": cluster.seen().map(|seen| stamp(now.real_at(seen))),
        "tries": { "least": tries.least, "most": tries.most },
        "next_step": cluster.retry().key(),
        "since": age.as_ref().map(|age| stamp(age.since)),
        "nights": age.as_ref().map_or(0, |age| age.nights),
        "months_running": age.as_ref().map_or(0, |age| age.months),
        "deadline": age.and_then(|age| age.due).map(|due| json!({
            "severity": due.severity.to_string(),
            "within_s": due.within.as_secs(),
            "at": stamp(due.at),
            "over": due.over,
        })),
    })
}

fn backend(connection: &Connection, now: &Now) -> Value {
    let state = match connection.reading(now) {
        Reading::Live => "live",
        Reading::Stale => "stale",
        Reading::Refused(_) => "refused",
        // A promise to scripts has four words; `error` says that it answered, and what.
        Reading::Unreachable(_) | Reading::Failing(_) | Reading::Waiting => "unreachable",
    };
    json!({
        "name": connection.name.to_string(),
        "kind": connection.kind.to_string(),
        "tenants": connection.tenants.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "state": state,
        "seen": connection.board_seen.map(|seen| stamp(now.real_at(seen))),
        "version": connection.version.as_ref().map(ToString::to_string),
        "identity": connection.login.as_ref().map(ToString::to_string),
        "error": connection.failure.as_ref().map(|failure| failure.words.to_string()),
    })
}

fn rollout(entry: &Entry, reader: &Reader, judge: &Judge<'_>, now: &Now) -> Value {
    let rollout = &entry.rollout.value;
    let fit = judge.fit(entry).filter(|fit| *fit != Fit::CannotTell(Unknown::NoWindow));
    json!({
        "backend": rollout.id.backend.to_string(),
        "id": rollout.id.to_string(),
        "tenant": rollout.tenant.to_string(),
        "name": rollout.name.to_string(),
        "release": rollout.release.as_ref().map(|release| release.name.to_string()),
        "state": rollout.state.key(),
        "native": rollout.native.to_string(),
        "seen": stamp(now.real_at(entry.rollout.seen)),
        "ends": ends(entry, fit.as_ref(), now),
        "counts": rollout.counts.as_ref().map(counts),
        "coverage": coverage(reader.store.coverage(&rollout.id)),
        "window": window(entry, fit.as_ref(), judge),
        "waves": entry.waves().iter().map(|one| wave(one, entry, reader, now)).collect::<Vec<_>>(),
    })
}

/// How it stands in its window now. `closes` and `cutoff` are those of the opening that holds, `opens` is when work may begin
/// again. `fit` is null where no window is known and where nothing of it is to come. `late` are the hosts that will not have
/// begun by the cutoff, `why` is what nobody can tell for; of what waits for a person both hold as if it were let on.
fn window(entry: &Entry, fit: Option<&Fit>, judge: &Judge<'_>) -> Value {
    let verdict = judge.window_of(entry, None);
    let limits = verdict.limits();
    let forecast = fit.and_then(Fit::forecast);
    json!({
        "state": verdict.state.key(),
        "opens": verdict.state.next().map(stamp),
        "cutoff": limits.map(|(cutoff, _)| stamp(cutoff)),
        "closes": limits.map(|(_, closes)| stamp(closes)),
        "override": judge.override_of(&entry.rollout.value.id).map(|held| stamp(held.period.to())),
        "fit": fit.map(Fit::key),
        "late": forecast.map(|forecast| forecast.not_begun),
        "why": match fit {
            Some(Fit::CannotTell(why)) => Some(why.to_string()),
            _ => None,
        },
        "if_let_on": forecast.map(|_| !runs(entry)),
    })
}

/// It goes on by itself.
fn runs(entry: &Entry) -> bool {
    matches!(entry.rollout.value.state, RolloutState::Running | RolloutState::Starting)
}

/// When the rest is through, in civil time: by the forecast of what runs, or else by the pace that was seen. Null where nobody
/// can tell.
fn ends(entry: &Entry, fit: Option<&Fit>, now: &Now) -> Option<String> {
    if let Some(fit) = fit {
        return fit.forecast().filter(|_| runs(entry)).map(|forecast| stamp(forecast.end));
    }
    match entry.pace.end(entry.rollout.value.counts.as_ref()?.left(), now.civil) {
        End::At { end, .. } => Some(stamp(end)),
        End::Still | End::TooFew | End::Through => None,
    }
}

fn wave(wave: &Wave, entry: &Entry, reader: &Reader, now: &Now) -> Value {
    json!({
        "ordinal": wave.ordinal,
        "id": wave.id.to_string(),
        "name": wave.name.to_string(),
        "state": wave.state.key(),
        "native": wave.native.to_string(),
        "seen": entry.waves.as_ref().map(|waves| stamp(now.real_at(waves.seen))),
        "counts": counts(&wave.counts),
        "coverage": coverage_of_wave(wave, reader),
        "lanes": lanes(wave, entry, reader, now),
        "gate": gate(wave, entry, now.civil),
    })
}

/// `verified` is null where no host was asked what it runs: it is no zero.
fn coverage(coverage: Coverage) -> Value {
    json!({ "verified": coverage.verified, "reported": coverage.reported, "total": coverage.total })
}

/// The same with `why`: the reason why nobody could be asked, where there is one.
fn coverage_of_wave(wave: &Wave, reader: &Reader) -> Value {
    let mut told = coverage(reader.store.coverage_of_wave(wave));
    told["why"] = json!(reader.store.lanes.wave(&wave.id).and_then(|known| known.blind()).map(ToString::to_string));
    told
}

/// Hosts that have not failed and must not hide. `since` is when the first of them came into the lane; `usual_s` is how long it
/// takes others of the wave, `limit_s` from when on it is too long. `unchecked` are open, and how far they are was not read;
/// `why` says why they cannot be. Null where hosts are open and were not read. Where the backend counts none as open, no lane
/// but `silent` can hold one, and nothing is asked.
fn lanes(wave: &Wave, entry: &Entry, reader: &Reader, now: &Now) -> Value {
    let known = reader.store.lanes_of_wave(&wave.id, now.civil);
    let (sum, seen) = match known {
        Some(sum) if sum.seen.is_some() || wave.counts.unended() == 0 => {
            let seen = sum.seen.or(entry.waves.as_ref().map(|waves| waves.seen));
            (sum, seen)
        }
        None if wave.counts.unended() == 0 => (Cow::Owned(WaveSum::default()), entry.waves.as_ref().map(|waves| waves.seen)),
        _ => return Value::Null,
    };
    let unchecked = if sum.why.is_some() { wave.counts.unended() } else { sum.unchecked };
    let one = |lane: &Lane, hosts: u32, since: Option<jiff::Timestamp>| {
        let (usual, limit) = match lane {
            Lane::NotBack | Lane::Restarting => (sum.usuals.restart, Some(sum.usuals.restart_limit())),
            Lane::Stuck => (sum.usuals.work, Some(sum.usuals.work_limit())),
            Lane::Silent | Lane::Offline | Lane::RestartOwed => (None, None),
        };
        json!({
            "lane": lane.key(),
            "hosts": hosts,
            "since": since.map(stamp),
            "usual_s": usual.map(|usual| usual.typical.as_secs()),
            "limit_s": limit.map(|limit| limit.as_secs()),
            "next_step": lane.next_step(),
        })
    };
    json!({
        "hosts": sum.hosts.iter().map(|(lane, (hosts, since))| one(lane, *hosts, *since)).collect::<Vec<_>>(),
        "unchecked": unchecked,
        "why": sum.why.as_ref().map(ToString::to_string),
        "seen": seen.map(|seen| stamp(now.real_at(seen))),
    })
}

fn counts(counts: &Counts) -> Value {
    json!({
        "total": counts.total,
        "waiting": counts.waiting,
        "running": counts.running,
        "done": counts.done,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "cancelled": counts.cancelled,
        "unknown": counts.unknown,
    })
}

/// `needs`: what must be done before the next wave. `holds`: whether it holds the next wave back. `now`: percent done.
/// `limit`: more failed than this stops the rollout. `since`: when its wave's last host answered; null while hosts are at work or
/// where nobody said. `soaks_until`: until then it is only watched; null where it does not soak. `persons`: who must open it, and
/// different ones if more than one; 0 where the backend needs none or does not say.
fn gate(wave: &Wave, entry: &Entry, now: jiff::Timestamp) -> Value {
    let (gate, counts) = (&wave.gate, &wave.counts);
    let soaks = match entry.soak_of(wave, now) {
        Some(Soak::Until(until)) => Some(stamp(until)),
        Some(Soak::Open) | None => None,
    };
    json!({
        "needs": gate.done.as_ref().map(ToString::to_string),
        "holds": gate.done.as_ref().map(|_| !gate.is_met(counts)),
        "now": percent(gate.now(counts)),
        "limit": gate.failed.as_ref().map(ToString::to_string),
        "over_limit": gate.limit_crossed(counts),
        "since": wave.ended.map(stamp),
        "soaks_until": soaks,
        "persons": gate.persons,
    })
}

fn percent(share: Percent) -> f64 {
    f64::from(share.hundredths()) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_reading_are_no_change() {
        let mut a = json!({"at": "1", "rollouts": [{"seen": "1", "ends": "2", "state": "running"}]});
        let mut b = json!({"at": "2", "rollouts": [{"seen": "2", "ends": "3", "state": "running"}]});
        forget_times(&mut a);
        forget_times(&mut b);
        assert_eq!(a, b);
        assert_eq!(a["rollouts"][0]["state"], "running");
    }
}
