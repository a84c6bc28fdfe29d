//! What became of a step: the answer, what a look-up found, and the record that both need. Values only.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Facts, Intent, Step};
use crate::domain::Text;

/// What one step got back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub step: u32,
    pub outcome: Outcome,
    /// Id of a thing the call made.
    pub made: Option<Text>,
    /// What the answer said besides, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Text>,
}

/// Receipts of earlier steps, by step id.
pub type Receipts = BTreeMap<u32, Receipt>;

/// How a call came out, as far as the answer tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The server took it. Whether it is done is another question.
    Accepted,
    /// The server refused it, or it provably never left; the words are shown.
    Refused(Text),
    /// Nobody knows.
    Unknown(Text),
}

/// What a look-up found about a call whose outcome matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settlement {
    /// The backend shows the effect.
    Verified(Text),
    Refused(Text),
    /// The backend shows another state, made by somebody or something else.
    Superseded(Text),
    /// The effect is not there.
    NotThere(Text),
    Unknown(Text),
}

impl Settlement {
    pub fn words(&self) -> &Text {
        match self {
            Self::Verified(text) | Self::Refused(text) | Self::Superseded(text) | Self::NotThere(text) | Self::Unknown(text) => {
                text
            }
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Verified(_) => "verified",
            Self::Refused(_) => "refused",
            Self::Superseded(_) => "superseded",
            Self::NotThere(_) => "not there",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// One step as the journal holds it and as `look_up` gets it, also after a crash. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    pub intent: Intent,
    pub step: Step,
    pub facts: Facts,
    /// Real time at which it was about to be sent.
    pub at: Timestamp,
}
