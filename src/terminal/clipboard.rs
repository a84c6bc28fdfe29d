//! Copying to the terminal's clipboard over any link: OSC 52, wrapped where a multiplexer stands between.
//!
//! It only writes; the clipboard is never read. Whether the terminal obeys cannot be known: callers say "sent", not "copied".

use std::fmt;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest text, in base64: what xterm and tmux take, 100 000 bytes less the sequence around it, in whole groups.
pub const MOST_ENCODED: usize = 74_994;

/// GNU screen takes no longer string than 768 bytes; the rest is room for its frame.
const SCREEN_PIECE: usize = 700;

/// What stands between this process and the real terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplexer {
    Nothing,
    Tmux,
    Screen,
}

impl Multiplexer {
    /// Told from `TMUX` and `STY`; over SSH both are lost and `TERM` says it.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| env(name).unwrap_or_default();
        let term = value("TERM");
        if !value("TMUX").is_empty() || term.starts_with("tmux") {
            Self::Tmux
        } else if !value("STY").is_empty() || term.starts_with("screen") {
            Self::Screen
        } else {
            Self::Nothing
        }
    }
}

/// Why a text was not sent to the clipboard.
#[derive(Debug)]
pub enum CopyError {
    /// It would need so many encoded bytes.
    TooLong {
        encoded: usize,
    },
    Terminal(io::Error),
}

impl fmt::Display for CopyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { encoded } => {
                write!(
                    out,
                    "too long for the terminal's clipboard: {encoded} bytes encoded, {MOST_ENCODED} at most; nothing was copied"
                )
            }
            Self::Terminal(error) => write!(out, "the terminal did not take it: {error}"),
        }
    }
}

impl std::error::Error for CopyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooLong { .. } => None,
            Self::Terminal(error) => Some(error),
        }
    }
}

/// What is known of a text that was sent: never that it arrived, and what has to be so for it to arrive.
pub(super) fn sent(text: &str, through: Multiplexer) -> String {
    let sent = format!("sent to the terminal's clipboard, {} bytes", text.len());
    match through {
        Multiplexer::Nothing => format!("{sent}; it does not say whether it takes them"),
        Multiplexer::Tmux => format!("{sent}; tmux hands them on with `set -g set-clipboard on`"),
        Multiplexer::Screen => format!("{sent}, through screen; it does not say whether it takes them"),
    }
}

/// The bytes that put a text into the clipboard.
pub(super) fn sequence(text: &str, through: Multiplexer) -> Result<String, CopyError> {
    let encoded = STANDARD.encode(text);
    if encoded.len() > MOST_ENCODED {
        return Err(CopyError::TooLong { encoded: encoded.len() });
    }
    let plain = format!("\x1b]52;c;{encoded}\x07");
    Ok(match through {
        Multiplexer::Nothing => plain,
        // tmux takes the first with `set-clipboard on` and hands the second on with `allow-passthrough on`.
        Multiplexer::Tmux => format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")),
        Multiplexer::Screen => {
            let pieces: Vec<_> = plain.as_bytes().chunks(SCREEN_PIECE).map(String::from_utf8_lossy).collect();
            // Over SSH an older tmux calls itself screen, too. It wants the plain one, which screen drops if it is short.
            let bare = if pieces.len() == 1 { plain.as_str() } else { "" };
            format!("{bare}\x1bP{}\x1b\\", pieces.join("\x1b\\\x1bP"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain(&[("TERM", "xterm-256color")], Multiplexer::Nothing)]
    #[case::tmux(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux,1,0")], Multiplexer::Tmux)]
    #[case::tmux_over_ssh(&[("TERM", "tmux-256color")], Multiplexer::Tmux)]
    #[case::screen(&[("TERM", "screen"), ("STY", "1.pts")], Multiplexer::Screen)]
    #[case::nothing(&[], Multiplexer::Nothing)]
    fn the_environment_tells_what_stands_between(#[case] set: &[(&str, &str)], #[case] found: Multiplexer) {
        let env = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(Multiplexer::from_env(env), found);
    }

    #[rstest]
    #[case::plain(Multiplexer::Nothing, "\x1b]52;c;d2ViLTAxNTE=\x07")]
    #[case::tmux(Multiplexer::Tmux, "\x1b]52;c;d2ViLTAxNTE=\x07\x1bPtmux;\x1b\x1b]52;c;d2ViLTAxNTE=\x07\x1b\\")]
    #[case::screen(Multiplexer::Screen, "\x1b]52;c;d2ViLTAxNTE=\x07\x1bP\x1b]52;c;d2ViLTAxNTE=\x07\x1b\\")]
    fn a_text_is_wrapped_for_what_stands_between(#[case] through: Multiplexer, #[case] bytes: &str) {
        assert_eq!(sequence("web-0151", through).expect("short"), bytes);
    }

    #[test]
    fn screen_gets_a_long_text_in_pieces_it_can_take() {
        let bytes = sequence(&"x".repeat(2_000), Multiplexer::Screen).expect("fits");
        let pieces: Vec<_> = bytes.split_inclusive("\x1b\\").collect();
        assert!(pieces.len() > 1);
        assert!(pieces.iter().all(|piece| piece.starts_with("\x1bP") && piece.len() <= 768));
    }

    #[test]
    fn the_longest_text_is_sent_and_one_byte_more_is_refused_in_words() {
        let longest = "x".repeat(MOST_ENCODED / 4 * 3);
        assert!(sequence(&longest, Multiplexer::Nothing).is_ok());
        let error = sequence(&format!("{longest}xxx"), Multiplexer::Nothing).expect_err("too long");
        assert!(error.to_string().contains("74994 at most; nothing was copied"), "{error}");
    }
}
