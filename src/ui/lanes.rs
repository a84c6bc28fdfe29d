//! Lanes in words: how many hosts, for how long, and what is usual; and coverage beside what is reported done.

use jiff::{SignedDuration, Timestamp};

use super::format;
use super::view::View;
use super::words::Words;
use crate::domain::{Coverage, Lane, RolloutId, Usual, Usuals, WaveId};
use crate::store::read::{LaneSum, WaveSum};
use crate::theme::Role;

/// Red only where nothing but a person helps.
fn role(lane: Lane) -> Role {
    match lane {
        Lane::NotBack | Lane::Silent => Role::Alert,
        Lane::Stuck | Lane::Offline | Lane::RestartOwed => Role::Warn,
        Lane::Restarting => Role::Text,
    }
}

pub(super) fn name(lane: Lane) -> Words {
    Words::of(role(lane), lane.word())
}

pub(super) fn hosts(lane: Lane, hosts: u32) -> Words {
    Words::of(role(lane), format::count(hosts.into()))
}

/// The lanes of a whole rollout in one line; empty where nothing stands in one.
pub(super) fn of_rollout(view: &View, id: &RolloutId) -> Words {
    let hosts = view.state.store.lanes_of(id, view.state.now.civil);
    listed(&WaveSum { hosts, ..WaveSum::default() })
}

/// How long ago, by the minute: `4m`, `1h46`.
pub(super) fn since(view: &View, at: Timestamp) -> String {
    format::minutes(view.civil_ago(at))
}

fn taken(taken: SignedDuration) -> String {
    format::minutes(taken.unsigned_abs())
}

/// `usual 3m`; `usual 3m to 6m` where waves differ; that nobody knows, and what is taken instead.
fn usual(all: &[Usuals], of: impl Fn(&Usuals) -> Option<Usual>, limit: impl Fn(&Usuals) -> SignedDuration) -> String {
    let typical: Vec<SignedDuration> = all.iter().filter_map(&of).map(|usual| usual.typical).collect();
    match (typical.iter().min(), typical.iter().max()) {
        (Some(least), Some(most)) if taken(*least) != taken(*most) => format!("usual {} to {}", taken(*least), taken(*most)),
        (Some(least), Some(_)) => format!("usual {}", taken(*least)),
        _ => format!("usual not known, {} allowed", all.first().map_or_else(String::new, |one| taken(limit(one)))),
    }
}

/// What is usual where that decides about a lane.
pub(super) fn usual_of(lane: Lane, all: &[Usuals]) -> Option<String> {
    match lane {
        Lane::NotBack | Lane::Restarting => Some(usual(all, |one| one.restart, Usuals::restart_limit)),
        Lane::Stuck => Some(match all.iter().find_map(|one| one.planned) {
            Some(planned) => format!("planned {}", taken(planned)),
            None => usual(all, |one| one.work, Usuals::work_limit),
        }),
        Lane::Offline | Lane::RestartOwed | Lane::Silent => None,
    }
}

/// What a lane says of its hosts, short enough for a column: `up to 52m, usual 3m`.
pub(super) fn said(view: &View, lane: Lane, sum: &LaneSum) -> Words {
    let oldest = sum.oldest.map(|at| since(view, at));
    let words = match (lane, oldest) {
        (Lane::Silent, _) => "own facts differ from done".to_owned(),
        (Lane::Offline, Some(ago)) => format!("last seen up to {ago} ago"),
        (Lane::Stuck, Some(ago)) => format!("no word for up to {ago}"),
        (_, Some(ago)) => format!("up to {ago}"),
        (_, None) => lane.meaning().to_owned(),
    };
    match usual_of(lane, &sum.usuals) {
        Some(usual) => Words::new().text(words).dim(format!(", {usual}")),
        None => Words::new().text(words),
    }
}

/// `3 not back, 2 silent`, and how many nobody has looked at; short enough for a column.
pub(super) fn brief(view: &View, wave: &WaveId) -> Words {
    let Some(sum) = view.state.store.lanes_of_wave(wave, view.state.now.civil) else { return Words::new() };
    listed(&sum)
}

fn listed(sum: &WaveSum) -> Words {
    let mut words = Words::new();
    for (lane, (count, _)) in &sum.hosts {
        let one = hosts(*lane, *count).text(" ").and(name(*lane));
        words = if words.is_empty() { one } else { words.dim(", ").and(one) };
    }
    if sum.unchecked > 0 {
        let more = Words::new().dim(format!("{} not checked", format::count(sum.unchecked.into())));
        words = if words.is_empty() { more } else { words.dim(", ").and(more) };
    }
    words
}

/// The lanes of one wave, a line each, with what is usual and what nobody knows.
pub(super) fn account(view: &View, wave: &WaveId) -> Vec<Words> {
    let Some(sum) = view.state.store.lanes_of_wave(wave, view.state.now.civil) else { return Vec::new() };
    let mut lines: Vec<Words> = sum
        .hosts
        .iter()
        .map(|(lane, (count, oldest))| {
            let one = LaneSum { hosts: *count, oldest: *oldest, usuals: vec![sum.usuals], ..LaneSum::default() };
            Words::new().and(hosts(*lane, *count)).text(" ").and(name(*lane)).then(2, said(view, *lane, &one).all(Role::Dim))
        })
        .collect();
    if sum.unchecked > 0 {
        let open = format!("{} at work, how far is not checked", format::hosts(sum.unchecked));
        lines.push(Words::new().dim(open));
    }
    if let Some(why) = &sum.why {
        lines.push(Words::new().dim(format!("not checked: {why}")));
    }
    lines
}

/// `421/437/460`: verified, reported done, all. A dash for what nobody has asked.
pub(super) fn coverage(view: &View, coverage: &Coverage) -> Words {
    let Coverage { verified, reported, total } = *coverage;
    let words = match verified {
        Some(verified) => Words::new().text(verified.to_string()),
        None => Words::new().dim(view.glyphs().none),
    };
    words.dim("/").text(reported.to_string()).dim("/").text(total.to_string())
}

/// `421 verified` or `none of it checked`: what stands behind the reported number.
pub(super) fn verified(coverage: &Coverage) -> Words {
    match coverage.verified {
        Some(verified) if verified < coverage.reported => {
            Words::new().warn(format!("{} verified", format::count(verified.into())))
        }
        Some(verified) => Words::new().ok(format!("{} verified", format::count(verified.into()))),
        None => Words::new().dim("not checked"),
    }
}

/// The same of one wave, with when it was checked, or why it cannot be.
pub(super) fn check(view: &View, wave: &crate::domain::Wave) -> Words {
    let coverage = view.state.store.coverage_of_wave(wave);
    let reported = Words::new()
        .text(format::count(coverage.reported.into()))
        .dim(format!(" of {} reported done, ", format::hosts(coverage.total)))
        .and(verified(&coverage));
    let known = view.state.store.lanes.wave(&wave.id);
    match known {
        Some(known) if known.is_checking() => reported.dim(", checking now"),
        Some(known) => match (known.checked(), known.blind()) {
            (Some((asked, seen)), _) => {
                let when = format::age(view.since(seen));
                reported.dim(format!(", {} asked, {when}", format::count(asked.into())))
            }
            (None, Some(why)) => reported.dim(format!(": {why}")),
            (None, None) => reported,
        },
        None => reported,
    }
}
