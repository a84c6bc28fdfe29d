//! What comes from the keyboard, as a stream of our own events.
//!
//! Dropping the stream stops reading at once, so that another program may read the terminal; a new one can be made later. It
//! gives keys no meaning: that is `keymap`.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event as raw;
use futures::Stream;

use crate::keymap::{Code, Key};

/// One thing that happened at the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed, or repeats.
    Key(Key),
    /// Text was pasted: for text fields only, it never runs anything. Not yet made safe.
    Paste(String),
    /// The terminal's new size, in columns and rows.
    Resize(u16, u16),
    /// The terminal got (`true`) or lost the person's attention.
    Focus(bool),
    Mouse(Mouse),
    /// The terminal is gone; nothing follows.
    Lost,
}

/// What a mouse did, and where, counted from 0 at the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Click { column: u16, row: u16 },
    ScrollUp { column: u16, row: u16 },
    ScrollDown { column: u16, row: u16 },
}

/// The stream of events. There must be one at a time.
pub struct Input {
    stream: raw::EventStream,
    lost: bool,
}

impl Input {
    /// Begins to read. Keys typed before are kept.
    pub fn new() -> Self {
        Self { stream: raw::EventStream::new(), lost: false }
    }

    /// Begins to read and drops what was typed before: it was not meant for this screen.
    pub(super) fn fresh() -> Self {
        // An error means that there is nothing to read; the stream will say why.
        while raw::poll(Duration::ZERO).unwrap_or(false) {
            if raw::read().is_err() {
                break;
            }
        }
        Self::new()
    }
}

impl Default for Input {
    fn default() -> Self {
        Self::new()
    }
}

impl Stream for Input {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if self.lost {
            return Poll::Ready(None);
        }
        loop {
            match Pin::new(&mut self.stream).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(event))) => {
                    if let Some(event) = ours(event) {
                        return Poll::Ready(Some(event));
                    }
                }
                Poll::Ready(Some(Err(_)) | None) => {
                    self.lost = true;
                    return Poll::Ready(Some(Event::Lost));
                }
            }
        }
    }
}

/// Our event for crossterm's, if we have one: releases, motion and keys nobody can bind are none.
fn ours(event: raw::Event) -> Option<Event> {
    Some(match event {
        raw::Event::Key(key) if key.kind == raw::KeyEventKind::Release => return None,
        raw::Event::Key(key) => Event::Key(self::key(key)?),
        raw::Event::Paste(text) => Event::Paste(text),
        raw::Event::Resize(columns, rows) => Event::Resize(columns, rows),
        raw::Event::FocusGained => Event::Focus(true),
        raw::Event::FocusLost => Event::Focus(false),
        raw::Event::Mouse(raw::MouseEvent { kind, column, row, .. }) => Event::Mouse(match kind {
            raw::MouseEventKind::Down(raw::MouseButton::Left) => Mouse::Click { column, row },
            raw::MouseEventKind::ScrollUp => Mouse::ScrollUp { column, row },
            raw::MouseEventKind::ScrollDown => Mouse::ScrollDown { column, row },
            _ => return None,
        }),
    })
}

fn key(event: raw::KeyEvent) -> Option<Key> {
    let code = match event.code {
        raw::KeyCode::Char(char) => Code::Char(char),
        raw::KeyCode::Enter => Code::Enter,
        raw::KeyCode::Esc => Code::Esc,
        raw::KeyCode::Tab => Code::Tab,
        raw::KeyCode::BackTab => Code::BackTab,
        raw::KeyCode::Backspace => Code::Backspace,
        raw::KeyCode::Up => Code::Up,
        raw::KeyCode::Down => Code::Down,
        raw::KeyCode::Left => Code::Left,
        raw::KeyCode::Right => Code::Right,
        raw::KeyCode::Home => Code::Home,
        raw::KeyCode::End => Code::End,
        raw::KeyCode::PageUp => Code::PageUp,
        raw::KeyCode::PageDown => Code::PageDown,
        raw::KeyCode::Insert => Code::Insert,
        raw::KeyCode::Delete => Code::Delete,
        raw::KeyCode::F(number) => Code::F(number),
        _ => return None,
    };
    let held = |modifier| event.modifiers.contains(modifier);
    let (ctrl, alt, shift) = (held(raw::KeyModifiers::CONTROL), held(raw::KeyModifiers::ALT), held(raw::KeyModifiers::SHIFT));
    Some(Key { code, ctrl, alt, shift }.normal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    use rstest::rstest;

    #[rstest]
    #[case::letter(KeyCode::Char('a'), KeyModifiers::NONE, "a")]
    #[case::capital_with_shift(KeyCode::Char('P'), KeyModifiers::SHIFT, "P")]
    #[case::ctrl(KeyCode::Char('l'), KeyModifiers::CONTROL, "ctrl-l")]
    #[case::shift_tab(KeyCode::BackTab, KeyModifiers::SHIFT, "backtab")]
    #[case::arrow(KeyCode::Right, KeyModifiers::ALT, "alt-right")]
    #[case::sign(KeyCode::Char('>'), KeyModifiers::NONE, ">")]
    #[case::function(KeyCode::F(1), KeyModifiers::NONE, "f1")]
    fn a_key_becomes_the_word_that_a_keymap_knows(#[case] code: KeyCode, #[case] held: KeyModifiers, #[case] word: &str) {
        let key = word.parse().expect("a key");
        assert_eq!(ours(raw::Event::Key(KeyEvent::new(code, held))), Some(Event::Key(key)));
    }

    #[test]
    fn a_key_let_go_is_nothing_and_a_held_one_is_pressed_again() {
        let event = |kind| raw::Event::Key(KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, kind));
        assert_eq!(ours(event(KeyEventKind::Release)), None);
        assert_eq!(ours(event(KeyEventKind::Repeat)), Some(Event::Key(Key::char('j'))));
    }

    #[rstest]
    #[case::click(MouseEventKind::Down(MouseButton::Left), Some(Mouse::Click { column: 3, row: 7 }))]
    #[case::wheel(MouseEventKind::ScrollDown, Some(Mouse::ScrollDown { column: 3, row: 7 }))]
    #[case::let_go(MouseEventKind::Up(MouseButton::Left), None)]
    #[case::moved(MouseEventKind::Moved, None)]
    #[case::other_button(MouseEventKind::Down(MouseButton::Right), None)]
    fn a_mouse_clicks_and_scrolls_and_no_more(#[case] kind: MouseEventKind, #[case] mouse: Option<Mouse>) {
        let event = raw::Event::Mouse(MouseEvent { kind, column: 3, row: 7, modifiers: KeyModifiers::NONE });
        assert_eq!(ours(event), mouse.map(Event::Mouse));
    }
}
