//! One line of time: openings, the part after the cutoff, freezes, overrides, work under way, and now.
//!
//! A cell shows the strongest thing that lies in it: now before work, work before an override, an override before a freeze,
//! a freeze before an opening.

use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::Row;
use crate::domain::Period;
use crate::theme::{Glyphs, Role};
use crate::ui::canvas::Canvas;
use crate::ui::words::Words;

/// The cell of a moment on `width` cells.
fn cell(range: Period, width: u16, at: Timestamp) -> Option<u16> {
    if !range.holds(at) || width == 0 {
        return None;
    }
    let passed = at.duration_since(range.from()).as_secs_f64() / range.length().as_secs_f64();
    Some(((passed * f64::from(width)) as u16).min(width - 1))
}

/// The cells that a period covers at least a part of.
fn cells(range: Period, width: u16, period: Period) -> Option<RangeInclusive<u16>> {
    let common = range.common(period)?;
    let last = common.to().checked_sub(SignedDuration::from_secs(1)).ok()?.max(common.from());
    Some(cell(range, width, common.from())?..=cell(range, width, last)?)
}

/// Where now is, above the axis; or which days are shown, where now is out of sight.
pub fn head(canvas: &mut Canvas, area: Rect, range: Period, zone: &TimeZone) {
    let view = canvas.view;
    let now = view.state.now.civil;
    let Some(x) = cell(range, area.width, now) else {
        let day = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M %Z").to_string();
        canvas.put(area.x, area.y, area.width, &Words::new().dim(format!("{} to {}", day(range.from()), day(range.to()))));
        return;
    };
    let clock = now.to_zoned(zone.clone()).strftime("%H:%M %Z").to_string();
    let words = Words::new().accent(view.glyphs().now_head);
    if usize::from(area.width - x) > clock.len() + 2 {
        canvas.put(area.x + x, area.y, area.width - x, &words.accent(format!(" {clock}")));
    } else {
        canvas.put(area.x + x, area.y, 1, &words);
        canvas.put_right(area.x + x, area.y, x, &Words::new().accent(format!("{clock} ")));
    }
}

/// The marks of the axis with their words, as many as have room.
pub fn axis(canvas: &mut Canvas, area: Rect, range: Period, marks: &[(Timestamp, String)]) {
    let mut free = 0;
    for (at, words) in marks {
        let Some(x) = cell(range, area.width, *at) else { continue };
        let wide = words.len() as u16;
        if x >= free && x + wide <= area.width {
            canvas.put(area.x + x, area.y, wide, &Words::new().dim(words));
            free = x + wide + 1;
        }
    }
}

/// The line of one set.
pub fn row(canvas: &mut Canvas, area: Rect, row: &Row, range: Period, marks: &[(Timestamp, String)]) {
    let view = canvas.view;
    let (state, glyphs, now) = (view.state, view.glyphs(), view.state.now.civil);
    let mut line: Vec<(Role, &str)> = vec![(Role::Text, " "); usize::from(area.width)];
    let mut put = |period: Period, role: Role, glyph: &'static str| {
        for x in cells(range, area.width, period).into_iter().flatten() {
            line[usize::from(x)] = (role, glyph);
        }
    };
    for (at, _) in marks {
        let point = at.checked_add(SignedDuration::from_secs(1)).ok().and_then(|to| Period::new(*at, to));
        if let Some(point) = point {
            put(point, Role::Dim, glyphs.hour);
        }
    }
    for opening in state.calendars.openings(row.set, range) {
        let (role, glyph) = match opening.period {
            period if period.holds(now) => (Role::Ok, glyphs.open),
            period if period.to() <= now => (Role::Dim, glyphs.planned),
            _ => (Role::Ok, glyphs.planned),
        };
        put(opening.period, role, glyph);
        if let Some(tail) = Period::new(opening.cutoff, opening.period.to()) {
            put(tail, Role::Warn, glyphs.tail);
        }
    }
    for frozen in state.calendars.frozen(row.set, range) {
        put(frozen.period, Role::Freeze, glyphs.frozen);
    }
    for held in state.overrides_of(row.set) {
        put(held.period, Role::Warn, glyphs.held);
    }
    for stretch in state.stretches(row.set, &row.live) {
        let (role, glyph) = match (stretch.allowed, stretch.passed) {
            (false, _) => (Role::Warn, glyphs.outside),
            (true, true) => (Role::Accent, glyphs.bar_done),
            (true, false) => (Role::Accent, glyphs.bar_rest),
        };
        put(stretch.period, role, glyph);
    }
    if let Some(x) = cell(range, area.width, now) {
        line[usize::from(x)] = (Role::Accent, glyphs.now);
    }
    let words = line.chunk_by(|one, two| one.0 == two.0).fold(Words::new(), |words, run| {
        let text: String = run.iter().map(|(_, glyph)| *glyph).collect();
        words.role(run[0].0, text)
    });
    canvas.put(area.x, area.y, area.width, &words);
}

/// What the signs mean, as many of them as have room; what is seen most comes first.
pub fn legend(glyphs: &Glyphs, room: usize) -> Words {
    // What is expected of it is the same line, thinner.
    let at_work = [glyphs.bar_done, glyphs.bar_rest].concat();
    let signs = [
        (Role::Ok, glyphs.open, "open"),
        // It has passed, or it is to come: the line of now says which.
        (Role::Ok, glyphs.planned, "not now"),
        (Role::Warn, glyphs.tail, "past cutoff"),
        (Role::Freeze, glyphs.frozen, "freeze"),
        (Role::Accent, &at_work, "at work"),
        (Role::Warn, glyphs.outside, "outside"),
        (Role::Warn, glyphs.held, "override"),
    ];
    let mut words = Words::new();
    for (role, glyph, said) in signs {
        let more = words.clone().then(2, Words::of(role, glyph).dim(format!(" {said}")));
        if more.width() > room {
            break;
        }
        words = more;
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_lies_in_the_range_is_seen_however_short_and_what_does_not_is_not(
            from in -200_000_i64..200_000, long in 1_i64..400_000, width in 1_u16..200,
        ) {
            let at = |seconds: i64| Timestamp::from_second(1_780_000_000 + seconds).expect("in range");
            let range = Period::new(at(0), at(100_000)).expect("a period");
            let period = Period::new(at(from), at(from + long)).expect("a period");
            let found = cells(range, width, period);
            prop_assert_eq!(found.is_some(), period.overlaps(range));
            if let Some(found) = found {
                prop_assert!(found.start() <= found.end() && *found.end() < width);
            }
        }
    }
}
