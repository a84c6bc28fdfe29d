//! Maintenance windows of jobs, which the server knows on single assignments only: not on rollouts, groups, hosts or tenants.
//!
//! One page of the newest jobs that have not ended. It computes no schedule: the server says when a window opens next.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::Time;

use super::dialect::actions;
use super::wire::{Action, MaintenanceWindow};
use super::{Hawkbit, hosts, values};
use crate::backend::port::{Facts, Observation, Trouble};
use crate::domain::{BackendWindow, BackendWord, HostId, Says, Source, Text};

/// Jobs looked at: a window cannot be asked for by itself, and rollouts fill the list.
const NEWEST: &str = "200";
/// Why this login sees none.
const BLIND: &str = "windows of single jobs are not known: the login lacks READ_TARGET";

pub async fn of_jobs(backend: &Hawkbit) -> Result<Observation, Trouble> {
    // The old dialect has no `active`; there a job is pending or finished.
    let filter = |status: &str| if status == "status" { "active==true" } else { "status==pending" }.to_owned();
    let rest = [("representation", "full"), ("sort", "id:DESC"), ("limit", NEWEST)];
    let list = match actions(backend, filter, &rest).await.map_err(hosts::blind) {
        Ok(read) => read.value,
        Err(Trouble::NotPermitted(_)) => {
            let word = BackendWord { blind: Some(BLIND.into()), ..BackendWord::default() };
            return Ok(said(word));
        }
        Err(trouble) => return Err(trouble),
    };
    Ok(said(list.map_or_else(BackendWord::default, |list| word(backend, &list.content, list.total))))
}

fn said(word: BackendWord) -> Observation {
    Observation { by: Source::new("GET /actions"), facts: Facts::Windows { word, age: Duration::ZERO } }
}

fn word(backend: &Hawkbit, jobs: &[Action], total: u64) -> BackendWord {
    let mut found: BTreeMap<(Option<i64>, &MaintenanceWindow), BTreeSet<HostId>> = BTreeMap::new();
    for job in jobs {
        let (Some(window), Some(host)) = (&job.maintenance_window, values::controller_id(job)) else { continue };
        found.entry((job.rollout, window)).or_default().insert(HostId::new(backend.name.clone(), host));
    }
    let windows = found.into_iter().map(|((rollout, window), hosts)| BackendWindow {
        tenant: backend.tenant.clone(),
        rollout: rollout.map(|native| backend.rollout_id(native)),
        wave: None,
        hosts,
        says: says(window),
        native: native(window),
    });
    let looked_at = u64::try_from(jobs.len()).unwrap_or(u64::MAX);
    BackendWord { windows: windows.collect(), unread: values::hosts(total.saturating_sub(looked_at)), blind: None }
}

fn says(window: &MaintenanceWindow) -> Says {
    let from = match window.next_start_at {
        Some(0) => return Says::Over,
        start => start.and_then(values::time),
    };
    let length = window.duration.as_deref().and_then(|duration| duration.parse::<Time>().ok());
    let length = length.map(|until| until.duration_since(Time::midnight()));
    Says::Window { from, to: from.zip(length).and_then(|(from, length)| from.checked_add(length).ok()) }
}

/// `0 0 2 ? * SUN for 03:00:00 at +02:00`
fn native(window: &MaintenanceWindow) -> Text {
    let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "?".to_owned());
    Text::new(format!("{} for {} at {}", part(&window.schedule), part(&window.duration), part(&window.timezone)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use rstest::rstest;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[rstest]
    #[case::two_hours(1_795_330_800_000, "02:00:00", Says::Window { from: Some(at("2026-11-22T07:00:00Z")), to: Some(at("2026-11-22T09:00:00Z")) })]
    #[case::no_length(1_795_330_800_000, "two", Says::Window { from: Some(at("2026-11-22T07:00:00Z")), to: None })]
    #[case::none_left(0, "02:00:00", Says::Over)]
    fn a_jobs_window_is_what_the_server_says_of_its_next_start(#[case] next: i64, #[case] length: &str, #[case] said: Says) {
        let window =
            MaintenanceWindow { duration: Some(length.to_owned()), next_start_at: Some(next), ..MaintenanceWindow::default() };
        assert_eq!(says(&window), said);
    }
}
