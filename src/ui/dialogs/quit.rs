//! Leave while something is under way?

use super::{Sheet, Words, key, titled};

pub fn sheet(in_flight: usize) -> Sheet {
    let mut sheet = titled("Leave patchdeck?");
    let count = if in_flight == 1 { "One action is".to_owned() } else { format!("{in_flight} actions are") };
    sheet.lines = vec![
        Words::new().warn(format!("{count} on the way, and its outcome is not known yet.")),
        Words::new().text("It is in the journal. At the next start it is looked up and told; it is not sent again."),
        Words::new().dim("Rollouts go on at their backends whether patchdeck runs or not."),
    ];
    if in_flight == 0 {
        sheet.lines.remove(0);
        sheet.lines.remove(0);
    }
    sheet.foot = vec![Words::new(), key("y", "leave", true).then(3, key("esc", "stay", true))];
    sheet
}
