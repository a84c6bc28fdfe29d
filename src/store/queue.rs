//! The failure queue: every failed try of the night by host, rollout and cause, as far as it was told, read and diagnosed.
//!
//! It judges nothing. A try that is new, or of which more was read, waits as a [`Case`] until somebody diagnosed it and
//! brings it back. Taking the same twice is taking it once; a try that a later one overtook is history and not shown.

mod look;
mod pile;
mod unread;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;

pub use self::pile::{Let, Pile, PileBy, Sift, Sum};
use self::unread::Unread;
use super::merge::Read;
use crate::diagnosis::Clusters;
use crate::domain::{
    Attempt, AttemptId, BackendName, Evidence, Failure, HostId, HostRow, HostState, Rollout, RolloutId, Signature, StoryLine,
    Text, WaveId,
};

/// Failures kept at most; of what comes beyond only the number is known.
const MOST: usize = 40_000;
/// Raw words kept of all failures together. Beyond it only both ends of a text are kept.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The ends of a text that is not kept whole.
const END: usize = 400;

/// A failed try that waits to be diagnosed. Its signature, causes and variants mean nothing yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub failure: Failure,
    /// Words that came with the list, where no evidence was read.
    pub hint: Option<Text>,
    /// The words are reports on the way: the error itself has none.
    pub on_the_way: bool,
    /// The host's own names and addresses.
    pub names: Vec<Text>,
}

#[derive(Clone, Debug, Default)]
pub struct Queue {
    clusters: Clusters,
    /// Told, and not diagnosed yet.
    pending: HashMap<AttemptId, Failure, RandomState>,
    hosts: HashMap<HostId, BTreeSet<AttemptId>, RandomState>,
    rollouts: HashMap<RolloutId, BTreeSet<AttemptId>, RandomState>,
    /// Failed tries with the newest try on the same host since.
    overtaken: HashMap<AttemptId, Attempt, RandomState>,
    /// The waves of those, as far as they were told: a later try is told without one.
    waves: HashMap<AttemptId, WaveId, RandomState>,
    unread: BTreeMap<BackendName, Unread>,
    /// Why the evidence of a try cannot be read.
    unreadable: HashMap<AttemptId, Text, RandomState>,
    cases: Vec<Case>,
    texts: HashSet<Evidence>,
    bytes: usize,
    beyond: usize,
    /// Tries in `hosts`.
    count: usize,
}

impl Queue {
    /// Takes one row of a list. `since` is what was tried on its host afterwards, oldest first. True if that is news.
    pub fn listed(&mut self, rollout: &Rollout, row: &HostRow, since: &[Attempt], read: &Read) -> bool {
        let Some(attempt) = row.attempt.clone().filter(|_| row.state == HostState::Failed) else { return false };
        let first = self.skeleton(rollout, row, attempt.clone(), row.code, 1, read);
        let Some(newest) = since.last() else {
            // Not every list tells of later tries: what is history stays so.
            match self.overtaken.get(&attempt).map(|newest| newest.id.clone()) {
                None => self.take(first, row, read),
                Some(newest) => self.learn_wave(&attempt, &newest, row.wave.as_ref()),
            }
            return false;
        };
        if let Some(wave) = first.wave {
            self.waves.insert(attempt.clone(), wave);
        }
        self.remove(&attempt);
        let before = self.overtaken.insert(attempt.clone(), newest.clone());
        let tries = 1 + since.iter().filter(|try_| try_.state == HostState::Failed).count();
        for older in &since[..since.len() - 1] {
            self.remove(&older.id);
        }
        if newest.state == HostState::Failed {
            let again = self.skeleton(rollout, row, newest.id.clone(), newest.code, tries as u32, read);
            let wave = again.wave.or_else(|| self.waves.get(&attempt).cloned());
            self.take(Failure { release: newest.release.clone().or(again.release), wave, ..again }, row, read);
        } else {
            self.remove(&newest.id);
        }
        before.is_none_or(|before| before.id != newest.id || before.state != newest.state)
    }

    /// A host that was tried again is still one of the wave that it failed in first.
    fn learn_wave(&mut self, attempt: &AttemptId, newest: &AttemptId, wave: Option<&WaveId>) {
        let Some(wave) = wave else { return };
        self.waves.insert(attempt.clone(), wave.clone());
        let Some(known) = self.failure(newest).filter(|known| known.wave.is_none()) else { return };
        let failure = Failure { wave: Some(wave.clone()), ..known.clone() };
        match self.pending.get_mut(newest) {
            Some(pending) => *pending = failure,
            None => drop(self.clusters.put(failure)),
        }
    }

    fn skeleton(&self, of: &Rollout, row: &HostRow, attempt: AttemptId, code: Option<i64>, tries: u32, read: &Read) -> Failure {
        let known = self.failure(&attempt);
        Failure {
            name: row.name.clone(),
            tenant: of.tenant.clone(),
            rollout: Some(of.id.clone()),
            wave: row.wave.clone().or_else(|| known.and_then(|known| known.wave.clone())),
            release: of.release.clone(),
            tries,
            at: known.and_then(|known| known.at),
            code,
            noticed: known.map_or(read.civil, |known| known.noticed),
            seen: read.seen,
            evidence: known.and_then(|known| known.evidence.clone()),
            signature: known.map_or_else(unsigned, |known| known.signature.clone()),
            causes: known.map(|known| known.causes.clone()).unwrap_or_default(),
            variants: known.map(|known| known.variants.clone()).unwrap_or_default(),
            attempt,
        }
    }

    fn take(&mut self, failure: Failure, row: &HostRow, read: &Read) {
        if let Some(known) = self.failure(&failure.attempt) {
            if known.seen > read.seen {
                return;
            }
            let same = known.code == failure.code || known.is_read();
            if same {
                if self.pending.contains_key(&failure.attempt) {
                    self.pending.insert(failure.attempt.clone(), failure);
                } else {
                    self.clusters.put(failure);
                }
                return;
            }
        } else if self.len() >= MOST {
            self.beyond += 1;
            return;
        }
        let is_new = self.hosts.entry(failure.attempt.host.clone()).or_default().insert(failure.attempt.clone());
        self.count += usize::from(is_new);
        if let Some(rollout) = &failure.rollout {
            self.rollouts.entry(rollout.clone()).or_default().insert(failure.attempt.clone());
        }
        if !self.unreadable.contains_key(&failure.attempt) {
            self.unread.entry(failure.attempt.host.backend.clone()).or_default().add(failure.code, &failure.attempt);
        }
        let names = [Some(row.name.clone()), Some(row.id.text()), row.address.clone()].into_iter().flatten().collect();
        self.pending.insert(failure.attempt.clone(), failure.clone());
        self.cases.push(Case { failure, hint: row.message.clone(), on_the_way: false, names });
    }

    /// Takes what a host reported in a failed try. What is not in the queue is not taken.
    pub fn read(&mut self, attempt: &AttemptId, reports: &[StoryLine], wave: Option<WaveId>, read: &Read) {
        let Some(known) = self.failure(attempt) else { return };
        let (code_before, told) = (known.code, telling(reports));
        let mut failure = known.clone();
        let evidence = self.intern(&told.text);
        if failure.evidence.as_ref() == Some(&evidence) {
            return;
        }
        failure.evidence = Some(evidence);
        failure.at = told.at.or(failure.at);
        failure.code = told.code.or(failure.code);
        failure.wave = wave.or(failure.wave);
        failure.seen = failure.seen.max(read.seen);
        if let Some(unread) = self.unread.get_mut(&attempt.host.backend) {
            unread.read(code_before, attempt);
        }
        let names = vec![failure.name.clone(), attempt.host.text()];
        if self.pending.contains_key(attempt) {
            self.pending.insert(attempt.clone(), failure.clone());
        }
        self.cases.push(Case { failure, hint: None, on_the_way: told.on_the_way, names });
    }

    /// The evidence of a try cannot be read, and why: it is not asked for again.
    pub fn cannot_read(&mut self, attempt: &AttemptId, why: Text) {
        if let Some(code) = self.failure(attempt).map(|known| known.code)
            && let Some(unread) = self.unread.get_mut(&attempt.host.backend)
        {
            unread.skip(code, attempt);
        }
        self.unreadable.insert(attempt.clone(), why);
    }

    /// What waits to be diagnosed. Each is given out once.
    pub fn cases(&mut self) -> Vec<Case> {
        std::mem::take(&mut self.cases)
    }

    /// Takes a failure back with its diagnosis. True if something changed; a try that is not of interest any more is dropped.
    pub fn diagnosed(&mut self, mut failure: Failure) -> bool {
        if !self.hosts.get(failure.host()).is_some_and(|tries| tries.contains(&failure.attempt)) {
            return false;
        }
        let pending = self.pending.remove(&failure.attempt);
        // A list may have named the same try again while it was being diagnosed. That makes it no older, and takes nothing
        // away of what was read since; it may have counted more tries.
        for known in self.clusters.failure(&failure.attempt).into_iter().chain(&pending) {
            if known.is_read() && !failure.is_read() {
                failure.at = known.at.or(failure.at);
            }
            failure.wave = known.wave.clone().or(failure.wave.take());
            failure.seen = failure.seen.max(known.seen);
            failure.tries = failure.tries.max(known.tries);
        }
        if let Some(read) = pending.filter(|pending| pending.is_read() && !failure.is_read()) {
            // Its words wait for their own diagnosis.
            self.pending.insert(read.attempt.clone(), read);
        }
        self.clusters.put(failure)
    }

    /// Drops what a complete list of a rollout's failures does not hold any more.
    pub fn only(&mut self, rollout: &RolloutId, listed: &HashSet<&AttemptId>) {
        let repeats: HashSet<&AttemptId> = self.overtaken.values().map(|newest| &newest.id).collect();
        let Some(known) = self.rollouts.get(rollout) else { return };
        let gone: Vec<AttemptId> =
            known.iter().filter(|attempt| !listed.contains(attempt) && !repeats.contains(attempt)).cloned().collect();
        for attempt in gone {
            self.remove(&attempt);
        }
    }

    /// Drops the failures of rollouts that are not known any more.
    pub fn keep_rollouts(&mut self, known: impl Fn(&RolloutId) -> bool) {
        let gone: Vec<AttemptId> =
            self.rollouts.iter().filter(|(rollout, _)| !known(rollout)).flat_map(|(_, tries)| tries).cloned().collect();
        if gone.is_empty() {
            return;
        }
        for attempt in gone {
            self.remove(&attempt);
        }
        self.waves.retain(|_, wave| known(&wave.rollout));
        self.texts = self.clusters.failures().filter_map(|failure| failure.evidence.clone()).collect();
        self.bytes = self.texts.iter().map(|text| text.raw().len()).sum();
    }

    fn remove(&mut self, attempt: &AttemptId) {
        let failure = self.pending.remove(attempt);
        let Some(failure) = self.clusters.remove(attempt).or(failure) else { return };
        if let Some(unread) = self.unread.get_mut(&attempt.host.backend) {
            unread.skip(failure.code, attempt);
        }
        self.count -= usize::from(drop_from(&mut self.hosts, failure.host(), attempt));
        if let Some(rollout) = &failure.rollout {
            drop_from(&mut self.rollouts, rollout, attempt);
        }
        self.unreadable.remove(attempt);
    }

    fn intern(&mut self, text: &str) -> Evidence {
        let whole = Evidence::new(text);
        if let Some(known) = self.texts.get(&whole) {
            return known.clone();
        }
        let kept = if self.bytes + whole.raw().len() > MOST_BYTES { Evidence::new(&ends(text)) } else { whole };
        self.bytes += kept.raw().len();
        self.texts.insert(kept.clone());
        kept
    }
}

fn drop_from<K: Eq + Hash>(index: &mut HashMap<K, BTreeSet<AttemptId>, RandomState>, key: &K, attempt: &AttemptId) -> bool {
    let Some(tries) = index.get_mut(key) else { return false };
    let was_there = tries.remove(attempt);
    if tries.is_empty() {
        index.remove(key);
    }
    was_there
}

/// What nobody has diagnosed yet.
fn unsigned() -> Arc<Signature> {
    use crate::domain::CauseClass;
    Arc::new(Signature { class: CauseClass::unknown(), code: None, text: Text::default() })
}

fn ends(text: &str) -> String {
    if text.len() <= 2 * END {
        return text.to_owned();
    }
    let (mut head, mut tail) = (END, text.len() - END);
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{}\n{}", &text[..head], &text[tail..])
}

#[derive(Default)]
struct Telling {
    at: Option<Timestamp>,
    code: Option<i64>,
    text: String,
    /// No error has words: these are the other reports, if there are any.
    on_the_way: bool,
}

/// What tells why: the newest error with words; else what the host said on the way, and the time of its newest error.
fn telling(reports: &[StoryLine]) -> Telling {
    let is_error =
        |report: &&StoryLine| matches!(report.kind.as_str(), "error") || report.kind.as_str() == HostState::Failed.word();
    let words = |report: &StoryLine| report.said.iter().map(Evidence::raw).collect::<Vec<_>>().join("\n");
    let newest = reports.iter().find(is_error);
    let (at, code) = newest.map_or((None, None), |report| (report.at, report.code));
    let worded = reports.iter().filter(is_error).map(words).find(|words| !words.trim().is_empty());
    let on_the_way = worded.is_none();
    let text = worded.unwrap_or_else(|| {
        let said = reports.iter().rev().filter(|report| report.kind.as_str() != "server").map(words);
        said.filter(|words| !words.trim().is_empty()).collect::<Vec<_>>().join("\n")
    });
    Telling { at, code, text, on_the_way }
}

#[cfg(test)]
mod tests;
