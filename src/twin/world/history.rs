//! The history of an action, written when somebody asks for it.
//!
//! Nothing is stored: every entry follows from the action's times. The server adds its own sentences and cuts texts into
//! pieces of 512 characters without a mark, and so does this.

use super::action::Status;
use super::words::Speaker;
use super::{Millis, World};

/// The server stores messages in pieces of this many characters.
const PIECE: usize = 512;
/// Entries an action can have at most; ids are made from it.
const ROOM: usize = 8;

/// One entry of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: usize,
    pub kind: &'static str,
    pub messages: Vec<String>,
    pub code: Option<i32>,
    /// The device's clock.
    pub timestamp: Millis,
    /// The server's.
    pub reported_at: Millis,
}

impl World {
    /// Oldest first.
    pub fn history(&self, action: usize) -> Vec<Entry> {
        let row = &self.actions[action];
        let mut entries = Vec::new();
        let mut push = |kind, messages: Vec<String>, code, timestamp, reported_at| {
            let id = action * ROOM + entries.len() + 1;
            entries.push(Entry { id, kind, messages, code, timestamp, reported_at });
        };
        let Some(told) = row.told_at else {
            return entries;
        };
        if row.skipped {
            let text = "Update Server: Distribution Set is already assigned. Skipping this action.";
            push("running", vec![text.to_owned()], None, told, told);
            return entries;
        }
        let first = match row.group {
            Some(group) => {
                let rollout = self.groups[group].rollout;
                let (ring, name) = (&self.groups[group].name, &self.rollouts[rollout].name);
                format!("Initiated by Rollout Group '{ring}' [Rollout {name}:{}]", rollout + 1)
            }
            None => format!("Assignment initiated by user '{}'", row.audit.created_by),
        };
        push("running", vec![first], None, row.audit.created_at, told);
        if let Some(at) = row.fetched_at {
            let text = "Update Server: Target retrieved update action and should start now the download.";
            push("retrieved", vec![text.to_owned()], None, at, at);
            let now = self.now.min(row.ended_at.unwrap_or(Millis::MAX));
            if now - at > 20_000 {
                push("download", vec!["download started".to_owned()], None, at + 5_000, at + 5_300);
            }
            if now - at > 45_000 {
                push("running", vec!["installing".to_owned()], None, at + 40_000, at + 40_300);
            }
            let restart = row.fate.and_then(|fate| fate.restarts_after).map(|after| row.begins(at) + after);
            if let Some(restart) = restart.filter(|restart| *restart < now) {
                push("running", vec!["installed, restarting".to_owned()], None, restart - 300, restart);
            }
        }
        if let Some(at) = row.cancelled_at {
            push("canceling", vec!["Update Server: cancellation requested.".to_owned()], None, at, at);
        }
        let Some(at) = row.ended_at else {
            return entries;
        };
        match row.status {
            Status::Error => {
                let forms = row.failure.map_or(&[][..], |failure| self.failures.messages(failure));
                let speaker = self.speaker(action);
                let messages: Vec<String> = forms.iter().map(|form| speaker.say(form)).collect();
                push("error", spoken(&messages, row.code), row.code, at - 400, at);
            }
            Status::Finished => push("finished", spoken(&["ok".to_owned()], None), None, at - 400, at),
            Status::Canceled => {
                push("canceled", vec!["Update Server: Cancellation completion is confirmed.".to_owned()], None, at, at);
            }
            _ => {}
        }
        entries
    }
}

impl World {
    fn speaker(&self, action: usize) -> Speaker<'_> {
        let row = &self.actions[action];
        let target = &self.targets[row.target];
        let done = |other: &&usize| **other < action && self.actions[**other].status == Status::Finished;
        let before = target.actions.iter().rfind(done).map(|other| self.actions[*other].release);
        let version = |release: usize| self.releases[release].version.as_str();
        Speaker {
            seed: self.seed,
            action,
            host: &target.controller_id,
            release: version(row.release),
            before: before.map_or("nothing", version),
        }
    }
}

/// A device's words as the server keeps them.
fn spoken(messages: &[String], code: Option<i32>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for message in messages {
        let characters: Vec<char> = message.chars().collect();
        kept.extend(characters.chunks(PIECE).map(|piece| piece.iter().collect::<String>()));
    }
    if let Some(code) = code {
        kept.push(format!("Device reported status code: {code}"));
    }
    if kept.is_empty() {
        kept.push("Update Server: Target reported CLOSED with ERROR!.".to_owned());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_come_back_in_pieces_of_512_characters_and_the_code_comes_last() {
        let kept = spoken(&["ä".repeat(1_100)], Some(-5));
        let lengths: Vec<usize> = kept.iter().map(|piece| piece.chars().count()).collect();
        assert_eq!(lengths[..3], [512, 512, 76]);
        assert_eq!(kept[3], "Device reported status code: -5");
    }

    #[test]
    fn a_device_without_words_gets_the_servers_sentence() {
        assert_eq!(spoken(&[], None), ["Update Server: Target reported CLOSED with ERROR!."]);
    }
}
