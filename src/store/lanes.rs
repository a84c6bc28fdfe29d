//! Hosts beside the failures: open ones with when they were heard of, and reported successes held against hosts' own facts, by wave.
//!
//! It counts lanes when something was read and when time alone moves a host from one to the next. It asks nobody: it says what is
//! due, page by page, and what was not read counts as not checked.

mod sums;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use self::sums::{LaneHost, LaneSum, WaveSum};
use crate::domain::{
    AttemptId, BackendName, DoneHost, HostId, HostState, Mono, Now, OpenHost, Own, Progress, RolloutId, Text, Usual, Usuals,
    WaveId,
};

/// Hosts asked about at once.
pub const PAGE: u32 = 500;
/// Open hosts of one wave that are read at most.
const MOST: u32 = 20_000;
/// Histories of open hosts that are followed on one connection at most.
const FOLLOWED: usize = 200;
/// What is open is read again after so much civil time, and not before so much real time has passed.
const AGAIN: SignedDuration = SignedDuration::from_mins(2);
const SOONEST: Duration = Duration::from_secs(10);
/// The same for the history of one open host, a request each.
const FOLLOW: Duration = Duration::from_secs(30);
/// How often it is thought about which histories are due.
const THINK: Duration = Duration::from_secs(2);

/// When something was read, in both times.
#[derive(Clone, Copy, Debug, PartialEq)]
struct At {
    mono: Mono,
    civil: Timestamp,
}

/// When it was followed last, when it spoke last, its try, and whether what is known of it is old.
type AtWork<'a> = (Option<Mono>, Option<Timestamp>, &'a AttemptId, bool);

impl At {
    fn now(now: &Now) -> Self {
        Self { mono: now.mono, civil: now.civil }
    }

    fn is_old(self, now: &Now, soonest: Duration) -> bool {
        now.mono.since(self.mono) >= soonest && now.civil.duration_since(self.civil) >= AGAIN
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Open {
    host: OpenHost,
    seen: Mono,
    progress: Option<Progress>,
    followed: Option<At>,
}

/// One page of reported successes.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    confirm: u32,
    silent: Vec<DoneHost>,
    asked: u32,
}

/// What is known of one wave beside its counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaveLanes {
    open: BTreeMap<HostId, Open>,
    /// Open hosts by the newest page.
    total: u32,
    /// When the reading began whose pages come in; the next page of it, if it is not through.
    began: Option<At>,
    next: Option<u32>,
    /// Why open hosts cannot be read.
    no_open: Option<Text>,
    /// Tries that ended well, and their times as far as they were read.
    sample: BTreeMap<AttemptId, Option<Progress>>,
    usuals: Usuals,
    told: BTreeMap<u32, Told>,
    /// The same two for the check of hosts' own facts.
    checked: Option<At>,
    check: Option<u32>,
    /// Done hosts when the last whole check began to be through.
    checked_done: Option<u32>,
    /// Why hosts' own facts are not known.
    blind: Option<Text>,
}

#[derive(Clone, Debug, Default)]
pub struct Lanes {
    waves: BTreeMap<WaveId, WaveLanes>,
    /// Only for speed: what is missing here is counted when it is asked for.
    counted: BTreeMap<WaveId, sums::Counted>,
    due: BTreeMap<BackendName, Vec<AttemptId>>,
    thought: Option<Mono>,
}

/// Taking what was read. Each says whether something visible changed.
impl Lanes {
    fn changing(&mut self, wave: &WaveId) -> &mut WaveLanes {
        self.counted.remove(wave);
        self.waves.entry(wave.clone()).or_default()
    }

    pub fn opened(
        &mut self,
        wave: &WaveId,
        offset: u32,
        hosts: Vec<OpenHost>,
        total: u32,
        through: Vec<AttemptId>,
        now: &Now,
    ) -> bool {
        let known = self.changing(wave);
        let mut changed = known.total != total || known.no_open.take().is_some();
        if offset == 0 {
            known.began = Some(At::now(now));
            known.sample = through.into_iter().map(|id| (id.clone(), known.sample.remove(&id).flatten())).collect();
        }
        known.total = total;
        for host in hosts {
            match known.open.get_mut(&host.id) {
                Some(open) if open.host.attempt == host.attempt => {
                    changed |= open.host != host;
                    (open.host, open.seen) = (host, now.mono);
                }
                _ => {
                    changed = true;
                    known.open.insert(host.id.clone(), Open { host, seen: now.mono, progress: None, followed: None });
                }
            }
        }
        let next = offset + PAGE;
        known.next = (next < total.min(MOST)).then_some(next);
        if let (None, Some(began)) = (known.next, known.began) {
            let before = known.open.len();
            known.open.retain(|_, open| open.seen >= began.mono);
            changed |= known.open.len() != before;
        }
        self.thought = None;
        changed
    }

    /// How long hosts of a wave may take, where somebody said so beforehand.
    pub fn planned(&mut self, wave: &WaveId, planned: Option<SignedDuration>) -> bool {
        let usuals = &mut self.changing(wave).usuals;
        std::mem::replace(&mut usuals.planned, planned) != planned
    }

    pub fn cannot_open(&mut self, wave: &WaveId, why: Text, now: &Now) {
        let known = self.changing(wave);
        (known.began, known.next, known.no_open) = (Some(At::now(now)), None, Some(why));
    }

    pub fn progressed(&mut self, attempt: &AttemptId, progress: Progress, now: &Now) -> bool {
        if let Some(due) = self.due.get_mut(&attempt.host.backend) {
            due.retain(|known| known != attempt);
        }
        let mut changed = false;
        for (id, wave) in self.waves.iter_mut().filter(|(_, wave)| wave.holds(attempt)) {
            let usuals = wave.usuals;
            if let Some(open) = wave.open.get_mut(&attempt.host).filter(|open| open.host.attempt.as_ref() == Some(attempt)) {
                let old = open.progress.replace(progress);
                changed |= old != Some(progress);
                open.followed = Some(At::now(now));
                let stays = self.counted.get_mut(id).is_some_and(|counted| counted.took(open, old.as_ref(), &usuals, now.civil));
                if !stays {
                    self.counted.remove(id);
                }
            }
            if let Some(known) = wave.sample.get_mut(attempt) {
                changed |= *known != Some(progress);
                *known = Some(progress);
                wave.count_usuals();
                if wave.usuals != usuals {
                    self.counted.remove(id);
                }
            }
        }
        changed
    }

    pub fn verified(
        &mut self,
        wave: &WaveId,
        offset: u32,
        hosts: Vec<DoneHost>,
        total: u32,
        blind: Option<Text>,
        now: &Now,
    ) -> bool {
        let known = self.changing(wave);
        let mut told = Told { asked: hosts.len() as u32, ..Told::default() };
        for host in hosts {
            match host.own {
                Own::Confirms => told.confirm += 1,
                Own::Differs(_) => told.silent.push(host),
                Own::NotTold | Own::Superseded => {}
            }
        }
        let changed = known.told.get(&offset) != Some(&told) || known.blind != blind;
        known.told.insert(offset, told);
        known.blind = blind;
        let next = offset + PAGE;
        if next < total {
            known.check = Some(next);
        } else {
            known.told.split_off(&next);
            known.check = None;
            known.checked_done = Some(total);
        }
        known.checked = Some(At::now(now));
        changed
    }

    pub fn cannot_verify(&mut self, wave: &WaveId, why: Text, now: &Now) {
        let known = self.changing(wave);
        (known.check, known.checked, known.blind) = (None, Some(At::now(now)), Some(why));
        known.told.clear();
    }

    /// A person asks for the own facts of these hosts.
    pub fn ask(&mut self, wave: &WaveId) {
        self.changing(wave).check = Some(0);
    }

    /// Drops what belongs to rollouts that are not known any more.
    pub fn keep_rollouts(&mut self, known: impl Fn(&RolloutId) -> bool) {
        self.waves.retain(|wave, _| known(&wave.rollout));
        self.counted.retain(|wave, _| known(&wave.rollout));
    }
}

/// What is to be asked next.
impl Lanes {
    /// The page of a wave's open hosts that is due; `unended` says of how many the backend shows no end.
    pub fn open_due(&self, wave: &WaveId, unended: u32, now: &Now) -> Option<u32> {
        let Some(known) = self.waves.get(wave) else { return (unended > 0).then_some(0) };
        if known.next.is_some() {
            return known.next;
        }
        // One more reading when the last has ended, so that nothing stays behind.
        let any = unended > 0 || !known.open.is_empty();
        (any && known.began.is_none_or(|at| at.is_old(now, SOONEST))).then_some(0)
    }

    /// The page of a wave's successes that is due to be checked: what a person asked for; and what ended with another number of
    /// successes than were checked, `done`.
    pub fn verify_due(&self, wave: &WaveId, ended: bool, done: u32, now: &Now) -> Option<u32> {
        let Some(known) = self.waves.get(wave) else { return (ended && done > 0).then_some(0) };
        if known.check.is_some() {
            return known.check;
        }
        // Where nobody can be asked, only a person makes it try again.
        let due = ended && done > 0 && known.checked_done != Some(done) && known.blind.is_none();
        (due && known.checked.is_none_or(|at| at.is_old(now, FOLLOW))).then_some(0)
    }

    /// Tries whose history is due, those that were thought of last.
    pub fn progress_due(&self, backend: &BackendName, most: usize) -> &[AttemptId] {
        let due = self.due.get(backend).map_or(&[][..], Vec::as_slice);
        &due[..due.len().min(most)]
    }

    /// Thinks about which histories are due: ended ones of waves with hosts at work first, then open ones nobody has read,
    /// those not heard of for longest first, then those read long ago.
    pub fn think(&mut self, now: &Now) {
        if self.thought.is_some_and(|at| now.mono.since(at) < THINK) {
            return;
        }
        self.thought = Some(now.mono);
        let mut due: BTreeMap<BackendName, Vec<AttemptId>> = BTreeMap::new();
        let mut open: BTreeMap<BackendName, Vec<AtWork<'_>>> = BTreeMap::new();
        for (wave, known) in &self.waves {
            let at_work = || known.open.values().filter(|open| open.host.state != HostState::NotFetched);
            if at_work().next().is_none() {
                continue;
            }
            let unread = known.sample.iter().filter(|(_, progress)| progress.is_none()).map(|(id, _)| id.clone());
            due.entry(wave.backend().clone()).or_default().extend(unread);
            let rows = at_work().filter_map(|one| {
                let old = one.followed.is_none_or(|at| at.is_old(now, FOLLOW));
                Some((one.followed.map(|at| at.mono), one.host.contact, one.host.attempt.as_ref()?, old))
            });
            open.entry(wave.backend().clone()).or_default().extend(rows);
        }
        for (backend, mut rows) in open {
            // Whoever is followed stays followed; only what there is room for beside them is taken up.
            let followed = rows.iter().filter(|row| row.0.is_some()).count();
            rows.sort_unstable_by_key(|row| (row.0, row.1));
            let room = FOLLOWED.saturating_sub(followed);
            let (new, old): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.0.is_none());
            let rows = new.into_iter().take(room).chain(old.into_iter().filter(|row| row.3));
            due.entry(backend).or_default().extend(rows.map(|row| row.2.clone()));
        }
        self.due = due;
    }
}

impl WaveLanes {
    fn holds(&self, attempt: &AttemptId) -> bool {
        self.sample.contains_key(attempt) || self.open.contains_key(&attempt.host)
    }

    fn count_usuals(&mut self) {
        let read = || self.sample.values().flatten();
        let work = read().filter_map(|it| Some(it.ended?.duration_since(it.fetched?))).collect();
        let restart = read().filter_map(|it| match it.restart? {
            crate::domain::Restart::Begun(at) => Some(it.ended?.duration_since(at)),
            crate::domain::Restart::Owed(_) => None,
        });
        (self.usuals.restart, self.usuals.work) = (Usual::of(restart.collect()), Usual::of(work));
    }

    /// Hosts whose history was read, as a set: for tests and for what is not checked.
    fn unfollowed(&self) -> u32 {
        let unread = |open: &&Open| open.host.state != HostState::NotFetched && open.progress.is_none();
        self.open.values().filter(unread).count() as u32
    }

    /// Names of the hosts that are known here.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.open.values().map(|open| &open.host.name).chain(self.silent().map(|host| &host.name))
    }

    /// Names of open hosts, those that have begun before those that have only been told to.
    pub fn at_work(&self) -> impl Iterator<Item = &Text> {
        let name = |begun: bool| {
            let of = self.open.values().filter(move |open| (open.host.state != HostState::NotFetched) == begun);
            of.map(|open| &open.host.name)
        };
        name(true).chain(name(false))
    }

    fn silent(&self) -> impl Iterator<Item = &DoneHost> {
        self.told.values().flat_map(|told| &told.silent)
    }
}

impl Lanes {
    pub fn wave(&self, wave: &WaveId) -> Option<&WaveLanes> {
        self.waves.get(wave)
    }

    pub fn all(&self) -> impl Iterator<Item = (&WaveId, &WaveLanes)> {
        self.waves.iter()
    }

    /// Rollouts of which something stands in a lane or was checked.
    pub fn rollouts(&self) -> BTreeSet<&RolloutId> {
        self.waves.keys().map(|wave| &wave.rollout).collect()
    }
}

#[cfg(test)]
mod tests;
