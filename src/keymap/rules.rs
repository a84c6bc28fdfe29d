//! Keys that nobody may bind, with the reason in words.
//!
//! They never arrive (a multiplexer or the terminal takes them), arrive as another key, or cannot be typed on half of the
//! keyboards. Whether two bindings collide is not decided here.

use crate::action::Action;

use super::key::{Code, Key};

/// Why this key may not ask for this action, if it may not.
pub(super) fn refusal(key: Key, action: Action) -> Option<&'static str> {
    let Code::Char(char) = key.code else { return None };
    if "[]{}\\@~|".contains(char) {
        return Some("needs AltGr on many keyboards");
    }
    if !key.ctrl {
        return None;
    }
    match char {
        'a' | 'b' => Some("is the prefix of screen or tmux and may never arrive"),
        's' | 'q' => Some("is flow control and makes a terminal seem to hang"),
        'h' => Some("is backspace on many terminals"),
        'j' | 'm' => Some("is enter on the wire"),
        'i' => Some("is tab on the wire"),
        'z' if action != Action::Suspend => Some("is for suspend alone"),
        'c' if action != Action::Quit => Some("is for quit alone"),
        _ => None,
    }
}
