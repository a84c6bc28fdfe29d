//! Waves: the server's deploy groups, in the order of their ids, with their gates.
//!
//! It does not evaluate a gate; it reads what the server holds.

use super::wire::{self, Paged};
use super::{Hawkbit, query, states, values};
use crate::backend::http::{Failure, Read};
use crate::domain::{Gate, Limit, OnFailed, OnMet, RolloutId, Text, Wave, WaveId};

/// The server's largest page, and by default also the most groups a rollout may have.
const PAGE: usize = 500;
/// A dynamic rollout appends groups for ever; more pages than this are not read.
const MAX_PAGES: usize = 10;

/// All waves of a rollout, first to last.
pub async fn of(backend: &Hawkbit, rollout: &RolloutId) -> Result<Vec<Wave>, Failure> {
    let path = format!("{}/deploygroups", super::rollout_path(rollout));
    let mut groups: Vec<wire::Group> = Vec::new();
    for page in 0..MAX_PAGES {
        let mut ask = query(&[("representation", "full"), ("limit", &PAGE.to_string()), ("sort", "id:ASC")]);
        if page > 0 {
            ask.push(("offset".to_owned(), groups.len().to_string()));
        }
        let read: Read<Paged<wire::Group>> = backend.get(&path, &ask).await?;
        let Some(list) = read.value else { break };
        groups.extend(list.content.iter().cloned());
        if groups.len() as u64 >= list.total || list.content.is_empty() {
            break;
        }
    }
    Ok(order(rollout, groups))
}

/// Groups follow each other by id: the chain of parents is not told.
fn order(rollout: &RolloutId, mut groups: Vec<wire::Group>) -> Vec<Wave> {
    groups.retain(|group| group.id.is_some());
    groups.sort_by_key(|group| group.id);
    groups.dedup_by_key(|group| group.id);
    let mut waves: Vec<Wave> = Vec::with_capacity(groups.len());
    for group in &groups {
        let ordinal = values::hosts(waves.len() as u64 + 1);
        let after = waves.last().map(|wave| wave.id.clone()).into_iter().collect();
        waves.push(wave(rollout, group, ordinal, after));
    }
    waves
}

fn wave(rollout: &RolloutId, group: &wire::Group, ordinal: u32, after: Vec<WaveId>) -> Wave {
    let native = group.status.as_deref().unwrap_or("without a state");
    let by = group.total_targets_per_status.clone().unwrap_or_default();
    let counts = values::counts(group.total_targets, &by);
    Wave {
        id: WaveId::new(rollout.clone(), group.id.unwrap_or_default().to_string()),
        ordinal,
        name: values::text(group.name.as_deref()).unwrap_or_else(|| format!("wave {ordinal}").into()),
        after,
        level: ordinal - 1,
        state: states::wave_state(native, &counts),
        native: native.into(),
        counts,
        gate: gate(group),
        // A group's stamps do not move when it begins, so neither time is known.
        began: None,
        ended: None,
    }
}

fn gate(group: &wire::Group) -> Gate {
    let action = |condition: &Option<wire::Condition>| condition.as_ref().and_then(|it| it.action.clone());
    Gate {
        done: group.success_condition.as_ref().and_then(limit),
        on_met: match action(&group.success_action).as_deref() {
            Some("NEXTGROUP") => Some(OnMet::NextWave),
            Some("PAUSE") => Some(OnMet::Pause),
            _ => None,
        },
        failed: group.error_condition.as_ref().and_then(limit),
        on_failed: (action(&group.error_action).as_deref() == Some("PAUSE")).then_some(OnFailed::Pause),
        ..Gate::default()
    }
}

/// The server takes any text as a threshold, and one that is no whole percent never trips.
pub fn limit(condition: &wire::Condition) -> Option<Limit> {
    let expression = condition.expression.as_deref()?;
    if condition.kind.as_deref().is_some_and(|kind| kind != "THRESHOLD") {
        return Some(Limit::Unreadable(Text::new(condition.kind.as_deref().unwrap_or_default())));
    }
    Some(match expression.parse::<u8>() {
        Ok(percent) if percent <= 100 && !expression.starts_with('+') => Limit::Share(percent),
        _ => Limit::Unreadable(Text::bounded(expression, 40)),
    })
}
