//! Rollouts: the lists the board is made of, and one of them alone.
//!
//! It reads and translates. Who paused a rollout is left open here: the list does not say.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::wire::{self, Paged};
use super::{Hawkbit, query, states, values};
use crate::backend::http::{Failure, Read};
use crate::backend::port::{Facts, Observation, Scope, Trouble};
use crate::domain::{Approval, Related, Relation, Release, Rollout, RolloutId, Source, Text};

/// Rollouts a page of the board.
const BOARD_PAGE: usize = 100;
/// Rollouts that ended, newest first: a night's worth.
const NIGHT_PAGE: usize = 50;
/// More live rollouts than this many pages are cut, and the list is told to be incomplete.
const MAX_PAGES: usize = 20;

/// Every rollout that has not ended, and those that ended with hosts still at work. One request, unless there are more
/// than a page.
pub async fn live(backend: &Hawkbit) -> Result<Observation, Trouble> {
    let q = match backend.trailing() {
        ids if ids.is_empty() => "status=out=(finished,stopped,deleted)".to_owned(),
        ids => format!("status=out=(finished,stopped,deleted),id=in=({})", ids.join(",")),
    };
    let mut seen = list(backend, &q, Scope::Live, BOARD_PAGE, MAX_PAGES).await?;
    if let Facts::Rollouts { rollouts, complete: true, .. } = &mut seen.facts {
        let live: BTreeSet<String> = rollouts.iter().map(|rollout| rollout.id.raw().to_owned()).collect();
        let left = backend.left(&live);
        if !left.is_empty() {
            // They have ended or are gone. The list of ended ones holds the newest only, and an old one may have ended now.
            let q = format!("id=in=({})", left.join(","));
            let ended = list(backend, &q, Scope::Live, BOARD_PAGE, 1).await?;
            if let Facts::Rollouts { rollouts: ended, .. } = ended.facts {
                // Whoever is deleted does not trail any more.
                for native in &left {
                    backend.trail(native, false);
                }
                rollouts.extend(ended);
            }
        }
        backend.lives(live);
    }
    trail(backend, &seen);
    Ok(seen)
}

/// The newest rollouts that have ended. One request.
pub async fn ended(backend: &Hawkbit) -> Result<Observation, Trouble> {
    let seen = list(backend, "status=in=(finished,stopped)", Scope::Ended, NIGHT_PAGE, 1).await?;
    trail(backend, &seen);
    Ok(seen)
}

/// Takes note of who ended and still works, and of who does no longer.
fn trail(backend: &Hawkbit, seen: &Observation) {
    let Facts::Rollouts { rollouts, .. } = &seen.facts else { return };
    for rollout in rollouts {
        backend.trail(rollout.id.raw(), rollout.state.has_ended() && rollout.at_work() > 0);
    }
}

/// What waits for an approval: a part of the board.
pub async fn waiting(backend: &Hawkbit) -> Result<Observation, Trouble> {
    let mut seen = list(backend, "status==waiting_for_approval", Scope::Live, BOARD_PAGE, 1).await?;
    if let Facts::Rollouts { complete, .. } = &mut seen.facts {
        *complete = false;
    }
    Ok(seen)
}

async fn list(backend: &Hawkbit, q: &str, scope: Scope, limit: usize, max_pages: usize) -> Result<Observation, Trouble> {
    let mut rollouts: Vec<Rollout> = Vec::new();
    let (mut fetched, mut complete) = (0, false);
    for page in 0..max_pages {
        let mut ask = query(&[("representation", "full"), ("limit", &limit.to_string()), ("sort", "id:DESC"), ("q", q)]);
        if page > 0 {
            ask.push(("offset".to_owned(), fetched.to_string()));
        }
        let read: Read<Paged<wire::Rollout>> = backend.get("/rollouts", &ask).await?;
        let Some(list) = read.value else { return Err(nothing("/rollouts")) };
        fetched += list.content.len();
        for rollout in list.content.iter().filter_map(|wire| rollout(backend, wire)) {
            // A rollout that appears while pages are read pushes another one onto the next page a second time.
            if !rollouts.iter().any(|known| known.id == rollout.id) {
                rollouts.push(rollout);
            }
        }
        complete = fetched as u64 >= list.total;
        if complete || list.content.is_empty() {
            break;
        }
    }
    Ok(Observation { by: Source::new("GET /rollouts"), facts: Facts::Rollouts { scope, rollouts, complete } })
}

/// One rollout, with the server's clock at the moment of the answer.
pub async fn one(backend: &Hawkbit, id: &RolloutId) -> Result<(Rollout, Option<Timestamp>), Failure> {
    let read: Read<wire::Rollout> = backend.get(&super::rollout_path(id), &[]).await?;
    let found = read.value.as_deref().and_then(|wire| rollout(backend, wire));
    found.map(|rollout| (rollout, read.date)).ok_or_else(|| Failure::broken(nothing("/rollouts/{id}")))
}

fn nothing(call: &str) -> Trouble {
    Trouble::NotUnderstood(format!("GET {call} was answered without the thing asked for").into())
}

/// None for an entry without an id: nothing could be asked about it.
pub fn rollout(backend: &Hawkbit, wire: &wire::Rollout) -> Option<Rollout> {
    let id = wire.id?;
    let native = wire.status.as_deref().unwrap_or("without a state");
    Some(Rollout {
        id: backend.rollout_id(id),
        tenant: backend.tenant.clone(),
        name: values::text(wire.name.as_deref()).unwrap_or_else(|| format!("rollout {id}").into()),
        description: values::text(wire.description.as_deref()).unwrap_or_else(|| Text::new("")),
        release: release(wire.distribution_set_id, wire.links.distributionset.as_ref()),
        state: states::rollout_state(native),
        native: native.into(),
        counts: wire.total_targets_per_status.as_ref().map(|by| values::counts(wire.total_targets, by)),
        waves: wire.total_groups,
        starts: wire.start_at.and_then(values::time),
        approval: Approval {
            by: values::text(wire.approve_decided_by.as_deref()),
            remark: values::text(wire.approval_remark.as_deref()),
        },
        created: wire.created_at.and_then(values::time),
        created_by: values::text(wire.created_by.as_deref()),
        changed: wire.last_modified_at.and_then(values::time),
        related: related(backend, wire),
        open_ended: wire.dynamic == Some(true),
    })
}

fn related(backend: &Hawkbit, wire: &wire::Rollout) -> Vec<Related> {
    let retry = retry_of(wire.target_filter_query.as_deref()).map(|id| (Relation::RetryOf, id));
    let undo = wire.description.as_deref().and_then(values::undoes).map(|id| (Relation::RollbackOf, id));
    let related = |(relation, id)| Related { relation, rollout: backend.rollout_id(id) };
    retry.into_iter().chain(undo).map(related).collect()
}

/// A rollout that the server made by `retry` takes its hosts from `failedrollout==<id>`.
fn retry_of(filter: Option<&str>) -> Option<i64> {
    filter?.trim().strip_prefix("failedrollout==")?.trim().parse().ok()
}

fn release(id: Option<i64>, link: Option<&wire::Link>) -> Option<Release> {
    let native = id.map(|id| id.to_string());
    let name = link.and_then(|link| link.name.clone()).or_else(|| native.as_ref().map(|id| format!("release {id}")))?;
    Some(Release { native: native.unwrap_or_default().into(), name: name.into() })
}
