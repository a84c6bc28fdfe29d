//! A decision and its exact calls, put into the words of one dialog. It decides nothing and translates nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::total;
use super::evidence::evidence;
use super::lines::lines;
use super::radius::{is_large, radius};
use super::title::title;
use super::types::{ActionPlan, Ask, BlastRadius, Context, Decision, Door, Facts, Step};
use super::window;
use crate::action::Verb;
use crate::domain::Text;

/// Longest remark a backend is asked to keep, in characters.
pub const REMARK_MAX: usize = 255;

/// Everything the dialog shows.
pub fn compose(decision: &Decision, steps: Vec<Step>, context: &Context) -> ActionPlan {
    let context = &window::for_reached(context, decision);
    let lines = lines(decision, context);
    let radius = radius(decision);
    let survey = &decision.survey;
    ActionPlan {
        intent: decision.intent.clone(),
        title: title(decision),
        beware: lines.beware,
        will: lines.will,
        will_not: lines.will_not,
        nobody_stops: lines.nobody_stops.into_iter().chain(window::nobody_stops(context, &decision.effect)).collect(),
        window: window::lines(context),
        groups: decision.groups.clone(),
        radius,
        evidence: evidence(survey),
        read_at: survey.at,
        release: survey.rollout.release.clone(),
        you: you(decision),
        undo: undo(&steps),
        steps,
        asks: asks(decision, radius, context),
        rests_on: facts(decision, context),
    }
}

/// The facts a decision rests on: kept with the plan, and held against those of the second survey.
pub fn facts(decision: &Decision, context: &Context) -> Facts {
    let survey = &decision.survey;
    let states = survey.waves.iter().map(|wave| (wave.id.raw().to_owned(), wave.native.clone()));
    Facts {
        name: survey.rollout.name.clone(),
        native: survey.rollout.native.clone(),
        effect: decision.effect.clone(),
        hosts: total(survey),
        release: survey.rollout.release.clone(),
        wave_states: states.collect::<BTreeMap<_, _>>(),
        named: named(decision),
        own: survey.own.clone(),
        window: window::facts(context, &decision.effect),
    }
}

/// The hosts that the calls name. One call for all that the backend finds names none: how many it finds is the effect's.
fn named(decision: &Decision) -> BTreeSet<String> {
    if decision.groups.is_empty() {
        return decision.survey.by_jobs.named();
    }
    decision.reached().map(|judged| judged.host.raw().to_owned()).collect()
}

/// `lead on acme-hb; may resume`
fn you(decision: &Decision) -> Text {
    let right = match decision.survey.may {
        Some(true) => format!("may {}", decision.intent.verb.word()),
        Some(false) => format!("may not {}", decision.intent.verb.word()),
        None => "rights not readable".to_owned(),
    };
    Text::new(format!("{} on {}; {right}", decision.survey.login, decision.intent.backend()))
}

/// What undoes the calls, each said once; none if nothing does.
fn undo(steps: &[Step]) -> Option<Text> {
    let mut words: Vec<&str> = Vec::new();
    for step in steps {
        if let Step::Call(call) = step
            && let Some(undo) = &call.undo
            && !words.contains(&undo.as_str())
        {
            words.push(undo.as_str());
        }
    }
    if words.is_empty() { None } else { Some(Text::new(words.join("; "))) }
}

/// Declining says why, approving may, a rule is overridden with a reason, and what goes back is typed. A pause is never held
/// up by typing.
fn asks(decision: &Decision, radius: BlastRadius, context: &Context) -> Vec<Ask> {
    let mut asks = Vec::new();
    match decision.intent.verb {
        Verb::Deny => asks.push(Ask::Remark { required: true, max: REMARK_MAX }),
        Verb::Approve => asks.push(Ask::Remark { required: false, max: REMARK_MAX }),
        _ => {}
    }
    if decision.groups.iter().any(|group| group.chosen && group.door == Door::Reason) {
        asks.push(Ask::Reason);
    }
    if is_large(radius) || (decision.intent.verb == Verb::RollBack && !decision.reaches_nobody()) {
        asks.push(Ask::TypeName(decision.survey.rollout.name.clone()));
    }
    asks.extend(window::asks(context, &decision.effect));
    asks
}

#[cfg(test)]
mod tests;
