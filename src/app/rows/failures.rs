//! Rows of the failure screens: piles and the failed hosts of one, filtered by words and by `cause:`, `tenant:`, `age:`,
//! `tries:`, `wave:`, `release:`, `host:`, `stage:`.

mod sieve;

use std::cmp::Ordering;

use self::sieve::Sieve;
use crate::app::filter::Filter;
use crate::app::state::{RowId, Sort, SortKey, State};
use crate::domain::Failure;
use crate::store::queue::{Pile, Sift, Sum};

/// The piles that a filter leaves, in order, and how many there are without it.
pub fn piles(state: &State, sort: Option<Sort>, filter: &Filter) -> (Vec<(Pile, Sum)>, usize) {
    let queue = &state.store.queue;
    let (mut piles, of) = if filter.is_empty() {
        let piles = queue.piles(state.pile_by, None);
        let of = piles.len();
        (piles, of)
    } else {
        let mut sieve = Sieve::new(state, filter);
        let piles = queue.piles(state.pile_by, Some(&mut sieve));
        (piles, queue.clusters().len())
    };
    if let Some(sort) = sort {
        piles.sort_by(|a, b| compare(a, b, sort.key));
        if sort.reverse {
            piles.reverse();
        }
    }
    (piles, of)
}

fn compare((pile, one): &(Pile, Sum), (other_pile, other): &(Pile, Sum), key: SortKey) -> Ordering {
    match key {
        SortKey::Name => pile.cmp(other_pile),
        SortKey::Tenant => one.tenants.cmp(&other.tenants),
        SortKey::When => other.newest.cmp(&one.newest),
        SortKey::Tries => other.tries.most.cmp(&one.tries.most),
        _ => other.hosts.cmp(&one.hosts),
    }
}

/// The failed hosts of one pile: the newest first, or as the person sorts them.
pub fn hosts(state: &State, pile: &Pile, sort: Option<Sort>, filter: &Filter) -> (Vec<RowId>, usize) {
    let mut of = 0;
    let mut sieve = Sieve::new(state, filter);
    let all = state.store.queue.in_pile(pile).inspect(|_| of += 1);
    let mut shown: Vec<&Failure> = all.filter(|failure| filter.is_empty() || sieve.failure(failure)).collect();
    shown.sort_by(|a, b| {
        let natural = || b.when().cmp(&a.when()).then_with(|| a.name.cmp(&b.name)).then_with(|| a.attempt.cmp(&b.attempt));
        match sort.map(|sort| sort.key) {
            Some(SortKey::Name) => a.name.cmp(&b.name),
            Some(SortKey::Tenant) => a.tenant.cmp(&b.tenant),
            Some(SortKey::Tries) => b.tries.cmp(&a.tries),
            _ => Ordering::Equal,
        }
        .then_with(natural)
    });
    if sort.is_some_and(|sort| sort.reverse) {
        shown.reverse();
    }
    (shown.into_iter().map(|failure| RowId::Failed(failure.attempt.clone())).collect(), of)
}
