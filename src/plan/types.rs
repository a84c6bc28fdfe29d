//! The shapes an action travels in: intent, survey, decision, steps, plan, record. Values only; no rule is decided here.

mod allowed;
mod hosts;
mod jobs;
mod outcome;
mod person;
mod rest;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::Verb;
use crate::domain::{BackendName, HostId, HostRules, IntentId, Mono, Release, Rollout, RolloutId, TenantId, Text, Wave, WaveId};
pub use allowed::{Allowed, WindowFacts, work};
pub use hosts::{Causes, Door, Eligibility, HostFound, HostGroup, HostKnown, Judged, Way, Ways};
pub use jobs::{ByJobs, Order, OrderKind};
pub use outcome::{Outcome, Receipt, Receipts, Settlement, StepRecord};
pub use person::Person;
pub use rest::Rest;

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
    /// Groups of hosts that the person brought in (true) or took out (false), by their keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, bool>,
    /// Why a rule is overridden, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// The intent whose unsent part this one takes up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_of: Option<IntentId>,
    /// Who presses. The journal tells it in lines of its own.
    #[serde(skip)]
    pub by: Person,
}

impl Intent {
    /// About a whole rollout, without a word of the person's.
    pub fn new(id: IntentId, verb: Verb, tenant: TenantId, rollout: RolloutId) -> Self {
        Self {
            id,
            verb,
            tenant,
            rollout,
            wave: None,
            hosts: Vec::new(),
            remark: None,
            choices: BTreeMap::new(),
            reason: None,
            rest_of: None,
            by: Person::default(),
        }
    }

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
    /// Every host that the intent may reach or was asked to, where it is about hosts.
    pub hosts: Vec<HostFound>,
    /// How the verb would be done to them.
    pub ways: Ways,
    /// What the backend's own translation and look-up need besides; nobody else reads it.
    pub own: BTreeMap<String, String>,
    /// What a backend adds that is driven job by job.
    pub by_jobs: ByJobs,
}

/// Another rollout whose waiting hosts this intent would cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    pub rollout: Text,
    /// Scheduled jobs found. An upper bound: they need not be the same hosts.
    pub scheduled: u32,
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
    /// What the calendar says, for verbs that begin work.
    pub allowed: Option<Arc<Allowed>>,
    /// What we know of failures of this rollout's hosts.
    pub causes: Causes,
    /// The user's own rules about hosts and releases.
    pub rules: Arc<HostRules>,
    /// What was asked for and left out on the way here, in words.
    pub left_out: Vec<Text>,
}

impl Context {
    /// Nothing seen before, nothing known, every verb at hand.
    pub fn at(civil: Timestamp) -> Self {
        Self {
            seen: None,
            seen_age: None,
            capability: Capability::Native,
            civil,
            allowed: None,
            causes: Arc::default(),
            rules: Arc::default(),
            left_out: Vec::new(),
        }
    }
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
    /// Hosts by verdict, where the verb goes host by host.
    pub groups: Vec<HostGroup>,
    /// All of them are in, and the backend has one call for that.
    pub whole: bool,
}

impl Decision {
    /// About a rollout, not about hosts.
    pub fn new(intent: Intent, survey: Survey, effect: PlannedEffect) -> Self {
        Self { intent, survey, effect, groups: Vec::new(), whole: false }
    }

    /// The hosts that are in.
    pub fn reached(&self) -> impl Iterator<Item = &Judged> {
        self.groups.iter().filter(|group| group.chosen).flat_map(|group| &group.hosts)
    }

    /// It goes host by host, and none is in yet.
    pub fn reaches_nobody(&self) -> bool {
        !self.groups.is_empty() && self.reached().next().is_none()
    }
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
    /// Reads until a thing is in a state; it sends nothing.
    Await {
        condition: Text,
        limit_seconds: u32,
        #[serde(default)]
        id: u32,
        /// What is read, like the path of a call.
        #[serde(default)]
        path: String,
        /// The backend's own state words that end it.
        #[serde(default)]
        until: Vec<Text>,
    },
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
    /// The hosts that it names, as the backend spells them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// What must still hold when it is sent.
    pub guard: Guard,
    pub deadline_seconds: u32,
    /// What undoes it, in words; none means that nothing does.
    pub undo: Option<Text>,
}

/// Stands in the path of a later step for what an earlier one makes.
pub fn made_by(step: u32) -> String {
    format!("<made by step {step}>")
}

/// A path with the ids that earlier steps made.
///
/// # Errors
/// The step whose id is missing, in words.
pub fn resolved(path: &str, seen: &Receipts) -> Result<String, Text> {
    let Some((before, rest)) = path.split_once("<made by step ") else { return Ok(path.to_owned()) };
    let Some((step, after)) = rest.split_once('>') else { return Ok(path.to_owned()) };
    let made = step.parse().ok().and_then(|step: u32| seen.get(&step)).and_then(|receipt| receipt.made.as_ref());
    let made = made.ok_or_else(|| Text::new(format!("step {step} did not say what it made: its id is not known")))?;
    Ok(format!("{before}{made}{after}"))
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
    /// What cannot be undone, or cannot be known. Stands first.
    pub beware: Vec<Text>,
    pub will: Vec<Text>,
    pub will_not: Vec<Text>,
    /// What goes on though it is no longer wanted.
    pub nobody_stops: Vec<Text>,
    /// By what it may begin now, and whether it fits.
    pub window: Vec<Text>,
    /// Hosts by verdict, where the verb goes host by host.
    pub groups: Vec<HostGroup>,
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
    /// The rollout's name, for whoever reads the journal later: not compared.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub name: Text,
    pub native: Text,
    pub effect: PlannedEffect,
    pub hosts: u32,
    pub release: Option<Release>,
    pub wave_states: BTreeMap<String, Text>,
    /// The hosts that the calls name, where they name hosts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub named: BTreeSet<String>,
    /// [`Survey::own`]: not compared, kept for the look-up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub own: BTreeMap<String, String>,
    /// What the calendar said, for verbs that begin work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowFacts>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// Hosts that the call touches at once.
    pub at_once: u32,
    /// Hosts that it may reach later.
    pub later: u32,
    pub waves: u32,
}
