//! A stand-in for a Salt 3008 master behind its REST API (`rest_cherrypy`), over loopback HTTP.
//!
//! Joins the listener, the clock, the faults and the master: one request in, the master brought up to now, one answer out.
//! What patchdeck needs is served: login, lowstates, jobs, minions, events. There is no ZeroMQ side, no batch and no
//! orchestration; what is not there is refused in the server's own words.

mod answer;
mod ask;
mod build;
mod bus;
mod events;
mod jobs;
mod lowstate;
mod master;
mod minion;
pub mod night;
mod packages;
mod page;
mod rights;
mod routes;
mod runner;
mod states;
mod target;
mod work;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use self::ask::Ask;
use self::master::Master;
use self::night::Night;
use self::page::{Answer, Payload};
use self::rights::{Closed, Gate, Who};
use super::clock::SimClock;
use super::faults::{ErrorBody, Faults, What};
use super::scenario::Scenario;
use super::wire::{Breaker, Doors};
use super::{Built, Options, Running, TwinError};

/// The API's limit of a request's body.
const MAX_BODY: usize = 1024 * 1024;

/// Everything a request needs.
struct Server {
    master: Mutex<Master>,
    gate: Mutex<Gate>,
    clock: SimClock,
    faults: Faults,
    enabled: Vec<String>,
    runner_pause: Duration,
    publish_pause: Duration,
    /// Real time for a second of waiting for a silent minion.
    silent: Duration,
    session_ms: i64,
    token_ms: i64,
    /// How often the API was restarted.
    restarts: watch::Sender<u64>,
    /// Something was asked, so what is due next may have changed.
    moved: Notify,
}

/// Starts a twin on loopback with the `[salt]` table of the scenario in `scenario_toml`.
///
/// The night up to the scenario's `opens` is lived through before this returns.
///
/// # Errors
/// [`TwinError::Scenario`] with line and reason, or [`TwinError::Listen`].
pub async fn start(scenario_toml: &str, options: Options) -> Result<Running, TwinError> {
    let (scenario, night, built) = begin(scenario_toml, options)?;
    let master = built.done().await?;
    serve(scenario, night, options, Built::ready(master)).await
}

/// As [`start`], but returns as soon as it listens: requests wait until the night up to `opens` is lived through.
///
/// # Errors
/// As [`start`].
pub async fn open(scenario_toml: &str, options: Options) -> Result<Running, TwinError> {
    let (scenario, night, built) = begin(scenario_toml, options)?;
    serve(scenario, night, options, built).await
}

fn begin(scenario_toml: &str, options: Options) -> Result<(Scenario, Night, Built<Master>), TwinError> {
    let scenario = Scenario::read(scenario_toml).map_err(TwinError::Scenario)?;
    let Some(night) = scenario.salt.clone() else {
        return Err(TwinError::Scenario("nobody in it is on Salt".to_owned()));
    };
    let rate = options.speed.unwrap_or(scenario.speed);
    if !rate.is_finite() || rate < 0.0 {
        return Err(TwinError::Scenario("the speed must be 0 or more".to_owned()));
    }
    let (_, hosts) = scenario.split(options.hosts.unwrap_or(scenario.hosts));
    let seed = options.seed.unwrap_or(scenario.seed);
    let (whole, plan) = (scenario.clone(), night.clone());
    let built = Built::by(move || Ok(build::build(&whole, &plan, u64::from(hosts), seed)));
    Ok((scenario, night, built))
}

async fn serve(scenario: Scenario, night: Night, options: Options, built: Built<Master>) -> Result<Running, TwinError> {
    let rate = options.speed.unwrap_or(scenario.speed);
    let opens = scenario.opens;
    let faults = Faults::default();
    for fault in scenario.fault.clone() {
        faults.inject(fault);
    }
    let calendar = scenario.calendar();
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await.map_err(TwinError::Listen)?;
    let addr = listener.local_addr().map_err(TwinError::Listen)?;

    let gate = Gate::new(&night);
    let logins = gate.connections(&night, &format!("http://{addr}"));
    let first = |name: &str, tenant: &str| {
        night.tenant.iter().any(|row| row.name == tenant && row.user.first().is_some_and(|user| user.name == name))
    };
    let connections = logins.iter().filter(|login| first(&login.user, &login.tenant)).cloned().collect();
    let (stop, stopped) = watch::channel(false);
    let (clock, public) = SimClock::start(opens, rate);
    let hand = clock.hand();
    let (settings, heeded) = (night.server, faults.clone());
    let server = tokio::spawn(async move {
        let master = match built.done().await {
            Ok(master) => Mutex::new(master),
            Err(error) => return tracing::error!(%error, "the twin's night could not be built"),
        };
        let server = Arc::new(Server {
            master,
            gate: Mutex::new(gate),
            clock,
            faults: heeded,
            enabled: settings.clients,
            runner_pause: Duration::from_millis(settings.runner_ms),
            publish_pause: Duration::from_millis(settings.publish_ms),
            silent: Duration::from_millis(settings.silent_ms_per_s),
            session_ms: i64::from(settings.session_s) * 1_000,
            token_ms: i64::from(settings.token_expire_s) * 1_000,
            restarts: watch::Sender::new(0),
            moved: Notify::new(),
        });
        let pump = events::pump(Arc::clone(&server));
        let service = Router::new().fallback(handle).with_state(server).into_make_service_with_connect_info::<Breaker>();
        let doors = Doors { listener, stop: stopped };
        tokio::select! {
            ended = axum::serve(doors, service) => {
                if let Err(error) = ended {
                    tracing::error!(%error, "the twin stopped listening");
                }
            }
            () = pump => {}
        }
    });
    Ok(Running { connections, logins, plans: night.plan, calendar, clock: public, hand, addr, faults, stop, server })
}

/// One request.
async fn handle(State(server): State<Arc<Server>>, ConnectInfo(breaker): ConnectInfo<Breaker>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return Answer::refused(413, "The entity sent with the request exceeds the maximum allowed bytes.")
            .finish(server.clock.now());
    };
    let ask = Ask::new(&head, body);
    let what = server.faults.hit(&server.tenant_of(&ask), &ask.method, if ask.path.is_empty() { "/" } else { &ask.path });
    if let Some(delay) = what.as_ref().and_then(What::delay) {
        tokio::time::sleep(delay).await;
    }
    let now = server.clock.now();
    match what {
        // The API's own page comes even while the master is down.
        Some(What::Hang) if ask.method == "GET" && ask.path.is_empty() => server.answered(&ask).await,
        Some(What::Hang) => std::future::pending().await,
        Some(What::Reset) => {
            breaker.reset();
            Answer::new(200, Payload::Empty).finish(now)
        }
        Some(What::Status { code, body }) => faulty(code, body).finish(now),
        Some(What::TooMany { retry_after }) => {
            let mut answer = faulty(429, ErrorBody::Empty);
            answer.headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
            answer.finish(now)
        }
        Some(What::SessionsLost) => {
            server.gate().forget_sessions();
            server.restarts.send_modify(|count| *count += 1);
            server.answered(&ask).await
        }
        Some(What::LostAnswer) => {
            let answer = server.answered(&ask).await;
            breaker.reset();
            answer
        }
        Some(What::CutBody) => match server.routed(&ask).await {
            Ok(answer) => {
                breaker.cut_after(answer.length() / 2);
                answer.finish(server.clock.now())
            }
            Err(stream) => stream,
        },
        Some(What::Delay { .. }) | None => server.answered(&ask).await,
    }
}

fn faulty(code: u16, body: ErrorBody) -> Answer {
    match body {
        ErrorBody::Html => Answer::refused(code, "The server encountered an unexpected condition."),
        ErrorBody::Empty => Answer::new(code, Payload::Empty),
        ErrorBody::Spring | ErrorBody::Hawkbit => {
            Answer::json(code, serde_json::json!({"status": code, "return": "An unexpected error occurred"}))
        }
    }
    .bare()
}

impl Server {
    /// The answer to a request that nothing happens to.
    async fn answered(self: &Arc<Self>, ask: &Ask) -> Response<Body> {
        match self.routed(ask).await {
            Ok(answer) => answer.finish(self.clock.now()),
            Err(stream) => stream,
        }
    }

    /// Carries a request out in a task of its own: a client that goes away does not take its call back. An event stream is
    /// the response already, and no answer.
    async fn routed(self: &Arc<Self>, ask: &Ask) -> Result<Answer, Response<Body>> {
        if let Some(stream) = routes::stream(self, ask) {
            return Err(stream);
        }
        let (server, ask) = (Arc::clone(self), ask.clone());
        match tokio::spawn(async move { routes::dispatch(&server, &ask).await }).await {
            // Who has no session is handed a new one, which is good for nothing.
            Ok(mut answer) => {
                if let Some(cookie) = answer.cookie.as_mut().filter(|cookie| cookie.is_empty()) {
                    *cookie = self.gate().hex(40);
                }
                Ok(answer)
            }
            Err(error) => {
                tracing::error!(%error, "a request of the twin failed");
                Ok(Answer::unexpected())
            }
        }
    }

    fn tenant_of(&self, ask: &Ask) -> String {
        let Ok(who) = self.session(&ask.session) else {
            return String::new();
        };
        let tenant = self.gate().logins.iter().find(|login| login.name == who.user).map(|login| login.tenant);
        tenant.map_or_else(String::new, |tenant| self.locked().night.tenant[tenant].name.clone())
    }

    fn session(&self, id: &str) -> Result<Who, Closed> {
        self.gate().session(id, self.clock.now())
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self) -> MutexGuard<'_, Master> {
        self.master.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The master at this instant; the pump is told that something may have changed.
    fn with_master<T>(&self, work: impl FnOnce(&mut Master) -> T) -> T {
        let done = self.with_master_quietly(work);
        self.moved.notify_one();
        done
    }

    fn with_master_quietly<T>(&self, work: impl FnOnce(&mut Master) -> T) -> T {
        let mut master = self.locked();
        master.advance(self.clock.now());
        work(&mut master)
    }
}
