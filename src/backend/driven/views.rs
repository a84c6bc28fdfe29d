//! A reading in the shapes that the port asks for: lists of rollouts, waves, hosts, evidence. It asks nothing of its own.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::picture::{Picture, Seat};
use super::{Driven, Executor, HostResult, read, windows};
use crate::backend::port::{Facts, Interest, Observation, Page, Scope, Trouble};
use crate::domain::{
    Attempt, AttemptId, HostId, HostRow, HostState, HostStory, OpenHost, Progress, RolloutId, Source, StoryLine, Text, WaveId,
};

const BY: &str = "job history";
const NO_FACTS: &str = "its hosts are not asked which version they run";

pub async fn observe<E: Executor>(driven: &Driven<E>, what: Interest) -> Result<Observation, Trouble> {
    let reading = match &what {
        Interest::Windows => return windows::of(driven).await,
        Interest::Approvals => {
            return Ok(Observation { by: Source::new("nothing asked"), facts: Facts::Nothing });
        }
        Interest::Verify(wave, page) => {
            let (wave, page, blind) = (wave.clone(), *page, Some(Text::new(NO_FACTS)));
            let facts = Facts::Verify { wave, page, hosts: Vec::new(), total: 0, blind };
            return Ok(Observation { by: Source::new("nothing asked"), facts });
        }
        // They stand beside the board, and are not worth a question of their own.
        Interest::Open(..) | Interest::Progress(_) => read::recent(driven).await?,
        _ => read::reading(driven).await?,
    };
    let picture = |id: &RolloutId| {
        reading.pictures.get(id.raw()).ok_or_else(|| Trouble::NotFound(format!("no plan in the config has the id {id}").into()))
    };
    let facts = match what {
        Interest::Board => list(reading.pictures.values(), Scope::Live),
        Interest::Night => list(reading.pictures.values(), Scope::Ended),
        Interest::Rollout(rollout) => Facts::Waves { waves: picture(&rollout)?.waves.clone(), rollout },
        Interest::Hosts(wave, page) => {
            let picture = picture(&wave.rollout)?;
            let mut all = rows(picture, |id, _| *id == wave);
            all.extend(expected(picture, &wave));
            let (hosts, total) = cut(all, page);
            Facts::Hosts { wave, page, hosts, total }
        }
        Interest::WaveFailures(wave, page) => {
            let failed = rows(picture(&wave.rollout)?, |id, seat| *id == wave && seat.state == HostState::Failed);
            let (hosts, total) = cut(failed, page);
            Facts::WaveFailures { wave, page, hosts, total }
        }
        Interest::Failures(rollout, page) => {
            let (hosts, total) = cut(rows(picture(&rollout)?, |_, seat| seat.state == HostState::Failed), page);
            // A host of a plan is listed with its newest job only.
            Facts::Failures { rollout, page, hosts, total, since: BTreeMap::new() }
        }
        Interest::Evidence(attempt) => {
            let mut seats = reading
                .pictures
                .values()
                .flat_map(|picture| &picture.rings)
                .filter_map(|ring| ring.hosts.get(attempt.host.raw()));
            let seat = seats.find(|seat| seat.job == attempt.native.as_str());
            Facts::Evidence { attempt, reports: seat.map(report).into_iter().collect(), wave: None }
        }
        Interest::Open(wave, page) => {
            let picture = picture(&wave.rollout)?;
            // One that was asked and runs no such job is lost: neither at work nor known to be off.
            let open = |seat: &Seat| seat.is_silent || matches!(seat.state, HostState::AtWork | HostState::NotFetched);
            let (rows, total) = cut(rows(picture, |id, seat| *id == wave && open(seat)), page);
            let hosts = rows.into_iter().map(unended).collect();
            let planned = driven.plan(wave.rollout.raw()).zip(picture.waves.iter().position(|it| it.id == wave));
            let planned = planned.map(|(plan, ring)| SignedDuration::from_secs(i64::from(plan.rings[ring].expect_seconds)));
            Facts::Open { wave, page, hosts, total, through: Vec::new(), planned }
        }
        Interest::Progress(attempt) => {
            let mut jobs = reading.pictures.values().flat_map(|picture| &picture.rings).flat_map(|ring| &ring.attempts);
            let began = jobs.find(|job| job.id == attempt.native.as_str()).and_then(|job| job.began);
            // When it took the job is not told; it was not before this.
            Facts::Progress { attempt, progress: Progress { fetched: began, ..Progress::default() } }
        }
        Interest::Find(text) => {
            let part = text.as_str().to_lowercase();
            let mut hosts: Vec<HostRow> = reading
                .pictures
                .values()
                .flat_map(|picture| rows(picture, |_, _| true))
                .filter(|row| row.name.as_str().to_lowercase().contains(&part))
                .collect();
            hosts.sort_by(|one, other| one.name.cmp(&other.name));
            hosts.dedup_by(|one, other| one.id == other.id);
            let total = number(hosts.len());
            Facts::Found { text, hosts, total }
        }
        Interest::Host(id) => Facts::Host(Box::new(story(reading.pictures.values(), id))),
        Interest::Windows | Interest::Approvals | Interest::Verify(..) => Facts::Nothing,
    };
    Ok(Observation { by: Source::new(BY), facts })
}

fn list<'a>(pictures: impl Iterator<Item = &'a Picture>, scope: Scope) -> Facts {
    let ended = scope == Scope::Ended;
    let rollouts =
        pictures.map(|picture| &picture.rollout).filter(|rollout| rollout.state.has_ended() == ended).cloned().collect();
    Facts::Rollouts { scope, rollouts, complete: true }
}

/// Hosts of a picture, those that need a person first.
fn rows(picture: &Picture, keep: impl Fn(&WaveId, &Seat) -> bool) -> Vec<HostRow> {
    let mut rows = Vec::new();
    for (ring, wave) in picture.rings.iter().zip(&picture.waves) {
        rows.extend(ring.hosts.iter().filter(|(_, seat)| keep(&wave.id, seat)).map(|(host, seat)| row(&wave.id, host, seat)));
    }
    rows.sort_by(|one, other| (one.state, &one.name).cmp(&(other.state, &other.name)));
    rows
}

/// Hosts of a ring that has not begun.
fn expected(picture: &Picture, wave: &WaveId) -> Vec<HostRow> {
    let ring = picture.waves.iter().position(|it| it.id == *wave).and_then(|place| picture.rings.get(place));
    let waits = |host: &String| {
        let seat =
            Seat { state: HostState::Waiting, job: String::new(), result: None, words: None, overdue: false, is_silent: false };
        let message = ring.and_then(|ring| tried(ring.tried.as_ref(), host));
        HostRow { attempt: None, message, ..row(wave, host, &seat) }
    };
    ring.map(|ring| ring.expected.iter().map(waits).collect()).unwrap_or_default()
}

/// What a dry run said of a host.
fn tried(results: Option<&BTreeMap<String, HostResult>>, host: &str) -> Option<Text> {
    let words = match results?.get(host) {
        None => "it has not answered".into(),
        Some(HostResult { message: Some(words), .. }) => words.clone(),
        Some(HostResult { state: HostState::Done, .. }) => "nothing would change".into(),
        Some(result) => result.state.word().into(),
    };
    Some(format!("tried dry: {words}").into())
}

fn row(wave: &WaveId, host: &str, seat: &Seat) -> HostRow {
    let id = HostId::new(wave.backend().clone(), host);
    HostRow {
        name: host.into(),
        wave: Some(wave.clone()),
        state: seat.state,
        attempt: Some(AttemptId { host: id.clone(), native: seat.job.as_str().into() }),
        code: seat.result.as_ref().and_then(|result| result.code),
        message: seat.words.clone().or_else(|| seat.result.as_ref().and_then(|result| result.message.clone())),
        contact: None,
        overdue: seat.overdue,
        address: None,
        id,
    }
}

/// A host whose job has not ended. A job history tells no contact; one that does not answer when it is asked is taken as not
/// having begun, because nothing of it says otherwise.
fn unended(row: HostRow) -> OpenHost {
    let state = if row.state == HostState::Unknown { HostState::NotFetched } else { row.state };
    OpenHost { id: row.id, name: row.name, state, attempt: row.attempt, contact: row.contact, overdue: row.overdue }
}

fn report(seat: &Seat) -> StoryLine {
    let said = seat.result.as_ref().map(|result| result.said.clone()).unwrap_or_default();
    StoryLine { at: None, kind: seat.state.word().into(), said, code: seat.result.as_ref().and_then(|result| result.code) }
}

fn story<'a>(pictures: impl Iterator<Item = &'a Picture>, id: HostId) -> HostStory {
    let mut found: Vec<(Attempt, &Seat)> = Vec::new();
    for picture in pictures {
        for ring in &picture.rings {
            let Some(seat) = ring.hosts.get(id.raw()) else { continue };
            let job = ring.attempts.iter().find(|job| job.id == seat.job);
            let attempt = Attempt {
                id: AttemptId { host: id.clone(), native: seat.job.as_str().into() },
                state: seat.state,
                native: seat.words.clone().unwrap_or_else(|| seat.state.word().into()),
                rollout: Some(picture.rollout.name.clone()),
                release: picture.rollout.release.clone(),
                began: job.and_then(|job| job.began),
                code: seat.result.as_ref().and_then(|result| result.code),
            };
            found.push((attempt, seat));
        }
    }
    found.sort_by(|(one, _), (other, _)| (other.began, &other.id.native).cmp(&(one.began, &one.id.native)));
    let reports = found.first().map(|(_, seat)| report(seat)).into_iter().collect();
    HostStory {
        name: id.text(),
        standing: found.first().map_or_else(|| Text::from("in no ring that has begun"), |(attempt, _)| attempt.native.clone()),
        address: None,
        contact: None,
        overdue: found.first().is_some_and(|(_, seat)| seat.overdue),
        assigned: None,
        installed: None,
        installed_at: None,
        attempts: found.into_iter().map(|(attempt, _)| attempt).collect(),
        reports,
        gaps: Vec::new(),
        id,
    }
}

fn cut(rows: Vec<HostRow>, page: Page) -> (Vec<HostRow>, u32) {
    let total = number(rows.len());
    (rows.into_iter().skip(page.offset as usize).take(page.limit as usize).collect(), total)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
