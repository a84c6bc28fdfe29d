//! Keys while a dialog is open. Keys typed before it was drawn are dropped; the default is No.

use crate::action::{Action, ROWS};
use crate::app::effect::{Effect, Note};
use crate::app::state::{Dialog, State, Weight};
use crate::domain::Text;
use crate::keymap::{Code, Key};
use crate::memory::Record;

use super::{actions, arming, bulk, care, overrides, typing, verbs, which};

/// A name given for a shared login holds for a shift.
const SHIFT: jiff::SignedDuration = jiff::SignedDuration::from_hours(12);

pub fn press(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    if key.ctrl && key.code == Code::Char('c') && !matches!(state.dialogs.last(), Some(Dialog::Quit { .. })) {
        actions::perform(state, Action::Quit, effects);
        return;
    }
    match state.dialogs.last() {
        Some(Dialog::Plan(_)) => plan(state, key, effects),
        Some(Dialog::Bulk(_)) => bulk(state, key, effects),
        Some(Dialog::Arm(_)) => arm(state, key, effects),
        Some(Dialog::Override(_)) => overrides::press(state, key, effects),
        Some(Dialog::EndOverride(_)) => overrides::press_end(state, key, effects),
        Some(Dialog::Name(_)) => name(state, key, effects),
        Some(Dialog::Note(_)) => care::press_note(state, key, effects),
        Some(Dialog::Ticket(_)) => care::press_ticket(state, key, effects),
        Some(Dialog::Which(_)) => which::press(state, key, effects),
        Some(Dialog::Palette(_)) => palette(state, key, effects),
        Some(Dialog::Help(_)) => help(state, key),
        Some(Dialog::Quit { .. }) => match key.code {
            Code::Char('y') => state.quitting = true,
            Code::Esc | Code::Char('n' | 'q') => drop(state.dialogs.pop()),
            _ => {}
        },
        None => {}
    }
}

fn plan(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Plan(dialog)) = state.dialogs.last_mut() else { return };
    let typing = dialog.field < dialog.asks().len() && !dialog.choosing;
    if key.code == Code::Esc || (key == Key::char('q') && !typing) {
        // After `y` only the carriage knows whether it had left: it tells, and until then nobody claims anything.
        effects.push(Effect::Cancel(dialog.intent.id.clone()));
        state.dialogs.pop();
        return;
    }
    if scrolled(&mut dialog.scroll, key) || !dialog.drawn {
        return;
    }
    if dialog.may_override() && key == Key::char('o') {
        let rollout = dialog.intent.rollout.clone();
        state.dialogs.pop();
        overrides::ask_for(state, &rollout);
        return;
    }
    let asks = dialog.asks().len();
    if !typing && !key.ctrl && !key.alt {
        match key.code {
            Code::Char(figure @ '1'..='9') => return verbs::choose(state, figure as usize - '1' as usize, effects),
            Code::Char('h') if dialog.choices().next().is_some() => {
                (dialog.hosts, dialog.scroll) = (!dialog.hosts, 0);
                return;
            }
            Code::Enter | Code::Tab if dialog.choosing && dialog.field < asks => {
                dialog.choosing = false;
                return;
            }
            _ => {}
        }
    }
    if typing {
        match key.code {
            Code::Enter | Code::Tab if dialog.answered(dialog.field) => {
                let after = dialog.field + 1;
                dialog.field = (after..asks).find(|at| !dialog.answered(*at)).unwrap_or(asks);
            }
            Code::Enter | Code::Tab => {}
            _ => {
                let at = dialog.field;
                typing::edit(&mut dialog.answers[at], key);
            }
        }
        return;
    }
    match key.code {
        Code::Char('y') if !key.ctrl && !key.alt => verbs::send(state, effects),
        // The optional remark is one key away, and never in the way.
        Code::Tab | Code::Enter if asks > 0 => dialog.field = 0,
        _ => {}
    }
}

fn bulk(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Bulk(dialog)) = state.dialogs.last_mut() else { return };
    if matches!(key.code, Code::Esc | Code::Char('q')) {
        let intents: Vec<_> = dialog.lines.iter().map(|line| line.intent.id.clone()).collect();
        state.dialogs.pop();
        effects.extend(intents.into_iter().map(Effect::Cancel));
        return;
    }
    if scrolled(&mut dialog.scroll, key) || !dialog.drawn {
        return;
    }
    if key == Key::char('y') {
        bulk::send_all(state, effects);
    }
}

fn arm(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Arm(dialog)) = state.dialogs.last_mut() else { return };
    match key.code {
        Code::Esc | Code::Char('q') => drop(state.dialogs.pop()),
        Code::Up | Code::Char('k') => dialog.at = dialog.at.saturating_sub(1),
        Code::Down | Code::Char('j') => dialog.at = (dialog.at + 1).min(dialog.tenants.len().saturating_sub(1)),
        Code::Enter if dialog.drawn => {
            let tenant = dialog.tenants.get(dialog.at).cloned();
            state.dialogs.pop();
            if let Some(tenant) = tenant {
                arming::arm(state, tenant, effects);
            }
        }
        _ => {}
    }
}

fn name(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Name(dialog)) = state.dialogs.last_mut() else { return };
    match key.code {
        Code::Esc => {
            // Without a name the journal could not say who acts: the verb below goes too.
            state.dialogs.clear();
            state.notice(Weight::Info, "nothing was sent: a shared login needs a name");
        }
        Code::Enter => {
            let said = Text::bounded(dialog.input.value().trim(), 60);
            if said.is_empty() || !dialog.drawn {
                return;
            }
            state.dialogs.pop();
            effects.push(Effect::Note(Note::Named(said.clone())));
            let until = state.now.real.checked_add(SHIFT).unwrap_or(jiff::Timestamp::MAX);
            effects.push(Effect::Remember(Record::Person { name: said.clone(), until }));
            state.person = Some(said);
            verbs::named(state, effects);
        }
        _ => drop(typing::edit(&mut dialog.input, key)),
    }
}

fn palette(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Palette(dialog)) = state.dialogs.last_mut() else { return };
    match key.code {
        Code::Esc => drop(state.dialogs.pop()),
        Code::Up => dialog.at = dialog.at.saturating_sub(1),
        Code::Down => dialog.at = (dialog.at + 1).min(dialog.matches.len().saturating_sub(1)),
        Code::Tab => {
            if let Some(action) = dialog.matches.get(dialog.at) {
                dialog.input = crate::app::state::Input::new(action.row().name.to_owned());
                dialog.matches = matching(action.row().name);
                dialog.at = 0;
            }
        }
        Code::Enter => {
            let typed = dialog.input.value().trim().to_owned();
            let chosen = Action::named(&typed)
                .or_else(|| alias(&typed))
                .or_else(|| dialog.matches.get(dialog.at).copied().filter(|_| dialog.at > 0));
            state.dialogs.pop();
            match chosen {
                Some(action) => actions::perform(state, action, effects),
                None if typed.is_empty() => {}
                None => state.notice(Weight::Warn, format!("no command is called {typed}; tab completes")),
            }
        }
        _ => {
            if typing::edit(&mut dialog.input, key) {
                dialog.matches = matching(dialog.input.value());
                dialog.at = 0;
            }
        }
    }
}

/// Short words that hands know from elsewhere.
fn alias(typed: &str) -> Option<Action> {
    match typed {
        "q" | "exit" => Some(Action::Quit),
        "h" => Some(Action::Help),
        _ => None,
    }
}

/// Actions whose name or help has the typed words; names that begin with them first.
pub fn matching(typed: &str) -> Vec<Action> {
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<(u8, Action)> = ROWS
        .iter()
        .filter_map(|row| {
            let rank = if row.name.starts_with(&typed) {
                0
            } else if row.name.contains(&typed) {
                1
            } else if row.help.to_lowercase().contains(&typed) {
                2
            } else {
                return None;
            };
            Some((rank, row.action))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, action)| action).collect()
}

fn help(state: &mut State, key: Key) {
    let Some(Dialog::Help(dialog)) = state.dialogs.last_mut() else { return };
    match key.code {
        Code::Esc | Code::Char('q' | '?') => drop(state.dialogs.pop()),
        _ => drop(scrolled(&mut dialog.scroll, key)),
    }
}

/// Moves a dialog's text. True if the key was for that.
fn scrolled(scroll: &mut usize, key: Key) -> bool {
    *scroll = match key.code {
        Code::Up => scroll.saturating_sub(1),
        Code::Down => *scroll + 1,
        Code::PageUp => scroll.saturating_sub(10),
        Code::PageDown => *scroll + 10,
        _ => return false,
    };
    true
}
