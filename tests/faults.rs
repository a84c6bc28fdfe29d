//! The adapter, its supervisor and the budget against a twin with faults: two programs that share no code, over real sockets.
//!
//! What a screen makes of it is not tested here.

#[path = "faults/again.rs"]
mod again;
#[path = "faults/lanes.rs"]
mod lanes;
#[path = "faults/parts.rs"]
mod parts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use patchdeck::action::Verb;
use patchdeck::app::carry::plan;
use patchdeck::backend::hawkbit::Hawkbit;
use patchdeck::backend::http::Limits;
use patchdeck::backend::port::{Backend, Facts, Interest, News, Receipts, Settlement, Wanted};
use patchdeck::backend::settings::{SecretSource, Settings};
use patchdeck::backend::supervise;
use patchdeck::domain::{BackendName, IntentId, Rollout, TenantId, Text};
use patchdeck::plan::types::{Context, Intent, Outcome, StepRecord};
use patchdeck::twin::faults::{Fault, What};
use patchdeck::twin::{Connection, Options, Running, builtin, hawkbit};
use rstest::rstest;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// Reads wait this long; verbs may take longer.
const READ: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

async fn twin() -> Running {
    let scenario = builtin("patch-tuesday").expect("built in");
    let options = Options { speed: Some(0.0), hosts: Some(300), ..Options::default() };
    hawkbit::start(scenario, options).await.expect("a twin")
}

fn settings(connection: &Connection, requests_per_second: f64) -> Settings {
    Settings {
        tenant: Some(TenantId::new(&connection.tenant)),
        user: Some(connection.user.clone()),
        secret: Some(SecretSource::Exec(vec!["echo".to_owned(), connection.password.clone()])),
        requests_per_second,
        ..Settings::new(BackendName::new(&connection.name), "hawkbit", &connection.url)
    }
}

fn open(connection: &Connection, requests_per_second: f64) -> Arc<dyn Backend> {
    let settings = settings(connection, requests_per_second);
    let limits = Limits { connect: READ, read: READ, read_total: READ };
    Arc::new(Hawkbit::with_limits(&settings, limits).expect("it opens"))
}

async fn board(backend: &Arc<dyn Backend>) -> Vec<Rollout> {
    match backend.observe(Interest::Board).await.expect("a board").facts {
        Facts::Rollouts { rollouts, .. } => rollouts,
        other => panic!("{other:?}"),
    }
}

/// The first rollout of any tenant in this state of the server, and the connection to it.
async fn find(twin: &Running, native: &str) -> (Arc<dyn Backend>, Rollout) {
    for connection in &twin.connections {
        let backend = open(connection, 1000.0);
        if let Some(rollout) = board(&backend).await.into_iter().find(|rollout| rollout.native.as_str() == native) {
            return (backend, rollout);
        }
    }
    panic!("nothing is {native}")
}

/// Plans and sends a verb, once, as the app does.
async fn send(backend: &Arc<dyn Backend>, rollout: &Rollout, verb: Verb) -> (Outcome, StepRecord) {
    let intent = Intent {
        remark: (verb == Verb::Deny).then(|| Text::new("not tonight")),
        ..Intent::new(IntentId::new("i-1"), verb, rollout.tenant.clone(), rollout.id.clone())
    };
    let context = Context::at(Timestamp::now());
    let plan = plan(&**backend, intent.clone(), &context).await.expect("a plan");
    let step = plan.steps[0].clone();
    let receipt = backend.send(&step, &Receipts::new()).await.expect("a receipt");
    (receipt.outcome, StepRecord { intent, step, facts: plan.rests_on, at: Timestamp::now() })
}

#[rstest]
#[case::approve("waiting_for_approval", &[], Verb::Approve)]
#[case::deny("waiting_for_approval", &[], Verb::Deny)]
#[case::start("waiting_for_approval", &[Verb::Approve], Verb::Start)]
#[case::pause("running", &[], Verb::Pause)]
#[case::resume("running", &[Verb::Pause], Verb::Resume)]
#[case::advance("running", &[], Verb::Advance)]
#[case::stop("running", &[], Verb::Stop)]
#[tokio::test]
async fn a_verb_whose_answer_is_lost_is_unknown_then_looked_up_and_was_sent_once(
    #[case] native: &str,
    #[case] before: &[Verb],
    #[case] verb: Verb,
) {
    let twin = twin().await;
    let (backend, rollout) = find(&twin, native).await;
    for verb in before {
        assert_eq!(send(&backend, &rollout, *verb).await.0, Outcome::Accepted);
    }
    twin.faults().inject(Fault::always(What::LostAnswer).on_method("POST"));
    let (outcome, record) = send(&backend, &rollout, verb).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    let found = backend.look_up(&record).await.expect("a settlement");
    assert!(matches!(found, Settlement::Verified(_)), "{found:?}");
    assert_eq!(twin.faults().hits(), 1, "one request left");
}

#[tokio::test]
async fn a_verb_that_takes_longer_than_any_read_is_waited_for_and_sent_once() {
    let twin = twin().await;
    let (backend, rollout) = find(&twin, "running").await;
    let posts = twin.faults();
    posts.inject(Fault::always(What::Delay { ms: 1_500 }).on_method("POST"));
    let began = Instant::now();
    let (outcome, record) = send(&backend, &rollout, Verb::Advance).await;
    assert!(began.elapsed() > READ, "it took {:?}, which proves nothing", began.elapsed());
    assert_eq!((outcome, posts.hits()), (Outcome::Accepted, 1));
    let found = backend.look_up(&record).await.expect("a settlement");
    assert!(matches!(found, Settlement::Verified(_)), "{found:?}");
}

#[tokio::test]
async fn a_tenant_that_hangs_does_not_delay_another() {
    let twin = twin().await;
    twin.faults().inject(Fault::always(What::Hang).for_tenant("ACME"));
    let (reports, mut heard) = mpsc::channel(64);
    let mut kept = Vec::new();
    for connection in &twin.connections {
        let (want, ear) = watch::channel(Wanted::default());
        let talk = supervise::start(open(connection, 20.0), ear, reports.clone(), Arc::new(Timestamp::now));
        kept.push((want, talk));
    }
    let (mut boards, mut hung) = (BTreeMap::<String, u32>::new(), 0);
    let others = twin.connections.len() - 1;
    while boards.len() < others || hung == 0 {
        let report = timeout(PATIENCE, heard.recv()).await.expect("it is told").expect("open");
        match report.news {
            News::Observed { what: Interest::Board, took, .. } => {
                assert!(took < READ, "{} took {took:?}", report.backend);
                *boards.entry(report.backend.raw().to_owned()).or_default() += 1;
            }
            News::Failed { .. } => {
                assert_eq!(report.backend.raw(), "acme-hb");
                hung += 1;
            }
            _ => {}
        }
    }
    assert!(!boards.contains_key("acme-hb"));
}

#[tokio::test]
async fn two_connections_to_one_server_stay_together_within_its_rate_in_every_second() {
    const RATE: usize = 6;
    let twin = twin().await;
    let (answered, mut times) = mpsc::channel(64);
    for connection in twin.connections.iter().take(2) {
        for _ in 0..10 {
            let (backend, answered) = (open(connection, RATE as f64), answered.clone());
            tokio::spawn(async move {
                board(&backend).await;
                answered.send(Instant::now()).await.expect("heard");
            });
        }
    }
    let mut seen = Vec::new();
    while seen.len() < 20 {
        seen.push(timeout(PATIENCE, times.recv()).await.expect("in time").expect("open"));
    }
    seen.sort_unstable();
    // 20 requests at 6 a second leave in four handfuls, a second apart; answers may come late, never early.
    assert!(seen[19].duration_since(seen[0]) > Duration::from_millis(2_500), "{:?}", seen[19].duration_since(seen[0]));
    for (place, first) in seen.iter().enumerate() {
        let within = seen[place..].iter().filter(|at| at.duration_since(*first) < Duration::from_millis(500)).count();
        assert!(within <= RATE, "{within} answers within half a second");
    }
}

#[tokio::test]
async fn what_did_not_change_costs_a_304() {
    let twin = twin().await;
    let backend = open(&twin.connections[0], 1000.0);
    let (first, second) = (board(&backend).await, board(&backend).await);
    assert_eq!(first, second);
    let health = backend.health();
    assert_eq!((health.requests, health.not_modified, health.errors), (2, 1, 0));
}

#[tokio::test]
async fn the_twin_answers_the_boards_question_for_rollouts_that_trail() {
    let twin = twin().await;
    let (backend, rollout) = find(&twin, "running").await;
    assert_eq!(send(&backend, &rollout, Verb::Stop).await.0, Outcome::Accepted);
    let shown = board(&backend).await.into_iter().find(|known| known.id == rollout.id).expect("still on the board");
    assert!(matches!(shown.native.as_str(), "stopping" | "stopped"), "{}", shown.native);
    let Facts::Rollouts { rollouts, .. } = backend.observe(Interest::Night).await.expect("a night").facts else {
        panic!("no list")
    };
    let works: Vec<_> = rollouts.iter().filter(|rollout| rollout.at_work() > 0).map(|rollout| rollout.id.clone()).collect();
    let listed: Vec<_> = board(&backend).await.into_iter().map(|rollout| rollout.id).collect();
    assert!(works.iter().all(|id| listed.contains(id)), "{works:?} are at work, and the board has {listed:?}");
}
