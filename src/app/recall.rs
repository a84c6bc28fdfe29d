//! What the journal tells of earlier and other sessions: on start, and of overrides as others write them; and the look-up of
//! intents that were never settled.
//!
//! It reads lines that were already read from disk. It sends no verb, ever.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::carry::{Carriage, Scribe};
use super::lookout;
use super::message::{Carried, Message};
use super::scribe::JournalScribe;
use super::state::{ActivityLine, ActivityState};
use crate::backend::port::Backend;
use crate::domain::{BackendName, IntentId, Override, Text};
use crate::journal::{Entry, FileRead, Follower, OpenIntent, Who, open_intents};
use crate::plan::types::{Call, Intent, Outcome, Receipts, Rest, Settlement, Step, made_by, resolved};

/// Lines kept of all sessions, newest first.
const LINES: usize = 500;
/// Findings about one intent that may wait to be told.
const NEWS: usize = 16;

/// Opens the journal, tells what it holds, and looks up what an ended session left open.
pub async fn open(
    scribe: JournalScribe,
    who: Who,
    backends: BTreeMap<BackendName, Arc<dyn Backend>>,
    told: mpsc::Sender<Message>,
) {
    let pid = who.pid;
    let files = match scribe.open(who).await {
        Ok(files) => files,
        Err(words) => return drop(told.send(Message::Journal(Err(words))).await),
    };
    let open = open_intents(&files);
    let mut lines = history(&files, &open, pid);
    for known in open.iter().filter(|known| !known.file_live) {
        let backend = known.record.intent.backend();
        let words = match (backends.contains_key(backend), known.record.intent.verb.word()) {
            (true, _) => format!("sent by a session that has ended; {backend} is asked now what became of it"),
            (false, verb) => format!(
                "sent by a session that has ended; no connection of this config is called {backend}, so nobody looks this {verb} up"
            ),
        };
        let line = lines.iter_mut().find(|line| line.intent.as_ref() == Some(&known.record.intent.id));
        if let Some(line) = line.filter(|line| line.state == ActivityState::Unknown) {
            line.found = line.with_rest(&words);
        }
    }
    let overrides = overrides(&files);
    if !overrides.is_empty() && told.send(Message::Overrides(overrides)).await.is_err() {
        return;
    }
    if told.send(Message::Journal(Ok(lines))).await.is_err() {
        return;
    }
    for known in open.into_iter().filter(|known| !known.file_live) {
        let Some(backend) = backends.get(known.record.intent.backend()).cloned() else { continue };
        tokio::spawn(look_up(backend, Arc::new(scribe.clone()), known, told.clone()));
    }
}

/// Tells overrides that other sessions take or end while this one runs, until nobody listens. It reads what grew.
pub async fn follow(follower: Follower, every: Duration, told: mpsc::Sender<Message>) {
    lookout::keep(follower, every, told, |follower| match follower.grown() {
        Ok(files) => Some(overrides(&files)).filter(|held| !held.is_empty()).map(Message::OverridesElsewhere),
        Err(error) => {
            tracing::warn!("what other sessions write is not known: {error}");
            None
        }
    })
    .await;
}

/// Looks up an intent of an earlier session until it is known, writes the findings down and tells them. It sends nothing.
async fn look_up(backend: Arc<dyn Backend>, scribe: Arc<dyn Scribe>, known: OpenIntent, told: mpsc::Sender<Message>) {
    let intent = known.record.intent.id.clone();
    let Step::Call(call) = &known.record.step else { return };
    let accepted = known.answered.as_ref().is_some_and(|receipt| receipt.outcome == Outcome::Accepted);
    let (news, mut heard) = mpsc::channel::<Carried>(NEWS);
    let follow = async {
        let tell = move |carried: Carried| drop(news.try_send(carried));
        // Nothing is on its way here that could be taken back.
        let (_, cancelled) = watch::channel(false);
        Carriage { backend, scribe, tell: &tell, cancelled }.follow(&known.record, call.id, accepted).await;
    };
    let forward = async {
        while let Some(news) = heard.recv().await {
            drop(told.send(Message::Carried { intent: intent.clone(), news }).await);
        }
    };
    tokio::join!(follow, forward);
}

/// The activity of all files, newest first. Open intents are unknown until looked up.
pub fn history(files: &[FileRead], open: &[OpenIntent], own: u32) -> Vec<ActivityLine> {
    let mut lines: Vec<ActivityLine> = Vec::new();
    let mut at_of: BTreeMap<IntentId, usize> = BTreeMap::new();
    let mut plans: BTreeMap<IntentId, Plan<'_>> = BTreeMap::new();
    for file in files {
        let mut who: Option<Who> = None;
        for line in &file.lines {
            let told = |what: String, who: &Option<Who>| ActivityLine {
                at: line.at,
                who: who.as_ref().map_or_else(Text::default, name),
                tenant: None,
                rollout: None,
                intent: None,
                what: Text::new(what),
                state: ActivityState::Told,
                found: Text::default(),
                elsewhere: who.as_ref().is_none_or(|who| who.pid != own),
                rest: None,
                unsent: None,
                went: Vec::new(),
            };
            match &line.entry {
                Entry::Opened { who: opened, .. } => who = Some(opened.clone()),
                Entry::Named { person } => {
                    if let Some(who) = &mut who {
                        who.person = Some(person.clone());
                    }
                }
                Entry::Intent { intent, title, steps, .. } => {
                    at_of.insert(intent.id.clone(), lines.len());
                    let plan = Plan {
                        intent,
                        steps,
                        live: file.live,
                        left: BTreeSet::new(),
                        receipts: Receipts::new(),
                        told: BTreeMap::new(),
                    };
                    plans.insert(intent.id.clone(), plan);
                    lines.push(ActivityLine {
                        tenant: Some(intent.tenant.clone()),
                        rollout: Some(intent.rollout.clone()),
                        intent: Some(intent.id.clone()),
                        state: ActivityState::Refused,
                        found: Text::new("written down, and never sent"),
                        ..told(title.to_string(), &who)
                    });
                }
                Entry::Sending { record } => {
                    if let (Some(plan), Step::Call(call)) = (plans.get_mut(&record.intent.id), &record.step) {
                        plan.left.insert(call.id);
                    }
                    if let Some(line) = at_of.get(&record.intent.id).and_then(|at| lines.get_mut(*at)) {
                        (line.state, line.found) = (ActivityState::Unknown, Text::new("sent; nothing is known of the answer"));
                    }
                }
                Entry::Answered { intent, receipt } => {
                    if let Some(plan) = plans.get_mut(intent) {
                        if matches!(receipt.outcome, Outcome::Refused(_)) {
                            plan.left.remove(&receipt.step);
                        }
                        plan.receipts.insert(receipt.step, receipt.clone());
                    }
                    if let (Some(line), Outcome::Refused(words)) =
                        (at_of.get(intent).and_then(|at| lines.get_mut(*at)), &receipt.outcome)
                    {
                        (line.state, line.found) = (ActivityState::Refused, words.clone());
                    }
                }
                Entry::Settled { intent, step, settlement } => {
                    if let Some(plan) = plans.get_mut(intent) {
                        plan.told.insert(*step, settlement);
                    }
                    if let Some(line) = at_of.get(intent).and_then(|at| lines.get_mut(*at)) {
                        (line.state, line.found) = (state_of(settlement), settlement.words().clone());
                    }
                }
                Entry::Refused { intent, what, why } => lines.push(ActivityLine {
                    tenant: intent.as_ref().map(|intent| intent.tenant.clone()),
                    rollout: intent.as_ref().map(|intent| intent.rollout.clone()),
                    state: ActivityState::Refused,
                    found: why.clone(),
                    ..told(what.to_string(), &who)
                }),
                Entry::Override { held } => lines.push(ActivityLine {
                    tenant: Some(held.tenant.clone()),
                    rollout: Some(held.rollout.clone()),
                    ..told(override_words(held), &who)
                }),
                Entry::OverrideEnded { held, .. } => lines.push(ActivityLine {
                    tenant: Some(held.tenant.clone()),
                    rollout: Some(held.rollout.clone()),
                    ..told(override_ended_words(held), &who)
                }),
                Entry::Armed { tenant, seconds } => {
                    lines.push(ActivityLine {
                        tenant: Some(tenant.clone()),
                        state: ActivityState::Arming,
                        ..told(format!("armed for {} min", seconds / 60), &who)
                    });
                }
                Entry::Disarmed { tenant } => {
                    lines.push(ActivityLine {
                        tenant: Some(tenant.clone()),
                        state: ActivityState::Arming,
                        ..told("disarmed".to_owned(), &who)
                    });
                }
                Entry::Newer => {}
            }
        }
    }
    // A session that still lives waits for its own answers.
    for known in open.iter().filter(|known| known.file_live) {
        if let Some(line) = at_of.get(&known.record.intent.id).and_then(|at| lines.get_mut(*at)) {
            (line.state, line.found) = (ActivityState::Open, Text::new("on its way in another session"));
        }
    }
    for (id, rest) in unfinished(&plans) {
        if let Some(line) = at_of.get(&id).and_then(|at| lines.get_mut(*at)) {
            line.keep_rest(rest);
        }
    }
    for (id, plan) in plans.iter().filter(|(_, plan)| !plan.live) {
        // Those of a plan that ended early are told with its rest.
        if let Some(line) = at_of.get(id).and_then(|at| lines.get_mut(*at)).filter(|line| line.rest.is_none())
            && let Some((last, before)) = plan.told.values().collect::<Vec<_>>().split_last()
            && line.found == *last.words()
        {
            line.went = before.iter().map(|told| told.words().clone()).collect();
            line.found = line.with_rest(&line.of_every_call(last.words().as_str()));
        }
        if let (Some(line), Some(call)) = (at_of.get(id).and_then(|at| lines.get_mut(*at)), half_done(plan)) {
            line.keep_unsent(&call);
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines.truncate(LINES);
    lines
}

/// A plan as the journal tells of it.
struct Plan<'a> {
    intent: &'a Intent,
    steps: &'a [Step],
    /// Its session lives.
    live: bool,
    /// Calls that were sent and not refused.
    left: BTreeSet<u32>,
    receipts: Receipts,
    told: BTreeMap<u32, &'a Settlement>,
}

/// The next call on a thing that the plan made, where it never left: the rollout that was made and not started. None where the
/// making itself is known to have come out otherwise.
fn half_done(plan: &Plan<'_>) -> Option<Text> {
    let went =
        |step: &u32| plan.told.get(step).is_none_or(|told| matches!(told, Settlement::Verified(_) | Settlement::Unknown(_)));
    let of_made = |call: &&Call| plan.left.iter().filter(|step| went(step)).any(|step| call.path.contains(&made_by(*step)));
    let calls = plan.steps.iter().filter_map(|step| if let Step::Call(call) = step { Some(call) } else { None });
    let next = calls.filter(of_made).find(|call| !plan.left.contains(&call.id) && !plan.told.contains_key(&call.id))?;
    let path = resolved(&next.path, &plan.receipts).unwrap_or_else(|_| next.path.clone());
    Some(Call { path, ..next.clone() }.line())
}

/// Plans whose session ended before all of their calls had left, with the part that never did. One that a later intent took
/// up is not told again.
fn unfinished(plans: &BTreeMap<IntentId, Plan<'_>>) -> Vec<(IntentId, Rest)> {
    let taken_up: BTreeSet<&IntentId> = plans.values().filter_map(|plan| plan.intent.rest_of.as_ref()).collect();
    let ended = plans.iter().filter(|(id, plan)| !plan.live && !taken_up.contains(id));
    let rest = ended.filter_map(|(id, plan)| {
        let mut rest = Rest::of(plan.intent, plan.steps, |step| plan.left.contains(&step))?;
        // The last one stands on the line itself.
        let last = plan.left.last().copied();
        let earlier: Vec<(&u32, &&Settlement)> = plan.told.iter().filter(|(step, _)| Some(**step) != last).collect();
        let alike = earlier.chunk_by(|(_, one), (_, other)| one == other);
        rest.told = alike.filter_map(|alike| Some(calls(*alike.first()?.0, *alike.last()?.0, alike[0].1))).collect();
        Some((id.clone(), rest))
    });
    rest.collect()
}

/// `calls 1 to 24 verified, each: 4 of 4 hosts have a new job`
fn calls(first: u32, last: u32, told: &Settlement) -> Text {
    let (word, words) = (told.word(), told.words());
    Text::new(if first == last {
        format!("call {first} {word}, {words}")
    } else {
        format!("calls {first} to {last} {word}, each: {words}")
    })
}

/// Every override that the journal holds, as long as it holds: whether one still does is a question of civil time. One that was
/// ended early is told with that end, whichever file says so.
pub fn overrides(files: &[FileRead]) -> Vec<Override> {
    let mut found = Vec::new();
    for line in files.iter().flat_map(|file| &file.lines) {
        match &line.entry {
            Entry::Override { held } => drop(join_override(&mut found, (**held).clone())),
            Entry::OverrideEnded { held, at, .. } => drop(join_override(&mut found, held.ended(*at))),
            _ => {}
        }
    }
    found
}

/// What an override was to those that were known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    New,
    /// It ends earlier than was known.
    Shortened,
    Known,
}

/// Takes an override to those that are known. Of one that is told twice the earlier end holds.
pub fn join_override(known: &mut Vec<Override>, held: Override) -> Joined {
    match known.iter_mut().find(|one| one.is_same(&held)) {
        None => {
            known.push(held);
            Joined::New
        }
        Some(one) if held.period.to() < one.period.to() => {
            *one = held;
            Joined::Shortened
        }
        Some(_) => Joined::Known,
    }
}

/// `override ended: storm damage`
pub fn override_ended_words(held: &Override) -> String {
    format!("override ended before its time: {}", held.reason)
}

/// `override until 2026-12-09T07:00:00Z: storm damage, change CHG-4711`
pub fn override_words(held: &Override) -> String {
    let change = held.change.as_ref().map_or(String::new(), |change| format!(", change {change}"));
    let second = held.second.as_ref().map_or(String::new(), |second| format!(", with {second}"));
    format!("override until {:.0}: {}{change}{second}", held.period.to(), held.reason)
}

pub fn state_of(settlement: &Settlement) -> ActivityState {
    match settlement {
        Settlement::Verified(_) => ActivityState::Verified,
        Settlement::Refused(_) => ActivityState::Refused,
        Settlement::Superseded(_) => ActivityState::Superseded,
        Settlement::NotThere(_) => ActivityState::NotThere,
        Settlement::Unknown(_) => ActivityState::Unknown,
    }
}

/// The person, or the account with the far end of its connection.
pub fn name(who: &Who) -> Text {
    match (&who.person, &who.ssh_from) {
        (Some(person), _) => person.clone(),
        (None, Some(from)) => Text::new(format!("{} from {from}", who.os_user)),
        (None, None) => who.os_user.clone(),
    }
}

#[cfg(test)]
mod tests;
