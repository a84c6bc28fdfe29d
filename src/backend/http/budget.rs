//! How many requests may go to one server: a token bucket an origin, shared by every connection to it, verbs first.
//!
//! It does not know what a request is for beyond its lane, and it never refuses: it lets wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// Slowest rate that a config can ask for, in requests a second. Below it a board would never be read.
const SLOWEST: f64 = 0.05;

/// Which queue a request stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A person waits for it: goes before every read.
    Verb,
    Read,
}

/// The bucket of one origin.
#[derive(Debug)]
pub struct Budget {
    level: Mutex<Level>,
    /// One read at a time looks at the bucket, so that reads leave in the order they came.
    turn: Semaphore,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Instant,
    per_second: f64,
    verbs_waiting: u32,
}

impl Budget {
    pub fn new(per_second: f64) -> Self {
        let per_second = per_second.max(SLOWEST);
        let level = Level { tokens: per_second.max(1.0), at: Instant::now(), per_second, verbs_waiting: 0 };
        Self { level: Mutex::new(level), turn: Semaphore::new(1) }
    }

    /// Requests a second that it allows now.
    pub fn per_second(&self) -> f64 {
        self.lock().per_second
    }

    /// Waits until one request may leave.
    pub async fn take(&self, lane: Lane) {
        match lane {
            Lane::Verb => {
                let _waiting = VerbWaits::begin(self);
                self.wait(lane).await;
            }
            Lane::Read => {
                // The semaphore is never closed; a closed one would only cost the order.
                let _turn = self.turn.acquire().await;
                self.wait(lane).await;
            }
        }
    }

    async fn wait(&self, lane: Lane) {
        while let Some(rest) = self.try_take(lane) {
            sleep(rest).await;
        }
    }

    /// Takes a token, or says how long to wait before asking again.
    fn try_take(&self, lane: Lane) -> Option<Duration> {
        let mut level = self.lock();
        let now = Instant::now();
        let gained = now.saturating_duration_since(level.at).as_secs_f64() * level.per_second;
        level.tokens = (level.tokens + gained).min(level.per_second.max(1.0));
        level.at = now;
        let first = if lane == Lane::Read { f64::from(level.verbs_waiting) } else { 0.0 };
        let missing = 1.0 + first - level.tokens;
        if missing <= f64::EPSILON {
            level.tokens -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64(missing / level.per_second).max(Duration::from_millis(1)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Level> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts one waiting verb for as long as it lives, also when its task is dropped.
struct VerbWaits<'a>(&'a Budget);

impl<'a> VerbWaits<'a> {
    fn begin(budget: &'a Budget) -> Self {
        budget.lock().verbs_waiting += 1;
        Self(budget)
    }
}

impl Drop for VerbWaits<'_> {
    fn drop(&mut self) {
        self.0.lock().verbs_waiting -= 1;
    }
}

/// The bucket of `origin` (scheme, host and port) in this process. The smallest rate ever named for it holds.
pub fn of_origin(origin: &str, per_second: f64) -> Arc<Budget> {
    static ALL: OnceLock<Mutex<HashMap<String, Arc<Budget>>>> = OnceLock::new();
    let mut all = ALL.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let budget = all.entry(origin.to_owned()).or_insert_with(|| Arc::new(Budget::new(per_second)));
    {
        let mut level = budget.lock();
        level.per_second = level.per_second.min(per_second.max(SLOWEST));
    }
    budget.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_the_burst_requests_leave_at_the_rate() {
        let budget = Budget::new(10.0);
        let began = Instant::now();
        for _ in 0..30 {
            budget.take(Lane::Read).await;
        }
        let took = began.elapsed().as_secs_f64();
        assert!((1.9..2.2).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_verb_goes_before_reads_that_wait_already() {
        let budget = Arc::new(Budget::new(1.0));
        budget.take(Lane::Read).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for lane in [Lane::Read, Lane::Read, Lane::Verb] {
            let (budget, order) = (budget.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                budget.take(lane).await;
                order.lock().expect("order").push(lane);
            }));
            tokio::task::yield_now().await;
        }
        for task in tasks {
            task.await.expect("a task");
        }
        assert_eq!(*order.lock().expect("order"), [Lane::Verb, Lane::Read, Lane::Read]);
    }

    #[test]
    fn two_connections_to_one_server_share_the_smaller_rate() {
        let rt = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let _in = rt.enter();
        let first = of_origin("http://one.example.test:80", 10.0);
        let second = of_origin("http://one.example.test:80", 4.0);
        assert!(Arc::ptr_eq(&first, &second));
        assert!((first.per_second() - 4.0).abs() < f64::EPSILON);
        assert!(!Arc::ptr_eq(&first, &of_origin("http://two.example.test:80", 4.0)));
    }
}
