//! What the keys do: made from the action rows and the live keymap, what fits this place first.

use std::collections::BTreeSet;

use super::{Sheet, Words, key, titled};
use crate::action::{Action, Danger, Group, ROWS};
use crate::app::state::{HelpDialog, Place};
use crate::theme::Role;
use crate::ui::parts;
use crate::ui::view::View;

/// Cells of the keys, and of the names.
const KEYS: usize = 14;
const NAME: usize = 15;

pub fn sheet(view: &View, dialog: &HelpDialog) -> Sheet {
    let mut sheet = titled("Help");
    sheet.scroll = dialog.scroll;
    let here = here(view);
    sheet.lines.push(Words::new().strong(format!("Here: {}", question(view.state.place()))));
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
    if matches!(view.state.place(), Place::Failures | Place::Pile(_) | Place::Host(_)) {
        actions.extend([Action::Ticket, Action::Note, Action::Group]);
    }
    if *view.state.place() == Place::Windows {
        actions.extend([Action::NextOpening, Action::ZoomIn, Action::ZoomOut, Action::Zone, Action::Export]);
    }
    if matches!(view.state.place(), Place::Failures | Place::Lane(_) | Place::Rollout(_) | Place::Wave(_)) {
        actions.push(Action::Check);
    }
    actions.extend([Action::Open, Action::Filter, Action::Refresh]);
    actions
}

/// The one question a screen answers.
fn question(place: &Place) -> &'static str {
    match place {
        Place::Board => "what runs for whom, and what needs me",
        Place::Rollout(_) => "waves, gates and pace of one rollout",
        Place::Wave(_) => "the hosts of one wave",
        Place::Host(_) => "one machine: attempts, evidence, history",
        Place::Windows => "what is allowed now and next, and does the work fit",
        Place::Failures => "which causes, how far spread, what next",
        Place::Pile(_) => "the failed hosts of one cause, and their words",
        Place::Lane(_) => "hosts that have not failed and must not hide: since when, what next",
        Place::Approvals => "what waits for a person, with the evidence to decide",
        Place::Activity => "who did what, what is still unknown",
        Place::Backends => "is what I see true",
        Place::Found => "hosts by a part of their name",
    }
}
