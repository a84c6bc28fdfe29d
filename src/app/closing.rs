//! What is under way when its window ends, as a thing that needs a person: minutes before the cutoff, past it, and after the
//! end. Work that began outside every window, and an override that is about to end.
//!
//! It words what `state::outside` found, for the screen and for commands without one. It pauses nothing: the backends know no
//! window.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::state::Judge;
use super::state::outside::{Going, Near, UnderWay, still_going};
use crate::domain::{Lane, Need, NeedKind, TenantId, Text};
use crate::store::{Entry, Store};

/// Waves that are named, and hosts of each; the rest is counted.
const NAMED: usize = 3;

/// Where times of a tenant are told.
type Zone<'a> = &'a dyn Fn(&TenantId) -> TimeZone;

/// One need for each rollout that is under way at the wrong time, and one for each that began at one. `pause` is the key that
/// pauses, where there are keys.
pub fn needs(judge: &Judge<'_>, store: &Store, zone: Zone<'_>, pause: Option<&str>) -> Vec<Need> {
    if judge.calendars.is_empty() {
        return Vec::new();
    }
    store.rollouts.values().flat_map(|entry| of(judge, store, entry, zone, pause)).collect()
}

fn of(judge: &Judge<'_>, store: &Store, entry: &Entry, zone: Zone<'_>, pause: Option<&str>) -> Vec<Need> {
    let rollout = &entry.rollout.value;
    let said = |at: Timestamp| at.to_zoned(zone(&rollout.tenant)).strftime("%H:%M").to_string();
    let need = |what: String| Need {
        kind: NeedKind::Window,
        tenant: Some(rollout.tenant.clone()),
        what: Text::new(what),
        rollout: Some(rollout.id.clone()),
        backend: Some(rollout.id.backend.clone()),
        set: None,
        intent: None,
        seen: Some(entry.rollout.seen),
    };
    let mut needs: Vec<Need> = Vec::new();
    if rollout.at_work() > 0 || !rollout.state.has_ended() {
        for outside in judge.outside(entry) {
            let (by, wave) = (said(outside.by), format!("wave {} \"{}\"", outside.ordinal, outside.wave));
            needs.push(need(format!("{wave} began outside every window, by {by}: {}", outside.stood)));
        }
    }
    if let Some(under_way) = judge.under_way(entry) {
        needs.push(need(words(judge, store, entry, &under_way, &said, pause)));
    } else if let Some(end) = override_ends(judge, entry) {
        let name = &rollout.name;
        needs.push(need(format!("override for \"{name}\" ends {}; after it nothing of it may begin", said(end))));
    }
    needs
}

/// When the override of a rollout that is not over ends, if that is near.
fn override_ends(judge: &Judge<'_>, entry: &Entry) -> Option<Timestamp> {
    let rollout = &entry.rollout.value;
    let end = judge.override_of(&rollout.id)?.period.to();
    let soon = SignedDuration::from_mins(judge.calendars.rules().alarms.end.into());
    (!rollout.state.has_ended() && end.duration_since(judge.now) <= soon).then_some(end)
}

/// `cutoff 23:36: 46 at work (6 restarting), 34 not begun; nothing stops those 34 by itself: p pauses`
fn words(
    judge: &Judge<'_>,
    store: &Store,
    entry: &Entry,
    under_way: &UnderWay,
    said: &dyn Fn(Timestamp) -> String,
    pause: Option<&str>,
) -> String {
    let head = match under_way.near {
        Near::Cutoff(at) => format!("cutoff {}", said(at)),
        Near::Override(at) => format!("override ends {}", said(at)),
        Near::PastCutoff { cutoff, closes } => format!("cutoff {} passed, closes {}", said(cutoff), said(closes)),
        Near::Closed(Some(at)) => format!("window closed {}", said(at)),
        Near::Closed(None) => "window closed".to_owned(),
    };
    let mut parts = Vec::new();
    let closed = matches!(under_way.near, Near::Closed(_));
    let whose = if closed { format!("\"{}\" ", entry.rollout.value.name) } else { String::new() };
    if under_way.at_work > 0 {
        let lanes = store.lanes_of(&entry.rollout.value.id, judge.now);
        let away = [Lane::Restarting, Lane::NotBack].map(|lane| (lane, lanes.get(&lane).map_or(0, |(hosts, _)| *hosts)));
        let away: Vec<String> =
            away.iter().filter(|(_, hosts)| *hosts > 0).map(|(lane, hosts)| format!("{hosts} {}", lane.word())).collect();
        let away = if away.is_empty() { String::new() } else { format!(" ({})", away.join(", ")) };
        parts.push(format!("{whose}{} at work{away}", under_way.at_work));
    }
    if under_way.may_begin > 0 {
        parts.push(format!("{} not begun", under_way.may_begin));
    }
    if under_way.held > 0 {
        parts.push(format!("{} wait for a person", under_way.held));
    }
    let stops = match (under_way.may_begin, pause) {
        (0, _) => String::new(),
        (hosts, Some(key)) => format!("; nothing stops those {hosts} by itself: {key} pauses"),
        (hosts, None) => format!("; nothing stops those {hosts} by itself"),
    };
    let going = if closed { going(store, entry) } else { String::new() };
    format!("{head}: {}{stops}{going}", parts.join(", "))
}

/// Who still goes on, by waves: `; still going: wave 1 "canary" 20 (db-1, db-2, db-3 and 17 more)`.
fn going(store: &Store, entry: &Entry) -> String {
    let waves = still_going(store, entry, NAMED);
    let named: Vec<String> = waves.iter().take(NAMED).map(Going::to_string).collect();
    if named.is_empty() {
        return String::new();
    }
    let more = if waves.len() > NAMED { format!(" and {} more", waves.len() - NAMED) } else { String::new() };
    format!("; still going: {}{more}", named.join(", "))
}
