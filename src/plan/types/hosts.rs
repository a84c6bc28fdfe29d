//! Hosts of an intent, one by one: what the backend shows of each, what we know of its failure, and how it comes in. Values only.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Cause, CauseClass, HostId, Release, Retry, Text};

/// May the verb reach this host?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Eligibility {
    Eligible,
    AfterRestart,
    AfterFix(Text),
    No(Text),
    Unknown(Text),
}

/// What a backend shows of one host that an intent may reach, read for it alone.
#[derive(Clone, Debug, PartialEq)]
pub struct HostFound {
    pub host: HostId,
    pub name: Text,
    /// Whether the verb fits it by the backend's own facts. The words name no host, so that equal ones stand together.
    pub verdict: Eligibility,
    /// The reading that says so: `job 182, error`.
    pub source: Text,
    /// The ordinal of the wave it was in, where that was read.
    pub wave: Option<u32>,
    /// The release that a rollback brings it to.
    pub back: Option<Release>,
}

impl HostFound {
    pub fn new(host: HostId, verdict: Eligibility) -> Self {
        Self { name: host.text(), host, verdict, source: Text::default(), wave: None, back: None }
    }
}

/// How a backend does a verb about hosts, in the lines of the dialog.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    pub will: Vec<Text>,
    pub will_not: Vec<Text>,
    pub nobody_stops: Vec<Text>,
    /// What cannot be undone, or cannot be known: stands first.
    pub beware: Vec<Text>,
}

/// The ways a backend has to do a verb about hosts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ways {
    /// To all hosts that were found eligible, by one call that names none of them.
    pub whole: Option<Way>,
    /// To the hosts that are named.
    pub named: Option<Way>,
}

/// What we know of a host's last failure. It comes from our side, not from the survey.
#[derive(Clone, Debug, PartialEq)]
pub struct HostKnown {
    /// What the failures of one cause share: a rule's id, or a signature.
    pub key: Text,
    /// `package lock held`
    pub title: Text,
    pub class: CauseClass,
    /// What the rule says; none: no rule knows it.
    pub cause: Option<Arc<Cause>>,
    pub tries: u32,
    /// When it failed, or when we noticed.
    pub failed: Option<Timestamp>,
    /// Its words were read; else only a code is known.
    pub read: bool,
}

impl HostKnown {
    /// What may be done next; what no rule knows is a person's to judge.
    pub fn retry(&self) -> Retry {
        self.cause.as_ref().map_or(Retry::Manual, |cause| cause.retry)
    }
}

/// What is known of failures, by host.
pub type Causes = Arc<BTreeMap<HostId, HostKnown>>;

/// How a group of hosts gets into a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Door {
    /// It is in, unless a person takes it out.
    Open,
    /// A person says that the precondition holds.
    Acknowledge,
    /// A person says why, in words.
    Reason,
    /// Nobody can bring it in.
    Shut,
}

/// Hosts with one verdict, for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct HostGroup {
    /// How [`super::Intent::choices`] names it.
    pub key: String,
    /// `package lock held`, `back to till-os:2026.11`
    pub title: Text,
    /// `retry now`, `after a fix: 2 GB free; not checked`
    pub says: Text,
    pub door: Door,
    /// Its hosts are in the plan.
    pub chosen: bool,
    /// When the pause is over for the last of them, where one is being kept.
    pub from: Option<Timestamp>,
    pub hosts: Vec<Judged>,
}

/// One host with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    pub host: HostId,
    pub name: Text,
    pub verdict: Eligibility,
    pub source: Text,
    pub wave: Option<u32>,
    pub back: Option<Release>,
}
