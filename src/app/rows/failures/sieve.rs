//! Lets failures through that a filter matches, asking what many of them share once.
//!
//! Most words of a filter are answered by the cause or by the wave; only what they leave open is asked of each host.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::app::filter::{Filter, Offer, Open, lower};
use crate::app::state::State;
use crate::domain::{Failure, Release, Signature, TenantId, WaveId};
use crate::store::queue::{Let, Sift};

/// Where a failure happened, as far as others share it.
type Site<'a> = (&'a TenantId, Option<&'a WaveId>, Option<&'a Release>);

pub struct Sieve<'a> {
    state: &'a State,
    filter: &'a Filter,
    /// What each cause leaves open, by its address; None: out.
    causes: HashMap<*const Signature, Option<Open>, RandomState>,
    sites: HashMap<Site<'a>, Option<Open>, RandomState>,
    /// The cause and the site asked last: neighbours share them, as a rule.
    last_cause: Option<(*const Signature, Option<Open>)>,
    last_site: Option<(Site<'a>, Option<Open>)>,
    /// Whether it matters in which stage one failure is.
    by_stage: bool,
    name: String,
}

impl<'a> Sieve<'a> {
    pub fn new(state: &'a State, filter: &'a Filter) -> Self {
        let by_stage = filter.asks_for("stage") && state.memory.has_cares();
        Self {
            state,
            filter,
            causes: HashMap::default(),
            sites: HashMap::default(),
            last_cause: None,
            last_site: None,
            by_stage,
            name: String::new(),
        }
    }

    fn of_cause(&mut self, failure: &Failure) -> Option<Open> {
        let (state, filter, signature) = (self.state, self.filter, &failure.signature);
        let address = Arc::as_ptr(signature);
        if let Some((last, open)) = self.last_cause
            && last == address
        {
            return open;
        }
        let open = *self.causes.entry(address).or_insert_with(|| {
            let rule = failure.cause().map_or("", |cause| cause.rule.as_str());
            let class = format!("{} {} {rule}", signature.class, signature.class.key()).to_lowercase();
            let words = signature.to_string().to_lowercase();
            let keys = [("cause", class.as_str()), ("stage", state.stage_of_cause(signature).word())];
            // Where single failures have a stage of their own, each is asked for it.
            let keys = if self.by_stage { &keys[..1] } else { &keys };
            filter.ask(filter.all(), &Offer { text: &words, keys, amounts: &[] })
        });
        self.last_cause = Some((address, open));
        open
    }

    fn of_site(&mut self, failure: &'a Failure) -> Option<Open> {
        let (state, filter) = (self.state, self.filter);
        let site = (&failure.tenant, failure.wave.as_ref(), failure.release.as_ref());
        if let Some((last, open)) = self.last_site
            && last == site
        {
            return open;
        }
        let open = *self.sites.entry(site).or_insert_with(|| {
            let (tenant, wave, release) = site;
            let tenant = tenant.raw().to_lowercase();
            let wave =
                wave.and_then(|id| state.store.wave(id)).map_or_else(String::new, |wave| wave.name.as_str().to_lowercase());
            let release = release.map_or_else(String::new, |release| release.name.as_str().to_lowercase());
            let keys = [("tenant", tenant.as_str()), ("wave", &wave), ("release", &release)];
            filter.ask(filter.all(), &Offer { text: &format!("{tenant} {release} {wave}"), keys: &keys, amounts: &[] })
        });
        self.last_site = Some((site, open));
        open
    }
}

impl<'a> Sift<'a> for Sieve<'a> {
    fn cause(&mut self, any: &'a Failure) -> Let {
        match self.of_cause(any) {
            None => Let::None,
            Some(open) if open.is_empty() => Let::All,
            Some(_) => Let::Some,
        }
    }

    fn failure(&mut self, failure: &'a Failure) -> bool {
        let (Some(of_cause), Some(of_site)) = (self.of_cause(failure), self.of_site(failure)) else { return false };
        let open = of_cause.and(of_site);
        if open.is_empty() {
            return true;
        }
        self.name.clear();
        lower(&mut self.name, failure.name.as_str());
        let stage = || self.state.own_stage(failure).unwrap_or_else(|| self.state.stage_of_cause(&failure.signature)).word();
        let keys = [("host", self.name.as_str()), ("stage", if self.by_stage { stage() } else { "" })];
        let age = self.state.now.civil.duration_since(failure.when()).as_secs().max(0);
        let amounts = [("age", age.unsigned_abs()), ("tries", u64::from(failure.tries))];
        let open = self.filter.ask(open, &Offer { text: &self.name, keys: &keys, amounts: &amounts });
        open.is_some_and(|open| self.filter.passes(open))
    }
}
