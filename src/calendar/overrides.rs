//! Overrides: which one is taken, and what it permits. It asks nobody and writes nothing down.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Refused, civil};
use crate::domain::{Override, Period, RolloutId, TenantId, Text, WindowState};

/// The words of an override, and the facts it is taken by.
#[derive(Clone, Debug)]
pub struct OverrideDraft<'a> {
    pub tenant: TenantId,
    pub rollout: RolloutId,
    pub reason: &'a str,
    pub change: &'a str,
    /// Whether the tenant asks for a change number.
    pub needs_change: bool,
    pub who: &'a str,
    pub second: Option<&'a str>,
    pub from: Timestamp,
    pub expires: Timestamp,
    /// The beginning of the next business day: it must have ended by then.
    pub ends_by: Timestamp,
}

impl OverrideDraft<'_> {
    pub fn read(self) -> Result<Override, Vec<Refused>> {
        let mut refused = Vec::new();
        let blank = |text: &str| text.trim().is_empty();
        if blank(self.reason) {
            refused.push(Refused::new("reason", self.reason, "an override needs a reason"));
        }
        if self.needs_change && blank(self.change) {
            refused.push(Refused::new("change", self.change, "this tenant asks for a change number"));
        }
        if blank(self.who) {
            refused.push(Refused::new("who", self.who, "an override needs somebody who answers for it"));
        }
        let second = self.second.filter(|second| !blank(second));
        if second.is_some_and(|second| second.trim().eq_ignore_ascii_case(self.who.trim())) {
            refused.push(Refused::new("second", self.who, "the second person must be another one"));
        }
        let expires = self.expires.to_string();
        if self.expires > self.ends_by {
            refused.push(Refused::new("expires", &expires, format!("must end before the next business day, {}", self.ends_by)));
        }
        let period = Period::new(self.from, self.expires);
        if period.is_none() {
            refused.push(Refused::new("expires", &expires, "not after its beginning"));
        }
        match period {
            Some(period) if refused.is_empty() => Ok(Override {
                tenant: self.tenant,
                rollout: self.rollout,
                reason: Text::new(self.reason),
                change: (!blank(self.change)).then(|| Text::new(self.change)),
                who: Text::new(self.who),
                second: second.map(Text::new),
                period,
            }),
            _ => Err(refused),
        }
    }
}

/// When the next business day begins: the first Monday to Friday at `opens` that lies after a moment.
pub fn next_business_day(at: Timestamp, zone: &TimeZone, opens: Time) -> Timestamp {
    let mut date = zone.to_datetime(at).date();
    loop {
        let start = civil::resolve(date.to_datetime(opens), zone).map(|(start, _)| start);
        let weekend = [Weekday::Saturday, Weekday::Sunday].contains(&date.weekday());
        match (start, date.tomorrow()) {
            (Some(start), _) if !weekend && start > at => return start,
            (_, Ok(next)) => date = next,
            (_, Err(_)) => return civil::shifted(at, SignedDuration::from_hours(24)),
        }
    }
}

/// Whether work may begin now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission<'a> {
    Open,
    /// No window and no freeze says anything.
    Unruled,
    /// Only because of this override.
    Override(&'a Override),
    /// Not now. An override that holds but does not lift a freeze is named, so that it can be said what it lacks.
    Shut {
        lacks_second: Option<&'a Override>,
    },
}

/// What the state of the window and the overrides in force mean for a rollout.
pub fn permission<'a>(state: &WindowState, overrides: &'a [Override], rollout: &RolloutId, at: Timestamp) -> Permission<'a> {
    let in_force = || overrides.iter().filter(|one| one.permits(rollout, at));
    match state {
        WindowState::Open { .. } => Permission::Open,
        WindowState::NoWindow => Permission::Unruled,
        WindowState::Frozen { .. } => match in_force().find(|one| one.lifts_freeze(rollout, at)) {
            Some(lifting) => Permission::Override(lifting),
            None => Permission::Shut { lacks_second: in_force().next() },
        },
        WindowState::CutoffPassed { .. } | WindowState::Before { .. } | WindowState::Closed { .. } => {
            in_force().next().map_or(Permission::Shut { lacks_second: None }, Permission::Override)
        }
    }
}
