//! The night of the bad patch: two new signatures over ordinary noise, retries that help some, a way back that some refuse.

use rstest::rstest;

use super::super::super::action::Status;
use super::super::super::assign::Wanted;
use super::{World, night, seconds_until};

const MINUTE: i64 = 60_000;

/// Whether an action failed in one of the ways only this release fails in.
fn is_new(world: &World, action: usize) -> bool {
    failed_with(world, action, "selfcheck") || failed_with(world, action, "edge-agentd")
}

/// Whether an action failed with these words in its form.
fn failed_with(world: &World, action: usize, words: &str) -> bool {
    let failure = world.actions[action].failure.filter(|_| world.actions[action].status == Status::Error);
    failure.is_some_and(|failure| world.failures.messages(failure).iter().any(|form| form.contains(words)))
}

/// The ended actions of tonight's rollouts.
fn ended(world: &World) -> Vec<usize> {
    let tonight = |action: &usize| {
        let row = &world.actions[*action];
        row.group.is_some_and(|group| world.rollouts[world.groups[group].rollout].name.starts_with("December"))
            && matches!(row.status, Status::Finished | Status::Error)
    };
    (0..world.actions.len()).filter(tonight).collect()
}

/// Sends a release to the targets of these actions and lets them all end.
fn send(world: &mut World, actions: &[usize], release: impl Fn(&World, usize) -> usize) -> Vec<usize> {
    let mut sent = Vec::new();
    for action in actions {
        let row = &world.actions[*action];
        let (tenant, controller_id) = (row.tenant, world.targets[row.target].controller_id.clone());
        let release = release(world, *action);
        let wanted = Wanted { controller_id, soft: false, window: None };
        sent.extend(world.assign(tenant, release, vec![wanted], "x").unwrap().actions);
    }
    world.advance(world.now + 20 * MINUTE);
    sent
}

fn same(world: &World, action: usize) -> usize {
    world.actions[action].release
}

#[rstest]
#[case(300, None, 4.0)]
#[case(2_000, None, 2.0)]
#[case(10_000, None, 1.0)]
#[case(2_000, Some(1), 2.0)]
#[case(2_000, Some(2), 2.0)]
#[case(2_000, Some(3), 2.0)]
fn within_a_minute_of_watching_both_new_failures_are_there_at_two_customers_and_more(
    #[case] hosts: u32,
    #[case] seed: Option<u64>,
    #[case] off: f64,
) {
    let mut world = night("bad-patch", Some(hosts), seed);
    world.advance(world.now + 10 * MINUTE);
    let ended = ended(&world);
    let share = |count: usize| count as f64 * 100.0 / ended.len() as f64;
    let failed: Vec<usize> = ended.iter().copied().filter(|action| world.actions[*action].status == Status::Error).collect();
    let new = failed.iter().filter(|action| is_new(&world, **action)).count();
    assert!((share(new) - 8.0).abs() <= off, "{new} new of {}", ended.len());
    assert!((share(failed.len() - new) - 5.0).abs() <= off, "{} ordinary of {}", failed.len() - new, ended.len());
    for words in ["selfcheck", "edge-agentd"] {
        let of =
            |tenant: usize| failed.iter().any(|row| world.actions[*row].tenant == tenant && failed_with(&world, *row, words));
        assert!((0..3).filter(|tenant| of(*tenant)).count() >= 2, "{words}");
    }
}

#[test]
fn the_strict_customer_is_paused_by_its_own_limit_within_the_minute_and_the_others_run_on() {
    let mut world = night("bad-patch", None, None);
    let seconds = seconds_until(&mut world, "December tills", "paused").unwrap();
    assert!(seconds <= 600, "{seconds}");
    let status = |name: &str| world.rollouts.iter().find(|rollout| rollout.name == name).unwrap().status.word();
    assert_eq!([status("December servers"), status("December kiosks")], ["running", "running"]);
    assert_eq!(status("December gateways"), "waiting_for_approval");
}

#[test]
fn another_try_helps_against_a_lock_after_a_while_and_never_against_the_new_ones() {
    let mut world = night("bad-patch", None, None);
    let old = world.now - 5 * MINUTE;
    let locked = |world: &World, action: &usize| {
        let early = world.actions[*action].ended_at.is_some_and(|at| at < old);
        early && ["Could not get lock", "rpm.lock"].iter().any(|words| failed_with(world, *action, words))
    };
    let locks: Vec<usize> = ended(&world).into_iter().filter(|action| locked(&world, action)).collect();
    let new: Vec<usize> = ended(&world).into_iter().filter(|action| is_new(&world, *action)).collect();
    assert!(locks.len() >= 5 && new.len() >= 20, "{} {}", locks.len(), new.len());
    let again = send(&mut world, &locks, same);
    let well = again.iter().filter(|action| world.actions[**action].status == Status::Finished).count();
    assert!(again.len() == locks.len() && well + 1 >= again.len(), "{well} of {}", locks.len());
    let again = send(&mut world, &new, same);
    for (first, second) in new.iter().zip(&again) {
        assert_eq!(world.actions[*first].failure, world.actions[*second].failure, "the same host, the same cause");
    }
}

#[test]
fn a_full_disk_stays_full_until_it_is_cleaned() {
    let mut world = night("bad-patch", Some(10_000), None);
    let full: Vec<usize> = ended(&world).into_iter().filter(|action| failed_with(&world, *action, "No space left")).collect();
    assert!(full.len() >= 10, "{}", full.len());
    let mut early = Vec::new();
    for action in &full {
        let (tenant, release) = (world.actions[*action].tenant, world.actions[*action].release);
        let controller_id = world.targets[world.actions[*action].target].controller_id.clone();
        early.extend(
            world.assign(tenant, release, vec![Wanted { controller_id, soft: false, window: None }], "x").unwrap().actions,
        );
    }
    // Whoever fetches the job before the eight minutes are over meets the same.
    world.advance(world.now + 7 * MINUTE);
    for action in &early {
        assert_eq!(world.actions[*action].status, Status::Error, "{action}");
    }
    world.advance(world.now + 2 * MINUTE);
    let late = send(&mut world, &early, same);
    let well = late.iter().filter(|action| world.actions[**action].status == Status::Finished).count();
    assert!(well * 10 >= late.len() * 9, "{well} of {}", late.len());
}

#[test]
fn most_hosts_go_back_and_one_in_eight_refuses_in_words_of_its_own() {
    let mut world = night("bad-patch", Some(10_000), None);
    let well: Vec<usize> = ended(&world).into_iter().filter(|a| world.actions[*a].status == Status::Finished).take(800).collect();
    let back = send(&mut world, &well, |world, action| world.actions[action].release - 1);
    assert_eq!(back.len(), well.len(), "another release is never `already assigned`");
    let refused: Vec<usize> = back.iter().copied().filter(|action| world.actions[*action].status == Status::Error).collect();
    let share = refused.len() as f64 / back.len() as f64;
    assert!((share - 0.12).abs() < 0.04, "{share}");
    for action in refused {
        let row = &world.actions[action];
        assert_eq!(world.targets[row.target].installed, Some(row.release + 1), "it keeps what it has");
        let said = world.history(action).pop().unwrap().messages.join(" ");
        assert!(["downgrade", "DOWNGRADED", "anti-rollback"].iter().any(|word| said.contains(word)), "{said}");
    }
}

#[test]
fn failed_hosts_have_nothing_to_go_back_from() {
    let mut world = night("bad-patch", None, None);
    let new: Vec<usize> = ended(&world).into_iter().filter(|action| is_new(&world, *action)).take(40).collect();
    for action in &new {
        let target = &world.targets[world.actions[*action].target];
        assert_eq!((target.assigned, target.installed), (None, Some(world.actions[*action].release - 1)));
    }
    let back = send(&mut world, &new, |world, action| world.actions[action].release - 1);
    assert_eq!(back.len(), new.len(), "the server asks the device although it has it");
    let well = back.iter().filter(|action| world.actions[**action].status == Status::Finished).count();
    assert!(well + 3 >= back.len(), "{well} of {}", back.len());
}
