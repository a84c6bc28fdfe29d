//! Who sits here, which clock hangs on the wall, and what is opened behind the first paint: journal, memory, host facts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::mpsc;

use super::named;
use crate::app::carry::Scribe;
use crate::app::message::Message;
use crate::app::recall;
use crate::app::runtime::Tell;
use crate::app::scribe::JournalScribe;
use crate::backend::port::Backend;
use crate::config::{Config, Env, hosts};
use crate::domain::{BackendName, Clock, Mono, Now, Text};
use crate::journal::Who;
use crate::memory::{Memory, Record};

/// The clock on the wall. Elapsed time counts while the machine sleeps.
#[derive(Clone, Copy)]
pub struct Hour {
    clock: Clock,
}

impl Hour {
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

impl Tell for Hour {
    fn now(&self) -> Now {
        let since_boot = clock_gettime(ClockId::Boottime);
        let mono = Duration::new(since_boot.tv_sec.unsigned_abs(), since_boot.tv_nsec.unsigned_abs() as u32);
        let real = Timestamp::now();
        Now { mono: Mono(mono), civil: self.clock.civil(real), real }
    }
}

pub struct Seat {
    pub who: Who,
}

impl Seat {
    pub fn of(config: &Config, env: Env<'_>) -> Self {
        let os_user = named(env("USER").or_else(|| env("LOGNAME"))).unwrap_or_else(|| {
            let uid = rustix::process::getuid().as_raw();
            Text::new(format!("uid {uid}"))
        });
        let ssh_from = named(env("SSH_CONNECTION").and_then(|line| line.split(' ').next().map(str::to_owned)));
        let host = Text::new(rustix::system::uname().nodename().to_string_lossy());
        Self { who: Who { os_user, ssh_from, host, person: config.person.clone(), pid: std::process::id() } }
    }

    /// Opens what may take a while, beside the loop: it hears of each when it is there.
    pub fn settle(
        &self,
        config: &Config,
        backends: BTreeMap<BackendName, Arc<dyn Backend>>,
        told: mpsc::Sender<Message>,
    ) -> Arc<dyn Scribe> {
        let scribe = JournalScribe::new(config.journal_dir.clone(), Arc::new(Timestamp::now));
        tokio::spawn(recall::open(scribe.clone(), self.who.clone(), backends, told.clone()));
        let (csv, memory) = (config.hosts_csv.clone(), config.memory_file.clone());
        let person = config.person.clone();
        tokio::task::spawn_blocking(move || {
            let held = Memory::load(&memory);
            if let Some(person) = person.or_else(|| held.person(Timestamp::now()).cloned()) {
                drop(told.blocking_send(Message::Person(person)));
            }
            drop(told.blocking_send(Message::Paces(held.all_paces().cloned().collect())));
            drop(told.blocking_send(Message::Memory(Box::new(held))));
            if let Some(csv) = csv {
                let facts = hosts::load(&csv)
                    .map(|facts| facts.into_iter().collect())
                    .map_err(|problems| Text::new(problems.to_string()));
                drop(told.blocking_send(Message::HostFacts(facts)));
            }
        });
        Arc::new(scribe)
    }

    /// Keeps what may be lost without harm, on a thread of its own.
    pub fn remember(config: &Config) -> Box<dyn Fn(Record) + Send> {
        let path = config.memory_file.clone();
        let memory: Arc<Mutex<Option<Memory>>> = Arc::default();
        Box::new(move |record| {
            let (memory, path) = (Arc::clone(&memory), path.clone());
            tokio::task::spawn_blocking(move || {
                let mut seat = memory.lock().unwrap_or_else(PoisonError::into_inner);
                let memory = seat.get_or_insert_with(|| Memory::load(&path));
                memory.remember(record);
                if let Err(error) = memory.save() {
                    tracing::warn!("what was learned tonight is not kept: {error}");
                }
            });
        })
    }
}
