//! What is no failure, for one reading: open hosts, some of their histories, and hosts' own facts where a rollout has ended.
//!
//! It reads as far as the time goes. What it does not reach is told as not checked.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::Answer;
use crate::backend::port::{Backend, Facts, Interest, Page};
use crate::domain::{AttemptId, HostState, Wave};
use crate::store::lanes::PAGE;

/// Pages of one wave that are read at most, and histories.
const PAGES: u32 = 20;
const HISTORIES: usize = 40;

/// A wave of tonight that has begun.
pub(super) struct Begun {
    pub wave: Wave,
    /// Its rollout has ended.
    pub ended: bool,
}

pub(super) async fn read(place: usize, backend: Arc<dyn Backend>, waves: Vec<Begun>, out: &mpsc::Sender<(usize, Answer)>) {
    for Begun { wave, ended } in waves {
        if wave.counts.unended() > 0 {
            let mut histories = Vec::new();
            for page in pages() {
                let Some(facts) = ask(place, &*backend, Interest::Open(wave.id.clone(), page), out).await else { break };
                let Facts::Open { hosts, total, through, .. } = facts else { break };
                let at_work = hosts.iter().filter(|host| host.state == HostState::AtWork);
                histories.extend(through.into_iter().chain(at_work.filter_map(|host| host.attempt.clone())));
                if page.offset + PAGE >= total {
                    break;
                }
            }
            follow(place, &*backend, histories, out).await;
        }
        for page in pages().take_while(|page| ended && page.offset < wave.counts.done) {
            if ask(place, &*backend, Interest::Verify(wave.id.clone(), page), out).await.is_none() {
                break;
            }
        }
    }
}

fn pages() -> impl Iterator<Item = Page> {
    (0..PAGES).map(|page| Page { offset: page * PAGE, limit: PAGE })
}

async fn follow(place: usize, backend: &dyn Backend, tries: Vec<AttemptId>, out: &mpsc::Sender<(usize, Answer)>) {
    for attempt in tries.into_iter().take(HISTORIES) {
        ask(place, backend, Interest::Progress(attempt), out).await;
    }
}

/// Asks, sends the answer on, and hands its facts back. None where there is no answer: that stays not checked, and why is told.
async fn ask(place: usize, backend: &dyn Backend, what: Interest, out: &mpsc::Sender<(usize, Answer)>) -> Option<Facts> {
    let asked = Instant::now();
    let observation = match backend.observe(what.clone()).await {
        Ok(observation) => observation,
        Err(trouble) => {
            out.send((place, Answer::Unanswered(what, trouble))).await.ok()?;
            return None;
        }
    };
    let facts = observation.facts.clone();
    out.send((place, Answer::Observed(observation, asked))).await.ok()?;
    Some(facts)
}
