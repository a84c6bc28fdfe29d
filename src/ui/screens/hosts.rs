//! Hosts as rows: what the lists of a wave and of a search have in common, and the account of the selected one.

use super::failed;
use crate::app::state::SortKey;
use crate::domain::{Failure, Fresh, HostFacts, HostRow, HostState, Signature, Text};
use crate::ui::view::View;
use crate::ui::widgets::pane::Pane;
use crate::ui::widgets::table::{Column, Width};
use crate::ui::words::Words;
use crate::ui::{causes, format, parts};

/// A place in a list of hosts.
pub enum HostLine<'a> {
    /// Nobody has read it; its place is known.
    Unread(u32),
    Read(&'a HostRow),
}

type Col<'a> = Column<HostLine<'a>>;

pub fn name<'a>() -> Col<'a> {
    Col::text("HOST", Width::Fit(14, 32), 0, |_, line| match line {
        HostLine::Read(row) => Words::new().text(&row.name),
        HostLine::Unread(place) => Words::new().dim(format!("{}  not read yet", format::count(u64::from(*place) + 1))),
    })
    .sorts(SortKey::Name)
}

/// The columns behind the name.
pub fn rest<'a>() -> [Col<'a>; 5] {
    [
        Col::text("STATE", Width::Fit(9, 14), 0, |_, line| read(line, |row| parts::host_state(row.state))).sorts(SortKey::State),
        Col::figure("CODE", Width::Fit(5, 11), 3, |view, line| {
            read(line, |row| match row.code {
                Some(code) => Words::new().text(code.to_string()),
                None => Words::new().dim(view.glyphs().none),
            })
        })
        .sorts(SortKey::Code),
        Col::text("MESSAGE", Width::Flex(16), 2, |view, line| {
            read(line, |row| match message(view, row) {
                Some(message) => Words::new().text(message),
                None => Words::new().dim(view.glyphs().none),
            })
        }),
        Col::figure("CONTACT", Width::Fit(8, 12), 1, |view, line| read(line, |row| contact(view, row))).sorts(SortKey::Contact),
        Col::text("ADDRESS", Width::Fit(8, 40), 4, |view, line| {
            read(line, |row| match &row.address {
                Some(address) => Words::new().dim(address),
                None => Words::new().dim(view.glyphs().none),
            })
        })
        .wide(),
    ]
}

/// What it said last: of a failure the line that tells why, else what came with the row, or with the failures of its rollout,
/// which are read on their own.
pub(super) fn message(view: &View, row: &HostRow) -> Option<Text> {
    match failure(view, row) {
        // Its progress is not why.
        Some(failure) if failure.signature.is_wordless() => Some(Text::new(Signature::WORDLESS)),
        failure => failure.and_then(failed::telling).or_else(|| newest(view, row).cloned()),
    }
}

/// The diagnosed failure that a row is about, as long as nothing newer was tried on the host.
fn failure<'a>(view: &View<'a>, row: &HostRow) -> Option<&'a Failure> {
    view.state.store.queue.failure(row.attempt.as_ref()?).filter(|_| row.state == HostState::Failed)
}

fn newest<'a>(view: &View<'a>, row: &'a HostRow) -> Option<&'a Text> {
    let elsewhere = || {
        let failures = view.state.store.failures.get(&row.wave.as_ref()?.rollout)?;
        let known = &failures.find(&row.id)?.value;
        known.message.as_ref().filter(|_| known.attempt == row.attempt)
    };
    row.message.as_ref().or_else(|| if row.state == HostState::Failed { elsewhere() } else { None })
}

fn read<'a>(line: &HostLine<'a>, cell: impl Fn(&'a HostRow) -> Words) -> Words {
    match line {
        HostLine::Read(row) => cell(row),
        HostLine::Unread(_) => Words::new(),
    }
}

fn contact(view: &View, row: &HostRow) -> Words {
    match row.contact {
        Some(at) => {
            let ago = format::ago(view.civil_ago(at));
            if row.overdue { Words::new().warn(format!("{ago} late")) } else { Words::new().text(ago) }
        }
        // A list that tells no time says nothing of the host; its own screen knows.
        None => Words::new().dim(view.glyphs().none),
    }
}

/// What is known of one row, in full words.
pub fn account(view: &View, row: &HostRow, fresh: Option<&Fresh<HostRow>>) -> Pane {
    let code = row.code.map_or(Words::new(), |code| Words::new().dim(format!("code {code}")));
    let title = Words::new().strong(&row.name).then(3, parts::host_state(row.state)).then(3, code);
    let right = fresh.map_or(Words::new(), |fresh| parts::age(fresh.age(&view.state.now)));
    let mut lines = Vec::new();
    if let Some(since) = row.attempt.as_ref().and_then(|attempt| view.state.store.queue.overtaken_by(attempt)) {
        lines.push(Words::new().warn("tried again since").text(", the newest try is ").and(parts::host_state(since.state)));
    }
    lines.push(match message(view, row) {
        Some(message) => Words::new().text(message),
        None => Words::new().dim("Its words are not read yet; opening it reads them."),
    });
    if let Some(failure) = failure(view, row).filter(|failure| failure.is_read()) {
        let meaning = Words::new().text(failure.signature.class.to_string()).then(3, causes::next_step(failure.retry()));
        lines.push(meaning.then(3, causes::rule(failure.cause().map(|cause| &**cause))));
    }
    if let Some(facts) = view.state.store.facts_of(&row.id, &row.name) {
        lines.push(known(facts));
    }
    Pane { title, right, lines }
}

/// What the user's own file says of a host, in one line.
pub fn known(facts: &HostFacts) -> Words {
    let one = |label: &str, value: Option<&crate::domain::Text>| match value {
        Some(value) => Words::new().dim(format!("{label} ")).text(value),
        None => Words::new(),
    };
    let peers: Vec<&str> = facts.peers.iter().map(AsRef::as_ref).collect();
    let peers = if peers.is_empty() { Words::new() } else { Words::new().dim("peers ").text(peers.join(", ")) };
    one("role", facts.role.as_ref())
        .then(3, one("site", facts.site.as_ref()))
        .then(3, one("service", facts.service.as_ref()))
        .then(3, peers)
        .then(3, one("contact", facts.contact.as_ref()))
}
