//! The table: which room may know which, and what of the world a room must not touch. The same one stands, with its
//! reasons, in `docs/architecture.md`.

use crate::walk::Seen;

pub struct Row {
    /// The room's place in the crate; the longest one that fits a file is the file's.
    pub room: &'static str,
    /// Places of ours that it may import, besides itself.
    pub may: &'static [&'static str],
    /// Crates and parts of crates that it must not touch.
    pub must_not: &'static [&'static str],
}

/// A pure room: no loop, no screen, no network, no clock, no file, no environment.
const WORLD: &[&str] = &[
    "tokio",
    "ratatui",
    "reqwest",
    "crossterm",
    "axum",
    "rustix",
    "directories",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
];

pub const ROWS: &[Row] = &[
    Row { room: "domain", may: &[], must_not: WORLD },
    Row { room: "action", may: &["domain"], must_not: WORLD },
    Row { room: "calendar", may: &["domain"], must_not: WORLD },
    Row { room: "diagnosis", may: &["domain"], must_not: WORLD },
    Row { room: "plan", may: &["domain", "action", "calendar", "diagnosis"], must_not: WORLD },
    Row { room: "store", may: &["domain", "calendar", "diagnosis"], must_not: WORLD },
    Row {
        room: "backend::port",
        may: &["domain", "action", "plan::types"],
        must_not: &["ratatui", "crossterm", "std::fs", "tokio::fs"],
    },
    Row {
        room: "backend",
        may: &["domain", "action", "plan::types", "plan::gate", "backend::port"],
        must_not: &["ratatui", "crossterm"],
    },
    Row { room: "journal", may: &["domain", "action", "plan::types"], must_not: &["ratatui", "crossterm", "reqwest"] },
    Row { room: "memory", may: &["domain", "action", "plan::types"], must_not: &["ratatui", "crossterm", "reqwest"] },
    Row { room: "sheet", may: &[], must_not: &["crossterm", "ratatui", "tokio", "reqwest"] },
    Row { room: "keymap", may: &["action", "sheet"], must_not: &["crossterm", "ratatui", "tokio", "reqwest"] },
    Row { room: "theme", may: &["sheet"], must_not: &["crossterm", "tokio", "reqwest"] },
    Row {
        room: "config",
        may: &["domain", "calendar", "keymap", "backend::settings"],
        must_not: &["ratatui", "crossterm", "tokio", "reqwest"],
    },
    Row {
        room: "app",
        may: &["domain", "action", "calendar", "diagnosis", "plan", "store", "journal", "memory", "keymap", "backend::port"],
        must_not: &["crossterm", "reqwest", "axum"],
    },
    Row {
        room: "ui",
        may: &["domain", "action", "plan::types", "store::read", "app::state", "theme", "keymap"],
        must_not: &[
            "tokio",
            "reqwest",
            "crossterm",
            "axum",
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "Timestamp::now",
            "Zoned::now",
        ],
    },
    Row { room: "terminal", may: &["keymap"], must_not: &["reqwest", "axum"] },
    Row { room: "twin", may: &[], must_not: &["ratatui", "crossterm", "reqwest"] },
    Row {
        room: "cli",
        may: &[
            "domain",
            "action",
            "calendar",
            "diagnosis",
            "plan",
            "store",
            "backend",
            "journal",
            "memory",
            "keymap",
            "sheet",
            "theme",
            "config",
            "app",
            "ui",
            "terminal",
            "twin",
        ],
        must_not: &["crossterm"],
    },
];

/// The row of a file, by its place in the crate.
pub fn row_of(module: &[&str]) -> Option<&'static Row> {
    let fits = |row: &&Row| starts_with(module, row.room);
    ROWS.iter().filter(fits).max_by_key(|row| row.room.len())
}

fn starts_with<S: AsRef<str>>(place: &[S], room: &str) -> bool {
    let room: Vec<&str> = room.split("::").collect();
    place.len() >= room.len() && room.iter().zip(place).all(|(a, b)| *a == b.as_ref())
}

/// Why a path is not allowed in a file of this row; None if it is.
pub fn verdict(row: &Row, seen: &Seen) -> Option<String> {
    match seen {
        Seen::Ours(path) if path.first().is_none_or(|first| first == "*") => {
            Some(format!("{} takes everything from the crate's root", row.room))
        }
        Seen::Ours(path) => {
            let own = starts_with(path, row.room) && !is_other_row(row, path);
            let allowed = own || row.may.iter().any(|place| starts_with(path, place));
            (!allowed).then(|| format!("{} must not know {}", row.room, path.join("::")))
        }
        Seen::Theirs(path) => {
            let touched = row.must_not.iter().find(|part| touches(path, part))?;
            Some(format!("{} must not touch {touched}: {}", row.room, path.join("::")))
        }
    }
}

/// A part of a room with a row of its own is another room to the rest of it.
fn is_other_row(row: &Row, path: &[String]) -> bool {
    let place: Vec<&str> = path.iter().map(String::as_str).collect();
    row_of(&place).is_some_and(|other| other.room != row.room)
}

/// Whether a path goes into a forbidden part: from its beginning, at its end where the part is a type's function
/// (`Timestamp::now`), or through another crate that hands the forbidden one on (`ratatui::crossterm`).
fn touches(path: &[String], part: &str) -> bool {
    let part: Vec<&str> = part.split("::").collect();
    let is_function = part.len() == 2 && part[0].starts_with(char::is_uppercase);
    if is_function {
        return path.len() >= 2 && path[path.len() - 2..].iter().zip(&part).all(|(a, b)| a == b);
    }
    let begins = path.len() >= part.len() && part.iter().zip(path).all(|(a, b)| a == b);
    let handed_on = part.len() == 1 && path.len() > 1 && path[1] == part[0];
    begins || handed_on
}
