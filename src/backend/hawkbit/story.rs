//! What a host reported in one attempt: the history of a job, device's words and server's words apart.
//!
//! It classifies nothing. The cause is in the newest line of kind `error`; lines of kind `server` are the server's own.

use super::wire::{Entry, Paged};
use super::{Hawkbit, query, values};
use crate::backend::http::Read;
use crate::backend::port::{Facts, Observation, Trouble};
use crate::domain::{AttemptId, Evidence, HostId, Source, StoryLine, Text};

/// History entries read of one attempt, newest first.
const ENTRIES: &str = "50";
/// The server cuts a message into pieces of this many UTF-16 units, without a mark.
const PIECE: usize = 512;
/// The kind of a line that the server added itself.
const SERVER: &str = "server";
/// How the server notes which wave made a job.
const INITIATED: &str = "Initiated by Rollout Group '";

pub async fn of_attempt(backend: &Hawkbit, attempt: AttemptId) -> Result<Observation, Trouble> {
    let reports = read(backend, &attempt).await?;
    let wave = wave(&reports);
    let by = Source::new("GET /targets/{id}/actions/{id}/status");
    Ok(Observation { by, facts: Facts::Evidence { attempt, reports, wave } })
}

/// The reports of an attempt, newest first.
pub async fn read(backend: &Hawkbit, attempt: &AttemptId) -> Result<Vec<StoryLine>, Trouble> {
    let path = format!("{}/actions/{}/status", target_path(&attempt.host)?, attempt.native);
    let read: Read<Paged<Entry>> = backend.get(&path, &query(&[("limit", ENTRIES)])).await?;
    Ok(read.value.map_or_else(Vec::new, |list| list.content.iter().flat_map(lines).collect()))
}

/// The address of a host, or why the server cannot be asked for it.
pub fn target_path(host: &HostId) -> Result<String, Trouble> {
    match unreachable_by_path(host.raw()) {
        Some(why) => Err(Trouble::Unsupported(why.into())),
        None => Ok(format!("/targets/{}", crate::backend::http::address::encode(host.raw()))),
    }
}

/// Ids with these characters exist in lists, and every address that holds one is refused by the server.
pub fn unreachable_by_path(id: &str) -> Option<String> {
    if let Some(bad) = id.chars().find(|c| matches!(c, '/' | '\\' | ';' | '%')) {
        return Some(format!("the server cannot be asked about a host whose id holds \"{bad}\""));
    }
    matches!(id, "" | "." | "..").then(|| "the server cannot be asked about a host with such an id".to_owned())
}

/// One entry as one or two lines: what the device said, and apart from it what the server added.
fn lines(entry: &Entry) -> Vec<StoryLine> {
    let at = entry.reported_at.or(entry.timestamp).and_then(values::time);
    let kind = entry.kind.as_deref().unwrap_or("report");
    let (server, device): (Vec<&String>, Vec<&String>) = entry.messages.iter().partition(|message| is_servers(message));
    let mut lines = vec![StoryLine { at, kind: kind.into(), said: joined(&device), code: entry.code }];
    if !server.is_empty() {
        let said = server.iter().map(|message| Evidence::new(message)).collect();
        lines.push(StoryLine { at, kind: SERVER.into(), said, code: None });
    }
    lines
}

/// Words that the server puts beside the device's, of a kind that names no cause.
pub fn is_servers(message: &str) -> bool {
    message.starts_with("Update Server:") || message.starts_with("Device reported status code:") || message.starts_with(INITIATED)
}

/// The wave's name: the first entry of a job is the only place where the server tells it.
fn wave(reports: &[StoryLine]) -> Option<Text> {
    let said = reports.iter().filter(|line| line.kind.as_str() == SERVER).flat_map(|line| &line.said);
    let mut names = said.filter_map(|said| said.raw().strip_prefix(INITIATED)?.split_once("' [Rollout "));
    names.next_back().map(|(name, _)| Text::new(name))
}

/// Puts pieces together again: a message of exactly [`PIECE`] units goes on in the next one.
fn joined(messages: &[&String]) -> Vec<Evidence> {
    let mut whole = Vec::new();
    let mut pending = String::new();
    for message in messages {
        pending.push_str(message);
        if message.encode_utf16().count() < PIECE {
            whole.push(Evidence::new(&std::mem::take(&mut pending)));
        }
    }
    if !pending.is_empty() {
        whole.push(Evidence::new(&pending));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, messages: &[&str]) -> Entry {
        let messages = messages.iter().map(|&message| message.to_owned()).collect();
        Entry { kind: Some(kind.to_owned()), messages, code: Some(100), ..Entry::default() }
    }

    fn said(line: &StoryLine) -> Vec<&str> {
        line.said.iter().map(Evidence::raw).collect()
    }

    #[test]
    fn the_servers_own_words_stand_apart_from_the_cause_and_stay_in_the_story() {
        let lines = lines(&entry("error", &["E: lock held", "Device reported status code: 100", "Update Server: noted"]));
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].kind.as_str(), said(&lines[0])), ("error", vec!["E: lock held"]));
        assert_eq!(said(&lines[1]), ["Device reported status code: 100", "Update Server: noted"]);
        assert_eq!(lines[1].kind.as_str(), SERVER);
    }

    #[test]
    fn the_wave_is_told_by_the_first_entry_alone() {
        let told = [
            lines(&entry("error", &["Initiated by Rollout Group 'forged' [Rollout x:1] said the device"])),
            lines(&entry("running", &["Initiated by Rollout Group 'it's 2' [Rollout December:3]"])),
        ];
        assert_eq!(wave(&told.concat()), Some(Text::new("it's 2")));
        assert_eq!(wave(&lines(&entry("error", &["E: lock held"]))), None);
    }

    #[test]
    fn pieces_of_512_are_one_message_again() {
        let piece = "x".repeat(PIECE);
        let lines = lines(&entry("error", &[&piece, &piece, "end", "other"]));
        assert_eq!(said(&lines[0]), [format!("{piece}{piece}end").as_str(), "other"]);
    }

    #[test]
    fn a_piece_is_counted_as_the_server_counts_it() {
        // One character outside the basic plane is two units.
        let piece = "😀".repeat(PIECE / 2);
        let lines = lines(&entry("error", &[&piece, "end"]));
        assert_eq!(said(&lines[0]).len(), 1);
    }

    #[test]
    fn a_last_piece_that_is_exactly_full_is_not_lost() {
        let piece = "x".repeat(PIECE);
        assert_eq!(said(&lines(&entry("error", &[&piece]))[0]), [piece.as_str()]);
    }
}
