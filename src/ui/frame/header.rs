//! The header: where we are, how true it is, whether anything is armed, and what time it is.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::app::state::{Place, Screen};
use crate::domain::{Reading, RolloutId};
use crate::store::read::Connection;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::words::Words;
use crate::ui::{causes, format};

/// Cells between the two halves.
const AIR: usize = 2;

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    canvas.clear(area);
    // Below the words: what is armed has a ground of its own.
    canvas.lay(area, Role::Band);
    let room = usize::from(area.width.saturating_sub(2));
    let (tabs, crumbs, last) = (tabs(&view), crumbs(&view), last_crumb(&view));
    let title = Words::new().strong(view.state.trail.screen().title());
    let trail = if crumbs.is_empty() { tabs.clone() } else { title.clone().and(crumbs.clone()) };
    // Rich to poor: what is said at the right gives way before the name of the place does.
    let levels =
        [(Detail::Long, trail.clone()), (Detail::Short, trail), (Detail::Short, last.clone()), (Detail::Worst, last.clone())];
    let right = |detail| truth(&view, detail).then(if detail == Detail::Long { 3 } else { 2 }, rest(&view));
    let (detail, left) = levels
        .into_iter()
        .find(|(detail, left)| left.width() + AIR + right(*detail).width() <= room)
        .unwrap_or((Detail::Least, last));
    let right = right(detail);
    let left_room = room.saturating_sub(right.width() + AIR);
    canvas.drawn.tabs.clear();
    if tabs.width() + crumbs.width() <= left_room {
        note_tabs(canvas, area.x + 1);
        canvas.put(area.x + 1, area.y, area.width, &tabs.and(crumbs));
    } else {
        canvas.put(area.x + 1, area.y, left_room as u16, &left);
    }
    canvas.put_right(area.right() - 1, area.y, area.width - 1, &right);
}

/// How much is said of the connections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// The oldest and the worst by name.
    Long,
    /// Counts.
    Short,
    /// How many are live, and the worst.
    Worst,
    /// The worst alone.
    Least,
}

fn tabs(view: &View) -> Words {
    Screen::ALL.iter().enumerate().fold(Words::new(), |words, (at, screen)| {
        let role = if *screen == view.state.trail.screen() { Role::Strong } else { Role::Dim };
        words.and(if at > 0 { Words::new().gap(1) } else { Words::new() }).role(role, screen.title())
    })
}

fn note_tabs(canvas: &mut Canvas, from: u16) {
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
        Place::Lane(lane) => arrow().text(lane.word()),
        Place::Pile(pile) => arrow().text(causes::pile_name(view, pile)),
        // A screen of the header's own.
        _ => Words::new(),
    }
}

/// The name of the place, where its way has no room: the tenant first, so that what is cut is the name at the right.
fn last_crumb(view: &View) -> Words {
    let store = &view.state.store;
    match view.state.place() {
        Place::Rollout(id) => match store.entry(id) {
            Some(entry) => Words::new().strong(view.pair(entry.rollout.value.tenant.text(), &entry.rollout.value.name)),
            None => Words::new().strong(id.text()),
        },
        Place::Wave(id) => {
            let name = store.wave(id).map_or_else(|| id.text(), |wave| wave.name.clone());
            match store.entry(&id.rollout).map(|entry| &entry.rollout.value) {
                Some(rollout) => Words::new()
                    .strong(view.pair(rollout.tenant.text(), &rollout.name))
                    .dim(format!(" {} ", view.glyphs().arrow))
                    .strong(name),
                None => Words::new().strong(name),
            }
        }
        Place::Host(id) => Words::new().strong(store.stories.get(id).map_or_else(|| id.text(), |story| story.value.name.clone())),
        Place::Found => Words::new().strong("hosts found"),
        Place::Lane(lane) => Words::new().strong(lane.word()),
        Place::Pile(pile) => Words::new().strong(causes::pile_name(view, pile)),
        place => Words::new().strong(place.screen().title()),
    }
}

/// Which connections are live, and the one that is worst.
fn truth(view: &View, detail: Detail) -> Words {
    let now = &view.state.now;
    let glyphs = view.glyphs();
    let long = detail == Detail::Long;
    let known: Vec<(&Connection, Reading)> =
        view.state.store.connections.values().map(|connection| (connection, connection.reading(now))).collect();
    let count = |of: fn(&Reading) -> bool| known.iter().filter(|(_, reading)| of(reading)).count();
    let live = count(|reading| matches!(reading, Reading::Live));
    let waiting = count(|reading| matches!(reading, Reading::Waiting));
    let stale = count(|reading| matches!(reading, Reading::Stale));
    let lost: Vec<_> = known
        .iter()
        .filter(|(_, reading)| matches!(reading, Reading::Unreachable(_) | Reading::Failing(_) | Reading::Refused(_)))
        .collect();
    let insecure: Vec<_> = known.iter().filter(|(connection, _)| connection.insecure).collect();
    let oldest = known
        .iter()
        .filter(|(_, reading)| matches!(reading, Reading::Stale))
        .filter_map(|(connection, _)| Some((connection, connection.age(now)?)))
        .max_by_key(|(_, age)| *age);
    let mut parts: Vec<Words> = Vec::new();
    if known.is_empty() {
        parts.push(Words::new().dim("no backend"));
    }
    if live > 0 && detail != Detail::Least {
        let dot = if long { Words::new().ok(glyphs.dot_full).gap(1) } else { Words::new() };
        parts.push(dot.text(format!("{live} live")));
    }
    if waiting > 0 {
        let dot = if long { format!("{} ", glyphs.dot_empty) } else { String::new() };
        let several = if waiting > 1 { format!("{waiting} ") } else { String::new() };
        parts.push(Words::new().dim(format!("{dot}{several}reading")));
    }
    if let Some((connection, age)) = oldest.filter(|_| lost.is_empty() || matches!(detail, Detail::Long | Detail::Short)) {
        let age = format::age(age);
        parts.push(if long {
            Words::new().warn(glyphs.dot_half).text(format!(" {} {age}{}", connection.name, more(stale)))
        } else {
            Words::new().warn(format!("{stale} old {age}"))
        });
    }
    let unseen = |connection: &Connection| connection.age(now).unwrap_or(Duration::MAX);
    if let Some((connection, reading)) = lost.iter().max_by_key(|(connection, _)| unseen(connection)) {
        // How long nothing is known of it; without a number where nothing ever was.
        let age = connection.age(now).map_or(String::new(), |age| format!(" {}", format::age(age)));
        let word = match reading {
            Reading::Refused(_) => "refused",
            Reading::Failing(_) => "failing",
            _ => "unreachable",
        };
        parts.push(if long {
            let name = Words::new().alert(glyphs.dot_empty).text(format!(" {} ", connection.name));
            name.alert(format!("{word}{age}{}", more(lost.len())))
        } else {
            Words::new().alert(format!("{} {}{age}", lost.len(), if lost.len() == 1 { word } else { "not read" }))
        });
    }
    if let Some((connection, _)) = insecure.first() {
        parts.push(Words::new().warn(if long {
            format!("{} insecure{}", connection.name, more(insecure.len()))
        } else {
            format!("{} insecure", insecure.len())
        }));
    }
    let between = || if long { Words::new().gap(2) } else { Words::new().dim(", ") };
    parts.into_iter().fold(Words::new(), |words, part| if words.is_empty() { part } else { words.and(between()).and(part) })
}

/// ` and 2 more`, behind the one that is named.
fn more(all: usize) -> String {
    if all > 1 { format!(" and {} more", all - 1) } else { String::new() }
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
