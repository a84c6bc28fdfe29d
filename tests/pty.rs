//! The real binary on a real pseudo-terminal, broken from outside: signals, hangup, suspend, sizes, pastes.
//!
//! Few on purpose, and only what needs a terminal; what the screens say in detail is proven in `screens` and `cockpit`.

#[path = "pty/again.rs"]
mod again;
#[path = "cli/night.rs"]
#[expect(dead_code, reason = "what only the commands' tests need")]
mod night;
#[path = "pty/terminal.rs"]
mod terminal;

use std::sync::Arc;
use std::time::{Duration, Instant};

use night::Night;
use patchdeck::journal;
use patchdeck::terminal::{Multiplexer, Options, open};
use patchdeck::twin::faults::{Fault, What};
use rstest::rstest;
use rustix::process::Signal;
use terminal::{Play, Terminal};

/// What DESIGN promises of every end.
const SOON: Duration = Duration::from_secs(1);

fn nobody_there() -> Terminal {
    let terminal = Play::nobody_there().begin();
    terminal.sees("unreachable");
    terminal
}

#[test]
fn a_server_that_is_not_there_is_said_and_keys_are_answered_all_the_same() {
    let mut terminal = nobody_there();
    terminal.sees("1 cannot be read");
    for (key, answer) in [("h", "127.0.0.1:9"), ("l", "Nothing"), ("?", "╭─ Help")] {
        let pressed = Instant::now();
        terminal.types(key);
        terminal.sees(answer);
        assert!(pressed.elapsed() < SOON, "{key} took {:?}", pressed.elapsed());
    }
}

#[test]
fn one_bad_connection_keeps_its_row_and_leaves_the_others_alone() {
    let play = Play::nobody_there();
    let bad = "\n[[backend]]\nname = \"globex-hb\"\nkind = \"hawkbit\"\nurl = \"https://hawkbit.example.net\"\ntenant = \"globex\"\nca_file = \"gone.pem\"\n";
    play.append("config.toml", bad);
    let mut terminal = play.begin();
    terminal.sees("`ca_file`: there is no file at");
    terminal.sees("2 cannot be read");
    terminal.types("h");
    terminal.sees("127.0.0.1:9");
    terminal.types("j");
    terminal.sees("TLS: ca_file");
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_refused_in_words() {
    let mut terminal = Play::nobody_there().env("TERM", "dumb").begin();
    assert_eq!(terminal.ends_within(SOON), 2);
    let written = terminal.written();
    assert!(written.contains("cannot move its cursor") && written.contains("status --watch"), "{written:?}");
    assert!(!written.contains("\x1b[?1049h"), "{written:?}");
}

#[test]
fn a_rollout_is_approved_by_keys_and_ctrl_c_gives_the_terminal_back() {
    // On a clock that stands still no wave goes over its limit while the keys are on their way.
    let mut terminal = Play::demo(&["--speed", "0"]).begin();
    arms_acme(&mut terminal, "5 live");
    // A paste is no key: neither the verb nor its confirmation.
    terminal.types("\x1b[200~ay\ny\x1b[201~");
    terminal.types("\x1b[Ha");
    terminal.sees("Approve ALL");
    terminal.types("\x1b[200~\ny\ny\x1b[201~");
    terminal.types("\x1b");
    terminal.loses("Approve ALL");
    terminal.types("a");
    terminal.sees("Approve ALL");
    terminal.types("y");
    terminal.loses("Approve ALL");
    terminal.types("l");
    // The outcome is told on every screen; it is this one's list that counts here.
    terminal.sees("OUTCOME");
    terminal.sees("verified");
    let screen = terminal.screen();
    assert_eq!(
        screen.lines().filter(|line| line.contains(" acme ") && line.contains("Approve ALL")).count(),
        1,
        "one call and no more:\n{screen}"
    );
    terminal.types("\x03");
    assert_eq!(terminal.ends_within(SOON), 0);
    terminal.is_as_it_was_found();
}

#[rstest]
#[case::term(Signal::TERM, 143)]
#[case::int(Signal::INT, 130)]
#[case::quit(Signal::QUIT, 131)]
#[case::hup(Signal::HUP, 129)]
fn a_signal_ends_it_at_once_with_nothing_left_on(#[case] signal: Signal, #[case] code: u32) {
    let mut terminal = nobody_there();
    terminal.signal(signal);
    assert_eq!(terminal.ends_within(SOON), code);
    terminal.is_as_it_was_found();
}

/// The shell ignores HUP and stays, as `nohup` or a broken login shell does: nobody signals the program then.
#[test]
fn a_lost_terminal_ends_it_at_once_when_its_parent_ignores_hup() {
    let mut terminal =
        Play::under_a_shell("-c", "trap '' HUP; \"$0\" --config \"$1\"; code=$?; echo $code >\"$HOME/code\"").begin();
    terminal.sees("unreachable");
    terminal.hangs_up();
    terminal.ends_within(SOON);
    let code = std::fs::read_to_string(terminal.home().join("code")).expect("the shell outlived it");
    assert_eq!(code, "129\n");
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_paints_everything_again() {
    let script = "\"$0\" --config \"$1\"; echo \"stopped\"; read -r line; fg >/dev/null; echo \"left with $?\"";
    let mut terminal = Play::under_a_shell("-mc", script).begin();
    terminal.sees("unreachable");
    terminal.types("\x1a");
    terminal.sees_that("the shell", |screen| !screen.alternate_screen() && screen.contents().contains("stopped"));
    terminal.types("on\r");
    terminal.sees_that("the board", |screen| screen.alternate_screen() && screen.contents().contains("unreachable"));
    terminal.types("?");
    terminal.sees("Help");
    terminal.types("\x03");
    terminal.ends_within(SOON);
    assert!(terminal.written().contains("left with 0"));
    terminal.is_as_it_was_found();
}

#[test]
fn it_fits_itself_into_every_size_and_comes_back() {
    let mut terminal = nobody_there();
    for (columns, rows, shows) in
        [(60, 15, "unreachable"), (20, 5, "60x15"), (1, 1, ""), (300, 100, "unreachable"), (80, 24, "LOOK ONLY")]
    {
        terminal.resize(columns, rows);
        terminal.sees(shows);
        terminal.types("\x0c");
    }
    terminal.types("\x03");
    assert_eq!(terminal.ends_within(SOON), 0);
    terminal.is_as_it_was_found();
}

#[test]
fn a_terminal_too_small_from_the_start_says_so() {
    Play::nobody_there().size(20, 5).begin().sees("60x15");
}

#[test]
fn without_colour_the_selected_row_still_stands_out() {
    let terminal = Play::demo(&["--speed", "0"]).env("NO_COLOR", "1").begin();
    terminal.sees("waits for you");
    terminal.sees_that("a row in reverse", |screen| {
        (0..36).any(|row| (0..120).any(|column| screen.cell(row, column).is_some_and(vt100::Cell::inverse)))
    });
    let written = terminal.written();
    assert!(!written.contains("[38;") && !written.contains("[48;"), "it wrote a colour");
}

#[test]
fn a_locale_without_utf_8_gets_ascii_only() {
    let mut terminal = Play::demo(&["--speed", "0"]).env("LC_ALL", "C").begin();
    terminal.sees("waits for you");
    terminal.types("?");
    terminal.sees("+- Help");
    assert!(terminal.written().is_ascii(), "{}", terminal.screen());
}

#[test]
fn a_copy_goes_through_tmux_and_says_what_it_takes_and_the_mouse_is_off_after_every_end() {
    let mut terminal = Play::nobody_there().env("TMUX", "/tmp/tmux,1,0").begin();
    terminal.sees("unreachable");
    terminal.types("hY");
    terminal.sees("sent to the terminal's clipboard");
    terminal.sees("tmux hands them on with `set -g set-clipboard on`");
    assert!(terminal.written().contains("\x1bPtmux;\x1b\x1b]52;c;"), "{:?}", terminal.written());
    terminal.types("M");
    terminal.sees("mouse");
    assert!(terminal.written().contains("\x1b[?1000h"), "{:?}", terminal.written());
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.ends_within(SOON), 143);
    terminal.is_as_it_was_found();
}

/// Run twice: by the test runner, and by itself in a terminal, where it panics.
#[test]
fn a_panic_gives_the_terminal_back_and_is_readable() {
    const INSIDE: &str = "PATCHDECK_TEST_PANICS";
    if std::env::var_os(INSIDE).is_some() {
        let options = Options { mouse: true, ..Options::quiet(Multiplexer::Nothing) };
        let (painter, _notices) = open(options).expect("a terminal");
        let painter = Arc::new(painter);
        assert_eq!(painter.size(), (1, 1), "the panic that was asked for");
    }
    let test = std::env::current_exe().expect("this test");
    let name = "a_panic_gives_the_terminal_back_and_is_readable";
    let mut terminal = Play::of(&test.to_string_lossy(), &["--exact", name, "--nocapture"]).env(INSIDE, "1").begin();
    assert_eq!(terminal.ends_within(SOON * 10), 101);
    terminal.is_as_it_was_found();
    let written = terminal.written();
    let given_back = written.rfind("\x1b[?1049l").expect("it left the screen");
    assert!(written[given_back..].contains("the panic that was asked for"), "{written:?}");
}

/// Arms acme. So many connections have been read by then, and only its own rows are on the board: what is read later, and more
/// urgent, would come up above the row that is meant.
fn arms_acme(terminal: &mut Terminal, connections: &str) {
    terminal.sees(connections);
    terminal.types("/tenant:acme\r");
    terminal.sees("filter tenant:acme");
    terminal.sees("waits for you");
    terminal.types("\x1b[H!");
    terminal.sees("Arm one tenant");
    terminal.types("\r");
    terminal.sees("ARMED acme");
}

/// Arms acme and opens the dialog that approves what waits there.
fn asks_to_approve(terminal: &mut Terminal) {
    arms_acme(terminal, "4 live");
    terminal.types("\x1b[Ha");
    terminal.sees("Approve ALL");
}

#[test]
fn a_session_killed_before_the_answer_is_told_by_the_next_one_and_both_journals_are_whole() {
    let night = Night::still("patch-tuesday");
    let mut watcher = Play::on(&night.config()).begin();
    watcher.sees("4 live");
    night.breaks(Fault::always(What::Hang).on_method("POST"));
    let mut killed = Play::on(&night.config()).begin();
    asks_to_approve(&mut killed);
    killed.types("y");
    killed.sees("sending");
    killed.signal(Signal::KILL);
    killed.ends_within(SOON);
    let files = journal::read(&night.journal()).expect("readable");
    assert_eq!(journal::open_intents(&files).len(), 1, "sent, and nobody knows");
    night.heals();
    let mut next = Play::on(&night.config()).begin();
    next.sees("4 live");
    next.types("l");
    // The server may still be at work on it: until that is over nobody knows, and it says so.
    next.sees("1 unknown outcome");
    next.sees("may still come");
    next.sees_that("what was sent", |screen| {
        screen.contents().lines().any(|line| line.contains("Approve ALL") && line.contains("unknown"))
    });
    next.signal(Signal::TERM);
    assert_eq!(next.ends_within(SOON), 143);
    watcher.types("\x03");
    assert_eq!(watcher.ends_within(SOON), 0);
    let files = journal::read(&night.journal()).expect("readable");
    assert_eq!(files.len(), 3);
    assert_eq!(journal::open_intents(&files).len(), 1, "not sent twice, and not forgotten");
    assert_eq!(journal::verify(&night.journal()), []);
}

/// A file stands where the folder should be: that is refused whoever runs the test, where permissions would let root pass.
#[test]
fn without_a_journal_reading_goes_on_and_every_action_is_refused() {
    let night = Night::still("patch-tuesday");
    std::fs::write(night.journal(), "no folder").expect("written");
    let mut terminal = Play::on(&night.config()).begin();
    terminal.sees("4 live");
    terminal.sees("waits for you");
    terminal.sees("no journal, actions are refused: ");
    terminal.types("\x1b[H!");
    terminal.sees("cannot arm: no journal");
    assert!(!terminal.screen().contains("ARMED"), "{}", terminal.screen());
    terminal.types("h");
    terminal.sees("acme-hb");
}
