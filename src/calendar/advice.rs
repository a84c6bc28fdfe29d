//! What is allowed to be written and may yet mean something else than its author thinks: told with its place, never refused.
//!
//! Second weekdays that are not the days after Patch Tuesday, windows that open before the patches are out, crons that a daemon
//! would begin at another time, and rules that have run out.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::rule::patch_tuesday::{differ, early, taken_for};
use super::rule::{Nth, Rule};
use super::{Calendars, WindowRule, civil, words};
use crate::domain::{HostSet, Period, Text};

/// How far ahead is looked.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 730);
/// Months of the same.
const MONTHS: u16 = 24;
/// Examples that are written out; the rest is counted.
const EXAMPLES: usize = 4;

/// One thing to think over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advice {
    /// File and line of the rule.
    pub source: Text,
    pub window: Text,
    pub set: HostSet,
    pub what: Text,
    pub next: Text,
}

impl Calendars {
    /// What is to be thought over from a moment on, by the place of the rules; of a rule for many tenants once.
    pub fn advice(&self, from: Timestamp, zones: &TimeZoneDatabase) -> Vec<Advice> {
        let mut found = Vec::new();
        let mut told: BTreeSet<(Text, Text)> = BTreeSet::new();
        let los_angeles = zones.get("America/Los_Angeles").ok();
        for rule in &self.rules().windows {
            let device = self.zone(&rule.set.tenant);
            let zone = rule.window.zone.at(&device);
            let counts = self.counts_from_patch_tuesday(rule);
            let said = [
                second_weekday(rule, zone, from).filter(|_| counts),
                los_angeles.as_ref().and_then(|there| before_the_release(rule, counts, zone, there, from)),
                cron_otherwise(rule, zone, from),
                cron_twice(rule, zone, from),
                run_out(rule, zone, from),
            ];
            for (what, next) in said.into_iter().flatten() {
                let what = Text::new(format!("\"{}\": {what}", rule.window.name));
                if told.insert((rule.source.clone(), what.clone())) {
                    let (source, window, set) = (rule.source.clone(), rule.window.name.clone(), rule.set.clone());
                    found.push(Advice { source, window, set, what, next: Text::new(next) });
                }
            }
        }
        found
    }

    /// Whether this window or another word of its tenant's counts from Patch Tuesday.
    fn counts_from_patch_tuesday(&self, rule: &WindowRule) -> bool {
        let tenant = &rule.set.tenant;
        let counts = |other: &WindowRule| {
            other.set.tenant == *tenant
                && other.window.rule.nth().is_some_and(|rule| (rule.nth, rule.weekday) == (2, Weekday::Tuesday))
        };
        self.rules().says_patch_tuesday(tenant) || self.rules().windows.iter().any(counts)
    }
}

/// The 2nd Wednesday of somebody who counts from Patch Tuesday elsewhere.
fn second_weekday(rule: &WindowRule, zone: &TimeZone, from: Timestamp) -> Option<(String, String)> {
    let written = rule.window.rule.nth()?;
    let meant = taken_for(written)?;
    let months = differ(written, meant, zone.to_datetime(from).date(), MONTHS);
    let examples = months.iter().take(EXAMPLES).filter_map(|month| {
        let day = |rule: Nth| rule.date(month.year(), month.month());
        let (ours, theirs) = (day(written)?, day(meant)?);
        Some(format!("{} (the {} and the {})", month.strftime("%Y-%m"), ordinal(ours), ordinal(theirs)))
    });
    let listed = listed(&examples.collect::<Vec<_>>(), months.len())?;
    let (weekday, offset) = (day_name(written.weekday), meant.offset);
    let count = if offset < 0 { format!("- {}", -offset) } else { format!("+ {offset}") };
    let beyond = match written.offset {
        0 => String::new(),
        days if days < 0 => format!(" - {}", -days),
        days => format!(" + {days}"),
    };
    Some((
        format!("the 2nd {weekday}{beyond} is not Patch Tuesday {count} in {listed}"),
        format!("write on = \"Patch Tuesday {count} at {}\", if that is meant", meant.time.strftime("%H:%M")),
    ))
}

/// A window of the 2nd Tuesday, or of the days around it, that opens before the patches of its month are out.
fn before_the_release(
    rule: &WindowRule,
    counts: bool,
    zone: &TimeZone,
    there: &TimeZone,
    from: Timestamp,
) -> Option<(String, String)> {
    // Days before it are meant to be before it.
    rule.window.rule.nth().filter(|rule| rule.nth == 2 && rule.offset >= 0 && (counts || rule.weekday == Weekday::Tuesday))?;
    let starts = instances(rule, zone, from);
    let too_early: Vec<(Timestamp, SignedDuration)> =
        starts.iter().filter_map(|start| Some((*start, early(*start, there)?))).collect();
    let examples = too_early
        .iter()
        .take(EXAMPLES)
        .map(|(start, early)| format!("{} by {}", zone.to_datetime(*start).date().strftime("%Y-%m"), words::say(*early)));
    let listed = listed(&examples.collect::<Vec<_>>(), too_early.len())?;
    Some((
        format!("opens before the patches of its month are out: {listed}; it gets those of the month before"),
        "begin it after 10:00 in Los Angeles on Patch Tuesday: write Patch Tuesday + 1, if this month's are meant".to_owned(),
    ))
}

/// Starts that a cron daemon would make at another instant.
fn cron_otherwise(rule: &WindowRule, zone: &TimeZone, from: Timestamp) -> Option<(String, String)> {
    let Rule::Cron(cron) = &rule.window.rule else { return None };
    let found = cron.otherwise(zone, zone.to_datetime(from), zone.to_datetime(civil::shifted(from, AHEAD)));
    let examples = found.iter().take(EXAMPLES).map(|one| {
        let at = |at: Timestamp| zone.to_datetime(at).strftime("%H:%M").to_string();
        let wanted = one.wanted.strftime("%Y-%m-%d has no %H:%M");
        format!("{wanted}: cron would begin at {}, this at {}", at(one.cron), at(one.ours))
    });
    Some((listed(&examples.collect::<Vec<_>>(), found.len())?, STARTS.to_owned()))
}

/// Starts at a time that comes twice.
fn cron_twice(rule: &WindowRule, zone: &TimeZone, from: Timestamp) -> Option<(String, String)> {
    let Rule::Cron(cron) = &rule.window.rule else { return None };
    let found = cron.twice(zone, zone.to_datetime(from), zone.to_datetime(civil::shifted(from, AHEAD)));
    let examples = found.iter().take(EXAMPLES).map(|wanted| wanted.strftime("%Y-%m-%d has %H:%M twice").to_string());
    let listed = listed(&examples.collect::<Vec<_>>(), found.len())?;
    Some((format!("{listed}: this begins at the first and once; some crons begin at both"), STARTS.to_owned()))
}

/// What to do about either.
const STARTS: &str = "write a time that no clock change touches, if the night matters";

/// A rule that had openings and has none left. What was written for one night is over, and that is no surprise.
fn run_out(rule: &WindowRule, zone: &TimeZone, from: Timestamp) -> Option<(String, String)> {
    if matches!(rule.window.rule, Rule::Once(_)) || !instances(rule, zone, from).is_empty() {
        return None;
    }
    Some(("does not open in the next two years: its rule has ended".to_owned(), "take it out, or give it a new end".to_owned()))
}

/// Starts from a moment on.
fn instances(rule: &WindowRule, zone: &TimeZone, from: Timestamp) -> Vec<Timestamp> {
    let range = Period::new(from, civil::shifted(from, AHEAD));
    let found = range.map(|range| rule.window.instances(zone, range)).unwrap_or_default();
    found.into_iter().map(|found| found.period.from()).filter(|start| *start >= from).collect()
}

/// Some examples and the number of the rest; None of nothing.
fn listed(examples: &[String], all: usize) -> Option<String> {
    let more = all - examples.len();
    match (examples.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(examples.join(", ")),
        (false, more) => Some(format!("{} and {more} more", examples.join(", "))),
    }
}

fn ordinal(date: Date) -> String {
    let day = date.day();
    let ending = match (day % 10, day / 10) {
        (1, 0 | 2 | 3) => "st",
        (2, 0 | 2) => "nd",
        (3, 0 | 2) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
