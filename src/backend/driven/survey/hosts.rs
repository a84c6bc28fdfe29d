//! Verbs about hosts: a stop, and what is done again, told again or brought back, host by host.

use std::collections::BTreeMap;

use super::{Desk, is_open, number};
use crate::backend::driven::Executor;
use crate::backend::driven::labels::Kind;
use crate::backend::driven::picture::Seat;
use crate::domain::{HostId, HostState, Run, Text};
use crate::plan::types::{Eligibility, HostFound, Order, OrderKind, PlannedEffect};

impl<E: Executor> Desk<'_, E> {
    /// The first stop asks hosts to end; a second one, while they are still at work, ends them.
    pub(super) fn stop(&mut self) {
        let again = self.picture.stopped.is_some();
        let mut jobs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for ring in &self.picture.rings {
            for (host, seat) in ring.hosts.iter().filter(|(_, seat)| is_open(seat.state)) {
                jobs.entry(seat.job.clone()).or_default().push(host.clone());
            }
        }
        if !again {
            self.mark(Kind::Stop);
        }
        let hosts: usize = jobs.values().map(Vec::len).sum();
        if again && hosts > 0 {
            let plural = if hosts == 1 { " is" } else { "s are" };
            let words = format!("{hosts} host{plural} ended at once (SIGKILL), in the middle of what they do");
            self.by_jobs.effect = Some(PlannedEffect::Other(words.into()));
            self.warnings.push(
                "a package manager that is killed leaves its transaction open and its lock behind: packages half installed, \
                 until somebody mends them on the host (dpkg --configure -a, dnf history redo)"
                    .into(),
            );
        } else if hosts > 0 {
            self.warnings.push(
                "a package manager that is asked to end (SIGTERM) in the middle of its work may leave it half done; who does not \
                 end can be killed by a second stop"
                    .into(),
            );
        }
        for (job, hosts) in jobs {
            let kind = if again { OrderKind::Kill { job } } else { OrderKind::Terminate { job } };
            self.by_jobs.orders.push(Order { kind, hosts, labels: BTreeMap::new(), key: String::new() });
        }
    }

    /// The hosts that a verb is about: those named, or all of them in the wave it was pressed on, or everywhere.
    fn chosen(&self, place: usize, states: &[HostState]) -> Vec<String> {
        if self.intent.wave.as_ref().is_some_and(|wave| *wave != self.picture.waves[place].id) {
            return Vec::new();
        }
        let named = |host: &str| self.intent.hosts.is_empty() || self.intent.hosts.iter().any(|id| id.raw() == host);
        self.picture.rings[place].in_state(states).map(|(host, _)| host.clone()).filter(|host| named(host)).collect()
    }

    /// A verdict on each host that was named; where none was, on those that the verb is about.
    fn judge_hosts(&mut self, states: &[HostState], otherwise: &str, hinders: impl Fn(&Seat) -> Option<&'static str>) {
        let backend = &self.picture.rollout.id.backend;
        let all = || {
            let chosen = (0..self.plan.rings.len()).flat_map(|place| self.chosen(place, states));
            chosen.map(|host| HostId::new(backend.clone(), host)).collect()
        };
        let ids: Vec<HostId> = if self.intent.hosts.is_empty() { all() } else { self.intent.hosts.clone() };
        for id in ids {
            let seat = self.picture.rings.iter().enumerate().find_map(|(at, ring)| Some((at, ring.hosts.get(id.raw())?)));
            let verdict = match seat {
                Some((_, seat)) if states.contains(&seat.state) => {
                    hinders(seat).map_or(Eligibility::Eligible, |why| Eligibility::No(why.into()))
                }
                Some((_, seat)) => Eligibility::No(format!("{}; {otherwise}", seat.state.word()).into()),
                None => Eligibility::No("it is in no ring that has begun".into()),
            };
            let (wave, source) = match seat {
                Some((at, seat)) => (Some(number(at).saturating_add(1)), format!("job {}", seat.job).into()),
                None => (None, Text::default()),
            };
            self.hosts.push(HostFound { source, wave, ..HostFound::new(id, verdict) });
        }
    }

    pub(super) fn retry(&mut self) {
        const AGAIN: &[HostState] = &[HostState::Failed];
        self.same_plan();
        self.judge_hosts(AGAIN, "only failed hosts are tried again", |_| None);
        let mut all = 0;
        for place in 0..self.plan.rings.len() {
            let hosts = self.chosen(place, AGAIN);
            if hosts.is_empty() {
                continue;
            }
            all += hosts.len();
            let attempt = self.picture.rings[place].newest_attempt() + 1;
            let of = self.picture.rings[place].attempts.last().map(|job| job.id.clone());
            self.order(Some(place), Kind::Retry, attempt, of.as_deref(), OrderKind::Launch(self.plan.run.clone()), hosts);
        }
        self.say_hosts(all, "that failed tried again", "no host here has failed");
    }

    /// The same job again, to those who never heard of it: it is one job for them and for the others.
    pub(super) fn catch_up(&mut self) {
        const AWAY: &[HostState] = &[HostState::Unknown];
        self.same_plan();
        self.judge_hosts(AWAY, "it heard of the job", |_| None);
        let mut all = 0;
        for place in 0..self.plan.rings.len() {
            let mut by_job: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for host in self.chosen(place, AWAY) {
                by_job.entry(self.picture.rings[place].hosts[&host].job.clone()).or_default().push(host);
            }
            for (job, hosts) in by_job {
                // Sent again, a forgotten job would be a new one under an old name.
                let Some(report) = self.read.reports.get(&job).filter(|_| !self.read.forgotten.contains_key(&job)) else {
                    continue;
                };
                all += hosts.len();
                let kind = OrderKind::Launch(self.plan.run.clone());
                self.by_jobs.orders.push(Order { kind, hosts, labels: report.job.labels.clone(), key: job });
            }
        }
        self.say_hosts(all, "that never answered told again, under the same job", "no host here is lost or silent");
        if all > 0 {
            self.warnings.push("a host that ran it and lost its answer ignores it, unless it was restarted since".into());
        }
    }

    pub(super) fn roll_back(&mut self) {
        const CHANGED: &[HostState] = &[HostState::Done, HostState::Failed];
        let undo = self.plan.undo.clone();
        let back = |seat: &Seat| undo.clone().or_else(|| seat.result.as_ref()?.back.clone());
        let unknown = "what it had before is not known: its answer names no versions, and the plan has no `undo`";
        self.judge_hosts(CHANGED, "nothing of it is known that could be undone", |seat| back(seat).is_none().then_some(unknown));
        let mut all = 0;
        for place in 0..self.plan.rings.len() {
            let mut groups: Vec<(Run, Vec<String>)> = Vec::new();
            for host in self.chosen(place, CHANGED) {
                let Some(back) = back(&self.picture.rings[place].hosts[&host]) else { continue };
                match groups.iter_mut().find(|(run, _)| *run == back) {
                    Some((_, hosts)) => hosts.push(host),
                    None => groups.push((back, vec![host])),
                }
            }
            let mut attempt = self.picture.rings[place].newest_attempt();
            let of = self.picture.rings[place].attempts.last().map(|job| job.id.clone());
            for (run, hosts) in groups {
                attempt += 1;
                all += hosts.len();
                self.order(Some(place), Kind::Rollback, attempt, of.as_deref(), OrderKind::Launch(run), hosts);
            }
        }
        self.say_hosts(all, "brought back to the state before", "of no host here the state before is known");
    }

    fn say_hosts(&mut self, all: usize, happens: &str, none: &str) {
        if all == 0 {
            return self.refuse(none, "look at its hosts");
        }
        let plural = if all == 1 { "" } else { "s" };
        self.by_jobs.effect = Some(PlannedEffect::Other(format!("{all} host{plural} {happens}").into()));
    }
}
