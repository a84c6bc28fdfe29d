//! How a moment stands in a calendar, and what opens next. It says what is so; it permits and refuses nothing.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Calendar, Expansion, civil};
use crate::domain::{Opening, Period, WindowState, Work};

impl Calendar {
    /// How `at` stands for one kind of work. The next opening is looked for as far as `ahead`.
    pub fn state(&self, work: Work, device: &TimeZone, at: Timestamp, ahead: SignedDuration) -> WindowState {
        let until = civil::shifted(at, ahead.max(SignedDuration::from_secs(1)));
        let found = Period::new(at, until).map(|range| self.expand(Some(work), device, range)).unwrap_or_default();
        let windows = self.windows.iter().any(|window| window.allows.contains(&work));
        found.state(at, until, windows)
    }

    /// The next openings that begin or go on after a moment, at most `count`, as far as `ahead`.
    pub fn next(
        &self,
        work: Option<Work>,
        device: &TimeZone,
        at: Timestamp,
        ahead: SignedDuration,
        count: usize,
    ) -> Vec<Opening> {
        let range = Period::new(at, civil::shifted(at, ahead));
        let mut openings = range.map(|range| self.expand(work, device, range).openings).unwrap_or_default();
        openings.truncate(count);
        openings
    }
}

impl Expansion {
    /// How a moment stands in what was expanded around it. A freeze is named before everything else: it always wins.
    pub(super) fn state(&self, at: Timestamp, until: Timestamp, windows: bool) -> WindowState {
        let next = self.openings.iter().map(|opening| opening.period.from()).find(|from| *from > at);
        if let Some(frozen) = self.frozen.iter().filter(|frozen| frozen.period.holds(at)).max_by_key(|frozen| frozen.period.to())
        {
            return WindowState::Frozen { freeze: frozen.freeze.clone(), until: self.thaws(frozen.period.to()), next };
        }
        if !windows {
            return WindowState::NoWindow;
        }
        match self.openings.iter().find(|opening| opening.period.holds(at)) {
            Some(opening) if opening.takes_work(at) => WindowState::Open { cutoff: opening.cutoff, closes: opening.period.to() },
            Some(opening) => WindowState::CutoffPassed { closes: opening.period.to(), next },
            None => next.map_or(WindowState::Closed { looked_until: until }, |opens| WindowState::Before { opens }),
        }
    }

    /// When the last of the freezes ends that follow each other without a gap.
    fn thaws(&self, end: Timestamp) -> Timestamp {
        let further = self.frozen.iter().map(|frozen| frozen.period).find(|period| period.from() <= end && end < period.to());
        further.map_or(end, |period| self.thaws(period.to()))
    }
}
