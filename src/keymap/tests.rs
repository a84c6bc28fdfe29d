//! What the built-in keymaps hold, what the loader refuses, and that every key prints and parses back.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::action::{Danger, Group};

fn builtin(name: &str) -> Keymap {
    Keymap::load(name, &[]).expect("a built-in keymap loads").0
}

fn key(word: &str) -> Key {
    word.parse().expect("a key")
}

fn any_code() -> impl Strategy<Value = Code> {
    let named = prop::sample::select(vec![
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::BackTab,
        Code::Backspace,
        Code::Up,
        Code::Down,
        Code::Left,
        Code::Right,
        Code::Home,
        Code::End,
        Code::PageUp,
        Code::PageDown,
        Code::Insert,
        Code::Delete,
    ]);
    let printable = |char: &char| !char.is_control() && (!char.is_whitespace() || *char == ' ');
    prop_oneof![
        named,
        (1..=24_u8).prop_map(Code::F),
        any::<char>().prop_filter("printable", printable).prop_map(Code::Char),
        prop::char::range(' ', '~').prop_map(Code::Char),
    ]
}

proptest! {
    #[test]
    fn every_key_prints_and_parses_back(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
        let key = Key { code, ctrl, alt, shift }.normal();
        prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
    }

    #[test]
    fn a_normal_key_stays_as_it_is(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
        let key = Key { code, ctrl, alt, shift }.normal();
        prop_assert_eq!(key.normal(), key);
    }
}

#[rstest]
#[case::capital_with_shift(Key { shift: true, ..Key::char('P') }, "P")]
#[case::small_with_shift(Key { shift: true, ..Key::char('p') }, "P")]
#[case::sign_with_shift(Key { shift: true, ..Key::char('>') }, ">")]
#[case::shift_space(Key { shift: true, ..Key::char(' ') }, "space")]
#[case::shift_tab(Key { shift: true, ..Key::plain(Code::Tab) }, "backtab")]
#[case::ctrl_capital(Key::ctrl('L'), "ctrl-l")]
#[case::minus(Key::ctrl('-'), "ctrl--")]
#[case::arrow(Key { alt: true, ..Key::plain(Code::Left) }, "alt-left")]
#[case::shifted_arrow(Key { shift: true, ..Key::plain(Code::Up) }, "shift-up")]
fn a_press_has_one_word(#[case] press: Key, #[case] word: &str) {
    assert_eq!(press.normal().to_string(), word);
    assert_eq!(key(word), press.normal());
}

#[rstest]
#[case::empty("")]
#[case::unknown("entr")]
#[case::modifier_alone("ctrl-")]
#[case::modifier_twice("ctrl-ctrl-a")]
#[case::function("f25")]
#[case::function_spelled_oddly("f01")]
#[case::control_character("\u{7}")]
fn a_word_that_is_no_key_is_refused(#[case] word: &str) {
    assert_eq!(word.parse::<Key>(), Err(BadKey(word.to_owned())));
}

#[rstest]
#[case::approve("a", Action::Approve)]
#[case::pause_tenant("P", Action::PauseTenant)]
#[case::advance(">", Action::Advance)]
#[case::quit("ctrl-c", Action::Quit)]
#[case::suspend("ctrl-z", Action::Suspend)]
#[case::mark("space", Action::Mark)]
#[case::back("backspace", Action::Back)]
#[case::refresh("ctrl-l", Action::Refresh)]
fn the_default_keys_ask_for_their_actions(#[case] word: &str, #[case] action: Action) {
    assert_eq!(builtin("default").press(&[], key(word)), Pressed::Action(action));
}

#[test]
fn the_built_in_keymaps_load_without_a_warning() {
    for name in builtin_names() {
        assert_eq!(Keymap::load(name, &[]).expect("it loads").1, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn only_catch_up_dry_run_and_unmark_have_no_key() {
    let unbound: Vec<_> = builtin("default").rows().into_iter().filter(|row| row.keys.is_empty()).map(|row| row.action).collect();
    assert_eq!(unbound, [Action::CatchUp, Action::DryRun, Action::Unmark]);
}

#[test]
fn verbs_never_differ_by_shift_alone_unless_both_calm() {
    for name in builtin_names() {
        let keymap = builtin(name);
        let verbs = keymap.rows().into_iter().filter(|row| row.row().group == Group::Verbs);
        for row in verbs.filter(|row| row.row().danger == Danger::Changes) {
            for word in &row.keys {
                let swapped =
                    word.chars().map(|c| if c.is_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() });
                let Ok(other) = swapped.collect::<String>().parse::<Key>() else { continue };
                if other.to_string() != *word {
                    let pressed = keymap.press(&[], other);
                    let verb = matches!(pressed, Pressed::Action(action) if action.row().danger != Danger::Looks);
                    assert!(!verb, "{name}: {word} and {other}");
                }
            }
        }
    }
}

#[test]
fn vim_keeps_every_action_of_the_default_reachable() {
    let (default, vim) = (builtin("default"), builtin("vim"));
    for row in default.rows() {
        let kept: BTreeSet<_> = vim.keys_of(row.action).into_iter().collect();
        // `n` and `g` are vim's own there; both actions have another key.
        if matches!(row.action, Action::Note | Action::Group) {
            assert!(!kept.is_empty(), "{:?}", row.action);
            continue;
        }
        assert!(default.keys_of(row.action).iter().all(|keys| kept.contains(keys)), "{:?}", row.action);
    }
}

#[test]
fn a_sequence_waits_for_its_second_key() {
    let vim = builtin("vim");
    assert_eq!(vim.press(&[], key("g")), Pressed::Pending);
    assert_eq!(vim.press(&[key("g")], key("g")), Pressed::Action(Action::First));
    assert_eq!(vim.press(&[key("g")], key("a")), Pressed::Nothing);
}

#[test]
fn the_label_is_the_first_of_the_shortest() {
    let vim = builtin("vim");
    assert_eq!(vim.label(Action::Back), Some("esc".to_owned()));
    assert_eq!(vim.label(Action::First), Some("home".to_owned()));
    assert_eq!(vim.label(Action::DryRun), None);
}

fn load(text: &str) -> Result<(Keymap, Vec<String>), String> {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("mine.toml"), text).expect("written");
    let place = dir.path().display().to_string();
    Keymap::load("mine", &[dir.path().to_path_buf()]).map_err(|error| error.to_string().replace(&place, ""))
}

#[rstest]
#[case::action("\ndance = 'a'", "/mine.toml:2: no action is called \"dance\"")]
#[case::key("open = 'retrun'", "/mine.toml:1: \"retrun\" is not a key")]
#[case::kind("open = 3", "/mine.toml:1: keys in quotes are wanted here")]
#[case::tmux("open = 'ctrl-b'", "/mine.toml:1: ctrl-b is the prefix of screen or tmux")]
#[case::flow("open = 'ctrl-S'", "/mine.toml:1: ctrl-s is flow control")]
#[case::tab("open = 'ctrl-i'", "/mine.toml:1: ctrl-i is tab on the wire")]
#[case::enter("open = 'ctrl-m'", "/mine.toml:1: ctrl-m is enter on the wire")]
#[case::backspace("open = 'ctrl-h'", "/mine.toml:1: ctrl-h is backspace")]
#[case::escape("open = 'ctrl-['", "/mine.toml:1: ctrl-[ needs AltGr")]
#[case::altgr("open = '~'", "/mine.toml:1: ~ needs AltGr")]
#[case::altgr_in_a_sequence("open = 'g |'", "/mine.toml:1: | needs AltGr")]
#[case::suspend("open = 'ctrl-z'", "/mine.toml:1: ctrl-z is for suspend alone")]
#[case::quit("open = 'ctrl-c'", "/mine.toml:1: ctrl-c is for quit alone")]
#[case::twice("open = 'o'\nhelp = ['?', 'o']", "/mine.toml:1: o is bound to open here and to help at /mine.toml:2")]
#[case::begins("open = 'o'\nhelp = 'o h'", "/mine.toml:1: o (open) begins o h (help) at /mine.toml:2")]
#[case::inherited("inherits = 'default'\nhelp = 'a'", "a is bound to approve here and to help at /mine.toml:2")]
#[case::parent("inherits = 'nobody'", "/mine.toml:1: no keymap is called \"nobody\"")]
#[case::own("inherits = 'mine'", "keymaps inherit each other: mine -> mine")]
#[case::toml("open = ", "/mine.toml:1: ")]
fn a_mistake_names_its_place(#[case] text: &str, #[case] words: &str) {
    let said = load(text).expect_err("it is wrong");
    assert!(said.contains(words), "{said}");
}

#[test]
fn every_mistake_is_told_at_once() {
    let said = load("dance = 'a'\nopen = 'ctrl-b'").expect_err("it is wrong");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn an_entry_replaces_all_keys_of_its_action_and_empty_unbinds() {
    let (mine, _) = load("inherits = 'default'\nback = 'left'\nquit = []").expect("it loads");
    assert_eq!(mine.keys_of(Action::Back), [[key("left")]]);
    assert_eq!(mine.press(&[], key("q")), Pressed::Nothing);
    assert_eq!(mine.label(Action::Quit), None);
    assert_eq!(mine.label(Action::Approve), Some("a".to_owned()));
}

#[test]
fn a_keymap_without_a_way_out_is_warned_about() {
    let (_, warnings) = load("open = 'enter'").expect("it loads");
    assert!(warnings.iter().any(|words| words.ends_with("quit has no key")), "{warnings:?}");
}

#[test]
fn a_file_can_be_named_by_its_path() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("other.toml");
    fs::write(&path, "inherits = 'vim'\nwide = 'E'").expect("written");
    let (keymap, _) = Keymap::load(&path.display().to_string(), &[]).expect("it loads");
    assert_eq!(keymap.press(&[], key("E")), Pressed::Action(Action::Wide));
}
