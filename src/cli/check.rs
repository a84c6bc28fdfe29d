//! `patchdeck check`: every backend, then the config. It changes nothing anywhere, and reads no rollout.

use std::time::Duration;

use color_eyre::eyre::Result;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::reading::{Depth, Reader, Seat};
use super::{Exit, cockpit, say, status, taste};
use crate::action::Verb;
use crate::backend::port::{Capability, Right};
use crate::calendar::Calendars;
use crate::config::{self, Loaded, Problem};
use crate::store::Connection;
use crate::theme;

/// More than this many seconds between their clock and ours is told in words.
const SKEWED: u64 = 60;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON instead of words
    #[arg(long)]
    json: bool,
    /// Seconds to wait for all backends together
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

pub async fn run(args: &Args, loaded: &Loaded) -> Result<Exit> {
    let mut reader = Reader::new(&loaded.config, super::rules::own(&loaded.config)?);
    reader.read(Depth::Identity, Duration::from_secs(args.timeout)).await;
    let faults: Vec<String> = loaded.secret_faults.iter().map(Problem::to_string).chain(faults(loaded)).collect();
    let notes = notes(loaded, reader.now().civil);
    let text = if args.json {
        serde_json::to_string_pretty(&as_json(&reader, loaded, &faults, &notes))?
    } else {
        in_words(&reader, loaded, &faults, &notes)
    };
    say::say(&text)?;
    let astray = reader.seats().iter().any(|seat| seat.targets.iter().any(|target| !target.wrong.is_empty()));
    let unread = reader.store.connections.values().any(|connection| connection.failure.is_some());
    Ok(match (faults.is_empty() && !astray, unread) {
        (false, _) => Exit::Usage,
        (true, true) => Exit::Unread,
        (true, false) => Exit::Well,
    })
}

/// What the config names and cannot be used: theme, keymap, host file.
fn faults(loaded: &Loaded) -> Vec<String> {
    let theme = taste::theme(loaded, theme::Depth::TrueColour, &theme::Glyphs::UNICODE).err().map(|error| error.to_string());
    let keymap = taste::keymap(loaded).err().map(|error| error.to_string());
    let hosts = loaded.config.hosts_csv.as_ref().filter(|path| path.exists()).and_then(|path| config::hosts::load(path).err());
    theme.into_iter().chain(keymap).chain(hosts.map(|problems| problems.to_string())).collect()
}

/// What was noticed and keeps nobody from using it: by the reader of the config, and by the calendar, which looks ahead.
fn notes(loaded: &Loaded, now: Timestamp) -> Vec<String> {
    let (zone, _) = cockpit::zones(&loaded.config.ui.zone);
    let advice = Calendars::new(loaded.config.calendar.clone(), zone).advice(now, jiff::tz::db());
    let advice = advice.iter().map(|one| format!("{}: {}: {}\n    {}", one.source, one.set, one.what, one.next));
    loaded.warnings.iter().map(Problem::to_string).chain(advice).collect()
}

fn in_words(reader: &Reader, loaded: &Loaded, faults: &[String], notes: &[String]) -> String {
    let mut lines = Vec::new();
    for seat in reader.seats() {
        let Some(connection) = reader.store.connection(&seat.settings.name) else { continue };
        lines.push(format!("{} ({}) at {}", connection.name, connection.kind, connection.address));
        lines.extend(of_backend(seat, connection).into_iter().map(|(what, words)| format!("  {what:<11} {words}")));
        lines.push(String::new());
    }
    lines.push(format!("config {}", loaded.path.display()));
    lines.extend(faults.iter().map(|fault| format!("  wrong: {fault}")));
    lines.extend(notes.iter().map(|note| format!("  note: {note}")));
    if faults.is_empty() && notes.is_empty() {
        lines.push("  nothing wrong with it".to_owned());
    }
    lines.join("\n")
}

fn of_backend(seat: &Seat, connection: &Connection) -> Vec<(&'static str, String)> {
    let mut rows = vec![("tls", tls(seat).to_owned())];
    if seat.identity.is_none() && seat.settings.url.starts_with("https://") && !seat.settings.insecure {
        rows = vec![("tls", "certificates are checked; this server's has not been accepted yet".to_owned())];
    }
    match &connection.failure {
        Some(failure) if failure.refused => rows.push(("refused", failure.words.to_string())),
        Some(failure) => rows.push(("not read", failure.words.to_string())),
        None => rows.insert(0, ("reachable", "yes".to_owned())),
    }
    let Some(identity) = &seat.identity else { return rows };
    rows.push(("login", identity.login.to_string()));
    let ours = connection.tenants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    rows.push(("tenant", format!("{} there, {ours} here", identity.tenant)));
    rows.push(("version", identity.version.as_ref().map_or("not told".to_owned(), ToString::to_string)));
    rows.push(("clock", clock(identity.skew)));
    rows.extend(identity.blind.iter().map(|blind| ("not seen", blind.to_string())));
    for target in &seat.targets {
        let hosts = target.hosts.map_or("not known".to_owned(), |hosts| format!("{hosts} hosts"));
        rows.push(("target", format!("{}: {hosts}", target.name)));
        rows.extend(target.wrong.iter().map(|wrong| ("wrong", format!("{}: {wrong}", target.name))));
    }
    for verb in Verb::ALL {
        rows.push(("may", format!("{:<10} {}", verb.word(), may(seat, verb))));
    }
    rows
}

fn tls(seat: &Seat) -> &'static str {
    match (seat.settings.url.starts_with("https://"), seat.settings.insecure) {
        (true, false) => "certificate checked",
        (true, true) => "INSECURE: the certificate is not checked",
        (false, _) => "none: http, everything travels in the clear",
    }
}

fn clock(skew: Option<SignedDuration>) -> String {
    match skew {
        None => "they do not say".to_owned(),
        Some(skew) if skew.unsigned_abs().as_secs() <= SKEWED => "agrees with ours".to_owned(),
        Some(skew) => {
            let way = if skew.is_negative() { "behind" } else { "ahead of" };
            format!("{} s {way} ours: times of hosts and windows are off by as much", skew.unsigned_abs().as_secs())
        }
    }
}

fn may(seat: &Seat, verb: Verb) -> String {
    let capability = seat.backend.describe().capability(verb);
    if let Capability::Unsupported(why) = &capability {
        return format!("not here: {why}");
    }
    let how = match &capability {
        Capability::Emulated(how) => format!(" ({how})"),
        _ => String::new(),
    };
    match seat.identity.as_ref().and_then(|identity| identity.rights.get(&verb)) {
        Some(Right::Yes) => format!("yes{how}"),
        Some(Right::No(why)) => format!("no: {why}"),
        Some(Right::NotKnown) | None => format!("not known{how}"),
    }
}

fn as_json(reader: &Reader, loaded: &Loaded, faults: &[String], notes: &[String]) -> Value {
    let now = reader.now();
    let backends: Vec<Value> = reader
        .seats()
        .iter()
        .filter_map(|seat| Some((seat, reader.store.connection(&seat.settings.name)?)))
        .map(|(seat, connection)| {
            let rights: serde_json::Map<String, Value> =
                Verb::ALL.into_iter().map(|verb| (verb.action().row().name.to_owned(), json!(may(seat, verb)))).collect();
            let identity = seat.identity.as_ref();
            json!({
                "name": connection.name.to_string(),
                "kind": connection.kind.to_string(),
                "address": connection.address.to_string(),
                "tenants": connection.tenants.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "reachable": connection.failure.is_none(),
                "refused": connection.failure.as_ref().is_some_and(|failure| failure.refused),
                "error": connection.failure.as_ref().map(|failure| failure.words.to_string()),
                "seen": connection.answered.map(|seen| status::stamp(now.real_at(seen))),
                "login": identity.map(|identity| identity.login.to_string()),
                "their_tenant": identity.map(|identity| identity.tenant.to_string()),
                "version": connection.version.as_ref().map(ToString::to_string),
                "skew_seconds": connection.skew.map(|skew| skew.as_secs()),
                "tls": tls(seat),
                "rights": rights,
                "targets": seat.targets.iter().map(|target| json!({
                    "name": target.name.to_string(),
                    "hosts": target.hosts,
                    "wrong": target.wrong.iter().map(ToString::to_string).collect::<Vec<_>>(),
                })).collect::<Vec<_>>(),
                "not_seen": connection.blind.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "schema": status::SCHEMA,
        "at": status::stamp(now.real),
        "backends": backends,
        "config": {
            "path": loaded.path.to_string_lossy(),
            "wrong": faults,
            "notes": notes,
        },
    })
}
