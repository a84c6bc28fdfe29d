//! Assignments over HTTP: one target, or many at once.
//!
//! Unknown ids are dropped without an error, as on the server. Windows are read and kept; what the schedule means in full
//! Quartz cron is not worked out: only fixed times of day are.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;
use serde_json::json;

use super::super::world::action::Window;
use super::super::world::assign::Wanted;
use super::super::world::build::instant;
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

/// All three members or none, a time of day as duration, a fixed offset as zone: a zone's name is refused, with the
/// server's misleading words.
fn checked(asked: AskedWindow, now: Millis) -> Result<Window, Problem> {
    let invalid = |words: &str| {
        let exception = "repository.exception.InvalidMaintenanceScheduleException";
        Problem::Own(400, "maintenanceScheduleInvalid", exception, Some(words.to_owned()))
    };
    let (Some(schedule), Some(duration), Some(timezone)) = (asked.schedule, asked.duration, asked.timezone) else {
        return Err(invalid("All of schedule, duration and timezone should either be null or non empty."));
    };
    let length = duration.parse::<civil::Time>().ok().filter(|_| duration.len() == 8);
    let length = length.ok_or_else(|| invalid("Provided duration is not valid"))?;
    let none = "No valid maintenance window available after current time";
    let offset = offset(&timezone).ok_or_else(|| invalid(none))?;
    let next_start_at = next_start(&schedule, length, offset, now).ok_or_else(|| invalid(none))?;
    Ok(Window { schedule, duration, timezone, next_start_at })
}

fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

/// When the window opens that is open now or opens next, for a schedule with a fixed time of day; other members of the
/// cron text are not looked at. For a window that is open the answer lies in the past, as on the server.
fn next_start(schedule: &str, length: civil::Time, offset: Offset, now: Millis) -> Option<Millis> {
    let parts: Vec<&str> = schedule.split_whitespace().collect();
    let [second, minute, hour, ..] = parts[..] else {
        return None;
    };
    if !(6..=7).contains(&parts.len()) || schedule.len() > 128 {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    let time = civil::Time::new(hour, minute, second.parse().ok()?, 0).ok()?;
    let zone = TimeZone::fixed(offset);
    let today = instant(now).to_zoned(zone.clone()).date();
    let length = length.duration_since(civil::Time::midnight());
    let opens = |date: civil::Date| Some(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp());
    let days = [today.yesterday().ok()?, today, today.tomorrow().ok()?];
    let start = days.into_iter().filter_map(opens).find(|start| *start + length > instant(now))?;
    Some(start.as_millisecond())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn window(duration: &str, timezone: &str) -> AskedWindow {
        let text = |text: &str| Some(text.to_owned());
        AskedWindow { schedule: text("0 0 7 ? * *"), duration: text(duration), timezone: text(timezone) }
    }

    #[rstest]
    #[case("02:00:00", "+00:00", true)]
    #[case("02:00:00", "Z", true)]
    #[case("02:00:00", "Europe/Berlin", false)]
    #[case("3:00:00", "+00:00", false)]
    #[case("24:00:00", "+00:00", false)]
    #[case("PT3H", "+00:00", false)]
    fn windows_are_taken_and_refused_as_the_server_does(#[case] duration: &str, #[case] zone: &str, #[case] taken: bool) {
        assert_eq!(checked(window(duration, zone), 0).is_ok(), taken);
    }

    #[rstest]
    #[case("+02:00", 0, 5)]
    #[case("+00:00", 6, 7)]
    #[case("+00:00", 8, 7)]
    #[case("+00:00", 9, 31)]
    fn the_start_shown_is_that_of_the_window_open_now_or_next(#[case] zone: &str, #[case] now: i64, #[case] starts: i64) {
        let hour = 3_600_000;
        let window = checked(window("02:00:00", zone), now * hour).unwrap();
        assert_eq!(window.next_start_at, starts * hour);
    }
}
