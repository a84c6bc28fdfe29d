//! What happens to an intent outside the state: read fresh facts, plan, and, once confirmed, read again, write down, send
//! once, look up. Every step is told as a message; nothing is ever sent twice.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::message::Carried;
use super::state::Phase;
use crate::backend::port::{Backend, Trouble};
use crate::domain::{HostId, Text};
use crate::journal::Entry;
use crate::plan::types::{
    ActionPlan, Call, Context, Decision, Intent, Outcome, Receipt, Receipts, Refusal, Rest, Settlement, Step, StepRecord,
    resolved,
};
use crate::plan::{compose, decide, differences};

/// Between two look-ups of one step.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A backend shows the effect of a verb within this, plus what it needs for each host.
const SETTLES: Duration = Duration::from_secs(10);
const SETTLES_A_HOST: Duration = Duration::from_millis(10);
/// What stayed unknown is looked up again after this; the pause doubles up to [`RARELY`], for a night.
const AGAIN: Duration = Duration::from_secs(5);
const RARELY: Duration = Duration::from_secs(60);
const A_NIGHT: Duration = Duration::from_secs(12 * 60 * 60);

/// Writes entries down, durably, before it returns. The words say why it could not.
pub trait Scribe: Send + Sync {
    fn write(&self, entry: Entry) -> futures::future::BoxFuture<'_, Result<jiff::Timestamp, Text>>;
    fn now(&self) -> jiff::Timestamp;
}

/// Reads fresh facts and makes the plan a dialog shows.
pub async fn plan(backend: &dyn Backend, intent: Intent, context: &Context) -> Result<Box<ActionPlan>, Refusal> {
    let decision = survey(backend, intent, context).await?;
    // A plan that reaches nobody is shown, so that a person can say who comes in; it has no call.
    let steps = if decision.reaches_nobody() { Vec::new() } else { backend.steps(&decision)? };
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
    /// Turns true when the dialog was closed: what has not left then never leaves.
    pub cancelled: watch::Receiver<bool>,
}

impl Carriage<'_> {
    /// Carries a plan. Returns once it has settled or nothing will be sent.
    pub async fn carry(&self, plan: ActionPlan, context: Context) {
        (self.tell)(Carried::Phase(Phase::ReadingAgain));
        let fresh = tokio::select! {
            biased;
            () = self.taken_back() => return (self.tell)(Carried::TakenBack),
            fresh = self.fresh(&plan, &context) => match fresh {
                Ok(fresh) => fresh,
                Err(news) => return (self.tell)(*news),
            },
        };
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
        for (step, at) in fresh.steps.iter().zip(1..) {
            let goes_on = at < fresh.steps.len();
            let went = match step {
                Step::Call(call) => self.step(&fresh, call, &mut receipts, goes_on).await,
                Step::Await { .. } => self.wait(step, &mut receipts).await,
            };
            if !went {
                if matches!(step, Step::Await { .. }) {
                    self.tell_rest(&fresh, &receipts);
                }
                return;
            }
        }
    }

    /// Tells what a plan that ends early has not sent.
    fn tell_rest(&self, plan: &ActionPlan, receipts: &Receipts) {
        let left = |id: u32| receipts.get(&id).is_some_and(|receipt| !matches!(receipt.outcome, Outcome::Refused(_)));
        if let Some(rest) = Rest::of(&plan.intent, &plan.steps, left) {
            (self.tell)(Carried::Left(Box::new(rest)));
        }
    }

    /// Reads until what a plan waits for has come. Nothing is sent, so that nothing is written down. False ends the plan.
    async fn wait(&self, step: &Step, receipts: &mut Receipts) -> bool {
        (self.tell)(Carried::Phase(Phase::LookingUp));
        let Step::Await { path, id, condition, .. } = step else { return false };
        let stop = |words: String| (self.tell)(Carried::Settled(Settlement::Superseded(Text::new(words))));
        let mut step = step.clone();
        match resolved(path, receipts) {
            Ok(resolved) => {
                if let Step::Await { path, .. } = &mut step {
                    *path = resolved;
                }
            }
            Err(words) => {
                stop(words.to_string());
                return false;
            }
        }
        let ends = format!("the plan ends here, waiting until {condition}");
        match self.backend.send(&step, receipts).await {
            Ok(receipt) => match &receipt.outcome {
                Outcome::Accepted => {
                    receipts.insert(*id, receipt);
                    return true;
                }
                Outcome::Refused(words) | Outcome::Unknown(words) => stop(format!("{ends}: {words}; go on from the board")),
            },
            Err(trouble) => stop(format!("{ends}: {trouble}; go on from the board")),
        }
        false
    }

    fn is_taken_back(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Ends when it is taken back; never, if nobody can do that any more.
    async fn taken_back(&self) {
        if self.cancelled.clone().wait_for(|cancelled| *cancelled).await.is_err() {
            pending::<()>().await;
        }
    }

    /// The facts, read again after `y`; or what to tell instead of sending.
    async fn fresh(&self, plan: &ActionPlan, context: &Context) -> Result<ActionPlan, Box<Carried>> {
        let refused = |refusal| Box::new(Carried::Refused(refusal));
        let fresh = self::plan(&*self.backend, plan.intent.clone(), context).await.map_err(refused)?;
        let differences = differences(&plan.rests_on, &fresh.rests_on);
        if differences.is_empty() { Ok(*fresh) } else { Err(Box::new(Carried::Changed { plan: fresh, differences })) }
    }

    /// One call: written down, sent, written down, looked up. False ends the plan.
    async fn step(&self, plan: &ActionPlan, call: &Call, receipts: &mut Receipts, goes_on: bool) -> bool {
        if self.is_taken_back() {
            if receipts.is_empty() {
                (self.tell)(Carried::TakenBack);
            } else {
                self.tell_rest(plan, receipts);
            }
            return false;
        }
        let path = match resolved(&call.path, receipts) {
            Ok(path) => path,
            Err(words) => {
                (self.tell)(Carried::Settled(Settlement::Superseded(Text::new(format!("{words}; go on from the board")))));
                self.tell_rest(plan, receipts);
                return false;
            }
        };
        let call = Call { path, ..call.clone() };
        let (number, step) = (call.id, Step::Call(call.clone()));
        let record = self.record(plan, call);
        if let Err(words) = self.scribe.write(Entry::Sending { record: Box::new(record.clone()) }).await {
            let sent = !receipts.is_empty();
            (self.tell)(Carried::JournalBroken { words, sent });
            return false;
        }
        if receipts.is_empty() && self.is_taken_back() {
            return self.not_sent(&record, number).await;
        }
        (self.tell)(Carried::Phase(Phase::Sending));
        let receipt = match self.backend.send(&step, receipts).await {
            Ok(receipt) => receipt,
            // An error instead of a receipt proves nothing about the first byte.
            Err(trouble) => {
                let outcome = Outcome::Unknown(Text::new(trouble.to_string()));
                Receipt { step: number, outcome, made: None, told: None }
            }
        };
        let written = self.scribe.write(Entry::Answered { intent: plan.intent.id.clone(), receipt: receipt.clone() }).await;
        receipts.insert(receipt.step, receipt.clone());
        (self.tell)(Carried::Answered(receipt.clone()));
        if let Err(words) = written {
            (self.tell)(Carried::JournalBroken { words, sent: true });
        }
        let accepted = match &receipt.outcome {
            Outcome::Refused(words) => {
                self.settle(&record, receipt.step, Settlement::Refused(words.clone()), false).await;
                self.tell_rest(plan, receipts);
                return false;
            }
            Outcome::Accepted => true,
            Outcome::Unknown(_) => false,
        };
        (self.tell)(Carried::Phase(Phase::LookingUp));
        let found = self.look_up(&record, accepted).await;
        let verified = matches!(found, Settlement::Verified(_));
        self.settle(&record, receipt.step, found.clone(), goes_on && verified).await;
        if !verified {
            self.tell_rest(plan, receipts);
            self.until_known(&record, receipt.step, accepted, &found).await;
        }
        verified
    }

    /// A call as the journal keeps it: with its own hosts, not with those of the whole plan each time.
    fn record(&self, plan: &ActionPlan, call: Call) -> StepRecord {
        let (mut intent, mut facts) = (plan.intent.clone(), plan.rests_on.clone());
        if !call.hosts.is_empty() {
            intent.hosts = call.hosts.iter().map(|host| HostId::new(intent.backend().clone(), host)).collect();
            facts.named.clear();
        }
        StepRecord { intent, step: Step::Call(call), facts, at: self.scribe.now() }
    }

    /// The line that says it would be sent stands in the journal already: another one says that it was not.
    async fn not_sent(&self, record: &StepRecord, step: u32) -> bool {
        let outcome = Outcome::Refused("taken back before it was sent".into());
        let receipt = Receipt { step, outcome, made: None, told: None };
        if let Err(words) = self.scribe.write(Entry::Answered { intent: record.intent.id.clone(), receipt }).await {
            (self.tell)(Carried::JournalBroken { words, sent: false });
        }
        (self.tell)(Carried::TakenBack);
        false
    }

    /// Looks a step up, tells and writes down what was found, and goes on until it is known.
    pub async fn follow(&self, record: &StepRecord, step: u32, accepted: bool) {
        let first = self.look_up(record, accepted).await;
        self.settle(record, step, first.clone(), false).await;
        self.until_known(record, step, accepted, &first).await;
    }

    /// What stays unknown is looked up rarely for the rest of the night: a link that comes back must not need a restart to
    /// clear it up. The plan does not go on by itself hours later.
    async fn until_known(&self, record: &StepRecord, step: u32, accepted: bool, first: &Settlement) {
        let (until, mut rest) = (Instant::now() + A_NIGHT, AGAIN);
        let mut open = matches!(first, Settlement::Unknown(_));
        while open && Instant::now() < until {
            sleep(rest).await;
            rest = (rest * 2).min(RARELY);
            let Some(found) = self.look(record, accepted).await else { continue };
            open = matches!(found, Settlement::Unknown(_));
            if !open {
                self.settle(record, step, found, false).await;
            }
        }
    }

    /// `goes_on`: more calls of the plan follow.
    async fn settle(&self, record: &StepRecord, step: u32, settlement: Settlement, goes_on: bool) {
        let entry = Entry::Settled { intent: record.intent.id.clone(), step, settlement: settlement.clone() };
        if let Err(words) = self.scribe.write(entry).await {
            (self.tell)(Carried::JournalBroken { words, sent: true });
        }
        (self.tell)(if goes_on {
            Carried::Went { step, words: settlement.words().clone() }
        } else {
            Carried::Settled(settlement)
        });
    }

    /// Looks a step up until the backend shows what became of it, or the time for that has passed.
    async fn look_up(&self, record: &StepRecord, accepted: bool) -> Settlement {
        let patience = SETTLES + SETTLES_A_HOST * record.facts.hosts;
        let until = Instant::now() + patience;
        loop {
            if let Some(found) = self.look(record, accepted).await {
                let settled = matches!(found, Settlement::Verified(_) | Settlement::Refused(_) | Settlement::Superseded(_));
                if settled || Instant::now() >= until {
                    return found;
                }
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// One look. None: the effect is not there, and may still come, because the answer was lost and the backend may be at
    /// work on the request. Until that is over the intent stays on its way, so that nobody asks for the same a second time.
    async fn look(&self, record: &StepRecord, accepted: bool) -> Option<Settlement> {
        match self.backend.look_up(record).await {
            Ok(Settlement::NotThere(words)) if !accepted && self.may_still_come(record) => {
                (self.tell)(Carried::NotYet(words));
                None
            }
            Ok(settlement) => Some(settlement),
            Err(trouble) => Some(Settlement::Unknown(Text::new(format!("it could not be looked up: {trouble}")))),
        }
    }

    fn may_still_come(&self, record: &StepRecord) -> bool {
        let Step::Call(call) = &record.step else { return false };
        self.scribe.now().duration_since(record.at).as_secs() < i64::from(call.deadline_seconds)
    }
}
