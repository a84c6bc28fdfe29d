//! Trying failed hosts again: which of them are still in error, and the two ways the server has for it.
//!
//! A host whose newest job is another one is left alone. Causes and budgets are judged by `plan`, not here.

use std::collections::{BTreeMap, BTreeSet};

use super::named::{self, Job};
use super::rights::Held;
use super::{Hawkbit, board, query, values};
use crate::backend::http::Read;
use crate::backend::port::{Intent, Trouble};
use crate::domain::{HostId, Rollout, RolloutId, RolloutState, Text, WaveId};
use crate::plan::types::{Eligibility, HostFound, Way, Ways};

use super::wire::{self, Paged};

/// What the name of the server's own retry ends in.
const SUFFIX: &str = "_retry";

/// What a retry rests on.
pub struct Found {
    pub hosts: Vec<HostFound>,
    pub ways: Ways,
    pub own: BTreeMap<String, String>,
    pub warnings: Vec<Text>,
}

pub async fn survey(backend: &Hawkbit, intent: &Intent, rollout: &Rollout, held: Option<&Held>) -> Result<Found, Trouble> {
    let asked: BTreeSet<String> = intent.hosts.iter().map(|host| host.raw().to_owned()).collect();
    let jobs = jobs(backend, &intent.rollout, intent.wave.as_ref(), &asked).await?;
    let newest = named::newest(backend, &jobs).await?;
    let mark = named::mark(backend).await?;
    let mut hosts: Vec<HostFound> = newest.values().map(|job| judged(backend, job, rollout)).collect();
    for host in asked.iter().filter(|host| !newest.contains_key(*host)) {
        let words = "the server shows no job of this rollout for it";
        hosts.push(HostFound::new(HostId::new(backend.name.clone(), host), Eligibility::No(words.into())));
    }
    let mut warnings = Vec::new();
    let mut ways = Ways::default();
    if held.is_none_or(Held::assigns) {
        ways.named = Some(assigned_again(rollout));
    }
    let whole = asked.is_empty() && intent.wave.is_none() && rollout.state == RolloutState::Finished;
    if whole && held.is_none_or(|held| held.has("CREATE_ROLLOUT")) {
        // It takes every job in error, those too that a newer job has overtaken.
        let overtaken = jobs.iter().any(|job| newest.get(&job.host).is_some_and(|last| last.id != job.id));
        let name = name_of(rollout);
        if by_name(backend, &name).await?.is_some() {
            warnings.push(
                format!("the server's own retry of it is there already, \"{name}\": the hosts are named one by one").into(),
            );
        } else if overtaken {
            warnings.push(
                "the server's own retry would also take hosts that a newer job has overtaken: they are named instead".into(),
            );
        } else {
            ways.whole = Some(own_retry(backend, rollout, &name).await);
        }
    }
    let mut own = BTreeMap::from([("mark".to_owned(), mark.to_string())]);
    own.insert("kind".to_owned(), kind(backend, &intent.rollout).await?);
    Ok(Found { hosts, ways, own, warnings })
}

/// Jobs of the rollout: of the named hosts in any state, or else all that are in error.
async fn jobs(
    backend: &Hawkbit,
    rollout: &RolloutId,
    wave: Option<&WaveId>,
    asked: &BTreeSet<String>,
) -> Result<Vec<Job>, Trouble> {
    if !asked.is_empty() {
        return named::of_hosts(backend, asked, |_| format!("rollout.id=={}", rollout.raw())).await;
    }
    let place = wave.map_or_else(|| format!("rollout.id=={}", rollout.raw()), |wave| format!("rolloutgroup.id=={}", wave.raw()));
    named::all(backend, |status| format!("{place};{status}==error")).await
}

/// Only a host whose newest job of all is in error, with this very release, has something to be tried again.
fn judged(backend: &Hawkbit, newest: &Job, rollout: &Rollout) -> HostFound {
    let no = |words: &str| Eligibility::No(words.into());
    let verdict = match newest.status.as_str() {
        _ if !newest.is_of(rollout.release.as_ref()) => no("it has been given another release since"),
        "error" => Eligibility::Eligible,
        "finished" => no("its newest job is done"),
        "scheduled" => no("its job has not begun"),
        "canceled" => no("its newest job was cancelled"),
        "canceling" => no("its newest job is being cancelled"),
        "wait_for_confirmation" => no("its newest job asks for a confirmation on site"),
        "running" | "retrieved" | "download" | "downloaded" | "warning" | "cancel_rejected" => no("its newest job is at work"),
        other => Eligibility::Unknown(format!("its newest job says \"{other}\", a word not known here").into()),
    };
    let host = HostId::new(backend.name.clone(), &newest.host);
    let found = HostFound::new(host, verdict);
    HostFound { name: newest.name.clone().unwrap_or(found.name), source: newest.source(), ..found }
}

fn assigned_again(rollout: &Rollout) -> Way {
    let release = rollout.release.as_ref().map_or_else(|| "its release".to_owned(), |release| release.name.to_string());
    Way {
        will: vec![
            format!("{release} is assigned to them again; each call is looked up before the next one leaves").into(),
            "each host begins as soon as it asks the server".into(),
        ],
        will_not: vec![format!("the counters of \"{}\" do not move: the new jobs belong to no rollout", rollout.name).into()],
        nobody_stops: vec!["no wave, no gate and no failure limit holds the new jobs back; they are cancelled one by one".into()],
        beware: Vec::new(),
    }
}

async fn own_retry(backend: &Hawkbit, rollout: &Rollout, name: &str) -> Way {
    let mut way = Way {
        will: vec![
            format!("the server makes a new rollout \"{name}\" of one wave, over the hosts in error").into(),
            "its limits are the server's own, not those of the source: a gate at 50 % done, a pause over 50 % failed, weight 1000"
                .into(),
        ],
        will_not: vec![
            format!("the counters of \"{}\" do not move", rollout.name).into(),
            "hosts that were cancelled are not tried again".into(),
        ],
        nobody_stops: Vec::new(),
        beware: Vec::new(),
    };
    let approval = approval(backend).await;
    // Its start time goes over to the retry, and one that has passed starts it.
    if rollout.starts.is_some() {
        let when = if approval == Some(false) { "at once" } else { "the moment it is approved" };
        way.nobody_stops.push(format!("it takes over the start time of its source, which has passed: it starts {when}").into());
    } else {
        way.will_not.push("it does not start: starting it is a step of its own, on the board".into());
    }
    way.will.push(match approval {
        Some(true) => "it waits for an approval first, unless this login holds that right itself".into(),
        Some(false) => "it needs no approval".into(),
        None => "whether it waits for an approval could not be read".into(),
    });
    way
}

/// Whether new rollouts wait for an approval; none if this login may not read it.
pub async fn approval(backend: &Hawkbit) -> Option<bool> {
    let read: Read<wire::ConfigValue> = backend.get("/system/configs/rollout.approval.enabled", &[]).await.ok()?;
    read.value.and_then(|config| config.value.as_bool())
}

/// The name that the server gives to its own retry of a rollout.
pub fn name_of(source: &Rollout) -> String {
    format!("{}{SUFFIX}", source.name)
}

/// The rollout of exactly this name.
pub async fn by_name(backend: &Hawkbit, name: &str) -> Result<Option<Rollout>, Trouble> {
    let q = format!("name=={}", values::rsql_value(name));
    let ask = query(&[("representation", "full"), ("sort", "id:DESC"), ("limit", "50"), ("q", &q)]);
    let read: Read<Paged<wire::Rollout>> = backend.get("/rollouts", &ask).await?;
    // A star in the name would find others too.
    let exact = |wire: &&wire::Rollout| wire.name.as_deref() == Some(name);
    let page = read.value;
    Ok(page.and_then(|page| page.content.iter().find(exact).and_then(|wire| board::rollout(backend, wire))))
}

/// Whether its jobs are forced or soft: they are sent again as they were.
async fn kind(backend: &Hawkbit, rollout: &RolloutId) -> Result<String, Trouble> {
    let read: Read<wire::Rollout> = backend.get(&super::rollout_path(rollout), &[]).await?;
    Ok(read.value.and_then(|wire| wire.kind.clone()).unwrap_or_else(|| "forced".to_owned()))
}
