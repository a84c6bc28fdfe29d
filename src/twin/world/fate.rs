//! What a device will do with an action: drawn from the seed and the action's number alone.
//!
//! Because nothing else goes into the draw, a verb somebody sends changes what happens next but not what any other
//! device does, and a night can be repeated. Knows no states and no times of day; what a device remembers of an earlier try is
//! in `again`.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::Millis;
use crate::twin::scenario::{Again, Behaviour, Failure, Install};

/// One device's answer to one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// From fetching the job to its end; none for a device that hangs.
    pub ends_after: Option<Millis>,
    /// The failure it ends with, if it fails.
    pub failure: Option<usize>,
    /// From fetching the job to its restart, for a device that restarts.
    pub restarts_after: Option<Millis>,
    /// Reports success and runs the release before.
    pub silent: bool,
    pub rejects_cancel: bool,
    /// Whether a device at work stops when it hears of a cancel.
    pub yields: bool,
}

/// Failures and mixes of a scenario, by number.
#[derive(Debug, Default)]
pub struct Failures {
    rows: Vec<Failure>,
    mixes: BTreeMap<String, Vec<(usize, u32)>>,
}

impl Failures {
    pub fn new(failures: &BTreeMap<String, Failure>, mixes: &BTreeMap<String, BTreeMap<String, u32>>) -> Self {
        let names: Vec<&String> = failures.keys().collect();
        let mixes = mixes
            .iter()
            .map(|(name, mix)| {
                let rows =
                    mix.iter().filter_map(|(failure, weight)| Some((names.binary_search(&failure).ok()?, *weight))).collect();
                (name.clone(), rows)
            })
            .collect();
        Self { rows: failures.values().cloned().collect(), mixes }
    }

    pub fn messages(&self, index: usize) -> &[String] {
        self.rows.get(index).map_or(&[], |row| &row.messages)
    }

    pub fn again(&self, index: usize) -> &Again {
        self.rows.get(index).map_or(&Again::Anew, |row| &row.again)
    }

    pub fn code(&self, index: usize) -> Option<i32> {
        self.rows.get(index).and_then(|row| row.code)
    }

    fn draw(&self, mix: &str, random: &mut SmallRng) -> Option<usize> {
        let rows = self.mixes.get(mix)?;
        let total: u32 = rows.iter().map(|(_, weight)| weight).sum();
        let mut left = random.random_range(0..total.max(1));
        for (failure, weight) in rows {
            if left < *weight {
                return Some(*failure);
            }
            left -= weight;
        }
        None
    }
}

/// Draws the fate of action number `number` in the night `seed`.
pub fn draw(seed: u64, number: usize, behaviour: &Behaviour, failures: &Failures) -> Fate {
    let mut random = SmallRng::seed_from_u64(seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let hangs = percent(&mut random, behaviour.hang);
    let length = behaviour.install.draw(&mut random);
    let fails = percent(&mut random, behaviour.fail);
    let failure = fails.then(|| failures.draw(&behaviour.mix, &mut random)).flatten();
    let rejects_cancel = percent(&mut random, behaviour.reject_cancel);
    let yields = percent(&mut random, 50.0);
    // Whoever fails or hangs does so before the restart.
    let restart = behaviour.restart.map(|restart| restart.draw(&mut random)).filter(|_| failure.is_none() && !hangs);
    let lost = percent(&mut random, behaviour.lost) && restart.is_some();
    let silent = percent(&mut random, behaviour.silent) && failure.is_none();
    Fate {
        ends_after: (!hangs && !lost).then_some(length + restart.unwrap_or_default()),
        failure,
        restarts_after: restart.map(|_| length),
        silent,
        rejects_cancel,
        yields,
    }
}

fn percent(random: &mut SmallRng, share: f64) -> bool {
    random.random::<f64>() * 100.0 < share
}

impl Install {
    /// A triangular distribution, by inversion.
    pub(in crate::twin) fn draw(self, random: &mut SmallRng) -> Millis {
        let (low, mode, high) = (self.quickest.as_secs_f64(), self.typical.as_secs_f64(), self.longest.as_secs_f64());
        let u: f64 = random.random();
        let span = high - low;
        let seconds = if span <= 0.0 {
            low
        } else if u < (mode - low) / span {
            low + (u * span * (mode - low)).sqrt()
        } else {
            high - ((1.0 - u) * span * (high - mode)).sqrt()
        };
        (seconds * 1000.0) as Millis
    }

    pub(in crate::twin) fn grows(self) -> bool {
        self.quickest <= self.typical && self.typical <= self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);

    fn behaviour(fail: f64) -> Behaviour {
        Behaviour { fail, mix: "m".to_owned(), ..Behaviour::default() }
    }

    fn failures() -> Failures {
        let rows = ["a", "b"]
            .map(|name| (name.to_owned(), Failure { messages: vec![name.to_owned()], code: Some(1), again: Again::Anew }));
        let mix = BTreeMap::from([("a".to_owned(), 3), ("b".to_owned(), 1)]);
        Failures::new(&BTreeMap::from(rows), &BTreeMap::from([("m".to_owned(), mix)]))
    }

    #[test]
    fn the_same_seed_and_number_give_the_same_fate() {
        for number in 0..50 {
            let draws = [0, 1].map(|_| draw(7, number, &behaviour(30.0), &failures()));
            assert_eq!(draws[0], draws[1]);
        }
    }

    #[test]
    fn shares_and_weights_come_out_about_right() {
        let fates: Vec<Fate> = (0..10_000).map(|number| draw(7, number, &behaviour(40.0), &failures())).collect();
        let failed = fates.iter().filter(|fate| fate.failure.is_some()).count();
        let first = fates.iter().filter(|fate| fate.failure == Some(0)).count();
        assert!((3_700..4_300).contains(&failed), "{failed}");
        assert!((first as f64 / failed as f64 - 0.75).abs() < 0.04, "{first} of {failed}");
    }

    #[test]
    fn a_restart_comes_after_the_installation_and_some_never_come_back_from_it() {
        let restart = Install { quickest: SECOND * 60, typical: SECOND * 120, longest: SECOND * 180 };
        let behaviour = Behaviour { restart: Some(restart), lost: 20.0, silent: 10.0, ..behaviour(20.0) };
        let fates: Vec<Fate> = (0..5_000).map(|number| draw(7, number, &behaviour, &failures())).collect();
        for fate in &fates {
            assert_eq!(fate.restarts_after.is_none(), fate.failure.is_some(), "{fate:?}");
            if let (Some(restart), Some(end)) = (fate.restarts_after, fate.ends_after) {
                assert!((60_000..=180_000).contains(&(end - restart)), "{fate:?}");
            }
            assert!(!(fate.silent && fate.failure.is_some()), "{fate:?}");
        }
        let lost = fates.iter().filter(|fate| fate.ends_after.is_none()).count();
        let silent = fates.iter().filter(|fate| fate.silent).count();
        assert!((700..900).contains(&lost) && (330..470).contains(&silent), "{lost} lost, {silent} silent");
    }

    #[test]
    fn install_times_stay_between_quickest_and_longest() {
        let install = Install::default();
        for number in 0..5_000 {
            let after = draw(1, number, &behaviour(0.0), &failures()).ends_after.unwrap();
            assert!(i128::from(after) >= install.quickest.as_millis() && i128::from(after) <= install.longest.as_millis());
        }
    }
}
