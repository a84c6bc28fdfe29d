//! The terminal as the loop wants it: events in, frames out. It draws through `ui` and decides nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

use crate::app::message::Message;
use crate::app::runtime::Screen;
use crate::app::state::{Drawn, State};
use crate::domain::Text;
use crate::terminal::{Event, Input, Mouse, Painter, suspend};
use crate::theme::Theme;
use crate::ui;

/// Rows that one notch of a wheel moves.
const NOTCH: isize = 3;

pub struct Front {
    pub painter: Painter,
    pub theme: Theme,
}

/// The terminal's events as messages.
pub struct Events(Input);

impl Stream for Events {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        match Pin::new(&mut self.0).poll_next(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None | Some(Event::Lost)) => Poll::Ready(None),
            Poll::Ready(Some(event)) => Poll::Ready(Some(message(event))),
        }
    }
}

fn message(event: Event) -> Message {
    match event {
        Event::Key(key) => Message::Key(key),
        Event::Paste(text) => Message::Paste(text),
        Event::Resize(columns, lines) => Message::Resize { columns, lines },
        Event::Focus(focused) => Message::Focus(focused),
        Event::Mouse(Mouse::Click { column, row }) => Message::Click { column, line: row },
        Event::Mouse(Mouse::ScrollUp { .. }) => Message::Scroll(-NOTCH),
        Event::Mouse(Mouse::ScrollDown { .. }) => Message::Scroll(NOTCH),
        Event::Lost => Message::Leave,
    }
}

impl Screen for Front {
    type Events = Events;

    fn events(&mut self) -> Events {
        Events(Input::new())
    }

    fn paint(&mut self, state: &State) -> io::Result<Drawn> {
        self.painter.resize(state.size.0, state.size.1)?;
        let mut drawn = Drawn::default();
        self.painter.draw(|frame| drawn = ui::draw(frame, state, &self.theme))?;
        Ok(drawn)
    }

    fn redraw(&mut self) -> io::Result<()> {
        self.painter.redraw()
    }

    fn bell(&mut self) -> io::Result<()> {
        self.painter.ring()
    }

    fn copy(&mut self, text: &str) -> Result<Text, Text> {
        self.painter.copy(text).map(Text::new).map_err(|error| Text::new(error.to_string()))
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.painter.set_mouse(on)
    }

    fn suspend(&mut self, events: Events) -> io::Result<Events> {
        suspend(&mut self.painter, events.0).map(Events)
    }

    fn retake(&mut self) -> io::Result<()> {
        self.painter.come_back()
    }
}
