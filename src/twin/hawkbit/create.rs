//! `POST /rollouts`: a wave over a filter, with explicit groups or a number of equal ones.
//!
//! Validates what the server validates, and no more: thresholds are taken as they come. A filter has at most 1,024 characters,
//! so a list of hosts by name does not go far.

use std::collections::HashSet;

use serde::Deserialize;

use super::super::world::World;
use super::super::world::making::{NewGroup, NewRollout};
use super::super::world::verbs::Refused;
use super::answer::Answer;
use super::bodies::Shape;
use super::fields::Table;
use super::listing::candidates;
use super::login::Login;
use super::problem::Problem;
use super::reads::release_row;
use super::routes::Ask;
use super::rsql;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    name: String,
    description: Option<String>,
    distribution_set_id: usize,
    target_filter_query: String,
    start_at: Option<i64>,
    amount_groups: Option<usize>,
    groups: Option<Vec<Group>>,
    #[serde(flatten)]
    conditions: Conditions,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    description: Option<String>,
    #[serde(default)]
    target_filter_query: String,
    target_percentage: Option<f64>,
    #[serde(flatten)]
    conditions: Conditions,
}

#[derive(Deserialize, Clone, Default)]
#[serde(rename_all = "camelCase")]
struct Conditions {
    success_condition: Option<Threshold>,
    success_action: Option<Next>,
    error_condition: Option<Threshold>,
}

#[derive(Deserialize, Clone)]
struct Threshold {
    expression: String,
}

#[derive(Deserialize, Clone)]
struct Next {
    action: String,
}

/// The longest filter, name and description the server stores.
const FILTER: usize = 1_024;
const NAME: usize = 128;
const DESCRIPTION: usize = 512;
/// Quotas: groups of one rollout, targets of one group.
const GROUPS: usize = 500;
const TARGETS: usize = 20_000;

pub(super) fn create(world: &mut World, login: &Login, ask: &Ask) -> Result<Answer, Problem> {
    let body: Body = ask.read()?;
    sized("name", &body.name, 1, NAME)?;
    sized("description", body.description.as_deref().unwrap_or_default(), 0, DESCRIPTION)?;
    sized("targetFilterQuery", &body.target_filter_query, 1, FILTER)?;
    let release = release_row(world, login.tenant, body.distribution_set_id.wrapping_sub(1))?;
    let all = matching(world, login.tenant, &body.target_filter_query)?;
    if all.is_empty() {
        return Err(Problem::constraint("Rollout target filter does not match any existing targets"));
    }
    let groups = match (body.groups, body.amount_groups) {
        (Some(_), Some(_)) => {
            return Err(Problem::constraint("Either amountGroups or groups must be defined, not both"));
        }
        (Some(groups), None) => explicit(world, login.tenant, &all, groups)?,
        (None, Some(0)) => {
            return Err(Problem::constraint("The amount of groups cannot be lower than or equal to zero for static rollouts"));
        }
        (None, amount) => equal(world.tenants[login.tenant].again, &all, amount.unwrap_or(1), &body.conditions)?,
    };
    if let Some(group) = groups.iter().find(|group| group.members.len() > TARGETS) {
        return Err(quota(&format!("{} targets in {}: at most {TARGETS} are allowed", group.members.len(), group.name)));
    }
    let new = NewRollout {
        tenant: login.tenant,
        name: body.name,
        description: body.description,
        filter: body.target_filter_query,
        release,
        start_at: body.start_at,
        exempt: login.has_literally("APPROVE_ROLLOUT"),
        groups,
    };
    let made = world.create(new, &login.name)?;
    let shape = Shape { base: &ask.base, token: false };
    Ok(Answer::json(201, shape.rollout(world, made, true)))
}

fn matching(world: &World, tenant: usize, query: &str) -> Result<Vec<usize>, Problem> {
    let filter = rsql::parse(query, Table::Target, &[])?;
    let mut rows = candidates(Some(&filter), world, tenant);
    rows.retain(|target| filter.matches(world, *target));
    Ok(rows)
}

/// The server's answer to a text that does not fit its column.
fn sized(member: &str, text: &str, least: usize, most: usize) -> Result<(), Problem> {
    let fits = (least..=most).contains(&text.chars().count());
    if fits { Ok(()) } else { Err(Problem::constraint(&format!("{member} size must be between {least} and {most}"))) }
}

fn quota(words: &str) -> Problem {
    let exception = "repository.exception.AssignmentQuotaExceededException";
    Problem::Own(429, "quota.tooManyEntries", exception, Some(format!("Quota exceeded: {words}")))
}

fn explicit(world: &World, tenant: usize, all: &[usize], groups: Vec<Group>) -> Result<Vec<NewGroup>, Problem> {
    if groups.len() > GROUPS {
        return Err(quota(&format!("the amount of groups cannot be greater than {GROUPS}")));
    }
    let mut left: HashSet<usize> = all.iter().copied().collect();
    let mut made = Vec::new();
    let mut names = HashSet::new();
    for group in groups {
        if !names.insert(group.name.clone()) {
            return Err(Refused::Exists.into());
        }
        sized("targetFilterQuery", &group.target_filter_query, 0, FILTER)?;
        let share = group.target_percentage.unwrap_or(100.0);
        if !(1.0..=100.0).contains(&share) {
            return Err(Problem::constraint("Target percentage has to be between 1 and 100"));
        }
        let mut members: Vec<usize> = if group.target_filter_query.is_empty() {
            all.iter().copied().filter(|target| left.contains(target)).collect()
        } else {
            let matching = matching(world, tenant, &group.target_filter_query)?;
            matching.into_iter().filter(|target| left.contains(target)).collect()
        };
        members.truncate((members.len() as f64 * share / 100.0).ceil() as usize);
        for member in &members {
            left.remove(member);
        }
        let description = group.description.unwrap_or_else(|| group.name.clone());
        let frame = (group.name, description, group.target_filter_query, share);
        made.push(new_group(frame, &group.conditions, world.tenants[tenant].again, members));
    }
    if left.is_empty() { Ok(made) } else { Err(Problem::constraint("Rollout groups don't match all targets")) }
}

fn equal(behaviour: usize, all: &[usize], amount: usize, conditions: &Conditions) -> Result<Vec<NewGroup>, Problem> {
    if amount > GROUPS {
        return Err(quota(&format!("the amount of groups cannot be greater than {GROUPS}")));
    }
    let group = |nth: usize| {
        let members = all[all.len() * nth / amount..all.len() * (nth + 1) / amount].to_vec();
        let name = format!("group-{}", nth + 1);
        let share = 100.0 / (amount - nth) as f64;
        new_group((name.clone(), name, String::new(), share), conditions, behaviour, members)
    };
    Ok((0..amount).map(group).collect())
}

/// The server's defaults where nothing is asked for: 50, next group, 50, pause.
fn new_group(frame: (String, String, String, f64), conditions: &Conditions, behaviour: usize, members: Vec<usize>) -> NewGroup {
    let (name, description, filter, share) = frame;
    let expression = |threshold: &Option<Threshold>| threshold.as_ref().map_or("50", |known| &known.expression).to_owned();
    NewGroup {
        name,
        description,
        filter,
        share,
        success: expression(&conditions.success_condition),
        error: expression(&conditions.error_condition),
        gate: conditions.success_action.as_ref().is_some_and(|next| next.action.eq_ignore_ascii_case("PAUSE")),
        behaviour,
        members,
    }
}
