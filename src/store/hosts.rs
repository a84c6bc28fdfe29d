//! Hosts of a wave, as far as pages of them were read. Places that were not read yet stay open.

use std::collections::BTreeMap;

use crate::domain::{Fresh, HostId, HostRow, Mono, Source};

/// Loaded rows by their place in the backend's own order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostList {
    pub rows: BTreeMap<u32, Fresh<HostRow>>,
    /// How many there are, by the newest page.
    pub total: u32,
    pub total_seen: Option<Mono>,
}

impl HostList {
    /// Puts one page at its place. True if something visible changed. Pages may overtake each other: a row that was read
    /// later stays, and so does the total.
    pub fn merge(&mut self, offset: u32, hosts: Vec<HostRow>, total: u32, seen: Mono, by: &Source) -> bool {
        let mut changed = false;
        if self.total_seen.is_none_or(|newest| newest <= seen) {
            changed = self.total != total;
            self.total = total;
            self.total_seen = Some(seen);
            if self.rows.last_key_value().is_some_and(|(place, _)| *place >= total) {
                self.rows.split_off(&total);
                changed = true;
            }
        }
        for (place, mut row) in (offset..self.total).zip(hosts) {
            let old = self.rows.get(&place);
            if old.is_some_and(|old| old.seen > seen) {
                continue;
            }
            if let Some(old) = old
                && old.value.id == row.id
                && row.message.is_none()
                && old.value.attempt == row.attempt
            {
                row.message.clone_from(&old.value.message);
            }
            changed |= old.is_none_or(|old| old.value != row);
            self.rows.insert(place, Fresh::new(row, seen, by.clone()));
        }
        changed
    }

    pub fn find(&self, id: &HostId) -> Option<&Fresh<HostRow>> {
        self.rows.values().find(|row| row.value.id == *id)
    }

    /// The oldest reading among the loaded rows.
    pub fn oldest(&self) -> Option<Mono> {
        self.rows.values().map(|row| row.seen).min()
    }
}
