//! The part of time that the Windows screen shows: how much of it, from when, and where the marks on its axis stand; and how
//! many sets of hosts stand how, as they were counted last.
//!
//! It knows no window. The axis stands still while time passes: it moves on by a whole mark, never by the minute.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use crate::domain::Period;

/// What is shown at each step of the zoom, and the marks on its axis.
const STEPS: [(i64, Mark); 7] = [
    (6, Mark::Hours(1)),
    (12, Mark::Hours(1)),
    (24, Mark::Hours(2)),
    (48, Mark::Hours(6)),
    (7 * 24, Mark::Days(1)),
    (14 * 24, Mark::Days(2)),
    (42 * 24, Mark::Days(7)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Hours(i8),
    Days(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    step: usize,
    /// Where a person jumped to; None follows now.
    from: Option<Timestamp>,
    /// The opening that a person jumped to.
    focus: Option<Timestamp>,
    /// How many sets stand how, by the last count.
    pub standing: Standing,
    /// The minute, the revision and the rows of that count.
    pub counted: Option<(i64, u64, usize)>,
}

/// How many sets of hosts stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub open: usize,
    pub past_cutoff: usize,
    pub frozen: usize,
    pub closed: usize,
    pub no_window: usize,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { step: 1, from: None, focus: None, standing: Standing::default(), counted: None }
    }
}

impl Timeline {
    pub fn span(&self) -> SignedDuration {
        SignedDuration::from_hours(STEPS[self.step].0)
    }

    /// Shows less, or more, around the same place. False at the end of the scale.
    pub fn zoom(&mut self, closer: bool) -> bool {
        let step = if closer { self.step.checked_sub(1) } else { Some(self.step + 1) };
        let Some(step) = step.filter(|step| *step < STEPS.len()) else { return false };
        self.step = step;
        if let Some(focus) = self.focus {
            self.jump(focus);
        }
        true
    }

    /// Brings a moment into sight, with a little of what comes before it.
    pub fn jump(&mut self, to: Timestamp) {
        self.focus = Some(to);
        self.from = to.checked_sub(self.span() / 6).ok();
    }

    /// Back to now.
    pub fn follow(&mut self) {
        (self.from, self.focus) = (None, None);
    }

    /// The moment that a person jumped to.
    pub fn focus(&self) -> Option<Timestamp> {
        self.focus
    }

    /// What is shown: it begins on a mark, and now lies in its first third unless a person jumped elsewhere.
    pub fn range(&self, now: Timestamp, zone: &TimeZone) -> Option<Period> {
        let wanted = self.from.or_else(|| now.checked_sub(self.span() / 4).ok())?;
        let from = floor(wanted, STEPS[self.step].1, zone)?;
        Period::new(from, from.checked_add(self.span()).ok()?)
    }

    /// The marks of what is shown, each with its words: `22`, `Wed`, `Tue 8`.
    pub fn marks(&self, range: Period, zone: &TimeZone) -> Vec<(Timestamp, String)> {
        let mark = STEPS[self.step].1;
        let mut marks = Vec::new();
        let mut at = range.from().to_zoned(zone.clone());
        while at.timestamp() < range.to() && marks.len() < 64 {
            let words = match mark {
                // Midnight is told by the day that begins.
                Mark::Hours(_) if at.hour() == 0 => at.strftime("%a").to_string(),
                Mark::Hours(_) => at.strftime("%H").to_string(),
                Mark::Days(_) => at.strftime("%a %-d").to_string(),
            };
            marks.push((at.timestamp(), words));
            let next = match mark {
                // Elapsed hours, floored again: on the night of a clock change the hour that is not there is not shown.
                Mark::Hours(hours) => at.checked_add(i64::from(hours).hours()).ok(),
                Mark::Days(days) => at.checked_add(days.days()).ok(),
            };
            let Some(next) = next else { break };
            at = next;
        }
        marks
    }
}

fn floor(at: Timestamp, mark: Mark, zone: &TimeZone) -> Option<Timestamp> {
    let at = at.to_zoned(zone.clone());
    let back = |at: &Zoned, time: Time| at.with().time(time).build().ok();
    let start = match mark {
        Mark::Hours(hours) => back(&at, Time::new(at.hour() / hours * hours, 0, 0, 0).ok()?)?,
        Mark::Days(_) => back(&at, Time::midnight())?,
    };
    Some(start.timestamp().min(at.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn the_axis_stands_still_for_an_hour_and_moves_on_by_one() {
        let zone = TimeZone::get("Europe/Berlin").expect("bundled");
        let line = Timeline::default();
        let range = |now: &str| line.range(at(now), &zone).expect("in range");
        assert_eq!(range("2026-12-08T22:14:00Z"), range("2026-12-08T22:59:59Z"));
        assert_eq!(range("2026-12-08T22:14:00Z").from() + SignedDuration::from_hours(1), range("2026-12-08T23:00:00Z").from());
        let marks = line.marks(range("2026-12-08T22:14:00Z"), &zone);
        assert_eq!(marks.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>()[..3], ["20", "21", "22"]);
    }

    #[test]
    fn the_hour_that_a_night_leaves_out_has_no_mark() {
        let zone = TimeZone::get("Europe/Berlin").expect("bundled");
        let line = Timeline::default();
        let range = line.range(at("2027-03-28T01:30:00Z"), &zone).expect("in range");
        let words: Vec<String> = line.marks(range, &zone).into_iter().map(|(_, words)| words).collect();
        assert!(words.windows(2).any(|two| two == ["01", "03"]), "{words:?}");
    }

    proptest! {
        #[test]
        fn now_is_in_sight_until_a_person_jumps(step in 0_usize..7, second in 1_700_000_000_i64..1_900_000_000) {
            let now = Timestamp::from_second(second).expect("in range");
            for name in ["Europe/Berlin", "Australia/Lord_Howe", "UTC"] {
                let line = Timeline { step, ..Timeline::default() };
                let range = line.range(now, &TimeZone::get(name).expect("bundled")).expect("in range");
                prop_assert!(range.holds(now));
                let mut jumped = line;
                jumped.jump(now);
                prop_assert!(jumped.range(now, &TimeZone::UTC).expect("in range").holds(now));
            }
        }
    }
}
