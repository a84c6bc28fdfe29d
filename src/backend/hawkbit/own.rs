//! Hosts that reported success, held against their own facts: the attribute by which devices tell the version they run, and the
//! release that the server has as installed.
//!
//! `installed` is what a device reported and no proof: only the device's own attribute confirms. Values are read of few hosts.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::{Action, DistributionSet};
use super::{Hawkbit, hosts, named, story, values};
use crate::backend::http::Read;
use crate::backend::http::address::encode;
use crate::backend::port::{Facts, Observation, Page, Trouble};
use crate::domain::{DoneHost, HostId, Own, Source, Text, WaveId};

/// Hosts of a page whose own value is read, a request each; of the rest it is only known that it is another one.
const VALUES: usize = 40;
const UNNAMED: &str = "the config names no version_attribute for this connection";

/// One page of a wave's jobs that ended well.
pub async fn of_wave(backend: &Hawkbit, wave: WaveId, page: Page) -> Result<Observation, Trouble> {
    let filter = |status: &str| format!("rolloutgroup.id=={};{status}==finished", wave.raw());
    let list = hosts::action_page(backend, filter, page).await?;
    let (ids, total) = (list.content.iter().filter_map(values::controller_id).collect(), values::hosts(list.total));
    let (own, blind) = match release(backend, &list.content).await {
        Ok(Some(release)) => facts(backend, &ids, &release).await?,
        Ok(None) => (BTreeMap::new(), None),
        Err(why) => (BTreeMap::new(), Some(why)),
    };
    let done = |action: &Action| {
        let row = hosts::row(backend, action, None)?;
        let own = own.get(row.id.raw()).cloned().unwrap_or(Own::NotTold);
        Some(DoneHost { id: row.id, name: row.name, own })
    };
    let hosts = list.content.iter().filter_map(done).collect();
    Ok(Observation { by: Source::new("GET /targets"), facts: Facts::Verify { wave, page, hosts, total, blind } })
}

/// The release of these jobs: a name and a version, as filters need them. None without jobs.
async fn release(backend: &Hawkbit, jobs: &[Action]) -> Result<Option<(String, String)>, Text> {
    let Some(job) = jobs.first() else { return Ok(None) };
    let link = job.links.distributionset.as_ref().and_then(|link| link.href.as_deref());
    let id = link.and_then(|href| href.rsplit('/').next()).ok_or("the job does not name its release")?;
    let read: Read<DistributionSet> = backend
        .get(&format!("/distributionsets/{}", encode(id)), &[])
        .await
        .map_err(|failure| Text::new(format!("its release cannot be read: {}", Trouble::from(failure))))?;
    let set = read.value.ok_or("its release is not there any more")?;
    match (&set.name, &set.version) {
        // A star in a filter stands for anything.
        (Some(name), Some(version)) if !name.contains('*') && !version.contains('*') => Ok(Some((name.clone(), version.clone()))),
        _ => Err(Text::new("its release has no name and version that can be asked for")),
    }
}

type Told = (BTreeMap<String, Own>, Option<Text>);

async fn facts(backend: &Hawkbit, ids: &BTreeSet<String>, (name, version): &(String, String)) -> Result<Told, Trouble> {
    let mut told = BTreeMap::new();
    let set =
        |which: &str| format!("{which}.name=={};{which}.version=={}", values::rsql_value(name), values::rsql_value(version));
    let meant = named::targets(backend, ids, &set("assignedds")).await?;
    told.extend(ids.difference(&meant).map(|id| (id.clone(), Own::Superseded)));
    let mut open = meant.clone();
    if let Some(key) = &backend.version_attribute {
        let confirm = named::targets(backend, &open, &format!("attribute.{key}=={}", values::rsql_value(version))).await?;
        open.retain(|id| !confirm.contains(id));
        told.extend(confirm.into_iter().map(|id| (id, Own::Confirms)));
        let tell = named::targets(backend, &open, &format!("attribute.{key}==*")).await?;
        open.retain(|id| !tell.contains(id));
        for (place, id) in tell.into_iter().enumerate() {
            let own =
                if place < VALUES { value(backend, &id, key, version).await } else { Own::Differs("another version".into()) };
            told.insert(id, own);
        }
    }
    // Who tells nothing may still be known to have something else installed.
    let has = named::targets(backend, &open, &set("installedds")).await?;
    for id in &open {
        let own = if has.contains(id) { Own::NotTold } else { Own::Differs("another release is installed".into()) };
        told.insert(id.clone(), own);
    }
    Ok((told, backend.version_attribute.is_none().then(|| UNNAMED.into())))
}

/// What one host says that it runs. A list said that it is another one: where the value cannot be read, that stands.
async fn value(backend: &Hawkbit, id: &str, key: &str, version: &str) -> Own {
    let other = Own::Differs("another version".into());
    let Ok(path) = story::target_path(&HostId::new(backend.name.clone(), id)) else { return other };
    let read: Result<Read<BTreeMap<String, String>>, _> = backend.get(&format!("{path}/attributes"), &[]).await;
    let Some(attributes) = read.ok().and_then(|read| read.value) else { return other };
    match attributes.get(key) {
        // It said so between the two readings.
        Some(own) if own.eq_ignore_ascii_case(version) => Own::Confirms,
        Some(own) => Own::Differs(Text::new(own)),
        None => Own::NotTold,
    }
}
