//! An override: asked for on one rollout, confirmed by another key, written down before it holds.
//!
//! It lets work begin; it begins none. The verb is pressed again afterwards.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::arming::LOOK_ONLY;
use super::{hosts, typing, verbs};
use crate::action::Action;
use crate::app::effect::Effect;
use crate::app::recall::{Joined, join_override, override_ended_words, override_words};
use crate::app::state::{
    ActivityLine, ActivityState, Dialog, EndOverrideDialog, JournalSeat, OverrideAsk, OverrideDialog, State, Weight, push_line,
};
use crate::calendar::Length;
use crate::calendar::overrides::{OverrideDraft, next_business_day};
use crate::domain::{Override, RolloutId, Text, Verdict, WindowState};
use crate::keymap::{Code, Key};

/// `o`: asks for what an override needs, for the selected rollout.
pub fn ask(state: &mut State) {
    match hosts::one(state, false) {
        Some(subject) => ask_for(state, &subject.rollout),
        None => state.notice(Weight::Info, "nothing is selected to override a window for"),
    }
}

/// The same for one that is named: by a dialog that was refused.
pub fn ask_for(state: &mut State, id: &RolloutId) {
    match ending(state, id) {
        Some(Ok(dialog)) => return state.dialogs.push(Dialog::EndOverride(Box::new(dialog))),
        Some(Err(words)) => return state.notice(Weight::Warn, words),
        None => {}
    }
    match dialog(state, id) {
        Ok(dialog) => {
            state.dialogs.push(Dialog::Override(Box::new(dialog)));
            verbs::ask_name(state);
        }
        Err(words) => state.notice(Weight::Warn, words),
    }
}

/// Ending the one that holds, if one does that a further one would add nothing to. It takes heat out: no arming is needed.
fn ending(state: &State, id: &RolloutId) -> Option<Result<EndOverrideDialog, String>> {
    let entry = state.store.entry(id)?;
    let verdict = state.window_of(entry, None);
    let frozen = matches!(verdict.state, WindowState::Frozen { .. });
    let held = state.override_of(id).filter(|held| !frozen || held.second.is_some())?;
    if let Err(words) = journal(state) {
        return Some(Err(words));
    }
    let zone = state.calendars.zone(&held.tenant);
    let then = against(&verdict, &zone);
    Some(Ok(EndOverrideDialog {
        held: held.clone(),
        rollout_name: entry.rollout.value.name.clone(),
        then: Text::new(then),
        zone,
        drawn: false,
    }))
}

fn journal(state: &State) -> Result<(), String> {
    match &state.journal {
        JournalSeat::Ready => Ok(()),
        JournalSeat::Opening => Err("the journal is still being opened; press again".to_owned()),
        JournalSeat::Broken(words) => Err(format!("no override without a journal: {words}")),
    }
}

/// How its window stands without an override.
fn against(verdict: &Verdict, zone: &TimeZone) -> String {
    let said = |at: &Timestamp| at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M %Z").to_string();
    match &verdict.state {
        WindowState::Frozen { freeze, until, .. } => format!("{} is frozen until {}: {freeze}", verdict.set, said(until)),
        WindowState::Open { cutoff, .. } => format!("{} is open; nothing begins after {}", verdict.set, said(cutoff)),
        WindowState::CutoffPassed { closes, .. } => {
            format!("the cutoff of {} has passed; it closes at {}", verdict.set, said(closes))
        }
        WindowState::Before { opens } => format!("{} is closed until {}", verdict.set, said(opens)),
        WindowState::Closed { .. } | WindowState::NoWindow => format!("{} is closed, and no opening is known", verdict.set),
    }
}

fn dialog(state: &State, id: &RolloutId) -> Result<OverrideDialog, String> {
    let entry = state.store.entry(id).ok_or("this rollout is not on the board any more")?;
    let rollout = &entry.rollout.value;
    let tenant = rollout.tenant.clone();
    journal(state)?;
    if !state.is_armed(&tenant) {
        let key = state.keymap.label(Action::Arm).unwrap_or_else(|| ":arm".to_owned());
        return Err(format!("{LOOK_ONLY}{key} arms {tenant}"));
    }
    let verdict = state.window_of(entry, None);
    if verdict.state == WindowState::NoWindow {
        return Err(format!("no window is known for {}: there is nothing to override", verdict.set));
    }
    let frozen = matches!(verdict.state, WindowState::Frozen { .. });
    let zone = state.calendars.zone(&tenant);
    let terms = state.calendars.rules().terms(&tenant);
    let against = against(&verdict, &zone);
    Ok(OverrideDialog {
        rollout: id.clone(),
        rollout_name: rollout.name.clone(),
        against: Text::new(against),
        frozen,
        needs_change: terms.change,
        ends_by: next_business_day(state.now.civil, &zone, terms.business_day),
        zone,
        tenant,
        answers: Default::default(),
        field: 0,
        problems: Vec::new(),
        drawn: false,
    })
}

/// Keys while it is asked. What was typed before it was drawn is dropped.
pub fn press(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::Override(dialog)) = state.dialogs.last_mut() else { return };
    if key.code == Code::Esc {
        state.dialogs.pop();
        return;
    }
    if !dialog.drawn {
        return;
    }
    let Some(ask) = OverrideAsk::ALL.get(dialog.field).copied() else {
        match key.code {
            Code::Char('y') if !key.ctrl && !key.alt => confirm(state, effects),
            Code::Char('q') => drop(state.dialogs.pop()),
            Code::Tab | Code::Enter => dialog.field = 0,
            _ => {}
        }
        return;
    };
    match key.code {
        Code::Enter | Code::Tab | Code::Down => {
            if dialog.answered(ask) {
                dialog.field += 1;
            }
        }
        Code::BackTab | Code::Up => dialog.field = dialog.field.saturating_sub(1),
        _ => {
            if typing::edit(&mut dialog.answers[dialog.field], key) {
                dialog.problems.clear();
            }
        }
    }
}

/// `y`: everything is judged again, at this moment.
fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    let now = state.now.civil;
    let who = state.person.clone().unwrap_or_else(|| state.os_user.clone());
    let Some(Dialog::Override(dialog)) = state.dialogs.last() else { return };
    if !dialog.is_ready() {
        return;
    }
    let armed = state.is_armed(&dialog.tenant);
    let drafted = draft(dialog, who.as_str(), now);
    let drafted = if armed { drafted } else { Err(vec![Text::new(format!("{} is no longer armed", dialog.tenant))]) };
    match drafted {
        Ok(held) => {
            state.dialogs.pop();
            effects.push(Effect::Override(Box::new(held)));
        }
        Err(problems) => {
            if let Some(Dialog::Override(dialog)) = state.dialogs.last_mut() {
                dialog.problems = problems;
                dialog.field = 0;
            }
        }
    }
}

fn draft(dialog: &OverrideDialog, who: &str, now: Timestamp) -> Result<Override, Vec<Text>> {
    let said = |ask| dialog.said(ask);
    let expires = until(said(OverrideAsk::Until), dialog, now).map_err(|words| vec![words])?;
    let second = said(OverrideAsk::Second);
    let draft = OverrideDraft {
        tenant: dialog.tenant.clone(),
        rollout: dialog.rollout.clone(),
        reason: said(OverrideAsk::Reason),
        change: said(OverrideAsk::Change),
        needs_change: dialog.needs_change,
        who,
        second: (!second.is_empty()).then_some(second),
        from: now,
        expires,
        ends_by: dialog.ends_by,
    };
    draft.read().map_err(|refused| refused.iter().map(|one| Text::new(one.to_string())).collect())
}

/// `22:30` on the tenant's wall, `90min` from now, or nothing for the next business day.
fn until(said: &str, dialog: &OverrideDialog, now: Timestamp) -> Result<Timestamp, Text> {
    if said.is_empty() {
        return Ok(dialog.ends_by);
    }
    if let Ok(time) = said.parse::<Time>() {
        return next(time, &dialog.zone, now).ok_or_else(|| Text::new(format!("{said} is no moment")));
    }
    match Length::read("until", said) {
        Ok(Length::Elapsed(length)) => Ok(now.checked_add(length).unwrap_or(Timestamp::MAX)),
        Ok(_) | Err(_) => Err(Text::new(format!("\"{said}\" is no end: write 22:30, 90min or 2h, or leave it empty"))),
    }
}

/// When the wall clock next shows a time.
fn next(time: Time, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    let days = [today, today.tomorrow().ok()?];
    days.into_iter().filter_map(|day| zone.to_timestamp(day.to_datetime(time)).ok()).find(|at| *at > now)
}

/// Keys while it is asked whether one ends now.
pub fn press_end(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(Dialog::EndOverride(dialog)) = state.dialogs.last() else { return };
    match key.code {
        Code::Char('y') if !key.ctrl && !key.alt && dialog.drawn => {
            let held = Box::new(dialog.held.clone());
            let who = state.person.clone().unwrap_or_else(|| state.os_user.clone());
            state.dialogs.pop();
            effects.push(Effect::EndOverride { held, at: state.now.civil, who });
        }
        Code::Esc | Code::Char('q' | 'n') => drop(state.dialogs.pop()),
        _ => {}
    }
}

/// Says once that an override ends soon, and that it has ended.
pub fn expire(state: &mut State, effects: &mut Vec<Effect>) {
    let (told, now) = (state.ends_told, state.now.civil);
    if told >= now {
        return;
    }
    state.ends_told = now;
    let soon = SignedDuration::from_mins(state.calendars.rules().alarms.end.into());
    let comes = |at: Timestamp| told < at && at <= now;
    let mut words = Vec::new();
    for held in &state.overrides {
        let (tenant, end) = (&held.tenant, held.period.to());
        let name = state.store.entry(&held.rollout).map_or_else(|| held.rollout.text(), |entry| entry.rollout.value.name.clone());
        if comes(end) {
            words.push(format!("{tenant}: the override for \"{name}\" has ended; what has begun goes on"));
        } else if end.checked_sub(soon).is_ok_and(comes) {
            let until = end.to_zoned(state.zone_for(Some(tenant))).strftime("%H:%M %Z");
            words.push(format!("{tenant}: the override for \"{name}\" ends at {until}"));
        }
    }
    if !words.is_empty() {
        super::ring(state, effects);
    }
    for words in words {
        state.notice(Weight::Warn, words);
    }
}

/// It lies in the journal: from now on it holds. Or it does not, and nothing does.
pub fn written(state: &mut State, written: Result<Box<Override>, Text>) {
    match written {
        Ok(held) => {
            let words = override_words(&held);
            tell(state, &held, &words, false);
            state.notice(Weight::Warn, format!("{}: {words}; press the verb again", held.tenant));
            known(state, vec![*held]);
        }
        Err(words) => {
            state.notice(Weight::Alert, format!("no override: the journal cannot be written: {words}"));
            state.journal = JournalSeat::Broken(words);
        }
    }
}

/// Its end lies in the journal: from now on it holds no more. Or it does not, and the override goes on.
pub fn ended(state: &mut State, written: Result<Box<Override>, Text>) {
    match written {
        Ok(held) => {
            let words = override_ended_words(&held);
            tell(state, &held, &words, false);
            state.notice(Weight::Warn, format!("{}: {words}; what has begun goes on", held.tenant));
            known(state, vec![*held]);
        }
        Err(words) => {
            state.notice(Weight::Alert, format!("the override goes on: the journal cannot be written: {words}"));
            state.journal = JournalSeat::Broken(words);
        }
    }
}

/// Another session on the same journal took or ended some. What is known already is not said again.
pub fn elsewhere(state: &mut State, told: Vec<Override>) {
    for held in told {
        // What is over and was forgotten is no news.
        let is_known = state.overrides.iter().any(|one| one.is_same(&held));
        if !is_known && held.period.to() <= state.now.civil {
            continue;
        }
        let words = match join_override(&mut state.overrides, held.clone()) {
            Joined::Known => continue,
            Joined::New => format!("{}, by {}", override_words(&held), held.who),
            Joined::Shortened => override_ended_words(&held),
        };
        tell(state, &held, &words, true);
        state.notice(Weight::Warn, format!("{}, in another session: {words}", held.tenant));
    }
    known(state, Vec::new());
}

/// A line of the activity.
fn tell(state: &mut State, held: &Override, words: &str, elsewhere: bool) {
    let line = ActivityLine {
        at: state.now.real,
        who: held.who.clone(),
        tenant: Some(held.tenant.clone()),
        rollout: Some(held.rollout.clone()),
        intent: None,
        what: Text::new(words),
        state: ActivityState::Told,
        found: Text::default(),
        elsewhere,
        rest: None,
        unsent: None,
        went: Vec::new(),
    };
    push_line(&mut state.activity, line);
}

/// Takes overrides that lie in the journal.
pub fn known(state: &mut State, overrides: Vec<Override>) {
    for held in overrides {
        join_override(&mut state.overrides, held);
    }
    // Those that ended long ago are told by the journal alone.
    let long_ago = state.now.civil.checked_sub(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MIN);
    state.overrides.retain(|held| held.period.to() > long_ago);
    state.store.revision += 1;
}
