//! What the Windows screen's keys do: go there, zoom, jump, open, export. It permits and refuses nothing.

use jiff::{SignedDuration, Timestamp};

use super::moves;
use crate::app::effect::Effect;
use crate::app::rows;
use crate::app::state::{Place, RowId, Standing, State, Weight};
use crate::calendar::ics::{self, Entry};
use crate::domain::{HostSet, Period, Text, WindowState};

/// Days that an export looks ahead.
const AHEAD_DAYS: i32 = 90;

/// To the screen, at the hosts that were selected elsewhere; on it, back to now.
pub fn go(state: &mut State) {
    let here = here(state);
    state.timeline.follow();
    moves::go(state, Place::Windows);
    if let Some(set) = here {
        select(state, set);
    }
}

fn select(state: &mut State, set: HostSet) {
    let list = state.lists.entry(Place::Windows).or_default();
    list.held = true;
    list.select(&RowId::Set(set));
}

pub fn zoom(state: &mut State, closer: bool) {
    if *state.place() != Place::Windows {
        state.notice(Weight::Info, "zoom is for the line of time on the Windows screen");
    } else if !state.timeline.zoom(closer) {
        state.notice(Weight::Info, if closer { "six hours are the least" } else { "six weeks are the most" });
    }
}

/// Brings the next opening of the selected hosts into sight; again, the one after it.
pub fn next_opening(state: &mut State) {
    let Some(set) = here(state) else {
        state.notice(Weight::Info, "select a tenant or a rollout first");
        return;
    };
    if *state.place() != Place::Windows {
        go(state);
    }
    let after = state.timeline.focus().unwrap_or(state.now.civil);
    let Some(opening) = state.calendars.coming(&set, after, 1).pop() else {
        state.notice(Weight::Info, format!("{set}: no further opening is known"));
        return;
    };
    state.timeline.jump(opening.period.from());
}

/// `enter`: what runs there. One live rollout is opened, several are listed on the board.
pub fn open(state: &mut State, set: &HostSet) {
    let live: Vec<_> = state.live(set).iter().map(|entry| entry.rollout.value.id.clone()).collect();
    match live.as_slice() {
        [] => state.notice(Weight::Info, format!("nothing of {set} moves or waits")),
        [only] => moves::go(state, Place::Rollout(only.clone())),
        _ => {
            moves::go(state, Place::Board);
            state.lists.entry(Place::Board).or_default().filter = format!("tenant:{}", set.tenant.raw().to_lowercase());
            rows::refresh(state);
        }
    }
}

/// The hosts whose windows are meant here.
fn here(state: &State) -> Option<HostSet> {
    let of = |id| state.store.entry(id).map(|entry| state.window_of(entry, None).set);
    match (state.place(), state.selected()) {
        (_, Some(RowId::Set(set))) => Some(set.clone()),
        (Place::Wave(wave), _) => {
            let entry = state.store.entry(&wave.rollout)?;
            let name = state.store.wave(wave)?.name.clone();
            Some(state.calendars.rules().set_of_wave(&entry.rollout.value.tenant, name.as_str()))
        }
        (Place::Rollout(id), _) | (_, Some(RowId::Rollout(id))) => of(id),
        _ => None,
    }
}

/// Writes what the selected hosts' calendar comes to into a file that other calendars read.
pub fn export(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(set) = here(state) else {
        state.notice(Weight::Info, "select a tenant first; its openings and freezes are exported");
        return;
    };
    let until = state.now.civil.checked_add(SignedDuration::from_hours(24) * AHEAD_DAYS).ok();
    let Some(range) = until.and_then(|until| Period::new(state.now.civil, until)) else { return };
    let openings: Vec<Entry> = state.calendars.openings(&set, range).iter().map(Entry::from).collect();
    let frozen: Vec<Entry> = state.calendars.frozen(&set, range).iter().map(Entry::from).collect();
    if openings.is_empty() && frozen.is_empty() {
        state.notice(Weight::Info, format!("{set}: nothing to export: no opening and no freeze in {AHEAD_DAYS} days"));
        return;
    }
    let name = Text::new(set.to_string());
    let text = ics::export(&name, openings.into_iter().chain(frozen), state.now.real);
    effects.push(Effect::Export { name: format!("{}.ics", file_name(name.as_str())), text });
}

/// A name that is a file's in any folder: whatever is no letter, digit or dash becomes its number.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c.to_string() } else { format!("_{:x}_", u32::from(c)) })
        .collect()
}

/// Counts how the listed sets stand, once a minute or when anything moved, while the screen shows it.
pub fn count(state: &mut State) {
    let listed = state.list().map_or(0, |list| list.order.len());
    let key = (state.now.civil.as_second().div_euclid(60), state.store.revision, listed);
    if *state.place() != Place::Windows || state.timeline.counted == Some(key) {
        return;
    }
    let now: Timestamp = state.now.civil;
    let mut standing = Standing::default();
    let rows = state.list().map_or(&[][..], |list| &list.order);
    for row in rows {
        let RowId::Set(set) = row else { continue };
        let place = match state.calendars.at(set, None, now).state {
            WindowState::Open { .. } => &mut standing.open,
            WindowState::CutoffPassed { .. } => &mut standing.past_cutoff,
            WindowState::Frozen { .. } => &mut standing.frozen,
            WindowState::Before { .. } | WindowState::Closed { .. } => &mut standing.closed,
            WindowState::NoWindow => &mut standing.no_window,
        };
        *place += 1;
    }
    state.timeline.standing = standing;
    state.timeline.counted = Some(key);
    state.dirty = true;
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_files_name_leads_out_of_no_folder_and_two_names_are_two_files() {
        assert_eq!(file_name("acme-eu"), "acme-eu");
        assert_eq!(file_name("../x"), "_2e__2e__2f_x");
        assert_ne!(file_name("acme/eu"), file_name("acme eu"));
    }
}
