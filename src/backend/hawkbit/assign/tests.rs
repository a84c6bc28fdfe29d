//! What is said of a batch: nobody is lost between what was sent and what came.

use rstest::rstest;
use serde_json::json;

use super::*;

#[rstest]
#[case::all(2, &json!({"assigned": 2, "alreadyAssigned": 0, "total": 2}), "2 of 2 have a new job")]
#[case::pressed_twice(2, &json!({"assigned": 0, "alreadyAssigned": 2, "total": 2}), "0 of 2 have a new job, 2 had it assigned already")]
#[case::unknown_ids(5, &json!({"assigned": 2, "alreadyAssigned": 1, "total": 3}), "2 of 5 have a new job, 1 had it assigned already, 2 dropped without a word")]
fn the_answer_is_held_against_what_was_sent(#[case] sent: usize, #[case] body: &Value, #[case] words: &str) {
    assert_eq!(told(sent, body).expect("words").as_str(), words);
}

fn set(hosts: &[&str]) -> BTreeSet<String> {
    hosts.iter().map(|host| (*host).to_owned()).collect()
}

fn found(sent: &[&str], jobs: &[(&str, &str)], known: &[&str]) -> Settlement {
    let jobs: Vec<Job> = jobs
        .iter()
        .map(|(host, status)| Job { id: 9, host: (*host).to_owned(), name: None, status: (*status).to_owned(), release: None })
        .collect();
    let newest = jobs.iter().map(|job| (job.host.as_str(), job)).collect();
    let sent = set(sent);
    let without = sent.iter().filter(|host| !jobs.iter().any(|job| job.host == **host)).cloned().collect();
    settled(&sent, &newest, &without, &set(known))
}

#[rstest]
#[case::all_there(&["a", "b"], &[("a", "running"), ("b", "finished")], &[], "verified", "2 of 2 hosts have a new job (1 finished, 1 running)")]
#[case::some_are_strangers(&["a", "x"], &[("a", "running")], &[], "verified", "1 of 2 hosts have a new job (1 running); not known to the server: x")]
#[case::some_have_none(&["a", "b"], &[("a", "running")], &["b"], "not there", "1 of 2 hosts have a new job (1 running); no new job: b")]
#[case::nothing_came(&["a", "b"], &[], &["a", "b"], "not there", "0 of 2 hosts have a new job; no new job: a, b")]
fn each_host_of_a_batch_is_told(
    #[case] sent: &[&str],
    #[case] jobs: &[(&str, &str)],
    #[case] known: &[&str],
    #[case] word: &str,
    #[case] words: &str,
) {
    let settlement = found(sent, jobs, known);
    assert_eq!((settlement.word(), settlement.words().as_str()), (word, words));
}
