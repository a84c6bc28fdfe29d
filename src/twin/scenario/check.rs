//! Holds a scenario against itself: every name it uses must be one it defines.
//!
//! Finds what a parser cannot. It does not judge whether a night makes sense.

use std::collections::HashSet;

use super::super::world::words;
use super::{Behaviour, Install, Rollout, Scenario, Tenant};

/// # Errors
/// The first thing that does not hold, in words.
pub(super) fn check(scenario: &Scenario) -> Result<(), String> {
    if scenario.opens < scenario.begins {
        return Err("`opens` lies before `begins`".to_owned());
    }
    if !scenario.speed.is_finite() || scenario.speed < 0.0 {
        return Err("`speed` must be 0 or more".to_owned());
    }
    if scenario.server.scheduler_s == 0 || scenario.server.poll_s == 0 {
        return Err("`scheduler_s` and `poll_s` must be at least 1".to_owned());
    }
    for (name, failure) in &scenario.failure {
        if let Some(wrong) = failure.messages.iter().find_map(|form| words::mistake(form)) {
            return Err(format!("failure {name}: `{{{wrong}}}` is no blank that a device can fill"));
        }
    }
    for (name, mix) in &scenario.mix {
        for failure in mix.keys() {
            known(scenario.failure.contains_key(failure), failure, &format!("mix {name}"), "failure")?;
        }
        if mix.values().all(|weight| *weight == 0) {
            return Err(format!("mix `{name}` has no weights"));
        }
    }
    for (name, behaviour) in &scenario.behaviour {
        check_behaviour(scenario, name, behaviour)?;
    }
    let mut names = HashSet::new();
    for tenant in &scenario.tenant {
        for user in &tenant.user {
            if !names.insert(user.name.as_str()) {
                return Err(format!("user `{}` exists twice: the user name chooses the tenant", user.name));
            }
        }
        check_tenant(scenario, tenant)?;
    }
    match &scenario.salt {
        Some(night) => night.check(),
        None if scenario.tenant.is_empty() => Err("there is no tenant, neither `[[tenant]]` nor in `[salt]`".to_owned()),
        None => Ok(()),
    }
}

fn check_behaviour(scenario: &Scenario, name: &str, behaviour: &Behaviour) -> Result<(), String> {
    if behaviour.fail > 0.0 {
        known(scenario.mix.contains_key(&behaviour.mix), &behaviour.mix, &format!("behaviour {name}"), "mix")?;
    }
    if !behaviour.install.grows() || !behaviour.restart.is_none_or(Install::grows) {
        return Err(format!("behaviour `{name}`: times must grow from quickest to longest"));
    }
    Ok(())
}

fn check_tenant(scenario: &Scenario, tenant: &Tenant) -> Result<(), String> {
    let place = format!("tenant {}", tenant.name);
    if tenant.user.is_empty() || tenant.fleet.is_empty() || tenant.release.is_empty() {
        return Err(format!("{place} needs a user, a fleet and a release"));
    }
    known(scenario.behaviour.contains_key(&tenant.again), &tenant.again, &place, "behaviour")?;
    for behaviour in tenant.release.iter().filter_map(|release| release.going_back.as_ref()) {
        known(scenario.behaviour.contains_key(behaviour), behaviour, &place, "behaviour")?;
    }
    for past in &tenant.past {
        known(has_release(tenant, &past.release), &past.release, &place, "release")?;
        check_fleets(tenant, &past.fleets, &place)?;
    }
    for assigned in &tenant.assigned {
        known(has_release(tenant, &assigned.release), &assigned.release, &place, "release")?;
        known(tenant.fleet.iter().any(|known| known.group == assigned.fleet), &assigned.fleet, &place, "fleet")?;
        if assigned.at.is_positive() {
            return Err(format!("{place} assigns {} after `opens`: nobody is there to do it then", assigned.release));
        }
    }
    for rollout in &tenant.rollout {
        check_rollout(scenario, tenant, rollout)?;
    }
    Ok(())
}

fn check_rollout(scenario: &Scenario, tenant: &Tenant, rollout: &Rollout) -> Result<(), String> {
    let place = format!("rollout {}", rollout.name);
    known(has_release(tenant, &rollout.release), &rollout.release, &place, "release")?;
    known(scenario.behaviour.contains_key(&rollout.behaviour), &rollout.behaviour, &place, "behaviour")?;
    for wave in &rollout.wave {
        check_fleets(tenant, &wave.fleets, &place)?;
        if let Some(behaviour) = &wave.behaviour {
            known(scenario.behaviour.contains_key(behaviour), behaviour, &place, "behaviour")?;
        }
    }
    if rollout.created.is_positive() {
        return Err(format!("{place} is created after `opens`: nobody is there to make it then"));
    }
    if rollout.wave.is_empty() {
        return Err(format!("{place} has no wave"));
    }
    if rollout.step.windows(2).any(|pair| pair[0].at > pair[1].at) {
        return Err(format!("{place}: the steps must stand in the order of their times"));
    }
    Ok(())
}

fn check_fleets(tenant: &Tenant, fleets: &[String], place: &str) -> Result<(), String> {
    for fleet in fleets {
        known(tenant.fleet.iter().any(|known| known.group == *fleet), fleet, place, "fleet")?;
    }
    Ok(())
}

fn has_release(tenant: &Tenant, wanted: &str) -> bool {
    tenant.release.iter().any(|release| format!("{}:{}", release.name, release.version) == wanted)
}

fn known(there: bool, name: &str, place: &str, kind: &str) -> Result<(), String> {
    if there { Ok(()) } else { Err(format!("{place} names the {kind} `{name}`, which is not there")) }
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let error = Scenario::read("about = \"x\"\nseed = 1\nspede = 2\n").unwrap_err();
        assert!(error.contains("line 3") && error.contains("spede"), "{error}");
    }

    #[test]
    fn a_blank_that_no_device_can_fill_is_refused_by_name() {
        let broken = format!("{}\n[failure.mine]\nmessages = [\"on {{hots}}\"]\n", crate::twin::builtin("calm").unwrap());
        let error = Scenario::read(&broken).unwrap_err();
        assert!(error.contains("mine") && error.contains("{hots}"), "{error}");
    }

    #[test]
    fn a_rollout_of_a_release_that_is_not_there_is_refused_by_name() {
        let broken = crate::twin::builtin("calm").unwrap().replacen("release = \"", "release = \"no-", 1);
        let error = Scenario::read(&broken).unwrap_err();
        assert!(error.contains("no-") && error.contains("release"), "{error}");
    }
}
