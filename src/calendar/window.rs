//! A window as somebody wrote it: its rule, its zone, how long it is, what it allows and whose it is.
//!
//! It is read from plain words; which file and line they stood in is known to the caller.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::rule::recurrence::Parts;
use super::rule::{Cron, Nth, Recurrence};
use super::{Length, Refused, Rule, civil, words};
use crate::domain::window::Wall;
use crate::domain::{Period, Text, Work};

/// Where a window's civil times are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    Named(TimeZone),
    /// Wherever the device is.
    Device,
}

impl Zone {
    /// Reads an IANA name, `UTC` or `device`.
    pub fn read(text: &str, zones: &TimeZoneDatabase) -> Result<Self, Refused> {
        match text {
            "device" => Ok(Self::Device),
            "UTC" => Ok(Self::Named(TimeZone::UTC)),
            _ => zones
                .get(text)
                .map(Self::Named)
                .map_err(|_| Refused::new("zone", text, "unknown: write an IANA name like Europe/Berlin, UTC, or device")),
        }
    }

    pub(super) fn named(&self) -> Option<&TimeZone> {
        match self {
            Self::Named(zone) => Some(zone),
            Self::Device => None,
        }
    }

    pub(super) fn at<'a>(&'a self, device: &'a TimeZone) -> &'a TimeZone {
        self.named().unwrap_or(device)
    }
}

/// The words of a window.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    pub name: &'a str,
    pub zone: &'a str,
    pub rule: RuleDraft<'a>,
    /// `8h` or `until 06:00`.
    pub lasts: &'a str,
    /// Elapsed time before the end: `30min`. None is no cutoff: work may begin until the end.
    pub cutoff: Option<&'a str>,
    /// Names of the work it allows; empty for all.
    pub allows: &'a [&'a str],
    pub owner: Option<&'a str>,
}

/// The words of a rule.
#[derive(Clone, Copy, Debug)]
pub enum RuleDraft<'a> {
    Rrule(Parts<'a>),
    Cron(&'a str),
    /// `Patch Tuesday + 3 at 22:00`.
    Nth(&'a str),
    Once(&'a str),
}

impl Rule {
    pub fn read(draft: RuleDraft<'_>, zone: &Zone) -> Result<Self, Refused> {
        match draft {
            RuleDraft::Rrule(parts) => Ok(Self::Recurring(Box::new(Recurrence::read(parts, zone.named())?))),
            RuleDraft::Cron(text) => Ok(Self::Cron(Cron::read(text)?)),
            RuleDraft::Nth(text) => Ok(Self::Nth(Nth::read(text)?)),
            RuleDraft::Once(text) => once("start", text).map(Self::Once),
        }
    }
}

pub(super) fn once(field: &'static str, text: &str) -> Result<DateTime, Refused> {
    words::date_time(text.trim()).ok_or_else(|| Refused::new(field, text, "no local date and time: write 2026-12-08T22:00"))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub name: Text,
    pub zone: Zone,
    pub rule: Rule,
    pub length: Length,
    /// Elapsed time before the end from which no work may begin.
    pub cutoff: SignedDuration,
    pub allows: Vec<Work>,
    pub owner: Option<Text>,
}

/// One time that a window falls, before it is joined with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    pub period: Period,
    pub begins: Wall,
    pub ends: Wall,
}

impl Window {
    /// Reads a window; every part that cannot be taken is told, not only the first.
    pub fn read(draft: &Draft<'_>, zones: &TimeZoneDatabase) -> Result<Self, Vec<Refused>> {
        let mut refused = Vec::new();
        let mut keep = |why: Refused| refused.push(why);
        let zone = Zone::read(draft.zone, zones).map_err(&mut keep).ok();
        // The other parts are judged even where the zone is not known.
        let rule = Rule::read(draft.rule, zone.as_ref().unwrap_or(&Zone::Named(TimeZone::UTC))).map_err(&mut keep).ok();
        let length = Length::read("lasts", draft.lasts).map_err(&mut keep).ok();
        let cutoff = draft.cutoff.map_or(Ok(SignedDuration::ZERO), cutoff).map_err(&mut keep).ok();
        let allows = allows(draft.allows).map_err(&mut keep).ok();
        if let (Some(Length::Elapsed(length)), Some(cutoff), Some(written)) = (length, cutoff, draft.cutoff)
            && cutoff >= length
        {
            keep(Refused::new("cutoff", written, format!("leaves no time to begin in a window of {}", words::say(length))));
        }
        if draft.name.trim().is_empty() {
            keep(Refused::new("name", draft.name, "a window needs a name"));
        }
        match (zone, rule, length, cutoff, allows) {
            (Some(zone), Some(rule), Some(length), Some(cutoff), Some(allows)) if refused.is_empty() => {
                let owner = draft.owner.map(Text::new);
                Ok(Self { name: Text::new(draft.name), zone, rule, length, cutoff, allows, owner })
            }
            _ => Err(refused),
        }
    }

    /// The times it falls that share an instant with the range or touch it. `device` is where the hosts are. A time that a
    /// clock change leaves nothing of is left out.
    pub fn instances(&self, device: &TimeZone, range: Period) -> Vec<Instance> {
        instances(&self.rule, self.length, self.zone.at(device), range)
    }
}

/// A rule's starts with their ends, as instants.
pub(super) fn instances(rule: &Rule, length: Length, zone: &TimeZone, range: Period) -> Vec<Instance> {
    // A civil day around, so that no offset and no jump hides a start.
    let day = SignedDuration::from_hours(24);
    let back = length.at_most().saturating_add(day);
    let civil_at = |at: Timestamp| zone.to_datetime(at);
    let from = civil_at(civil::shifted(range.from(), -back));
    let to = civil_at(civil::shifted(range.to(), day));
    rule.starts(zone, from, to)
        .into_iter()
        .filter_map(|wanted| {
            let (start, begins) = civil::resolve(wanted, zone)?;
            let (end, ends) = length.end(wanted, start, zone)?;
            Some(Instance { period: Period::new(start, end)?, begins, ends })
        })
        .filter(|found| found.period.from() <= range.to() && range.from() <= found.period.to())
        .collect()
}

fn cutoff(text: &str) -> Result<SignedDuration, Refused> {
    match words::length(text) {
        Some((0, cutoff)) => Ok(cutoff),
        Some(_) => Err(Refused::new("cutoff", text, "is elapsed time before the end: write hours or minutes")),
        None => Err(Refused::new("cutoff", text, "no length: write 30min")),
    }
}

fn allows(names: &[&str]) -> Result<Vec<Work>, Refused> {
    if names.is_empty() {
        return Ok(Work::ALL.to_vec());
    }
    let known = || Work::ALL.iter().map(|work| work.word()).collect::<Vec<_>>().join(", ");
    let mut found = Vec::new();
    for name in names {
        let work = Work::ALL.iter().find(|work| work.word() == *name);
        found.push(*work.ok_or_else(|| Refused::new("allows", name, format!("write some of {}", known())))?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
