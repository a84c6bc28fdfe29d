//! The system's own freezes as words about allowed times: hosts of rings that have not begun, by what says so.
//!
//! It asks nothing by itself: freezes are read with the board, seldom. A decision reads them again (`survey`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::picture::{Frozen, Picture};
use super::{Driven, Executor, read};
use crate::backend::port::{Facts, Observation, Trouble};
use crate::domain::{BackendWindow, BackendWord, HostId, Says, Source, Text};

const BY: &str = "freezes of hosts";

pub async fn of<E: Executor>(driven: &Driven<E>) -> Result<Observation, Trouble> {
    let reading = read::at_hand(driven).await?;
    let asked = reading.frozen.values().filter_map(|frozen| frozen.read).min();
    let blind = reading.frozen.values().find_map(|frozen| frozen.blind.as_ref());
    let word = BackendWord {
        windows: reading.pictures.iter().flat_map(|(plan, picture)| windows(picture, reading.frozen.get(plan))).collect(),
        unread: 0,
        blind: blind.map(|why| Text::new(format!("freezes of its own are not known: {why}"))),
    };
    let age = asked.map_or(Duration::ZERO, |at| at.elapsed());
    Ok(Observation { by: Source::new(BY), facts: Facts::Windows { word, age } })
}

/// One for each ring that has not begun and each thing that freezes hosts of it.
fn windows(picture: &Picture, frozen: Option<&Frozen>) -> Vec<BackendWindow> {
    let Some(frozen) = frozen.filter(|_| !picture.rollout.state.has_ended()) else { return Vec::new() };
    let mut found = Vec::new();
    for (wave, ring) in picture.waves.iter().zip(&picture.rings).filter(|(_, ring)| !ring.has_begun()) {
        let mut held: BTreeMap<&Text, BTreeSet<HostId>> = BTreeMap::new();
        for host in &ring.expected {
            let Some(why) = frozen.hosts.get(host) else { continue };
            held.entry(why).or_default().insert(HostId::new(wave.id.backend().clone(), host));
        }
        found.extend(held.into_iter().map(|(why, hosts)| BackendWindow {
            tenant: picture.rollout.tenant.clone(),
            rollout: Some(picture.rollout.id.clone()),
            wave: Some(wave.name.clone()),
            hosts,
            says: Says::Frozen,
            native: why.clone(),
        }));
    }
    found
}
