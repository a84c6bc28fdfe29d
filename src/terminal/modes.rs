//! The byte sequences that put terminal modes on and off, in pairs.
//!
//! Bytes only: who writes them, and when, is the guard's business. None of them asks the terminal for an answer.

/// On: alternate screen, hidden cursor, bracketed paste, focus reports.
pub(super) const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h";
/// The same off in reverse, after a frame that may have been cut short (end of synchronized output, plain colours).
pub(super) const LEAVE: &str = "\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l";
/// Clicks and the wheel, in the form without a limit on columns; no motion, which would flood a slow link.
pub(super) const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
pub(super) const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
/// Begin and end of a synchronized frame (mode 2026); terminals without it ignore both.
pub(super) const FRAME_BEGIN: &str = "\x1b[?2026h";
pub(super) const FRAME_END: &str = "\x1b[?2026l";
/// Ends a string sequence that was cut short, so that what follows is not swallowed by it.
pub(super) const STRING_END: &str = "\x1b\\";
pub(super) const BELL: &str = "\x07";

#[cfg(test)]
mod tests {
    use super::*;

    /// Private modes in the order of a sequence, with whether it puts them on.
    fn switched(bytes: &str) -> Vec<(&str, bool)> {
        bytes
            .split("\x1b[?")
            .skip(1)
            .filter_map(|part| {
                let end = part.find(['h', 'l'])?;
                Some((&part[..end], part.as_bytes()[end] == b'h'))
            })
            .collect()
    }

    #[test]
    fn leaving_takes_everything_off_in_reverse() {
        for (on, off) in [(ENTER, LEAVE), (MOUSE_ON, MOUSE_OFF)] {
            // The cursor is the one mode that entering puts off.
            let put: Vec<_> = switched(on).into_iter().map(|(mode, on)| (mode, !on)).rev().collect();
            let taken: Vec<_> = switched(off).into_iter().filter(|(mode, _)| *mode != "2026").collect();
            assert_eq!(put, taken);
        }
    }
}
