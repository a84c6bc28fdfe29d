//! Verbs: the exact request, sent once, and an outcome that never claims more than the answer proves.

use std::sync::Arc;

use patchdeck::action::Verb;
use patchdeck::backend::port::{Backend, Capability, Receipt, Receipts, Settlement, Step, StepRecord};
use patchdeck::domain::Text;
use patchdeck::plan::types::{Call, Decision, Facts, Guard, Outcome, PlannedEffect};
use rstest::rstest;
use serde_json::json;

use super::recordings::load;
use super::server::{Answer, Fault, Server, Socket};
use super::subject::{hawkbit, intent};

/// A server that shows rollout 3 in this state, with the recorded waves and rights.
async fn showing(state: &str) -> Server {
    let server = Server::start().await;
    let mut rollout = load("hawkbit", "019_rollout_ready").body;
    rollout["status"] = json!(state);
    server.on("GET", "/rest/v1/rollouts/3", &[], [Answer::json(200, &rollout)]);
    server.replay(&load("hawkbit", "028_deploygroups_paused"));
    server.replay(&load("hawkbit", "001_userinfo_lead"));
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &json!({"content": [], "total": 0}))]);
    server
}

/// Surveys and translates, as the app does.
async fn step(backend: &Arc<dyn Backend>, verb: Verb, remark: Option<&str>) -> Step {
    let mut intent = intent(verb, "3");
    intent.remark = remark.map(Text::new);
    let survey = backend.survey(&intent).await.expect("a survey");
    let decision = Decision::new(intent, survey, PlannedEffect::Other("a test".into()));
    backend.steps(&decision).expect("steps").remove(0)
}

fn call(deadline_seconds: u32) -> Step {
    Step::Call(Call {
        id: 1,
        intent: None,
        method: "POST".into(),
        path: "/rest/v1/rollouts/3/resume".to_owned(),
        query: Vec::new(),
        body: None,
        hosts: Vec::new(),
        guard: Guard::default(),
        deadline_seconds,
        undo: None,
    })
}

async fn send(url: &str, step: &Step) -> Receipt {
    hawkbit(url).send(step, &Receipts::new()).await.expect("a receipt")
}

#[rstest]
#[case::approve(Verb::Approve, "waiting_for_approval", Some("CAB-77"), "017_approve")]
#[case::deny(Verb::Deny, "waiting_for_approval", Some("not tonight"), "067_deny")]
#[case::start(Verb::Start, "ready", None, "020_start")]
#[case::pause(Verb::Pause, "running", None, "054_pause")]
#[case::resume(Verb::Resume, "paused", None, "051_resume")]
#[case::advance(Verb::Advance, "running", None, "056_trigger_next_group")]
#[case::stop(Verb::Stop, "running", None, "058_stop")]
#[tokio::test]
async fn a_verb_leaves_exactly_as_it_was_recorded(
    #[case] verb: Verb,
    #[case] state: &str,
    #[case] remark: Option<&str>,
    #[case] recording: &str,
) {
    let server = showing(state).await;
    let mut recorded = load("hawkbit", recording);
    recorded.path = recorded.path.replace("/rollouts/4/", "/rollouts/3/");
    server.replay(&recorded);
    let backend = hawkbit(&server.url);
    let step = step(&backend, verb, remark).await;
    let Step::Call(call) = &step else { panic!("{step:?}") };
    assert_eq!(call.guard.native.as_ref().map(Text::as_str), Some(state));
    assert_eq!(call.deadline_seconds, 120);

    let receipt = backend.send(&step, &Receipts::new()).await.expect("a receipt");
    assert_eq!(receipt.outcome, Outcome::Accepted);
    let sent = server.asked_for(&recorded.path);
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].method.as_str(), &sent[0].query), ("POST", &recorded.query));
    assert_eq!(sent[0].header("x-request-id"), Some("i-1"), "the intent's id stands in the server's log");
}

#[rstest]
#[case::ok_of_old_servers(200)]
#[case::no_content(204)]
#[tokio::test]
async fn every_2xx_without_a_body_is_accepted(#[case] status: u16) {
    let server = Server::start().await;
    server.on("POST", "/rest/v1/rollouts/3/resume", &[], [Answer::empty(status)]);
    assert_eq!(send(&server.url, &call(5)).await.outcome, Outcome::Accepted);
}

#[rstest]
#[case::wrong_state(400)]
#[case::credentials(401)]
#[case::not_permitted(403)]
#[case::gone(404)]
#[case::unknown_call(405)]
#[case::conflict(409)]
#[case::locked(423)]
#[case::too_many(429)]
#[tokio::test]
async fn a_clear_refusal_is_refused_and_sent_once(#[case] status: u16) {
    let server = Server::start().await;
    server.on("POST", "/rest/v1/rollouts/3/resume", &[], [Answer::empty(status)]);
    let receipt = send(&server.url, &call(5)).await;
    assert!(matches!(receipt.outcome, Outcome::Refused(_)), "{receipt:?}");
    assert_eq!(server.asked().len(), 1);
}

#[rstest]
#[case::redirect(Answer::empty(302).header("Location", "/rest/v1/rollouts/3/resume"))]
#[case::half_read(Answer::empty(408))]
#[case::failed(Answer::empty(500))]
#[case::bad_gateway(Answer::empty(502))]
#[case::unavailable(Answer::empty(503).header("Retry-After", "0"))]
#[case::gateway_timed_out(Answer::empty(504))]
#[case::page(Answer::text(200, "text/html", "<html>Sign in</html>"))]
#[tokio::test]
async fn an_answer_that_proves_nothing_is_unknown_and_not_repeated(#[case] answer: Answer) {
    let server = Server::start().await;
    server.on("POST", "/rest/v1/rollouts/3/resume", &[], [answer]);
    let receipt = send(&server.url, &call(5)).await;
    let Outcome::Unknown(words) = &receipt.outcome else { panic!("{receipt:?}") };
    assert!(words.as_str().starts_with("sent, and not known whether it was done"), "{words}");
    assert_eq!(server.asked().len(), 1);
}

#[rstest]
#[case::reset(Fault::Reset)]
#[case::cut_off(Fault::CutBody)]
#[case::silence(Fault::Silent)]
#[tokio::test]
async fn a_broken_exchange_is_unknown_and_not_repeated(#[case] fault: Fault) {
    let socket = Socket::start(fault).await;
    let receipt = send(&socket.url, &call(1)).await;
    assert!(matches!(receipt.outcome, Outcome::Unknown(_)), "{receipt:?}");
    assert_eq!(socket.heads().len(), 1);
}

#[tokio::test]
async fn a_verb_that_provably_never_left_is_refused_as_not_sent() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    for url in [format!("http://{free}"), "http://nowhere.invalid".to_owned()] {
        let receipt = send(&url, &call(5)).await;
        let Outcome::Refused(words) = &receipt.outcome else { panic!("{receipt:?}") };
        assert!(words.as_str().starts_with("not sent: "), "{words}");
    }
}

#[tokio::test]
async fn the_servers_words_for_a_wrong_state_are_kept() {
    let server = Server::start().await;
    let recorded = load("hawkbit", "016_err_400_start_before_approval");
    server.on("POST", "/rest/v1/rollouts/3/resume", &[], [recorded.answer]);
    let receipt = send(&server.url, &call(5)).await;
    let Outcome::Refused(words) = receipt.outcome else { panic!("refused") };
    assert!(words.as_str().contains("current state is waiting_for_approval"), "{words}");
}

#[tokio::test]
async fn a_verb_waits_longer_than_a_read() {
    let server = Server::start().await;
    // Longer than the tests' read time-out.
    let slow = Answer::empty(204).after(std::time::Duration::from_millis(900));
    server.on("POST", "/rest/v1/rollouts/3/resume", &[], [slow]);
    assert_eq!(send(&server.url, &call(10)).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn a_verb_in_the_wrong_state_is_refused_before_it_leaves() {
    let server = showing("paused").await;
    let backend = hawkbit(&server.url);
    let intent = intent(Verb::Pause, "3");
    let survey = backend.survey(&intent).await.expect("a survey");
    let decision = Decision::new(intent, survey, PlannedEffect::Holds { go_on: 7 });
    let refusal = backend.steps(&decision).expect_err("refused");
    assert_eq!(refusal.why.as_str(), "it is paused already");
    assert!(server.asked().iter().all(|asked| asked.method == "GET"));
}

#[tokio::test]
async fn a_remark_longer_than_the_server_keeps_is_refused() {
    let server = showing("waiting_for_approval").await;
    let backend = hawkbit(&server.url);
    let mut intent = intent(Verb::Deny, "3");
    let survey = backend.survey(&intent).await.expect("a survey");
    intent.remark = Some("x".repeat(256).into());
    let decision = Decision::new(intent, survey, PlannedEffect::Declines);
    assert!(backend.steps(&decision).expect_err("too long").why.as_str().contains("256 characters"));
}

#[tokio::test]
async fn a_lost_resume_is_found_by_looking_up() {
    let server = showing("running").await;
    let step = call(5);
    let facts = Facts {
        name: "".into(),
        native: "paused".into(),
        effect: PlannedEffect::GoesOn { at_work: 1 },
        hosts: 0,
        release: None,
        wave_states: std::collections::BTreeMap::from([("4".to_owned(), "scheduled".into())]),
        named: std::collections::BTreeSet::new(),
        own: std::collections::BTreeMap::new(),
        window: None,
    };
    let record = StepRecord { intent: intent(Verb::Resume, "3"), step, facts, at: jiff::Timestamp::UNIX_EPOCH };
    let found = hawkbit(&server.url).look_up(&record).await.expect("a settlement");
    let Settlement::Verified(words) = &found else { panic!("{found:?}") };
    assert!(words.as_str().starts_with("wave 2 \"early\" began; the server shows running"), "{words}");
    assert!(server.asked().iter().all(|asked| asked.method == "GET"));
}

#[tokio::test]
async fn a_rollout_that_is_gone_supersedes_what_was_sent() {
    let server = Server::start().await;
    let facts = Facts {
        name: "".into(),
        native: "paused".into(),
        effect: PlannedEffect::Declines,
        hosts: 0,
        release: None,
        wave_states: std::collections::BTreeMap::default(),
        named: std::collections::BTreeSet::new(),
        own: std::collections::BTreeMap::new(),
        window: None,
    };
    let record = StepRecord { intent: intent(Verb::Stop, "3"), step: call(5), facts, at: jiff::Timestamp::UNIX_EPOCH };
    let found = hawkbit(&server.url).look_up(&record).await.expect("a settlement");
    assert_eq!(found.word(), "superseded");
}

#[tokio::test]
async fn what_cannot_be_done_says_so_in_words() {
    let backend = hawkbit("http://x.example.test");
    for verb in [Verb::CatchUp, Verb::DryRun] {
        let capability = backend.describe().capability(verb);
        assert_eq!(capability, Capability::Unsupported("patchdeck does not do this on hawkBit yet".into()));
    }
}
