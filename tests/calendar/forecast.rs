//! What the forecast says in the middle of a window, against the hosts that really miss the cutoff, in nights that the twin
//! plays. Read through the real adapter; nobody waits for real time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use patchdeck::backend::port::{Backend, Facts, Interest};
use patchdeck::backend::registry;
use patchdeck::backend::settings::{SecretSource, Settings};
use patchdeck::domain::{BackendName, Fit, Rollout, Source, TenantId};
use patchdeck::store::Store;
use patchdeck::store::forecast::View;
use patchdeck::store::merge::Read;
use patchdeck::twin::{Options, Running, builtin, hawkbit};

/// Sunday 05:00 to 07:30 in Singapore, cutoff 07:00.
const CUTOFF: &str = "2027-03-13T23:00:00Z";
const CLOSES: &str = "2027-03-13T23:30:00Z";
/// The window opened at 21:00.
const MIDDLE: &str = "2027-03-13T22:15:00Z";
const STEP: Duration = Duration::from_secs(20);
const SEEDS: u64 = 10;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// The cockpit as far as a forecast needs it: a store that is fed through the adapter.
struct Watch {
    twin: Running,
    backend: Arc<dyn Backend>,
    store: Store,
    now: Timestamp,
}

impl Watch {
    async fn begin(scenario: &str, seed: u64, begins: Timestamp) -> Self {
        let options = Options { seed: Some(seed), speed: Some(0.0), ..Options::default() };
        let twin = hawkbit::start(scenario, options).await.expect("a twin");
        let login = twin.logins.iter().find(|login| login.tenant == "initech").expect("the tenant");
        let settings = Settings {
            tenant: Some(TenantId::new("initech")),
            user: Some(login.user.clone()),
            secret: Some(SecretSource::Exec(vec!["echo".to_owned(), login.password.clone()])),
            requests_per_second: 10_000.0,
            ..Settings::new(BackendName::new("initech-hb"), "hawkbit", &login.url)
        };
        let backend = registry::open(&settings).expect("an adapter");
        Self { twin, backend, store: Store::default(), now: begins }
    }

    async fn read(&mut self) {
        let name = self.backend.describe().name.clone();
        let seen = patchdeck::domain::Mono(Duration::from_secs(self.now.as_second().unsigned_abs()));
        let read = || Read { seen, civil: self.now, by: Source::new("GET") };
        let board = self.backend.observe(Interest::Board).await.expect("a board").facts;
        let Facts::Rollouts { rollouts, complete, .. } = board else { panic!("no board") };
        self.store.merge_rollouts(&name, rollouts, false, complete, &read());
        let Some(id) = self.gateways().map(|rollout| rollout.id.clone()) else { return };
        let waves = self.backend.observe(Interest::Rollout(id)).await.expect("waves").facts;
        let Facts::Waves { rollout, waves } = waves else { panic!("no waves") };
        self.store.merge_waves(&rollout, waves, &read());
    }

    fn gateways(&self) -> Option<&Rollout> {
        let mut all = self.store.rollouts.values().map(|entry| &entry.rollout.value);
        all.find(|rollout| rollout.name.as_str() == "Gateway 8.4")
    }

    fn pass(&mut self, time: Duration) {
        self.twin.pass(time);
        self.now += time;
    }

    async fn watch_until(&mut self, until: Timestamp) {
        self.read().await;
        while self.now < until {
            self.pass(STEP);
            self.read().await;
        }
    }

    fn fit(&self) -> Fit {
        let id = self.gateways().expect("on the board").id.clone();
        let entry = self.store.entry(&id).expect("on the board");
        entry.fit(View::AsItRuns, Some((at(CUTOFF), at(CLOSES))), None, self.now)
    }

    /// Hosts that had not begun at the cutoff.
    async fn late(&mut self) -> u32 {
        let rest = at(CUTOFF).duration_since(self.now);
        self.pass(Duration::try_from(rest).expect("before the cutoff"));
        self.read().await;
        self.gateways().and_then(|rollout| rollout.counts).expect("counts").waiting
    }
}

/// Forecast and outcome of each seed, watched from a moment on.
async fn nights(watched_from: &str, scenario: &str) -> Vec<(u32, u32)> {
    let mut nights = Vec::new();
    for seed in 1..=SEEDS {
        let mut watch = Watch::begin(scenario, seed, at(watched_from)).await;
        watch.watch_until(at(MIDDLE)).await;
        let fit = watch.fit();
        let Fit::WillNotFit(forecast) = &fit else { panic!("seed {seed}: {fit} {:?}", fit.forecast()) };
        nights.push((forecast.not_begun, watch.late().await));
    }
    nights
}

fn near(said: u32, came: u32) -> bool {
    let off = said.abs_diff(came);
    off <= 2 || f64::from(off) <= 0.2 * f64::from(came)
}

#[tokio::test]
async fn at_half_the_window_the_hosts_that_will_be_late_are_told_about_right_in_nine_of_ten_nights() {
    // The same night, looked at from an hour earlier on, so that the first lot is seen to begin.
    let usual = builtin("patch-tuesday").expect("built in");
    let earlier = usual.replace("opens = \"2027-03-13T22:05:00Z\"", "opens = \"2027-03-13T21:05:00Z\"").replace(
        "{ at = \"-45m\", verb = \"start\", by = \"initech-ops\" }",
        "{ at = \"15m\", verb = \"start\", by = \"initech-ops\" }",
    );
    assert_ne!(usual, earlier);
    let nights = nights("2027-03-13T21:05:00Z", &earlier).await;
    let good = nights.iter().filter(|(said, came)| near(*said, *came)).count();
    println!("watched from the beginning, said and came: {nights:?}");
    assert!(good >= 9, "{good} of {SEEDS}: {nights:?}");
}

#[tokio::test]
async fn ten_minutes_of_watching_are_enough_for_that() {
    let usual = builtin("patch-tuesday").expect("built in");
    let nights = nights("2027-03-13T22:05:00Z", usual).await;
    let good = nights.iter().filter(|(said, came)| near(*said, *came)).count();
    println!("watched for ten minutes, said and came: {nights:?}");
    assert!(good >= 9, "{good} of {SEEDS}: {nights:?}");
}
