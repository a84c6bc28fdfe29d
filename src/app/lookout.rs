//! Looks at files every so often while the cockpit runs, on a thread where waiting for a disk hurts nobody.
//!
//! It knows neither what is looked at nor what is found: both are its caller's.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::message::Message;

/// Looks, and tells what was found, until nobody listens. The first look is one `every` after the start.
pub async fn keep<W: Send + 'static>(
    mut watch: W,
    every: Duration,
    told: mpsc::Sender<Message>,
    look: fn(&mut W) -> Option<Message>,
) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if told.is_closed() {
            return;
        }
        let looked = tokio::task::spawn_blocking(move || {
            let found = look(&mut watch);
            (watch, found)
        });
        let Ok((same, found)) = looked.await else { return };
        watch = same;
        if let Some(found) = found
            && told.send(found).await.is_err()
        {
            return;
        }
    }
}
