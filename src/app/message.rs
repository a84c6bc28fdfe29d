//! Everything that can happen to the cockpit. A night is a list of these.

use crate::app::state::{ActivityLine, Drawn, Phase};
use crate::backend::port::Report;
use crate::calendar::Calendars;
use crate::domain::{Failure, HostFacts, IntentId, Override, Text};
use crate::keymap::Key;
use crate::memory::{Memory, Pace};
use crate::plan::types::{ActionPlan, Receipt, Refusal, Rest, Settlement};

#[derive(Debug)]
pub enum Message {
    Key(Key),
    /// Pasted text. It goes into a field or nowhere.
    Paste(String),
    Resize {
        columns: u16,
        lines: u16,
    },
    Focus(bool),
    Click {
        column: u16,
        line: u16,
    },
    /// Rows down; negative is up.
    Scroll(isize),
    Report(Box<Report>),
    /// Failures with what they mean.
    Diagnosed(Vec<Failure>),
    /// What drawing found out. Makes nothing dirty.
    Drawn(Drawn),
    /// Time has passed.
    Tick,
    /// The plan of an intent, or why there is none.
    Planned {
        intent: IntentId,
        result: Result<Box<ActionPlan>, Refusal>,
    },
    Carried {
        intent: IntentId,
        news: Carried,
    },
    /// The journal is open, and what it holds of earlier and other sessions; or why it is not.
    Journal(Result<Vec<ActivityLine>, Text>),
    HostFacts(Result<Vec<(String, HostFacts)>, Text>),
    /// What earlier sessions remembered.
    Memory(Box<Memory>),
    /// Overrides that the journal holds from earlier and other sessions.
    Overrides(Vec<Override>),
    /// Overrides that another session wrote into the same journal a moment ago, each as long as it holds.
    OverridesElsewhere(Vec<Override>),
    /// The end of an override lies in the journal, or why it does not: then it goes on to hold.
    OverrideEnded(Result<Box<Override>, Text>),
    /// The calendar was read again; or why it was not, and the last good one goes on to hold.
    Calendar(Result<Box<Calendars>, Text>),
    /// An override lies in the journal, or why it does not: then none holds.
    Overridden(Result<Box<Override>, Text>),
    /// The person's name of this shift, from memory.
    Person(Text),
    /// How earlier waves went, from memory.
    Paces(Vec<Pace>),
    Copied(Result<Text, Text>),
    /// Where an export was written.
    Exported(Result<Text, Text>),
    /// Somebody sent the job into the background.
    Suspend,
    /// Back from the background.
    Woken,
    /// Somebody asks the process to end.
    Leave,
}

/// News of an intent on its way.
#[derive(Debug)]
pub enum Carried {
    Phase(Phase),
    /// The facts changed between the dialog and `y`. Nothing was sent.
    Changed {
        plan: Box<ActionPlan>,
        differences: Vec<Text>,
    },
    /// Nothing was sent.
    Refused(Refusal),
    /// The dialog was closed in time. Nothing was sent.
    TakenBack,
    Answered(Receipt),
    /// A call did what it should, and the plan goes on with the next one.
    Went {
        step: u32,
        words: Text,
    },
    /// A look-up found nothing yet, and the request may still be at work: the words say what was found.
    NotYet(Text),
    /// The plan ends early: what never left.
    Left(Box<Rest>),
    Settled(Settlement),
    /// The journal could not be written. Before the call: nothing was sent.
    JournalBroken {
        words: Text,
        sent: bool,
    },
}
