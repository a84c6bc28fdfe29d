//! Retry and rollback against the twin, through the real adapter: in batches, host by host, looked up, and never twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use patchdeck::app::carry::{Carriage, Scribe};
use patchdeck::app::message::Carried;
use patchdeck::domain::{Cause, CauseClass, Confidence, HostId, Outcome as Came, Relation, Retry, RolloutState};
use patchdeck::journal::Entry;
use patchdeck::plan::types::{ActionPlan, Door, HostKnown, Refusal, Rest, Step};

use super::*;

pub fn backend(connection: &Connection, batch: usize) -> Arc<dyn Backend> {
    let settings = settings(connection, 1000.0);
    let limits = Limits { connect: READ, read: READ, read_total: READ };
    Arc::new(Hawkbit::with_limits(&settings, limits).expect("it opens").in_batches_of(batch))
}

/// The night of the bad patch, some minutes on, and standing still: hosts have failed, and are not at work any more.
async fn bad_night() -> Running {
    let scenario = builtin("bad-patch").expect("built in");
    let options = Options { speed: Some(0.0), hosts: Some(1200), ..Options::default() };
    hawkbit::start(scenario, options).await.expect("a twin")
}

/// The first rollout in one of these states that has hosts for which `wanted` holds.
pub async fn rollout(twin: &Running, batch: usize, wanted: impl Fn(&Rollout) -> bool) -> (Arc<dyn Backend>, Rollout) {
    for connection in &twin.connections {
        let backend = backend(connection, batch);
        let mut all = board(&backend).await;
        let Facts::Rollouts { rollouts, .. } = backend.observe(Interest::Night).await.expect("a night").facts else { panic!() };
        all.extend(rollouts);
        if let Some(rollout) = all.into_iter().find(&wanted) {
            return (backend, rollout);
        }
    }
    panic!("no such rollout")
}

fn failed(rollout: &Rollout) -> u32 {
    rollout.counts.map_or(0, |counts| counts.failed)
}

pub fn intent(rollout: &Rollout, verb: Verb) -> Intent {
    Intent::new(IntentId::new("i-1"), verb, rollout.tenant.clone(), rollout.id.clone())
}

fn known(retry: Retry, key: &str) -> HostKnown {
    let cause = Cause {
        rule: key.into(),
        name: key.into(),
        class: CauseClass::new(key),
        outcome: Came::Failure,
        retry,
        precondition: None,
        remedy: "".into(),
        source: "".into(),
        confidence: Confidence::Documented,
    };
    HostKnown {
        key: key.into(),
        title: key.into(),
        class: cause.class.clone(),
        cause: Some(Arc::new(cause)),
        tries: 1,
        failed: None,
        read: true,
    }
}

/// Every host that failed, as far as the adapter says.
async fn failing(backend: &Arc<dyn Backend>, rollout: &Rollout) -> Vec<HostId> {
    let survey = backend.survey(&intent(rollout, Verb::Retry)).await.expect("a survey");
    survey.hosts.into_iter().map(|found| found.host).collect()
}

/// A context in which `of` says what is known of each failed host.
fn context(hosts: &[HostId], of: impl Fn(usize) -> HostKnown) -> Context {
    let causes = hosts.iter().enumerate().map(|(at, host)| (host.clone(), of(at))).collect();
    Context { causes: Arc::new(causes), ..Context::at(Timestamp::now()) }
}

/// Writes into a list.
#[derive(Default)]
struct Pen(Mutex<Vec<Entry>>);

impl Scribe for Pen {
    fn write(&self, entry: Entry) -> BoxFuture<'_, Result<Timestamp, Text>> {
        self.0.lock().expect("lines").push(entry);
        async { Ok(Timestamp::now()) }.boxed()
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Carries a plan to its end; what was told on the way.
pub async fn carry(backend: &Arc<dyn Backend>, plan: ActionPlan, context: Context) -> Vec<Carried> {
    let told = Mutex::new(Vec::new());
    let tell = |news: Carried| told.lock().expect("told").push(news);
    let (_open, cancelled) = watch::channel(false);
    let carriage = Carriage { backend: Arc::clone(backend), scribe: Arc::new(Pen::default()), tell: &tell, cancelled };
    timeout(PATIENCE, carriage.carry(plan, context)).await.expect("it ends");
    told.into_inner().expect("told")
}

fn hosts_of(plan: &ActionPlan) -> Vec<usize> {
    plan.steps.iter().map(|step| if let Step::Call(call) = step { call.hosts.len() } else { 0 }).collect()
}

pub async fn planned(backend: &Arc<dyn Backend>, intent: Intent, context: &Context) -> Result<ActionPlan, Refusal> {
    plan(&**backend, intent, context).await.map(|plan| *plan)
}

#[tokio::test]
async fn a_retry_leaves_in_batches_reaches_only_its_cause_and_is_not_sent_twice() {
    let twin = bad_night().await;
    let (backend, rollout) = rollout(&twin, 3, |it| failed(it) >= 6 && !matches!(it.state, RolloutState::Finished)).await;
    let hosts = failing(&backend, &rollout).await;
    let context = context(&hosts, |at| if at % 2 == 0 { known(Retry::Now, "lock") } else { known(Retry::AfterFix, "disk") });
    let locked: BTreeSet<String> = hosts.iter().step_by(2).map(|host| host.raw().to_owned()).collect();
    let plan = planned(&backend, intent(&rollout, Verb::Retry), &context).await.expect("a plan");
    assert_eq!(plan.rests_on.named, locked);
    assert_eq!(hosts_of(&plan).iter().sum::<usize>(), locked.len());
    assert!(hosts_of(&plan).iter().all(|hosts| *hosts <= 3) && plan.steps.len() > 1, "{:?}", hosts_of(&plan));
    assert!(plan.will_not.iter().any(|line| line.as_str().contains("do not move")), "{:?}", plan.will_not);
    let told = carry(&backend, plan, context.clone()).await;
    let Some(Carried::Settled(Settlement::Verified(words))) = told.last() else { panic!("{told:?}") };
    assert!(words.as_str().contains("have a new job"), "{words}");
    // The same once more: who was tried again is at work, and the others still need their fix.
    let again = planned(&backend, intent(&rollout, Verb::Retry), &context).await.expect("a plan");
    assert!(again.steps.is_empty(), "{:?}", again.steps);
    let shut: usize = again.groups.iter().filter(|group| group.door == Door::Shut).map(|group| group.hosts.len()).sum();
    assert_eq!(shut, locked.len(), "{:?}", again.groups);
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_stops_the_plan_until_it_is_known_and_offers_the_rest() {
    let twin = bad_night().await;
    let (backend, rollout) = rollout(&twin, 2, |it| failed(it) >= 6 && !matches!(it.state, RolloutState::Finished)).await;
    let hosts = failing(&backend, &rollout).await;
    let context = context(&hosts, |_| known(Retry::Now, "lock"));
    let plan = planned(&backend, intent(&rollout, Verb::Retry), &context).await.expect("a plan");
    let calls = plan.steps.len();
    twin.faults().inject(Fault::always(What::LostAnswer).on_method("POST"));
    let told = carry(&backend, plan, context.clone()).await;
    // The look-up finds the jobs, so that the next batch may leave: each was sent once.
    assert_eq!(twin.faults().hits() as usize, calls, "{told:?}");
    assert!(matches!(told.last(), Some(Carried::Settled(Settlement::Verified(_)))), "{told:?}");
}

#[tokio::test]
async fn a_refused_batch_ends_the_plan_and_the_rest_is_offered() {
    let twin = bad_night().await;
    let (backend, rollout) = rollout(&twin, 2, |it| failed(it) >= 6 && !matches!(it.state, RolloutState::Finished)).await;
    let hosts = failing(&backend, &rollout).await;
    let context = context(&hosts, |_| known(Retry::Now, "lock"));
    let plan = planned(&backend, intent(&rollout, Verb::Retry), &context).await.expect("a plan");
    let first = &plan.steps[..1];
    let sent = |id: u32| id == 1;
    let rest = Rest::of(&plan.intent, &plan.steps, sent).expect("a rest");
    assert_eq!((rest.left, rest.of as usize), (1, plan.steps.len()));
    let Step::Call(call) = &first[0] else { panic!("a call") };
    assert!(rest.intent.hosts.iter().all(|host| !call.hosts.iter().any(|sent| sent == host.raw())));
    assert_eq!(rest.intent.hosts.len() + call.hosts.len(), hosts.len());
    backend.send(&plan.steps[0], &Receipts::new()).await.expect("a receipt");
    // Who was in the first batch is at work, and a plan over all of them reaches the others only.
    let left = planned(&backend, intent(&rollout, Verb::Retry), &context).await.expect("a plan");
    let expected: BTreeSet<String> = rest.intent.hosts.iter().map(|host| host.raw().to_owned()).collect();
    assert_eq!(left.rests_on.named, expected);
}

/// A rollout whose hosts can go back, with the plan for it.
async fn undoable(twin: &Running, context: &Context) -> (Arc<dyn Backend>, Rollout, ActionPlan) {
    let mut refused = Vec::new();
    for connection in &twin.connections {
        let backend = backend(connection, 500);
        for rollout in board(&backend).await.into_iter().filter(|it| matches!(it.state, RolloutState::Running)) {
            match planned(&backend, intent(&rollout, Verb::RollBack), context).await {
                Ok(plan) if plan.steps.len() < 30 => return (backend, rollout, plan),
                Ok(plan) => refused.push(format!("{}: {} steps", rollout.name, plan.steps.len())),
                Err(refusal) => refused.push(format!("{}: {}", rollout.name, refusal.why)),
            }
        }
    }
    panic!("nothing can be undone: {refused:#?}")
}

#[tokio::test]
async fn a_rollback_makes_rollouts_in_reverse_order_that_say_what_they_undo() {
    // The server fills a new rollout only while its clock runs.
    let scenario = builtin("patch-tuesday").expect("built in");
    let options = Options { speed: Some(2.0), hosts: Some(300), ..Options::default() };
    let twin = hawkbit::start(scenario, options).await.expect("a twin");
    let context = Context::at(Timestamp::now());
    let (backend, rollout, plan) = undoable(&twin, &context).await;
    assert!(!plan.beware.is_empty(), "what cannot be undone stands first");
    assert!(plan.groups.iter().any(|group| group.chosen && group.title.as_str().starts_with("back to ")), "{:?}", plan.groups);
    let Step::Call(make) = &plan.steps[0] else { panic!("{:?}", plan.steps) };
    let body = make.body.as_ref().expect("a body");
    assert!(body["targetFilterQuery"].as_str().expect("a filter").len() <= 1024);
    let told = carry(&backend, plan, context).await;
    assert!(matches!(told.last(), Some(Carried::Settled(Settlement::Verified(_)))), "{told:?}");
    let fresh = board(&backend).await;
    let undo = fresh.iter().find(|it| it.related.iter().any(|related| related.relation == Relation::RollbackOf));
    let undo = undo.expect("it stands on the board");
    assert_eq!(undo.related[0].rollout, rollout.id);
    assert!(matches!(undo.state, RolloutState::Starting | RolloutState::Running | RolloutState::Finished), "{:?}", undo.state);
}
