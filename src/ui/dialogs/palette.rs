//! Any action by its name: what is typed, what matches, and the key that does the same.

use super::{Sheet, Words, chosen, key, titled};
use crate::action::Danger;
use crate::app::state::Palette;
use crate::theme::Role;
use crate::ui::view::View;
use crate::ui::widgets::field;

/// Cells of the names.
const NAME: usize = 15;
/// Cells of the keys.
const KEY: usize = 12;

pub fn sheet(view: &View, dialog: &Palette, width: usize, room: usize) -> Sheet {
    let mut sheet = titled("Run a command");
    for (at, action) in dialog.matches.iter().enumerate() {
        let row = action.row();
        let is = at == dialog.at;
        let role = match (is, row.danger) {
            (true, _) => Role::Strong,
            (false, Danger::Changes) => Role::Warn,
            (false, Danger::Calms | Danger::Looks) => Role::Text,
        };
        let keys = view.key(*action).unwrap_or_else(|| "no key".to_owned());
        let keys = if view.key(*action).is_some() {
            Words::of(Role::Key, format!("{keys:<KEY$}"))
        } else {
            Words::new().dim(format!("{keys:<KEY$}"))
        };
        sheet.lines.push(
            chosen(view, is)
                .role(role, format!("{:<NAME$}", row.name))
                .and(keys)
                .and(Words::new().dim(row.help))
                .cut(width, view.glyphs().ellipsis),
        );
    }
    if dialog.matches.is_empty() {
        sheet.lines.push(Words::new().text("No command has these words in its name or its help."));
    }
    sheet.scroll = (dialog.at + 1).saturating_sub(room.saturating_sub(6).max(1));
    sheet.foot = vec![Words::new()];
    // Where its line is too short for it, the chosen one says here what it does.
    let help = dialog.matches.get(dialog.at).map_or("", |action| action.row().help);
    if 2 + NAME + KEY + help.len() > width {
        sheet.foot.push(Words::new().text(help));
    }
    sheet.foot.extend([
        Words::of(Role::Accent, ": ").and(field::line(&dialog.input, true)),
        key("enter", "run", true).then(3, key("tab", "complete", true)).then(3, key("esc", "close", true)),
    ]);
    sheet
}
