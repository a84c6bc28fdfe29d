//! The detail of a list: a title, something at its right, and lines. Under the list, or beside it where there is room.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::words::Words;

/// From this many columns on, the detail stands beside the list.
pub const WIDE: u16 = 160;
/// Below this many lines there is a list and nothing else.
const TALL: u16 = 16;

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

/// Splits a body into list and detail. `rows` is how many the list has.
pub fn split(area: Rect, rows: usize, share: Share) -> (Rect, Option<Rect>) {
    if area.width >= WIDE {
        let list = area.width * 3 / 5;
        let detail = Rect { x: area.x + list, width: area.width - list, ..area };
        return (Rect { width: list, ..area }, Some(detail));
    }
    if area.height < TALL {
        return (area, None);
    }
    let list = match share {
        // Caption and column names, the rows, and a line of air.
        Share::Half => u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(3).clamp(area.height / 3, area.height / 2),
        Share::Lines(lines) => area.height - lines.min(area.height / 3),
    };
    (Rect { height: list, ..area }, Some(Rect { y: area.y + list, height: area.height - list, ..area }))
}

/// Draws a pane with the rule that parts it from its list.
pub fn draw(canvas: &mut Canvas, area: Rect, pane: &Pane) {
    let inner = if area.y > 0 && area.x == 0 {
        canvas.rule(Rect { height: 1, ..area });
        Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(3), height: area.height.saturating_sub(1) }
    } else {
        canvas.upright(area.x, area);
        Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area }
    };
    if inner.height == 0 {
        return;
    }
    let width = usize::from(inner.width);
    let mut title = pane.title.wrap(width);
    if title.len() == 1 && pane.title.width() + pane.right.width() + 2 <= width {
        canvas.put_right(inner.right(), inner.y, inner.width, &pane.right);
    } else if !pane.right.is_empty() {
        title.push(pane.right.clone());
    }
    title.extend(pane.lines.iter().cloned());
    canvas.paragraph(inner, &title);
}
