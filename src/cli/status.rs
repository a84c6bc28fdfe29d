//! `patchdeck status`: one reading of the board, or one after the other with `--watch`. It asks; it never acts.

mod against;
mod json;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use color_eyre::eyre::Result;
use jiff::Timestamp;

use self::against::Against;
use super::reading::{Depth, Reader};
use super::{Exit, rules, say};
use crate::config::Loaded;
use crate::domain::{Need, NeedKind, Text};
use crate::journal;

/// The promise that `--json` keeps: fields are added, never renamed.
pub const SCHEMA: u32 = 1;
/// Between two readings of `--watch`.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON instead of words; with --watch one document a line, whenever something changed
    #[arg(long)]
    json: bool,
    /// Read again every ten seconds, and say only what changed, with the time
    #[arg(long)]
    watch: bool,
    /// At most N causes of failures, the widest spread first; 0 reads none
    #[arg(long, value_name = "N", default_value_t = 10)]
    causes: usize,
    /// Seconds to wait for all backends together
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

pub async fn run(args: &Args, loaded: &Loaded) -> Result<Exit> {
    let mut reader = Reader::new(&loaded.config, rules::own(&loaded.config)?);
    let limit = Duration::from_secs(args.timeout);
    let depth = if args.causes > 0 { Depth::Causes } else { Depth::Waves };
    reader.read(depth, limit).await;
    let mut against = Against::new(&loaded.config);
    let mut needs = needs(&reader, loaded, &mut against);
    if !args.watch {
        let text = if args.json {
            json::document(&reader, &against, &needs, args.causes, true)?
        } else {
            text::table(&reader, &needs, args.causes)
        };
        say::say(&text)?;
        return Ok(exit(&reader, &needs));
    }
    let mut before = Shown::default();
    loop {
        let told = if args.json {
            before.document(&reader, &against, &needs, args.causes)?
        } else {
            let lines = text::sentences(&reader, &needs, args.causes);
            before.changed(lines, reader.now().real)
        };
        if !told.is_empty() && say::say(&told)? == say::Heard::Gone {
            return Ok(exit(&reader, &needs));
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            ended = super::twin::ended() => {
                ended?;
                return Ok(exit(&reader, &needs));
            }
        }
        reader.read(depth, limit).await;
        needs = self::needs(&reader, loaded, &mut against);
    }
}

/// What needs a person: by the board, and by the journal's open intents. The journal's overrides go to `against`.
fn needs(reader: &Reader, loaded: &Loaded, against: &mut Against) -> Vec<Need> {
    let mut needs = reader.store.needs(&reader.now());
    let files = match journal::read(&loaded.config.journal_dir) {
        Ok(files) => files,
        Err(error) => {
            say::warn(&format!("open intents and overrides are not known: {error}"));
            against.read(&loaded.config, &[], reader.now().civil);
            needs.extend(against.needs(&reader.store, reader.now().civil));
            needs.sort_by_key(|need| need.kind);
            return needs;
        }
    };
    against.read(&loaded.config, &files, reader.now().civil);
    needs.extend(against.needs(&reader.store, reader.now().civil));
    // A living process waits for its own answers, and tells them itself.
    for open in journal::open_intents(&files).into_iter().filter(|open| !open.file_live) {
        let intent = &open.record.intent;
        needs.push(Need {
            kind: NeedKind::Unknown,
            tenant: Some(intent.tenant.clone()),
            what: Text::new(format!(
                "{} was sent at {}, and nobody knows what became of it",
                intent.verb.word(),
                stamp(open.record.at)
            )),
            rollout: Some(intent.rollout.clone()),
            backend: Some(intent.rollout.backend.clone()),
            set: None,
            intent: Some(intent.id.clone()),
            seen: None,
        });
    }
    needs.sort_by_key(|need| need.kind);
    needs
}

fn exit(reader: &Reader, needs: &[Need]) -> Exit {
    let unread = reader.store.connections.values().any(|connection| connection.failure.is_some());
    match (unread, needs.is_empty()) {
        (true, _) => Exit::Unread,
        (false, false) => Exit::NeedsPerson,
        (false, true) => Exit::Well,
    }
}

/// RFC 3339 in UTC, to the second.
pub fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What `--watch` said last of each thing.
#[derive(Debug, Default)]
struct Shown {
    lines: BTreeMap<String, String>,
    document: String,
}

impl Shown {
    /// Lines that say something new, each with the time.
    fn changed(&mut self, lines: Vec<(String, String)>, at: Timestamp) -> String {
        let time = at.strftime("%H:%M:%SZ").to_string();
        let mut told = Vec::new();
        let mut now = BTreeMap::new();
        for (key, line) in lines {
            if self.lines.get(&key) != Some(&line) {
                told.push(format!("{time} {line}"));
            }
            now.insert(key, line);
        }
        for (key, line) in &self.lines {
            if !now.contains_key(key) {
                told.push(format!("{time} no longer: {line}"));
            }
        }
        self.lines = now;
        told.join("\n")
    }

    /// The document, if more than times changed in it.
    fn document(&mut self, reader: &Reader, against: &Against, needs: &[Need], causes: usize) -> Result<String> {
        let timeless = json::timeless(reader, against, needs, causes)?;
        if timeless == self.document {
            return Ok(String::new());
        }
        self.document = timeless;
        json::document(reader, against, needs, causes, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(said: &[(&str, &str)]) -> Vec<(String, String)> {
        said.iter().map(|(key, line)| ((*key).to_owned(), (*line).to_owned())).collect()
    }

    #[test]
    fn a_watch_says_what_changed_and_nothing_else() {
        let at: Timestamp = "2026-12-08T22:14:05Z".parse().expect("a time");
        let mut shown = Shown::default();
        assert_eq!(shown.changed(lines(&[("1", "one"), ("2", "two")]), at), "22:14:05Z one\n22:14:05Z two");
        assert_eq!(shown.changed(lines(&[("1", "one"), ("2", "two")]), at), "");
        assert_eq!(shown.changed(lines(&[("1", "uno")]), at), "22:14:05Z uno\n22:14:05Z no longer: two");
    }

    #[test]
    fn a_stamp_is_rfc_3339_in_utc() {
        let at: Timestamp = "2026-12-08T23:14:05.9+01:00".parse().expect("a time");
        assert_eq!(stamp(at), "2026-12-08T22:14:05Z");
    }
}
