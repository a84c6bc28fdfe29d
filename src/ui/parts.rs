//! Small sayings that several screens share: states with their role, the account of a rollout's detail, right and wrong of a verb.

use std::time::Duration;

use crate::action::Verb;
use crate::app::state::{Place, RowId};
use crate::domain::{Counts, Failure, HostState, PausedBy, Relation, Rollout, RolloutState, TenantId, Wave, WaveState};
use crate::plan::types::Capability;
use crate::store::read::{Entry, Urgency, urgency, why};
use crate::theme::Role;
use crate::ui::view::View;
use crate::ui::words::Words;
use crate::ui::{format, gates};

/// The state of a rollout, always in a word: `PAUSED, limit`, `finished, 5 still work`.
pub(super) fn state(rollout: &Rollout) -> Words {
    let role = match (&rollout.state, urgency(rollout)) {
        (_, Urgency::Limit) => Role::Alert,
        (RolloutState::Frozen, _) => Role::Freeze,
        (_, Urgency::Person | Urgency::Held) | (RolloutState::Stopping, _) => Role::Warn,
        (_, Urgency::Moving) => Role::Accent,
        (_, Urgency::NotBegun) => Role::Dim,
        (RolloutState::Finished, _) => Role::Ok,
        _ => Role::Text,
    };
    let words = Words::of(role, rollout.state.word());
    match rollout.at_work() {
        0 => words,
        _ if !rollout.state.has_ended() => words,
        work => words.text(", ").warn(format!("{} still work", format::count(work.into()))),
    }
}

/// The state on the board: a soak is counted down in its place, because nobody is at work.
pub(super) fn standing(view: &View, entry: &Entry) -> Words {
    gates::soaking(view, entry).unwrap_or_else(|| state(&entry.rollout.value))
}

/// Why a rollout stands where it stands, with figures; its state where there is nothing to add.
pub(super) fn reason(view: &View, entry: &Entry) -> Words {
    let rollout = &entry.rollout.value;
    if let Some(soak) = gates::soaking_in_full(view, entry) {
        return soak;
    }
    let role = if urgency(rollout) == Urgency::Limit { Role::Alert } else { Role::Warn };
    why(rollout, entry.waves()).map_or_else(|| state(rollout), |why| Words::of(role, why))
}

pub(super) fn wave_state(state: WaveState) -> Words {
    let role = match state {
        WaveState::Done => Role::Ok,
        WaveState::Running => Role::Accent,
        WaveState::OverLimit => Role::Alert,
        WaveState::Unknown => Role::Warn,
        WaveState::Preparing | WaveState::NotBegun | WaveState::Stopped => Role::Dim,
    };
    Words::of(role, state.word())
}

pub(super) fn host_state(state: HostState) -> Words {
    let role = match state {
        HostState::Failed => Role::Alert,
        HostState::AtWork => Role::Accent,
        HostState::Done => Role::Ok,
        HostState::Cancelling | HostState::NeedsConfirmation | HostState::Unknown => Role::Warn,
        HostState::Waiting | HostState::NotFetched | HostState::Cancelled | HostState::Skipped => Role::Dim,
    };
    Words::of(role, state.word())
}

/// An age: quiet while it is live.
pub(super) fn age(age: Duration) -> Words {
    let role = if format::is_live(age) { Role::Dim } else { Role::Warn };
    Words::of(role, format::age(age))
}

/// A number of failed hosts: loud if there are any.
pub(super) fn failed(hosts: u32) -> Words {
    Words::of(if hosts > 0 { Role::Alert } else { Role::Dim }, format::count(hosts.into()))
}

/// The same where all is over: worth a look, and nothing to act on tonight.
pub(super) fn was_failed(hosts: u32) -> Words {
    failed(hosts).recast(Role::Alert, Role::Warn)
}

/// Digits of the highest ordinal.
pub(super) fn places(waves: &[Wave]) -> usize {
    waves.iter().map(|wave| wave.ordinal.to_string().len()).max().unwrap_or(1)
}

/// Cells that the names of waves take in a line each.
pub(super) fn names(waves: &[Wave]) -> usize {
    waves.iter().map(|wave| Words::new().text(&wave.name).width()).max().unwrap_or(0).clamp(5, 16)
}

/// A number that is only worth a look when it is not zero.
pub(super) fn quiet(number: u32) -> Words {
    Words::of(if number > 0 { Role::Text } else { Role::Dim }, format::count(number.into()))
}

/// What goes on under a pause, and what a resume begins.
pub(super) fn under_pause(entry: &Entry) -> Option<String> {
    let rollout = &entry.rollout.value;
    let RolloutState::Paused(by) = &rollout.state else { return None };
    let at_work = || entry.waves().iter().filter(|wave| wave.counts.running > 0);
    let go_on = match (rollout.at_work(), at_work().next()) {
        (0, _) => "No host is at work.".to_owned(),
        (_, Some(wave)) if at_work().count() == 1 => {
            format!("{} of wave {} go on.", format::hosts(wave.counts.running), wave.ordinal)
        }
        (work, _) => format!("{} go on.", format::hosts(work)),
    };
    let resume = match (by, entry.next_wave()) {
        (PausedBy::NotKnown | PausedBy::Told, _) => String::new(),
        (PausedBy::Short { .. }, Some(next)) => {
            format!(" Resume starts wave {}, {}, in spite of it.", next.ordinal, format::hosts(next.counts.total))
        }
        (PausedBy::Person, _) => " Resume lets the gates decide again; the dialog names what begins.".to_owned(),
        (_, Some(next)) => {
            format!(" Resume starts wave {}, {}, at once.", next.ordinal, format::hosts(next.counts.total))
        }
        (_, None) => " No further wave is left to begin.".to_owned(),
    };
    Some(go_on + &resume)
}

/// `by 5 rollouts: 229 of 251 hosts back, 22 failed`: what became of bringing hosts of a rollout back. None where nobody began to.
pub(super) fn undone(view: &View, entry: &Entry) -> Option<Words> {
    let id = &entry.rollout.value.id;
    let undoes = |other: &&Rollout| other.related.iter().any(|of| of.relation == Relation::RollbackOf && of.rollout == *id);
    let others = view.state.store.rollouts.values().map(|other| &other.rollout.value).filter(undoes);
    let others: Vec<&Rollout> = others.filter(|other| other.state != RolloutState::Declined).collect();
    let counts = others.iter().filter_map(|other| other.counts).fold(Counts::default(), |sum, counts| sum + counts);
    let count = |number: u32| format::count(number.into());
    let mut words = Words::new().dim(format!("by {}: ", format::some(others.len() as u32, "rollout"))).text(format!(
        "{} of {} reported back",
        count(counts.done),
        format::hosts(counts.total)
    ));
    let told = [
        (counts.running, Role::Text, "at work"),
        (counts.waiting, Role::Text, "waiting"),
        (counts.failed, Role::Alert, "failed"),
    ];
    for (number, role, said) in told.into_iter().filter(|(number, ..)| *number > 0) {
        words = words.then(3, Words::of(role, count(number)).dim(format!(" {said}")));
    }
    (!others.is_empty()).then_some(words)
}

/// The rollout that a verb would be about: of the place, or of its selected row.
pub(super) fn rollout_here<'a>(view: &View<'a>) -> Option<&'a Entry> {
    let store = &view.state.store;
    match view.state.place() {
        Place::Rollout(id) => store.entry(id),
        Place::Wave(wave) => store.entry(&wave.rollout),
        Place::Board | Place::Approvals => match view.selected()? {
            RowId::Rollout(id) => store.entry(id),
            _ => None,
        },
        _ => None,
    }
}

/// Whether verbs on the failures of this place, or of its selected row, are of a tenant that is armed; None: nothing failed
/// here.
pub(super) fn failures_here(view: &View) -> Option<bool> {
    let (state, queue) = (view.state, &view.state.store.queue);
    let armed = |failure: &Failure| state.is_armed(&failure.tenant);
    match (state.place(), view.selected()) {
        (Place::Failures | Place::Pile(_), Some(RowId::Pile(pile))) => {
            let tenants = &state.piles.get(pile)?.tenants;
            Some(tenants.iter().any(|tenant| state.is_armed(tenant)))
        }
        (Place::Failures | Place::Pile(_), Some(RowId::Failed(attempt))) => queue.failure(attempt).map(armed),
        (Place::Host(host), _) => queue.of(host).map(armed),
        _ => None,
    }
}

/// Whose the plan on the selected line is, if a part of it never left and can be taken up.
pub(super) fn rest_here<'a>(view: &View<'a>) -> Option<&'a TenantId> {
    let Some(RowId::Intent(intent)) = view.selected() else { return None };
    let line = view.state.activity.iter().find(|line| line.intent.as_ref() == Some(intent))?;
    line.rest.as_deref().map(|rest| &rest.intent.tenant)
}

/// Verbs that fit a rollout's state, the likeliest first. Whether one may be done is the plan's to say.
pub(super) fn verbs(rollout: &Rollout) -> Vec<Verb> {
    let mut verbs = match rollout.state {
        RolloutState::WaitsForYou => vec![Verb::Approve, Verb::Deny],
        RolloutState::NotBegun => vec![Verb::Start],
        RolloutState::Starting | RolloutState::Running => vec![Verb::Pause, Verb::Advance, Verb::Stop],
        RolloutState::Paused(_) | RolloutState::Frozen => vec![Verb::Resume, Verb::Stop],
        RolloutState::Unknown => vec![Verb::Pause],
        RolloutState::Preparing | RolloutState::Stopping | RolloutState::Declined => Vec::new(),
        RolloutState::Finished | RolloutState::Stopped => vec![Verb::RollBack],
    };
    if rollout.counts.is_some_and(|counts| counts.failed > 0) {
        verbs.push(Verb::Retry);
    }
    verbs
}

/// Whether the backend of a rollout can be asked a verb at all.
pub(super) fn can(view: &View, rollout: &Rollout, verb: Verb) -> bool {
    let descriptor = view.state.descriptors.get(&rollout.id.backend);
    !descriptor.is_some_and(|known| matches!(known.capability(verb), Capability::Unsupported(_)))
}

/// `CALL   acme on-call, ...` and what is known of the service, on one line where there is room.
pub(super) fn call(view: &View, entry: &Entry, width: usize) -> Vec<Words> {
    let tenant = view.state.store.tenants.get(&entry.rollout.value.tenant);
    let call = match tenant.and_then(|tenant| tenant.call.as_ref()) {
        Some(call) => Words::new().dim("CALL   ").text(call).hanging(7),
        None => Words::new().dim("CALL   nobody is named in the config"),
    };
    let health = Words::new().dim("service health: no source connected");
    let air = width.saturating_sub(call.width() + health.width());
    if air >= 3 { vec![call.gap(air).and(health)] } else { vec![call, health] }
}

/// Cells of a label.
const LABEL: usize = 11;

/// A label column and what belongs to it.
pub(super) fn labelled(label: &str, words: Words) -> Words {
    Words::new().dim(format!("{label:<LABEL$}")).and(words).hanging(LABEL)
}
