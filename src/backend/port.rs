//! The port through which every patch system is reached: one trait and the shapes that pass through it.
//!
//! It decides nothing and schedules nothing. Which call is made when is `supervise`'s; what may be done is `plan`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::stream::Stream;
use jiff::{SignedDuration, Timestamp};

use crate::action::Verb;
use crate::domain::{
    Attempt, AttemptId, BackendName, BackendWord, DoneHost, Health, HostId, HostRow, HostStory, OpenHost, Progress, Rollout,
    RolloutId, Source, StoryLine, TenantId, Text, Wave, WaveId,
};
pub use crate::plan::types::{Capability, Decision, Intent, Receipt, Receipts, Refusal, Settlement, Step, StepRecord, Survey};

/// What a backend's methods return. Dropping it cancels the request.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

/// A patch system, or a tenant's part of one.
pub trait Backend: Send + Sync {
    fn describe(&self) -> &Descriptor;
    /// Who am I there, which version, what may I do, how far off are the clocks. `civil` is our civil time now.
    fn connect(&self, civil: Timestamp) -> Task<'_, Identity>;
    fn observe(&self, what: Interest) -> Task<'_, Observation>;
    /// Fresh facts that an intent needs.
    fn survey<'a>(&'a self, intent: &'a Intent) -> Task<'a, Survey>;
    /// The exact calls a decision needs. Pure.
    fn steps(&self, decision: &Decision) -> Result<Vec<Step>, Refusal>;
    /// One step of a confirmed plan. The receipt says accepted, refused or unknown; `Err` is never used for an answer.
    fn send<'a>(&'a self, step: &'a Step, seen: &'a Receipts) -> Task<'a, Receipt>;
    /// What became of a step: also after a crash, also from another process.
    fn look_up<'a>(&'a self, record: &'a StepRecord) -> Task<'a, Settlement>;
    /// What was asked so far and what the origin's budget allows. The times in it are the supervisor's to fill in.
    fn health(&self) -> Health {
        Health::default()
    }
    /// The shortest time between two board reads that the system should bear; none where ours may be used.
    fn beat(&self) -> Option<Duration> {
        None
    }
    /// What the config's own targets mean there now. Empty where the system keeps its own.
    fn targets(&self) -> Task<'_, Vec<TargetSeen>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// Reasons to ask sooner. None where the system pushes nothing.
    fn hints(&self) -> Option<HintStream> {
        None
    }
}

/// Where a backend keeps what its system will forget, by name and for later processes too. Losing it must only lose what was kept.
pub trait Keep: Send + Sync {
    /// None: never kept, or not readable any more.
    fn kept<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Option<serde_json::Value>> + Send + 'a>>;
    /// Replaces the document. It is kept as well as can be: an error is logged and told nobody.
    fn keep<'a>(&'a self, name: &'a str, document: serde_json::Value) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

pub type HintStream = Pin<Box<dyn Stream<Item = Hint> + Send>>;

/// A reason to ask sooner. Its time may be kept as a fact with source `event`; its state never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub subject: Subject,
    pub host: Option<HostId>,
    pub at: Option<Timestamp>,
}

/// One target of the config, looked up without changing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSeen {
    /// The plan and its ring.
    pub name: Text,
    /// None: it could not be looked up.
    pub hosts: Option<u32>,
    /// What is wrong with it, in words.
    pub wrong: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Board,
    Rollout(RolloutId),
}

/// What a connection is and can do. Known without asking it.
#[derive(Clone, Debug)]
pub struct Descriptor {
    pub name: BackendName,
    /// `hawkbit`
    pub kind: &'static str,
    /// Shown address, without credentials.
    pub address: Text,
    pub tenants: Vec<TenantId>,
    pub capabilities: BTreeMap<Verb, Capability>,
    /// Certificate checks are off: shown in the header as long as it is so.
    pub insecure: bool,
    /// Whether `Interest::Find` is understood.
    pub finds_hosts: bool,
}

impl Descriptor {
    pub fn capability(&self, verb: Verb) -> Capability {
        self.capabilities
            .get(&verb)
            .cloned()
            .unwrap_or_else(|| Capability::Unsupported(Text::new(format!("{} has no such verb", self.kind))))
    }
}

/// Who we are at the backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub login: Text,
    /// The backend's own name of the tenant.
    pub tenant: Text,
    pub version: Option<Text>,
    /// Verbs the login may use; a missing one is not known.
    pub rights: BTreeMap<Verb, Right>,
    /// What this login cannot see, in words.
    pub blind: Vec<Text>,
    /// Their clock minus ours; None where they did not say.
    pub skew: Option<SignedDuration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    Yes,
    /// Why not, naming the missing right.
    No(Text),
    NotKnown,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Interest {
    /// Live rollouts with counts: one request.
    Board,
    /// Rollouts of the night that have ended: asked for rarely.
    Night,
    /// The waves of one rollout, with gates and counts.
    Rollout(RolloutId),
    /// One page of a wave's hosts.
    Hosts(WaveId, Page),
    /// One page of a wave's hosts that failed, so that nobody has to page through the wave for them.
    WaveFailures(WaveId, Page),
    /// Hosts of a rollout that failed.
    Failures(RolloutId, Page),
    /// What a host reported in one attempt.
    Evidence(AttemptId),
    /// One page of a wave's hosts that were told to begin and have not ended, with when they were last heard of.
    Open(WaveId, Page),
    /// The times in what a host reported of one attempt.
    Progress(AttemptId),
    /// One page of a wave's hosts that reported success, held against their own facts.
    Verify(WaveId, Page),
    /// What waits for a person.
    Approvals,
    /// Hosts by a part of their name.
    Find(Text),
    Host(HostId),
    /// What the backend itself says about allowed times.
    Windows,
}

/// A page of a list: `offset` items are skipped, at most `limit` come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Page {
    pub offset: u32,
    pub limit: u32,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub by: Source,
    pub facts: Facts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// `complete` says that every rollout of the scope is in the list: what is missing is gone.
    Rollouts {
        scope: Scope,
        rollouts: Vec<Rollout>,
        complete: bool,
    },
    Waves {
        rollout: RolloutId,
        waves: Vec<Wave>,
    },
    Hosts {
        wave: WaveId,
        page: Page,
        hosts: Vec<HostRow>,
        total: u32,
    },
    WaveFailures {
        wave: WaveId,
        page: Page,
        hosts: Vec<HostRow>,
        total: u32,
    },
    /// `since` holds what was tried on these hosts after the listed try, oldest first: by then the listed one is history.
    Failures {
        rollout: RolloutId,
        page: Page,
        hosts: Vec<HostRow>,
        total: u32,
        since: BTreeMap<HostId, Vec<Attempt>>,
    },
    /// `wave` is the wave's name, where only the evidence tells it.
    Evidence {
        attempt: AttemptId,
        reports: Vec<StoryLine>,
        wave: Option<Text>,
    },
    /// `through` names some tries of the wave that ended well, newest first: their times tell what is usual. `planned` is how
    /// long a host may take, where somebody said so beforehand.
    Open {
        wave: WaveId,
        page: Page,
        hosts: Vec<OpenHost>,
        total: u32,
        through: Vec<AttemptId>,
        planned: Option<SignedDuration>,
    },
    Progress {
        attempt: AttemptId,
        progress: Progress,
    },
    /// `blind` says why hosts' own facts were not asked, where they were not.
    Verify {
        wave: WaveId,
        page: Page,
        hosts: Vec<DoneHost>,
        total: u32,
        blind: Option<Text>,
    },
    Found {
        text: Text,
        hosts: Vec<HostRow>,
        total: u32,
    },
    Host(Box<HostStory>),
    /// All that the backend says of allowed times. `age` is how old the oldest part of it was when it was answered.
    Windows {
        word: BackendWord,
        age: Duration,
    },
    /// The backend has nothing to say on this.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything that has not ended.
    Live,
    /// What ended, newest first.
    Ended,
}

/// Why there is no answer. Each kind has its own words on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 401: the credentials are refused.
    Credentials(Text),
    /// 403: known, and not permitted.
    NotPermitted(Text),
    NotFound(Text),
    /// The thing is in another state; the words name it where the server did.
    WrongState(Text),
    Conflict(Text),
    Locked(Text),
    /// 429 with a reason: asking again does not help.
    Quota(Text),
    /// 429 without a reason, or 503: asking later helps.
    Overloaded {
        words: Text,
        retry_after: Option<Duration>,
    },
    /// 5xx.
    Server(Text),
    /// No connection, or it broke.
    Unreachable(Text),
    /// No answer in time.
    TimedOut(Duration),
    Tls(Text),
    /// An answer we do not understand, with its first line.
    NotUnderstood(Text),
    /// The secret could not be had (environment, file or helper).
    Secret(Text),
    /// The connection's tenant is another one than the config names.
    OtherTenant(Text),
    /// The adapter cannot do this, and says why.
    Unsupported(Text),
}

impl Trouble {
    /// Asking again later, without anybody changing anything, may help.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Overloaded { .. } | Self::Server(_) | Self::Unreachable(_) | Self::TimedOut(_) | Self::NotUnderstood(_)
        )
    }

    /// It answered, and refuses us, as opposed to not being there.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Credentials(_) | Self::NotPermitted(_) | Self::OtherTenant(_) | Self::Secret(_))
    }

    /// Somebody answered, whatever it was, as opposed to nobody being there.
    pub fn is_answer(&self) -> bool {
        !matches!(self, Self::Unreachable(_) | Self::TimedOut(_) | Self::Tls(_) | Self::Secret(_) | Self::Unsupported(_))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(text) => write!(f, "credentials refused: {text}"),
            Self::NotPermitted(text) => write!(f, "not permitted: {text}"),
            Self::NotFound(text) => write!(f, "not found: {text}"),
            Self::WrongState(text) => write!(f, "wrong state: {text}"),
            Self::Conflict(text) => write!(f, "conflict: {text}"),
            Self::Locked(text) => write!(f, "locked: {text}"),
            Self::Quota(text) => write!(f, "over quota: {text}"),
            Self::Overloaded { words, retry_after: Some(wait) } => {
                write!(f, "overloaded: {words}; it asks for {} s of rest", wait.as_secs())
            }
            Self::Overloaded { words, retry_after: None } => write!(f, "overloaded: {words}"),
            Self::Server(text) => write!(f, "server error: {text}"),
            Self::Unreachable(text) => write!(f, "unreachable: {text}"),
            Self::TimedOut(limit) => write!(f, "no answer within {} s", limit.as_secs()),
            Self::Tls(text) => write!(f, "TLS: {text}"),
            Self::NotUnderstood(text) => write!(f, "answer not understood: {text}"),
            Self::Secret(text) => write!(f, "no secret: {text}"),
            Self::OtherTenant(text) => write!(f, "another tenant: {text}"),
            Self::Unsupported(text) => write!(f, "not possible here: {text}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// What the app wants of one connection at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What is on the screen, most important first.
    pub follow: Vec<Interest>,
    /// What is read when nothing of the above is due, one after the other, most important first: failed hosts and why.
    pub later: Vec<Interest>,
    /// Those of the two above that hold a host which is being tried again: read again for its end, one after the other.
    pub again: BTreeSet<Interest>,
    /// A verb was just sent there: read it every second until its state moves.
    pub hurry: Vec<RolloutId>,
    /// Moves when a person asks to read everything now.
    pub read_now: u64,
    /// Nobody has touched the keyboard for a while, and nothing moves.
    pub resting: bool,
}

/// What a supervisor tells the app.
#[derive(Clone, Debug)]
pub struct Report {
    pub backend: BackendName,
    pub news: News,
}

#[derive(Clone, Debug)]
pub enum News {
    Connected(Identity),
    Observed {
        what: Interest,
        observation: Observation,
        took: Duration,
    },
    Failed {
        what: Interest,
        trouble: Trouble,
        again_in: Option<Duration>,
    },
    /// Answers a person's `read now`: everything asked for has been answered, or something of it has failed.
    ReadAgain {
        whole: bool,
    },
    /// How the connection is doing, for the Backends screen. Sent when it changed, at most every few seconds.
    Health(Health),
}
