//! Typing into the filter and the search field. Pasted text goes into a field or nowhere; it never acts.

use tui_input::{Input, InputRequest};

use super::moves;
use crate::app::effect::Effect;
use crate::app::rows;
use crate::app::state::{Dialog, Field, Place, State, Weight};
use crate::domain::Text;
use crate::keymap::{Code, Key};
use crate::store::Found;

/// Longest text a field takes, in characters.
const LONGEST: usize = 255;

/// What a key does to a line of text; None if it is no editing key.
pub fn request(key: Key) -> Option<InputRequest> {
    use InputRequest as R;
    Some(match (key.code, key.ctrl, key.alt) {
        (Code::Char(c), false, false) => R::InsertChar(c),
        (Code::Backspace, false, false) => R::DeletePrevChar,
        (Code::Delete, false, false) => R::DeleteNextChar,
        (Code::Left, false, false) => R::GoToPrevChar,
        (Code::Right, false, false) => R::GoToNextChar,
        (Code::Left, true, false) => R::GoToPrevWord,
        (Code::Right, true, false) => R::GoToNextWord,
        (Code::Home, ..) | (Code::Char('a'), true, false) => R::GoToStart,
        (Code::End, ..) | (Code::Char('e'), true, false) => R::GoToEnd,
        (Code::Char('u'), true, false) => R::DeleteLine,
        (Code::Char('w'), true, false) => R::DeletePrevWord,
        (Code::Char('k'), true, false) => R::DeleteTillEnd,
        _ => return None,
    })
}

/// Types `key` into `input`. True if the text changed.
pub fn edit(input: &mut Input, key: Key) -> bool {
    let Some(request) = request(key) else { return false };
    if matches!(request, InputRequest::InsertChar(_)) && input.value().chars().count() >= LONGEST {
        return false;
    }
    input.handle(request).is_some_and(|change| change.value)
}

/// A key while a field is open.
pub fn press(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(field) = state.field.as_mut() else { return };
    match (key.code, &mut *field) {
        (Code::Esc, Field::Filter(_)) => {
            set_filter(state, String::new());
            rows::settle(state);
            state.field = None;
        }
        (Code::Esc, Field::Find(_)) => {
            state.field = None;
            moves::back(state);
        }
        (Code::Enter, Field::Filter(_)) => {
            rows::settle(state);
            state.field = None;
        }
        (Code::Enter, Field::Find(input)) => {
            let text = Text::new(input.value().trim());
            state.field = None;
            if state.store.found.text != text {
                state.store.found = Found { text, ..Found::default() };
                state.store.revision += 1;
            }
        }
        // The rest of the hosts are at the backends: the same words are asked there.
        (Code::Tab, Field::Filter(input)) => {
            let text = input.value().to_owned();
            state.field = Some(Field::Find(Input::new(text)));
            moves::go(state, Place::Found);
        }
        (Code::Up | Code::Down | Code::PageUp | Code::PageDown, _) => {
            rows::settle(state);
            let down = matches!(key.code, Code::Down | Code::PageDown);
            if matches!(key.code, Code::Up | Code::Down) {
                moves::step(state, if down { 1 } else { -1 });
            } else {
                moves::page(state, if down { 1 } else { -1 });
            }
        }
        (Code::Char('c'), _) if key.ctrl => {
            super::actions::perform(state, crate::action::Action::Quit, effects);
        }
        (_, Field::Filter(input)) => {
            if edit(input, key) {
                let text = input.value().to_owned();
                set_filter(state, text);
            }
        }
        (_, Field::Find(input)) => {
            edit(input, key);
        }
    }
}

fn set_filter(state: &mut State, text: String) {
    let place = state.place().clone();
    let list = state.lists.entry(place).or_default();
    list.filter = text;
    rows::filtered(state);
}

/// Pasted text: one line of it, into whatever takes text; else it is refused in words.
pub fn paste(state: &mut State, text: &str) {
    let line: String = Text::new(text.trim().lines().next().unwrap_or_default()).to_string();
    let keys = |input: &mut Input| {
        for c in line.chars() {
            edit(input, Key::char(c));
        }
    };
    match (state.dialogs.last_mut(), state.field.as_mut()) {
        (Some(Dialog::Plan(plan)), _) if plan.drawn && plan.field < plan.answers.len() => keys(&mut plan.answers[plan.field]),
        (Some(Dialog::Override(dialog)), _) if dialog.drawn && dialog.field < dialog.answers.len() => {
            keys(&mut dialog.answers[dialog.field]);
        }
        (Some(Dialog::Name(name)), _) => keys(&mut name.input),
        (Some(Dialog::Note(note)), _) if note.drawn && note.field > 0 => keys(&mut note.inputs[note.field - 1]),
        (Some(Dialog::Palette(palette)), _) => {
            keys(&mut palette.input);
            palette.matches = super::dialogs::matching(palette.input.value());
        }
        (None, Some(Field::Find(input))) => keys(input),
        (None, Some(Field::Filter(input))) => {
            keys(input);
            let text = input.value().to_owned();
            set_filter(state, text);
        }
        _ => state.notice(Weight::Info, "pasted text is ignored here: nothing asks for text"),
    }
}
