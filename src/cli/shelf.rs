//! The memory's shelf as backends ask for it: files are read and written beside the loop, never in it.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::backend::port::Keep;
use crate::memory::Shelf;

struct Keeper(Shelf);

/// What backends may keep beside this memory file.
pub fn beside(memory: &Path) -> Arc<dyn Keep> {
    Arc::new(Keeper(Shelf::beside(memory)))
}

impl Keep for Keeper {
    fn kept<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Option<Value>> + Send + 'a>> {
        let (shelf, name) = (self.0.clone(), name.to_owned());
        Box::pin(async move { spawn_blocking(move || shelf.read(&name)).await.ok().flatten() })
    }

    fn keep<'a>(&'a self, name: &'a str, document: Value) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let (shelf, name) = (self.0.clone(), name.to_owned());
        Box::pin(async move {
            let written = spawn_blocking(move || shelf.write(&name, &document)).await;
            if let Ok(Err(error)) = written {
                tracing::warn!("what a backend will forget is not kept: {error}");
            }
        })
    }
}
