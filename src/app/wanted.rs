//! What the screen wants of each connection: derived from the state, handed to the supervisors when it changes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use foldhash::fast::RandomState;

use super::state::{Field, Place, RowId, State};
use crate::backend::port::{Interest, Page, Wanted};
use crate::domain::{AttemptId, BackendName, Failure, Fresh, HostId, HostRow, HostState, RolloutId, Text, WaveId};
use crate::store::lanes;

/// Hosts asked for at once: a few screens of them.
pub const PAGE: u32 = 200;
/// Tries whose evidence waits to be read in the background: more are asked for when these are through.
const LATER: usize = 16;
/// The same of open hosts' histories.
const HISTORIES: usize = 8;
/// Failed hosts of one rollout that are listed at most.
const MOST_FAILED: u32 = 20_000;
/// Reports read for failed hosts on the screen.
const REPORTS: usize = 12;
/// Pages of hosts followed at once when a filter or a sort scatters the rows.
const PAGES: usize = 3;
/// Rollouts of the selected hosts followed on the Windows screen.
const SETS: usize = 3;
/// Without a key for this long, and nothing moving, the pace slows down.
const RESTING: Duration = Duration::from_secs(120);

/// What is wanted of every connection now.
pub fn of(state: &State) -> BTreeMap<BackendName, Wanted> {
    let follow = follow(state);
    let resting = state.now.mono.since(state.touched) > RESTING
        && state.in_flight.is_empty()
        && !state.store.rollouts.values().any(|entry| entry.rollout.value.at_work() > 0 && state.rate > 0.0);
    let on_the_way = state.in_flight.values().map(|flight| &flight.rollout);
    let hurry: BTreeSet<RolloutId> = on_the_way.chain(state.settled.keys()).cloned().collect();
    state
        .descriptors
        .keys()
        .map(|name| {
            let wanted = Wanted {
                later: later(state, name),
                again: again(state, name),
                follow: follow.iter().filter(|what| concerns(state, what, name)).cloned().collect(),
                hurry: hurry.iter().filter(|id| id.backend == *name).cloned().collect(),
                read_now: state.reads,
                resting,
            };
            (name.clone(), wanted)
        })
        .collect()
}

fn concerns(state: &State, what: &Interest, name: &BackendName) -> bool {
    match what {
        Interest::Rollout(id) | Interest::Failures(id, _) => id.backend == *name,
        Interest::Hosts(wave, _) | Interest::WaveFailures(wave, _) | Interest::Open(wave, _) | Interest::Verify(wave, _) => {
            wave.backend() == name
        }
        Interest::Evidence(attempt) | Interest::Progress(attempt) => attempt.host.backend == *name,
        Interest::Host(host) => host.backend == *name,
        Interest::Find(_) => state.descriptors.get(name).is_some_and(|descriptor| descriptor.finds_hosts),
        Interest::Board | Interest::Night | Interest::Approvals | Interest::Windows => true,
    }
}

fn follow(state: &State) -> Vec<Interest> {
    let mut wanted = Vec::new();
    match state.place() {
        Place::Board | Place::Approvals => {
            if let Some(RowId::Rollout(id)) = state.selected() {
                rollout(state, id, &mut wanted);
            }
        }
        Place::Rollout(id) => rollout(state, id, &mut wanted),
        Place::Wave(wave) => {
            wanted.push(Interest::Rollout(wave.rollout.clone()));
            hosts(state, wave, &mut wanted);
        }
        Place::Host(host) => {
            wanted.push(Interest::Host(host.clone()));
            wanted.extend(older_attempt(state, host).map(Interest::Evidence));
        }
        Place::Found => {
            if !state.store.found.text.is_empty() {
                wanted.push(Interest::Find(state.store.found.text.clone()));
            }
        }
        Place::Failures | Place::Pile(_) => reports(state, &mut wanted),
        Place::Windows => {
            wanted.push(Interest::Windows);
            if let Some(RowId::Set(set)) = state.selected() {
                for entry in state.live(set).into_iter().take(SETS) {
                    rollout(state, &entry.rollout.value.id, &mut wanted);
                }
            }
        }
        Place::Lane(_) | Place::Activity | Place::Backends => {}
    }
    if let Some(Field::Find(input)) = &state.field {
        let text = Text::new(input.value().trim());
        if text.as_str().chars().count() > 1 {
            wanted.push(Interest::Find(text));
        }
    }
    wanted
}

/// The selected attempt, where its reports do not come with the host: only the newest one's do.
fn older_attempt(state: &State, host: &HostId) -> Option<AttemptId> {
    let Some(RowId::Attempt(at)) = state.selected().filter(|row| **row != RowId::Attempt(0)) else { return None };
    let attempt = &state.store.stories.get(host)?.value.attempts.get(*at as usize)?.id;
    let read = state.store.evidence.contains_key(attempt) || state.store.queue.why_unreadable(attempt).is_some();
    (!read).then(|| attempt.clone())
}

fn rollout(state: &State, id: &RolloutId, wanted: &mut Vec<Interest>) {
    wanted.push(Interest::Rollout(id.clone()));
    let failed = state.store.entry(id).and_then(|entry| entry.rollout.value.counts).map_or(0, |counts| counts.failed);
    if failed == 0 {
        return;
    }
    wanted.push(Interest::Failures(id.clone(), Page { offset: 0, limit: PAGE }));
    if let Some(list) = state.store.failures.get(id) {
        let rows = list.rows.values().map(|row| &row.value);
        wanted.extend(rows.filter_map(|row| unread_report(state, row)).take(REPORTS).map(Interest::Evidence));
    }
}

/// What is read when nothing else is due: the backend's own windows, the lists of rollouts with failed hosts, then why, one of
/// each code first.
fn later(state: &State, name: &BackendName) -> Vec<Interest> {
    let store = &state.store;
    let mut wanted = vec![Interest::Windows];
    if store.connection(name).is_some_and(|connection| connection.no_failures.is_some()) {
        return wanted;
    }
    let lanes = lanes(state, name);
    let of = store.rollouts.iter().filter(|(id, entry)| id.backend == *name && entry.is_of_tonight(state.now.civil));
    let failed = of.filter_map(|(id, entry)| Some((id, entry.rollout.value.counts?.failed)).filter(|(_, failed)| *failed > 0));
    let page = |id: &RolloutId, offset: u32| Interest::Failures(id.clone(), Page { offset, limit: PAGE });
    let lists = failed.flat_map(|(id, failed)| (0..failed.min(MOST_FAILED).div_ceil(PAGE)).map(move |at| page(id, at * PAGE)));
    wanted.extend(lists.chain(lanes).chain(store.queue.to_read(name, LATER).into_iter().cloned().map(Interest::Evidence)));
    wanted
}

/// What is read of hosts that have not failed: a page of open ones for each wave where it is due, a page of successes to be
/// checked, and some histories.
fn lanes(state: &State, name: &BackendName) -> Vec<Interest> {
    let (store, now) = (&state.store, &state.now);
    let page = |offset| Page { offset, limit: lanes::PAGE };
    let mut wanted = Vec::new();
    let of = store.rollouts.iter().filter(|(id, entry)| id.backend == *name && entry.is_of_tonight(now.civil));
    for (_, entry) in of {
        let ended = entry.rollout.value.state.has_ended();
        for wave in entry.waves().iter().filter(|wave| wave.state.has_begun()) {
            let open = store.lanes.open_due(&wave.id, wave.counts.unended(), now);
            wanted.extend(open.map(|offset| Interest::Open(wave.id.clone(), page(offset))));
            let check = store.lanes.verify_due(&wave.id, ended, wave.counts.done, now);
            wanted.extend(check.map(|offset| Interest::Verify(wave.id.clone(), page(offset))));
        }
    }
    wanted.extend(store.lanes.progress_due(name, HISTORIES).iter().cloned().map(Interest::Progress));
    wanted
}

/// Lists of failures with a host that is being tried again.
fn again(state: &State, name: &BackendName) -> BTreeSet<Interest> {
    let pages = state.store.again.iter().filter(|(id, _)| id.backend == *name);
    pages.map(|(id, offset)| Interest::Failures(id.clone(), Page { offset: *offset, limit: PAGE })).collect()
}

/// Evidence of the failures that are on the screen, those that can be seen first.
fn reports(state: &State, wanted: &mut Vec<Interest>) {
    let Some(list) = state.list() else { return };
    let queue = &state.store.queue;
    let window = list.order.get(list.window(list.page.max(1))).unwrap_or_default();
    let unread = |failure: &Failure| !failure.is_read() && queue.why_unreadable(&failure.attempt).is_none();
    for row in list.selected().into_iter().chain(window) {
        if wanted.len() >= REPORTS {
            return;
        }
        let attempts: Vec<AttemptId> = match row {
            RowId::Failed(attempt) => {
                queue.failure(attempt).filter(|it| unread(it)).map(|_| attempt.clone()).into_iter().collect()
            }
            RowId::Pile(pile) => {
                let of = queue.in_pile(pile).take(REPORTS).filter(|it| unread(it));
                of.map(|failure| failure.attempt.clone()).collect()
            }
            _ => Vec::new(),
        };
        for attempt in attempts {
            let what = Interest::Evidence(attempt);
            if !wanted.contains(&what) {
                wanted.push(what);
            }
        }
    }
}

fn hosts(state: &State, wave: &WaveId, wanted: &mut Vec<Interest>) {
    let failed = state.store.wave(wave).map_or(0, |wave| wave.counts.failed);
    let listed = state.store.wave_failures.get(wave).map_or(0, |list| list.total);
    let failures = |offset| Interest::WaveFailures(wave.clone(), Page { offset, limit: PAGE });
    let (Some(list), Some(known)) = (state.list(), state.store.hosts.get(wave)) else {
        wanted.extend((failed > 0).then(|| failures(0)));
        wanted.push(Interest::Hosts(wave.clone(), Page { offset: 0, limit: PAGE }));
        return;
    };
    let window = list.window(list.page.max(1));
    let (first, last) = (window.start as u32, window.end.saturating_sub(1) as u32);
    if failed.max(listed) > 0 {
        // Failed hosts stand on top: the pages of them that are seen, and the next one before it is.
        let beyond = (last + PAGE / 2).min(listed.saturating_sub(1));
        let pages: BTreeSet<u32> = [first.min(beyond), last.min(beyond), beyond].map(|at| at / PAGE * PAGE).into();
        wanted.extend(pages.into_iter().map(failures));
    }
    let mut pages = BTreeSet::new();
    let mut reports: Vec<AttemptId> = Vec::new();
    if list.filter.is_empty() && list.sort.is_none() && listed == 0 {
        pages.extend([first / PAGE * PAGE, last / PAGE * PAGE]);
        reports.extend(known.rows.range(first..=last.max(first)).filter_map(|(_, row)| unread_report(state, &row.value)));
    } else {
        let seen = list.order.get(window).unwrap_or_default();
        pages.extend(seen.iter().filter_map(|row| if let RowId::Unread(at) = row { Some(at / PAGE * PAGE) } else { None }));
        let seen: HashSet<&HostId, RandomState> = seen.iter().filter_map(host).collect();
        let is_seen = |row: &&Fresh<HostRow>| seen.contains(&row.value.id);
        let top = state.store.wave_failures.get(wave).into_iter().flat_map(|list| list.rows.values());
        reports.extend(top.filter(is_seen).filter_map(|row| unread_report(state, &row.value)));
        let on_top = state.store.failed_first(wave);
        let on_top: HashSet<&HostId, RandomState> = on_top.iter().map(|row| &row.value.id).collect();
        for (at, row) in known.rows.iter().filter(|(_, row)| is_seen(row) && !on_top.contains(&row.value.id)) {
            pages.insert(at / PAGE * PAGE);
            reports.extend(unread_report(state, &row.value));
        }
    }
    if pages.is_empty() {
        pages.insert(0);
    }
    wanted.extend(pages.into_iter().take(PAGES).map(|offset| Interest::Hosts(wave.clone(), Page { offset, limit: PAGE })));
    wanted.extend(reports.into_iter().take(REPORTS).map(Interest::Evidence));
}

fn host(row: &RowId) -> Option<&HostId> {
    match row {
        RowId::Host(id) => Some(id),
        _ => None,
    }
}

/// The attempt whose report would tell why, if it has not been read.
fn unread_report(state: &State, row: &HostRow) -> Option<AttemptId> {
    let attempt = (row.state == HostState::Failed).then(|| row.attempt.clone()).flatten()?;
    let store = &state.store;
    let known = store.queue.failure(&attempt).is_some_and(Failure::is_read) || store.evidence.contains_key(&attempt);
    (!known && store.queue.why_unreadable(&attempt).is_none()).then_some(attempt)
}
