//! Everything the config and its files say about allowed times, as one value: rules, groups, terms and alarms.
//!
//! It is what was written, not what it comes to: that is [`super::Calendars`].

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Freeze, Window};
use crate::domain::{HostSet, TenantId, Text, Work};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    pub windows: Vec<WindowRule>,
    pub freezes: Vec<FreezeRule>,
    pub groups: Vec<Group>,
    /// Every tenant that is known, with its own terms.
    pub tenants: BTreeMap<TenantId, Terms>,
    /// The terms of everybody else.
    pub terms: Terms,
    pub alarms: Alarms,
}

/// A window, whose it is, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRule {
    pub set: HostSet,
    pub window: Window,
    /// The rule in the words it was written in.
    pub said: Text,
    /// File and line.
    pub source: Text,
}

/// A freeze, the work it spares, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeRule {
    pub freeze: Freeze,
    /// Work that may begin all the same: a season of low tolerance. Empty for a freeze of everything.
    pub spares: Vec<Work>,
    pub source: Text,
}

/// Hosts of a tenant with windows of their own: by the names of waves, by site, by host name. `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub tenant: TenantId,
    pub name: Text,
    pub waves: Vec<String>,
    pub sites: Vec<String>,
    pub hosts: Vec<String>,
}

impl Group {
    pub fn has_wave(&self, name: &str) -> bool {
        self.waves.iter().any(|pattern| fits(pattern, name))
    }

    /// By the host's own name, or by the site that the user's file gives it.
    pub fn has_host(&self, name: &str, site: Option<&str>) -> bool {
        self.hosts.iter().any(|pattern| fits(pattern, name))
            || site.is_some_and(|site| self.sites.iter().any(|pattern| fits(pattern, site)))
    }
}

/// What a tenant asks for besides its windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where its civil time is.
    pub zone: Option<TimeZone>,
    /// An opening with less time than this to begin work in is of no use.
    pub least: SignedDuration,
    /// An override needs a change number.
    pub change: bool,
    /// When its business day begins: an override has ended by then.
    pub business_day: Time,
}

impl Default for Terms {
    fn default() -> Self {
        Self { zone: None, least: SignedDuration::from_mins(15), change: false, business_day: jiff::civil::time(8, 0, 0, 0) }
    }
}

/// When the alarm clock speaks: minutes before a thing, 0 for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarms {
    pub opening: u32,
    pub cutoff: u32,
    pub close: u32,
    /// Before a freeze ends and before an override expires.
    pub end: u32,
    /// Days before an opening with a clock change.
    pub clock_days: u32,
}

impl Default for Alarms {
    fn default() -> Self {
        Self { opening: 15, cutoff: 10, close: 10, end: 15, clock_days: 7 }
    }
}

impl Rules {
    pub fn terms(&self, tenant: &TenantId) -> &Terms {
        self.tenants.get(tenant).unwrap_or(&self.terms)
    }

    /// The set whose windows rule a wave: its group's, if the group has windows of its own, or else the tenant's.
    pub fn set_of_wave(&self, tenant: &TenantId, wave: &str) -> HostSet {
        self.grouped(tenant, |group| group.has_wave(wave))
    }

    /// The same for a host.
    pub fn set_of_host(&self, tenant: &TenantId, name: &str, site: Option<&str>) -> HostSet {
        self.grouped(tenant, |group| group.has_host(name, site))
    }

    fn grouped(&self, tenant: &TenantId, holds: impl Fn(&Group) -> bool) -> HostSet {
        let found = self.groups.iter().find(|group| group.tenant == *tenant && holds(group));
        let set = found.map_or_else(|| HostSet::of(tenant), |group| HostSet::group(tenant, &group.name));
        let ruled = |set: &HostSet| self.windows.iter().any(|rule| rule.set == *set);
        if ruled(&set) { set } else { HostSet::of(tenant) }
    }

    /// Whether a tenant's own words count from Patch Tuesday.
    pub fn says_patch_tuesday(&self, tenant: &TenantId) -> bool {
        let mut own = self.windows.iter().filter(|rule| rule.set.tenant == *tenant);
        own.any(|rule| rule.window.name.as_str().to_lowercase().contains("patch tuesday"))
    }
}

/// Whether a name fits a pattern with `*`, whatever the case of its letters.
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[rstest]
    #[case::whole("broad-eu", "broad-eu", true)]
    #[case::not_a_part("broad", "broad-eu", false)]
    #[case::end("*-eu", "Broad-EU", true)]
    #[case::beginning("db-*", "db-0142", true)]
    #[case::both("*eu*", "ring eu 2", true)]
    #[case::middle("a*c*e", "abcde", true)]
    #[case::no_overlap("ab*ba", "aba", false)]
    #[case::everything("*", "", true)]
    fn a_star_stands_for_anything(#[case] pattern: &str, #[case] name: &str, #[case] fits: bool) {
        assert_eq!(super::fits(pattern, name), fits);
    }
}
