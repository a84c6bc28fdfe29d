//! What was tried on failed hosts after the job that failed. The server keeps listing that job as failed for ever, whatever
//! a later assignment came to.
//!
//! One request for as many hosts as an address has room for.

use std::collections::BTreeMap;

use super::dialect::actions;
use super::wire::Action;
use super::{Hawkbit, host, hosts, values};
use crate::backend::port::Trouble;
use crate::domain::{Attempt, HostId};

/// Bytes of host ids in one filter. Servers refuse request lines beyond 8 KB, and an id may grow threefold in an address.
const ROOM: usize = 2000;
/// The server's largest page.
const PAGE: &str = "500";

/// The later jobs of the hosts of `failed`, oldest first. Hosts without any are left out.
pub async fn of(backend: &Hawkbit, failed: &[Action]) -> Result<BTreeMap<HostId, Vec<Attempt>>, Trouble> {
    let mut newest: BTreeMap<String, i64> = BTreeMap::new();
    for action in failed {
        if let (Some(host), Some(id)) = (values::controller_id(action), action.id) {
            let known = newest.entry(host).or_insert(id);
            *known = (*known).max(id);
        }
    }
    let mut found = BTreeMap::new();
    for group in groups(&newest) {
        let oldest = group.iter().map(|(_, id)| **id).min().unwrap_or(0);
        let names: Vec<String> = group.iter().map(|(host, _)| values::rsql_value(host)).collect();
        let filter = |_: &str| format!("id=gt={oldest};target.controllerid=in=({})", names.join(","));
        let rest = [("representation", "full"), ("sort", "id:ASC"), ("limit", PAGE)];
        let Some(list) = actions(backend, filter, &rest).await.map_err(hosts::blind)?.value else { continue };
        for action in &list.content {
            let (Some(name), Some(id)) = (values::controller_id(action), action.id) else { continue };
            if newest.get(&name).is_none_or(|failed| id <= *failed) {
                continue;
            }
            let host = HostId::new(backend.name.clone(), &name);
            if let Some(attempt) = host::attempt(&host, action) {
                found.entry(host).or_insert_with(Vec::new).push(attempt);
            }
        }
    }
    Ok(found)
}

/// Hosts in groups whose ids have room in one address.
fn groups(hosts: &BTreeMap<String, i64>) -> Vec<Vec<(&String, &i64)>> {
    let mut groups: Vec<Vec<(&String, &i64)>> = Vec::new();
    let mut used = usize::MAX;
    for host in hosts {
        let cost = host.0.len() + 3;
        if used.saturating_add(cost) > ROOM {
            groups.push(Vec::new());
            used = 0;
        }
        used += cost;
        if let Some(group) = groups.last_mut() {
            group.push(host);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_asked_about_in_groups_that_fit_an_address() {
        let hosts: BTreeMap<String, i64> = (0..500).map(|number| (format!("till-{number:04}"), number)).collect();
        let groups = groups(&hosts);
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 500);
        assert!(groups.iter().all(|group| group.iter().map(|(host, _)| host.len() + 3).sum::<usize>() <= ROOM));
        assert!(groups.len() < 5);
    }

    #[test]
    fn one_host_is_one_group_however_long_its_id_is() {
        let hosts = BTreeMap::from([("x".repeat(3000), 1), ("y".to_owned(), 2)]);
        assert_eq!(groups(&hosts).len(), 2);
    }
}
