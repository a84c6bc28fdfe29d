//! What is left of a night after the system has swept its jobs.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::*;
use crate::backend::port::Keep;

#[derive(Default)]
pub struct Drawer {
    documents: Mutex<BTreeMap<String, Value>>,
    writes: Mutex<u32>,
}

impl Keep for Drawer {
    fn kept<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Option<Value>> + Send + 'a>> {
        let found = self.documents.lock().expect("documents").get(name).cloned();
        Box::pin(async move { found })
    }

    fn keep<'a>(&'a self, name: &'a str, document: Value) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.documents.lock().expect("documents").insert(name.to_owned(), document);
        *self.writes.lock().expect("writes") += 1;
        Box::pin(async {})
    }
}

pub fn keeping(executor: Script, drawer: &Arc<Drawer>) -> Driven<Script> {
    Driven::new(executor, vec![plan(1)]).keeping(Some(drawer.clone()))
}

/// The pilot is through, with one failed host; then the jobs are forgotten and the cockpit is another process.
async fn morning(drawer: &Arc<Drawer>) -> Driven<Script> {
    let night = keeping(Script::new(NOW), drawer);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    board(&night).await;
    night.executor.answers("web-1", HostState::Failed);
    night.executor.answers("web-2", HostState::Done);
    board(&night).await;
    night.executor.passes(25 * 3600 + 60);
    night.executor.forgets(|_| false);
    keeping(night.executor, drawer)
}

async fn refused(night: &Driven<Script>, verb: Verb) -> String {
    let intent = intent(verb, 9);
    let survey = survey(night, &intent).await;
    survey.by_jobs.refusal.expect("a refusal").why.to_string()
}

#[tokio::test]
async fn a_forgotten_night_is_told_as_it_was_read_and_never_as_not_begun() {
    let drawer = Arc::default();
    let night = morning(&drawer).await;
    let rollout = board(&night).await;
    assert_eq!(rollout.state, RolloutState::Paused(PausedBy::Told));
    assert!(rollout.native.as_str().starts_with("forgotten there; kept here, read 25 h ago: "), "{}", rollout.native);
    assert!(rollout.native.as_str().ends_with("pilot: over its limit: 1 of 2 failed, limit 0"), "{}", rollout.native);
    let counts = waves(&night).await[0].counts;
    assert_eq!((counts.done, counts.failed), (1, 1));
    let row = hosts(&night, 0).await.into_iter().find(|row| row.state == HostState::Failed).expect("the failed host");
    assert_eq!(row.message.expect("its reason").as_str(), "no space left");
}

#[tokio::test]
async fn a_forgotten_night_begins_nothing_and_says_why() {
    let drawer = Arc::default();
    let night = morning(&drawer).await;
    for verb in [Verb::Start, Verb::Resume, Verb::Advance, Verb::Retry, Verb::CatchUp] {
        let words = refused(&night, verb).await;
        assert!(
            words.contains("its jobs are forgotten there") && words.contains("what others did since is not known"),
            "{words}"
        );
    }
    assert_eq!(night.executor.inside().sent.len(), 1, "the night's own start");
}

#[tokio::test]
async fn a_forgotten_night_is_brought_back_by_what_was_kept_of_the_state_before() {
    let drawer = Arc::default();
    let night = morning(&drawer).await;
    carry(&night, Verb::RollBack, 2).await.expect("it is brought back");
    let sent = night.executor.inside().sent.len();
    assert_eq!(sent, 3, "two hosts that had something else before are two jobs");
    night.executor.answers("web-1", HostState::Done);
    night.executor.answers("web-2", HostState::Done);
    assert_eq!(waves(&night).await[0].counts.cancelled, 2);
    assert_eq!(board(&night).await.state, RolloutState::Paused(PausedBy::Told), "a way back is no way on");
}

#[tokio::test]
async fn a_finished_night_stays_finished() {
    let drawer = Arc::default();
    let night = keeping(Script::new(NOW), &drawer);
    pilot_done(&night).await;
    carry(&night, Verb::Resume, 2).await.expect("it goes on");
    for host in ["db-1", "web-3", "web-4"] {
        night.executor.answers(host, HostState::Done);
    }
    assert_eq!(board(&night).await.state, RolloutState::Finished);
    night.executor.forgets(|_| false);
    let rollout = board(&keeping(night.executor, &drawer)).await;
    assert_eq!(rollout.state, RolloutState::Finished);
    assert!(rollout.native.as_str().starts_with("forgotten there; kept here"), "{}", rollout.native);
}

#[tokio::test]
async fn while_a_later_ring_is_remembered_the_night_goes_on_with_what_was_kept_of_the_earlier_one() {
    let drawer = Arc::default();
    let night = keeping(Script::new(NOW), &drawer);
    pilot_done(&night).await;
    board(&night).await;
    carry(&night, Verb::Resume, 2).await.expect("it goes on");
    night.executor.forgets(|job| job.labels["pd_ring"] == "broad");
    let rollout = board(&night).await;
    assert_eq!(rollout.state, RolloutState::Running);
    assert_eq!(waves(&night).await[0].counts.done, 2);
    let survey = survey(&night, &intent(Verb::Stop, 3)).await;
    assert!(
        survey.warnings.iter().any(|words| words.as_str().contains("earlier rings forgotten there")),
        "{:?}",
        survey.warnings
    );
}

#[tokio::test]
async fn a_host_that_never_answered_a_forgotten_job_is_unknown_and_is_not_told_again_under_it() {
    let drawer = Arc::default();
    let night = keeping(Script::new(NOW), &drawer);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Done);
    board(&night).await;
    night.executor.forgets(|_| false);
    let night = keeping(night.executor, &drawer);
    let row = hosts(&night, 0).await.into_iter().find(|row| row.state == HostState::Unknown).expect("the silent host");
    assert!(row.message.expect("words").as_str().contains("no answer was read before"));
    assert_eq!(night.executor.inside().probed, 0, "nobody can be asked about a job that is gone");
}

#[tokio::test]
async fn a_job_at_work_is_written_at_its_begin_and_at_its_end_and_not_at_each_answer() {
    let drawer: Arc<Drawer> = Arc::default();
    let night = keeping(Script::new(NOW), &drawer);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    board(&night).await;
    board(&night).await;
    night.executor.answers("web-1", HostState::Done);
    board(&night).await;
    assert_eq!(*drawer.writes.lock().expect("writes"), 1);
    night.executor.answers("web-2", HostState::Done);
    board(&night).await;
    board(&night).await;
    assert_eq!(*drawer.writes.lock().expect("writes"), 2);
}

#[tokio::test]
async fn a_plan_whose_last_day_is_over_begins_no_ring_even_where_nothing_of_it_is_known() {
    let mut over = plan(1);
    over.until = "2026-12-07".parse().ok();
    let night = Driven::new(Script::new(NOW), vec![over]);
    let refused = carry(&night, Verb::Start, 1).await.expect_err("a refusal");
    assert!(refused.contains("the plan's last day was 2026-12-07"), "{refused}");
}
