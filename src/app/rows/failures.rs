//! Rows of the failure screens: piles and the failed hosts of one, filtered by words and by `cause:`, `tenant:`, `age:`,
//! `tries:`, `wave:`, `release:`, `host:`, `stage:`.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use crate::app::filter::{Filter, Offer};
use crate::app::state::{RowId, Sort, SortKey, State};
use crate::domain::{CareStage, Failure, Signature};
use crate::store::queue::{Pile, Sum};

/// The piles that a filter leaves, in order, and how many there are without it.
pub fn piles(state: &State, sort: Option<Sort>, filter: &Filter) -> (Vec<(Pile, Sum)>, usize) {
    let queue = &state.store.queue;
    let (mut piles, of) = if filter.is_empty() {
        let piles = queue.piles(state.pile_by, None);
        let of = piles.len();
        (piles, of)
    } else {
        let mut sieve = Sieve::new(state, filter);
        let piles = queue.piles(state.pile_by, Some(&mut |failure| sieve.lets_through(failure)));
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
    let mut shown: Vec<&Arc<Failure>> = all.filter(|failure| filter.is_empty() || sieve.lets_through(failure)).collect();
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

/// Lets failures through that a filter matches. What failures of one cause share is put in lower case once.
struct Sieve<'a> {
    state: &'a State,
    filter: &'a Filter,
    causes: HashMap<Arc<Signature>, (String, String, CareStage)>,
    text: String,
}

impl<'a> Sieve<'a> {
    fn new(state: &'a State, filter: &'a Filter) -> Self {
        Self { state, filter, causes: HashMap::new(), text: String::new() }
    }

    fn lets_through(&mut self, failure: &Failure) -> bool {
        let state = self.state;
        let (class, words, of_cause) = self.causes.entry(Arc::clone(&failure.signature)).or_insert_with(|| {
            let signature = &failure.signature;
            let rule = failure.cause().map_or("", |cause| cause.rule.as_str());
            let class = format!("{} {} {rule}", signature.class, signature.class.key()).to_lowercase();
            let stage = state.stage_of_cause(signature);
            (class, signature.to_string().to_lowercase(), stage)
        });
        let text = &mut self.text;
        text.clear();
        let mut ends = [0; 5];
        let wave = failure.wave.as_ref().and_then(|id| state.store.wave(id));
        let parts = [
            failure.name.as_str(),
            failure.tenant.raw(),
            wave.map_or("", |wave| wave.name.as_str()),
            failure.release.as_ref().map_or("", |release| release.name.as_str()),
            words.as_str(),
        ];
        for (part, end) in parts.iter().zip(&mut ends) {
            if part.is_ascii() {
                let from = text.len();
                text.push_str(part);
                text[from..].make_ascii_lowercase();
            } else {
                text.push_str(&part.to_lowercase());
            }
            *end = text.len();
            text.push(' ');
        }
        let part = |at: usize| &text[if at == 0 { 0 } else { ends[at - 1] + 1 }..ends[at]];
        let own = state.own_stage(failure);
        let keys = [
            ("cause", class.as_str()),
            ("host", part(0)),
            ("tenant", part(1)),
            ("wave", part(2)),
            ("release", part(3)),
            ("stage", own.unwrap_or(*of_cause).word()),
        ];
        let age = state.now.civil.duration_since(failure.when()).as_secs().max(0);
        let amounts = [("age", age.unsigned_abs()), ("tries", u64::from(failure.tries))];
        self.filter.matches(&Offer { text, keys: &keys, amounts: &amounts })
    }
}
