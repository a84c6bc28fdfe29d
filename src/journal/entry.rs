//! What a journal line says. The names of kinds and fields are a promise: lines written today are read years from now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{IntentId, Override, TenantId, Text};
use crate::plan::types::{Facts, Intent, Receipt, Settlement, Step, StepRecord};

/// Which person sat at which keyboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub os_user: Text,
    /// The far end of the SSH connection, if there is one.
    pub ssh_from: Option<Text>,
    /// The machine patchdeck runs on.
    pub host: Text,
    /// The name asked once a shift, where a login is shared.
    pub person: Option<Text>,
    pub pid: u32,
}

/// The file before this one, and its last hash when this one was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub file: String,
    pub hash: String,
}

/// One thing that happened on our side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The first line of every file.
    Opened {
        who: Who,
        version: String,
        after: Option<Before>,
    },
    /// A person confirmed a plan. Nothing has left yet.
    Intent {
        intent: Box<Intent>,
        title: Text,
        login: Text,
        steps: Vec<Step>,
        rests_on: Box<Facts>,
    },
    /// This step leaves next. What comes of it is open until it is settled.
    Sending {
        record: Box<StepRecord>,
    },
    /// What the answer to a step said.
    Answered {
        intent: IntentId,
        receipt: Receipt,
    },
    /// What a look-up found about a step.
    Settled {
        intent: IntentId,
        step: u32,
        settlement: Settlement,
    },
    /// Nothing was sent, and why: by us, or because the facts had changed.
    Refused {
        intent: Option<Box<Intent>>,
        what: Text,
        why: Text,
    },
    Armed {
        tenant: TenantId,
        seconds: u64,
    },
    Disarmed {
        tenant: TenantId,
    },
    /// One rollout may begin work outside its window for some time. Its times are civil ones.
    Override {
        held: Box<Override>,
    },
    /// A person ended an override before its time. The moment is a civil one.
    OverrideEnded {
        held: Box<Override>,
        at: Timestamp,
        who: Text,
    },
    /// Who sits there from now on.
    Named {
        person: Text,
    },
    /// A kind that a later version writes; its line still counts in the chain.
    #[serde(other)]
    Newer,
}

/// One line as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Real time.
    pub at: Timestamp,
    /// 1 for the first line of a file.
    pub seq: u64,
    pub entry: Entry,
    /// Hash of the line before; of the file before, on the first line.
    pub prev: String,
    pub hash: String,
}
