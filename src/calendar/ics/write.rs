//! Writing an iCalendar file: periods as they fall, in UTC, so that no reader has to know a rule or a zone.

use std::fmt::Write;

use jiff::Timestamp;

use super::{FREEZE, WINDOW};
use crate::calendar::Outline;
use crate::domain::window::Frozen;
use crate::domain::{Opening, Period, Text};

/// A line holds at most so many bytes before it is folded (3.1).
const WIDE: usize = 75;

/// One event of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub period: Period,
    pub title: Text,
    pub note: Text,
    /// It is a time in which nothing may begin, and no window.
    pub freeze: bool,
}

impl From<&Opening> for Entry {
    fn from(opening: &Opening) -> Self {
        let title = opening.windows.iter().map(Text::as_str).collect::<Vec<_>>().join(" + ");
        let note = format!("no new work from {} on", opening.cutoff);
        Self { period: opening.period, title: Text::new(title), note: Text::new(note), freeze: false }
    }
}

impl From<&Frozen> for Entry {
    fn from(frozen: &Frozen) -> Self {
        let title = Text::new(format!("freeze: {}", frozen.freeze));
        Self { period: frozen.period, title, note: frozen.reason.clone(), freeze: true }
    }
}

/// The file of one set of hosts. The same entry has the same UID in every export, so that an importer updates instead of
/// doubling. `of` names what the entries are of: a tenant.
pub fn export(of: &Text, entries: impl IntoIterator<Item = Entry>, written: Timestamp) -> String {
    file(entries.into_iter().map(|entry| (of.clone(), entry)), written)
}

/// The file of many sets: each opening and each freeze of each, with the set's name before it.
pub fn export_all<'a>(outlines: impl IntoIterator<Item = &'a Outline>, written: Timestamp) -> String {
    let of = |outline: &'a Outline| {
        let name = Text::new(outline.set.to_string());
        let entries = outline.openings.iter().map(Entry::from).chain(outline.frozen.iter().map(Entry::from));
        entries.map(move |entry| {
            let title = Text::new(format!("{name}: {}", entry.title));
            (name.clone(), Entry { title, ..entry })
        })
    };
    file(outlines.into_iter().flat_map(of), written)
}

fn file(entries: impl Iterator<Item = (Text, Entry)>, written: Timestamp) -> String {
    let mut out = String::new();
    let stamp = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    for head in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//patchdeck//windows//EN"] {
        line(&mut out, head);
    }
    for (of, entry) in entries {
        let (from, to) = (stamp(entry.period.from()), stamp(entry.period.to()));
        line(&mut out, "BEGIN:VEVENT");
        line(&mut out, &format!("UID:{from}-{}-{}@patchdeck", plain(&of), plain(&entry.title)));
        line(&mut out, &format!("DTSTAMP:{}", stamp(written)));
        line(&mut out, &format!("DTSTART:{from}"));
        line(&mut out, &format!("DTEND:{to}"));
        line(&mut out, &format!("SUMMARY:{}", escaped(&entry.title)));
        if !entry.note.is_empty() {
            line(&mut out, &format!("DESCRIPTION:{}", escaped(&entry.note)));
        }
        line(&mut out, &format!("CATEGORIES:{}", if entry.freeze { FREEZE } else { WINDOW }));
        // Nobody is busy for it.
        line(&mut out, "TRANSP:TRANSPARENT");
        line(&mut out, "END:VEVENT");
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn escaped(text: &Text) -> String {
    let mut out = String::new();
    for c in text.as_str().chars() {
        if matches!(c, '\\' | ';' | ',') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A part of an id: letters and digits as they are, everything else by its number, so that two names are never one.
fn plain(text: &Text) -> String {
    let mut out = String::new();
    for c in text.as_str().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, ".{:x}.", u32::from(c));
        }
    }
    out
}

/// One content line, folded between characters.
fn line(out: &mut String, text: &str) {
    let mut width = 0;
    for c in text.chars() {
        if width + c.len_utf8() > WIDE {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}
