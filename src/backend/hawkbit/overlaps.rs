//! Which other rollouts a start would take jobs from. A start makes all its jobs at once, and each cancels the job that
//! its host still has waiting.
//!
//! Small rollouts are compared host by host. For large ones every waiting job of another rollout counts, which is an upper
//! bound: never one too few.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::actions;
use super::wire::{Action, Paged};
use super::{Hawkbit, hosts, values};
use crate::backend::port::{Page, Trouble};
use crate::domain::{Text, Wave};
use crate::plan::types::Overlap;

/// The server's largest page. More jobs or hosts than it holds are not compared one by one.
const PAGE: u32 = 500;
/// Rollouts whose waiting jobs are counted one by one. The rest are told as one line.
const COUNTED_APART: usize = 5;

/// Waiting jobs by rollout: its id (none for single assignments), name, and how many.
type Found = BTreeMap<Option<i64>, (Text, u32)>;

/// The rollouts that would lose jobs if the one with these waves started.
pub async fn of(backend: &Hawkbit, waves: &[Wave]) -> Result<Vec<Overlap>, Trouble> {
    let Some(first) = waves.first() else { return Ok(Vec::new()) };
    let rollout = &first.id.rollout;
    let others = |status: &str| format!("{status}==scheduled;rollout.id!={}", rollout.raw());
    let limit = PAGE.to_string();
    let rest = [("representation", "full"), ("sort", "id:ASC"), ("limit", limit.as_str())];
    let Some(list) = actions(backend, others, &rest).await?.value else { return Ok(Vec::new()) };
    if list.total == 0 {
        return Ok(Vec::new());
    }
    let whole = list.content.len() as u64 >= list.total;
    if whole && let Some(ours) = host_ids(backend, waves).await? {
        let shared = by_rollout(list.content.iter().filter(|job| touches(&ours, job)));
        return Ok(shared.into_values().map(|(rollout, scheduled)| Overlap { rollout, scheduled }).collect());
    }
    upper_bound(backend, &list, whole).await
}

/// A job whose host cannot be read counts as ours.
fn touches(ours: &BTreeSet<String>, job: &Action) -> bool {
    values::controller_id(job).is_none_or(|host| ours.contains(&host))
}

/// The hosts of all waves, or None if they are too many to compare.
async fn host_ids(backend: &Hawkbit, waves: &[Wave]) -> Result<Option<BTreeSet<String>>, Trouble> {
    let all: u32 = waves.iter().fold(0, |sum, wave| sum.saturating_add(wave.counts.total));
    if all > PAGE {
        return Ok(None);
    }
    let mut ids = BTreeSet::new();
    for wave in waves.iter().filter(|wave| wave.counts.total > 0) {
        let page = hosts::targets(backend, &wave.id, Page { offset: 0, limit: PAGE }).await?;
        let Some(list) = page.filter(|list| list.content.len() as u64 >= list.total) else { return Ok(None) };
        ids.extend(list.content.iter().filter_map(|target| target.controller_id.clone()));
    }
    Ok(Some(ids))
}

fn by_rollout<'a>(jobs: impl Iterator<Item = &'a Action>) -> Found {
    let mut found = Found::new();
    for job in jobs {
        let name = values::text(job.rollout_name.as_deref()).unwrap_or_else(|| "single assignments".into());
        found.entry(job.rollout).or_insert((name, 0)).1 += 1;
    }
    found
}

async fn upper_bound(backend: &Hawkbit, list: &Paged<Action>, whole: bool) -> Result<Vec<Overlap>, Trouble> {
    let mut rest = values::hosts(list.total);
    let mut overlaps = Vec::new();
    for (place, (id, (rollout, seen))) in by_rollout(list.content.iter()).into_iter().enumerate() {
        let scheduled = match id {
            Some(id) if !whole && place < COUNTED_APART => count(backend, id).await?.max(seen),
            _ => seen,
        };
        rest = rest.saturating_sub(scheduled);
        overlaps.push(Overlap { rollout, scheduled });
    }
    if rest > 0 {
        overlaps.push(Overlap { rollout: "other rollouts".into(), scheduled: rest });
    }
    Ok(overlaps)
}

async fn count(backend: &Hawkbit, rollout: i64) -> Result<u32, Trouble> {
    let of_one = |status: &str| format!("{status}==scheduled;rollout.id=={rollout}");
    let read = actions(backend, of_one, &[("limit", "1")]).await?;
    Ok(read.value.map_or(0, |list| values::hosts(list.total)))
}
