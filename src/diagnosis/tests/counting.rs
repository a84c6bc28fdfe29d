//! Clusters as failures come, are read, are tried again and go.

use proptest::prelude::*;

use super::{built_in, said};
use crate::diagnosis::{Clusters, Told};
use crate::domain::{AttemptId, BackendName, Evidence, Failure, HostId, Mono, Retry, RolloutId, TenantId, Tries, WaveId};

/// A failed try of host `host`, as a list tells it: nothing read.
fn listed(host: u32, attempt: u32, code: i64) -> Failure {
    let backend = BackendName::new("acme-hb");
    let found = built_in().diagnose(&Told { code: Some(code), ..Told::default() });
    let minutes = i64::from(host % 60);
    Failure {
        attempt: AttemptId { host: HostId::new(backend.clone(), format!("h{host}")), native: attempt.to_string().into() },
        name: format!("host {host}").into(),
        tenant: TenantId::new(if host.is_multiple_of(2) { "acme" } else { "birch" }),
        rollout: None,
        wave: Some(WaveId::new(RolloutId::new(backend, "3"), (host % 3).to_string())),
        release: None,
        tries: attempt,
        at: None,
        code: None,
        noticed: jiff::Timestamp::from_second(1_796_000_000 + minutes * 60).expect("a time"),
        seen: Mono::default(),
        evidence: None,
        signature: found.signature,
        causes: found.causes,
        variants: found.variants,
    }
}

/// The same after its evidence was read.
fn read(host: u32, attempt: u32, text: &str) -> Failure {
    let found = said(text);
    Failure {
        evidence: Some(Evidence::new(text)),
        signature: found.signature,
        causes: found.causes,
        variants: found.variants,
        ..listed(host, attempt, 1)
    }
}

#[test]
fn a_cluster_counts_hosts_tenants_waves_times_and_tries() {
    let mut clusters = Clusters::default();
    for host in 0..6 {
        clusters.put(read(
            host,
            1 + host % 2,
            &format!("E: Could not get lock /var/lib/dpkg/lock. It is held by process {host}"),
        ));
    }
    assert_eq!(clusters.len(), 1);
    let cluster = clusters.ranked()[0];
    assert_eq!((cluster.hosts(), cluster.read()), (6, 6));
    assert_eq!(
        cluster.tenants().iter().map(|(tenant, count)| (tenant.raw(), count)).collect::<Vec<_>>(),
        [("acme", 3), ("birch", 3)]
    );
    assert_eq!(cluster.waves().len(), 3);
    assert_eq!(cluster.first_seen().map(jiff::Timestamp::as_second), Some(1_796_000_000));
    assert_eq!(cluster.last_seen().map(jiff::Timestamp::as_second), Some(1_796_000_300));
    assert_eq!(cluster.tries(), Tries { least: 1, most: 2 });
    assert_eq!(cluster.retry(), Retry::Backoff);
    assert_eq!(cluster.signature.to_string(), "package lock · E: Could not get lock <path>. It is held by process <n>");
}

#[test]
fn the_variants_of_a_masked_number_are_counted_by_host() {
    let mut clusters = Clusters::default();
    for (host, number) in [(1, 3), (2, 127), (3, 3)] {
        clusters.put(read(host, 1, &format!("post-install check failed: the hook returned {number}")));
    }
    clusters.put(read(3, 2, "post-install check failed: the hook returned 3"));
    let cluster = clusters.ranked()[0];
    let told: Vec<String> =
        cluster.variants().iter().map(|(variant, hosts)| format!("{} {} on {hosts}", variant.what, variant.value)).collect();
    assert_eq!(told, ["returned 3 on 2", "returned 127 on 1"]);
    assert_eq!((cluster.hosts(), cluster.members().len()), (3, 4));
}

#[test]
fn clusters_form_from_codes_and_sharpen_as_evidence_is_read() {
    let mut clusters = Clusters::default();
    for host in 0..4 {
        clusters.put(listed(host, 1, 1));
    }
    let cluster = clusters.ranked()[0];
    assert_eq!((cluster.signature.to_string().as_str(), cluster.hosts(), cluster.read()), ("unknown · code 1", 4, 0));
    clusters.put(read(0, 1, "No space left on device"));
    clusters.put(read(1, 1, "No space left on device"));
    let ranked: Vec<(String, usize, usize)> =
        clusters.ranked().iter().map(|cluster| (cluster.signature.class.to_string(), cluster.hosts(), cluster.read())).collect();
    assert_eq!(ranked.len(), 2);
    assert!(ranked.contains(&("disk space".to_owned(), 2, 2)) && ranked.contains(&("unknown".to_owned(), 2, 0)), "{ranked:?}");
}

#[test]
fn a_list_that_comes_after_the_evidence_does_not_take_it_back() {
    let mut clusters = Clusters::default();
    clusters.put(read(7, 1, "No space left on device"));
    let later = Failure { seen: Mono(std::time::Duration::from_secs(5)), tries: 4, ..listed(7, 1, 1) };
    assert!(clusters.put(later));
    let cluster = clusters.ranked()[0];
    assert_eq!((cluster.signature.class.key(), cluster.read(), cluster.tries().most), ("disk_space", 1, 4));
    assert!(clusters.failure(&listed(7, 1, 1).attempt).is_some_and(Failure::is_read));
}

#[test]
fn older_never_overwrites_newer_and_twice_is_once() {
    let mut clusters = Clusters::default();
    let newer = Failure { seen: Mono(std::time::Duration::from_secs(9)), ..read(7, 1, "No space left on device") };
    assert!(clusters.put(newer.clone()));
    assert!(!clusters.put(newer));
    assert!(!clusters.put(read(7, 1, "GPG check FAILED")));
    assert_eq!(clusters.ranked()[0].signature.class.key(), "disk_space");
}

#[test]
fn the_last_failure_takes_its_cluster_with_it() {
    let mut clusters = Clusters::default();
    let failure = read(7, 1, "No space left on device");
    clusters.put(failure.clone());
    assert!(clusters.get(&failure.signature).is_some());
    assert!(clusters.remove(&failure.attempt).is_some());
    assert!(clusters.is_empty() && clusters.failures().len() == 0);
    assert!(clusters.remove(&failure.attempt).is_none());
}

#[test]
fn the_widest_spread_stands_first() {
    let mut clusters = Clusters::default();
    clusters.put(read(1, 1, "GPG check FAILED"));
    for host in 2..5 {
        clusters.put(read(host, 1, "No space left on device"));
    }
    let classes: Vec<&str> = clusters.ranked().iter().map(|cluster| cluster.signature.class.key()).collect();
    assert_eq!(classes, ["disk_space", "signing_trust"]);
}

const SAYINGS: [&str; 5] = [
    "No space left on device",
    "the hook returned 3",
    "the hook returned 127",
    "E: Could not get lock /x. It is held by process 7",
    "something odd happened on 4 disks",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn coming_and_going_leaves_what_counting_afresh_would_find(
        steps in prop::collection::vec((0..6_u32, 1..3_u32, 0..7_usize), 0..60)
    ) {
        let mut clusters = Clusters::default();
        for (round, (host, attempt, what)) in steps.into_iter().enumerate() {
            let mut failure = match what {
                0 => {
                    clusters.remove(&listed(host, attempt, 1).attempt);
                    continue;
                }
                1 => listed(host, attempt, i64::from(host)),
                said => read(host, attempt, SAYINGS[said - 2]),
            };
            failure.seen = Mono(std::time::Duration::from_secs(round as u64));
            clusters.put(failure);
        }
        let mut afresh = Clusters::default();
        for failure in clusters.failures() {
            afresh.put(failure.clone());
        }
        let told = |clusters: &Clusters| clusters.ranked().into_iter().cloned().collect::<Vec<_>>();
        prop_assert_eq!(told(&clusters), told(&afresh));
        let members: usize = clusters.ranked().iter().map(|cluster| clusters.failures_of(cluster).count()).sum();
        prop_assert_eq!(members, clusters.failures().len());
    }
}
