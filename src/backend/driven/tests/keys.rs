//! Gates for two people: two logins, and two persons as far as their desks know them.

use super::*;
use crate::plan::types::Person;
use rstest::rstest;

fn person(account: &str, name: Option<&str>) -> Person {
    Person { account: account.into(), name: name.map(Into::into) }
}

fn by(verb: Verb, number: u32, person: &Person) -> Intent {
    Intent { by: person.clone(), ..intent(verb, number) }
}

/// The first key is turned by `anna`'s login, the second tried at another one.
async fn first_key(person: &Person) -> Driven<Script> {
    let night = night(2);
    pilot_done(&night).await;
    carry_out(&night, by(Verb::Approve, 3, person)).await.expect("the first key");
    night.executor.inside().login = "bert";
    night
}

#[tokio::test]
async fn two_keys_are_turned_by_two_logins() {
    let night = night(2);
    pilot_done(&night).await;
    assert_eq!(board(&night).await.state, RolloutState::WaitsForYou);
    assert!(carry(&night, Verb::Advance, 2).await.expect_err("a refusal").contains("0 of 2 keys turned"));
    carry(&night, Verb::Approve, 3).await.expect("the first key");
    let refused = carry(&night, Verb::Resume, 4).await.expect_err("a refusal");
    assert_eq!(refused, "anna turned the first key of ring pilot: the second is another login's");
    night.executor.inside().login = "bert";
    carry(&night, Verb::Resume, 5).await.expect("the second key");
    assert_eq!(waves(&night).await[1].state, WaveState::Running);
}

#[rstest]
#[case::the_same_account(person("kim", None), person("kim", None))]
#[case::the_same_name_at_another_account(person("kim", Some("Kim W")), person("ops", Some("kim w ")))]
#[case::a_name_here_and_an_account_there(person("kim", None), person("ops", Some("Kim")))]
#[case::nobody_said_another_name(person("ops", Some("Kim")), person("ops", None))]
#[tokio::test]
async fn one_person_at_two_logins_is_one_key(#[case] first: Person, #[case] second: Person) {
    let night = first_key(&first).await;
    let refused = carry_out(&night, by(Verb::Resume, 4, &second)).await.expect_err("a refusal");
    let words = format!(
        "the same person ({}), as anna, turned the first key of ring pilot: the second is another person's",
        second.word()
    );
    assert_eq!(refused, words);
    assert_eq!(waves(&night).await[1].state, WaveState::NotBegun);
}

#[rstest]
#[case::two_people(person("kim", None), person("sam", None), None)]
#[case::two_names_at_one_account(
    person("ops", Some("kim")),
    person("ops", Some("sam")),
    Some("both keys of ring pilot come from the account ops: that they are two people rests on the names they gave")
)]
#[case::nobody_knows_the_first(
    Person::default(),
    person("sam", None),
    Some("which person turned the first key of ring pilot is not known: only the login, anna")
)]
#[tokio::test]
async fn another_person_opens_it_and_is_told_what_that_rests_on(
    #[case] first: Person,
    #[case] second: Person,
    #[case] told: Option<&str>,
) {
    let night = first_key(&first).await;
    let intent = by(Verb::Resume, 4, &second);
    let warnings = survey(&night, &intent).await.warnings;
    assert_eq!(warnings.iter().map(crate::domain::Text::as_str).collect::<Vec<_>>(), told.into_iter().collect::<Vec<_>>());
    carry_out(&night, intent).await.expect("the second key");
    assert_eq!(waves(&night).await[1].state, WaveState::Running);
}

#[tokio::test]
async fn labels_tell_persons_apart_and_name_nobody() {
    let night = first_key(&person("kim", Some("Kim Weiss"))).await;
    let labels = night.executor.inside().jobs.last().expect("a marker").job.labels.clone();
    assert_eq!(labels["pd_kind"], "approve");
    assert_eq!(labels["pd_by"].len(), 17, "two short hashes: {}", labels["pd_by"]);
    assert!(labels.values().all(|value| !value.to_lowercase().contains("kim")), "{labels:?}");
}
