//! What to ask next, and when: pure but for the instant it is given.
//!
//! The board is asked on a beat; a rollout's waves only when its counters or state moved; hosts only while they are on the
//! screen. Trouble with the board means that the connection hurts; trouble with anything else hurts only that thing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::port::{Facts, Interest, Observation, Scope, Trouble, Wanted};
use crate::domain::{Counts, Rollout, RolloutId, Text};
use jiff::Timestamp;

const BOARD: Duration = Duration::from_secs(5);
const BOARD_RESTING: Duration = Duration::from_secs(15);
const NIGHT: Duration = Duration::from_secs(60);
/// A thing on the screen is read again when it moved, but not sooner than this.
const MOVED: Duration = Duration::from_secs(3);
/// What is on the screen is confirmed this often even if nothing seems to move, so that it stays live.
const CONFIRM: Duration = Duration::from_secs(25);
const HOST: Duration = Duration::from_secs(10);
const HURRY: Duration = Duration::from_secs(1);
/// The first pause after trouble; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);
/// No sleep is shorter, whatever is due: it may be due and have no room.
const SHORTEST: Duration = Duration::from_millis(20);
/// Requests under way at most for things on the screen.
const AT_ONCE: usize = 3;

/// What a list told of a rollout: if it differs, the waves have moved.
type Trace = (Text, Option<Counts>, Option<Timestamp>);

#[derive(Debug, Default, Clone)]
struct Item {
    asked: Option<Instant>,
    answered: Option<Instant>,
    /// Trace of the rollout at the time of asking.
    trace: Option<Trace>,
    troubles: u32,
    not_before: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Agenda {
    items: BTreeMap<Interest, Item>,
    under_way: BTreeSet<Interest>,
    traces: BTreeMap<RolloutId, Trace>,
    wanted: Wanted,
    /// Things that a `read now` still waits for.
    read_now: BTreeSet<Interest>,
    /// What the last complete list of live rollouts held.
    live: BTreeSet<RolloutId>,
    /// What the last list of ended ones held.
    ended: BTreeSet<RolloutId>,
    /// Something left that list: the list of ended ones tells what became of it.
    missing: bool,
    /// A number of the connection, to spread beats.
    offbeat: u8,
    troubles: u32,
    not_before: Option<Instant>,
}

enum Due {
    Now,
    At(Instant),
    Never,
}

impl Due {
    fn is_by(&self, now: Instant) -> bool {
        match self {
            Self::Now => true,
            Self::At(at) => *at <= now,
            Self::Never => false,
        }
    }
}

impl Agenda {
    /// An agenda of the connection called `name`.
    pub fn of(name: &str) -> Self {
        Self { offbeat: name.bytes().fold(0, u8::wrapping_add), ..Self::default() }
    }

    /// Takes what is wanted now.
    pub fn want(&mut self, wanted: &Wanted) {
        if wanted.read_now != self.wanted.read_now {
            self.read_now = [Interest::Board, Interest::Night].into_iter().chain(wanted.follow.iter().cloned()).collect();
            self.read_now.retain(|what| !matches!(what, Interest::Evidence(_)));
            self.not_before = None;
            for what in &self.read_now {
                let item = self.items.entry(what.clone()).or_default();
                item.not_before = None;
                item.answered = None;
            }
        }
        if *wanted != self.wanted {
            self.wanted = wanted.clone();
            self.items.retain(|what, _| match what {
                Interest::Board | Interest::Night | Interest::Rollout(_) | Interest::Approvals | Interest::Windows => true,
                what => wanted.follow.contains(what),
            });
            self.read_now.retain(|what| matches!(what, Interest::Board | Interest::Night) || wanted.follow.contains(what));
        }
    }

    /// Whether the connection may be asked at all.
    pub fn may_ask(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }

    /// Until when the connection rests; now, or the past, if it does not.
    pub fn rests_until(&self) -> Instant {
        self.not_before.unwrap_or_else(Instant::now)
    }

    pub fn board_every(&self) -> Duration {
        if !self.wanted.hurry.is_empty() {
            HURRY
        } else if self.wanted.resting {
            BOARD_RESTING
        } else {
            BOARD
        }
    }

    /// The next thing that is due, which is then under way.
    pub fn next(&mut self, now: Instant) -> Option<Interest> {
        if !self.may_ask(now) {
            return None;
        }
        let what = self.candidates().into_iter().find(|what| self.has_room(what) && self.due(what).is_by(now))?;
        let trace = self.trace_of(&what);
        let item = self.items.entry(what.clone()).or_default();
        item.asked = Some(now);
        item.trace = trace;
        self.under_way.insert(what.clone());
        if what == Interest::Night {
            self.missing = false;
        }
        Some(what)
    }

    /// When to look again.
    pub fn wake(&self, now: Instant) -> Instant {
        let far = now + LONGEST;
        let rest = self.not_before.unwrap_or(now);
        let due = |what: Interest| match self.due(&what) {
            Due::Now => Some(now),
            Due::At(at) => Some(at),
            Due::Never => None,
        };
        let soonest = self.candidates().into_iter().filter(|what| self.has_room(what)).filter_map(due).min();
        soonest.unwrap_or(far).max(rest).max(now + SHORTEST).min(far)
    }

    /// Takes an answer. True if it was the last one that a `read now` waited for.
    pub fn answered(&mut self, what: &Interest, observation: &Observation, now: Instant) -> bool {
        self.under_way.remove(what);
        if matches!(what, Interest::Board) {
            self.troubles = 0;
            self.not_before = None;
        }
        let item = self.items.entry(what.clone()).or_default();
        item.answered = Some(now);
        item.troubles = 0;
        item.not_before = None;
        if let Facts::Rollouts { scope, rollouts, complete } = &observation.facts {
            self.listed(*scope, rollouts, *complete);
        }
        self.read_now.remove(what) && self.read_now.is_empty()
    }

    /// Takes trouble with one thing: how long it rests, and whether a `read now` is through with it.
    pub fn failed(&mut self, what: &Interest, trouble: &Trouble, now: Instant) -> (Duration, bool) {
        self.under_way.remove(what);
        let all = self.read_now.remove(what) && self.read_now.is_empty();
        if matches!(what, Interest::Board) || trouble.is_refusal() && !matches!(trouble, Trouble::NotPermitted(_)) {
            return (self.lost(trouble, now), all);
        }
        let item = self.items.entry(what.clone()).or_default();
        item.troubles += 1;
        let rest = if trouble.may_pass() { rest(item.troubles, trouble) } else { LONGEST };
        item.not_before = Some(now + rest);
        (rest, all)
    }

    /// The connection itself hurts: everything rests. Returns for how long.
    pub fn lost(&mut self, trouble: &Trouble, now: Instant) -> Duration {
        self.troubles += 1;
        let rest = if trouble.may_pass() { rest(self.troubles, trouble) } else { LONGEST };
        self.not_before = Some(now + rest);
        rest
    }

    /// The connection answers again.
    pub fn reached(&mut self) {
        self.troubles = 0;
        self.not_before = None;
    }

    fn listed(&mut self, scope: Scope, rollouts: &[Rollout], complete: bool) {
        let listed = rollouts.iter().map(|rollout| rollout.id.clone());
        match scope {
            Scope::Live if complete => {
                let live: BTreeSet<RolloutId> = listed.collect();
                self.missing |= self.live.iter().any(|id| !live.contains(id));
                self.live = live;
            }
            Scope::Live => self.live.extend(listed),
            Scope::Ended => self.ended = listed.collect(),
        }
        for rollout in rollouts {
            self.traces.insert(rollout.id.clone(), (rollout.native.clone(), rollout.counts, rollout.changed));
        }
        // What no list names any more is not asked for, and not remembered: there are many in a year.
        self.traces.retain(|id, _| self.live.contains(id) || self.ended.contains(id));
        self.items.retain(|what, _| match what {
            Interest::Rollout(id) => {
                self.traces.contains_key(id) || self.wanted.follow.contains(what) || self.wanted.hurry.contains(id)
            }
            _ => true,
        });
    }

    fn candidates(&self) -> Vec<Interest> {
        let mut all = vec![Interest::Board];
        all.extend(self.wanted.follow.iter().filter(|what| !matches!(what, Interest::Board | Interest::Night)).cloned());
        all.extend(self.wanted.hurry.iter().cloned().map(Interest::Rollout));
        all.extend(self.traces.keys().cloned().map(Interest::Rollout).filter(|what| !self.wanted.follow.contains(what)));
        all.push(Interest::Night);
        all
    }

    fn has_room(&self, what: &Interest) -> bool {
        if self.under_way.contains(what) {
            return false;
        }
        let rollouts = |what: &&Interest| matches!(what, Interest::Rollout(_));
        match what {
            Interest::Board | Interest::Night => true,
            Interest::Rollout(_) => self.under_way.iter().filter(rollouts).count() < 2,
            _ => self.under_way.iter().filter(|what| !rollouts(what)).count() < AT_ONCE,
        }
    }

    fn due(&self, what: &Interest) -> Due {
        let Some(item) = self.items.get(what) else { return Due::Now };
        let due = match (what, item.answered) {
            (_, None) => Due::Now,
            (Interest::Board, Some(at)) => Due::At(at + self.spread(self.board_every())),
            (Interest::Night, Some(at)) => Due::At(at + if self.missing { HURRY } else { self.night_every() }),
            (Interest::Host(_), Some(at)) => Due::At(at + HOST),
            (Interest::Evidence(_) | Interest::Find(_) | Interest::Windows | Interest::Approvals, Some(_)) => Due::Never,
            (Interest::Rollout(id), Some(at)) => {
                let followed = self.wanted.follow.contains(what);
                if self.wanted.hurry.contains(id) {
                    Due::At(at + HURRY)
                } else if self.moved(item, id) {
                    Due::At(at + if followed { MOVED } else { BOARD })
                } else if followed {
                    Due::At(at + CONFIRM)
                } else {
                    Due::Never
                }
            }
            (Interest::Hosts(wave, _), Some(at)) => Due::At(at + if self.moved(item, &wave.rollout) { MOVED } else { CONFIRM }),
            (Interest::Failures(rollout, _), Some(at)) => Due::At(at + if self.moved(item, rollout) { MOVED } else { CONFIRM }),
        };
        match (due, item.not_before) {
            (Due::Now, Some(rest)) => Due::At(rest),
            (Due::At(at), Some(rest)) => Due::At(at.max(rest)),
            (due, _) => due,
        }
    }

    /// Ended rollouts are on the screen too: they are confirmed before they stop being live, so that no age comes and goes.
    fn night_every(&self) -> Duration {
        self.spread(if self.ended.is_empty() { NIGHT } else { CONFIRM })
    }

    /// The same beat for one connection, a little off that of its neighbours, so that they do not ask all at once.
    fn spread(&self, beat: Duration) -> Duration {
        beat.mul_f64(0.95 + f64::from(self.offbeat) / 2550.0)
    }

    fn moved(&self, item: &Item, id: &RolloutId) -> bool {
        item.trace.as_ref() != self.traces.get(id)
    }

    fn trace_of(&self, what: &Interest) -> Option<Trace> {
        let id = match what {
            Interest::Rollout(id) | Interest::Failures(id, _) => id,
            Interest::Hosts(wave, _) => &wave.rollout,
            _ => return None,
        };
        self.traces.get(id).cloned()
    }
}

/// How long to rest after trouble number `count`: doubling, or as long as the server asked for.
fn rest(count: u32, trouble: &Trouble) -> Duration {
    let doubled = FIRST * 2_u32.saturating_pow(count.saturating_sub(1).min(5));
    match trouble {
        Trouble::Overloaded { retry_after: Some(asked), .. } => (*asked).max(FIRST),
        _ => doubled.min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Approval, BackendName, RolloutState, Source, TenantId};

    fn rollout(native: &str, done: u32) -> Rollout {
        Rollout {
            id: RolloutId::new(BackendName::new("hb"), "1"),
            tenant: TenantId::new("acme"),
            name: "baseline".into(),
            description: Text::default(),
            release: None,
            state: RolloutState::Running,
            native: native.into(),
            counts: Some(Counts { total: 10, done, ..Counts::default() }),
            waves: Some(1),
            starts: None,
            approval: Approval { by: None, remark: None },
            created: None,
            created_by: None,
            changed: None,
            related: Vec::new(),
            open_ended: false,
        }
    }

    fn board(rollouts: Vec<Rollout>) -> Observation {
        let facts = Facts::Rollouts { scope: Scope::Live, rollouts, complete: true };
        Observation { by: Source::new("GET /rollouts"), facts }
    }

    fn night() -> Observation {
        Observation {
            by: Source::new("GET /rollouts"),
            facts: Facts::Rollouts { scope: Scope::Ended, rollouts: Vec::new(), complete: false },
        }
    }

    fn nothing() -> Observation {
        Observation { by: Source::new("GET"), facts: Facts::Nothing }
    }

    fn ask_all(agenda: &mut Agenda, now: Instant) -> Vec<Interest> {
        std::iter::from_fn(|| agenda.next(now)).collect()
    }

    /// An agenda that has read the board with one rollout, its waves and the night.
    fn settled(now: Instant) -> Agenda {
        let mut agenda = Agenda::default();
        agenda.want(&Wanted::default());
        ask_all(&mut agenda, now);
        agenda.answered(&Interest::Night, &night(), now);
        agenda.answered(&Interest::Board, &board(vec![rollout("running", 1)]), now);
        for what in ask_all(&mut agenda, now) {
            agenda.answered(&what, &nothing(), now);
        }
        agenda
    }

    #[test]
    fn waves_are_read_again_only_when_the_counters_or_the_state_moved() {
        let now = Instant::now();
        let mut agenda = settled(now);
        let later = now + BOARD * 2;
        assert_eq!(ask_all(&mut agenda, later), [Interest::Board]);
        agenda.answered(&Interest::Board, &board(vec![rollout("running", 1)]), later);
        assert_eq!(ask_all(&mut agenda, later), []);
        let later = later + BOARD * 2;
        assert_eq!(ask_all(&mut agenda, later), [Interest::Board]);
        agenda.answered(&Interest::Board, &board(vec![rollout("running", 2)]), later);
        assert_eq!(ask_all(&mut agenda, later), [Interest::Rollout(rollout("", 0).id)]);
    }

    #[test]
    fn a_rollout_that_left_the_live_list_has_the_ended_ones_read_at_once() {
        let now = Instant::now();
        let mut agenda = settled(now);
        let later = now + BOARD * 2;
        ask_all(&mut agenda, later);
        agenda.answered(&Interest::Board, &board(Vec::new()), later);
        assert_eq!(ask_all(&mut agenda, later), [Interest::Night]);
        agenda.answered(&Interest::Night, &night(), later);
        assert_eq!(ask_all(&mut agenda, later + HURRY * 2), [], "and not again for the same reason");
    }

    #[test]
    fn rests_double_up_to_a_minute_and_a_read_now_ends_them() {
        let now = Instant::now();
        let mut agenda = settled(now);
        let trouble = Trouble::Unreachable("refused".into());
        let rests: Vec<u64> = (0..7).map(|_| agenda.failed(&Interest::Board, &trouble, now).0.as_secs()).collect();
        assert_eq!(rests, [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(ask_all(&mut agenda, now + BOARD * 2), []);
        agenda.want(&Wanted { read_now: 1, ..Wanted::default() });
        assert_eq!(ask_all(&mut agenda, now + BOARD * 2), [Interest::Board, Interest::Night]);
    }

    #[test]
    fn a_server_that_names_a_pause_gets_it() {
        let trouble = Trouble::Overloaded { words: "slow down".into(), retry_after: Some(Duration::from_secs(90)) };
        assert_eq!(settled(Instant::now()).failed(&Interest::Board, &trouble, Instant::now()).0.as_secs(), 90);
    }

    #[test]
    fn trouble_with_one_list_of_hosts_does_not_rest_the_board() {
        let now = Instant::now();
        let mut agenda = settled(now);
        let hosts = Interest::Failures(rollout("", 0).id, crate::backend::port::Page { offset: 0, limit: 100 });
        agenda.want(&Wanted { follow: vec![hosts.clone()], ..Wanted::default() });
        assert_eq!(ask_all(&mut agenda, now), std::slice::from_ref(&hosts));
        agenda.failed(&hosts, &Trouble::NotPermitted("no".into()), now);
        assert!(ask_all(&mut agenda, now + BOARD * 2).contains(&Interest::Board));
    }

    #[test]
    fn a_read_now_is_through_when_the_last_thing_answered() {
        let now = Instant::now();
        let mut agenda = settled(now);
        agenda.want(&Wanted { read_now: 1, ..Wanted::default() });
        ask_all(&mut agenda, now);
        assert!(!agenda.answered(&Interest::Board, &board(Vec::new()), now));
        assert!(agenda.answered(&Interest::Night, &night(), now));
    }

    #[test]
    fn a_board_under_way_is_not_asked_twice() {
        let now = Instant::now();
        let mut agenda = Agenda::default();
        agenda.want(&Wanted::default());
        ask_all(&mut agenda, now);
        assert_eq!(ask_all(&mut agenda, now + LONGEST * 2), []);
    }

    #[test]
    fn ended_rollouts_are_confirmed_while_they_are_live() {
        let now = Instant::now();
        let mut agenda = settled(now);
        let facts = Facts::Rollouts { scope: Scope::Ended, rollouts: vec![rollout("finished", 10)], complete: true };
        agenda.answered(&Interest::Night, &Observation { by: Source::new("GET /rollouts"), facts }, now);
        assert!(!ask_all(&mut agenda, now + Duration::from_secs(20)).contains(&Interest::Night));
        assert!(ask_all(&mut agenda, now + crate::domain::fresh::LIVE).contains(&Interest::Night));
    }

    #[test]
    fn what_no_list_names_any_more_is_forgotten() {
        let mut now = Instant::now();
        let mut agenda = settled(now);
        for number in 2..500 {
            now += BOARD * 2;
            let one = Rollout { id: RolloutId::new(BackendName::new("hb"), number.to_string()), ..rollout("running", 1) };
            ask_all(&mut agenda, now);
            agenda.answered(&Interest::Board, &board(vec![one]), now);
            for what in ask_all(&mut agenda, now) {
                let answer = if what == Interest::Night { night() } else { nothing() };
                agenda.answered(&what, &answer, now);
            }
        }
        assert!(agenda.items.len() < 6, "{:?}", agenda.items.keys());
        assert!(agenda.traces.len() < 3, "{:?}", agenda.traces.keys());
    }

    #[test]
    fn a_resting_board_is_asked_every_fifteen_seconds() {
        let now = Instant::now();
        let mut agenda = settled(now);
        agenda.want(&Wanted { resting: true, ..Wanted::default() });
        assert_eq!(ask_all(&mut agenda, now + Duration::from_secs(10)), []);
        assert_eq!(ask_all(&mut agenda, now + Duration::from_secs(16)), [Interest::Board]);
    }
}
