//! Who can go back, and that what is sent fits the server's columns.

use rstest::rstest;

use super::*;

fn release(native: &str) -> Release {
    Release { native: native.into(), name: format!("till-os:{native}").into() }
}

fn job(status: &str, of: &str) -> Job {
    Job { id: 9, host: "db-1".to_owned(), name: None, status: status.to_owned(), release: Some(release(of)) }
}

fn verdict(newest: &Job, installed: bool, before: bool, blocked: bool) -> String {
    let installed = if installed { ["db-1".to_owned()].into() } else { BTreeSet::new() };
    let before = if before { [("db-1".to_owned(), job("finished", "11"))].into() } else { BTreeMap::new() };
    let blocked = if blocked { [(Text::new("11"), "is blocked at the server")].into() } else { BTreeMap::new() };
    match judged(newest, &release("12"), &installed, &before, &blocked) {
        (Eligibility::Eligible, Some(back), source) => format!("back to {} by {source}", back.name),
        (Eligibility::AfterFix(what), Some(back), source) => format!("first {what}, then back to {} by {source}", back.name),
        (Eligibility::No(why) | Eligibility::Unknown(why), None, _) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::done(job("finished", "12"), true, true, false, "back to till-os:11 by job 9, finished")]
#[case::failed_before_it_was_on(
    job("error", "12"),
    false,
    true,
    false,
    "already there (it failed, and has the release before, by the server)"
)]
#[case::failed_and_on_all_the_same(job("error", "12"), true, true, false, "back to till-os:11 by job 9, finished")]
#[case::its_way_back_failed(
    job("error", "11"),
    true,
    true,
    false,
    "first find out why its last way back failed, then back to till-os:11 by job 9, error"
)]
#[case::another_since(job("finished", "13"), false, true, false, "already there (it has another release, by the server)")]
#[case::fell_back(job("finished", "12"), false, true, false, "it reported done, and the server shows another release on it")]
#[case::at_work(job("retrieved", "12"), true, true, false, "it is at work: wait for its end, or stop the rollout first")]
#[case::planned(
    job("scheduled", "11"),
    true,
    true,
    false,
    "a job of till-os:11 is planned on it and has not begun: an earlier way back, or another rollout"
)]
#[case::no_history(
    job("finished", "12"),
    true,
    false,
    false,
    "nothing to go back to: the server's history holds no release before"
)]
#[case::blocked(job("finished", "12"), true, true, true, "the release before, till-os:11, is blocked at the server")]
fn each_host_is_told_whether_it_can_go_back_and_why(
    #[case] newest: Job,
    #[case] installed: bool,
    #[case] before: bool,
    #[case] blocked: bool,
    #[case] words: &str,
) {
    assert_eq!(verdict(&newest, installed, before, blocked), words);
}

/// Hosts that can go back, `of_wave` in each of three waves, and one in seven of the second that came from an older release.
fn eligible(of_wave: usize) -> Vec<HostFound> {
    let host = |at: usize| HostId::new(crate::domain::BackendName::new("acme-hb"), format!("till-berlin-{at:05}"));
    let back = |at: usize| Some(release(if at.is_multiple_of(7) && at / of_wave == 1 { "10" } else { "11" }));
    let found = |at: usize| HostFound {
        wave: Some(u32::try_from(at / of_wave + 1).expect("small")),
        back: back(at),
        ..HostFound::new(host(at), Eligibility::Eligible)
    };
    (0..3 * of_wave).map(found).collect()
}

fn still_in(hosts: &[HostFound]) -> Vec<&HostFound> {
    hosts.iter().filter(|found| found.verdict == Eligibility::Eligible).collect()
}

#[test]
fn of_more_hosts_than_one_plan_brings_back_the_last_waves_go_first_and_the_others_are_told_when() {
    let mut hosts = eligible(400);
    leave_for_later(&mut hosts);
    let first = still_in(&hosts);
    assert!((400..700).contains(&first.len()), "{}", first.len());
    let of_wave = |wave: u32| first.iter().filter(|found| found.wave == Some(wave)).count();
    assert_eq!((of_wave(3), of_wave(1)), (400, 0));
    let Eligibility::No(why) = &hosts[0].verdict else { panic!("{:?}", hosts[0]) };
    assert_eq!(why.as_str(), "not in this plan, which makes 12 rollouts at most: roll back again when these have begun");
    // What is in one plan is not divided again.
    let before = first.len();
    leave_for_later(&mut hosts);
    assert_eq!(still_in(&hosts).len(), before);
}

#[test]
fn as_many_hosts_as_one_plan_brings_back_are_all_in_it() {
    let mut hosts = eligible(100);
    leave_for_later(&mut hosts);
    assert_eq!(still_in(&hosts).len(), 300);
}
