//! Activity: who did what, and what is still unknown.

use ratatui::layout::Rect;

use super::About;
use crate::action::Action;
use crate::app::state::{ActivityLine, ActivityState, RowId, SortKey, State, row_of};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::parts;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;

/// A row: one line, or several that tell of arming only, newest first. Never empty.
type Lines<'a> = &'a [ActivityLine];
type Col<'a> = Column<Lines<'a>>;

pub const ABOUT: About = About { question: "who did what, what is still unknown", looks: &[Action::Copy] };

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let state = view.state;
    let list = state.list();
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Lines(7));
    let empty = vec![
        Words::new().text("Nothing was asked of any backend yet."),
        Words::new().dim("Every verb that is confirmed appears here, with what its backend shows afterwards."),
    ];
    table::draw(
        canvas,
        listed,
        &Listing { caption: real_times(&view), ..Listing::new(list, &columns(), &|_, id| lines(state, id), empty) },
    );
    let Some(area) = detail else { return };
    let pane = state.selected().and_then(|id| lines(state, id)).map(|lines| account(&view, lines));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

/// A journal tells when it really was: on a night whose clock is another one, that has to be said.
fn real_times(view: &View) -> Words {
    let is_life = (view.state.rate - 1.0).abs() < f64::EPSILON;
    if is_life { Words::new() } else { Words::new().dim("real times, as the journal has them: not those of the night's clock") }
}

fn lines<'a>(state: &'a State, id: &RowId) -> Option<Lines<'a>> {
    match id {
        RowId::Intent(intent) => {
            let at = state.activity.iter().position(|line| line.intent.as_ref() == Some(intent))?;
            Some(&state.activity[at..=at])
        }
        RowId::Line(place) => row_of(&state.activity, *place),
        _ => None,
    }
}

/// What all lines have in common; `several` where they differ.
fn common<'a, T: PartialEq>(lines: Lines<'a>, of: impl Fn(&'a ActivityLine) -> T, show: impl Fn(&T) -> Words) -> Words {
    let first = of(&lines[0]);
    if lines.iter().all(|line| of(line) == first) { show(&first) } else { Words::new().dim("several") }
}

/// Of several lines how often they say `armed`; the newest stands in what was found.
fn what(lines: Lines) -> Words {
    let armed = lines.iter().filter(|line| line.what.as_str().starts_with("armed")).count();
    match (lines, armed) {
        ([line], _) => Words::new().text(&line.what),
        (_, 0 | 1) => Words::new().dim("armed"),
        (_, times) => Words::new().dim(format!("armed {times} times")),
    }
}

fn found(lines: Lines) -> Words {
    let [newest, _, ..] = lines else { return Words::new().dim(&lines[0].found) };
    Words::new().dim(format!("at last {}", newest.what))
}

fn outcome(state: ActivityState) -> Words {
    let role = match state {
        ActivityState::Unknown => Role::Alert,
        ActivityState::Open | ActivityState::Superseded | ActivityState::NotThere | ActivityState::Refused => Role::Warn,
        ActivityState::Verified => Role::Ok,
        ActivityState::Told | ActivityState::Arming => Role::Dim,
    };
    Words::of(role, state.word())
}

fn columns<'a>() -> [Col<'a>; 7] {
    [
        Col::text("WHEN", Width::Fit(5, 16), 0, |view, lines| Words::new().text(view.hour(lines[0].at, None)))
            .sorts(SortKey::When),
        Col::text("WHO", Width::Fit(6, 16), 1, |_, lines| {
            common(
                lines,
                |line| (&line.who, line.elsewhere),
                |(who, elsewhere)| {
                    let who = Words::new().text(*who);
                    if *elsewhere { who.dim(" elsewhere") } else { who }
                },
            )
        }),
        Col::text("TENANT", Width::Fit(6, 16), 2, |view, lines| {
            common(
                lines,
                |line| line.tenant.as_ref(),
                |tenant| match tenant {
                    Some(tenant) => Words::new().text(tenant.text()),
                    None => Words::new().dim(view.glyphs().none),
                },
            )
        })
        .sorts(SortKey::Tenant),
        Col::text("ROLLOUT", Width::Fit(7, 24), 3, |view, lines| match rollout(view, &lines[0]) {
            Some(name) => Words::new().text(name),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::text("WHAT", Width::Flex(20), 0, |_, lines| what(lines)).sorts(SortKey::Name),
        Col::text("OUTCOME", Width::Fit(10, 10), 0, |_, lines| outcome(lines[0].state)).sorts(SortKey::State),
        Col::text("FOUND", Width::Flex(10), 3, |_, lines| found(lines)),
    ]
}

/// Its name, where the board still has it; else what the backend calls it.
fn rollout(view: &View, line: &ActivityLine) -> Option<String> {
    let id = line.rollout.as_ref()?;
    let known = view.state.store.entry(id).map(|entry| entry.rollout.value.name.to_string());
    Some(known.unwrap_or_else(|| id.text().to_string()))
}

fn account(view: &View, lines: Lines) -> Pane {
    let [line] = lines else { return arming(view, lines) };
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

/// Every line of a row that holds several.
fn arming(view: &View, all: Lines) -> Pane {
    let line = |line: &ActivityLine| {
        let tenant = line.tenant.as_ref().map_or(Words::new(), |tenant| Words::new().text(tenant.text()));
        let who = if line.elsewhere { format!("{} elsewhere", line.who) } else { line.who.to_string() };
        Words::new()
            .dim(view.hour(line.at, None))
            .then(3, tenant)
            .then(3, Words::new().text(&line.what))
            .then(3, Words::new().dim(who))
    };
    Pane {
        title: what(all).then(3, found(all)),
        right: Words::new().dim(view.clock(all[0].at, None)),
        lines: all.iter().map(line).collect(),
    }
}
