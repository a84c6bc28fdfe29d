//! Everything a person may ask for: one enum, one table row each. Keymap, help, palette, hints and docs read these rows.
//!
//! It does not say which key does it (`keymap`), whether it may be done (`plan`), or what a backend calls it (`backend`).

use serde::{Deserialize, Serialize};

/// What an action can do to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// Changes nothing outside the screen.
    Looks,
    /// Changes a rollout: needs an armed tenant.
    Changes,
    /// Takes the heat out: may arm and act in one dialog.
    Calms,
}

/// Where an action stands in help and palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Verbs,
    Screens,
    Moving,
    Lists,
    Session,
}

impl Group {
    pub fn title(self) -> &'static str {
        match self {
            Self::Verbs => "Verbs",
            Self::Screens => "Screens",
            Self::Moving => "Moving",
            Self::Lists => "Lists",
            Self::Session => "Session",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub action: Action,
    /// The word in keymaps and in the palette.
    pub name: &'static str,
    /// The word in the hints line.
    pub hint: &'static str,
    pub help: &'static str,
    pub danger: Danger,
    pub group: Group,
}

macro_rules! actions {
    ($($action:ident $name:literal $hint:literal $danger:ident $group:ident $help:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($action,)* }

        /// The table, in the order of help.
        pub const ROWS: &[Row] = &[$(Row {
            action: Action::$action, name: $name, hint: $hint, help: $help, danger: Danger::$danger, group: Group::$group,
        },)*];
    };
}

actions! {
    Approve "approve" "approve" Changes Verbs "Approve what waits for a person on the selected row";
    Deny "deny" "deny" Changes Verbs "Decline what waits for a person, with a remark";
    Start "start" "start" Changes Verbs "Start a rollout that is ready";
    Pause "pause" "pause" Calms Verbs "Pause: no further wave begins; hosts already told go on";
    Resume "resume" "resume" Changes Verbs "Resume a paused rollout; the dialog names the wave that will begin";
    Advance "advance" "advance" Changes Verbs "Begin the next wave now, whatever its gate says";
    Stop "stop" "stop" Calms Verbs "Stop a rollout for good; hosts at work are asked to cancel";
    Retry "retry" "retry" Changes Verbs "Try failed hosts again";
    RollBack "roll-back" "roll back" Changes Verbs "Bring hosts back to the release before";
    CatchUp "catch-up" "catch up" Changes Verbs "Run a wave again for hosts that were away";
    DryRun "dry-run" "dry run" Changes Verbs "Ask the backend what a wave would change";
    Override "override" "override" Changes Verbs "Let one rollout begin outside its window: a reason, an end, in a freeze two people; or end what holds";
    PauseTenant "pause-tenant" "pause all" Calms Verbs "Pause everything of this tenant that can be paused";
    Arm "arm" "arm" Looks Session "Arm one tenant for some minutes, or disarm";

    Open "open" "open" Looks Moving "Go into the selected thing";
    Back "back" "back" Looks Moving "Go back, never out";
    Forward "forward" "forward" Looks Moving "Go where back came from";
    NextNeed "next-need" "next need" Looks Moving "Select the next thing that needs a person";
    PreviousNeed "previous-need" "previous need" Looks Moving "Select the previous thing that needs a person";
    Up "up" "up" Looks Moving "One row up";
    Down "down" "down" Looks Moving "One row down";
    PageUp "page-up" "page up" Looks Moving "One page up";
    PageDown "page-down" "page down" Looks Moving "One page down";
    DetailUp "detail-up" "detail up" Looks Moving "The detail of the selected thing, some lines up";
    DetailDown "detail-down" "detail down" Looks Moving "The detail of the selected thing, some lines down";
    First "first" "first" Looks Moving "To the first row";
    Last "last" "last" Looks Moving "To the last row";

    Board "board" "board" Looks Screens "What runs for whom, and what needs a person";
    Windows "windows" "windows" Looks Screens "What is allowed now and next, for whom, and whether the work fits";
    Failures "failures" "failures" Looks Screens "Which causes, how far spread, what next";
    Approvals "approvals" "approvals" Looks Screens "What waits for a person, with the evidence to decide";
    Activity "activity" "activity" Looks Screens "Who did what, and what is still unknown";
    Backends "backends" "backends" Looks Screens "Is what I see true: reach, rights, age, budget";

    Filter "filter" "filter" Looks Lists "Filter loaded rows: text, !not, key:value";
    Find "find" "find host" Looks Lists "Search a host by a part of its name, at the backends too";
    Sort "sort" "sort" Looks Lists "Sort by the next column";
    SortReverse "sort-reverse" "reverse" Looks Lists "Turn the order round";
    Wide "wide" "wide" Looks Lists "Every column, and the whole width for the list; or the usual ones";
    Mark "mark" "mark" Looks Lists "Mark the selected row, or take the mark away";
    Unmark "unmark" "unmark" Looks Lists "Take all marks away";
    Group "group" "group by" Looks Lists "Pile failures by cause, tenant, wave, host or release";
    Check "check" "check hosts" Looks Lists "Ask hosts' own facts whether what is reported done is there";
    Note "note" "note" Looks Lists "Say how far a failure is, whose it is, and where it is written down";
    Ticket "ticket" "ticket text" Looks Lists "Copy a ticket text of the selected failures, one tenant's";
    NextOpening "next-opening" "next opening" Looks Lists "Bring the next opening of the selected hosts into sight; again, the one after it";
    ZoomIn "zoom-in" "zoom in" Looks Lists "Show less time on the line of windows, down to six hours";
    ZoomOut "zoom-out" "zoom out" Looks Lists "Show more time on the line of windows, up to six weeks";
    Export "export" "export" Looks Lists "Write the openings and freezes of the selected hosts into an iCalendar file";
    Copy "copy" "copy" Looks Lists "Copy the selected thing to the terminal's clipboard";
    CopyConsole "copy-console" "copy console" Looks Lists "Copy the console command of the selected host";

    Command "command" "command" Looks Session "Run any action by its name";
    Help "help" "help" Looks Session "What the keys do, from the live keymap";
    Refresh "refresh" "read now" Looks Session "Read everything on screen again now, and say when it was answered";
    Zone "zone" "zone" Looks Session "Show times in UTC, here, or at the tenant";
    Bell "bell" "bell" Looks Session "Bell on new things that need a person: on or off";
    Mouse "mouse" "mouse" Looks Session "Mouse on or off; off leaves selecting text to the terminal";
    Suspend "suspend" "suspend" Looks Session "Put patchdeck into the background";
    Quit "quit" "quit" Looks Session "Leave patchdeck; rollouts go on at their backends";
}

impl Action {
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    pub fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.action)
    }

    /// The verb it asks of a backend, if it asks any.
    pub fn verb(self) -> Option<Verb> {
        Some(match self {
            Self::Approve => Verb::Approve,
            Self::Deny => Verb::Deny,
            Self::Start => Verb::Start,
            Self::Pause => Verb::Pause,
            Self::Resume => Verb::Resume,
            Self::Advance => Verb::Advance,
            Self::Stop => Verb::Stop,
            Self::Retry => Verb::Retry,
            Self::RollBack => Verb::RollBack,
            Self::CatchUp => Verb::CatchUp,
            Self::DryRun => Verb::DryRun,
            _ => return None,
        })
    }
}

/// What a backend can be asked to do: the key of its capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Approve,
    Deny,
    Start,
    Pause,
    Resume,
    Advance,
    Stop,
    Retry,
    RollBack,
    CatchUp,
    DryRun,
}

impl Verb {
    pub const ALL: [Self; 11] = [
        Self::Approve,
        Self::Deny,
        Self::Start,
        Self::Pause,
        Self::Resume,
        Self::Advance,
        Self::Stop,
        Self::Retry,
        Self::RollBack,
        Self::CatchUp,
        Self::DryRun,
    ];

    /// The action a person asks it by.
    pub fn action(self) -> Action {
        match self {
            Self::Approve => Action::Approve,
            Self::Deny => Action::Deny,
            Self::Start => Action::Start,
            Self::Pause => Action::Pause,
            Self::Resume => Action::Resume,
            Self::Advance => Action::Advance,
            Self::Stop => Action::Stop,
            Self::Retry => Action::Retry,
            Self::RollBack => Action::RollBack,
            Self::CatchUp => Action::CatchUp,
            Self::DryRun => Action::DryRun,
        }
    }

    /// The plain word: `approve`, `roll back`.
    pub fn word(self) -> &'static str {
        self.action().row().hint
    }

    pub fn danger(self) -> Danger {
        self.action().row().danger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_at_its_own_place() {
        for (place, row) in ROWS.iter().enumerate() {
            assert_eq!(row.action as usize, place, "{}", row.name);
            assert_eq!(Action::named(row.name), Some(row.action));
        }
    }

    #[test]
    fn verb_and_action_lead_to_each_other() {
        for verb in Verb::ALL {
            assert_eq!(verb.action().verb(), Some(verb));
        }
    }
}
