//! How a wave stands at its gate, judged from the backend's own counts. It opens nothing: the backend or a person does.

pub mod opening;

use std::fmt;

use crate::domain::{Gate, Limit, OnFailed, OnMet, Percent, Text, Wave, WaveState};

/// How a wave stands at the gate behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Enough hosts are done.
    Met { share: Percent, needs: Limit },
    /// More hosts must be done first.
    Short { share: Percent, needs: Limit },
    /// More hosts failed than the limit allows, or the backend says so.
    Over { failed: u32, total: u32, limit: Option<Limit> },
    /// The backend has no rule behind this wave, or did not say.
    NoGate,
    /// A number of the gate is no number: it holds nothing back.
    Unreadable(Text),
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Met { share, needs } => write!(f, "gate met: {share} % done, needs {needs}"),
            Self::Short { share, needs } => write!(f, "gate not met: {share} % done, needs {needs}"),
            Self::Over { failed, total, limit: Some(limit) } => {
                write!(f, "over its limit: {failed} of {total} failed, limit {limit}")
            }
            Self::Over { failed, total, limit: None } => write!(f, "over its limit: {failed} of {total} failed"),
            Self::NoGate => f.write_str("no gate"),
            Self::Unreadable(text) => write!(f, "gate unreadable: \"{text}\" holds nothing back"),
        }
    }
}

/// Failures are judged before successes, as a server does that pauses at once. An unreadable number on either side makes
/// the gate unreadable, so that nobody takes half a gate for a whole one.
pub fn standing(wave: &Wave) -> Standing {
    let Gate { done, failed, .. } = &wave.gate;
    let counts = &wave.counts;
    if wave.state == WaveState::OverLimit || wave.gate.limit_crossed(counts) {
        return Standing::Over { failed: counts.failed, total: counts.total, limit: failed.clone() };
    }
    for limit in [done, failed].into_iter().flatten() {
        if let Limit::Unreadable(text) = limit {
            return Standing::Unreadable(text.clone());
        }
    }
    let share = wave.gate.now(counts);
    match done {
        None => Standing::NoGate,
        Some(needs) if needs.reached(counts.done, counts.total) => Standing::Met { share, needs: needs.clone() },
        Some(needs) => Standing::Short { share, needs: needs.clone() },
    }
}

/// The wave that begins next: the first one not begun, by level and then by ordinal.
pub fn next_wave(waves: &[Wave]) -> Option<&Wave> {
    waves.iter().filter(|wave| !wave.state.has_begun()).min_by_key(|wave| (wave.level, wave.ordinal))
}

/// The next wave and those that begin side by side with it: same level, after the same waves. Waves that name no wave they
/// come after are taken as a plain row, one after the other.
pub fn next_waves(waves: &[Wave]) -> Vec<&Wave> {
    let Some(next) = next_wave(waves) else { return Vec::new() };
    let beside = |wave: &&Wave| {
        !wave.state.has_begun()
            && wave.id != next.id
            && wave.level == next.level
            && wave.after == next.after
            && !next.after.is_empty()
    };
    std::iter::once(next).chain(waves.iter().filter(beside)).collect()
}

/// The wave that began last.
pub fn last_begun(waves: &[Wave]) -> Option<&Wave> {
    waves.iter().filter(|wave| wave.state.has_begun()).max_by_key(|wave| (wave.level, wave.ordinal))
}

/// Whether too many failures hold the rollout back. A limit that the backend does not act on, or that is no number, is no brake.
pub fn has_brake(gate: &Gate) -> bool {
    gate.on_failed != Some(OnFailed::GoOn) && matches!(gate.failed, Some(Limit::Share(_) | Limit::Hosts(_)))
}

/// Whether the rollout waits for a person behind this wave; none if the backend did not say.
pub fn waits_for_person(gate: &Gate) -> Option<bool> {
    if gate.persons > 0 {
        return Some(true);
    }
    gate.on_met.map(|on_met| on_met == OnMet::Pause)
}

/// Whether a rollout that goes on begins the next wave at once: its last begun wave is over its limit and behind it, or has
/// enough hosts done, or has no host left that could change. Nothing judges a wave while its rollout is paused, so that what
/// was met meanwhile takes effect when it goes on.
pub fn opens_when_resumed(wave: &Wave) -> bool {
    match wave.state {
        WaveState::OverLimit | WaveState::Done | WaveState::Stopped => true,
        WaveState::Preparing | WaveState::NotBegun => false,
        WaveState::Running | WaveState::Unknown => match standing(wave) {
            // It is judged first, and pauses the rollout again where that is the backend's rule.
            Standing::Over { .. } => !has_brake(&wave.gate),
            Standing::Met { .. } => true,
            Standing::Short { .. } | Standing::NoGate | Standing::Unreadable(_) => wave.counts.left() == 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture;
    use rstest::rstest;

    #[rstest]
    #[case::met(fixture::wave(1, WaveState::Running).done(22).of(24), "gate met: 91 % done, needs 90 %")]
    #[case::short(fixture::wave(1, WaveState::Running).done(21).of(24), "gate not met: 87 % done, needs 90 %")]
    #[case::over(fixture::wave(1, WaveState::Running).failed(3).of(24), "over its limit: 3 of 24 failed, limit 10 %")]
    #[case::said_over(fixture::wave(1, WaveState::OverLimit).failed(1).of(24), "over its limit: 1 of 24 failed, limit 10 %")]
    #[case::no_gate(fixture::wave(1, WaveState::Running).without_gate(), "no gate")]
    #[case::unreadable(fixture::wave(1, WaveState::Running).limit_of("abc"), "gate unreadable: \"abc\" holds nothing back")]
    fn a_standing_says_what_is_and_what_is_needed(#[case] wave: fixture::AWave, #[case] words: &str) {
        assert_eq!(standing(&wave.build()).to_string(), words);
    }

    #[test]
    fn the_next_wave_is_the_first_not_begun_whatever_the_order_of_the_list() {
        let waves = [
            fixture::wave(3, WaveState::NotBegun).build(),
            fixture::wave(2, WaveState::NotBegun).build(),
            fixture::wave(1, WaveState::Running).build(),
        ];
        assert_eq!(next_wave(&waves).map(|wave| wave.ordinal), Some(2));
        assert_eq!(last_begun(&waves).map(|wave| wave.ordinal), Some(1));
    }

    #[test]
    fn no_wave_is_next_when_all_have_begun() {
        assert_eq!(next_wave(&[fixture::wave(1, WaveState::Done).build()]), None);
    }

    #[test]
    fn waves_after_the_same_wave_begin_side_by_side() {
        let first = fixture::wave(1, WaveState::Done).build();
        let waves: Vec<_> = [2, 3]
            .map(|ordinal| {
                let mut wave = fixture::wave(ordinal, WaveState::NotBegun).build();
                wave.level = 1;
                wave.after = vec![first.id.clone()];
                wave
            })
            .into();
        assert_eq!(next_waves(&waves).len(), 2);
    }

    #[rstest]
    #[case::over_limit_is_behind_it(fixture::wave(1, WaveState::OverLimit).failed(5).of(24), true)]
    #[case::crossed_but_not_judged_yet(fixture::wave(1, WaveState::Running).failed(5).of(24), false)]
    #[case::met_meanwhile(fixture::wave(1, WaveState::Running).done(24).of(24), true)]
    #[case::short(fixture::wave(1, WaveState::Running).done(3).running(21).of(24), false)]
    #[case::all_settled_though_short(fixture::wave(1, WaveState::Running).done(20).failed(2).cancelled(2).of(24), true)]
    fn resuming_begins_the_next_wave_only_where_the_last_one_lets_it(#[case] wave: fixture::AWave, #[case] opens: bool) {
        assert_eq!(opens_when_resumed(&wave.build()), opens);
    }
}
