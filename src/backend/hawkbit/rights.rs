//! Who we are there and what we may do: the server's literal authorities, with its roles expanded by us.
//!
//! It enables nothing: it says per verb yes, no (naming the missing right) or not known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::Hawkbit;
use super::wire::UserInfo;
use crate::action::Verb;
use crate::backend::http::Read;
use crate::backend::port::{Identity, Right, Trouble};
use crate::domain::Text;

const ROLLOUT: &[&str] =
    &["READ_ROLLOUT", "CREATE_ROLLOUT", "UPDATE_ROLLOUT", "HANDLE_ROLLOUT", "APPROVE_ROLLOUT", "DELETE_ROLLOUT"];
const TARGET: &[&str] = &["READ_TARGET", "CREATE_TARGET", "UPDATE_TARGET", "DELETE_TARGET"];
const REPOSITORY: &[&str] = &["READ_DISTRIBUTION_SET", "READ_REPOSITORY"];

/// Reads who we are, and holds the tenant against the one that the config expects.
pub async fn identity(backend: &Hawkbit, civil: Timestamp) -> Result<Identity, Trouble> {
    let began = Instant::now();
    let (info, read) = user(backend).await?;
    let held = info.permissions.as_deref().map(expand);
    // The server read its clock about halfway through the exchange; before that we may have waited for a secret.
    let since = began.elapsed().saturating_sub(read.took / 2);
    let since = SignedDuration::try_from(since).unwrap_or_default();
    Ok(Identity {
        login: login(&info),
        tenant: info.tenant.as_deref().unwrap_or_default().into(),
        version: None,
        rights: rights(held.as_ref()),
        blind: blind(held.as_ref()),
        skew: read.date.map(|theirs| theirs.duration_since(civil) - since),
    })
}

/// What a login holds: its literal authorities, and those that its roles bring.
pub struct Held {
    all: BTreeSet<String>,
    literal: BTreeSet<String>,
}

impl Held {
    fn of(words: &[String]) -> Self {
        Self { all: expand(words), literal: words.iter().cloned().collect() }
    }

    pub fn has(&self, right: &str) -> bool {
        self.all.contains(right)
    }

    /// Not by a role: the server asks a creator for an approval unless the right itself is held.
    pub fn literally(&self, right: &str) -> bool {
        self.literal.contains(right)
    }

    /// It may assign releases to hosts.
    pub fn assigns(&self) -> bool {
        assigns(&self.all)
    }
}

/// The login's name, whether it may do `verb`, and what it holds, read for this question alone.
pub async fn may(backend: &Hawkbit, verb: Verb) -> Result<(Text, Right, Option<Held>), Trouble> {
    let (info, _) = user(backend).await?;
    let held = info.permissions.as_deref().map(Held::of);
    let right = rights(held.as_ref().map(|held| &held.all)).remove(&verb).unwrap_or(Right::NotKnown);
    Ok((login(&info), right, held))
}

/// Who the server takes us for. Another tenant than the expected one is refused every time, not only at the start: a
/// helper may hand out another login tomorrow.
async fn user(backend: &Hawkbit) -> Result<(Arc<UserInfo>, Read<UserInfo>), Trouble> {
    let read: Read<UserInfo> = backend.get("/userinfo", &[]).await.map_err(|failure| match failure.trouble {
        Trouble::NotFound(words) => Trouble::NotFound(format!("{words}; does url lead to a hawkBit server?").into()),
        other => other,
    })?;
    let Some(info) = read.value.clone() else { return Err(Trouble::NotUnderstood("GET /userinfo says nothing".into())) };
    if info.username.is_none() && info.tenant.is_none() {
        return Err(Trouble::NotUnderstood("GET /userinfo names no login; does url lead to a hawkBit server?".into()));
    }
    let tenant = info.tenant.as_deref().unwrap_or_default();
    // The server keeps tenant names in upper case, whatever was typed.
    if let Some(expected) = &backend.expect_tenant
        && !expected.eq_ignore_ascii_case(tenant)
    {
        let words = format!("this login is in \"{tenant}\", the config expects \"{expected}\"");
        return Err(Trouble::OtherTenant(words.into()));
    }
    Ok((info, read))
}

fn login(info: &UserInfo) -> Text {
    info.username.as_deref().unwrap_or("unknown").into()
}

/// Roles hold rights, and the server lists a role without them. A right for a part of the hosts is written `RIGHT/filter`.
fn expand(literal: &[String]) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    for word in literal {
        let word = word.split('/').next().unwrap_or(word);
        let of_role: &[&[&str]] = match word {
            "ROLE_TENANT_ADMIN" | "ROLE_SYSTEM_ADMIN" => &[ROLLOUT, TARGET, REPOSITORY],
            "ROLE_ROLLOUT_ADMIN" => &[ROLLOUT],
            "ROLE_TARGET_ADMIN" => &[TARGET],
            "ROLE_REPOSITORY_ADMIN" => &[REPOSITORY],
            _ => &[],
        };
        held.extend(of_role.iter().flat_map(|rights| rights.iter().map(|&right| right.to_owned())));
        held.insert(word.to_owned());
    }
    held
}

/// The right that the server asks for a verb of its own.
fn needed(verb: Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::Approve | Verb::Deny => "APPROVE_ROLLOUT",
        Verb::Start | Verb::Pause | Verb::Resume => "HANDLE_ROLLOUT",
        // Stopping needs another right than pausing.
        Verb::Advance | Verb::Stop => "UPDATE_ROLLOUT",
        Verb::Retry | Verb::RollBack | Verb::CatchUp | Verb::DryRun => return None,
    })
}

fn assigns(held: &BTreeSet<String>) -> bool {
    held.contains("UPDATE_TARGET") && REPOSITORY.iter().any(|right| held.contains(*right))
}

/// The first right that is missing for a verb, in words; none if it may.
fn lacks(verb: Verb, held: &BTreeSet<String>) -> Option<&'static str> {
    let has = |right: &str| held.contains(right);
    match verb {
        // It reads hosts before it sends anything.
        Verb::Retry | Verb::RollBack if !has("READ_TARGET") => Some("READ_TARGET"),
        Verb::Retry if !has("CREATE_ROLLOUT") && !assigns(held) => {
            Some("CREATE_ROLLOUT, or UPDATE_TARGET with READ_DISTRIBUTION_SET")
        }
        Verb::RollBack if !has("CREATE_ROLLOUT") => Some("CREATE_ROLLOUT"),
        Verb::RollBack if !REPOSITORY.iter().any(|right| has(right)) => Some("READ_DISTRIBUTION_SET"),
        _ => needed(verb).filter(|right| !has(right)),
    }
}

fn rights(held: Option<&BTreeSet<String>>) -> BTreeMap<Verb, Right> {
    let verbs = Verb::ALL.into_iter().filter(|verb| !matches!(verb, Verb::CatchUp | Verb::DryRun));
    let right = |verb| match held.map(|held| lacks(verb, held)) {
        None => Right::NotKnown,
        Some(None) => Right::Yes,
        Some(Some(right)) => Right::No(format!("this login lacks {right}").into()),
    };
    verbs.map(|verb| (verb, right(verb))).collect()
}

fn blind(held: Option<&BTreeSet<String>>) -> Vec<Text> {
    let Some(held) = held else { return Vec::new() };
    let mut blind = Vec::new();
    if !held.contains("READ_ROLLOUT") {
        blind.push("no rollouts for this login: it lacks READ_ROLLOUT".into());
    }
    if !held.contains("READ_TARGET") {
        blind.push("no hosts and no failures for this login: it lacks READ_TARGET".into());
    }
    if !REPOSITORY.iter().any(|right| held.contains(*right)) {
        blind.push("no releases of hosts for this login: it lacks READ_DISTRIBUTION_SET".into());
    }
    blind
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn held(words: &[&str]) -> BTreeSet<String> {
        expand(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[rstest]
    #[case::tenant_admin(&["ROLE_TENANT_ADMIN"], Verb::Stop, true)]
    #[case::rollout_admin(&["ROLE_ROLLOUT_ADMIN"], Verb::Approve, true)]
    #[case::target_admin(&["ROLE_TARGET_ADMIN"], Verb::Approve, false)]
    #[case::handle_pauses(&["HANDLE_ROLLOUT"], Verb::Pause, true)]
    #[case::handle_does_not_stop(&["HANDLE_ROLLOUT"], Verb::Stop, false)]
    #[case::update_advances(&["UPDATE_ROLLOUT"], Verb::Advance, true)]
    #[case::retry_by_assignment(&["READ_TARGET", "UPDATE_TARGET", "READ_DISTRIBUTION_SET"], Verb::Retry, true)]
    #[case::retry_as_a_rollout(&["READ_TARGET", "CREATE_ROLLOUT"], Verb::Retry, true)]
    #[case::retry_without_either(&["READ_TARGET", "UPDATE_TARGET"], Verb::Retry, false)]
    #[case::rollback_makes_a_rollout(&["READ_TARGET", "CREATE_ROLLOUT", "READ_DISTRIBUTION_SET"], Verb::RollBack, true)]
    #[case::rollback_without_hosts(&["CREATE_ROLLOUT", "READ_DISTRIBUTION_SET"], Verb::RollBack, false)]
    #[case::viewer(&["READ_TARGET", "READ_ROLLOUT", "READ_DISTRIBUTION_SET"], Verb::RollBack, false)]
    fn each_verb_asks_for_its_own_right(#[case] words: &[&str], #[case] verb: Verb, #[case] may: bool) {
        assert_eq!(rights(Some(&held(words)))[&verb] == Right::Yes, may);
    }

    #[test]
    fn a_missing_right_is_named() {
        assert_eq!(rights(Some(&held(&["READ_ROLLOUT"])))[&Verb::Stop], Right::No("this login lacks UPDATE_ROLLOUT".into()));
    }

    #[test]
    fn a_server_that_lists_no_rights_leaves_them_open() {
        assert!(rights(None).values().all(|right| *right == Right::NotKnown));
        assert!(blind(None).is_empty());
    }

    #[test]
    fn a_login_without_hosts_says_what_it_does_not_see() {
        let words = blind(Some(&held(&["READ_ROLLOUT"])));
        assert_eq!(words[0].as_str(), "no hosts and no failures for this login: it lacks READ_TARGET");
        assert_eq!(words.len(), 2);
    }

    #[test]
    fn a_right_for_a_part_of_the_hosts_is_a_right() {
        assert!(blind(Some(&held(&["READ_ROLLOUT", "READ_TARGET/type==till", "READ_REPOSITORY"]))).is_empty());
    }
}
