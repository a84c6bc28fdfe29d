//! Moving about: rows, places, needs, and what drawing and the mouse tell.

use crate::app::rows;
use crate::app::state::{Dialog, Drawn, Place, RowId, State, Weight};
use crate::domain::{HostSet, Need, NeedKind, WaveId};
use crate::store::queue::Pile;

/// Moves the selection by rows.
pub fn step(state: &mut State, by: isize) {
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place) {
        list.step(by);
    }
}

pub fn page(state: &mut State, pages: isize) {
    let rows = state.list().map_or(1, |list| list.page.saturating_sub(1).max(1));
    step(state, pages.saturating_mul(rows.cast_signed()));
}

/// Lines that one press moves the detail by.
const DETAIL: usize = 5;

/// Scrolls the detail of the selected thing; the next draw says how far it can go.
pub fn detail(state: &mut State, down: bool) {
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place) {
        let at = list.detail();
        list.scroll_detail(if down { at + DETAIL } else { at.saturating_sub(DETAIL) });
    }
}

pub fn edge(state: &mut State, last: bool) {
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place) {
        if last {
            list.last();
        } else {
            list.first();
        }
    }
}

/// Goes to a place and makes its rows.
pub fn go(state: &mut State, place: Place) {
    state.trail.go(place);
    arrive(state);
}

pub fn back(state: &mut State) {
    if state.trail.back() {
        arrive(state);
    } else {
        let leave = state.keymap.label(crate::action::Action::Quit).unwrap_or_else(|| ":quit".to_owned());
        state.notice(Weight::Info, format!("this is the first screen; {leave} leaves patchdeck"));
    }
}

pub fn forward(state: &mut State) {
    if state.trail.forward() {
        arrive(state);
    }
}

/// Makes the rows of the place we came to, and forgets hosts that no place leads to any more.
fn arrive(state: &mut State) {
    let kept: Vec<&Place> = state.trail.all().collect();
    let leads_to = |wave: &WaveId| kept.iter().any(|place| matches!(place, Place::Wave(id) if id == wave));
    state.store.hosts.retain(|wave, _| leads_to(wave));
    state.store.wave_failures.retain(|wave, _| leads_to(wave));
    let kept: std::collections::BTreeSet<Place> = kept.into_iter().cloned().collect();
    state.lists.retain(|place, _| kept.contains(place));
    rows::refresh(state);
    state.dirty = true;
}

/// `enter`: goes into the selected thing.
pub fn open(state: &mut State) {
    let Some(row) = state.selected().cloned() else {
        state.notice(Weight::Info, "nothing is selected");
        return;
    };
    match row {
        RowId::Rollout(id) => go(state, Place::Rollout(id)),
        RowId::Wave(id) => go(state, Place::Wave(id)),
        RowId::Host(id) | RowId::Pile(Pile::Host(id)) => go(state, Place::Host(id)),
        RowId::Unread(_) => state.notice(Weight::Info, "this host has not been read yet"),
        RowId::Intent(intent) => {
            let rollout =
                state.activity.iter().find(|line| line.intent.as_ref() == Some(&intent)).and_then(|line| line.rollout.clone());
            match rollout.filter(|id| state.store.entry(id).is_some()) {
                Some(id) => go(state, Place::Rollout(id)),
                None => state.notice(Weight::Info, "its rollout is not on the board"),
            }
        }
        RowId::Backend(name) => {
            go(state, Place::Board);
            let place = Place::Board;
            let list = state.lists.entry(place).or_default();
            list.filter = format!("backend:{}", name.raw().to_lowercase());
            rows::refresh(state);
        }
        RowId::Set(set) => super::windows::open(state, &set),
        RowId::Pile(pile) => go(state, Place::Pile(pile)),
        RowId::Lane(lane) => go(state, Place::Lane(lane)),
        RowId::Failed(attempt) => go(state, Place::Host(attempt.host)),
        RowId::Attempt(at) => attempt(state, at),
        RowId::Line(_) => {}
    }
}

/// From a failed try of a host back to its wave, or to its rollout where nobody tells the wave.
fn attempt(state: &mut State, at: u32) {
    let Place::Host(host) = state.place() else { return };
    let story = state.store.stories.get(host);
    let id = story.and_then(|story| story.value.attempts.get(at as usize)).map(|attempt| &attempt.id);
    let failure = id.and_then(|id| state.store.queue.failure(id));
    let place = failure.and_then(|failure| match (&failure.wave, &failure.rollout) {
        (Some(wave), _) => Some(Place::Wave(wave.clone())),
        (None, Some(rollout)) => Some(Place::Rollout(rollout.clone())),
        (None, None) => None,
    });
    match place {
        Some(place) => go(state, place),
        None => state.notice(Weight::Info, "only a failure of tonight leads to its wave"),
    }
}

/// `tab`: selects the next thing that needs a person, after the one selected now.
pub fn need(state: &mut State, forward: bool) {
    if state.needs.is_empty() {
        state.notice(Weight::Info, "nothing needs a person");
        return;
    }
    let here = state.needs.iter().position(|need| is_here(state, need));
    let count = state.needs.len();
    let step = if forward { 1 } else { count - 1 };
    let next = match (here, forward) {
        // Several may be about one row: the next row is meant.
        (Some(at), _) => {
            (1..count).map(|steps| (at + steps * step) % count).find(|next| !is_here(state, &state.needs[*next])).unwrap_or(at)
        }
        (None, true) => 0,
        (None, false) => count - 1,
    };
    let need = state.needs[next].clone();
    let (place, row) = if let Some(intent) = &need.intent {
        (Place::Activity, RowId::Intent(intent.clone()))
    } else if let Some(rollout) = &need.rollout {
        (Place::Board, RowId::Rollout(rollout.clone()))
    } else if let (NeedKind::Window, Some(set)) = (need.kind, set_of(&need)) {
        (Place::Windows, RowId::Set(set))
    } else if let Some(backend) = &need.backend {
        (Place::Backends, RowId::Backend(backend.clone()))
    } else {
        // It is no row of any list: its words are the whole of it.
        state.notice(Weight::Warn, &need.what);
        return;
    };
    if *state.place() != place {
        go(state, place.clone());
    }
    let list = state.lists.entry(place).or_default();
    if !list.select(&row) && !list.filter.is_empty() {
        list.filter.clear();
        rows::refresh(state);
        let here = state.place().clone();
        state.lists.entry(here).or_default().select(&row);
        state.notice(Weight::Info, "the filter hid it; the filter is off");
    }
}

/// The row of the Windows screen that a need is about.
fn set_of(need: &Need) -> Option<HostSet> {
    need.set.clone().or_else(|| need.tenant.as_ref().map(HostSet::of))
}

fn is_here(state: &State, need: &Need) -> bool {
    if need.intent.is_none() && need.rollout.is_none() && need.backend.is_none() {
        return state.notices.back().is_some_and(|notice| notice.text == need.what);
    }
    match (state.place(), state.selected()) {
        (Place::Activity, Some(RowId::Intent(intent))) => need.intent.as_ref() == Some(intent),
        (Place::Board | Place::Approvals, Some(RowId::Rollout(id))) | (Place::Rollout(id), _) => {
            need.intent.is_none() && need.rollout.as_ref() == Some(id)
        }
        (Place::Windows, Some(RowId::Set(set))) => {
            need.kind == NeedKind::Window && need.rollout.is_none() && set_of(need).as_ref() == Some(set)
        }
        (Place::Backends, Some(RowId::Backend(name))) => {
            need.kind != NeedKind::Window && need.rollout.is_none() && need.backend.as_ref() == Some(name)
        }
        _ => false,
    }
}

/// What drawing found out. It makes nothing dirty.
pub fn drawn(state: &mut State, drawn: &Drawn) {
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place) {
        list.page = drawn.page;
        let (fits, of) = drawn.detail.unwrap_or_default();
        list.scroll_detail(list.detail().min(of.saturating_sub(fits)));
    }
    state.hits.clone_from(&drawn.hits);
    state.tabs.clone_from(&drawn.tabs);
    let Some((fits, of)) = drawn.dialog else { return };
    let most = of.saturating_sub(fits);
    match state.dialogs.last_mut() {
        Some(Dialog::Plan(plan)) => (plan.drawn, plan.scroll) = (true, plan.scroll.min(most)),
        Some(Dialog::Bulk(bulk)) => (bulk.drawn, bulk.scroll) = (true, bulk.scroll.min(most)),
        Some(Dialog::Arm(arm)) => arm.drawn = true,
        Some(Dialog::Override(dialog)) => dialog.drawn = true,
        Some(Dialog::EndOverride(dialog)) => dialog.drawn = true,
        Some(Dialog::Name(name)) => name.drawn = true,
        Some(Dialog::Note(note)) => note.drawn = true,
        Some(Dialog::Ticket(ticket)) => ticket.drawn = true,
        Some(Dialog::Which(which)) => which.drawn = true,
        Some(Dialog::Help(help)) => help.scroll = help.scroll.min(most),
        Some(Dialog::Palette(_) | Dialog::Quit { .. }) | None => {}
    }
}

pub fn click(state: &mut State, column: u16, line: u16) {
    if !state.dialogs.is_empty() {
        return;
    }
    state.touched = state.now.mono;
    state.dirty = true;
    if line == 0 {
        let tab = state.tabs.iter().find(|(from, to, _)| (*from..=*to).contains(&column)).map(|(_, _, screen)| *screen);
        if let Some(screen) = tab {
            go(state, screen.place());
        }
        return;
    }
    let Some(row) = state.hits.iter().find(|(at, _)| *at == line).map(|(_, row)| row.clone()) else { return };
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place) {
        // A second click on the selected row goes in; it never runs a verb.
        if list.selected() == Some(&row) {
            open(state);
        } else {
            list.select(&row);
        }
    }
}

pub fn scroll(state: &mut State, rows: isize) {
    if state.dialogs.is_empty() {
        state.touched = state.now.mono;
        state.dirty = true;
        step(state, rows);
    }
}
