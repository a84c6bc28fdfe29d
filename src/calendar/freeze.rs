//! A time in which nothing may begin: once, every year, or by a rule; for one tenant or for all.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::window::{Zone, instances, once};
use super::{Length, Refused, Rule, RuleDraft, civil, words};
use crate::domain::window::Frozen;
use crate::domain::{Period, TenantId, Text};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    pub name: Text,
    pub reason: Text,
    pub scope: Scope,
    pub zone: Zone,
    pub when: When,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    Global,
    Tenant(TenantId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    Once {
        from: DateTime,
        to: DateTime,
    },
    /// From a day to a day of every year; the second may lie in the year after.
    Yearly {
        from: YearDay,
        to: YearDay,
    },
    Recurring {
        rule: Rule,
        length: Length,
    },
}

/// A day that every year has, and a time on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearDay {
    month: i8,
    day: i8,
    time: Time,
}

impl YearDay {
    fn read(field: &'static str, text: &str) -> Result<Self, Refused> {
        let refused = |why: &str| Refused::new(field, text, why);
        let example = "write month, day and time: 12-20 00:00";
        let (day, time) = text.trim().split_once([' ', 'T']).ok_or_else(|| refused(example))?;
        let time = words::time(time).ok_or_else(|| refused(example))?;
        // 2024 has every day there is.
        let date = words::date(&format!("2024-{day}")).ok_or_else(|| refused(example))?;
        if (date.month(), date.day()) == (2, 29) {
            return Err(refused("most years have no 29 February: write 02-28 or 03-01"));
        }
        Ok(Self { month: date.month(), day: date.day(), time })
    }

    fn of(self, year: i16) -> Option<DateTime> {
        Some(Date::new(year, self.month, self.day).ok()?.to_datetime(self.time))
    }
}

/// The words of a freeze.
#[derive(Clone, Copy, Debug)]
pub struct FreezeDraft<'a> {
    pub name: &'a str,
    pub reason: &'a str,
    /// None is all tenants.
    pub tenant: Option<&'a str>,
    pub zone: &'a str,
    pub when: WhenDraft<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum WhenDraft<'a> {
    /// `2026-12-19T00:00` to `2027-01-04T06:00`.
    Once {
        from: &'a str,
        to: &'a str,
    },
    /// `12-20 00:00` to `01-06 00:00`.
    Yearly {
        from: &'a str,
        to: &'a str,
    },
    Recurring {
        rule: RuleDraft<'a>,
        lasts: &'a str,
    },
}

impl Freeze {
    pub fn read(draft: &FreezeDraft<'_>, zones: &TimeZoneDatabase) -> Result<Self, Vec<Refused>> {
        let mut refused = Vec::new();
        let zone = Zone::read(draft.zone, zones).map_err(|why| refused.push(why)).ok();
        let when = When::read(draft.when, zone.as_ref().unwrap_or(&Zone::Named(TimeZone::UTC)));
        let when = when.map_err(|why| refused.push(why)).ok();
        if draft.name.trim().is_empty() {
            refused.push(Refused::new("name", draft.name, "a freeze needs a name"));
        }
        match (zone, when) {
            (Some(zone), Some(when)) if refused.is_empty() => {
                let scope = draft.tenant.map_or(Scope::Global, |tenant| Scope::Tenant(TenantId::new(tenant)));
                Ok(Self { name: Text::new(draft.name), reason: Text::new(draft.reason), scope, zone, when })
            }
            _ => Err(refused),
        }
    }

    pub fn concerns(&self, tenant: &TenantId) -> bool {
        match &self.scope {
            Scope::Global => true,
            Scope::Tenant(one) => one == tenant,
        }
    }

    /// The times it falls that share an instant with the range.
    pub fn falls(&self, device: &TimeZone, range: Period) -> Vec<Frozen> {
        let zone = self.zone.at(device);
        let between = |from: DateTime, to: DateTime| Period::new(civil::resolve(from, zone)?.0, civil::resolve(to, zone)?.0);
        let periods: Vec<Period> = match &self.when {
            When::Once { from, to } => between(*from, *to).into_iter().collect(),
            When::Yearly { from, to } => {
                let years = zone.to_datetime(range.from()).year() - 1..=zone.to_datetime(range.to()).year();
                years.filter_map(|year| between(from.of(year)?, to.of(if from < to { year } else { year + 1 })?)).collect()
            }
            When::Recurring { rule, length } => {
                instances(rule, *length, zone, range).into_iter().map(|instance| instance.period).collect()
            }
        };
        let fall = |period| Frozen { period, freeze: self.name.clone(), reason: self.reason.clone() };
        periods.into_iter().filter(|period| period.overlaps(range)).map(fall).collect()
    }
}

impl When {
    fn read(draft: WhenDraft<'_>, zone: &Zone) -> Result<Self, Refused> {
        match draft {
            WhenDraft::Once { from, to } => {
                let (from, end) = (once("from", from)?, once("to", to)?);
                if from < end { Ok(Self::Once { from, to: end }) } else { Err(Refused::new("to", to, "not after its beginning")) }
            }
            WhenDraft::Yearly { from, to } => {
                let (from, end) = (YearDay::read("from", from)?, YearDay::read("to", to)?);
                if from == end {
                    return Err(Refused::new("to", to, "the same as its beginning: nothing, or the whole year?"));
                }
                Ok(Self::Yearly { from, to: end })
            }
            WhenDraft::Recurring { rule, lasts } => {
                Ok(Self::Recurring { rule: Rule::read(rule, zone)?, length: Length::read("lasts", lasts)? })
            }
        }
    }
}
