//! The document of `windows --json`, schema 1. Fields may be added; none is renamed, and none is left out.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Found;
use crate::app::state::Theirs;
use crate::calendar::{Clash, Outline};
use crate::cli::status::{SCHEMA, stamp};
use crate::domain::window::{ClockChange, Frozen, Wall};
use crate::domain::{Conflict, HostId, Opening, Override, Period, Stance};

pub(super) fn document(found: &Found<'_>) -> Value {
    json!({
        "schema": SCHEMA,
        "at": stamp(found.now),
        "from": stamp(found.range.from()),
        "to": stamp(found.range.to()),
        "sets": found.outlines.iter().map(|outline| set(outline, found)).collect::<Vec<_>>(),
        "unknown": found.theirs.as_ref().map(|said| said.gaps.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "overrides": found.overrides.as_ref().map(|all| all.iter().map(override_).collect::<Vec<_>>()),
        "notes": found.advice.iter().map(|one| json!({
            "tenant": one.set.tenant.to_string(),
            "group": one.set.group.as_ref().map(ToString::to_string),
            "window": one.window.to_string(),
            "source": one.source.to_string(),
            "what": one.what.to_string(),
            "next": one.next.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn set(outline: &Outline, found: &Found<'_>) -> Value {
    let verdict = found.calendars.at(&outline.set, None, found.now);
    let limits = verdict.limits();
    json!({
        "tenant": outline.set.tenant.to_string(),
        "group": outline.set.group.as_ref().map(ToString::to_string),
        "zone": zone_name(&outline.zone),
        "state": verdict.state.key(),
        "opens": verdict.state.next().map(stamp),
        "cutoff": limits.map(|(cutoff, _)| stamp(cutoff)),
        "closes": limits.map(|(_, closes)| stamp(closes)),
        "openings": outline.openings.iter().map(|one| opening(one, outline, found)).collect::<Vec<_>>(),
        "freezes": outline.frozen.iter().map(|one| freeze(one, &outline.zone)).collect::<Vec<_>>(),
        "dropped": outline.dropped.iter().map(|one| period(*one, &outline.zone)).collect::<Vec<_>>(),
        "conflicts": outline
            .clashes
            .iter()
            .map(|one| clash(one, &outline.zone))
            .chain(of_set(outline, found).filter(|one| one.conflict.is_some()).map(theirs))
            .collect::<Vec<_>>(),
        "theirs": found.theirs.as_ref().map(|_| of_set(outline, found).map(theirs).collect::<Vec<_>>()),
    })
}

fn opening(opening: &Opening, outline: &Outline, found: &Found<'_>) -> Value {
    let rules = opening.windows.iter().filter_map(|name| found.calendars.rule(&outline.set, name));
    let sources: Vec<String> = rules.map(|rule| rule.source.to_string()).collect();
    let mut value = period(opening.period, &outline.zone);
    let more = json!({
        "cutoff": stamp(opening.cutoff),
        "local_cutoff": local(opening.cutoff, &outline.zone),
        "windows": opening.windows.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "sources": sources,
        "begins": wall(opening.begins),
        "ends": wall(opening.ends),
        "clock_changes": opening.changes.iter().map(change).collect::<Vec<_>>(),
    });
    join(&mut value, more);
    value
}

fn freeze(frozen: &Frozen, zone: &TimeZone) -> Value {
    let mut value = period(frozen.period, zone);
    join(&mut value, json!({ "name": frozen.freeze.to_string(), "reason": frozen.reason.to_string() }));
    value
}

fn clash(clash: &Clash, zone: &TimeZone) -> Value {
    let mut value = period(clash.period, zone);
    let more = json!({
        "kind": "freeze",
        "window": clash.window.to_string(),
        "source": clash.source.to_string(),
        "freeze": clash.freeze.to_string(),
        "wholly": clash.wholly,
    });
    join(&mut value, more);
    value
}

fn of_set<'a>(outline: &'a Outline, found: &'a Found<'_>) -> impl Iterator<Item = &'a Theirs> {
    found.theirs.iter().flat_map(|said| &said.all).filter(|one| one.set == outline.set)
}

/// What a backend says. `conflict` is null where ours says the same, or nothing.
fn theirs(theirs: &Theirs) -> Value {
    let (until, opens) = match theirs.stance {
        Stance::Open { until } => (until, None),
        Stance::Shut { opens } => (None, opens),
        Stance::Over | Stance::Frozen => (None, None),
    };
    json!({
        "kind": "backend",
        "conflict": theirs.conflict.map(Conflict::key),
        "backend": theirs.backend.to_string(),
        "rollout": theirs.rollout.as_ref().map(ToString::to_string),
        "wave": theirs.wave.as_ref().map(ToString::to_string),
        "hosts": theirs.hosts.iter().map(HostId::raw).collect::<Vec<_>>(),
        "stance": theirs.stance.word(),
        "until": until.map(stamp),
        "opens": opens.map(stamp),
        "opens_outside": theirs.opens_outside,
        "native": theirs.native.to_string(),
        "by": theirs.by.0.to_string(),
    })
}

fn override_(held: &Override) -> Value {
    json!({
        "tenant": held.tenant.to_string(),
        "rollout": held.rollout.to_string(),
        "backend": held.rollout.backend.to_string(),
        "from": stamp(held.period.from()),
        "to": stamp(held.period.to()),
        "reason": held.reason.to_string(),
        "change": held.change.as_ref().map(ToString::to_string),
        "who": held.who.to_string(),
        "second": held.second.as_ref().map(ToString::to_string),
    })
}

/// The two instants, and what the tenant's wall shows then.
fn period(period: Period, zone: &TimeZone) -> Value {
    json!({
        "from": stamp(period.from()),
        "to": stamp(period.to()),
        "local_from": local(period.from(), zone),
        "local_to": local(period.to(), zone),
        "minutes": period.length().as_mins(),
    })
}

fn change(change: &ClockChange) -> Value {
    let jump = SignedDuration::from_secs(i64::from(change.after.seconds()) - i64::from(change.before.seconds()));
    json!({ "at": stamp(change.at), "minutes": jump.as_mins() })
}

/// What the wall clock did at a start or an end that a rule asked for.
fn wall(wall: Wall) -> &'static str {
    match wall {
        Wall::Once => "once",
        Wall::Skipped => "skipped",
        Wall::Twice => "twice",
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

pub(super) fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().map_or_else(|| "local".to_owned(), str::to_owned)
}

fn join(value: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(more)) = (value, more) {
        all.extend(more);
    }
}
