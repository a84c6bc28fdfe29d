//! Pausing everything of one tenant: which of its rollouts take a pause, and why the others do not. It sends nothing; each
//! pause is an intent of its own.

use super::states;
use super::types::Capability;
use crate::action::Verb;
use crate::domain::{Rollout, RolloutId, Text};

/// One rollout of the tenant, with what is known about pausing it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub rollout: &'a Rollout,
    /// What its backend makes of a pause.
    pub capability: Capability,
    /// Why this login may not, where that is known.
    pub may_not: Option<Text>,
}

/// One that can be paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pausable {
    pub rollout: RolloutId,
    pub name: Text,
    /// Hosts at work, which a pause does not call back. None: not counted.
    pub go_on: Option<u32>,
}

/// One that cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPausable {
    pub rollout: RolloutId,
    pub name: Text,
    pub why: Text,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PauseTenant {
    pub can: Vec<Pausable>,
    /// Those that move and cannot be held come with their reason; those that have ended and rest are left out.
    pub cannot: Vec<NotPausable>,
}

/// Sorts the tenant's rollouts by what a pause does to them, in the order given.
pub fn pause_tenant(rollouts: &[Candidate<'_>]) -> PauseTenant {
    let mut sorted = PauseTenant::default();
    for candidate in rollouts.iter().filter(|candidate| candidate.rollout.is_moving()) {
        let rollout = candidate.rollout;
        let (id, name) = (rollout.id.clone(), rollout.name.clone());
        match hindrance(candidate) {
            None => sorted.can.push(Pausable { rollout: id, name, go_on: rollout.counts.map(|counts| counts.running) }),
            Some(why) => sorted.cannot.push(NotPausable { rollout: id, name, why }),
        }
    }
    sorted
}

fn hindrance(candidate: &Candidate<'_>) -> Option<Text> {
    if let Err(refusal) = states::takes(Verb::Pause, candidate.rollout) {
        return Some(refusal.why);
    }
    if let Capability::Unsupported(why) = &candidate.capability {
        return Some(Text::new(format!("it cannot be paused on {}: {why}", candidate.rollout.id.backend)));
    }
    let words = |why: &Text| Text::new(format!("this login may not pause it: {why}"));
    candidate.may_not.as_ref().map(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PausedBy, RolloutState, WaveState};
    use crate::plan::fixture::{survey_of, wave};
    use rstest::rstest;

    fn rollout(state: RolloutState) -> Rollout {
        survey_of(state, [wave(1, WaveState::Running).running(17)]).rollout
    }

    fn sort(rollout: &Rollout, capability: Capability, may_not: Option<Text>) -> PauseTenant {
        pause_tenant(&[Candidate { rollout, capability, may_not }])
    }

    #[test]
    fn a_running_rollout_can_be_paused_and_says_how_many_go_on() {
        let sorted = sort(&rollout(RolloutState::Running), Capability::Native, None);
        assert_eq!(sorted.can.first().and_then(|one| one.go_on), Some(17));
        assert!(sorted.cannot.is_empty());
    }

    #[rstest]
    #[case::held(
        RolloutState::Paused(PausedBy::Person),
        Capability::Native,
        None,
        "\"December baseline\" is paused: it is held already; hosts at work go on"
    )]
    #[case::finished_and_at_work(
        RolloutState::Finished,
        Capability::Native,
        None,
        "\"December baseline\" has finished, and 17 hosts are still at work: no wave is left that a pause could hold"
    )]
    #[case::no_such_verb(
        RolloutState::Running,
        Capability::Unsupported("a job cannot be held".into()),
        None,
        "it cannot be paused on acme-hb: a job cannot be held"
    )]
    #[case::no_right(
        RolloutState::Running,
        Capability::Native,
        Some("UPDATE is missing".into()),
        "this login may not pause it: UPDATE is missing"
    )]
    fn one_that_cannot_be_paused_says_why(
        #[case] state: RolloutState,
        #[case] capability: Capability,
        #[case] may_not: Option<Text>,
        #[case] why: &str,
    ) {
        let sorted = sort(&rollout(state), capability, may_not);
        assert!(sorted.can.is_empty());
        assert_eq!(sorted.cannot.first().map(|one| one.why.as_str()), Some(why));
    }

    #[test]
    fn what_has_ended_and_rests_is_left_out() {
        let rollout = survey_of(RolloutState::Stopped, [wave(1, WaveState::Stopped)]).rollout;
        assert_eq!(sort(&rollout, Capability::Native, None), PauseTenant::default());
    }
}
