//! Merging what was observed. Idempotent; older never overwrites newer; a page is not a complete list.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use jiff::{SignedDuration, Timestamp};

use super::pause::Crossings;
use super::{Entry, Found, HostList, Pace, Store};
use crate::diagnosis::telling_line;
use crate::domain::{
    Attempt, AttemptId, BackendName, Evidence, Fresh, HostId, HostRow, HostStory, Mono, PausedBy, Rollout, RolloutId,
    RolloutState, Source, StoryLine, Text, Wave, WaveId,
};

/// Evidence and stories kept at most; the oldest reading goes first.
const MAX_STORIES: usize = 512;
/// Ended rollouts kept of one connection; what ended and was read longest ago goes first.
const MAX_ENDED: usize = 100;
/// Lists of hosts kept at most; the oldest reading goes first.
const MAX_LISTS: usize = 64;

/// For so long the failures of an ended rollout stay in the queue.
const NIGHT: SignedDuration = SignedDuration::from_hours(24);

/// When and by which call something was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// When it was asked for: an answer is at least as new as its question, and two answers may overtake each other.
    pub seen: Mono,
    pub civil: Timestamp,
    pub by: Source,
}

impl Store {
    /// Takes rollouts of one connection. `ended` tells which half of the world a complete list covers.
    pub fn merge_rollouts(&mut self, backend: &BackendName, rollouts: Vec<Rollout>, ended: bool, complete: bool, read: &Read) {
        if complete {
            let listed: BTreeSet<&RolloutId> = rollouts.iter().map(|rollout| &rollout.id).collect();
            for (id, entry) in &mut self.rollouts {
                let lacks = id.backend == *backend && !listed.contains(id);
                if lacks && entry.rollout.seen <= read.seen && !ended && !entry.rollout.value.state.has_ended() {
                    entry.unlisted.get_or_insert(read.seen);
                }
            }
        }
        if ended {
            // It left the list of live ones, and a later list of ended ones lacks it too: it is gone. So is what had ended,
            // if this list holds everything that has.
            let listed: BTreeSet<RolloutId> = rollouts.iter().map(|rollout| rollout.id.clone()).collect();
            self.forget(|id, entry| {
                let gone = entry.unlisted.is_some_and(|since| since <= read.seen)
                    || complete && entry.rollout.value.state.has_ended() && entry.rollout.seen < read.seen;
                id.backend == *backend && !listed.contains(id) && gone
            });
        }
        // A list that names a rollout twice was cut while it moved: the later word counts.
        let rollouts: BTreeMap<RolloutId, Rollout> = rollouts.into_iter().map(|rollout| (rollout.id.clone(), rollout)).collect();
        for rollout in rollouts.into_values() {
            self.merge_rollout(rollout, read);
        }
        if ended {
            self.forget_ended(backend);
        }
        if let Some(connection) = self.connections.get_mut(backend) {
            connection.answered = connection.answered.max(Some(read.seen));
            if !ended {
                connection.board_seen = connection.board_seen.max(Some(read.seen));
            }
        }
    }

    /// Drops rollouts, and what was read of them.
    fn forget(&mut self, gone: impl Fn(&RolloutId, &Entry) -> bool) {
        let before = self.rollouts.len();
        self.rollouts.retain(|id, entry| !gone(id, entry));
        if self.rollouts.len() < before {
            self.revision += 1;
            let known = &self.rollouts;
            self.failures.retain(|id, _| known.contains_key(id));
            self.again.retain(|(id, _)| known.contains_key(id));
            self.queue.keep_rollouts(|id| known.contains_key(id));
            self.lanes.keep_rollouts(|id| known.contains_key(id));
            self.hosts.retain(|wave, _| known.contains_key(&wave.rollout));
            self.wave_failures.retain(|wave, _| known.contains_key(&wave.rollout));
        }
    }

    fn forget_ended(&mut self, backend: &BackendName) {
        let over = |id: &RolloutId, entry: &Entry| id.backend == *backend && !entry.rollout.value.is_moving();
        let mut ended: Vec<(Mono, RolloutId)> = self
            .rollouts
            .iter()
            .filter(|(id, entry)| over(id, entry))
            .map(|(id, entry)| (entry.rollout.seen, id.clone()))
            .collect();
        ended.sort_unstable();
        let old: BTreeSet<RolloutId> = ended.into_iter().rev().skip(MAX_ENDED).map(|(_, id)| id).collect();
        self.forget(|id, _| old.contains(id));
    }

    fn merge_rollout(&mut self, rollout: Rollout, read: &Read) {
        let settled = rollout.counts.map(|counts| counts.settled());
        if let Some(entry) = self.rollouts.get_mut(&rollout.id) {
            if entry.rollout.seen > read.seen {
                return;
            }
            let before = entry.shown();
            if entry.rollout.value.native != rollout.native {
                entry.since = read.seen;
            }
            let newer = entry.rollout.seen < read.seen && entry.waves.as_ref().is_some_and(|waves| waves.seen < read.seen);
            if rollout.state == RolloutState::Running && newer {
                entry.crossings.runs();
            }
            entry.rollout = Fresh::new(rollout, read.seen, read.by.clone());
            entry.unlisted = None;
            entry.refine();
            if entry.shown() != before {
                self.revision += 1;
            }
            if let Some(settled) = settled {
                entry.pace.saw(read.civil, settled);
            }
        } else {
            let mut pace = Pace::default();
            if let Some(settled) = settled {
                pace.saw(read.civil, settled);
            }
            let id = rollout.id.clone();
            let entry = Entry {
                rollout: Fresh::new(rollout, read.seen, read.by.clone()),
                waves: None,
                pace,
                unlisted: None,
                since: read.seen,
                crossings: Crossings::default(),
                wave_pace: BTreeMap::new(),
                courses: BTreeMap::new(),
            };
            self.rollouts.insert(id, entry);
            self.revision += 1;
        }
    }

    /// Takes all waves of one rollout.
    pub fn merge_waves(&mut self, rollout: &RolloutId, waves: Vec<Wave>, read: &Read) {
        let Some(entry) = self.rollouts.get_mut(rollout) else { return };
        if entry.waves.as_ref().is_some_and(|known| known.seen > read.seen) {
            return;
        }
        let before = entry.shown();
        for wave in waves.iter().filter(|wave| wave.state.has_begun()) {
            entry.wave_pace.entry(wave.id.clone()).or_default().saw(read.civil, wave.counts.settled());
        }
        for wave in &waves {
            entry.courses.entry(wave.id.clone()).or_default().saw(wave, read.civil);
        }
        entry.courses.retain(|id, _| waves.iter().any(|wave| wave.id == *id));
        entry.wave_pace.retain(|id, _| waves.iter().any(|wave| wave.id == *id));
        let older = entry.waves.take();
        entry.crossings.waves(older.as_ref().map(|older| older.value.as_slice()), &waves);
        entry.waves = Some(Fresh::new(waves, read.seen, read.by.clone()));
        entry.refine();
        self.revision += u64::from(entry.shown() != before);
    }

    /// Takes one page of a wave's hosts.
    pub fn merge_hosts(&mut self, wave: &WaveId, offset: u32, hosts: Vec<HostRow>, total: u32, read: &Read) {
        let hosts = self.of_wave(wave, hosts, read);
        let changed = self.hosts.entry(wave.clone()).or_default().merge(offset, hosts, total, read.seen, &read.by);
        drop_oldest(&mut self.hosts, wave);
        self.revision += u64::from(changed);
    }

    /// Takes one page of a wave's failed hosts.
    pub fn merge_wave_failures(&mut self, wave: &WaveId, offset: u32, hosts: Vec<HostRow>, total: u32, read: &Read) {
        let hosts = self.of_wave(wave, hosts, read);
        let changed = self.wave_failures.entry(wave.clone()).or_default().merge(offset, hosts, total, read.seen, &read.by);
        drop_oldest(&mut self.wave_failures, wave);
        self.revision += u64::from(changed);
    }

    /// Rows of a wave with the words that are known of them; the failed ones go to the queue, which learns their wave.
    fn of_wave(&mut self, wave: &WaveId, hosts: Vec<HostRow>, read: &Read) -> Vec<HostRow> {
        let hosts = self.with_words(hosts);
        if let Some(entry) = self.rollouts.get(&wave.rollout).filter(|entry| entry.is_of_tonight(read.civil)) {
            for row in &hosts {
                self.queue.listed(&entry.rollout.value, row, &[], read);
            }
        }
        hosts
    }

    /// Takes one page of a rollout's failed hosts, and what was tried on them since.
    pub fn merge_failures(
        &mut self,
        rollout: &RolloutId,
        offset: u32,
        hosts: Vec<HostRow>,
        total: u32,
        since: &BTreeMap<HostId, Vec<Attempt>>,
        read: &Read,
    ) {
        let hosts = self.with_words(hosts);
        let tonight = self.rollouts.get(rollout).filter(|entry| entry.is_of_tonight(read.civil));
        let (mut news, mut open) = (false, false);
        if let Some(entry) = tonight {
            for row in &hosts {
                news |= self.queue.listed(&entry.rollout.value, row, since.get(&row.id).map_or(&[], Vec::as_slice), read);
                open |= row.attempt.as_ref().is_some_and(|attempt| self.queue.is_tried_again(attempt));
            }
        }
        let page = (rollout.clone(), offset);
        if open {
            self.again.insert(page);
        } else {
            self.again.remove(&page);
        }
        let list = self.failures.entry(rollout.clone()).or_default();
        let changed = list.merge(offset, hosts, total, read.seen, &read.by);
        if list.rows.len() == total as usize && self.queue.of_rollout(rollout).count() > list.rows.len() {
            let listed = list.rows.values().filter_map(|row| row.value.attempt.as_ref()).collect();
            self.queue.only(rollout, &listed);
        }
        drop_oldest(&mut self.failures, rollout);
        self.revision += u64::from(changed || news);
    }

    /// Hosts of a rollout were asked to try again: the pages of its failures that hold them tell what comes of it.
    pub fn asked_again(&mut self, rollout: &RolloutId, hosts: &BTreeSet<&HostId>, page: u32) {
        let Some(list) = self.failures.get(rollout) else { return };
        let rows = list.rows.iter().filter(|(_, row)| hosts.is_empty() || hosts.contains(&row.value.id));
        self.again.extend(rows.map(|(at, _)| (rollout.clone(), at / page * page)));
    }

    /// What was read of an attempt before goes to every row of it that comes later.
    fn with_words(&self, mut hosts: Vec<HostRow>) -> Vec<HostRow> {
        for row in hosts.iter_mut().filter(|row| row.message.is_none()) {
            let reports = row.attempt.as_ref().and_then(|attempt| self.evidence.get(attempt));
            row.message = reports.and_then(|reports| newest_words(&reports.value));
        }
        hosts
    }

    /// Takes what a host reported in one attempt; its newest message goes to the rows that show it.
    pub fn merge_evidence(&mut self, attempt: &AttemptId, reports: Vec<StoryLine>, wave: Option<&Text>, read: &Read) {
        if self.evidence.get(attempt).is_some_and(|known| known.seen > read.seen) {
            return;
        }
        let of = self.queue.failure(attempt).and_then(|failure| failure.rollout.as_ref());
        let waves = of.and_then(|rollout| self.rollouts.get(rollout)).map_or(&[][..], Entry::waves);
        let wave = wave.and_then(|name| waves.iter().find(|wave| wave.name == *name)).map(|wave| wave.id.clone());
        self.queue.read(attempt, &reports, wave, read);
        let newest = newest_words(&reports);
        let lists = self.hosts.values_mut().chain(self.wave_failures.values_mut()).chain(self.failures.values_mut());
        for row in lists.flat_map(|list| list.rows.values_mut()).filter(|row| row.value.attempt.as_ref() == Some(attempt)) {
            row.value.message.clone_from(&newest);
        }
        let changed = self.evidence.get(attempt).is_none_or(|known| known.value != reports);
        make_room(&mut self.evidence, attempt);
        self.evidence.insert(attempt.clone(), Fresh::new(reports, read.seen, read.by.clone()));
        self.revision += u64::from(changed);
    }

    pub fn merge_story(&mut self, story: HostStory, read: &Read) {
        let id: HostId = story.id.clone();
        if self.stories.get(&id).is_some_and(|known| known.seen > read.seen) {
            return;
        }
        let changed = self.stories.get(&id).is_none_or(|known| known.value != story);
        make_room(&mut self.stories, &id);
        self.stories.insert(id, Fresh::new(story, read.seen, read.by.clone()));
        self.revision += u64::from(changed);
    }

    /// Takes one backend's answer to a search. Another text than the one asked for starts anew.
    pub fn merge_found(&mut self, backend: &BackendName, text: &Text, hosts: Vec<HostRow>, total: u32, read: &Read) {
        if self.found.text != *text {
            self.found = Found { text: text.clone(), ..Found::default() };
        }
        if self.found.totals.get(backend).is_some_and(|known| known.seen > read.seen) {
            return;
        }
        self.found.hosts.retain(|id, _| id.backend != *backend);
        self.found.hosts.extend(hosts.into_iter().map(|row| (row.id.clone(), row)));
        self.found.totals.insert(backend.clone(), Fresh::new(total, read.seen, read.by.clone()));
        self.revision += 1;
    }
}

impl Entry {
    /// Its failures belong into the queue: it moves, or it ended within a day. What is older is history.
    pub fn is_of_tonight(&self, now: Timestamp) -> bool {
        is_of_tonight(&self.rollout.value, now)
    }

    /// What follows from rollout and waves together. A list tells that a rollout is paused, and only waves that were read
    /// since then tell by whom; waves of a stopped rollout may say that they are done.
    fn refine(&mut self) {
        let Some(waves) = &mut self.waves else { return };
        let state = &mut self.rollout.value.state;
        Wave::settle_stopped(state, &mut waves.value);
        if let RolloutState::Paused(by @ PausedBy::NotKnown) = state
            && waves.seen >= self.since
        {
            *by = self.crossings.paused_by(&waves.value);
        }
    }

    /// What a screen shows of it, for comparing.
    fn shown(&self) -> (Rollout, Option<Vec<Wave>>) {
        (self.rollout.value.clone(), self.waves.as_ref().map(|waves| waves.value.clone()))
    }
}

/// It moves, or it ended within a day.
pub fn is_of_tonight(rollout: &Rollout, now: Timestamp) -> bool {
    let recent = |at: Timestamp| now.duration_since(at) <= NIGHT;
    rollout.is_moving() || rollout.changed.or(rollout.created).is_none_or(recent)
}

/// The newest words that tell why: the first line of the newest error, else of the newest report that has any.
fn newest_words(reports: &[StoryLine]) -> Option<Text> {
    let words =
        |report: &StoryLine| report.said.iter().flat_map(|said| said.lines().collect::<Vec<_>>()).find(|line| !line.is_empty());
    // An error begins with what the tool was about; which line tells why stands further down.
    let why = |report: &StoryLine| {
        let said: Vec<&str> = report.said.iter().map(Evidence::raw).collect();
        Some(Text::new(telling_line(&said.join("\n")))).filter(|line| !line.is_empty())
    };
    let mut errors = reports.iter().filter(|report| report.kind.as_str() == "error");
    errors.find_map(why).or_else(|| reports.iter().find_map(words))
}

/// Drops the oldest reading where a new one would be one too many.
fn make_room<K: Eq + Hash + Clone, T>(kept: &mut HashMap<K, Fresh<T>>, new: &K) {
    if kept.len() < MAX_STORIES || kept.contains_key(new) {
        return;
    }
    if let Some(oldest) = kept.iter().min_by_key(|(_, fresh)| fresh.seen).map(|(id, _)| id.clone()) {
        kept.remove(&oldest);
    }
}

/// Drops the list that was read longest ago, if there are too many; never the one just read.
fn drop_oldest<K: Eq + Hash + Clone>(lists: &mut HashMap<K, HostList>, new: &K) {
    if lists.len() <= MAX_LISTS {
        return;
    }
    let others = lists.iter().filter(|(id, _)| *id != new);
    if let Some(oldest) = others.min_by_key(|(_, list)| list.total_seen).map(|(id, _)| id.clone()) {
        lists.remove(&oldest);
    }
}

#[cfg(test)]
mod tests;
