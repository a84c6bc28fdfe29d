//! The labels by which a job is found again and says what it was for. Strings only, flat, and no customer words: everybody
//! who listens at the system sees them.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::changed::short;
use super::{Job, changed};
use crate::domain::RingPlan;
use crate::plan::types::Person;

/// Every job of ours carries it, with this value.
pub const OURS: (&str, &str) = ("pd", "1");
pub const ROLLOUT: &str = "pd_rollout";
pub const WAVE: &str = "pd_wave";
pub const RING: &str = "pd_ring";
pub const TENANT: &str = "pd_tenant";
pub const KIND: &str = "pd_kind";
pub const ATTEMPT: &str = "pd_attempt";
/// The job it refers to.
pub const OF: &str = "pd_of";
pub const REASON: &str = "pd_reason";
/// What tells the person apart from others, and no name.
pub const BY: &str = "pd_by";
/// Short hash of the plan: two cockpits with different plans notice.
pub const PLAN: &str = "pd_plan";
/// Short hashes of its parts, so that what is another can be named.
pub const PARTS: &str = "pd_parts";

/// What a job was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Launch,
    Retry,
    Rollback,
    DryRun,
    Approve,
    Hold,
    Release,
    Stop,
}

impl Kind {
    const ALL: [Self; 8] =
        [Self::Launch, Self::Retry, Self::Rollback, Self::DryRun, Self::Approve, Self::Hold, Self::Release, Self::Stop];

    pub fn word(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Retry => "retry",
            Self::Rollback => "rollback",
            Self::DryRun => "dryrun",
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Stop => "stop",
        }
    }

    pub fn of(job: &Job) -> Option<Self> {
        let word = job.labels.get(KIND)?;
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// It changes hosts, and its results are the ring's.
    pub fn is_attempt(self) -> bool {
        matches!(self, Self::Launch | Self::Retry | Self::Rollback)
    }
}

/// The labels of a job for `ring` of `plan`; none is a job about the whole rollout.
pub fn of(plan: &RingPlan, ring: Option<usize>, kind: Kind) -> BTreeMap<String, String> {
    let mut labels: BTreeMap<String, String> = [
        (OURS.0, OURS.1.to_owned()),
        (ROLLOUT, plan.id.clone()),
        (TENANT, plan.tenant.raw().to_owned()),
        (KIND, kind.word().to_owned()),
        (PLAN, fingerprint(plan)),
        (PARTS, changed::label(plan)),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    if let Some(ring) = ring.and_then(|ring| plan.rings.get(ring)) {
        labels.insert(WAVE.to_owned(), wave(plan, &ring.name));
        labels.insert(RING.to_owned(), ring.name.clone());
    }
    labels
}

pub fn wave(plan: &RingPlan, ring: &str) -> String {
    format!("{}/{ring}", plan.id)
}

pub fn attempt(job: &Job) -> u32 {
    job.labels.get(ATTEMPT).and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Whether a job with these labels begins something on hosts.
pub fn launches(labels: &BTreeMap<String, String>) -> bool {
    labels.get(KIND).is_some_and(|kind| [Kind::Launch, Kind::Retry, Kind::Rollback].iter().any(|it| it.word() == kind))
}

/// Whether two jobs are the same try of the same ring: then only one of them counts.
pub fn same_attempt(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> bool {
    [WAVE, KIND, ATTEMPT, OF].iter().all(|key| one.get(*key) == other.get(*key))
}

/// Of what a running night depends on: what runs where, behind which gate. The shown name is not part of it.
pub fn fingerprint(plan: &RingPlan) -> String {
    let facts = (&plan.tenant, &plan.run, &plan.undo, &plan.rings, &plan.apart);
    let json = serde_json::to_vec(&facts).unwrap_or_default();
    short(&json)
}

/// The person behind a job, as far as their desk knew: an account, and the name that was asked where that is not enough. Only
/// short hashes, salted by the plan: two can be compared, and nobody reads a name. It is a desk's word; the proof is the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    account: String,
    name: Option<String>,
}

impl Mark {
    /// None where the desk knows nobody.
    pub fn of(plan: &RingPlan, by: &Person) -> Option<Self> {
        let hash = |word: &str| short(format!("{}\n{}", plan.id, word.trim().to_lowercase()).as_bytes());
        if by.word().is_empty() {
            return None;
        }
        Some(Self { account: hash(by.account.as_str()), name: by.name.as_ref().map(|name| hash(name.as_str())) })
    }

    pub fn read(label: &str) -> Self {
        match label.split_once('.') {
            Some((account, name)) => Self { account: account.to_owned(), name: Some(name.to_owned()) },
            None => Self { account: label.to_owned(), name: None },
        }
    }

    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{}.{name}", self.account),
            None => self.account.clone(),
        }
    }

    /// Whether both are one person: by their names, or where one has none, by the account.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.name, &other.name) {
            (Some(one), Some(other)) => one == other,
            (one, two) => {
                let is = |name: &Option<String>, account: &str| name.as_deref() == Some(account);
                self.account == other.account || is(one, &other.account) || is(two, &self.account)
            }
        }
    }

    /// Two names that one account gave.
    pub fn shares_account(&self, other: &Self) -> bool {
        self.account == other.account
    }
}

/// Six digits that are the same for the same job of the same intent, and most likely others for others.
pub fn digits(intent: &str, labels: &BTreeMap<String, String>) -> u32 {
    let words: String = [WAVE, KIND, ATTEMPT, OF].iter().filter_map(|key| labels.get(*key)).cloned().collect();
    let hash = Sha256::digest(format!("{intent}\n{words}"));
    let number = hash.iter().take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    number % 1_000_000
}
