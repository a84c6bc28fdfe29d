//! Everything that is read: lists, single rows, and where to find the rest.
//!
//! Rows of other tenants do not exist here. Shapes are in `bodies`, paging in `listing`.

use serde_json::{Value, json};

use super::super::world::World;
use super::super::world::rollout::RolloutStatus;
use super::answer::Answer;
use super::bodies::{self, Shape};
use super::configs;
use super::fields::Table;
use super::listing::Listing;
use super::login::Login;
use super::problem::Problem;
use super::routes::{Ask, Route};

pub(super) fn read(world: &mut World, login: &Login, ask: &Ask, route: &Route) -> Result<Answer, Problem> {
    let tenant = login.tenant;
    let shape = Shape { base: &ask.base, token: login.may("READ_TARGET_SECURITY_TOKEN") };
    let body = match route {
        Route::UserInfo => json!({
            "tenant": login.server_tenant, "username": login.name, "permissions": login.permissions,
        }),
        Route::Configs => configs::all(world, tenant, &ask.base),
        Route::Config(key) => configs::one(world, tenant, &ask.base, key)?,
        Route::Rollouts => {
            let list = Listing::new(ask, world, Table::Rollout, Table::Rollout)?;
            let rows = visible_rollouts(world, tenant, ask.query("soft_deleted_mode"));
            list.page(world, rows.into_iter(), |world, row| shape.rollout(world, row, list.full))
        }
        Route::Rollout(rollout) => {
            let row = rollout_row(world, tenant, *rollout)?;
            shape.rollout(world, row, true)
        }
        Route::Groups(rollout) => {
            let row = rollout_row(world, tenant, *rollout)?;
            let list = Listing::new(ask, world, Table::Group, Table::Rollout)?;
            let rows = world.rollouts[row].groups.clone();
            list.page(world, rows.into_iter(), |world, row| shape.group(world, row, list.full))
        }
        Route::Group(rollout, group) => {
            let row = group_row(world, tenant, *rollout, *group)?;
            shape.group(world, row, true)
        }
        Route::GroupTargets(rollout, group) => {
            let row = group_row(world, tenant, *rollout, *group)?;
            let list = Listing::new(ask, world, Table::Target, Table::Rollout)?;
            let rows = members(world, row);
            list.page(world, rows.into_iter(), |world, row| shape.target(world, row, false))
        }
        Route::Actions => {
            let list = Listing::new(ask, world, Table::Action, Table::Action)?;
            let rows = list.actions(world, tenant);
            list.page(world, rows.into_iter(), |world, row| shape.action(world, row, list.full))
        }
        Route::Action(action) => {
            let row = action_row(world, tenant, *action)?;
            shape.action(world, row, true)
        }
        Route::Targets => {
            let list = Listing::new(ask, world, Table::Target, Table::Target)?;
            let rows = list.targets(world, tenant);
            list.page(world, rows.into_iter(), |world, row| shape.target(world, row, false))
        }
        Route::Target(target) => {
            let row = target_row(world, tenant, target)?;
            shape.target(world, row, true)
        }
        Route::Attributes(target) => {
            let row = target_row(world, tenant, target)?;
            json!(world.attributes(row))
        }
        Route::TargetActions(target) => {
            let row = target_row(world, tenant, target)?;
            let list = Listing::new(ask, world, Table::Action, Table::Action)?;
            let mut rows = world.targets[row].actions.clone();
            rows.reverse();
            rows.retain(|action| world.actions[*action].status != super::super::world::action::Status::Deleted);
            list.page(world, rows.into_iter(), |world, row| shape.action(world, row, false))
        }
        Route::TargetAction(target, action) => {
            let row = action_of_target(world, tenant, target, *action)?;
            shape.action(world, row, true)
        }
        Route::History(target, action) => {
            let row = action_of_target(world, tenant, target, *action)?;
            history(world, ask, row)?
        }
        Route::AssignedRelease(target) => {
            let row = target_row(world, tenant, target)?;
            return Ok(maybe_release(world, &shape, world.targets[row].assigned));
        }
        Route::InstalledRelease(target) => {
            let row = target_row(world, tenant, target)?;
            return Ok(maybe_release(world, &shape, world.targets[row].installed));
        }
        Route::Releases => {
            let list = Listing::new(ask, world, Table::Release, Table::Release)?;
            let rows = world.tenants[tenant].releases.clone();
            list.page(world, rows.into_iter(), |world, row| shape.release(world, row, false))
        }
        Route::Release(release) => {
            let row = release_row(world, tenant, *release)?;
            shape.release(world, row, true)
        }
        Route::RolloutVerb(..) | Route::Retry(_) | Route::AssignedTargets(_) | Route::Invalidate(_) => {
            return Err(Problem::Spring(405));
        }
    };
    Ok(Answer::json(200, body))
}

fn maybe_release(world: &World, shape: &Shape<'_>, release: Option<usize>) -> Answer {
    release.map_or_else(|| Answer::empty(204), |row| Answer::json(200, shape.release(world, row, true)))
}

fn visible_rollouts(world: &World, tenant: usize, mode: Option<&str>) -> Vec<usize> {
    let shown = |row: &&usize| {
        let deleted = world.rollouts[**row].status == RolloutStatus::Deleted;
        if world.rollouts[**row].erased {
            return false;
        }
        match mode {
            Some("INCLUDE_SOFT_DELETED") => true,
            Some("ONLY_SOFT_DELETED") => deleted,
            _ => !deleted,
        }
    };
    world.tenants[tenant].rollouts.iter().filter(shown).copied().collect()
}

/// The targets of a group: its members, and once the rollout was started those its actions are for.
fn members(world: &World, group: usize) -> Vec<usize> {
    let group = &world.groups[group];
    let mut rows = group.members.clone();
    rows.extend(group.actions.iter().map(|action| world.actions[*action].target));
    rows
}

/// Newest first unless asked otherwise; there is no `q` for this list.
fn history(world: &World, ask: &Ask, action: usize) -> Result<Value, Problem> {
    let mut entries = world.history(action);
    let number = |name: &str| ask.query(name).map(|text| text.parse::<i64>().map_err(|_| Problem::not_readable())).transpose();
    let offset = number("offset")?.unwrap_or(0).max(0) as usize;
    let limit = number("limit")?.filter(|limit| *limit > 0).unwrap_or(50).min(500) as usize;
    let ascending = ask.query("sort").is_some_and(|sort| sort.to_uppercase().ends_with(":ASC"));
    if !ascending {
        entries.reverse();
    }
    let total = entries.len();
    let content: Vec<Value> = entries.iter().skip(offset).take(limit).map(bodies::entry).collect();
    Ok(json!({ "size": content.len(), "total": total, "content": content }))
}

pub(super) fn rollout_row(world: &World, tenant: usize, row: usize) -> Result<usize, Problem> {
    let found = world.rollouts.get(row).filter(|rollout| rollout.tenant == tenant && !rollout.erased);
    found.map(|_| row).ok_or_else(|| Problem::not_found("Rollout", &id(row)))
}

fn group_row(world: &World, tenant: usize, rollout: usize, row: usize) -> Result<usize, Problem> {
    let rollout = rollout_row(world, tenant, rollout)?;
    let found = world.groups.get(row).filter(|group| group.rollout == rollout);
    found.map(|_| row).ok_or_else(|| Problem::not_found("RolloutGroup", &id(row)))
}

fn action_row(world: &World, tenant: usize, row: usize) -> Result<usize, Problem> {
    let there = |action: &&super::super::world::action::Action| {
        action.tenant == tenant && action.status != super::super::world::action::Status::Deleted
    };
    world.actions.get(row).filter(there).map(|_| row).ok_or_else(|| Problem::not_found("Action", &id(row)))
}

pub(super) fn target_row(world: &World, tenant: usize, controller_id: &str) -> Result<usize, Problem> {
    world.target_named(tenant, controller_id).ok_or_else(|| Problem::not_found("Target", controller_id))
}

pub(super) fn action_of_target(world: &World, tenant: usize, controller_id: &str, row: usize) -> Result<usize, Problem> {
    let target = target_row(world, tenant, controller_id)?;
    let action = action_row(world, tenant, row)?;
    let fits = world.actions[action].target == target;
    if fits { Ok(action) } else { Err(Problem::not_found("Action", &id(row))) }
}

pub(super) fn release_row(world: &World, tenant: usize, row: usize) -> Result<usize, Problem> {
    let found = world.releases.get(row).filter(|release| release.tenant == tenant);
    found.map(|_| row).ok_or_else(|| Problem::not_found("DistributionSet", &id(row)))
}

fn id(row: usize) -> String {
    row.wrapping_add(1).to_string()
}
