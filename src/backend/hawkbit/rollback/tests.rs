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
    "already there: it failed, and has the release before on it, by the server"
)]
#[case::failed_and_on_all_the_same(job("error", "12"), true, true, false, "back to till-os:11 by job 9, finished")]
#[case::another_since(job("finished", "13"), false, true, false, "already there: it has another release on it, by the server")]
#[case::fell_back(job("finished", "12"), false, true, false, "it reported done, and the server shows another release on it")]
#[case::at_work(job("retrieved", "12"), true, true, false, "it is at work: wait for its end, or stop the rollout first")]
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

#[rstest]
#[case("undo of rollout #12 by patchdeck, intent 20261208T221405Z-7-1", Some(12))]
#[case("undo of rollout #x", None)]
#[case("monthly roll-up", None)]
fn the_description_says_what_a_rollout_undoes(#[case] description: &str, #[case] of: Option<i64>) {
    assert_eq!(undoes(description), of);
}
