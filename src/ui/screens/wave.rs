//! Wave: its hosts, as far as pages of them were read. Places nobody has read yet are shown as such.

use std::collections::{HashMap, HashSet};

use ratatui::layout::Rect;

use super::hosts::{self, HostLine};
use crate::app::state::{RowId, SortKey};
use crate::domain::{HostId, HostRow, WaveId};
use crate::store::read::HostList;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Share};
use crate::ui::widgets::table::{self, Column, Listing};
use crate::ui::words::Words;
use crate::ui::{gates, lanes, parts};

pub fn draw(canvas: &mut Canvas, area: Rect, id: &WaveId) {
    let view = canvas.view;
    let list = view.state.list();
    let loaded = view.state.store.hosts.get(id);
    let (listed, detail) = pane::split(area, list.map_or(0, |list| list.order.len()), Share::Lines(6));
    let columns: Vec<Column<HostLine>> = std::iter::once(hosts::name()).chain(hosts::rest()).collect();
    // Some lists tell of no host when it last spoke; a column of dashes would take its room from the messages.
    let spoke = loaded.is_some_and(|hosts| hosts.rows.values().any(|row| row.value.contact.is_some()));
    let columns: Vec<Column<HostLine>> =
        columns.into_iter().filter(|column| spoke || column.sort != Some(SortKey::Contact)).collect();
    let nothing = Words::new().text(match loaded {
        None => "The hosts of this wave are being read.",
        Some(hosts) if hosts.total == 0 => "The backend lists no host in this wave yet.",
        Some(_) => "The filter hides every host that was read.",
    });
    let elsewhere = loaded.map(|hosts| moved(&view, hosts, listed.height)).unwrap_or_default();
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: caption(&view, id, loaded, listed.height),
            caption_lines: 1,
            faded: |_| false,
            list,
            columns: &columns,
            row: &|place, row| line(loaded?, &elsewhere, place, row),
            empty: vec![nothing],
        },
    );
    let Some(area) = detail else { return };
    let row = match view.selected() {
        Some(RowId::Host(host)) => loaded.and_then(|hosts| hosts.find(host)),
        _ => None,
    };
    let pane = row.map(|row| hosts::account(&view, &row.value, Some(row)));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

/// Visible hosts of a sorted or filtered list, by id: found in one walk instead of one for each row.
fn moved<'a>(view: &View, hosts: &'a HostList, height: u16) -> HashMap<&'a HostId, &'a HostRow> {
    let Some(list) = view.state.list().filter(|list| list.sort.is_some() || !list.filter.is_empty()) else {
        return HashMap::new();
    };
    let seen = &list.order[list.window(usize::from(height))];
    let seen: HashSet<&HostId> = seen
        .iter()
        .filter_map(|row| match row {
            RowId::Host(id) => Some(id),
            _ => None,
        })
        .collect();
    hosts.rows.values().map(|row| &row.value).filter(|row| seen.contains(&row.id)).map(|row| (&row.id, row)).collect()
}

/// In the backend's own order a host stands at its place.
fn line<'a>(hosts: &'a HostList, elsewhere: &HashMap<&HostId, &'a HostRow>, place: usize, row: &RowId) -> Option<HostLine<'a>> {
    match row {
        RowId::Unread(place) => Some(HostLine::Unread(*place)),
        RowId::Host(id) => {
            if let Some(row) = elsewhere.get(id) {
                return Some(HostLine::Read(row));
            }
            let at = u32::try_from(place).ok()?;
            let there = hosts.rows.get(&at).filter(|row| row.value.id == *id);
            there.or_else(|| hosts.find(id)).map(|row| HostLine::Read(&row.value))
        }
        _ => None,
    }
}

/// How the wave stands, and `rows 1-40 of 12 000, 500 read`.
fn caption(view: &View, id: &WaveId, loaded: Option<&HostList>, height: u16) -> Words {
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
            let part = format!("rows {}-{} of {}{read}", count(seen.start + 1), count(seen.end), count(hosts.total as usize));
            words = words.then(3, Words::new().dim(part));
        }
    } else {
        words = words.then(3, Words::new().dim(format!("{} hosts in all", count(hosts.total as usize))));
    }
    words
}
