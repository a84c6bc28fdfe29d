//! Does a rollout fit its window: what was read of it, what earlier waves of its tenant were like, and the limits that hold.
//!
//! It works out an answer each time it is asked and changes nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::State;
use crate::calendar::{Calendars, Cohort, Durations, Earlier};
use crate::domain::fit::Unknown;
use crate::domain::{Fit, Override, RolloutId, RolloutState, TenantId, Verdict, WaveState, WindowState, Work};
use crate::memory::Pace;
use crate::store::Entry;
use crate::store::forecast::View;
use crate::store::read::need_of;

/// Earlier waves that count: the newest.
const NEWEST: usize = 12;

/// What is asked when a rollout is held against its window. The state has it, and so has a command without a screen.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    pub calendars: &'a Calendars,
    pub overrides: &'a [Override],
    /// How earlier waves of each tenant went, the oldest first.
    pub paces: &'a BTreeMap<TenantId, Vec<Pace>>,
    /// Civil time.
    pub now: Timestamp,
}

impl<'a> Judge<'a> {
    /// How a rollout stands in its windows now: by the waves that are at work or would begin next.
    pub fn window_of(&self, entry: &Entry, work: Option<Work>) -> Verdict {
        let tenant = &entry.rollout.value.tenant;
        let moving = || entry.waves().iter().filter(|wave| wave.state == WaveState::Running);
        let waves = moving().chain(entry.next_wave().filter(|_| work.is_some() || moving().next().is_none()));
        self.calendars.of_waves(tenant, waves, work, self.now)
    }

    /// The override that holds for a rollout now.
    pub fn override_of(&self, rollout: &RolloutId) -> Option<&'a Override> {
        self.overrides.iter().find(|one| one.permits(rollout, self.now))
    }

    /// The forecast that the board shows: of what runs as it runs, of what waits for a person as if it were let on now. None
    /// where nothing is under way and nothing waits.
    pub fn fit(&self, entry: &Entry) -> Option<Fit> {
        let rollout = &entry.rollout.value;
        match &rollout.state {
            RolloutState::Running | RolloutState::Starting => Some(self.fit_as(entry, View::AsItRuns)),
            RolloutState::WaitsForYou | RolloutState::Paused(_)
                if need_of(rollout) == Some(crate::domain::NeedKind::Approval) =>
            {
                Some(self.fit_if_let_on(entry))
            }
            RolloutState::Paused(_) => Some(Fit::CannotTell(Unknown::Paused)),
            RolloutState::NotBegun => Some(self.fit_if_let_on(entry)),
            _ => None,
        }
    }

    /// What would come of it if somebody let it on: now, or when its window opens.
    pub fn fit_if_let_on(&self, entry: &Entry) -> Fit {
        self.fit_as(entry, View::LetOn(self.begins(entry, &self.window_of(entry, None))))
    }

    /// What would come of so many hosts that all begin at once: now, or when their window opens, which stands like this.
    pub fn fit_of_hosts(&self, entry: &Entry, hosts: u32, verdict: &Verdict) -> Fit {
        let begins = self.begins(entry, verdict);
        let limits = match self.limits(entry, verdict, View::LetOn(begins)) {
            Ok(limits) => limits,
            Err(why) => return Fit::CannotTell(why),
        };
        let earlier = self.paces.get(&entry.rollout.value.tenant).and_then(|paces| earlier(paces));
        entry.fit_of_hosts(hosts, begins, Some(limits), earlier.as_ref(), self.now)
    }

    /// When what is let on would begin.
    fn begins(&self, entry: &Entry, verdict: &Verdict) -> Timestamp {
        match verdict.state {
            WindowState::Before { opens } if self.override_of(&entry.rollout.value.id).is_none() => opens,
            _ => self.now,
        }
    }

    fn fit_as(&self, entry: &Entry, view: View) -> Fit {
        let limits = match self.limits(entry, &self.window_of(entry, None), view) {
            Ok(limits) => limits,
            Err(why) => return Fit::CannotTell(why),
        };
        let earlier = self.paces.get(&entry.rollout.value.tenant).and_then(|paces| earlier(paces));
        entry.fit(view, Some(limits), earlier.as_ref(), self.now)
    }

    /// The last start and the end that hold for it. An override that lets it begin ends when it ends.
    fn limits(&self, entry: &Entry, verdict: &Verdict, view: View) -> Result<(Timestamp, Timestamp), Unknown> {
        if let Some(held) = self.override_of(&entry.rollout.value.id) {
            return Ok((held.period.to(), held.period.to()));
        }
        let coming = || verdict.opening.as_ref().map(|opening| (opening.cutoff, opening.period.to()));
        match (&verdict.state, view) {
            (WindowState::NoWindow, _) => Err(Unknown::NoWindow),
            (WindowState::Open { .. } | WindowState::CutoffPassed { .. }, _) => verdict.limits().ok_or(Unknown::Shut),
            (WindowState::Before { .. }, View::LetOn(_)) => coming().ok_or(Unknown::Shut),
            (WindowState::Before { .. } | WindowState::Closed { .. } | WindowState::Frozen { .. }, _) => Err(Unknown::Shut),
        }
    }
}

impl State {
    /// Windows and forecasts as they are now.
    pub fn judge(&self) -> Judge<'_> {
        Judge { calendars: &self.calendars, overrides: &self.overrides, paces: &self.paces, now: self.now.civil }
    }

    /// How a rollout stands in its windows now.
    pub fn window_of(&self, entry: &Entry, work: Option<Work>) -> Verdict {
        self.judge().window_of(entry, work)
    }

    /// The override that holds for a rollout now.
    pub fn override_of(&self, rollout: &RolloutId) -> Option<&Override> {
        self.judge().override_of(rollout)
    }

    /// The forecast that the board shows.
    pub fn fit(&self, entry: &Entry) -> Option<Fit> {
        self.judge().fit(entry)
    }

    /// What would come of it if somebody let it on: now, or when its window opens.
    pub fn fit_if_let_on(&self, entry: &Entry) -> Fit {
        self.judge().fit_if_let_on(entry)
    }
}

/// Many waves as one: their hosts, their pace and how long their hosts took.
fn earlier(paces: &[Pace]) -> Option<Earlier> {
    let newest: Vec<&Pace> = paces.iter().rev().filter(|pace| pace.hosts > 0 && pace.seconds > 0).take(NEWEST).collect();
    let hosts = newest.iter().fold(0_u32, |sum, pace| sum.saturating_add(pace.hosts));
    let first = |pace: &Pace| pace.tenths.first().copied().unwrap_or(0);
    let minutes: f64 = newest.iter().map(|pace| f64::from(pace.seconds.saturating_sub(first(pace)).max(1)) / 60.0).sum();
    if hosts == 0 {
        return None;
    }
    let first_after = newest.iter().map(|pace| u64::from(first(pace))).sum::<u64>() / newest.len() as u64;
    let cohorts: Vec<Cohort> = newest.iter().filter_map(|pace| cohort(pace)).collect();
    Some(Earlier {
        per_minute: f64::from(hosts) / minutes,
        hosts,
        first_after: SignedDuration::from_secs(i64::try_from(first_after).unwrap_or(0)),
        durations: Durations::of(&cohorts),
    })
}

fn cohort(pace: &Pace) -> Option<Cohort> {
    let last = f64::from(*pace.tenths.last()?);
    let tenths = pace.tenths.len().checked_sub(1).filter(|tenths| *tenths > 0)? as u64;
    let through = pace.tenths.iter().zip(0_u64..).map(|(seconds, tenth)| {
        let hosts = u64::from(pace.hosts) * tenth / tenths;
        (f64::from(*seconds), u32::try_from(hosts).unwrap_or(u32::MAX))
    });
    Some(Cohort { hosts: pace.hosts, through: through.collect(), watched: last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BackendName, RolloutId};

    #[test]
    fn earlier_waves_are_told_as_one_by_all_their_hosts() {
        let pace = |name: &str, hosts: u32, slow: u32| Pace {
            tenant: TenantId::new("acme"),
            rollout: RolloutId::new(BackendName::new("acme-hb"), "1"),
            name: "December".into(),
            wave: name.into(),
            hosts,
            failed: 0,
            seconds: 600 * slow,
            tenths: (0..=10).map(|tenth| (120 + tenth * 48) * slow).collect(),
            ended: Timestamp::UNIX_EPOCH,
        };
        let earlier = earlier(&[pace("one", 40, 1), pace("two", 40, 2)]).expect("known");
        assert_eq!(earlier.hosts, 80);
        assert!((earlier.per_minute - 80.0 / 24.0).abs() < 0.01, "{earlier:?}");
        assert_eq!(earlier.first_after, SignedDuration::from_secs(180));
        let half = earlier.durations.until(0.5);
        assert!((300.0..800.0).contains(&half), "{half}");
    }
}
