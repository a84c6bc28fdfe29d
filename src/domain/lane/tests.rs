//! Which lane a host stands in, and until when.

use super::*;
use crate::domain::BackendName;
use rstest::rstest;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + minutes * 60).expect("in range")
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn host(state: HostState, overdue: bool) -> OpenHost {
    OpenHost {
        id: HostId::new(BackendName::new("acme"), "till-1"),
        name: "till-1".into(),
        state,
        attempt: None,
        contact: Some(at(-90)),
        overdue,
    }
}

fn usuals() -> Usuals {
    let of = |taken: &[i64]| Usual::of(taken.iter().map(|taken| minutes(*taken)).collect());
    Usuals { work: of(&[5, 6, 14]), restart: of(&[2, 3, 4]), planned: None }
}

fn restart(restart: Restart) -> Progress {
    Progress { fetched: Some(at(0)), last: Some(at(10)), restart: Some(restart), ended: None }
}

fn fetched() -> Progress {
    Progress { fetched: Some(at(0)), last: Some(at(1)), ..Progress::default() }
}

#[rstest]
#[case::never_answered(host(HostState::NotFetched, true), None, 30, Some(Lane::Offline))]
#[case::about_to_call(host(HostState::NotFetched, false), None, 30, None)]
#[case::not_checked(host(HostState::AtWork, true), None, 300, None)]
#[case::at_work_as_usual(host(HostState::AtWork, true), Some(fetched()), 15, None)]
#[case::no_word_for_longer_than_any_other(host(HostState::AtWork, false), Some(fetched()), 16, Some(Lane::Stuck))]
#[case::restarting(host(HostState::AtWork, true), Some(restart(Restart::Begun(at(10)))), 14, Some(Lane::Restarting))]
#[case::as_long_as_twice_the_usual(
    host(HostState::AtWork, true),
    Some(restart(Restart::Begun(at(10)))),
    16,
    Some(Lane::Restarting)
)]
#[case::not_back(host(HostState::AtWork, true), Some(restart(Restart::Begun(at(10)))), 17, Some(Lane::NotBack))]
#[case::owed_for_ever(host(HostState::AtWork, false), Some(restart(Restart::Owed(at(10)))), 900, Some(Lane::RestartOwed))]
fn an_open_host_stands_where_its_own_times_put_it(
    #[case] host: OpenHost,
    #[case] progress: Option<Progress>,
    #[case] now: i64,
    #[case] lane: Option<Lane>,
) {
    assert_eq!(lane_of(&host, progress.as_ref(), &usuals(), at(now)).map(|(lane, _)| lane), lane);
}

#[rstest]
#[case::about_to_call(host(HostState::NotFetched, false), None, None)]
#[case::not_checked(host(HostState::AtWork, true), None, None)]
#[case::at_work(host(HostState::AtWork, true), Some(fetched()), Some(15))]
#[case::restarting(host(HostState::AtWork, true), Some(restart(Restart::Begun(at(10)))), Some(16))]
#[case::owed_for_ever(host(HostState::AtWork, false), Some(restart(Restart::Owed(at(10)))), None)]
fn it_is_known_until_when_time_alone_moves_a_host_nowhere(
    #[case] host: OpenHost,
    #[case] progress: Option<Progress>,
    #[case] until: Option<i64>,
) {
    let lane = |now| lane_of(&host, progress.as_ref(), &usuals(), now);
    let end = stays_until(&host, progress.as_ref(), &usuals(), at(2));
    assert_eq!(end, until.map(at));
    match end {
        Some(end) => {
            assert_eq!(lane(at(2)), lane(end));
            assert_ne!(lane(end), lane(end + SignedDuration::from_nanos(1)));
            assert_eq!(stays_until(&host, progress.as_ref(), &usuals(), end + SignedDuration::from_nanos(1)), None);
        }
        None => assert_eq!(lane(at(2)), lane(at(100_000))),
    }
}

#[test]
fn where_nobody_knows_what_is_usual_a_long_time_is_taken_and_a_restart_still_ends_being_one() {
    let progress = restart(Restart::Begun(at(10)));
    let lane = |now| lane_of(&host(HostState::AtWork, false), Some(&progress), &Usuals::default(), at(now));
    assert_eq!(lane(25).map(|(lane, _)| lane), Some(Lane::Restarting));
    assert_eq!(lane(26), Some((Lane::NotBack, Some(at(10)))));
}

#[test]
fn what_was_planned_decides_before_what_is_usual() {
    let usuals = Usuals { planned: Some(minutes(10)), ..usuals() };
    let lane = |now| lane_of(&host(HostState::AtWork, true), Some(&fetched()), &usuals, at(now)).map(|(lane, _)| lane);
    assert_eq!((lane(11), lane(12)), (None, Some(Lane::Stuck)));
}

#[test]
fn two_ended_tries_tell_no_usual_time() {
    assert_eq!(Usual::of(vec![minutes(3), minutes(4)]), None);
    assert_eq!(Usual::of(vec![minutes(3), minutes(4), SignedDuration::ZERO]), None);
    let three = Usual::of(vec![minutes(9), minutes(3), minutes(4)]).expect("three");
    assert_eq!((three.typical, three.limit(), three.hosts), (minutes(4), minutes(9), 3));
}

#[rstest]
#[case("installed, restarting", Some(Restart::Begun(at(0))))]
#[case("The system is going down for reboot NOW!", Some(Restart::Begun(at(0))))]
#[case("Reboot required to finish KB5031356", Some(Restart::Owed(at(0))))]
#[case("installing", None)]
#[case("service httpd restarted", None)]
fn a_restart_is_known_by_what_the_host_says(#[case] words: &str, #[case] restart: Option<Restart>) {
    assert_eq!(Restart::told(words, at(0)), restart);
}

#[test]
fn what_nobody_asked_is_not_counted_as_verified_and_not_as_zero() {
    let asked = Coverage { verified: Some(3), reported: 4, total: 5 };
    let open = Coverage { verified: None, reported: 2, total: 2 };
    assert_eq!((asked + open).verified, Some(3));
    assert_eq!((open + open).verified, None);
}
