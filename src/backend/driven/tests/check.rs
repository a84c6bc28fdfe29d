//! What a check of the config finds out about targets at the live system.

use super::*;

fn hosts(names: &[&str]) -> Target {
    Target::Hosts(names.iter().map(|&name| name.to_owned()).collect())
}

async fn found(rings: [Target; 3]) -> Vec<(Option<u32>, Vec<String>)> {
    let mut plan = plan(1);
    plan.apart = vec![vec!["web-1".into(), "web-2".into()]];
    plan.rings.push(plan.rings[1].clone());
    for (ring, target) in plan.rings.iter_mut().zip(rings) {
        ring.target = target;
    }
    let night = Driven::new(Script::new(NOW), vec![plan]);
    let seen = night.targets().await.expect("targets");
    assert!(night.executor.inside().sent.is_empty(), "a check begins nothing");
    seen.into_iter().map(|one| (one.hosts, one.wrong.iter().map(ToString::to_string).collect())).collect()
}

#[tokio::test]
async fn foreign_hosts_nodes_together_rings_that_overlap_and_targets_of_nobody_are_named() {
    let seen = found([hosts(&["web-1", "umbra-db-9"]), hosts(&["web-1", "web-2"]), Target::Expression("nobody".into())]).await;
    let wrong = |words: &[&str]| words.iter().map(|&words| words.to_owned()).collect::<Vec<_>>();
    assert_eq!(seen[0], (Some(1), wrong(&["not acme's there: umbra-db-9"])));
    assert_eq!(seen[1], (Some(2), wrong(&["also in ring pilot: web-1", "holds web-1 and web-2, which must stay apart"])));
    assert_eq!(seen[2], (Some(0), wrong(&["it means no host of acme"])));
}

#[tokio::test]
async fn a_plan_whose_targets_are_right_has_nothing_wrong() {
    let seen = found([hosts(&["web-1"]), hosts(&["web-2"]), Target::Expression("broad".into())]).await;
    assert_eq!(
        seen.iter().map(|(hosts, wrong)| (*hosts, wrong.len())).collect::<Vec<_>>(),
        [(Some(1), 0), (Some(1), 0), (Some(3), 0)]
    );
}
