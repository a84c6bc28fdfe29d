//! The parts of the cockpit whose time grows with the fleet: choosing rows, drawing, merging.
//!
//! What a person waits for from key to screen is measured from outside, see `docs/performance.md`; here only what one
//! thread does between two messages.

#[path = "numbers/fleet.rs"]
mod fleet;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use patchdeck::app::filter::Filter;
use patchdeck::app::message::Message;
use patchdeck::app::rows::{self, host_rows};
use patchdeck::app::state::{Drawn, Place, State};
use patchdeck::app::update::update;
use patchdeck::store::Store;
use patchdeck::store::queue::PileBy;
use patchdeck::theme::{Depth, Glyphs, load};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// Columns and lines of the screen that the numbers are held on.
const SIZE: (u16, u16) = (200, 50);

/// Pass: under 50 ms over 100 000 rows, whatever is typed.
fn selector(criterion: &mut Criterion) {
    let rows = fleet::hosts(100_000);
    let store = Store::default();
    for (name, words) in [
        ("a word that a tenth has", "east-04"),
        ("three words", "node east !done"),
        ("a state", "state:failed"),
        ("a word nobody has", "nxdexe"),
    ] {
        let filter = Filter::parse(words);
        criterion.bench_function(&format!("selector over 100 000 rows: {name}"), |bench| {
            bench.iter(|| black_box(host_rows(&store, rows.iter(), None, &filter)));
        });
    }
}

/// Pass: under 16 ms. A letter typed into the filter of 10 000 loaded rows, and the letter taken away again.
fn keystroke(criterion: &mut Criterion) {
    let mut state = fleet::wave_of(10_000);
    press(&mut state, "/");
    press(&mut state, "e");
    criterion.bench_function("two filter keystrokes over 10 000 loaded rows", |bench| {
        bench.iter(|| {
            filter_by(&mut state, "a");
            filter_by(&mut state, "backspace");
        });
    });
}

/// A letter into a filter, and the rows that follow it.
fn filter_by(state: &mut State, key: &str) {
    press(state, key);
    let now = state.now;
    black_box(update(state, Message::Tick, now));
}

fn press(state: &mut State, key: &str) {
    let now = state.now;
    black_box(update(state, Message::Key(key.parse().expect("a key")), now));
}

fn drawing(criterion: &mut Criterion) {
    let board = fleet::board_of(100);
    let wave = fleet::wave_of(10_000);
    let theme = load("dark", &[], Depth::TrueColour, Glyphs::UNICODE).expect("built in").theme;
    for (name, state) in [("the board of 100 rollouts", &board), ("a wave of 10 000 hosts", &wave)] {
        let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a test terminal");
        criterion.bench_function(&format!("draw {name}"), |bench| {
            bench.iter(|| {
                let mut drawn = Drawn::default();
                terminal.draw(|frame| drawn = patchdeck::ui::draw(frame, state, &theme)).expect("nothing to fail");
                black_box(drawn)
            });
        });
    }
}

fn merging(criterion: &mut Criterion) {
    let state = fleet::board_of(100);
    let moved = fleet::rollouts(100, 7);
    criterion.bench_function("merge a board of 100 rollouts that all moved", |bench| {
        bench.iter_batched(
            || (state.store.clone(), moved.clone()),
            |(mut store, moved)| {
                store.merge_rollouts(&fleet::backend(), moved, false, true, &fleet::read(5));
                store
            },
            BatchSize::LargeInput,
        );
    });
    let known = fleet::wave_of(10_000);
    let wave = fleet::wave_id();
    let page = fleet::hosts(10_000).into_iter().skip(4_000).take(200).collect::<Vec<_>>();
    criterion.bench_function("take a page of 200 hosts into a wave of 10 000, with its rows", |bench| {
        bench.iter_batched(
            || (known_again(&known), page.clone()),
            |(mut state, page)| {
                let report = fleet::page_report(&wave, 4_000, page);
                black_box(update(&mut state, report, fleet::now(9)));
                state
            },
            BatchSize::LargeInput,
        );
    });
}

/// Pass: under 16 ms each. 20 000 failures of one night with twelve causes, all read: a key, a letter of the filter, a frame, and
/// what comes in between two keys: a page of the list of failures.
fn failures(criterion: &mut Criterion) {
    let theme = load("dark", &[], Depth::TrueColour, Glyphs::UNICODE).expect("built in").theme;
    let mut state = fleet::failures_of(20_000);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a test terminal");
    let mut frame = |state: &State| {
        let mut drawn = Drawn::default();
        terminal.draw(|frame| drawn = patchdeck::ui::draw(frame, state, &theme)).expect("nothing to fail");
        black_box(drawn)
    };
    criterion.bench_function("20 000 failures: a key down and its frame", |bench| {
        bench.iter(|| {
            press(&mut state, "down");
            frame(&state)
        });
    });
    press(&mut state, "/");
    criterion.bench_function("20 000 failures: a letter into the filter, a letter out of it", |bench| {
        bench.iter(|| {
            filter_by(&mut state, "t");
            filter_by(&mut state, "backspace");
        });
    });
    criterion.bench_function("20 000 failures: a digit that only hosts' names have into the filter, and out of it", |bench| {
        bench.iter(|| {
            filter_by(&mut state, "7");
            filter_by(&mut state, "backspace");
        });
    });
    press(&mut state, "esc");
    for by in [PileBy::Tenant, PileBy::Wave, PileBy::Host, PileBy::Release, PileBy::Cause] {
        press(&mut state, "g");
        criterion.bench_function(&format!("20 000 failures: piled by {}", by.word()), |bench| {
            bench.iter(|| rows::refresh(&mut state));
        });
    }
    let lists = fleet::failure_reports(20_000);
    criterion.bench_function("20 000 failures: a list of 200 more read again, with its rows", |bench| {
        let mut turn = lists.iter().cycle();
        bench.iter(|| {
            let report = turn.next().map(|make| make()).expect("there are some");
            black_box(update(&mut state, report, fleet::now(9)))
        });
    });
    press(&mut state, "home");
    press(&mut state, "enter");
    criterion.bench_function("20 000 failures: a key down among the hosts of one cause, and its frame", |bench| {
        bench.iter(|| {
            press(&mut state, "down");
            frame(&state)
        });
    });
}

/// The same knowledge in another state: a state itself is never copied.
fn known_again(known: &State) -> State {
    let mut state = fleet::empty();
    state.store = known.store.clone();
    state.trail.go(Place::Wave(fleet::wave_id()));
    state.lists.clone_from(&known.lists);
    state
}

criterion_group! {
    name = numbers;
    config = Criterion::default().sample_size(20);
    targets = selector, keystroke, drawing, merging, failures
}
criterion_main!(numbers);
