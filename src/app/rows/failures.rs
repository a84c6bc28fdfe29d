//! Rows of the failure screens: piles and the failed hosts of one, filtered by words and by `cause:`, `tenant:`, `age:`,
//! `tries:`, `wave:`, `release:`, `host:`, `stage:`.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::app::filter::{Filter, Offer};
use crate::app::state::{RowId, Sort, SortKey, State};
use crate::domain::{CareStage, Failure, Signature, WaveId};
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

/// What failures of one cause share, in lower case.
struct Shared {
    class: String,
    words: String,
    stage: CareStage,
}

/// Lets failures through that a filter matches. What failures of one cause or wave share is put in lower case once.
struct Sieve<'a> {
    state: &'a State,
    filter: &'a Filter,
    /// By the address of the cause.
    causes: HashMap<*const Signature, Shared, RandomState>,
    waves: HashMap<&'a WaveId, String, RandomState>,
    text: String,
    /// Whether it matters in which stage one failure is.
    by_stage: bool,
}

impl<'a> Sieve<'a> {
    fn new(state: &'a State, filter: &'a Filter) -> Self {
        let by_stage = filter.asks_for("stage") && state.memory.has_cares();
        Self { state, filter, causes: HashMap::default(), waves: HashMap::default(), text: String::new(), by_stage }
    }

    fn lets_through(&mut self, failure: &'a Failure) -> bool {
        let state = self.state;
        let signature = &failure.signature;
        let shared = self.causes.entry(Arc::as_ptr(signature)).or_insert_with(|| {
            let rule = failure.cause().map_or("", |cause| cause.rule.as_str());
            let class = format!("{} {} {rule}", signature.class, signature.class.key()).to_lowercase();
            let stage = state.stage_of_cause(signature);
            Shared { class, words: signature.to_string().to_lowercase(), stage }
        });
        let wave = failure.wave.as_ref().map_or("", |id| {
            let name = || state.store.wave(id).map_or_else(String::new, |wave| wave.name.as_str().to_lowercase());
            self.waves.entry(id).or_insert_with(name)
        });
        let release = failure.release.as_ref().map_or("", |release| release.name.as_str());
        let text = &mut self.text;
        text.clear();
        let mut ends = [0; 5];
        let parts = [failure.name.as_str(), failure.tenant.raw(), release, wave, shared.words.as_str()];
        for (at, (part, end)) in parts.iter().zip(&mut ends).enumerate() {
            let from = text.len();
            match at {
                ..3 if part.is_ascii() => {
                    text.push_str(part);
                    text[from..].make_ascii_lowercase();
                }
                ..3 => text.push_str(&part.to_lowercase()),
                _ => text.push_str(part),
            }
            *end = text.len();
            text.push(' ');
        }
        let part = |at: usize| &text[if at == 0 { 0 } else { ends[at - 1] + 1 }..ends[at]];
        let own = if self.by_stage { state.own_stage(failure) } else { None };
        let keys = [
            ("cause", shared.class.as_str()),
            ("host", part(0)),
            ("tenant", part(1)),
            ("release", part(2)),
            ("wave", part(3)),
            ("stage", own.unwrap_or(shared.stage).word()),
        ];
        let age = state.now.civil.duration_since(failure.when()).as_secs().max(0);
        let amounts = [("age", age.unsigned_abs()), ("tries", u64::from(failure.tries))];
        self.filter.matches(&Offer { text, keys: &keys, amounts: &amounts })
    }
}
