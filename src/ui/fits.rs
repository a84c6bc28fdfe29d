//! How a rollout stands in its window, and whether it fits: on the few cells of a row, and in full where there is room.
//!
//! The state works it out; here it gets its words and its weight.

use jiff::{SignedDuration, Timestamp};

use super::gates;
use super::view::View;
use super::words::Words;
use crate::app::state::Theirs;
use crate::domain::fit::{Forecast, Unknown};
use crate::domain::{Fit, RolloutState, Verdict, WindowState};
use crate::store::read::Entry;

/// The cutoff is told instead of the end when it is as near as this.
const NEAR: SignedDuration = SignedDuration::from_mins(30);

/// Whether there is anything to say: windows are configured, and something of it may still happen.
fn concerned(view: &View, entry: &Entry) -> bool {
    let rollout = &entry.rollout.value;
    !view.state.calendars.is_empty() && (!rollout.state.has_ended() || rollout.at_work() > 0)
}

/// `1h46 to 04:00`, `opens in 2h46`, `frozen to 4 Jan`, `override 52m`, `open, theirs frozen`.
pub(super) fn window(view: &View, entry: &Entry) -> Words {
    let state = view.state;
    if !concerned(view, entry) {
        return Words::new().dim(view.glyphs().none);
    }
    if let Some(held) = state.override_of(&entry.rollout.value.id) {
        return Words::new().warn(format!("override {}", left(view, held.period.to())));
    }
    match state.conflict_of(&entry.rollout.value.id) {
        Some(theirs) => conflict(theirs),
        None => standing(view, &state.window_of(entry, None)),
    }
}

/// `open, theirs frozen`: where a backend says otherwise than we do.
pub(super) fn conflict(theirs: &Theirs) -> Words {
    let ours = match theirs.ours {
        WindowState::Open { .. } => "open",
        WindowState::CutoffPassed { .. } => "cutoff",
        WindowState::Frozen { .. } => "frozen",
        WindowState::Before { .. } | WindowState::Closed { .. } => "closed",
        WindowState::NoWindow => "no window",
    };
    Words::new().text(ours).dim(", theirs ").warn(theirs.stance.word())
}

/// The same for a set of hosts.
pub(super) fn standing(view: &View, verdict: &Verdict) -> Words {
    let short = |at: Timestamp| view.short(at, Some(&verdict.set.tenant));
    match verdict.state {
        WindowState::Open { cutoff, .. } if cutoff.duration_since(view.state.now.civil) <= NEAR => {
            Words::new().warn(format!("cutoff in {}", left(view, cutoff)))
        }
        WindowState::Open { closes, .. } => Words::new().text(left(view, closes)).dim(format!(" to {}", short(closes))),
        WindowState::CutoffPassed { .. } => Words::new().warn("cutoff passed"),
        WindowState::Frozen { until, .. } => Words::new().text("frozen").dim(format!(" to {}", short(until))),
        WindowState::Before { opens } => Words::new().dim(format!("opens in {}", left(view, opens))),
        WindowState::Closed { .. } => Words::new().dim("closed"),
        WindowState::NoWindow => Words::new().dim("no window"),
    }
}

/// `fits 01:20`, `tight 01:32`, `17 late`, `can't tell`; the pace alone where no window is known.
pub(super) fn brief(view: &View, entry: &Entry) -> Words {
    let rollout = &entry.rollout.value;
    let end = |forecast: &Forecast| view.short(forecast.end, Some(&rollout.tenant));
    match view.state.fit(entry).filter(|_| concerned(view, entry)) {
        None | Some(Fit::CannotTell(Unknown::NoWindow)) => pace(view, entry),
        Some(Fit::Fits(forecast)) => Words::new().text("fits ").dim(end(&forecast)),
        Some(Fit::Tight(forecast)) => Words::new().warn("tight ").dim(end(&forecast)),
        Some(Fit::WillNotFit(forecast)) if forecast.not_begun > 0 => Words::new().warn(format!("{} late", forecast.not_begun)),
        Some(Fit::WillNotFit(forecast)) => Words::new().warn("ends ").text(end(&forecast)),
        Some(Fit::CannotTell(_)) => Words::new().dim("can't tell"),
    }
}

fn pace(view: &View, entry: &Entry) -> Words {
    let rollout = &entry.rollout.value;
    match (&rollout.state, rollout.counts) {
        (RolloutState::Running, Some(counts)) => gates::brief(view, &entry.pace, counts.left(), &rollout.tenant),
        (RolloutState::Paused(_), Some(_)) => Words::new().dim("can't tell"),
        (RolloutState::NotBegun, _) => match rollout.starts {
            Some(at) => Words::new().dim("starts ").text(view.short(at, Some(&rollout.tenant))),
            None => Words::new().dim(view.glyphs().none),
        },
        _ => Words::new().dim(view.glyphs().none),
    }
}

/// The same in full, for the detail of a rollout. None where no window is configured at all.
pub(super) fn account(view: &View, entry: &Entry) -> Option<Words> {
    if !concerned(view, entry) {
        return None;
    }
    let words = Words::new().dim("window ").and(window(view, entry));
    Some(words.then(3, told(view, entry)))
}

/// The fit in full, with what it rests on; nothing where nothing is under way.
pub(super) fn told(view: &View, entry: &Entry) -> Words {
    let short = |at: Timestamp| view.short(at, Some(&entry.rollout.value.tenant));
    let Some(fit) = view.state.fit(entry) else { return Words::new() };
    let let_on = !matches!(entry.rollout.value.state, RolloutState::Running | RolloutState::Starting);
    let said = match (&fit, fit.forecast()) {
        (Fit::WillNotFit(_) | Fit::Tight(_), _) => Words::new().warn(fit.to_string()),
        (_, Some(_)) => Words::new().text(fit.to_string()),
        (_, None) => Words::new().dim(fit.to_string()),
    };
    let said = if let_on && fit.forecast().is_some() { Words::new().dim("if let on: ").and(said) } else { said };
    let Some(forecast) = fit.forecast() else { return said };
    let start = forecast.last_start.map_or_else(String::new, |at| format!("last start {}, ", short(at)));
    said.then(
        3,
        Words::new().dim(format!("{start}end {}, at worst {}; {}", short(forecast.end), short(forecast.bad_end), forecast.pace)),
    )
}

/// Civil time until a moment: `32m`, `2h46`, `3d`. It steps by the minute.
pub(super) fn left(view: &View, until: Timestamp) -> String {
    let minutes = (until.duration_since(view.state.now.civil).as_secs().max(0) + 59) / 60;
    match minutes {
        0..60 => format!("{minutes}m"),
        60..2880 => format!("{}h{:02}", minutes / 60, minutes % 60),
        _ => format!("{}d", minutes / 1440),
    }
}
