//! What a person says about a cause or a failed host: how far it is, whose it is, where it is written down.

use super::{Sheet, Words, chosen, key, titled};
use crate::app::state::NoteDialog;
use crate::domain::CareStage;
use crate::theme::Role;
use crate::ui::view::View;
use crate::ui::widgets::field;

const LABELS: [&str; 3] = ["owner", "reference", "note"];

pub fn sheet(view: &View, dialog: &NoteDialog) -> Sheet {
    let mut sheet = titled("Note");
    sheet.lines = vec![
        Words::new().text(&dialog.title),
        Words::new().dim("It stays on this machine and tells no backend anything."),
        Words::new(),
    ];
    let stages = CareStage::ALL.iter().fold(Words::new(), |words, stage| {
        let role = if *stage == dialog.stage { Role::Strong } else { Role::Dim };
        words.then(2, Words::of(role, stage.word()))
    });
    let row = |at: usize, label: &str, words: Words| {
        chosen(view, dialog.field == at).and(Words::new().dim(format!("{label:<11}"))).and(words)
    };
    sheet.foot.push(row(0, "stage", stages));
    for (at, (label, input)) in LABELS.iter().zip(&dialog.inputs).enumerate() {
        sheet.foot.push(row(at + 1, label, field::line(input, dialog.field == at + 1)));
    }
    sheet.foot.push(Words::new());
    let keys = key("tab", "next", true).then(3, key("left, right", "stage", dialog.field == 0));
    sheet.foot.push(keys.then(3, key("enter", "keep", true)).then(3, key("esc", "close", true)));
    sheet
}
