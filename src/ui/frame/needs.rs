//! The line under the header: what needs a person, and at its right what was just said.
//!
//! What needs a person is never cut for a notice: where both have no room, the notice takes the line of the hints.

use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::state::{JournalSeat, Notice, Weight};
use crate::domain::NeedKind;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::words::Words;
use crate::ui::{format, gates, lanes};

/// Cells between the two.
const AIR: usize = 3;
/// Less of a notice than this tells nothing: under a dialog or a field it waits, or is over.
const SCRAP: usize = 24;

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let room = usize::from(area.width.saturating_sub(2));
    let left = needs(&view, room);
    let taken = canvas.put(area.x + 1, area.y, room as u16, &left);
    let rest = room.saturating_sub(usize::from(taken) + AIR);
    let said = said(&view);
    if below(&view, room).is_none() && rest >= said.width().min(SCRAP) {
        canvas.put_right(area.right().saturating_sub(1), area.y, rest as u16, &said);
    }
}

/// What was just said, if it has no room beside what needs a person. A field or a dialog keeps the line it is in.
pub fn below(view: &View, room: usize) -> Option<Words> {
    let said = said(view);
    let free = view.state.field.is_none() && view.state.dialog().is_none();
    let both = needs(view, room).width() + AIR + said.width() <= room;
    (free && !both && !said.is_empty()).then_some(said)
}

/// What needs a person, most urgent first, on at most `room` cells. What the header tells as well goes first.
fn needs(view: &View, room: usize) -> Words {
    let state = view.state;
    let of = |kind: NeedKind| state.needs.iter().filter(|need| need.kind == kind).count();
    let failed = state.store.totals().failed;
    let mut parts: Vec<(u8, Words)> = Vec::new();
    if let JournalSeat::Broken(why) = &state.journal {
        parts.push((0, Words::new().alert(format!("no journal, actions are refused: {why}"))));
    }
    let (unknown, waiting) = (of(NeedKind::Unknown), of(NeedKind::Approval));
    let kinds = [
        (0, unknown, Role::Alert, if unknown == 1 { "unknown outcome" } else { "unknown outcomes" }),
        (0, of(NeedKind::Limit), Role::Alert, "paused by its limit"),
        (1, waiting, Role::Warn, if waiting == 1 { "waits for you" } else { "wait for you" }),
        (4, of(NeedKind::Unreachable), Role::Alert, "cannot be read"),
    ];
    for (rank, number, role, said) in kinds {
        if number > 0 {
            parts.push((rank, Words::of(role, format::count(number as u64)).text(format!(" {said}"))));
        }
    }
    if failed > 0 {
        let mut said = Words::of(Role::Alert, format::count(failed.into())).text(" failed");
        let (causes, new) = (state.store.queue.clusters().len(), state.new_causes());
        if causes > 0 {
            said = said.text(format!(", {}", format::some(causes as u32, "cause")));
        }
        if new > 0 {
            said = said.text(", ").role(Role::New, format!("{new} new"));
        }
        parts.push((2, said));
    }
    for (lane, hosts) in &state.helpless {
        parts.push((3, lanes::hosts(*lane, *hosts).text(format!(" {}", lane.word()))));
    }
    if let Some(words) = overrides(view) {
        parts.push((0, words));
    }
    parts.extend(window(view, &parts, room));
    if state.needs.is_empty() && parts.is_empty() {
        let heard = state.store.connections.values().any(|connection| connection.board_seen.is_some());
        return Words::new().dim(if heard { "nothing needs you" } else { "reading, nothing is known yet" });
    }
    if let Some(key) = view.key(Action::NextNeed).filter(|_| !state.needs.is_empty()) {
        parts.push((3, Words::new().dim(format!("{key}: next"))));
    }
    gates::fitting(parts, room)
}

/// What may begin outside its window now, and until when.
fn overrides(view: &View) -> Option<Words> {
    let state = view.state;
    let mut held = state.overrides.iter().filter(|held| held.period.holds(state.now.civil));
    let first = held.next()?;
    let and = match held.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let until = view.short(first.period.to(), Some(&first.tenant));
    Some(Words::new().warn(format!("override {} to {until}{and}", first.tenant)))
}

/// What is under way at the end of a window or said otherwise by a backend, in as many words as have room beside what is most urgent.
fn window(view: &View, parts: &[(u8, Words)], room: usize) -> Option<(u8, Words)> {
    let mut all = view.state.needs.iter().filter(|need| need.kind == NeedKind::Window);
    let first = all.next()?;
    let of_a_backend = first.set.is_some();
    let (mut ends, mut differ) = (first.rollout.is_some(), of_a_backend);
    let mut more = 0;
    for need in all {
        (ends, differ) = (ends && need.rollout.is_some(), differ && need.set.is_some());
        more += 1;
    }
    let all_of_them = match (ends, differ) {
        (true, _) => "at a window's end",
        (_, true) if more == 0 => "window conflict",
        (_, true) => "window conflicts",
        (false, false) => "about windows",
    };
    let tenant = first.tenant.as_ref().map_or_else(String::new, |tenant| format!("{tenant}: "));
    let and = if more > 0 { format!(", and {more} more") } else { String::new() };
    let what = first.what.as_str();
    let short = what.split(';').next().unwrap_or(what);
    // `cutoff 23:36` alone, where the hosts have no room.
    let head = short.split(": ").next().unwrap_or(short);
    // Without the names of hosts that are still going: the Windows screen has them.
    let nameless = what.split("; still going: ").next().unwrap_or(what);
    let few = if more > 0 { format!(", +{more}") } else { String::new() };
    let warn = |said: String| Words::new().warn(said);
    let with = |what: &str| warn(format!("{tenant}{what}{and}"));
    let brief = [with(head), warn(format!("{tenant}{head}{few}"))];
    // A backend that says otherwise is no reason to say less of what waits for a person.
    let own = u8::from(of_a_backend);
    let taken =
        |most: u8| -> usize { parts.iter().filter(|(rank, _)| *rank <= most).map(|(_, words)| words.width() + AIR).sum() };
    let beside = |told: &[Words], most: u8| told.iter().find(|words| words.width() + taken(most) <= room).cloned();
    // That hosts begin unless somebody pauses comes before all that only waits; else what waits and what failed has its room
    // first, and of hosts at work are said as many words as are left.
    let said = if of_a_backend {
        beside(&[with(short)], 2).or_else(|| beside(&brief, 2))
    } else if nameless == short {
        let whole = beside(&[with(what), with(short)], 3).or_else(|| beside(&[with(short)], 2));
        whole.or_else(|| beside(&brief, 2)).or_else(|| beside(&[with(short)], 1)).or_else(|| beside(&brief, 1))
    } else {
        let whole = beside(&[with(what)], 3);
        whole.or_else(|| (1..=3).rev().find_map(|most| beside(&[with(nameless)], most)))
    };
    let least = [with(nameless), with(short)].into_iter().chain(brief).chain([warn(format!("{} {all_of_them}", more + 1))]);
    let least: Vec<Words> = if of_a_backend { least.skip(1).collect() } else { least.collect() };
    Some((own, said.or_else(|| beside(&least, own)).unwrap_or_else(|| warn(format!("{} window", more + 1)))))
}

fn said(view: &View) -> Words {
    let state = view.state;
    let recent = |notice: &&Notice| view.since(notice.at) < notice.weight.lasts();
    if let Some(notice) = state.notices.back().filter(recent) {
        let role = match notice.weight {
            Weight::Info => Role::Accent,
            Weight::Warn => Role::Warn,
            Weight::Alert => Role::Alert,
        };
        return Words::of(role, &notice.text);
    }
    if let Some(flight) = state.in_flight.values().next() {
        let more = if state.in_flight.len() > 1 { format!(", and {} more", state.in_flight.len() - 1) } else { String::new() };
        return Words::new().accent(format!("{} {}: {}{more}", flight.verb.word(), flight.tenant, flight.phase.word()));
    }
    match &state.read_now {
        Some(read) if !read.waiting.is_empty() => {
            let names: Vec<String> = read.waiting.iter().map(ToString::to_string).collect();
            Words::new().dim(format!("reading {}", names.join(", ")))
        }
        _ => Words::new(),
    }
}
