//! Many windows and freezes made into one row of openings, in this order: expand, join what overlaps or touches, take the
//! freezes out, apply the cutoff, drop what is too short to be of use.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::window::Instance;
use super::{Freeze, Window, civil};
use crate::domain::window::{ClockChange, Frozen, Wall};
use crate::domain::{Opening, Period, TenantId, Text, Work};

/// How far beyond the range an opening is followed that has no end in it, at most.
const FURTHEST: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How far at first.
const NEAR: SignedDuration = SignedDuration::from_hours(32 * 24);

/// The windows and freezes of one set of hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    pub windows: Vec<Window>,
    pub freezes: Vec<Freeze>,
    /// An opening with less time than this to begin work in is of no use.
    pub least: SignedDuration,
}

/// What a calendar says of a range. An opening or a freeze that reaches over an edge is told whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    pub openings: Vec<Opening>,
    /// Remainders that were dropped.
    pub useless: Vec<Period>,
    pub frozen: Vec<Frozen>,
}

impl Calendar {
    /// The windows of one set of hosts of a tenant, and the freezes that concern the tenant.
    pub fn of(tenant: &TenantId, windows: Vec<Window>, freezes: &[Freeze], least: SignedDuration) -> Self {
        let freezes = freezes.iter().filter(|freeze| freeze.concerns(tenant)).cloned().collect();
        Self { windows, freezes, least }
    }

    /// Openings that share an instant with the range: for one kind of work, or for any. `device` is where the hosts are.
    pub fn expand(&self, work: Option<Work>, device: &TimeZone, range: Period) -> Expansion {
        let mut reach = NEAR;
        loop {
            let (from, to) = (civil::shifted(range.from(), -reach), civil::shifted(range.to(), reach));
            let wide = Period::new(from, to).unwrap_or(range);
            let found = self.combined(work, device, wide);
            let cut = |period: Period| period.overlaps(range) && (period.to() >= to || period.from() <= from);
            if reach >= FURTHEST || !found.openings.iter().any(|opening| cut(opening.period)) {
                return found.within(range);
            }
            reach = FURTHEST;
        }
    }

    fn combined(&self, work: Option<Work>, device: &TimeZone, range: Period) -> Expansion {
        let mut falls: Vec<Fall<'_>> = Vec::new();
        for window in self.windows.iter().filter(|window| work.is_none_or(|work| window.allows.contains(&work))) {
            falls.extend(window.instances(device, range).into_iter().map(|instance| Fall { instance, window }));
        }
        falls.sort_by_key(|fall| fall.instance.period);
        let mut frozen: Vec<Frozen> = self.freezes.iter().flat_map(|freeze| freeze.falls(device, range)).collect();
        frozen.sort_by_key(|frozen| frozen.period);

        let mut expansion = Expansion::default();
        for joined in joined(&falls) {
            for period in free(whole(joined), &frozen) {
                let opening = opening(period, joined, device);
                let usable = opening.cutoff.duration_since(period.from());
                if usable > SignedDuration::ZERO && usable >= self.least {
                    expansion.openings.push(opening);
                } else {
                    expansion.useless.push(period);
                }
            }
        }
        expansion.frozen = frozen;
        expansion
    }
}

impl Expansion {
    fn within(mut self, range: Period) -> Self {
        self.openings.retain(|opening| opening.period.overlaps(range));
        self.useless.retain(|period| period.overlaps(range));
        self.frozen.retain(|frozen| frozen.period.overlaps(range));
        self
    }
}

/// One instance, and the window that it is of.
#[derive(Clone, Copy)]
struct Fall<'a> {
    instance: Instance,
    window: &'a Window,
}

/// Groups, in order of time, of instances that overlap or touch. `falls` is sorted.
fn joined<'a, 'w>(falls: &'a [Fall<'w>]) -> Vec<&'a [Fall<'w>]> {
    let mut groups = Vec::new();
    let mut first = 0;
    let mut end = Timestamp::MIN;
    for (place, fall) in falls.iter().enumerate() {
        if place > first && fall.instance.period.from() > end {
            groups.push(&falls[first..place]);
            first = place;
        }
        end = end.max(fall.instance.period.to());
    }
    if first < falls.len() {
        groups.push(&falls[first..]);
    }
    groups
}

/// From the first beginning to the last end of a group.
fn whole(group: &[Fall<'_>]) -> Option<Period> {
    let to = group.iter().map(|fall| fall.instance.period.to()).max()?;
    Period::new(group.first()?.instance.period.from(), to)
}

/// What the freezes leave of a period. `frozen` is sorted by its beginnings.
fn free(period: Option<Period>, frozen: &[Frozen]) -> Vec<Period> {
    let Some(period) = period else { return Vec::new() };
    let mut left = Vec::new();
    let mut from = period.from();
    for freeze in frozen.iter().map(|frozen| frozen.period).filter(|freeze| freeze.overlaps(period)) {
        left.extend(Period::new(from, freeze.from()));
        from = from.max(freeze.to());
    }
    left.extend(Period::new(from, period.to()));
    left
}

/// One remainder of a group with its cutoff: the strictest of the windows that hold its end.
fn opening(period: Period, group: &[Fall<'_>], device: &TimeZone) -> Opening {
    let parts = || group.iter().filter(|fall| fall.instance.period.overlaps(period));
    let at_end = parts().filter(|fall| fall.instance.period.to() >= period.to());
    let cutoff = at_end.map(|fall| fall.window.cutoff).max().unwrap_or_default();
    let wall = |at: Timestamp, of: fn(&Instance) -> (Timestamp, Wall)| {
        let walls = parts().map(|fall| of(&fall.instance)).filter(|(edge, _)| *edge == at).map(|(_, wall)| wall);
        walls.fold(Wall::Once, |kept, wall| if kept == Wall::Once { wall } else { kept })
    };
    let mut windows: Vec<Text> = Vec::new();
    let mut changes: Vec<ClockChange> = Vec::new();
    let mut asked: Vec<&TimeZone> = Vec::new();
    for fall in parts() {
        if !windows.contains(&fall.window.name) {
            windows.push(fall.window.name.clone());
        }
        let zone = fall.window.zone.at(device);
        if !asked.contains(&zone) {
            asked.push(zone);
            changes.extend(civil::changes(period, zone));
        }
    }
    changes.sort_by_key(|change| change.at);
    changes.dedup();
    Opening {
        period,
        cutoff: civil::shifted(period.to(), -cutoff).max(period.from()),
        windows,
        begins: wall(period.from(), |instance| (instance.period.from(), instance.begins)),
        ends: wall(period.to(), |instance| (instance.period.to(), instance.ends)),
        changes,
    }
}
