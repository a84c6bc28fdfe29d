//! Who sits here, which clock hangs on the wall, and what is opened behind the first paint: journal, memory, host facts.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::mpsc;

use super::named;
use crate::app::carry::Scribe;
use crate::app::message::Message;
use crate::app::recall;
use crate::app::runtime::{Export, Tell};
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
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let os_user = os_user(&passwd, rustix::process::getuid().as_raw(), env);
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

    /// Writes files for other programs beside the memory, each over the one of the same name before it.
    pub fn export(config: &Config) -> Export {
        let folder = config.memory_file.with_file_name("exports");
        Arc::new(move |name, text| {
            let path = folder.join(name);
            let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, text));
            let shown = path.to_string_lossy().into_owned();
            written.map(|()| Text::new(&shown)).map_err(|error| Text::new(format!("{shown}: {error}")))
        })
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

/// The account as the system knows it. The environment is what anybody sets it to: it is told beside the number, as hearsay,
/// and only where the system's own list has no name (accounts of a directory service).
fn os_user(passwd: &str, uid: u32, env: Env<'_>) -> Text {
    let entry = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let known = entry.filter(|fields| fields.get(2).and_then(|field| field.parse().ok()) == Some(uid)).find_map(|fields| {
        let name = fields.first()?;
        named(Some((*name).to_owned()))
    });
    known.unwrap_or_else(|| match named(env("USER").or_else(|| env("LOGNAME"))) {
        Some(said) => Text::new(format!("uid {uid} ($USER says {said})")),
        None => Text::new(format!("uid {uid}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_the_one_of_the_system_whatever_the_environment_says() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/sh\n";
        let liar = |name: &str| (name == "USER").then(|| "admin".to_owned());
        let silent = |_: &str| None;
        assert_eq!(os_user(passwd, 1000, &liar).as_str(), "kim");
        assert_eq!(os_user(passwd, 4711, &liar).as_str(), "uid 4711 ($USER says admin)");
        assert_eq!(os_user(passwd, 4711, &silent).as_str(), "uid 4711");
        assert_eq!(os_user("::1000::\n\nbroken", 1000, &silent).as_str(), "uid 1000");
    }
}
