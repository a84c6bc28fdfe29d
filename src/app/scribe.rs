//! The journal behind a lock, written on a thread where waiting for a disk hurts nobody. The only way actions reach it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::carry::Scribe;
use crate::domain::Text;
use crate::journal::{Entry, FileRead, Journal, Who};

/// Real time, from the edge.
pub type RealTime = Arc<dyn Fn() -> Timestamp + Send + Sync>;

#[derive(Clone)]
pub struct JournalScribe {
    dir: PathBuf,
    journal: Arc<Mutex<Option<Journal>>>,
    real: RealTime,
}

impl JournalScribe {
    pub fn new(dir: PathBuf, real: RealTime) -> Self {
        Self { dir, journal: Arc::default(), real }
    }

    /// Opens this process's file and reads all the others. The words say why it could not.
    pub async fn open(&self, who: Who) -> Result<Vec<FileRead>, Text> {
        let this = self.clone();
        blocking(move || {
            let journal = Journal::open(&this.dir, who, (this.real)()).map_err(|error| Text::new(error.to_string()))?;
            *this.journal.lock().unwrap_or_else(PoisonError::into_inner) = Some(journal);
            crate::journal::read(&this.dir).map_err(|error| Text::new(error.to_string()))
        })
        .await
    }
}

impl Scribe for JournalScribe {
    fn write(&self, entry: Entry) -> BoxFuture<'_, Result<Timestamp, Text>> {
        let this = self.clone();
        blocking(move || {
            let mut seat = this.journal.lock().unwrap_or_else(PoisonError::into_inner);
            let journal = seat.as_mut().ok_or_else(|| Text::new("the journal is not open"))?;
            let at = (this.real)();
            journal.append(at, &entry).map_err(|error| Text::new(error.to_string()))?;
            Ok(at)
        })
        .boxed()
    }

    fn now(&self) -> Timestamp {
        (self.real)()
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Text> + Send + 'static) -> Result<T, Text> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(broken) => Err(Text::new(broken.to_string())),
    }
}
