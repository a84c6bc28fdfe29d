//! From a scenario's `[salt]` table to a master at the instant the scenario opens.
//!
//! Scales fleets, deals rings and profiles out by weight, and lives through the evening event by event. Everything drawn
//! here comes from the seed.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::super::world::Millis;
use super::master::{Event, Master};
use super::minion::{Minion, Profile};
use super::night::{Fleet, Night};
use super::target::glob;
use crate::twin::scenario::Scenario;

/// The master of `night` with about `hosts` minions, lived up to `opens`.
pub(super) fn build(scenario: &Scenario, night: &Night, hosts: u64, seed: u64) -> Master {
    let begins = scenario.begins.as_millisecond();
    let opens = scenario.opens.as_millisecond();
    let mut master = Master::new(night.clone(), seed, begins);
    let mut random = SmallRng::seed_from_u64(seed);
    let whole = night.hosts().max(1);
    for (index, tenant) in night.tenant.iter().enumerate() {
        for fleet in &tenant.fleet {
            let count = (u64::from(fleet.hosts) * hosts).div_ceil(whole).max(1);
            master.add_fleet(index, fleet, count, &mut random);
        }
    }
    let offset = |by: jiff::SignedDuration| opens + by.as_millis() as Millis;
    for away in &night.away {
        for row in 0..master.minions.len() {
            if glob(&away.hosts, &master.minions[row].id) {
                master.at(offset(away.from).max(begins), Event::Gone(row));
                if let Some(to) = away.to {
                    master.at(offset(to), Event::Back(row));
                }
            }
        }
    }
    for freeze in &night.freeze {
        if let Some(tenant) = night.tenant.iter().position(|tenant| tenant.name == freeze.tenant) {
            master.at(offset(freeze.from).max(begins), Event::Freeze(tenant, true));
            if let Some(to) = freeze.to {
                master.at(offset(to), Event::Freeze(tenant, false));
            }
        }
    }
    for (nth, job) in night.job.iter().enumerate() {
        master.at(offset(job.at), Event::Script(nth));
    }
    master.scripts.clone_from(&night.job);
    if night.server.presence_s > 0 {
        master.at(begins, Event::Presence);
    }
    master.at(begins, Event::Sweep);
    master.advance(opens);
    master
}

impl Master {
    fn add_fleet(&mut self, tenant: usize, fleet: &Fleet, count: u64, random: &mut SmallRng) {
        let flavour = self.night.flavour[&fleet.flavour].clone();
        let mut pillar = self.night.tenant[tenant].pillar.clone();
        pillar.entry("tenant").or_insert_with(|| json!(self.night.tenant[tenant].name));
        pillar.insert("minion_blackout".to_owned(), json!(false));
        for nth in 0..count {
            let id = fleet.pattern.replace("{n}", &format!("{:02}", nth + 1));
            if self.by_id.contains_key(&id) {
                continue;
            }
            let mut minion = Minion::new(id.clone(), tenant, fleet, &flavour, pillar.clone());
            minion.grains.entry("tenant").or_insert_with(|| json!(self.night.tenant[tenant].name));
            if let Some(ring) = dealt(&fleet.rings, nth, count) {
                minion.grains.insert("ring".to_owned(), json!(ring));
            }
            if let Some(name) = drawn(fleet, random) {
                minion.profile = Profile::named(name, &flavour).unwrap_or(Profile::Success);
                minion.times = u32::from(fleet.once.iter().any(|once| once == name));
            }
            self.by_id.insert(id, self.minions.len());
            self.minions.push(minion);
        }
    }
}

/// The ring of host `nth` of `count`, by the weights in their order. The first ring has somebody in it.
fn dealt(rings: &[(String, u32)], nth: u64, count: u64) -> Option<&str> {
    let whole: u64 = rings.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut upto = 0;
    let ring = rings.iter().find(|(_, weight)| {
        upto += u64::from(*weight);
        nth * whole < upto * count
    });
    ring.map(|(name, _)| name.as_str())
}

fn drawn<'a>(fleet: &'a Fleet, random: &mut SmallRng) -> Option<&'a str> {
    let whole: u32 = fleet.profiles.values().sum();
    let mut left = (whole > 0).then(|| random.random_range(0..whole))?;
    for (name, weight) in &fleet.profiles {
        if left < *weight {
            return Some(name);
        }
        left -= weight;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_dealt_by_weight_and_the_first_one_is_never_empty() {
        let rings = [("pilot".to_owned(), 1), ("early".to_owned(), 2), ("broad".to_owned(), 3)];
        let dealt: Vec<_> = (0..6).filter_map(|nth| dealt(&rings, nth, 6)).collect();
        assert_eq!(dealt, ["pilot", "early", "early", "broad", "broad", "broad"]);
        assert_eq!(super::dealt(&rings, 0, 1), Some("pilot"));
        assert_eq!(super::dealt(&[], 0, 1), None);
    }
}
