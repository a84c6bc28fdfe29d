//! One host: its standing, releases, attempts, and the reports of the newest attempt.
//!
//! What the server cannot be asked is told as a gap, never as an error: the rest of the page is worth reading.

use super::dialect::{action_status, actions};
use super::wire::{Action, DistributionSet, Paged, Target};
use super::{Hawkbit, query, states, story, values};
use crate::backend::http::Read;
use crate::backend::port::{Facts, Observation, Trouble};
use crate::domain::{Attempt, AttemptId, HostId, HostStory, Release, Source, StoryLine, Text};

/// Attempts listed, newest first.
const ATTEMPTS: &str = "20";

pub async fn of(backend: &Hawkbit, id: HostId) -> Result<Observation, Trouble> {
    let mut gaps = Vec::new();
    let by_path = story::target_path(&id).map_err(|why| gaps.push(Text::new(why.to_string()))).ok();
    let target = match &by_path {
        Some(path) => backend.get::<Target>(path, &[]).await.map_err(Trouble::from)?.value.map(|it| Target::clone(&it)),
        None => by_list(backend, &id).await?,
    };
    let target = target.ok_or_else(|| Trouble::NotFound(format!("no host {id}").into()))?;

    let (attempts, assigned, installed) = futures::join!(
        attempts(backend, &id),
        release(backend, by_path.as_deref(), "assignedDS"),
        release(backend, by_path.as_deref(), "installedDS"),
    );
    let attempts = attempts.unwrap_or_else(|trouble| gap(&mut gaps, "attempts", &trouble));
    let assigned = assigned.unwrap_or_else(|trouble| gap(&mut gaps, "assigned release", &trouble));
    let installed = installed.unwrap_or_else(|trouble| gap(&mut gaps, "installed release", &trouble));
    let reports = match attempts.first() {
        Some(newest) if by_path.is_some() => {
            story::read(backend, &newest.id).await.unwrap_or_else(|trouble| gap::<Vec<StoryLine>>(&mut gaps, "reports", &trouble))
        }
        _ => Vec::new(),
    };
    let told = HostStory {
        name: values::text(target.name.as_deref()).unwrap_or_else(|| id.text()),
        standing: target.update_status.as_deref().unwrap_or("unknown").into(),
        address: values::text(target.ip_address.as_deref()),
        contact: target.last_controller_request_at.and_then(values::time),
        overdue: target.poll_status.as_ref().and_then(|poll| poll.overdue) == Some(true),
        assigned,
        installed,
        installed_at: target.installed_at.and_then(values::time),
        attempts,
        reports,
        gaps,
        id,
    };
    Ok(Observation { by: Source::new("GET /targets/{id}"), facts: Facts::Host(Box::new(told)) })
}

fn gap<T: Default>(gaps: &mut Vec<Text>, what: &str, trouble: &Trouble) -> T {
    gaps.push(Text::new(format!("{what}: {trouble}")));
    T::default()
}

/// A host whose id cannot stand in an address is still found in the list.
async fn by_list(backend: &Hawkbit, id: &HostId) -> Result<Option<Target>, Trouble> {
    let q = format!("controllerid=={}", values::rsql_value(id.raw()));
    let read: Read<Paged<Target>> = backend.get("/targets", &query(&[("limit", "1"), ("q", &q)])).await?;
    Ok(read.value.and_then(|list| list.content.first().cloned()))
}

async fn attempts(backend: &Hawkbit, id: &HostId) -> Result<Vec<Attempt>, Trouble> {
    let filter = |_: &str| format!("target.controllerid=={}", values::rsql_value(id.raw()));
    let rest = [("representation", "full"), ("sort", "id:DESC"), ("limit", ATTEMPTS)];
    let read = actions(backend, filter, &rest).await?;
    Ok(read.value.map_or_else(Vec::new, |list| list.content.iter().filter_map(|action| attempt(id, action)).collect()))
}

pub fn attempt(host: &HostId, action: &Action) -> Option<Attempt> {
    let native = action_status(action);
    let link = action.links.distributionset.as_ref();
    Some(Attempt {
        id: AttemptId { host: host.clone(), native: action.id?.to_string().into() },
        state: states::host_state(native),
        native: native.into(),
        rollout: values::text(action.rollout_name.as_deref()),
        release: link.and_then(|link| {
            let native = link.href.as_deref().and_then(|href| href.rsplit('/').next()).unwrap_or_default();
            Some(Release { native: native.into(), name: link.name.as_deref()?.into() })
        }),
        // Not the creation: all jobs of a rollout are made when it starts, and touched when their wave begins.
        began: action.last_modified_at.or(action.created_at).and_then(values::time),
        code: action.last_status_code,
    })
}

/// The release a host has (200) or has not (204).
async fn release(backend: &Hawkbit, target: Option<&str>, which: &str) -> Result<Option<Release>, Trouble> {
    let Some(target) = target else { return Ok(None) };
    let read: Read<DistributionSet> = backend.get(&format!("{target}/{which}"), &[]).await?;
    Ok(read.value.map(|set| {
        let (name, version) = (set.name.as_deref().unwrap_or("release"), set.version.as_deref().unwrap_or("?"));
        let native = set.id.map(|id| id.to_string()).unwrap_or_default();
        Release { native: native.into(), name: format!("{name}:{version}").into() }
    }))
}
