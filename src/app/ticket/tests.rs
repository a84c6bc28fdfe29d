//! What stands in a ticket text, and whose names do not.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::text;
use crate::app::diagnose::{Rules, diagnose};
use crate::app::start::Start;
use crate::app::state::State;
use crate::domain::{
    AttemptId, BackendName, Counts, Evidence, HostId, HostRow, HostState, Mono, Now, Release, Rollout, RolloutId, RolloutState,
    Source, StoryLine, TenantId, Text,
};
use crate::keymap::Keymap;
use crate::store::merge::Read;
use crate::store::queue::{Pile, PileBy};

/// Loaded once: it takes a moment.
static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);

fn at() -> Timestamp {
    "2026-12-08T22:14:00Z".parse().expect("a time")
}

/// One tenant's rollout with its failed hosts and what each of them said.
struct Part {
    tenant: &'static str,
    rollout: String,
    hosts: Vec<(String, String)>,
}

fn night(parts: &[Part]) -> State {
    let (seen, civil) = (Mono(Duration::from_secs(9)), at());
    let keymap = Keymap::load("default", &[]).expect("built in").0;
    let mut state = State::new(Start::plain(Vec::new(), keymap), Now { mono: seen, civil, real: civil });
    let read = || Read { seen, civil, by: Source::new("GET /rollouts") };
    for part in parts {
        let backend = BackendName::new(format!("{}-hb", part.tenant));
        let id = RolloutId::new(backend.clone(), "1");
        let failed = part.hosts.len() as u32;
        let rollout = Rollout {
            state: RolloutState::Running,
            counts: Some(Counts { total: 100, failed, ..Counts::default() }),
            release: Some(Release { native: "7".into(), name: "baseline:2026.12".into() }),
            ..Rollout::untold(id.clone(), TenantId::new(part.tenant), Text::new(&part.rollout))
        };
        state.store.merge_rollouts(&backend, vec![rollout], false, true, &read());
        let attempt =
            |at: usize| AttemptId { host: HostId::new(backend.clone(), format!("id-{}-{at}", part.tenant)), native: "1".into() };
        let rows = part.hosts.iter().enumerate().map(|(at, (name, _))| HostRow {
            id: attempt(at).host,
            name: Text::new(name),
            wave: None,
            state: HostState::Failed,
            attempt: Some(attempt(at)),
            code: None,
            message: None,
            contact: None,
            overdue: false,
            address: None,
        });
        state.store.merge_failures(&id, 0, rows.collect(), failed, &BTreeMap::new(), &read());
        for (at, (_, said)) in part.hosts.iter().enumerate() {
            let line = StoryLine { at: Some(civil), kind: "error".into(), said: vec![Evidence::new(said)], code: None };
            state.store.merge_evidence(&attempt(at), vec![line], None, &read());
        }
    }
    for failure in diagnose(&RULES, state.store.queue.cases()) {
        state.store.queue.diagnosed(failure);
    }
    state
}

fn part(tenant: &'static str, rollout: &str, hosts: &[(&str, &str)]) -> Part {
    Part { tenant, rollout: rollout.into(), hosts: hosts.iter().map(|(name, said)| ((*name).into(), (*said).into())).collect() }
}

#[test]
fn a_ticket_has_the_cause_the_hosts_their_ids_and_their_words_and_nothing_of_another_tenant() {
    let lock = "E: Could not get lock /var/lib/dpkg/lock-frontend, asked by till-9 of Globex in December tills";
    let state = night(&[
        part("acme", "Baseline", &[("web-1", lock), ("web-2", lock)]),
        part("globex", "December tills", &[("till-9", lock)]),
    ]);
    let (pile, _) = state.store.queue.piles(PileBy::Cause, None).remove(0);
    let told = text(&state, &pile, &TenantId::new("acme")).expect("a ticket");
    for words in [
        "# acme: package lock on 2 hosts, baseline:2026.12",
        "- Rule: apt.apt_lock",
        "- Rollout: Baseline (acme-hb, id 1), 2 failed",
        "- Evidence read: 2 of 2",
        "| web-1 | id-acme-0 | not told | 1 | 2026-12-08T22:14:00Z |",
        "Said by web-2:",
        "E: Could not get lock /var/lib/dpkg/lock-frontend, asked by *** of *** in ***",
    ] {
        assert!(told.contains(words), "{words} in\n{told}");
    }
    assert_eq!(text(&state, &pile, &TenantId::new("initech")), None);
}

#[test]
fn a_ticket_counts_the_variants_of_its_own_tenants_hosts() {
    let returned = |number: u32| format!("post-install check: /usr/lib/edge/selfcheck returned {number}");
    let [three, missing, other] = [3, 127, 5].map(returned);
    let state = night(&[
        part("acme", "Baseline", &[("web-1", &three), ("web-2", &missing), ("web-3", &three)]),
        part("globex", "December tills", &[("till-9", &other)]),
    ]);
    let (pile, _) = state.store.queue.piles(PileBy::Cause, None).remove(0);
    let of = |tenant: &str| text(&state, &pile, &TenantId::new(tenant)).expect("a ticket");
    assert!(of("acme").contains("- Variants: returned 3 on 2, 127 on 1\n"), "{}", of("acme"));
    assert!(!of("globex").contains("Variants"), "{}", of("globex"));
}

/// Whether `name` stands in `told` as a word of its own; both in lower case.
fn stands(told: &str, name: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    told.match_indices(name).any(|(at, _)| edge(told[..at].chars().last()) && edge(told[at + name.len()..].chars().next()))
}

fn host() -> impl Strategy<Value = String> {
    "(till|web|Kasse ü)-[0-9]{1,2}(\\.example\\.net)?"
}

fn rollout() -> impl Strategy<Value = String> {
    "(Tuesday|(December|März) (Tills|desks))( \\(2\\))?"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_other_tenants_name_host_or_rollout_stands_in_any_ticket(
        own in (rollout(), prop::collection::vec(host(), 1..4)),
        other in (rollout(), prop::collection::vec(host(), 1..4)),
        order in prop::collection::vec((0_usize..6, "[ /:.,=\"-]{1,2}|x| ü"), 1..30),
        loud in any::<bool>(),
    ) {
        let names = [own.0.as_str(), &own.1[0], &other.0, &other.1[0], &other.1[other.1.len() - 1], "globex"];
        let mut said: String = order.iter().flat_map(|(at, gap)| [names[*at], gap.as_str()]).collect();
        if loud {
            said = said.to_uppercase();
        }
        let hosts = |names: &[String]| names.iter().map(|name| (name.clone(), said.clone())).collect();
        let state = night(&[
            Part { tenant: "acme", rollout: own.0.clone(), hosts: hosts(&own.1) },
            Part { tenant: "globex", rollout: other.0.clone(), hosts: hosts(&other.1) },
        ]);
        let mut mine: Vec<String> = own.1.iter().chain([&own.0]).map(|name| name.to_lowercase()).collect();
        mine.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for (pile, _) in state.store.queue.piles(PileBy::Tenant, None) {
            let Some(told) = text(&state, &pile, &TenantId::new("acme")) else {
                prop_assert_eq!(pile, Pile::Tenant(TenantId::new("globex")));
                continue;
            };
            let told = mine.iter().fold(told.to_lowercase(), |told, name| told.replace(name, "|"));
            for name in other.1.iter().chain([&other.0]).map(|name| name.to_lowercase()).chain(["globex".to_owned()]) {
                prop_assert!(!stands(&told, &name), "{} in\n{}", name, told);
            }
        }
    }
}
