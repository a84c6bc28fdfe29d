//! Does the work fit its window: the answer, in values and in words. `calendar::fit` works it out.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// A forecast against a window.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// Even the bad case begins before the cutoff and ends before the window closes.
    Fits(Forecast),
    /// The expected case fits, the bad case does not.
    Tight(Forecast),
    /// The expected case does not fit.
    WillNotFit(Forecast),
    CannotTell(Unknown),
}

/// What is expected, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    pub pace: Pace,
    /// When the last host begins; None if all have begun.
    pub last_start: Option<Timestamp>,
    /// When the last host is through, restarts included.
    pub end: Timestamp,
    /// The end in nine of ten cases.
    pub bad_end: Timestamp,
    /// Hosts that will not have begun by the cutoff. Nobody stops them.
    pub not_begun: u32,
    /// The same in nine of ten cases.
    pub bad_not_begun: u32,
    /// Hosts that will not be through when the window closes.
    pub not_through: u32,
    /// Hosts behind a gate that waits for a person: nobody can say when they begin, and they are in no other figure.
    pub held: u32,
    /// How long nine of ten restarts took; None if none was seen, so that `end` holds no restart.
    pub restart_tail: Option<SignedDuration>,
}

/// Hosts a minute, and where that comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    pub per_minute: f64,
    pub basis: Basis,
    /// Hosts that it was seen on.
    pub seen: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The last minutes, because they differ from the whole wave.
    Now,
    /// The whole wave, from its first finished host on.
    SinceStart,
    /// Earlier waves of the same tenant.
    Earlier,
}

/// How sure a pace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    Guess,
    Rough,
    Fair,
}

impl Pace {
    pub fn sure(&self) -> Sure {
        match (self.basis, self.seen) {
            (Basis::Earlier, _) | (_, ..10) => Sure::Guess,
            (_, ..30) => Sure::Rough,
            _ => Sure::Fair,
        }
    }
}

impl fmt::Display for Pace {
    /// How sure, in words: "3 done: a guess".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.seen;
        match (self.basis, self.sure()) {
            (Basis::Earlier, _) => write!(f, "by earlier waves, {seen} hosts: a guess"),
            (_, Sure::Guess) => write!(f, "{seen} done: a guess"),
            (_, Sure::Rough) => write!(f, "{seen} done: rough"),
            (Basis::Now, Sure::Fair) => write!(f, "by the last {seen}: the pace has changed"),
            (Basis::SinceStart, Sure::Fair) => write!(f, "{seen} done: fairly sure"),
        }
    }
}

/// Why nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No window says until when.
    NoWindow,
    /// The window is closed or frozen, and nothing says until when.
    Shut,
    /// Neither waves nor counts of it were read.
    NotRead,
    /// Nothing begins while it is paused, and nobody knows how long that is.
    Paused,
    /// Too few hosts are through, and no earlier wave is known.
    TooFew { done: u32 },
    /// So many hosts begin when a person says so, and what begins before is in time.
    ByPerson { hosts: u32 },
    /// Nothing was finished since then.
    Still { since: Timestamp },
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWindow => f.write_str("no window"),
            Self::Shut => f.write_str("its window is shut"),
            Self::NotRead => f.write_str("not read yet"),
            Self::Paused => f.write_str("paused"),
            Self::TooFew { done } => write!(f, "{done} done: too few"),
            Self::ByPerson { hosts: 1 } => f.write_str("1 host waits for a person"),
            Self::ByPerson { hosts } => write!(f, "{hosts} hosts wait for a person"),
            Self::Still { since } => write!(f, "nothing finished since {since:.0}"),
        }
    }
}

impl Fit {
    /// The word in `--json`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Fits(_) => "fits",
            Self::Tight(_) => "tight",
            Self::WillNotFit(_) => "will_not_fit",
            Self::CannotTell(_) => "cannot_tell",
        }
    }

    pub fn forecast(&self) -> Option<&Forecast> {
        match self {
            Self::Fits(forecast) | Self::Tight(forecast) | Self::WillNotFit(forecast) => Some(forecast),
            Self::CannotTell(_) => None,
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fits(_) => f.write_str("fits"),
            Self::Tight(_) => f.write_str("tight"),
            Self::WillNotFit(forecast) if forecast.not_begun > 0 => write!(f, "will not fit: {}", hosts(forecast.not_begun)),
            Self::WillNotFit(forecast) => write!(f, "will not fit: {} still at work", hosts(forecast.not_through)),
            Self::CannotTell(why) => write!(f, "cannot tell: {why}"),
        }
    }
}

fn hosts(number: u32) -> String {
    if number == 1 { "1 host".to_owned() } else { format!("{number} hosts") }
}
