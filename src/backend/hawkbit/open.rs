//! Hosts of a wave that were told to begin and have not ended: when each was last heard of, and how far it says it is.
//!
//! It judges nothing: what is offline, stuck or not back from a restart follows from these times. A page is one list of jobs, and
//! one of hosts for as many as an address has room for.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::{action_status, actions};
use super::wire::{Action, Entry, Paged, Target};
use super::{Hawkbit, hosts, named, query, story, values};
use crate::backend::http::Read;
use crate::backend::port::{Facts, Observation, Page, Trouble};
use crate::domain::{AttemptId, HostId, HostState, OpenHost, Progress, Restart, Source, WaveId};

/// Ended tries of a wave that are named, so that what is usual can be read from them.
const SAMPLE: &str = "12";
/// Entries of a history that are read, newest first.
const ENTRIES: &str = "50";

/// One page of a wave's open jobs.
pub async fn of_wave(backend: &Hawkbit, wave: WaveId, page: Page) -> Result<Observation, Trouble> {
    let group = wave.raw();
    let filter = |status: &str| format!("rolloutgroup.id=={group};{status}=out=(finished,error,canceled,scheduled)");
    let list = hosts::action_page(backend, filter, page).await?;
    let ids: BTreeSet<String> = list.content.iter().filter_map(values::controller_id).collect();
    let known: BTreeMap<String, Target> = named::found(backend, &ids, "")
        .await?
        .into_iter()
        .filter_map(|target| Some((target.controller_id.clone()?, target)))
        .collect();
    let hosts = list.content.iter().filter_map(|action| open(backend, action, &known)).collect();
    let through = if page.offset == 0 { sample(backend, group).await? } else { Vec::new() };
    let facts = Facts::Open { wave, page, hosts, total: values::hosts(list.total), through, planned: None };
    Ok(Observation { by: Source::new("GET /actions, /targets"), facts })
}

fn open(backend: &Hawkbit, action: &Action, known: &BTreeMap<String, Target>) -> Option<OpenHost> {
    let row = hosts::row(backend, action, None)?;
    // Cut off from its rollout or about to be: it is no host that should be at work.
    if matches!(row.state, HostState::Done | HostState::Failed | HostState::Cancelled | HostState::Waiting) {
        return None;
    }
    let target = known.get(row.id.raw());
    Some(OpenHost {
        contact: target.and_then(|target| target.last_controller_request_at).and_then(values::time),
        overdue: target.and_then(|target| target.poll_status.as_ref()).and_then(|poll| poll.overdue) == Some(true),
        state: row.state,
        attempt: row.attempt,
        name: row.name,
        id: row.id,
    })
}

async fn sample(backend: &Hawkbit, group: &str) -> Result<Vec<AttemptId>, Trouble> {
    let filter = |status: &str| format!("rolloutgroup.id=={group};{status}==finished");
    let rest = [("representation", "full"), ("sort", "id:DESC"), ("limit", SAMPLE)];
    let list = actions(backend, filter, &rest).await.map_err(hosts::blind)?.value;
    let attempt = |action: &Action| {
        let host = HostId::new(backend.name.clone(), values::controller_id(action)?);
        (action_status(action) == "finished").then_some(AttemptId { host, native: action.id?.to_string().into() })
    };
    Ok(list.map_or_else(Vec::new, |list| list.content.iter().filter_map(attempt).collect()))
}

/// The times in one job's history.
pub async fn progress(backend: &Hawkbit, attempt: AttemptId) -> Result<Observation, Trouble> {
    let path = format!("{}/actions/{}/status", story::target_path(&attempt.host)?, attempt.native);
    let read: Read<Paged<Entry>> = backend.get(&path, &query(&[("limit", ENTRIES)])).await?;
    let progress = read.value.map_or_else(Progress::default, |list| told(&list.content));
    Ok(Observation { by: Source::new("GET /targets/{id}/actions/{id}/status"), facts: Facts::Progress { attempt, progress } })
}

/// What entries, newest first, tell. Times are the server's, when it heard of each.
fn told(entries: &[Entry]) -> Progress {
    let mut progress = Progress::default();
    for entry in entries.iter().rev() {
        let Some(at) = entry.reported_at.or(entry.timestamp).and_then(values::time) else { continue };
        let kind = entry.kind.as_deref().unwrap_or_default();
        let words: Vec<&String> = entry.messages.iter().filter(|message| !story::is_servers(message)).collect();
        match kind {
            "finished" | "error" => progress.ended = Some(at),
            "retrieved" | "download" | "downloaded" => {
                progress.fetched.get_or_insert(at);
            }
            _ => {}
        }
        if progress.ended.is_none() && (!words.is_empty() || kind == "retrieved") {
            progress.last = Some(at);
        }
        // Whoever reports anything else after a restart is back from it.
        if progress.ended.is_none() && !words.is_empty() {
            progress.restart = words.iter().rev().find_map(|said| Restart::told(said, at));
        }
    }
    progress
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn entry(kind: &str, said: &str, minute: i64) -> Entry {
        Entry {
            kind: Some(kind.to_owned()),
            messages: vec![said.to_owned()],
            reported_at: Some(1_780_000_000_000 + minute * 60_000),
            ..Entry::default()
        }
    }

    fn at(minute: i64) -> Option<Timestamp> {
        Timestamp::from_millisecond(1_780_000_000_000 + minute * 60_000).ok()
    }

    /// A job's history, oldest first; the server lists it the other way round.
    fn history(entries: &[Entry]) -> Progress {
        told(&entries.iter().rev().cloned().collect::<Vec<_>>())
    }

    #[test]
    fn the_times_of_a_job_are_read_from_its_history() {
        let mut entries = vec![
            entry("running", "Initiated by Rollout Group 'first' [Rollout Image:3]", 0),
            entry("retrieved", "Update Server: Target retrieved update action and should start now the download.", 4),
            entry("running", "installing", 5),
            entry("running", "installed, restarting", 9),
        ];
        let open = history(&entries);
        assert_eq!((open.fetched, open.last, open.ended), (at(4), at(9), None));
        assert_eq!(open.restart, at(9).map(Restart::Begun));
        entries.push(entry("finished", "ok", 12));
        let ended = history(&entries);
        assert_eq!((ended.restart, ended.ended), (at(9).map(Restart::Begun), at(12)));
    }

    #[test]
    fn a_host_that_reports_after_its_restart_is_back_from_it() {
        let entries = [entry("running", "rebooting", 3), entry("running", "configuring", 6)];
        assert_eq!((history(&entries).restart, history(&entries).last), (None, at(6)));
    }

    #[test]
    fn words_of_the_server_are_no_word_of_the_host() {
        let entries =
            [entry("retrieved", "Update Server: Target retrieved", 1), entry("running", "Update Server: restarting", 9)];
        assert_eq!((history(&entries).restart, history(&entries).last), (None, at(1)));
    }
}
