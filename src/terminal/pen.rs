//! Turns changed cells into bytes, in memory: the ratatui backend behind the painter.
//!
//! It writes to nothing but its own buffer, knows the size it was told, and stays silent when nothing changed: no colour
//! resets for an empty frame, no cursor move to where the cursor already is. It never asks the terminal.

use std::io;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

pub(super) struct Pen {
    bytes: Vec<u8>,
    size: Size,
    /// Where the frame wants the cursor; `None` is hidden.
    wanted: Option<Position>,
    /// What the terminal was last told.
    shown: Option<Position>,
}

impl Pen {
    /// A pen for a screen of this size whose cursor is hidden.
    pub(super) fn new(size: Size) -> Self {
        Self { bytes: Vec::new(), size, wanted: None, shown: None }
    }

    pub(super) fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    /// The cursor was hidden by someone else: the guard does so when it enters.
    pub(super) fn forget_cursor(&mut self) {
        self.shown = None;
    }

    /// What has to be written for the frame to show; empty if it shows already.
    pub(super) fn take(&mut self) -> Vec<u8> {
        // Drawing cells moves the cursor, so a shown one is placed again after them.
        if self.wanted != self.shown || (self.wanted.is_some() && !self.bytes.is_empty()) {
            match self.wanted {
                None => self.bytes.extend_from_slice(b"\x1b[?25l"),
                Some(at) => {
                    self.bytes.extend_from_slice(format!("\x1b[{};{}H", u32::from(at.y) + 1, u32::from(at.x) + 1).as_bytes());
                    if self.shown.is_none() {
                        self.bytes.extend_from_slice(b"\x1b[?25h");
                    }
                }
            }
            self.shown = self.wanted;
        }
        std::mem::take(&mut self.bytes)
    }
}

/// Modifiers that can be seen on a blank.
const SEEN: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

/// The same cells, with the letter colour of a blank taken from the cell before it: nobody sees it, and each change of it is
/// forty bytes on a bad link.
fn thrifty<'a>(content: impl Iterator<Item = (u16, u16, &'a Cell)>) -> Vec<(u16, u16, Cell)> {
    let (mut ink, mut modifier) = (Color::Reset, Modifier::empty());
    let is_bare = |cell: &Cell| cell.symbol() == " " && !cell.modifier.intersects(SEEN);
    content
        .map(|(x, y, cell)| {
            let mut cell = cell.clone();
            if is_bare(&cell) && !modifier.intersects(SEEN) {
                (cell.fg, cell.modifier) = (ink, modifier);
            }
            (ink, modifier) = (cell.fg, cell.modifier);
            (x, y, cell)
        })
        .collect()
}

impl Backend for Pen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let cells = thrifty(content);
        if cells.is_empty() {
            return Ok(());
        }
        CrosstermBackend::new(&mut self.bytes).draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell)))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.wanted = None;
        Ok(())
    }

    /// Where to is said by `set_cursor_position`, which always follows.
    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.shown.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.wanted = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        CrosstermBackend::new(&mut self.bytes).clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;
    use rstest::rstest;

    fn cell(symbol: &'static str, style: Style) -> Cell {
        let mut cell = Cell::new(symbol);
        cell.set_style(style);
        cell
    }

    #[rstest]
    #[case::another_letter_colour(Style::new().blue(), Style::new().bold().red())]
    #[case::bold(Style::new().blue().bold(), Style::new())]
    fn a_blank_keeps_its_ground_and_takes_the_letter_before_it(#[case] letter: Style, #[case] blank: Style) {
        let cells = [cell("a", letter), cell(" ", blank.on_green()), cell("b", letter)];
        let thrifty = thrifty(cells.iter().zip(0..).map(|(cell, x)| (x, 0, cell)));
        assert_eq!(thrifty[1].2, cell(" ", letter.on_green()));
        assert_eq!((&thrifty[0].2, &thrifty[2].2), (&cells[0], &cells[2]));
    }

    #[rstest]
    #[case::its_own_line(Style::new().blue(), Style::new().red().underlined())]
    #[case::its_own_reverse(Style::new().blue(), Style::new().red().reversed())]
    #[case::the_letter_is_underlined(Style::new().blue().underlined(), Style::new().red())]
    #[case::the_letter_is_reversed(Style::new().reversed(), Style::new().red())]
    fn what_can_be_seen_on_a_blank_stays(#[case] letter: Style, #[case] blank: Style) {
        let cells = [cell("a", letter), cell(" ", blank)];
        let thrifty = thrifty(cells.iter().zip(0..).map(|(cell, x)| (x, 0, cell)));
        assert_eq!(thrifty[1].2, cells[1]);
    }
}
