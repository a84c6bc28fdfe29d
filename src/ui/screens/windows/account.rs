//! What the Windows screen tells of one set of hosts: how it stands, what backends say of it, the opening's three times, whether the work fits, what
//! began outside, the next openings, and clock changes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::{said, theirs};
use crate::app::state::outside::{Near, still_going};
use crate::domain::window::{ClockChange, Wall};
use crate::domain::{HostSet, Opening};
use crate::store::read::Entry;
use crate::ui::fits;
use crate::ui::format;
use crate::ui::parts::{self, labelled};
use crate::ui::view::View;
use crate::ui::widgets::pane::Pane;
use crate::ui::words::Words;

/// Openings to come that are told, and where there is little room.
const NEXT: usize = 12;
const FEW: usize = 4;
/// Lines below which there is little room.
const LOW: u16 = 16;
/// Rollouts told with their fit.
const TOLD: usize = 3;

pub fn of(view: &View, set: &HostSet, area: Rect) -> Pane {
    let now = view.state.now.civil;
    let width = usize::from(area.width).saturating_sub(3);
    let verdict = view.state.calendars.at(set, None, now);
    let focus = view.state.timeline.focus();
    let jumped = focus.and_then(|focus| view.state.calendars.at(set, None, focus).opening);
    let label = match (&jumped, &verdict.opening) {
        (Some(_), _) => "jumped to",
        (None, Some(opening)) if opening.period.holds(now) => "now",
        (None, _) => "next",
    };
    let opening = jumped.or_else(|| verdict.opening.clone());
    let named = opening.as_ref().map(|opening| opening.windows.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + "));
    let title = Words::new().strong(named.map_or_else(|| set.to_string(), |named| view.pair(set.to_string(), named)));
    let mut lines = vec![said::sentence(view, &verdict)];
    lines.extend(overrides(view, set));
    lines.extend(theirs::lines(view, set, width));
    lines.push(Words::new());
    if let Some(opening) = &opening {
        lines.extend(times(view, set, opening, label));
        lines.push(Words::new());
    }
    lines.extend(live(view, set, width));
    lines.extend(changes(view, set, opening.as_ref()));
    let most = if area.height < LOW { FEW } else { NEXT };
    lines.push(next(view, set, most, width));
    if let Some(source) = &verdict.source {
        let owner = verdict.owner.as_ref().map_or_else(String::new, |owner| format!(", {owner}"));
        lines.push(labelled("written", Words::new().dim(format!("{source}{owner}"))));
    }
    Pane { title, right: rule(view, set, opening.as_ref()), lines }
}

/// The rule in its own words.
fn rule(view: &View, set: &HostSet, opening: Option<&Opening>) -> Words {
    let rules = opening.into_iter().flat_map(|opening| &opening.windows).filter_map(|name| view.state.calendars.rule(set, name));
    let said: Vec<String> = rules.map(|rule| rule.said.to_string()).collect();
    Words::new().dim(said.join(" + "))
}

fn overrides(view: &View, set: &HostSet) -> Vec<Words> {
    let now = view.state.now.civil;
    let held = view.state.overrides_of(set).filter(|held| held.period.holds(now));
    held.map(|held| {
        let of =
            view.state.store.entry(&held.rollout).map_or_else(|| held.rollout.text(), |entry| entry.rollout.value.name.clone());
        let who = held.second.as_ref().map_or_else(|| held.who.to_string(), |second| format!("{} and {second}", held.who));
        let until = view.clock(held.period.to(), Some(&set.tenant));
        let change = held.change.as_ref().map_or_else(String::new, |change| format!(" ({change})"));
        labelled("override", Words::new().warn(format!("{of} to {until}")).text(format!(": {}{change}, by {who}", held.reason)))
    })
    .collect()
}

/// The three instants in the three zones that people speak of.
fn times(view: &View, set: &HostSet, opening: &Opening, label: &str) -> Vec<Words> {
    const CELLS: usize = 19;
    let now = view.state.now.civil;
    let three = [opening.period.from(), opening.cutoff, opening.period.to()];
    let line = |label: &str, zone: &TimeZone| {
        let said = three.iter().fold(Words::new(), |words, at| words.text(format!("{:<CELLS$}", said::instant(*at, zone, now))));
        labelled(label, said)
    };
    let head = ["OPENS", "CUTOFF", "CLOSES"].map(|title| format!("{title:<CELLS$}")).concat();
    vec![
        labelled(label, Words::new().dim(head)),
        line("here", &view.state.local_zone),
        line("tenant", &view.state.calendars.zone(&set.tenant)),
        line("UTC", &TimeZone::UTC),
    ]
}

/// What moves or waits there, each with its fit, and what of it began outside every window.
fn live(view: &View, set: &HostSet, width: usize) -> Vec<Words> {
    let live = view.state.live(set);
    let mut lines = Vec::new();
    if live.is_empty() {
        return vec![labelled("fit", Words::new().dim("nothing moves or waits here"))];
    }
    let told = live.iter().take(TOLD).map(|entry| {
        let name = Words::new().text(&entry.rollout.value.name);
        (*entry, [name, parts::standing(view, entry), fits::told(view, entry)])
    });
    let told: Vec<(&Entry, [Words; 3])> = told.collect();
    let widest = |at: usize| told.iter().map(|(_, words)| words[at].width()).max().unwrap_or(0);
    let (names, states, fits) = (widest(0), widest(1), widest(2));
    // In columns where all of them have room, else each as it comes.
    let aligned = labelled("", Words::new()).width() + names + states + fits + 5 <= width;
    let (names, states) = if aligned { (names, states) } else { (0, 0) };
    let padded = |words: &Words, width: usize| words.clone().gap(width.saturating_sub(words.width()));
    let mut label = "fit";
    for (entry, [name, state, fit]) in told {
        let head = padded(&name, names).then(2, padded(&state, states));
        let line = labelled(label, head.clone().then(3, fit.clone()));
        if line.width() <= width {
            lines.push(line);
        } else {
            lines.push(labelled(label, head));
            lines.push(labelled("", fit));
        }
        let before = lines.len();
        lines.extend(late(view, entry));
        lines.extend(going(view, entry, width));
        for outside in view.state.outside(entry) {
            let by = view.clock(outside.by, Some(&set.tenant));
            let said =
                format!("wave {} \"{}\" began outside every window, by {by}: {}", outside.ordinal, outside.wave, outside.stood);
            lines.push(labelled("outside", Words::new().warn(said)));
        }
        label = if aligned && lines.len() == before { "" } else { "fit" };
    }
    if live.len() > TOLD {
        lines.push(labelled("", Words::new().dim(format!("{} more; the board lists them", live.len() - TOLD))));
    }
    lines
}

/// Who stops the late ones: nobody.
fn late(view: &View, entry: &Entry) -> Option<Words> {
    let fit = view.state.fit(entry)?;
    let forecast = fit.forecast().filter(|forecast| forecast.not_begun > 0)?;
    let last = forecast
        .last_start
        .map_or_else(String::new, |at| format!(", the last {}", view.hour(at, Some(&entry.rollout.value.tenant))));
    let said = format!("{} would begin after the cutoff{last}; nobody stops them", format::hosts(forecast.not_begun));
    Some(labelled("late", Words::new().warn(said)))
}

/// Who goes on though nothing may begin any more, each wave with as many hosts as have room.
fn going(view: &View, entry: &Entry, width: usize) -> Vec<Words> {
    let over =
        view.state.under_way(entry).is_some_and(|under_way| !matches!(under_way.near, Near::Cutoff(_) | Near::Override(_)));
    if !over {
        return Vec::new();
    }
    let line = |named: usize| -> Vec<Words> {
        let waves = still_going(&view.state.store, entry, named);
        waves.iter().map(|wave| labelled("going", Words::new().warn(wave.to_string()))).collect()
    };
    let fits = |lines: &Vec<Words>| lines.iter().all(|line| line.width() <= width);
    (0..=NEXT).rev().map(line).find(fits).unwrap_or_else(|| line(0))
}

/// Openings to come, as many as one line has room for.
fn next(view: &View, set: &HostSet, most: usize, width: usize) -> Words {
    let now = view.state.now.civil;
    let zone = view.state.zone_for(Some(&set.tenant));
    let coming = view.state.calendars.coming(set, now, most);
    if coming.is_empty() {
        return labelled("next", Words::new().dim("no further opening is known"));
    }
    let mark = |opening: &Opening| if opening.changes.is_empty() { "" } else { "*" };
    let line = |coming: &[Opening]| {
        let told: Vec<String> = coming
            .iter()
            .map(|opening| format!("{}{}", said::instant(opening.period.from(), &zone, now), mark(opening)))
            .collect();
        let words = Words::new().text(told.join(", "));
        let changes = coming.iter().any(|opening| !opening.changes.is_empty());
        labelled("next", if changes { words.dim("   * the clock changes in it") } else { words })
    };
    let lines = (1..=coming.len()).rev().map(|some| line(&coming[..some]));
    lines.clone().find(|line| line.width() <= width).unwrap_or_else(|| line(&coming[..1]))
}

/// Changes of the clock in the opening, and else the next one at all.
fn changes(view: &View, set: &HostSet, opening: Option<&Opening>) -> Vec<Words> {
    let zone = view.state.calendars.zone(&set.tenant);
    let mut lines = Vec::new();
    for change in opening.into_iter().flat_map(|opening| &opening.changes) {
        lines.push(labelled("clock", Words::new().warn(format!("changes in this opening: {}", told(change)))));
    }
    for (edge, wall) in opening.into_iter().flat_map(|opening| [("start", opening.begins), ("end", opening.ends)]) {
        let said = match wall {
            Wall::Once => continue,
            Wall::Skipped => format!("the {edge} as written is left out that night; it is later by as much as the clock jumps"),
            Wall::Twice => format!("the {edge} as written comes twice that night; the first is taken"),
        };
        lines.push(labelled("clock", Words::new().warn(said)));
    }
    if lines.is_empty() {
        let said = match view.state.calendars.clock_change(&set.tenant, view.state.now.civil) {
            Some(change) => format!("changes there on {}", told(&change)),
            None => format!("no change within a year in {}", zone.iana_name().unwrap_or("its zone")),
        };
        lines.push(labelled("clock", Words::new().dim(said)));
    }
    lines
}

/// `Sun 28 Mar, 02:00 becomes 03:00`.
fn told(change: &ClockChange) -> String {
    let at = |offset: jiff::tz::Offset, at: Timestamp| offset.to_datetime(at);
    let (before, after) = (at(change.before, change.at), at(change.after, change.at));
    format!("{}, {} becomes {}", before.strftime("%a %-d %b"), before.strftime("%H:%M"), after.strftime("%H:%M"))
}
