//! What lists and evidence tell, in any order: cases come out, failures come back, history is hidden.

use super::*;
use crate::diagnosis::{Taxonomy, Told};
use crate::domain::{BackendName, Mono, Release, Source, TenantId};
use rstest::rstest;
use std::sync::LazyLock;
use std::time::Duration;

static RULES: LazyLock<Taxonomy> = LazyLock::new(|| Taxonomy::load(None).expect("built in"));

fn rollout(native: u32) -> Rollout {
    let id = RolloutId::new(BackendName::new("hb"), native.to_string());
    let release = Release { native: "7".into(), name: "baseline:2026.12".into() };
    Rollout { release: Some(release), ..Rollout::untold(id, TenantId::new("acme"), "December".into()) }
}

fn row(host: u32, code: i64) -> HostRow {
    let id = HostId::new(BackendName::new("hb"), format!("web-{host}"));
    HostRow {
        name: format!("web-{host}").into(),
        wave: None,
        state: HostState::Failed,
        attempt: Some(AttemptId { host: id.clone(), native: (900 + host).to_string().into() }),
        code: Some(code),
        message: None,
        contact: None,
        overdue: false,
        address: None,
        id,
    }
}

fn at(second: u64) -> Read {
    let civil = Timestamp::from_second(1_796_000_000 + second.cast_signed()).expect("a time");
    Read { seen: Mono(Duration::from_secs(second)), civil, by: Source::new("GET") }
}

fn said(text: &str) -> Vec<StoryLine> {
    vec![StoryLine { at: Some(at(3).civil), kind: "error".into(), said: vec![Evidence::new(text)], code: Some(100) }]
}

fn try_(row: &HostRow, native: u32, state: HostState) -> Attempt {
    Attempt {
        id: AttemptId { host: row.id.clone(), native: native.to_string().into() },
        state,
        native: "x".into(),
        rollout: None,
        release: None,
        began: None,
        code: Some(100),
    }
}

/// Diagnoses what waits.
fn settle(queue: &mut Queue) -> usize {
    let cases = queue.cases();
    let count = cases.len();
    give(queue, cases);
    count
}

fn give(queue: &mut Queue, cases: Vec<Case>) {
    for Case { mut failure, hint, on_the_way, names } in cases {
        let names: Vec<&str> = names.iter().map(Text::as_str).collect();
        let text =
            failure.evidence.as_ref().map(Evidence::raw).or(hint.as_ref().map(Text::as_str)).unwrap_or_default().to_owned();
        let found = RULES.diagnose(&Told { code: failure.code, text: &text, on_the_way, names: &names, ..Told::default() });
        (failure.signature, failure.causes, failure.variants) = (found.signature, found.causes, found.variants);
        queue.diagnosed(failure);
    }
}

const LOCK: &str = "E: Could not get lock /var/lib/dpkg/lock. It is held by process 7 (apt)";

#[test]
fn clusters_form_from_codes_and_sharpen_as_evidence_is_read() {
    let mut queue = Queue::default();
    for host in 0..6 {
        queue.listed(&rollout(3), &row(host, 100), &[], &at(1));
    }
    assert_eq!(settle(&mut queue), 6);
    assert_eq!((queue.clusters().len(), queue.clusters().ranked()[0].read()), (1, 0));
    for host in 0..4 {
        queue.read(row(host, 100).attempt.as_ref().expect("one"), &said(LOCK), None, &at(2));
    }
    settle(&mut queue);
    let ranked = queue.clusters().ranked();
    assert_eq!(ranked.iter().map(|cluster| (cluster.hosts(), cluster.read())).collect::<Vec<_>>(), [(4, 4), (2, 0)]);
    assert_eq!(ranked[0].signature.class.key(), "package_lock");
    assert_eq!(ranked[0].newest(), Some((at(3).civil, true)));
    assert_eq!(queue.unread(), 2);
    assert_eq!(
        queue.of(&row(0, 100).id).and_then(Failure::cause).map(|cause| cause.class.key().to_owned()).as_deref(),
        Some("package_lock")
    );
}

#[test]
fn taking_a_list_twice_asks_for_no_second_diagnosis() {
    let mut queue = Queue::default();
    queue.listed(&rollout(3), &row(1, 100), &[], &at(1));
    settle(&mut queue);
    queue.listed(&rollout(3), &row(1, 100), &[], &at(2));
    assert_eq!(settle(&mut queue), 0);
    assert_eq!(queue.len(), 1);
}

#[test]
fn a_list_told_while_the_evidence_is_being_diagnosed_does_not_lose_it() {
    let mut queue = Queue::default();
    queue.listed(&rollout(3), &row(1, 100), &[], &at(1));
    queue.read(row(1, 100).attempt.as_ref().expect("one"), &said(LOCK), None, &at(2));
    queue.listed(&rollout(3), &row(1, 100), &[], &at(3));
    settle(&mut queue);
    assert_eq!((queue.clusters().ranked()[0].read(), queue.unread()), (1, 0));
}

/// The worker gives cases back whenever it is through, in between lists and evidence that come on.
#[rstest]
#[case::listed_again_while_its_words_are_diagnosed(&["list", "diagnose", "read", "list", "diagnose"])]
#[case::read_before_the_first_diagnosis(&["list", "read", "diagnose"])]
#[case::read_before_and_listed_again(&["list", "read", "list", "diagnose", "list"])]
#[case::the_first_diagnosis_comes_last(&["list", "take", "read", "diagnose", "give"])]
#[case::the_first_diagnosis_comes_in_between(&["list", "take", "read", "give", "list", "diagnose"])]
fn words_and_time_of_a_failure_are_kept_in_any_order(#[case] order: &[&str]) {
    let mut queue = Queue::default();
    let failed = row(1, 100);
    let wave = WaveId::new(rollout(3).id, "12");
    let mut taken = Vec::new();
    for (second, what) in (10..).zip(order) {
        match *what {
            "list" => drop(queue.listed(&rollout(3), &failed, &[], &at(second))),
            "read" => queue.read(failed.attempt.as_ref().expect("one"), &said(LOCK), Some(wave.clone()), &at(second)),
            "take" => taken = queue.cases(),
            "give" => give(&mut queue, std::mem::take(&mut taken)),
            _ => drop(settle(&mut queue)),
        }
    }
    let kept = queue.of(&failed.id).expect("a failure");
    assert_eq!((kept.at, kept.wave.as_ref(), kept.code), (Some(at(3).civil), Some(&wave), Some(100)));
    assert_eq!((kept.is_read(), kept.signature.class.key(), queue.unread()), (true, "package_lock", 0));
}

#[test]
fn one_of_each_code_is_read_first_and_then_the_rest() {
    let mut queue = Queue::default();
    for (host, code) in [(1, 100), (2, 100), (3, 1603), (4, 1603), (5, 8)] {
        queue.listed(&rollout(3), &row(host, code), &[], &at(1));
    }
    let order = |queue: &Queue| -> Vec<String> {
        queue.to_read(&BackendName::new("hb"), 9).into_iter().map(|attempt| attempt.native.to_string()).collect()
    };
    assert_eq!(order(&queue), ["905", "901", "903", "902", "904"]);
    queue.read(row(5, 8).attempt.as_ref().expect("one"), &said("x"), None, &at(2));
    assert_eq!(order(&queue)[0], "901");
    queue.cannot_read(row(1, 100).attempt.as_ref().expect("one"), "its id cannot be asked for".into());
    assert_eq!(order(&queue)[0], "902");
    assert_eq!(queue.unread(), 3);
}

#[test]
fn a_failure_that_a_newer_try_has_overtaken_is_history() {
    let mut queue = Queue::default();
    let failed = row(1, 100);
    queue.listed(&rollout(3), &failed, &[], &at(1));
    settle(&mut queue);
    queue.listed(&rollout(3), &failed, &[try_(&failed, 2000, HostState::AtWork)], &at(2));
    assert!(queue.is_empty());
    assert!(queue.is_tried_again(failed.attempt.as_ref().expect("one")));
    assert_eq!(queue.tried_again(), (1, 0));
    // The list of the wave knows nothing of the later try.
    queue.listed(&rollout(3), &failed, &[], &at(3));
    assert!(queue.is_empty());
}

#[test]
fn a_try_that_fails_again_counts_as_the_next_one_of_the_same_rollout() {
    let mut queue = Queue::default();
    let failed = row(1, 100);
    queue.listed(&rollout(3), &failed, &[try_(&failed, 2000, HostState::Failed), try_(&failed, 2001, HostState::Failed)], &at(1));
    settle(&mut queue);
    let now = queue.of(&failed.id).expect("a failure");
    assert_eq!((now.attempt.native.as_str(), now.tries, queue.len()), ("2001", 3, 1));
    assert_eq!(now.rollout, Some(rollout(3).id));
    // It worked in the end.
    queue.listed(&rollout(3), &failed, &[try_(&failed, 2001, HostState::Failed), try_(&failed, 2002, HostState::Done)], &at(2));
    assert!(queue.is_empty() && queue.clusters().is_empty());
}

/// A single assignment tells of no wave, and its host does not leave the wave for it.
#[rstest]
#[case::known_before_it_was_tried_again(&["wave", "at work", "failed"])]
#[case::known_and_failed_at_once(&["wave", "failed"])]
#[case::told_once_it_had_failed_again(&["at work", "failed", "wave"])]
#[case::told_while_it_is_diagnosed(&["failed", "wave", "settle"])]
fn a_host_that_was_tried_again_is_still_one_of_its_wave(#[case] order: &[&str]) {
    let mut queue = Queue::default();
    let failed = row(1, 100);
    let wave = WaveId::new(rollout(3).id, "12");
    for (second, what) in (1..).zip(order) {
        match *what {
            "wave" => drop(queue.listed(&rollout(3), &HostRow { wave: Some(wave.clone()), ..row(1, 100) }, &[], &at(second))),
            "at work" => drop(queue.listed(&rollout(3), &failed, &[try_(&failed, 2000, HostState::AtWork)], &at(second))),
            "failed" => drop(queue.listed(&rollout(3), &failed, &[try_(&failed, 2000, HostState::Failed)], &at(second))),
            _ => drop(settle(&mut queue)),
        }
        if order.last() != Some(&"settle") {
            settle(&mut queue);
        }
    }
    let now = queue.of(&failed.id).expect("a failure");
    assert_eq!((now.attempt.native.as_str(), now.wave.as_ref()), ("2000", Some(&wave)));
}

#[test]
fn what_a_complete_list_lacks_is_gone() {
    let mut queue = Queue::default();
    for host in 0..3 {
        queue.listed(&rollout(3), &row(host, 100), &[], &at(1));
    }
    settle(&mut queue);
    let left = row(1, 100).attempt.expect("one");
    queue.only(&rollout(3).id, &HashSet::from([&left]));
    assert_eq!((queue.len(), queue.of_rollout(&rollout(3).id).count()), (1, 1));
    queue.keep_rollouts(|_| false);
    assert!(queue.is_empty() && queue.unread() == 0);
}

#[test]
fn a_diagnosis_of_a_try_that_is_gone_is_dropped() {
    let mut queue = Queue::default();
    queue.listed(&rollout(3), &row(1, 100), &[], &at(1));
    let case = queue.cases().remove(0);
    queue.keep_rollouts(|_| false);
    assert!(!queue.diagnosed(case.failure));
    assert!(queue.clusters().is_empty());
}

#[test]
fn words_are_taken_from_the_newest_error_that_has_any() {
    let line = |kind: &str, words: &str| StoryLine {
        at: Some(at(5).civil),
        kind: kind.into(),
        said: if words.is_empty() { Vec::new() } else { vec![Evidence::new(words)] },
        code: None,
    };
    let told = telling(&[line("server", "noted"), line("error", ""), line("error", "disk full"), line("running", "begun")]);
    assert_eq!((told.text.as_str(), told.on_the_way), ("disk full", false));
    let told = telling(&[line("error", ""), line("running", "second"), line("server", "noted"), line("running", "first")]);
    assert_eq!((told.text.as_str(), told.on_the_way), ("first\nsecond", true));
    assert_eq!(told.at, Some(at(5).civil));
}

/// The shapes of a failed job's history on hawkBit: the error has only the server's words, or none, and before it stand reports of
/// what went well.
#[rstest]
#[case::progress(&["installing", "download started"], None, "unknown · said nothing of why")]
#[case::progress_and_a_code(&["installing", "download started"], Some(28), "unknown · code 28 · said nothing of why")]
#[case::nothing_at_all(&[], None, "unknown · said nothing of why")]
#[case::a_code_that_a_rule_knows(&["installing"], Some(-2_145_124_329), "not applicable · 0x80240017 · said nothing of why")]
#[case::a_reason_on_the_way(&["No space left on device", "download started"], None, "disk space · No space left on device")]
#[case::words_of_failing_on_the_way(&["slot B did not boot", "installing"], None, "unknown · slot B did not boot")]
#[case::all_well_on_the_way(&["still going: 0x00240005 restart required"], None, "unknown · said nothing of why")]
fn what_a_host_said_while_all_went_well_is_no_cause(#[case] said: &[&str], #[case] code: Option<i64>, #[case] told: &str) {
    let line = |kind: &str, words: &str, code| StoryLine {
        at: Some(at(5).civil),
        kind: kind.into(),
        said: if words.is_empty() { Vec::new() } else { vec![Evidence::new(words)] },
        code,
    };
    let mut reports = vec![line("error", "", code), line("server", "Update Server: Target reported CLOSED with ERROR!.", None)];
    reports.extend(said.iter().map(|said| line("download", said, None)));
    let mut queue = Queue::default();
    let failed = HostRow { code, ..row(1, 0) };
    queue.listed(&rollout(3), &failed, &[], &at(1));
    settle(&mut queue);
    queue.read(failed.attempt.as_ref().expect("one"), &reports, None, &at(2));
    settle(&mut queue);
    let known = queue.of(&failed.id).expect("a failure");
    assert_eq!(known.signature.to_string(), told);
    let raw = known.evidence.as_ref().expect("read").raw().lines().count();
    assert_eq!(raw, said.len(), "what it said stays to be read");
}

#[test]
fn a_cause_of_a_rollout_says_how_many_of_it_it_stopped() {
    let mut queue = Queue::default();
    for (of, host, code) in [(3, 1, 100), (3, 2, 100), (4, 3, 100), (3, 4, 1603)] {
        queue.listed(&rollout(of), &row(host, code), &[], &at(1));
    }
    settle(&mut queue);
    let causes: Vec<u32> = queue.causes_of_rollout(&rollout(3).id).iter().map(|(_, count)| *count).collect();
    assert_eq!(causes, [2, 1]);
}

#[test]
fn equal_words_are_kept_once_and_all_words_together_are_bounded() {
    let mut queue = Queue::default();
    let first = queue.intern("the same words");
    assert_eq!(queue.intern("the same words"), first);
    assert_eq!(queue.bytes, first.raw().len());
    queue.bytes = MOST_BYTES;
    let long = format!("{}ü{}", "a".repeat(2000), "z".repeat(2000));
    assert!(queue.intern(&long).raw().len() <= 2 * END + 3);
}

#[test]
fn the_waves_name_in_the_evidence_leads_to_the_wave() {
    let mut queue = Queue::default();
    queue.listed(&rollout(3), &row(1, 100), &[], &at(1));
    let wave = WaveId::new(rollout(3).id, "12");
    queue.read(row(1, 100).attempt.as_ref().expect("one"), &said(LOCK), Some(wave.clone()), &at(2));
    settle(&mut queue);
    let cluster = queue.clusters().ranked()[0].clone();
    assert_eq!(cluster.waves().first(), Some(&wave));
}

/// Lets the failures of one code through.
struct Code(i64);

impl Sift<'_> for Code {
    fn cause(&mut self, any: &Failure) -> Let {
        if any.code == Some(self.0) { Let::All } else { Let::None }
    }

    fn failure(&mut self, failure: &Failure) -> bool {
        failure.code == Some(self.0)
    }
}

#[test]
fn failures_are_piled_by_what_is_asked_for_and_each_host_counts_once() {
    let mut queue = Queue::default();
    for (of, host, code) in [(3, 1, 100), (3, 2, 100), (4, 2, 1603), (4, 3, 1603)] {
        let mut row = row(host, code);
        row.attempt.as_mut().expect("one").native = format!("{of}{host}").into();
        row.wave = Some(WaveId::new(rollout(of).id, "1"));
        queue.listed(&rollout(of), &row, &[], &at(1));
    }
    settle(&mut queue);
    let hosts = |by| queue.piles(by, None).into_iter().map(|(_, sum)| sum.hosts).collect::<Vec<_>>();
    assert_eq!((hosts(PileBy::Cause), hosts(PileBy::Tenant), hosts(PileBy::Wave)), (vec![2, 2], vec![3], vec![2, 2]));
    assert_eq!((hosts(PileBy::Host), hosts(PileBy::Release)), (vec![1, 1, 1], vec![3]));
    let (tenant, sum) = queue.piles(PileBy::Tenant, None).remove(0);
    assert_eq!((sum.causes.len(), sum.read, sum.retry), (2, 0, Some(crate::domain::Retry::Manual)));
    assert_eq!((queue.in_pile(&tenant).count(), queue.sum(&tenant)), (4, sum));
    // What is filtered away is not counted.
    let mut by_wave = queue.piles(PileBy::Wave, Some(&mut Code(100)));
    assert_eq!(by_wave.pop().map(|(_, sum)| sum.hosts), Some(2));
    assert_eq!((by_wave.len(), queue.piles(PileBy::Cause, Some(&mut Code(100))).len()), (0, 1));
    for by in [PileBy::Cause, PileBy::Tenant, PileBy::Wave, PileBy::Host, PileBy::Release] {
        for (pile, sum) in queue.piles(by, None) {
            assert_eq!(queue.sum(&pile).hosts, sum.hosts, "{by:?}");
            assert!(queue.in_pile(&pile).all(|failure| pile.holds(failure)), "{by:?}");
        }
    }
}

#[test]
fn beyond_the_most_that_is_kept_only_the_number_is_known() {
    let mut queue = Queue::default();
    for host in 0..MOST as u32 + 7 {
        queue.listed(&rollout(3), &row(host, 100), &[], &at(1));
        drop(queue.cases());
    }
    assert_eq!((queue.len(), queue.beyond()), (MOST, 7));
}
