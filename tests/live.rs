//! Salt against a real Salt: a server from `SALT_LAB_*` variables, as `.ci/live` starts one. Without them each scenario says that
//! it is skipped, but for the promises, which the twin keeps alone then.
//!
//! Scenarios share the server and work on hosts of their own, so that they may run side by side.

#[path = "live/cockpit.rs"]
mod cockpit;
#[path = "live/keys.rs"]
mod keys;
#[path = "live/night.rs"]
mod night;
#[path = "live/promises.rs"]
mod promises;
#[path = "live/second.rs"]
mod second;
#[path = "pty/terminal.rs"]
#[expect(dead_code, reason = "what only the tests of the terminal need")]
mod terminal;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use patchdeck::action::Verb;
use patchdeck::backend::driven::{Driven, Executor, Probe};
use patchdeck::backend::port::{Backend, Decision, Facts, Interest, Page, Receipt, Settlement, Step, StepRecord, Trouble};
use patchdeck::backend::salt::{self, Salt};
use patchdeck::backend::settings::{SecretSource, Settings};
use patchdeck::domain::{
    BackendName, Gate, HostRow, IntentId, Limit, OnMet, Ring, RingPlan, Rollout, RolloutId, RolloutState, Run, Target, TenantId,
    Wave, WaveState,
};
use patchdeck::plan::types::{self, Call, Guard, Intent, Outcome, PlannedEffect};
use serde_json::json;

/// A busy machine with two tenants' hosts on it answers within this.
const PATIENCE: Duration = Duration::from_secs(120);

struct Lab {
    url: String,
    ca: Option<PathBuf>,
    eauth: String,
    vars: BTreeMap<String, String>,
}

/// The server, or the word that there is none.
fn lab(scenario: &str) -> Option<Lab> {
    let vars: BTreeMap<String, String> =
        std::env::vars().filter(|(key, value)| key.starts_with("SALT_LAB_") && !value.is_empty()).collect();
    if !vars.contains_key("SALT_LAB_URL") {
        println!("skipped: {scenario}: SALT_LAB_URL names no server");
        return None;
    }
    println!("live: {scenario}");
    Some(Lab::of(vars))
}

/// An id of its own for each run: the server remembers a day of jobs.
fn own_id(name: &str) -> String {
    format!("{name}-{}", jiff::Timestamp::now().as_millisecond() % 100_000_000)
}

/// How many jobs of a rollout the server has that changed hosts, asked by nobody's cockpit.
fn jobs_of(lab: &Lab, rollout: &str) -> usize {
    let backend = salt::open(&lab.settings("OPS", Vec::new())).expect("it opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let jobs = runtime.block_on(async { backend.executor().jobs().await.expect("jobs").jobs });
    let counts = |kind: &str| matches!(kind, "launch" | "retry" | "rollback");
    let ours = |job: &&patchdeck::backend::driven::Job| {
        job.labels.get("pd_rollout").is_some_and(|id| id == rollout) && job.labels.get("pd_kind").is_some_and(|it| counts(it))
    };
    jobs.iter().filter(ours).count()
}

impl Lab {
    fn of(vars: BTreeMap<String, String>) -> Self {
        let var = |name: &str| vars.get(name).filter(|value| !value.is_empty()).cloned();
        Self {
            url: var("SALT_LAB_URL").expect("a server"),
            ca: var("SALT_LAB_CA").map(PathBuf::from),
            eauth: var("SALT_LAB_EAUTH").unwrap_or_else(|| "file".into()),
            vars,
        }
    }

    /// Name and password.
    fn login(&self, user: &str) -> (&str, &str) {
        let words = self.vars.get(&format!("SALT_LAB_{user}")).expect("the lab names its users");
        words.split_once(':').expect("name:password")
    }

    fn settings(&self, user: &str, plans: Vec<RingPlan>) -> Settings {
        let (name, password) = self.login(user);
        Settings {
            tenants: [("acme", "I@tenant:acme"), ("globex", "I@tenant:globex")]
                .map(|(ours, theirs)| (TenantId::new(ours), theirs.to_owned()))
                .into(),
            user: Some(name.into()),
            eauth: Some(self.eauth.clone()),
            secret: Some(SecretSource::Exec(vec!["echo".into(), password.into()])),
            ca_file: self.ca.clone(),
            requests_per_second: 20.0,
            plans,
            ..Settings::new(BackendName::new("lab"), "salt", &self.url)
        }
    }

    fn open(&self, user: &str, plan: &RingPlan) -> Driven<Salt> {
        salt::open(&self.settings(user, vec![plan.clone()])).expect("it opens")
    }
}

/// A plan of its own for each run: the server remembers a day of jobs.
fn plan(name: &str, tenant: &str, fun: &str, rings: &[&[&str]]) -> RingPlan {
    let second = jiff::Timestamp::now().as_second();
    let ring = |place: usize, hosts: &[&str]| Ring {
        name: format!("ring{}", place + 1),
        target: Target::Hosts(hosts.iter().map(|&host| host.to_owned()).collect()),
        expect_seconds: 6,
        gate: Gate {
            done: Some(Limit::Share(100)),
            failed: Some(Limit::Hosts(0)),
            on_met: Some(OnMet::Pause),
            persons: 1,
            ..Gate::default()
        },
        after: place.checked_sub(1).into_iter().collect(),
    };
    RingPlan {
        id: format!("{name}-{second}"),
        name: name.into(),
        tenant: TenantId::new(tenant),
        run: Run { fun: fun.into(), ..Run::default() },
        undo: None,
        rings: rings.iter().enumerate().map(|(place, hosts)| ring(place, hosts)).collect(),
        apart: Vec::new(),
        until: None,
    }
}

struct Seat {
    backend: Driven<Salt>,
    plan: RingPlan,
    intents: u32,
}

impl Seat {
    fn new(lab: &Lab, user: &str, plan: &RingPlan) -> Self {
        Self { backend: lab.open(user, plan), plan: plan.clone(), intents: 0 }
    }

    fn rollout_id(&self) -> RolloutId {
        RolloutId::new(BackendName::new("lab"), &self.plan.id)
    }

    fn intent(&mut self, verb: Verb) -> Intent {
        self.intents += 1;
        Intent::new(
            IntentId::new(format!("{}-{verb:?}-{}", self.plan.id, self.intents)),
            verb,
            self.plan.tenant.clone(),
            self.rollout_id(),
        )
    }

    /// The calls of a verb, or why there are none.
    async fn steps(&mut self, verb: Verb) -> Result<(Intent, Vec<Step>), String> {
        let intent = self.intent(verb);
        let survey = self.backend.survey(&intent).await.expect("facts");
        let effect = survey.by_jobs.effect.clone().unwrap_or(PlannedEffect::Declines);
        let decision = Decision::new(intent.clone(), survey, effect);
        let steps = self.backend.steps(&decision).map_err(|refusal| refusal.why.to_string())?;
        Ok((intent, steps))
    }

    async fn carry(&mut self, verb: Verb) -> Vec<Receipt> {
        let (_, steps) = self.steps(verb).await.expect("steps");
        let mut receipts = Vec::new();
        for step in &steps {
            receipts.push(self.backend.send(step, &BTreeMap::new()).await.expect("a receipt"));
        }
        receipts
    }

    async fn press(&mut self, verb: Verb) {
        for receipt in self.carry(verb).await {
            assert_eq!(receipt.outcome, Outcome::Accepted, "{verb:?}");
        }
    }

    async fn waves(&self) -> Vec<Wave> {
        match self.backend.observe(Interest::Rollout(self.rollout_id())).await.expect("waves").facts {
            Facts::Waves { waves, .. } => waves,
            other => panic!("{other:?}"),
        }
    }

    async fn rollout(&self) -> Rollout {
        for what in [Interest::Board, Interest::Night] {
            if let Facts::Rollouts { rollouts, .. } = self.backend.observe(what).await.expect("a list").facts
                && let Some(rollout) = rollouts.into_iter().next()
            {
                return rollout;
            }
        }
        panic!("the plan is on neither list")
    }

    async fn hosts(&self, ring: usize) -> Vec<HostRow> {
        let wave = self.waves().await[ring].id.clone();
        match self.backend.observe(Interest::Hosts(wave, Page { offset: 0, limit: 50 })).await.expect("hosts").facts {
            Facts::Hosts { hosts, .. } => hosts,
            other => panic!("{other:?}"),
        }
    }

    /// Reads until the rollout is as wanted.
    async fn until(&self, words: &str, wanted: impl Fn(&Rollout, &[Wave]) -> bool) -> Rollout {
        let began = Instant::now();
        loop {
            let (rollout, waves) = (self.rollout().await, self.waves().await);
            if wanted(&rollout, &waves) {
                return rollout;
            }
            let told = format!("{words}: {:?} \"{}\" {waves:#?}", rollout.state, rollout.native);
            assert!(began.elapsed() < PATIENCE, "{told}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Runs a function on hosts and waits for it.
    async fn local(&self, hosts: &[&str], fun: &str, arg: &[&str]) {
        let chunk = json!([{"client": "local", "tgt": hosts, "tgt_type": "list", "fun": fun, "arg": arg, "timeout": 20}]);
        let call = Call {
            id: 1,
            intent: None,
            method: "POST".into(),
            path: "/".into(),
            query: Vec::new(),
            body: Some(chunk),
            hosts: Vec::new(),
            guard: Guard::default(),
            deadline_seconds: 60,
            undo: None,
        };
        let receipt = self.backend.executor().send(&call).await.expect("a receipt");
        assert_eq!(receipt.outcome, Outcome::Accepted, "{fun}");
    }

    async fn profile(&self, hosts: &[&str], arg: &[&str]) {
        self.local(hosts, "patch.profile", arg).await;
    }
}

/// Pulls a lever of the lab from outside; false where its tool is not named. One at a time: its list of hosts without power is a
/// file that is read and written anew.
fn lever(arguments: &[&str]) -> bool {
    let (Ok(tool), Ok(dir)) = (std::env::var("SALT_LAB_TOOL"), std::env::var("SALT_LAB_DIR")) else {
        println!("skipped: SALT_LAB_TOOL or SALT_LAB_DIR names nothing, so {arguments:?} cannot be done");
        return false;
    };
    let turn = std::fs::File::create(format!("{dir}/lever")).expect("a file");
    rustix::fs::flock(&turn, rustix::fs::FlockOperation::LockExclusive).expect("a turn");
    let done = Command::new(tool).args(["--dir", &dir]).args(arguments).status().expect("the lab's tool runs");
    assert!(done.success(), "{arguments:?}");
    true
}

/// Power for a host, until it answers: others may be without, so that nobody waits for all of them.
fn wakes(lab: &Lab, host: &str) {
    assert!(lever(&["online", host]));
    let backend = salt::open(&lab.settings("OPS", Vec::new())).expect("it opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let began = Instant::now();
    let hosts = [host.to_owned()];
    // Nobody runs that job: a host that is there says so, and one that is not says nothing.
    while runtime.block_on(backend.executor().probe("20200101000000000000", &hosts)).expect("answers")[host] != Probe::Gone {
        assert!(began.elapsed() < PATIENCE, "{host} does not wake");
    }
}

fn record(intent: Intent, step: Step) -> StepRecord {
    let facts = types::Facts {
        name: "".into(),
        native: "not begun".into(),
        effect: PlannedEffect::Declines,
        hosts: 1,
        release: None,
        wave_states: BTreeMap::new(),
        named: std::collections::BTreeSet::new(),
        own: std::collections::BTreeMap::new(),
        window: None,
    };
    StepRecord { intent, step, facts, at: jiff::Timestamp::now() }
}

#[tokio::test]
async fn all_good_ring_by_ring_and_a_second_cockpit_sees_the_same() {
    let Some(lab) = lab("all good, two rings, two cockpits") else { return };
    let hosts = ["globex-web-01", "globex-web-02"];
    let plan = plan("good", "globex", "patch.apply", &[&hosts[..1], &hosts[1..]]);
    let mut seat = Seat::new(&lab, "OPS", &plan);
    seat.profile(&hosts, &["success"]).await;
    let identity = seat.backend.connect(jiff::Timestamp::now()).await.expect("an identity");
    assert_eq!(identity.login.as_str(), "ops");
    assert!(identity.skew.expect("a clock").abs() < jiff::SignedDuration::from_secs(3));
    seat.press(Verb::Start).await;
    seat.until("the first ring is through", |rollout, _| rollout.state.is_paused()).await;
    let other = Seat::new(&lab, "OPS", &plan);
    assert_eq!(other.rollout().await, seat.rollout().await);
    assert_eq!(other.waves().await, seat.waves().await);
    seat.press(Verb::Resume).await;
    seat.until("the last ring is through", |rollout, _| rollout.state == RolloutState::Finished).await;
    // Back to the versions that the night's own results tell.
    seat.press(Verb::RollBack).await;
    seat.until("both are brought back", |_, waves| waves.iter().all(|wave| wave.counts.cancelled == 1)).await;
}

#[tokio::test]
async fn a_full_disk_stops_at_the_gate_and_a_retry_opens_it() {
    let Some(lab) = lab("disk full, then retry") else { return };
    let hosts = ["globex-web-03"];
    let mut seat = Seat::new(&lab, "OPS", &plan("disk", "globex", "pkg.upgrade", &[&hosts, &["globex-web-02"]]));
    seat.profile(&hosts, &["disk_full"]).await;
    seat.press(Verb::Start).await;
    seat.until("it is over its limit", |_, waves| waves[0].state == WaveState::OverLimit).await;
    let row = seat.hosts(0).await.remove(0);
    assert!(row.message.as_ref().is_some_and(|words| words.as_str().contains("space")), "{row:?}");
    seat.profile(&hosts, &["success"]).await;
    seat.press(Verb::Retry).await;
    seat.until("the retry counts", |_, waves| waves[0].counts.done == 1 && waves[0].counts.failed == 0).await;
}

#[tokio::test]
async fn a_login_without_the_right_is_refused_in_words_and_nothing_runs() {
    let Some(lab) = lab("a user without the right, a wrong password") else { return };
    let plan = plan("right", "globex", "patch.apply", &[&["globex-web-07"]]);
    let mut owner = Seat::new(&lab, "OPS", &plan);
    let (_, steps) = owner.steps(Verb::Start).await.expect("steps");
    let stranger = Seat::new(&lab, "ACME_OPS", &plan);
    let receipt = stranger.backend.send(&steps[0], &BTreeMap::new()).await.expect("a receipt");
    assert!(matches!(&receipt.outcome, Outcome::Refused(words) if words.as_str().contains("not permitted")), "{receipt:?}");
    assert_eq!(owner.rollout().await.state, RolloutState::NotBegun);
    let mut settings = lab.settings("OPS", vec![plan]);
    settings.secret = Some(SecretSource::Exec(vec!["echo".into(), "wrong".into()]));
    let trouble = salt::open(&settings).expect("it opens").connect(jiff::Timestamp::now()).await.expect_err("a refusal");
    assert!(matches!(trouble, Trouble::Credentials(_)), "{trouble}");
}

#[tokio::test]
async fn a_launch_is_found_by_its_job_after_a_crash_and_is_there_once() {
    let Some(lab) = lab("ended between launch and answer") else { return };
    let hosts = ["globex-db-01"];
    let plan = plan("crash", "globex", "patch.apply", &[&hosts]);
    let mut seat = Seat::new(&lab, "OPS", &plan);
    seat.profile(&hosts, &["success"]).await;
    let (intent, steps) = seat.steps(Verb::Start).await.expect("steps");
    let record = record(intent, steps[0].clone());
    assert!(matches!(seat.backend.look_up(&record).await.expect("an answer"), Settlement::NotThere(_)));
    // Sent, and the answer is thrown away: another process looks it up.
    let _ = seat
        .backend
        .executor()
        .send(match &steps[0] {
            Step::Call(call) => call,
            Step::Await { .. } => panic!(),
        })
        .await;
    let restarted = Seat::new(&lab, "OPS", &plan);
    let found = restarted.backend.look_up(&record).await.expect("an answer");
    assert!(matches!(found, Settlement::Verified(_)), "{found:?}");
    let jobs = restarted.backend.executor().jobs().await.expect("jobs").jobs;
    assert_eq!(jobs.iter().filter(|job| job.labels.get("pd_rollout") == Some(&plan.id)).count(), 1);
}

#[tokio::test]
async fn two_cockpits_that_start_at_the_same_moment_leave_one_job_that_counts() {
    let Some(lab) = lab("two cockpits press start at the same moment") else { return };
    let hosts = ["globex-db-02"];
    let plan = plan("race", "globex", "patch.apply", &[&hosts]);
    let (mut one, mut other) = (Seat::new(&lab, "OPS", &plan), Seat::new(&lab, "GLOBEX_OPS", &plan));
    one.profile(&hosts, &["slow"]).await;
    let (_, first) = one.steps(Verb::Start).await.expect("steps");
    let (_, second) = other.steps(Verb::Start).await.expect("steps");
    assert_ne!(first, second);
    let empty = BTreeMap::new();
    let (first, second) = tokio::join!(one.backend.send(&first[0], &empty), other.backend.send(&second[0], &empty));
    let outcomes = [first.expect("a receipt").outcome, second.expect("a receipt").outcome];
    let refused =
        |outcome: &&Outcome| matches!(outcome, Outcome::Refused(words) if words.as_str().contains("at the same moment"));
    assert_eq!(outcomes.iter().filter(refused).count(), 1, "{outcomes:?}");
    assert_eq!(one.waves().await[0].counts.total, 1);
    one.profile(&hosts, &["success"]).await;
}
