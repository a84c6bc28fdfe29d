//! The characters the screen is drawn with: one set for Unicode terminals, one for those that only know ASCII.
//!
//! Every glyph is one cell wide. No emoji, no Braille art: both break widths or readers. No colours here.

/// One set of glyphs; each is one cell wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A part of a wave's bar that is done, is being done, is not begun, has failed, waits at a gate.
    pub bar_done: &'static str,
    pub bar_edge: &'static str,
    pub bar_rest: &'static str,
    pub bar_failed: &'static str,
    pub bar_gate: &'static str,
    /// A connection that is live, is late, is not there.
    pub dot_full: &'static str,
    pub dot_half: &'static str,
    pub dot_empty: &'static str,
    /// Levels of a sparkline, low to high.
    pub spark: [&'static str; 8],
    /// Rounded box, and the rule between panes.
    pub rule: &'static str,
    pub vertical: &'static str,
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_left: &'static str,
    pub bottom_right: &'static str,
    /// The left edge of the selected row; a marked row.
    pub selected: &'static str,
    pub marked: &'static str,
    pub ellipsis: &'static str,
    pub check: &'static str,
    pub cross: &'static str,
    pub arrow: &'static str,
    /// Sorted upwards, sorted downwards.
    pub ascending: &'static str,
    pub descending: &'static str,
    /// Between two names: `acme · December baseline`.
    pub separator: &'static str,
    /// No value.
    pub none: &'static str,
    /// The line of a calendar: the hour now, its head, open, the last part after the cutoff, planned, frozen, an hour's dot.
    pub now: &'static str,
    pub now_head: &'static str,
    pub open: &'static str,
    pub tail: &'static str,
    pub planned: &'static str,
    pub frozen: &'static str,
    pub hour: &'static str,
    /// An override, and work where none is allowed.
    pub held: &'static str,
    pub outside: &'static str,
}

impl Glyphs {
    pub const UNICODE: Self = Self {
        bar_done: "━",
        bar_edge: "╸",
        bar_rest: "─",
        bar_failed: "✗",
        bar_gate: "◆",
        dot_full: "●",
        dot_half: "◐",
        dot_empty: "○",
        spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        rule: "─",
        vertical: "│",
        top_left: "╭",
        top_right: "╮",
        bottom_left: "╰",
        bottom_right: "╯",
        selected: "▌",
        marked: "◆",
        ellipsis: "…",
        check: "✓",
        cross: "✗",
        arrow: "→",
        ascending: "↑",
        descending: "↓",
        separator: "·",
        none: "–",
        now: "┃",
        now_head: "▾",
        open: "█",
        tail: "▒",
        planned: "░",
        frozen: "╱",
        hour: "·",
        held: "◇",
        outside: "!",
    };

    pub const ASCII: Self = Self {
        bar_done: "=",
        bar_edge: ">",
        bar_rest: "-",
        bar_failed: "x",
        bar_gate: "?",
        dot_full: "*",
        dot_half: "o",
        dot_empty: ".",
        spark: [" ", ".", ":", "-", "=", "+", "*", "#"],
        rule: "-",
        vertical: "|",
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        selected: ">",
        marked: "*",
        ellipsis: "~",
        check: "v",
        cross: "x",
        arrow: ">",
        ascending: "^",
        descending: "v",
        separator: "-",
        none: "-",
        now: "|",
        now_head: "v",
        open: "#",
        tail: "%",
        planned: ":",
        frozen: "/",
        hour: ".",
        held: "o",
        outside: "!",
    };

    /// Every glyph, for `themes` and for tests.
    pub fn all(&self) -> Vec<&'static str> {
        let mut all = vec![
            self.bar_done,
            self.bar_edge,
            self.bar_rest,
            self.bar_failed,
            self.bar_gate,
            self.dot_full,
            self.dot_half,
            self.dot_empty,
            self.rule,
            self.vertical,
            self.top_left,
            self.top_right,
            self.bottom_left,
            self.bottom_right,
            self.selected,
            self.marked,
            self.ellipsis,
            self.check,
            self.cross,
            self.arrow,
            self.ascending,
            self.descending,
            self.separator,
            self.none,
            self.now,
            self.now_head,
            self.open,
            self.tail,
            self.planned,
            self.frozen,
            self.hour,
            self.held,
            self.outside,
        ];
        all.extend(self.spark);
        all
    }
}

/// The set for this environment: ASCII when asked for, or when the locale (the first of `LC_ALL`, `LC_CTYPE`, `LANG` that is
/// set and not empty, as POSIX has it) is not UTF-8. Without any of them the locale is `C`, which is not UTF-8 either.
pub fn glyphs_from(env: impl Fn(&str) -> Option<String>, ascii_option: bool) -> Glyphs {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
    let codeset = locale.unwrap_or_default().to_ascii_lowercase();
    let utf8 = codeset.contains("utf-8") || codeset.contains("utf8");
    if ascii_option || !utf8 { Glyphs::ASCII } else { Glyphs::UNICODE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use unicode_width::UnicodeWidthStr;

    #[rstest]
    #[case::unicode(Glyphs::UNICODE)]
    #[case::ascii(Glyphs::ASCII)]
    fn every_glyph_is_one_cell_wide(#[case] glyphs: Glyphs) {
        for glyph in glyphs.all() {
            assert_eq!(glyph.width(), 1, "{glyph:?}");
        }
    }

    #[test]
    fn the_ascii_set_is_ascii() {
        assert!(Glyphs::ASCII.all().iter().all(|glyph| glyph.is_ascii()));
    }

    #[rstest]
    #[case::unicode(Glyphs::UNICODE)]
    #[case::ascii(Glyphs::ASCII)]
    fn parts_of_a_bar_can_be_told_apart(#[case] glyphs: Glyphs) {
        let parts = [glyphs.bar_done, glyphs.bar_edge, glyphs.bar_rest, glyphs.bar_failed, glyphs.bar_gate];
        for (place, part) in parts.iter().enumerate() {
            assert!(!parts[..place].contains(part), "{part} twice");
        }
    }

    #[rstest]
    #[case::utf8(&[("LANG", "de_DE.UTF-8")], false, Glyphs::UNICODE)]
    #[case::other_spelling(&[("LANG", "C.utf8")], false, Glyphs::UNICODE)]
    #[case::nothing_set(&[], false, Glyphs::ASCII)]
    #[case::posix(&[("LANG", "C")], false, Glyphs::ASCII)]
    #[case::first_set_wins(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], false, Glyphs::ASCII)]
    #[case::empty_is_not_set(&[("LC_ALL", ""), ("LC_CTYPE", "en_US.UTF-8"), ("LANG", "C")], false, Glyphs::UNICODE)]
    #[case::asked_for(&[("LANG", "en_US.UTF-8")], true, Glyphs::ASCII)]
    fn the_locale_tells_the_glyphs(#[case] set: &[(&str, &str)], #[case] ascii: bool, #[case] glyphs: Glyphs) {
        let env = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(glyphs_from(env, ascii), glyphs);
    }
}
