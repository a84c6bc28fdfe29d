//! A share, kept exact: two counts and never a rounded 100 % while one host is missing.

use std::fmt;

/// A share in hundredths of a percent, 0 to 10 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u32);

impl Percent {
    pub const ZERO: Self = Self(0);

    /// `part` of `whole`; zero of nothing. Rounded down, so that 100 % is said only when all are in.
    pub fn of(part: u32, whole: u32) -> Self {
        if whole == 0 {
            return Self::ZERO;
        }
        Self((u64::from(part) * 10_000 / u64::from(whole)).min(10_000) as u32)
    }

    pub fn whole(percent: u8) -> Self {
        Self(u32::from(percent) * 100)
    }

    /// In hundredths of a percent.
    pub fn hundredths(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Percent {
    /// Whole percents, rounded down; one decimal with `{:.1}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match f.precision() {
            Some(_) => format!("{}.{}", self.0 / 100, self.0 % 100 / 10),
            None => (self.0 / 100).to_string(),
        };
        f.pad_integral(true, "", &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_percent_is_said_only_when_all_are_in() {
        assert_eq!(Percent::of(9_999, 10_000).to_string(), "99");
        assert_eq!(Percent::of(10_000, 10_000).to_string(), "100");
    }

    #[test]
    fn nothing_of_nothing_is_zero() {
        assert_eq!(Percent::of(0, 0), Percent::ZERO);
    }

    #[test]
    fn one_decimal_is_shown_on_request() {
        assert_eq!(format!("{:.1}", Percent::of(14, 120)), "11.6");
    }
}
