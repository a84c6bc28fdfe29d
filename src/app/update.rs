//! The only place that changes state: one message in, effects out. Synchronous, no I/O.

mod actions;
mod alarm;
mod arming;
mod bulk;
mod calendar;
mod care;
mod checks;
mod dialogs;
mod glance;
mod hosts;
mod keys;
mod moves;
mod news;
mod outcomes;
mod overrides;
mod paces;
mod typing;
mod verbs;
mod which;
mod windowed;
mod windows;

pub use glance::next as next_glance;

use super::effect::Effect;
use super::message::Message;
use super::rows;
use super::state::{ActivityState, Dialog, JournalSeat, State, Weight, theirs};
use crate::domain::{Need, NeedKind, Now, Text};
use crate::store::Connection;

/// Takes one message. What is to be done in the world comes back as effects.
pub fn update(state: &mut State, message: Message, now: Now) -> Vec<Effect> {
    state.now = now;
    let mut effects = Vec::new();
    let revision = state.store.revision;
    match message {
        Message::Key(key) => {
            state.touched = now.mono;
            state.dirty = true;
            keys::press(state, key, &mut effects);
        }
        Message::Paste(text) => {
            state.touched = now.mono;
            state.dirty = true;
            typing::paste(state, &text);
        }
        Message::Click { column, line } => moves::click(state, column, line),
        Message::Scroll(rows) => moves::scroll(state, rows),
        Message::Resize { columns, lines } => {
            state.size = (columns, lines);
            state.dirty = true;
        }
        Message::Focus(focused) => {
            // Some terminals report their focus as soon as they are asked to: what they have is painted already.
            let had = std::mem::replace(&mut state.focused, focused);
            if focused && !had {
                effects.push(Effect::Redraw);
                state.dirty = true;
            }
        }
        Message::Report(report) => news::report(state, *report, &mut effects),
        Message::Diagnosed(failures) => {
            care::note_nights(state, &failures, &mut effects);
            for failure in failures {
                let changed = state.store.queue.diagnosed(failure);
                state.store.revision += u64::from(changed);
            }
        }
        Message::Drawn(drawn) => moves::drawn(state, &drawn),
        Message::Tick => rows::catch_up(state),
        Message::Planned { intent, result } => verbs::planned(state, &intent, result),
        Message::Carried { intent, news } => outcomes::carried(state, &intent, news, &mut effects),
        Message::Journal(Ok(lines)) => {
            state.journal = JournalSeat::Ready;
            state.activity.extend(lines);
            state.activity.sort_by_key(|line| (std::cmp::Reverse(line.at), line.state));
            state.store.revision += 1;
        }
        Message::Journal(Err(words)) => {
            state.notice(Weight::Alert, format!("no journal, so no actions: {words}"));
            state.journal = JournalSeat::Broken(words);
        }
        Message::HostFacts(Ok(facts)) => {
            state.store.host_facts = facts.into_iter().collect();
            state.store.revision += 1;
        }
        Message::HostFacts(Err(words)) => state.notice(Weight::Warn, format!("host facts not read: {words}")),
        Message::Memory(memory) => {
            state.memory = *memory;
            state.dirty = true;
        }
        Message::Person(name) => state.person = Some(name),
        Message::Overrides(known) => overrides::known(state, known),
        Message::OverridesElsewhere(told) => overrides::elsewhere(state, told),
        Message::OverrideEnded(written) => overrides::ended(state, written),
        Message::Calendar(read) => calendar::read_again(state, read),
        Message::Overridden(written) => overrides::written(state, written),
        Message::Paces(paces) => paces::known(state, paces),
        Message::Copied(Ok(words)) => state.notice(Weight::Info, words),
        Message::Copied(Err(words)) => state.notice(Weight::Warn, format!("not copied: {words}")),
        Message::Exported(Ok(path)) => state.notice(Weight::Info, format!("written: {path}")),
        Message::Exported(Err(words)) => state.notice(Weight::Warn, format!("not written: {words}")),
        Message::Suspend => effects.push(Effect::Suspend),
        Message::Woken => {
            effects.push(Effect::Retake);
            state.dirty = true;
        }
        Message::Leave => state.quitting = true,
    }
    let cases = state.store.queue.cases();
    if !cases.is_empty() {
        effects.push(Effect::Diagnose(cases));
    }
    settle(state, revision, &mut effects);
    effects
}

/// What follows from any change: ended arming, needs, rows, and whether time alone changed a word on the screen.
fn settle(state: &mut State, revision: u64, effects: &mut Vec<Effect>) {
    arming::expire(state, effects);
    overrides::expire(state, effects);
    alarm::speak(state, effects);
    state.store.lanes.think(&state.now);
    state.store.lanes.settle(state.now.civil);
    // A few at a time, so that no key waits for hundreds of tenants. Until then a question is worked out when it is asked.
    state.calendars.keep(state.now.civil, 20);
    if state.store.revision != revision {
        state.dirty = true;
        rows::follow(state);
    } else if state.list().is_none() {
        rows::refresh(state);
    }
    let glance = glance::of(state);
    if glance != state.glance {
        state.glance = glance;
        state.dirty = true;
    }
    windows::count(state);
    if state.dirty {
        look_for_needs(state, effects);
    }
    let shown = state.now.mono;
    state.notices.retain(|notice| shown.since(notice.at) < notice.weight.lasts());
}

fn look_for_needs(state: &mut State, effects: &mut Vec<Effect>) {
    let mut needs = state.store.needs(&state.now);
    for line in state.activity.iter().filter(|line| line.state == ActivityState::Unknown) {
        needs.push(Need {
            kind: NeedKind::Unknown,
            tenant: line.tenant.clone(),
            what: Text::new(format!("{}: {}", line.what, line.found)),
            rollout: line.rollout.clone(),
            backend: None,
            set: None,
            intent: line.intent.clone(),
            seen: None,
        });
    }
    theirs::look(state);
    needs.extend(calendar::needs(state));
    needs.sort_by_key(|need| need.kind);
    let names: std::collections::BTreeSet<String> = needs
        .iter()
        .map(|need| format!("{:?} {:?} {:?} {:?} {:?}", need.kind, need.rollout, need.set, need.backend, need.intent))
        .collect();
    // What was there before anybody looked does not ring; who paused a rollout is known only with its waves.
    let answered = |connection: &Connection| connection.board_seen.is_some() || connection.failure.is_some();
    let looked = state.store.connections.values().all(answered)
        && state.store.rollouts.values().all(|entry| entry.waves.is_some() || !entry.rollout.value.state.is_paused());
    match &mut state.known_needs {
        Some(known) => {
            let new = names.iter().any(|name| !known.contains(name));
            *known = names;
            if new {
                ring(state, effects);
            }
        }
        None if looked => state.known_needs = Some(names),
        None => {}
    }
    state.needs = needs;
    let sums = state.store.lane_totals(state.now.civil);
    state.helpless = sums.into_iter().filter(|(lane, _)| lane.needs_a_person()).map(|(lane, sum)| (lane, sum.hosts)).collect();
}

/// Rings, if a person wants that; once a turn, however many things there are to say.
fn ring(state: &State, effects: &mut Vec<Effect>) {
    if state.bell && !effects.iter().any(|effect| matches!(effect, Effect::Bell)) {
        effects.push(Effect::Bell);
    }
}

impl State {
    /// Tells something once.
    pub fn notice(&mut self, weight: Weight, text: impl AsRef<str>) {
        let (text, at) = (Text::new(text), self.now.mono);
        // The same again is one thing told once, and not a pile of it.
        self.notices.retain(|notice| notice.text != text);
        self.notices.push_back(super::state::Notice { text, weight, at, about: None });
        if self.notices.len() > 20 {
            self.notices.pop_front();
        }
        self.dirty = true;
    }

    /// The topmost dialog of a verb for `intent`.
    fn plan_dialog(&mut self, intent: &crate::domain::IntentId) -> Option<&mut super::state::PlanDialog> {
        self.dialogs.iter_mut().rev().find_map(|dialog| match dialog {
            Dialog::Plan(plan) if plan.intent.id == *intent => Some(&mut **plan),
            _ => None,
        })
    }
}
