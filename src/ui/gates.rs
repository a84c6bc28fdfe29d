//! Gates and pace in words: what must hold before the next wave, what holds now, and when the rest is through.
//!
//! The rule is shown as the server holds it. Nothing is promised: an estimate names the pace it is made of.

use std::time::Duration;

use crate::domain::{Counts, Gate, Limit, OnFailed, OnMet, TenantId, Wave, WaveState};
use crate::store::read::{End, Entry, Pace, Soak};
use crate::ui::format;
use crate::ui::view::View;
use crate::ui::widgets::spark;
use crate::ui::words::Words;

/// The gate against what is: `gate 51 % of 90 %`, `gate met: 96 % of 95 %`.
pub(super) fn now(gate: &Gate, counts: &Counts) -> Words {
    let Some(limit) = &gate.done else { return Words::new().dim("no gate told") };
    let have = match limit {
        Limit::Share(_) => format!("{} % of {limit}", gate.now(counts)),
        Limit::Hosts(_) => format!("{} of {limit} hosts", counts.done),
        Limit::Unreadable(_) => return Words::new().warn(format!("gate {limit}: it never opens by itself")),
    };
    let word = if gate.is_met(counts) { "gate met:" } else { "gate" };
    Words::new().dim(format!("{word} {have}"))
}

/// What a wave that has not begun will need: `needs 90 %`.
pub(super) fn ahead(gate: &Gate) -> Words {
    Words::new().dim(match &gate.done {
        None => "no gate told".to_owned(),
        Some(limit @ Limit::Share(_)) => format!("needs {limit}"),
        Some(limit @ Limit::Hosts(_)) => format!("needs {limit} hosts"),
        Some(limit @ Limit::Unreadable(_)) => return Words::new().warn(format!("gate {limit}: it never opens by itself")),
    })
}

/// The rule behind a wave, in sentences, each with what holds now.
pub(super) fn rules(view: &View, entry: &Entry, wave: &Wave) -> Vec<(&'static str, Words)> {
    let (gate, counts) = (&wave.gate, &wave.counts);
    let met = match &gate.done {
        None => Words::new().dim("the backend tells no rule"),
        Some(limit @ Limit::Unreadable(_)) => Words::new().warn(format!("{limit}: it never opens by itself")),
        Some(limit) => {
            let now = if matches!(limit, Limit::Share(_)) { format!("{} %", gate.now(counts)) } else { counts.done.to_string() };
            let what = if matches!(limit, Limit::Share(_)) { format!("{limit} done") } else { format!("{limit} hosts done") };
            let then = match gate.on_met {
                Some(OnMet::NextWave) => "the next wave begins",
                Some(OnMet::Pause) => "the rollout pauses for a person",
                None => "what happens is not told",
            };
            let words = Words::new().text(format!("{what}, then {then}; now {now}"));
            if gate.is_met(counts) { words.ok("   met") } else { words.dim("   not met") }
        }
    };
    let limit = match &gate.failed {
        None => Words::new().warn("no failure limit: nothing stops it by itself"),
        Some(limit @ Limit::Unreadable(_)) => Words::new().warn(format!("{limit}: no brake holds on it")),
        Some(limit) => {
            let now = if matches!(limit, Limit::Share(_)) {
                format!("{:.1} %", counts.failed_share())
            } else {
                counts.failed.to_string()
            };
            let what = if matches!(limit, Limit::Share(_)) { format!("{limit} failed") } else { format!("{limit} hosts failed") };
            let then = match gate.on_failed {
                Some(OnFailed::Pause) => "the rollout pauses",
                Some(OnFailed::GoOn) => "it goes on all the same",
                None => "what happens is not told",
            };
            let words = Words::new().text(format!("more than {what}, then {then}; now {now}"));
            if gate.limit_crossed(counts) { words.alert("   crossed") } else { words }
        }
    };
    let mut rules = vec![("Gate", met), ("Limit", limit)];
    if let Some(seconds) = gate.soak_seconds.filter(|seconds| *seconds > 0) {
        let wait = format::countdown(Duration::from_secs(seconds.into()));
        let rule = Words::new().text(format!("{wait} after the wave"));
        let now = match soaks(view, entry, wave) {
            Some(now) => rule.text("; ").and(now),
            None => rule,
        };
        rules.push(("Soak", now));
    }
    if gate.persons > 1 {
        rules.push(("Persons", Words::new().text(format!("{} different ones must open it", gate.persons))));
    }
    if gate.health {
        rules.push(("Health", Words::new().text("a health source must agree").dim("   no source connected")));
    }
    rules
}

/// What is left of the time that a wave is watched after its last host: `soaks 47m, to 23:05`. It steps by the minute. None where
/// nothing soaks: it is at work, over its limit, through with it, or a wave behind it has begun all the same.
fn soaks(view: &View, entry: &Entry, wave: &Wave) -> Option<Words> {
    Some(match entry.soak_of(wave, view.state.now.civil)? {
        Soak::Until(until) => {
            let to = view.hour(until, Some(&entry.rollout.value.tenant));
            Words::new().text(format!("soaks {}", left(view, until))).dim(format!(", to {to}"))
        }
        Soak::Open => Words::new().warn("soaks, and nobody said since when"),
    })
}

fn left(view: &View, until: jiff::Timestamp) -> String {
    format::minutes(Duration::try_from(until.duration_since(view.state.now.civil)).unwrap_or_default())
}

/// What a rollout waits for in which nobody is at work: `soaking 47m`.
pub(super) fn soaking(view: &View, entry: &Entry) -> Option<Words> {
    let (_, soak) = entry.soak(view.state.now.civil)?;
    Some(match soak {
        Soak::Until(until) => Words::new().accent(format!("soaking {}", left(view, until))),
        Soak::Open => Words::new().accent("soaking"),
    })
}

/// The same with what comes then: `soaking 47m, to 23:05; then it waits for a person`.
pub(super) fn soaking_in_full(view: &View, entry: &Entry) -> Option<Words> {
    let (wave, soak) = entry.soak(view.state.now.civil)?;
    let who = if wave.gate.persons > 1 { "two people" } else { "a person" };
    let to = match soak {
        Soak::Until(until) => format!(", to {}", view.hour(until, Some(&entry.rollout.value.tenant))),
        Soak::Open => ", and nobody said since when".to_owned(),
    };
    Some(soaking(view, entry)?.text(to).dim(format!("; then it waits for {who}")))
}

/// How fast, and through when: the shown pace times the shown rest.
pub(super) fn end(view: &View, pace: &Pace, left: u32, tenant: &TenantId) -> Words {
    match pace.end(left, view.state.now.civil) {
        End::At { per_minute, end } => {
            Words::new().text(format!("{per_minute:.1}/min")).dim(", through ").text(view.hour(end, Some(tenant)))
        }
        End::Still => Words::new().warn("no host settled for 10m"),
        End::TooFew => Words::new().dim("too few yet"),
        End::Through => Words::new().dim("through"),
    }
}

/// The same for a narrow column: ` 2.1/min  23:41`.
pub(super) fn brief(view: &View, pace: &Pace, left: u32, tenant: &TenantId) -> Words {
    match pace.end(left, view.state.now.civil) {
        End::At { per_minute, end } => {
            Words::new().dim(format!("{:>8}  ", format!("{per_minute:.1}/min"))).text(view.short(end, Some(tenant)))
        }
        End::Still => Words::new().warn("still for 10m"),
        End::TooFew => Words::new().dim("too few yet"),
        End::Through => Words::new().dim("through"),
    }
}

/// What one wave's line says behind its counts, on at most `room` cells: what failed stays, its pace goes first.
pub(super) fn note(view: &View, entry: &Entry, wave: &Wave, room: usize) -> Words {
    let tenant = &entry.rollout.value.tenant;
    let gate = || (2, now(&wave.gate, &wave.counts));
    let mut parts: Vec<(u8, Words)> = match wave.state {
        WaveState::Done => {
            let done = wave.ended.map_or("done".to_owned(), |ended| format!("done {}", view.hour(ended, Some(tenant))));
            let mut parts = vec![(3, Words::new().dim(done)), gate()];
            parts.extend(soaks(view, entry, wave).map(|soak| (1, soak)));
            parts
        }
        WaveState::OverLimit | WaveState::Running => vec![(3, speed(view, entry, wave)), gate()],
        state => vec![(1, Words::new().dim(state.word()))],
    };
    if wave.counts.failed > 0 {
        let over = match &wave.gate.failed {
            Some(limit) if wave.state == WaveState::OverLimit => format!(", over its limit of {limit}"),
            _ => String::new(),
        };
        parts.push((0, Words::new().alert(format!("{} failed{over}", format::count(wave.counts.failed.into())))));
    }
    fitting(parts, room)
}

/// Joins parts that fit into `room` cells; the ones with the highest number go first.
pub(super) fn fitting(mut parts: Vec<(u8, Words)>, room: usize) -> Words {
    loop {
        let all = parts.iter().fold(Words::new(), |words, (_, part)| words.then(3, part.clone()));
        let last = parts.iter().enumerate().max_by_key(|(_, (rank, _))| *rank).map(|(at, _)| at);
        match last {
            Some(last) if all.width() > room && parts.len() > 1 => drop(parts.remove(last)),
            _ => return all,
        }
    }
}

/// Sparkline and pace of a wave that moves.
fn speed(view: &View, entry: &Entry, wave: &Wave) -> Words {
    let Some(pace) = entry.wave_pace.get(&wave.id) else { return Words::new() };
    match pace.per_minute() {
        Some(per_minute) => spark::line(&pace.bars(6), view.glyphs()).then(1, Words::new().text(format!("{per_minute:.1}/min"))),
        None => Words::new().dim("pace: too few yet"),
    }
}
