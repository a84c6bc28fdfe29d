//! Verbs over HTTP: which row, which right, how long it takes, what is answered.
//!
//! The rules of the verbs are the world's. A verb that starts a wave does it inside the request, so [`cost`] says how
//! long the request will take before anything is changed.

use serde::Deserialize;
use serde_json::Value;

use super::super::scenario::Verb;
use super::super::world::World;
use super::super::world::rollout::RolloutStatus;
use super::answer::Answer;
use super::assignments::QUOTA;
use super::bodies::Shape;
use super::login::Login;
use super::problem::Problem;
use super::reads::{action_of_target, release_row, rollout_row};
use super::routes::{Ask, Route, find_login, route};

/// Milliseconds of the night this request will take: the hosts it touches times the time for each. What will be refused takes none.
pub(super) fn cost(world: &World, logins: &[Login], ask: &Ask) -> f64 {
    let (Some(login), "POST") = (find_login(logins, ask), ask.method.as_str()) else {
        return 0.0;
    };
    let hosts = match route(ask) {
        Ok(Route::RolloutVerb(row, verb)) => {
            let Ok(rollout) = rollout_row(world, login.tenant, row) else {
                return 0.0;
            };
            let group = match (verb, world.rollouts[rollout].status) {
                (Verb::Resume, RolloutStatus::Paused) => world.resume_starts(rollout),
                (Verb::TriggerNextGroup, RolloutStatus::Running) => world.next_scheduled(rollout),
                _ => None,
            };
            group.map_or(0, |group| world.groups[group].actions.len())
        }
        Ok(Route::AssignedTargets(_)) if login.may("UPDATE_TARGET") => {
            let asked = ask.read::<Vec<Value>>().map_or(0, |list| list.len());
            if asked > QUOTA { 0 } else { asked }
        }
        Ok(Route::AssignedRelease(_)) if login.may("UPDATE_TARGET") => 1,
        _ => 0,
    };
    world.settings.verb_ms_per_host * hosts as f64
}

pub(super) fn post(world: &mut World, login: &Login, ask: &Ask, route: &Route) -> Result<Answer, Problem> {
    let by = login.name.as_str();
    match route {
        Route::RolloutVerb(row, verb) => {
            let rollout = rollout_row(world, login.tenant, *row)?;
            let remark = ask.query("remark").map(str::to_owned);
            match verb {
                Verb::Approve => world.decide(rollout, by, remark, true),
                Verb::Deny => world.decide(rollout, by, remark, false),
                Verb::Start => world.start(rollout, by),
                Verb::Pause => world.pause(rollout, by),
                Verb::Resume => world.resume(rollout, by),
                Verb::Stop => world.stop(rollout, by),
                Verb::TriggerNextGroup => world.trigger_next(rollout, by),
            }?;
            Ok(Answer::empty(204))
        }
        Route::Retry(row) => {
            let rollout = rollout_row(world, login.tenant, *row)?;
            if world.rollouts[rollout].status == RolloutStatus::Deleted {
                return Err(Problem::not_found("Rollout", &(rollout + 1).to_string()));
            }
            if world.rollouts[rollout].status == RolloutStatus::Finished && !login.may("CREATE_ROLLOUT") {
                return Err(Problem::forbidden());
            }
            let made = world.retry(rollout, by, login.has_literally("APPROVE_ROLLOUT"))?;
            let shape = Shape { base: &ask.base, token: false };
            Ok(Answer::json(201, shape.rollout(world, made, true)))
        }
        Route::Invalidate(row) => {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Invalidation {
                action_cancelation_type: String,
            }
            let release = release_row(world, login.tenant, *row)?;
            let wanted: Invalidation = ask.read()?;
            world.invalidate(release, !wanted.action_cancelation_type.eq_ignore_ascii_case("none"), by);
            Ok(Answer::empty(204))
        }
        _ => Err(Problem::Spring(405)),
    }
}

pub(super) fn put(world: &mut World, login: &Login, ask: &Ask, route: &Route) -> Result<Answer, Problem> {
    match route {
        Route::Rollout(row) => {
            #[derive(Deserialize)]
            struct Rename {
                name: Option<String>,
                description: Option<String>,
            }
            let rollout = rollout_row(world, login.tenant, *row)?;
            let wanted: Rename = ask.read()?;
            world.rename(rollout, wanted.name, wanted.description, &login.name)?;
            let shape = Shape { base: &ask.base, token: false };
            Ok(Answer::json(200, shape.rollout(world, rollout, true)))
        }
        Route::TargetAction(target, row) => {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Force {
                force_type: String,
            }
            let action = action_of_target(world, login.tenant, target, *row)?;
            let wanted: Force = ask.read()?;
            if wanted.force_type != "forced" {
                return Err(Problem::constraint("Only a change to forced is possible"));
            }
            world.force(action, &login.name);
            let shape = Shape { base: &ask.base, token: false };
            Ok(Answer::json(200, shape.action(world, action, true)))
        }
        _ => Err(Problem::Spring(405)),
    }
}

/// Takes a rollout away; cancels an action, or with `force=true` ends a cancelled one without the device.
pub(super) fn delete(world: &mut World, login: &Login, ask: &Ask, route: &Route) -> Result<Answer, Problem> {
    match route {
        Route::Rollout(row) => {
            let rollout = rollout_row(world, login.tenant, *row)?;
            world.delete_rollout(rollout, &login.name)?;
        }
        Route::TargetAction(target, row) => {
            let action = action_of_target(world, login.tenant, target, *row)?;
            let force = ask.query("force").is_some_and(|force| force.eq_ignore_ascii_case("true"));
            if force {
                world.force_quit(action, &login.name)?;
            } else {
                world.cancel(action, &login.name)?;
            }
        }
        _ => return Err(Problem::Spring(405)),
    }
    Ok(Answer::empty(204))
}
