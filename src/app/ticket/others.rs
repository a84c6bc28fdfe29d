//! Names of other tenants, their hosts and their rollouts, kept out of a text that one tenant is to read.
//!
//! It knows the names that were read so far. A name that is also one of the tenant's own stays.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{BackendName, RolloutId, TenantId, Text};
use crate::store::Store;

/// What stands in place of a name.
const MARK: &str = "***";
/// The name that a server gives to its only tenant: it names nobody.
const NOBODY: &str = "default";

/// Names in lower case, by the letters and figures that they begin with.
#[derive(Debug, Default)]
pub struct Names {
    others: HashMap<String, BTreeSet<String>>,
    own: HashMap<String, BTreeSet<String>>,
}

/// What a name belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Others,
}

impl Names {
    pub fn of(store: &Store, tenant: &TenantId) -> Self {
        let mut names = Self::default();
        let whose = |of: &TenantId| if of == tenant { Whose::Own } else { Whose::Others };
        let by_rollout = |id: &RolloutId| store.entry(id).map(|entry| whose(&entry.rollout.value.tenant));
        let by_backend = |name: &BackendName| {
            let serves = store.connection(name).is_some_and(|connection| connection.tenants.contains(tenant));
            if serves { Whose::Own } else { Whose::Others }
        };
        for id in store.tenant_ids() {
            names.add(whose(&id), &id.text());
        }
        for connection in store.connections.values() {
            let whose = by_backend(&connection.name);
            names.add(whose, &connection.name.text());
            if let Some(theirs) = connection.their_tenant.as_ref().filter(|name| !name.as_str().eq_ignore_ascii_case(NOBODY)) {
                names.add(whose, theirs);
            }
        }
        for entry in store.rollouts.values() {
            let (rollout, whose) = (&entry.rollout.value, whose(&entry.rollout.value.tenant));
            names.add(whose, &rollout.name);
            if whose == Whose::Own {
                rollout.release.iter().for_each(|release| names.add(whose, &release.name));
                entry.waves().iter().for_each(|wave| names.add(whose, &wave.name));
            }
        }
        let lists = store.hosts.iter().map(|(wave, list)| (&wave.rollout, list)).chain(&store.failures);
        for (whose, list) in lists.filter_map(|(rollout, list)| Some((by_rollout(rollout)?, list))) {
            for row in list.rows.values() {
                names.add(whose, &row.value.name);
                names.add(whose, &row.value.id.text());
            }
        }
        for failure in store.queue.clusters().failures() {
            names.add(whose(&failure.tenant), &failure.name);
            names.add(whose(&failure.tenant), &failure.host().text());
        }
        for (wave, known) in store.lanes.all() {
            let Some(whose) = by_rollout(&wave.rollout) else { continue };
            known.names().for_each(|name| names.add(whose, name));
        }
        for (id, name) in store
            .stories
            .iter()
            .map(|(id, story)| (id, &story.value.name))
            .chain(store.found.hosts.iter().map(|(id, row)| (id, &row.name)))
        {
            names.add(by_backend(&id.backend), name);
        }
        names
    }

    fn add(&mut self, whose: Whose, name: &Text) {
        let name = name.as_str().trim().to_lowercase();
        if name.is_empty() {
            return;
        }
        let names = if whose == Whose::Own { &mut self.own } else { &mut self.others };
        names.entry(word(&name)).or_default().insert(name);
    }

    /// `text` with a mark in place of what belongs to others, in any case, where it stands as a word of its own.
    pub fn masked(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut before: Option<char> = None;
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let starts = !before.is_some_and(char::is_alphanumeric);
            let (other, mine) = if starts { (longest(&self.others, rest), longest(&self.own, rest)) } else { (None, None) };
            let mine = mine.filter(|mine| other.is_none_or(|other| *mine >= other));
            let (taken, shown) = match (mine, other) {
                (Some(mine), _) => (mine, &rest[..mine]),
                (None, Some(other)) => (other, MARK),
                (None, None) => (next.len_utf8(), &rest[..next.len_utf8()]),
            };
            out.push_str(shown);
            before = rest[..taken].chars().last();
            rest = &rest[taken..];
        }
        out
    }
}

/// The letters and figures that a text begins with, in lower case; empty where it begins with something else.
fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Bytes of the longest of these names that `text` begins with.
fn longest(names: &HashMap<String, BTreeSet<String>>, text: &str) -> Option<usize> {
    names.get(&word(text))?.iter().filter_map(|name| prefix(text, name)).max()
}

/// Bytes of `text` that `name` (lower case) takes at its start, as a word of its own and in any case.
fn prefix(text: &str, name: &str) -> Option<usize> {
    let mut wanted = name.chars();
    let mut taken = 0;
    let mut next = wanted.next();
    for c in text.chars() {
        let Some(_) = next else { break };
        for low in c.to_lowercase() {
            if next != Some(low) {
                return None;
            }
            next = wanted.next();
        }
        taken += c.len_utf8();
    }
    let ends = !text[taken..].chars().next().is_some_and(char::is_alphanumeric);
    (next.is_none() && ends).then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::a_word("host of Globex failed", "host of *** failed")]
    #[case::in_a_path("/srv/globex/x globex-hb", "/srv/***/x ***-hb")]
    #[case::no_part_of_a_word("globexology", "globexology")]
    #[case::the_own_name_holds_another("acme-eu and acme", "acme-eu and ***")]
    #[case::the_longest_goes_first("acme-us", "***")]
    #[case::a_name_of_two_words("sent by December Tills at ten", "sent by *** at ten")]
    #[case::a_name_that_begins_with_no_letter("see (old) tills", "see ***")]
    #[case::an_own_host_is_called_the_same("till-1 and till-2", "till-1 and ***")]
    fn another_tenants_name_is_replaced_by_a_mark(#[case] text: &str, #[case] shown: &str) {
        let mut names = Names::default();
        for name in ["globex", "acme-us", "acme", "december tills", "(old) tills", "till-1", "till-2"] {
            names.add(Whose::Others, &Text::new(name));
        }
        for name in ["acme-eu", "till-1"] {
            names.add(Whose::Own, &Text::new(name));
        }
        assert_eq!(names.masked(text), shown);
    }
}
