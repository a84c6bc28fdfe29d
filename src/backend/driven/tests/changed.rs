//! A plan that changes under a live id: nothing begins, and the difference is told.

use std::sync::Arc;

use super::kept::{Drawer, keeping};
use super::*;

fn changed() -> RingPlan {
    let mut changed = plan(1);
    changed.run.fun = "patch.other".into();
    changed.rings[1].gate.done = Some(Limit::Share(50));
    changed.rings.push(Ring { name: "late".into(), after: vec![1], ..changed.rings[1].clone() });
    changed.name = "the shown name is no part of it".into();
    changed
}

#[tokio::test]
async fn a_plan_that_changed_under_its_id_begins_no_further_ring_and_its_parts_are_named() {
    let night = night(1);
    pilot_done(&night).await;
    let night = Driven::new(night.executor, vec![changed()]);
    for verb in [Verb::Resume, Verb::Advance, Verb::Retry] {
        let refused = carry(&night, verb, 2).await.expect_err("a refusal");
        let words = "the plan 2026-12-a1 is not the one its jobs were made from: run is another, patch.other here; \
                     gate of ring broad is another, done 50 %, failed 0, soak 60 s, persons 1 here; ring late is new";
        assert_eq!(refused, words);
    }
    assert_eq!(night.executor.inside().sent.len(), 1, "the pilot's own job");
}

#[tokio::test]
async fn where_the_earlier_plan_was_kept_both_are_told() {
    let drawer: Arc<Drawer> = Arc::default();
    let night = keeping(Script::new(NOW), &drawer);
    pilot_done(&night).await;
    board(&night).await;
    let mut other = plan(1);
    other.rings.remove(1);
    other.rings[0].target = Target::Hosts(vec!["web-1".into(), "web-7".into()]);
    let night = Driven::new(night.executor, vec![other]).keeping(Some(drawer));
    let refused = carry(&night, Verb::Retry, 2).await.expect_err("a refusal");
    let words = "the plan 2026-12-a1 is not the one its jobs were made from: target of ring pilot was pilot, is web-1 web-7; \
                 ring broad is gone";
    assert_eq!(refused, words);
}

#[tokio::test]
async fn a_plan_that_was_changed_back_goes_on() {
    let night = night(1);
    pilot_done(&night).await;
    let night = Driven::new(night.executor, vec![changed()]);
    carry(&night, Verb::Resume, 2).await.expect_err("a refusal");
    let night = Driven::new(night.executor, vec![plan(1)]);
    carry(&night, Verb::Resume, 3).await.expect("it goes on");
}
