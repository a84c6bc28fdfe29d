//! Wave: its hosts, the failed ones first, as far as pages of them were read. Places nobody has read yet are shown as such.

use std::collections::{HashMap, HashSet};

use ratatui::layout::Rect;

use super::About;
use super::hosts::{self, HostLine};
use crate::action::Action;
use crate::app::state::{ListState, RowId, SortKey};
use crate::domain::{Fresh, HostId, HostRow, WaveId};
use crate::store::read::HostList;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Share};
use crate::ui::widgets::table::{self, Column, Listing};
use crate::ui::words::Words;
use crate::ui::{gates, lanes, parts};

pub const ABOUT: About =
    About { question: "the hosts of one wave", looks: &[Action::Open, Action::Mark, Action::Copy, Action::Check] };

pub fn draw(canvas: &mut Canvas, area: Rect, id: &WaveId) {
    let view = canvas.view;
    let list = view.state.list();
    let loaded = view.state.store.hosts.get(id);
    let top = view.state.store.failed_first(id);
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Lines(6));
    let columns: Vec<Column<HostLine>> = std::iter::once(hosts::name()).chain(hosts::rest()).collect();
    // Some lists tell of no host when it last spoke; a column of dashes would take its room from the messages.
    let all = || loaded.into_iter().flat_map(|hosts| hosts.rows.values());
    let spoke = top.iter().copied().chain(all()).any(|row| row.value.contact.is_some());
    let columns: Vec<Column<HostLine>> =
        columns.into_iter().filter(|column| spoke || column.sort != Some(SortKey::Contact)).collect();
    let nothing = Words::new().text(match loaded {
        None => "The hosts of this wave are being read.",
        Some(hosts) if hosts.total == 0 => "The backend lists no host in this wave yet.",
        Some(_) => "The filter hides every host that was read.",
    });
    let elsewhere = moved(&view, &top, loaded, listed.height);
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: caption(&view, id, top.len(), loaded, listed.height),
            ..Listing::new(list, &columns, &|place, row| line(loaded, &elsewhere, place, row), vec![nothing])
        },
    );
    let Some(area) = detail else { return };
    let row = match view.selected() {
        Some(RowId::Host(host)) => {
            top.iter().copied().find(|row| row.value.id == *host).or_else(|| loaded.and_then(|hosts| hosts.find(host)))
        }
        _ => None,
    };
    let pane = row.map(|row| hosts::account(&view, &row.value, Some(row)));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

/// Visible hosts of a list that is not in the backend's own order, by id: found in one walk instead of one for each row.
fn moved<'a>(
    view: &View,
    top: &[&'a Fresh<HostRow>],
    loaded: Option<&'a HostList>,
    height: u16,
) -> HashMap<&'a HostId, &'a HostRow> {
    let own_order = |list: &&ListState| list.sort.is_none() && list.filter.is_empty() && top.is_empty();
    let Some(list) = view.state.list().filter(|list| !own_order(list)) else { return HashMap::new() };
    let seen = &list.order[list.window(usize::from(height))];
    let seen: HashSet<&HostId> = seen
        .iter()
        .filter_map(|row| match row {
            RowId::Host(id) => Some(id),
            _ => None,
        })
        .collect();
    let all = loaded.into_iter().flat_map(|hosts| hosts.rows.values());
    let rows = all.chain(top.iter().copied()).map(|row| &row.value);
    rows.filter(|row| seen.contains(&row.id)).map(|row| (&row.id, row)).collect()
}

/// In the backend's own order a host stands at its place.
fn line<'a>(
    hosts: Option<&'a HostList>,
    elsewhere: &HashMap<&HostId, &'a HostRow>,
    place: usize,
    row: &RowId,
) -> Option<HostLine<'a>> {
    match row {
        RowId::Unread(place) => Some(HostLine::Unread(*place)),
        RowId::Host(id) => {
            if let Some(row) = elsewhere.get(id) {
                return Some(HostLine::Read(row));
            }
            let (at, hosts) = (u32::try_from(place).ok()?, hosts?);
            let there = hosts.rows.get(&at).filter(|row| row.value.id == *id);
            there.or_else(|| hosts.find(id)).map(|row| HostLine::Read(&row.value))
        }
        _ => None,
    }
}

/// How the wave stands, and `16 failed first, rows 1-40 of 12 000, 500 read`.
fn caption(view: &View, id: &WaveId, top: usize, loaded: Option<&HostList>, height: u16) -> Words {
    let mut words = match view.state.store.wave(id) {
        Some(wave) => parts::wave_state(wave.state)
            .then(3, gates::now(&wave.gate, &wave.counts))
            .then(3, lanes::coverage(view, &view.state.store.coverage_of_wave(wave))),
        None => Words::new(),
    };
    let (Some(hosts), Some(list)) = (loaded, view.state.list()) else { return words };
    // Caption and column names take a line each.
    let seen = list.window(usize::from(height.saturating_sub(2)));
    let count = |number: usize| format::count(number as u64);
    if list.filter.is_empty() {
        let read =
            if hosts.rows.len() < hosts.total as usize { format!(", {} read", count(hosts.rows.len())) } else { String::new() };
        if !seen.is_empty() {
            let first = if top > 0 { format!("{} failed first, ", count(top)) } else { String::new() };
            let total = hosts.total as usize;
            let (from, to) = ((seen.start + 1).min(total), seen.end.min(total));
            let part = format!("{first}rows {}-{} of {}{read}", count(from), count(to), count(total));
            words = words.then(3, Words::new().dim(part));
        }
    } else {
        words = words.then(3, Words::new().dim(format!("{} hosts in all", count(hosts.total as usize))));
    }
    words
}
