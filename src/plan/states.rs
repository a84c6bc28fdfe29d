//! The state table: which verb a rollout takes in which state, and the words for those it does not take.
//!
//! A verb that does not fit is refused with what could be done instead; it never becomes another verb and never moves to
//! another rollout.

use super::types::Refusal;
use crate::action::Verb;
use crate::domain::{PausedBy, Rollout, RolloutState, Text};
use crate::plan::words::hosts;

/// Whether `rollout` takes `verb` in its state. `Ok` does not say that the login may do it, nor what it does.
pub fn takes(verb: Verb, rollout: &Rollout) -> Result<(), Refusal> {
    // A second stop may do more than the first one did, as long as hosts are at work.
    let again = verb == Verb::Stop && rollout.state == RolloutState::Stopping && rollout.at_work() > 0;
    if again || fits(verb, &rollout.state) {
        return Ok(());
    }
    let why = format!("\"{}\" {}: {}", rollout.name, is(rollout), lacks(verb, &rollout.state));
    let refusal = Refusal::new(why);
    Err(match instead(verb, &rollout.state) {
        Some(what) => refusal.instead(what),
        None => refusal,
    })
}

/// The states each verb is taken in. Verbs about hosts are judged host by host, so that only a rollout nobody understands
/// or that has no attempt yet refuses them as a whole.
fn fits(verb: Verb, state: &RolloutState) -> bool {
    use RolloutState as S;
    match verb {
        Verb::Approve | Verb::Deny => matches!(state, S::WaitsForYou),
        Verb::Start => matches!(state, S::NotBegun),
        Verb::Pause | Verb::Advance => matches!(state, S::Running),
        Verb::Resume => matches!(state, S::Paused(_)),
        Verb::Stop => !matches!(state, S::Stopping | S::Stopped | S::Finished | S::Unknown),
        Verb::Retry | Verb::RollBack | Verb::CatchUp => {
            matches!(state, S::Running | S::Paused(_) | S::Frozen | S::Stopping | S::Stopped | S::Finished)
        }
        Verb::DryRun => matches!(state, S::WaitsForYou | S::NotBegun | S::Running | S::Paused(_) | S::Frozen),
    }
}

/// The state as the middle of a sentence: `is running`.
pub fn is(rollout: &Rollout) -> Text {
    use RolloutState as S;
    let at_work = rollout.at_work();
    let plain = match &rollout.state {
        S::Preparing => "is still being put together",
        S::WaitsForYou => "waits for approval",
        S::Declined => "has been declined",
        S::NotBegun => "is approved and not begun",
        S::Starting => "is starting",
        S::Running => "is running",
        S::Paused(PausedBy::Limit { .. }) => "is paused by its failure limit",
        S::Paused(PausedBy::Gate { .. }) => "is paused at a gate",
        S::Paused(PausedBy::Short { .. }) => "is paused, because too few hosts are done",
        S::Paused(PausedBy::Person | PausedBy::Told | PausedBy::NotKnown) => "is paused",
        S::Frozen if rollout.native.as_str().contains(' ') => {
            return Text::new(format!("is frozen there ({})", rollout.native));
        }
        S::Frozen => "is frozen",
        S::Stopping => "is being stopped",
        S::Stopped if at_work > 0 => return Text::new(format!("is stopped, and {} still at work", are(at_work))),
        S::Stopped => "is stopped",
        S::Finished if at_work > 0 => return Text::new(format!("has finished, and {} still at work", are(at_work))),
        S::Finished => "has finished",
        S::Unknown => return Text::new(format!("says \"{}\", a state not known here", rollout.native)),
    };
    Text::new(plain)
}

fn are(number: u32) -> String {
    format!("{} {}", hosts(number), if number == 1 { "is" } else { "are" })
}

/// Why the verb does not fit, as the end of a sentence.
fn lacks(verb: Verb, state: &RolloutState) -> &'static str {
    use RolloutState as S;
    match (verb, state) {
        (_, S::Unknown) => "no verb is sent on a state that is not understood",
        (Verb::Approve | Verb::Start | Verb::Resume | Verb::Advance, S::Frozen) => "nothing of it begins before that ends",
        (Verb::Approve, S::Declined) => "a declined rollout cannot be approved any more",
        (Verb::Approve, S::Preparing) => "it cannot be approved yet",
        (Verb::Approve, _) => "nothing waits for approval",
        (Verb::Deny, S::Declined) => "it is declined already",
        (Verb::Deny, _) => "nothing waits to be declined",
        (Verb::Start, S::WaitsForYou) => "it cannot start before it is approved",
        (Verb::Start, S::Preparing) => "it cannot start yet",
        (Verb::Start, S::Starting | S::Running) => "it has been started already",
        (Verb::Start, S::Paused(_)) => "it has been started, and goes on by resume",
        (Verb::Start, _) => "it cannot be started",
        (Verb::Pause, S::Paused(_)) => "it is held already; hosts at work go on",
        (Verb::Pause, S::Starting) => "it takes a pause only once it runs",
        (Verb::Pause, S::Preparing | S::WaitsForYou | S::NotBegun | S::Declined) => "nothing of it runs that could be held",
        (Verb::Pause, S::Stopping | S::Stopped | S::Finished) => "no wave is left that a pause could hold",
        (Verb::Pause, _) => "only a running rollout can be paused",
        (Verb::Resume, S::Running | S::Starting) => "it goes on already",
        (Verb::Resume, S::Stopping | S::Stopped) => "a stop is final, it cannot be resumed",
        (Verb::Resume, _) => "only a paused rollout can be resumed",
        (Verb::Advance, S::Paused(_)) => "while it is held no wave can be begun out of turn",
        (Verb::Advance | Verb::DryRun, S::Stopping | S::Stopped | S::Finished | S::Declined) => {
            "no wave of it can begin any more"
        }
        (Verb::Advance, _) => "only a running rollout can be taken to its next wave",
        (Verb::Stop, S::Stopping) => "it is being stopped already",
        (Verb::Stop, S::Stopped) => "it is stopped already",
        (Verb::Stop, S::Finished) => "a finished rollout cannot be stopped",
        (Verb::Stop, _) => "it cannot be stopped",
        (Verb::Retry | Verb::RollBack | Verb::CatchUp, _) => "no host has tried it yet",
        (Verb::DryRun, _) => "it cannot be tried dry in this state",
    }
}

/// What to do instead, where there is something.
fn instead(verb: Verb, state: &RolloutState) -> Option<&'static str> {
    use RolloutState as S;
    Some(match (verb, state) {
        (_, S::Unknown) => "look at it in the backend's own console",
        (_, S::Preparing) => "wait until the backend has put its waves together, or stop it",
        (Verb::Stop, S::Finished | S::Stopped) => "hosts still at work are called back one by one, at the backend",
        (_, S::Frozen) => "wait for the end of the freeze, or stop it",
        (_, S::Declined | S::Stopped) => "make a new rollout at the backend",
        (Verb::Approve | Verb::Deny, S::NotBegun) => "start it, or stop it",
        (Verb::Approve | Verb::Deny | Verb::Start, S::Running) => "to hold it, pause; to end it, stop",
        (Verb::Approve | Verb::Deny | Verb::Start, S::Starting) => "to end it, stop; it can be held once it runs",
        (Verb::Approve | Verb::Deny | Verb::Start | Verb::Pause | Verb::Advance, S::Paused(_)) => {
            "resume names the wave that would begin; stop ends it"
        }
        (Verb::Start | Verb::Resume | Verb::Advance, S::WaitsForYou) => "approve it first",
        (Verb::Pause, S::WaitsForYou) => "deny it, or stop it",
        (Verb::Retry | Verb::RollBack | Verb::CatchUp, S::WaitsForYou) => "approve it, or deny it",
        (Verb::Pause, S::NotBegun) => "leave it unstarted, or stop it",
        (Verb::Resume | Verb::Advance | Verb::Retry | Verb::RollBack | Verb::CatchUp, S::NotBegun) => "start it",
        (Verb::Pause | Verb::Advance, S::Starting) => "ask again in a few seconds, or stop it",
        (Verb::Retry | Verb::RollBack | Verb::CatchUp | Verb::DryRun, S::Starting) => "ask again once it runs",
        (Verb::Resume, S::Starting | S::Running) => "look at its hosts and gates",
        (_, S::Stopping) => "wait until the backend says that it is stopped",
        (_, S::Finished) => "failed hosts are tried again by retry",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture;
    use rstest::rstest;

    fn states() -> Vec<RolloutState> {
        use RolloutState as S;
        let wave = fixture::wave_id(1);
        vec![
            S::Preparing,
            S::WaitsForYou,
            S::Declined,
            S::NotBegun,
            S::Starting,
            S::Running,
            S::Paused(PausedBy::Limit { wave: wave.clone(), failed: 9, total: 40 }),
            S::Paused(PausedBy::Gate { wave }),
            S::Paused(PausedBy::Person),
            S::Paused(PausedBy::NotKnown),
            S::Frozen,
            S::Stopping,
            S::Stopped,
            S::Finished,
            S::Unknown,
        ]
    }

    #[rstest]
    #[case(Verb::Approve, "waits for you")]
    #[case(Verb::Deny, "waits for you")]
    #[case(Verb::Start, "not begun")]
    #[case(Verb::Pause, "running")]
    #[case(Verb::Resume, "PAUSED, limit|PAUSED, gate|PAUSED|PAUSED")]
    #[case(Verb::Advance, "running")]
    #[case(
        Verb::Stop,
        "preparing|waits for you|declined|not begun|starting|running|PAUSED, limit|PAUSED, gate|PAUSED|PAUSED|frozen"
    )]
    #[case(Verb::Retry, "running|PAUSED, limit|PAUSED, gate|PAUSED|PAUSED|frozen|stopping|stopped|finished")]
    #[case(Verb::RollBack, "running|PAUSED, limit|PAUSED, gate|PAUSED|PAUSED|frozen|stopping|stopped|finished")]
    #[case(Verb::CatchUp, "running|PAUSED, limit|PAUSED, gate|PAUSED|PAUSED|frozen|stopping|stopped|finished")]
    #[case(Verb::DryRun, "waits for you|not begun|running|PAUSED, limit|PAUSED, gate|PAUSED|PAUSED|frozen")]
    fn a_verb_is_taken_in_its_own_states_only(#[case] verb: Verb, #[case] taken: &str) {
        let found: Vec<_> = states()
            .into_iter()
            .filter(|state| takes(verb, &fixture::rollout(state.clone(), &[])).is_ok())
            .map(|state| state.word())
            .collect();
        assert_eq!(found.join("|"), taken);
    }

    #[test]
    fn every_refusal_names_the_rollout_and_what_to_do_instead() {
        for verb in Verb::ALL {
            for state in states() {
                if let Err(refusal) = takes(verb, &fixture::rollout(state.clone(), &[])) {
                    assert!(refusal.why.as_str().starts_with("\"December baseline\" "), "{}", refusal.why);
                    assert!(refusal.instead.is_some(), "{} on {}", verb.word(), state.word());
                }
            }
        }
    }

    #[test]
    fn no_refusal_offers_a_verb_that_the_state_refuses_too() {
        for verb in Verb::ALL {
            for state in states() {
                let Err(refusal) = takes(verb, &fixture::rollout(state.clone(), &[])) else { continue };
                let instead = refusal.instead.unwrap_or_else(|| "".into());
                for other in [Verb::Approve, Verb::Deny, Verb::Start, Verb::Pause, Verb::Stop, Verb::Advance] {
                    let named = instead.as_str().split(|c: char| !c.is_alphabetic()).any(|word| word == other.word());
                    assert!(!named || fits(other, &state), "{} on {}: {instead}", verb.word(), state.word());
                }
            }
        }
    }

    #[rstest]
    #[case::approve_running(Verb::Approve, RolloutState::Running, "\"December baseline\" is running: nothing waits for approval")]
    #[case::start_waiting(
        Verb::Start,
        RolloutState::WaitsForYou,
        "\"December baseline\" waits for approval: it cannot start before it is approved"
    )]
    #[case::pause_paused(
        Verb::Pause,
        RolloutState::Paused(PausedBy::Person),
        "\"December baseline\" is paused: it is held already; hosts at work go on"
    )]
    #[case::resume_stopped(
        Verb::Resume,
        RolloutState::Stopped,
        "\"December baseline\" is stopped: a stop is final, it cannot be resumed"
    )]
    #[case::advance_finished(
        Verb::Advance,
        RolloutState::Finished,
        "\"December baseline\" has finished: no wave of it can begin any more"
    )]
    #[case::retry_waiting(
        Verb::Retry,
        RolloutState::NotBegun,
        "\"December baseline\" is approved and not begun: no host has tried it yet"
    )]
    #[case::unknown(
        Verb::Stop,
        RolloutState::Unknown,
        "\"December baseline\" says \"unknown\", a state not known here: no verb is sent on a state that is not understood"
    )]
    fn a_refusal_says_the_state_and_why(#[case] verb: Verb, #[case] state: RolloutState, #[case] words: &str) {
        assert_eq!(takes(verb, &fixture::rollout(state, &[])).unwrap_err().why.as_str(), words);
    }

    #[test]
    fn a_finished_rollout_with_hosts_at_work_says_so_and_refuses_to_stop() {
        let survey = fixture::survey_of(RolloutState::Finished, [fixture::wave(1, crate::domain::WaveState::Done).running(12)]);
        let refusal = takes(Verb::Stop, &survey.rollout).unwrap_err();
        assert_eq!(
            refusal.why.as_str(),
            "\"December baseline\" has finished, and 12 hosts are still at work: a finished rollout cannot be stopped"
        );
    }
}
