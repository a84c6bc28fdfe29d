//! Hosts that have not failed, against the twin of the silent night, through the real adapter: when each was heard of, how far it
//! is, and what it says of itself.

use patchdeck::backend::port::Page;
use patchdeck::domain::{DoneHost, HostState, OpenHost, Own, Restart, Usual, Wave};

use super::*;

const PAGE: Page = Page { offset: 0, limit: 500 };

/// The night when somebody looks, standing still.
async fn silent_night() -> Running {
    let scenario = builtin("silent").expect("built in");
    let options = Options { speed: Some(0.0), ..Options::default() };
    hawkbit::start(scenario, options).await.expect("a twin")
}

fn acme(twin: &Running, attribute: Option<&str>) -> Arc<dyn Backend> {
    let connection = twin.connections.iter().find(|connection| connection.tenant == "acme").expect("acme");
    assert_eq!(connection.version_attribute.as_deref(), Some("sw_version"), "the printed config names it");
    let settings = Settings { version_attribute: attribute.map(str::to_owned), ..settings(connection, 1000.0) };
    Arc::new(Hawkbit::with_limits(&settings, Limits { connect: READ, read: READ, read_total: READ }).expect("it opens"))
}

async fn waves(backend: &Arc<dyn Backend>, name: &str) -> Vec<Wave> {
    let mut all = board(backend).await;
    let Facts::Rollouts { rollouts, .. } = backend.observe(Interest::Night).await.expect("a night").facts else { panic!() };
    all.extend(rollouts);
    let id = all.into_iter().find(|rollout| rollout.name.as_str() == name).expect("it is there").id;
    let Facts::Waves { waves, .. } = backend.observe(Interest::Rollout(id)).await.expect("waves").facts else { panic!() };
    waves
}

async fn open_hosts(backend: &Arc<dyn Backend>, wave: &Wave) -> (Vec<OpenHost>, Vec<patchdeck::domain::AttemptId>) {
    let facts = backend.observe(Interest::Open(wave.id.clone(), PAGE)).await.expect("open hosts").facts;
    let Facts::Open { hosts, total, through, .. } = facts else { panic!("{facts:?}") };
    assert_eq!((hosts.len() as u32, total), (wave.counts.running, wave.counts.running), "every host at work, and no other");
    (hosts, through)
}

async fn done_hosts(backend: &Arc<dyn Backend>, wave: &Wave) -> (Vec<DoneHost>, Option<Text>) {
    let facts = backend.observe(Interest::Verify(wave.id.clone(), PAGE)).await.expect("done hosts").facts;
    let Facts::Verify { hosts, total, blind, .. } = facts else { panic!("{facts:?}") };
    assert_eq!((hosts.len() as u32, total), (wave.counts.done, wave.counts.done));
    (hosts, blind)
}

#[tokio::test]
async fn a_host_that_never_answered_is_told_apart_from_one_at_work_by_contact_and_overdue() {
    let twin = silent_night().await;
    let backend = acme(&twin, Some("sw_version"));
    let stores = &waves(&backend, "Scales 3.2").await[1];
    let (hosts, through) = open_hosts(&backend, stores).await;
    let away: Vec<&OpenHost> = hosts.iter().filter(|host| host.state == HostState::NotFetched).collect();
    assert!(!away.is_empty() && away.iter().all(|host| host.overdue && host.contact.is_some()), "{away:?}");
    assert!(hosts.iter().any(|host| host.state == HostState::AtWork));
    assert!(through.len() >= 3, "some that are through tell what is usual");
}

#[tokio::test]
async fn histories_tell_hosts_that_hang_from_those_that_did_not_come_back_and_what_is_usual() {
    let twin = silent_night().await;
    let backend = acme(&twin, Some("sw_version"));
    let stores = &waves(&backend, "Scales 3.2").await[1];
    let (hosts, through) = open_hosts(&backend, stores).await;
    let (mut restarting, mut without, mut taken) = (0, 0, Vec::new());
    for host in hosts.iter().filter(|host| host.state == HostState::AtWork) {
        let attempt = host.attempt.clone().expect("a try");
        let Facts::Progress { progress, .. } = backend.observe(Interest::Progress(attempt)).await.expect("a history").facts
        else {
            panic!()
        };
        assert!(progress.fetched.is_some() && progress.last >= progress.fetched && progress.ended.is_none(), "{progress:?}");
        match progress.restart {
            Some(Restart::Begun(_)) => restarting += 1,
            _ => without += 1,
        }
    }
    assert!(restarting > 0 && without > 0, "{restarting} in a restart, {without} not");
    for attempt in through {
        let Facts::Progress { progress, .. } = backend.observe(Interest::Progress(attempt)).await.expect("a history").facts
        else {
            panic!()
        };
        let (Some(Restart::Begun(at)), Some(ended)) = (progress.restart, progress.ended) else { panic!("{progress:?}") };
        taken.push(ended.duration_since(at));
    }
    // The scenario: one to six minutes, as a rule three.
    let usual = Usual::of(taken).expect("enough");
    assert!((60..=360).contains(&usual.typical.as_secs()), "{usual:?}");
}

#[tokio::test]
async fn a_host_whose_own_version_differs_is_silent_and_the_others_are_confirmed() {
    let twin = silent_night().await;
    let backend = acme(&twin, Some("sw_version"));
    for wave in waves(&backend, "Image 11.5").await {
        let (hosts, blind) = done_hosts(&backend, &wave).await;
        assert_eq!(blind, None);
        let silent = hosts.iter().filter(|host| host.own == Own::Differs("11.4".into())).count();
        let confirmed = hosts.iter().filter(|host| host.own == Own::Confirms).count();
        assert!(silent > 0, "of {}", hosts.len());
        assert_eq!(silent + confirmed, hosts.len());
    }
}

#[tokio::test]
async fn without_an_attribute_in_the_config_nothing_is_called_verified() {
    let twin = silent_night().await;
    let backend = acme(&twin, None);
    let first = &waves(&backend, "Image 11.5").await[0];
    let (hosts, blind) = done_hosts(&backend, first).await;
    assert!(blind.is_some_and(|why| why.as_str().contains("version_attribute")));
    assert!(hosts.iter().all(|host| host.own == Own::NotTold));
}

#[tokio::test]
async fn an_attribute_that_no_host_tells_leaves_all_of_them_unconfirmed() {
    let twin = silent_night().await;
    let backend = acme(&twin, Some("fw_build"));
    let first = &waves(&backend, "Image 11.5").await[0];
    let (hosts, blind) = done_hosts(&backend, first).await;
    assert!(blind.is_none() && hosts.iter().all(|host| host.own == Own::NotTold), "{hosts:?}");
}

#[tokio::test]
async fn a_host_that_was_meant_to_have_another_release_since_is_not_called_silent() {
    let twin = silent_night().await;
    let backend = acme(&twin, Some("sw_version"));
    let before = &waves(&backend, "Image 11.4").await[0];
    let (hosts, _) = done_hosts(&backend, before).await;
    let superseded = hosts.iter().filter(|host| host.own == Own::Superseded).count();
    assert!(superseded > hosts.len() / 2, "{superseded} of {}", hosts.len());
    assert!(!hosts.iter().any(|host| matches!(host.own, Own::Differs(_))), "11.4 is an older release here");
}
