//! What a window, a freeze or an override means for an intent: a refusal, or lines of the dialog and one more question.
//!
//! It knows no rule of a calendar; the verdict and the forecast come in with the context. What takes the heat out is never
//! refused.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::types::{Allowed, Ask, Context, Decision, Intent, PlannedEffect, Refusal, WindowFacts, work};
use super::words::{headed, hosts};
use crate::domain::fit::{Basis, Forecast};
use crate::domain::{Fit, Text, WindowState};

/// A forecast moves with every host. Only a number that grew by more than this is another fact.
const GROWS_SHARE: u32 = 5;
const GROWS_HOSTS: u32 = 2;

/// Refused where nothing may begin now.
pub fn allows(intent: &Intent, context: &Context) -> Result<(), Refusal> {
    let Some(allowed) = context.allowed.as_deref().filter(|allowed| !allowed.lets_begin()) else { return Ok(()) };
    if work(intent.verb).is_none() {
        return Ok(());
    }
    let said = |at: &Timestamp| time(*at, allowed.verdict.at, &allowed.zone);
    let set = &allowed.verdict.set;
    let why = match &allowed.verdict.state {
        WindowState::Frozen { freeze, until, .. } => format!("{set} is frozen until {}: {freeze}", said(until)),
        WindowState::CutoffPassed { closes, .. } => {
            let cutoff = allowed.verdict.limits().map_or_else(String::new, |(cutoff, _)| format!(" at {}", said(&cutoff)));
            format!("the cutoff of {set} has passed{cutoff}; the window closes at {}", said(closes))
        }
        WindowState::Before { opens } => format!("the window of {set} is closed; it opens at {}", said(opens)),
        WindowState::Closed { looked_until } => {
            format!("the window of {set} is closed, and none opens before {}", said(looked_until))
        }
        WindowState::Open { .. } | WindowState::NoWindow => return Ok(()),
    };
    let source = allowed.verdict.source.as_ref().map_or_else(String::new, |source| format!(" ({source})"));
    let next = allowed.verdict.state.next();
    let wait = match next {
        Some(opens) => format!("wait: it opens at {}", said(&opens)),
        None => "no opening is known to wait for".to_owned(),
    };
    let frozen = matches!(allowed.verdict.state, WindowState::Frozen { .. });
    let lacks = if allowed.held.is_some() { "; the override that holds has no second person" } else { "" };
    let second = if frozen { ", and a second person" } else { "" };
    let over = allowed.key.as_ref().map_or_else(
        || format!("; or override it with :override, with a reason{second}"),
        |key| format!("; or override it with {key}, with a reason{second}"),
    );
    Err(Refusal::new(format!("{} begins work, and {why}{source}{lacks}", headed(intent.verb.word())))
        .instead(format!("{wait}{over}")))
}

/// The forecast of the hosts that are in, where it was made for all that were asked for.
pub fn for_reached(context: &Context, decision: &Decision) -> Context {
    let mut context = context.clone();
    if let Some(allowed) = context.allowed.as_deref().filter(|allowed| allowed.of_hosts.is_some()) {
        let reached = u32::try_from(decision.reached().count()).unwrap_or(u32::MAX);
        context.allowed = Some(Arc::new(allowed.for_hosts(reached)));
    }
    context
}

/// The dialog's lines about time: by what it may begin, and whether it fits.
pub fn lines(context: &Context) -> Vec<Text> {
    let Some(allowed) = context.allowed.as_deref() else { return Vec::new() };
    let mut lines = vec![Text::new(may_begin(allowed))];
    if let Some(fit) = &allowed.fit {
        lines.extend(forecast(fit, allowed));
    }
    lines
}

fn may_begin(allowed: &Allowed) -> String {
    let said = |at: Timestamp| time(at, allowed.verdict.at, &allowed.zone);
    let set = &allowed.verdict.set;
    match (&allowed.verdict.state, &allowed.held) {
        (WindowState::Open { cutoff, closes }, _) => {
            format!("open: nothing begins after {}, it closes at {}", said(*cutoff), said(*closes))
        }
        (WindowState::NoWindow, _) => format!("no window known for {set}: nothing here says when work is allowed"),
        (state, Some(held)) => {
            let with = held.second.as_ref().map_or_else(String::new, |second| format!(" with {second}"));
            format!("{}; override by {}{with} until {}: {}", state.word(), held.who, said(held.period.to()), held.reason)
        }
        (state, None) => state.word().to_owned(),
    }
}

fn forecast(fit: &Fit, allowed: &Allowed) -> Vec<Text> {
    let said = |at: Timestamp| time(at, allowed.verdict.at, &allowed.zone);
    let Some(forecast) = fit.forecast() else { return vec![Text::new(fit.to_string())] };
    let Forecast { pace, last_start, end, bad_end, held, .. } = forecast;
    let start = last_start.map_or_else(String::new, |at| format!("last start about {}, ", said(at)));
    let by = if pace.basis == Basis::Earlier { "as earlier waves had" } else { "as seen so far" };
    let mut lines = vec![
        Text::new(format!("{fit}: {start}end about {}, at worst {}", said(*end), said(*bad_end))),
        Text::new(format!("pace {:.1} hosts/min {by}; {pace}; restarts after the report are not in it", pace.per_minute)),
    ];
    if *held > 0 {
        lines.push(Text::new(format!("{} more behind a gate that waits for a person: not in it", hosts(*held))));
    }
    lines
}

/// What nobody stops: hosts that will begin after the cutoff, or be at work beyond the end.
pub fn nobody_stops(context: &Context, effect: &PlannedEffect) -> Option<Text> {
    let allowed = context.allowed.as_deref()?;
    let forecast = will_not_fit(allowed, effect)?;
    let said = |at: Timestamp| time(at, allowed.verdict.at, &allowed.zone);
    Some(Text::new(if forecast.not_begun > 0 {
        let cutoff = allowed.cutoff().map_or_else(String::new, |cutoff| format!(" {}", said(cutoff)));
        let last = forecast.last_start.map_or_else(String::new, |last| format!(", the last about {}", said(last)));
        format!(
            "{} that start after the cutoff{cutoff}{last}: the backend knows no window; pause in time",
            hosts(forecast.not_begun)
        )
    } else {
        format!("{} still at work when the window closes: the end is about {}", hosts(forecast.not_through), said(forecast.end))
    }))
}

/// One more question, where it will not fit: the number of hosts that will be late.
pub fn asks(context: &Context, effect: &PlannedEffect) -> Option<Ask> {
    let forecast = will_not_fit(context.allowed.as_deref()?, effect)?;
    let (of, number) = late(forecast);
    Some(Ask::TypeNumber { of: Text::new(of), number })
}

fn late(forecast: &Forecast) -> (&'static str, u32) {
    if forecast.not_begun > 0 {
        ("how many hosts will be late", forecast.not_begun)
    } else {
        ("how many hosts will be at work when it closes", forecast.not_through)
    }
}

/// Only of what begins something: an approval that starts nothing is late for nothing.
fn will_not_fit<'a>(allowed: &'a Allowed, effect: &PlannedEffect) -> Option<&'a Forecast> {
    let begins = match effect {
        PlannedEffect::ApprovesAll { starts_at_once, .. } => *starts_at_once,
        PlannedEffect::Declines | PlannedEffect::Holds { .. } | PlannedEffect::Ends { .. } => false,
        _ => true,
    };
    match &allowed.fit {
        Some(Fit::WillNotFit(forecast)) if begins && forecast.not_begun + forecast.not_through > 0 => Some(forecast),
        _ => None,
    }
}

/// What the plan rests on.
pub fn facts(context: &Context, effect: &PlannedEffect) -> Option<WindowFacts> {
    let allowed = context.allowed.as_deref()?;
    let by = match (&allowed.verdict.state, &allowed.held) {
        (state @ (WindowState::Open { .. } | WindowState::NoWindow), _) | (state, None) => Text::new(state.word()),
        (_, Some(held)) => Text::new(format!("override by {}", held.who)),
    };
    Some(WindowFacts { by, cutoff: allowed.cutoff(), late: will_not_fit(allowed, effect).map(|forecast| late(forecast).1) })
}

/// What is different at the second look, in words.
pub fn differences(before: &WindowFacts, after: &WindowFacts) -> Vec<Text> {
    let mut found = Vec::new();
    if before.by != after.by {
        found.push(Text::new(format!("its window was \"{}\", now it is \"{}\"", before.by, after.by)));
    } else if before.cutoff != after.cutoff {
        let said = |at: Option<Timestamp>| at.map_or_else(|| "none".to_owned(), |at| format!("{at:.0}"));
        found.push(Text::new(format!("its cutoff was {}, now it is {}", said(before.cutoff), said(after.cutoff))));
    }
    let (was, is) = (before.late.unwrap_or(0), after.late.unwrap_or(0));
    if is > was.saturating_add((was / GROWS_SHARE).max(GROWS_HOSTS)) {
        found.push(Text::new(format!("{} were expected to be late, now it is {}", hosts(was), hosts(is))));
    }
    found
}

/// A moment in the tenant's civil time, as seen from another: `23:36 CET`, `Wed 01:30 CET`, `Tue 12 Jan 22:00 CET`.
fn time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let apart = at.timestamp().duration_since(now.timestamp()).abs();
    let form = if at.date() == now.date() {
        "%H:%M %Z"
    } else if apart < SignedDuration::from_hours(6 * 24) {
        "%a %H:%M %Z"
    } else {
        "%a %-d %b %H:%M %Z"
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests;
