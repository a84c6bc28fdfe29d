//! Approvals: what waits for a person, with the evidence to decide.
//!
//! It says what an approval would really do; whether it may be done is asked freshly when the key is pressed.

use ratatui::layout::Rect;

use super::About;
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::{PausedBy, RolloutState};
use crate::store::read::Entry;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{causes, format, gates, parts};

type Col<'a> = Column<&'a Entry>;

pub const ABOUT: About = About { question: "what waits for a person, with the evidence to decide", looks: &[Action::Open] };

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let list = view.state.list();
    let store = &view.state.store;
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Half);
    let empty = vec![
        Words::new().text("Nothing waits for a person."),
        Words::new().dim("Approvals, and rollouts that pause at a gate, appear here as soon as a backend tells of them."),
    ];
    let entry = |id: &RowId| match id {
        RowId::Rollout(id) => store.entry(id),
        _ => None,
    };
    table::draw(canvas, listed, &Listing::new(list, &columns(), &|_, id| entry(id), empty));
    let Some(area) = detail else { return };
    let width = usize::from(area.width).saturating_sub(3);
    let pane = view.selected().and_then(entry).map(|entry| evidence(&view, entry, width));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

fn columns<'a>() -> [Col<'a>; 7] {
    [
        Col::text("TENANT", Width::Fit(6, 16), 0, |_, entry| Words::new().text(entry.rollout.value.tenant.text()))
            .sorts(SortKey::Tenant),
        Col::text("ROLLOUT", Width::Flex(16), 0, |_, entry| Words::new().text(&entry.rollout.value.name)).sorts(SortKey::Name),
        Col::text("WAITS", Width::Fit(13, 24), 0, |_, entry| parts::state(&entry.rollout.value)).sorts(SortKey::State),
        Col::figure("HOSTS", Width::Fit(5, 7), 1, |view, entry| match entry.rollout.value.counts {
            Some(counts) => Words::new().text(format::count(counts.total.into())),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::text("MADE BY", Width::Fit(7, 16), 3, |view, entry| match &entry.rollout.value.created_by {
            Some(by) => Words::new().text(by),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::text("STARTS", Width::Fit(6, 22), 2, |view, entry| starts(view, entry)),
        Col::figure("SEEN", Width::Fixed(5), 1, |view, entry| parts::age(entry.rollout.age(&view.state.now)))
            .sorts(SortKey::Seen),
    ]
}

fn starts(view: &View, entry: &Entry) -> Words {
    let rollout = &entry.rollout.value;
    match rollout.starts {
        Some(at) if at <= view.state.now.civil => Words::new().warn(format!("{}, passed", view.hour(at, Some(&rollout.tenant)))),
        Some(at) => Words::new().text(view.hour(at, Some(&rollout.tenant))),
        None => Words::new().dim("by hand"),
    }
}

fn evidence(view: &View, entry: &Entry, width: usize) -> Pane {
    let rollout = &entry.rollout.value;
    let title = Words::new().strong(view.pair(rollout.tenant.text(), &rollout.name)).then(3, parts::reason(view, entry));
    let right = rollout.release.as_ref().map_or(Words::new(), |release| Words::new().dim(&release.name));
    let mut lines = vec![Words::new(), parts::labelled("Would do", effect(view, entry))];
    if !rollout.description.is_empty() {
        lines.push(parts::labelled("About", Words::new().text(&rollout.description)));
    }
    lines.push(match &rollout.release {
        Some(release) => parts::labelled("Release", Words::new().text(&release.name)),
        None => parts::labelled("Release", Words::new().warn("the backend names none")),
    });
    let by = rollout.created_by.as_ref().map_or(Words::new(), |by| Words::new().text(format!("by {by}")));
    let at = rollout.created.map_or(Words::new(), |at| Words::new().text(view.clock(at, Some(&rollout.tenant))));
    lines.push(parts::labelled("Made", at.then(1, by)));
    lines.push(parts::labelled("Starts", starts(view, entry)));
    lines.push(Words::new());
    if entry.waves().is_empty() {
        lines.push(Words::new().dim("Its waves are not read yet."));
    }
    let places = parts::places(entry.waves());
    let names = parts::names(entry.waves());
    for wave in entry.waves() {
        let limit = wave
            .gate
            .failed
            .as_ref()
            .map_or(Words::new().warn("no failure limit"), |limit| Words::new().dim(format!("pauses over {limit} failed")));
        let head = Words::new()
            .dim(format!("{:>places$} ", wave.ordinal))
            .and(Words::new().text(&wave.name).filled(names, view.glyphs().ellipsis))
            .text(format!(" {:>12}   ", format::hosts(wave.counts.total)));
        let room = width.saturating_sub(head.width());
        let said = if wave.state.has_begun() {
            gates::note(view, entry, wave, room)
        } else {
            gates::fitting(vec![(0, gates::ahead(&wave.gate)), (1, limit)], room)
        };
        lines.push(head.and(said));
    }
    lines.push(Words::new());
    lines.extend(causes::why(view, entry, width));
    if let Some(told) = causes::elsewhere(view, entry) {
        lines.extend([parts::labelled("Elsewhere", told), Words::new()]);
    }
    lines.extend(parts::call(view, entry, width));
    Pane { title, right, lines }
}

/// What a yes would really do, judged from what was read last. The dialog reads again.
pub(super) fn effect(view: &View, entry: &Entry) -> Words {
    let rollout = &entry.rollout.value;
    let hosts = rollout.counts.map_or_else(|| "an unknown number of hosts".to_owned(), |counts| format::hosts(counts.total));
    match &rollout.state {
        // What waits in the middle is a gate, and a yes begins nothing.
        RolloutState::WaitsForYou if entry.waves().iter().any(|wave| wave.state.has_begun()) => {
            let next =
                entry.next_wave().map_or_else(String::new, |next| format!(" before wave {} \"{}\"", next.ordinal, next.name));
            Words::new().text(format!("approve turns one key of the gate{next}; another person then begins it"))
        }
        RolloutState::WaitsForYou => {
            let waves = match (rollout.waves, entry.waves().len()) {
                (Some(1), _) | (None, 1) => "its only wave".to_owned(),
                (Some(waves), _) => format!("ALL {waves} waves"),
                (None, 0) => "ALL waves".to_owned(),
                (None, waves) => format!("ALL {waves} waves"),
            };
            let words = Words::new().text(format!("approve covers {waves}, {hosts}"));
            match rollout.starts {
                Some(at) if at <= view.state.now.civil => words.warn("; its start time has passed: it may start at once"),
                Some(_) => words.text("; it starts by itself at its time"),
                None => words.text("; it starts when somebody starts it"),
            }
        }
        RolloutState::Paused(PausedBy::Gate { .. }) => match entry.next_wave() {
            Some(next) => Words::new().text(format!(
                "resume begins wave {} \"{}\", {}",
                next.ordinal,
                next.name,
                format::hosts(next.counts.total)
            )),
            None => Words::new().text("resume goes on; no wave is left to begin"),
        },
        _ => parts::under_pause(entry)
            .map_or_else(|| Words::new().dim("nothing waits here any more"), |said| Words::new().text(said)),
    }
}
