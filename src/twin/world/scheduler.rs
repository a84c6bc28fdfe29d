//! The server's rollout scheduler: every transition that is not a verb's own.
//!
//! One round looks at every rollout that may move. It keeps the server's oddities: a paused rollout's groups are not
//! looked at, and an error in the last group ends the rollout instead of pausing it. It sends nothing and asks nobody.

use super::counts::Bucket;
use super::rollout::{Group, GroupStatus, RolloutStatus};
use super::{Event, Millis, SYSTEM, World};
use crate::twin::scenario::Verb;

impl World {
    /// One round over all rollouts.
    pub(super) fn round(&mut self) {
        self.round_at = None;
        for rollout in 0..self.rollouts.len() {
            let (status, filled_at) = (self.rollouts[rollout].status, self.rollouts[rollout].filled_at);
            match status {
                RolloutStatus::Creating if self.due(filled_at) => self.finish_create(rollout),
                RolloutStatus::Ready => {
                    if let Some(at) = self.rollouts[rollout].start_at
                        && self.due(at)
                    {
                        self.begin_start(rollout, SYSTEM);
                    }
                }
                RolloutStatus::Starting if self.due(filled_at) => self.finish_start(rollout),
                RolloutStatus::Running => self.look_at_groups(rollout),
                RolloutStatus::Stopping => self.finish_stop(rollout),
                RolloutStatus::Deleting => self.finish_delete(rollout),
                _ => {}
            }
        }
    }

    fn due(&mut self, at: Millis) -> bool {
        if at > self.now {
            self.want_round(at - 1);
        }
        at <= self.now
    }

    fn finish_create(&mut self, rollout: usize) {
        let now = self.now;
        let wants_approval = self.tenants[self.rollouts[rollout].tenant].approval;
        let row = &mut self.rollouts[rollout];
        let wants_approval = wants_approval && !row.exempt;
        row.status = if wants_approval { RolloutStatus::WaitingForApproval } else { RolloutStatus::Ready };
        row.audit.touch(now, SYSTEM);
        for group in row.groups.clone() {
            self.groups[group].status = GroupStatus::Ready;
            self.groups[group].audit.touch(now, SYSTEM);
        }
        self.want_round(now);
    }

    fn look_at_groups(&mut self, rollout: usize) {
        for group in self.rollouts[rollout].groups.clone() {
            if self.groups[group].status != GroupStatus::Running {
                continue;
            }
            if over_error(&self.groups[group]) {
                self.trip(rollout, group);
                continue;
            }
            let complete = is_complete(&self.groups[group]);
            if complete || succeeded(&self.groups[group]) {
                self.succeed(rollout, group);
            }
            if complete {
                let now = self.now;
                self.groups[group].status = GroupStatus::Finished;
                self.groups[group].audit.touch(now, SYSTEM);
                self.want_round(now);
            }
        }
        self.finish_if_over(rollout);
    }

    /// The error action is always a pause. The server writes the creator's name on it, as if a person had done it.
    fn trip(&mut self, rollout: usize, group: usize) {
        let now = self.now;
        let creator = self.rollouts[rollout].audit.created_by.clone();
        self.groups[group].status = GroupStatus::Error;
        self.groups[group].audit.touch(now, &creator);
        self.rollouts[rollout].status = RolloutStatus::Paused;
        self.rollouts[rollout].audit.touch(now, &creator);
    }

    /// Success only matters while this is the last started group: afterwards the next one runs already.
    fn succeed(&mut self, rollout: usize, group: usize) {
        if self.rollouts[rollout].status != RolloutStatus::Running || self.last_started(rollout) != Some(group) {
            return;
        }
        if self.groups[group].gate && self.next_scheduled(rollout).is_some() {
            let now = self.now;
            let creator = self.rollouts[rollout].audit.created_by.clone();
            self.rollouts[rollout].status = RolloutStatus::Paused;
            self.rollouts[rollout].audit.touch(now, &creator);
            return;
        }
        self.start_next(rollout, SYSTEM);
    }

    fn finish_if_over(&mut self, rollout: usize) {
        let over = |group: &usize| matches!(self.groups[*group].status, GroupStatus::Finished | GroupStatus::Error);
        if self.rollouts[rollout].groups.iter().all(over) {
            let now = self.now;
            self.rollouts[rollout].status = RolloutStatus::Finished;
            self.rollouts[rollout].audit.touch(now, SYSTEM);
        }
    }

    /// A verb of the scenario's script. One that the state refuses is a mistake of the scenario's author.
    pub(super) fn scripted(&mut self, rollout: usize, step: usize) {
        let step = self.steps[rollout][step].clone();
        let done = match step.verb {
            Verb::Approve => self.decide(rollout, &step.by, step.remark, true),
            Verb::Deny => self.decide(rollout, &step.by, step.remark, false),
            Verb::Start => self.start(rollout, &step.by),
            Verb::Pause => self.pause(rollout, &step.by),
            Verb::Resume => self.resume(rollout, &step.by),
            Verb::Stop => self.stop(rollout, &step.by),
            Verb::TriggerNextGroup => self.trigger_next(rollout, &step.by),
        };
        if let Err(refused) = done {
            tracing::warn!(rollout = %self.rollouts[rollout].name, verb = ?step.verb, ?refused, "scripted step refused");
        }
    }

    /// Puts a rollout's script into the queue; times are offsets from `opens`.
    pub(super) fn queue_steps(&mut self, rollout: usize, opens: Millis) {
        for index in 0..self.steps[rollout].len() {
            let at = opens + self.steps[rollout][index].at.as_millis() as Millis;
            self.at(at, Event::Step(rollout, index));
        }
    }
}

/// Strictly more than the threshold, over all targets of the group.
fn over_error(group: &Group) -> bool {
    percent(&group.error).is_some_and(|limit| share(group, Bucket::Error) > limit)
}

fn succeeded(group: &Group) -> bool {
    percent(&group.success).is_some_and(|limit| share(group, Bucket::Finished) >= limit)
}

fn is_complete(group: &Group) -> bool {
    group.counts.terminal() + group.counts.get(Bucket::NotStarted) == group.counts.total()
}

fn share(group: &Group, bucket: Bucket) -> f64 {
    let total = group.counts.total();
    if total == 0 { 0.0 } else { f64::from(group.counts.get(bucket)) * 100.0 / f64::from(total) }
}

/// The server accepts any text as a threshold; what is no number never trips.
fn percent(expression: &str) -> Option<f64> {
    expression.trim().parse::<i32>().ok().map(f64::from)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::percent;

    #[rstest]
    #[case("20", Some(20.0))]
    #[case("101", Some(101.0))]
    #[case("-1", Some(-1.0))]
    #[case("abc", None)]
    #[case("", None)]
    fn any_text_is_a_threshold_and_only_numbers_trip(#[case] text: &str, #[case] limit: Option<f64>) {
        assert_eq!(percent(text), limit);
    }
}
