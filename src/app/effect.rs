//! What the cockpit wants done in the world. The runtime performs these; each that can take long has a cancel handle.

use crate::domain::{IntentId, TenantId, Text};
use crate::plan::types::{ActionPlan, Context, Intent};
use crate::store::queue::Case;

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
    /// Say what failures mean, beside the loop.
    Diagnose(Vec<Case>),
    Copy(String),
    Bell,
    Mouse(bool),
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Take the terminal again after a stop, and draw every cell anew.
    Retake,
    /// Remember the person's name for a shift.
    RememberPerson(Text),
}

/// What the journal keeps besides intents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    Armed { tenant: TenantId, seconds: u64 },
    Disarmed { tenant: TenantId },
    Refused { intent: Intent, why: Text },
    Named(Text),
}
