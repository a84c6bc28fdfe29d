//! One request in, one answer out: who asks, for what, with which right.
//!
//! The table of paths is here; what they do is in `reads`, `verbs`, `assignments` and `create`. The order of the checks is
//! the server's: container, credentials, path, method, right, row, state.

use axum::body::Bytes;
use axum::http::{header, request::Parts};
use base64::Engine;
use serde::de::DeserializeOwned;

use super::super::percent::{form_decoded, percent_decoded};
use super::super::scenario::Verb;
use super::super::world::World;
use super::answer::Answer;
use super::login::Login;
use super::problem::Problem;
use super::{MAX_URI, assignments, create, reads, verbs};

/// A request, taken apart.
#[derive(Default)]
pub(super) struct Ask {
    pub(super) method: String,
    /// Below `/rest/v1`, as it was sent.
    pub(super) path: String,
    pub(super) user: Option<String>,
    password: Option<String>,
    parameters: Vec<(String, String)>,
    body: Bytes,
    /// `http://host/rest/v1`, for links.
    pub(super) base: String,
    pub(super) if_none_match: Option<String>,
    pub(super) forwarded_for: Option<String>,
    pub(super) media_type: &'static str,
    too_long: bool,
    below_api: bool,
}

/// A path of the API.
#[derive(Debug, PartialEq)]
pub(super) enum Route {
    UserInfo,
    Configs,
    Config(String),
    Rollouts,
    Rollout(usize),
    RolloutVerb(usize, Verb),
    Retry(usize),
    Groups(usize),
    Group(usize, usize),
    GroupTargets(usize, usize),
    Actions,
    Action(usize),
    Targets,
    Target(String),
    TargetActions(String),
    TargetAction(String, usize),
    History(String, usize),
    AssignedRelease(String),
    InstalledRelease(String),
    Attributes(String),
    Releases,
    Release(usize),
    AssignedTargets(usize),
    Invalidate(usize),
}

impl Ask {
    pub(super) fn new(head: &Parts, body: Bytes) -> Self {
        let text = |name: header::HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let credentials = text(header::AUTHORIZATION).and_then(basic);
        let (user, password) = credentials.unzip();
        let path = head.uri.path();
        let below = path.strip_prefix("/rest/v1").filter(|rest| rest.starts_with('/'));
        let plain = text(header::ACCEPT).is_some_and(|accept| accept.trim() == "application/json");
        Self {
            method: head.method.as_str().to_owned(),
            path: below.unwrap_or(path).to_owned(),
            user,
            password,
            parameters: head.uri.query().map(parameters).unwrap_or_default(),
            body,
            base: format!("http://{}/rest/v1", text(header::HOST).unwrap_or("localhost")),
            if_none_match: text(header::IF_NONE_MATCH).map(str::to_owned),
            forwarded_for: text(header::HeaderName::from_static("x-forwarded-for")).map(str::to_owned),
            media_type: if plain { "application/json" } else { "application/hal+json" },
            too_long: head.uri.to_string().len() > MAX_URI,
            below_api: below.is_some(),
        }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body, or the server's answer to one it cannot read.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|_| Problem::not_readable())
    }
}

/// Answers a request in a world that is up to date.
pub(super) fn dispatch(world: &mut World, logins: &[Login], ask: &Ask) -> Answer {
    answer(world, logins, ask).unwrap_or_else(Answer::from)
}

fn answer(world: &mut World, logins: &[Login], ask: &Ask) -> Result<Answer, Problem> {
    if ask.too_long || refused_by_container(&ask.path) {
        return Err(Problem::Html(400));
    }
    let login = find_login(logins, ask).ok_or(Problem::Spring(401))?;
    let route = route(ask)?;
    if let Some(right) = rights(&route, &ask.method)?.iter().find(|right| !login.may(right)) {
        tracing::debug!(user = %login.name, right, "not permitted");
        return Err(Problem::forbidden());
    }
    match ask.method.as_str() {
        "GET" => reads::read(world, login, ask, &route),
        "POST" if route == Route::Rollouts => create::create(world, login, ask),
        "POST" => match route {
            Route::AssignedRelease(_) | Route::AssignedTargets(_) => assignments::assign(world, login, ask, &route),
            _ => verbs::post(world, login, ask, &route),
        },
        "PUT" => verbs::put(world, login, ask, &route),
        _ => verbs::delete(world, login, ask, &route),
    }
}

/// The login of a request, if name and password fit.
pub(super) fn find_login<'a>(logins: &'a [Login], ask: &Ask) -> Option<&'a Login> {
    let (user, password) = (ask.user.as_ref()?, ask.password.as_ref()?);
    logins.iter().find(|login| login.name == *user && login.password == *password)
}

/// The path's meaning.
///
/// # Errors
/// Spring's 404 for a path nobody serves; 400 for an id that is no number.
pub(super) fn route(ask: &Ask) -> Result<Route, Problem> {
    if !ask.below_api {
        return Err(Problem::Spring(404));
    }
    let segments: Vec<String> = ask.path.split('/').skip(1).map(percent_decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let text = str::to_owned;
    Ok(match segments[..] {
        ["userinfo"] => Route::UserInfo,
        ["system", "configs"] => Route::Configs,
        ["system", "configs", key] => Route::Config(text(key)),
        ["rollouts"] => Route::Rollouts,
        ["rollouts", rollout] => Route::Rollout(number(rollout)?),
        ["rollouts", rollout, "retry"] => Route::Retry(number(rollout)?),
        ["rollouts", rollout, "deploygroups"] => Route::Groups(number(rollout)?),
        ["rollouts", rollout, "deploygroups", group] => Route::Group(number(rollout)?, number(group)?),
        ["rollouts", rollout, "deploygroups", group, "targets"] => Route::GroupTargets(number(rollout)?, number(group)?),
        ["rollouts", rollout, verb] => Route::RolloutVerb(number(rollout)?, rollout_verb(verb)?),
        ["actions"] => Route::Actions,
        ["actions", action] => Route::Action(number(action)?),
        ["targets"] => Route::Targets,
        ["targets", target] => Route::Target(text(target)),
        ["targets", target, "actions"] => Route::TargetActions(text(target)),
        ["targets", target, "actions", action] => Route::TargetAction(text(target), number(action)?),
        ["targets", target, "actions", action, "status"] => Route::History(text(target), number(action)?),
        ["targets", target, "assignedDS"] => Route::AssignedRelease(text(target)),
        ["targets", target, "installedDS"] => Route::InstalledRelease(text(target)),
        ["targets", target, "attributes"] => Route::Attributes(text(target)),
        ["distributionsets"] => Route::Releases,
        ["distributionsets", release] => Route::Release(number(release)?),
        ["distributionsets", release, "assignedTargets"] => Route::AssignedTargets(number(release)?),
        ["distributionsets", release, "invalidate"] => Route::Invalidate(number(release)?),
        _ => return Err(Problem::Spring(404)),
    })
}

fn rollout_verb(verb: &str) -> Result<Verb, Problem> {
    Ok(match verb {
        "approve" => Verb::Approve,
        "deny" => Verb::Deny,
        "start" => Verb::Start,
        "pause" => Verb::Pause,
        "resume" => Verb::Resume,
        "stop" => Verb::Stop,
        "triggerNextGroup" => Verb::TriggerNextGroup,
        _ => return Err(Problem::Spring(404)),
    })
}

/// What a user must hold for this request.
///
/// # Errors
/// Spring's 405 for a method the path does not know.
fn rights(route: &Route, method: &str) -> Result<&'static [&'static str], Problem> {
    Ok(match (method, route) {
        // For a retry the state of the rollout is looked at before the right to make a new one.
        ("GET", Route::UserInfo) | ("POST", Route::Retry(_)) => &[],
        ("GET", Route::Configs | Route::Config(_)) => &["READ_TENANT_CONFIGURATION"],
        ("GET", Route::Rollouts | Route::Rollout(_) | Route::Groups(_) | Route::Group(..)) => &["READ_ROLLOUT"],
        ("GET", Route::GroupTargets(..)) => &["READ_ROLLOUT", "READ_TARGET"],
        (
            "GET",
            Route::Actions
            | Route::Action(_)
            | Route::Targets
            | Route::Target(_)
            | Route::Attributes(_)
            | Route::TargetActions(_)
            | Route::TargetAction(..)
            | Route::History(..)
            | Route::AssignedRelease(_)
            | Route::InstalledRelease(_),
        ) => &["READ_TARGET"],
        ("GET", Route::Releases | Route::Release(_)) => &["READ_DISTRIBUTION_SET"],
        ("POST", Route::Rollouts) => &["CREATE_ROLLOUT"],
        ("POST", Route::RolloutVerb(_, verb)) => match verb {
            Verb::Approve | Verb::Deny => &["APPROVE_ROLLOUT"],
            Verb::Stop | Verb::TriggerNextGroup => &["UPDATE_ROLLOUT"],
            Verb::Start | Verb::Pause | Verb::Resume => &["HANDLE_ROLLOUT"],
        },
        ("PUT", Route::Rollout(_)) => &["UPDATE_ROLLOUT"],
        ("DELETE", Route::Rollout(_)) => &["DELETE_ROLLOUT"],
        ("POST", Route::AssignedRelease(_) | Route::AssignedTargets(_)) => &["UPDATE_TARGET", "READ_DISTRIBUTION_SET"],
        ("PUT" | "DELETE", Route::TargetAction(..)) => &["UPDATE_TARGET"],
        ("POST", Route::Invalidate(_)) => &["UPDATE_DISTRIBUTION_SET"],
        _ => return Err(Problem::Spring(405)),
    })
}

/// An id is one more than a row; 0 is no row at all.
fn number(text: &str) -> Result<usize, Problem> {
    let id: u64 = text.parse().map_err(|_| Problem::not_readable())?;
    Ok((id as usize).wrapping_sub(1))
}

/// The container's firewall lets none of these through in a path, encoded or not.
fn refused_by_container(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["%2f", "%5c", "%3b", "%25", ";", "\\", "//"].iter().any(|bad| lower.contains(bad))
}

fn basic(value: &str) -> Option<(String, String)> {
    let encoded = value.strip_prefix("Basic ")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn parameters(query: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (form_decoded(name), form_decoded(value))
    };
    query.split('&').map(pair).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/targets/a%2Fb", true)]
    #[case("/targets/a;b", true)]
    #[case("/targets/a%25b", true)]
    #[case("/targets/a%20b", false)]
    fn the_container_refuses_some_ids_in_paths(#[case] path: &str, #[case] refused: bool) {
        assert_eq!(refused_by_container(path), refused);
    }
}
