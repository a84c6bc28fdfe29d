//! Performs effects. What takes long runs beside the loop and comes back as messages; each has a cancel handle.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::{Screen, World};
use crate::app::carry::{self, Carriage};
use crate::app::diagnose::diagnose;
use crate::app::effect::{Effect, Note};
use crate::app::message::{Carried, Message};
use crate::domain::{IntentId, Override, Text};
use crate::journal::Entry;
use crate::plan::types::Refusal;
use crate::store::queue::Case;

/// Messages of work beside the loop that may wait to be taken.
const QUEUE: usize = 256;
/// How long leaving waits for lines that are on their way to the journal.
const LAST_WORDS: Duration = Duration::from_millis(500);

pub struct Performer {
    out: mpsc::Sender<Message>,
    back: mpsc::Receiver<Message>,
    /// Intents that may still be taken back.
    cancels: BTreeMap<IntentId, Cancel>,
    /// Notes on their way to the journal: leaving waits for them.
    notes: JoinSet<()>,
}

enum Cancel {
    /// Reading facts can simply be dropped.
    Reading(AbortHandle),
    /// What has not left yet will not leave.
    Carriage(watch::Sender<bool>),
}

impl Cancel {
    fn now(&self) {
        match self {
            Self::Reading(reading) => reading.abort(),
            Self::Carriage(flag) => drop(flag.send_replace(true)),
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::Reading(reading) => reading.is_finished(),
            Self::Carriage(flag) => flag.is_closed(),
        }
    }
}

impl Performer {
    pub fn new() -> Self {
        let (out, back) = mpsc::channel(QUEUE);
        Self { out, back, cancels: BTreeMap::new(), notes: JoinSet::new() }
    }

    pub async fn next(&mut self) -> Option<Message> {
        self.back.recv().await
    }

    /// Performs `effects`. True asks the loop to suspend.
    pub fn perform<S: Screen>(&mut self, effects: Vec<Effect>, screen: &mut S, world: &World) -> std::io::Result<bool> {
        let mut suspend = false;
        for effect in effects {
            match effect {
                Effect::Plan { intent, context } => self.plan(intent, context, world),
                Effect::Carry { plan, context } => self.carry(*plan, context, world),
                Effect::Cancel(intent) => {
                    if let Some(cancel) = self.cancels.remove(&intent) {
                        cancel.now();
                    }
                }
                Effect::Note(note) => self.note(note, world),
                Effect::Override(held) => self.override_(held, world),
                Effect::EndOverride { held, at, who } => self.end_override(held, at, who, world),
                Effect::Diagnose(cases) => self.diagnose(cases, world),
                Effect::Copy(text) => {
                    let message = Message::Copied(screen.copy(&text));
                    drop(self.out.try_send(message));
                }
                Effect::Export { name, text } => self.export(name, text, world),
                Effect::Bell => screen.bell()?,
                Effect::Mouse(on) => screen.mouse(on)?,
                Effect::Redraw => screen.redraw()?,
                Effect::Retake => screen.retake()?,
                Effect::Suspend => suspend = true,
                Effect::Remember(record) => (world.remember)(record),
            }
        }
        Ok(suspend)
    }

    fn plan(&mut self, intent: crate::plan::types::Intent, context: crate::plan::types::Context, world: &World) {
        let (id, out) = (intent.id.clone(), self.out.clone());
        let Some(backend) = world.backends.get(intent.backend()).cloned() else {
            let refusal = Refusal::new("this connection is not in the config any more");
            drop(out.try_send(Message::Planned { intent: id, result: Err(refusal) }));
            return;
        };
        let told = id.clone();
        let reading = tokio::spawn(async move {
            let result = carry::plan(&*backend, intent, &context).await;
            drop(out.send(Message::Planned { intent: told, result }).await);
        });
        self.may_cancel(id, Cancel::Reading(reading.abort_handle()));
    }

    /// Remembers how to take an intent back, and forgets those that are over.
    fn may_cancel(&mut self, intent: IntentId, cancel: Cancel) {
        self.cancels.retain(|_, known| !known.is_over());
        // Of two readings of one intent only the newer one may answer.
        if let Some(Cancel::Reading(before)) = self.cancels.insert(intent, cancel) {
            before.abort();
        }
    }

    fn carry(&mut self, plan: crate::plan::types::ActionPlan, context: crate::plan::types::Context, world: &World) {
        let (id, out) = (plan.intent.id.clone(), self.out.clone());
        let Some(backend) = world.backends.get(plan.intent.backend()).cloned() else { return };
        let (flag, cancelled) = watch::channel(false);
        let scribe = Arc::clone(&world.scribe);
        self.may_cancel(id.clone(), Cancel::Carriage(flag));
        tokio::spawn(async move {
            let (news, mut told) = mpsc::channel::<Carried>(QUEUE);
            let forward = async {
                while let Some(news) = told.recv().await {
                    drop(out.send(Message::Carried { intent: id.clone(), news }).await);
                }
            };
            let carry = async move {
                let tell = move |carried: Carried| drop(news.try_send(carried));
                Carriage { backend, scribe, tell: &tell, cancelled }.carry(plan, context).await;
            };
            tokio::join!(carry, forward);
        });
    }

    /// Written first, told then.
    fn override_(&mut self, held: Box<Override>, world: &World) {
        let (scribe, out) = (Arc::clone(&world.scribe), self.out.clone());
        self.notes.spawn(async move {
            let written = scribe.write(Entry::Override { held: held.clone() }).await;
            drop(out.send(Message::Overridden(written.map(|_| held))).await);
        });
    }

    /// The same for its end.
    fn end_override(&mut self, held: Box<Override>, at: Timestamp, who: Text, world: &World) {
        let (scribe, out) = (Arc::clone(&world.scribe), self.out.clone());
        self.notes.spawn(async move {
            let ended = Box::new(held.ended(at));
            let written = scribe.write(Entry::OverrideEnded { held, at, who }).await;
            drop(out.send(Message::OverrideEnded(written.map(|_| ended))).await);
        });
    }

    fn diagnose(&self, cases: Vec<Case>, world: &World) {
        let (rules, out) = (Arc::clone(&world.rules), self.out.clone());
        tokio::task::spawn_blocking(move || {
            let failures = diagnose(&rules, cases);
            drop(out.blocking_send(Message::Diagnosed(failures)));
        });
    }

    fn export(&self, name: String, text: String, world: &World) {
        let (write, out) = (Arc::clone(&world.export), self.out.clone());
        tokio::task::spawn_blocking(move || drop(out.blocking_send(Message::Exported(write(&name, &text)))));
    }

    fn note(&mut self, note: Note, world: &World) {
        let entry = match note {
            Note::Armed { tenant, seconds } => Entry::Armed { tenant, seconds },
            Note::Disarmed { tenant } => Entry::Disarmed { tenant },
            Note::Named(person) => Entry::Named { person },
            Note::Refused { intent, why } => {
                let what = Text::new(format!("{} {}", intent.verb.word(), intent.rollout));
                Entry::Refused { intent: Some(Box::new(intent)), what, why }
            }
        };
        let (scribe, out) = (Arc::clone(&world.scribe), self.out.clone());
        self.notes.spawn(async move {
            if let Err(words) = scribe.write(entry).await {
                drop(out.send(Message::Journal(Err(words))).await);
            }
        });
    }

    /// Takes back what has not left, and waits a moment for lines that are on their way to the journal.
    pub async fn finish(&mut self) {
        self.cancels.values().for_each(Cancel::now);
        drop(timeout(LAST_WORDS, async { while self.notes.join_next().await.is_some() {} }).await);
    }
}
