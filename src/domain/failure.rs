//! One failed try of one host: what was said, what it means, and the fingerprint it shares with others.
//!
//! The causes of a failure stand in [`Cause`], failures of one fingerprint in [`Cluster`]. Nothing is judged here: `diagnosis`
//! reads the words, this room only names what it found.

pub mod cause;
pub mod cluster;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AttemptId, Evidence, HostId, Mono, Release, RolloutId, TenantId, Text, WaveId};
pub use cause::{Cause, CauseClass, Confidence, Outcome, Retry};
pub use cluster::{Cluster, Tally, Tries};

/// A number or a word that a tool or a platform gave as its result. An exit code means nothing without its tool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// A Windows result, as unsigned 32 bit, whatever form it came in.
    Hresult(u32),
    Exit {
        tool: Text,
        code: i64,
    },
    /// A status word of a service.
    Status(Text),
    /// A number whose tool nobody told.
    Bare(i64),
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hresult(code) => write!(f, "0x{code:08x}"),
            Self::Exit { tool, code } => write!(f, "{tool} exit {code}"),
            Self::Status(word) => word.fmt(f),
            Self::Bare(code) => write!(f, "code {code}"),
        }
    }
}

/// What failures of one cause have in common: class, code, and the telling line with names, numbers and paths masked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signature {
    pub class: CauseClass,
    pub code: Option<Code>,
    /// Empty while no words have been read.
    pub text: Text,
}

impl Signature {
    /// The words of a failure that gives no reason: they are ours.
    pub const WORDLESS: &str = "said nothing of why";

    /// Its reports were read, and none of them says why it failed.
    pub fn is_wordless(&self) -> bool {
        self.text.as_str() == Self::WORDLESS
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.class)?;
        if let Some(code) = &self.code {
            write!(f, " · {code}")?;
        }
        if !self.text.is_empty() {
            write!(f, " · {}", self.text)?;
        }
        Ok(())
    }
}

/// What was masked, where it may be the very cause: "returned 3 on 2 hosts, 127 on 1".
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variant {
    /// The word before the number, or the name that the rule gives to the part: `returned`, `fs`.
    pub what: Text,
    pub value: Text,
}

/// One failed try on one host, with what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Its identity: the host and the try.
    pub attempt: AttemptId,
    /// The host's display name.
    pub name: Text,
    pub tenant: TenantId,
    /// The rollout it belongs to; of a try made beside it, the rollout that the try repeats.
    pub rollout: Option<RolloutId>,
    /// None: no list says in which wave, and the evidence that would is not read.
    pub wave: Option<WaveId>,
    pub release: Option<Release>,
    /// How often the same was tried on this host, this one included.
    pub tries: u32,
    /// When it failed, if the backend says so.
    pub at: Option<Timestamp>,
    /// The number that the backend gave with it.
    pub code: Option<i64>,
    /// Civil time at which we first knew of it.
    pub noticed: Timestamp,
    /// When it was last read.
    pub seen: Mono,
    /// What was said, raw. None: not read yet, all that is known is the code.
    pub evidence: Option<Evidence>,
    pub signature: Arc<Signature>,
    /// Every cause that a rule recognised, the telling one first. Empty: no rule knows it.
    pub causes: Vec<Arc<Cause>>,
    pub variants: Vec<Variant>,
}

impl Failure {
    pub fn host(&self) -> &HostId {
        &self.attempt.host
    }

    /// When it failed, or when we noticed.
    pub fn when(&self) -> Timestamp {
        self.at.unwrap_or(self.noticed)
    }

    pub fn is_read(&self) -> bool {
        self.evidence.is_some()
    }

    pub fn cause(&self) -> Option<&Arc<Cause>> {
        self.causes.first()
    }

    /// What may be done next: the rule's word; a cause that nobody knows is a person's to judge.
    pub fn retry(&self) -> Retry {
        self.cause().map_or(Retry::Manual, |cause| cause.retry)
    }
}
