//! Failed tries of one connection whose evidence is still to be read, by the code that their list told.
//!
//! It orders; it asks nobody.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::AttemptId;

#[derive(Clone, Debug, Default)]
pub struct Unread {
    codes: BTreeMap<Option<i64>, OfCode>,
    len: usize,
}

#[derive(Clone, Debug, Default)]
struct OfCode {
    waiting: BTreeSet<AttemptId>,
    /// Evidence of this code was read before.
    known: bool,
}

impl Unread {
    pub fn add(&mut self, code: Option<i64>, attempt: &AttemptId) {
        let new = self.codes.entry(code).or_default().waiting.insert(attempt.clone());
        self.len += usize::from(new);
    }

    pub fn read(&mut self, code: Option<i64>, attempt: &AttemptId) {
        if self.skip(code, attempt)
            && let Some(of) = self.codes.get_mut(&code)
        {
            of.known = true;
        }
    }

    pub fn skip(&mut self, code: Option<i64>, attempt: &AttemptId) -> bool {
        let was = self.codes.get_mut(&code).is_some_and(|of| of.waiting.remove(attempt));
        self.len -= usize::from(was);
        was
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// One of each code that nobody has read yet, then the rest, at most `most`.
    pub fn next(&self, most: usize) -> Vec<&AttemptId> {
        let first = self.codes.values().filter(|of| !of.known).filter_map(|of| of.waiting.first());
        let rest = self.codes.values().flat_map(|of| of.waiting.iter().skip(usize::from(!of.known)));
        first.chain(rest).take(most).collect()
    }
}
