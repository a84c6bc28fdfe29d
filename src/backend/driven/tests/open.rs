//! Hosts that have not answered, as the lanes beside the failures want them; and what can be brought back.

use super::*;
use crate::domain::{Lane, Usuals, lane_of};
use crate::plan::types::Eligibility;
use jiff::SignedDuration;

/// The lane of each host of the pilot that is open, as the store sorts it.
async fn lanes(night: &Driven<Script>) -> Vec<(String, Option<Lane>)> {
    let wave = waves(night).await[0].id.clone();
    let Facts::Open { hosts, planned, .. } =
        night.observe(Interest::Open(wave, Page { offset: 0, limit: 10 })).await.expect("an answer").facts
    else {
        panic!("open hosts")
    };
    assert_eq!(planned, Some(SignedDuration::from_secs(600)));
    let (usuals, now) = (Usuals { planned, ..Usuals::default() }, night.executor.inside().now);
    let mut found = Vec::new();
    for host in hosts {
        let attempt = host.attempt.clone().expect("an attempt");
        let Facts::Progress { progress, .. } = night.observe(Interest::Progress(attempt)).await.expect("an answer").facts else {
            panic!("progress")
        };
        found.push((host.name.to_string(), lane_of(&host, Some(&progress), &usuals, now).map(|(lane, _)| lane)));
    }
    found
}

#[tokio::test]
async fn a_host_past_its_time_is_stuck_if_it_says_that_it_works_off_if_it_says_nothing_and_lost_is_neither() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    let none = [("web-1".to_owned(), None), ("web-2".to_owned(), None)];
    assert_eq!(lanes(&night).await, none, "both are within their time");
    night.executor.passes(601);
    night.executor.inside().probes = [("web-1".to_owned(), Probe::Running), ("web-2".to_owned(), Probe::Silent)].into();
    let mut found = lanes(&night).await;
    found.sort();
    assert_eq!(found, [("web-1".to_owned(), Some(Lane::Stuck)), ("web-2".to_owned(), Some(Lane::Offline))]);
    night.executor.inside().probes.insert("web-2".into(), Probe::Gone);
    assert_eq!(lanes(&night).await, [("web-1".to_owned(), Some(Lane::Stuck))]);
    assert_eq!(waves(&night).await[0].counts.unknown, 1, "it is counted as not known all the same");
}

#[tokio::test]
async fn lanes_cost_no_search_of_their_own() {
    let night = night(1);
    carry(&night, Verb::Start, 1).await.expect("it starts");
    let wave = waves(&night).await[0].id.clone();
    let searches = night.executor.inside().searches;
    for _ in 0..3 {
        night.observe(Interest::Open(wave.clone(), Page { offset: 0, limit: 10 })).await.expect("an answer");
    }
    assert_eq!(night.executor.inside().searches, searches);
}

#[tokio::test]
async fn a_host_whose_earlier_versions_are_not_known_is_not_brought_back_and_says_why() {
    let night = night(1);
    pilot_done(&night).await;
    for report in &mut night.executor.inside().jobs {
        report.results.get_mut("web-2").expect("it answered").back = None;
    }
    let found = survey(&night, &intent(Verb::RollBack, 2)).await;
    assert_eq!(found.by_jobs.named().into_iter().collect::<Vec<_>>(), ["web-1"]);
    let verdict = |host: &str| found.hosts.iter().find(|it| it.host.raw() == host).map(|it| it.verdict.clone());
    assert_eq!(verdict("web-1"), Some(Eligibility::Eligible));
    let why = "what it had before is not known: its answer names no versions, and the plan has no `undo`";
    assert_eq!(verdict("web-2"), Some(Eligibility::No(why.into())));
}
