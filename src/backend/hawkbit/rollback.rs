//! Bringing hosts back: which release each had before, by the server's own history, and the new rollouts that install it.
//!
//! The server has no rollback and names no release before: it is read from finished jobs. Whether a device can go back is
//! known to nobody, and said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::named::{self, Job, among, pieces};
use super::retry::{self, Found};
use super::rights::Held;
use super::values::{LINK, rsql_value};
use super::wire::DistributionSet;
use super::{API, Hawkbit};
use crate::backend::http::Read;
use crate::backend::http::address::encode;
use crate::backend::port::{Decision, Intent, Refusal, Step, Trouble};
use crate::domain::{HostId, Limit, Release, Rollout, RolloutId, Text, Wave};
use crate::plan::types::{Call, Eligibility, Guard, HostFound, Judged, Way, Ways, made_by};

/// The server's longest filter of a rollout, in characters, and the frame around the ids in it.
const FILTER: usize = 1_024 - "controllerid=in=()".len();
/// The server's longest name of a rollout.
const NAME: usize = 128;
/// Rollouts that one plan makes at most: more are a board that nobody can watch.
const ROLLOUTS: usize = 12;
const DEADLINE_SECONDS: u32 = 120;
/// Filling a rollout takes the server 10 ms a host and a round of its scheduler.
const FILLED_SECONDS: u32 = 60;
/// The gate of a new rollout where the source's own cannot be read, in percent.
const DONE: u8 = 90;
const FAILED: u8 = 10;
/// What comes before another way back of a host whose last one failed.
const FAILED_BACK: &str = "find out why its last way back failed";

pub async fn survey(
    backend: &Hawkbit,
    intent: &Intent,
    rollout: &Rollout,
    waves: &[Wave],
    held: Option<&Held>,
) -> Result<Found, Trouble> {
    let Some(release) = rollout.release.as_ref().filter(|release| !release.native.is_empty()) else {
        return Err(Trouble::NotUnderstood("the rollout names no release: nobody can say what to go back from".into()));
    };
    let asked: BTreeSet<String> = intent.hosts.iter().map(|host| host.raw().to_owned()).collect();
    let mut of_wave: BTreeMap<String, u32> = BTreeMap::new();
    let mut jobs = Vec::new();
    for wave in waves.iter().filter(|wave| wave.state.has_begun()) {
        if intent.wave.as_ref().is_some_and(|wanted| *wanted != wave.id) && asked.is_empty() {
            continue;
        }
        let group = |_: &str| format!("rolloutgroup.id=={}", wave.id.raw());
        let found =
            if asked.is_empty() { named::all(backend, group).await? } else { named::of_hosts(backend, &asked, group).await? };
        of_wave.extend(found.iter().map(|job| (job.host.clone(), wave.ordinal)));
        jobs.extend(found);
    }
    let newest = named::newest(backend, &jobs).await?;
    let set: Read<DistributionSet> =
        backend.get(&format!("/distributionsets/{}", encode(release.native.as_str())), &[]).await.map_err(Trouble::from)?;
    let installed = match set.value.as_deref() {
        Some(DistributionSet { name: Some(name), version: Some(version), .. }) => {
            let value = rsql_value;
            let filter = format!("installedds.name=={};installedds.version=={}", value(name), value(version));
            named::targets(backend, &newest.keys().cloned().collect(), &filter).await?
        }
        _ => return Err(Trouble::NotUnderstood("the server does not name the release: what is installed cannot be read".into())),
    };
    let before = before(backend, &installed, release).await?;
    let blocked = blocked(backend, &before).await;
    let mut hosts: Vec<HostFound> = Vec::new();
    for job in newest.values() {
        let (verdict, back, source) = judged(job, release, &installed, &before, &blocked);
        let found = HostFound::new(HostId::new(backend.name.clone(), &job.host), verdict);
        let name = job.name.clone().unwrap_or(found.name);
        hosts.push(HostFound { name, source, wave: of_wave.get(&job.host).copied(), back, ..found });
    }
    leave_for_later(&mut hosts);
    for host in asked.iter().filter(|host| !newest.contains_key(*host)) {
        let words = "it is in no wave of this rollout that has begun";
        hosts.push(HostFound::new(HostId::new(backend.name.clone(), host), Eligibility::No(words.into())));
    }
    let approval = retry::approval(backend).await;
    let may = |right: &str| held.is_none_or(|held| held.has(right));
    let exempt = held.is_some_and(|held| held.literally("APPROVE_ROLLOUT"));
    let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let own = BTreeMap::from([
        ("approval".to_owned(), approval.map_or_else(|| "unknown".to_owned(), |on| word(on && !exempt))),
        ("approve".to_owned(), word(may("APPROVE_ROLLOUT"))),
        ("start".to_owned(), word(may("HANDLE_ROLLOUT"))),
        ("earlier".to_owned(), earlier(backend, &intent.rollout).await?.to_string()),
    ]);
    let named = Some(way(rollout, &own));
    Ok(Found { hosts, ways: Ways { whole: None, named }, own, warnings: Vec::new() })
}

/// Of more hosts than one plan can bring back, those of the last waves go first; the others wait for the next plan, which finds
/// the first ones at work or back already.
fn leave_for_later(hosts: &mut [HostFound]) {
    let mut by_release: BTreeMap<&Text, Vec<(Option<u32>, &str)>> = BTreeMap::new();
    for found in hosts.iter().filter(|found| found.verdict == Eligibility::Eligible) {
        let Some(back) = &found.back else { continue };
        by_release.entry(&back.native).or_default().push((found.wave, found.host.raw()));
    }
    let mut all: Vec<(Option<u32>, BTreeSet<String>)> = Vec::new();
    for of_release in by_release.values_mut() {
        last_waves_first(of_release);
        let wave_of: BTreeMap<&str, Option<u32>> = of_release.iter().map(|(wave, host)| (*host, *wave)).collect();
        for piece in pieces(of_release.iter().map(|(_, host)| *host), FILTER) {
            let wave = piece.first().and_then(|host| wave_of.get(host).copied().flatten());
            all.push((wave, piece.into_iter().map(str::to_owned).collect()));
        }
    }
    if all.len() <= ROLLOUTS {
        return;
    }
    all.sort_by_key(|(wave, _)| std::cmp::Reverse(*wave));
    let later: BTreeSet<String> = all.drain(ROLLOUTS..).flat_map(|(_, hosts)| hosts).collect();
    for found in hosts.iter_mut().filter(|found| later.contains(found.host.raw())) {
        let words = format!("not in this plan, which makes {ROLLOUTS} rollouts at most: roll back again when these have begun");
        (found.verdict, found.back) = (Eligibility::No(words.into()), None);
    }
}

fn last_waves_first(hosts: &mut [(Option<u32>, &str)]) {
    hosts.sort_by(|(wave, host), (other, name)| other.cmp(wave).then_with(|| host.cmp(name)));
}

/// The release that each host finished before, with the job that says so.
async fn before(backend: &Hawkbit, hosts: &BTreeSet<String>, now: &Release) -> Result<BTreeMap<String, Job>, Trouble> {
    let filter = |status: &str| format!("{status}==finished;distributionset.id!={}", now.native);
    let mut before: BTreeMap<String, Job> = BTreeMap::new();
    for job in named::of_hosts(backend, hosts, filter).await? {
        // Ascending ids: the last one stays.
        before.insert(job.host.clone(), job);
    }
    Ok(before)
}

/// Releases before that the server would not install any more, and why.
async fn blocked(backend: &Hawkbit, before: &BTreeMap<String, Job>) -> BTreeMap<Text, &'static str> {
    let natives: BTreeSet<&Text> =
        before.values().filter_map(|job| job.release.as_ref()).map(|release| &release.native).collect();
    let mut blocked = BTreeMap::new();
    for native in natives {
        let read: Result<Read<DistributionSet>, _> =
            backend.get(&format!("/distributionsets/{}", encode(native.as_str())), &[]).await;
        let why = match read {
            Ok(Read { value: Some(set), .. }) if set.deleted == Some(true) => "has been deleted at the server",
            Ok(Read { value: Some(set), .. }) if set.valid == Some(false) => "is blocked at the server",
            Ok(Read { value: Some(set), .. }) if set.complete == Some(false) => "is not complete at the server",
            Ok(Read { value: Some(_), .. }) => continue,
            _ => "cannot be read at the server",
        };
        blocked.insert(native.clone(), why);
    }
    blocked
}

fn judged(
    newest: &Job,
    now: &Release,
    installed: &BTreeSet<String>,
    before: &BTreeMap<String, Job>,
    blocked: &BTreeMap<Text, &'static str>,
) -> (Eligibility, Option<Release>, Text) {
    let source = newest.source();
    let no = |words: String| (Eligibility::No(words.into()), None, source.clone());
    let active =
        matches!(newest.status.as_str(), "running" | "retrieved" | "download" | "downloaded" | "warning" | "cancel_rejected");
    if active || newest.status == "wait_for_confirmation" || newest.status == "canceling" {
        return no("it is at work: wait for its end, or stop the rollout first".to_owned());
    }
    if newest.status == "scheduled" {
        let of = newest.release.as_ref().map_or("another release", |release| release.name.as_str());
        return no(format!("a job of {of} is planned on it and has not begun: an earlier way back, or another rollout"));
    }
    if !installed.contains(&newest.host) {
        if newest.status == "finished" && newest.is_of(Some(now)) {
            let words = "it reported done, and the server shows another release on it";
            return (Eligibility::Unknown(words.into()), None, source);
        }
        let words = if newest.status == "error" { "it failed, and has the release before" } else { "it has another release" };
        return no(format!("already there ({words}, by the server)"));
    }
    let Some(earlier) = before.get(&newest.host) else {
        return no("nothing to go back to: the server's history holds no release before".to_owned());
    };
    let Some(back) = earlier.release.clone() else {
        return no("nothing to go back to: its last finished job names no release".to_owned());
    };
    if let Some(why) = blocked.get(&back.native) {
        return no(format!("the release before, {}, {why}", back.name));
    }
    if newest.status == "error" && newest.is_of(Some(&back)) {
        return (Eligibility::AfterFix(FAILED_BACK.into()), Some(back), source);
    }
    (Eligibility::Eligible, Some(back), Text::new(format!("job {}, finished", earlier.id)))
}

/// Rollouts that undo this one already: their names are taken.
async fn earlier(backend: &Hawkbit, rollout: &RolloutId) -> Result<u64, Trouble> {
    let q = format!("description==\"*{LINK}{} *\"", rollout.raw());
    let ask = super::query(&[("limit", "1"), ("q", &q)]);
    let read: Read<super::wire::Paged<super::wire::Rollout>> = backend.get("/rollouts", &ask).await?;
    Ok(read.value.map_or(0, |page| page.total))
}

fn way(rollout: &Rollout, own: &BTreeMap<String, String>) -> Way {
    let is = |key: &str, what: &str| own.get(key).is_some_and(|word| word == what);
    let mut way = Way {
        beware: vec![
            "whether a device really can go back, and what becomes of data it changed since, is known to nobody here".into(),
        ],
        will: vec![
            "new rollouts install the release before on them, the last wave first; they stand on the board as undoing this one"
                .into(),
            format!("each holds about 50 hosts, as many as the server's filter has room for; one plan makes at most {ROLLOUTS} of them, for the last waves first")
                .into(),
            "they are started one after the other and then run side by side; only inside one of them a wave waits for the one before"
                .into(),
        ],
        will_not: vec![format!("the counters of \"{}\" do not move, and the bad release is not blocked", rollout.name).into()],
        nobody_stops: Vec::new(),
    };
    if rollout.is_moving() && !rollout.state.has_ended() {
        way.nobody_stops
            .push(format!("\"{}\" is not stopped by this: its further waves still install the release", rollout.name).into());
    }
    if is("approval", "unknown") {
        way.will_not.push("whether they wait for an approval could not be read: one that does is not approved by this".into());
    } else if is("approval", "yes") && is("approve", "no") {
        way.will_not
            .push("they do not start: they wait for the approval of another login, and are then started on the board".into());
    }
    if is("start", "no") {
        way.will_not.push("they do not start: this login lacks HANDLE_ROLLOUT".into());
    }
    way
}

/// One rollout to make: hosts of one release before, in the order of their waves, last wave first.
struct Piece<'a> {
    back: Release,
    waves: Vec<(Option<u32>, Vec<&'a str>)>,
}

/// Makes each rollout, waits until it is filled, approves it where that is asked for, and starts it.
pub fn steps(decision: &Decision) -> Result<Vec<Step>, Refusal> {
    let pieces = cut(decision);
    if pieces.len() > ROLLOUTS {
        let words = format!(
            "they are {} rollouts: the server's filter holds about 50 hosts, and one plan makes {ROLLOUTS}",
            pieces.len()
        );
        return Err(Refusal::new(words).instead("go back wave by wave, or mark fewer hosts"));
    }
    let own = &decision.survey.own;
    let is = |key: &str, what: &str| own.get(key).is_some_and(|word| word == what);
    let earlier: usize = own.get("earlier").and_then(|number| number.parse().ok()).unwrap_or(0);
    let starts = is("start", "yes") && !(is("approval", "yes") && is("approve", "no"));
    let (approves, ready) = (is("approval", "yes") && starts, ["waiting_for_approval", "ready"]);
    let mut steps = Vec::new();
    let mut next = 1;
    for (piece, number) in pieces.iter().zip(earlier + 1..) {
        let make = next;
        let hosts: Vec<String> = piece.waves.iter().flat_map(|(_, hosts)| hosts).map(|host| (*host).to_owned()).collect();
        steps.push(call(decision, make, format!("{API}/rollouts"), Some(body(decision, piece, number)), hosts));
        let path = format!("{API}/rollouts/{}", made_by(make));
        let until = if approves { &ready[..1] } else { &ready[1..] };
        next += 1;
        if !starts {
            continue;
        }
        steps.push(Step::Await {
            condition: format!("it is {}", until[0]).into(),
            limit_seconds: FILLED_SECONDS,
            id: next,
            path: path.clone(),
            until: until.iter().map(|word| (*word).into()).collect(),
        });
        next += 1;
        for verb in if approves { &["approve", "start"][..] } else { &["start"] } {
            steps.push(call(decision, next, format!("{path}/{verb}"), None, Vec::new()));
            next += 1;
        }
    }
    Ok(steps)
}

fn cut(decision: &Decision) -> Vec<Piece<'_>> {
    let mut by_release: BTreeMap<Text, (Release, Vec<&Judged>)> = BTreeMap::new();
    for judged in decision.reached() {
        let Some(back) = &judged.back else { continue };
        by_release.entry(back.native.clone()).or_insert_with(|| (back.clone(), Vec::new())).1.push(judged);
    }
    let mut cut = Vec::new();
    for (back, mut hosts) in by_release.into_values() {
        hosts.sort_by(|a, b| b.wave.cmp(&a.wave).then_with(|| a.host.raw().cmp(b.host.raw())));
        let wave_of: BTreeMap<&str, Option<u32>> = hosts.iter().map(|judged| (judged.host.raw(), judged.wave)).collect();
        for piece in pieces(hosts.iter().map(|judged| judged.host.raw()), FILTER) {
            let mut waves: Vec<(Option<u32>, Vec<&str>)> = Vec::new();
            for host in piece {
                let wave = wave_of.get(host).copied().flatten();
                match waves.last_mut().filter(|(last, _)| *last == wave) {
                    Some((_, hosts)) => hosts.push(host),
                    None => waves.push((wave, vec![host])),
                }
            }
            cut.push(Piece { back: back.clone(), waves });
        }
    }
    cut
}

fn body(decision: &Decision, piece: &Piece<'_>, number: usize) -> Value {
    let source = &decision.survey.rollout;
    let all: Vec<&str> = piece.waves.iter().flat_map(|(_, hosts)| hosts.iter().copied()).collect();
    // Several of them stand below each other: what tells them apart comes before what a narrow column cuts off.
    let tail = format!(", undo {number} of #{}: back to {}", source.id.raw(), piece.back.name);
    let room = NAME.saturating_sub(tail.chars().count());
    let name: String = source.name.as_str().chars().take(room).collect::<String>() + &tail;
    let groups: Vec<Value> = piece.waves.iter().map(|(wave, hosts)| group(decision, *wave, hosts)).collect();
    json!({
        "name": name,
        "description": format!("{LINK}{} by patchdeck, intent {}", source.id.raw(), decision.intent.id.raw()),
        "distributionSetId": piece.back.native.as_str().parse::<i64>().unwrap_or_default(),
        "targetFilterQuery": among("controllerid", &all),
        "type": "forced",
        "groups": groups,
    })
}

fn group(decision: &Decision, wave: Option<u32>, hosts: &[&str]) -> Value {
    let source = decision.survey.waves.iter().find(|known| Some(known.ordinal) == wave);
    let share = |limit: Option<&Limit>, usual: u8| match limit {
        Some(Limit::Share(percent)) => percent.to_string(),
        _ => usual.to_string(),
    };
    let name = source.map_or_else(|| "hosts".to_owned(), |wave| wave.name.as_str().chars().take(64).collect());
    json!({
        "name": name,
        "description": "in reverse order",
        "targetFilterQuery": among("controllerid", hosts),
        "targetPercentage": 100,
        "successCondition": { "condition": "THRESHOLD", "expression": share(source.and_then(|wave| wave.gate.done.as_ref()), DONE) },
        "successAction": { "action": "NEXTGROUP", "expression": "" },
        "errorCondition": { "condition": "THRESHOLD", "expression": share(source.and_then(|wave| wave.gate.failed.as_ref()), FAILED) },
        "errorAction": { "action": "PAUSE", "expression": "" },
    })
}

fn call(decision: &Decision, id: u32, path: String, body: Option<Value>, hosts: Vec<String>) -> Step {
    let undo = if path.ends_with("/start") { Some("stop the new rollout on the board".into()) } else { None };
    Step::Call(Call {
        id,
        intent: Some(decision.intent.id.clone()),
        method: "POST".into(),
        path,
        query: Vec::new(),
        body,
        hosts,
        guard: Guard::default(),
        deadline_seconds: DEADLINE_SECONDS,
        undo,
    })
}

#[cfg(test)]
mod tests;
