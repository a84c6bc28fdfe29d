//! Whether an intent may go on, judged from fresh facts: capability, right, what the person saw, the state table, the effect.
//!
//! It sends nothing and asks nobody. A refusal always says why, in words.

use std::collections::BTreeSet;
use std::mem::discriminant;
use std::time::Duration;

use super::effect::{effect, of_groups};
use super::judge;
use super::states::{self, is};
use super::types::{Capability, Context, Decision, Door, HostGroup, Intent, Refusal, Survey};
use super::window;
use super::words::{count, hosts};
use crate::action::Verb;
use crate::domain::{PausedBy, Rollout, RolloutState};

/// The intent with what the survey found, or why nothing will be sent.
pub fn decide(intent: Intent, survey: Survey, context: &Context) -> Result<Decision, Refusal> {
    capable(&intent, &context.capability)?;
    about_the_same_thing(&intent, &survey)?;
    permitted(&intent, &survey)?;
    if let Some(seen) = &context.seen {
        as_seen(seen, &survey.rollout, context.seen_age)?;
    }
    states::takes(intent.verb, &survey.rollout)?;
    wave_still_there(&intent, &survey)?;
    not_frozen_there(&survey)?;
    window::allows(&intent, context)?;
    let groups = judge::groups(&intent, &survey, context);
    if !groups.is_empty() {
        return by_host(intent, survey, groups);
    }
    let effect = effect(&intent, &survey, context.civil)?;
    Ok(Decision::new(intent, survey, effect))
}

/// A verb about hosts, with those that are in. What is confirmed is these hosts and no others: the second survey is asked
/// about them alone, unless the backend's one call takes all that it finds.
fn by_host(mut intent: Intent, mut survey: Survey, groups: Vec<HostGroup>) -> Result<Decision, Refusal> {
    if groups.iter().all(|group| group.door == Door::Shut) {
        return Err(nobody(&intent, &groups));
    }
    let reached = || groups.iter().filter(|group| group.chosen).flat_map(|group| &group.hosts);
    let named: BTreeSet<&str> = reached().map(|judged| judged.host.raw()).collect();
    let all_in = groups.iter().all(|group| group.chosen || group.door == Door::Shut);
    let asked_whole = intent.hosts.is_empty() && intent.wave.is_none();
    let whole = asked_whole && all_in && survey.ways.whole.is_some();
    survey.by_jobs.keep_only(&named);
    if !whole && !named.is_empty() {
        intent.hosts = reached().map(|judged| judged.host.clone()).collect();
    }
    let effect = of_groups(intent.verb, &groups);
    Ok(Decision { intent, survey, effect, groups, whole })
}

/// Why no host can be reached, whatever the person says.
fn nobody(intent: &Intent, groups: &[HostGroup]) -> Refusal {
    let all = groups.iter().map(|group| group.hosts.len()).sum::<usize>();
    let why: Vec<String> = groups.iter().map(|group| format!("{}: {}", hosts(count(group.hosts.len())), group.title)).collect();
    let done = if intent.verb == Verb::Retry { "tried again" } else { "brought back" };
    let words = format!("none of {} can be {done}; {}", hosts(count(all)), why.join("; "));
    Refusal::new(words).instead("look at the hosts as they are now")
}

fn capable(intent: &Intent, capability: &Capability) -> Result<(), Refusal> {
    match capability {
        Capability::Native | Capability::Emulated(_) => Ok(()),
        Capability::Unsupported(why) => {
            Err(Refusal::new(format!("{} cannot be done on {}: {why}", intent.verb.word(), intent.backend())))
        }
    }
}

/// The survey must be about the rollout that was asked for: a verb never reaches another one.
fn about_the_same_thing(intent: &Intent, survey: &Survey) -> Result<(), Refusal> {
    let found = &survey.rollout;
    if found.id == intent.rollout && found.tenant == intent.tenant {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "asked for rollout {} of {}, and {} answered about {} of {}",
        intent.rollout,
        intent.tenant,
        intent.backend(),
        found.id,
        found.tenant
    ))
    .instead("read everything again and select it anew"))
}

/// A wave that has gone since is not replaced by another one.
fn wave_still_there(intent: &Intent, survey: &Survey) -> Result<(), Refusal> {
    let Some(id) = &intent.wave else { return Ok(()) };
    if survey.waves.iter().any(|wave| wave.id == *id) {
        return Ok(());
    }
    Err(Refusal::new(format!("the wave with id {id} is not among the waves of \"{}\" any more", survey.rollout.name))
        .instead("look at its waves as they are now"))
}

/// A right that could not be read does not refuse: the backend itself judges, and the dialog says so.
fn permitted(intent: &Intent, survey: &Survey) -> Result<(), Refusal> {
    if survey.may != Some(false) {
        return Ok(());
    }
    let words = format!("{} may not {} on {}", survey.login, intent.verb.word(), intent.backend());
    let words = match &survey.may_not {
        Some(why) => format!("{words}: {why}"),
        None => words,
    };
    Err(Refusal::new(words).instead("ask somebody whose login may"))
}

/// An override of ours would not lift it.
fn not_frozen_there(survey: &Survey) -> Result<(), Refusal> {
    survey.by_jobs.frozen.clone().map_or(Ok(()), Err)
}

/// The person decided on what the screen showed: another state or another release is another decision.
fn as_seen(seen: &Rollout, found: &Rollout, age: Option<Duration>) -> Result<(), Refusal> {
    let ago = age.map_or_else(String::new, |age| format!(" (read {} s before)", age.as_secs()));
    if !same_state(&seen.state, &found.state) {
        let words = format!("you saw that \"{}\" {}{ago}; now it {}", found.name, is(seen), is(found));
        return Err(Refusal::new(words).instead("look at it as it is now, then decide again"));
    }
    if seen.release != found.release {
        let name =
            |rollout: &Rollout| rollout.release.as_ref().map_or_else(|| "no release".into(), |release| release.name.clone());
        let words = format!("you saw \"{}\" with {}{ago}; now it has {}", found.name, name(seen), name(found));
        return Err(Refusal::new(words).instead("look at it as it is now, then decide again"));
    }
    Ok(())
}

/// The same state for a person's decision. Figures inside a state may have moved, and a pause whose cause had not been read
/// yet is the same pause.
fn same_state(seen: &RolloutState, found: &RolloutState) -> bool {
    use PausedBy as By;
    match (seen, found) {
        (RolloutState::Paused(seen), RolloutState::Paused(found)) => match (seen, found) {
            (By::NotKnown, _) | (_, By::NotKnown) | (By::Person, By::Person) | (By::Told, By::Told) => true,
            (By::Limit { wave: seen, .. }, By::Limit { wave: found, .. })
            | (By::Gate { wave: seen }, By::Gate { wave: found })
            | (By::Short { wave: seen }, By::Short { wave: found }) => seen == found,
            _ => false,
        },
        _ => discriminant(seen) == discriminant(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Counts, RolloutId, TenantId, WaveState};
    use crate::plan::fixture::{self, context, intent, survey};
    use proptest::prelude::*;
    use rstest::rstest;

    fn why(result: Result<Decision, Refusal>) -> String {
        result.expect_err("a refusal").why.to_string()
    }

    #[test]
    fn a_verb_the_backend_has_not_is_refused_with_its_reason() {
        let context = Context { capability: Capability::Unsupported("workflows have no pause".into()), ..context() };
        let refused = decide(intent(Verb::Pause), survey(RolloutState::Running), &context);
        assert_eq!(why(refused), "pause cannot be done on acme-hb: workflows have no pause");
    }

    #[test]
    fn a_missing_right_is_refused_and_named() {
        let survey =
            Survey { may: Some(false), may_not: Some("APPROVE_ROLLOUT is missing".into()), ..survey(RolloutState::WaitsForYou) };
        let refused = decide(intent(Verb::Approve), survey, &context());
        assert_eq!(why(refused), "lead may not approve on acme-hb: APPROVE_ROLLOUT is missing");
    }

    #[test]
    fn a_right_that_could_not_be_read_does_not_refuse() {
        let survey = Survey { may: None, ..survey(RolloutState::WaitsForYou) };
        assert!(decide(intent(Verb::Approve), survey, &context()).is_ok());
    }

    #[test]
    fn an_answer_about_another_rollout_is_refused() {
        let mut survey = survey(RolloutState::WaitsForYou);
        survey.rollout.id = RolloutId::new(survey.rollout.id.backend, "4");
        survey.rollout.tenant = TenantId::new("globex");
        let refused = decide(intent(Verb::Approve), survey, &context());
        assert_eq!(why(refused), "asked for rollout 3 of acme, and acme-hb answered about 4 of globex");
    }

    #[test]
    fn a_wave_that_is_gone_is_refused() {
        let intent = crate::plan::types::Intent { wave: Some(fixture::wave_id(9)), ..intent(Verb::Approve) };
        let refused = decide(intent, survey(RolloutState::WaitsForYou), &context());
        assert_eq!(why(refused), "the wave with id 79 is not among the waves of \"December baseline\" any more");
    }

    #[rstest]
    #[case::moved_on(
        RolloutState::WaitsForYou,
        RolloutState::Running,
        "you saw that \"December baseline\" waits for approval (read 45 s before); now it is running"
    )]
    #[case::paused_itself(
        RolloutState::Running,
        RolloutState::Paused(PausedBy::Limit { wave: fixture::wave_id(1), failed: 9, total: 40 }),
        "you saw that \"December baseline\" is running (read 45 s before); now it is paused by its failure limit"
    )]
    fn a_state_other_than_the_one_seen_is_refused_with_the_difference(
        #[case] seen: RolloutState,
        #[case] found: RolloutState,
        #[case] words: &str,
    ) {
        let context = Context { seen: Some(fixture::rollout(seen, &[])), seen_age: Some(Duration::from_secs(45)), ..context() };
        assert_eq!(why(decide(intent(Verb::Approve), survey(found), &context)), words);
    }

    #[test]
    fn a_release_other_than_the_one_seen_is_refused() {
        let mut seen = fixture::rollout(RolloutState::WaitsForYou, &[]);
        seen.release = None;
        let context = Context { seen: Some(seen), ..context() };
        let refused = decide(intent(Verb::Approve), survey(RolloutState::WaitsForYou), &context);
        assert_eq!(why(refused), "you saw \"December baseline\" with no release; now it has baseline:2026.12");
    }

    #[rstest]
    #[case::figures_moved(
        PausedBy::Limit { wave: fixture::wave_id(1), failed: 9, total: 40 },
        PausedBy::Limit { wave: fixture::wave_id(1), failed: 11, total: 40 },
        true
    )]
    #[case::cause_read_later(PausedBy::NotKnown, PausedBy::Gate { wave: fixture::wave_id(1) }, true)]
    #[case::another_wave(PausedBy::Gate { wave: fixture::wave_id(1) }, PausedBy::Gate { wave: fixture::wave_id(2) }, false)]
    #[case::another_cause(PausedBy::Person, PausedBy::Gate { wave: fixture::wave_id(2) }, false)]
    fn a_pause_is_the_same_while_its_cause_is(#[case] seen: PausedBy, #[case] found: PausedBy, #[case] same: bool) {
        assert_eq!(same_state(&RolloutState::Paused(seen), &RolloutState::Paused(found)), same);
    }

    #[test]
    fn a_state_that_was_seen_does_not_hide_the_state_table() {
        let context = Context { seen: Some(fixture::rollout(RolloutState::Running, &[])), ..context() };
        let refused = decide(intent(Verb::Approve), survey(RolloutState::Running), &context);
        assert_eq!(why(refused), "\"December baseline\" is running: nothing waits for approval");
    }

    fn counts() -> impl Strategy<Value = Counts> {
        any::<[u32; 8]>().prop_map(|[total, waiting, running, done, failed, skipped, cancelled, unknown]| Counts {
            total,
            waiting,
            running,
            done,
            failed,
            skipped,
            cancelled,
            unknown,
        })
    }

    proptest! {
        #[test]
        fn no_counts_make_it_panic(
            verb in proptest::sample::select(Verb::ALL.to_vec()),
            each in proptest::collection::vec((counts(), 0..4_u8), 0..5),
            of_list in proptest::option::of(counts()),
            state in 0..5_u8,
        ) {
            let state = match state {
                0 => RolloutState::WaitsForYou,
                1 => RolloutState::NotBegun,
                2 => RolloutState::Running,
                3 => RolloutState::Paused(PausedBy::Person),
                _ => RolloutState::Finished,
            };
            let mut survey = survey(state);
            survey.rollout.counts = of_list;
            survey.waves = each.into_iter().zip(1..).map(|((counts, state), ordinal)| {
                let state = [WaveState::NotBegun, WaveState::Running, WaveState::OverLimit, WaveState::Unknown][usize::from(state)];
                let mut wave = fixture::wave(ordinal, state).build();
                wave.counts = counts;
                wave
            }).collect();
            if let Ok(decision) = decide(intent(verb), survey, &context()) {
                let plan = crate::plan::compose(&decision, Vec::new(), &context());
                prop_assert!(!plan.title.is_empty());
            }
        }
    }
}
