//! New sizes of the terminal, from the signal itself.
//!
//! crossterm tells them too, and loses one now and then: when a key and the signal become ready in the same instant, its
//! reader returns with the key and never looks at the signal again. A screen of the wrong size must not wait for luck.

use std::io;

use futures::Stream;
use tokio::signal::unix::{SignalKind, signal};

use super::painter::Painter;

/// The size in columns and rows, each time it may have changed. Nothing wakes while it stays.
///
/// # Errors
/// When the signal cannot be watched.
pub fn sizes(painter: &Painter) -> io::Result<impl Stream<Item = (u16, u16)> + Send + use<>> {
    let guard = painter.guard();
    let changes = signal(SignalKind::window_change())?;
    Ok(futures::stream::unfold((changes, guard), |(mut changes, guard)| async move {
        changes.recv().await?;
        let size = guard.size();
        Some((size, (changes, guard)))
    }))
}
