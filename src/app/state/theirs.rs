//! What backends say about allowed times beside what we say: whom it is about, how it stands now, and where the two differ.
//!
//! It asks nobody and refuses nothing: a difference is a thing for a person. The store keeps the words and their age.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Judge, State};
use crate::domain::{
    BackendName, BackendWindow, Conflict, HostId, HostSet, Mono, Need, NeedKind, RolloutId, Source, Stance, TenantId, Text,
    WindowState,
};
use crate::store::Store;

/// One rule of a backend over hosts that share a calendar of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theirs {
    pub set: HostSet,
    pub backend: BackendName,
    /// None: jobs of single hosts.
    pub rollout: Option<RolloutId>,
    /// The wave they would begin with.
    pub wave: Option<Text>,
    pub hosts: BTreeSet<HostId>,
    /// How it stands now.
    pub stance: Stance,
    /// How ours stands now.
    pub ours: WindowState,
    pub conflict: Option<Conflict>,
    /// It opens later, at a time at which ours lets nothing begin as far as is known now.
    pub opens_outside: bool,
    /// The backend's own words.
    pub native: Text,
    pub by: Source,
    pub seen: Mono,
}

/// What a look rests on: it is taken anew when one of these moved. The minute, what was read, and the overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    minute: i64,
    revision: u64,
    read: u64,
    overrides: (usize, i64),
}

/// Looks at what backends say, if anything of it may have moved.
pub fn look(state: &mut State) {
    let ends = state.overrides.iter().map(|held| held.period.to().as_second()).fold(0, i64::wrapping_add);
    let basis = Basis {
        minute: state.now.civil.as_second().div_euclid(60),
        revision: state.store.revision,
        read: state.store.theirs_read,
        overrides: (state.overrides.len(), ends),
    };
    if state.theirs_by != Some(basis) {
        state.theirs = of(&state.judge(), &state.store);
        state.theirs_by = Some(basis);
    }
}

/// Everything that backends say now, by set; within one what differs from ours comes first.
pub fn of(judge: &Judge<'_>, store: &Store) -> Vec<Theirs> {
    let mut all = Vec::new();
    for (backend, word) in &store.theirs {
        for window in &word.value.windows {
            for (set, hosts) in sets(judge, store, window) {
                let ours = judge.calendars.at(&set, None, judge.now).state;
                let stance = window.says.at(judge.now);
                all.push(Theirs {
                    conflict: conflict(judge, window, &ours, stance),
                    opens_outside: opens_outside(judge, &set, stance),
                    backend: backend.clone(),
                    rollout: window.rollout.clone(),
                    wave: window.wave.clone(),
                    native: window.native.clone(),
                    by: word.by.clone(),
                    seen: word.seen,
                    set,
                    hosts,
                    stance,
                    ours,
                });
            }
        }
    }
    let key = |one: &Theirs| (one.set.clone(), one.conflict.is_none(), one.conflict, one.backend.clone(), one.stance);
    all.sort_by_cached_key(key);
    all
}

/// Whose windows of ours rule the hosts: their wave's, or where no wave is known each host's own.
fn sets(judge: &Judge<'_>, store: &Store, window: &BackendWindow) -> BTreeMap<HostSet, BTreeSet<HostId>> {
    let rules = judge.calendars.rules();
    if let Some(wave) = &window.wave {
        return BTreeMap::from([(rules.set_of_wave(&window.tenant, wave.as_str()), window.hosts.clone())]);
    }
    let mut found: BTreeMap<HostSet, BTreeSet<HostId>> = BTreeMap::new();
    for host in &window.hosts {
        let site = store.facts_of(host, &host.text()).and_then(|facts| facts.site.as_ref()).map(Text::as_str);
        found.entry(rules.set_of_host(&window.tenant, host.raw(), site)).or_default().insert(host.clone());
    }
    found
}

fn conflict(judge: &Judge<'_>, window: &BackendWindow, ours: &WindowState, stance: Stance) -> Option<Conflict> {
    let found = Conflict::between(ours, stance)?;
    // A person has let it on in spite of ours.
    let held = window.rollout.as_ref().and_then(|rollout| judge.override_of(rollout));
    (found != Conflict::OursShut || held.is_none()).then_some(found)
}

fn opens_outside(judge: &Judge<'_>, set: &HostSet, stance: Stance) -> bool {
    let Stance::Shut { opens: Some(opens) } = stance else { return false };
    let then = judge.calendars.at(set, None, opens).state;
    Conflict::between(&then, Stance::Open { until: None }).is_some()
}

/// One need for each backend, set and way to differ.
pub fn needs(all: &[Theirs], now: Timestamp, zone: &dyn Fn(&TenantId) -> TimeZone) -> Vec<Need> {
    let mut found: BTreeMap<(Conflict, &HostSet, &BackendName), Vec<&Theirs>> = BTreeMap::new();
    for one in all {
        let Some(conflict) = one.conflict else { continue };
        found.entry((conflict, &one.set, &one.backend)).or_default().push(one);
    }
    let need = |((conflict, set, backend), of): ((Conflict, &HostSet, &BackendName), Vec<&Theirs>)| Need {
        kind: NeedKind::Window,
        tenant: Some(set.tenant.clone()),
        what: Text::new(words(conflict, backend, &of, &|at| time(at, now, zone(&set.tenant)))),
        rollout: None,
        set: Some(set.clone()),
        backend: Some(backend.clone()),
        intent: None,
        seen: of.iter().map(|one| one.seen).min(),
    };
    found.into_iter().map(need).collect()
}

/// `acme-hb lets 4 hosts begin, ours is closed; 0 0 2 ? * SUN for 03:00:00 at +01:00`
fn words(conflict: Conflict, backend: &BackendName, of: &[&Theirs], time: &dyn Fn(Timestamp) -> String) -> String {
    let hosts: BTreeSet<&HostId> = of.iter().flat_map(|one| &one.hosts).collect();
    let hosts = hosts_in_words(hosts.len());
    let (Some(first), more) = (of.first(), of.len().saturating_sub(1)) else { return String::new() };
    let ours = our_word(&first.ours);
    let native = if more > 0 { format!("{}, and {more} more", first.native) } else { first.native.to_string() };
    match conflict {
        Conflict::OursShut => format!("{backend} lets {hosts} begin, ours is {ours}; {native}"),
        Conflict::TheirsShut => {
            format!("{backend} holds back {hosts} ({}), ours is {ours}; {native}", first.stance.told(time))
        }
    }
}

/// `1 host`, `4 hosts`.
pub fn hosts_in_words(hosts: usize) -> String {
    if hosts == 1 { "1 host".to_owned() } else { format!("{hosts} hosts") }
}

/// How ours stands, in a word that fits behind `is`.
pub fn our_word(state: &WindowState) -> &'static str {
    match state {
        WindowState::Open { .. } => "open",
        WindowState::CutoffPassed { .. } => "past its cutoff",
        WindowState::Frozen { .. } => "frozen",
        WindowState::Before { .. } | WindowState::Closed { .. } => "closed",
        WindowState::NoWindow => "not known",
    }
}

fn time(at: Timestamp, now: Timestamp, zone: TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone));
    let days = at.date().since(now.date()).map_or(i32::MAX, |span| span.get_days());
    let format = match days {
        0 => "%H:%M",
        -6..=6 => "%a %H:%M",
        _ => "%-d %b %H:%M",
    };
    at.strftime(format).to_string()
}
