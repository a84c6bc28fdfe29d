//! Board: what runs for whom, and what needs me.
//!
//! What needs a person comes first, by the order of the list.

use ratatui::layout::Rect;

use super::{About, approvals};
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::{Reading, RolloutState, Wave};
use crate::store::read::{Entry, Urgency, urgency};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::bar;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{causes, fits, format, gates, lanes, parts};

type Col<'a> = Column<&'a Entry>;

pub const ABOUT: About =
    About { question: "what runs for whom, and what needs me", looks: &[Action::Open, Action::Failures, Action::Windows] };

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let list = view.state.list();
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Half);
    let store = &view.state.store;
    let entry = |id: &RowId| match id {
        RowId::Rollout(id) => store.entry(id),
        _ => None,
    };
    let columns = columns(!view.state.calendars.is_empty());
    table::draw(
        canvas,
        listed,
        &Listing {
            faded: |entry: &&Entry| urgency(&entry.rollout.value) == Urgency::Ended,
            ..Listing::new(list, &columns, &|_, id| entry(id), empty(&view))
        },
    );
    let Some(area) = detail else { return };
    let pane = view.selected().and_then(entry).map(|entry| account(&view, entry, area.width));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

/// Without a calendar there is no column for windows, and the pace stands where else the fit does.
fn columns<'a>(windows: bool) -> Vec<Col<'a>> {
    let fit = if windows { "FIT, END" } else { "PACE, END" };
    let mut columns = vec![
        Col::text("TENANT", Width::Fit(6, 16), 0, |_, entry| Words::new().text(entry.rollout.value.tenant.text()))
            .sorts(SortKey::Tenant),
        Col::text("ROLLOUT", Width::Flex(16), 0, |_, entry| Words::new().text(&entry.rollout.value.name)).sorts(SortKey::Name),
        Col::text("BACKEND", Width::Fit(7, 16), 3, |_, entry| Words::new().text(entry.rollout.value.id.backend.text())).wide(),
        Col::text("RELEASE", Width::Fit(7, 24), 3, |view, entry| match &entry.rollout.value.release {
            Some(release) => Words::new().text(&release.name),
            None => Words::new().dim(view.glyphs().none),
        })
        .wide(),
        Col::text("STATE", Width::Fit(13, 24), 0, |view, entry| parts::standing(view, entry)).sorts(SortKey::State),
        Col::text("THEIR WORD", Width::Fit(10, 20), 4, |_, entry| Words::new().dim(&entry.rollout.value.native)).wide(),
        Col::text("WAVES", Width::Fit(7, 19), 5, |view, entry| {
            bar::of_waves(&entry.rollout.value, entry.waves(), 19, view.glyphs())
        }),
        Col::figure("DONE", Width::Fixed(5), 3, |view, entry| match entry.rollout.value.counts {
            Some(counts) if counts.done == 0 => Words::new().dim("0%"),
            Some(counts) => Words::new().text(format!("{}%", counts.done_share())),
            None => Words::new().dim(view.glyphs().none),
        })
        .sorts(SortKey::Done),
        Col::figure("FAILED", Width::Fixed(7), 0, |view, entry| match entry.rollout.value.counts {
            Some(counts) if entry.rollout.value.state.has_ended() => parts::was_failed(counts.failed),
            Some(counts) => parts::failed(counts.failed),
            None => Words::new().dim(view.glyphs().none),
        })
        .sorts(SortKey::Failed),
        Col::figure("LEFT", Width::Fit(5, 7), 2, |view, entry| match entry.rollout.value.counts {
            Some(counts) => parts::quiet(counts.left()),
            None => Words::new().dim(view.glyphs().none),
        })
        .sorts(SortKey::Left),
        Col::text(fit, Width::Fit(9, 19), 4, |view, entry| fits::brief(view, entry)),
        Col::figure("SEEN", Width::Fixed(5), 1, |view, entry| seen(view, entry)).sorts(SortKey::Seen),
    ];
    if windows {
        let place = columns.len() - 2;
        columns.insert(place, Col::text("WINDOW", Width::Fit(6, 20), 3, |view, entry| fits::window(view, entry)));
    }
    columns
}

fn seen(view: &View, entry: &Entry) -> Words {
    let connection = view.state.store.connections.get(&entry.rollout.value.id.backend);
    let lost = connection.is_some_and(|connection| {
        matches!(connection.reading(&view.state.now), Reading::Unreachable(_) | Reading::Failing(_) | Reading::Refused(_))
    });
    let age = parts::age(entry.rollout.age(&view.state.now));
    // An ended rollout is read seldom, and nobody waits for news of it.
    let quiet = entry.rollout.value.state.has_ended() && entry.rollout.value.at_work() == 0;
    let age = if quiet { age.all(Role::Dim) } else { age };
    if lost { age.all(Role::Alert) } else { age }
}

fn empty(view: &View) -> Vec<Words> {
    let store = &view.state.store;
    let state = view.state.list();
    if state.is_some_and(|list| list.of > 0) {
        return vec![Words::new().text("The filter hides every rollout.")];
    }
    let more =
        view.key(Action::Backends).map_or(Words::new(), |key| Words::new().dim("How the backends do: ").role(Role::Key, key));
    let first = if store.connections.is_empty() {
        "No backend is configured. The config names one or more under [[backend]]."
    } else if store.connections.values().all(|connection| connection.board_seen.is_none()) {
        "No backend has answered yet. Rollouts appear here as soon as one does."
    } else {
        "No rollout is live. New ones appear here by themselves."
    };
    vec![Words::new().text(first), more]
}

/// Everything the board tells about one rollout.
pub fn account(view: &View, entry: &Entry, width: u16) -> Pane {
    let rollout = &entry.rollout.value;
    let title = Words::new().strong(view.pair(rollout.tenant.text(), &rollout.name)).then(3, parts::reason(view, entry));
    let release = rollout.release.as_ref().map_or(Words::new(), |release| Words::new().dim(&release.name));
    let mut lines = Vec::new();
    if let Some(said) = parts::under_pause(entry) {
        lines.push(Words::new().text(said));
    }
    if urgency(rollout) == Urgency::Person && !rollout.state.is_paused() {
        lines.push(approvals::effect(view, entry));
    }
    lines.push(status(view, entry));
    let beside = lanes::of_rollout(view, &rollout.id);
    if !beside.is_empty() {
        lines.push(Words::new().dim("not failed, but: ").and(beside));
    }
    lines.extend(parts::undone(view, entry).map(|told| Words::new().dim("undone ").and(told)));
    lines.extend(fits::account(view, entry));
    if entry.unlisted.is_some() && !rollout.state.has_ended() {
        lines.push(Words::new().warn("The backend no longer lists it as live; its end is being read."));
    }
    lines.push(Words::new());
    lines.extend(wave_lines(view, entry, usize::from(width)));
    lines.push(Words::new());
    lines.extend(causes::why(view, entry, usize::from(width).saturating_sub(3)));
    lines.extend(parts::call(view, entry, usize::from(width).saturating_sub(3)));
    Pane { title, right: release, lines }
}

/// Hosts by what they do, and when the rest is through.
fn status(view: &View, entry: &Entry) -> Words {
    let rollout = &entry.rollout.value;
    let Some(counts) = rollout.counts else {
        return Words::new().warn("This login sees no counts of it.");
    };
    let mut words = Words::new()
        .text(format::count(counts.done.into()))
        .dim(format!(" of {} reported done, ", format::count(counts.total.into())))
        .and(lanes::verified(&view.state.store.coverage(&rollout.id)));
    let mut part = |number: u32, role: Role, said: &str| {
        if number > 0 {
            words = words.clone().then(3, Words::of(role, format::count(number.into())).dim(format!(" {said}")));
        }
    };
    part(counts.running, Role::Text, "at work");
    part(counts.waiting, Role::Text, "waiting");
    part(counts.failed, Role::Alert, "failed");
    part(counts.skipped, Role::Text, "skipped");
    part(counts.cancelled, Role::Text, "cancelled");
    part(counts.unknown, Role::Warn, "cannot tell");
    if rollout.state == RolloutState::Running {
        let end = gates::end(view, &entry.pace, counts.left(), &rollout.tenant);
        words = words.then(3, Words::new().dim("pace ").and(end));
    }
    if rollout.open_ended {
        words = words.then(3, Words::new().warn("open-ended: new hosts may join"));
    }
    words
}

/// One line a wave: name, bar, counts, and what there is to say.
fn wave_lines(view: &View, entry: &Entry, width: usize) -> Vec<Words> {
    let waves = entry.waves();
    if waves.is_empty() {
        return vec![Words::new().dim("Its waves are not read yet.")];
    }
    let bar_width = if width >= 100 { 20 } else { 10 };
    let names = parts::names(waves);
    let places = parts::places(waves);
    let of = |wave: &Wave| format!("{}/{}", wave.counts.done, wave.counts.total);
    // A cell of air before the longest.
    let figures = waves.iter().map(|wave| of(wave).len() + 1).max().unwrap_or(0).max(11);
    waves
        .iter()
        .map(|wave| {
            let counts = of(wave);
            let line = Words::new()
                .dim(format!("{:>places$} ", wave.ordinal))
                .and(Words::new().text(&wave.name).filled(names + 2, view.glyphs().ellipsis))
                .and(bar::of_wave(wave.state, &wave.counts, bar_width, view.glyphs()))
                .text(format!("{counts:>figures$}   "));
            let room = width.saturating_sub(line.width() + 3);
            line.and(gates::note(view, entry, wave, room))
        })
        .collect()
}
