//! A stage for the whole app: keys in, text of the screen out, on a paused clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::{Stream, StreamExt};
use jiff::Timestamp;
use patchdeck::app::diagnose;
use patchdeck::app::message::Message;
use patchdeck::app::recall;
use patchdeck::app::runtime::{Screen, Tell, World, run};
use patchdeck::app::scribe::JournalScribe;
use patchdeck::app::start::Start;
use patchdeck::app::state::{Drawn, State};
use patchdeck::backend::port::{Backend, Wanted};
use patchdeck::backend::supervise;
use patchdeck::calendar::Rules;
use patchdeck::domain::{Mono, Now, Text};
use patchdeck::journal::{Follower, Who};
use patchdeck::keymap::Keymap;
use patchdeck::memory::Record;
use patchdeck::theme::{Depth, Glyphs, Theme, load};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::Instant;

use crate::night::Night;

/// Loaded once: it takes a moment.
static RULES: LazyLock<Arc<diagnose::Rules>> = LazyLock::new(Arc::default);

/// Virtual time after which a wait has failed.
const PATIENCE: Duration = Duration::from_secs(120);
const SIZE: (u16, u16) = (120, 36);

/// Runs a play on a paused clock.
pub fn on_stage(play: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    LocalSet::new().block_on(&runtime, play);
}

#[derive(Default)]
struct Seen {
    text: RefCell<String>,
    frames: Cell<usize>,
    bells: Cell<usize>,
    copied: RefCell<Vec<String>>,
}

pub struct Stage {
    seen: Rc<Seen>,
    keys: mpsc::UnboundedSender<Message>,
    run: JoinHandle<()>,
    journal: tempfile::TempDir,
    began: Instant,
    remembered: Arc<Mutex<Vec<Record>>>,
    _supervisors: Vec<supervise::Supervisor>,
}

struct Wall {
    began: Instant,
    real: Timestamp,
}

impl Tell for Wall {
    fn now(&self) -> Now {
        let elapsed = self.began.elapsed();
        let real = self.real.checked_add(elapsed).expect("in range");
        Now { mono: Mono(Duration::from_secs(1000) + elapsed), civil: real, real }
    }
}

fn evening() -> Timestamp {
    "2026-12-08T22:14:05Z".parse().expect("a timestamp")
}

struct Front {
    terminal: Terminal<TestBackend>,
    theme: Theme,
    keys: Rc<RefCell<mpsc::UnboundedReceiver<Message>>>,
    seen: Rc<Seen>,
}

/// Like crossterm's stream it keeps the waker of the first poll until something comes, and forgets those of later polls.
struct Keys {
    hands: Rc<RefCell<mpsc::UnboundedReceiver<Message>>>,
    first: Option<Waker>,
}

impl Stream for Keys {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        let waker = self.first.get_or_insert_with(|| context.waker().clone()).clone();
        let polled = self.hands.borrow_mut().poll_recv(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            self.first = None;
        }
        polled
    }
}

impl Screen for Front {
    type Events = Keys;

    fn events(&mut self) -> Keys {
        Keys { hands: Rc::clone(&self.keys), first: None }
    }

    fn paint(&mut self, state: &State) -> std::io::Result<Drawn> {
        let mut drawn = Drawn::default();
        self.terminal.draw(|frame| drawn = patchdeck::ui::draw(frame, state, &self.theme)).expect("infallible");
        let buffer = self.terminal.backend().buffer();
        let mut text = String::new();
        for line in 0..buffer.area.height {
            for column in 0..buffer.area.width {
                text.push_str(buffer[(column, line)].symbol());
            }
            text.push('\n');
        }
        *self.seen.text.borrow_mut() = text;
        self.seen.frames.set(self.seen.frames.get() + 1);
        Ok(drawn)
    }

    fn redraw(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn bell(&mut self) -> std::io::Result<()> {
        self.seen.bells.set(self.seen.bells.get() + 1);
        Ok(())
    }

    fn copy(&mut self, text: &str) -> Result<Text, Text> {
        self.seen.copied.borrow_mut().push(text.to_owned());
        Ok(Text::new(format!("sent, {} bytes", text.len())))
    }

    fn mouse(&mut self, _: bool) -> std::io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self, events: Keys) -> std::io::Result<Keys> {
        Ok(events)
    }

    fn retake(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Stage {
    /// At the board of one night, which has been read.
    pub async fn at_the_board(night: &Arc<Night>) -> Self {
        let stage = Self::open(vec![Arc::clone(night)]).await;
        stage.sees("waits for you").await;
        stage
    }

    /// The same with its tenant armed.
    pub async fn armed(night: &Arc<Night>) -> Self {
        let stage = Self::at_the_board(night).await;
        stage.keys("! enter").await;
        stage.sees("ARMED").await;
        stage
    }

    pub async fn open(nights: Vec<Arc<Night>>) -> Self {
        Self::open_in(nights, tempfile::tempdir().expect("a folder")).await
    }

    pub async fn open_in(nights: Vec<Arc<Night>>, journal: tempfile::TempDir) -> Self {
        Self::open_at(nights, journal, evening(), Rules::default()).await
    }

    /// At another moment, and with a calendar.
    pub async fn open_at(nights: Vec<Arc<Night>>, journal: tempfile::TempDir, real: Timestamp, calendar: Rules) -> Self {
        let path = journal.path().join("journal");
        Self::begin(nights, journal, path, real, calendar).await
    }

    /// The journal's folder is a file: it can never be opened.
    pub async fn open_with_broken_journal(nights: Vec<Arc<Night>>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "not a folder").expect("written");
        Self::begin(nights, folder, path.join("journal"), evening(), Rules::default()).await
    }

    async fn begin(nights: Vec<Arc<Night>>, journal: tempfile::TempDir, path: PathBuf, real: Timestamp, calendar: Rules) -> Self {
        let wall = Wall { began: Instant::now(), real };
        let began = wall.began;
        let backends: BTreeMap<_, Arc<dyn Backend>> =
            nights.iter().map(|night| (night.describe().name.clone(), Arc::clone(night) as Arc<dyn Backend>)).collect();
        let (reports, heard) = mpsc::channel(256);
        let (mut wanted, mut supervisors) = (BTreeMap::new(), Vec::new());
        for (name, backend) in &backends {
            let (want, ear) = watch::channel(Wanted::default());
            wanted.insert(name.clone(), want);
            supervisors.push(supervise::start(Arc::clone(backend), ear, reports.clone(), Arc::new(move || real)));
        }
        let scribe = JournalScribe::new(path, Arc::new(move || real.checked_add(began.elapsed()).expect("in range")));
        let (told, news) = mpsc::channel(64);
        let who = Who { os_user: Text::new("lead"), ssh_from: None, host: Text::new("desk"), person: None, pid: 7 };
        tokio::spawn(recall::open(scribe.clone(), who, backends.clone(), told));
        let seen = Rc::new(Seen::default());
        let (keys, hands) = mpsc::unbounded_channel();
        let mut front = Front {
            terminal: Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("infallible"),
            theme: load("dark", &[], Depth::TrueColour, Glyphs::UNICODE).expect("built in").theme,
            keys: Rc::new(RefCell::new(hands)),
            seen: Rc::clone(&seen),
        };
        let shared_login = nights.iter().any(|night| night.is_shared());
        let descriptors = backends.values().map(|backend| backend.describe().clone()).collect();
        let keymap = Keymap::load("default", &[]).expect("built in").0;
        let start = Start {
            bell: true,
            os_user: Text::new("lead"),
            shared_login,
            size: SIZE,
            seat: 7,
            calendar,
            ..Start::plain(descriptors, keymap)
        };
        let state = State::new(start, wall.now());
        let news = futures::stream::unfold(news, |mut news| async { news.recv().await.map(|message| (message, news)) }).boxed();
        let rules = Arc::clone(&RULES);
        let remembered: Arc<Mutex<Vec<Record>>> = Arc::default();
        let keeps = Arc::clone(&remembered);
        let exports = journal.path().to_owned();
        let world = World {
            backends,
            wanted,
            reports: heard,
            scribe: Arc::new(scribe),
            rules,
            news,
            remember: Box::new(move |record| keeps.lock().expect("not poisoned").push(record)),
            export: Arc::new(move |name, text| {
                std::fs::write(exports.join(name), text).expect("written");
                Ok(Text::new(name))
            }),
        };
        let run = tokio::task::spawn_local(async move {
            run(state, &mut front, &wall, world).await.expect("the terminal stays");
        });
        // The first frame is drawn before anybody looks.
        tokio::task::yield_now().await;
        Self { seen, keys, run, journal, began, remembered, _supervisors: supervisors }
    }

    /// Presses keys by their words, one after the other, each seen before the next.
    pub async fn keys(&self, words: &str) {
        for word in words.split(' ') {
            self.keys.send(Message::Key(word.parse().expect("a key"))).expect("open");
            self.rest().await;
        }
    }

    /// Something that the world tells, other than a backend.
    pub async fn told(&self, message: Message) {
        self.keys.send(message).expect("open");
        self.rest().await;
    }

    /// Hears from now on what other sessions write into the same journal folder.
    pub fn follows(&self) {
        let (told, mut heard) = mpsc::channel(4);
        let follower = Follower::new(self.journal().to_path_buf());
        tokio::task::spawn_local(recall::follow(follower, Duration::from_secs(5), told));
        let keys = self.keys.clone();
        tokio::task::spawn_local(async move {
            while let Some(message) = heard.recv().await {
                if keys.send(message).is_err() {
                    return;
                }
            }
        });
    }

    /// All keys at once, as a slow link delivers them.
    pub async fn burst(&self, words: &str) {
        for word in words.split(' ') {
            self.keys.send(Message::Key(word.parse().expect("a key"))).expect("open");
        }
        self.rest().await;
    }

    pub async fn paste(&self, text: &str) {
        self.keys.send(Message::Paste(text.to_owned())).expect("open");
        self.rest().await;
    }

    /// Lets everything that is ready happen, without time passing but for the frame cap.
    async fn rest(&self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    pub async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Waits until the screen has `text`.
    pub async fn sees(&self, text: &str) {
        let shown = || self.seen.text.borrow().contains(text);
        assert!(self.wait(shown).await, "never saw {text:?} on\n{}", self.seen.text.borrow());
    }

    /// Waits until the screen has lost `text`.
    pub async fn loses(&self, text: &str) {
        let gone = || !self.seen.text.borrow().contains(text);
        assert!(self.wait(gone).await, "still saw {text:?} on\n{}", self.seen.text.borrow());
    }

    /// Two seconds pass, and `text` is not on the screen at any frame in between.
    pub async fn never_sees(&self, text: &str) {
        for _ in 0..20 {
            self.pass(Duration::from_millis(100)).await;
            assert!(!self.seen.text.borrow().contains(text), "saw {text:?} on\n{}", self.seen.text.borrow());
        }
    }

    pub async fn until(&self, holds: impl Fn() -> bool) {
        assert!(self.wait(holds).await, "it never came true on\n{}", self.seen.text.borrow());
    }

    async fn wait(&self, holds: impl Fn() -> bool) -> bool {
        let limit = Instant::now() + PATIENCE;
        while Instant::now() < limit {
            if holds() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        holds()
    }

    /// The session dies as with kill -9. What its journal held at that moment stays, and nobody holds its lock.
    pub fn die(self) -> tempfile::TempDir {
        let left = tempfile::tempdir().expect("a folder");
        let to = left.path().join("journal");
        std::fs::create_dir(&to).expect("made");
        for file in std::fs::read_dir(self.journal.path().join("journal")).expect("readable") {
            let file = file.expect("readable");
            std::fs::copy(file.path(), to.join(file.file_name())).expect("copied");
        }
        self.run.abort();
        left
    }

    pub async fn ends(self) {
        tokio::time::timeout(PATIENCE, self.run).await.expect("it ends").expect("without a panic");
    }

    pub fn journal(&self) -> &Path {
        Box::leak(self.journal.path().join("journal").into_boxed_path())
    }

    /// A file that was written for other programs.
    pub fn exported(&self, name: &str) -> String {
        std::fs::read_to_string(self.journal.path().join(name)).expect("written")
    }

    pub fn frames(&self) -> usize {
        self.seen.frames.get()
    }

    /// What was given away to be kept for later nights.
    pub fn remembered(&self) -> Vec<Record> {
        self.remembered.lock().expect("not poisoned").clone()
    }

    /// What was copied last.
    pub fn copied(&self) -> String {
        self.seen.copied.borrow().last().cloned().unwrap_or_default()
    }

    /// Waits until these stand on the screen, each for the first time below the one before it.
    pub async fn sees_in_order(&self, words: &[&str]) {
        let places = || words.iter().map(|word| self.seen.text.borrow().find(word)).collect::<Vec<_>>();
        let ordered = || places().iter().all(Option::is_some) && places().is_sorted();
        assert!(self.wait(ordered).await, "not in the order of {words:?}\n{}", self.seen.text.borrow());
    }

    pub fn bells(&self) -> usize {
        self.seen.bells.get()
    }

    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}
