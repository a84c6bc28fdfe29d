//! What a verb pressed here is about, down to single hosts; and what is known of their failures. It sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::action::Verb;
use crate::app::state::{Place, RowId, State, Which};
use crate::domain::{BackendName, Cause, Failure, HostId, RolloutId, TenantId, Text, WaveId};
use crate::plan::types::{Causes, HostKnown};

/// The thing that a verb is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub rollout: RolloutId,
    pub wave: Option<WaveId>,
    /// Empty: the whole rollout or wave.
    pub hosts: Vec<HostId>,
    /// What was marked and is not part of it, in words.
    pub left_out: Vec<Text>,
}

/// What a verb may be about where it was pressed.
pub(super) enum Asked {
    One(Subject),
    /// Failures of several rollouts: a person says which.
    Several {
        of: Vec<Which>,
        left_out: Vec<Text>,
    },
}

impl Subject {
    fn whole(rollout: RolloutId, wave: Option<WaveId>) -> Self {
        Self { rollout, wave, hosts: Vec::new(), left_out: Vec::new() }
    }
}

/// The selected thing and nothing else; for verbs that go host by host the marked hosts, where some are marked.
pub(super) fn subject(state: &State, verb: Verb) -> Option<Asked> {
    let by_host = matches!(verb, Verb::Retry | Verb::RollBack);
    if by_host && matches!(state.place(), Place::Failures | Place::Pile(_)) {
        return of_failures(state);
    }
    one(state, by_host).map(Asked::One)
}

/// The one rollout or wave that a verb is about; with `by_host` its marked hosts.
pub(super) fn one(state: &State, by_host: bool) -> Option<Subject> {
    match state.place() {
        Place::Rollout(id) => {
            let wave = match state.selected() {
                Some(RowId::Wave(wave)) => Some(wave.clone()),
                _ => None,
            };
            Some(Subject::whole(id.clone(), wave))
        }
        Place::Wave(wave) if by_host => of_marks(state, Subject::whole(wave.rollout.clone(), Some(wave.clone()))),
        Place::Wave(wave) => Some(Subject::whole(wave.rollout.clone(), Some(wave.clone()))),
        Place::Host(host) if by_host => of_host(state, host),
        Place::Board | Place::Approvals => match state.selected()? {
            RowId::Rollout(id) => Some(Subject::whole(id.clone(), None)),
            _ => None,
        },
        _ if by_host => match state.selected()? {
            RowId::Host(host) => of_host(state, host),
            _ => None,
        },
        _ => None,
    }
}

/// The marked hosts that are seen, or the selected one. Marks that a filter hides are left out, and that is said.
fn of_marks(state: &State, subject: Subject) -> Option<Subject> {
    let list = state.list()?;
    let host = |row: &RowId| if let RowId::Host(host) = row { Some(host.clone()) } else { None };
    let hidden = list.hidden_marks().len();
    let seen = list.order.iter().filter(|row| list.marks.contains(row)).filter_map(host);
    let mut hosts: Vec<HostId> = seen.collect();
    let mut left_out = Vec::new();
    if hidden > 0 {
        let plural = if hidden == 1 { "host is" } else { "hosts are" };
        left_out.push(Text::new(format!("{hidden} marked {plural} hidden by the filter, and left out")));
    }
    if hosts.is_empty() {
        hosts.push(host(list.selected()?)?);
    }
    Some(Subject { hosts, left_out, ..subject })
}

/// The hosts of marked failures, or of the selected one, by their rollouts. A dialog is about one of them: of several a person
/// says which.
fn of_failures(state: &State) -> Option<Asked> {
    let list = state.list()?;
    let queue = &state.store.queue;
    let marked: Vec<&RowId> = list.order.iter().filter(|row| list.marks.contains(row)).collect();
    let rows = if marked.is_empty() { vec![list.selected()?] } else { marked };
    let mut by_rollout: BTreeMap<&RolloutId, (&TenantId, BTreeSet<&HostId>)> = BTreeMap::new();
    let failures = rows.into_iter().flat_map(|row| -> Box<dyn Iterator<Item = &Failure>> {
        match row {
            RowId::Pile(pile) => Box::new(queue.in_pile(pile)),
            RowId::Failed(attempt) => Box::new(queue.failure(attempt).into_iter()),
            _ => Box::new(std::iter::empty()),
        }
    });
    for failure in failures {
        if let Some(rollout) = &failure.rollout {
            by_rollout.entry(rollout).or_insert_with(|| (&failure.tenant, BTreeSet::new())).1.insert(failure.host());
        }
    }
    let mut left_out = Vec::new();
    let hidden = list.hidden_marks().len();
    if hidden > 0 {
        let plural = if hidden == 1 { "row is" } else { "rows are" };
        left_out.push(Text::new(format!("{hidden} marked {plural} hidden by the filter, and left out")));
    }
    let name =
        |rollout: &RolloutId| state.store.entry(rollout).map_or_else(|| rollout.text(), |entry| entry.rollout.value.name.clone());
    let mut of: Vec<Which> = by_rollout
        .into_iter()
        .map(|(rollout, (tenant, hosts))| Which {
            tenant: tenant.clone(),
            rollout: rollout.clone(),
            name: name(rollout),
            hosts: hosts.into_iter().cloned().collect(),
            sent: false,
        })
        .collect();
    if of.len() > 1 {
        return Some(Asked::Several { of, left_out });
    }
    let Which { rollout, hosts, .. } = of.pop()?;
    Some(Asked::One(Subject { hosts, left_out, ..Subject::whole(rollout, None) }))
}

/// One host, in the rollout that its failure belongs to, or else the one that was walked through to get here.
fn of_host(state: &State, host: &HostId) -> Option<Subject> {
    let failed = state.store.queue.of(host).and_then(|failure| failure.rollout.clone());
    let rollout = failed.or_else(|| walked_through(state, &host.backend))?;
    Some(Subject { hosts: vec![host.clone()], ..Subject::whole(rollout, None) })
}

fn walked_through(state: &State, backend: &BackendName) -> Option<RolloutId> {
    let places: Vec<&Place> = state.trail.all().collect();
    places.into_iter().rev().find_map(|place| match place {
        Place::Rollout(rollout) | Place::Wave(WaveId { rollout, .. }) if rollout.backend == *backend => Some(rollout.clone()),
        _ => None,
    })
}

/// What is known of the failures of a rollout, and of hosts that are named.
pub(super) fn causes(state: &State, subject: &Subject) -> Causes {
    let queue = &state.store.queue;
    let of_rollout = queue.of_rollout(&subject.rollout).map(Failure::host);
    let mut known: BTreeMap<HostId, HostKnown> = BTreeMap::new();
    for host in of_rollout.chain(&subject.hosts) {
        if let Some(failure) = queue.of(host)
            && !known.contains_key(host)
        {
            known.insert(host.clone(), of_failure(failure));
        }
    }
    Arc::new(known)
}

fn of_failure(failure: &Failure) -> HostKnown {
    let cause = failure.cause().cloned();
    let signature = &failure.signature;
    let named = |cause: &Arc<Cause>| Text::new(format!("{} ({})", signature.class, cause.name));
    let title = cause.as_ref().map_or_else(|| Text::new(signature.to_string()), named);
    HostKnown {
        key: cause.as_ref().map_or_else(|| Text::new(format!("signature: {signature}")), |cause| cause.rule.clone()),
        title,
        class: signature.class.clone(),
        cause,
        tries: failure.tries,
        failed: Some(failure.when()),
        read: failure.is_read(),
    }
}
