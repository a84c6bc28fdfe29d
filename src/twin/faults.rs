//! What can go wrong between a client and the server, on demand.
//!
//! A fault says which requests it hits and what happens to them; scenarios list some, tests inject and clear them while
//! the server runs. It does not touch the fleet: faults of devices are failures, and those belong to the scenario.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

/// Hits requests that match every member that is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The server's name of a tenant; ours where the server knows none.
    pub tenant: Option<String>,
    /// Start of the path, with its slash; below `/rest/v1` on hawkBit.
    pub path: Option<String>,
    /// Upper case.
    pub method: Option<String>,
    /// How many requests it hits before it is over; without it, all.
    pub times: Option<u32>,
    pub what: What,
}

/// What happens to a request that is hit.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// An answer with this status instead of the real one.
    Status { code: u16, body: ErrorBody },
    /// The real answer, later. Real milliseconds.
    Delay { ms: u64 },
    /// No answer, ever.
    Hang,
    /// The head of the real answer and half of its body.
    CutBody,
    /// The connection goes away before the request took effect.
    Reset,
    /// 429 with an empty body, and with `Retry-After` in seconds if one is given.
    TooMany { retry_after: Option<u32> },
    /// The request takes effect, then the connection goes away.
    LostAnswer,
    /// The server was restarted since: sessions are forgotten and streams end, then the request is answered.
    SessionsLost,
}

/// The kinds of error bodies a client has to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorBody {
    /// `timestamp`, `status`, `error`.
    Spring,
    /// `errorCode`, `exceptionClass`, `message`.
    Hawkbit,
    /// A page of a proxy or a servlet container.
    Html,
    Empty,
}

impl Fault {
    /// A fault that hits every request.
    pub fn always(what: What) -> Self {
        Self { tenant: None, path: None, method: None, times: None, what }
    }

    pub fn for_tenant(self, tenant: &str) -> Self {
        Self { tenant: Some(tenant.to_owned()), ..self }
    }

    pub fn on_path(self, path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..self }
    }

    pub fn on_method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }
}

/// Names an injected fault for clearing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultId(u64);

/// A handle on the faults of a running twin; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<List>>);

#[derive(Debug, Default)]
struct List {
    next: u64,
    faults: Vec<(u64, Fault)>,
    hits: u64,
}

impl Faults {
    /// Adds a fault; earlier ones win over later ones.
    pub fn inject(&self, fault: Fault) -> FaultId {
        let mut list = self.lock();
        list.next += 1;
        let id = list.next;
        list.faults.push((id, fault));
        FaultId(id)
    }

    pub fn clear(&self, id: FaultId) {
        self.lock().faults.retain(|(known, _)| *known != id.0);
    }

    pub fn clear_all(&self) {
        self.lock().faults.clear();
    }

    /// How many requests were hit so far.
    pub fn hits(&self) -> u64 {
        self.lock().hits
    }

    /// The fault that hits this request, counted as used.
    pub(super) fn hit(&self, tenant: &str, method: &str, path: &str) -> Option<What> {
        let mut list = self.lock();
        let at = list.faults.iter().position(|(_, fault)| {
            fault.tenant.as_deref().is_none_or(|wanted| wanted == tenant)
                && fault.method.as_deref().is_none_or(|wanted| wanted == method)
                && fault.path.as_deref().is_none_or(|prefix| path.starts_with(prefix))
        })?;
        list.hits += 1;
        let fault = &mut list.faults[at].1;
        let what = fault.what.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                list.faults.remove(at);
            }
        }
        Some(what)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl What {
    /// How long the real answer is held back.
    pub(super) fn delay(&self) -> Option<Duration> {
        match self {
            Self::Delay { ms } => Some(Duration::from_millis(*ms)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_with_a_number_of_times_is_over_after_them() {
        let faults = Faults::default();
        faults.inject(Fault::always(What::Hang).on_path("/rollouts").times(2));
        let hits = (0..4).filter(|_| faults.hit("A", "GET", "/rollouts/3").is_some()).count();
        assert_eq!((hits, faults.hits()), (2, 2));
        assert!(faults.hit("A", "GET", "/targets").is_none());
    }

    #[test]
    fn a_fault_of_one_tenant_leaves_the_others_alone() {
        let faults = Faults::default();
        let id = faults.inject(Fault::always(What::Reset).for_tenant("ACME").on_method("POST"));
        assert!(faults.hit("GLOBEX", "POST", "/x").is_none());
        assert!(faults.hit("ACME", "GET", "/x").is_none());
        assert!(faults.hit("ACME", "POST", "/x").is_some());
        faults.clear(id);
        assert!(faults.hit("ACME", "POST", "/x").is_none());
    }
}
