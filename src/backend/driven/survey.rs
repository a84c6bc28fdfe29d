//! Fresh facts for one intent, and the jobs that it comes to: which ring begins, on which hosts, under which labels; or why
//! none may. It sends nothing.

mod freeze;
mod hosts;
mod keys;
mod newer;

use std::collections::BTreeSet;
use std::sync::PoisonError;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::labels::{self, Kind, Mark};
use super::picture::{Forgotten, MadeFrom, Picture, Read};
use super::{Act, Driven, Executor, Target, changed, read};
use crate::action::Verb;
use crate::backend::port::{Intent, Refusal, Right, Survey, Trouble};
use crate::domain::{HostState, Mono, RingPlan, Text};
use crate::plan::gate::next_waves;
use crate::plan::gate::opening::Opening;
use crate::plan::types::{ByJobs, HostFound, Order, OrderKind, PlannedEffect, Ways};

/// Intents whose moment is remembered; older ones have long been decided.
const MOMENTS: usize = 64;

pub async fn of<E: Executor>(driven: &Driven<E>, intent: &Intent) -> Result<Survey, Trouble> {
    let id = intent.rollout.raw();
    let plan = driven.plan(id).ok_or_else(|| Trouble::NotFound(format!("no plan in the config has the id {id}").into()))?;
    let (picture, read, now) = read::fresh(driven, plan).await?;
    let act = match intent.verb {
        Verb::Stop if picture.stopped.is_some() => Act::Kill,
        Verb::Stop => Act::Stop,
        Verb::Approve | Verb::Pause => Act::Mark,
        Verb::RollBack => plan.undo.as_ref().map_or(Act::Launch(&plan.run), Act::Launch),
        _ => Act::Launch(&plan.run),
    };
    let (login, right) = driven.executor.may(act).await?;
    let (may, may_not) = match right {
        Right::Yes => (Some(true), None),
        Right::No(why) => (Some(false), Some(why)),
        Right::NotKnown => (None, None),
    };
    let mut desk = Desk {
        driven,
        intent,
        plan,
        picture: &picture,
        read: &read,
        now,
        moment: moment(driven, intent, now),
        login: login.clone(),
        by_jobs: ByJobs::default(),
        warnings: Vec::new(),
        hosts: Vec::new(),
    };
    desk.decide();
    let Desk { mut by_jobs, mut warnings, hosts, .. } = desk;
    freeze::judge(driven, intent.verb, &mut by_jobs, &mut warnings).await?;
    warnings.extend(newer::told(driven, plan, &picture, &by_jobs).await);
    let (rollout, waves) = (picture.rollout, picture.waves);
    let (overlaps, ways, own) = (Vec::new(), Ways::default(), std::collections::BTreeMap::new());
    Ok(Survey { at: Mono::default(), rollout, waves, login, may, may_not, overlaps, warnings, hosts, ways, own, by_jobs })
}

/// Both surveys of one intent make the same keys, so that the call in the dialog is the call that is sent.
fn moment<E: Executor>(driven: &Driven<E>, intent: &Intent, now: Timestamp) -> Timestamp {
    let mut moments = driven.moments.lock().unwrap_or_else(PoisonError::into_inner);
    let moment = *moments.entry(intent.id.raw().to_owned()).or_insert(now);
    while moments.len() > MOMENTS {
        // The ids begin with their time.
        moments.pop_first();
    }
    moment
}

struct Desk<'a, E> {
    driven: &'a Driven<E>,
    intent: &'a Intent,
    plan: &'a RingPlan,
    picture: &'a Picture,
    read: &'a Read,
    now: Timestamp,
    moment: Timestamp,
    login: Text,
    by_jobs: ByJobs,
    warnings: Vec<Text>,
    hosts: Vec<HostFound>,
}

impl<E: Executor> Desk<'_, E> {
    fn decide(&mut self) {
        self.remembered();
        match self.intent.verb {
            Verb::Start | Verb::Advance => self.begin_next(),
            Verb::Resume => self.resume(),
            Verb::Approve => self.turn_key(),
            Verb::Pause => self.mark(Kind::Hold),
            Verb::Stop => self.stop(),
            Verb::Retry => self.retry(),
            Verb::CatchUp => self.catch_up(),
            Verb::RollBack => self.roll_back(),
            Verb::DryRun => self.rehearse(),
            Verb::Deny => self.refuse("nothing is kept of a denial here", "leave it unbegun, or stop it"),
        }
    }

    /// What only this cockpit remembers can be undone, and not gone on with: others may have gone on since.
    fn remembered(&mut self) {
        let Some(Forgotten { all, read }) = self.picture.forgotten else { return };
        if all && self.intent.verb != Verb::RollBack {
            let words =
                format!("its jobs are forgotten there, and kept here as read at {read:.0}: what others did since is not known");
            return self.refuse(words, "roll back what is kept, or give what is left to do a plan with a new id");
        }
        let rings = if all { "every ring" } else { "earlier rings" };
        self.warnings.push(format!("{rings} forgotten there: told as read at {read:.0}").into());
    }

    fn refuse(&mut self, why: impl AsRef<str>, instead: &str) {
        self.by_jobs.refusal.get_or_insert(Refusal::new(why).instead(instead));
    }

    fn next(&self) -> Vec<usize> {
        let next = next_waves(&self.picture.waves);
        (0..self.picture.waves.len()).filter(|&place| next.iter().any(|wave| wave.id == self.picture.waves[place].id)).collect()
    }

    fn begin_next(&mut self) {
        self.same_plan();
        if let Some(until) = self.plan.until.filter(|until| self.now.to_zoned(TimeZone::UTC).date() > *until) {
            self.refuse(format!("the plan's last day was {until}"), "give it a new id and a later `until`, if it is not over");
        }
        self.nobody_elses();
        let next = self.next();
        self.gates_before(&next);
        for place in next {
            self.launch(place);
        }
    }

    /// The rings that this one waits for, and what their gates say. A person may pass a gate that is not met, told of it; two
    /// keys and an earlier ring still at work are passed by advance only.
    fn gates_before(&mut self, next: &[usize]) {
        let before: BTreeSet<usize> = next.iter().flat_map(|&place| self.plan.rings[place].after.iter().copied()).collect();
        for place in before {
            let name = self.plan.rings[place].name.clone();
            let opening = self.picture.opening(place, self.now);
            match &opening {
                Opening::Ready if self.picture.waves[place].gate.persons > 1 => self.second_key(place),
                Opening::Ready => {}
                Opening::NeedsKey { .. } => {
                    let words = format!("ring {name} opens for two people, and {opening}");
                    self.refuse(words, "approve it first; another login then begins the next ring");
                }
                Opening::Over(_) | Opening::Short(_) | Opening::AtWork { .. } | Opening::Soaking { .. } => {
                    self.warnings.push(format!("ring {name}: {opening}; the next ring begins all the same").into());
                }
            }
        }
    }

    /// A plan that changed while it runs is another decision than the one the running rings were begun on.
    fn same_plan(&mut self) {
        let ours = labels::fingerprint(self.plan);
        if let Some(MadeFrom { fingerprint: theirs, parts }) = &self.picture.made_from
            && *theirs != ours
        {
            let before = self.read.plans.get(theirs);
            let told = parts.as_ref().map(|parts| changed::told(self.plan, parts, before)).unwrap_or_default();
            let told = if told.is_empty() { format!("theirs {theirs}, ours {ours}") } else { told.join("; ") };
            let words = format!("the plan {} is not the one its jobs were made from: {told}", self.plan.id);
            self.refuse(words, "bring the config back, or give the changed plan a new id");
        }
    }

    /// A host of another tenant in any ring refuses the whole plan, by name: whoever wrote it meant other hosts.
    fn nobody_elses(&mut self) {
        for (place, ring) in self.plan.rings.iter().enumerate() {
            let (Target::Hosts(named), Some(hosts)) = (&ring.target, self.read.previews.get(&place)) else { continue };
            let outside: Vec<&str> = named.iter().filter(|host| !hosts.contains(*host)).map(String::as_str).collect();
            if !outside.is_empty() {
                let words =
                    format!("ring {} names hosts that are not {}'s there: {}", ring.name, self.plan.tenant, outside.join(", "));
                return self.refuse(words, "take them out of the plan: none of its rings begins before");
            }
        }
    }

    fn launch(&mut self, place: usize) {
        let ring = &self.plan.rings[place];
        let Some(hosts) = self.read.previews.get(&place).cloned() else {
            let words = format!("which hosts ring {} means could not be read", ring.name);
            return self.refuse(words, "ask for the right to look the target up");
        };
        if hosts.is_empty() {
            let words = format!("ring {} means no host of {} now", ring.name, self.plan.tenant);
            return self.refuse(words, "look at the target in the config");
        }
        let twice = self.plan.apart.iter().find_map(|nodes| {
            let both: Vec<&str> = nodes.iter().filter(|node| hosts.contains(*node)).map(String::as_str).collect();
            (both.len() > 1).then(|| both.join(" and "))
        });
        if let Some(both) = twice {
            let words = format!("ring {} holds {both}, which must never be worked on together", ring.name);
            return self.refuse(words, "put them into different rings");
        }
        let elsewhere = self.picture.rings.iter().enumerate().find_map(|(other, seen)| {
            let host = seen.hosts.iter().find(|(host, seat)| hosts.contains(*host) && is_open(seat.state))?.0;
            Some((other, host.clone()))
        });
        if let Some((other, host)) = elsewhere {
            let words = format!("{host} is still at work in ring {}", self.plan.rings[other].name);
            return self.refuse(words, "wait for it, or stop it");
        }
        self.order(Some(place), Kind::Launch, 1, None, OrderKind::Launch(self.plan.run.clone()), hosts.into_iter().collect());
    }

    fn order(&mut self, ring: Option<usize>, kind: Kind, attempt: u32, of: Option<&str>, order: OrderKind, hosts: Vec<String>) {
        let mut labels = labels::of(self.plan, ring, kind);
        if kind.is_attempt() || kind == Kind::DryRun {
            labels.insert(labels::ATTEMPT.to_owned(), attempt.to_string());
        }
        if let Some(of) = of {
            labels.insert(labels::OF.to_owned(), of.to_owned());
        }
        if let Some(remark) = self.intent.remark.as_ref().filter(|remark| !remark.is_empty()) {
            labels.insert(labels::REASON.to_owned(), remark.as_str().to_owned());
        }
        if let Some(mark) = Mark::of(self.plan, &self.intent.by) {
            labels.insert(labels::BY.to_owned(), mark.label());
        }
        let key = self.driven.executor.key(self.moment, labels::digits(self.intent.id.raw(), &labels));
        self.by_jobs.orders.push(Order { kind: order, hosts, labels, key });
    }

    /// A marker is a job without effect on one host of the rollout: whether that host answers does not matter.
    fn mark_on(&mut self, ring: Option<usize>, kind: Kind) {
        let seen = self.picture.rings.iter().flat_map(|ring| ring.hosts.keys());
        let Some(host) = seen.chain(self.read.previews.values().flatten()).next().cloned() else {
            return self.refuse("no host is known that could keep the decision", "look at the targets in the config");
        };
        self.order(ring, kind, 0, None, OrderKind::Mark, vec![host]);
    }

    fn mark(&mut self, kind: Kind) {
        self.mark_on(None, kind);
    }

    fn resume(&mut self) {
        let next = self.next();
        let before: Vec<usize> = next.iter().flat_map(|&place| self.plan.rings[place].after.clone()).collect();
        let shut = before.iter().any(|&place| {
            matches!(
                self.picture.opening(place, self.now),
                Opening::AtWork { .. } | Opening::Soaking { .. } | Opening::NeedsKey { .. }
            )
        });
        if self.picture.held.is_some() {
            self.mark(Kind::Release);
            let at_work = self.picture.rollout.at_work();
            self.by_jobs.effect = Some(PlannedEffect::GoesOn { at_work });
            return;
        }
        if next.is_empty() || shut {
            self.by_jobs.effect = Some(PlannedEffect::GoesOn { at_work: self.picture.rollout.at_work() });
            return self.refuse("no ring can begin now", "retry the failed hosts, catch up the silent ones, or leave it");
        }
        self.begin_next();
        let hosts: usize = self.by_jobs.orders.iter().map(|order| order.hosts.len()).sum();
        let names: Vec<&str> = next.iter().map(|&place| self.plan.rings[place].name.as_str()).collect();
        let ordinal = number(next[0]).saturating_add(1);
        self.by_jobs.effect = Some(PlannedEffect::BeginsNext { wave: names.join(" and ").into(), ordinal, hosts: number(hosts) });
    }

    fn turn_key(&mut self) {
        let places = 0..self.picture.waves.len();
        let waits = places.into_iter().find(|&place| matches!(self.picture.opening(place, self.now), Opening::NeedsKey { .. }));
        let Some(place) = waits else { return self.refuse("no gate waits for a key", "look at the gates") };
        self.same_plan();
        let name = &self.plan.rings[place].name;
        let ours = keys::ours(self);
        if let Some(key) = self.picture.rings[place].keys.iter().find(|key| key.is_no_other(&ours)) {
            let words = format!("{} has turned a key of ring {name} already", keys::whose(self, key));
            return self.refuse(words, keys::ANOTHER);
        }
        let words = format!("one key of the gate behind ring \"{name}\"; no ring begins");
        self.by_jobs.effect = Some(PlannedEffect::Other(words.into()));
        self.mark_on(Some(place), Kind::Approve);
    }

    fn rehearse(&mut self) {
        let run = match self.driven.executor.rehearsal(&self.plan.run) {
            Ok(run) => run,
            Err(why) => return self.refuse(why, "ask single hosts what they miss, at the backend"),
        };
        let place = self.next().first().copied().unwrap_or(0);
        let Some(hosts) = self.read.previews.get(&place).filter(|hosts| !hosts.is_empty()).cloned() else {
            return self.refuse("no ring is left that has not begun", "look at what has run");
        };
        self.order(Some(place), Kind::DryRun, 0, None, OrderKind::Launch(run), hosts.into_iter().collect());
    }
}

/// Told, and not heard of the end.
fn is_open(state: HostState) -> bool {
    matches!(state, HostState::AtWork | HostState::NotFetched | HostState::Waiting)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
