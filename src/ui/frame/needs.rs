//! The line under the header: what needs a person, and at its right what was just said.

use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::state::{JournalSeat, Notice, Weight};
use crate::domain::NeedKind;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::view::View;
use crate::ui::words::Words;

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let room = usize::from(area.width.saturating_sub(2));
    let right = said(&view).cut(room, view.glyphs().ellipsis);
    let left = needs(&view);
    let both = left.width() + 3 + right.width() <= room;
    // What was just said is short-lived and answers a key: where both have no room, it is what is read.
    if both || right.is_empty() {
        canvas.put(area.x + 1, area.y, room as u16, &left);
    } else {
        let rest = room.saturating_sub(right.width() + 3);
        if rest > 12 {
            canvas.put(area.x + 1, area.y, rest as u16, &left);
        }
    }
    canvas.put_right(area.right().saturating_sub(1), area.y, room as u16, &right);
}

fn needs(view: &View) -> Words {
    let state = view.state;
    let of = |kind: NeedKind| state.needs.iter().filter(|need| need.kind == kind).count();
    let part = |words: Words, number: usize, role: Role, said: &str| {
        if number == 0 { words } else { words.then(3, Words::of(role, number.to_string()).text(format!(" {said}"))) }
    };
    let unknown = of(NeedKind::Unknown);
    let mut words = Words::new();
    if let JournalSeat::Broken(why) = &state.journal {
        words = words.alert(format!("no journal, actions are refused: {why}"));
    }
    words = part(words, unknown, Role::Alert, if unknown == 1 { "unknown outcome" } else { "unknown outcomes" });
    words = part(words, of(NeedKind::Limit), Role::Alert, "paused by its limit");
    words = part(
        words,
        of(NeedKind::Approval),
        Role::Warn,
        if of(NeedKind::Approval) == 1 { "waits for you" } else { "wait for you" },
    );
    words = part(words, of(NeedKind::Unreachable), Role::Alert, "cannot be read");
    let failed = state.store.totals().failed;
    if failed > 0 {
        words = words.then(3, Words::new().alert(format::count(failed.into())).text(" failed"));
    }
    if state.needs.is_empty() {
        let heard = state.store.connections.values().any(|connection| connection.board_seen.is_some());
        return match (words.is_empty(), heard) {
            (true, true) => Words::new().dim("nothing needs you"),
            (true, false) => Words::new().dim("reading, nothing is known yet"),
            (false, _) => words,
        };
    }
    match view.key(Action::NextNeed) {
        Some(key) => words.then(3, Words::new().dim(format!("{key}: next"))),
        None => words,
    }
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
