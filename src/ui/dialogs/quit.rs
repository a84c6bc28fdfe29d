//! Leave while something is under way?

use super::{Sheet, Words, key, titled};

pub fn sheet(in_flight: usize) -> Sheet {
    let mut sheet = titled("Leave patchdeck?");
    let on_the_way = match in_flight {
        0 => None,
        1 => Some("One action is on the way, and its outcome is not known yet.".to_owned()),
        several => Some(format!("{several} actions are on the way, and their outcomes are not known yet.")),
    };
    if let Some(said) = on_the_way {
        sheet.lines.push(Words::new().warn(said));
        let kept = "The journal has it all. The next start looks it up and tells; nothing is sent again.";
        sheet.lines.push(Words::new().text(kept));
    }
    sheet.lines.push(Words::new().dim("Rollouts go on at their backends whether patchdeck runs or not."));
    sheet.foot = vec![Words::new(), key("y", "leave", true).then(3, key("esc", "stay", true))];
    sheet
}
