//! From a scenario to a world at the instant the scenario opens.
//!
//! Scales fleets, writes the months before, then lives through the evening up to `opens` event by event. Everything that
//! is drawn here comes from the seed.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::action::{Action, Status};
use super::fate::Failures;
use super::release::Release;
use super::rollout::{Audit, GroupStatus, RolloutStatus};
use super::target::{Target, UpdateStatus};
use super::verbs::{NewGroup, NewRollout};
use super::{Millis, Tenant, World};
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
        steps: Vec::new(),
        queue: BinaryHeap::new(),
        sequence: 0,
        round_at: None,
    };
    let mut random = SmallRng::seed_from_u64(seed);
    let sizes = scaled(scenario, hosts);
    for (index, (tenant, sizes)) in scenario.tenant.iter().zip(&sizes).enumerate() {
        world.add_tenant(scenario, tenant, begins);
        for (fleet, count) in tenant.fleet.iter().zip(sizes) {
            world.add_fleet(index, fleet, *count, begins, &mut random);
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

    fn add_fleet(&mut self, tenant: usize, fleet: &scenario::Fleet, count: u32, begins: Millis, random: &mut SmallRng) {
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
            if random.random::<f64>() * 100.0 < fleet.away {
                target.update_status = UpdateStatus::Unknown;
                target.silent_since = Some(begins - random.random_range(DAY / 24..30 * DAY));
            }
            self.by_controller_id.insert((tenant, controller_id), index);
            self.tenants[tenant].targets.push(index);
            self.targets.push(target);
        }
    }

    /// A finished rollout of an earlier month, written down without living through it.
    fn add_past(&mut self, tenant: usize, past: &scenario::Past, opens: Millis, random: &mut SmallRng) -> Result<(), String> {
        let release = self.release_named(tenant, &past.release);
        let members = self.members_of(tenant, &past.fleets);
        let filter = filter(&past.fleets);
        let until = self.now;
        self.now = opens - i64::from(past.days_ago) * DAY;
        let started = self.now + 60_000;
        let group = NewGroup {
            name: "group-1".to_owned(),
            description: "group-1".to_owned(),
            filter: String::new(),
            share: 100.0,
            success: "50".to_owned(),
            error: "50".to_owned(),
            gate: false,
            behaviour: self.tenants[tenant].again,
            members: members.clone(),
        };
        let new = NewRollout {
            tenant,
            name: past.name.clone(),
            description: None,
            filter,
            release,
            start_at: None,
            exempt: true,
            groups: vec![group],
        };
        let rollout = self.create(new, ADMIN).map_err(|refused| format!("rollout {}: {refused:?}", past.name))?;
        let group = self.rollouts[rollout].groups[0];
        self.groups[group].members.clear();
        self.rollouts[rollout].filled_at = started;
        for target in members {
            let fetched = started + random.random_range(0..self.poll_millis());
            let ended = fetched + random.random_range(60_000..900_000);
            let mut audit = Audit::new(started, ADMIN);
            audit.touch(started, ADMIN);
            let action = self.add_action(Action {
                tenant,
                target,
                release,
                group: Some(group),
                status: Status::Finished,
                soft: false,
                cancelled_at: None,
                skipped: false,
                told_at: Some(started),
                fetched_at: Some(fetched),
                ended_at: Some(ended),
                failure: None,
                code: None,
                window: None,
                audit,
            });
            self.groups[group].actions.push(action);
            self.count_new(action);
            let machine = &mut self.targets[target];
            machine.installed = Some(release);
            machine.assigned = Some(release);
            machine.installed_at = Some(ended);
            machine.update_status = UpdateStatus::InSync;
            machine.audit.touch(started, ADMIN);
        }
        self.groups[group].status = GroupStatus::Finished;
        self.groups[group].audit.touch(started + 1_500_000, super::SYSTEM);
        self.rollouts[rollout].status = RolloutStatus::Finished;
        self.rollouts[rollout].audit.touch(started + 1_500_000, super::SYSTEM);
        self.now = until;
        Ok(())
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
mod tests {
    use rstest::rstest;

    use super::super::counts::Bucket;
    use super::*;

    fn night(name: &str, hosts: Option<u32>, seed: Option<u64>) -> World {
        let scenario = Scenario::read(crate::twin::builtin(name).unwrap()).unwrap();
        build(&scenario, hosts.unwrap_or(scenario.hosts), seed.unwrap_or(scenario.seed)).unwrap()
    }

    fn states(world: &World) -> Vec<(String, &'static str, super::super::counts::Counts)> {
        let row = |rollout: &super::super::rollout::Rollout| (rollout.name.clone(), rollout.status.word(), rollout.counts);
        world.rollouts.iter().map(row).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_night() {
        assert_eq!(states(&night("patch-tuesday", None, None)), states(&night("patch-tuesday", None, None)));
        assert_ne!(states(&night("patch-tuesday", None, Some(1))), states(&night("patch-tuesday", None, Some(2))));
    }

    #[test]
    fn in_how_many_strides_time_passes_changes_nothing() {
        let (mut once, mut often) = (night("patch-tuesday", None, None), night("patch-tuesday", None, None));
        let until = once.now + 1_800_000;
        once.advance(until);
        while often.now < until {
            often.advance((often.now + 777).min(until));
        }
        assert_eq!(states(&once), states(&often));
    }

    #[test]
    fn fleets_are_scaled_and_counters_add_up() {
        for hosts in [300, 2_000, 5_000] {
            let world = night("patch-tuesday", Some(hosts), None);
            assert_eq!(world.targets.len(), hosts as usize);
            for rollout in &world.rollouts {
                let groups: u32 = rollout.groups.iter().map(|group| world.groups[*group].counts.total()).sum();
                assert_eq!(rollout.counts.total(), groups, "{}", rollout.name);
            }
        }
    }

    #[test]
    fn counters_are_what_counting_the_actions_would_give() {
        let mut world = night("patch-tuesday", None, None);
        world.advance(world.now + 900_000);
        for (index, group) in world.groups.iter().enumerate() {
            let failed = group.actions.iter().filter(|action| world.actions[**action].status == Status::Error).count();
            let active = group.actions.iter().filter(|action| world.actions[**action].status.active()).count();
            assert_eq!(group.counts.get(Bucket::Error) as usize, failed, "group {index}");
            assert_eq!(group.counts.get(Bucket::Running) as usize, active, "group {index}");
        }
    }

    /// Seconds from opening until this rollout has this status; none within an hour.
    fn seconds_until(world: &mut World, name: &str, status: &str) -> Option<i64> {
        let opened = world.now;
        let rollout = world.rollouts.iter().position(|rollout| rollout.name == name).unwrap();
        while world.rollouts[rollout].status.word() != status && world.now < opened + 3_600_000 {
            world.advance(world.now + 1_000);
        }
        (world.rollouts[rollout].status.word() == status).then_some((world.now - opened) / 1000)
    }

    #[rstest]
    #[case(400)]
    #[case(2_000)]
    #[case(10_000)]
    fn patch_tuesday_shows_what_it_promises(#[case] hosts: u32) {
        let mut world = night("patch-tuesday", Some(hosts), None);
        let open: Vec<_> = states(&world);
        let status = |name: &str| open.iter().rfind(|row| row.0 == name).unwrap();
        assert_eq!(status("December tills").1, "running");
        assert_eq!(open.iter().filter(|row| row.1 == "waiting_for_approval").count(), 1);
        assert_eq!(status("December kiosks").1, "ready");
        let finished = status("Firmware 4.2");
        assert_eq!(finished.1, "finished");
        assert!(finished.2.get(Bucket::Error) > 0 && finished.2.get(Bucket::Running) > 0, "{finished:?}");
        let stopped = open.iter().find(|row| row.1 == "stopped").unwrap();
        assert!(stopped.2.get(Bucket::Running) > 0, "{stopped:?}");
        // Twenty to forty seconds at the scenario's speed of ten.
        let seconds = seconds_until(&mut world, "December tills", "paused").unwrap();
        assert!((200..=400).contains(&seconds), "{seconds}");
    }

    #[test]
    fn in_the_calm_night_nothing_fails_and_nothing_waits() {
        let mut world = night("calm", None, None);
        for _ in 0..60 {
            for (name, status, counts) in states(&world) {
                assert!(matches!(status, "running" | "finished"), "{name} {status}");
                assert_eq!(counts.get(Bucket::Error), 0, "{name}");
            }
            world.advance(world.now + 60_000);
        }
    }

    #[test]
    fn in_the_steady_night_a_hundred_hosts_end_every_second_for_over_a_minute() {
        let mut world = night("steady", None, None);
        let done = |world: &World| world.rollouts[1].counts.get(Bucket::Finished);
        world.advance(world.now + 5_000);
        for _ in 0..8 {
            let before = done(&world);
            world.advance(world.now + 10_000);
            let pace = (done(&world) - before) / 10;
            assert!((80..=120).contains(&pace), "{pace} hosts a second");
        }
    }
}
