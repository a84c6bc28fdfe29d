//! What the decision can rest on: the state, every wave with its figures and its gate. Verdicts on hosts are `judge`'s.

use std::fmt::Write as _;

use super::gate;
use super::types::Survey;
use super::words::{hosts, label};
use crate::domain::{Counts, Text, Wave};

/// Waves told one by one; the rest is only counted.
const TOLD: usize = 12;

pub fn evidence(survey: &Survey) -> Vec<Text> {
    let rollout = &survey.rollout;
    let mut lines = vec![Text::new(format!("state: {} (\"{}\")", rollout.state.word(), rollout.native))];
    if let Some(by) = &rollout.created_by {
        lines.push(Text::new(format!("made by {by}")));
    }
    lines.extend(survey.waves.iter().take(TOLD).map(of_wave));
    if survey.waves.len() > TOLD {
        lines.push(Text::new(format!("and {} waves more", survey.waves.len() - TOLD)));
    }
    if survey.waves.is_empty() {
        lines.push(match &rollout.counts {
            Some(counts) => Text::new(format!("in all: {}; waves not read", figures(counts))),
            None => Text::new("neither waves nor counts could be read"),
        });
    }
    lines
}

fn of_wave(wave: &Wave) -> Text {
    let label = label(wave);
    if wave.state.has_begun() {
        return Text::new(format!("{label} {}: {}; {}", wave.state.word(), figures(&wave.counts), gate::standing(wave)));
    }
    Text::new(format!("{label} {}: {}", wave.state.word(), hosts(wave.counts.total)))
}

/// `23 of 24 done, 1 failed, 0 at work`, and what else is not zero.
fn figures(counts: &Counts) -> String {
    let mut words = format!("{} of {} done, {} failed, {} at work", counts.done, counts.total, counts.failed, counts.running);
    for (number, word) in
        [(counts.waiting, "waiting"), (counts.cancelled, "cancelled"), (counts.skipped, "skipped"), (counts.unknown, "unknown")]
    {
        if number > 0 {
            let _ = write!(words, ", {number} {word}");
        }
    }
    words
}
