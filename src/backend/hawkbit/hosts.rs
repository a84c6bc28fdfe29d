//! Hosts: one page of a wave, one page of the failed ones of a wave or of a rollout, and the search by name.
//!
//! It never lists a fleet. A page is one request; a wave without jobs costs a second one.

use std::sync::Arc;

use super::dialect::{action_status, actions};
use super::wire::{Action, Paged, Target};
use super::{Hawkbit, query, since, states, values};
use crate::backend::http::{Failure, Read};
use crate::backend::port::{Facts, Observation, Page, Trouble};
use crate::domain::{AttemptId, HostId, HostRow, HostState, RolloutId, Source, Text, WaveId};

/// Hosts that a search lists at most.
const FIND_LIMIT: u32 = 50;

/// One page of a wave's hosts, in the order of their jobs.
pub async fn of_wave(backend: &Hawkbit, wave: WaveId, page: Page) -> Result<Observation, Trouble> {
    let filter = |_: &str| format!("rolloutgroup.id=={}", wave.raw());
    let list = action_page(backend, filter, page).await?;
    if list.total > 0 {
        let hosts = list.content.iter().filter_map(|action| row(backend, action, Some(&wave))).collect();
        let facts = Facts::Hosts { wave, page, hosts, total: values::hosts(list.total) };
        return Ok(Observation { by: Source::new("GET /actions"), facts });
    }
    // Before the start no host has a job: the wave's targets are all there is.
    let (hosts, total) = targets(backend, &wave, page).await?.map_or((Vec::new(), 0), |list| {
        let waiting = |target| target_row(backend, target, Some(&wave), HostState::Waiting);
        (list.content.iter().filter_map(waiting).collect(), values::hosts(list.total))
    });
    let facts = Facts::Hosts { wave, page, hosts, total };
    Ok(Observation { by: Source::new("GET /rollouts/{id}/deploygroups/{id}/targets"), facts })
}

/// One page of a wave's failed hosts, in the order of their jobs.
pub async fn failed_of_wave(backend: &Hawkbit, wave: WaveId, page: Page) -> Result<Observation, Trouble> {
    let filter = |status: &str| format!("rolloutgroup.id=={};{status}==error", wave.raw());
    let list = action_page(backend, filter, page).await?;
    let hosts = list.content.iter().filter_map(|action| row(backend, action, Some(&wave))).collect();
    let facts = Facts::WaveFailures { wave, page, hosts, total: values::hosts(list.total) };
    Ok(Observation { by: Source::new("GET /actions"), facts })
}

/// One page of a wave's targets, whether they have jobs or not.
pub async fn targets(backend: &Hawkbit, wave: &WaveId, page: Page) -> Result<Option<Arc<Paged<Target>>>, Trouble> {
    let path = format!("{}/deploygroups/{}/targets", super::rollout_path(&wave.rollout), wave.raw());
    let (limit, offset) = (page.limit.to_string(), page.offset.to_string());
    let read = backend.get(&path, &query(&[("limit", &limit), ("offset", &offset)])).await.map_err(blind)?;
    Ok(read.value)
}

/// One page of the hosts of a rollout that failed, over all waves. The list does not say which wave.
pub async fn failed(backend: &Hawkbit, rollout: RolloutId, page: Page) -> Result<Observation, Trouble> {
    let filter = |status: &str| format!("rollout.id=={};{status}==error", rollout.raw());
    let list = action_page(backend, filter, page).await?;
    let hosts = list.content.iter().filter_map(|action| row(backend, action, None)).collect();
    // Without the answer a failure stays on the list, which is the safer side.
    let since = since::of(backend, &list.content).await.unwrap_or_default();
    let facts = Facts::Failures { rollout, page, hosts, total: values::hosts(list.total), since };
    Ok(Observation { by: Source::new("GET /actions"), facts })
}

/// One page of jobs, oldest first.
pub async fn action_page(backend: &Hawkbit, filter: impl Fn(&str) -> String, page: Page) -> Result<Paged<Action>, Trouble> {
    let (limit, offset) = (page.limit.to_string(), page.offset.to_string());
    let rest = [("representation", "full"), ("sort", "id:ASC"), ("limit", limit.as_str()), ("offset", offset.as_str())];
    let read = actions(backend, filter, &rest).await.map_err(blind)?;
    Ok(read.value.map_or(Paged { content: Vec::new(), total: 0 }, |list| Paged::clone(&list)))
}

/// A 403 on hosts is no outage: this login sees waves and counts, and no hosts.
pub fn blind(failure: Failure) -> Trouble {
    match failure.trouble {
        Trouble::NotPermitted(_) => Trouble::NotPermitted("no hosts and no failures for this login: it lacks READ_TARGET".into()),
        other => other,
    }
}

/// Hosts whose id or name holds `text`.
pub async fn find(backend: &Hawkbit, text: Text) -> Result<Observation, Trouble> {
    let wanted = text.as_str().trim();
    if wanted.is_empty() {
        return Ok(Observation { by: Source::new("nothing asked"), facts: Facts::Found { text, hosts: Vec::new(), total: 0 } });
    }
    let value = values::rsql_value(&format!("*{wanted}*"));
    let q = format!("controllerid=={value},name=={value}");
    let limit = FIND_LIMIT.to_string();
    let ask = query(&[("limit", limit.as_str()), ("sort", "controllerid:ASC"), ("q", q.as_str())]);
    let read: Read<Paged<Target>> = backend.get("/targets", &ask).await.map_err(blind)?;
    let (hosts, total) = read.value.map_or((Vec::new(), 0), |list| {
        let found = |target: &Target| {
            let standing = states::standing_state(target.update_status.as_deref().unwrap_or_default());
            target_row(backend, target, None, standing)
        };
        (list.content.iter().filter_map(found).collect(), values::hosts(list.total))
    });
    Ok(Observation { by: Source::new("GET /targets"), facts: Facts::Found { text, hosts, total } })
}

/// The row of a job. None without a host: nothing could be asked about it.
pub fn row(backend: &Hawkbit, action: &Action, wave: Option<&WaveId>) -> Option<HostRow> {
    let controller = values::controller_id(action)?;
    let id = HostId::new(backend.name.clone(), &controller);
    Some(HostRow {
        name: action.links.target.as_ref().and_then(|link| values::text(link.name.as_deref())).unwrap_or_else(|| id.text()),
        wave: wave.cloned(),
        state: states::host_state(action_status(action)),
        attempt: action.id.map(|native| AttemptId { host: id.clone(), native: native.to_string().into() }),
        code: action.last_status_code,
        message: None,
        contact: None,
        overdue: false,
        address: None,
        id,
    })
}

fn target_row(backend: &Hawkbit, target: &Target, wave: Option<&WaveId>, state: HostState) -> Option<HostRow> {
    let id = HostId::new(backend.name.clone(), target.controller_id.as_deref()?);
    Some(HostRow {
        name: values::text(target.name.as_deref()).unwrap_or_else(|| id.text()),
        wave: wave.cloned(),
        state,
        attempt: None,
        code: None,
        message: None,
        contact: target.last_controller_request_at.and_then(values::time),
        overdue: target.poll_status.as_ref().and_then(|poll| poll.overdue) == Some(true),
        address: values::text(target.ip_address.as_deref()),
        id,
    })
}
