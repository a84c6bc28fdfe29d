//! Faults between client and server, injected while the twin runs.

use std::time::{Duration, Instant};

use patchdeck::twin::faults::{ErrorBody, Fault, What};
use patchdeck::twin::{Options, builtin, hawkbit};
use reqwest::Method;
use rstest::rstest;

use super::client::{APPROVED, Site, http, scenario, two_waves};

async fn ready() -> (Site, i64) {
    let site = Site::open(&scenario(&two_waves("quiet", "quiet", APPROVED)), 0.0).await;
    let id = site.rollout("lead", "December").await;
    (site, id)
}

#[rstest]
#[case(ErrorBody::Spring, "application/hal+json")]
#[case(ErrorBody::Hawkbit, "application/hal+json")]
#[case(ErrorBody::Html, "text/html;charset=utf-8")]
#[case(ErrorBody::Empty, "")]
#[tokio::test]
async fn a_status_comes_with_the_body_that_was_asked_for(#[case] body: ErrorBody, #[case] kind: &str) {
    let (site, id) = ready().await;
    site.running.faults().inject(Fault::always(What::Status { code: 503, body }).on_path("/rollouts").times(1));
    let path = format!("/rollouts/{id}");
    let seen = site.get("lead", &path).await;
    assert_eq!((seen.status, seen.header("content-type")), (503, kind));
    assert_eq!(seen.text.is_empty(), body == ErrorBody::Empty);
    assert_eq!(site.get("lead", &path).await.status, 200, "once was asked for, once it came");
}

#[tokio::test]
async fn a_fault_hits_its_tenant_path_and_method_only() {
    let (site, id) = ready().await;
    let fault = Fault::always(What::Status { code: 500, body: ErrorBody::Spring });
    let injected = site.running.faults().inject(fault.for_tenant("ACME").on_path("/rollouts").on_method("GET"));
    assert_eq!(site.get("lead", &format!("/rollouts/{id}")).await.status, 500);
    assert_eq!(site.get("lead", "/userinfo").await.status, 200);
    assert_eq!(site.get("second", "/rollouts").await.status, 200);
    assert_eq!(site.post("lead", &format!("/rollouts/{id}/start")).await.status, 204);
    site.running.faults().clear(injected);
    assert_eq!(site.get("lead", &format!("/rollouts/{id}")).await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_means_that_the_verb_took_effect() {
    let (site, id) = ready().await;
    site.running.faults().inject(Fault::always(What::LostAnswer).on_method("POST").times(1));
    let path = format!("/rollouts/{id}/start");
    assert!(site.send("lead", Method::POST, &path, None).await.is_err());
    assert_eq!(site.status("lead", id).await, "starting");
}

#[tokio::test]
async fn a_reset_comes_before_the_verb_takes_effect() {
    let (site, id) = ready().await;
    site.running.faults().inject(Fault::always(What::Reset).on_method("POST").times(1));
    assert!(site.send("lead", Method::POST, &format!("/rollouts/{id}/start"), None).await.is_err());
    assert_eq!(site.status("lead", id).await, "ready");
}

#[tokio::test]
async fn a_cut_body_begins_well_and_ends_badly() {
    let (site, _) = ready().await;
    site.running.faults().inject(Fault::always(What::CutBody).times(1));
    let answer = site.send("lead", Method::GET, "/targets?limit=40", None).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
    assert_eq!(site.get("lead", "/targets").await.status, 200);
}

#[tokio::test]
async fn a_hanging_request_never_ends_and_others_go_on() {
    let (site, id) = ready().await;
    let hung = site.running.faults().inject(Fault::always(What::Hang).on_path("/actions"));
    let asked = tokio::time::timeout(Duration::from_millis(300), site.send("lead", Method::GET, "/actions", None));
    assert!(asked.await.is_err());
    assert_eq!(site.status("lead", id).await, "ready");
    site.running.faults().clear(hung);
    assert_eq!(site.get("lead", "/actions").await.status, 200);
}

#[tokio::test]
async fn a_delay_holds_the_answer_back() {
    let (site, _) = ready().await;
    site.running.faults().inject(Fault::always(What::Delay { ms: 200 }).times(1));
    let begun = Instant::now();
    assert_eq!(site.get("lead", "/userinfo").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[rstest]
#[case(None, "")]
#[case(Some(7), "7")]
#[tokio::test]
async fn too_many_comes_with_or_without_the_time_to_wait(#[case] retry_after: Option<u32>, #[case] header: &str) {
    let (site, _) = ready().await;
    site.running.faults().inject(Fault::always(What::TooMany { retry_after }));
    let seen = site.get("lead", "/userinfo").await;
    assert_eq!((seen.status, seen.text.as_str(), seen.header("retry-after")), (429, "", header));
}

#[tokio::test]
async fn a_scenario_may_bring_its_own_faults() {
    let fault =
        "\n[[fault]]\ntenant = \"ACME\"\npath = \"/userinfo\"\ntimes = 1\nwhat = { status = { code = 502, body = \"html\" } }\n";
    let site = Site::open(&format!("{}{fault}", scenario("")), 0.0).await;
    assert_eq!(site.get("lead", "/userinfo").await.status, 502);
    assert_eq!(site.get("lead", "/userinfo").await.status, 200);
    assert_eq!(site.running.faults().hits(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_take_its_verb_back() {
    let slow =
        scenario(&two_waves("gone", "gone", super::client::STARTED)).replace("verb_ms_per_host = 0.0", "verb_ms_per_host = 30.0");
    let site = Site::open(&slow, 0.0).await;
    let id = site.rollout("lead", "December").await;
    let path = format!("/rollouts/{id}/triggerNextGroup");
    let verb = tokio::time::timeout(Duration::from_millis(50), site.send("lead", Method::POST, &path, None));
    assert!(verb.await.is_err());
    let groups = format!("/rollouts/{id}/deploygroups?sort=id:ASC");
    site.wait_until("lead", &groups, |body| body["content"][1]["status"] == "running").await;
}

#[tokio::test]
async fn dropping_the_twin_ends_its_open_requests_and_frees_the_port() {
    let (site, _) = ready().await;
    site.running.faults().inject(Fault::always(What::Hang).on_path("/actions"));
    let (addr, login, http) = (site.running.addr(), site.login("lead").clone(), site.http.clone());
    let request = http.get(format!("{}/rest/v1/actions", login.url)).basic_auth(&login.user, Some(&login.password));
    let faults = site.running.faults();
    let hung = tokio::spawn(request.send());
    while faults.hits() == 0 {
        tokio::task::yield_now().await;
    }
    drop(site);
    assert!(hung.await.unwrap().is_err());
    let options = Options { port: addr.port(), ..Options::default() };
    let end = Instant::now() + Duration::from_secs(10);
    while hawkbit::start(&scenario(""), options).await.is_err() {
        assert!(Instant::now() < end, "the port never came free");
    }
}

#[tokio::test]
async fn a_twin_opened_at_once_listens_before_its_night_is_built_and_answers_after_it() {
    let options = Options { speed: Some(0.0), hosts: Some(20_000), ..Options::default() };
    let began = Instant::now();
    let running = hawkbit::open(builtin("patch-tuesday").expect("a scenario"), options).await.expect("a twin");
    let listens = began.elapsed();
    let login = &running.connections[0];
    let request = http().get(format!("{}/rest/v1/rollouts", login.url)).basic_auth(&login.user, Some(&login.password));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(listens * 2 < began.elapsed(), "it listened after {listens:?} and answered after {:?}", began.elapsed());
}

#[tokio::test]
async fn a_scenario_that_cannot_be_read_is_refused_with_its_line() {
    let broken = scenario("").replace("scheduler_s = 2", "scheduler_s = 2\nschedular = 3");
    let error = hawkbit::start(&broken, Options::default()).await.err().expect("a refusal").to_string();
    assert!(error.contains("schedular") && error.contains("line"), "{error}");
}
