//! One key press, and its word: `a`, `P`, `ctrl-l`, `alt-left`, `space`, `f1`.
//!
//! One press has one form ([`Key::normal`]): a capital carries no shift, shift-tab is `backtab`, ctrl knows no capitals. It does
//! not know how a terminal sends any of them.

use std::fmt;
use std::str::FromStr;

/// Which key, without modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A printable character; space is one.
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Insert,
    Delete,
    /// A function key, 1 to 24.
    F(u8),
}

const NAMES: [(Code, &str); 16] = [
    (Code::Char(' '), "space"),
    (Code::Enter, "enter"),
    (Code::Esc, "esc"),
    (Code::Tab, "tab"),
    (Code::BackTab, "backtab"),
    (Code::Backspace, "backspace"),
    (Code::Up, "up"),
    (Code::Down, "down"),
    (Code::Left, "left"),
    (Code::Right, "right"),
    (Code::Home, "home"),
    (Code::End, "end"),
    (Code::PageUp, "pgup"),
    (Code::PageDown, "pgdn"),
    (Code::Insert, "ins"),
    (Code::Delete, "del"),
];

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub code: Code,
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// A character without modifiers.
    pub const fn char(char: char) -> Self {
        Self::plain(Code::Char(char))
    }

    /// A character with ctrl.
    pub const fn ctrl(char: char) -> Self {
        Self { code: Code::Char(char), ctrl: true, alt: false, shift: false }
    }

    /// The one form of this press.
    pub fn normal(mut self) -> Self {
        match self.code {
            Code::Char(char) if self.ctrl => {
                self.code = Code::Char(char.to_ascii_lowercase());
                self.shift = false;
            }
            // Shift and space is typed by accident in every second sentence.
            Code::Char(char) => {
                let mut upper = char.to_uppercase();
                if let (true, Some(one), None) = (self.shift, upper.next(), upper.next()) {
                    self.code = Code::Char(one);
                }
                self.shift = false;
            }
            Code::Tab if self.shift => {
                self.code = Code::BackTab;
                self.shift = false;
            }
            Code::BackTab => self.shift = false,
            _ => {}
        }
        self
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, word) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                out.write_str(word)?;
            }
        }
        if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == self.code) {
            return out.write_str(name);
        }
        match self.code {
            Code::F(number) => write!(out, "f{number}"),
            Code::Char(char) => write!(out, "{char}"),
            // Every other code stands in NAMES; the round trip test walks them all.
            _ => Ok(()),
        }
    }
}

/// A word that is no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadKey(pub String);

impl fmt::Display for BadKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:?} is not a key: a character, a name like enter, esc, space, pgdn, f1, with ctrl-, alt- or shift- before it",
            self.0
        )
    }
}

impl std::error::Error for BadKey {}

impl FromStr for Key {
    type Err = BadKey;

    fn from_str(word: &str) -> Result<Self, BadKey> {
        let bad = || BadKey(word.to_owned());
        let mut key = Self::plain(Code::Enter);
        let mut rest = word;
        // A modifier may stand once; what is left must not be empty, so that `ctrl--` is ctrl and minus.
        loop {
            let (flag, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (&mut key.ctrl, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (&mut key.alt, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (&mut key.shift, after)
            } else {
                break;
            };
            if *flag {
                return Err(bad());
            }
            *flag = true;
            rest = after;
        }
        let mut chars = rest.chars();
        key.code = match (chars.next(), chars.next()) {
            (Some(char), None) if !char.is_control() && !char.is_whitespace() => Code::Char(char),
            _ => match NAMES.iter().find(|(_, name)| *name == rest) {
                Some((code, _)) => *code,
                None => Code::F(function(rest).ok_or_else(bad)?),
            },
        };
        Ok(key.normal())
    }
}

/// The number of a function key; `f01` and `f+1` are none.
fn function(word: &str) -> Option<u8> {
    let number: u8 = word.strip_prefix('f')?.parse().ok()?;
    ((1..=24).contains(&number) && word == format!("f{number}")).then_some(number)
}
