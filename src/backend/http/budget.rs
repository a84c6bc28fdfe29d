//! How many requests may go to one server: never more than its rate in any second, shared by every connection to it, verbs
//! first.
//!
//! It does not know what a request is for beyond its lane, and it never refuses: it lets wait.

use std::collections::{HashMap, VecDeque};
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

/// The budget of one origin.
#[derive(Debug)]
pub struct Budget {
    level: Mutex<Level>,
    /// One read at a time looks at it, so that reads leave in the order they came.
    turn: Semaphore,
}

#[derive(Debug)]
struct Level {
    /// When the newest requests left, oldest first.
    left: VecDeque<Instant>,
    per_second: f64,
    verbs_waiting: usize,
}

impl Level {
    /// So many requests, in any stretch of so long.
    fn rule(&self) -> (usize, Duration) {
        if self.per_second < 1.0 {
            return (1, Duration::from_secs_f64(1.0 / self.per_second));
        }
        (self.per_second as usize, Duration::from_secs(1))
    }
}

impl Budget {
    pub fn new(per_second: f64) -> Self {
        let level = Level { left: VecDeque::new(), per_second: per_second.max(SLOWEST), verbs_waiting: 0 };
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

    /// Takes a place, or says how long to wait before asking again.
    fn try_take(&self, lane: Lane) -> Option<Duration> {
        let mut level = self.lock();
        let now = Instant::now();
        let (places, stretch) = level.rule();
        while level.left.front().is_some_and(|left| now.saturating_duration_since(*left) >= stretch) {
            level.left.pop_front();
        }
        // A read leaves a place for every verb that waits, as far as there are places at all.
        let kept = if lane == Lane::Read { level.verbs_waiting.min(places - 1) } else { 0 };
        let verbs_wait = lane == Lane::Read && level.verbs_waiting > kept;
        let too_many = (level.left.len() + kept + 1).saturating_sub(places);
        if too_many == 0 && !verbs_wait {
            level.left.push_back(now);
            return None;
        }
        let free = level.left.get(too_many.saturating_sub(1)).map_or(now, |left| *left + stretch);
        Some(free.saturating_duration_since(now).max(Duration::from_millis(1)))
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

/// The budget of `origin` (scheme, host and port) in this process. The smallest rate ever named for it holds.
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
    async fn no_second_sees_more_requests_than_the_rate() {
        let budget = Budget::new(4.0);
        let mut left = Vec::new();
        for pause in [0, 0, 900, 0, 0, 150, 0, 0, 0, 0, 400, 0, 0] {
            sleep(Duration::from_millis(pause)).await;
            budget.take(Lane::Read).await;
            left.push(Instant::now());
        }
        for from in &left {
            let within = left.iter().filter(|at| *at >= from && at.duration_since(*from) < Duration::from_secs(1)).count();
            assert!(within <= 4, "{within} within a second of {left:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn less_than_one_a_second_is_one_in_several_seconds() {
        let budget = Budget::new(0.25);
        let began = Instant::now();
        for _ in 0..3 {
            budget.take(Lane::Read).await;
        }
        assert_eq!(began.elapsed().as_secs(), 8);
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
