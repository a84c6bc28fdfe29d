//! A line of text in runs, each with the role it plays. Roles become styles only when the line is painted.
//!
//! It measures by display width, cuts with an ellipsis and wraps at words. It knows no theme and no place on the screen.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::theme::Role;

/// So few letters of a word tell nothing.
const SCRAP: usize = 2;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    runs: Vec<(Role, String)>,
    /// Column of the text cursor, where the line is being typed in.
    cursor: Option<usize>,
    /// Cells by which wrapped lines stand in.
    hang: usize,
}

impl Words {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn of(role: Role, text: impl AsRef<str>) -> Self {
        Self::new().role(role, text)
    }

    pub fn role(mut self, role: Role, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        if !text.is_empty() {
            self.runs.push((role, text.to_owned()));
        }
        self
    }

    pub fn text(self, text: impl AsRef<str>) -> Self {
        self.role(Role::Text, text)
    }

    pub fn dim(self, text: impl AsRef<str>) -> Self {
        self.role(Role::Dim, text)
    }

    pub fn ok(self, text: impl AsRef<str>) -> Self {
        self.role(Role::Ok, text)
    }

    pub fn warn(self, text: impl AsRef<str>) -> Self {
        self.role(Role::Warn, text)
    }

    pub fn alert(self, text: impl AsRef<str>) -> Self {
        self.role(Role::Alert, text)
    }

    pub fn accent(self, text: impl AsRef<str>) -> Self {
        self.role(Role::Accent, text)
    }

    pub fn strong(self, text: impl AsRef<str>) -> Self {
        self.role(Role::Strong, text)
    }

    pub fn gap(self, cells: usize) -> Self {
        self.text(" ".repeat(cells))
    }

    /// Puts `more` behind, after `cells` of space if both say something.
    pub fn then(self, cells: usize, more: Self) -> Self {
        if more.runs.is_empty() {
            return self;
        }
        if self.runs.is_empty() { more } else { self.gap(cells).and(more) }
    }

    pub fn and(mut self, more: Self) -> Self {
        if let Some(cursor) = more.cursor {
            self.cursor = Some(self.width() + cursor);
        }
        self.runs.extend(more.runs);
        self
    }

    /// The text cursor stands `column` cells into this line.
    pub fn cursor_at(mut self, column: usize) -> Self {
        self.cursor = Some(column);
        self
    }

    /// Lines after the first stand in by `cells` when it is wrapped.
    pub fn hanging(mut self, cells: usize) -> Self {
        self.hang = cells;
        self
    }

    pub fn cursor(&self) -> Option<usize> {
        self.cursor
    }

    pub fn runs(&self) -> &[(Role, String)] {
        &self.runs
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Says this and no more.
    pub fn is(&self, text: &str) -> bool {
        matches!(self.runs.as_slice(), [(_, only)] if only == text)
    }

    /// The text without its roles.
    #[cfg(test)]
    pub fn plain(&self) -> String {
        self.runs.iter().map(|(_, text)| text.as_str()).collect()
    }

    pub fn width(&self) -> usize {
        self.runs.iter().map(|(_, text)| text.width()).sum()
    }

    /// Gives every run of one role another one.
    pub fn recast(mut self, from: Role, to: Role) -> Self {
        for (role, _) in &mut self.runs {
            if *role == from {
                *role = to;
            }
        }
        self
    }

    /// Gives the whole line one role.
    pub fn all(mut self, to: Role) -> Self {
        for (role, _) in &mut self.runs {
            *role = to;
        }
        self
    }

    /// At most `width` cells; what was cut shows as `ellipsis`, which is one cell wide. What little is left of a word goes with the rest
    /// of it.
    pub fn cut(&self, width: usize, ellipsis: &str) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        let mut out = Self { cursor: self.cursor.filter(|cursor| *cursor < width), ..Self::default() };
        if width == 0 {
            return out;
        }
        let mut room = width - 1;
        for (role, text) in &self.runs {
            let (kept, used) = head(text, room);
            if kept.len() < text.len() {
                let begins_a_word = kept.contains(' ') || out.runs.last().is_none_or(|(_, before)| before.ends_with(' '));
                let whole = if begins_a_word { without_scrap(kept, &text[kept.len()..]) } else { kept };
                let kept = if whole.is_empty() && out.is_empty() { kept } else { whole };
                return out.role(*role, kept).trimmed().role(*role, ellipsis);
            }
            out = out.role(*role, kept);
            room -= used;
        }
        out
    }

    /// The same, but cut between words where the first of them has room.
    pub fn cut_at_word(&self, width: usize, ellipsis: &str) -> Self {
        match self.wrap(width.saturating_sub(1)).into_iter().next() {
            Some(line) if self.width() > width => line.trimmed().dim(ellipsis),
            _ => self.cut(width, ellipsis),
        }
    }

    /// Without the space at its end.
    fn trimmed(mut self) -> Self {
        while let Some((_, last)) = self.runs.last_mut() {
            last.truncate(last.trim_end().len());
            if !last.is_empty() {
                break;
            }
            self.runs.pop();
        }
        self
    }

    /// Exactly `width` cells: cut, or filled up with space.
    pub fn filled(&self, width: usize, ellipsis: &str) -> Self {
        let cut = self.cut(width, ellipsis);
        let rest = width - cut.width();
        if rest > 0 { cut.gap(rest) } else { cut }
    }

    /// Lines of at most `width` cells, broken at spaces; a word that is too long is broken where it must be.
    pub fn wrap(&self, width: usize) -> Vec<Self> {
        if width == 0 {
            return Vec::new();
        }
        if self.width() <= width {
            return vec![self.clone()];
        }
        // A hang that leaves no room for words is none.
        let hang = if self.hang * 2 > width { 0 } else { self.hang };
        let mut lines: Vec<Self> = Vec::new();
        let mut line = Self::new();
        let mut used = 0;
        for (role, text) in &self.runs {
            for word in pieces(text) {
                let mut rest = word;
                if used + rest.trim_end().width() > width && used > if lines.is_empty() { 0 } else { hang } {
                    lines.push(std::mem::replace(&mut line, Self::new().gap(hang)));
                    used = hang;
                }
                while used + rest.trim_end().width() > width {
                    let (kept, _) = head(rest, width - used);
                    // A character wider than the line is put there all the same rather than looped over.
                    let kept = if kept.is_empty() { rest.graphemes(true).next().unwrap_or(rest) } else { kept };
                    lines.push(std::mem::replace(&mut line, Self::new().gap(hang)).role(*role, kept));
                    used = hang;
                    rest = &rest[kept.len()..];
                }
                if !lines.is_empty() && used == hang {
                    rest = rest.trim_start();
                }
                let (kept, cells) = head(rest, width.saturating_sub(used));
                line = line.role(*role, kept);
                used += cells;
            }
        }
        if used > if lines.is_empty() { 0 } else { hang } {
            lines.push(line);
        }
        lines
    }
}

/// Words with the space behind each; `12 %` is one word, so that no line ends between a figure and its sign.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let ends = |at: &usize| !rest[at + 1..].starts_with('%');
        let end = rest.match_indices(' ').map(|(at, _)| at).find(ends).map_or(rest.len(), |at| at + 1);
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What of `kept` is worth showing where `rest` is cut off: not one or two letters of a word.
fn without_scrap<'a>(kept: &'a str, rest: &str) -> &'a str {
    let word = kept.rfind(' ').map_or(0, |at| at + 1);
    let is_scrap = !rest.starts_with(' ') && kept[word..].chars().filter(|c| c.is_alphanumeric()).count() <= SCRAP;
    if is_scrap { &kept[..word] } else { kept }
}

/// The longest head of `text` that fits into `room` cells, and its width.
fn head(text: &str, room: usize) -> (&str, usize) {
    let (mut end, mut used) = (0, 0);
    for grapheme in text.graphemes(true) {
        let width = grapheme.width();
        if used + width > room {
            break;
        }
        used += width;
        end += grapheme.len();
    }
    (&text[..end], used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::fits("abc", 3, "abc")]
    #[case::cut("abcdef", 4, "abc…")]
    #[case::wide_characters_count_twice("漢字漢字", 5, "漢字…")]
    #[case::wide_character_on_the_edge("漢字漢字", 4, "漢…")]
    #[case::no_room("abc", 0, "")]
    #[case::a_scrap_of_a_word_goes_with_it("read 60 of 80", 10, "read 60…")]
    #[case::a_bracket_is_no_letter("process (apt-get)", 12, "process…")]
    #[case::three_letters_are_a_hint("process (apt-get)", 13, "process (apt…")]
    #[case::between_two_words("read of 80", 6, "read…")]
    #[case::a_whole_short_word_stays("read of 80", 8, "read of…")]
    #[case::what_is_all_there_is_stays("abc", 2, "a…")]
    fn a_line_is_cut_by_its_display_width(#[case] text: &str, #[case] width: usize, #[case] shown: &str) {
        assert_eq!(Words::new().text(text).cut(width, "…").plain(), shown);
    }

    #[test]
    fn a_part_of_a_line_that_has_no_room_goes_with_the_space_before_it() {
        let line = Words::new().text("held by process").gap(3).dim("read 60 of 80");
        assert_eq!(line.cut(20, "…").plain(), "held by process…");
        assert_eq!(line.cut(24, "…").plain(), "held by process   read…");
        assert_eq!(line.cut_at_word(14, "…").plain(), "held by…");
        assert_eq!(line.cut_at_word(3, "…").plain(), "he…");
        let behind = Words::new().text("code 28").dim("  its words are not read yet");
        assert_eq!(behind.cut(20, "…").plain(), "code 28  its words…");
        let joined = Words::new().text("web").dim("-0300");
        assert_eq!(joined.cut(6, "…").plain(), "web-0…");
    }

    #[test]
    fn a_line_wraps_between_words_and_keeps_its_roles() {
        let lines = Words::new().text("45 hosts go on. ").warn("Nobody stops them").wrap(12);
        assert_eq!(lines.iter().map(Words::plain).collect::<Vec<_>>(), ["45 hosts go ", "on. Nobody ", "stops them"]);
        assert_eq!(lines[2].runs()[0].0, Role::Warn);
    }

    #[test]
    fn no_line_ends_between_a_figure_and_its_sign() {
        let lines = Words::new().text("54 failed, limit 12 %; on").wrap(20);
        assert_eq!(lines.iter().map(Words::plain).collect::<Vec<_>>(), ["54 failed, limit ", "12 %; on"]);
    }

    #[test]
    fn wrapped_lines_stand_in_under_their_label() {
        let lines = Words::new().dim("Gate   ").text("95 % done, then it pauses").hanging(7).wrap(20);
        assert_eq!(
            lines.iter().map(Words::plain).collect::<Vec<_>>(),
            ["Gate   95 % done, ", "       then it ", "       pauses"]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in ".{0,80}", width in 1_usize..40) {
            let words = Words::new().text(&text).dim(&text);
            prop_assert!(words.cut(width, "…").width() <= width);
            prop_assert!(words.cut_at_word(width, "…").width() <= width.max(3));
            // A single character may be wider than one cell.
            prop_assert!(words.wrap(width).iter().all(|line| line.width() <= width.max(2)));
            prop_assert!(words.hanging(5).wrap(width).iter().all(|line| line.width() <= width.max(2)));
        }
    }
}
