//! Servers before 0.10 call an action's real state `detailStatus`, in bodies and in filters.
//!
//! Which dialect a server speaks is found out when a filter is refused, not before. From the server's source, not from a
//! live server.

use std::sync::atomic::{AtomicBool, Ordering};

use super::wire::{Action, Paged};
use super::{Hawkbit, errors, query};
use crate::backend::http::{Failure, Read};

/// What has been found out so far.
#[derive(Debug, Default)]
pub struct Dialect {
    old: AtomicBool,
}

impl Dialect {
    /// The filter field that holds an action's real state.
    pub fn status_field(&self) -> &'static str {
        if self.old.load(Ordering::Relaxed) { "detailstatus" } else { "status" }
    }
}

/// An action's real state, in either dialect.
pub fn action_status(action: &Action) -> &str {
    action.detail_status.as_deref().or(action.status.as_deref()).unwrap_or("without a state")
}

/// Lists actions. `filter` gets the name of the status field; it is built again if the server proves to be an old one.
pub async fn actions(
    backend: &Hawkbit,
    filter: impl Fn(&str) -> String,
    rest: &[(&str, &str)],
) -> Result<Read<Paged<Action>>, Failure> {
    let ask = |field: &str| {
        let mut ask = query(rest);
        ask.push(("q".to_owned(), filter(field)));
        ask
    };
    let field = backend.dialect.status_field();
    let first = backend.get("/actions", &ask(field)).await;
    let Err(refused) = &first else { return first };
    if field == "detailstatus" || !refused.has_code(errors::UNKNOWN_FIELD) {
        return first;
    }
    // `active` is a field that every server since 0.10 knows.
    let probe: Result<Read<Paged<Action>>, Failure> =
        backend.get("/actions", &query(&[("limit", "1"), ("q", "active==true")])).await;
    match probe {
        Err(failure) if failure.has_code(errors::UNKNOWN_FIELD) => {
            backend.dialect.old.store(true, Ordering::Relaxed);
            backend.get("/actions", &ask(backend.dialect.status_field())).await
        }
        _ => first,
    }
}
