//! Words that the timeline, the list and the detail of the Windows screen share.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::app::state::RowId;
use crate::domain::{HostSet, Verdict, WindowState};
use crate::theme::Role;
use crate::ui::fits;
use crate::ui::view::View;
use crate::ui::words::Words;

/// Further away than this, a day is told by its date.
const WEEK: SignedDuration = SignedDuration::from_hours(6 * 24);

pub fn set(row: &RowId) -> Option<&HostSet> {
    match row {
        RowId::Set(set) => Some(set),
        _ => None,
    }
}

/// The tenant's name, and its group's behind it.
pub fn name(set: &HostSet) -> Words {
    let words = Words::new().text(set.tenant.text());
    match &set.group {
        Some(group) => words.dim("/").text(group),
        None => words,
    }
}

/// One word, with its role: `open`, `frozen`.
pub fn state(verdict: &Verdict) -> Words {
    let word = verdict.state.word();
    match verdict.state {
        WindowState::Open { .. } => Words::new().ok(word),
        WindowState::CutoffPassed { .. } => Words::new().warn(word),
        WindowState::Frozen { .. } => Words::of(Role::Freeze, word),
        WindowState::Before { .. } | WindowState::Closed { .. } => Words::new().dim("closed"),
        WindowState::NoWindow => Words::new().dim(word),
    }
}

/// `Tue 20:46 CET`, `12 Jan 20:46 CET`, in a zone that need not be the one of the screen.
pub fn instant(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let near = at.duration_since(now).abs() < WEEK;
    at.to_zoned(zone.clone()).strftime(if near { "%a %H:%M %Z" } else { "%-d %b %H:%M %Z" }).to_string()
}

/// A verdict as a sentence.
pub fn sentence(view: &View, verdict: &Verdict) -> Words {
    let clock = |at: Timestamp| view.clock(at, Some(&verdict.set.tenant));
    let next = |words: Words, next: Option<Timestamp>| match next {
        Some(next) => words.dim(format!("; work may begin again {}", clock(next))),
        None => words.dim("; no further opening is known"),
    };
    let words = match &verdict.state {
        WindowState::Open { cutoff, closes } if cutoff < closes => {
            Words::new().ok("open").text(format!(": nothing begins after {}, it closes {}", clock(*cutoff), clock(*closes)))
        }
        WindowState::Open { closes, .. } => Words::new().ok("open").text(format!(": work may begin until {}", clock(*closes))),
        WindowState::CutoffPassed { closes, next: opens } => {
            next(Words::new().warn("cutoff passed").text(format!(": nothing begins, it closes {}", clock(*closes))), *opens)
        }
        WindowState::Frozen { freeze, until, next: opens } => {
            next(Words::of(Role::Freeze, "frozen").text(format!(" to {}: {freeze}", clock(*until))), *opens)
        }
        WindowState::Before { opens } => {
            Words::new().text(format!("closed; it opens {}", clock(*opens))).dim(format!(", in {}", fits::left(view, *opens)))
        }
        WindowState::Closed { looked_until } => {
            Words::new().text("closed").dim(format!("; no opening is known before {}", view.short(*looked_until, None)))
        }
        WindowState::NoWindow => Words::new().dim("no window is known: nothing here says when work is allowed"),
    };
    match &verdict.only {
        Some(works) if works.is_empty() => words.warn("   no kind of work is allowed"),
        Some(works) => {
            let names: Vec<&str> = works.iter().map(|work| work.word()).collect();
            words.warn(format!("   only {}", names.join(", ")))
        }
        None => words,
    }
}
