//! Fresh facts for one intent: the rollout, its waves, our right to the verb, and what else it would touch.
//!
//! It reads and warns; whether the intent goes on is decided by `plan`.

use jiff::Timestamp;

use super::{Hawkbit, board, overlaps, retry, rights, rollback, waves};
use crate::action::Verb;
use crate::backend::port::{Intent, Right, Survey, Trouble};
use crate::domain::{Limit, Mono, Relation, Rollout, Text, Wave};
use crate::plan::types::ByJobs;

/// Reads what `intent` needs. `at` is left for the caller to stamp: this room has no clock of the session.
pub async fn of(backend: &Hawkbit, intent: &Intent) -> Result<Survey, Trouble> {
    let (one, waves, may) = futures::join!(
        board::one(backend, &intent.rollout),
        waves::of(backend, &intent.rollout),
        rights::may(backend, intent.verb),
    );
    let (rollout, server_time) = one?;
    let mut waves = waves?;
    Wave::settle_stopped(&rollout.state, &mut waves);
    let (login, right, held) = may?;
    let mut warnings = warnings(intent.verb, &rollout, &waves, server_time);
    let overlaps = if starts(intent.verb, &rollout, server_time) {
        overlaps::of(backend, &waves).await.unwrap_or_else(|trouble| {
            warnings.push(Text::new(format!("whether it cancels waiting jobs of other rollouts could not be read: {trouble}")));
            Vec::new()
        })
    } else {
        Vec::new()
    };
    let (may, may_not) = match right {
        Right::Yes => (Some(true), None),
        Right::No(why) => (Some(false), Some(why)),
        Right::NotKnown => (None, None),
    };
    // Without the right the survey ends here: what it would read next is refused too.
    let found = match intent.verb {
        _ if may == Some(false) => None,
        Verb::Retry => Some(retry::survey(backend, intent, &rollout, held.as_ref()).await?),
        Verb::RollBack => Some(rollback::survey(backend, intent, &rollout, &waves, held.as_ref()).await?),
        _ => None,
    };
    let (hosts, ways, own, more) =
        found.map_or_else(Default::default, |found| (found.hosts, found.ways, found.own, found.warnings));
    warnings.extend(more);
    Ok(Survey {
        at: Mono::default(),
        rollout,
        waves,
        login,
        may,
        may_not,
        overlaps,
        warnings,
        hosts,
        ways,
        own,
        by_jobs: ByJobs::default(),
    })
}

/// Whether the verb begins waves: a start does, and an approval whose start time has passed.
fn starts(verb: Verb, rollout: &Rollout, server_time: Option<Timestamp>) -> bool {
    verb == Verb::Start || (verb == Verb::Approve && start_has_passed(rollout, server_time))
}

/// By the server's clock, because the server decides. Without its clock any start time counts as passed: the warning is
/// then one too many, never one too few.
fn start_has_passed(rollout: &Rollout, server_time: Option<Timestamp>) -> bool {
    rollout.starts.is_some_and(|starts| server_time.is_none_or(|now| starts <= now))
}

fn warnings(verb: Verb, rollout: &Rollout, waves: &[Wave], server_time: Option<Timestamp>) -> Vec<Text> {
    let mut warnings = Vec::new();
    if verb == Verb::Approve && start_has_passed(rollout, server_time) {
        warnings.push("its start time has passed: it starts the moment it is approved".into());
    }
    if matches!(verb, Verb::Approve | Verb::Start | Verb::Resume | Verb::Advance) {
        for wave in waves {
            if let Some(Limit::Unreadable(expression)) = &wave.gate.failed {
                warnings.push(no_brake(wave, expression));
            }
            if let Some(Limit::Unreadable(expression)) = &wave.gate.done {
                let words = format!("wave {} \"{}\": its gate \"{expression}\" is no percentage", wave.ordinal, wave.name);
                warnings.push(format!("{words}; the next wave begins only when every host has ended").into());
            }
        }
        if rollout.open_ended {
            warnings.push("hosts may join at any time: the totals are not final".into());
        }
        if rollout.related.iter().any(|related| related.relation == Relation::RetryOf) {
            warnings
                .push("a retry made by the server: one wave, with the server's own limits and not those of its source".into());
        }
    }
    if verb == Verb::Stop {
        warnings.push("a host that rejects the cancel goes on in the stopped rollout".into());
    }
    if rollout.state.has_ended() && rollout.at_work() > 0 {
        warnings.push(format!("it is {}, and {} hosts are still at work", rollout.native, rollout.at_work()).into());
    }
    warnings
}

fn no_brake(wave: &Wave, expression: &Text) -> Text {
    let words = format!("wave {} \"{}\": its failure limit \"{expression}\" is no percentage", wave.ordinal, wave.name);
    format!("{words}; no number of failures will stop it").into()
}
