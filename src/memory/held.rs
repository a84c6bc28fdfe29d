//! What is remembered now: the newest of each, bounded. It reads and writes no file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::record::{Link, Pace, Record};
use crate::domain::{Care, RolloutId, TenantId, Text};

/// Waves of one tenant whose pace is kept: some months of patch nights.
const PACES: usize = 200;
/// Acknowledgements, seen marks and links kept, each.
const MARKS: usize = 2000;
/// Nights of one cause at one tenant kept: a year of weeks. The first of all stays: ages are counted from it.
const NIGHTS: usize = 54;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// Oldest first.
    paces: BTreeMap<TenantId, Vec<Pace>>,
    acknowledged: BTreeMap<Text, Timestamp>,
    seen: BTreeMap<Text, Timestamp>,
    links: Vec<Link>,
    cares: BTreeMap<Text, Care>,
    /// The first and the newest nights of each, oldest first, with the time of their first failure.
    nights: BTreeMap<(TenantId, Text), BTreeMap<Date, Option<Timestamp>>>,
    person: Option<(Text, Timestamp)>,
}

impl Held {
    /// Takes a record in; whether anything is new by it.
    pub fn take(&mut self, record: Record) -> bool {
        match record {
            Record::Pace(pace) => {
                let paces = self.paces.entry(pace.tenant.clone()).or_default();
                let same = |old: &Pace| old.rollout == pace.rollout && old.wave == pace.wave;
                if paces.contains(&pace) {
                    return false;
                }
                paces.retain(|old| !same(old));
                paces.push(pace);
                // Sorted, so that two processes writing side by side leave the newest.
                paces.sort_by_key(|pace| pace.ended);
                let over = paces.len().saturating_sub(PACES);
                paces.drain(..over);
                true
            }
            Record::Acknowledged { need, at } => mark(&mut self.acknowledged, need, at),
            Record::Seen { thing, at } => mark(&mut self.seen, thing, at),
            Record::Link(link) => {
                if self.links.contains(&link) {
                    return false;
                }
                self.links.push(link);
                let over = self.links.len().saturating_sub(MARKS);
                self.links.drain(..over);
                true
            }
            Record::Care { of, care } => {
                if self.cares.get(&of).is_some_and(|old| old.at > care.at || *old == care) {
                    return false;
                }
                self.cares.insert(of, care);
                drop_oldest(&mut self.cares, |care| care.at);
                true
            }
            Record::Night { tenant, cause, night, first } => {
                let nights = self.nights.entry((tenant, cause)).or_default();
                let known = nights.get(&night).copied();
                let earliest = known.flatten().into_iter().chain(first).min();
                nights.insert(night, earliest);
                while nights.len() > NIGHTS
                    && let Some(second) = nights.keys().nth(1).copied()
                {
                    nights.remove(&second);
                }
                drop_oldest(&mut self.nights, |nights| nights.last_key_value().map(|(night, _)| *night));
                known != Some(earliest)
            }
            Record::Person { name, until } => {
                let person = Some((name, until));
                let new = self.person != person;
                self.person = person;
                new
            }
        }
    }

    pub fn paces(&self, tenant: &TenantId) -> &[Pace] {
        self.paces.get(tenant).map_or(&[], Vec::as_slice)
    }

    pub fn all_paces(&self) -> impl Iterator<Item = &Pace> {
        self.paces.values().flatten()
    }

    pub fn is_acknowledged(&self, need: &Text) -> bool {
        self.acknowledged.contains_key(need)
    }

    pub fn seen(&self, thing: &Text) -> Option<Timestamp> {
        self.seen.get(thing).copied()
    }

    pub fn links<'a>(&'a self, rollout: &'a RolloutId) -> impl Iterator<Item = &'a Link> {
        self.links.iter().filter(move |link| link.from == *rollout || link.to == *rollout)
    }

    pub fn care(&self, of: &Text) -> Option<&Care> {
        self.cares.get(of)
    }

    pub fn has_cares(&self) -> bool {
        !self.cares.is_empty()
    }

    pub fn nights(&self, tenant: &TenantId, cause: &Text) -> impl Iterator<Item = (Date, Option<Timestamp>)> {
        self.nights.get(&(tenant.clone(), cause.clone())).into_iter().flatten().map(|(night, first)| (*night, *first))
    }

    pub fn person(&self, now: Timestamp) -> Option<&Text> {
        self.person.as_ref().filter(|(_, until)| *until > now).map(|(name, _)| name)
    }

    /// How many records [`records`](Self::records) would give.
    pub fn len(&self) -> usize {
        let paces: usize = self.paces.values().map(Vec::len).sum();
        let nights: usize = self.nights.values().map(BTreeMap::len).sum();
        paces
            + nights
            + self.cares.len()
            + self.acknowledged.len()
            + self.seen.len()
            + self.links.len()
            + usize::from(self.person.is_some())
    }

    /// Everything held, as records to write.
    pub fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self.paces.values().flatten().cloned().map(Record::Pace).collect();
        records.extend(self.acknowledged.iter().map(|(need, at)| Record::Acknowledged { need: need.clone(), at: *at }));
        records.extend(self.seen.iter().map(|(thing, at)| Record::Seen { thing: thing.clone(), at: *at }));
        records.extend(self.links.iter().cloned().map(Record::Link));
        records.extend(self.cares.iter().map(|(of, care)| Record::Care { of: of.clone(), care: care.clone() }));
        for ((tenant, cause), nights) in &self.nights {
            let record = |(night, first): (&Date, &Option<Timestamp>)| Record::Night {
                tenant: tenant.clone(),
                cause: cause.clone(),
                night: *night,
                first: *first,
            };
            records.extend(nights.iter().map(record));
        }
        records.extend(self.person.iter().map(|(name, until)| Record::Person { name: name.clone(), until: *until }));
        records
    }
}

fn drop_oldest<K: Ord + Clone, V, T: Ord>(kept: &mut BTreeMap<K, V>, age: impl Fn(&V) -> T) {
    if kept.len() > MARKS
        && let Some(oldest) = kept.iter().min_by_key(|(_, value)| age(value)).map(|(key, _)| key.clone())
    {
        kept.remove(&oldest);
    }
}

/// Keeps the newest time of a mark, and drops the oldest mark of too many.
fn mark(marks: &mut BTreeMap<Text, Timestamp>, key: Text, at: Timestamp) -> bool {
    if marks.get(&key).is_some_and(|old| *old >= at) {
        return false;
    }
    marks.insert(key, at);
    if marks.len() > MARKS
        && let Some(oldest) = marks.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone())
    {
        marks.remove(&oldest);
    }
    true
}
