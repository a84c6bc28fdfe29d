//! The server's guard against floods: so many requests a second from one public address.
//!
//! Addresses come from `X-Forwarded-For`, as on the server; private and loopback ones are never counted, so a client on
//! loopback meets this only when it says it is somebody else. It counts real seconds, not the night's.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

const READS: u32 = 200;
const WRITES: u32 = 50;

/// Requests of the running second, by address.
#[derive(Debug)]
pub(super) struct Limit {
    started: Instant,
    counts: Mutex<Second>,
}

#[derive(Debug, Default)]
struct Second {
    number: u64,
    /// Reads and writes.
    seen: HashMap<IpAddr, (u32, u32)>,
}

impl Limit {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), counts: Mutex::default() }
    }

    /// Whether this request is one too many.
    pub(super) fn refuses(&self, forwarded_for: Option<&str>, method: &str) -> bool {
        self.refuses_in(self.started.elapsed().as_secs(), forwarded_for, method)
    }

    fn refuses_in(&self, number: u64, forwarded_for: Option<&str>, method: &str) -> bool {
        let first = forwarded_for.and_then(|list| list.split(',').next());
        let Some(address) = first.and_then(|text| text.trim().parse::<IpAddr>().ok()) else {
            return false;
        };
        let exempt = match address {
            IpAddr::V4(address) => address.is_private() || address.is_loopback(),
            IpAddr::V6(address) => address.is_loopback(),
        };
        if exempt {
            return false;
        }
        let mut second = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if second.number != number {
            *second = Second { number, seen: HashMap::new() };
        }
        let (reads, writes) = second.seen.entry(address).or_default();
        let (count, limit) = if method == "GET" { (reads, READS) } else { (writes, WRITES) };
        *count += 1;
        *count > limit
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some("203.0.113.9"), "GET", 200)]
    #[case(Some("203.0.113.9, 10.0.0.1"), "POST", 50)]
    #[case(Some("10.1.2.3"), "GET", 1_000)]
    #[case(Some("127.0.0.1"), "POST", 1_000)]
    #[case(None, "GET", 1_000)]
    fn public_addresses_have_a_number_of_requests_a_second(
        #[case] address: Option<&str>,
        #[case] method: &str,
        #[case] allowed: usize,
    ) {
        let limit = Limit::new();
        let passed = (0..1_000).filter(|_| !limit.refuses_in(7, address, method)).count();
        assert_eq!(passed, allowed);
        assert!(!limit.refuses_in(8, address, method), "the next second begins anew");
    }
}
