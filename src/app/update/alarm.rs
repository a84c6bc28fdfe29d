//! The alarm clock: says once what comes near, by civil time, and rings where the tenant has something under way.
//!
//! What lies before the start of this session is not said again: a restart within the same minute repeats nothing.

use jiff::{SignedDuration, Timestamp};

use crate::app::effect::Effect;
use crate::app::state::{State, Weight};
use crate::calendar::{Alarm, AlarmKind};
use crate::domain::{HostSet, TenantId};

pub fn speak(state: &mut State, effects: &mut Vec<Effect>) {
    let (before, now) = (state.alarmed, state.now.civil);
    // Once a minute is often enough. A clock that was set back says nothing a second time.
    if state.calendars.is_empty() || now.as_second().div_euclid(60) <= before.as_second().div_euclid(60) {
        return;
    }
    state.alarmed = now;
    let due = state.calendars.due(before, now);
    let Some(first) = due.first() else { return };
    let more = due.len() - 1;
    let rest = if more > 0 {
        let others: Vec<String> = due[1..].iter().take(2).map(|alarm| short(state, alarm)).collect();
        let beyond = if more > 2 { format!(" and {} more", more - 2) } else { String::new() };
        format!("; {}{beyond}", others.join("; "))
    } else {
        String::new()
    };
    let words = format!("{}{rest}", in_words(state, first));
    let loud = due.iter().any(|alarm| is_busy(state, &alarm.set.tenant) && !matches!(alarm.kind, AlarmKind::ClockChanges { .. }));
    state.notice(if loud { Weight::Warn } else { Weight::Info }, words);
    if loud {
        super::ring(state, effects);
    }
}

/// Something of the tenant moves or waits.
fn is_busy(state: &State, tenant: &TenantId) -> bool {
    state.store.rollouts.values().any(|entry| entry.rollout.value.tenant == *tenant && entry.rollout.value.is_moving())
}

fn in_words(state: &State, alarm: &Alarm) -> String {
    let (set, at) = (&alarm.set, clock(state, &alarm.set, alarm.at));
    let left = left(alarm.at.duration_since(state.now.civil));
    match &alarm.kind {
        AlarmKind::Opens => format!("{set}: its window opens at {at}, in {left}"),
        AlarmKind::Cutoff { closes } => {
            format!("{set}: cutoff at {at}, in {left}: nothing may begin after it; it closes at {}", clock(state, set, *closes))
        }
        AlarmKind::Closes => format!("{set}: its window closes at {at}, in {left}"),
        AlarmKind::ClockChanges { change } => match change {
            Some(change) => {
                format!("{set}: the clock changes at {} in the opening of {at}", clock(state, set, change.at))
            }
            None => format!("{set}: the opening of {at} begins or ends at a time that the clock leaves out or shows twice"),
        },
        AlarmKind::FreezeEnds { freeze } => format!("{set}: the freeze \"{freeze}\" ends at {at}, in {left}"),
    }
}

/// The same for one that stands behind another.
fn short(state: &State, alarm: &Alarm) -> String {
    let word = match &alarm.kind {
        AlarmKind::Opens => "opens",
        AlarmKind::Cutoff { .. } => "cutoff",
        AlarmKind::Closes => "closes",
        AlarmKind::ClockChanges { .. } => "clock changes in the opening of",
        AlarmKind::FreezeEnds { .. } => "freeze ends",
    };
    format!("{} {word} {}", alarm.set, clock(state, &alarm.set, alarm.at))
}

fn clock(state: &State, set: &HostSet, at: Timestamp) -> String {
    let zone = state.zone_for(Some(&set.tenant));
    let (at, now) = (at.to_zoned(zone.clone()), state.now.civil.to_zoned(zone));
    let format = if at.date() == now.date() { "%H:%M %Z" } else { "%a %-d %b %H:%M %Z" };
    at.strftime(format).to_string()
}

/// How late a thing may be noticed and still be told by the minute it was meant for.
const NOTICED: SignedDuration = SignedDuration::from_secs(15);

/// Rounded down, so that it never reads safer than it is: but what is told ten minutes before says ten.
fn left(left: SignedDuration) -> String {
    let minutes = left.saturating_add(NOTICED).as_mins().max(0);
    if minutes < 120 { format!("{minutes} min") } else { format!("{} h", minutes / 60) }
}

#[cfg(test)]
mod tests {
    use super::left;
    use jiff::SignedDuration;
    use rstest::rstest;

    #[rstest]
    #[case::to_the_minute(600_000, "10 min")]
    #[case::noticed_a_moment_later(599_700, "10 min")]
    #[case::half_a_minute_later(570_000, "9 min")]
    #[case::over(-1, "0 min")]
    #[case::hours(3 * 3_600_000 - 400, "3 h")]
    fn what_is_told_a_moment_late_names_the_minutes_it_was_set_to(#[case] millis: i64, #[case] said: &str) {
        assert_eq!(left(SignedDuration::from_millis(millis)), said);
    }
}
