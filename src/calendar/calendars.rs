//! The calendars of all tenants: rules with what they come to for some weeks around now, so that a question costs nothing.
//!
//! A question is answered rightly whether or not its time lies in what is kept; keeping is [`Calendars::keep`]'s, called from
//! where state may change. It permits and refuses nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::civil::{self, shifted};
use super::{Calendar, Expansion, Freeze, Rules, Window};
use crate::domain::window::{ClockChange, Frozen};
use crate::domain::{HostSet, Opening, Period, TenantId, Text, Verdict, Wave, WindowState, Work};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Kept before now: what is drawn left of it, and what began before.
const BEHIND: i32 = 50;
/// Kept after now, and for rules that open so seldom that fewer than `PLENTY` openings lie there.
const AHEAD: i32 = 100;
const FAR: i32 = 400;
const PLENTY: usize = 12;
/// Made anew when less than this is left ahead.
const LEAST_AHEAD: i32 = 60;

#[derive(Clone, Debug, Default)]
pub struct Calendars {
    rules: Rules,
    /// The zone of tenants that name none.
    zone: Option<TimeZone>,
    sets: BTreeMap<HostSet, Set>,
    /// Where the windows of each set stand among the rules.
    places: BTreeMap<HostSet, Vec<usize>>,
}

/// One set of hosts.
#[derive(Clone, Debug)]
struct Set {
    zone: TimeZone,
    /// For any work.
    any: Calendar,
    /// Where a window or a season tells work apart: one for each.
    by_work: BTreeMap<Work, Calendar>,
    kept: Option<Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    range: Period,
    any: Expansion,
    by_work: BTreeMap<Work, Expansion>,
}

impl Calendars {
    /// `zone` is where tenants are that name no zone.
    pub fn new(rules: Rules, zone: TimeZone) -> Self {
        let mut places: BTreeMap<HostSet, Vec<usize>> = BTreeMap::new();
        for (place, rule) in rules.windows.iter().enumerate() {
            places.entry(rule.set.clone()).or_default().push(place);
        }
        let mut calendars = Self { rules, zone: Some(zone), sets: BTreeMap::new(), places };
        let groups = calendars.rules.windows.iter().map(|rule| rule.set.clone());
        let tenants = calendars.rules.tenants.keys().map(HostSet::of);
        let wanted: Vec<HostSet> = tenants.chain(groups).collect();
        for set in wanted {
            let made = calendars.made(&set);
            calendars.sets.insert(set, made);
        }
        calendars
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether anything at all is said about allowed times.
    pub fn is_empty(&self) -> bool {
        self.rules.windows.is_empty() && self.rules.freezes.is_empty()
    }

    /// Every set that has a calendar, in the order of names.
    pub fn sets(&self) -> impl Iterator<Item = &HostSet> {
        self.sets.keys()
    }

    /// Where a tenant's civil time is.
    pub fn zone(&self, tenant: &TenantId) -> TimeZone {
        let own = self.rules.terms(tenant).zone.clone();
        own.or_else(|| self.zone.clone()).unwrap_or(TimeZone::UTC)
    }

    /// Makes anew what has run out of time, at most so many sets. The number made; a caller comes again while it is not 0.
    pub fn keep(&mut self, at: Timestamp, most: usize) -> usize {
        let stale = |set: &&mut Set| {
            set.kept.as_ref().is_none_or(|kept| {
                !kept.range.holds(at) || shifted(at, DAY * LEAST_AHEAD) > kept.range.to() || kept.range.from() > at
            })
        };
        let mut made = 0;
        for set in self.sets.values_mut().filter(stale).take(most) {
            set.kept = set.expanded(at);
            made += 1;
        }
        made
    }

    /// How a moment stands for a set of hosts; for one kind of work, or for any.
    pub fn at(&self, set: &HostSet, work: Option<Work>, at: Timestamp) -> Verdict {
        let known = self.known(set);
        let (expansion, until) = known.around(work, at);
        // Where windows are written and none of them allows this work, it is closed for it: nobody forgot to write one.
        let state = expansion.state(at, until, !known.any.windows.is_empty());
        let holding = expansion.openings.iter().find(|opening| opening.period.holds(at));
        let next = expansion.openings.iter().find(|opening| opening.period.from() > at);
        let opening = holding.or(next).cloned();
        let named = opening.as_ref().and_then(|opening| opening.windows.first());
        let rule = named.and_then(|name| self.rule(set, name));
        let (source, owner) = match &state {
            WindowState::Frozen { freeze, .. } => {
                (self.rules.freezes.iter().find(|rule| rule.freeze.name == *freeze).map(|rule| rule.source.clone()), None)
            }
            _ => (rule.map(|rule| rule.source.clone()), rule.and_then(|rule| rule.window.owner.clone())),
        };
        let only = opening.as_ref().and_then(|opening| self.only(set, opening, at));
        Verdict { set: set.clone(), at, state, opening, next: next.cloned(), only, source, owner }
    }

    /// How it stands for a rollout's waves: the strictest of the sets that those waves belong to. The waves are those at work
    /// or about to begin; without one, the tenant's own windows count.
    pub fn of_waves<'a>(
        &self,
        tenant: &TenantId,
        waves: impl IntoIterator<Item = &'a Wave>,
        work: Option<Work>,
        at: Timestamp,
    ) -> Verdict {
        let sets: BTreeSet<HostSet> = waves.into_iter().map(|wave| self.rules.set_of_wave(tenant, wave.name.as_str())).collect();
        self.strictest(&sets, work, at).unwrap_or_else(|| self.at(&HostSet::of(tenant), work, at))
    }

    /// The strictest of several sets; None of none.
    pub fn strictest<'a>(
        &self,
        sets: impl IntoIterator<Item = &'a HostSet>,
        work: Option<Work>,
        at: Timestamp,
    ) -> Option<Verdict> {
        sets.into_iter().map(|set| self.at(set, work, at)).min_by_key(strictness)
    }

    /// Openings for any work that share an instant with a range.
    pub fn openings(&self, set: &HostSet, range: Period) -> Vec<Opening> {
        self.part(set, range, |expansion| &expansion.openings, |opening| opening.period)
    }

    /// Freezes of all work in a range.
    pub fn frozen(&self, set: &HostSet, range: Period) -> Vec<Frozen> {
        self.part(set, range, |expansion| &expansion.frozen, |frozen| frozen.period)
    }

    /// Remainders that were dropped as too short to be of use.
    pub fn useless(&self, set: &HostSet, range: Period) -> Vec<Period> {
        self.part(set, range, |expansion| &expansion.useless, |period| *period)
    }

    fn part<T: Clone>(&self, set: &HostSet, range: Period, of: fn(&Expansion) -> &Vec<T>, period: fn(&T) -> Period) -> Vec<T> {
        let known = self.known(set);
        let expansion = match &known.kept {
            Some(kept) if kept.range.from() <= range.from() && range.to() <= kept.range.to() => Cow::Borrowed(&kept.any),
            _ => Cow::Owned(known.any.expand(None, &known.zone, range)),
        };
        of(&expansion).iter().filter(|one| period(one).overlaps(range)).cloned().collect()
    }

    /// The next openings that begin later than a moment, at most `count`.
    pub fn coming(&self, set: &HostSet, at: Timestamp, count: usize) -> Vec<Opening> {
        let known = self.known(set);
        let (expansion, until) = known.around(None, at);
        let after = |expansion: &Expansion| -> Vec<Opening> {
            expansion.openings.iter().filter(|opening| opening.period.from() > at).take(count).cloned().collect()
        };
        let found = after(&expansion);
        // What is kept may end before there are enough.
        if found.len() < count && until < shifted(at, DAY * FAR) {
            return known.anew(None, at).map_or(found, |expansion| after(&expansion));
        }
        found
    }

    /// The next change of a tenant's clock after a moment, within a year.
    pub fn clock_change(&self, tenant: &TenantId, at: Timestamp) -> Option<ClockChange> {
        civil::changes(Period::new(at, shifted(at, DAY * FAR))?, &self.zone(tenant)).next()
    }

    /// The rule of a window of a set, by name.
    pub fn rule(&self, set: &HostSet, name: &Text) -> Option<&super::WindowRule> {
        let of = |set: &HostSet| self.own(set).find(|rule| rule.window.name == *name);
        of(set).or_else(|| of(&HostSet::of(&set.tenant)))
    }

    /// The windows that are written for a set itself.
    pub(super) fn own(&self, set: &HostSet) -> impl Iterator<Item = &super::WindowRule> {
        self.places.get(set).into_iter().flatten().filter_map(|place| self.rules.windows.get(*place))
    }

    /// What may begin in an opening where it is not everything: by its windows, and by a season that holds at the moment.
    fn only(&self, set: &HostSet, opening: &Opening, at: Timestamp) -> Option<Vec<Work>> {
        let windows = opening.windows.iter().filter_map(|name| self.rule(set, name));
        let mut allowed: Vec<Work> = windows.flat_map(|rule| rule.window.allows.iter().copied()).collect();
        let around = Period::new(at, shifted(at, SignedDuration::from_secs(1)))?;
        let zone = self.zone(&set.tenant);
        for rule in self.rules.freezes.iter().filter(|rule| !rule.spares.is_empty() && rule.freeze.concerns(&set.tenant)) {
            if rule.freeze.falls(&zone, around).iter().any(|frozen| frozen.period.holds(at)) {
                allowed.retain(|work| rule.spares.contains(work));
            }
        }
        allowed.sort_unstable();
        allowed.dedup();
        (allowed.len() < Work::ALL.len()).then_some(allowed)
    }

    fn known(&self, set: &HostSet) -> Cow<'_, Set> {
        self.sets.get(set).map_or_else(|| Cow::Owned(self.made(set)), Cow::Borrowed)
    }

    fn made(&self, set: &HostSet) -> Set {
        let own = |set: &HostSet| -> Vec<Window> { self.own(set).map(|rule| rule.window.clone()).collect() };
        let mut windows = own(set);
        if windows.is_empty() {
            // A group without windows of its own has the tenant's.
            windows = own(&HostSet::of(&set.tenant));
        }
        let least = self.rules.terms(&set.tenant).least;
        let calendar = |work: Option<Work>| {
            let spared = |spares: &[Work]| match work {
                Some(work) => spares.contains(&work),
                None => !spares.is_empty(),
            };
            let freezes: Vec<Freeze> =
                self.rules.freezes.iter().filter(|rule| !spared(&rule.spares)).map(|rule| rule.freeze.clone()).collect();
            Calendar::of(&set.tenant, windows.clone(), &freezes, least)
        };
        let seasons = self.rules.freezes.iter().any(|rule| !rule.spares.is_empty() && rule.freeze.concerns(&set.tenant));
        let told_apart = seasons || windows.iter().any(|window| window.allows.len() < Work::ALL.len());
        let works = if told_apart { Work::ALL } else { &[] };
        Set {
            zone: self.zone(&set.tenant),
            any: calendar(None),
            by_work: works.iter().map(|work| (*work, calendar(Some(*work)))).collect(),
            kept: None,
        }
    }
}

impl Set {
    fn calendar(&self, work: Option<Work>) -> &Calendar {
        work.and_then(|work| self.by_work.get(&work)).unwrap_or(&self.any)
    }

    /// What is kept around a moment, or what it comes to now; and how far ahead that looks.
    fn around(&self, work: Option<Work>, at: Timestamp) -> (Cow<'_, Expansion>, Timestamp) {
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.range.holds(at)) {
            let found = work.and_then(|work| kept.by_work.get(&work)).unwrap_or(&kept.any);
            return (Cow::Borrowed(found), kept.range.to());
        }
        (Cow::Owned(self.anew(work, at).unwrap_or_default()), shifted(at, DAY * FAR))
    }

    /// What it comes to from a moment on, as far as anybody looks.
    fn anew(&self, work: Option<Work>, at: Timestamp) -> Option<Expansion> {
        Some(self.calendar(work).expand(work, &self.zone, Period::new(at, shifted(at, DAY * FAR))?))
    }

    fn expanded(&self, at: Timestamp) -> Option<Kept> {
        let range = |ahead: i32| Period::new(shifted(at, DAY * -BEHIND), shifted(at, DAY * ahead));
        let mut over = range(AHEAD)?;
        let mut any = self.any.expand(None, &self.zone, over);
        if any.openings.iter().filter(|opening| opening.period.from() > at).count() < PLENTY {
            over = range(FAR)?;
            any = self.any.expand(None, &self.zone, over);
        }
        let by_work =
            self.by_work.iter().map(|(work, calendar)| (*work, calendar.expand(Some(*work), &self.zone, over))).collect();
        Some(Kept { range: over, any, by_work })
    }
}

/// The least is the strictest: what forbids comes before what allows, and the earlier end before the later.
fn strictness(verdict: &Verdict) -> (u8, Timestamp) {
    match &verdict.state {
        WindowState::Frozen { until, .. } => (0, *until),
        WindowState::Closed { looked_until } => (1, *looked_until),
        WindowState::Before { opens } => (2, *opens),
        WindowState::CutoffPassed { closes, .. } => (3, *closes),
        WindowState::Open { cutoff, .. } => (4, *cutoff),
        WindowState::NoWindow => (5, verdict.at),
    }
}
