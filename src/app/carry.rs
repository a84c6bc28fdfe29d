//! What happens to an intent outside the state: read fresh facts, plan, and, once confirmed, read again, write down, send
//! once, look up. Every step is told as a message; nothing is ever sent twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::message::Carried;
use super::state::Phase;
use crate::backend::port::{Backend, Trouble};
use crate::domain::Text;
use crate::journal::Entry;
use crate::plan::types::{
    ActionPlan, Context, Decision, Intent, Outcome, Receipt, Receipts, Refusal, Settlement, Step, StepRecord,
};
use crate::plan::{compose, decide, differences};

/// Between two look-ups of one step.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A backend shows the effect of a verb within this, plus what it needs for each host.
const SETTLES: Duration = Duration::from_secs(10);
const SETTLES_A_HOST: Duration = Duration::from_millis(10);

/// Writes entries down, durably, before it returns. The words say why it could not.
pub trait Scribe: Send + Sync {
    fn write(&self, entry: Entry) -> futures::future::BoxFuture<'_, Result<jiff::Timestamp, Text>>;
    fn now(&self) -> jiff::Timestamp;
}

/// Reads fresh facts and makes the plan a dialog shows.
pub async fn plan(backend: &dyn Backend, intent: Intent, context: &Context) -> Result<Box<ActionPlan>, Refusal> {
    let decision = survey(backend, intent, context).await?;
    let steps = backend.steps(&decision)?;
    Ok(Box::new(compose(&decision, steps, context)))
}

async fn survey(backend: &dyn Backend, intent: Intent, context: &Context) -> Result<Decision, Refusal> {
    let survey = backend.survey(&intent).await.map_err(|trouble| unread(&trouble))?;
    decide(intent, survey, context)
}

fn unread(trouble: &Trouble) -> Refusal {
    Refusal::new(format!("the facts could not be read: {trouble}")).instead("nothing was sent; try again when it answers")
}

/// A confirmed plan on its way. `tell` gets every step of it.
pub struct Carriage<'a> {
    pub backend: Arc<dyn Backend>,
    pub scribe: Arc<dyn Scribe>,
    pub tell: &'a (dyn Fn(Carried) + Send + Sync),
    /// Set when the dialog was closed: from then on nothing may be sent.
    pub cancelled: Arc<AtomicBool>,
}

impl Carriage<'_> {
    /// Carries a plan. Returns once it has settled or nothing will be sent.
    pub async fn carry(&self, plan: ActionPlan, context: Context) {
        (self.tell)(Carried::Phase(Phase::ReadingAgain));
        let fresh = match self.fresh(&plan, &context).await {
            Ok(fresh) => fresh,
            Err(news) => return (self.tell)(*news),
        };
        if self.cancelled.load(Ordering::SeqCst) {
            return (self.tell)(Carried::Refused(Refusal::new("you closed the dialog before anything left")));
        }
        (self.tell)(Carried::Phase(Phase::WritingDown));
        let entry = Entry::Intent {
            intent: Box::new(fresh.intent.clone()),
            title: fresh.title.clone(),
            login: fresh.you.clone(),
            steps: fresh.steps.clone(),
            rests_on: Box::new(fresh.rests_on.clone()),
        };
        if let Err(words) = self.scribe.write(entry).await {
            return (self.tell)(Carried::JournalBroken { words, sent: false });
        }
        let mut receipts = Receipts::new();
        for step in &fresh.steps {
            if !self.step(&fresh, step, &mut receipts).await {
                return;
            }
        }
    }

    /// The facts, read again after `y`; or what to tell instead of sending.
    async fn fresh(&self, plan: &ActionPlan, context: &Context) -> Result<ActionPlan, Box<Carried>> {
        let refused = |refusal| Box::new(Carried::Refused(refusal));
        let fresh = self::plan(&*self.backend, plan.intent.clone(), context).await.map_err(refused)?;
        let differences = differences(&plan.rests_on, &fresh.rests_on);
        if differences.is_empty() { Ok(*fresh) } else { Err(Box::new(Carried::Changed { plan: fresh, differences })) }
    }

    /// One step: written down, sent, written down, looked up. False ends the plan.
    async fn step(&self, plan: &ActionPlan, step: &Step, receipts: &mut Receipts) -> bool {
        let record =
            StepRecord { intent: plan.intent.clone(), step: step.clone(), facts: plan.rests_on.clone(), at: self.scribe.now() };
        if let Err(words) = self.scribe.write(Entry::Sending { record: Box::new(record.clone()) }).await {
            let sent = !receipts.is_empty();
            (self.tell)(Carried::JournalBroken { words, sent });
            return false;
        }
        (self.tell)(Carried::Phase(Phase::Sending));
        let receipt = match self.backend.send(step, receipts).await {
            Ok(receipt) => receipt,
            // An error instead of a receipt proves nothing about the first byte.
            Err(trouble) => {
                Receipt { step: number(step, receipts), outcome: Outcome::Unknown(Text::new(trouble.to_string())), made: None }
            }
        };
        let written = self.scribe.write(Entry::Answered { intent: plan.intent.id.clone(), receipt: receipt.clone() }).await;
        receipts.insert(receipt.step, receipt.clone());
        (self.tell)(Carried::Answered(receipt.clone()));
        if let Err(words) = written {
            (self.tell)(Carried::JournalBroken { words, sent: true });
        }
        let settlement = match &receipt.outcome {
            Outcome::Refused(words) => Settlement::Refused(words.clone()),
            Outcome::Accepted | Outcome::Unknown(_) => {
                (self.tell)(Carried::Phase(Phase::LookingUp));
                self.look_up(&record).await
            }
        };
        let goes_on = matches!(settlement, Settlement::Verified(_));
        let entry = Entry::Settled { intent: plan.intent.id.clone(), step: receipt.step, settlement: settlement.clone() };
        if let Err(words) = self.scribe.write(entry).await {
            (self.tell)(Carried::JournalBroken { words, sent: true });
        }
        (self.tell)(Carried::Settled(settlement));
        goes_on
    }

    /// Looks a step up until the backend shows what became of it, or the time for that has passed.
    pub async fn look_up(&self, record: &StepRecord) -> Settlement {
        let patience = SETTLES + SETTLES_A_HOST * record.facts.hosts;
        let until = Instant::now() + patience;
        loop {
            let found = match self.backend.look_up(record).await {
                Ok(settlement) => settlement,
                Err(trouble) => Settlement::Unknown(Text::new(format!("it could not be looked up: {trouble}"))),
            };
            let settled = matches!(found, Settlement::Verified(_) | Settlement::Refused(_) | Settlement::Superseded(_));
            if settled || Instant::now() >= until {
                return found;
            }
            sleep(LOOK_AGAIN).await;
        }
    }
}

fn number(step: &Step, receipts: &Receipts) -> u32 {
    match step {
        Step::Call(call) => call.id,
        Step::Await { .. } => receipts.keys().last().copied().unwrap_or(0) + 1,
    }
}
