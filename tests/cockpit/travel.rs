//! Holes between `y` and an outcome: taken back in time, arming that ended, two intents at once, and unknown that clears up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use patchdeck::action::Verb;
use patchdeck::app::carry::{Carriage, Scribe, plan};
use patchdeck::app::message::Carried;
use patchdeck::backend::port::{Backend, Facts, Interest};
use patchdeck::domain::{IntentId, RolloutId, TenantId, Text};
use patchdeck::journal::{Entry, open_intents, read};
use patchdeck::plan::types::{Context, Intent, Outcome};
use rstest::rstest;
use tokio::sync::watch;

use crate::kinds;
use crate::night::{Night, Reply};
use crate::play::Play;
use crate::stage::{Stage, on_stage};

/// A dialog to approve rollout two, with everything read.
async fn approving(night: &Arc<Night>) -> Stage {
    Stage::of(night).at_the_board().armed().approves().await
}

#[rstest]
#[case::esc("esc")]
#[case::q("q")]
fn a_dialog_closed_while_the_facts_are_read_again_never_sends(#[case] key: &str) {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = approving(&night).await;
        night.hang();
        stage.keys("y").keys(key).sees("taken back, nothing was sent").await;
        night.wake();
        stage.pass(Duration::from_secs(30)).await;
        assert!(night.sent().is_empty());
        assert_eq!(kinds(stage.journal()), ["opened", "armed"]);
    });
}

/// Which line of the journal the dialog is closed at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Closing {
    Intent,
    Sending,
    Answered,
}

/// Writes into a list, and closes the dialog while a certain line is written.
struct Pen {
    at: Closing,
    close: watch::Sender<bool>,
    lines: Mutex<Vec<Entry>>,
}

impl Scribe for Pen {
    fn write(&self, entry: Entry) -> BoxFuture<'_, Result<Timestamp, Text>> {
        let here = match &entry {
            Entry::Intent { .. } => Some(Closing::Intent),
            Entry::Sending { .. } => Some(Closing::Sending),
            Entry::Answered { .. } => Some(Closing::Answered),
            _ => None,
        };
        if here == Some(self.at) {
            self.close.send_replace(true);
        }
        self.lines.lock().expect("lines").push(entry);
        async { Ok(Timestamp::UNIX_EPOCH) }.boxed()
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

#[rstest]
#[case::before_it_is_written_that_it_leaves(Closing::Intent, 0)]
#[case::after_it_is_written_that_it_leaves(Closing::Sending, 0)]
#[case::after_it_left(Closing::Answered, 1)]
fn a_dialog_closed_while_the_journal_is_written_sends_only_what_had_left(#[case] at: Closing, #[case] sent: usize) {
    on_stage(async move {
        let night = Night::of_three_rollouts();
        let backend: Arc<dyn Backend> = night.clone();
        let rollout = RolloutId::new(night.describe().name.clone(), "2");
        let Facts::Rollouts { rollouts, .. } = backend.observe(Interest::Board).await.expect("a board").facts else {
            panic!("no board")
        };
        let seen = rollouts.into_iter().find(|known| known.id == rollout);
        let intent = Intent::new(IntentId::new("i-1"), Verb::Approve, TenantId::new("acme"), rollout);
        let civil = Timestamp::UNIX_EPOCH;
        let context = Context { seen, ..Context::at(civil) };
        let plan = plan(&*backend, intent, &context).await.expect("a plan");
        let (close, cancelled) = watch::channel(false);
        let scribe = Arc::new(Pen { at, close, lines: Mutex::default() });
        let told = Mutex::new(Vec::new());
        let tell = |news: Carried| told.lock().expect("told").push(news);
        Carriage { backend, scribe: scribe.clone(), tell: &tell, cancelled }.carry(*plan, context).await;
        assert_eq!(night.sent().len(), sent);
        let told = told.into_inner().expect("told");
        assert_eq!(told.iter().any(|news| matches!(news, Carried::TakenBack)), sent == 0, "{told:?}");
        assert_eq!(told.iter().any(|news| matches!(news, Carried::Settled(_))), sent == 1, "{told:?}");
        let lines = scribe.lines.lock().expect("lines");
        let announced = lines.iter().any(|line| matches!(line, Entry::Sending { .. }));
        let answered = lines.iter().any(
            |line| matches!(line, Entry::Answered { receipt, .. } if matches!(receipt.outcome, Outcome::Refused(_)) == (sent == 0)),
        );
        assert_eq!(announced, answered, "what was announced has its answer: {lines:?}");
    });
}

#[test]
fn leaving_takes_back_what_has_not_left() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = approving(&night).await;
        night.hang();
        stage.press("y ctrl-c", "Leave patchdeck?").keys("y").await;
        stage.ends().await;
        night.wake();
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn a_pause_opened_while_armed_arms_again_when_arming_has_ended() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night)
            .at_the_board()
            .keys("! enter")
            .filter("running")
            .press("p", "Pause: no further wave begins")
            .pass(Duration::from_secs(605))
            .sees("LOOK ONLY")
            .verified()
            .await;
        assert_eq!(night.sent(), ["POST /rollouts/3/pause"]);
        let kinds = kinds(stage.journal());
        assert_eq!(kinds, ["opened", "armed", "disarmed", "armed", "intent", "sending", "answered", "settled"]);
    });
}

#[test]
fn two_intents_on_one_rollout_do_not_travel_at_once() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage =
            Stage::of(&night).at_the_board().filter("running").press("P", "baseline three").pass(Duration::from_secs(1)).await;
        night.hang();
        stage.press("y p", "pause of this rollout is still on its way").await;
        assert!(night.sent().is_empty());
    });
}

#[test]
fn a_pause_of_everything_whose_facts_changed_is_over_and_says_so() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        let stage = Stage::of(&night).at_the_board().press("P", "baseline three").pass(Duration::from_secs(1)).await;
        night.grow("3", 50);
        stage.press("y", "nothing was sent, the facts changed").await;
        assert!(night.sent().is_empty());
        stage.keys("ctrl-c").await;
        stage.ends().await;
    });
}

#[test]
fn an_unknown_outcome_is_cleared_up_when_the_backend_can_be_asked_again() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.reply(Reply::LostAndDark);
        let stage = approving(&night).await;
        stage.press("y", "unknown").pass(Duration::from_secs(60)).await;
        assert_eq!(open_intents(&read(stage.journal()).expect("readable")).len(), 1);
        night.lighten();
        stage.until(|| open_intents(&read(stage.journal()).expect("readable")).is_empty()).press("l", "verified").await;
        assert_eq!(night.sent().len(), 1);
    });
}

#[test]
fn a_lost_verb_that_is_not_there_yet_is_not_called_off_before_it_can_come_no_more() {
    on_stage(async {
        let night = Night::of_three_rollouts();
        night.reply(Reply::LostBeforeEffect);
        let stage = approving(&night).await;
        stage
            .keys("y")
            .pass(Duration::from_secs(60))
            .press("a", "approve of this rollout is still on its way")
            .pass(Duration::from_secs(65))
            .press("l", "not there")
            .await;
        assert_eq!(night.sent().len(), 1);
        assert!(open_intents(&read(stage.journal()).expect("readable")).is_empty());
    });
}
