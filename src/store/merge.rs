//! Merging what was observed. Idempotent; older never overwrites newer; a page is not a complete list.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Entry, Found, Pace, Store};
use crate::domain::{
    AttemptId, BackendName, Fresh, HostId, HostRow, HostStory, Mono, PausedBy, Rollout, RolloutId, RolloutState, Source,
    StoryLine, Text, Wave, WaveId,
};

/// Evidence and stories kept at most; the oldest reading goes first.
const MAX_STORIES: usize = 512;

/// When and by which call something was read.
#[derive(Clone, Debug)]
pub struct Read {
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
                if lacks && entry.rollout.seen <= read.seen && !ended {
                    entry.unlisted.get_or_insert(read.seen);
                }
            }
        }
        if ended {
            // It is on neither list any more: gone, or ended so long ago that it is no part of this night.
            let listed: BTreeSet<RolloutId> = rollouts.iter().map(|rollout| rollout.id.clone()).collect();
            let before = self.rollouts.len();
            self.rollouts.retain(|id, entry| {
                id.backend != *backend || listed.contains(id) || entry.unlisted.is_none_or(|since| since > read.seen)
            });
            if self.rollouts.len() < before {
                self.revision += 1;
                self.failures.retain(|id, _| self.rollouts.contains_key(id));
            }
        }
        for rollout in rollouts {
            self.merge_rollout(rollout, read);
        }
        if let Some(connection) = self.connections.get_mut(backend) {
            connection.answered = connection.answered.max(Some(read.seen));
            if !ended {
                connection.board_seen = connection.board_seen.max(Some(read.seen));
            }
        }
    }

    fn merge_rollout(&mut self, mut rollout: Rollout, read: &Read) {
        let settled = rollout.counts.map(|counts| counts.settled());
        if let Some(entry) = self.rollouts.get_mut(&rollout.id) {
            if entry.rollout.seen > read.seen {
                return;
            }
            refine(&mut rollout, entry.waves.as_ref().map(|waves| waves.value.as_slice()));
            if entry.rollout.value != rollout {
                self.revision += 1;
            }
            entry.rollout = Fresh::new(rollout, read.seen, read.by.clone());
            entry.unlisted = None;
            if let Some(settled) = settled {
                entry.pace.saw(read.civil, settled);
            }
        } else {
            let mut pace = Pace::default();
            if let Some(settled) = settled {
                pace.saw(read.civil, settled);
            }
            let id = rollout.id.clone();
            let rollout = Fresh::new(rollout, read.seen, read.by.clone());
            self.rollouts.insert(id, Entry { rollout, waves: None, pace, unlisted: None, wave_pace: BTreeMap::new() });
            self.revision += 1;
        }
    }

    /// Takes all waves of one rollout.
    pub fn merge_waves(&mut self, rollout: &RolloutId, waves: Vec<Wave>, read: &Read) {
        let Some(entry) = self.rollouts.get_mut(rollout) else { return };
        if entry.waves.as_ref().is_some_and(|known| known.seen > read.seen) {
            return;
        }
        for wave in waves.iter().filter(|wave| wave.state.has_begun()) {
            entry.wave_pace.entry(wave.id.clone()).or_default().saw(read.civil, wave.counts.settled());
        }
        refine(&mut entry.rollout.value, Some(&waves));
        self.revision += u64::from(entry.waves.as_ref().is_none_or(|known| known.value != waves));
        entry.waves = Some(Fresh::new(waves, read.seen, read.by.clone()));
    }

    /// Takes one page of a wave's hosts.
    pub fn merge_hosts(&mut self, wave: &WaveId, offset: u32, hosts: Vec<HostRow>, total: u32, read: &Read) {
        let changed = self.hosts.entry(wave.clone()).or_default().merge(offset, hosts, total, read.seen, &read.by);
        self.revision += u64::from(changed);
    }

    /// Takes one page of a rollout's failed hosts.
    pub fn merge_failures(&mut self, rollout: &RolloutId, offset: u32, hosts: Vec<HostRow>, total: u32, read: &Read) {
        let changed = self.failures.entry(rollout.clone()).or_default().merge(offset, hosts, total, read.seen, &read.by);
        self.revision += u64::from(changed);
    }

    /// Takes what a host reported in one attempt; its newest message goes to the rows that show it.
    pub fn merge_evidence(&mut self, attempt: &AttemptId, reports: Vec<StoryLine>, newest: Option<&Text>, read: &Read) {
        let lists = self.hosts.values_mut().chain(self.failures.values_mut());
        for row in lists.flat_map(|list| list.rows.values_mut()).filter(|row| row.value.attempt.as_ref() == Some(attempt)) {
            row.value.message = newest.cloned();
        }
        if self.evidence.len() >= MAX_STORIES
            && let Some(oldest) = self.evidence.iter().min_by_key(|(_, fresh)| fresh.seen).map(|(id, _)| id.clone())
        {
            self.evidence.remove(&oldest);
        }
        self.evidence.insert(attempt.clone(), Fresh::new(reports, read.seen, read.by.clone()));
        self.revision += 1;
    }

    pub fn merge_story(&mut self, story: HostStory, read: &Read) {
        if self.stories.len() >= MAX_STORIES
            && let Some(oldest) = self.stories.iter().min_by_key(|(_, fresh)| fresh.seen).map(|(id, _)| id.clone())
        {
            self.stories.remove(&oldest);
        }
        let id: HostId = story.id.clone();
        let changed = self.stories.get(&id).is_none_or(|known| known.value != story);
        self.stories.insert(id, Fresh::new(story, read.seen, read.by.clone()));
        self.revision += u64::from(changed);
    }

    /// Takes one backend's answer to a search. Another text than the one asked for starts anew.
    pub fn merge_found(&mut self, backend: &BackendName, text: &Text, hosts: Vec<HostRow>, total: u32, read: &Read) {
        if self.found.text != *text {
            self.found = Found { text: text.clone(), ..Found::default() };
        }
        self.found.hosts.retain(|id, _| id.backend != *backend);
        self.found.hosts.extend(hosts.into_iter().map(|row| (row.id.clone(), row)));
        self.found.totals.insert(backend.clone(), Fresh::new(total, read.seen, read.by.clone()));
        self.revision += 1;
    }
}

/// A list tells that a rollout is paused; only its waves tell by whom.
fn refine(rollout: &mut Rollout, waves: Option<&[Wave]>) {
    if let (RolloutState::Paused(by @ PausedBy::NotKnown), Some(waves)) = (&mut rollout.state, waves) {
        *by = PausedBy::from_waves(waves);
    }
}
