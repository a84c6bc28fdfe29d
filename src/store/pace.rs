//! How fast hosts settle, from the counts we saw: a sparkline, a pace and an end that is the pace times the rest.
//!
//! It knows nothing of windows; a forecast against a window is the calendar's.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::calendar::Batch;

/// Samples kept; at one in ten seconds of civil time that is ten minutes.
const SAMPLES: usize = 60;
/// The least civil time between two samples.
const STEP: SignedDuration = SignedDuration::from_secs(10);
/// Fewer settled hosts than this make no pace.
const ENOUGH: u32 = 3;

/// Settled hosts over civil time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    samples: VecDeque<(Timestamp, u32)>,
}

/// When the rest will be through, or why nobody can say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// Hosts a minute of civil time, and when the rest is through at that pace.
    At { per_minute: f64, end: Timestamp },
    /// Nothing settled for as long as we look back.
    Still,
    /// Fewer than three settled hosts were seen.
    TooFew,
    /// Nothing is left.
    Through,
}

impl Pace {
    /// Takes a count that the backend reported at `civil`.
    pub fn saw(&mut self, civil: Timestamp, settled: u32) {
        // Merging twice is merging once, and older never comes after newer.
        if self.samples.back().is_some_and(|(at, last)| *at > civil || *at == civil && *last == settled) {
            return;
        }
        if self.samples.back().is_some_and(|(_, last)| settled < *last) {
            self.samples.clear();
        }
        // The newest sample moves along until it is a whole step away from the one before.
        let newest = self.samples.len();
        if newest > 1 && civil.duration_since(self.samples[newest - 2].0) < STEP {
            self.samples[newest - 1] = (civil, settled);
            return;
        }
        self.samples.push_back((civil, settled));
        if self.samples.len() > SAMPLES {
            self.samples.pop_front();
        }
    }

    /// Hosts a minute over the time we look back; None with too little seen.
    pub fn per_minute(&self) -> Option<f64> {
        let (first, from) = *self.samples.front()?;
        let (last, to) = *self.samples.back()?;
        let minutes = last.duration_since(first).as_secs_f64() / 60.0;
        (to.saturating_sub(from) >= ENOUGH && minutes > 0.0).then(|| f64::from(to - from) / minutes)
    }

    /// When `left` hosts are through at the shown pace.
    pub fn end(&self, left: u32, civil: Timestamp) -> End {
        if left == 0 {
            return End::Through;
        }
        let seen = self.samples.back().map_or(0, |(_, to)| *to).saturating_sub(self.samples.front().map_or(0, |(_, from)| *from));
        match self.per_minute() {
            Some(per_minute) => {
                let seconds = f64::from(left) / per_minute * 60.0;
                let end = SignedDuration::try_from_secs_f64(seconds).ok().and_then(|rest| civil.checked_add(rest).ok());
                end.map_or(End::Still, |end| End::At { per_minute, end })
            }
            None if self.samples.len() == SAMPLES && seen == 0 => End::Still,
            None => End::TooFew,
        }
    }

    /// Hosts settled between two samples.
    pub fn batches(&self) -> Vec<Batch> {
        let pairs = self.samples.iter().zip(self.samples.iter().skip(1));
        let batch = |(one, other): (&(Timestamp, u32), &(Timestamp, u32))| {
            let hosts = other.1.saturating_sub(one.1);
            (hosts > 0).then_some(Batch { from: one.0, to: other.0, hosts })
        };
        pairs.filter_map(batch).collect()
    }

    /// Hosts settled in each of the last `bars` steps of time, oldest first, for a sparkline.
    pub fn bars(&self, bars: usize) -> Vec<u32> {
        let (Some((first, _)), Some((last, _))) = (self.samples.front(), self.samples.back()) else { return Vec::new() };
        let span = last.duration_since(*first).as_secs_f64();
        if bars == 0 || span <= 0.0 {
            return Vec::new();
        }
        let mut out = vec![0; bars];
        let mut before = self.samples[0].1;
        for (at, settled) in self.samples.iter().skip(1) {
            let place = at.duration_since(*first).as_secs_f64() / span * bars as f64;
            out[(place.ceil() as usize).clamp(1, bars) - 1] += settled.saturating_sub(before);
            before = *settled;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).expect("in range")
    }

    fn steady() -> Pace {
        let mut pace = Pace::default();
        for step in 0..12 {
            pace.saw(at(step * 10), u32::try_from(step).expect("small") * 2);
        }
        pace
    }

    #[test]
    fn the_end_is_the_shown_pace_times_the_shown_rest() {
        let End::At { per_minute, end } = steady().end(24, at(110)) else { panic!("a pace") };
        assert!((per_minute - 12.0).abs() < 0.01);
        assert_eq!(end, at(110 + 120));
    }

    #[test]
    fn two_settled_hosts_make_no_pace() {
        let mut pace = Pace::default();
        pace.saw(at(0), 0);
        pace.saw(at(60), 2);
        assert_eq!(pace.end(10, at(60)), End::TooFew);
    }

    #[test]
    fn a_count_that_goes_back_starts_anew() {
        let mut pace = steady();
        pace.saw(at(130), 1);
        assert_eq!(pace.per_minute(), None);
    }

    #[test]
    fn bars_hold_every_settled_host_once() {
        assert_eq!(steady().bars(5).iter().sum::<u32>(), 22);
    }

    #[test]
    fn frequent_readings_do_not_shorten_the_look_back() {
        let mut pace = Pace::default();
        for second in 0..300 {
            pace.saw(at(second), u32::try_from(second).expect("small"));
        }
        let (first, _) = pace.samples[0];
        assert!(at(299).duration_since(first) >= SignedDuration::from_secs(250));
    }
}
