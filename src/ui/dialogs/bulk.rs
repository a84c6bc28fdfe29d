//! Pause everything of one tenant: each rollout with what a pause of it does, and those that cannot be paused.

use super::{Sheet, Words, key, labelled, titled};
use crate::app::state::BulkDialog;
use crate::plan::types::Step;
use crate::theme::Role;

pub fn sheet(dialog: &BulkDialog, width: usize) -> Sheet {
    let ready = dialog.lines.iter().filter(|line| line.plan.is_some()).count();
    let mut sheet = titled(format!(
        "Pause everything of {}: {ready} of {} rollouts",
        dialog.tenant,
        dialog.lines.len() + dialog.cannot.len()
    ));
    sheet.scroll = dialog.scroll;
    for line in &dialog.lines {
        let mut said = Vec::new();
        if let Some(text) = &line.said {
            said.push(Words::new().warn(text));
        } else if let Some(plan) = &line.plan {
            said.push(Words::new().text(&plan.title));
            said.extend(plan.nobody_stops.iter().map(|text| Words::new().warn(text)));
            said.extend(plan.steps.iter().filter_map(|step| match step {
                Step::Call(call) => Some(Words::new().dim(format!("{}   on {}", call.line(), plan.intent.backend()))),
                Step::Await { .. } => None,
            }));
        } else {
            said.push(Words::new().dim("reading fresh facts ..."));
        }
        sheet.lines.push(Words::new().strong(&line.name));
        sheet.lines.extend(labelled("", said, width));
    }
    for (name, why) in &dialog.cannot {
        sheet.lines.push(Words::new().dim(name));
        sheet.lines.extend(labelled("", [Words::new().dim(format!("cannot be paused: {why}"))], width));
    }
    if dialog.lines.is_empty() && dialog.cannot.is_empty() {
        sheet.lines.push(Words::new().text("Nothing of this tenant is running."));
    }
    sheet.foot.push(Words::new());
    if dialog.reading > 0 {
        sheet.foot.push(Words::of(Role::Accent, format!("{} still being read ...", dialog.reading)));
    }
    let does = if dialog.arms { format!("arm {} and pause {ready}", dialog.tenant) } else { format!("pause {ready}") };
    sheet.foot.push(key("y", &does, dialog.is_ready()).then(3, key("esc", "close, nothing sent", true)));
    sheet
}
