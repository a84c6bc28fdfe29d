//! What goes wrong is told apart in words, for every adapter alike.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use patchdeck::backend::port::{Interest, Right, Trouble};
use patchdeck::backend::registry;
use patchdeck::backend::settings::SecretSource;
use serde_json::json;

use super::recordings::load;
use super::server::{Answer, Fault, Server, Socket};
use super::subject::{SUBJECTS, Subject, hawkbit, settings};

/// The board's trouble when the server answers this.
async fn board_trouble(subject: &Subject, answer: Answer) -> Trouble {
    let server = subject.server().await;
    subject.answers(&server, subject.board, [answer]);
    subject.open(&server.url).observe(Interest::Board).await.expect_err("trouble")
}

async fn socket_trouble(subject: &Subject, fault: Fault) -> Trouble {
    let socket = Socket::start(fault).await;
    subject.open(&socket.url).observe(Interest::Board).await.expect_err("trouble")
}

#[tokio::test]
async fn every_refusing_status_is_a_trouble_of_its_own() {
    type Kind = fn(&Trouble) -> bool;
    let table: &[(u16, Kind)] = &[
        (
            302,
            |it| matches!(it, Trouble::NotUnderstood(words) if words.as_str().contains("redirected to https://login.example.test/")),
        ),
        (401, |it| matches!(it, Trouble::Credentials(_))),
        (403, |it| matches!(it, Trouble::NotPermitted(_))),
        (404, |it| matches!(it, Trouble::NotFound(_))),
        (405, |it| matches!(it, Trouble::Unsupported(_))),
        (409, |it| matches!(it, Trouble::Conflict(_))),
        (423, |it| matches!(it, Trouble::Locked(_))),
        (429, |it| matches!(it, Trouble::Overloaded { retry_after: None, .. })),
        (500, |it| matches!(it, Trouble::Server(_))),
        (502, |it| matches!(it, Trouble::Server(words) if words.as_str().contains("gateway"))),
        (503, |it| matches!(it, Trouble::Overloaded { .. })),
    ];
    for subject in SUBJECTS {
        for (status, is_kind) in table {
            let mut answer = Answer::empty(*status);
            if *status == 302 {
                answer = answer.header("Location", "https://login.example.test/");
            }
            let trouble = board_trouble(subject, answer).await;
            assert!(is_kind(&trouble), "{} {status}: {trouble:?}", subject.kind);
        }
    }
}

#[tokio::test]
async fn a_server_that_says_when_to_ask_again_is_heard() {
    for subject in SUBJECTS {
        for status in [429, 503] {
            let trouble = board_trouble(subject, Answer::empty(status).header("Retry-After", "17")).await;
            let Trouble::Overloaded { retry_after, .. } = trouble else { panic!("{trouble:?}") };
            assert_eq!(retry_after, Some(Duration::from_secs(17)), "{} {status}", subject.kind);
        }
    }
}

#[tokio::test]
async fn a_used_up_quota_is_not_told_as_overload() {
    let body = json!({"errorCode": "hawkbit.server.error.quota.tooManyEntries", "message": "500 groups"});
    let trouble = board_trouble(&SUBJECTS[0], Answer::json(429, &body)).await;
    assert_eq!(trouble, Trouble::Quota("500 groups".into()));
    assert!(!trouble.may_pass());
}

#[tokio::test]
async fn another_servers_answer_is_no_board_without_rollouts_and_no_login() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::json(200, &json!({"hello": 1}))]);
    server.on("GET", "/rest/v1/userinfo", &[], [Answer::json(200, &json!({"hello": 1})), Answer::empty(404)]);
    let backend = hawkbit(&server.url);
    let board = backend.observe(Interest::Board).await.expect_err("no list").to_string();
    assert!(board.contains("neither `content` nor `total`"), "{board}");
    for _ in 0..2 {
        let login = backend.connect(Timestamp::now()).await.expect_err("no login").to_string();
        assert!(login.contains("does url lead to a hawkBit server?"), "{login}");
    }
}

#[tokio::test]
async fn a_page_instead_of_data_is_told_with_its_first_line() {
    for subject in SUBJECTS {
        for status in [200, 400, 500] {
            let page = Answer::text(status, "text/html", "<!doctype html>\n<title>Sign in</title>");
            let words = board_trouble(subject, page).await.to_string();
            assert!(words.contains("<!doctype html>"), "{} {status}: {words}", subject.kind);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_cut_off_says_so() {
    for subject in SUBJECTS {
        let trouble = socket_trouble(subject, Fault::CutBody).await;
        let Trouble::Unreachable(words) = &trouble else { panic!("{trouble:?}") };
        assert!(words.as_str().contains("cut off after 12 bytes"), "{words}");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_says_so() {
    for subject in SUBJECTS {
        let trouble = socket_trouble(subject, Fault::Reset).await;
        let Trouble::Unreachable(words) = &trouble else { panic!("{trouble:?}") };
        assert!(words.as_str().contains("cut the connection"), "{words}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_times_out() {
    for subject in SUBJECTS {
        assert!(matches!(socket_trouble(subject, Fault::Silent).await, Trouble::TimedOut(_)), "{}", subject.kind);
    }
}

#[tokio::test]
async fn nobody_listening_and_no_such_name_are_told_apart() {
    for subject in SUBJECTS {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        let refused = subject.open(&format!("http://{free}")).observe(Interest::Board).await.expect_err("trouble").to_string();
        assert!(refused.contains("refused the connection"), "{refused}");
        let unknown = subject.open("http://nowhere.invalid").observe(Interest::Board).await.expect_err("trouble").to_string();
        assert!(unknown.contains("no address is known for nowhere.invalid:80"), "{unknown}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_by_us() {
    let server = Server::start().await;
    let long = "x".repeat(17 * 1024 * 1024);
    server.on("GET", "/rest/v1/rollouts", &[], [Answer::text(200, "application/json", &long)]);
    let words = hawkbit(&server.url).observe(Interest::Board).await.expect_err("trouble").to_string();
    assert!(words.contains("longer than 16 MB"), "{words}");
}

#[tokio::test]
async fn a_refused_read_is_not_asked_again_with_the_same_secret() {
    for subject in SUBJECTS {
        let server = Server::start().await;
        let (method, path) = subject.door;
        server.on(method, path, &[], [Answer::empty(401)]);
        let backend = subject.open(&server.url);
        for _ in 0..3 {
            backend.observe(Interest::Board).await.expect_err("refused");
        }
        assert_eq!(server.asked().len(), 3, "{}", subject.kind);
    }
}

#[tokio::test]
async fn a_helper_whose_secret_was_refused_is_asked_once_more() {
    for subject in SUBJECTS {
        let server = subject.with_board().await;
        let (method, path) = subject.door;
        let let_in = load(subject.kind, subject.login.unwrap_or(subject.board)).answer;
        server.on(method, path, &[], [Answer::empty(401), let_in]);
        let dir = tempfile::tempdir().expect("a directory");
        let script = format!("echo x >> '{0}/runs'; echo secret$(wc -l < '{0}/runs')", dir.path().display());
        let mut settings = settings(subject.kind, &server.url);
        settings.secret = Some(SecretSource::Exec(vec!["sh".to_owned(), "-c".to_owned(), script]));
        let backend = subject.open_with(&settings).expect("it opens");
        // Who logs in for a session asks the helper at each login, and so at the next read; the others within the same one.
        if subject.login.is_some() {
            backend.observe(Interest::Board).await.expect_err("the first secret is refused");
        }
        backend.observe(Interest::Board).await.expect("the second secret is taken");
        let sent: Vec<_> = server.asked_for(path).iter().map(|asked| (subject.secret)(asked)).collect();
        assert!(sent.len() == 2 && sent[0] != sent[1], "{sent:?}");
    }
}

#[tokio::test]
async fn no_words_of_trouble_hold_the_secret() {
    for subject in SUBJECTS {
        let trouble = board_trouble(subject, Answer::empty(401)).await;
        assert!(!format!("{trouble} {trouble:?}").contains("hush"), "{trouble:?}");
    }
}

#[tokio::test]
async fn the_login_and_its_tenant_are_read() {
    for subject in SUBJECTS {
        let server = subject.server().await;
        subject.answers(&server, subject.identity, [load(subject.kind, subject.identity).answer]);
        let identity = subject.open(&server.url).connect(Timestamp::now()).await.expect("an identity");
        assert_eq!((identity.login.as_str(), identity.tenant.as_str()), subject.told);
        assert!(identity.rights.values().all(|right| *right == Right::Yes), "{:?}", identity.rights);
        assert!(identity.skew.is_some_and(|skew| skew.abs() < SignedDuration::from_secs(5)), "{:?}", identity.skew);
    }
}

#[tokio::test]
async fn a_login_of_another_tenant_is_refused() {
    for subject in SUBJECTS.iter().filter(|subject| subject.has_tenants) {
        let server = subject.server().await;
        subject.answers(&server, subject.identity, [load(subject.kind, subject.identity).answer]);
        let mut settings = settings(subject.kind, &server.url);
        settings.expect_tenant = Some("ACME".to_owned());
        let backend = subject.open_with(&settings).expect("it opens");
        let trouble = backend.connect(Timestamp::now()).await.expect_err("another tenant");
        assert!(trouble.is_refusal() && matches!(trouble, Trouble::OtherTenant(_)), "{trouble:?}");
        settings.expect_tenant = Some("default".to_owned());
        assert!(subject.open_with(&settings).expect("it opens").connect(Timestamp::now()).await.is_ok());
    }
}

#[tokio::test]
async fn a_clock_that_is_ten_minutes_off_is_measured() {
    for subject in SUBJECTS {
        let server = subject.server().await;
        let recorded = load(subject.kind, subject.identity).answer;
        subject.answers(&server, subject.identity, [recorded.header("Date", "Sun, 22 Nov 2026 10:10:00 GMT")]);
        let civil = "2026-11-22T10:00:00Z".parse().expect("a time");
        let skew = subject.open(&server.url).connect(civil).await.expect("an identity").skew.expect("a skew");
        assert!((skew - SignedDuration::from_mins(10)).abs() < SignedDuration::from_secs(3), "{skew:?}");
    }
}

#[tokio::test]
async fn a_proxy_from_the_settings_is_used() {
    for subject in SUBJECTS {
        let proxy = Socket::start(Fault::Says("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")).await;
        let mut settings = settings(subject.kind, "http://patches.example.test:8080");
        settings.proxy = Some(proxy.url.clone());
        let backend = subject.open_with(&settings).expect("it opens");
        backend.observe(Interest::Board).await.expect_err("the proxy is busy");
        let head = proxy.heads().remove(0);
        assert!(head.starts_with(&format!("{} http://patches.example.test:8080/", subject.door.0)), "{head}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_and_not_the_server_behind_it() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    for subject in SUBJECTS {
        let mut settings = settings(subject.kind, "http://patches.example.test:8080");
        settings.proxy = Some(format!("http://{free}"));
        let backend = subject.open_with(&settings).expect("it opens");
        let words = backend.observe(Interest::Board).await.expect_err("nobody there").to_string();
        let told = format!("the proxy {free} before patches.example.test:8080 refused the connection");
        assert!(words.contains(&told), "{words}");
    }
}

/// Says to a process that runs one test of this binary that a proxy stands in its environment.
const CHILD: &str = "PATCHDECK_TEST_CHILD";

/// Runs one test of this binary in a process whose environment names a proxy: this one's environment is shared by all tests.
async fn child(test: &str, proxy: &str) {
    let output = tokio::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", test])
        .env("HTTP_PROXY", proxy)
        .env("http_proxy", proxy)
        .env(CHILD, "1")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .await
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{test}: {said}");
}

#[tokio::test]
async fn a_proxy_from_the_environment_is_used() {
    if std::env::var_os(CHILD).is_some() {
        // In the child: everything goes to the proxy of the environment, which is busy.
        for subject in SUBJECTS {
            let backend = subject.open("http://patches.example.test:8080");
            let trouble = backend.observe(Interest::Board).await.expect_err("the proxy is busy");
            assert!(matches!(trouble, Trouble::Overloaded { .. }), "{trouble:?}");
        }
        return;
    }
    let proxy = Socket::start(Fault::Says("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")).await;
    child("contract::faults::a_proxy_from_the_environment_is_used", &proxy.url).await;
    let heads = proxy.heads();
    assert_eq!(heads.len(), SUBJECTS.len());
    assert!(heads.iter().all(|head| head.contains(" http://patches.example.test:8080/")), "{heads:?}");
}

#[tokio::test]
async fn what_listens_on_this_machine_is_not_asked_through_the_proxy_of_the_environment() {
    let proxy = Socket::start(Fault::Says("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")).await;
    child("contract::reading::a_board_takes_few_requests_and_the_same_board_again_no_more", &proxy.url).await;
    assert!(proxy.heads().is_empty());
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    let words = registry::open(&settings("abacus", "http://x.example.test")).err().expect("refused").to_string();
    assert!(words.contains("abacus") && registry::KINDS.iter().all(|kind| words.contains(kind)), "{words}");
}

#[tokio::test]
async fn the_registry_opens_every_subject() {
    for subject in SUBJECTS {
        let backend = registry::open(&settings(subject.kind, "http://x.example.test")).expect("it opens");
        assert_eq!(backend.describe().kind, subject.kind);
        assert!(registry::KINDS.contains(&subject.kind));
    }
}
