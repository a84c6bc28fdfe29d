//! The calendar as plain lines: a table for each set of hosts, in its tenant's own time.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Found;
use super::json::zone_name;
use crate::app::recall::override_words;
use crate::app::state::Theirs;
use crate::app::state::theirs::{hosts_in_words, our_word};
use crate::calendar::{Clash, Outline};
use crate::cli::columns::{aligned, row};
use crate::domain::window::{ClockChange, Frozen, Wall};
use crate::domain::{Conflict, Opening, Text, WindowState};

pub(super) fn lines(found: &Found<'_>) -> String {
    let days = if found.days == 1 { "the next day".to_owned() } else { format!("the next {} days", found.days) };
    let now = found.now.strftime("%Y-%m-%d %H:%MZ");
    let mut lines = vec![format!("{now}, {days}; times are the tenants' own")];
    if found.calendars.is_empty() {
        lines.push("the config names no window and no freeze: nothing is known of allowed times".to_owned());
    }
    for outline in &found.outlines {
        lines.push(String::new());
        lines.extend(set(outline, found));
    }
    match &found.theirs {
        None => lines.extend([String::new(), "backends were not asked what they say themselves".to_owned()]),
        Some(said) if said.gaps.is_empty() => {}
        Some(said) => {
            lines.extend([String::new(), "NOT KNOWN OF THE BACKENDS".to_owned()]);
            lines.extend(said.gaps.iter().map(|gap| format!("  {gap}")));
        }
    }
    match found.overrides.as_deref() {
        None => lines.extend([String::new(), "overrides are not known".to_owned()]),
        Some([]) => {}
        Some(all) => {
            lines.extend([String::new(), "OVERRIDES".to_owned()]);
            let held = all.iter().map(|held| format!("  {} {}: {}", held.tenant, held.rollout, override_words(held)));
            lines.extend(held.map(|line| Text::bounded(&line, 2_000).to_string()));
        }
    }
    if !found.advice.is_empty() {
        lines.extend([String::new(), "TO THINK OVER".to_owned()]);
        for one in &found.advice {
            lines.push(format!("  {}: {}: {}", one.source, one.set, one.what));
            lines.push(format!("      {}", one.next));
        }
    }
    lines.join("\n")
}

fn set(outline: &Outline, found: &Found<'_>) -> Vec<String> {
    let state = state(outline, found);
    let mut lines = vec![format!("{}  {}  {state}", outline.set, zone_name(&outline.zone))];
    let zone = &outline.zone;
    if !outline.openings.is_empty() {
        let mut rows = vec![row(["  OPENS", "LAST START", "CLOSES", "LENGTH", "WINDOW", ""])];
        rows.extend(outline.openings.iter().map(|opening| of_opening(opening, zone)));
        lines.extend(aligned(&rows, &[3]));
    } else if found.calendars.windows_of(&outline.set).is_empty() {
        lines.push("  no window".to_owned());
    } else {
        lines.push("  does not open in this time".to_owned());
    }
    if !outline.frozen.is_empty() {
        let mut rows = vec![row(["  FROZEN FROM", "TO", "FREEZE", ""])];
        rows.extend(outline.frozen.iter().map(|frozen| of_freeze(frozen, zone)));
        lines.extend(aligned(&rows, &[]));
    }
    lines.extend(outline.clashes.iter().map(|clash| of_clash(clash, zone)));
    for one in found.theirs.iter().flat_map(|said| &said.all).filter(|one| one.set == outline.set) {
        lines.extend(of_theirs(one, zone));
    }
    for dropped in &outline.dropped {
        let (from, to) = (time(dropped.from(), zone), time(dropped.to(), zone));
        lines.push(format!("  dropped: {from} to {to} leaves too little time to begin in"));
    }
    lines
}

fn state(outline: &Outline, found: &Found<'_>) -> String {
    let verdict = found.calendars.at(&outline.set, None, found.now);
    let said = |at: &Timestamp| time(*at, &outline.zone);
    match &verdict.state {
        WindowState::Open { cutoff, closes } if cutoff == closes => format!("open until {}", said(closes)),
        WindowState::Open { cutoff, closes } => format!("open: last start {}, closes {}", said(cutoff), said(closes)),
        WindowState::CutoffPassed { closes, .. } => format!("cutoff passed: nothing begins, closes {}", said(closes)),
        WindowState::Frozen { freeze, until, .. } => format!("frozen until {}: {freeze}", said(until)),
        WindowState::Before { opens } => format!("closed: opens {}", said(opens)),
        WindowState::Closed { .. } => "closed: no opening is known".to_owned(),
        WindowState::NoWindow => "no window".to_owned(),
    }
}

fn of_opening(opening: &Opening, zone: &TimeZone) -> Vec<String> {
    let (from, to) = (opening.period.from(), opening.period.to());
    let cutoff = if opening.cutoff == to { "-".to_owned() } else { time(opening.cutoff, zone) };
    let windows: Vec<&str> = opening.windows.iter().map(Text::as_str).collect();
    let mut notes: Vec<String> = opening.changes.iter().map(|one| clock_change(one, zone)).collect();
    notes.extend(edge("begins", opening.begins));
    notes.extend(edge("ends", opening.ends));
    vec![
        format!("  {}", time(from, zone)),
        cutoff,
        time(to, zone),
        length(opening.period.length()),
        windows.join(" + "),
        notes.join("; "),
    ]
}

fn clock_change(change: &ClockChange, zone: &TimeZone) -> String {
    let jump = i64::from(change.after.seconds()) - i64::from(change.before.seconds());
    let way = if jump > 0 { "forward" } else { "back" };
    format!("the clock goes {way} by {} at {}", length(SignedDuration::from_secs(jump.abs())), time(change.at, zone))
}

fn edge(what: &str, wall: Wall) -> Option<String> {
    match wall {
        Wall::Once => None,
        Wall::Skipped => Some(format!("{what} at a time that the clock leaves out, taken later")),
        Wall::Twice => Some(format!("{what} at a time that comes twice, the first is taken")),
    }
}

fn of_freeze(frozen: &Frozen, zone: &TimeZone) -> Vec<String> {
    let (from, to) = (time(frozen.period.from(), zone), time(frozen.period.to(), zone));
    vec![format!("  {from}"), to, frozen.freeze.to_string(), frozen.reason.to_string()]
}

fn of_clash(clash: &Clash, zone: &TimeZone) -> String {
    let part = if clash.wholly { "wholly" } else { "in part" };
    let from = time(clash.period.from(), zone);
    format!("  conflict: \"{}\" of {from} is taken {part} by the freeze \"{}\" ({})", clash.window, clash.freeze, clash.source)
}

/// What a backend says, and where ours says otherwise.
fn of_theirs(theirs: &Theirs, zone: &TimeZone) -> Vec<String> {
    let said = theirs.stance.told(&|at| time(at, zone));
    let hosts = hosts_in_words(theirs.hosts.len());
    let whose = match (&theirs.rollout, &theirs.wave) {
        (Some(rollout), Some(wave)) => format!(" of {}, {wave}", rollout.raw()),
        (Some(rollout), None) => format!(" of {}", rollout.raw()),
        (None, _) => String::new(),
    };
    let line = format!("  {} says: {said} for {hosts}{whose}: {}", theirs.backend, theirs.native);
    let ours = our_word(&theirs.ours);
    let differs = match theirs.conflict {
        Some(Conflict::OursShut) => Some(format!("  conflict: {} lets {hosts} begin, ours is {ours}", theirs.backend)),
        Some(Conflict::TheirsShut) => Some(format!("  conflict: {} holds back {hosts}, ours is {ours}", theirs.backend)),
        None if theirs.opens_outside => Some("  ours lets nothing begin then".to_owned()),
        None => None,
    };
    let bounded = |line: String| Text::bounded(&line, 2_000).to_string();
    std::iter::once(line).chain(differs).map(bounded).collect()
}

/// `Sat 2027-03-13 22:00 CET`
fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string()
}

/// `6h`, `7h 30min`, `45min`
fn length(length: SignedDuration) -> String {
    let minutes = length.as_mins();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}min"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h {minutes:02}min"),
    }
}
