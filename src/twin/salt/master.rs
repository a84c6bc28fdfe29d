//! The master: minions, the job cache, what is at work, and the queue of what will happen.
//!
//! It moves only when it is told which time it is ([`Master::advance`]); the same seed and the same calls at the same times
//! give the same night. It knows no HTTP. A host's own doings are in `work` and `answer`, runners in `runner`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::super::due::Due;
use super::super::world::Millis;
use super::bus::Bus;
use super::jobs::{Answered, Job, jid, names};
use super::minion::Minion;
use super::night::{Night, Scripted};
use super::target::means;
use super::work::{Call, Deed};

/// A job at work on one host.
pub(super) struct Run {
    pub(super) minion: usize,
    pub(super) jid: String,
    pub(super) pid: u32,
    pub(super) deeds: Vec<Deed>,
    /// False once it has ended, was killed, or its host is gone.
    pub(super) alive: bool,
}

/// What is to be published.
#[derive(Debug, Clone)]
pub(super) struct Publication {
    pub(super) fun: Value,
    pub(super) arg: Vec<Value>,
    pub(super) kwarg: Map<String, Value>,
    pub(super) tgt: Value,
    pub(super) tgt_type: String,
    /// The caller's own id, if he gave one. Nobody checks it.
    pub(super) jid: Option<String>,
    pub(super) metadata: Option<Value>,
    pub(super) start_event: bool,
    pub(super) user: String,
}

/// What will happen, and to which row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    Gone(usize),
    Back(usize),
    Freeze(usize, bool),
    Script(usize),
    End(usize),
    Presence,
    /// Jobs that are too old go.
    Sweep,
}

/// Milliseconds between two sweeps of the job cache.
const SWEEP: Millis = 3_600_000;
/// From publishing to a minion that has begun.
const FORK: Millis = 130;

pub(super) struct Master {
    pub(super) now: Millis,
    pub(super) seed: u64,
    pub(super) night: Night,
    pub(super) minions: Vec<Minion>,
    pub(super) by_id: HashMap<String, usize>,
    pub(super) jobs: BTreeMap<String, Job>,
    /// Swept jobs whose folder came back with a late return: reading them is an error until the next sweep.
    pub(super) ghosts: HashSet<String>,
    /// The key-value store, by bank and key.
    pub(super) store: BTreeMap<(String, String), Value>,
    pub(super) runs: Vec<Run>,
    pub(super) bus: Bus,
    pub(super) scripts: Vec<Scripted>,
    due: Due<Event>,
    last_jid: i64,
    pids: u32,
}

impl Master {
    pub(super) fn new(night: Night, seed: u64, now: Millis) -> Self {
        Self {
            now,
            seed,
            night,
            minions: Vec::new(),
            by_id: HashMap::new(),
            jobs: BTreeMap::new(),
            ghosts: HashSet::new(),
            store: BTreeMap::new(),
            runs: Vec::new(),
            bus: Bus::default(),
            scripts: Vec::new(),
            due: Due::new(),
            last_jid: 0,
            pids: 28_000,
        }
    }

    /// Lets everything happen that is due up to and at `until`. Going back in time does nothing.
    pub(super) fn advance(&mut self, until: Millis) {
        while let Some((at, event)) = self.due.take(until) {
            self.now = self.now.max(at);
            match event {
                Event::Gone(minion) => self.gone(minion),
                Event::Back(minion) => self.back(minion),
                Event::Freeze(tenant, frozen) => self.freeze(tenant, frozen),
                Event::Script(script) => self.scripted(script),
                Event::End(run) => self.ended(run),
                Event::Presence => {
                    self.say_present();
                    self.at(self.now + Millis::from(self.night.server.presence_s) * 1_000, Event::Presence);
                }
                Event::Sweep => self.sweep(),
            }
        }
        self.now = self.now.max(until);
    }

    /// When something happens next.
    pub(super) fn next(&self) -> Option<Millis> {
        self.due.next()
    }

    pub(super) fn at(&mut self, when: Millis, event: Event) {
        self.due.add(when, event);
    }

    /// The minions an expression means, in the order of the fleet. The master's own view: who is away is in it too.
    pub(super) fn targets(&self, tgt: &Value, tgt_type: &str) -> Vec<usize> {
        (0..self.minions.len()).filter(|row| means(tgt, tgt_type, &self.minions[*row])).collect()
    }

    /// A new job id: this instant, and never the same twice.
    pub(super) fn new_jid(&mut self) -> String {
        self.last_jid = (self.now * 1_000 + 383).max(self.last_jid + 1);
        jid(self.last_jid)
    }

    pub(super) fn new_pid(&mut self) -> u32 {
        self.pids += 3;
        self.pids
    }

    /// Publishes to these minions, which the caller has looked up and found permitted. Who is away never hears of it.
    pub(super) fn publish(&mut self, wanted: &Publication, minions: &[usize]) -> String {
        let jid = wanted.jid.clone().unwrap_or_else(|| self.new_jid());
        let ids: Vec<String> = minions.iter().map(|row| self.minions[*row].id.clone()).collect();
        let now = self.now;
        let mut arguments = wanted.arg.clone();
        if !wanted.kwarg.is_empty() {
            let mut kwarg = wanted.kwarg.clone();
            kwarg.insert("__kwarg__".to_owned(), json!(true));
            arguments.push(Value::Object(kwarg));
        }
        let fresh = Job {
            jid: jid.clone(),
            fun: wanted.fun.clone(),
            arguments,
            tgt: wanted.tgt.clone(),
            tgt_type: wanted.tgt_type.clone(),
            user: wanted.user.clone(),
            metadata: wanted.metadata.clone(),
            start_event: wanted.start_event,
            minions: Some(ids.iter().cloned().collect()),
            results: BTreeMap::new(),
            ended: None,
            launched: now,
        };
        self.bus.published(&fresh, &ids, &self.unknown_ids(wanted), now);
        // Of publications with one id the minions are united; target, labels and user are those of the last one.
        let job = match self.jobs.remove(&jid) {
            Some(old) => Job {
                minions: Some(old.minions.into_iter().flatten().chain(ids).collect()),
                results: old.results,
                ended: old.ended,
                launched: old.launched,
                ..fresh
            },
            None => fresh,
        };
        self.jobs.insert(jid.clone(), job);
        for minion in minions {
            if self.minions[*minion].online && self.minions[*minion].is_new(&jid) {
                self.start(*minion, &jid, wanted);
            }
        }
        jid
    }

    /// Ids of a list that no minion has: the list drops them silently, only the event names them.
    fn unknown_ids(&self, wanted: &Publication) -> Vec<String> {
        let ids: Vec<&str> = match (&wanted.tgt, wanted.tgt_type.as_str()) {
            (Value::Array(ids), "list") => ids.iter().filter_map(Value::as_str).collect(),
            (Value::String(ids), "list") => ids.split(',').map(str::trim).collect(),
            _ => Vec::new(),
        };
        ids.into_iter().filter(|id| !self.by_id.contains_key(*id)).map(str::to_owned).collect()
    }

    fn start(&mut self, minion: usize, jid: &str, wanted: &Publication) {
        let funs = names(&wanted.fun);
        let several = wanted.fun.is_array();
        let call = |(nth, fun): (usize, &String)| {
            let args = if several {
                wanted.arg.get(nth).and_then(Value::as_array).cloned().unwrap_or_default()
            } else {
                wanted.arg.clone()
            };
            Call { fun: fun.clone(), args, kwarg: wanted.kwarg.clone() }
        };
        let calls: Vec<Call> = funs.iter().enumerate().map(call).collect();
        let pid = self.new_pid();
        let deeds: Vec<Deed> = calls.into_iter().map(|call| self.begin(minion, call)).collect();
        let takes = deeds.iter().map(|deed| deed.takes).sum::<Option<Millis>>();
        let run = self.runs.len();
        self.runs.push(Run { minion, jid: jid.to_owned(), pid, deeds, alive: true });
        if wanted.start_event
            && let Some(job) = self.jobs.get(jid)
        {
            self.bus.started(job, &self.minions[minion].id, self.now);
        }
        match takes {
            Some(0) => self.ended(run),
            Some(ms) => {
                self.minions[minion].running.push(run);
                self.at(self.now + ms + FORK, Event::End(run));
            }
            None => self.minions[minion].running.push(run),
        }
    }

    fn ended(&mut self, run: usize) {
        if !self.runs[run].alive {
            return;
        }
        let Run { minion, pid, .. } = self.runs[run];
        let jid = self.runs[run].jid.clone();
        let deeds = std::mem::take(&mut self.runs[run].deeds);
        let mut returns: Vec<_> = deeds.iter().map(|deed| self.end(minion, deed, pid)).collect();
        self.leave(run);
        let Some(job) = self.jobs.get_mut(&jid) else {
            self.ghosts.insert(jid);
            return;
        };
        let answered = if job.fun.is_array() {
            Answered::several(&job.funs(), returns)
        } else {
            let Some(only) = returns.pop() else { return };
            Answered::from(only)
        };
        let id = &self.minions[minion].id;
        self.bus.returned(job, id, &answered, self.now);
        // The first return of a host is kept.
        if !job.results.contains_key(id) {
            job.results.insert(id.clone(), answered);
            job.ended = Some(self.now);
        }
    }

    /// Ends a run without a word. Its process id, if the host was running it.
    pub(super) fn kill(&mut self, minion: usize, jid: &str) -> Option<u32> {
        let run = self.minions[minion].running.iter().copied().find(|run| self.runs[*run].jid == jid)?;
        self.leave(run);
        Some(self.runs[run].pid)
    }

    fn leave(&mut self, run: usize) {
        self.runs[run].alive = false;
        let minion = self.runs[run].minion;
        self.minions[minion].running.retain(|other| *other != run);
    }

    /// The plug is pulled: what was at work is lost, and what it remembered is forgotten.
    fn gone(&mut self, minion: usize) {
        for run in self.minions[minion].running.clone() {
            self.leave(run);
        }
        let row = &mut self.minions[minion];
        row.online = false;
        row.since = self.now;
        row.forgets();
        self.bus.changed(&[], std::slice::from_ref(&row.id), self.now);
    }

    fn back(&mut self, minion: usize) {
        let row = &mut self.minions[minion];
        row.online = true;
        row.since = self.now;
        self.bus.came(&row.id, self.now);
        self.bus.changed(std::slice::from_ref(&row.id), &[], self.now);
    }

    fn freeze(&mut self, tenant: usize, frozen: bool) {
        for row in self.minions.iter_mut().filter(|row| row.tenant == tenant) {
            row.pillar.insert("minion_blackout".to_owned(), json!(frozen));
        }
    }

    fn scripted(&mut self, script: usize) {
        let row = self.scripts[script].clone();
        let tgt = json!(row.tgt);
        let minions = self.targets(&tgt, &row.tgt_type);
        let wanted = Publication {
            fun: json!(row.fun),
            arg: row.arg,
            kwarg: row.kwarg,
            tgt,
            tgt_type: row.tgt_type,
            jid: None,
            metadata: (!row.metadata.is_empty()).then_some(Value::Object(row.metadata)),
            start_event: true,
            user: row.by,
        };
        if !minions.is_empty() {
            self.publish(&wanted, &minions);
        }
    }

    /// Connected minions, as the master knows it: who was just cut off still counts.
    pub(super) fn present(&self) -> Vec<&str> {
        let lag = Millis::from(self.night.server.presence_s) * 1_000;
        let there = |row: &&Minion| row.online || (row.since != Millis::MIN && self.now - row.since < lag);
        self.minions.iter().filter(there).map(|row| row.id.as_str()).collect()
    }

    fn say_present(&mut self) {
        let present: Vec<String> = self.present().into_iter().map(str::to_owned).collect();
        self.bus.present(&present, self.now);
    }

    /// Jobs are kept for a while from their launch, whether they are over or not.
    fn sweep(&mut self) {
        let oldest = self.now - Millis::from(self.night.server.keep_jobs_s) * 1_000;
        self.jobs.retain(|_, job| job.launched > oldest);
        self.ghosts.clear();
        self.at(self.now + SWEEP, Event::Sweep);
    }
}
