//! The detail of a list: a title, something at its right, and lines. Under the list, or beside it where there is room.

use std::ops::Range;

use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::state::ListState;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::view::View;
use crate::ui::words::Words;

/// From this many columns on, the detail stands beside the list.
pub const WIDE: u16 = 160;
/// Below this many lines there is a list and nothing else.
const TALL: u16 = 16;

/// A list keeps this many lines, so that the detail does not jump while its first rows come in.
const LEAST: u16 = 7;

/// What a pane says.
#[derive(Default)]
pub struct Pane {
    pub title: Words,
    pub right: Words,
    pub lines: Vec<Words>,
}

/// How much the detail wants beside its list.
#[derive(Clone, Copy)]
pub enum Share {
    /// It is half of the screen's question.
    Half,
    /// The list is what counts; the detail gets at most this many lines below it.
    Lines(u16),
}

/// Splits a body into list and detail. `rows` is how many the list has. With every column asked for the list has the whole
/// width.
pub fn split(view: &View, area: Rect, rows: usize, share: Share) -> (Rect, Option<Rect>) {
    if area.width >= WIDE && !view.state.wide {
        let list = area.width * 3 / 5;
        let detail = Rect { x: area.x + list, width: area.width - list, ..area };
        return (Rect { width: list, ..area }, Some(detail));
    }
    if area.height < TALL {
        return (area, None);
    }
    let list = match share {
        // Caption and column names, the rows, and a line of air.
        Share::Half => u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(3).clamp(LEAST, area.height / 2),
        Share::Lines(lines) => area.height - lines.min(area.height / 3),
    };
    (Rect { height: list, ..area }, Some(Rect { y: area.y + list, height: area.height - list, ..area }))
}

/// Which part of a detail that does not fit is seen, on its rule or last line, and the keys that move it.
fn more(canvas: &mut Canvas, area: Rect, seen: Range<usize>, of: usize) {
    let part = Words::new().dim(format!(" lines {}-{} of {of}", seen.start + 1, seen.end));
    let key = |action| canvas.view.key(action);
    let keys = match (key(Action::DetailDown), key(Action::DetailUp)) {
        (Some(down), Some(up)) => Words::of(Role::Key, format!("{down} {up}")).gap(1),
        _ => Words::new(),
    };
    let words = part.then(2, keys);
    let below = area.y > 0 && area.x == 0;
    if below {
        canvas.put(area.x + 2, area.y, area.width / 2, &words);
    } else {
        canvas.put_right(area.right(), area.bottom() - 1, area.width, &words);
    }
}

/// Draws a pane with the rule that parts it from its list; nothing if it has nothing to say.
pub fn draw(canvas: &mut Canvas, area: Rect, pane: &Pane) {
    if pane.title.is_empty() && pane.lines.is_empty() {
        return;
    }
    let inner = if area.y > 0 && area.x == 0 {
        canvas.rule(Rect { height: 1, ..area });
        if let Some((seen, of)) = canvas.part.take() {
            let count = |number: usize| format::count(number as u64);
            let said = format!(" rows {}-{} of {} ", count(seen.start + 1), count(seen.end), count(of));
            canvas.put_right(area.right() - 1, area.y, area.width, &Words::new().dim(said));
        }
        Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(3), height: area.height.saturating_sub(1) }
    } else {
        canvas.upright(area.x, area);
        Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area }
    };
    if inner.height == 0 {
        return;
    }
    let width = usize::from(inner.width);
    let wrap = |line: &Words| if line.is_empty() { vec![Words::new()] } else { line.wrap(width) };
    let mut lines = pane.title.wrap(width);
    let title = lines.len();
    lines.extend(pane.lines.iter().flat_map(wrap));
    // Of two parts of which one has nothing to say, the air of both is not left.
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    // Where there is little room, words come before air.
    if lines.len() > usize::from(inner.height) {
        lines.retain(|line| !line.is_empty());
    }
    let room = usize::from(inner.height);
    canvas.drawn.detail = Some((room, lines.len()));
    let from = canvas.view.state.list().map_or(0, ListState::detail).min(lines.len().saturating_sub(room));
    canvas.paragraph(inner, &lines[from..(from + room).min(lines.len())]);
    if lines.len() > room {
        more(canvas, area, from..from + room, lines.len());
    }
    if from > 0 {
        return;
    }
    // What stands at the right takes the first line near the title that has room for it.
    let free = (0..=title).find(|at| lines.get(*at).is_none_or(|line| line.width() + pane.right.width() + 3 <= width));
    if let Some(at) = free.filter(|at| *at + 1 < usize::from(inner.height)) {
        canvas.put_right(inner.right(), inner.y + at as u16, inner.width, &pane.right);
    }
}
