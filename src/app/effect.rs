//! What the cockpit wants done in the world. The runtime performs these; each that can take long has a cancel handle.

use jiff::Timestamp;

use crate::domain::{IntentId, Override, TenantId, Text};
use crate::memory::Record;
use crate::plan::types::{ActionPlan, Context, Intent};
use crate::store::queue::Case;

#[expect(clippy::large_enum_variant, reason = "a handful lives at once, for one turn of the loop")]
#[derive(Debug)]
pub enum Effect {
    /// Read fresh facts, decide, and make the plan that a dialog shows.
    Plan {
        intent: Intent,
        context: Context,
    },
    /// `y` was pressed: read again, write down, send, look up.
    Carry {
        plan: Box<ActionPlan>,
        context: Context,
    },
    /// The dialog was closed; nothing may be sent any more.
    Cancel(IntentId),
    /// A line for the journal that belongs to no call.
    Note(Note),
    /// Write an override down. It holds once that is told.
    Override(Box<Override>),
    /// Write down that an override ends at a civil moment, by whom. It ends once that is told.
    EndOverride {
        held: Box<Override>,
        at: Timestamp,
        who: Text,
    },
    /// Say what failures mean, beside the loop.
    Diagnose(Vec<Case>),
    Copy(String),
    /// Write a file for other programs, and say where it lies.
    Export {
        name: String,
        text: String,
    },
    Bell,
    Mouse(bool),
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Take the terminal again after a stop, and draw every cell anew.
    Retake,
    /// Keep something that may be lost without harm.
    Remember(Record),
}

/// What the journal keeps besides intents.
#[expect(clippy::large_enum_variant, reason = "a handful lives at once, for one turn of the loop")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    Armed { tenant: TenantId, seconds: u64 },
    Disarmed { tenant: TenantId },
    Refused { intent: Intent, why: Text },
    Named(Text),
}
