//! The header: where we are, how true it is, whether anything is armed, and what time it is.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::app::state::{Place, Screen};
use crate::domain::{Reading, RolloutId};
use crate::store::read::Connection;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::view::View;
use crate::ui::words::Words;

/// Cells between the two halves.
const AIR: usize = 2;

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    canvas.clear(area);
    let room = usize::from(area.width.saturating_sub(2));
    let crumbs = crumbs(&view);
    let tabs = tabs(&view);
    let (long, short) = (truth(&view, false).then(3, rest(&view)), truth(&view, true).then(2, rest(&view)));
    let right = if here(&view, &tabs, &crumbs).width() + AIR + long.width() <= room { long } else { short };
    let left_room = room.saturating_sub(right.width() + AIR);
    if tabs.width() + crumbs.width() <= left_room {
        note_tabs(canvas, area.x + 1);
        canvas.put(area.x + 1, area.y, area.width, &tabs.and(crumbs));
    } else {
        let here = Words::new().strong(view.state.place().screen().title()).and(crumbs);
        canvas.put(area.x + 1, area.y, left_room as u16, &here);
    }
    canvas.put_right(area.right() - 1, area.y, area.width - 1, &right);
    canvas.lay(area, Role::Band);
}

/// The shorter form of the left half that still names the place.
fn here(view: &View, tabs: &Words, crumbs: &Words) -> Words {
    if crumbs.is_empty() { tabs.clone() } else { Words::new().strong(view.state.place().screen().title()).and(crumbs.clone()) }
}

fn tabs(view: &View) -> Words {
    Screen::ALL.iter().enumerate().fold(Words::new(), |words, (at, screen)| {
        let role = if *screen == view.state.place().screen() { Role::Strong } else { Role::Dim };
        words.and(if at > 0 { Words::new().gap(1) } else { Words::new() }).role(role, screen.title())
    })
}

fn note_tabs(canvas: &mut Canvas, from: u16) {
    canvas.drawn.tabs.clear();
    let mut x = from;
    for screen in Screen::ALL {
        let width = screen.title().len() as u16;
        canvas.drawn.tabs.push((x, x + width - 1, screen));
        x += width + 1;
    }
}

/// What lies between the screen and here: ` → acme · December baseline → early`.
fn crumbs(view: &View) -> Words {
    let store = &view.state.store;
    let arrow = || Words::new().dim(format!(" {} ", view.glyphs().arrow));
    let rollout = |id: &RolloutId| match store.entry(id) {
        Some(entry) => arrow().text(view.pair(entry.rollout.value.tenant.text(), &entry.rollout.value.name)),
        None => arrow().text(view.pair(id.backend.text(), id.text())),
    };
    match view.state.place() {
        Place::Rollout(id) => rollout(id),
        Place::Wave(id) => {
            let name = store.wave(id).map_or_else(|| id.text(), |wave| wave.name.clone());
            rollout(&id.rollout).and(arrow()).text(name)
        }
        Place::Host(id) => {
            let name = store.stories.get(id).map_or_else(|| id.text(), |story| story.value.name.clone());
            arrow().text(name)
        }
        Place::Found => arrow().text("hosts found"),
        Place::Board | Place::Approvals | Place::Activity | Place::Backends => Words::new(),
    }
}

/// Which connections are live, and the one that is worst.
fn truth(view: &View, short: bool) -> Words {
    let now = &view.state.now;
    let glyphs = view.glyphs();
    let readings: Vec<(&Connection, Reading)> =
        view.state.store.connections.values().map(|connection| (connection, connection.reading(now))).collect();
    let count = |of: fn(&Reading) -> bool| readings.iter().filter(|(_, reading)| of(reading)).count();
    let live = count(|reading| matches!(reading, Reading::Live));
    let waiting = count(|reading| matches!(reading, Reading::Waiting));
    let stale = count(|reading| matches!(reading, Reading::Stale));
    let lost: Vec<_> =
        readings.iter().filter(|(_, reading)| matches!(reading, Reading::Unreachable(_) | Reading::Refused(_))).collect();
    let insecure: Vec<_> = readings.iter().filter(|(connection, _)| connection.insecure).collect();
    let oldest = readings
        .iter()
        .filter(|(_, reading)| matches!(reading, Reading::Stale))
        .filter_map(|(connection, _)| Some((connection, connection.age(now)?)))
        .max_by_key(|(_, age)| *age);
    let mut parts: Vec<Words> = Vec::new();
    if readings.is_empty() {
        parts.push(Words::new().dim("no backend"));
    }
    if live > 0 {
        parts.push(if short {
            Words::new().text(format!("{live} live"))
        } else {
            Words::new().ok(glyphs.dot_full).text(format!(" {live} live"))
        });
    }
    if waiting > 0 {
        let several = if waiting > 1 { format!("{waiting} reading") } else { "reading".to_owned() };
        parts.push(if short { Words::new().dim(several) } else { Words::new().dim(format!("{} {several}", glyphs.dot_empty)) });
    }
    if let Some((connection, age)) = oldest {
        let age = format::age(age);
        parts.push(if short {
            Words::new().warn(format!("{stale} old {age}"))
        } else {
            let more = if stale > 1 { format!(" and {} older", stale - 1) } else { String::new() };
            let more = more.replace("older", "more");
            Words::new().warn(glyphs.dot_half).text(format!(" {} {age}{more}", connection.name))
        });
    }
    if let Some((connection, reading)) = lost.first() {
        let word = if matches!(reading, Reading::Refused(_)) { "refused" } else { "unreachable" };
        parts.push(if short {
            Words::new().alert(format!("{} {}", lost.len(), if lost.len() == 1 { word } else { "not read" }))
        } else {
            let more = if lost.len() > 1 { format!(" and {} more", lost.len() - 1) } else { String::new() };
            Words::new().alert(glyphs.dot_empty).text(format!(" {} ", connection.name)).alert(format!("{word}{more}"))
        });
    }
    if let Some((connection, _)) = insecure.first() {
        let more = if insecure.len() > 1 { format!(" and {} more", insecure.len() - 1) } else { String::new() };
        parts.push(if short {
            Words::new().warn(format!("{} insecure", insecure.len()))
        } else {
            Words::new().warn(format!("{} insecure{more}", connection.name))
        });
    }
    parts.into_iter().fold(Words::new(), |words, part| {
        if words.is_empty() {
            part
        } else if short {
            words.dim(", ").and(part)
        } else {
            words.gap(2).and(part)
        }
    })
}

/// Armed or not, and the clock.
fn rest(view: &View) -> Words {
    let state = view.state;
    let armed = match state.armed.as_ref().filter(|armed| armed.until > state.now.mono) {
        Some(armed) => {
            let left: Duration = armed.until.since(state.now.mono);
            Words::of(Role::Armed, format!(" ARMED {} {} ", armed.tenant, format::countdown(left)))
        }
        None => Words::new().dim("LOOK ONLY"),
    };
    let clock = view.clock(state.now.civil, None);
    let (time, zone) = clock.rsplit_once(' ').unwrap_or((&clock, ""));
    let rate = if state.rate == 0.0 {
        Words::new().warn("stopped")
    } else if (state.rate - 1.0).abs() > f64::EPSILON {
        Words::new().warn(format!("x{}", state.rate))
    } else {
        Words::new()
    };
    armed.then(2, Words::new().text(time).dim(format!(" {zone}"))).then(1, rate)
}
