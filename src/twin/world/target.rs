//! A target: one host as the server knows it, and when it is heard of.
//!
//! Contacts are computed, not simulated: a host that answers polls on its own beat, so nothing has to happen for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::action::Status;
use super::rollout::Audit;
use super::{Event, Millis, World};

/// The server writes contacts in batches this far apart, stamped with the time of the batch.
const FLUSH: Millis = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateStatus {
    Unknown,
    Pending,
    InSync,
    Error,
    Registered,
}

impl UpdateStatus {
    pub const NAMES: [&str; 5] = ["unknown", "pending", "in_sync", "error", "registered"];

    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Pending => "pending",
            Self::InSync => "in_sync",
            Self::Error => "error",
            Self::Registered => "registered",
        }
    }
}

/// One host.
pub struct Target {
    pub tenant: usize,
    pub controller_id: String,
    /// Only a display name: it may differ from the controllerId.
    pub name: String,
    pub group: String,
    pub description: String,
    pub address: String,
    pub attributes: Arc<BTreeMap<String, String>>,
    pub update_status: UpdateStatus,
    pub assigned: Option<usize>,
    pub installed: Option<usize>,
    pub installed_at: Option<Millis>,
    /// What the device really runs, and the attribute by which it says so, if it does.
    pub runs: Option<usize>,
    pub version_attribute: Option<Arc<str>>,
    pub actions: Vec<usize>,
    /// Its place in the poll interval.
    pub phase: Millis,
    /// Not heard of since then: switched off, or hung in an installation.
    pub silent_since: Option<Millis>,
    /// In an installation since then; busy hosts do not poll.
    pub busy_since: Option<Millis>,
    last_report: Millis,
    pub audit: Audit,
}

impl Target {
    #[expect(clippy::too_many_arguments, reason = "a row is made in one place")]
    pub fn new(
        tenant: usize,
        controller_id: String,
        name: String,
        group: &str,
        description: String,
        address: String,
        attributes: Arc<BTreeMap<String, String>>,
        audit: Audit,
    ) -> Self {
        Self {
            tenant,
            controller_id,
            name,
            group: group.to_owned(),
            description,
            address,
            attributes,
            update_status: UpdateStatus::Registered,
            assigned: None,
            installed: None,
            installed_at: None,
            runs: None,
            version_attribute: None,
            actions: Vec::new(),
            phase: 0,
            silent_since: None,
            busy_since: None,
            last_report: Millis::MIN,
            audit,
        }
    }

    /// Notes that the device was heard of outside its polling.
    pub fn seen(&mut self, at: Millis) {
        self.last_report = self.last_report.max(at);
    }

    /// The last contact at `now`, as the server shows it: up to one batch late.
    pub fn last_contact(&self, now: Millis, poll: Millis) -> Millis {
        let until = self.silent_since.or(self.busy_since).unwrap_or(now).min(now);
        let beat = (until - self.phase).div_euclid(poll) * poll + self.phase;
        let shown = flushed(beat.max(self.last_report.min(now)));
        if shown <= now { shown } else { flushed(beat - poll) }
    }
}

fn flushed(at: Millis) -> Millis {
    at.saturating_add(FLUSH - 1).div_euclid(FLUSH) * FLUSH
}

impl World {
    pub fn poll_millis(&self) -> Millis {
        i64::from(self.settings.poll_s) * 1000
    }

    /// What a device says of itself: its own attributes, and the version it runs if it tells one. Devices send these before they
    /// report an end, so they are as new as the end.
    pub fn attribute<'a>(&'a self, target: usize, key: &str) -> Option<&'a str> {
        let row = &self.targets[target];
        if row.version_attribute.as_deref() == Some(key) {
            return row.runs.map(|release| self.releases[release].version.as_str());
        }
        row.attributes.get(key).map(String::as_str)
    }

    pub fn attributes(&self, target: usize) -> BTreeMap<&str, &str> {
        let row = &self.targets[target];
        let keys = row.attributes.keys().map(String::as_str).chain(row.version_attribute.as_deref());
        keys.filter_map(|key| Some((key, self.attribute(target, key)?))).collect()
    }

    /// A host that was away answers from now on, and finds what it was sent in the meantime.
    pub(super) fn come_back(&mut self, target: usize) {
        if self.targets[target].silent_since.take().is_none() {
            return;
        }
        let when = self.next_contact(target);
        for action in self.targets[target].actions.clone() {
            match self.actions[action].status {
                Status::Running => self.at(when, Event::Fetch(action)),
                Status::Canceling => self.at(when, Event::HearCancel(action)),
                _ => {}
            }
        }
    }

    /// When this target will poll next, were it to answer.
    pub(super) fn next_contact(&self, target: usize) -> Millis {
        let (poll, phase) = (self.poll_millis(), self.targets[target].phase);
        ((self.now - phase).div_euclid(poll) + 1) * poll + phase
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Target {
        let audit = Audit::new(0, "x");
        let mut host = Target::new(0, "a".into(), "a".into(), "g", String::new(), String::new(), Arc::default(), audit);
        host.phase = 7_000;
        host
    }

    #[test]
    fn contacts_are_stamped_with_the_time_of_the_batch_and_never_lie_ahead() {
        let host = host();
        assert_eq!(host.last_contact(308_000, 300_000), 10_000);
        assert_eq!(host.last_contact(310_000, 300_000), 310_000);
    }

    #[test]
    fn a_silent_host_keeps_its_last_contact() {
        let mut host = host();
        host.silent_since = Some(400_000);
        assert_eq!(host.last_contact(9_000_000, 300_000), 310_000);
    }
}
