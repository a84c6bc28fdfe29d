//! What a launch must know of its hosts besides their names: who is frozen, and which versions an upgrade would bring.
//!
//! Only questions: the pillar that the master keeps, and the hosts' own lists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::session::Talk;
use crate::backend::driven::Packages;
use crate::backend::port::Trouble;
use crate::domain::{Run, Text};

/// What stops a host that is named here: it runs nothing but what its whitelist names.
pub async fn frozen(talk: &Talk, hosts: &[String]) -> Result<BTreeMap<String, Text>, Trouble> {
    if hosts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (said, _) = talk.runner("cache.pillar", json!({"tgt": hosts, "tgt_type": "list"})).await?;
    let frozen = |(host, pillar): (&String, &Value)| Some((host.clone(), words(pillar)?));
    Ok(said.as_object().into_iter().flatten().filter_map(frozen).collect())
}

fn words(pillar: &Value) -> Option<Text> {
    if pillar.get("minion_blackout") != Some(&Value::Bool(true)) {
        return None;
    }
    let listed = pillar.get("minion_blackout_whitelist").and_then(Value::as_array);
    let lets = |fun: &str| listed.is_some_and(|list| list.iter().any(|word| word == fun));
    let deaf = ["saltutil.find_job", "saltutil.term_job"].into_iter().filter(|fun| !lets(fun)).collect::<Vec<_>>();
    let tail = if deaf.is_empty() { String::new() } else { format!("; it refuses {} too", deaf.join(" and ")) };
    Some(Text::new(format!("minion_blackout in its pillar{tail}")))
}

/// What `run` would bring to the hosts as they are now. None where it does not bring whatever is newest.
pub async fn offered(talk: &Talk, run: &Run, hosts: &[String]) -> Result<Option<Packages>, Trouble> {
    let everything = run.fun == "pkg.upgrade" && !run.kwarg.contains_key("pkgs") && !run.kwarg.contains_key("name");
    if !everything || hosts.is_empty() {
        return Ok(None);
    }
    let chunk = json!({
        "client": "local", "tgt": hosts, "tgt_type": "list", "fun": "pkg.list_upgrades", "kwarg": {"refresh": false},
        "timeout": 5, "gather_job_timeout": 5,
    });
    let (said, _) = talk.ask(chunk).await?;
    Ok(Some(packages(&said)))
}

fn packages(said: &Value) -> Packages {
    let mut found = Packages::new();
    for list in said.as_object().into_iter().flatten().filter_map(|(_, list)| list.as_object()) {
        for (name, version) in list {
            let versions: &mut BTreeSet<String> = found.entry(name.clone()).or_default();
            versions.extend(version.as_str().map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::not_frozen(json!({"minion_blackout": false}), None)]
    #[case::says_nothing(json!({"tenant": "acme"}), None)]
    #[case::deaf(
        json!({"minion_blackout": true}),
        Some("minion_blackout in its pillar; it refuses saltutil.find_job and saltutil.term_job too")
    )]
    #[case::half_deaf(
        json!({"minion_blackout": true, "minion_blackout_whitelist": ["saltutil.find_job"]}),
        Some("minion_blackout in its pillar; it refuses saltutil.term_job too")
    )]
    fn a_frozen_host_is_told_with_what_it_refuses(#[case] pillar: Value, #[case] told: Option<&str>) {
        assert_eq!(words(&pillar).as_ref().map(Text::as_str), told);
    }

    #[test]
    fn a_silent_host_offers_nothing() {
        let said = json!({"web-1": {"openssl": "3"}, "web-2": {"openssl": "4"}, "web-3": "Minion did not return."});
        let found = packages(&said);
        assert_eq!(found["openssl"].iter().map(String::as_str).collect::<Vec<_>>(), ["3", "4"]);
    }
}
