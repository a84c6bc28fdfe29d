//! Events out of their lines: start, length, rule, exceptions, and single occurrences that were moved or called off.

use jiff::civil::{DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::lines::Line;
use super::{Event, FREEZE, Import, WINDOW};
use crate::calendar::rule::Recurrence;
use crate::calendar::{Length, Refused, Rule, Zone, civil, words};
use crate::domain::Text;

/// The lines of one event.
pub(super) struct Raw {
    at: usize,
    pub lines: Vec<Line>,
}

/// A date or a time with what it is relative to.
#[derive(Clone)]
struct Moment {
    local: DateTime,
    zone: Zone,
    /// Written without zone and without Z, or as a day.
    floating: bool,
    whole_day: bool,
}

type Taken<T> = Result<T, (usize, Refused)>;

impl Raw {
    pub fn at(line: usize) -> Self {
        Self { at: line, lines: Vec::new() }
    }

    fn one(&self, name: &'static str) -> Taken<Option<&Line>> {
        let mut found = self.all(name);
        let first = found.next();
        match found.next() {
            Some(second) => Err((second.number, Refused::new("file", name, "stands twice in one event"))),
            None => Ok(first),
        }
    }

    fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    fn words(&self, name: &'static str) -> Text {
        self.all(name).next().map(|line| Text::new(line.words())).unwrap_or_default()
    }

    fn uid(&self) -> Option<&str> {
        self.all("UID").next().map(|line| line.value.as_str())
    }

    fn says_freeze(&self) -> Option<bool> {
        let mut named = self.all("CATEGORIES").flat_map(|line| line.value.split(','));
        named.find_map(|name| match name.trim() {
            name if name.eq_ignore_ascii_case(FREEZE) => Some(true),
            name if name.eq_ignore_ascii_case(WINDOW) => Some(false),
            _ => None,
        })
    }

    fn is_cancelled(&self) -> bool {
        self.all("STATUS").any(|line| line.value.eq_ignore_ascii_case("CANCELLED"))
    }
}

/// Makes events of all of them; what cannot be taken is told with its line.
pub(super) fn assemble(raw: &[Raw], floating: &Zone, zones: &TimeZoneDatabase, import: &mut Import) {
    for one in raw {
        if one.is_cancelled() {
            continue;
        }
        match event(one, raw, floating, zones) {
            Ok(event) => import.events.push(event),
            Err(why) => import.refused.push(why),
        }
    }
}

fn event(raw: &Raw, all: &[Raw], floating: &Zone, zones: &TimeZoneDatabase) -> Taken<Event> {
    let Some(line) = raw.one("DTSTART")? else {
        return Err((raw.at, Refused::new("file", "VEVENT", "DTSTART is missing")));
    };
    let start = moment(line, &line.value, floating, zones)?;
    let length = length(raw, &start, floating, zones)?;
    if let Some(line) = raw.all("EXRULE").next() {
        return Err((line.number, Refused::new("rule", &line.value, "EXRULE is no part of RFC 5545 any more: write EXDATE")));
    }
    if let Some(line) = raw.all("RECURRENCE-ID").find(|line| line.parameter("RANGE").is_some()) {
        return Err((
            line.number,
            Refused::new(
                "file",
                &line.value,
                "a change of this and all later occurrences is not understood: end the series and begin another",
            ),
        ));
    }
    let rule = match raw.one("RRULE")? {
        None if raw.all("RDATE").next().is_none() => Rule::Once(start.local),
        rrule => Rule::Recurring(Box::new(recurrence(raw, rrule, &start, all, floating, zones)?)),
    };
    let summary = raw.words("SUMMARY");
    let summary = if summary.is_empty() { raw.words("UID") } else { summary };
    let says_freeze = raw.says_freeze();
    Ok(Event { uid: raw.words("UID"), summary, zone: start.zone, rule, length, says_freeze, line: raw.at })
}

fn recurrence(
    raw: &Raw,
    rrule: Option<&Line>,
    start: &Moment,
    all: &[Raw],
    floating: &Zone,
    zones: &TimeZoneDatabase,
) -> Taken<Recurrence> {
    let number = rrule.map_or(raw.at, |line| line.number);
    let at = |why: Refused| (number, why);
    // Dates alone are a series of one, and the dates.
    let text = rrule.map_or_else(|| "FREQ=DAILY;COUNT=1".to_owned(), |line| line.value.clone());
    let text = if start.floating { with_instant(&text, &start.zone) } else { text };
    let mut rule = Recurrence::of_text(start.local, &text, start.zone.named()).map_err(at)?;
    let mut also = Vec::new();
    for line in raw.all("RDATE") {
        also.extend(dates(line, start, floating, zones)?);
    }
    rule = rule.adding(also);
    let mut except = Vec::new();
    for line in raw.all("EXDATE") {
        except.extend(dates(line, start, floating, zones)?);
    }
    // An occurrence that was moved or called off has an event of its own with the same UID.
    let changes = all.iter().filter(|other| other.uid().is_some() && other.uid() == raw.uid());
    for line in changes.flat_map(|other| other.all("RECURRENCE-ID")) {
        except.extend(dates(line, start, floating, zones)?);
    }
    Ok(rule.leaving_out(except))
}

/// The list of a line, as local times of the event.
fn dates(line: &Line, start: &Moment, floating: &Zone, zones: &TimeZoneDatabase) -> Taken<Vec<DateTime>> {
    let refused = |part: &str, why: &str| Err((line.number, Refused::new("file", part, why)));
    let mut found = Vec::new();
    for value in line.value.split(',') {
        if value.contains('/') {
            return refused(value, "a period of its own length is not understood: write an event for it");
        }
        let one = moment(line, value, floating, zones)?;
        if one.whole_day != start.whole_day {
            return refused(value, "a day where the start has a time, or a time where it has a day");
        }
        match (one.zone.named(), start.zone.named()) {
            (Some(theirs), Some(ours)) if theirs != ours => match civil::resolve(one.local, theirs) {
                Some((instant, _)) => found.push(ours.to_datetime(instant)),
                None => return refused(value, "out of range"),
            },
            (Some(_), Some(_)) | (None, None) => found.push(one.local),
            _ => return refused(value, "one has a zone and the other follows the device"),
        }
    }
    Ok(found)
}

fn moment(line: &Line, value: &str, floating: &Zone, zones: &TimeZoneDatabase) -> Taken<Moment> {
    let refused = |part: &str, why: &str| (line.number, Refused::new("file", part, why));
    if let Some(day) = words::date(value) {
        let local = day.to_datetime(Time::midnight());
        return Ok(Moment { local, zone: floating.clone(), floating: true, whole_day: true });
    }
    let utc = value.strip_suffix('Z');
    let Some(local) = words::date_time(utc.unwrap_or(value)) else {
        return Err(refused(&format!("{}:{value}", line.name), "no date and time: 20261208T220000"));
    };
    let (zone, floating) = match (utc, line.parameter("TZID")) {
        (Some(_), _) => (Zone::Named(TimeZone::UTC), false),
        (None, Some(name)) => {
            // Some writers put a path before the name.
            let known = zones.get(name).or_else(|_| zones.get(name.trim_start_matches('/')));
            (Zone::Named(known.map_err(|_| refused(name, "no IANA zone: what it means is not known"))?), false)
        }
        (None, None) => (floating.clone(), true),
    };
    Ok(Moment { local, zone, floating, whole_day: false })
}

/// An end is an exact length for every occurrence; a duration counts its days by the wall clock (3.8.2.5, 3.8.5.3).
fn length(raw: &Raw, start: &Moment, floating: &Zone, zones: &TimeZoneDatabase) -> Taken<Length> {
    let (end, duration) = (raw.one("DTEND")?, raw.one("DURATION")?);
    match (end, duration) {
        (Some(end), Some(_)) => Err((end.number, Refused::new("file", "DTEND", "DTEND and DURATION exclude each other"))),
        (None, Some(line)) => match words::length(&line.value) {
            Some((0, then)) if then > SignedDuration::ZERO => Ok(Length::Elapsed(then)),
            Some((days @ 1.., then)) => Ok(Length::Days { days, then }),
            _ => Err((line.number, Refused::new("file", &line.value, "no length"))),
        },
        (None, None) if start.whole_day => Ok(Length::Days { days: 1, then: SignedDuration::ZERO }),
        (None, None) => Err((raw.at, Refused::new("file", "VEVENT", "has no length: DTEND or DURATION is missing"))),
        (Some(line), None) => {
            let end = moment(line, &line.value, floating, zones)?;
            let refused = || (line.number, Refused::new("file", &line.value, "not after its beginning"));
            if end.whole_day != start.whole_day {
                return Err((
                    line.number,
                    Refused::new("file", &line.value, "a day where the start has a time, or a time where it has a day"),
                ));
            }
            if start.whole_day {
                let days = words::days_between(start.local.date(), end.local.date());
                let days = u16::try_from(days).ok().filter(|days| *days > 0).ok_or_else(refused)?;
                return Ok(Length::Days { days, then: SignedDuration::ZERO });
            }
            let exact = instant(&end).zip(instant(start)).map(|(end, start)| end.duration_since(start));
            exact.filter(|exact| *exact > SignedDuration::ZERO).map(Length::Elapsed).ok_or_else(refused)
        }
    }
}

/// Of a time that follows the device, the length is the same as on a wall that never changes.
fn instant(moment: &Moment) -> Option<Timestamp> {
    Some(civil::resolve(moment.local, moment.zone.named().unwrap_or(&TimeZone::UTC))?.0)
}

/// A floating series ends at a floating time or day; here it has got a zone, so its end is an instant.
fn with_instant(text: &str, zone: &Zone) -> String {
    let part = |part: &str| {
        let value = part.get(..6).filter(|name| name.eq_ignore_ascii_case("UNTIL=")).map(|name| &part[name.len()..]);
        let until =
            value.and_then(|value| words::date_time(value).or_else(|| Some(words::date(value)?.to_datetime(Time::midnight()))));
        let Some(until) = until else { return part.to_owned() };
        match zone.named() {
            None => format!("UNTIL={}", until.strftime("%Y%m%dT%H%M%S")),
            Some(zone) => match civil::resolve(until, zone) {
                Some((at, _)) => format!("UNTIL={}", at.strftime("%Y%m%dT%H%M%SZ")),
                None => part.to_owned(),
            },
        }
    };
    text.split(';').map(part).collect::<Vec<_>>().join(";")
}
