//! Activity: who did what, and what is still unknown.

use ratatui::layout::Rect;

use crate::app::state::{ActivityLine, ActivityState, RowId, SortKey, State};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::parts;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;

type Col<'a> = Column<&'a ActivityLine>;

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let state = view.state;
    let list = state.list();
    let (listed, detail) = pane::split(area, list.map_or(0, |list| list.order.len()), Share::Lines(7));
    let empty = vec![
        Words::new().text("Nothing was asked of any backend yet."),
        Words::new().dim("Every verb that is confirmed appears here, with what its backend shows afterwards."),
    ];
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: real_times(&view),
            list,
            columns: &columns(),
            row: &|_, id| line(state, id),
            caption_lines: 1,
            faded: |_| false,
            empty,
        },
    );
    let Some(area) = detail else { return };
    let pane = state.selected().and_then(|id| line(state, id)).map(|line| account(&view, line));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

/// A journal tells when it really was: on a night whose clock is another one, that has to be said.
fn real_times(view: &View) -> Words {
    let is_life = (view.state.rate - 1.0).abs() < f64::EPSILON;
    if is_life { Words::new() } else { Words::new().dim("real times, as the journal has them: not those of the night's clock") }
}

/// Lines without an intent are counted from the oldest, 1 for the first, so that a new one moves none of them.
fn line<'a>(state: &'a State, id: &RowId) -> Option<&'a ActivityLine> {
    match id {
        RowId::Intent(intent) => state.activity.iter().find(|line| line.intent.as_ref() == Some(intent)),
        RowId::Line(place) => {
            let from_oldest = usize::try_from(*place).ok()?.checked_sub(1)?;
            state.activity.iter().rev().nth(from_oldest)
        }
        _ => None,
    }
}

fn outcome(state: ActivityState) -> Words {
    let role = match state {
        ActivityState::Unknown => Role::Alert,
        ActivityState::Open | ActivityState::Superseded | ActivityState::NotThere | ActivityState::Refused => Role::Warn,
        ActivityState::Verified => Role::Ok,
        ActivityState::Told => Role::Dim,
    };
    Words::of(role, state.word())
}

fn columns<'a>() -> [Col<'a>; 7] {
    [
        Col::text("WHEN", Width::Fit(5, 16), 0, |view, line| Words::new().text(view.hour(line.at, None))).sorts(SortKey::When),
        Col::text("WHO", Width::Fit(6, 16), 1, |_, line| {
            let who = Words::new().text(&line.who);
            if line.elsewhere { who.dim(" elsewhere") } else { who }
        }),
        Col::text("TENANT", Width::Fit(6, 16), 2, |view, line| match &line.tenant {
            Some(tenant) => Words::new().text(tenant.text()),
            None => Words::new().dim(view.glyphs().none),
        })
        .sorts(SortKey::Tenant),
        Col::text("ROLLOUT", Width::Fit(7, 24), 3, |view, line| match rollout(view, line) {
            Some(name) => Words::new().text(name),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::text("WHAT", Width::Flex(20), 0, |_, line| Words::new().text(&line.what)).sorts(SortKey::Name),
        Col::text("OUTCOME", Width::Fit(10, 10), 0, |_, line| outcome(line.state)).sorts(SortKey::State),
        Col::text("FOUND", Width::Flex(10), 3, |_, line| Words::new().dim(&line.found)),
    ]
}

/// Its name, where the board still has it; else what the backend calls it.
fn rollout(view: &View, line: &ActivityLine) -> Option<String> {
    let id = line.rollout.as_ref()?;
    let known = view.state.store.entry(id).map(|entry| entry.rollout.value.name.to_string());
    Some(known.unwrap_or_else(|| id.text().to_string()))
}

fn account(view: &View, line: &ActivityLine) -> Pane {
    let title = Words::new().strong(&line.what).then(3, outcome(line.state));
    let right = Words::new().dim(view.clock(line.at, None));
    let rollout = line.rollout.as_ref().map(|id| match view.state.store.entry(id) {
        Some(entry) => view.pair(id.backend.text(), &entry.rollout.value.name),
        None => view.pair(id.backend.text(), id.text()),
    });
    let mut lines = vec![parts::labelled(
        "Found",
        Words::new().text(if line.found.is_empty() { "nothing yet" } else { line.found.as_str() }),
    )];
    if line.state == ActivityState::Unknown {
        lines.push(Words::new().warn("Nobody knows what became of it. It is looked up, and never sent again by itself."));
    }
    if let Some(rollout) = rollout {
        lines.push(parts::labelled("Rollout", Words::new().text(rollout)));
    }
    let who = Words::new().text(&line.who);
    let who = if line.elsewhere { who.dim("   from another process") } else { who };
    lines.push(parts::labelled("Who", who));
    if let Some(intent) = &line.intent {
        lines.push(parts::labelled("Intent", Words::new().dim(intent.text())));
    }
    Pane { title, right, lines }
}
