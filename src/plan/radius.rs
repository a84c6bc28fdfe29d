//! How many hosts a call reaches, and from which number on a person must type the rollout's name. It counts, and judges no risk.

use super::effect::{total, wave_count};
use super::types::{BlastRadius, Decision, PlannedEffect};
use super::words::count;
use crate::action::Verb;

/// From this many hosts touched at once, the rollout's name is asked for.
pub const LARGE_AT_ONCE: u32 = 500;
/// From this many hosts in all.
pub const LARGE_IN_ALL: u32 = 1000;

pub fn radius(decision: &Decision) -> BlastRadius {
    let survey = &decision.survey;
    let not_begun = survey.waves.iter().filter(|wave| !wave.state.has_begun());
    let (waves, waiting) =
        not_begun.fold((0_u32, 0_u32), |(waves, hosts), wave| (waves + 1, hosts.saturating_add(wave.counts.total)));
    match &decision.effect {
        PlannedEffect::ApprovesAll { waves, hosts, starts_at_once } => {
            let first =
                super::gate::next_waves(&survey.waves).iter().fold(0_u32, |sum, wave| sum.saturating_add(wave.counts.total));
            // Without waves to read, all of them may begin.
            let first = if survey.waves.is_empty() { *hosts } else { first };
            let at_once = if *starts_at_once { first } else { 0 };
            BlastRadius { at_once, later: hosts.saturating_sub(at_once), waves: *waves }
        }
        PlannedEffect::Begins { hosts, .. } => {
            BlastRadius { at_once: *hosts, later: total(survey).saturating_sub(*hosts), waves: wave_count(survey) }
        }
        PlannedEffect::BeginsNext { hosts, .. } => BlastRadius { at_once: *hosts, later: waiting.saturating_sub(*hosts), waves },
        PlannedEffect::GoesOn { .. } => BlastRadius { at_once: 0, later: waiting, waves },
        PlannedEffect::Ends { asked, .. } => BlastRadius { at_once: *asked, later: 0, waves: wave_count(survey) },
        PlannedEffect::Declines | PlannedEffect::Holds { .. } => BlastRadius::default(),
        PlannedEffect::Other(_) => {
            BlastRadius { at_once: count(decision.reached().count()).max(whole(decision)), later: 0, waves: 0 }
        }
    }
}

/// Hosts of an intent that names none of them: those of its wave.
fn whole(decision: &Decision) -> u32 {
    let survey = &decision.survey;
    match decision.intent.verb {
        Verb::CatchUp => {
            let wave = survey.waves.iter().find(|wave| Some(&wave.id) == decision.intent.wave.as_ref());
            wave.map_or(0, |wave| wave.counts.total.saturating_sub(wave.counts.done))
        }
        _ => 0,
    }
}

/// Large enough that the rollout's name must be typed.
pub fn is_large(radius: BlastRadius) -> bool {
    radius.at_once >= LARGE_AT_ONCE || radius.at_once.saturating_add(radius.later) >= LARGE_IN_ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(499, 0, false)]
    #[case(500, 0, true)]
    #[case(0, 999, false)]
    #[case(499, 501, true)]
    #[case(u32::MAX, u32::MAX, true)]
    fn a_name_is_asked_for_from_the_mark_on(#[case] at_once: u32, #[case] later: u32, #[case] large: bool) {
        assert_eq!(is_large(BlastRadius { at_once, later, waves: 1 }), large);
    }
}
