//! The nights inside the binary, lived through without a server: what they promise is what they show.

mod bad_patch;
mod silent;

use rstest::rstest;

use super::super::action::Status;
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
#[case(400, None)]
#[case(2_000, None)]
#[case(10_000, None)]
#[case(2_000, Some(1))]
#[case(2_000, Some(2))]
#[case(2_000, Some(3))]
fn patch_tuesday_shows_what_it_promises(#[case] hosts: u32, #[case] seed: Option<u64>) {
    let mut world = night("patch-tuesday", Some(hosts), seed);
    let open: Vec<_> = states(&world);
    let status = |name: &str| open.iter().rfind(|row| row.0 == name).unwrap();
    assert_eq!(status("March tills").1, "running");
    assert_eq!(status("March storefront").1, "waiting_for_approval");
    assert_eq!(open.iter().filter(|row| row.1 == "waiting_for_approval").count(), 2);
    assert_eq!(status("March kiosks").1, "ready");
    assert_eq!(status("March office").1, "running");
    let finished = status("Firmware 4.2");
    assert_eq!(finished.1, "finished");
    assert!(finished.2.get(Bucket::Error) > 0 && finished.2.get(Bucket::Running) > 0, "{finished:?}");
    let stopped = open.iter().find(|row| row.1 == "stopped").unwrap();
    assert!(stopped.2.get(Bucket::Running) > 0, "{stopped:?}");
    // Twenty to forty seconds at the scenario's speed of ten.
    let seconds = seconds_until(&mut world, "March tills", "paused").unwrap();
    assert!((200..=400).contains(&seconds), "{seconds}");
}

/// Minutes from the opening to the cutoff of the customer that does not fit.
const CUTOFF: i64 = 55 * 60_000;

#[rstest]
#[case(2_000, None)]
#[case(2_000, Some(1))]
#[case(2_000, Some(2))]
#[case(2_000, Some(3))]
#[case(2_000, Some(4))]
#[case(400, None)]
#[case(10_000, None)]
fn about_a_third_of_the_gateways_has_not_begun_by_the_cutoff_and_they_come_at_an_even_pace(
    #[case] hosts: u32,
    #[case] seed: Option<u64>,
) {
    let mut world = night("patch-tuesday", Some(hosts), seed);
    let row = world.rollouts.iter().position(|rollout| rollout.name == "Gateway 8.4").unwrap();
    let left = |world: &World| world.rollouts[row].counts.get(Bucket::Scheduled);
    let total = f64::from(world.rollouts[row].counts.total());
    let (opened, before) = (world.now, f64::from(left(&world)));
    world.advance(opened + CUTOFF / 2);
    let half = f64::from(left(&world));
    world.advance(opened + CUTOFF);
    let late = f64::from(left(&world));
    assert!((0.25..=0.42).contains(&(late / total)), "{late} of {total} late");
    let (first, second) = (before - half, half - late);
    assert!((first - second).abs() <= 0.35 * first, "{first} began in the first half and {second} in the second");
    assert_eq!(world.rollouts[row].status.word(), "running");
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
