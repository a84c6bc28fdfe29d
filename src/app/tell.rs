//! The selected thing in words, for the clipboard. Only one tenant's words are ever in it.

use std::fmt::Write as _;

use super::state::{Place, RowId, State};
use crate::domain::{Evidence, HostId, Text};
use crate::store::queue::Pile;
use crate::store::read::why;

/// What `copy` copies; None if nothing is selected.
pub fn selected(state: &State) -> Option<String> {
    let store = &state.store;
    Some(match state.selected()? {
        RowId::Rollout(id) => {
            let entry = store.entry(id)?;
            let rollout = &entry.rollout.value;
            let mut text = format!("{} · {}: {}", rollout.tenant, rollout.name, rollout.state.word());
            if let Some(counts) = rollout.counts {
                _ = write!(
                    text,
                    ", {} done, {} failed, {} left of {} hosts",
                    counts.done,
                    counts.failed,
                    counts.left(),
                    counts.total
                );
            }
            if let Some(why) = why(rollout, entry.waves()) {
                _ = write!(text, "; {why}");
            }
            text + &format!(
                " ({} {}, read {})",
                id.backend,
                id,
                state.now.real_at(entry.rollout.seen).round(jiff::Unit::Second).ok()?
            )
        }
        RowId::Wave(id) => {
            let wave = store.wave(id)?;
            let counts = wave.counts;
            format!(
                "wave {} {}: {}, {} of {} done, {} failed",
                wave.ordinal,
                wave.name,
                wave.state.word(),
                counts.done,
                counts.total,
                counts.failed
            )
        }
        RowId::Host(id) => id.to_string(),
        RowId::Set(set) => {
            let verdict = state.calendars.at(set, None, state.now.civil);
            let opening = verdict.opening.map_or_else(String::new, |opening| {
                let (from, to) = (opening.period.from(), opening.period.to());
                format!("; {from} to {to}, nothing begins after {}", opening.cutoff)
            });
            format!("{set}: {}{opening}", verdict.state.word())
        }
        RowId::Lane(lane) => format!("{} hosts {}: {}", state.lanes.get(lane)?.hosts, lane.word(), lane.meaning()),
        RowId::Backend(name) => {
            let connection = store.connection(name)?;
            format!("{name} {} {}", connection.kind, connection.address)
        }
        RowId::Intent(intent) => {
            let line = state.activity.iter().find(|line| line.intent.as_ref() == Some(intent))?;
            format!("{} {} {}: {} {}", line.at, line.who, line.what, line.state.word(), line.found)
        }
        RowId::Failed(attempt) => {
            let failure = store.queue.failure(attempt)?;
            let mut text = format!("{}: {}", failure.name, failure.signature);
            for line in failure.evidence.iter().flat_map(Evidence::lines) {
                _ = write!(text, "\n{line}");
            }
            text
        }
        RowId::Pile(Pile::Cause(signature)) => signature.to_string(),
        RowId::Pile(Pile::Tenant(tenant)) => tenant.to_string(),
        RowId::Pile(Pile::Host(host)) => host.to_string(),
        RowId::Pile(Pile::Wave(wave)) => store.wave(wave.as_ref()?)?.name.to_string(),
        RowId::Pile(Pile::Release(release)) => release.as_ref()?.name.to_string(),
        RowId::Line(_) | RowId::Unread(_) => return None,
        RowId::Attempt(at) => {
            let Place::Host(host) = state.place() else { return None };
            let story = &store.stories.get(host)?.value;
            let attempt = story.attempts.get(*at as usize)?;
            let mut text = format!(
                "{}: {} {}",
                story.name,
                attempt.state.word(),
                attempt.release.as_ref().map_or("", |release| release.name.as_str())
            );
            if *at == 0 {
                for line in
                    story.reports.iter().flat_map(|report| &report.said).flat_map(super::super::domain::text::Evidence::lines)
                {
                    _ = write!(text, "\n{line}");
                }
            }
            text
        }
    })
}

/// The console command of the selected host, or why there is none.
pub fn console(state: &State) -> Result<String, &'static str> {
    let host = match (state.place(), state.selected()) {
        (Place::Host(host), _) | (_, Some(RowId::Host(host))) => host,
        (_, Some(RowId::Failed(attempt))) => &attempt.host,
        _ => return Err("no host is selected"),
    };
    let store = &state.store;
    if store.host_facts.is_empty() {
        return Err("nothing is known of hosts but what backends say: a file of yours can be named under [hosts] in the config");
    }
    let facts = store.facts_of(host, &name_of(state, host)).ok_or("your host facts file has no line for this host")?;
    facts.console.as_ref().map(ToString::to_string).ok_or("your host facts file names no console command for this host")
}

/// The name that a host goes by, as far as it was read; else its id.
fn name_of(state: &State, host: &HostId) -> Text {
    let store = &state.store;
    let story = || store.stories.get(host).map(|story| &story.value.name);
    let failure = || store.queue.of(host).map(|failure| &failure.name);
    let listed = || {
        let Place::Wave(wave) = state.place() else { return None };
        store.hosts.get(wave)?.rows.values().find(|row| row.value.id == *host).map(|row| &row.value.name)
    };
    story().or_else(failure).or_else(listed).cloned().unwrap_or_else(|| host.text())
}
