//! What a verb does to this rollout, counted from the survey. It judges no right and no state.

use jiff::Timestamp;

use super::gate;
use super::types::{HostGroup, Intent, PlannedEffect, Refusal, Survey};
use super::words::{count, hosts, label};
use crate::action::Verb;
use crate::domain::{Counts, Text, Wave};

/// The effect of `intent`, or why nothing would happen.
pub fn effect(intent: &Intent, survey: &Survey, civil: Timestamp) -> Result<PlannedEffect, Refusal> {
    if let Some(said) = &survey.by_jobs.effect {
        return Ok(said.clone());
    }
    Ok(match intent.verb {
        Verb::Approve => PlannedEffect::ApprovesAll {
            waves: wave_count(survey),
            hosts: total(survey),
            starts_at_once: survey.rollout.starts.is_some_and(|starts| starts <= civil),
        },
        Verb::Deny => PlannedEffect::Declines,
        Verb::Start => begins(survey),
        Verb::Pause => PlannedEffect::Holds { go_on: at_work(survey) },
        Verb::Resume => resumes(survey)?,
        Verb::Advance => advances(intent, survey)?,
        Verb::Stop => {
            let counts = counts(survey);
            PlannedEffect::Ends { asked: counts.running, dropped: counts.waiting }
        }
        Verb::Retry | Verb::RollBack => return Err(no_host(intent, survey)),
        Verb::CatchUp => catches_up(intent, survey)?,
        Verb::DryRun => PlannedEffect::Other(Text::new("the backend is asked what would change, no host is changed")),
    })
}

/// The rollout's counts; the sum of its waves where the list did not carry them.
pub fn counts(survey: &Survey) -> Counts {
    let of_waves = || survey.waves.iter().fold(Counts::default(), |sum, wave| sum + wave.counts);
    survey.rollout.counts.unwrap_or_else(of_waves)
}

/// Neither the rollout nor a wave of it carried counts: figures would be made up.
pub fn counts_unread(survey: &Survey) -> bool {
    survey.rollout.counts.is_none() && survey.waves.is_empty()
}

/// All hosts of it. The larger number, where the rollout and its waves disagree.
pub fn total(survey: &Survey) -> u32 {
    let of_waves = survey.waves.iter().fold(0_u32, |sum, wave| sum.saturating_add(wave.counts.total));
    counts(survey).total.max(of_waves)
}

pub fn at_work(survey: &Survey) -> u32 {
    counts(survey).running
}

pub fn wave_count(survey: &Survey) -> u32 {
    let read = u32::try_from(survey.waves.len()).unwrap_or(u32::MAX);
    survey.rollout.waves.unwrap_or(0).max(read)
}

fn sum(waves: &[&Wave]) -> u32 {
    waves.iter().fold(0_u32, |sum, wave| sum.saturating_add(wave.counts.total))
}

fn names(waves: &[&Wave]) -> Text {
    let names: Vec<&str> = waves.iter().map(|wave| wave.name.as_str()).collect();
    Text::new(names.join(" and "))
}

fn begins(survey: &Survey) -> PlannedEffect {
    let next = gate::next_waves(&survey.waves);
    if next.is_empty() {
        return PlannedEffect::Begins { wave: None, hosts: total(survey) };
    }
    PlannedEffect::Begins { wave: Some(names(&next)), hosts: sum(&next) }
}

fn begins_next(next: &[&Wave]) -> Option<PlannedEffect> {
    let first = next.first()?;
    Some(PlannedEffect::BeginsNext { wave: names(next), ordinal: first.ordinal, hosts: sum(next) })
}

/// After a wave over its limit, or behind a gate that is met, going on means that the next wave begins; else the waves at
/// work go on.
fn resumes(survey: &Survey) -> Result<PlannedEffect, Refusal> {
    if survey.waves.is_empty() {
        return Err(
            Refusal::new("the waves could not be read, so nobody can say which wave would begin").instead("read it again")
        );
    }
    // Nothing has begun: going on begins the first wave.
    let opens = gate::last_begun(&survey.waves).is_none_or(gate::opens_when_resumed);
    let next = gate::next_waves(&survey.waves);
    let begins = if opens { begins_next(&next) } else { None };
    Ok(begins.unwrap_or(PlannedEffect::GoesOn { at_work: at_work(survey) }))
}

/// Pressed on a wave that comes later, it does not quietly begin an earlier one.
fn advances(intent: &Intent, survey: &Survey) -> Result<PlannedEffect, Refusal> {
    let none_left = || {
        Refusal::new(format!("every wave of \"{}\" has begun: no next wave is left", survey.rollout.name))
            .instead("look at the hosts that are still at work")
    };
    let next = gate::next_waves(&survey.waves);
    let effect = begins_next(&next).ok_or_else(none_left)?;
    let later = survey.waves.iter().find(|wave| Some(&wave.id) == intent.wave.as_ref() && !wave.state.has_begun());
    if let (Some(later), Some(first)) = (later, next.first())
        && next.iter().all(|wave| wave.id != later.id)
    {
        return Err(Refusal::new(format!("{} cannot begin now: {} comes before it", label(later), label(first)))
            .instead(format!("select wave {} and advance to it", first.ordinal)));
    }
    Ok(effect)
}

/// A verb about hosts of which none was found.
fn no_host(intent: &Intent, survey: &Survey) -> Refusal {
    let name = &survey.rollout.name;
    if !intent.hosts.is_empty() {
        let asked = hosts(count(intent.hosts.len()));
        return Refusal::new(format!("nothing is known of {asked} in \"{name}\"")).instead("look at the hosts as they are now");
    }
    let wave = intent.wave.as_ref().and_then(|id| survey.waves.iter().find(|wave| wave.id == *id));
    let asked = wave.map_or_else(|| format!("\"{name}\""), |wave| format!("{} of \"{name}\"", label(wave)));
    if intent.verb == Verb::Retry {
        return Refusal::new(format!("no host of {asked} failed: nothing to try again"));
    }
    Refusal::new(format!("no host of {asked} has had its release: nothing to bring back"))
}

/// What a verb does to the groups that are in.
pub fn of_groups(verb: Verb, groups: &[HostGroup]) -> PlannedEffect {
    let reached: usize = groups.iter().filter(|group| group.chosen).map(|group| group.hosts.len()).sum();
    let happens = if verb == Verb::Retry { "tried again" } else { "brought back to the release before" };
    PlannedEffect::Other(Text::new(format!("{} {happens}", hosts(count(reached)))))
}

fn catches_up(intent: &Intent, survey: &Survey) -> Result<PlannedEffect, Refusal> {
    let wave = intent.wave.as_ref().and_then(|id| survey.waves.iter().find(|wave| wave.id == *id));
    let Some(wave) = wave else {
        return Err(
            Refusal::new("catching up is about one wave, and none is selected").instead("open the rollout and select a wave")
        );
    };
    if !wave.state.has_begun() {
        return Err(Refusal::new(format!("{} has not begun: nobody was away from it yet", label(wave))));
    }
    Ok(PlannedEffect::Other(Text::new(format!("{} runs again for hosts that were away", label(wave)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PausedBy, RolloutState, WaveState};
    use crate::plan::fixture::{self, survey_of, wave};
    use rstest::rstest;

    fn of(verb: Verb, survey: &Survey) -> PlannedEffect {
        effect(&fixture::intent(verb), survey, fixture::civil()).expect("an effect")
    }

    fn paused() -> RolloutState {
        RolloutState::Paused(PausedBy::Person)
    }

    #[rstest]
    #[case::no_start_time(None, false)]
    #[case::in_the_future(Some("2026-12-08T23:00:00Z"), false)]
    #[case::now(Some("2026-12-08T22:14:00Z"), true)]
    #[case::past(Some("2026-12-01T22:00:00Z"), true)]
    fn an_approval_covers_every_wave_and_starts_at_once_when_its_time_has_come(
        #[case] starts: Option<&str>,
        #[case] at_once: bool,
    ) {
        let mut survey = fixture::survey(RolloutState::WaitsForYou);
        survey.rollout.starts = starts.map(|text| text.parse().expect("a timestamp"));
        assert_eq!(of(Verb::Approve, &survey), PlannedEffect::ApprovesAll { waves: 3, hosts: 240, starts_at_once: at_once });
    }

    #[rstest]
    #[case::over_limit(wave(1, WaveState::OverLimit).failed(9).running(4).of(40), true)]
    #[case::gate_met(wave(1, WaveState::Done).pausing().done(40).of(40), true)]
    #[case::gate_met_while_some_work(wave(1, WaveState::Running).pausing().done(36).running(4).of(40), true)]
    #[case::by_hand_in_the_middle(wave(1, WaveState::Running).done(3).running(37).of(40), false)]
    fn resume_names_the_next_wave_when_the_last_one_lets_it_begin(#[case] first: fixture::AWave, #[case] begins: bool) {
        let survey = survey_of(paused(), [first, wave(2, WaveState::NotBegun).of(80), wave(3, WaveState::NotBegun).of(120)]);
        let next = PlannedEffect::BeginsNext { wave: "early".into(), ordinal: 2, hosts: 80 };
        assert_eq!(of(Verb::Resume, &survey) == next, begins);
        assert_eq!(matches!(of(Verb::Resume, &survey), PlannedEffect::GoesOn { .. }), !begins);
    }

    #[rstest]
    #[case::of_the_rollout(None, "no host of \"December baseline\" failed: nothing to try again")]
    #[case::of_a_wave(Some(3), "no host of wave 3 \"broad\" of \"December baseline\" failed: nothing to try again")]
    fn where_no_host_failed_is_said_of_what_was_asked_about(#[case] of: Option<u32>, #[case] said: &str) {
        let survey = survey_of(paused(), [wave(1, WaveState::OverLimit).failed(9).of(40), wave(3, WaveState::NotBegun).of(80)]);
        let intent = Intent { wave: of.map(fixture::wave_id), ..fixture::intent(Verb::Retry) };
        assert_eq!(effect(&intent, &survey, fixture::civil()).map_err(|refusal| refusal.why.to_string()), Err(said.to_owned()));
    }

    #[test]
    fn resume_after_the_last_wave_begins_nothing() {
        let survey = survey_of(paused(), [wave(1, WaveState::OverLimit).failed(9).running(4).of(40)]);
        assert_eq!(of(Verb::Resume, &survey), PlannedEffect::GoesOn { at_work: 4 });
    }

    #[test]
    fn resume_is_refused_while_nobody_can_say_what_it_begins() {
        let survey = Survey { waves: Vec::new(), ..fixture::survey(paused()) };
        assert!(effect(&fixture::intent(Verb::Resume), &survey, fixture::civil()).is_err());
    }

    #[test]
    fn start_begins_the_first_wave_only() {
        let survey = fixture::survey(RolloutState::NotBegun);
        assert_eq!(of(Verb::Start, &survey), PlannedEffect::Begins { wave: Some("canary".into()), hosts: 40 });
    }

    #[test]
    fn pause_and_stop_count_the_hosts_at_work() {
        let waves = [wave(1, WaveState::Running).done(23).running(17).of(40), wave(2, WaveState::NotBegun).waiting(200).of(200)];
        let survey = survey_of(RolloutState::Running, waves);
        assert_eq!(of(Verb::Pause, &survey), PlannedEffect::Holds { go_on: 17 });
        assert_eq!(of(Verb::Stop, &survey), PlannedEffect::Ends { asked: 17, dropped: 200 });
    }

    #[test]
    fn advance_is_refused_when_every_wave_has_begun() {
        let survey = survey_of(RolloutState::Running, [wave(1, WaveState::Running)]);
        let refusal = effect(&fixture::intent(Verb::Advance), &survey, fixture::civil()).unwrap_err();
        assert_eq!(refusal.why.as_str(), "every wave of \"December baseline\" has begun: no next wave is left");
    }

    #[test]
    fn advance_on_a_later_wave_does_not_begin_an_earlier_one() {
        let survey = survey_of(
            RolloutState::Running,
            [wave(1, WaveState::Running), wave(2, WaveState::NotBegun), wave(3, WaveState::NotBegun)],
        );
        let on = |ordinal| {
            let intent = Intent { wave: Some(fixture::wave_id(ordinal)), ..fixture::intent(Verb::Advance) };
            effect(&intent, &survey, fixture::civil())
        };
        let refusal = on(3).unwrap_err();
        assert_eq!(refusal.why.as_str(), "wave 3 \"broad\" cannot begin now: wave 2 \"early\" comes before it");
        assert_eq!(on(1), on(2));
    }
}
