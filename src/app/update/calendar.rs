//! The calendar while the cockpit runs: it was read again, or it could not be; and what of it needs a person.

use crate::action::Action;
use crate::app::closing;
use crate::app::state::{State, Weight, theirs};
use crate::calendar::Calendars;
use crate::domain::{Need, NeedKind, Text};

/// Takes a calendar that was read again. One that cannot be read leaves the last good one in force, and says so until it can.
pub fn read_again(state: &mut State, read: Result<Box<Calendars>, Text>) {
    state.store.revision += 1;
    match read {
        Ok(calendars) => {
            let mended = state.calendar_trouble.take().is_some();
            if calendars.rules() == state.calendars.rules() {
                if mended {
                    state.notice(Weight::Info, "the calendar can be read again, and says what it said before");
                }
                return;
            }
            let (windows, freezes) = (calendars.rules().windows.len(), calendars.rules().freezes.len());
            state.calendars = *calendars;
            state.notice(
                Weight::Warn,
                format!("the calendar has changed and was read again: {windows} windows, {freezes} freezes"),
            );
        }
        Err(words) => {
            let time = state.now.real.to_zoned(state.local_zone.clone()).strftime("%H:%M").to_string();
            // The place first: the line under the header is short.
            let (place, why) = words.as_str().split_once(": ").unwrap_or(("", words.as_str()));
            let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
            let words = format!("calendar not read since {time}{place}, the last good one holds: {why}");
            state.notice(Weight::Alert, &words);
            state.calendar_trouble = Some(Text::new(words));
        }
    }
}

/// What is under way at the end of a window, what began outside one, what backends say differently, and a calendar that cannot be read.
pub fn needs(state: &State) -> Vec<Need> {
    let pause = state.keymap.label(Action::Pause).unwrap_or_else(|| ":pause".to_owned());
    let mut needs = closing::needs(&state.judge(), &state.store, &|tenant| state.zone_for(Some(tenant)), Some(&pause));
    needs.extend(theirs::needs(&state.theirs, state.now.civil, &|tenant| state.zone_for(Some(tenant))));
    needs.extend(state.calendar_trouble.iter().map(|words| Need {
        kind: NeedKind::Window,
        tenant: None,
        what: words.clone(),
        rollout: None,
        backend: None,
        set: None,
        intent: None,
        seen: Some(state.now.mono),
    }));
    needs
}
