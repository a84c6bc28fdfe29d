//! Drawing: from the state to one frame of the screen.
//!
//! It takes shared references, reads no clock, no file and no environment, and changes nothing; what it finds out about
//! sizes goes back as [`Drawn`]. It decides no rule: whether a verb may be done is `plan`'s word, what is urgent `store`'s.

mod canvas;
mod causes;
mod dialogs;
mod fits;
mod format;
mod frame;
mod gates;
mod lanes;
mod parts;
mod screens;
mod view;
mod widgets;
mod words;

use ratatui::buffer::Buffer;

use crate::app::state::{Drawn, State};
use crate::theme::{Glyphs, Role, Theme};
use canvas::Canvas;
use view::View;

/// Draws one frame. Any size will do, from nothing up.
pub fn draw(frame: &mut ratatui::Frame, state: &State, theme: &Theme) -> Drawn {
    let area = frame.area();
    let mut canvas = Canvas::new(frame.buffer_mut(), View { state, theme });
    frame::draw(&mut canvas, area);
    let (drawn, cursor) = canvas.finish();
    if theme.glyphs == Glyphs::ASCII {
        to_ascii(frame.buffer_mut());
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
    drawn
}

/// Names and evidence may hold any character; a terminal that is not UTF-8 would read their bytes as commands.
fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol("?");
        }
    }
}

/// Whatever lies below a dialog stays readable, and steps back.
fn step_back(buffer: &mut Buffer, theme: &Theme) {
    let dim = theme.role(Role::Dim);
    for cell in &mut buffer.content {
        cell.set_style(ratatui::style::Style::reset().patch(dim));
    }
}
