//! How long hosts take from the beginning of their wave: which share of them is through after which time.
//!
//! Hosts still at work count for as long as they were watched (Kaplan and Meier), so that a wave in its middle tells what it
//! can and no more. It knows no window and no gate.

/// Hosts of one wave that began together, and how many of them were through at each reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cohort {
    pub hosts: u32,
    /// Seconds since the beginning and hosts through by then; both rise.
    pub through: Vec<(f64, u32)>,
    /// Seconds since the beginning until which it was watched.
    pub watched: f64,
}

/// A share of hosts that is through after so many seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    /// A line of corners that rises: seconds, share.
    corners: Vec<(f64, f64)>,
    /// For how long anybody watched.
    watched: f64,
    /// Hosts through that it was seen on.
    pub hosts: u32,
}

/// From this share on, those who are left over have most likely fallen silent, and the line is taken as whole.
const AS_GOOD_AS_ALL: f64 = 0.9;

impl Durations {
    pub fn of(cohorts: &[Cohort]) -> Self {
        // Each stretch between two readings ends so many hosts; each watch that is over lets go of those still at work.
        let mut ends: Vec<(f64, f64, u32)> = Vec::new();
        let mut lets_go: Vec<(f64, u32)> = Vec::new();
        for cohort in cohorts {
            let mut before = (0.0, 0);
            for &(at, through) in &cohort.through {
                let (at, through) = (at.max(before.0), through.min(cohort.hosts).max(before.1));
                if through > before.1 {
                    ends.push((before.0, at, through - before.1));
                }
                before = (at, through);
            }
            lets_go.push((cohort.watched.max(before.0), cohort.hosts - before.1.min(cohort.hosts)));
        }
        ends.sort_by(|one, other| one.1.total_cmp(&other.1).then(one.0.total_cmp(&other.0)));
        lets_go.sort_by(|one, other| one.0.total_cmp(&other.0));
        let all: u32 = cohorts.iter().map(|cohort| cohort.hosts).sum();
        let (mut at_work, mut share, mut gone) = (f64::from(all), 0.0, lets_go.iter().peekable());
        let mut corners: Vec<(f64, f64)> = Vec::new();
        let mut hosts = 0;
        for (from, to, ended) in ends {
            while let Some((_, left)) = gone.next_if(|(at, _)| *at < to) {
                at_work -= f64::from(*left);
            }
            if corners.is_empty() {
                corners.push((from, 0.0));
            }
            share += (1.0 - share) * (f64::from(ended) / at_work.max(1.0)).min(1.0);
            at_work -= f64::from(ended);
            hosts += ended;
            match corners.last_mut() {
                Some(last) if last.0 >= to && last.1 > 0.0 => last.1 = share,
                _ => corners.push((to, share)),
            }
        }
        let watched = lets_go.last().map_or(0.0, |(at, _)| *at);
        Self { corners, watched, hosts }
    }

    pub fn is_empty(&self) -> bool {
        self.hosts == 0
    }

    /// The share through after so many seconds, as far as anybody watched.
    pub fn share(&self, seconds: f64) -> f64 {
        let mut before = (0.0, 0.0);
        for &corner in &self.corners {
            if corner.0 >= seconds {
                let span = corner.0 - before.0;
                let part = if span > 0.0 { ((seconds - before.0) / span).clamp(0.0, 1.0) } else { 1.0 };
                return before.1 + (corner.1 - before.1) * part;
            }
            before = corner;
        }
        before.1
    }

    /// After how many seconds a share is through. Beyond what was seen the line goes on as steep as it was on average.
    pub fn until(&self, share: f64) -> f64 {
        let mut before = self.corners.first().copied().unwrap_or_default();
        for &corner in &self.corners {
            if corner.1 >= share {
                let rise = corner.1 - before.1;
                let part = if rise > 0.0 { ((share - before.1) / rise).clamp(0.0, 1.0) } else { 1.0 };
                return before.0 + (corner.0 - before.0) * part;
            }
            before = corner;
        }
        let (from, most) = (self.corners.first().map_or(0.0, |corner| corner.0), before.1);
        let watched = self.watched.max(before.0);
        let steep = if watched > from { most / (watched - from) } else { 0.0 };
        if steep > 0.0 { watched + (share - most) / steep } else { f64::INFINITY }
    }

    /// After how many seconds all are through but those who fell silent.
    pub fn all(&self) -> f64 {
        match self.corners.last() {
            Some((at, share)) if *share >= AS_GOOD_AS_ALL => *at,
            _ => self.until(1.0),
        }
    }

    /// The same as [`share`](Self::share), of those who do not fall silent, and going on beyond what was seen.
    pub fn through(&self, seconds: f64) -> f64 {
        let Some(&(at, most)) = self.corners.last() else { return 0.0 };
        if most >= AS_GOOD_AS_ALL {
            return self.share(seconds) / most;
        }
        if seconds <= at {
            return self.share(seconds);
        }
        let from = self.corners.first().map_or(0.0, |corner| corner.0);
        let watched = self.watched.max(at);
        let steep = if watched > from { most / (watched - from) } else { 0.0 };
        (most + (seconds - watched).max(0.0) * steep).min(1.0)
    }

    /// The time at each tenth, for keeping; None where a tenth was never seen through.
    pub fn tenths(&self) -> Vec<f64> {
        let most = self.corners.last().map_or(0.0, |corner| corner.1);
        (0..=10).map(|tenth| f64::from(tenth) / 10.0 * most).map(|share| self.until(share)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole() -> Cohort {
        let through = (0..=10).map(|ended| (60.0 + f64::from(ended) * 12.0, ended)).collect();
        Cohort { hosts: 10, through, watched: 600.0 }
    }

    #[test]
    fn a_wave_seen_to_its_end_is_told_as_it_was() {
        let seen = Durations::of(&[whole()]);
        assert!((seen.share(120.0) - 0.5).abs() < 1e-9);
        assert!((seen.until(0.5) - 120.0).abs() < 1e-9);
        assert!((seen.all() - 180.0).abs() < 1e-9);
        assert_eq!(seen.hosts, 10);
    }

    #[test]
    fn a_wave_in_its_middle_does_not_slow_down_what_earlier_ones_showed() {
        let middle = Cohort { hosts: 100, through: vec![(60.0, 0), (75.0, 12), (90.0, 25)], watched: 90.0 };
        let seen = Durations::of(&[whole(), middle]);
        assert!((seen.all() - 180.0).abs() < 1e-9, "{seen:?}");
        assert!(seen.share(120.0) > 0.45 && seen.share(120.0) < 0.6, "{seen:?}");
    }

    #[test]
    fn hosts_that_fall_silent_do_not_hold_up_the_end() {
        let seen = Durations::of(&[Cohort { hosts: 11, ..whole() }]);
        assert!((seen.all() - 180.0).abs() < 1e-9);
        assert!(seen.until(0.95) > 600.0, "nobody came in ten minutes, so that share is later still");
    }

    proptest! {
        #[test]
        fn shares_rise_with_time_and_times_with_shares(
            gaps in proptest::collection::vec((1_u32..300, 0_u32..20), 1..30),
            more in 0_u32..50,
            one in 0.0_f64..1.0,
            other in 0.0_f64..1.0,
        ) {
            let mut at = (0.0, 0);
            let through: Vec<(f64, u32)> = gaps.iter().map(|(gap, ended)| { at = (at.0 + f64::from(*gap), at.1 + ended); at }).collect();
            let cohort = Cohort { hosts: at.1 + more, through, watched: at.0 + 10.0 };
            let seen = Durations::of(&[cohort]);
            let (low, high) = (one.min(other), one.max(other));
            prop_assert!(seen.until(low) <= seen.until(high));
            prop_assert!(seen.share(low * 3000.0) <= seen.share(high * 3000.0) + 1e-9);
            prop_assert!(seen.through(low * 3000.0) <= seen.through(high * 3000.0) + 1e-9);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&seen.share(high * 3000.0)));
        }
    }
}
