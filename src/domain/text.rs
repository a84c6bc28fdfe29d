//! The door for words that others chose: a [`Text`] is safe to show, to log and to name a file after.
//!
//! It replaces what could steer a terminal (control, bidi, zero-width and tag characters) by a visible mark and bounds the
//! length. It does not judge what a word means, and it never gives the raw form back.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Longest [`Text`], in characters. Longer input is cut and says so with `…`.
pub const MAX_CHARS: usize = 512;
/// Longest raw [`Evidence`], in bytes of UTF-8. The rest is read again from the backend for export.
pub const MAX_EVIDENCE_BYTES: usize = 4096;
/// Combining marks kept on one character; more of them paint over the lines around.
const MAX_MARKS: usize = 2;

/// A string made safe at the door. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Arc<str>);

impl Text {
    /// Makes one line of at most [`MAX_CHARS`] characters out of anything.
    pub fn new(raw: impl AsRef<str>) -> Self {
        Self::bounded(raw.as_ref(), MAX_CHARS)
    }

    /// The same with a bound of `max` characters; a cut ends in `…`.
    pub fn bounded(raw: &str, max: usize) -> Self {
        let mut out = String::with_capacity(raw.len().min(max * 2));
        let mut chars = 0;
        let mut marks = 0;
        for c in raw.chars() {
            let c = match safe(c) {
                Safe::Mark => {
                    marks += 1;
                    if marks > MAX_MARKS {
                        continue;
                    }
                    out.push(c);
                    continue;
                }
                Safe::As(c) => c,
            };
            marks = 0;
            if chars == max {
                out.push('…');
                break;
            }
            out.push(c);
            chars += 1;
        }
        Self(out.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

enum Safe {
    As(char),
    Mark,
}

/// What a character is shown as. Source of the ranges: Unicode's bidi controls, default ignorables and tag block.
fn safe(c: char) -> Safe {
    match c {
        '\t' => Safe::As(' '),
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Safe::As('⏎'),
        '\u{1b}' => Safe::As('␛'),
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Safe::As('�'),
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Safe::As('⇄'),
        '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{feff}'
        | '\u{ad}'
        | '\u{180e}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => Safe::As('·'),
        '\u{fe00}'..='\u{fe0f}'
        | '\u{0300}'..='\u{036f}'
        | '\u{0483}'..='\u{0489}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' => Safe::Mark,
        c => Safe::As(c),
    }
}

impl Default for Text {
    fn default() -> Self {
        Self("".into())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(raw)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    /// Reading a `Text` back from a file goes through the same door as reading it from a server.
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::new(String::deserialize(d)?))
    }
}

/// What a host or a tool said, kept raw for matching and export, shown only as [`Text`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Evidence(Arc<str>);

impl Evidence {
    /// Keeps at most [`MAX_EVIDENCE_BYTES`] of `raw`, cut at a character.
    pub fn new(raw: &str) -> Self {
        let mut end = raw.len().min(MAX_EVIDENCE_BYTES);
        while !raw.is_char_boundary(end) {
            end -= 1;
        }
        Self(raw[..end].into())
    }

    /// The lines of it, each safe to show.
    pub fn lines(&self) -> impl Iterator<Item = Text> + '_ {
        self.0.lines().map(Text::new)
    }

    /// The raw form, for matching rules only. Never for a screen, a log or a file name.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", Text::new(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::escape("a\u{1b}[31mb", "a␛[31mb")]
    #[case::newline("a\nb", "a⏎b")]
    #[case::carriage_return("ok\rERROR", "ok⏎ERROR")]
    #[case::bidi("x\u{202e}y", "x⇄y")]
    #[case::zero_width("a\u{200b}b\u{feff}", "a·b·")]
    #[case::c1("\u{9b}31m", "�31m")]
    #[case::tag("a\u{e0041}", "a·")]
    #[case::tab("a\tb", "a b")]
    #[case::plain("db-0003 läuft", "db-0003 läuft")]
    fn a_character_that_could_steer_a_terminal_is_shown_as_a_mark(#[case] raw: &str, #[case] shown: &str) {
        assert_eq!(Text::new(raw).as_str(), shown);
    }

    #[test]
    fn ten_thousand_characters_are_cut_and_say_so() {
        let text = Text::new("x".repeat(10_000));
        assert_eq!(text.as_str().chars().count(), MAX_CHARS + 1);
        assert!(text.as_str().ends_with('…'));
    }

    #[test]
    fn a_tower_of_combining_marks_is_cut_to_two() {
        assert_eq!(Text::new("a\u{301}\u{301}\u{301}\u{301}b").as_str(), "a\u{301}\u{301}b");
    }

    proptest! {
        #[test]
        fn going_through_the_door_twice_changes_nothing(raw in ".{0,600}") {
            let once = Text::bounded(&raw, 1000);
            prop_assert_eq!(Text::bounded(once.as_str(), 1000), once);
        }

        #[test]
        fn no_control_character_passes(raw in any::<String>()) {
            prop_assert!(!Text::new(&raw).as_str().chars().any(char::is_control));
        }
    }
}
