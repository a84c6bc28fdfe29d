//! How a play reads: its opening, what is pressed and what is seen then, one after the other until its `await`.
//!
//! It holds the steps and the words for those that many plays take. What a step does is the stage's.

use std::borrow::Cow;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use patchdeck::app::message::Message;
use patchdeck::calendar::Rules;

use crate::night::Night;
use crate::stage::Stage;

pub enum Step<'a> {
    Keys(Cow<'a, str>),
    Burst(&'a str),
    Paste(&'a str),
    Told(Box<Message>),
    Pass(Duration),
    Sees(&'a str),
    SeesInOrder(&'a [&'a str]),
    Loses(&'a str),
    NeverSees(&'a str),
    Until(Box<dyn Fn() -> bool + 'a>),
}

/// What can be said of a stage, before its first frame and after.
pub trait Play<'a>: Sized {
    type Next: Play<'a, Next = Self::Next>;

    fn then(self, step: Step<'a>) -> Self::Next;

    /// Presses keys by their words, one after the other, each seen before the next.
    fn keys(self, words: &'a str) -> Self::Next {
        self.then(Step::Keys(words.into()))
    }

    /// The same, and waits until the screen has `text`.
    fn press(self, words: &'a str, text: &'a str) -> Self::Next {
        self.keys(words).sees(text)
    }

    /// All keys at once, as a slow link delivers them.
    fn burst(self, words: &'a str) -> Self::Next {
        self.then(Step::Burst(words))
    }

    fn paste(self, text: &'a str) -> Self::Next {
        self.then(Step::Paste(text))
    }

    /// Something that the world tells, other than a backend.
    fn told(self, message: Message) -> Self::Next {
        self.then(Step::Told(Box::new(message)))
    }

    fn pass(self, time: Duration) -> Self::Next {
        self.then(Step::Pass(time))
    }

    /// Waits until the screen has `text`.
    fn sees(self, text: &'a str) -> Self::Next {
        self.then(Step::Sees(text))
    }

    /// Waits until these stand on the screen, each for the first time below the one before it.
    fn sees_in_order(self, words: &'a [&'a str]) -> Self::Next {
        self.then(Step::SeesInOrder(words))
    }

    /// Waits until the screen has lost `text`.
    fn loses(self, text: &'a str) -> Self::Next {
        self.then(Step::Loses(text))
    }

    /// Two seconds pass, and `text` is not on the screen at any frame in between.
    fn never_sees(self, text: &'a str) -> Self::Next {
        self.then(Step::NeverSees(text))
    }

    fn until(self, holds: impl Fn() -> bool + 'a) -> Self::Next {
        self.then(Step::Until(Box::new(holds)))
    }

    /// The board of one night has been read.
    fn at_the_board(self) -> Self::Next {
        self.sees("waits for you")
    }

    /// Arms the first tenant of the list.
    fn armed(self) -> Self::Next {
        self.press("! enter", "ARMED")
    }

    /// Types a filter over what was there.
    fn filter(self, text: &str) -> Self::Next {
        self.then(Step::Keys(typed('/', text)))
    }

    /// Runs an action by its name.
    fn command(self, name: &str) -> Self::Next {
        self.then(Step::Keys(typed(':', name)))
    }

    /// From the board: the dialog that approves what waits.
    fn approves(self) -> Self::Next {
        self.press("tab a", "Approve ALL")
    }

    /// Says yes to what the dialog asks, and it was done.
    fn verified(self) -> Self::Next {
        self.press("y", "verified")
    }
}

fn typed(key: char, text: &str) -> Cow<'static, str> {
    let letters = text.chars().flat_map(|letter| [' ', letter]);
    Cow::Owned(std::iter::once(key).chain(letters).chain(" enter".chars()).collect())
}

/// Steps that are taken one after the other when they are awaited.
#[must_use = "nothing happens before it is awaited"]
pub struct Steps<'a> {
    stage: &'a Stage,
    steps: Vec<Step<'a>>,
}

impl<'a> Play<'a> for &'a Stage {
    type Next = Steps<'a>;

    fn then(self, step: Step<'a>) -> Steps<'a> {
        Steps { stage: self, steps: vec![step] }
    }
}

impl<'a> Play<'a> for Steps<'a> {
    type Next = Self;

    fn then(mut self, step: Step<'a>) -> Self {
        self.steps.push(step);
        self
    }
}

impl<'a> IntoFuture for Steps<'a> {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            for step in self.steps {
                self.stage.take(step).await;
            }
        })
    }
}

/// What a stage opens with, and the steps before a play looks at more than its screen.
#[must_use = "nothing happens before it is awaited"]
pub struct Curtain<'a> {
    pub nights: Vec<Arc<Night>>,
    /// What an earlier session left.
    pub left: Option<tempfile::TempDir>,
    /// The journal's folder is a file: it can never be opened.
    pub no_journal: bool,
    pub real: Timestamp,
    pub calendar: Rules,
    steps: Vec<Step<'a>>,
}

impl Stage {
    /// One night, on an evening without a calendar.
    pub fn of<'a>(night: &Arc<Night>) -> Curtain<'a> {
        Self::open(vec![Arc::clone(night)])
    }

    pub fn open<'a>(nights: Vec<Arc<Night>>) -> Curtain<'a> {
        let real = at("2026-12-08T22:14:05Z");
        Curtain { nights, left: None, no_journal: false, real, calendar: Rules::default(), steps: Vec::new() }
    }
}

/// A moment in UTC.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

impl Curtain<'_> {
    pub fn at(self, real: Timestamp) -> Self {
        Self { real, ..self }
    }

    pub fn held_to(self, calendar: Rules) -> Self {
        Self { calendar, ..self }
    }

    pub fn after(self, left: tempfile::TempDir) -> Self {
        Self { left: Some(left), ..self }
    }

    pub fn without_journal(self) -> Self {
        Self { no_journal: true, ..self }
    }
}

impl<'a> Play<'a> for Curtain<'a> {
    type Next = Self;

    fn then(mut self, step: Step<'a>) -> Self {
        self.steps.push(step);
        self
    }
}

impl<'a> IntoFuture for Curtain<'a> {
    type Output = Stage;
    type IntoFuture = Pin<Box<dyn Future<Output = Stage> + 'a>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let steps = std::mem::take(&mut self.steps);
            let stage = Stage::begin(self).await;
            for step in steps {
                stage.take(step).await;
            }
            stage
        })
    }
}
