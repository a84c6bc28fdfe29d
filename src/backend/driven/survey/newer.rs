//! A run that takes whatever is newest takes more than the ring before had: which versions that would be.

use crate::backend::driven::picture::Picture;
use crate::backend::driven::{Driven, Executor};
use crate::domain::{RingPlan, Text};
use crate::plan::types::{ByJobs, OrderKind};

/// Versions named at most.
const NAMED: usize = 8;

/// What the dialog must say of it; nothing for a plan that names its versions, nor for its first ring.
pub async fn told<E: Executor>(driven: &Driven<E>, plan: &RingPlan, picture: &Picture, by_jobs: &ByJobs) -> Option<Text> {
    let launches = by_jobs.orders.iter().any(|order| order.kind == OrderKind::Launch(plan.run.clone()));
    let results = || picture.rings.iter().flat_map(|ring| ring.hosts.values()).filter_map(|seat| seat.result.as_ref());
    if !launches || by_jobs.refusal.is_some() || results().next().is_none() {
        return None;
    }
    let hosts: Vec<String> = by_jobs.named().into_iter().collect();
    let offered = match driven.executor().offered(&plan.run, &hosts).await {
        Ok(offered) => offered?,
        Err(trouble) => {
            let words = format!(
                "it upgrades to whatever is newest now; which versions the rings before did not have could not be read: {trouble}"
            );
            return Some(words.into());
        }
    };
    let had = |name: &String, version: &String| results().any(|result| result.brought.get(name) == Some(version));
    let new: Vec<String> = offered
        .iter()
        .flat_map(|(name, versions)| versions.iter().map(move |version| (name, version)))
        .filter(|(name, version)| !had(name, version))
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    if new.is_empty() {
        return Some("it upgrades to whatever is newest now: no version that the rings before did not have".into());
    }
    let more = if new.len() > NAMED { format!(" and {} more", new.len() - NAMED) } else { String::new() };
    let named = new.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    Some(format!("it upgrades to whatever is newest now; versions that no ring before had: {named}{more}").into())
}
