//! The paper: puts [`Words`] on the buffer, inside its bounds, and gathers what drawing found out.
//!
//! It knows no screen and no dialog.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};

use super::view::View;
use super::words::Words;
use crate::app::state::Drawn;
use crate::theme::Role;

pub(super) struct Canvas<'a, 'b> {
    buffer: &'b mut Buffer,
    pub view: View<'a>,
    pub drawn: Drawn,
    /// Which rows of how many the list shows, if not all: the rule below it says so.
    pub part: Option<(Range<usize>, usize)>,
    cursor: Option<Position>,
}

impl<'a, 'b> Canvas<'a, 'b> {
    pub fn new(buffer: &'b mut Buffer, view: View<'a>) -> Self {
        Self { buffer, view, drawn: Drawn::default(), part: None, cursor: None }
    }

    pub fn finish(self) -> (Drawn, Option<Position>) {
        (self.drawn, self.cursor)
    }

    pub fn buffer(&mut self) -> &mut Buffer {
        self.buffer
    }

    /// Puts a line at a place, on at most `width` cells; returns how many it took.
    pub fn put(&mut self, x: u16, y: u16, width: u16, words: &Words) -> u16 {
        let bounds = self.buffer.area;
        if y < bounds.top() || y >= bounds.bottom() || x < bounds.left() || x >= bounds.right() {
            return 0;
        }
        let room = width.min(bounds.right() - x);
        let words = words.cut(usize::from(room), self.view.glyphs().ellipsis);
        let mut at = x;
        for (role, text) in words.runs() {
            let left = room.saturating_sub(at - x);
            let (next, _) = self.buffer.set_stringn(at, y, text, usize::from(left), self.view.theme.role(*role));
            self.on_ground(Rect { x: at, y, width: next - at, height: 1 });
            at = next;
        }
        if let Some(column) = words.cursor() {
            self.cursor = Some(Position::new(x.saturating_add(column as u16).min(bounds.right() - 1), y));
        }
        at - x
    }

    /// Puts a line so that it ends before `right`, on at most `width` cells.
    pub fn put_right(&mut self, right: u16, y: u16, width: u16, words: &Words) -> u16 {
        let taken = (words.width() as u16).min(width).min(right);
        self.put(right - taken, y, taken, words)
    }

    /// Lays a role over a whole area: a band, the selected row. Words with a colour keep it, be they there or put later.
    pub fn lay(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buffer.area);
        self.buffer.set_style(area, Style { fg: None, ..self.view.theme.role(role) });
        self.on_ground(area);
    }

    /// Words of the terminal's own colour take the colour that goes with the ground they stand on.
    fn on_ground(&mut self, area: Rect) {
        let grounds = [Role::Row, Role::Band].map(|role| self.view.theme.role(role));
        for place in area.positions() {
            let cell = &mut self.buffer[place];
            if cell.fg != Color::Reset || cell.bg == Color::Reset {
                continue;
            }
            if let Some(fg) = grounds.iter().find(|ground| ground.bg == Some(cell.bg)).and_then(|ground| ground.fg) {
                cell.fg = fg;
            }
        }
    }

    pub fn rule(&mut self, area: Rect) {
        let line = self.view.glyphs().rule.repeat(usize::from(area.width));
        self.put(area.x, area.y, area.width, &Words::new().dim(line));
    }

    pub fn upright(&mut self, x: u16, area: Rect) {
        for y in area.top()..area.bottom() {
            self.put(x, y, 1, &Words::new().dim(self.view.glyphs().vertical));
        }
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for place in area.positions() {
            self.buffer[place].reset();
        }
    }

    /// Puts lines below each other, wrapped; what has no room is counted in the last line.
    pub fn paragraph(&mut self, area: Rect, lines: &[Words]) {
        let wrapped: Vec<Words> = lines
            .iter()
            .flat_map(|line| if line.is_empty() { vec![Words::new()] } else { line.wrap(usize::from(area.width)) })
            .collect();
        let height = usize::from(area.height);
        let shown = if wrapped.len() > height { height.saturating_sub(1) } else { wrapped.len() };
        for (y, line) in (area.top()..area.bottom()).zip(&wrapped[..shown]) {
            self.put(area.x, y, area.width, line);
        }
        if shown < wrapped.len() && height > 0 {
            let more = format!("{} more lines, no room here", wrapped.len() - shown);
            self.put(area.x, area.bottom() - 1, area.width, &Words::new().dim(more));
        }
    }
}
