//! What each action does: one arm each, no wildcard, so that a new row asks for its arm.

use crate::action::Action;
use crate::app::effect::Effect;
use crate::app::rows::{self, sort_keys};
use crate::app::state::{
    Dialog, Field, HelpDialog, Input, Palette, Place, ReadNow, RowId, Screen, Sort, State, Weight, ZoneShown,
};
use crate::app::{tell, update::dialogs};

use super::{arming, bulk, care, checks, moves, overrides, verbs, windows};

pub fn perform(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Approve
        | Action::Deny
        | Action::Start
        | Action::Pause
        | Action::Resume
        | Action::Advance
        | Action::Stop
        | Action::Retry
        | Action::RollBack
        | Action::CatchUp
        | Action::DryRun => {
            if let Some(verb) = action.verb() {
                verbs::ask(state, verb, effects);
            }
        }
        Action::Override => overrides::ask(state),
        Action::PauseTenant => bulk::pause_tenant(state, effects),
        Action::Arm => arming::toggle(state, effects),
        Action::Open => moves::open(state),
        Action::Back => back(state),
        Action::Forward => moves::forward(state),
        Action::NextNeed => moves::need(state, true),
        Action::PreviousNeed => moves::need(state, false),
        Action::Up => moves::step(state, -1),
        Action::Down => moves::step(state, 1),
        Action::PageUp => moves::page(state, -1),
        Action::PageDown => moves::page(state, 1),
        Action::DetailUp => moves::detail(state, false),
        Action::DetailDown => moves::detail(state, true),
        Action::First => moves::edge(state, false),
        Action::Last => moves::edge(state, true),
        Action::Board => moves::go(state, Screen::Board.place()),
        Action::Windows => windows::go(state),
        Action::Failures => moves::go(state, Screen::Failures.place()),
        Action::Group => care::group(state),
        Action::Check => checks::ask(state),
        Action::Note => care::note(state),
        Action::Ticket => care::ticket(state, effects),
        Action::Approvals => moves::go(state, Screen::Approvals.place()),
        Action::Activity => moves::go(state, Screen::Activity.place()),
        Action::Backends => moves::go(state, Screen::Backends.place()),
        Action::Filter => {
            let filter = state.list().map(|list| list.filter.clone()).unwrap_or_default();
            state.field = Some(Field::Filter(Input::new(filter)));
        }
        Action::Find => {
            let text = state.store.found.text.to_string();
            state.field = Some(Field::Find(Input::new(text)));
            moves::go(state, Place::Found);
        }
        Action::Sort => sort(state),
        Action::SortReverse => reverse(state),
        Action::Wide => {
            state.wide = !state.wide;
            let words = if state.wide { "every column that has room; the list has the whole width" } else { "the usual columns" };
            state.notice(Weight::Info, words);
        }
        Action::Mark => mark(state),
        Action::Unmark => {
            let place = state.place().clone();
            if let Some(list) = state.lists.get_mut(&place) {
                list.marks.clear();
            }
        }
        Action::NextOpening => windows::next_opening(state),
        Action::ZoomIn => windows::zoom(state, true),
        Action::ZoomOut => windows::zoom(state, false),
        Action::Export => windows::export(state, effects),
        Action::Copy => match tell::selected(state) {
            Some(text) => effects.push(Effect::Copy(text)),
            None => state.notice(Weight::Info, "nothing is selected"),
        },
        Action::CopyConsole => match tell::console(state) {
            Ok(command) => effects.push(Effect::Copy(command)),
            Err(why) => state.notice(Weight::Info, why),
        },
        Action::Command => state.dialogs.push(Dialog::Palette(Palette { matches: dialogs::matching(""), ..Palette::default() })),
        Action::Help => state.dialogs.push(Dialog::Help(HelpDialog::default())),
        Action::Refresh => {
            state.reads += 1;
            let waiting = state.descriptors.keys().cloned().collect();
            state.read_now = Some(ReadNow { asked: state.now.mono, waiting, failed: Vec::new() });
            effects.push(Effect::Redraw);
        }
        Action::Zone => {
            state.zone = match state.zone {
                ZoneShown::Local => ZoneShown::Tenant,
                ZoneShown::Tenant => ZoneShown::Utc,
                ZoneShown::Utc => ZoneShown::Local,
            };
            let words = match state.zone {
                ZoneShown::Local => "times are shown in this machine's zone",
                ZoneShown::Tenant => "times are shown in each tenant's zone",
                ZoneShown::Utc => "times are shown in UTC",
            };
            state.notice(Weight::Info, words);
        }
        Action::Bell => {
            state.bell = !state.bell;
            state.notice(Weight::Info, if state.bell { "bell on" } else { "bell off" });
        }
        Action::Mouse => {
            state.mouse = !state.mouse;
            effects.push(Effect::Mouse(state.mouse));
            state.notice(Weight::Info, if state.mouse { "mouse on; shift and drag selects text" } else { "mouse off" });
        }
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Quit => quit(state),
    }
}

/// Back closes the filter first: it is the nearest thing one went into.
fn back(state: &mut State) {
    let place = state.place().clone();
    if let Some(list) = state.lists.get_mut(&place)
        && !list.filter.is_empty()
    {
        list.filter.clear();
        rows::refresh(state);
        return;
    }
    moves::back(state);
}

fn quit(state: &mut State) {
    // What was confirmed and has not left yet counts too.
    if state.carrying.is_empty() {
        state.quitting = true;
    } else {
        state.dialogs.push(Dialog::Quit { in_flight: state.carrying.len() });
    }
}

fn sort(state: &mut State) {
    let place = state.place().clone();
    let keys = sort_keys(&place);
    let list = state.lists.entry(place).or_default();
    let at = list.sort.and_then(|sort| keys.iter().position(|key| *key == sort.key)).unwrap_or(0);
    let next = (at + 1) % keys.len();
    list.sort = (next != 0).then(|| Sort { key: keys[next], reverse: false });
    rows::refresh(state);
}

fn reverse(state: &mut State) {
    let place = state.place().clone();
    let keys = sort_keys(&place);
    let list = state.lists.entry(place).or_default();
    let sort = list.sort.unwrap_or(Sort { key: keys[0], reverse: false });
    list.sort = Some(Sort { reverse: !sort.reverse, ..sort });
    rows::refresh(state);
}

fn mark(state: &mut State) {
    let place = state.place().clone();
    let Some(list) = state.lists.get_mut(&place) else { return };
    let Some(row) = list.selected().cloned() else { return };
    if matches!(row, RowId::Unread(_)) {
        return;
    }
    if !list.marks.remove(&row) {
        list.marks.insert(row);
    }
    list.step(1);
}
