//! The last line: what the keys do here, from the live keymap; the field that is being typed in; or, for
//! some seconds, a notice that has no room above.

use ratatui::layout::Rect;

use super::needs;
use crate::action::{Action, Verb};
use crate::app::state::{Field, Place, RowId};
use crate::store::read::Pile;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::field;
use crate::ui::words::Words;
use crate::ui::{parts, screens};

/// Cells between two hints.
const AIR: usize = 2;

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let room = usize::from(area.width.saturating_sub(2));
    if let Some(said) = needs::below(&view, room) {
        // A long one is not cut: it grows upwards.
        let lines = said.wrap(room);
        let height = (lines.len() as u16).min(area.y);
        let band = Rect { y: area.bottom() - height, height, ..area };
        canvas.clear(band);
        canvas.lay(band, Role::Band);
        for (y, line) in (band.y..).zip(&lines) {
            canvas.put(area.x + 1, y, room as u16, line);
        }
        return;
    }
    canvas.lay(area, Role::Band);
    if view.state.dialog().is_none() {
        let (left, right) = match &view.state.field {
            Some(field) => typing(&view, field),
            None => (here(&view, room), Words::new()),
        };
        let right = if right.is_empty() && view.state.field.is_none() { always(&view) } else { right };
        let right =
            if left.width() + 2 + right.width() <= room { right } else { fewer(&view, room.saturating_sub(left.width() + 2)) };
        canvas.put(area.x + 1, area.y, room as u16, &left);
        canvas.put_right(area.right() - 1, area.y, room as u16, &right);
    }
}

/// One hint; an action without a key has none.
fn hint(view: &View, action: Action, bright: bool) -> Words {
    match view.key(action) {
        Some(key) if bright => Words::of(Role::Key, key).text(format!(" {}", action.row().hint)),
        Some(key) => Words::new().dim(format!("{key} {}", action.row().hint)),
        None => Words::new(),
    }
}

fn here(view: &View, room: usize) -> Words {
    let mut words = Words::new();
    if let Some(entry) = parts::rollout_here(view) {
        let rollout = &entry.rollout.value;
        let armed = view.state.is_armed(&rollout.tenant);
        // What this backend cannot, or this login may not, stands last and dim; pressed it says why.
        let possible = |verb: &Verb| parts::can(view, rollout, *verb) && view.state.forbids(&rollout.id.backend, *verb).is_none();
        let (can, cannot): (Vec<Verb>, Vec<Verb>) = parts::verbs(rollout).into_iter().partition(possible);
        let verbs = can.into_iter().map(|verb| (verb, armed)).chain(cannot.into_iter().map(|verb| (verb, false)));
        for (verb, bright) in verbs.take(4) {
            words = words.then(2, hint(view, verb.action(), bright));
        }
    }
    if let Some(armed) = parts::failures_here(view) {
        words = [Action::Retry, Action::RollBack].iter().fold(words, |words, verb| words.then(2, hint(view, *verb, armed)));
    }
    if let Some(tenant) = parts::rest_here(view) {
        words = words.then(2, hint(view, Action::Retry, view.state.is_armed(tenant)));
    }
    // The way to the help, which names what does not fit, has its room, and so has arming.
    let room = room.saturating_sub(AIR + few(view).width());
    for action in screens::about(view.state.place()).looks {
        let more = words.clone().then(AIR, hint(view, *action, helps(view, *action)));
        if more.width() > room {
            break;
        }
        words = more;
    }
    words
}

/// Whether the key does something to the selected row; it keeps its place where it does not.
fn helps(view: &View, action: Action) -> bool {
    match (action, view.state.place(), view.selected()) {
        (Action::Note | Action::Ticket, Place::Failures, Some(RowId::Lane(_))) => false,
        (Action::Note, Place::Failures, Some(RowId::Pile(pile))) => matches!(pile, Pile::Cause(_)),
        (Action::Note | Action::Ticket, Place::Host(host), _) => view.state.store.queue.of(host).is_some(),
        _ => true,
    }
}

/// Keys of a chord so far, and what works everywhere.
fn always(view: &View) -> Words {
    if !view.state.pending.is_empty() {
        let keys: Vec<String> = view.state.pending.iter().map(ToString::to_string).collect();
        return Words::of(Role::Key, keys.join(" ")).dim(" ...");
    }
    [Action::Arm, Action::Filter, Action::Command, Action::Help]
        .iter()
        .fold(Words::new(), |words, action| words.then(2, hint(view, *action, false)))
}

fn few(view: &View) -> Words {
    [Action::Arm, Action::Help].iter().fold(Words::new(), |words, action| words.then(AIR, hint(view, *action, false)))
}

/// Help comes first where there is little room.
fn fewer(view: &View, room: usize) -> Words {
    let few = few(view);
    let help = hint(view, Action::Help, false);
    if few.width() <= room {
        few
    } else if help.width() <= room {
        help
    } else {
        Words::new()
    }
}

fn typing(view: &View, typed: &Field) -> (Words, Words) {
    match typed {
        Field::Filter(input) => {
            let (shown, of) = view.state.list().map_or((0, 0), |list| (list.order.len(), list.of));
            let keys = Words::of(Role::Key, "enter").text(" keep  ").role(Role::Key, "esc").text(" drop");
            let said = Words::new().dim(format!("{shown} of {of} loaded   ")).and(keys);
            (Words::new().accent("filter ").and(field::line(input, true)), said)
        }
        Field::Find(input) => {
            let keys = Words::of(Role::Key, "enter").text(" search all backends  ").role(Role::Key, "esc").text(" drop");
            (Words::new().accent("find host ").and(field::line(input, true)), keys)
        }
    }
}
