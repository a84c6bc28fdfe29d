//! Will the rest be through in time: from hosts that are through, and what is left.
//!
//! Two ways. Where hosts of a begun wave still wait for their turn, the rest is divided by the pace. Where a wave takes all its
//! hosts at once, the waves to come are laid one behind the other by how long hosts took (`waves`).
//!
//! Everything comes in as arguments, so that the same observations always give the same forecast. While nothing finishes,
//! the end only moves later. It stops and starts nothing, and it knows no history but the one it is given.

use jiff::{SignedDuration, Timestamp};

use super::civil;
use super::durations::Durations;
use super::waves::{AWave, Pacing, Schedule, schedule};
use crate::domain::Fit;
use crate::domain::fit::{Basis, Forecast, Pace, Unknown};

/// After this long a finished host counts half for the pace of now.
const HALF_LIFE_MINUTES: f64 = 10.0;
/// Fewer finished hosts make no pace.
const ENOUGH: u32 = 3;
/// Nine of ten normal cases lie below this many standard deviations.
const NINE_OF_TEN: f64 = 1.2816;
/// Nothing finished for at least this long, and for longer than `STILL_GAPS` usual gaps, is standing still.
const STILL: SignedDuration = SignedDuration::from_mins(15);
const STILL_GAPS: f64 = 8.0;

/// Hosts that were through somewhere between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Batch {
    pub to: Timestamp,
    pub from: Timestamp,
    pub hosts: u32,
}

impl Batch {
    /// One host, at a moment that is known.
    pub fn one(at: Timestamp) -> Self {
        Self { from: at, to: at, hosts: 1 }
    }

    fn middle(self) -> Timestamp {
        civil::shifted(self.from, self.to.duration_since(self.from) / 2)
    }
}

/// What was seen of one rollout, and what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub now: Timestamp,
    /// When hosts were through (done or failed), in any order.
    pub finished: &'a [Batch],
    /// Hosts that have not begun.
    pub waiting: u32,
    /// Hosts at work.
    pub running: u32,
    /// How long restarts took, in any order.
    pub restarts: &'a [SignedDuration],
    pub paused: bool,
    /// For one that has not begun, or is let on: when the next wave begins.
    pub begins: Option<Timestamp>,
    /// The last start and the end of the window; None without one.
    pub window: Option<(Timestamp, Timestamp)>,
    /// What earlier waves of the same tenant were like.
    pub earlier: Option<&'a Earlier>,
    /// The waves in their order, where they take all their hosts at once; empty where hosts wait for their turn.
    pub waves: &'a [AWave],
    /// How long hosts took in the waves that were seen from their beginning.
    pub durations: &'a Durations,
}

/// What earlier waves of a tenant were like.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    pub per_minute: f64,
    /// Hosts it was seen on.
    pub hosts: u32,
    /// From the beginning of a wave to its first finished host.
    pub first_after: SignedDuration,
    /// How long their hosts took, where it was kept.
    pub durations: Durations,
}

/// The forecast of one rollout against its window.
pub fn fit(seen: &Seen<'_>) -> Fit {
    let Some((cutoff, closes)) = seen.window else { return Fit::CannotTell(Unknown::NoWindow) };
    if seen.paused && seen.waiting.saturating_add(seen.running) > 0 {
        return Fit::CannotTell(Unknown::Paused);
    }
    let restart_tail = nine_of_ten(seen.restarts);
    let (pace, from) = match pace(seen) {
        Ok(found) => found,
        Err(why) => return Fit::CannotTell(why),
    };
    let left = seen.waiting.saturating_add(seen.running);
    let tail = if left == 0 { SignedDuration::ZERO } else { restart_tail.unwrap_or_default() };
    // A pace seen on few hosts may be much slower than it looked, and the rest scatters by itself.
    let bad_share = slow_share(pace.seen);
    let (expected, bad, held) = if seen.waves.is_empty() {
        let course = Course { pace, from, waiting: seen.waiting, left, tail };
        (course.run(1.0, 0.0, cutoff, closes), course.run(bad_share, NINE_OF_TEN, cutoff, closes), 0)
    } else {
        let durations = durations(seen, &pace);
        let by_waves = ByWaves { seen, durations, tail, cutoff, closes };
        let (expected, held) = by_waves.run(pace.per_minute, 0.0);
        let bad = by_waves.run(pace.per_minute * bad_share, NINE_OF_TEN).0.no_better_than(&expected);
        (expected, bad, held)
    };
    let forecast = Forecast {
        pace,
        last_start: expected.last_start,
        end: expected.end,
        bad_end: bad.end,
        not_begun: expected.not_begun,
        bad_not_begun: bad.not_begun,
        not_through: expected.not_through,
        restart_tail,
        held,
    };
    if left == 0 {
        Fit::Fits(forecast)
    } else if expected.not_begun > 0 || expected.not_through > 0 || expected.end > closes {
        Fit::WillNotFit(forecast)
    } else if held > 0 {
        // What runs would be in time; the rest begins when a person says so, and nobody knows when that is.
        Fit::CannotTell(Unknown::ByPerson { hosts: held })
    } else if bad.not_begun > 0 || bad.end > closes {
        Fit::Tight(forecast)
    } else {
        Fit::Fits(forecast)
    }
}

/// The durations that the waves are laid by: those of this rollout, else those of earlier ones.
fn durations<'a>(seen: &Seen<'a>, pace: &Pace) -> Option<&'a Durations> {
    let earlier = || seen.earlier.map(|earlier| &earlier.durations).filter(|durations| !durations.is_empty());
    if pace.basis == Basis::Earlier {
        return earlier();
    }
    if seen.durations.hosts >= ENOUGH { Some(seen.durations) } else { None }
}

/// The pace that is shown, and the moment it runs from.
fn pace(seen: &Seen<'_>) -> Result<(Pace, Timestamp), Unknown> {
    let mut finished: Vec<Batch> =
        seen.finished.iter().copied().filter(|batch| batch.to <= seen.now && batch.hosts > 0).collect();
    finished.sort_unstable();
    let done = finished.iter().fold(0_u32, |sum, batch| sum.saturating_add(batch.hosts));
    if seen.waiting == 0 && seen.running == 0 {
        return Ok((Pace { per_minute: 0.0, basis: Basis::SinceStart, seen: done }, seen.now));
    }
    let (Some(first), Some(last), true) = (finished.first(), finished.last(), done >= ENOUGH) else {
        let earlier = seen.earlier.filter(|earlier| earlier.per_minute > 0.0 && earlier.hosts > 0);
        let Some(earlier) = earlier else { return Err(Unknown::TooFew { done }) };
        let pace = Pace { per_minute: earlier.per_minute, basis: Basis::Earlier, seen: earlier.hosts };
        let begins = seen.begins.unwrap_or(seen.now);
        return Ok((pace, civil::shifted(begins, earlier.first_after).max(seen.now)));
    };
    // Since the first finished host: before it, hosts were at work and none could be through.
    let gaps = f64::from(done - 1);
    let (first, last) = (first.middle(), last.to);
    let minutes = minutes(first, seen.now).max(1.0 / 60.0);
    let since_start = gaps / minutes;
    let quiet = seen.now.duration_since(last);
    let usual_gap = self::minutes(first, last) / gaps;
    if quiet >= STILL && quiet.as_secs_f64() / 60.0 > STILL_GAPS * usual_gap && seen.begins.is_none() {
        return Err(Unknown::Still { since: last });
    }
    let (now, weight) = pace_of_now(&finished, seen.now, minutes);
    // The whole wave is the steadier measure, as long as the last minutes agree with it within their own scatter.
    let changed = (now / since_start - 1.0).abs() > NINE_OF_TEN / weight.max(1.0).sqrt();
    let pace = if changed && now > 0.0 {
        Pace { per_minute: now, basis: Basis::Now, seen: weight.round() as u32 }
    } else {
        Pace { per_minute: since_start, basis: Basis::SinceStart, seen: done }
    };
    Ok((pace, seen.begins.unwrap_or(seen.now).max(seen.now)))
}

/// Finished hosts a minute with a half-life, and on how many hosts that rests. The first one only starts the watch.
fn pace_of_now(finished: &[Batch], now: Timestamp, watched: f64) -> (f64, f64) {
    let half = |minutes: f64| (-minutes / HALF_LIFE_MINUTES).exp2();
    let (mut sum, mut squares) = (0.0, 0.0);
    for (place, batch) in finished.iter().enumerate() {
        let hosts = f64::from(if place == 0 { batch.hosts - 1 } else { batch.hosts });
        let weight = half(minutes(batch.middle(), now));
        sum += hosts * weight;
        squares += hosts * weight * weight;
    }
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
    tail: SignedDuration,
}

/// Where it comes to.
struct Outcome {
    last_start: Option<Timestamp>,
    end: Timestamp,
    not_begun: u32,
    not_through: u32,
}

impl Outcome {
    fn no_better_than(self, other: &Self) -> Self {
        Self {
            last_start: self.last_start.max(other.last_start),
            end: self.end.max(other.end),
            not_begun: self.not_begun.max(other.not_begun),
            not_through: self.not_through.max(other.not_through),
        }
    }
}

/// The rest, wave by wave.
struct ByWaves<'a> {
    seen: &'a Seen<'a>,
    durations: Option<&'a Durations>,
    tail: SignedDuration,
    cutoff: Timestamp,
    closes: Timestamp,
}

impl ByWaves<'_> {
    /// Where it comes to, and how many hosts wait for a person.
    fn run(&self, per_minute: f64, scatter: f64) -> (Outcome, u32) {
        let now = self.seen.now;
        let pacing = self.durations.map_or(Pacing::PerMinute(per_minute), |seen| Pacing::Durations(seen, scatter));
        let Schedule { begins, held } = schedule(self.seen.waves, pacing, now, self.seen.begins);
        let closes = civil::shifted(self.closes, -self.tail);
        let late = |at: Timestamp, hosts: u32, until: Timestamp| -> u32 {
            let through = match self.durations {
                Some(durations) => durations.through(until.duration_since(at).as_secs_f64()),
                None => minutes(at, until) * per_minute / f64::from(hosts.max(1)),
            };
            let late = (f64::from(hosts) * (1.0 - through.clamp(0.0, 1.0)) - 0.5).ceil().max(0.0);
            late as u32
        };
        let through = |at: Timestamp, hosts: u32| {
            let seconds = match self.durations {
                Some(durations) => durations.all(),
                None => f64::from(hosts) / per_minute * 60.0,
            };
            civil::shifted(at, SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX))
        };
        let not_begun =
            begins.iter().filter(|wave| wave.at >= self.cutoff).fold(0_u32, |sum, wave| sum.saturating_add(wave.hosts));
        let last_start = begins.iter().map(|wave| wave.at).max();
        let mut end = begins.iter().map(|wave| through(wave.at, wave.hosts)).max().unwrap_or(now);
        let mut not_through = begins.iter().fold(0_u32, |sum, wave| sum.saturating_add(late(wave.at, wave.hosts, closes)));
        for wave in self.seen.waves.iter().filter(|wave| wave.begun && wave.through < wave.hosts) {
            let left = wave.hosts - wave.through;
            let (ends, late) = match (self.durations, wave.began) {
                (Some(durations), Some(began)) => {
                    let age = now.duration_since(began).as_secs_f64();
                    let by_now = durations.through(age);
                    let by_close = durations.through(self.closes.duration_since(began).as_secs_f64());
                    // Those beyond everything that was seen have most likely fallen silent: nobody can tell their end.
                    let still = if by_now < 1.0 { (1.0 - by_close) / (1.0 - by_now) } else { 0.0 };
                    let late = (f64::from(left) * still.clamp(0.0, 1.0) - 0.5).ceil().max(0.0) as u32;
                    (through(began, wave.hosts).max(now), if closes <= now { left } else { late })
                }
                _ => (through(now, left), late(now, left, closes)),
            };
            end = end.max(ends);
            not_through = not_through.saturating_add(late);
        }
        (Outcome { last_start, end: civil::shifted(end, self.tail), not_begun, not_through }, held)
    }
}

impl Course {
    /// With `share` of the pace and `scatter` standard deviations of bad luck.
    fn run(&self, share: f64, scatter: f64, cutoff: Timestamp, closes: Timestamp) -> Outcome {
        let tail = self.tail;
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
            last_start: (self.waiting > 0).then(|| through(self.waiting)),
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
