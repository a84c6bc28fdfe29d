//! When to ask: one supervisor a connection. It asks for what moved, backs off when it hurts, and tells the app.
//!
//! It keeps no facts and merges nothing. How many requests may leave a second is the HTTP client's budget.

mod agenda;
mod pulse;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use self::agenda::{Agenda, ReadNow};
use self::pulse::Pulse;
use super::port::{Backend, Hint, HintStream, Identity, Interest, News, Observation, Report, Trouble, Wanted};

/// Who we are there is asked anew this often: rights change, clocks drift.
const CONNECT_AGAIN: Duration = Duration::from_secs(600);

/// A running supervisor. Dropping it ends the talk with the connection.
#[derive(Debug)]
pub struct Supervisor(JoinHandle<()>);

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Civil time, asked for when a connection compares clocks.
pub type Civil = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Starts talking to `backend`. Reports come out of `out`; the talk ends when nobody listens.
pub fn start(backend: Arc<dyn Backend>, wanted: watch::Receiver<Wanted>, out: mpsc::Sender<Report>, civil: Civil) -> Supervisor {
    Supervisor(tokio::spawn(async move {
        let agenda = Agenda::spread_by(StdRng::from_os_rng().random());
        let mut talk = Talk { backend, wanted, out, civil, agenda, pulse: Pulse::default(), greeted: None };
        talk.go_on().await;
    }))
}

/// The next hint; never, where there are none.
async fn next(hints: &mut Option<HintStream>) -> Option<Hint> {
    match hints {
        Some(hints) => hints.next().await,
        None => std::future::pending().await,
    }
}

enum Answer {
    Connect(Result<Identity, Trouble>),
    Observe { what: Interest, result: Result<Observation, Trouble>, took: Duration },
}

struct Talk {
    backend: Arc<dyn Backend>,
    wanted: watch::Receiver<Wanted>,
    out: mpsc::Sender<Report>,
    civil: Civil,
    agenda: Agenda,
    pulse: Pulse,
    /// When we last learned who we are there.
    greeted: Option<Instant>,
}

impl Talk {
    async fn go_on(&mut self) {
        let mut under_way: FuturesUnordered<BoxFuture<'static, Answer>> = FuturesUnordered::new();
        let mut greeting = false;
        let mut hints = self.backend.hints();
        loop {
            let now = Instant::now();
            let wanted = self.wanted.borrow_and_update().clone();
            self.agenda.want(&wanted);
            self.agenda.not_faster_than(self.backend.beat());
            let due = self.greeted.is_none_or(|at| now.duration_since(at) >= CONNECT_AGAIN);
            if due && !greeting && self.agenda.may_ask(now) {
                greeting = true;
                under_way.push(self.greet());
            }
            if self.greeted.is_some() {
                while let Some(what) = self.agenda.next(now) {
                    under_way.push(self.ask(what));
                }
            }
            let wake = match (self.greeted, greeting) {
                (Some(_), _) => self.agenda.wake(now),
                (None, true) => now + CONNECT_AGAIN,
                (None, false) => self.agenda.rests_until().max(now),
            };
            tokio::select! {
                biased;
                changed = self.wanted.changed() => if changed.is_err() { return },
                Some(answer) = under_way.next(), if !under_way.is_empty() => {
                    greeting &= !matches!(answer, Answer::Connect(_));
                    if self.take(answer).await.is_err() { return }
                }
                hint = next(&mut hints), if self.greeted.is_some() => match hint {
                    Some(_) => self.agenda.hinted(),
                    None => hints = None,
                },
                () = sleep_until(wake) => {}
            }
            if let Some(health) = self.pulse.news(Instant::now(), &self.backend.health(), self.agenda.board_every())
                && self.tell(News::Health(health)).await.is_err()
            {
                return;
            }
        }
    }

    fn greet(&self) -> BoxFuture<'static, Answer> {
        let backend = Arc::clone(&self.backend);
        let civil = (self.civil)();
        async move { Answer::Connect(backend.connect(civil).await) }.boxed()
    }

    fn ask(&self, what: Interest) -> BoxFuture<'static, Answer> {
        let backend = Arc::clone(&self.backend);
        async move {
            let began = Instant::now();
            let result = backend.observe(what.clone()).await;
            Answer::Observe { what, result, took: began.elapsed() }
        }
        .boxed()
    }

    async fn take(&mut self, answer: Answer) -> Result<(), Gone> {
        let now = Instant::now();
        match answer {
            Answer::Connect(Ok(identity)) => {
                self.greeted = Some(now);
                self.agenda.reached();
                self.tell(News::Connected(identity)).await
            }
            Answer::Connect(Err(trouble)) => {
                self.greeted = None;
                let (again_in, through) = self.agenda.lost(&trouble, now);
                self.tell(News::Failed { what: Interest::Board, trouble, again_in: Some(again_in) }).await?;
                self.tell_through(through).await
            }
            Answer::Observe { what, result: Ok(observation), took } => {
                self.pulse.answered(took);
                let through = self.agenda.answered(&what, &observation, now);
                self.tell(News::Observed { what, observation, took }).await?;
                self.tell_through(through).await
            }
            Answer::Observe { what, result: Err(trouble), .. } => {
                if matches!(trouble, Trouble::Credentials(_)) {
                    self.greeted = None;
                }
                let (again_in, through) = self.agenda.failed(&what, &trouble, now);
                self.tell(News::Failed { what, trouble, again_in: Some(again_in) }).await?;
                self.tell_through(through).await
            }
        }
    }

    async fn tell_through(&self, through: Option<ReadNow>) -> Result<(), Gone> {
        match through {
            Some(ReadNow { whole }) => self.tell(News::ReadAgain { whole }).await,
            None => Ok(()),
        }
    }

    async fn tell(&self, news: News) -> Result<(), Gone> {
        let backend = self.backend.describe().name.clone();
        self.out.send(Report { backend, news }).await.map_err(|_| Gone)
    }
}

/// Nobody listens any more.
struct Gone;
