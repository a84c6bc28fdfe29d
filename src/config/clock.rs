//! `[clock]`: the civil time of the night, where a twin runs faster than life. Its keys come together or not at all.

use jiff::Timestamp;
use toml::de::DeValue;

use super::reader::{Found, Report, Section, wrong_type};
use crate::domain::Clock;

/// Fastest clock that is understood; beyond it a second is a day and nothing can be read.
const FASTEST: f64 = 86_400.0;

pub(super) fn read(root: &mut Section<'_>, report: &mut Report) -> Clock {
    let Some(mut section) = root.table("clock", report) else { return Clock::default() };
    let at = instant(&mut section, "at", report);
    let shows = instant(&mut section, "shows", report);
    let rate = section.number("rate", 0.0..=FASTEST, report);
    for key in ["at", "shows", "rate"] {
        if section.at_key(key).is_none() {
            report.problem(section.at, format!("[clock] has no `{key}`"), "give at, shows and rate, or leave [clock] out");
        }
    }
    section.finish(report);
    match (at, shows, rate) {
        (Some(at), Some(shows), Some(rate)) => Clock { at: at.value, shows: shows.value, rate: rate.value },
        _ => Clock::default(),
    }
}

/// An instant, as a text or as TOML's own date and time with an offset.
fn instant(section: &mut Section<'_>, key: &'static str, report: &mut Report) -> Option<Found<Timestamp>> {
    let value = section.any(key)?;
    let at = value.span().start;
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        other => {
            wrong_type(report, at, key, "a moment: 2026-12-08T22:00:00Z", other);
            return None;
        }
    };
    if let Ok(value) = text.parse() {
        return Some(Found { value, at });
    }
    report.problem(at, format!("`{key}` is no moment"), "write date, time and offset: 2026-12-08T22:00:00Z");
    None
}
