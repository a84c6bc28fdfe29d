//! iCalendar files (RFC 5545) as a source of windows and freezes, and as a form of the result. Text in, text out.
//!
//! Reading and writing the file, and noticing that it changed, is the caller's. Alarms, to-dos and the file's own zone
//! definitions are not read: a zone is known by its IANA name or not at all.

mod event;
mod lines;
mod write;

use jiff::SignedDuration;
use jiff::tz::TimeZoneDatabase;

use super::freeze::When;
use super::{Freeze, Length, Refused, Rule, Scope, Window, Zone};
use crate::domain::{Text, Work};
use lines::Line;

pub use write::{Entry, export, export_all};

/// Categories that tell the two kinds of events of an export apart, so that a freeze that is read back becomes no window.
const FREEZE: &str = "FREEZE";
const WINDOW: &str = "MAINTENANCE WINDOW";

/// One event of a file: a rule in a zone, and how long it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub uid: Text,
    pub summary: Text,
    pub zone: Zone,
    pub rule: Rule,
    pub length: Length,
    /// It says of itself that it is a freeze (`CATEGORIES:FREEZE`), or that it is a window. None where it says neither.
    pub says_freeze: Option<bool>,
    /// The line its `BEGIN:VEVENT` stands on, from 1.
    pub line: usize,
}

/// What a file holds, and what of it cannot be taken, with its line. Nothing is left out silently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    pub events: Vec<Event>,
    pub refused: Vec<(usize, Refused)>,
}

/// Reads a file. Times without a zone are `floating`'s.
pub fn import(text: &str, floating: &Zone, zones: &TimeZoneDatabase) -> Import {
    let mut import = Import::default();
    let mut raw: Vec<event::Raw> = Vec::new();
    // Names of the components that are open, outermost first.
    let mut open: Vec<String> = Vec::new();
    let mut last = 0;
    let mut calendars = 0;
    for line in lines::unfolded(text) {
        last = line.number;
        let line = match Line::read(line) {
            Ok(line) => line,
            Err((number, why)) => {
                import.refused.push((number, why));
                continue;
            }
        };
        match line.name.as_str() {
            "BEGIN" => {
                open.push(line.value.to_ascii_uppercase());
                match open.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["VCALENDAR"] => calendars += 1,
                    ["VCALENDAR", "VEVENT"] => raw.push(event::Raw::at(line.number)),
                    _ => {}
                }
            }
            "END" => {
                let begun = open.pop();
                if begun.is_none_or(|name| name != line.value.to_ascii_uppercase()) {
                    import
                        .refused
                        .push((line.number, Refused::new("file", format!("END:{}", line.value), "ends what did not begin")));
                    return import;
                }
            }
            _ if open.len() == 2 && open[1] == "VEVENT" => {
                if let Some(event) = raw.last_mut() {
                    event.lines.push(line);
                }
            }
            _ => {}
        }
    }
    if calendars == 0 {
        import.refused.push((1, Refused::new("file", "", "no iCalendar file: BEGIN:VCALENDAR is missing")));
        return import;
    }
    if let Some(name) = open.pop() {
        // The rest of the file may hold freezes that nobody would see: none of it is taken.
        import.refused.push((last, Refused::new("file", format!("BEGIN:{name}"), "the file is cut off: its END is missing")));
        return import;
    }
    event::assemble(&raw, floating, zones, &mut import);
    import
}

impl Event {
    /// The event as a window.
    pub fn window(&self, cutoff: SignedDuration, allows: &[Work], owner: Option<Text>) -> Window {
        Window {
            name: self.summary.clone(),
            zone: self.zone.clone(),
            rule: self.rule.clone(),
            length: self.length,
            cutoff,
            allows: allows.to_vec(),
            owner,
        }
    }

    /// The event as a freeze.
    pub fn freeze(&self, scope: Scope) -> Freeze {
        Freeze {
            name: self.summary.clone(),
            reason: Text::default(),
            scope,
            zone: self.zone.clone(),
            when: When::Recurring { rule: self.rule.clone(), length: self.length },
        }
    }
}
