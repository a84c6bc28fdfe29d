//! The person's name, asked once a shift where a login is shared.

use super::{Sheet, Words, key, titled};
use crate::app::state::NameDialog;
use crate::ui::widgets::field;

pub fn sheet(dialog: &NameDialog) -> Sheet {
    let mut sheet = titled("Who are you?");
    sheet.lines = vec![
        Words::new().text("Several people use this login. The journal names the person who acts."),
        Words::new().dim("It is asked once, and stays on this machine."),
    ];
    let named = !dialog.input.value().trim().is_empty();
    sheet.foot = vec![
        Words::new(),
        Words::new().text("Your name, then enter: ").and(field::line(&dialog.input, true)),
        Words::new(),
        key("enter", "go on", named).then(3, key("esc", "close, nothing sent", true)),
    ];
    sheet
}
