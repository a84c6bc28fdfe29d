//! Will the rest be through in time: a pace from finished hosts, and the rest divided by it.
//!
//! Everything comes in as arguments, so that the same observations always give the same forecast. While nothing finishes,
//! the end only moves later. It stops and starts nothing, and it knows no history but the one it is given.

use jiff::{SignedDuration, Timestamp};

use super::civil;
use crate::domain::Fit;
use crate::domain::fit::{Basis, Forecast, Pace, Unknown};

/// After this long a finished host counts half for the pace of now.
const HALF_LIFE_MINUTES: f64 = 10.0;
/// Fewer finished hosts make no pace.
const ENOUGH: usize = 3;
/// Nine of ten normal cases lie below this many standard deviations.
const NINE_OF_TEN: f64 = 1.2816;
/// Nothing finished for at least this long, and for longer than `STILL_GAPS` usual gaps, is standing still.
const STILL: SignedDuration = SignedDuration::from_mins(15);
const STILL_GAPS: f64 = 8.0;

/// What was seen of one wave, and what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub now: Timestamp,
    /// When each finished host (done or failed) was through, in any order.
    pub finished: &'a [Timestamp],
    /// Hosts that have not begun.
    pub waiting: u32,
    /// Hosts at work.
    pub running: u32,
    /// How long restarts took, in any order.
    pub restarts: &'a [SignedDuration],
    pub paused: bool,
    /// For a wave that has not begun: when it will.
    pub begins: Option<Timestamp>,
    /// The last start and the end of the window; None without one.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The pace of earlier waves of the same tenant.
    pub earlier: Option<Earlier>,
}

/// What earlier waves of a tenant were like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Earlier {
    pub per_minute: f64,
    /// Hosts it was seen on.
    pub hosts: u32,
    /// From the beginning of a wave to its first finished host.
    pub first_after: SignedDuration,
}

/// The forecast of one wave against its window.
pub fn fit(seen: &Seen<'_>) -> Fit {
    let Some((cutoff, closes)) = seen.window else { return Fit::CannotTell(Unknown::NoWindow) };
    if seen.paused && seen.waiting + seen.running > 0 {
        return Fit::CannotTell(Unknown::Paused);
    }
    let restart_tail = nine_of_ten(seen.restarts);
    let (pace, from) = match pace(seen) {
        Ok(found) => found,
        Err(why) => return Fit::CannotTell(why),
    };
    let course =
        Course { pace, from, waiting: seen.waiting, left: seen.waiting.saturating_add(seen.running), tail: restart_tail };
    let expected = course.run(1.0, 0.0, cutoff, closes);
    // A pace seen on few hosts may be much slower than it looked, and the rest scatters by itself.
    let bad = course.run(slow_share(pace.seen), NINE_OF_TEN, cutoff, closes);
    let forecast = Forecast {
        pace,
        last_start: (seen.waiting > 0).then_some(expected.last_start),
        end: expected.end,
        bad_end: bad.end,
        not_begun: expected.not_begun,
        bad_not_begun: bad.not_begun,
        not_through: expected.not_through,
        restart_tail,
    };
    if course.left == 0 {
        Fit::Fits(forecast)
    } else if expected.not_begun > 0 || expected.not_through > 0 || expected.end > closes {
        Fit::WillNotFit(forecast)
    } else if bad.not_begun > 0 || bad.end > closes {
        Fit::Tight(forecast)
    } else {
        Fit::Fits(forecast)
    }
}

/// The pace that is shown, and the moment it runs from.
fn pace(seen: &Seen<'_>) -> Result<(Pace, Timestamp), Unknown> {
    let mut finished: Vec<Timestamp> = seen.finished.iter().copied().filter(|at| *at <= seen.now).collect();
    finished.sort_unstable();
    let done = u32::try_from(finished.len()).unwrap_or(u32::MAX);
    if seen.waiting == 0 && seen.running == 0 {
        return Ok((Pace { per_minute: 0.0, basis: Basis::SinceStart, seen: done }, seen.now));
    }
    let (Some(first), Some(last), true) = (finished.first(), finished.last(), finished.len() >= ENOUGH) else {
        let earlier = seen.earlier.filter(|earlier| earlier.per_minute > 0.0 && earlier.hosts > 0);
        let Some(earlier) = earlier else { return Err(Unknown::TooFew { done }) };
        let pace = Pace { per_minute: earlier.per_minute, basis: Basis::Earlier, seen: earlier.hosts };
        let begins = seen.begins.unwrap_or(seen.now);
        return Ok((pace, civil::shifted(begins, earlier.first_after).max(seen.now)));
    };
    // Since the first finished host: before it, hosts were at work and none could be through.
    let gaps = finished.len() - 1;
    let minutes = minutes(*first, seen.now).max(1.0 / 60.0);
    let since_start = gaps as f64 / minutes;
    let quiet = seen.now.duration_since(*last);
    let usual_gap = self::minutes(*first, *last) / gaps as f64;
    if quiet >= STILL && quiet.as_secs_f64() / 60.0 > STILL_GAPS * usual_gap {
        return Err(Unknown::Still { since: *last });
    }
    let (now, weight) = pace_of_now(&finished, seen.now, minutes);
    // The whole wave is the steadier measure, as long as the last minutes agree with it within their own scatter.
    let changed = (now / since_start - 1.0).abs() > NINE_OF_TEN / weight.max(1.0).sqrt();
    let pace = if changed && now > 0.0 {
        Pace { per_minute: now, basis: Basis::Now, seen: weight.round() as u32 }
    } else {
        Pace { per_minute: since_start, basis: Basis::SinceStart, seen: done }
    };
    Ok((pace, seen.now))
}

/// Finished hosts a minute with a half-life, and on how many hosts that rests. The first one only starts the watch.
fn pace_of_now(finished: &[Timestamp], now: Timestamp, watched: f64) -> (f64, f64) {
    let half = |minutes: f64| (-minutes / HALF_LIFE_MINUTES).exp2();
    let weights = finished.iter().skip(1).map(|at| half(minutes(*at, now)));
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), weight| (sum + weight, squares + weight * weight));
    let time = HALF_LIFE_MINUTES / std::f64::consts::LN_2 * (1.0 - half(watched));
    if squares > 0.0 && time > 0.0 { (sum / time, sum * sum / squares) } else { (0.0, 0.0) }
}

/// The share of a pace that nine of ten true paces reach, if it was seen on so many hosts: the lower bound of a Gamma
/// distribution, after Wilson and Hilferty.
fn slow_share(seen: u32) -> f64 {
    let seen = f64::from(seen.max(1));
    (1.0 - 1.0 / (9.0 * seen) - NINE_OF_TEN / (3.0 * seen.sqrt())).powi(3)
}

/// How the rest runs from a moment on.
struct Course {
    pace: Pace,
    from: Timestamp,
    waiting: u32,
    left: u32,
    tail: Option<SignedDuration>,
}

/// Where it comes to.
struct Outcome {
    last_start: Timestamp,
    end: Timestamp,
    not_begun: u32,
    not_through: u32,
}

impl Course {
    /// With `share` of the pace and `scatter` standard deviations of bad luck.
    fn run(&self, share: f64, scatter: f64, cutoff: Timestamp, closes: Timestamp) -> Outcome {
        let tail = if self.left == 0 { SignedDuration::ZERO } else { self.tail.unwrap_or_default() };
        let per_minute = self.pace.per_minute * share;
        let unlucky = |hosts: u32| f64::from(hosts) + scatter * f64::from(hosts).sqrt();
        let through = |hosts: u32| match hosts {
            0 => self.from,
            _ => civil::shifted(
                self.from,
                SignedDuration::try_from_secs_f64(unlucky(hosts) / per_minute * 60.0).unwrap_or(SignedDuration::MAX),
            ),
        };
        // The part of the hosts that comes to its turn until then.
        let missed = |hosts: u32, until: Timestamp| {
            let turns = minutes(self.from, until).max(0.0) * per_minute;
            let late = (unlucky(hosts) - turns - 1e-6).ceil().max(0.0);
            (late as u32).min(hosts)
        };
        Outcome {
            last_start: through(self.waiting),
            end: civil::shifted(through(self.left), tail),
            not_begun: missed(self.waiting, cutoff),
            not_through: missed(self.left, civil::shifted(closes, -tail)),
        }
    }
}

fn minutes(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 60.0
}

/// The length that nine of ten stay within.
fn nine_of_ten(lengths: &[SignedDuration]) -> Option<SignedDuration> {
    let mut lengths: Vec<SignedDuration> = lengths.iter().map(|length| (*length).max(SignedDuration::ZERO)).collect();
    lengths.sort_unstable();
    let place = (lengths.len() * 9).div_ceil(10).checked_sub(1)?;
    lengths.get(place).copied()
}
