//! What the keys do: made from the action rows and the live keymap, what fits this place first.

use std::collections::BTreeSet;

use super::{Sheet, Words, key, titled};
use crate::action::{Action, Danger, Group, ROWS};
use crate::app::state::HelpDialog;
use crate::theme::Role;
use crate::ui::view::View;
use crate::ui::{parts, screens};

/// Cells of the keys, and of the names.
const KEYS: usize = 14;
const NAME: usize = 15;

pub fn sheet(view: &View, dialog: &HelpDialog) -> Sheet {
    let mut sheet = titled("Help");
    sheet.scroll = dialog.scroll;
    let here = here(view);
    sheet.lines.push(Words::new().strong(format!("Here: {}", screens::about(view.state.place()).question)));
    sheet.lines.extend(here.iter().map(|action| line(view, *action)));
    if view.state.armed.is_none() {
        sheet.lines.push(Words::new().dim("Verbs need an armed tenant. Pausing and stopping may arm and act in one dialog."));
    }
    let groups: BTreeSet<Group> = ROWS.iter().map(|row| row.group).collect();
    for group in groups {
        sheet.lines.push(Words::new());
        sheet.lines.push(Words::new().strong(group.title()));
        sheet.lines.extend(ROWS.iter().filter(|row| row.group == group).map(|row| line(view, row.action)));
    }
    sheet.lines.push(Words::new());
    sheet.lines.push(Words::new().dim("Quitting changes no rollout: the backends do the work. \"Done\" is what they report."));
    sheet.foot = vec![Words::new(), key("up, down", "scroll", true).then(3, key("esc", "close", true))];
    sheet
}

fn line(view: &View, action: Action) -> Words {
    let row = action.row();
    let keys: Vec<String> = view
        .state
        .keymap
        .keys_of(action)
        .iter()
        .map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        .collect();
    let keys = if keys.is_empty() {
        Words::new().dim(format!("{:<KEYS$}", format!(": {}", row.name)))
    } else {
        Words::of(Role::Key, format!("{:<KEYS$}", keys.join(", ")))
    };
    let keys = if keys.width() > KEYS { keys.cut(KEYS - 1, view.glyphs().ellipsis).gap(1) } else { keys };
    let name = if row.danger == Danger::Changes { Role::Warn } else { Role::Text };
    keys.role(name, format!("{:<NAME$}", row.hint)).dim(row.help).hanging(KEYS + NAME)
}

/// What may be done at this place, with what is selected.
fn here(view: &View) -> Vec<Action> {
    let mut actions: Vec<Action> = parts::rollout_here(view)
        .map(|entry| parts::verbs(&entry.rollout.value).into_iter().map(crate::action::Verb::action).collect())
        .unwrap_or_default();
    actions.extend(screens::about(view.state.place()).looks);
    actions.extend([Action::Filter, Action::Refresh].iter().filter(|action| !actions.contains(action)).collect::<Vec<_>>());
    actions
}
