//! The screen, named top to bottom:
//!
//! ```text
//!  Board Approvals Activity Backends        ● 2 live  ◐ awx-eu 45s   LOOK ONLY   23:14 CET    header
//!  1 paused by its limit   1 waits for you   19 failed   tab: next        newest notice       needs
//!
//!  TENANT  ROLLOUT ...                                                                        body: one screen,
//! ▌acme    December baseline ...                                                                a list and its detail
//!  ─────────────────────────────────────────────
//!  acme · December baseline   PAUSED by its own limit ...
//!
//!  a approve  p pause  enter open                        ! arm  / filter  : command  ? help   hints
//! ```
//!
//! It divides the space and hands each part on; dialogs are drawn over it. It draws no list itself.

mod header;
mod hints;
mod needs;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::words::Words;
use super::{dialogs, screens, step_back};

/// The least a cockpit can be used in.
const LEAST: (u16, u16) = (60, 15);

pub(super) fn draw(canvas: &mut Canvas, area: Rect) {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(canvas, area);
        return;
    }
    let line = |y: u16| Rect { y, height: 1, ..area };
    let body = Rect { y: area.y + 2, height: area.height - 3, ..area };
    header::draw(canvas, line(area.y));
    needs::draw(canvas, line(area.y + 1));
    screens::draw(canvas, body);
    hints::draw(canvas, line(area.bottom() - 1));
    if let Some(dialog) = canvas.view.state.dialog() {
        let theme = canvas.view.theme;
        step_back(canvas.buffer(), theme);
        // Who is armed, and which backends are read, is never dimmed away.
        header::draw(canvas, line(area.y));
        dialogs::draw(canvas, area, dialog);
    }
}

fn too_small(canvas: &mut Canvas, area: Rect) {
    let said = format!("{}x{} needed, this is {}x{}", LEAST.0, LEAST.1, area.width, area.height);
    let said = Words::new().text(said);
    if usize::from(area.width) >= said.width() {
        let x = (area.width - said.width() as u16) / 2;
        canvas.put(area.x + x, area.y + area.height / 2, area.width, &said);
    } else {
        canvas.paragraph(area, &[said]);
    }
}
