//! A field that is being typed in: its text, and where the cursor stands. It takes no keys.

use unicode_width::UnicodeWidthStr;

use crate::app::state::Input;
use crate::domain::Text;
use crate::theme::Role;
use crate::ui::words::Words;

/// Cells of a field that show it is one, while little is typed.
const ROOM: usize = 12;

/// The field with its cursor, if it is the one being typed in.
pub fn line(input: &Input, active: bool) -> Words {
    // What is typed or pasted goes through the same door as anything from outside.
    let shown = Text::new(input.value());
    let field = Words::of(Role::Input, shown.as_str());
    if !active {
        return field;
    }
    let rest = ROOM.saturating_sub(shown.as_str().width()).max(1);
    field.role(Role::Input, " ".repeat(rest)).cursor_at(input.visual_cursor())
}
