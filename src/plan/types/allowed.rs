//! How the calendar stands for an intent at one moment: values for `plan::window` to judge.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::action::Verb;
use crate::domain::fit::Forecast;
use crate::domain::{Fit, Override, Text, Verdict, WindowState, Work};

/// What the calendar says of the tenant that an intent touches.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowed {
    /// Our calendar's word on this kind of work, at the moment of asking.
    pub verdict: Verdict,
    /// The override of this rollout that holds then, if there is one.
    pub held: Option<Override>,
    /// What comes of it, if it is let on then. None where nobody can say what it would begin.
    pub fit: Option<Fit>,
    /// Where it goes host by host: for how many hosts the fit was worked out, all of them beginning at once.
    pub of_hosts: Option<u32>,
    /// Where the tenant's civil time is: times are told there.
    pub zone: TimeZone,
    /// The key that asks for an override, as it is bound.
    pub key: Option<Text>,
}

impl Allowed {
    /// Whether work may begin: by its window, by none at all, or by an override that holds.
    pub fn lets_begin(&self) -> bool {
        let Verdict { state, at, .. } = &self.verdict;
        let lifted = |held: &Override| match state {
            WindowState::Frozen { .. } => held.lifts_freeze(&held.rollout, *at),
            _ => held.permits(&held.rollout, *at),
        };
        self.verdict.lets_begin() || self.held.as_ref().is_some_and(lifted)
    }

    /// The same for fewer hosts than it was worked out for. Of hosts that all begin at once the late ones are a share.
    pub fn for_hosts(&self, hosts: u32) -> Self {
        let Some(of) = self.of_hosts.filter(|of| hosts < *of) else { return self.clone() };
        let part = |late: u32| {
            let part = (u64::from(late) * u64::from(hosts)).div_ceil(u64::from(of.max(1)));
            u32::try_from(part).unwrap_or(u32::MAX)
        };
        let fewer = |forecast: &Forecast| Forecast {
            not_begun: part(forecast.not_begun),
            bad_not_begun: part(forecast.bad_not_begun),
            not_through: part(forecast.not_through),
            ..forecast.clone()
        };
        let fit = self.fit.as_ref().map(|fit| match fit {
            Fit::Fits(forecast) => Fit::Fits(fewer(forecast)),
            Fit::Tight(forecast) => Fit::Tight(fewer(forecast)),
            Fit::WillNotFit(forecast) => Fit::WillNotFit(fewer(forecast)),
            Fit::CannotTell(why) => Fit::CannotTell(*why),
        });
        Self { fit, of_hosts: Some(hosts), ..self.clone() }
    }

    /// The moment after which nothing more may begin, if one is known.
    pub fn cutoff(&self) -> Option<Timestamp> {
        match (&self.verdict.state, &self.held) {
            (WindowState::Open { cutoff, .. }, _) => Some(*cutoff),
            (WindowState::NoWindow, _) | (_, None) => None,
            (_, Some(held)) => Some(held.period.to()),
        }
    }
}

/// The kind of work that a verb begins; none for what takes the heat out, or changes nothing.
pub fn work(verb: Verb) -> Option<Work> {
    Some(match verb {
        Verb::Start => Work::Start,
        Verb::Approve => Work::Approve,
        Verb::Resume => Work::Resume,
        Verb::Advance => Work::Advance,
        Verb::Retry => Work::Retry,
        Verb::CatchUp => Work::CatchUp,
        Verb::RollBack => Work::RollBack,
        Verb::Deny | Verb::Pause | Verb::Stop | Verb::DryRun => return None,
    })
}

/// What a plan rests on of the calendar: held against the second look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowFacts {
    /// By what it may begin: `open`, `no window`, `override by lead`.
    pub by: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<Timestamp>,
    /// Hosts expected to begin after the cutoff, or to be at work when the window closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<u32>,
}
