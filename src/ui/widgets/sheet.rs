//! The frame of a dialog: a rounded border, a title in it, lines that scroll, and a foot that stays.
//!
//! It knows no dialog; it says how many lines fit, so that scrolling can stop.

use ratatui::layout::Rect;

use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::words::Words;

/// Columns of a dialog at most.
const WIDTH: u16 = 104;

#[derive(Default)]
pub struct Sheet {
    pub title: Words,
    /// What scrolls.
    pub lines: Vec<Words>,
    /// What stays in sight: fields, and what the keys do.
    pub foot: Vec<Words>,
    pub scroll: usize,
    /// Lines before and after those in `lines` that were not made, because nobody sees them.
    pub above: usize,
    pub below: usize,
}

/// Columns that text has inside a sheet on a screen of this width.
pub fn inner_width(screen: u16) -> usize {
    usize::from(outer_width(screen).saturating_sub(6))
}

fn outer_width(screen: u16) -> u16 {
    if screen <= 84 { screen } else { (screen - 8).min(WIDTH) }
}

/// Draws it in the middle of `screen`, over header and hints never.
pub fn draw(canvas: &mut Canvas, screen: Rect, sheet: &Sheet) {
    let inner = inner_width(screen.width);
    let wrap = |lines: &[Words]| -> Vec<Words> {
        lines.iter().flat_map(|line| if line.is_empty() { vec![Words::new()] } else { line.wrap(inner) }).collect()
    };
    let (lines, foot) = (wrap(&sheet.lines), wrap(&sheet.foot));
    let room = screen.height.saturating_sub(2);
    // The border, and a line of air at each end of the text.
    let wanted = (lines.len() + foot.len()) as u16 + 4;
    let height = wanted.min(room);
    let tight = wanted > room;
    let area = Rect {
        x: screen.x + (screen.width - outer_width(screen.width)) / 2,
        y: screen.y + 1 + (room - height) / 2,
        width: outer_width(screen.width),
        height,
    };
    if area.height < 3 || area.width < 8 {
        return;
    }
    canvas.clear(area);
    border(canvas, area, &sheet.title);
    let air = u16::from(!tight);
    let text = Rect { x: area.x + 3, y: area.y + 1 + air, width: area.width - 6, height: area.height - 2 - 2 * air };
    // The foot keeps at most what leaves one line for the rest.
    let foot_height = (foot.len() as u16).min(text.height.saturating_sub(u16::from(!lines.is_empty())));
    let fits = usize::from(text.height - foot_height);
    // Lines that were left out are scrolled past already.
    let scroll = if sheet.above + sheet.below > 0 { 0 } else { sheet.scroll.min(lines.len().saturating_sub(fits)) };
    let total = sheet.above + lines.len() + sheet.below;
    for (y, line) in (text.y..).zip(lines.iter().skip(scroll).take(fits)) {
        canvas.put(text.x, y, text.width, line);
    }
    let from = foot.len() - usize::from(foot_height);
    for (y, line) in (text.bottom() - foot_height..).zip(&foot[from..]) {
        canvas.put(text.x, y, text.width, line);
    }
    if total > fits {
        let first = sheet.above + scroll;
        let part = format!(" {}-{} of {total} lines ", first + 1, (first + fits).min(total));
        canvas.put_right(area.right() - 2, area.bottom() - 1, area.width, &Words::new().dim(part));
    }
    canvas.drawn.dialog = Some((fits, total));
}

fn border(canvas: &mut Canvas, area: Rect, title: &Words) {
    let glyphs = *canvas.view.glyphs();
    let across = usize::from(area.width - 2);
    let line = |left: &str, right: &str| Words::of(Role::Border, format!("{left}{}{right}", glyphs.rule.repeat(across)));
    canvas.put(area.x, area.y, area.width, &line(glyphs.top_left, glyphs.top_right));
    canvas.put(area.x, area.bottom() - 1, area.width, &line(glyphs.bottom_left, glyphs.bottom_right));
    for y in area.y + 1..area.bottom() - 1 {
        for x in [area.x, area.right() - 1] {
            canvas.put(x, y, 1, &Words::of(Role::Border, glyphs.vertical));
        }
    }
    if !title.is_empty() {
        let title = title.cut(across.saturating_sub(4), glyphs.ellipsis);
        canvas.put(area.x + 2, area.y, area.width - 4, &Words::new().gap(1).and(title).gap(1));
    }
}
