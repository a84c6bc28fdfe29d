//! How one wave went since it was first read: its counts over civil time, and between which two readings it began.
//!
//! It keeps a bounded number of readings, fewer to the hour the longer it goes on. It forecasts nothing.

use jiff::{SignedDuration, Timestamp};

use crate::calendar::{Batch, Cohort};
use crate::domain::{Counts, Wave};

/// Readings kept; when there are more, every second one of the older goes.
const MOST: usize = 96;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    at: Timestamp,
    through: u32,
    /// Hosts that had not begun though their wave had.
    waiting: u32,
}

/// When a wave began, as far as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Began {
    /// It had not begun at this reading, and had at the next. The backend's own word makes both the same.
    pub after: Timestamp,
    pub by: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// The newest reading at which it had not begun.
    resting: Option<Timestamp>,
    began: Option<Began>,
    marks: Vec<Mark>,
    hosts: u32,
}

impl Course {
    /// Takes a reading of the wave.
    pub fn saw(&mut self, wave: &Wave, civil: Timestamp) {
        if !wave.state.has_begun() {
            *self = Self { resting: Some(civil), ..Self::default() };
            return;
        }
        let Counts { total, waiting, .. } = wave.counts;
        let mark = Mark { at: civil, through: wave.counts.settled(), waiting };
        if self.marks.last().is_some_and(|last| last.at > mark.at) {
            return;
        }
        // A wave that is tried again counts back: what was seen before is of another try.
        if self.marks.last().is_some_and(|last| last.through > mark.through) {
            *self = Self { began: None, ..Self::default() };
        }
        self.hosts = total;
        if let Some(at) = wave.began {
            self.began = Some(Began { after: at, by: at });
        } else if let (None, Some(after), true) = (self.began, self.resting, self.marks.is_empty()) {
            self.began = Some(Began { after, by: civil });
        }
        // While nothing moves the newest reading moves along.
        let same = |one: &Mark| (one.through, one.waiting) == (mark.through, mark.waiting);
        let still = self.marks.len() > 1 && self.marks[self.marks.len() - 2..].iter().all(same);
        match self.marks.last_mut() {
            Some(last) if still || last.at == mark.at => *last = mark,
            _ => self.marks.push(mark),
        }
        if self.marks.len() > MOST {
            self.thin();
        }
    }

    fn thin(&mut self) {
        let older = self.marks.len() / 2;
        let mut place = 0;
        self.marks.retain(|_| {
            place += 1;
            place == 1 || place > older || place % 2 == 0
        });
    }

    pub fn began(&self) -> Option<Began> {
        self.began
    }

    /// The moment to count ages from: the middle between the two readings.
    pub fn start(&self) -> Option<Timestamp> {
        let Began { after, by } = self.began?;
        after.checked_add(by.duration_since(after) / 2).ok()
    }

    /// Whether every host began with its wave, as far as it was seen.
    pub fn at_once(&self) -> bool {
        self.marks.iter().all(|mark| mark.waiting == 0)
    }

    /// Its hosts over time since its beginning; None if nobody saw that.
    pub fn cohort(&self) -> Option<Cohort> {
        let start = self.start()?;
        let since = |at: Timestamp| at.duration_since(start).as_secs_f64().max(0.0);
        let through = self.marks.iter().map(|mark| (since(mark.at), mark.through)).collect();
        Some(Cohort { hosts: self.hosts, through, watched: self.marks.last().map_or(0.0, |mark| since(mark.at)) })
    }

    /// Hosts that were through between readings. Those through before the first one have no time.
    pub fn batches(&self) -> impl Iterator<Item = Batch> {
        let begun = self.began.zip(self.marks.first()).filter(|(_, first)| first.through > 0);
        let first = begun.map(|(began, first)| Batch { from: began.after, to: first.at, hosts: first.through });
        first.into_iter().chain(self.marks.windows(2).filter_map(|pair| {
            let hosts = pair[1].through.saturating_sub(pair[0].through);
            (hosts > 0).then_some(Batch { from: pair[0].at, to: pair[1].at, hosts })
        }))
    }

    /// Civil seconds from its beginning to the newest reading at which a host was through.
    pub fn lasted(&self) -> Option<SignedDuration> {
        let last = self.marks.windows(2).rev().find(|pair| pair[1].through > pair[0].through).map(|pair| pair[1].at);
        Some(last.or(self.marks.first().map(|mark| mark.at))?.duration_since(self.start()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BackendName, Gate, RolloutId, Text, WaveId, WaveState};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).expect("in range")
    }

    fn wave(state: WaveState, done: u32, waiting: u32) -> Wave {
        Wave {
            id: WaveId::new(RolloutId::new(BackendName::new("acme-hb"), "1"), "1"),
            ordinal: 1,
            name: Text::new("canary"),
            after: Vec::new(),
            level: 0,
            state,
            native: Text::new("running"),
            counts: Counts { total: 40, done, waiting, running: 40 - done - waiting, ..Counts::default() },
            gate: Gate::default(),
            began: None,
            ended: None,
        }
    }

    #[test]
    fn a_beginning_lies_between_the_readings_around_it() {
        let mut course = Course::default();
        course.saw(&wave(WaveState::NotBegun, 0, 40), at(0));
        course.saw(&wave(WaveState::NotBegun, 0, 40), at(10));
        course.saw(&wave(WaveState::Running, 0, 0), at(20));
        assert_eq!(course.began(), Some(Began { after: at(10), by: at(20) }));
        course.saw(&wave(WaveState::Running, 4, 0), at(75));
        let cohort = course.cohort().expect("a beginning");
        assert_eq!((cohort.through, cohort.watched), (vec![(5.0, 0), (60.0, 4)], 60.0));
        assert!(course.at_once());
    }

    #[test]
    fn a_wave_that_had_begun_before_anybody_looked_has_no_beginning() {
        let mut course = Course::default();
        course.saw(&wave(WaveState::Running, 3, 0), at(0));
        course.saw(&wave(WaveState::Running, 5, 0), at(10));
        assert_eq!((course.began(), course.cohort()), (None, None));
        assert_eq!(course.batches().map(|batch| batch.hosts).sum::<u32>(), 2);
    }

    #[test]
    fn the_newest_reading_moves_along_while_nothing_moves_and_the_number_stays_bounded() {
        let mut course = Course::default();
        course.saw(&wave(WaveState::NotBegun, 0, 40), at(0));
        for second in 0..10_000 {
            let done = u32::try_from(second / 250).expect("small");
            course.saw(&wave(WaveState::Running, done.min(40), 0), at(10 + second));
        }
        assert!(course.marks.len() <= MOST);
        assert_eq!(course.batches().map(|batch| batch.hosts).sum::<u32>(), 39);
        assert_eq!(course.marks.last().map(|mark| mark.at), Some(at(10_009)));
    }

    #[test]
    fn hosts_that_wait_for_their_turn_are_seen() {
        let mut course = Course::default();
        course.saw(&wave(WaveState::Running, 0, 30), at(0));
        assert!(!course.at_once());
    }
}
