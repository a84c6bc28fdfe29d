//! Draws frames: builds the bytes of one frame in memory, and writes them at once, bracketed in synchronized output.
//!
//! A frame that changed nothing writes nothing. It never clears by asking the terminal, and it does not decide when to draw.

use std::io;
use std::sync::Arc;

use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};

use super::clipboard::{CopyError, sent, sequence};
use super::guard::Guard;
use super::modes::{BELL, FRAME_BEGIN, FRAME_END};
use super::pen::Pen;
use super::{Multiplexer, Options};

/// The screen to draw on.
pub struct Painter {
    guard: Arc<Guard>,
    terminal: Terminal<Pen>,
    options: Options,
}

impl Painter {
    /// A painter for the guard's terminal. The guard has to enter before anything shows.
    pub(super) fn new(guard: Arc<Guard>, options: Options) -> io::Result<Self> {
        // crossterm would blank out bold and reverse together with colour when NO_COLOR is set; our themes know it themselves.
        crossterm::style::force_color_output(true);
        let (width, height) = guard.size();
        let terminal = Terminal::new(Pen::new(Size { width, height }))?;
        Ok(Self { guard, terminal, options })
    }

    /// Draws one frame; only what changed since the last one is written, in one go. While the screen is not ours, nothing is drawn.
    ///
    /// # Errors
    /// When the terminal is lost: nothing else fails here.
    pub fn draw(&mut self, build: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !self.guard.entered() {
            // The frame would count as shown, and be missing later.
            return Ok(());
        }
        self.terminal.draw(build)?;
        let changed = self.terminal.backend_mut().take();
        if changed.is_empty() {
            return Ok(());
        }
        if !self.options.synchronized {
            return self.guard.write(&changed);
        }
        self.guard.write(&[FRAME_BEGIN.as_bytes(), &changed, FRAME_END.as_bytes()].concat())
    }

    /// The size of the next frame, in columns and rows.
    pub fn size(&self) -> (u16, u16) {
        self.guard.size()
    }

    /// The terminal has a new size; the next frame paints everything. An unchanged size does nothing.
    pub fn resize(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        let size = Size { width: columns, height: rows };
        if self.terminal.size()? == size {
            return Ok(());
        }
        self.terminal.backend_mut().set_size(size);
        self.redraw()
    }

    /// Makes the next frame paint everything: someone else may have written on the screen.
    pub fn redraw(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        // `Terminal::clear` would ask for the cursor and wait a round trip; resizing to the same area clears without asking.
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// The bell, which also reaches a multiplexer's bell monitor.
    pub fn ring(&mut self) -> io::Result<()> {
        self.guard.write(BELL.as_bytes())
    }

    /// Sends a text to the terminal's clipboard, and says that; whether it is taken cannot be known.
    pub fn copy(&mut self, text: &str) -> Result<String, CopyError> {
        let through = self.options.multiplexer;
        let bytes = sequence(text, through)?;
        self.guard.write(bytes.as_bytes()).map_err(CopyError::Terminal)?;
        Ok(sent(text, through))
    }

    /// Puts the mouse on or off.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.guard.set_mouse(on)
    }

    /// Gives the terminal back. Frames drawn after this are not written.
    pub fn leave(&mut self) -> io::Result<()> {
        self.guard.leave()
    }

    /// Takes the terminal again after this process was stopped: modes on, size asked of the system, everything painted next.
    pub fn come_back(&mut self) -> io::Result<()> {
        self.guard.enter_again()?;
        self.terminal.backend_mut().forget_cursor();
        let (columns, rows) = self.guard.size();
        self.terminal.backend_mut().set_size(Size { width: columns, height: rows });
        self.redraw()
    }

    pub(super) fn guard(&self) -> Arc<Guard> {
        Arc::clone(&self.guard)
    }
}

impl Drop for Painter {
    fn drop(&mut self) {
        // The watchdog holds the guard as well, so the guard's own end would come too late. Errors have nowhere to go here.
        _ = self.leave();
    }
}

impl Options {
    /// What most people want here: no mouse, frames bracketed.
    pub fn quiet(multiplexer: Multiplexer) -> Self {
        Self { mouse: false, synchronized: true, multiplexer }
    }
}

#[cfg(test)]
mod tests {
    use super::super::guard::tests::{Paper, on_paper};
    use super::*;
    use ratatui::style::{Modifier, Style};

    fn painter() -> (Painter, Paper) {
        let (guard, paper) = on_paper();
        let guard = Arc::new(guard);
        let painter = Painter::new(Arc::clone(&guard), Options::quiet(Multiplexer::Nothing)).expect("made");
        guard.enter().expect("enters");
        paper.take();
        (painter, paper)
    }

    fn show(painter: &mut Painter, text: &str) {
        painter.draw(|frame| frame.render_widget(text, frame.area())).expect("drawn");
    }

    #[test]
    fn a_frame_is_bracketed_and_written_in_one_go() {
        let (mut painter, paper) = painter();
        let before = *paper.writes.lock().expect("not poisoned");
        show(&mut painter, "wave 3");
        let bytes = paper.take();
        assert!(bytes.starts_with(FRAME_BEGIN) && bytes.ends_with(FRAME_END), "{bytes:?}");
        assert!(bytes.contains("wave"));
        assert_eq!(*paper.writes.lock().expect("not poisoned"), before + 1);
    }

    #[test]
    fn an_unchanged_frame_writes_no_byte() {
        let (mut painter, paper) = painter();
        show(&mut painter, "wave 3");
        paper.take();
        show(&mut painter, "wave 3");
        assert_eq!(paper.take(), "");
    }

    #[test]
    fn an_unchanged_frame_with_a_cursor_writes_no_byte() {
        let (mut painter, paper) = painter();
        let mut typed = |at: u16| {
            painter.draw(|frame| frame.set_cursor_position((at, 2))).expect("drawn");
            paper.take()
        };
        assert!(typed(4).contains("\x1b[3;5H\x1b[?25h"));
        assert_eq!(typed(4), "");
        let moved = typed(5);
        assert!(moved.contains("\x1b[3;6H") && !moved.contains("?25h"), "{moved:?}");
    }

    #[test]
    fn a_cursor_is_placed_again_after_cells_and_hidden_when_no_longer_wanted() {
        let (mut painter, paper) = painter();
        painter.draw(|frame| frame.set_cursor_position((0, 0))).expect("drawn");
        paper.take();
        painter
            .draw(|frame| {
                frame.render_widget("x", frame.area());
                frame.set_cursor_position((0, 0));
            })
            .expect("drawn");
        assert!(paper.take().trim_end_matches(FRAME_END).ends_with("\x1b[1;1H"));
        show(&mut painter, "x");
        assert!(paper.take().contains("\x1b[?25l"));
    }

    #[test]
    fn redrawing_paints_everything_without_asking_the_terminal() {
        let (mut painter, paper) = painter();
        show(&mut painter, "wave");
        paper.take();
        painter.redraw().expect("cleared");
        show(&mut painter, "wave");
        let bytes = paper.take();
        assert!(bytes.contains("\x1b[2J") && bytes.contains("wave"), "{bytes:?}");
        assert!(!bytes.contains("\x1b[6n"), "{bytes:?}");
    }

    #[test]
    fn a_resize_to_the_same_size_changes_nothing() {
        let (mut painter, paper) = painter();
        show(&mut painter, "wave");
        paper.take();
        painter.resize(80, 24).expect("same");
        show(&mut painter, "wave");
        assert_eq!(paper.take(), "");
    }

    #[test]
    fn a_resize_gives_the_frame_its_new_area() {
        let (mut painter, _paper) = painter();
        painter.resize(60, 15).expect("resized");
        let mut area = Rect::ZERO;
        painter.draw(|frame| area = frame.area()).expect("drawn");
        assert_eq!(area, Rect::new(0, 0, 60, 15));
    }

    #[test]
    fn modifiers_reach_the_terminal_whatever_the_environment_says_about_colour() {
        let (mut painter, paper) = painter();
        painter
            .draw(|frame| {
                let style = Style::default().fg(ratatui::style::Color::Red).add_modifier(Modifier::REVERSED);
                frame.buffer_mut().set_string(0, 0, "x", style);
            })
            .expect("drawn");
        let bytes = paper.take();
        assert!(bytes.contains("\x1b[7m") && !bytes.contains("\x1b[m"), "{bytes:?}");
    }

    #[test]
    fn the_bell_is_one_byte() {
        let (mut painter, paper) = painter();
        painter.ring().expect("rings");
        assert_eq!(paper.take(), "\x07");
    }

    #[test]
    fn after_coming_back_everything_is_painted_again() {
        let (mut painter, paper) = painter();
        show(&mut painter, "wave");
        painter.leave().expect("leaves");
        paper.take();
        painter.come_back().expect("enters");
        show(&mut painter, "wave");
        let bytes = paper.take();
        assert!(bytes.starts_with(super::super::modes::ENTER) && bytes.contains("wave"), "{bytes:?}");
    }
}
