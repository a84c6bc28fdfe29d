//! What the calendar of one set of hosts comes to in a range of time, as one value: for lists and for export.
//!
//! It works out and compares; it words nothing, and it knows no backend.

use jiff::tz::TimeZone;

use super::{Calendars, WindowRule};
use crate::domain::window::{Frozen, Wall};
use crate::domain::{HostSet, Opening, Period, Text};

/// One set of hosts over a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    pub set: HostSet,
    /// The tenant's civil time.
    pub zone: TimeZone,
    pub openings: Vec<Opening>,
    pub frozen: Vec<Frozen>,
    /// Remainders that are too short to be of use.
    pub dropped: Vec<Period>,
    /// Times of windows that a freeze takes, wholly or in part, by their beginnings.
    pub clashes: Vec<Clash>,
}

/// A window and a freeze want the same time; the freeze has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    pub window: Text,
    /// File and line of the window.
    pub source: Text,
    /// The time of the window.
    pub period: Period,
    /// What the wall clock did where it begins.
    pub begins: Wall,
    pub freeze: Text,
    /// Nothing of that time is left.
    pub wholly: bool,
}

impl Calendars {
    /// What falls in a range for a set of hosts. What reaches over an edge is told whole.
    pub fn outline(&self, set: &HostSet, range: Period) -> Outline {
        let frozen = self.frozen(set, range);
        let mut clashes = self.clashes(set, range, &frozen);
        clashes.sort_by(|a, b| (a.period, &a.window).cmp(&(b.period, &b.window)));
        Outline {
            set: set.clone(),
            zone: self.zone(&set.tenant),
            openings: self.openings(set, range),
            dropped: self.useless(set, range),
            frozen,
            clashes,
        }
    }

    /// The rules whose windows a set has: its own, or else its tenant's.
    pub fn windows_of(&self, set: &HostSet) -> Vec<&WindowRule> {
        let own: Vec<_> = self.own(set).collect();
        if own.is_empty() { self.own(&HostSet::of(&set.tenant)).collect() } else { own }
    }

    fn clashes(&self, set: &HostSet, range: Period, frozen: &[Frozen]) -> Vec<Clash> {
        let zone = self.zone(&set.tenant);
        let mut clashes = Vec::new();
        for rule in self.windows_of(set) {
            for instance in rule.window.instances(&zone, range).into_iter().filter(|found| found.period.overlaps(range)) {
                let taking = || frozen.iter().filter(|frozen| frozen.period.overlaps(instance.period));
                let Some(first) = taking().next() else { continue };
                // Freezes are sorted: walk from the beginning as far as one after the other reaches.
                let reach = taking().fold(instance.period.from(), |reach, frozen| {
                    if frozen.period.from() <= reach { reach.max(frozen.period.to()) } else { reach }
                });
                clashes.push(Clash {
                    window: rule.window.name.clone(),
                    source: rule.source.clone(),
                    period: instance.period,
                    begins: instance.begins,
                    freeze: first.freeze.clone(),
                    wholly: reach >= instance.period.to(),
                });
            }
        }
        clashes
    }
}
