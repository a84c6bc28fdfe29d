//! One file a dialog. Each says what stands in its sheet; the sheet draws it.
//!
//! Keys inside a dialog are the dialog's own and named as such; only help and palette show keys of the keymap.

mod arm;
mod bulk;
mod help;
mod hosts;
mod name;
mod note;
mod override_;
mod palette;
mod plan;
mod quit;
mod ticket;
mod which;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::view::View;
use super::widgets::sheet::{self, Sheet};
use super::words::Words;
use crate::app::state::Dialog;
use crate::theme::Role;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, dialog: &Dialog) {
    let view = canvas.view;
    let width = sheet::inner_width(area.width);
    let sheet = match dialog {
        Dialog::Plan(dialog) => plan::sheet(&view, dialog, width, room(area)),
        Dialog::Bulk(dialog) => bulk::sheet(dialog, width),
        Dialog::Arm(dialog) => arm::sheet(&view, dialog),
        Dialog::Override(dialog) => override_::sheet(&view, dialog, width),
        Dialog::EndOverride(dialog) => override_::ending(&view, dialog, width),
        Dialog::Name(dialog) => name::sheet(dialog),
        Dialog::Note(dialog) => note::sheet(&view, dialog),
        Dialog::Ticket(dialog) => ticket::sheet(&view, dialog),
        Dialog::Which(dialog) => which::sheet(&view, dialog, width),
        Dialog::Palette(dialog) => palette::sheet(&view, dialog, width, room(area)),
        Dialog::Help(dialog) => help::sheet(&view, dialog),
        Dialog::Quit { in_flight } => quit::sheet(*in_flight),
    };
    sheet::draw(canvas, area, &sheet);
}

/// Lines that a sheet can have at most inside its border.
fn room(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(6))
}

/// A key that counts now, or one that does not yet.
fn key(key: &str, does: &str, counts: bool) -> Words {
    if counts { Words::of(Role::Key, key).text(format!(" {does}")) } else { Words::new().dim(format!("{key} {does}")) }
}

/// Cells of the label column.
const LABEL: usize = 14;

/// Lines under one label; what wraps stays in the second column.
fn labelled(label: &str, lines: impl IntoIterator<Item = Words>, width: usize) -> Vec<Words> {
    let wrapped = lines.into_iter().flat_map(|line| line.wrap(width.saturating_sub(LABEL).max(1)));
    wrapped
        .enumerate()
        .map(|(at, line)| {
            let label = if at == 0 { label } else { "" };
            Words::new().dim(format!("{label:<LABEL$}")).and(line)
        })
        .collect()
}

/// An empty view of nothing is never shown: every dialog has a title.
fn titled(title: impl AsRef<str>) -> Sheet {
    Sheet { title: Words::of(Role::Title, title), ..Sheet::default() }
}

/// The marker of the chosen line in a list inside a dialog.
fn chosen(view: &View, is: bool) -> Words {
    if is { Words::new().accent(view.glyphs().selected).gap(1) } else { Words::new().gap(2) }
}
