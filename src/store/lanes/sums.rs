//! Lanes counted: how many hosts stand in each, since when, and of whom nothing is known; and coverage.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Lanes, Open, WaveLanes};
use crate::domain::{
    Coverage, HostId, HostState, Lane, Mono, Own, Progress, Relation, RolloutId, TenantId, Text, Usuals, Wave, WaveId, lane_of,
    stays_until,
};
use crate::store::{Entry, Store};

/// The lanes of one wave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaveSum {
    pub hosts: BTreeMap<Lane, (u32, Option<Timestamp>)>,
    /// At work, and nobody has read how far it is.
    pub unchecked: u32,
    pub usuals: Usuals,
    /// Why something of it is not known.
    pub why: Option<Text>,
    /// When its open hosts were read.
    pub seen: Option<Mono>,
}

/// What was counted of one wave, and from when until when it stays so by time alone.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    sum: WaveSum,
    from: Timestamp,
    until: Timestamp,
}

impl Counted {
    fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now <= self.until
    }

    /// Takes news of one open host, of whom `old` was known: hundreds a minute say something, and each moves one host at most.
    /// False where only a walk over all hosts tells what is right now.
    pub(super) fn took(&mut self, open: &Open, old: Option<&Progress>, usuals: &Usuals, now: Timestamp) -> bool {
        if !self.holds(now) {
            return false;
        }
        let progress = open.progress.as_ref();
        if let Some((lane, since)) = lane_of(&open.host, old, usuals, now) {
            let Some(of) = self.sum.hosts.get_mut(&lane) else { return false };
            of.0 -= 1;
            if of.0 == 0 {
                self.sum.hosts.remove(&lane);
            } else if of.1 == since {
                return false;
            }
        }
        if let Some((lane, since)) = lane_of(&open.host, progress, usuals, now) {
            let of = self.sum.hosts.entry(lane).or_default();
            *of = (of.0 + 1, earlier(of.1, since));
        }
        if old.is_none() && open.host.state != HostState::NotFetched {
            self.sum.unchecked = self.sum.unchecked.saturating_sub(1);
        }
        self.until = stays_until(&open.host, progress, usuals, now).map_or(self.until, |until| until.min(self.until));
        true
    }
}

/// One lane over all waves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneSum {
    pub hosts: u32,
    pub tenants: BTreeSet<TenantId>,
    /// Since when the first of them stands in it. None where nobody knows.
    pub oldest: Option<Timestamp>,
    /// The shortest and the longest limit that waves have, in words: what is usual.
    pub usuals: Vec<Usuals>,
}

impl LaneSum {
    fn add(&mut self, hosts: u32, since: Option<Timestamp>, tenant: &TenantId, usuals: Usuals) {
        self.hosts += hosts;
        self.oldest = earlier(self.oldest, since);
        if !self.tenants.contains(tenant) {
            self.tenants.insert(tenant.clone());
        }
        if !self.usuals.contains(&usuals) {
            self.usuals.push(usuals);
        }
    }
}

/// One host in a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneHost {
    pub id: HostId,
    pub name: Text,
    pub wave: WaveId,
    pub since: Option<Timestamp>,
    /// When it was last heard of.
    pub contact: Option<Timestamp>,
    /// What it says that it runs, where that is why it is here.
    pub says: Option<Text>,
    pub usuals: Usuals,
    /// When what puts it here was read.
    pub seen: Mono,
}

impl WaveLanes {
    fn each(&self, now: Timestamp) -> impl Iterator<Item = (Lane, Option<Timestamp>, &Open)> {
        self.open.values().filter_map(move |open| {
            let (lane, since) = lane_of(&open.host, open.progress.as_ref(), &self.usuals, now)?;
            Some((lane, since, open))
        })
    }

    pub(super) fn sum(&self, now: Timestamp) -> WaveSum {
        let mut hosts: BTreeMap<Lane, (u32, Option<Timestamp>)> = BTreeMap::new();
        for (lane, since, _) in self.each(now) {
            let of = hosts.entry(lane).or_default();
            of.0 += 1;
            of.1 = earlier(of.1, since);
        }
        let silent = self.silent().count() as u32;
        if silent > 0 {
            hosts.insert(Lane::Silent, (silent, None));
        }
        WaveSum {
            hosts,
            unchecked: self.unfollowed() + self.total.saturating_sub(self.open.len() as u32),
            usuals: self.usuals,
            why: self.no_open.clone(),
            seen: self.began.map(|at| at.mono),
        }
    }

    /// The last instant at which every open host still stands where it stands now, if nothing is read before.
    fn stays_until(&self, now: Timestamp) -> Timestamp {
        let each = self.open.values().filter_map(|open| stays_until(&open.host, open.progress.as_ref(), &self.usuals, now));
        each.min().unwrap_or(Timestamp::MAX)
    }

    /// How many of the wave's successes hosts themselves confirm.
    pub fn coverage(&self, wave: &Wave) -> Coverage {
        let asked = self.blind.is_none() && !self.told.is_empty();
        let confirm = self.told.values().map(|told| told.confirm).sum::<u32>();
        // The counts may be older than the check.
        Coverage { verified: asked.then_some(confirm.min(wave.counts.done)), ..unchecked(wave) }
    }

    /// Successes that were held against their hosts' own facts, and when.
    pub fn checked(&self) -> Option<(u32, Mono)> {
        let asked = self.told.values().map(|told| told.asked).sum();
        self.checked.filter(|_| self.blind.is_none() && !self.told.is_empty()).map(|at| (asked, at.mono))
    }

    /// Why hosts' own facts are not known.
    pub fn blind(&self) -> Option<&Text> {
        self.blind.as_ref()
    }

    /// A check is under way.
    pub fn is_checking(&self) -> bool {
        self.check.is_some()
    }

    pub fn usuals(&self) -> Usuals {
        self.usuals
    }
}

impl Lanes {
    /// Counts anew what was read since, or what time has moved; whoever asks afterwards is answered without a walk over all hosts.
    pub fn settle(&mut self, now: Timestamp) {
        for (id, known) in &self.waves {
            if !self.counted.get(id).is_some_and(|counted| counted.holds(now)) {
                let counted = Counted { sum: known.sum(now), from: now, until: known.stays_until(now) };
                self.counted.insert(id.clone(), counted);
            }
        }
    }

    fn sum(&self, wave: &WaveId, now: Timestamp) -> Option<Cow<'_, WaveSum>> {
        match self.counted.get(wave).filter(|counted| counted.holds(now)) {
            Some(counted) => Some(Cow::Borrowed(&counted.sum)),
            None => self.waves.get(wave).map(|known| Cow::Owned(known.sum(now))),
        }
    }
}

fn unchecked(wave: &Wave) -> Coverage {
    Coverage { verified: None, reported: wave.counts.done, total: wave.counts.total }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Selectors.
impl Store {
    pub fn coverage_of_wave(&self, wave: &Wave) -> Coverage {
        self.lanes.wave(&wave.id).map_or_else(|| unchecked(wave), |known| known.coverage(wave))
    }

    /// Of a whole rollout: what the backend counts, and what was verified of its waves.
    pub fn coverage(&self, id: &RolloutId) -> Coverage {
        let Some(entry) = self.entry(id) else { return Coverage::default() };
        let waves = entry.waves().iter().map(|wave| self.coverage_of_wave(wave));
        let sum = waves.fold(Coverage::default(), |sum, wave| sum + wave);
        match entry.rollout.value.counts {
            Some(counts) => {
                let verified = sum.verified.map(|verified| verified.min(counts.done));
                Coverage { verified, reported: counts.done, total: counts.total }
            }
            None => sum,
        }
    }

    /// Of everything that moves or ended within a day. A way back installs nothing, and its hosts are counted already.
    pub fn coverage_of_tonight(&self, now: Timestamp) -> Coverage {
        let is_way_back =
            |entry: &Entry| entry.rollout.value.related.iter().any(|related| related.relation == Relation::RollbackOf);
        let tonight = self.rollouts.iter().filter(|(_, entry)| entry.is_of_tonight(now) && !is_way_back(entry));
        tonight.map(|(id, _)| id).map(|id| self.coverage(id)).fold(Coverage::default(), |sum, one| sum + one)
    }

    pub fn lanes_of_wave(&self, wave: &WaveId, now: Timestamp) -> Option<Cow<'_, WaveSum>> {
        self.lanes.sum(wave, now)
    }

    /// The lanes of a rollout's waves together.
    pub fn lanes_of(&self, id: &RolloutId, now: Timestamp) -> BTreeMap<Lane, (u32, Option<Timestamp>)> {
        let mut all: BTreeMap<Lane, (u32, Option<Timestamp>)> = BTreeMap::new();
        let waves = self.entry(id).into_iter().flat_map(Entry::waves);
        for sum in waves.filter_map(|wave| self.lanes.sum(&wave.id, now)) {
            for (lane, (hosts, since)) in &sum.hosts {
                let of = all.entry(*lane).or_default();
                of.0 += hosts;
                of.1 = earlier(of.1, *since);
            }
        }
        all
    }

    /// Every lane that holds a host.
    pub fn lane_totals(&self, now: Timestamp) -> BTreeMap<Lane, LaneSum> {
        let mut sums: BTreeMap<Lane, LaneSum> = BTreeMap::new();
        for id in self.lanes.waves.keys() {
            let (Some(entry), Some(wave)) = (self.entry(&id.rollout), self.lanes.sum(id, now)) else { continue };
            for (lane, (hosts, since)) in &wave.hosts {
                sums.entry(*lane).or_default().add(*hosts, *since, &entry.rollout.value.tenant, wave.usuals);
            }
        }
        sums
    }

    /// Every lane that holds a host that `keep` lets through.
    pub fn lane_sums<'a>(
        &'a self,
        now: Timestamp,
        mut keep: impl FnMut(Lane, &'a Text, &'a TenantId) -> bool,
    ) -> BTreeMap<Lane, LaneSum> {
        let mut sums: BTreeMap<Lane, LaneSum> = BTreeMap::new();
        for (id, known) in self.lanes.all() {
            let Some(tenant) = self.entry(&id.rollout).map(|entry| &entry.rollout.value.tenant) else { continue };
            let open = known.each(now).map(|(lane, since, open)| (lane, since, &open.host.name));
            let silent = known.silent().map(|host| (Lane::Silent, None, &host.name));
            for (lane, since, name) in open.chain(silent) {
                if !keep(lane, name, tenant) {
                    continue;
                }
                sums.entry(lane).or_default().add(1, since, tenant, known.usuals);
            }
        }
        sums
    }

    /// The hosts of one lane, those longest in it first.
    pub fn in_lane(&self, lane: Lane, now: Timestamp) -> Vec<LaneHost> {
        let mut hosts = Vec::new();
        for (wave, known) in self.lanes.all() {
            let usuals = known.usuals;
            if lane == Lane::Silent {
                hosts.extend(known.silent().map(|host| LaneHost {
                    id: host.id.clone(),
                    name: host.name.clone(),
                    wave: wave.clone(),
                    since: None,
                    contact: None,
                    says: match &host.own {
                        Own::Differs(says) => Some(says.clone()),
                        Own::Confirms | Own::NotTold | Own::Superseded => None,
                    },
                    usuals,
                    seen: known.checked.map_or(Mono::default(), |at| at.mono),
                }));
                continue;
            }
            hosts.extend(known.each(now).filter(|(of, ..)| *of == lane).map(|(_, since, open)| LaneHost {
                id: open.host.id.clone(),
                name: open.host.name.clone(),
                wave: wave.clone(),
                since,
                contact: open.host.contact,
                says: None,
                usuals,
                seen: open.followed.map_or(open.seen, |at| at.mono),
            }));
        }
        hosts.sort_by(|a, b| {
            let key = |host: &LaneHost| (host.since.is_some(), host.since);
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        hosts
    }
}
