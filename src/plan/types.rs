//! The shapes an action travels in: intent, survey, decision, steps, plan, record. Values only; no rule is decided here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::Verb;
use crate::domain::{BackendName, HostId, IntentId, Mono, Release, Rollout, RolloutId, Run, TenantId, Text, Wave, WaveId};

/// What one person wants, of one rollout of one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub id: IntentId,
    pub verb: Verb,
    pub tenant: TenantId,
    pub rollout: RolloutId,
    /// The wave it was pressed on, where the verb is about one.
    pub wave: Option<WaveId>,
    /// The hosts it is about; empty means the whole rollout or wave.
    pub hosts: Vec<HostId>,
    /// The remark the person typed, sent to the backend where it takes one.
    pub remark: Option<Text>,
}

impl Intent {
    pub fn backend(&self) -> &BackendName {
        &self.rollout.backend
    }
}

/// Fresh facts an intent needs, read for it alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    pub at: Mono,
    pub rollout: Rollout,
    pub waves: Vec<Wave>,
    /// Who we are there.
    pub login: Text,
    /// None: the rights could not be read.
    pub may: Option<bool>,
    /// Why not, if `may` is `Some(false)`.
    pub may_not: Option<Text>,
    /// Whether two persons share this login, as far as the config says.
    pub overlaps: Vec<Overlap>,
    /// Findings that the dialog must tell, in words.
    pub warnings: Vec<Text>,
    /// Verdict for each host, where the intent is about hosts.
    pub eligibility: Vec<(HostId, Eligibility)>,
    /// What a backend adds that is driven job by job.
    pub by_jobs: ByJobs,
}

/// What an intent comes to at a system that only runs jobs; empty elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByJobs {
    /// The jobs that the intent is, in their order, with the hosts they name.
    pub orders: Vec<Order>,
    /// What the verb does here, where that is not what it usually does.
    pub effect: Option<PlannedEffect>,
    /// Why nothing may be sent, from facts that only this shape has.
    pub refusal: Option<Refusal>,
}

impl ByJobs {
    /// Every host that a job would name, each once.
    pub fn named(&self) -> BTreeSet<String> {
        self.orders.iter().filter(|order| order.kind.changes_hosts()).flat_map(|order| order.hosts.iter().cloned()).collect()
    }
}

/// One job to ask an executor for.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub kind: OrderKind,
    /// The exact hosts, as the system spells them: never an expression.
    pub hosts: Vec<String>,
    /// How it is found again.
    pub labels: BTreeMap<String, String>,
    /// Second by the system's clock and six digits: the job's own id, so that sending it twice is running it once.
    pub key: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OrderKind {
    Launch(Run),
    /// A job without effect that keeps a decision with its author's name.
    Mark,
    /// Asks the processes of a job to end.
    Terminate {
        job: String,
    },
    /// Ends the processes of a job at once, whatever they are in the middle of.
    Kill {
        job: String,
    },
}

impl OrderKind {
    pub fn changes_hosts(&self) -> bool {
        !matches!(self, Self::Mark)
    }
}

/// Another rollout whose waiting hosts this intent would cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    pub rollout: Text,
    /// Scheduled jobs found. An upper bound: they need not be the same hosts.
    pub scheduled: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Eligibility {
    Eligible,
    AfterRestart,
    AfterFix(Text),
    No(Text),
    Unknown(Text),
}

/// What surrounds an intent on our side.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// The newest state the person saw when pressing the key, to compare with the survey.
    pub seen: Option<Rollout>,
    /// How old that was.
    pub seen_age: Option<Duration>,
    /// Whether the backend can do the verb at all.
    pub capability: Capability,
    pub civil: Timestamp,
}

/// What a backend makes of a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    Native,
    /// It is done, by another way than one call; the words say how.
    Emulated(Text),
    Unsupported(Text),
}

/// An intent that may go on, with what the survey found.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub intent: Intent,
    pub survey: Survey,
    pub effect: PlannedEffect,
}

/// What the call really does, judged from the survey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlannedEffect {
    /// The approval covers every wave; `starts_at_once` when a start time has passed.
    ApprovesAll {
        waves: u32,
        hosts: u32,
        starts_at_once: bool,
    },
    Declines,
    /// The first wave begins.
    Begins {
        wave: Option<Text>,
        hosts: u32,
    },
    /// No further wave begins; `go_on` hosts are not called back.
    Holds {
        go_on: u32,
    },
    /// A named wave begins inside the call.
    BeginsNext {
        wave: Text,
        ordinal: u32,
        hosts: u32,
    },
    /// Evaluation goes on; no new wave begins at once.
    GoesOn {
        at_work: u32,
    },
    /// It is over; `asked` hosts are asked to cancel, `dropped` never begin.
    Ends {
        asked: u32,
        dropped: u32,
    },
    /// Another effect, said in words by the room that decided.
    Other(Text),
}

/// Why nothing is sent, in words, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub why: Text,
    pub instead: Option<Text>,
}

impl Refusal {
    pub fn new(why: impl AsRef<str>) -> Self {
        Self { why: Text::new(why), instead: None }
    }

    pub fn instead(mut self, what: impl AsRef<str>) -> Self {
        self.instead = Some(Text::new(what));
        self
    }
}

/// One thing a plan does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    Call(Call),
    Await { condition: Text, limit_seconds: u32 },
}

/// One request, without secrets, exactly as it will leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// 1 for the first step.
    pub id: u32,
    /// The intent, sent along where the protocol has a place for it: the backend's log and our journal then tell of the same.
    #[serde(default)]
    pub intent: Option<IntentId>,
    pub method: Text,
    /// Path below the connection's address, percent-encoded.
    pub path: String,
    /// Query, before encoding.
    pub query: Vec<(String, String)>,
    pub body: Option<serde_json::Value>,
    /// What must still hold when it is sent.
    pub guard: Guard,
    pub deadline_seconds: u32,
    /// What undoes it, in words; none means that nothing does.
    pub undo: Option<Text>,
}

impl Call {
    /// `POST /rest/v1/rollouts/3/resume`, made safe.
    pub fn line(&self) -> Text {
        let mut line = format!("{} {}", self.method, self.path);
        for (place, (key, value)) in self.query.iter().enumerate() {
            line.push(if place == 0 { '?' } else { '&' });
            let _ = write!(line, "{key}={value}");
        }
        Text::new(line)
    }
}

/// The state that a step expects to find.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The backend's own state word.
    pub native: Option<Text>,
}

/// Everything the dialog shows and the journal keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionPlan {
    pub intent: Intent,
    /// What the call really does: `Approve ALL 3 waves, 240 hosts`.
    pub title: Text,
    pub will: Vec<Text>,
    pub will_not: Vec<Text>,
    /// What goes on though it is no longer wanted.
    pub nobody_stops: Vec<Text>,
    pub radius: BlastRadius,
    pub evidence: Vec<Text>,
    /// When the evidence was read.
    pub read_at: Mono,
    pub release: Option<Release>,
    /// Who we are there, and whether the right was seen.
    pub you: Text,
    pub steps: Vec<Step>,
    /// What undoes it, in words.
    pub undo: Option<Text>,
    /// Input the dialog asks for before `y` may be pressed.
    pub asks: Vec<Ask>,
    /// The facts it rests on; the second survey is held against them.
    pub rests_on: Facts,
}

/// Input that a dialog asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A remark for the backend; at most `max` characters, may be empty unless `required`.
    Remark { required: bool, max: usize },
    /// The rollout's name must be typed: the radius is large.
    TypeName(Text),
    /// A number that shows the consequence was read.
    TypeNumber { of: Text, number: u32 },
    /// Why, in words.
    Reason,
}

/// The facts a plan rests on. If one differs at confirmation, the difference is shown and nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub native: Text,
    pub effect: PlannedEffect,
    pub hosts: u32,
    pub release: Option<Release>,
    pub wave_states: BTreeMap<String, Text>,
    /// The hosts that the calls name, where they name hosts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub named: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// Hosts that the call touches at once.
    pub at_once: u32,
    /// Hosts that it may reach later.
    pub later: u32,
    pub waves: u32,
}

/// What one step got back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub step: u32,
    pub outcome: Outcome,
    /// Id of a thing the call made.
    pub made: Option<Text>,
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
