//! Rollout: its waves, and of the selected one the gate as the server holds it, with everything that surrounds it.

use ratatui::layout::Rect;

use super::{About, hosts};
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::{Relation, RolloutId, Wave, WaveState};
use crate::store::read::Entry;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::bar;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{causes, format, gates, lanes, parts};

/// Failed hosts that are told one by one.
const TOLD: usize = 8;

/// A wave with the rollout it belongs to.
type Row<'a> = (&'a Entry, &'a Wave);
type Col<'a> = Column<Row<'a>>;

pub const ABOUT: About = About { question: "waves, gates and pace of one rollout", looks: &[Action::Open, Action::Check] };

pub fn draw(canvas: &mut Canvas, area: Rect, id: &RolloutId) {
    let view = canvas.view;
    let list = view.state.list();
    let Some(entry) = view.state.store.entry(id) else {
        let gone = Words::new().text("This rollout is not known any more: the backend lists it neither as live nor as ended.");
        canvas.paragraph(Rect { x: area.x + 2, y: area.y + 1, width: area.width - 3, height: area.height - 1 }, &[gone]);
        return;
    };
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Half);
    let wave = |id: &RowId| match id {
        RowId::Wave(id) => entry.waves().iter().find(|wave| wave.id == *id).map(|wave| (entry, wave)),
        _ => None,
    };
    let empty = vec![Words::new().text("Its waves are not read yet. They are asked for now.")];
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: parts::reason(&view, entry),
            caption_lines: 2,
            ..Listing::new(list, &columns(), &|_, id| wave(id), empty)
        },
    );
    if let Some(area) = detail {
        pane::draw(canvas, area, &account(&view, entry, usize::from(area.width).saturating_sub(3)));
    }
}

fn columns<'a>() -> [Col<'a>; 10] {
    [
        Col::text("WAVE", Width::Flex(14), 0, |_, (entry, wave)| {
            let places = parts::places(entry.waves());
            Words::new().dim(format!("{:>places$} ", wave.ordinal)).text(&wave.name)
        })
        .sorts(SortKey::Name),
        Col::text("STATE", Width::Fit(10, 12), 0, |_, (_, wave)| parts::wave_state(wave.state)).sorts(SortKey::State),
        Col::text("HOSTS", Width::Fixed(16), 5, |view, (_, wave)| bar::of_wave(wave.state, &wave.counts, 16, view.glyphs())),
        Col::figure("SURE/DONE/ALL", Width::Fit(13, 17), 1, |view, (_, wave)| {
            lanes::coverage(view, &view.state.store.coverage_of_wave(wave))
        })
        .sorts(SortKey::Done),
        Col::figure("FAILED", Width::Fixed(7), 0, |_, (_, wave)| parts::failed(wave.counts.failed)).sorts(SortKey::Failed),
        Col::figure("LEFT", Width::Fit(5, 7), 2, |_, (_, wave)| parts::quiet(wave.counts.left())).sorts(SortKey::Left),
        Col::text("BESIDE", Width::Fit(8, 30), 3, |view, (_, wave)| lanes::brief(view, &wave.id)),
        Col::text("GATE", Width::Fit(10, 26), 3, |_, (_, wave)| {
            if wave.state.has_begun() { gates::now(&wave.gate, &wave.counts) } else { gates::ahead(&wave.gate) }
        }),
        Col::text("PACE, END", Width::Fit(14, 19), 4, |view, (entry, wave)| match entry.wave_pace.get(&wave.id) {
            Some(pace) if wave.counts.left() > 0 => gates::brief(view, pace, wave.counts.left(), &entry.rollout.value.tenant),
            _ => Words::new().dim(view.glyphs().none),
        }),
        Col::figure("SEEN", Width::Fixed(5), 1, |view, (entry, _)| match &entry.waves {
            Some(waves) => parts::age(waves.age(&view.state.now)),
            None => Words::new().dim(view.glyphs().none),
        }),
    ]
}

fn account(view: &View, entry: &Entry, width: usize) -> Pane {
    let rollout = &entry.rollout.value;
    let wave = match view.selected() {
        Some(RowId::Wave(id)) => entry.waves().iter().find(|wave| wave.id == *id),
        _ => None,
    };
    let title = match wave {
        Some(wave) => {
            let name = format!("wave {} of {} {} {}", wave.ordinal, entry.waves().len(), view.glyphs().separator, wave.name);
            let state = if wave.state == WaveState::Running { parts::wave_state(wave.state) } else { Words::new() };
            let before = Words::new().strong(name).then(3, state);
            let room = width.saturating_sub(before.width() + 3);
            before.then(3, gates::note(view, entry, wave, room))
        }
        None => Words::new().strong(&rollout.name),
    };
    let right = rollout.release.as_ref().map_or(Words::new(), |release| Words::new().dim(&release.name));
    let mut lines = vec![Words::new()];
    if let Some(wave) = wave {
        lines.extend(gates::rules(view, entry, wave).into_iter().map(|(label, words)| parts::labelled(label, words)));
        let before: Vec<String> = wave
            .after
            .iter()
            .filter_map(|id| entry.waves().iter().find(|wave| wave.id == *id))
            .map(|wave| format!("{} {}", wave.ordinal, wave.name))
            .collect();
        if !before.is_empty() {
            lines.push(parts::labelled("After", Words::new().text(before.join(", "))));
        }
    }
    if let Some(wave) = wave {
        lines.push(parts::labelled("Done", lanes::check(view, wave)));
        let aside = lanes::account(view, &wave.id).into_iter().enumerate();
        lines.extend(aside.map(|(at, line)| parts::labelled(if at == 0 { "Beside" } else { "" }, line)));
    }
    if let Some(said) = parts::under_pause(entry) {
        lines.push(parts::labelled("Paused", Words::new().text(said)));
    }
    lines.push(Words::new());
    lines.extend(parts::call(view, entry, width));
    lines.push(Words::new());
    // A wave is selected, and these are of the rollout.
    let mut why = causes::why(view, entry, width);
    if let Some(head) = why.first_mut().filter(|_| entry.waves().len() > 1) {
        *head = head.clone().dim("   in all waves");
    }
    lines.extend(why);
    lines.extend(failures(view, entry, width));
    lines.push(Words::new());
    lines.extend(origin(view, entry));
    Pane { title, right, lines }
}

/// Who made it, who let it on, when it starts, and what it belongs to.
fn origin(view: &View, entry: &Entry) -> Vec<Words> {
    let rollout = &entry.rollout.value;
    let tenant = Some(&rollout.tenant);
    let mut lines = Vec::new();
    if rollout.created.is_some() || rollout.created_by.is_some() {
        let by = rollout.created_by.as_ref().map_or(String::new(), |by| format!("by {by}"));
        let at = rollout.created.map_or(String::new(), |at| view.clock(at, tenant));
        lines.push(parts::labelled("Made", Words::new().text(at).then(1, Words::new().text(by))));
    }
    if let Some(by) = &rollout.approval.by {
        let remark = rollout.approval.remark.as_ref().map_or(Words::new(), |remark| Words::new().dim(format!("\"{remark}\"")));
        lines.push(parts::labelled("Decided", Words::new().text(format!("by {by}")).then(3, remark)));
    }
    if let Some(at) = rollout.starts {
        let passed = at <= view.state.now.civil;
        let word = if passed { Words::new().warn("passed") } else { Words::new().dim("the backend starts it by itself") };
        lines.push(parts::labelled("Starts", Words::new().text(view.clock(at, tenant)).then(3, word)));
    }
    for related in &rollout.related {
        let label = match related.relation {
            Relation::RetryOf => "Retry of",
            Relation::RollbackOf => "Undoes",
        };
        let name = view
            .state
            .store
            .entry(&related.rollout)
            .map_or_else(|| related.rollout.text(), |entry| entry.rollout.value.name.clone());
        lines.push(parts::labelled(label, Words::new().text(name)));
    }
    lines.extend(parts::undone(view, entry).map(|told| parts::labelled("Undone", told)));
    lines
}

/// The newest words of failed hosts, as far as they were read: a line each, the whole of it stands at the host.
fn failures(view: &View, entry: &Entry, width: usize) -> Vec<Words> {
    let rollout = &entry.rollout.value;
    let Some(list) = view.state.store.failures.get(&rollout.id).filter(|list| list.total > 0) else { return Vec::new() };
    let head = format!("FAILED   {} of {} read", list.rows.len(), format::hosts(list.total));
    let mut lines = vec![Words::new(), Words::new().dim(head)];
    let name_width = list.rows.values().map(|row| Words::new().text(&row.value.name).width()).max().unwrap_or(0).min(24);
    for row in list.rows.values().take(TOLD) {
        let row = &row.value;
        let name = Words::new().text(&row.name).filled(name_width + 2, view.glyphs().ellipsis);
        let said = match hosts::message(view, row) {
            Some(message) => Words::new().text(message),
            None => Words::new().dim("its words are not read yet"),
        };
        lines.push(Words::new().alert(view.glyphs().dot_full).gap(1).and(name).and(said).cut(width, view.glyphs().ellipsis));
    }
    if list.rows.len() > TOLD {
        lines.push(Words::new().dim(format!("  {} more of them; their wave lists every host", list.rows.len() - TOLD)));
    }
    lines
}
