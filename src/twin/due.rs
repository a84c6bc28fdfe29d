//! What is going to happen, by its time; at one moment, in the order in which it was settled. It lets nothing happen itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::world::Millis;

pub(super) struct Due<E> {
    queue: BinaryHeap<Reverse<(Millis, u64, E)>>,
    settled: u64,
}

impl<E: Ord> Due<E> {
    pub(super) fn new() -> Self {
        Self { queue: BinaryHeap::new(), settled: 0 }
    }

    pub(super) fn add(&mut self, when: Millis, event: E) {
        self.settled += 1;
        self.queue.push(Reverse((when, self.settled, event)));
    }

    /// When something happens next.
    pub(super) fn next(&self) -> Option<Millis> {
        self.queue.peek().map(|Reverse((at, ..))| *at)
    }

    /// What is due up to and at `until`, one at a time; what it brings about may come next.
    pub(super) fn take(&mut self, until: Millis) -> Option<(Millis, E)> {
        if self.next()? > until {
            return None;
        }
        self.queue.pop().map(|Reverse((at, _, event))| (at, event))
    }
}
