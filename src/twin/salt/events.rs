//! `GET /events`: the bus as a stream that never ends by itself, and the pump that lets the night go on for listeners.
//!
//! No filter, no replay, no keep-alive: an idle bus sends nothing. The stream ends when its session does.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{Response, header};
use tokio::sync::broadcast::error::RecvError;

use super::Server;
use super::page::{Answer, http_date};

/// The stream for a session that was let in.
pub(super) fn stream(server: &Arc<Server>, session: String) -> Response<Body> {
    let heard = server.with_master(|master| master.bus.listen());
    let restarted = server.restarts.subscribe();
    let now = server.clock.now();
    let start = (Arc::clone(server), session, heard, restarted, true);
    let blocks = futures::stream::unfold(start, async |(server, session, mut heard, mut restarted, first)| {
        if first {
            return Some((Ok::<_, Infallible>(Bytes::from_static(b"retry: 400\n")), (server, session, heard, restarted, false)));
        }
        let block = loop {
            tokio::select! {
                // A closed channel is a server that is gone.
                _ = restarted.changed() => return None,
                block = heard.recv() => match block {
                    Ok(block) => break block,
                    Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "a slow listener missed events"),
                    Err(RecvError::Closed) => return None,
                },
            }
        };
        // Noticed at the first event after the token's end, not before.
        server.session(&session).ok()?;
        Some((Ok(Bytes::from(block.to_string())), (server, session, heard, restarted, false)))
    });
    let response = Response::builder()
        .header(header::DATE, http_date(now))
        .header(header::SERVER, "CherryPy/18.10.0")
        .header(header::CONTENT_TYPE, "text/event-stream;charset=utf-8")
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::CONNECTION, "keep-alive")
        .header(header::ALLOW, "GET, HEAD");
    response.body(Body::from_stream(blocks)).unwrap_or_else(|error| {
        tracing::error!(%error, "the event stream could not be built");
        Answer::unexpected().finish(now)
    })
}

/// Lets everything happen when it is due, so that listeners hear of it without asking.
pub(super) async fn pump(server: Arc<Server>) {
    loop {
        let next = server.with_master_quietly(|master| master.next());
        let due = next.and_then(|next| server.clock.until(next));
        tokio::select! {
            () = server.moved.notified() => {}
            () = async { match due { Some(due) => tokio::time::sleep(due).await, None => std::future::pending().await } } => {}
        }
    }
}
