//! Verdicts host by host: what the backend shows, what is known of the failure, and the user's rules, put into groups.
//!
//! A group is let in as a whole or not. What no rule lets in needs a person's word: that a precondition holds, or why. It
//! checks nothing at a host, and says of every precondition that nobody did.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::types::{Context, Door, Eligibility, HostFound, HostGroup, HostKnown, Intent, Judged, Survey};
use crate::action::Verb;
use crate::domain::{Retry, Text, WindowState};

/// The groups of an intent about hosts, those that are in by themselves first; none for any other verb.
pub fn groups(intent: &Intent, survey: &Survey, context: &Context) -> Vec<HostGroup> {
    let judge: fn(&HostFound, &Context) -> Place = match intent.verb {
        Verb::Retry => retry,
        Verb::RollBack => roll_back,
        _ => return Vec::new(),
    };
    let release = survey.rollout.release.as_ref().map(|release| &release.name);
    let irreversible = release.and_then(|name| context.rules.irreversible.get(name));
    let mut groups: BTreeMap<(Door, String), HostGroup> = BTreeMap::new();
    for found in &survey.hosts {
        let mut place = judge(found, context);
        if intent.verb == Verb::RollBack
            && place.door != Door::Shut
            && let Some(why) = irreversible
        {
            let words = format!("refused by your rule: this release cannot be taken back ({why})");
            place = Place::shut(Eligibility::No(Text::new(&words)), words);
        }
        let Place { door, key, title, says, verdict, from } = place;
        let group = groups.entry((door, key.clone())).or_insert_with(|| HostGroup {
            chosen: door != Door::Shut && intent.choices.get(&key).copied().unwrap_or(door == Door::Open),
            key,
            title,
            says,
            door,
            from: None,
            hosts: Vec::new(),
        });
        group.from = group.from.max(from);
        group.hosts.push(Judged {
            host: found.host.clone(),
            name: found.name.clone(),
            verdict,
            source: found.source.clone(),
            wave: found.wave,
            back: found.back.clone(),
        });
    }
    let mut groups: Vec<HostGroup> = groups.into_values().collect();
    groups.sort_by(|a, b| a.door.cmp(&b.door).then(b.hosts.len().cmp(&a.hosts.len())).then(a.key.cmp(&b.key)));
    groups
}

/// Where a host belongs.
struct Place {
    door: Door,
    key: String,
    title: Text,
    says: Text,
    verdict: Eligibility,
    from: Option<Timestamp>,
}

impl Place {
    fn shut(verdict: Eligibility, why: impl AsRef<str>) -> Self {
        let why = why.as_ref();
        Self { door: Door::Shut, key: format!("no: {why}"), title: Text::new(why), says: Text::default(), verdict, from: None }
    }
}

/// What the backend's own facts rule out, if they do.
fn by_facts(found: &HostFound) -> Option<Place> {
    Some(match &found.verdict {
        Eligibility::Eligible => return None,
        Eligibility::No(why) => Place::shut(found.verdict.clone(), why),
        Eligibility::Unknown(why) => Place::shut(found.verdict.clone(), format!("cannot tell: {why}")),
        Eligibility::AfterRestart => Place {
            door: Door::Acknowledge,
            key: "restart".to_owned(),
            title: Text::new("needs a restart first"),
            says: Text::new("the restart is not checked"),
            verdict: found.verdict.clone(),
            from: None,
        },
        Eligibility::AfterFix(what) => Place {
            door: Door::Acknowledge,
            key: format!("fix: {what}"),
            title: Text::new("needs a fix first"),
            says: Text::new(format!("first: {what}; not checked")),
            verdict: found.verdict.clone(),
            from: None,
        },
    })
}

fn retry(found: &HostFound, context: &Context) -> Place {
    if let Some(place) = by_facts(found) {
        return place;
    }
    let Some(known) = context.causes.get(&found.host) else {
        let words = "why it failed has not been read";
        return Place {
            door: Door::Reason,
            key: "unread".to_owned(),
            title: Text::new(words),
            says: Text::new("a person must judge"),
            verdict: Eligibility::Unknown(Text::new(words)),
            from: None,
        };
    };
    let place = |door, says: String, verdict| Place {
        door,
        key: known.key.to_string(),
        title: known.title.clone(),
        says: Text::new(says),
        verdict,
        from: None,
    };
    let budget = context.rules.budget(&known.class);
    if known.tries >= budget.tries {
        let words = format!("tried {} times, and your budget is {}", known.tries, budget.tries);
        return Place {
            key: format!("{} (spent)", known.key),
            ..place(Door::Reason, words.clone(), Eligibility::No(Text::new(words)))
        };
    }
    match known.retry() {
        Retry::Now => place(Door::Open, Retry::Now.word().to_owned(), Eligibility::Eligible),
        Retry::Backoff => match not_before(known, budget.pause_minutes, context.civil) {
            None => place(Door::Open, "retry, its pause is over".to_owned(), Eligibility::Eligible),
            from => {
                let words = format!("after a pause of {} min", budget.pause_minutes);
                let held = place(Door::Reason, words.clone(), Eligibility::No(words.into()));
                Place { key: format!("{} (pause)", known.key), from, ..held }
            }
        },
        Retry::AfterFix => {
            let what = precondition(known).unwrap_or_else(|| Text::new("what broke it is mended"));
            place(Door::Acknowledge, format!("first: {what}; not checked"), Eligibility::AfterFix(what))
        }
        Retry::AfterReboot => {
            let what = precondition(known).map_or_else(String::new, |what| format!("; {what}"));
            place(Door::Acknowledge, format!("first: it was restarted{what}; not checked"), Eligibility::AfterRestart)
        }
        Retry::NextWindow if opened_since(known, context) => {
            place(Door::Open, "retry, another window has opened since".to_owned(), Eligibility::Eligible)
        }
        Retry::NextWindow => {
            let words = "not before the next window";
            let held = place(Door::Reason, words.to_owned(), Eligibility::No(words.into()));
            let next = context.allowed.as_deref().and_then(|allowed| allowed.verdict.next.as_ref());
            Place { key: format!("{} (window)", known.key), from: next.map(|opening| opening.period.from()), ..held }
        }
        Retry::Manual if known.cause.is_none() => {
            let words = if known.read {
                "no rule knows it: a person must judge"
            } else {
                "only its code is known, its words are not read"
            };
            place(Door::Reason, words.to_owned(), Eligibility::Unknown(words.into()))
        }
        Retry::Manual => {
            let words = Retry::Manual.word();
            place(Door::Reason, words.to_owned(), Eligibility::No(words.into()))
        }
        Retry::None => {
            let words = "trying again changes nothing";
            place(Door::Reason, words.to_owned(), Eligibility::No(words.into()))
        }
    }
}

/// What must hold before another try: the rule's own words for it, else what it says to do.
fn precondition(known: &HostKnown) -> Option<Text> {
    let cause = known.cause.as_ref()?;
    let said = cause.precondition.clone().or_else(|| Some(cause.remedy.clone()))?;
    let said = said.as_str().trim().trim_end_matches('.');
    (!said.is_empty()).then(|| Text::new(said))
}

/// The end of the pause after a failure, if it lies ahead. Without a time of the failure nothing says that it is over.
fn not_before(known: &HostKnown, minutes: u32, civil: Timestamp) -> Option<Timestamp> {
    let pause = SignedDuration::from_mins(i64::from(minutes));
    let from = known.failed.map_or(civil, |failed| failed).checked_add(pause).unwrap_or(Timestamp::MAX);
    (from > civil).then_some(from)
}

/// Whether the window that is open now began after the failure. Where no window is known, nothing says so.
fn opened_since(known: &HostKnown, context: &Context) -> bool {
    let Some(verdict) = context.allowed.as_deref().map(|allowed| &allowed.verdict) else { return false };
    let opened = verdict.opening.as_ref().filter(|_| matches!(verdict.state, WindowState::Open { .. }));
    known.failed.zip(opened).is_some_and(|(failed, opening)| opening.period.from() > failed)
}

fn roll_back(found: &HostFound, context: &Context) -> Place {
    if let Some(place) = by_facts(found) {
        return place;
    }
    if context.causes.get(&found.host).is_some_and(|known| known.retry() == Retry::AfterReboot) {
        return Place {
            door: Door::Acknowledge,
            key: "restart".to_owned(),
            title: Text::new("needs a restart first"),
            says: Text::new("said so when it failed; the restart is not checked"),
            verdict: Eligibility::AfterRestart,
            from: None,
        };
    }
    let (key, title) = match &found.back {
        Some(back) => (format!("back: {}", back.native), format!("back to {}", back.name)),
        None => ("back".to_owned(), "back to the state before".to_owned()),
    };
    Place { door: Door::Open, key, title: Text::new(title), says: Text::default(), verdict: Eligibility::Eligible, from: None }
}

#[cfg(test)]
mod tests;
