//! How many targets of a wave or a rollout stand where: the six numbers of `totalTargetsPerStatus`.
//!
//! Kept up to date with every single change of an action, never counted anew. Does not know which action moved.

use super::action::Status;
use super::{Millis, World};

/// The buckets, in the order they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    NotStarted,
    Scheduled,
    Running,
    Finished,
    Error,
    Cancelled,
}

/// One counter a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u32; 6]);

impl Counts {
    /// All targets of a rollout nobody has started.
    pub fn not_started(total: u32) -> Self {
        let mut counts = Self::default();
        counts.0[Bucket::NotStarted as usize] = total;
        counts
    }

    pub fn get(&self, bucket: Bucket) -> u32 {
        self.0[bucket as usize]
    }

    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    /// Targets nothing will happen to any more by itself.
    pub fn terminal(&self) -> u32 {
        self.get(Bucket::Finished) + self.get(Bucket::Error) + self.get(Bucket::Cancelled)
    }

    fn shift(&mut self, from: Bucket, to: Bucket) {
        let source = &mut self.0[from as usize];
        *source = source.saturating_sub(1);
        self.0[to as usize] += 1;
    }
}

/// Counters as the server shows them: read again only when the shown ones are old enough.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    pub counts: Counts,
    pub at: Millis,
}

/// Where the server counts an action of this status. An action that was deleted counts as not started.
pub fn bucket(status: Status) -> Bucket {
    match status {
        Status::Deleted => Bucket::NotStarted,
        Status::Scheduled => Bucket::Scheduled,
        Status::Running | Status::Retrieved | Status::Canceling => Bucket::Running,
        Status::Finished => Bucket::Finished,
        Status::Error => Bucket::Error,
        Status::Canceled => Bucket::Cancelled,
    }
}

impl World {
    /// The only place where an action changes its status: the counters of its wave and rollout follow, and the
    /// scheduler is asked to look.
    pub(super) fn set_status(&mut self, action: usize, status: Status) {
        let row = &mut self.actions[action];
        let (from, to) = (bucket(row.status), bucket(status));
        row.status = status;
        let Some(group) = row.group else { return };
        if from == to {
            return;
        }
        let rollout = self.groups[group].rollout;
        self.groups[group].counts.shift(from, to);
        self.rollouts[rollout].counts.shift(from, to);
        self.want_round(self.now);
    }

    /// Counts an action that has just come to exist.
    pub(super) fn count_new(&mut self, action: usize) {
        let row = &self.actions[action];
        let Some(group) = row.group else { return };
        let to = bucket(row.status);
        let rollout = self.groups[group].rollout;
        self.groups[group].counts.shift(Bucket::NotStarted, to);
        self.rollouts[rollout].counts.shift(Bucket::NotStarted, to);
    }

    /// The counters a reader sees now; with a lag they may be older than the rows.
    pub fn shown_rollout(&mut self, rollout: usize) -> Counts {
        let (now, lag) = (self.now, self.lag());
        let row = &mut self.rollouts[rollout];
        refresh(&mut row.shown, row.counts, now, lag)
    }

    /// The same for a wave.
    pub fn shown_group(&mut self, group: usize) -> Counts {
        let (now, lag) = (self.now, self.lag());
        let row = &mut self.groups[group];
        refresh(&mut row.shown, row.counts, now, lag)
    }

    fn lag(&self) -> Millis {
        i64::from(self.settings.counter_lag_s) * 1000
    }
}

fn refresh(shown: &mut Shown, counts: Counts, now: Millis, lag: Millis) -> Counts {
    if lag == 0 || now - shown.at >= lag {
        *shown = Shown { counts, at: now };
    }
    shown.counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_counters_may_be_as_old_as_the_lag_and_no_older() {
        let mut shown = Shown { counts: Counts::not_started(3), at: 1_000 };
        let mut counts = Counts::not_started(3);
        counts.shift(Bucket::NotStarted, Bucket::Scheduled);
        assert_eq!(refresh(&mut shown, counts, 10_999, 10_000), Counts::not_started(3));
        assert_eq!(refresh(&mut shown, counts, 11_000, 10_000), counts);
        assert_eq!(refresh(&mut shown, Counts::default(), 11_001, 0), Counts::default());
    }

    #[test]
    fn moving_between_buckets_keeps_the_total() {
        let mut counts = Counts::not_started(5);
        counts.shift(Bucket::NotStarted, Bucket::Running);
        counts.shift(Bucket::Running, Bucket::Error);
        assert_eq!((counts.total(), counts.get(Bucket::Error), counts.terminal()), (5, 1, 1));
    }
}
