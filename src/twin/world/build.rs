//! From a scenario to a world at the instant the scenario opens.
//!
//! Scales fleets, writes the months before, then lives through the evening up to `opens` event by event. Everything that
//! is drawn here comes from the seed.

mod past;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::assign::Wanted;
use super::fate::Failures;
use super::making::{NewGroup, NewRollout};
use super::release::Release;
use super::rollout::Audit;
use super::target::{Target, UpdateStatus};
use super::window::Window;
use super::{Event, Millis, Tenant, World};
use crate::twin::due::Due;
use crate::twin::scenario::{self, Scenario};

const DAY: Millis = 86_400_000;
/// The login that set the tenants up.
const ADMIN: &str = "admin";

/// The world of `scenario` with `hosts` hosts, lived up to `opens`.
///
/// # Errors
/// What the scenario asks for and the server would refuse, in words.
pub fn build(scenario: &Scenario, hosts: u32, seed: u64) -> Result<World, String> {
    let begins = scenario.begins.as_millisecond();
    let opens = scenario.opens.as_millisecond();
    let mut world = World {
        now: begins,
        seed,
        settings: scenario.server.clone(),
        tenants: Vec::new(),
        releases: Vec::new(),
        targets: Vec::new(),
        rollouts: Vec::new(),
        groups: Vec::new(),
        actions: Vec::new(),
        behaviours: scenario.behaviour.values().cloned().collect(),
        failures: Failures::new(&scenario.failure, &scenario.mix),
        by_controller_id: HashMap::new(),
        fixes: scenario.event.iter().map(|event| (event.fix.clone(), offset(opens, event.at))).collect(),
        steps: Vec::new(),
        due: Due::new(),
        round_at: None,
    };
    let mut random = SmallRng::seed_from_u64(seed);
    let sizes = scaled(scenario, hosts);
    for (index, (tenant, sizes)) in scenario.tenant.iter().zip(&sizes).enumerate() {
        world.add_tenant(scenario, tenant, begins);
        for (fleet, count) in tenant.fleet.iter().zip(sizes) {
            world.add_fleet(index, fleet, *count, (begins, opens), &mut random);
        }
        let targets = &world.targets;
        world.tenants[index].targets.sort_by(|a, b| targets[*a].controller_id.cmp(&targets[*b].controller_id));
    }
    let mut past: Vec<(usize, &scenario::Past)> = each(scenario, |tenant| &tenant.past);
    past.sort_by_key(|(_, past)| std::cmp::Reverse(past.days_ago));
    for (tenant, past) in past {
        world.add_past(tenant, past, opens, &mut random)?;
    }
    let mut tonight: Vec<(usize, &scenario::Rollout)> = each(scenario, |tenant| &tenant.rollout);
    tonight.sort_by_key(|(_, rollout)| rollout.created);
    for (tenant, rollout) in tonight {
        world.advance(offset(opens, rollout.created).clamp(begins, opens));
        world.add_rollout(scenario, tenant, rollout, opens)?;
    }
    let mut assigned: Vec<(usize, &scenario::Assigned)> = each(scenario, |tenant| &tenant.assigned);
    assigned.sort_by_key(|(_, assigned)| assigned.at);
    for (tenant, assigned) in assigned {
        world.advance(offset(opens, assigned.at).clamp(begins, opens));
        world.add_assigned(tenant, assigned)?;
    }
    world.advance(opens);
    Ok(world)
}

fn each<'a, T>(scenario: &'a Scenario, rows: impl Fn(&'a scenario::Tenant) -> &'a Vec<T>) -> Vec<(usize, &'a T)> {
    let tenants = scenario.tenant.iter().enumerate();
    tenants.flat_map(|(index, tenant)| rows(tenant).iter().map(move |row| (index, row))).collect()
}

fn offset(opens: Millis, by: SignedDuration) -> Millis {
    opens + by.as_millis() as Millis
}

/// Fleet sizes in proportion; their sum is `hosts` unless a fleet would be left without any.
fn scaled(scenario: &Scenario, hosts: u32) -> Vec<Vec<u32>> {
    let whole: u64 = scenario.tenant.iter().flat_map(|tenant| &tenant.fleet).map(|fleet| u64::from(fleet.hosts)).sum();
    let (mut before, mut given) = (0u64, 0u64);
    let mut size = |fleet: &scenario::Fleet| {
        before += u64::from(fleet.hosts);
        let upto = (before * u64::from(hosts) + whole / 2) / whole.max(1);
        let count = upto.saturating_sub(given).max(1);
        given += count;
        count as u32
    };
    scenario.tenant.iter().map(|tenant| tenant.fleet.iter().map(&mut size).collect()).collect()
}

impl World {
    fn add_tenant(&mut self, scenario: &Scenario, tenant: &scenario::Tenant, begins: Millis) {
        let index = self.tenants.len();
        let mut releases = Vec::new();
        for (nth, release) in (0..).zip(&tenant.release) {
            releases.push(self.releases.len());
            self.releases.push(Release {
                tenant: index,
                name: release.name.clone(),
                version: release.version.clone(),
                description: release.description.clone(),
                going_back: release.going_back.as_ref().map(|name| behaviour(scenario, name)),
                valid: true,
                locked: false,
                audit: Audit::new(begins - 60 * DAY + nth * 1_000, ADMIN),
            });
        }
        self.tenants.push(Tenant {
            approval: tenant.approval,
            approval_set: (begins - 90 * DAY, ADMIN.to_owned()),
            again: behaviour(scenario, &tenant.again),
            targets: Vec::new(),
            rollouts: Vec::new(),
            releases,
            actions: Vec::new(),
        });
    }

    fn add_fleet(
        &mut self,
        tenant: usize,
        fleet: &scenario::Fleet,
        count: u32,
        (begins, opens): (Millis, Millis),
        random: &mut SmallRng,
    ) {
        let version_attribute: Option<Arc<str>> = fleet.version_attribute.as_deref().map(Into::into);
        let attributes = Arc::new(fleet.attributes.clone());
        let poll = self.poll_millis();
        for nth in 0..count {
            let controller_id = filled(&fleet.pattern, fleet, nth);
            let name = match &fleet.shown_as {
                Some(other) if nth % fleet.shown_every.max(1) == 0 => filled(other, fleet, nth),
                _ => controller_id.clone(),
            };
            let index = self.targets.len();
            let address = format!("10.{}.{}.{}", 20 + tenant, index / 250 % 250, 1 + index % 250);
            let audit = Audit::new(begins - 300 * DAY + Millis::from(nth), ADMIN);
            let description = filled(&fleet.description, fleet, nth);
            let mut target =
                Target::new(tenant, controller_id.clone(), name, &fleet.group, description, address, attributes.clone(), audit);
            target.phase = random.random_range(0..poll);
            target.version_attribute.clone_from(&version_attribute);
            if random.random::<f64>() * 100.0 < fleet.away {
                target.update_status = UpdateStatus::Unknown;
                target.silent_since = Some(begins - random.random_range(DAY / 24..30 * DAY));
                if let Some(back) = fleet.back {
                    let at = offset(opens, back.mul_f64(random.random()));
                    self.at(at, Event::Back(index));
                }
            }
            self.by_controller_id.entry((tenant, controller_id.to_lowercase())).or_default().push(index);
            self.tenants[tenant].targets.push(index);
            self.targets.push(target);
        }
    }

    fn add_rollout(
        &mut self,
        scenario: &Scenario,
        tenant: usize,
        rollout: &scenario::Rollout,
        opens: Millis,
    ) -> Result<(), String> {
        let mut taken: HashSet<usize> = HashSet::new();
        let mut groups = Vec::new();
        let mut fleets: Vec<String> = Vec::new();
        for wave in &rollout.wave {
            let mut members = self.members_of(tenant, &wave.fleets);
            members.retain(|target| !taken.contains(target));
            let count = (members.len() as f64 * wave.share / 100.0).ceil() as usize;
            members.truncate(count);
            taken.extend(&members);
            fleets.extend(wave.fleets.iter().filter(|fleet| !fleets.contains(fleet)).cloned().collect::<Vec<_>>());
            groups.push(NewGroup {
                name: wave.name.clone(),
                description: format!("ring {}", wave.name),
                filter: filter(&wave.fleets),
                share: wave.share,
                success: wave.success.clone(),
                error: wave.error.clone(),
                gate: wave.gate,
                behaviour: behaviour(scenario, wave.behaviour.as_ref().unwrap_or(&rollout.behaviour)),
                members,
            });
        }
        let new = NewRollout {
            tenant,
            name: rollout.name.clone(),
            description: rollout.description.clone(),
            filter: filter(&fleets),
            release: self.release_named(tenant, &rollout.release),
            start_at: rollout.start_at.map(|at| offset(opens, at)),
            exempt: false,
            groups,
        };
        let made = self.create(new, &rollout.by).map_err(|refused| format!("rollout {}: {refused:?}", rollout.name))?;
        self.steps[made].clone_from(&rollout.step);
        self.queue_steps(made, opens);
        Ok(())
    }

    fn add_assigned(&mut self, tenant: usize, assigned: &scenario::Assigned) -> Result<(), String> {
        let wrong = |why: &str| format!("assignment of {}: {why}", assigned.release);
        let window = |asked: &scenario::Maintenance| {
            Window::checked(&asked.schedule, &asked.duration, &asked.timezone, self.now).map_err(wrong)
        };
        let window = assigned.window.as_ref().map(window).transpose()?;
        let members = self.members_of(tenant, std::slice::from_ref(&assigned.fleet));
        let wanted = members.into_iter().take(assigned.hosts as usize).map(|target| Wanted {
            controller_id: self.targets[target].controller_id.clone(),
            soft: false,
            window: window.clone(),
        });
        let (wanted, release) = (wanted.collect(), self.release_named(tenant, &assigned.release));
        self.assign(tenant, release, wanted, &assigned.by).map_err(|refused| wrong(&format!("{refused:?}")))?;
        Ok(())
    }

    fn members_of(&self, tenant: usize, fleets: &[String]) -> Vec<usize> {
        let there = |target: &usize| {
            let target = &self.targets[*target];
            target.tenant == tenant && fleets.contains(&target.group)
        };
        (0..self.targets.len()).filter(there).collect()
    }

    fn release_named(&self, tenant: usize, label: &str) -> usize {
        let releases = &self.tenants[tenant].releases;
        releases.iter().copied().find(|release| self.releases[*release].label() == label).unwrap_or_default()
    }
}

fn behaviour(scenario: &Scenario, name: &str) -> usize {
    scenario.behaviour.keys().position(|known| known == name).unwrap_or_default()
}

fn filter(fleets: &[String]) -> String {
    match fleets {
        [one] => format!("group=={one}"),
        many => format!("group=in=({})", many.join(",")),
    }
}

/// Fills `{site}` and `{n}`; `n` counts within the site.
fn filled(pattern: &str, fleet: &scenario::Fleet, nth: u32) -> String {
    let sites = fleet.sites.len().max(1);
    let site = fleet.sites.get(nth as usize % sites).map_or("", String::as_str);
    pattern.replace("{site}", site).replace("{n}", &format!("{:04}", nth as usize / sites + 1))
}

/// The instant a timestamp in milliseconds stands for; the world never leaves jiff's range.
pub fn instant(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
