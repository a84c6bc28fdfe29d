//! Windows: what is allowed now and next, per tenant, and does the work fit.
//!
//! ```text
//!                     ▾ 23:14
//!            20    21    22    23    Wed   01 ...
//! ▌acme      ·     ·  ███████┃────█▒▒    ·          1h46 to 01:00      can't tell
//!  initech   ╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱┃╱╱╱╱╱╱╱╱╱╱╱╱╱          frozen to 4 Jan
//! ```
//!
//! On narrow screens a list says the same. The line of now moves by the cell; nothing else moves by time alone.

mod account;
mod line;
mod said;
mod theirs;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::About;
use crate::action::Action;
use crate::app::state::{ListState, SortKey};
use crate::domain::{HostSet, Period, Verdict, WindowState};
use crate::store::read::Entry;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane;
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{fits, format};
use said::set;

/// From this many columns on the line of time is drawn.
const WIDE: u16 = 96;
/// Cells of names at most, and of what stands behind the line.
const NAMES: usize = 20;
const STATE: u16 = 21;
/// `starts Wed 02:00, 3 more`.
const FIT: u16 = 24;
/// Below this many lines there is no detail.
const TALL: u16 = 16;

pub const ABOUT: About = About {
    question: "what is allowed now and next, and does the work fit",
    looks: &[Action::NextOpening, Action::Open, Action::ZoomIn, Action::ZoomOut, Action::Zone, Action::Export],
};

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let list = view.state.list();
    let rows = list.map_or(0, |list| list.order.len());
    // The line of time wants width more than height: its detail stands below.
    let (listed, detail) = below(area, rows);
    match list.filter(|list| listed.width >= WIDE && !list.order.is_empty()) {
        Some(list) => timeline(canvas, listed, list),
        None => narrow(canvas, listed, list),
    }
    let (Some(area), Some(set)) = (detail, view.selected().and_then(set)) else { return };
    pane::draw(canvas, area, &account::of(&view, set, area));
}

/// The rows with the axis above and the legend below them, and the rest.
fn below(area: Rect, rows: usize) -> (Rect, Option<Rect>) {
    if area.height < TALL {
        return (area, None);
    }
    let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(5);
    let list = wanted.clamp(area.height / 3, area.height / 2);
    (Rect { height: list, ..area }, Some(Rect { y: area.y + list, height: area.height - list, ..area }))
}

fn timeline(canvas: &mut Canvas, area: Rect, list: &ListState) {
    let view = canvas.view;
    let body = Rect { y: area.y + 2, height: area.height.saturating_sub(4), ..area };
    canvas.drawn.page = usize::from(body.height);
    let window = list.window(usize::from(body.height));
    let seen: Vec<&HostSet> = list.order[window.clone()].iter().filter_map(set).collect();
    canvas.part = (window.len() < list.order.len()).then_some((window, list.order.len()));
    let names = seen.iter().map(|set| said::name(set).width()).max().unwrap_or(0).clamp(6, NAMES) as u16;
    let from = area.x + 2 + names + 2;
    let width = area.width.saturating_sub(from - area.x + STATE + FIT + 4);
    let zone = axis_zone(&view);
    let Some(range) = view.state.timeline.range(view.state.now.civil, &zone) else { return };
    let marks = view.state.timeline.marks(range, &zone);
    let head = Rect { x: from, width, height: 1, ..area };
    line::head(canvas, head, range, &zone);
    line::axis(canvas, Rect { y: area.y + 1, ..head }, range, &marks);
    for (y, set) in (body.y..).zip(seen) {
        let row = Row::of(&view, set);
        let selected = view.selected().and_then(said::set) == Some(set);
        let name = said::name(set);
        let name = if selected { name.recast(Role::Text, Role::Strong) } else { name };
        canvas.put(area.x + 2, y, names, &name);
        line::row(canvas, Rect { x: from, y, width, height: 1 }, &row, range, &marks);
        canvas.put(from + width + 2, y, STATE, &beside(&view, &row));
        canvas.put_right(area.right() - 1, y, FIT, &fit(&view, &row));
        if selected {
            canvas.put(body.x, y, 1, &Words::new().accent(view.glyphs().selected));
            // Not over the line itself: a reversed row would show what is open as shut.
            let behind = from + width + 1;
            canvas.lay(Rect { y, height: 1, width: from - body.x - 1, ..body }, Role::Row);
            canvas.lay(Rect { x: behind, y, height: 1, width: body.right().saturating_sub(behind) }, Role::Row);
        }
        canvas.drawn.hits.push((y, crate::app::state::RowId::Set(set.clone())));
    }
    foot(canvas, Rect { y: area.bottom().saturating_sub(1), height: 1, ..area }, list);
}

/// The axis is in the zone of the screen; where each tenant's own is shown, in the selected one's.
fn axis_zone(view: &View) -> TimeZone {
    view.state.zone_for(view.selected().and_then(set).map(|set| &set.tenant))
}

/// How many stand how, or what the filter leaves; and what the signs mean.
fn foot(canvas: &mut Canvas, area: Rect, list: &ListState) {
    let view = canvas.view;
    let room = usize::from(area.width.saturating_sub(3));
    let counted = match list.filter.as_str() {
        "" => counted(&view),
        filter => {
            let said = Words::new().dim("filter ").text(crate::domain::Text::new(filter));
            said.dim(format!("   {} of {}", list.order.len(), list.of))
        }
    };
    canvas.put(area.x + 2, area.y, room as u16, &counted);
    let legend = line::legend(view.glyphs(), room.saturating_sub(counted.width() + 3));
    canvas.put_right(area.right() - 1, area.y, area.width, &legend);
}

fn counted(view: &View) -> Words {
    let standing = view.state.timeline.standing;
    let kinds = [
        (standing.open, Role::Ok, "open"),
        (standing.past_cutoff, Role::Warn, "past their cutoff"),
        (standing.frozen, Role::Freeze, "frozen"),
        (standing.closed, Role::Text, "closed"),
        (standing.no_window, Role::Text, "without a window"),
    ];
    let told = kinds.into_iter().filter(|(number, ..)| *number > 0);
    told.fold(Words::new(), |words, (number, role, said)| {
        words.then(3, Words::of(role, number.to_string()).dim(format!(" {said}")))
    })
}

/// One set of hosts, with what is asked of it for a row.
struct Row<'a> {
    set: &'a HostSet,
    verdict: Verdict,
    live: Vec<&'a Entry>,
}

impl<'a> Row<'a> {
    fn of(view: &View<'a>, set: &'a HostSet) -> Self {
        Self { set, verdict: view.state.calendars.at(set, None, view.state.now.civil), live: view.state.live(set) }
    }
}

/// What stands behind the line: the state, the override that holds, or that a backend says otherwise.
fn beside(view: &View, row: &Row) -> Words {
    let now = view.state.now.civil;
    let held = view.state.overrides_of(row.set).find(|held| held.period.holds(now));
    match (held, &row.verdict.state) {
        (Some(held), state) if !matches!(state, WindowState::Open { .. } | WindowState::NoWindow) => {
            Words::new().warn(format!("override {}", fits::left(view, held.period.to())))
        }
        _ => match view.state.theirs_of(row.set).find(|theirs| theirs.conflict.is_some()) {
            Some(theirs) => fits::conflict(theirs),
            None => fits::standing(view, &row.verdict),
        },
    }
}

/// The fit of the set's most urgent rollout, and how many more there are.
fn fit(view: &View, row: &Row) -> Words {
    match row.live.first() {
        Some(entry) => {
            let (more, first) = (row.live.len() - 1, fits::brief(view, entry));
            match more {
                0 => first,
                _ if first.is(view.glyphs().none) => Words::new().dim(format::some(more as u32 + 1, "rollout")),
                _ => first.dim(format!(", {more} more")),
            }
        }
        None => Words::new().dim("nothing runs"),
    }
}

fn narrow(canvas: &mut Canvas, area: Rect, list: Option<&ListState>) {
    let view = canvas.view;
    let empty = if list.is_some_and(|list| list.of > 0) {
        vec![Words::new().text("The filter hides every tenant.")]
    } else {
        let board = view.key(Action::Board).map_or(Words::new(), |key| Words::of(Role::Key, key).dim(" the board"));
        let config = "Tenants come with the backends; windows are written in the config under [[window]] and [[freeze]].";
        vec![Words::new().text("No tenant is known yet."), Words::new().dim(config), board]
    };
    let row = |place: usize| list.and_then(|list| list.order.get(place)).and_then(set).map(|set| Row::of(&view, set));
    table::draw(canvas, area, &Listing::new(list, &columns(), &|place, _| row(place), empty));
}

fn columns<'a>() -> [Column<Row<'a>>; 7] {
    [
        Column::text("TENANT", Width::Flex(8), 0, |_, row: &Row| said::name(row.set)).sorts(SortKey::Tenant),
        Column::text("STATE", Width::Fit(9, 13), 0, |_, row: &Row| said::state(&row.verdict)).sorts(SortKey::State),
        Column::text("WINDOW", Width::Fit(12, 20), 1, beside),
        Column::text("OPENS", Width::Fit(5, 9), 4, |view, row| edge(view, row, |period, _| period.from())),
        Column::text("CUTOFF", Width::Fit(6, 9), 2, |view, row| edge(view, row, |_, cutoff| cutoff)),
        Column::text("CLOSES", Width::Fit(6, 9), 3, |view, row| edge(view, row, |period, _| period.to())),
        Column::figure("FIT", Width::Fit(5, FIT), 0, fit),
    ]
}

fn edge(view: &View, row: &Row, of: fn(Period, Timestamp) -> Timestamp) -> Words {
    match &row.verdict.opening {
        Some(opening) => Words::new().text(view.short(of(opening.period, opening.cutoff), Some(&row.set.tenant))),
        None => Words::new().dim(view.glyphs().none),
    }
}
