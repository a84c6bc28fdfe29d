//! Everyday reading: the board, waves, lists that go on, and answers that did not change.

use patchdeck::backend::port::{Facts, Interest, Page, Scope};
use patchdeck::domain::{
    Crossing, HostId, HostState, Limit, OnFailed, OnMet, PausedBy, RolloutState, Says, Text, WaveId, WaveState,
};
use serde_json::{Value, json};

use super::recordings::load;
use super::server::{Answer, Server};
use super::subject::{SUBJECTS, facts, hawkbit, rollout_id, settings};

#[tokio::test]
async fn a_board_takes_few_requests_and_the_same_board_again_no_more() {
    for subject in SUBJECTS {
        let server = subject.with_board().await;
        let backend = subject.open(&server.url);
        let Facts::Rollouts { scope, rollouts, complete } = facts(&backend, Interest::Board).await else { panic!("no rollouts") };
        assert_eq!((scope, rollouts.len(), complete), (Scope::Live, 1, true), "{}", subject.kind);
        let first = server.asked().len();
        assert!((1..=subject.first_board).contains(&first), "{}: {first}", subject.kind);
        facts(&backend, Interest::Board).await;
        assert!(server.asked().len() <= 2 * first, "{}", subject.kind);
    }
}

#[tokio::test]
async fn an_empty_board_is_complete_and_no_error() {
    for subject in SUBJECTS {
        let server = subject.server().await;
        let board = load(subject.kind, subject.board);
        server.on(&board.method, &board.path, &[], [Answer::text(200, "application/json", subject.empty)]);
        let settings = settings(subject.kind, &server.url);
        let backend = subject.open_with(&settings).expect("it opens");
        let Facts::Rollouts { rollouts, complete, .. } = facts(&backend, Interest::Board).await else { panic!("no rollouts") };
        assert!(complete, "{}", subject.kind);
        // A plan is on the board before it begins.
        assert_eq!(rollouts.len(), settings.plans.len(), "{}", subject.kind);
        assert!(rollouts.iter().all(|rollout| rollout.state == RolloutState::NotBegun), "{}", subject.kind);
    }
}

#[tokio::test]
async fn the_board_asks_exactly_what_was_recorded() {
    let server = Server::start().await;
    let recording = load("hawkbit", "027_rollouts_board_paused");
    server.replay(&recording);
    facts(&hawkbit(&server.url), Interest::Board).await;
    let asked = server.asked().remove(0);
    let mut query = asked.query.clone();
    let mut recorded = recording.query.clone();
    query.sort();
    recorded.sort();
    assert_eq!(query, recorded);
    assert_eq!(asked.header("accept"), Some("application/hal+json"));
    assert_eq!(asked.header("authorization"), Some("Basic bGVhZDpodXNo"));
}

#[tokio::test]
async fn a_recorded_rollout_is_read_whole() {
    let server = Server::start().await;
    server.replay(&load("hawkbit", "027_rollouts_board_paused"));
    let Facts::Rollouts { rollouts, .. } = facts(&hawkbit(&server.url), Interest::Board).await else { panic!("no rollouts") };
    let rollout = &rollouts[0];
    assert_eq!(rollout.id, rollout_id("3"));
    assert_eq!(rollout.tenant.raw(), "acme");
    assert_eq!(rollout.name.as_str(), "KB-2026-09 tills");
    assert_eq!(rollout.release.as_ref().map(|release| release.name.as_str()), Some("till-os:2026.09"));
    assert_eq!(rollout.state, RolloutState::Paused(PausedBy::NotKnown), "the list does not say who paused it");
    assert_eq!(rollout.approval.by.as_ref().map(Text::as_str), Some("lead"));
    assert_eq!(rollout.approval.remark.as_ref().map(Text::as_str), Some("CAB-77"));
    let counts = rollout.counts.expect("counts");
    assert_eq!(counts.total, 60);
    assert_eq!(counts.left() + counts.settled(), 60);
}

#[tokio::test]
async fn the_waves_of_a_paused_rollout_prove_the_limit() {
    let server = Server::start().await;
    server.replay(&load("hawkbit", "028_deploygroups_paused"));
    let Facts::Waves { waves, .. } = facts(&hawkbit(&server.url), Interest::Rollout(rollout_id("3"))).await else {
        panic!("no waves")
    };
    assert_eq!(waves.iter().map(|wave| wave.name.as_str()).collect::<Vec<_>>(), ["canary", "early", "broad-a", "broad-b"]);
    let states: Vec<WaveState> = waves.iter().map(|wave| wave.state).collect();
    assert_eq!(states, [WaveState::Running, WaveState::OverLimit, WaveState::NotBegun, WaveState::NotBegun]);
    let gate = &waves[1].gate;
    assert_eq!((gate.done.clone(), gate.failed.clone()), (Some(Limit::Share(60)), Some(Limit::Share(20))));
    assert_eq!((gate.on_met, gate.on_failed), (Some(OnMet::NextWave), Some(OnFailed::Pause)));
    assert_eq!(waves[2].after, [waves[1].id.clone()]);
    let by = PausedBy::judged(&waves, |_| Crossing::Open);
    assert_eq!(by, PausedBy::Limit { wave: WaveId::new(rollout_id("3"), "4"), failed: 7, total: 14 });
}

fn rollouts(ids: impl Iterator<Item = u64>, total: u64) -> Answer {
    let content: Vec<Value> = ids.map(|id| json!({"id": id, "name": format!("r{id}"), "status": "running"})).collect();
    Answer::json(200, &json!({"content": content, "total": total, "size": content.len()}))
}

#[tokio::test]
async fn a_board_of_more_than_a_page_is_read_to_its_end() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/rollouts", &[], [rollouts((51..=150).rev(), 150)]);
    server.on("GET", "/rest/v1/rollouts", &[("offset", "100")], [rollouts((1..=51).rev(), 150)]);
    let Facts::Rollouts { rollouts, complete, .. } = facts(&hawkbit(&server.url), Interest::Board).await else {
        panic!("no rollouts")
    };
    assert_eq!(rollouts.len(), 150, "the one that moved to the next page stands once");
    assert!(complete);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_list_that_ends_early_is_not_called_complete() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/rollouts", &[], [rollouts(1..=100, 150)]);
    server.on("GET", "/rest/v1/rollouts", &[("offset", "100")], [rollouts(0..0, 150)]);
    let Facts::Rollouts { complete, .. } = facts(&hawkbit(&server.url), Interest::Board).await else { panic!("no rollouts") };
    assert!(!complete);
}

#[tokio::test]
async fn what_did_not_change_costs_a_304_and_reads_the_same() {
    let server = Server::start().await;
    server.replay(&load("hawkbit", "028_deploygroups_paused"));
    let backend = hawkbit(&server.url);
    let first = facts(&backend, Interest::Rollout(rollout_id("3"))).await;
    let second = facts(&backend, Interest::Rollout(rollout_id("3"))).await;
    assert_eq!(first, second);
    let asked = server.asked();
    let health = backend.health();
    assert_eq!((health.requests, health.not_modified, health.errors), (2, 1, 0));
    assert_eq!(asked[0].header("if-none-match"), None);
    assert_eq!(asked[1].header("if-none-match"), Some("\"0d3fdad9056a1036a39a61973ced37eef\""));
}

#[tokio::test]
async fn before_the_start_a_waves_hosts_are_its_targets_and_all_wait() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &json!({"content": [], "total": 0}))]);
    server.replay(&load("hawkbit", "030_deploygroup_targets_failed"));
    let wave = WaveId::new(rollout_id("3"), "4");
    let page = Page { offset: 0, limit: 20 };
    let Facts::Hosts { hosts, total, .. } = facts(&hawkbit(&server.url), Interest::Hosts(wave, page)).await else {
        panic!("no hosts")
    };
    assert_eq!((hosts.len(), total), (7, 7));
    assert!(hosts.iter().all(|host| host.state == HostState::Waiting && host.address.is_some()));
}

#[tokio::test]
async fn the_failed_hosts_of_a_wave_are_asked_for_by_their_state() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &load("hawkbit", "031_actions_failed_full").body)]);
    let (wave, page) = (WaveId::new(rollout_id("3"), "8"), Page { offset: 200, limit: 200 });
    let ask = Interest::WaveFailures(wave.clone(), page);
    let Facts::WaveFailures { wave: of, page: at, hosts, total } = facts(&hawkbit(&server.url), ask).await else {
        panic!("no failed hosts")
    };
    assert_eq!((of, at, total as usize), (wave.clone(), page, hosts.len()));
    assert!(hosts.iter().all(|host| host.state == HostState::Failed && host.wave.as_ref() == Some(&wave)));
    let asked = server.asked();
    let said = ["q", "offset", "limit", "sort"].map(|key| asked[0].query(key).unwrap_or_default());
    assert_eq!((asked.len(), said), (1, ["rolloutgroup.id==8;status==error", "200", "200", "id:ASC"]));
}

#[tokio::test]
async fn a_server_of_the_old_dialect_is_understood_after_one_probe() {
    let refused = json!({"errorCode": "hawkbit.server.error.rest.param.rsqlInvalidField"});
    let server = Server::start().await;
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(400, &refused)]);
    let failed = json!({"content": [{"id": 7, "status": "finished", "detailStatus": "error",
        "_links": {"self": {"href": "http://x.example.test/rest/v1/targets/till-1/actions/7"}}}], "total": 1});
    server.on("GET", "/rest/v1/actions", &[("q", "rollout.id==3;detailstatus==error")], [Answer::json(200, &failed)]);
    let backend = hawkbit(&server.url);
    let ask = Interest::Failures(rollout_id("3"), Page { offset: 0, limit: 50 });
    for _ in 0..2 {
        let Facts::Failures { hosts, .. } = facts(&backend, ask.clone()).await else { panic!("no failures") };
        assert_eq!((hosts[0].id.raw(), hosts[0].state), ("till-1", HostState::Failed));
    }
    let asked: Vec<_> = server.asked().iter().filter_map(|asked| asked.query("q").map(str::to_owned)).collect();
    let (old, since) = ("rollout.id==3;detailstatus==error", "id=gt=7;target.controllerid=in=(till-1)");
    assert_eq!(asked, ["rollout.id==3;status==error", "active==true", old, since, old, since]);
}

#[tokio::test]
async fn a_search_asks_for_a_part_of_the_id_or_name() {
    let server = Server::start().await;
    let mut targets = load("hawkbit", "008_targets_page");
    targets.query.clear();
    server.replay(&targets);
    let Facts::Found { hosts, .. } = facts(&hawkbit(&server.url), Interest::Find("till".into())).await else {
        panic!("nothing found")
    };
    assert_eq!(hosts.len(), 3);
    assert_eq!(server.asked()[0].query("q"), Some("controllerid==*till*,name==*till*"));
}

/// A rollout with hosts at work, as the lists show it.
fn entry(id: u64, status: &str, running: u64) -> Value {
    json!({"id": id, "name": format!("r{id}"), "status": status, "totalTargets": 9, "totalTargetsPerStatus": {"running": running}})
}

fn list(rows: &[Value]) -> Answer {
    Answer::json(200, &json!({"content": rows, "total": rows.len(), "size": rows.len()}))
}

#[tokio::test]
async fn a_rollout_that_ended_with_hosts_at_work_is_followed_on_the_boards_one_request_until_they_are_through() {
    const LIVE: &str = "status=out=(finished,stopped,deleted)";
    const WITH_SEVEN: &str = "status=out=(finished,stopped,deleted),id=in=(7)";
    let server = Server::start().await;
    server.on("GET", "/rest/v1/rollouts", &[("q", LIVE)], [list(&[])]);
    server.on(
        "GET",
        "/rest/v1/rollouts",
        &[("q", "status=in=(finished,stopped)")],
        [list(&[entry(7, "stopped", 3), entry(6, "finished", 0)])],
    );
    let still = [list(&[entry(7, "stopped", 2)]), list(&[entry(7, "stopped", 0)])];
    server.on("GET", "/rest/v1/rollouts", &[("q", WITH_SEVEN)], still);
    server.on("GET", "/rest/v1/rollouts", &[("q", "id=in=(7)")], [list(&[entry(7, "stopped", 0)])]);
    let backend = hawkbit(&server.url);
    facts(&backend, Interest::Night).await;
    for expected in [vec![2], vec![0], vec![0], vec![]] {
        let Facts::Rollouts { rollouts, .. } = facts(&backend, Interest::Board).await else { panic!("no rollouts") };
        assert_eq!(rollouts.iter().map(patchdeck::domain::Rollout::at_work).collect::<Vec<_>>(), expected);
    }
    let asked: Vec<_> = server.asked().iter().filter_map(|asked| asked.query("q").map(str::to_owned)).collect();
    assert_eq!(asked, ["status=in=(finished,stopped)", WITH_SEVEN, WITH_SEVEN, LIVE, "id=in=(7)", LIVE]);
}

#[tokio::test]
async fn what_left_the_board_is_asked_for_by_id_and_a_deleted_one_is_simply_missing() {
    let server = Server::start().await;
    server.on("GET", "/rest/v1/rollouts", &[], [list(&[entry(3, "running", 4), entry(2, "running", 1)]), list(&[])]);
    server.on("GET", "/rest/v1/rollouts", &[("q", "id=in=(2,3)")], [list(&[entry(3, "finished", 0)])]);
    let backend = hawkbit(&server.url);
    facts(&backend, Interest::Board).await;
    let Facts::Rollouts { rollouts, complete, .. } = facts(&backend, Interest::Board).await else { panic!("no rollouts") };
    assert!(complete);
    assert_eq!(rollouts.iter().map(|rollout| rollout.id.clone()).collect::<Vec<_>>(), [rollout_id("3")]);
    assert_eq!(rollouts[0].state, RolloutState::Finished);
}

#[tokio::test]
async fn a_recorded_maintenance_window_is_told_with_its_next_start_and_the_servers_own_rule() {
    let server = Server::start().await;
    let mut list = load("hawkbit", "069_actions_of_target_window").body;
    list["total"] = json!(9);
    server.on("GET", "/rest/v1/actions", &[], [Answer::json(200, &list)]);
    let Facts::Windows { word, age } = facts(&hawkbit(&server.url), Interest::Windows).await else { panic!("no windows") };
    let [window] = word.windows.as_slice() else { panic!("{word:?}") };
    let at = |text: &str| text.parse().ok();
    assert_eq!(window.says, Says::Window { from: at("2026-11-22T07:00:00Z"), to: at("2026-11-22T09:00:00Z") });
    assert_eq!(window.hosts.iter().map(HostId::raw).collect::<Vec<_>>(), ["till-delta-12"]);
    assert_eq!((window.tenant.raw(), &window.rollout), ("acme", &None));
    assert_eq!(window.native.as_str(), "0 0 7 ? * * for 02:00:00 at +00:00");
    assert_eq!((word.unread, word.blind, age.as_secs()), (8, None, 0));
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "one page and no more");
    let query: Vec<(&str, &str)> = asked[0].query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    for part in [("q", "active==true"), ("sort", "id:DESC"), ("limit", "200")] {
        assert!(query.contains(&part), "{query:?}");
    }
}

#[tokio::test]
async fn a_login_without_hosts_says_that_windows_are_not_known_and_that_is_no_trouble() {
    let server = Server::start().await;
    let refused = load("hawkbit", "014_err_403_approve_viewer").answer;
    server.on("GET", "/rest/v1/actions", &[], [refused]);
    let Facts::Windows { word, .. } = facts(&hawkbit(&server.url), Interest::Windows).await else { panic!("no windows") };
    assert_eq!(word.windows, []);
    assert!(word.blind.is_some_and(|why| why.as_str().contains("READ_TARGET")));
}
