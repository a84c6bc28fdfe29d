//! Look-only until armed: one tenant, for some minutes, told in the journal.

use crate::app::effect::{Effect, Note};
use crate::app::state::{ActivityLine, ActivityState, ArmDialog, Armed, Dialog, JournalSeat, Place, RowId, State, Weight};
use crate::domain::{TenantId, Text};

/// How a refusal of a verb begins while nothing is armed.
pub(super) const LOOK_ONLY: &str = "look only: ";

/// `!`: disarms, or asks which tenant.
pub fn toggle(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(armed) = state.armed.take() {
        effects.push(Effect::Note(Note::Disarmed { tenant: armed.tenant.clone() }));
        tell(state, &armed.tenant, "disarmed".to_owned());
        state.notice(Weight::Info, format!("{} disarmed; look only", armed.tenant));
        return;
    }
    if let JournalSeat::Broken(words) = &state.journal {
        let words = format!("cannot arm: no journal ({words})");
        state.notice(Weight::Alert, words);
        return;
    }
    let tenants = state.store.tenant_ids();
    if tenants.is_empty() {
        state.notice(Weight::Warn, "no tenant is known yet");
        return;
    }
    let here = tenant_here(state);
    match (state.place(), here) {
        (
            Place::Board | Place::Failures | Place::Pile(_) | Place::Approvals | Place::Activity | Place::Backends | Place::Found,
            here,
        ) => {
            let at = here.and_then(|here| tenants.iter().position(|tenant| *tenant == here)).unwrap_or(0);
            state.dialogs.push(Dialog::Arm(ArmDialog { tenants, at, drawn: false }));
        }
        (_, Some(here)) => arm(state, here, effects),
        (_, None) => state.dialogs.push(Dialog::Arm(ArmDialog { tenants, at: 0, drawn: false })),
    }
}

/// Arms one tenant. Another one that was armed is not any more, and the journal says so.
pub fn arm(state: &mut State, tenant: TenantId, effects: &mut Vec<Effect>) {
    if let Some(before) = state.armed.take().filter(|armed| armed.tenant != tenant) {
        tell(state, &before.tenant, "disarmed".to_owned());
        effects.push(Effect::Note(Note::Disarmed { tenant: before.tenant }));
    }
    let until = state.now.mono.plus(state.arm_for);
    effects.push(Effect::Note(Note::Armed { tenant: tenant.clone(), seconds: state.arm_for.as_secs() }));
    tell(state, &tenant, format!("armed for {} min", state.arm_for.as_secs() / 60));
    // What was told of looking only does not hold any more.
    state.notices.retain(|notice| !notice.text.as_str().starts_with(LOOK_ONLY));
    state.armed = Some(Armed { tenant, since: state.now.mono, until });
}

/// A line of the activity, as the journal keeps it.
fn tell(state: &mut State, tenant: &TenantId, what: String) {
    let line = ActivityLine {
        at: state.now.real,
        who: state.person.clone().unwrap_or_else(|| state.os_user.clone()),
        tenant: Some(tenant.clone()),
        rollout: None,
        intent: None,
        what: Text::new(what),
        state: ActivityState::Arming,
        found: Text::default(),
        elsewhere: false,
        rest: None,
        unsent: None,
        went: Vec::new(),
    };
    state.activity.insert(0, line);
    state.store.revision += 1;
}

/// Without a journal nothing may be sent, so nothing is armed. It cannot be written down either.
pub fn without_journal(state: &mut State) {
    if let Some(armed) = state.armed.take() {
        tell(state, &armed.tenant, "disarmed: the journal cannot be written".to_owned());
        if let Some(line) = state.activity.first_mut() {
            // Not one of many: it says why nothing can be done any more.
            line.state = ActivityState::Told;
        }
    }
}

/// Arming ends by itself.
pub fn expire(state: &mut State, effects: &mut Vec<Effect>) {
    if state.armed.as_ref().is_some_and(|armed| armed.until <= state.now.mono)
        && let Some(armed) = state.armed.take()
    {
        effects.push(Effect::Note(Note::Disarmed { tenant: armed.tenant.clone() }));
        tell(state, &armed.tenant, "disarmed by itself".to_owned());
        state.notice(Weight::Info, format!("{} is no longer armed; look only", armed.tenant));
    }
}

/// The tenant of the place or the selected row.
pub fn tenant_here(state: &State) -> Option<TenantId> {
    let of = |id| state.store.entry(id).map(|entry| entry.rollout.value.tenant.clone());
    match state.place() {
        Place::Rollout(id) => of(id),
        Place::Wave(wave) => of(&wave.rollout),
        Place::Host(host) => state.store.connection(&host.backend).and_then(|connection| connection.tenants.first().cloned()),
        _ => match state.selected()? {
            RowId::Rollout(id) => of(id),
            RowId::Host(host) => state.store.connection(&host.backend)?.tenants.first().cloned(),
            RowId::Set(set) => Some(set.tenant.clone()),
            RowId::Backend(name) => state.store.connection(name)?.tenants.first().cloned(),
            RowId::Intent(intent) => {
                state.activity.iter().find(|line| line.intent.as_ref() == Some(intent)).and_then(|line| line.tenant.clone())
            }
            _ => None,
        },
    }
}
