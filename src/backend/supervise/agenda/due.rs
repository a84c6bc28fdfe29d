//! When each thing is due again: by its kind, by whether it moved, and by who looks at it. It asks for nothing and keeps nothing.

use std::time::Duration;

use tokio::time::Instant;

use super::{Agenda, Item, Trace};
use crate::backend::port::{Interest, Trouble};
use crate::domain::RolloutId;

pub(super) const BOARD: Duration = Duration::from_secs(5);
pub(super) const BOARD_RESTING: Duration = Duration::from_secs(15);
/// A thing on the screen is read again when it moved, but not sooner than this.
pub(super) const MOVED: Duration = Duration::from_secs(3);
/// What is on the screen, and what has ended, is confirmed this often even if nothing seems to move, so that it stays live.
const CONFIRM: Duration = Duration::from_secs(25);
const HOST: Duration = Duration::from_secs(10);
/// What a backend says of allowed times changes seldom; on the Windows screen it is asked sooner.
pub(super) const WINDOWS: Duration = Duration::from_secs(300);
pub(super) const WINDOWS_SEEN: Duration = Duration::from_secs(60);
/// Lists with hosts that are tried again take turns of this length: whatever their number, they cost the same.
const AGAIN: Duration = Duration::from_secs(5);
pub(super) const HURRY: Duration = Duration::from_secs(1);
/// The first pause after trouble; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
pub(super) const LONGEST: Duration = Duration::from_secs(60);
/// A server that asks for more is asked again all the same: a board must not stay dark because of one odd header.
pub(super) const ASKED: Duration = Duration::from_secs(600);
/// No sleep is shorter, whatever is due: it may be due and have no room.
pub(super) const SHORTEST: Duration = Duration::from_millis(20);
pub(super) enum Due {
    Now,
    At(Instant),
    Never,
}

impl Due {
    pub(super) fn is_by(&self, now: Instant) -> bool {
        match self {
            Self::Now => true,
            Self::At(at) => *at <= now,
            Self::Never => false,
        }
    }
}

impl Agenda {
    pub(super) fn due(&self, what: &Interest) -> Due {
        let Some(item) = self.items.get(what) else { return Due::Now };
        let due = match (what, item.answered) {
            (_, None) => Due::Now,
            (Interest::Board, Some(at)) if self.hinted => Due::At(at + MOVED.max(self.beat / 2).min(self.board_every())),
            (Interest::Board, Some(at)) => Due::At(at + self.spread(self.board_every())),
            (Interest::Night, Some(at)) => Due::At(at + if self.missing { HURRY } else { self.spread(CONFIRM.max(self.beat)) }),
            (Interest::Host(_), Some(at)) => Due::At(at + HOST),
            (Interest::Windows, Some(at)) => {
                Due::At(at + self.spread(if self.wanted.follow.contains(what) { WINDOWS_SEEN } else { WINDOWS }))
            }
            // Whoever wants one of the last three again takes it off the list and puts it there anew.
            (
                Interest::Evidence(_)
                | Interest::Find(_)
                | Interest::Approvals
                | Interest::Open(..)
                | Interest::Progress(_)
                | Interest::Verify(..),
                Some(_),
            ) => Due::Never,
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
            (Interest::WaveFailures(wave, _), Some(at)) => {
                Due::At(at + if self.failed_more(item, &wave.rollout) { MOVED } else { CONFIRM })
            }
            (Interest::Hosts(wave, _), Some(at)) => Due::At(at + if self.moved(item, &wave.rollout) { MOVED } else { CONFIRM }),
            // A failure does not change: a list of them is read again when there are more, the longer the rarer.
            (Interest::Failures(rollout, page), Some(at)) => {
                let followed = self.wanted.follow.contains(what);
                let pages = 1 + page.offset / page.limit.max(1);
                match self.failed_more(item, rollout) {
                    true if followed => Due::At(at + MOVED),
                    true => Due::At(at + BOARD + MOVED * pages),
                    false if self.wanted.again.contains(what) => {
                        let turns = u32::try_from(self.wanted.again.len()).unwrap_or(u32::MAX).max(if self.wanted.resting {
                            6
                        } else {
                            2
                        });
                        Due::At(at + self.spread(AGAIN.saturating_mul(turns)))
                    }
                    false => Due::Never,
                }
            }
        };
        match (due, item.not_before) {
            (Due::Now, Some(rest)) => Due::At(rest),
            (Due::At(at), Some(rest)) => Due::At(at.max(rest)),
            (due, _) => due,
        }
    }

    /// The same beat for one connection, a little off that of its neighbours.
    fn spread(&self, beat: Duration) -> Duration {
        spread(self.offbeat, beat.mul_f64(0.95))
    }

    fn moved(&self, item: &Item, id: &RolloutId) -> bool {
        item.trace.as_ref() != self.traces.get(id)
    }

    /// The number of its failed hosts is another one than when `item` was asked for.
    fn failed_more(&self, item: &Item, id: &RolloutId) -> bool {
        let failed = |trace: Option<&Trace>| trace.and_then(|(_, counts, _)| *counts).map(|counts| counts.failed);
        failed(item.trace.as_ref()) != failed(self.traces.get(id))
    }
}

/// Up to a tenth longer.
pub(super) fn spread(offbeat: u8, time: Duration) -> Duration {
    time.mul_f64(1.0 + f64::from(offbeat) / 2550.0)
}

/// How long to rest after trouble number `count`: doubling, or as long as the server asked for.
pub(super) fn rest(count: u32, trouble: &Trouble) -> Duration {
    let doubled = FIRST * 2_u32.saturating_pow(count.saturating_sub(1).min(5));
    match trouble {
        Trouble::Overloaded { retry_after: Some(asked), .. } => (*asked).clamp(FIRST, ASKED),
        _ => doubled.min(LONGEST),
    }
}
