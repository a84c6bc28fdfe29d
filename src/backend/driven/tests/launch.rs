//! What a launch must know of its hosts, and what a second stop does.

use super::*;
use crate::backend::port::Trouble;

#[tokio::test]
async fn a_host_of_somebody_else_in_any_ring_refuses_the_whole_plan_by_name() {
    let mut foreign = plan(1);
    foreign.rings[1].target = Target::Hosts(vec!["web-1".into(), "umbra-db-9".into()]);
    let night = Driven::new(Script::new(NOW), vec![foreign]);
    let refused = carry(&night, Verb::Start, 1).await.expect_err("a refusal");
    assert!(refused.contains("ring broad names hosts that are not acme's there: umbra-db-9"), "{refused}");
    let seen = night.targets().await.expect("targets");
    assert_eq!((seen[0].hosts, seen[0].wrong.len()), (Some(2), 0));
    assert!(seen[1].wrong.iter().any(|words| words.as_str() == "not acme's there: umbra-db-9"), "{:?}", seen[1]);
}

#[tokio::test]
async fn a_frozen_host_keeps_its_ring_from_beginning_and_the_board_says_so() {
    let night = night(1);
    night.executor.inside().frozen.insert("web-2".into(), "minion_blackout in its pillar".into());
    let rollout = board(&night).await;
    assert_eq!(rollout.state, RolloutState::Frozen);
    assert_eq!(rollout.native.as_str(), "pilot: 1 of 2 hosts are frozen: minion_blackout in its pillar");
    let refused = carry(&night, Verb::Start, 1).await.expect_err("a refusal");
    assert_eq!(refused, "1 of 2 hosts are frozen there (minion_blackout in its pillar): web-2");
    night.executor.inside().frozen.clear();
    carry(&night, Verb::Start, 2).await.expect("it is read again for the decision");
}

async fn said(night: &Driven<Script>) -> (crate::domain::BackendWord, std::time::Duration) {
    match night.observe(Interest::Windows).await.expect("an answer").facts {
        Facts::Windows { word, age } => (word, age),
        facts => panic!("{facts:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_systems_own_freezes_are_told_with_their_age_and_cost_no_question_of_their_own() {
    let night = night(1);
    night.executor.inside().frozen.insert("web-2".into(), "minion_blackout in its pillar".into());
    board(&night).await;
    let searches = night.executor.inside().searches;
    tokio::time::advance(std::time::Duration::from_secs(40)).await;
    let (word, age) = said(&night).await;
    assert_eq!(night.executor.inside().searches, searches);
    assert_eq!(age.as_secs(), 40);
    let [window] = word.windows.as_slice() else { panic!("{word:?}") };
    assert_eq!(window.says, crate::domain::Says::Frozen);
    assert_eq!((&window.rollout, window.wave.as_ref().map(crate::domain::Text::as_str)), (&Some(rollout_id()), Some("pilot")));
    assert_eq!(window.hosts.iter().map(HostId::raw).collect::<Vec<_>>(), ["web-2"]);
    assert_eq!(window.native.as_str(), "minion_blackout in its pillar");
}

#[tokio::test]
async fn freezes_that_this_login_may_not_read_are_told_as_not_known() {
    let night = night(1);
    night.executor.inside().blind = true;
    board(&night).await;
    let (word, _) = said(&night).await;
    assert_eq!(word.windows, []);
    assert_eq!(word.blind.expect("told").as_str(), "freezes of its own are not known: it may not read the pillar");
}

#[tokio::test]
async fn a_freeze_over_a_running_ring_warns_a_stop_and_does_not_refuse_it() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.inside().frozen.insert("web-2".into(), "frozen by pillar".into());
    let found = survey(&night, &intent(Verb::Stop, 2)).await;
    assert!(found.by_jobs.refusal.is_none() && found.by_jobs.frozen.is_none());
    assert!(
        found.warnings.iter().any(|words| words.as_str().starts_with("1 of 2 hosts are frozen there")),
        "{:?}",
        found.warnings
    );
}

#[tokio::test]
async fn the_second_stop_kills_those_that_did_not_end_and_says_what_that_does() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.answers("web-1", HostState::Done);
    night.executor.passes(5);
    carry(&night, Verb::Stop, 2).await.expect("it is stopped");
    night.executor.passes(5);
    assert_eq!(board(&night).await.state, RolloutState::Stopping);
    let found = survey(&night, &intent(Verb::Stop, 3)).await;
    let words = PlannedEffect::Other("1 host is ended at once (SIGKILL), in the middle of what they do".into());
    assert_eq!(found.by_jobs.effect, Some(words));
    assert!(found.warnings.iter().any(|words| words.as_str().contains("transaction open and its lock behind")));
    let [order] = found.by_jobs.orders.as_slice() else { panic!("{:?}", found.by_jobs.orders) };
    assert!(matches!(order.kind, types::OrderKind::Kill { .. }));
    assert_eq!(order.hosts, ["web-2"]);
}

#[tokio::test]
async fn a_ring_that_upgrades_everything_names_the_versions_that_no_ring_before_had() {
    let night = night(1);
    night.executor.inside().brings.insert("openssl".into(), "3.0.15".into());
    pilot_done(&night).await;
    let offer = |version: &str| {
        Some([("openssl".to_owned(), std::collections::BTreeSet::from([version.to_owned()]))].into_iter().collect())
    };
    for (version, said) in [
        ("3.0.16", "it upgrades to whatever is newest now; versions that no ring before had: openssl 3.0.16"),
        ("3.0.15", "it upgrades to whatever is newest now: no version that the rings before did not have"),
    ] {
        night.executor.inside().offers = offer(version);
        let found = survey(&night, &intent(Verb::Resume, 2)).await;
        assert!(found.warnings.iter().any(|words| words.as_str() == said), "{:?}", found.warnings);
    }
}

#[tokio::test]
async fn a_job_that_no_hint_names_is_not_read_again_while_the_stream_is_open() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    night.executor.inside().listens = true;
    let reads = async |night: &Driven<Script>| -> Result<u32, Trouble> {
        *night.memory.reading_for_tests().await = None;
        night.observe(Interest::Board).await?;
        Ok(night.executor.inside().job_reads)
    };
    let first = reads(&night).await.expect("a board");
    assert_eq!(reads(&night).await.expect("a board"), first, "nothing was heard of it");
    night.memory.hinted.note(&crate::backend::port::Hint {
        subject: crate::backend::port::Subject::Rollout(rollout_id()),
        host: None,
        at: None,
    });
    assert_eq!(reads(&night).await.expect("a board"), first + 1, "it moved");
    night.executor.inside().listens = false;
    assert_eq!(reads(&night).await.expect("a board"), first + 2, "without a stream it is read each time");
    night.executor.inside().full = true;
    assert_eq!(reads(&night).await.expect("a board"), first + 2, "there is no room for a question that can wait");
}

#[tokio::test]
async fn a_dry_run_begins_no_ring_and_stands_at_its_hosts() {
    let night = night(1);
    assert_eq!(carry(&night, Verb::DryRun, 1).await, Err("it has no dry run".to_owned()));
    night.executor.inside().rehearses = true;
    carry(&night, Verb::DryRun, 2).await.expect("it is tried");
    night.executor.answers("web-1", HostState::Failed);
    assert_eq!(board(&night).await.state, RolloutState::NotBegun);
    let said: Vec<_> =
        hosts(&night, 0).await.into_iter().map(|row| (row.state, row.message.expect("words").to_string())).collect();
    let words = ["tried dry: no space left", "tried dry: it has not answered"];
    assert_eq!(said, words.map(|words| (HostState::Waiting, words.to_owned())));
    carry(&night, Verb::Start, 3).await.expect("it begins all the same");
    assert_eq!(waves(&night).await[0].state, WaveState::Running);
}
