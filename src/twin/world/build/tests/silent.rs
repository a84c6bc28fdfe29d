//! The silent night: what is reported, what devices say of themselves, and who says nothing.

use rstest::rstest;

use super::super::super::action::Status;
use super::{World, night, states};

const MINUTE: i64 = 60_000;

/// Hosts that the server shows on a release and that run another.
fn disagree(world: &World, tenant: usize) -> Vec<usize> {
    let wrong = |target: &usize| {
        let target = &world.targets[*target];
        target.installed.is_some() && target.installed != target.runs
    };
    world.tenants[tenant].targets.iter().copied().filter(wrong).collect()
}

/// Open actions of a rollout by what their device does: at work, in a restart, hung in the installation, not back from a restart.
fn open(world: &World, name: &str) -> [usize; 4] {
    let rollout = world.rollouts.iter().find(|rollout| rollout.name == name).unwrap();
    let mut counts = [0; 4];
    for action in rollout.groups.iter().flat_map(|group| &world.groups[*group].actions) {
        let row = &world.actions[*action];
        let (Some(fate), Some(fetched), true) = (row.fate, row.fetched_at, row.status == Status::Retrieved) else {
            continue;
        };
        let restarting = fate.restarts_after.is_some_and(|after| fetched + after < world.now);
        let gone = world.targets[row.target].silent_since.is_some_and(|since| since < world.now);
        counts[usize::from(restarting) + 2 * usize::from(gone)] += 1;
    }
    counts
}

#[rstest]
#[case(1_200, None)]
#[case(5_000, None)]
#[case(1_200, Some(1))]
#[case(1_200, Some(2))]
fn the_finished_rollout_holds_hosts_whose_own_word_differs_and_hosts_without_a_word(
    #[case] hosts: u32,
    #[case] seed: Option<u64>,
) {
    let world = night("silent", Some(hosts), seed);
    let tills = world.tenants[0].targets.len();
    let states = states(&world);
    let state = |name: &str| states.iter().find(|row| row.0 == name).unwrap().1;
    assert_eq!(
        ["Image 11.5", "Scales 3.2", "December office", "December labs"].map(state),
        ["finished", "running", "running", "ready"]
    );
    let wrong = disagree(&world, 0);
    let share = wrong.len() as f64 * 100.0 / tills as f64;
    assert!((2.0..=6.0).contains(&share), "{} of {tills}", wrong.len());
    for target in &wrong {
        let own = world.attribute(*target, "sw_version").unwrap();
        let assigned = world.targets[*target].assigned.map(|release| world.releases[release].version.as_str());
        assert!(matches!((own, assigned), ("11.4", Some("11.5")) | ("3.1", Some("3.2"))), "{own} {assigned:?}");
    }
    let [_, _, stuck, lost] = open(&world, "Scales 3.2");
    assert!(stuck >= 3 && lost >= 3, "{stuck} stuck, {lost} not back");
    let away = world.tenants[0].targets.iter().filter(|target| {
        world.targets[**target]
            .actions
            .iter()
            .any(|action| world.actions[*action].status == Status::Running && world.actions[*action].fetched_at.is_none())
    });
    assert!(away.count() >= 5, "some never answered");
}

#[test]
fn within_a_minute_hosts_are_seen_restarting_and_come_back_and_away_ones_catch_up() {
    let mut world = night("silent", None, None);
    let mut most = 0;
    let away = |world: &World| {
        world.tenants[1]
            .targets
            .iter()
            .filter(|t| world.targets[**t].silent_since.is_some_and(|at| at < world.now - 120 * MINUTE))
            .count()
    };
    let before = away(&world);
    for _ in 0..10 {
        world.advance(world.now + MINUTE);
        most = most.max(open(&world, "December office")[1]);
    }
    assert!(most >= 5, "{most} restarting at once");
    world.advance(world.now + 31 * MINUTE);
    assert!(before >= 10 && away(&world) == 0, "{before} were away, {} are", away(&world));
}

#[test]
fn a_restart_is_told_once_and_the_report_comes_after_it() {
    let world = night("silent", None, None);
    let rollout = world.rollouts.iter().position(|rollout| rollout.name == "Image 11.5").unwrap();
    let actions = world.rollouts[rollout].groups.iter().flat_map(|group| &world.groups[*group].actions);
    let mut ended = 0;
    for action in actions {
        let history = world.history(*action);
        let told: Vec<usize> = (0..history.len()).filter(|at| history[*at].messages == ["installed, restarting"]).collect();
        assert!(history.windows(2).all(|pair| pair[0].reported_at <= pair[1].reported_at), "{history:?}");
        if world.actions[*action].status == Status::Finished {
            assert_eq!(told, [history.len() - 2], "{history:?}");
            ended += 1;
        }
    }
    assert!(ended > 300);
}
