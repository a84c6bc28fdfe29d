//! A stage for the whole app: keys in, text of the screen out, on a paused clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
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

use crate::play::{Curtain, Step};

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
    pub async fn begin(curtain: Curtain<'_>) -> Self {
        let Curtain { nights, left, no_journal, real, calendar, .. } = curtain;
        let journal = left.unwrap_or_else(|| tempfile::tempdir().expect("a folder"));
        let mut path = journal.path().join("journal");
        if no_journal {
            std::fs::write(&path, "not a folder").expect("written");
            path.push("journal");
        }
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

    pub async fn take(&self, step: Step<'_>) {
        let has = |text: &str| self.seen.text.borrow().contains(text);
        let screen = || self.seen.text.borrow().clone();
        match step {
            Step::Keys(words) => {
                for word in words.split(' ') {
                    self.press(word);
                    self.rest().await;
                }
            }
            Step::Burst(words) => {
                words.split(' ').for_each(|word| self.press(word));
                self.rest().await;
            }
            Step::Paste(text) => self.tell(Message::Paste(text.to_owned())).await,
            Step::Told(message) => self.tell(*message).await,
            Step::Pass(time) => tokio::time::sleep(time).await,
            Step::Sees(text) => assert!(self.wait(|| has(text)).await, "never saw {text:?} on\n{}", screen()),
            Step::SeesInOrder(words) => {
                let places = || words.iter().map(|word| self.seen.text.borrow().find(word)).collect::<Vec<_>>();
                let ordered = || places().iter().all(Option::is_some) && places().is_sorted();
                assert!(self.wait(ordered).await, "not in the order of {words:?}\n{}", screen());
            }
            Step::Loses(text) => assert!(self.wait(|| !has(text)).await, "still saw {text:?} on\n{}", screen()),
            Step::NeverSees(text) => {
                for _ in 0..20 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    assert!(!has(text), "saw {text:?} on\n{}", screen());
                }
            }
            Step::Until(holds) => assert!(self.wait(holds).await, "it never came true on\n{}", screen()),
        }
    }

    fn press(&self, word: &str) {
        self.keys.send(Message::Key(word.parse().expect("a key"))).expect("open");
    }

    async fn tell(&self, message: Message) {
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

    /// Lets everything that is ready happen, without time passing but for the frame cap.
    async fn rest(&self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
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

    pub fn bells(&self) -> usize {
        self.seen.bells.get()
    }

    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}
