//! The Salt adapter against its recorded exchanges: login and its refusals, previews, launches, jobs in every end.

use std::sync::Arc;

use patchdeck::action::Verb;
use patchdeck::backend::driven::{Driven, Executor, Probe, Report};
use patchdeck::backend::port::{Backend, Facts, Interest, Right, Trouble};
use patchdeck::backend::salt::{self, Salt};
use patchdeck::backend::settings::Settings;
use patchdeck::domain::{Gate, HostId, HostState, Limit, Ring, RingPlan, Run, Says, Target, TenantId};
use patchdeck::plan::types::{Order, OrderKind, Outcome};
use rstest::rstest;
use serde_json::{Value, json};

use super::recordings::{Recording, load};
use super::server::{Answer, Fault, Server, Socket};
use super::subject::{LIMITS, intent, settings};

fn recorded(name: &str) -> Recording {
    load("salt", name)
}

fn ring(name: &str, after: Vec<usize>) -> Ring {
    let gate = Gate { done: Some(Limit::Share(95)), failed: Some(Limit::Hosts(2)), persons: 1, ..Gate::default() };
    Ring { name: name.into(), target: Target::Expression(format!("G@ring:{name}")), expect_seconds: 600, gate, after }
}

pub fn plan() -> RingPlan {
    RingPlan {
        id: "kb-2026-12".into(),
        name: "December baseline".into(),
        tenant: TenantId::new("acme"),
        run: Run { fun: "patch.apply".into(), ..Run::default() },
        undo: None,
        rings: vec![ring("pilot", vec![]), ring("early", vec![0]), ring("broad", vec![1])],
        apart: Vec::new(),
        until: None,
    }
}

fn salt_settings(url: &str) -> Settings {
    Settings {
        eauth: Some("file".into()),
        tenant: None,
        tenants: [(TenantId::new("acme"), "I@tenant:acme".to_owned())].into(),
        plans: vec![plan()],
        ..settings("salt", url)
    }
}

fn open(url: &str) -> Driven<Salt> {
    salt::with_limits(&salt_settings(url), LIMITS).expect("it opens")
}

/// A server with a session to be had.
async fn server() -> Server {
    let server = Server::start().await;
    server.replay(&recorded("01-login"));
    server
}

/// The recorded page of one job, as the runner answers it: the same thing without the repetition.
fn of_runner(name: &str) -> Answer {
    Answer::json(200, &json!({"return": [recorded(name).body["info"][0]]}))
}

async fn report(name: &str) -> Report {
    let server = server().await;
    server.on("POST", "/", &[("fun", "jobs.list_job")], [of_runner(name)]);
    open(&server.url).executor().job("any").await.expect("an answer").expect("a job")
}

fn civil() -> jiff::Timestamp {
    "2026-11-22T01:30:00Z".parse().expect("a time")
}

#[tokio::test]
async fn a_login_sends_what_the_config_names_and_its_token_goes_with_every_request() {
    let server = server().await;
    server.on("POST", "/", &[("fun", "jobs.list_jobs")], [recorded("36-search-nothing").answer]);
    let identity = open(&server.url).connect(civil()).await.expect("an identity");
    assert_eq!(identity.login.as_str(), "ops");
    assert_eq!(identity.rights[&Verb::Stop], Right::Yes);
    let asked = server.asked();
    assert_eq!(asked[0].body, json!({"username": "lead", "password": "hush", "eauth": "file"}));
    assert_eq!(asked[0].header("authorization"), None, "the password travels in the login alone");
    assert_eq!(asked[1].header("x-auth-token"), Some("1".repeat(40).as_str()));
    assert_eq!(asked[1].header("accept"), Some("application/json"));
}

#[tokio::test]
async fn a_login_without_any_right_is_told_what_it_does_not_see() {
    let server = Server::start().await;
    server.on("POST", "/login", &[], [recorded("04-login-unlisted-user").answer]);
    server.on("POST", "/", &[], [recorded("36-search-nothing").answer]);
    let identity = open(&server.url).connect(civil()).await.expect("an identity");
    assert!(matches!(identity.rights[&Verb::Stop], Right::No(_)));
    assert!(identity.blind.iter().any(|words| words.as_str().contains("@runner jobs.list_jobs")), "{:?}", identity.blind);
}

#[tokio::test]
async fn a_refused_login_is_tried_once() {
    let server = Server::start().await;
    server.on("POST", "/login", &[], [recorded("03-login-wrong-password").answer]);
    let trouble = open(&server.url).connect(civil()).await.expect_err("a refusal");
    assert!(matches!(&trouble, Trouble::Credentials(words) if words.as_str().contains("wrong user or password")), "{trouble}");
    assert_eq!(server.asked_for("/login").len(), 1);
}

#[tokio::test]
async fn a_session_that_is_over_is_entered_anew_once_and_the_read_repeated() {
    let server = server().await;
    let answers = [recorded("08-401-no-session").answer, recorded("35-search").answer];
    server.on("POST", "/", &[("fun", "jobs.list_jobs")], answers);
    let history = open(&server.url).executor().jobs().await.expect("an answer");
    assert!(history.jobs.len() > 5);
    // A server that hands out the same token again is no reason to go on for ever.
    let server = self::server().await;
    server.on("POST", "/", &[], [recorded("08-401-no-session").answer]);
    let trouble = open(&server.url).executor().jobs().await.expect_err("a refusal");
    assert!(matches!(trouble, Trouble::Credentials(_)), "{trouble}");
    assert_eq!(server.asked_for("/login").len(), 2);
}

#[tokio::test]
async fn a_session_that_is_about_to_end_is_entered_anew_before_anything_is_asked_with_it() {
    for (lives, logins) in [(0.0, 2), (600.0, 1)] {
        let server = Server::start().await;
        let said =
            json!({"return": [{"token": "1", "start": 1_795_310_901.5, "expire": 1_795_310_901.5 + lives, "user": "ops"}]});
        server.on("POST", "/login", &[], [Answer::json(200, &said)]);
        server.on("POST", "/", &[], [recorded("36-search-nothing").answer]);
        let backend = open(&server.url);
        for _ in 0..2 {
            backend.executor().jobs().await.expect("an answer");
        }
        assert_eq!(server.asked_for("/login").len(), logins, "{lives}");
    }
}

#[rstest]
#[case::on_hosts("09-401-not-permitted-minions", "this login may not run that function, or not on those hosts")]
#[case::on_the_master("10-401-not-permitted-runner", "this login may not run that on the master")]
#[case::client("11-400-client-disabled", "netapi_enable_clients")]
#[tokio::test]
async fn a_missing_right_is_no_reason_to_log_in_again(#[case] name: &str, #[case] words: &str) {
    let server = server().await;
    server.on("POST", "/", &[], [recorded(name).answer]);
    let trouble = open(&server.url).executor().jobs().await.expect_err("a refusal");
    assert!(!matches!(trouble, Trouble::Credentials(_)) && trouble.to_string().contains(words), "{trouble}");
    assert_eq!(server.asked_for("/login").len(), 1);
}

#[tokio::test]
async fn an_unknown_runner_and_a_silent_master_have_their_own_words() {
    let server = server().await;
    server.on("POST", "/", &[], [recorded("14-500-unknown-runner").answer]);
    assert!(matches!(open(&server.url).executor().jobs().await.expect_err("trouble"), Trouble::Server(_)));
    let server = self::server().await;
    server.on("POST", "/", &[], [Answer::empty(200).after(LIMITS.read * 10)]);
    let trouble = open(&server.url).executor().jobs().await.expect_err("trouble").to_string();
    assert!(trouble.contains("the master did not answer"), "{trouble}");
}

#[tokio::test]
async fn a_launch_without_an_answer_is_unknown_and_is_sent_once() {
    let socket = Socket::start(Fault::Silent).await;
    let backend = open(&socket.url);
    // No session could be had: nothing has left.
    let receipt = backend.executor().send(&backend.executor().call(&order())).await.expect("a receipt");
    assert!(matches!(&receipt.outcome, Outcome::Refused(words) if words.as_str().starts_with("not sent")), "{receipt:?}");
    let server = server().await;
    server.on("POST", "/", &[], [Answer::empty(504)]);
    let backend = open(&server.url);
    let receipt = backend.executor().send(&backend.executor().call(&order())).await.expect("a receipt");
    assert!(matches!(receipt.outcome, Outcome::Unknown(_)), "{receipt:?}");
    assert_eq!(server.asked_for("/").len(), 1);
}

fn order() -> Order {
    Order {
        kind: OrderKind::Launch(plan().run),
        hosts: vec!["acme-web-01".into()],
        labels: [("pd".to_owned(), "1".to_owned())].into(),
        key: "20261122012828971383".into(),
    }
}

#[tokio::test]
async fn a_target_is_looked_up_within_the_tenant() {
    let server = server().await;
    server.on("POST", "/", &[("fun", "test.ping")], [recorded("17-targets-preview").answer]);
    let backend = open(&server.url);
    let target = Target::Expression("G@ring:broad".into());
    let hosts = backend.executor().preview(&TenantId::new("acme"), &target).await.expect("hosts");
    assert_eq!(hosts.into_iter().collect::<Vec<_>>(), ["acme-app-01", "acme-db-01", "acme-web-03"]);
    assert_eq!(server.asked_for("/")[0].body[0]["tgt"], "( I@tenant:acme ) and ( G@ring:broad )");
}

#[tokio::test]
async fn a_target_that_means_nobody_is_an_empty_list_and_no_launch() {
    let server = server().await;
    server.on("POST", "/", &[], [recorded("18-no-match").answer]);
    let backend = open(&server.url);
    let target = Target::Expression("G@tenant:nobody".into());
    assert!(backend.executor().preview(&TenantId::new("acme"), &target).await.expect("hosts").is_empty());
    let receipt = backend.executor().send(&backend.executor().call(&order())).await.expect("a receipt");
    assert!(matches!(receipt.outcome, Outcome::Refused(_)), "{receipt:?}");
}

#[tokio::test]
async fn a_launch_keeps_the_job_that_the_master_made() {
    let server = server().await;
    server.on("POST", "/", &[], [recorded("21-launch-pilot").answer]);
    let backend = open(&server.url);
    let receipt = backend.executor().send(&backend.executor().call(&order())).await.expect("a receipt");
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(receipt.made.expect("a job").as_str(), "20261122012828971383");
    let chunk = &server.asked_for("/")[0].body;
    assert_eq!(chunk.as_array().map(Vec::len), Some(1), "one chunk a request");
    assert_eq!(chunk[0]["tgt_type"], "list", "the approved hosts, never an expression");
}

#[tokio::test]
async fn a_search_gives_labels_authors_and_times() {
    let server = server().await;
    server.on("POST", "/", &[("fun", "jobs.list_jobs")], [recorded("35-search").answer]);
    let history = open(&server.url).executor().jobs().await.expect("an answer");
    let retry = history.jobs.iter().find(|job| job.id == "20261122012836346396").expect("the retry");
    assert_eq!((retry.labels["pd_attempt"].as_str(), retry.by.as_str()), ("2", "ops"));
    assert_eq!(retry.began, "2026-11-22T01:28:36.346396Z".parse().ok());
    assert_eq!(retry.ended, "2026-11-22T01:28:37.598888Z".parse().ok());
    let asked = &server.asked_for("/")[0].body[0];
    assert_eq!(asked["search_metadata"], json!({"pd": "1"}));
}

#[rstest]
#[case::done("23-job-done", "acme-web-01", HostState::Done, Some(0), "")]
#[case::pkg(
    "25-job-failed-pkg-upgrade",
    "acme-web-02",
    HostState::Failed,
    Some(100),
    "E: Unable to correct problems, you have held broken packages."
)]
#[case::post_install(
    "25-job-failed-pkg-upgrade",
    "acme-web-04",
    HostState::Failed,
    Some(100),
    "dpkg: error processing package nginx (--configure):"
)]
#[case::module(
    "27-job-failed-module",
    "acme-web-03",
    HostState::Failed,
    Some(100),
    "E: You don't have enough free space in /var/cache/apt/archives/."
)]
#[case::exception(
    "27-job-failed-module",
    "acme-db-01",
    HostState::Failed,
    Some(1),
    "labsim.Broken: patch tool answered with a page of HTML"
)]
#[case::false_is_no_success("28-job-returned-false", "acme-app-01", HostState::Failed, Some(0), "it returned false")]
#[case::state("29-job-failed-state", "acme-web-02", HostState::Failed, Some(100), "upgrade-all: E: Unable to correct problems")]
#[case::not_the_dependants("29-job-failed-state", "acme-web-03", HostState::Failed, Some(2), "preflight: 'patch.probe' failed")]
#[case::busy(
    "30-job-state-busy",
    "acme-web-01",
    HostState::Failed,
    Some(1),
    "The function \"state.apply\" is running as PID 29240"
)]
#[case::dry(
    "31-job-dry-run",
    "acme-web-01",
    HostState::Done,
    Some(0),
    "would change preflight, upgrade-all (curl, libssl3, nginx, openssl, sudo)"
)]
#[case::render("32-job-render-error", "acme-web-01", HostState::Failed, Some(1), "Rendering SLS 'base:patching.broken' failed")]
#[case::two_functions("33-job-two-functions", "acme-web-01", HostState::Done, Some(0), "")]
#[case::timed_out("34-job-cmd-timeout", "acme-web-01", HostState::Failed, Some(0), "sleep 5 : Timed out after 1 seconds")]
#[case::frozen(
    "45-job-blackout",
    "acme-web-01",
    HostState::Skipped,
    Some(1),
    "frozen: the host is in blackout mode and ran nothing"
)]
#[tokio::test]
async fn each_end_of_a_job_is_told_with_the_tools_own_words(
    #[case] name: &str,
    #[case] host: &str,
    #[case] state: HostState,
    #[case] code: Option<i64>,
    #[case] words: &str,
) {
    let report = report(name).await;
    let result = &report.results[host];
    assert_eq!((result.state, result.code), (state, code), "{result:?}");
    let message = result.message.clone().unwrap_or_default();
    assert!(message.as_str().starts_with(words) && words.is_empty() == message.is_empty(), "{message}");
    assert!(!result.said.is_empty(), "the evidence is kept");
}

#[tokio::test]
async fn what_brings_a_host_back_is_read_from_its_changes() {
    let report = report("23-job-done").await;
    let back = report.results["acme-web-01"].back.clone().expect("a way back");
    assert_eq!(back.fun, "pkg.install");
    assert!(back.kwarg["pkgs"].as_array().expect("packages").contains(&json!({"openssl": "3.0.11-1~deb12u2"})));
}

#[tokio::test]
async fn a_running_job_has_hosts_and_no_results_and_an_unknown_one_is_none() {
    let running = report("22-job-running").await;
    assert_eq!(running.missing().collect::<Vec<_>>(), ["acme-web-01"]);
    let server = server().await;
    server.on("POST", "/", &[("fun", "jobs.list_job")], [of_runner("37-job-unknown")]);
    assert_eq!(open(&server.url).executor().job("20200101000000000000").await.expect("an answer"), None);
}

#[tokio::test]
async fn a_late_answer_under_the_same_job_joins_the_others() {
    let partly = report("38-job-partly").await;
    assert_eq!(partly.missing().count(), 2);
    let merged = report("44-job-late-merged").await;
    assert_eq!(merged.told.len(), 3);
    assert!(merged.results.contains_key("acme-web-03") && merged.results.contains_key("acme-web-01"));
}

#[tokio::test]
async fn hosts_say_running_gone_or_nothing() {
    let server = server().await;
    server.on("POST", "/", &[("fun", "saltutil.find_job")], [recorded("40-find-job").answer]);
    let hosts: Vec<String> = ["acme-web-01", "acme-web-02", "acme-web-03", "ghost-9"].map(str::to_owned).into();
    let said = open(&server.url).executor().probe("20261122012859156239", &hosts).await.expect("answers");
    let said: Vec<Probe> = said.into_values().collect();
    assert_eq!(said, [Probe::Gone, Probe::Running, Probe::Silent, Probe::Silent]);
}

/// A server that knows the recorded night: the search, and each job that the search names, as far as it was recorded.
async fn the_night() -> Server {
    let server = server().await;
    furnish(&server);
    server
}

pub fn furnish(server: &Server) {
    server.on("POST", "/", &[("fun", "test.ping")], [recorded("17-targets-preview").answer]);
    server.on("POST", "/", &[("fun", "saltutil.find_job")], [recorded("40-find-job").answer]);
    let search = recorded("35-search");
    server.on("POST", "/", &[("fun", "jobs.list_jobs")], [search.answer]);
    let unknown = json!({"return": [recorded("37-job-unknown").body["info"][0]]});
    server.on("POST", "/", &[("fun", "jobs.list_job")], [Answer::json(200, &unknown)]);
    let names = ["23-job-done", "25-job-failed-pkg-upgrade", "27-job-failed-module"];
    for name in names {
        let id = recorded(name).body["info"][0]["jid"].as_str().expect("a jid").to_owned();
        server.on("POST", "/", &[("fun", "jobs.list_job"), ("jid", &id)], [of_runner(name)]);
    }
}

#[tokio::test]
async fn the_recorded_night_is_a_rollout_with_its_rings() {
    let server = the_night().await;
    let backend: Arc<dyn Backend> = Arc::new(open(&server.url));
    let Facts::Rollouts { rollouts, complete: true, .. } = backend.observe(Interest::Board).await.expect("a board").facts else {
        panic!("no list")
    };
    assert_eq!(rollouts.len(), 1);
    assert_eq!((rollouts[0].name.as_str(), rollouts[0].tenant.raw()), ("December baseline", "acme"));
    let Facts::Waves { waves, .. } = backend.observe(Interest::Rollout(rollouts[0].id.clone())).await.expect("waves").facts
    else {
        panic!("no waves")
    };
    assert_eq!(waves.iter().map(|wave| wave.name.as_str()).collect::<Vec<_>>(), ["pilot", "early", "broad"]);
    assert_eq!(waves[0].counts.done, 1);
    assert_eq!(waves[1].counts.failed, 2);
}

#[tokio::test]
async fn complete_jobs_are_not_read_again() {
    let server = the_night().await;
    let backend: Arc<dyn Backend> = Arc::new(open(&server.url));
    backend.observe(Interest::Board).await.expect("a board");
    let done = |server: &Server| {
        let id = Value::from("20261122012828971383");
        server.asked_for("/").iter().filter(|asked| asked.body[0]["fun"] == "jobs.list_job" && asked.body[0]["jid"] == id).count()
    };
    assert_eq!(done(&server), 1);
    backend.survey(&intent(Verb::Stop, "kb-2026-12")).await.expect("facts");
    assert!(server.asked_for("/").iter().filter(|asked| asked.body[0]["fun"] == "jobs.list_jobs").count() > 1);
    assert_eq!(done(&server), 1);
}

#[tokio::test]
async fn a_blackout_in_the_recorded_pillar_is_the_masters_own_word_on_rings_that_have_not_begun() {
    let server = the_night().await;
    server.on("POST", "/", &[("fun", "jobs.list_jobs")], [recorded("36-search-nothing").answer]);
    // The same pillar of a host that the recorded preview names.
    let mut of_host = recorded("20-pillar-cache").body["return"][0]["acme-web-01"].clone();
    of_host["minion_blackout"] = json!(true);
    let pillar = json!({"return": [{"acme-web-03": of_host}]});
    server.on("POST", "/", &[("fun", "cache.pillar")], [Answer::json(200, &pillar)]);
    let backend: Arc<dyn Backend> = Arc::new(open(&server.url));
    backend.observe(Interest::Board).await.expect("a board");
    let asked = server.asked().len();
    let Facts::Windows { word, .. } = backend.observe(Interest::Windows).await.expect("an answer").facts else {
        panic!("no word")
    };
    assert_eq!(server.asked().len(), asked, "the board has read it");
    // The preview names the same hosts for every ring.
    let waves: Vec<String> = word.windows.iter().filter_map(|window| window.wave.as_ref()).map(ToString::to_string).collect();
    assert_eq!(waves, ["pilot", "early", "broad"]);
    let window = &word.windows[0];
    assert_eq!((window.says, window.tenant.raw()), (Says::Frozen, "acme"));
    assert_eq!(window.hosts.iter().map(HostId::raw).collect::<Vec<_>>(), ["acme-web-03"]);
    assert!(window.native.as_str().starts_with("minion_blackout in its pillar"), "{}", window.native);
}
