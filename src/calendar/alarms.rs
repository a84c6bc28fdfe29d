//! The alarm clock: what comes near between two moments. It says what is due; it rings nobody.

use jiff::{SignedDuration, Timestamp};

use super::civil::shifted;
use super::{Alarms, Calendars};
use crate::domain::window::{ClockChange, Wall};
use crate::domain::{HostSet, Period, Text};

/// One thing that comes near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub set: HostSet,
    /// When the thing itself comes.
    pub at: Timestamp,
    pub kind: AlarmKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    Opens,
    Cutoff {
        closes: Timestamp,
    },
    Closes,
    /// The clock changes in an opening of the coming days, or its start or end is a time that the clock leaves out or shows twice.
    ClockChanges {
        change: Option<ClockChange>,
    },
    FreezeEnds {
        freeze: Text,
    },
}

/// Things that happened while nobody looked are told no more once they lie this far back.
const LATE: SignedDuration = SignedDuration::from_mins(1);

impl Calendars {
    /// What has come near since `after`, up to and with `now`, each once, in the order of the things.
    pub fn due(&self, after: Timestamp, now: Timestamp) -> Vec<Alarm> {
        let alarms = self.rules().alarms;
        let mut due = Vec::new();
        let ahead = SignedDuration::from_hours(24) * i32::try_from(alarms.clock_days + 1).unwrap_or(8);
        let Some(range) = Period::new(shifted(after, -SignedDuration::from_hours(1)), shifted(now, ahead)) else {
            return due;
        };
        for set in self.sets() {
            self.of_set(set, alarms, (after, now), range, &mut due);
        }
        due.sort_by(|a, b| (a.at, &a.set).cmp(&(b.at, &b.set)));
        due
    }

    fn of_set(&self, set: &HostSet, alarms: Alarms, (after, now): (Timestamp, Timestamp), range: Period, due: &mut Vec<Alarm>) {
        let mut tell = |thing: Timestamp, before: SignedDuration, kind: AlarmKind| {
            let rings = shifted(thing, -before);
            if before > SignedDuration::ZERO && after < rings && rings <= now && shifted(thing, LATE) > now {
                due.push(Alarm { set: set.clone(), at: thing, kind });
            }
        };
        let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
        for opening in self.openings(set, range) {
            let (from, to) = (opening.period.from(), opening.period.to());
            tell(from, minutes(alarms.opening), AlarmKind::Opens);
            if opening.cutoff < to {
                tell(opening.cutoff, minutes(alarms.cutoff), AlarmKind::Cutoff { closes: to });
            }
            tell(to, minutes(alarms.close), AlarmKind::Closes);
            let odd = opening.begins != Wall::Once || opening.ends != Wall::Once;
            if odd || !opening.changes.is_empty() {
                let kind = AlarmKind::ClockChanges { change: opening.changes.first().copied() };
                tell(from, SignedDuration::from_hours(24) * i32::try_from(alarms.clock_days).unwrap_or(7), kind);
            }
        }
        for frozen in self.frozen(set, range) {
            tell(frozen.period.to(), minutes(alarms.end), AlarmKind::FreezeEnds { freeze: frozen.freeze });
        }
    }
}
