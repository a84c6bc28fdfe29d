//! Found: hosts whose name holds what was searched for, over every backend, with how much of each answer is shown.

use ratatui::layout::Rect;

use super::About;
use super::hosts::{self, HostLine};
use crate::action::Action;
use crate::app::state::RowId;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;

pub const ABOUT: About = About { question: "hosts by a part of their name", looks: &[Action::Open, Action::Mark, Action::Copy] };

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let list = view.state.list();
    let found = &view.state.store.found;
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Lines(6));
    let columns: Vec<Column<HostLine>> = [hosts::name(), tenant(), backend()].into_iter().chain(hosts::rest()).collect();
    let host = |id: &RowId| match id {
        RowId::Host(id) => found.hosts.get(id),
        _ => None,
    };
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: caption(&view),
            caption_lines: 2,
            ..Listing::new(list, &columns, &|_, id| host(id).map(HostLine::Read), empty(&view))
        },
    );
    let Some(area) = detail else { return };
    let pane = view.selected().and_then(host).map(|row| hosts::account(&view, row, None));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

fn tenant<'a>() -> Column<HostLine<'a>> {
    Column::text("TENANT", Width::Fit(6, 16), 1, |view: &View, line| match line {
        HostLine::Read(row) => match view.state.store.connections.get(&row.id.backend).map(|known| known.tenants.as_slice()) {
            Some([one]) => Words::new().text(one.text()),
            Some([]) | None => Words::new().dim(view.glyphs().none),
            Some(several) => Words::new().dim(format!("one of {}", several.len())),
        },
        HostLine::Unread(_) => Words::new(),
    })
}

fn backend<'a>() -> Column<HostLine<'a>> {
    Column::text("BACKEND", Width::Fit(7, 16), 2, |_: &View, line| match line {
        HostLine::Read(row) => Words::new().dim(row.id.backend.text()),
        HostLine::Unread(_) => Words::new(),
    })
}

/// What was searched for, and of each backend how much is shown: `acme-hb 12 of 40`.
fn caption(view: &View) -> Words {
    let found = &view.state.store.found;
    if found.text.is_empty() {
        return Words::new();
    }
    let words = Words::new().dim("hosts with ").text(&found.text).dim(" in their name");
    found.totals.iter().fold(words, |words, (backend, total)| {
        let shown = found.hosts.keys().filter(|id| id.backend == *backend).count();
        let said = format!("{backend} {shown} of {}", crate::ui::format::count(total.value.into()));
        let said = if shown < total.value as usize { Words::new().warn(said).dim(" shown") } else { Words::new().dim(said) };
        words.then(3, said)
    })
}

fn empty(view: &View) -> Vec<Words> {
    let found = &view.state.store.found;
    let first = if found.text.is_empty() {
        "Nothing was searched for yet."
    } else if found.totals.is_empty() {
        "No backend has answered yet."
    } else {
        "No backend knows such a host."
    };
    let next = view.key(Action::Find).map_or(Words::new(), |key| Words::of(Role::Key, key).dim(" searches by a part of a name"));
    vec![Words::new().text(first), next]
}
