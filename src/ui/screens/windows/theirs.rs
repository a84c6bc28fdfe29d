//! What backends themselves say of a set of hosts, beside ours: whose word it is, how old it is, and where it differs.
//!
//! The comparing is the state's.

use std::time::Duration;

use crate::app::state::Theirs;
use crate::app::state::theirs::{hosts_in_words, our_word};
use crate::domain::{Conflict, HostSet};
use crate::theme::Role;
use crate::ui::format;
use crate::ui::parts::labelled;
use crate::ui::view::View;
use crate::ui::words::Words;

/// Rules that are told; the rest is counted.
const TOLD: usize = 4;
/// It is read seldom; older than this is said aloud.
const OLD: Duration = Duration::from_secs(15 * 60);

pub fn lines(view: &View, set: &HostSet, width: usize) -> Vec<Words> {
    let all: Vec<&Theirs> = view.state.theirs_of(set).collect();
    let mut lines: Vec<Words> = all.iter().take(TOLD).flat_map(|theirs| told(view, theirs, width)).collect();
    if all.len() > TOLD {
        lines.push(labelled("", Words::new().dim(format!("{} more of theirs", all.len() - TOLD))));
    }
    lines.extend(gaps(view, set));
    lines
}

/// `initech-hb says: opens Sun 09:00 for 4 hosts, read 2m`, and what is different about it.
fn told(view: &View, theirs: &Theirs, width: usize) -> Vec<Words> {
    let tenant = Some(&theirs.set.tenant);
    let said = theirs.stance.told(&|at| view.clock(at, tenant));
    let hosts = hosts_in_words(theirs.hosts.len());
    let whose = theirs.rollout.as_ref().and_then(|rollout| view.state.store.entry(rollout));
    let wave = theirs.wave.as_ref().map_or_else(String::new, |wave| format!(", {wave}"));
    let whose = whose.map_or_else(String::new, |entry| format!(" of {}{wave}", entry.rollout.value.name));
    let age = view.since(theirs.seen);
    let age = Words::of(if age > OLD { Role::Warn } else { Role::Dim }, format::ago(age));
    let words = Words::new().text(format!("{} says: {said} for {hosts}{whose}", theirs.backend)).dim(", read ").and(age);
    let differs = match theirs.conflict {
        Some(Conflict::OursShut) => Some(format!("conflict: ours is {}, nothing of ours stops them", our_word(&theirs.ours))),
        Some(Conflict::TheirsShut) => Some(format!("conflict: ours is {}, and they do not begin", our_word(&theirs.ours))),
        None if theirs.opens_outside => Some("ours lets nothing begin then".to_owned()),
        None => None,
    };
    let native = Words::new().dim(&theirs.native);
    let mut lines = vec![labelled("theirs", words)];
    let second = match differs {
        Some(differs) => Words::new().warn(differs).then(3, native),
        None => native,
    };
    let joined = lines[0].clone().then(3, second.clone());
    if joined.width() <= width {
        return vec![joined];
    }
    lines.push(labelled("", second));
    lines
}

/// What of the backends' words is not known.
fn gaps(view: &View, set: &HostSet) -> Vec<Words> {
    let mut lines = Vec::new();
    for connection in view.state.store.connections.values().filter(|it| it.tenants.contains(&set.tenant)) {
        let Some(word) = view.state.store.theirs.get(&connection.name) else { continue };
        if let Some(blind) = &word.value.blind {
            lines.push(labelled("theirs", Words::new().warn(format!("{}: {blind}", connection.name))));
        }
        if word.value.unread > 0 {
            let said = format!("{}: {} older jobs were not looked at for windows", connection.name, word.value.unread);
            lines.push(labelled("theirs", Words::new().dim(said)));
        }
    }
    lines
}
