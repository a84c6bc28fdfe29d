//! The loop: waits for whatever comes first, updates, performs effects, draws once. The same for people and for tests.
//!
//! It is generic over the screen, the clock and the world. It decides nothing about rollouts.

mod perform;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::poll;
use futures::stream::{BoxStream, Stream, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use self::perform::Performer;
use super::carry::Scribe;
use super::diagnose::Rules;
use super::message::Message;
use super::state::{Drawn, State};
use super::update::{next_glance, update};
use super::wanted;
use crate::backend::port::{Backend, Report, Wanted};
use crate::domain::{BackendName, Now, Text};
use crate::memory::Record;

/// Data alone draws at most this often; a key draws at once.
const FRAME: Duration = Duration::from_millis(250);
/// Messages taken before a draw, so that a flood cannot keep the screen from being drawn.
const BATCH: usize = 512;

/// What shows the state and hears the person.
pub trait Screen {
    /// A fresh stream of what the person does. It ends when the terminal is gone.
    type Events: Stream<Item = Message> + Unpin;
    fn events(&mut self) -> Self::Events;
    fn paint(&mut self, state: &State) -> std::io::Result<Drawn>;
    fn redraw(&mut self) -> std::io::Result<()>;
    fn bell(&mut self) -> std::io::Result<()>;
    /// What may be said of a text that was sent to the clipboard, or why it was not.
    fn copy(&mut self, text: &str) -> Result<Text, Text>;
    fn mouse(&mut self, on: bool) -> std::io::Result<()>;
    /// Hands the terminal back, stops the process, and comes back with fresh events when it goes on.
    fn suspend(&mut self, events: Self::Events) -> std::io::Result<Self::Events>;
    /// Takes the terminal again after a stop that nobody announced.
    fn retake(&mut self) -> std::io::Result<()>;
}

/// Tells the time.
pub trait Tell {
    fn now(&self) -> Now;
}

/// Writes a text under a file's name; says where it lies, or why it does not.
pub type Export = Arc<dyn Fn(&str, &str) -> Result<Text, Text> + Send + Sync>;

/// What the cockpit is joined to.
pub struct World {
    pub backends: BTreeMap<BackendName, Arc<dyn Backend>>,
    /// Where each supervisor hears what is wanted.
    pub wanted: BTreeMap<BackendName, watch::Sender<Wanted>>,
    pub reports: mpsc::Receiver<Report>,
    pub scribe: Arc<dyn Scribe>,
    /// What failures mean.
    pub rules: Arc<Rules>,
    /// Anything else that happens: the journal is open, somebody sends a signal.
    pub news: BoxStream<'static, Message>,
    /// Keeps what may be lost without harm.
    pub remember: Box<dyn Fn(Record) + Send>,
    /// Writes a file for other programs under a name, and says where it lies. It may take a while.
    pub export: Export,
}

/// Runs until the person leaves. Only a lost terminal is an error.
pub async fn run<S: Screen, C: Tell>(mut state: State, screen: &mut S, clock: &C, mut world: World) -> std::io::Result<State> {
    let mut events = screen.events();
    let mut performer = Performer::new();
    let mut told: BTreeMap<BackendName, Wanted> = BTreeMap::new();
    let mut drawn_at: Option<Instant> = None;
    let mut news_open = true;
    loop {
        tell_wanted(&state, &mut told, &world);
        let drawn_long_ago = drawn_at.is_none_or(|at| at.elapsed() >= FRAME);
        if state.dirty && (drawn_long_ago || state.hurried) {
            let drawn = screen.paint(&state)?;
            (state.dirty, state.hurried) = (false, false);
            drawn_at = Some(Instant::now());
            let effects = update(&mut state, Message::Drawn(drawn), clock.now());
            performer.perform(effects, screen, &world)?;
        }
        if state.quitting {
            performer.finish().await;
            return Ok(state);
        }
        let wake = match drawn_at {
            Some(at) if state.dirty => at + FRAME,
            _ => Instant::now() + next_glance(&state),
        };
        let first = tokio::select! {
            biased;
            message = world.news.next(), if news_open => {
                news_open = message.is_some();
                message
            }
            event = events.next() => match event {
                Some(event) => Some(event),
                None => return Err(std::io::Error::new(std::io::ErrorKind::BrokenPipe, "the terminal is gone")),
            },
            message = performer.next() => message,
            Some(report) = world.reports.recv() => Some(Message::Report(Box::new(report))),
            () = sleep_until(wake) => Some(Message::Tick),
        };
        let Some(first) = first else { continue };
        let mut batch = vec![first];
        drain(&mut events, &mut world, &mut performer, &mut batch).await;
        for message in batch {
            let hurried = matches!(message, Message::Key(_) | Message::Paste(_) | Message::Click { .. } | Message::Scroll(_));
            let resized = matches!(message, Message::Resize { .. } | Message::Woken);
            let effects = update(&mut state, message, clock.now());
            state.hurried |= hurried || resized;
            if performer.perform(effects, screen, &world)? {
                events = screen.suspend(events)?;
                let effects = update(&mut state, Message::Woken, clock.now());
                state.hurried = true;
                performer.perform(effects, screen, &world)?;
            }
        }
    }
}

/// Takes what is ready without waiting for more. It asks with the loop's own waker: crossterm's stream keeps the waker of the
/// first poll that found nothing, and with any other one the next key would wake nobody.
async fn drain<E: Stream<Item = Message> + Unpin>(
    events: &mut E,
    world: &mut World,
    performer: &mut Performer,
    batch: &mut Vec<Message>,
) {
    while batch.len() < BATCH {
        let before = batch.len();
        if let Poll::Ready(Some(event)) = poll!(events.next()) {
            batch.push(event);
        }
        if let Ok(report) = world.reports.try_recv() {
            batch.push(Message::Report(Box::new(report)));
        }
        let finished = pin!(performer.next());
        if let Poll::Ready(Some(message)) = poll!(finished) {
            batch.push(message);
        }
        if batch.len() == before {
            return;
        }
    }
}

fn tell_wanted(state: &State, told: &mut BTreeMap<BackendName, Wanted>, world: &World) {
    let wanted = wanted::of(state);
    if wanted == *told {
        return;
    }
    for (name, wanted) in &wanted {
        if told.get(name) != Some(wanted)
            && let Some(ear) = world.wanted.get(name)
        {
            ear.send_replace(wanted.clone());
        }
    }
    *told = wanted;
}
