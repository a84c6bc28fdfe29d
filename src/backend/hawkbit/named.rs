//! Lists about many named hosts: asked for in pieces that fit one request line, page by page.
//!
//! It reads jobs and says what a host's newest one is. Whether a verb fits is `retry`'s and `rollback`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::{action_status, actions};
use super::values::{controller_id, rsql_value};
use super::wire::{Action, Paged, Target};
use super::{Hawkbit, query, values};
use crate::backend::http::Read;
use crate::backend::http::address::encode;
use crate::backend::port::Trouble;
use crate::domain::{Release, Text};

/// Bytes of host ids in one request line: the server refuses a line of 8 KB with a page of its container.
const LINE: usize = 6_000;
/// The server's largest page.
const PAGE: usize = 500;

/// One job of one host.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: i64,
    pub host: String,
    /// The host's display name.
    pub name: Option<Text>,
    pub status: String,
    pub release: Option<Release>,
}

impl Job {
    fn read(action: &Action) -> Option<Self> {
        let link = action.links.distributionset.as_ref();
        Some(Self {
            id: action.id?,
            host: controller_id(action)?,
            name: action.links.target.as_ref().and_then(|link| values::text(link.name.as_deref())),
            status: action_status(action).to_owned(),
            release: link.and_then(|link| {
                let native = link.href.as_deref()?.rsplit('/').next()?;
                Some(Release { native: native.into(), name: link.name.as_deref().unwrap_or(native).into() })
            }),
        })
    }

    pub fn is_of(&self, release: Option<&Release>) -> bool {
        self.release.as_ref().map(|own| &own.native) == release.map(|release| &release.native)
    }

    /// The reading in words: `job 182, error`.
    pub fn source(&self) -> Text {
        Text::new(format!("job {}, {}", self.id, self.status))
    }
}

/// Ids in pieces, each short enough for a request line.
pub fn pieces<'a>(hosts: impl IntoIterator<Item = &'a str>, bytes: usize) -> Vec<Vec<&'a str>> {
    let mut pieces: Vec<Vec<&str>> = Vec::new();
    let mut room = 0;
    for host in hosts {
        // A comma or a quote is three bytes once encoded.
        let needs = encode(&rsql_value(host)).len() + 3;
        if needs > room || pieces.is_empty() {
            pieces.push(Vec::new());
            room = bytes;
        }
        room = room.saturating_sub(needs);
        if let Some(piece) = pieces.last_mut() {
            piece.push(host);
        }
    }
    pieces
}

/// `field=in=(a,b)`
pub fn among(field: &str, hosts: &[&str]) -> String {
    let values: Vec<String> = hosts.iter().map(|host| rsql_value(host)).collect();
    format!("{field}=in=({})", values.join(","))
}

/// Every job that `filter` finds, by ascending id. The list may grow while it is read: pages go by the last id.
pub async fn all(backend: &Hawkbit, filter: impl Fn(&str) -> String) -> Result<Vec<Job>, Trouble> {
    let (limit, mut last, mut jobs) = (PAGE.to_string(), 0, Vec::new());
    loop {
        let after = |status: &str| format!("{};id=gt={last}", filter(status));
        let rest = [("representation", "full"), ("sort", "id:ASC"), ("limit", limit.as_str())];
        let Some(page) = actions(backend, after, &rest).await?.value else { return Ok(jobs) };
        let found: Vec<Job> = page.content.iter().filter_map(Job::read).collect();
        let whole = page.content.len() < PAGE;
        let Some(newest) = page.content.iter().filter_map(|action| action.id).max().filter(|newest| *newest > last) else {
            return Ok(jobs);
        };
        last = newest;
        jobs.extend(found);
        if whole {
            return Ok(jobs);
        }
    }
}

/// The same about named hosts.
pub async fn of_hosts(backend: &Hawkbit, hosts: &BTreeSet<String>, filter: impl Fn(&str) -> String) -> Result<Vec<Job>, Trouble> {
    let mut jobs = Vec::new();
    for piece in pieces(hosts.iter().map(String::as_str), LINE) {
        let named = among("target.controllerid", &piece);
        jobs.extend(all(backend, |status| format!("{};{named}", filter(status))).await?);
    }
    // Whatever the server makes of the filter: a host that was not asked for never gets in.
    jobs.retain(|job| hosts.contains(&job.host));
    Ok(jobs)
}

/// The newest job of each of these jobs' hosts: the job itself, or one that came later.
pub async fn newest(backend: &Hawkbit, jobs: &[Job]) -> Result<BTreeMap<String, Job>, Trouble> {
    let mut newest: BTreeMap<String, Job> = BTreeMap::new();
    for job in jobs {
        keep_newer(&mut newest, job.clone());
    }
    let hosts: BTreeSet<String> = newest.keys().cloned().collect();
    let Some(first) = newest.values().map(|job| job.id).min() else { return Ok(newest) };
    for job in of_hosts(backend, &hosts, |_| format!("id=gt={first}")).await? {
        keep_newer(&mut newest, job);
    }
    Ok(newest)
}

fn keep_newer(newest: &mut BTreeMap<String, Job>, job: Job) {
    match newest.get(&job.host) {
        Some(known) if known.id >= job.id => {}
        _ => drop(newest.insert(job.host.clone(), job)),
    }
}

/// Which of these hosts the server knows and `filter` holds for. An empty filter asks only whether they are known.
pub async fn targets(backend: &Hawkbit, hosts: &BTreeSet<String>, filter: &str) -> Result<BTreeSet<String>, Trouble> {
    let found = found(backend, hosts, filter).await?;
    Ok(found.into_iter().filter_map(|target| target.controller_id).collect())
}

/// The same with what the list tells of each.
pub async fn found(backend: &Hawkbit, hosts: &BTreeSet<String>, filter: &str) -> Result<Vec<Target>, Trouble> {
    let mut found = Vec::new();
    for piece in pieces(hosts.iter().map(String::as_str), LINE) {
        let named = among("controllerid", &piece);
        let q = if filter.is_empty() { named } else { format!("{filter};{named}") };
        // A piece holds fewer ids than the smallest page that the server would cut it into.
        let (limit, mut offset) = (PAGE.to_string(), 0_usize);
        loop {
            let at = offset.to_string();
            let ask = query(&[("limit", &limit), ("offset", &at), ("sort", "controllerid:ASC"), ("q", &q)]);
            let read: Read<Paged<Target>> = backend.get("/targets", &ask).await?;
            let Some(page) = read.value else { break };
            found.extend(page.content.iter().cloned());
            offset += page.content.len();
            if page.content.is_empty() || offset as u64 >= page.total {
                break;
            }
        }
    }
    Ok(found)
}

/// The id of the newest job of all: what is made later has a higher one.
pub async fn mark(backend: &Hawkbit) -> Result<i64, Trouble> {
    let read: Read<Paged<Action>> = backend.get("/actions", &query(&[("limit", "1"), ("sort", "id:DESC")])).await?;
    Ok(read.value.and_then(|page| page.content.first().and_then(|action| action.id)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_host_stands_in_one_piece_and_no_piece_is_too_long(
            hosts in proptest::collection::vec("[a-z0-9;/ -]{1,40}", 0..400),
        ) {
            let cut = pieces(hosts.iter().map(String::as_str), 900);
            let joined: Vec<&str> = cut.iter().flatten().copied().collect();
            prop_assert_eq!(joined, hosts.iter().map(String::as_str).collect::<Vec<_>>());
            for piece in &cut {
                prop_assert!(!piece.is_empty());
                let line: usize = piece.iter().map(|host| encode(&rsql_value(host)).len() + 3).sum();
                prop_assert!(line <= 900 || piece.len() == 1);
            }
        }
    }
}
