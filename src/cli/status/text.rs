//! The board as plain lines: a table for one look, sentences for `--watch`. No colour and no cursor moves, so that a screen
//! reader, a pipe and a pager get the same.

use jiff::Timestamp;

use crate::cli::columns::{aligned, row};
use crate::cli::reading::Reader;
use crate::domain::{Need, Reading};
use crate::store::read::{Soak, why};
use crate::store::{Connection, Entry};

/// The whole board.
pub(super) fn table(reader: &Reader, needs: &[Need], causes: usize) -> String {
    let now = reader.now();
    let time = |mono| now.real_at(mono).strftime("%H:%M:%SZ").to_string();
    let connections: Vec<&Connection> = reader.store.connections.values().collect();
    let read = connections.iter().filter(|connection| connection.failure.is_none()).count();
    let mut lines =
        vec![format!("{}: {read} of {} backends read, {}", super::stamp(now.real), connections.len(), counted(needs.len()))];

    let mut rows = vec![row(["BACKEND", "STATE", "LOGIN", "SEEN", ""])];
    for connection in connections {
        rows.push(vec![
            connection.name.to_string(),
            word(&connection.reading(&now)).to_owned(),
            connection.login.as_ref().map_or("-".to_owned(), ToString::to_string),
            connection.board_seen.map_or("never".to_owned(), time),
            connection
                .failure
                .as_ref()
                .map_or(String::new(), |failure| failure.behind(word(&connection.reading(&now))).to_owned()),
        ]);
    }
    lines.push(String::new());
    lines.extend(aligned(&rows, &[]));

    let mut rows = vec![row(["TENANT", "ROLLOUT", "STATE", "WAVES", "DONE", "OF", "FAILED", "LEFT", "SEEN"])];
    for entry in reader.store.board() {
        let rollout = &entry.rollout.value;
        let figure = |of: fn(&crate::domain::Counts) -> u32| {
            rollout.counts.as_ref().map_or("-".to_owned(), |counts| of(counts).to_string())
        };
        rows.push(vec![
            rollout.tenant.to_string(),
            rollout.name.to_string(),
            state(entry, now.civil),
            waves(entry),
            figure(|counts| counts.done),
            figure(|counts| counts.total),
            figure(|counts| counts.failed),
            figure(crate::domain::Counts::left),
            time(entry.rollout.seen),
        ]);
    }
    lines.push(String::new());
    if rows.len() == 1 {
        lines.push("no rollouts".to_owned());
    } else {
        lines.extend(aligned(&rows, &[4, 5, 6, 7]));
    }
    lines.extend(causes_table(reader, causes));
    lines.push(String::new());
    if needs.is_empty() {
        lines.push("nothing needs a person".to_owned());
    } else {
        lines.push("NEEDS A PERSON".to_owned());
        lines.extend(needs.iter().map(|need| said(need).1));
    }
    lines.join("\n")
}

/// Why hosts failed, the widest spread first.
fn causes_table(reader: &Reader, most: usize) -> Vec<String> {
    let ranked = reader.store.queue.clusters().ranked();
    if ranked.is_empty() || most == 0 {
        return Vec::new();
    }
    let mut rows = vec![row(["CAUSE", "HOSTS", "READ", "TENANTS", "NEXT STEP", "SIGNATURE"])];
    for cluster in ranked.iter().take(most) {
        let tenants: Vec<String> = cluster.tenants().iter().map(|(tenant, _)| tenant.to_string()).collect();
        let code = cluster.signature.code.as_ref().map(|code| format!("{code} ")).unwrap_or_default();
        rows.push(vec![
            cluster.signature.class.to_string(),
            cluster.hosts().to_string(),
            cluster.read().to_string(),
            tenants.join(","),
            cluster.retry().word().to_owned(),
            format!("{code}{}", cluster.signature.text),
        ]);
    }
    let mut lines = vec![String::new()];
    lines.extend(aligned(&rows, &[1, 2]));
    if ranked.len() > most {
        lines.push(format!("{} more causes", ranked.len() - most));
    }
    lines
}

/// One sentence a thing, with a key to know the thing by.
pub(super) fn sentences(reader: &Reader, needs: &[Need], causes: usize) -> Vec<(String, String)> {
    let now = reader.now();
    let mut lines = Vec::new();
    for connection in reader.store.connections.values() {
        let mut line = format!("backend {}: {}", connection.name, word(&connection.reading(&now)));
        if let Some(failure) = &connection.failure {
            line.push_str(", ");
            line.push_str(failure.behind(word(&connection.reading(&now))));
        }
        lines.push((format!("backend {}", connection.name), line));
    }
    for entry in reader.store.board() {
        let rollout = &entry.rollout.value;
        let said = why(rollout, entry.waves()).map_or_else(|| state(entry, now.civil), |why| why.to_string());
        let mut line = format!("{} {}: {said}", rollout.tenant, rollout.name);
        if let Some(counts) = rollout.counts {
            let figures = format!(", {} of {} done, {} failed, {} left", counts.done, counts.total, counts.failed, counts.left());
            line.push_str(&figures);
        }
        if entry.waves.is_some() {
            line.push_str(", waves ");
            line.push_str(&waves(entry));
        }
        lines.push((format!("rollout {:?}", rollout.id), line));
    }
    for cluster in reader.store.queue.clusters().ranked().into_iter().take(causes) {
        let (hosts, read) = (cluster.hosts(), cluster.read());
        let line = format!("cause {}: {hosts} failed, read {read}, next: {}", cluster.signature, cluster.retry().word());
        lines.push((format!("cause {}", cluster.signature), line));
    }
    lines.extend(needs.iter().map(|need| {
        let (key, line) = said(need);
        (format!("need {key}"), format!("needs a person: {line}"))
    }));
    lines
}

/// The state in words; what ended and still has hosts at work says so, and a soak when it is over, which stands still.
fn state(entry: &Entry, now: Timestamp) -> String {
    let rollout = &entry.rollout.value;
    match entry.soak(now) {
        Some((_, Soak::Until(until))) => return format!("soaking to {}", until.strftime("%H:%M:%SZ")),
        Some((_, Soak::Open)) => return "soaking, and nobody said since when".to_owned(),
        None => {}
    }
    let word = rollout.state.word();
    if rollout.state.has_ended() && rollout.at_work() > 0 {
        return format!("{word}, {} still work", rollout.at_work());
    }
    word.to_owned()
}

fn waves(entry: &Entry) -> String {
    match &entry.waves {
        Some(waves) => {
            let begun = waves.value.iter().filter(|wave| wave.state.has_begun()).count();
            format!("{begun} of {} begun", waves.value.len())
        }
        None => entry.rollout.value.waves.map_or("not read".to_owned(), |all| format!("{all}, not read")),
    }
}

fn word(reading: &Reading) -> &'static str {
    match reading {
        Reading::Waiting => "not read",
        Reading::Live => "live",
        Reading::Stale => "stale",
        Reading::Unreachable(_) => "unreachable",
        Reading::Failing(_) => "failing",
        Reading::Refused(_) => "refused",
    }
}

fn said(need: &Need) -> (String, String) {
    let tenant = need.tenant.as_ref().map_or(String::new(), |tenant| format!("{tenant}: "));
    let key = format!("{:?} {:?} {:?} {:?}", need.kind, need.rollout, need.backend, need.intent);
    (key, format!("{tenant}{}", need.what))
}

fn counted(needs: usize) -> String {
    match needs {
        0 => "nothing needs a person".to_owned(),
        1 => "1 thing needs a person".to_owned(),
        more => format!("{more} things need a person"),
    }
}
