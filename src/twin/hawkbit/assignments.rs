//! Assignments over HTTP: one target, or many at once.
//!
//! Unknown ids are dropped without an error, as on the server. What a window means is the world's.

use serde::Deserialize;
use serde_json::json;

use super::super::world::assign::Wanted;
use super::super::world::window::Window;
use super::super::world::{Millis, World};
use super::answer::Answer;
use super::bodies::Shape;
use super::login::Login;
use super::problem::Problem;
use super::reads::{release_row, target_row};
use super::routes::{Ask, Route};

/// One release for one target.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneTarget {
    id: usize,
    #[serde(rename = "type")]
    kind: Option<String>,
    maintenance_window: Option<AskedWindow>,
}

/// One target of many for one release.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManyTargets {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    maintenance_window: Option<AskedWindow>,
}

#[derive(Deserialize)]
struct AskedWindow {
    schedule: Option<String>,
    duration: Option<String>,
    timezone: Option<String>,
}

/// At most this many targets go into one manual request.
pub(super) const QUOTA: usize = 5_000;

pub(super) fn assign(world: &mut World, login: &Login, ask: &Ask, route: &Route) -> Result<Answer, Problem> {
    let (release, wanted) = match route {
        Route::AssignedRelease(target) => {
            target_row(world, login.tenant, target)?;
            let body: OneTarget = ask.read()?;
            let release = release_row(world, login.tenant, body.id.wrapping_sub(1))?;
            (release, vec![wanted(target.clone(), body.kind.as_deref(), body.maintenance_window, world.now)?])
        }
        Route::AssignedTargets(row) => {
            let release = release_row(world, login.tenant, *row)?;
            let body: Vec<ManyTargets> = ask.read()?;
            if body.len() > QUOTA {
                let words = format!("Quota exceeded: at most {QUOTA} targets can be assigned in one request");
                let exception = "repository.exception.AssignmentQuotaExceededException";
                return Err(Problem::Own(429, "quota.tooManyEntries", exception, Some(words)));
            }
            let now = world.now;
            let list = body.into_iter().map(|one| wanted(one.id, one.kind.as_deref(), one.maintenance_window, now));
            (release, list.collect::<Result<Vec<_>, _>>()?)
        }
        _ => return Err(Problem::Spring(405)),
    };
    let done = world.assign(login.tenant, release, wanted, &login.name)?;
    let shape = Shape { base: &ask.base, token: false };
    let actions: Vec<_> = done.actions.iter().map(|action| shape.assigned_action(world, *action)).collect();
    Ok(Answer::json(
        200,
        json!({
            "assigned": actions.len(),
            "alreadyAssigned": done.already,
            "total": actions.len() + done.already as usize,
            "assignedActions": actions,
        }),
    ))
}

fn wanted(controller_id: String, kind: Option<&str>, window: Option<AskedWindow>, now: Millis) -> Result<Wanted, Problem> {
    let window = window.map(|window| checked(window, now)).transpose()?;
    Ok(Wanted { controller_id, soft: kind == Some("soft"), window })
}

/// All three members or none.
fn checked(asked: AskedWindow, now: Millis) -> Result<Window, Problem> {
    let invalid = |words: &str| {
        let exception = "repository.exception.InvalidMaintenanceScheduleException";
        Problem::Own(400, "maintenanceScheduleInvalid", exception, Some(words.to_owned()))
    };
    let (Some(schedule), Some(duration), Some(timezone)) = (asked.schedule, asked.duration, asked.timezone) else {
        return Err(invalid("All of schedule, duration and timezone should either be null or non empty."));
    };
    Window::checked(&schedule, &duration, &timezone, now).map_err(invalid)
}
