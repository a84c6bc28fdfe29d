//! Which rows a place has, in which order: from the store, through filter and sort.
//!
//! It gives ids. What a row says is drawn elsewhere.

mod failures;
mod lanes;
mod sets;

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;
use std::time::Duration;

use super::filter::{Filter, Offer, lower};
use super::state::{ActivityLine, Field, ListState, Place, RowId, Sort, SortKey, State, folded};
use crate::domain::{HostId, HostRow, Text, Wave, WaveId, WaveState};
use crate::store::queue::PileBy;
use crate::store::read::{need_of, urgency};
use crate::store::{Entry, Store};

/// Sort keys a place offers, in the order `sort` walks through them. The first is the order it comes in.
pub fn sort_keys(place: &Place) -> &'static [SortKey] {
    use SortKey as K;
    match place {
        Place::Board => &[K::Urgency, K::Tenant, K::Name, K::State, K::Done, K::Failed, K::Left, K::Seen],
        Place::Windows => &[K::Tenant, K::State],
        Place::Failures => &[K::Failed, K::Name, K::Tenant, K::When, K::Tries],
        Place::Pile(_) => &[K::When, K::Name, K::Tenant, K::Tries],
        Place::Lane(_) => &[K::When, K::Name, K::Tenant],
        Place::Approvals => &[K::Urgency, K::Tenant, K::Name, K::Left, K::Seen],
        Place::Rollout(_) => &[K::Native, K::Name, K::State, K::Done, K::Failed, K::Left],
        Place::Wave(_) | Place::Found => &[K::Native, K::Name, K::State, K::Code, K::Contact],
        Place::Activity | Place::Host(_) => &[K::When],
        Place::Backends => &[K::Name, K::Seen],
    }
}

/// Where no more things than this are gone through for the rows, they are made anew as soon as anything was read.
const FEW: usize = 2_000;
/// How long rows stand for each thing gone through: 20 000 for a second; and for how many at most.
const EACH: Duration = Duration::from_micros(50);
const MOST: usize = 40_000;
/// They stand this long after a key too, so that the next one need not wait; at most [`LONGEST`] times as long as without keys.
const PAUSE: Duration = Duration::from_millis(300);
const LONGEST: u32 = 3;

/// After something was read: makes the rows anew. Going through thousands takes some milliseconds; so the rows stand for a
/// while, and a night of many reports leaves time for keys. What a row says is always of now.
pub fn follow(state: &mut State) {
    let due = state.rows_made.plus(stand(state));
    state.rows_due = Some(state.rows_due.map_or(due, |known| known.min(due)));
    catch_up(state);
}

/// After a letter of the filter: few rows are made anew with it, thousands when it is on the screen and no other key waits.
pub fn filtered(state: &mut State) {
    if stand(state) > Duration::ZERO {
        state.rows_due = Some(state.now.mono);
    } else {
        refresh(state);
    }
}

/// How long rows stand though more was read: not at all where they are made quickly.
fn stand(state: &State) -> Duration {
    let Some(list) = state.list() else { return Duration::ZERO };
    let count = match state.place() {
        Place::Failures if list.filter.is_empty() && state.pile_by == PileBy::Cause => 0,
        Place::Failures => state.store.queue.len(),
        Place::Pile(_) | Place::Lane(_) => list.of,
        _ if list.filter.is_empty() && list.sort.is_none() => 0,
        // Less is asked of a row of any other list than of a failure.
        _ => list.of / 5,
    };
    if count > FEW { EACH * count.min(MOST) as u32 } else { Duration::ZERO }
}

/// Makes the rows anew if that is due. Who types a filter waits for them.
pub fn catch_up(state: &mut State) {
    let now = state.now.mono;
    if state.rows_due.is_none_or(|due| due > now) {
        return;
    }
    let is_typing = matches!(state.field, Some(Field::Filter(_)));
    let later = state.touched.plus(PAUSE).min(state.rows_made.plus(stand(state) * LONGEST));
    if !is_typing && later > now {
        state.rows_due = Some(later);
        return;
    }
    refresh(state);
    state.dirty = true;
    state.hurried |= is_typing;
}

/// Makes the rows anew if they are due at all: before something is done to them.
pub fn settle(state: &mut State) {
    if state.rows_due.is_some() {
        refresh(state);
    }
}

/// Computes the rows of the place we are at anew.
pub fn refresh(state: &mut State) {
    (state.rows_made, state.rows_due) = (state.now.mono, None);
    let place = state.place().clone();
    let mut list = state.lists.remove(&place).unwrap_or_default();
    let filter = Filter::parse(&list.filter);
    let (order, of) = if place == Place::Failures {
        let (piles, of) = failures::piles(state, list.sort, &filter);
        let (lanes, lanes_of) = lanes::lanes(state, &filter);
        let mut order: Vec<RowId> = piles.iter().map(|(pile, _)| RowId::Pile(pile.clone())).collect();
        order.extend(lanes.keys().map(|lane| RowId::Lane(*lane)));
        (state.piles, state.lanes) = (piles.into_iter().collect(), lanes);
        (order, of + lanes_of)
    } else if let Place::Lane(lane) = &place {
        let (hosts, of) = lanes::hosts(state, *lane, list.sort, &filter);
        let order = lanes::rows(&hosts);
        state.lane_hosts = hosts.into_iter().map(|host| (host.id.clone(), host)).collect();
        (order, of)
    } else {
        if let Place::Pile(pile) = &place {
            state.piles = std::iter::once((pile.clone(), state.store.queue.sum(pile))).collect();
        }
        self::order(state, &place, &list, &filter)
    };
    if let Some(RowId::Unread(at)) = list.selected()
        && let Place::Wave(wave) = &place
        && let Some(read) = read_since(&state.store, wave, *at)
    {
        list.rename_selected(read);
    }
    let before = list.selected().cloned();
    list.set_order(order, of);
    begin(state, &place, &mut list);
    if list.selected().is_none() && matches!(state.field, Some(Field::Filter(_))) {
        list.first();
    }
    if !list.held && before.is_some() && before.as_ref() != list.selected() {
        list.swapped = Some(state.now.mono);
    }
    state.lists.insert(place, list);
}

/// Where a list begins before anybody has chosen a row: a rollout at the wave that needs a person, or is at work.
fn begin(state: &State, place: &Place, list: &mut ListState) {
    let Place::Rollout(id) = place else { return };
    let waves = state.store.entry(id).map_or(&[][..], Entry::waves);
    let of = |wanted: WaveState| waves.iter().find(|wave| wave.state == wanted);
    if let Some(wave) = of(WaveState::OverLimit).or_else(|| of(WaveState::Running)) {
        list.begin_at(&RowId::Wave(wave.id.clone()));
    }
}

fn order(state: &State, place: &Place, list: &ListState, filter: &Filter) -> (Vec<RowId>, usize) {
    let store = &state.store;
    match place {
        Place::Board => entries(store.board(), list.sort, filter),
        Place::Approvals => {
            let waiting = store.board().into_iter().filter(|entry| waits(entry)).collect();
            entries(waiting, list.sort, filter)
        }
        Place::Windows => sets::rows(state, list.sort, filter),
        // Made with what a row says of each, above.
        Place::Failures | Place::Lane(_) => (Vec::new(), 0),
        Place::Pile(pile) => failures::hosts(state, pile, list.sort, filter),
        Place::Rollout(id) => waves(store.entry(id).map_or(&[], Entry::waves), list.sort, filter),
        Place::Wave(id) => hosts_of_wave(store, id, list.sort, filter),
        Place::Found => {
            let found = &store.found.hosts;
            (host_rows(store, found.values(), list.sort, filter), found.len())
        }
        Place::Activity => {
            let mut newer = 0;
            let rows = folded(&state.activity).map(|lines| {
                newer += lines.len();
                let oldest = (state.activity.len() - newer + 1) as u64;
                let id = lines[0].intent.clone().map_or(RowId::Line(oldest), RowId::Intent);
                let text = |line: &ActivityLine| {
                    let tenant = line.tenant.as_ref().map_or_else(String::new, ToString::to_string);
                    format!("{tenant} {} {} {} {}", line.who, line.what, line.state.word(), line.found).to_lowercase()
                };
                (id, lines.iter().map(text).collect::<Vec<_>>().join("\n"))
            });
            plain(rows, filter)
        }
        Place::Backends => {
            let mut known: Vec<_> = store.connections.values().collect();
            if let Some(Sort { key: SortKey::Seen, .. }) = list.sort {
                known.sort_by_key(|connection| connection.board_seen);
            }
            if list.sort.is_some_and(|sort| sort.reverse) {
                known.reverse();
            }
            let lines = known.into_iter().map(|known| {
                let text = format!("{} {} {}", known.name, known.kind, known.address).to_lowercase();
                (RowId::Backend(known.name.clone()), text)
            });
            plain(lines, filter)
        }
        Place::Host(id) => {
            let attempts = store.stories.get(id).map_or(&[][..], |story| &story.value.attempts);
            let lines = attempts.iter().enumerate().map(|(at, attempt)| {
                let rollout = attempt.rollout.as_ref().map_or("", |name| name.as_str());
                (RowId::Attempt(at as u32), format!("{} {rollout}", attempt.state.word()).to_lowercase())
            });
            plain(lines, filter)
        }
    }
}

/// Whether an entry belongs on the Approvals screen.
pub fn waits(entry: &Entry) -> bool {
    need_of(&entry.rollout.value) == Some(crate::domain::NeedKind::Approval)
}

fn plain(lines: impl Iterator<Item = (RowId, String)>, filter: &Filter) -> (Vec<RowId>, usize) {
    let mut of = 0;
    let rows = lines
        .inspect(|_| of += 1)
        .filter(|(_, text)| filter.matches(&Offer { text, keys: &[], amounts: &[] }))
        .map(|(id, _)| id)
        .collect();
    (rows, of)
}

fn entries(mut all: Vec<&Entry>, sort: Option<Sort>, filter: &Filter) -> (Vec<RowId>, usize) {
    let of = all.len();
    if !filter.is_empty() {
        all.retain(|entry| {
            let rollout = &entry.rollout.value;
            let (tenant, name, state) =
                (rollout.tenant.raw().to_lowercase(), rollout.name.as_str().to_lowercase(), rollout.state.word().to_lowercase());
            let backend = rollout.id.backend.raw().to_lowercase();
            let release = rollout.release.as_ref().map_or_else(String::new, |release| release.name.as_str().to_lowercase());
            let keys =
                [("tenant", &*tenant), ("name", &*name), ("state", &*state), ("backend", &*backend), ("release", &*release)];
            filter.matches(&Offer { text: &format!("{tenant} {name} {state} {backend} {release}"), keys: &keys, amounts: &[] })
        });
    }
    if let Some(sort) = sort {
        all.sort_by(|a, b| compare_entries(a, b, sort.key));
        if sort.reverse {
            all.reverse();
        }
    }
    (all.into_iter().map(|entry| RowId::Rollout(entry.rollout.value.id.clone())).collect(), of)
}

fn compare_entries(a: &Entry, b: &Entry, key: SortKey) -> Ordering {
    let (one, two) = (&a.rollout.value, &b.rollout.value);
    let counts = |entry: &Entry| entry.rollout.value.counts.unwrap_or_default();
    match key {
        SortKey::Tenant => one.tenant.cmp(&two.tenant),
        SortKey::Name => one.name.cmp(&two.name),
        SortKey::State => one.state.word().cmp(two.state.word()),
        SortKey::Done => counts(a).done_share().cmp(&counts(b).done_share()),
        SortKey::Failed => counts(b).failed.cmp(&counts(a).failed),
        SortKey::Left => counts(b).left().cmp(&counts(a).left()),
        SortKey::Seen => a.rollout.seen.cmp(&b.rollout.seen),
        _ => urgency(one).cmp(&urgency(two)),
    }
}

fn waves(all: &[Wave], sort: Option<Sort>, filter: &Filter) -> (Vec<RowId>, usize) {
    let mut shown: Vec<&Wave> = all
        .iter()
        .filter(|wave| {
            let (name, state) = (wave.name.as_str().to_lowercase(), wave.state.word());
            filter.matches(&Offer { text: &format!("{name} {state}"), keys: &[("name", &name), ("state", state)], amounts: &[] })
        })
        .collect();
    if let Some(sort) = sort {
        shown.sort_by(|a, b| match sort.key {
            SortKey::Name => a.name.cmp(&b.name),
            SortKey::State => a.state.word().cmp(b.state.word()),
            SortKey::Done => a.counts.done_share().cmp(&b.counts.done_share()),
            SortKey::Failed => b.counts.failed.cmp(&a.counts.failed),
            SortKey::Left => b.counts.left().cmp(&a.counts.left()),
            _ => a.ordinal.cmp(&b.ordinal),
        });
        if sort.reverse {
            shown.reverse();
        }
    }
    (shown.into_iter().map(|wave| RowId::Wave(wave.id.clone())).collect(), all.len())
}

/// What stands at a place of a wave that had not been read; the next place, if its host is one of those on top.
fn read_since(store: &Store, wave: &WaveId, at: u32) -> Option<RowId> {
    let hosts = store.hosts.get(wave)?;
    hosts.rows.get(&at)?;
    let top = store.failed_first(wave);
    let is_on_top = |row: &HostRow| top.iter().any(|failed| failed.value.id == row.id);
    (at..hosts.total).find_map(|at| match hosts.rows.get(&at) {
        Some(row) if is_on_top(&row.value) => None,
        Some(row) => Some(RowId::Host(row.value.id.clone())),
        None => Some(RowId::Unread(at)),
    })
}

/// Hosts of a wave: those that failed first, then the others in the backend's own order. A place nobody has read may be that of
/// a host on top; it goes when it is read.
fn hosts_of_wave(store: &Store, id: &WaveId, sort: Option<Sort>, filter: &Filter) -> (Vec<RowId>, usize) {
    let failed = store.failed_first(id);
    let on_top: HashSet<&HostId> = failed.iter().map(|row| &row.value.id).collect();
    let top = failed.iter().map(|row| &row.value);
    let Some(hosts) = store.hosts.get(id) else { return (top.map(|row| RowId::Host(row.id.clone())).collect(), failed.len()) };
    let others = hosts.rows.values().map(|row| &row.value).filter(|row| !on_top.contains(&row.id));
    if !filter.is_empty() || sort.is_some() {
        let all: Vec<&HostRow> = top.chain(others).collect();
        return (host_rows(store, all.iter().copied(), sort, filter), all.len());
    }
    let place = |at: u32| match hosts.rows.get(&at) {
        Some(row) if on_top.contains(&row.value.id) => None,
        Some(row) => Some(RowId::Host(row.value.id.clone())),
        None => Some(RowId::Unread(at)),
    };
    let rows: Vec<RowId> = top.map(|row| RowId::Host(row.id.clone())).chain((0..hosts.total).filter_map(place)).collect();
    let of = rows.len();
    (rows, of)
}

/// Filters and sorts hosts. Substring first; if no row has the words, letters in order will do.
pub fn host_rows<'a>(
    store: &Store,
    all: impl Iterator<Item = &'a HostRow> + Clone,
    sort: Option<Sort>,
    filter: &Filter,
) -> Vec<RowId> {
    let mut shown: Vec<&HostRow> = Vec::new();
    let mut text = String::new();
    for row in all.clone() {
        if filter.is_empty() || host_matches(store, row, filter, &mut text) {
            shown.push(row);
        }
    }
    if shown.is_empty()
        && let Some(mut fuzzy) = filter.fuzzy()
    {
        shown.extend(all.filter(|row| fuzzy.matches(&row.name.as_str().to_lowercase())));
    }
    if let Some(sort) = sort {
        shown.sort_by(|a, b| match sort.key {
            SortKey::Name => a.name.cmp(&b.name),
            SortKey::State => a.state.cmp(&b.state),
            SortKey::Code => b.code.cmp(&a.code),
            SortKey::Contact => Reverse(a.contact).cmp(&Reverse(b.contact)),
            _ => Ordering::Equal,
        });
        if sort.reverse {
            shown.reverse();
        }
    }
    shown.into_iter().map(|row| RowId::Host(row.id.clone())).collect()
}

/// Whether a host row passes; `text` is scratch space, so that ten thousand rows make no garbage.
fn host_matches(store: &Store, row: &HostRow, filter: &Filter, text: &mut String) -> bool {
    text.clear();
    let facts = if store.host_facts.is_empty() { None } else { store.facts_of(&row.id, &row.name) };
    let (site, role) = facts.map_or((None, None), |facts| (facts.site.as_ref(), facts.role.as_ref()));
    let code = row.code.map_or_else(String::new, |code| code.to_string());
    let parts = [
        ("host", row.name.as_str()),
        ("state", row.state.word()),
        ("code", &code),
        ("message", row.message.as_ref().map_or("", Text::as_str)),
        ("site", site.map_or("", Text::as_str)),
        ("role", role.map_or("", Text::as_str)),
    ];
    let mut ends = [0; 6];
    for ((_, part), end) in parts.iter().zip(&mut ends) {
        lower(text, part);
        *end = text.len();
        text.push(' ');
    }
    let mut keys = [("", ""); 6];
    let mut from = 0;
    for (place, end) in ends.into_iter().enumerate() {
        keys[place] = (parts[place].0, &text[from..end]);
        from = end + 1;
    }
    filter.matches(&Offer { text, keys: &keys, amounts: &[] })
}

#[cfg(test)]
mod tests;
