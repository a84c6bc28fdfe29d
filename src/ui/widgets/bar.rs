//! Bars of waves: a small one per wave for a row of the board, and a long one for a wave's own line.
//!
//! A bar never stands alone: the counts are beside it, in figures.

use crate::domain::{Counts, PausedBy, Rollout, RolloutState, Wave, WaveState};
use crate::theme::{Glyphs, Role};
use crate::ui::format;
use crate::ui::words::Words;

/// All waves of a rollout on at most `width` cells, one bar each; in words where they are too many or not read yet.
pub fn of_waves(rollout: &Rollout, waves: &[Wave], width: usize, glyphs: &Glyphs) -> Words {
    if waves.is_empty() {
        return match rollout.waves {
            Some(waves) => Words::new().dim(format::some(waves, "wave")),
            None => Words::new().dim(glyphs.none),
        };
    }
    let each = match waves.len() {
        few if few * 4 <= width + 1 => 3,
        some if some * 2 <= width + 1 => 1,
        many => {
            let begun = waves.iter().filter(|wave| wave.state.has_begun()).count();
            return Words::new().dim(format!("at {begun} of {many} waves"));
        }
    };
    let held = held_before(rollout, waves);
    waves.iter().enumerate().fold(Words::new(), |words, (place, wave)| {
        let words = if place > 0 { words.gap(1) } else { words };
        if held == Some(place) {
            return words.warn(glyphs.bar_gate).gap(each - 1);
        }
        words.and(small(wave, each, glyphs))
    })
}

/// The wave that waits for a person before it begins.
fn held_before(rollout: &Rollout, waves: &[Wave]) -> Option<usize> {
    let waits =
        matches!(rollout.state, RolloutState::WaitsForYou | RolloutState::Paused(PausedBy::Gate { .. } | PausedBy::Short { .. }));
    waits.then(|| waves.iter().position(|wave| !wave.state.has_begun())).flatten()
}

fn small(wave: &Wave, width: usize, glyphs: &Glyphs) -> Words {
    match wave.state {
        WaveState::Done => Words::new().ok(glyphs.bar_done.repeat(width)),
        WaveState::OverLimit => Words::new().alert(glyphs.bar_done.repeat(width - 1)).alert(glyphs.bar_failed),
        WaveState::Running => {
            let full = share(wave.counts.settled(), wave.counts.total, width).min(width - 1);
            Words::new()
                .accent(glyphs.bar_done.repeat(full))
                .accent(glyphs.bar_edge)
                .dim(glyphs.bar_rest.repeat(width - full - 1))
        }
        WaveState::Stopped => Words::new().dim(glyphs.bar_done.repeat(width)),
        WaveState::Unknown => Words::new().warn(glyphs.none.repeat(width)),
        WaveState::Preparing | WaveState::NotBegun => Words::new().dim(glyphs.bar_rest.repeat(width)),
    }
}

/// One wave on `width` cells: done, failed, and the rest.
pub fn of_wave(state: WaveState, counts: &Counts, width: usize, glyphs: &Glyphs) -> Words {
    let done_role = if state == WaveState::Done { Role::Ok } else { Role::Accent };
    // A failed host is seen, however few they are.
    let failed = share(counts.failed, counts.total, width).max(usize::from(counts.failed > 0)).min(width);
    let ended = counts.done.saturating_add(counts.skipped);
    let mut done = share(ended, counts.total, width).min(width - failed);
    if state != WaveState::Done && counts.left() > 0 && done + failed == width {
        done = done.saturating_sub(1);
    }
    Words::new()
        .role(done_role, glyphs.bar_done.repeat(done))
        .alert(glyphs.bar_done.repeat(failed))
        .dim(glyphs.bar_rest.repeat(width - done - failed))
}

/// Cells of `width` that `part` of `whole` fills, rounded down.
fn share(part: u32, whole: u32, width: usize) -> usize {
    if whole == 0 {
        return 0;
    }
    let cells = u64::from(part.min(whole)) * width as u64 / u64::from(whole);
    usize::try_from(cells).unwrap_or(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bar_is_as_wide_as_asked_whatever_the_counts(done in 0_u32..300, failed in 0_u32..300, total in 0_u32..300, width in 1_usize..60) {
            let counts = Counts { total, done, failed, ..Counts::default() };
            prop_assert_eq!(of_wave(WaveState::Running, &counts, width, &Glyphs::UNICODE).width(), width);
        }

        #[test]
        fn a_bar_is_never_full_while_a_host_is_left(done in 0_u32..5000, width in 2_usize..60) {
            let counts = Counts { done, waiting: 1, total: done + 1, ..Counts::default() };
            let bar = of_wave(WaveState::Running, &counts, width, &Glyphs::UNICODE);
            prop_assert!(bar.runs().iter().any(|(role, _)| *role == Role::Dim));
        }
    }
}
