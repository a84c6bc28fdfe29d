//! What is no failure and must not hide: the lanes beside the failures, and what a host's own facts say of a reported success.
//!
//! It names and sorts; it reads nothing. How long is usual is counted from ended tries, and where too few are known it is said
//! that nobody knows.

use jiff::{SignedDuration, Timestamp};

use super::{AttemptId, HostId, HostState, Text};

/// Why a host that has not failed is worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// It went into a restart and is away for longer than restarts take here.
    NotBack,
    /// The backend records success, and the host's own facts disagree.
    Silent,
    /// At work, without a word for longer than the wave's others took.
    Stuck,
    /// Told to begin; it never answered and has missed its time to call.
    Offline,
    /// Installed, and it waits until somebody restarts it.
    RestartOwed,
    /// In a restart that is not too long yet.
    Restarting,
}

impl Lane {
    pub const ALL: [Self; 6] = [Self::NotBack, Self::Silent, Self::Stuck, Self::Offline, Self::RestartOwed, Self::Restarting];

    pub fn word(self) -> &'static str {
        match self {
            Self::NotBack => "not back",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::Offline => "offline",
            Self::RestartOwed => "restart owed",
            Self::Restarting => "restarting",
        }
    }

    /// The key of it in `--json`.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotBack => "not_back",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::Offline => "offline",
            Self::RestartOwed => "restart_owed",
            Self::Restarting => "restarting",
        }
    }

    /// What it means, in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NotBack => "went into a restart and has not come back from it",
            Self::Silent => "reported done, and its own facts say otherwise",
            Self::Stuck => "at work, without a word for longer than usual",
            Self::Offline => "told to begin, never answered, and overdue",
            Self::RestartOwed => "installed; waits until somebody restarts it",
            Self::Restarting => "in a restart, and not overdue",
        }
    }

    /// What to do next.
    pub fn next_step(self) -> &'static str {
        match self {
            Self::NotBack => "look on site",
            Self::Silent => "do not trust done",
            Self::Stuck => "look at the host",
            Self::Offline => "find out if it is on",
            Self::RestartOwed => "restart it",
            Self::Restarting => "wait",
        }
    }

    /// A person has to do something, and nothing else will.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::NotBack | Self::Silent)
    }
}

/// What the host itself says of the release that the backend records as done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Own {
    /// It says that it runs this release.
    Confirms,
    /// It says, or its record shows, another one.
    Differs(Text),
    /// It says nothing that would tell.
    NotTold,
    /// Another release was meant for it since: its facts are of that one.
    Superseded,
}

/// A host that was told to begin and has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenHost {
    pub id: HostId,
    pub name: Text,
    pub state: HostState,
    pub attempt: Option<AttemptId>,
    /// When it last spoke to the backend. None: never, or the backend does not say.
    pub contact: Option<Timestamp>,
    pub overdue: bool,
}

/// A host that reported success, held against its own facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneHost {
    pub id: HostId,
    pub name: Text,
    pub own: Own,
}

/// How far a restart is, by the host's own reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It said that one is needed.
    Owed(Timestamp),
    /// It said that it goes into one.
    Begun(Timestamp),
}

/// What a host reported of one try, boiled down to times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it took the job.
    pub fetched: Option<Timestamp>,
    /// Its newest report.
    pub last: Option<Timestamp>,
    pub restart: Option<Restart>,
    pub ended: Option<Timestamp>,
}

/// Words by which devices say that they restart now, and that somebody should restart them; in lower case.
const BEGUN: [&str; 6] = ["restarting", "rebooting", "restart started", "reboot started", "going down for re", "startet neu"];
const OWED: [&str; 10] = [
    "restart required",
    "reboot required",
    "restart pending",
    "reboot pending",
    "needs a restart",
    "needs a reboot",
    "requires a restart",
    "requires a reboot",
    "restart is required",
    "neustart erforderlich",
];

impl Restart {
    /// What words of a host, said at `at`, tell about a restart.
    pub fn told(words: &str, at: Timestamp) -> Option<Self> {
        let words = words.to_lowercase();
        let has = |known: &[&str]| known.iter().any(|word| words.contains(word));
        if has(&OWED) {
            return Some(Self::Owed(at));
        }
        has(&BEGUN).then_some(Self::Begun(at))
    }
}

/// How long something took on hosts of one wave that are through with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Half of them were through by then.
    pub typical: SignedDuration,
    pub longest: SignedDuration,
    pub hosts: u32,
}

/// Fewer ended tries than this tell nothing.
const ENOUGH: usize = 3;

impl Usual {
    /// None where too few are known.
    pub fn of(mut taken: Vec<SignedDuration>) -> Option<Self> {
        taken.retain(SignedDuration::is_positive);
        taken.sort_unstable();
        if taken.len() < ENOUGH {
            return None;
        }
        Some(Self { typical: taken[taken.len() / 2], longest: *taken.last()?, hosts: taken.len() as u32 })
    }

    /// Beyond this it is too long: twice the typical time, and no less than the longest seen.
    pub fn limit(self) -> SignedDuration {
        self.longest.max(self.typical.saturating_mul(2))
    }
}

/// What is usual in one wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usuals {
    /// From taking the job to its end.
    pub work: Option<Usual>,
    /// From going into the restart to the end.
    pub restart: Option<Usual>,
    /// How long the work may take, where somebody said so beforehand.
    pub planned: Option<SignedDuration>,
}

/// Taken where nobody knows what is usual.
const RESTART: SignedDuration = SignedDuration::from_mins(15);
const WORK: SignedDuration = SignedDuration::from_mins(60);

impl Usuals {
    pub fn restart_limit(&self) -> SignedDuration {
        self.restart.map_or(RESTART, Usual::limit)
    }

    pub fn work_limit(&self) -> SignedDuration {
        self.planned.unwrap_or_else(|| self.work.map_or(WORK, Usual::limit))
    }
}

/// Since when a host does what it does, and how long that may take. None: time alone moves it nowhere.
fn on_its_way(progress: &Progress, usuals: &Usuals) -> Option<(Timestamp, SignedDuration)> {
    match progress.restart {
        Some(Restart::Owed(_)) => None,
        Some(Restart::Begun(at)) => Some((at, usuals.restart_limit())),
        None => Some((progress.last.max(progress.fetched)?, usuals.work_limit())),
    }
}

/// Where an open host stands, and since when. None of the lanes: it is at work as usual, or is about to call.
pub fn lane_of(
    host: &OpenHost,
    progress: Option<&Progress>,
    usuals: &Usuals,
    now: Timestamp,
) -> Option<(Lane, Option<Timestamp>)> {
    if host.state == HostState::NotFetched {
        return host.overdue.then_some((Lane::Offline, host.contact));
    }
    let progress = progress?;
    if let Some(Restart::Owed(at)) = progress.restart {
        return Some((Lane::RestartOwed, Some(at)));
    }
    let (since, limit) = on_its_way(progress, usuals)?;
    let lane = match (progress.restart.is_some(), now.duration_since(since) > limit) {
        (true, true) => Lane::NotBack,
        (true, false) => Lane::Restarting,
        (false, true) => Lane::Stuck,
        (false, false) => return None,
    };
    Some((lane, Some(since)))
}

/// The last instant at which an open host stands where it stands now, if nothing is heard of it. None: time alone moves it nowhere.
pub fn stays_until(host: &OpenHost, progress: Option<&Progress>, usuals: &Usuals, now: Timestamp) -> Option<Timestamp> {
    let progress = progress.filter(|_| host.state != HostState::NotFetched)?;
    let (since, limit) = on_its_way(progress, usuals)?;
    since.checked_add(limit).ok().filter(|end| *end >= now)
}

/// How much of what is reported was confirmed, in hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The host's own facts confirm it. None: nobody has asked.
    pub verified: Option<u32>,
    /// The backend reports it done.
    pub reported: u32,
    pub total: u32,
}

impl std::ops::Add for Coverage {
    type Output = Self;

    /// What was not asked of one is not known of both, unless something was asked of either.
    fn add(self, other: Self) -> Self {
        let verified = match (self.verified, other.verified) {
            (None, None) => None,
            (one, two) => Some(one.unwrap_or(0).saturating_add(two.unwrap_or(0))),
        };
        Self { verified, reported: self.reported.saturating_add(other.reported), total: self.total.saturating_add(other.total) }
    }
}

#[cfg(test)]
mod tests;
