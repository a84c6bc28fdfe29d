//! A stand-in for an Eclipse hawkBit 1.1 server: its Management API over loopback HTTP.
//!
//! Joins the listener, the clock, the faults and the world: one request in, the world brought up to now, one answer out.
//! Only what a Management client may see is served; there is no device side and no user interface.

mod answer;
mod assignments;
mod bodies;
mod configs;
mod create;
mod fields;
mod limit;
mod listing;
mod login;
mod problem;
mod reads;
mod routes;
mod rsql;
mod verbs;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::answer::Answer;
use self::limit::Limit;
use self::login::Login;
use self::problem::Problem;
use self::routes::Ask;
use super::clock::SimClock;
use super::faults::{ErrorBody, Faults, What};
use super::scenario::Scenario;
use super::wire::{Breaker, Doors};
use super::world::World;
use super::world::build::build;
use super::{Built, Connection, Options, Running, TwinError};

/// Larger requests are refused; an assignment of 5,000 targets is well below.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// The servlet container refuses longer request lines with a page of its own.
const MAX_URI: usize = 8_000;

/// Everything a request needs.
struct Server {
    world: Mutex<World>,
    clock: SimClock,
    faults: Faults,
    logins: Vec<Login>,
    limit: Limit,
}

/// Starts a twin on loopback with the scenario in `scenario_toml`.
///
/// The night up to the scenario's `opens` is lived through before this returns.
///
/// # Errors
/// [`TwinError::Scenario`] with line and reason, or [`TwinError::Listen`].
pub async fn start(scenario_toml: &str, options: Options) -> Result<Running, TwinError> {
    let (scenario, built) = begin(scenario_toml, options)?;
    let world = built.done().await?;
    serve(scenario, options, Built::ready(world)).await
}

/// As [`start`], but returns as soon as it listens: requests wait until the night up to `opens` is lived through.
///
/// # Errors
/// As [`start`].
pub async fn open(scenario_toml: &str, options: Options) -> Result<Running, TwinError> {
    let (scenario, built) = begin(scenario_toml, options)?;
    serve(scenario, options, built).await
}

fn begin(scenario_toml: &str, options: Options) -> Result<(Scenario, Built<World>), TwinError> {
    let scenario = Scenario::read(scenario_toml).map_err(TwinError::Scenario)?;
    let rate = options.speed.unwrap_or(scenario.speed);
    if !rate.is_finite() || rate < 0.0 {
        return Err(TwinError::Scenario("the speed must be 0 or more".to_owned()));
    }
    if scenario.tenant.is_empty() {
        return Err(TwinError::Scenario("nobody in it is on hawkBit".to_owned()));
    }
    let (hosts, _) = scenario.split(options.hosts.unwrap_or(scenario.hosts));
    let seed = options.seed.unwrap_or(scenario.seed);
    let plan = scenario.clone();
    let built = Built::by(move || build(&plan, hosts, seed).map_err(TwinError::Scenario));
    Ok((scenario, built))
}

async fn serve(scenario: Scenario, options: Options, built: Built<World>) -> Result<Running, TwinError> {
    let rate = options.speed.unwrap_or(scenario.speed);
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await.map_err(TwinError::Listen)?;
    let addr = listener.local_addr().map_err(TwinError::Listen)?;

    let logins = login::logins(&scenario);
    let connections = login::connections(&scenario, &logins, &format!("http://{addr}"));
    let first = |connection: &&Connection| {
        scenario.tenant.iter().any(|tenant| tenant.user.first().is_some_and(|user| user.name == connection.user))
    };
    let faults = Faults::default();
    for fault in scenario.fault.clone() {
        faults.inject(fault);
    }
    let (stop, stopped) = watch::channel(false);
    let (clock, public) = SimClock::start(scenario.opens, rate);
    let hand = clock.hand();
    let heeded = faults.clone();
    let server = tokio::spawn(async move {
        let world = match built.done().await {
            Ok(world) => Mutex::new(world),
            Err(error) => return tracing::error!(%error, "the twin's night could not be built"),
        };
        let server = Arc::new(Server { world, clock, faults: heeded, logins, limit: Limit::new() });
        let service = Router::new().fallback(handle).with_state(server).into_make_service_with_connect_info::<Breaker>();
        let doors = Doors { listener, stop: stopped };
        if let Err(error) = axum::serve(doors, service).await {
            tracing::error!(%error, "the twin stopped listening");
        }
    });
    Ok(Running {
        connections: connections.iter().filter(first).cloned().collect(),
        logins: connections,
        plans: Vec::new(),
        calendar: scenario.calendar(),
        clock: public,
        hand,
        addr,
        faults,
        stop,
        server,
    })
}

/// One request. The work goes on if the client leaves, as it does on the real server.
async fn handle(State(server): State<Arc<Server>>, ConnectInfo(breaker): ConnectInfo<Breaker>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "request body not read");
        Bytes::new()
    });
    let ask = Ask::new(&head, body);
    if server.limit.refuses(ask.forwarded_for.as_deref(), &ask.method) {
        return Answer::empty(429).finish(&ask, server.clock.now());
    }
    let what = server.faults.hit(&server.tenant_of(&ask), &ask.method, &ask.path);
    if let Some(delay) = what.as_ref().and_then(What::delay) {
        tokio::time::sleep(delay).await;
    }
    match what {
        Some(What::Hang) => std::future::pending().await,
        Some(What::Reset) => {
            breaker.reset();
            Answer::empty(200).finish(&ask, server.clock.now())
        }
        Some(What::Status { code, body }) => faulty(code, body).finish(&ask, server.clock.now()),
        Some(What::TooMany { retry_after }) => {
            let mut answer = Answer::empty(429);
            answer.headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
            answer.finish(&ask, server.clock.now())
        }
        other => {
            let (answer, ask, now) = server.work(ask).await;
            match other {
                Some(What::LostAnswer) => breaker.reset(),
                Some(What::CutBody) => breaker.cut_after(answer.length() / 2),
                _ => {}
            }
            answer.finish(&ask, now)
        }
    }
}

fn faulty(code: u16, body: ErrorBody) -> Answer {
    match body {
        ErrorBody::Spring => Problem::Spring(code).into(),
        ErrorBody::Hawkbit => Problem::internal(code).into(),
        ErrorBody::Html => Problem::Html(code).into(),
        ErrorBody::Empty => Answer::empty(code),
    }
}

impl Server {
    fn tenant_of(&self, ask: &Ask) -> String {
        let login = ask.user.as_ref().and_then(|user| self.logins.iter().find(|login| login.name == *user));
        login.map(|login| login.server_tenant.clone()).unwrap_or_default()
    }

    /// Carries a request out, in a task of its own: a client that goes away does not take its verb back.
    async fn work(self: &Arc<Self>, ask: Ask) -> (Answer, Ask, i64) {
        let server = Arc::clone(self);
        let task = tokio::spawn(async move {
            let cost = server.with_world(|world| verbs::cost(world, &server.logins, &ask));
            if cost > 0.0 {
                tokio::time::sleep(server.clock.real(cost)).await;
            }
            let answer = server.with_world(|world| routes::dispatch(world, &server.logins, &ask));
            (answer, ask, server.clock.now())
        });
        match task.await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "a request of the twin failed");
                (Problem::internal(500).into(), Ask::default(), self.clock.now())
            }
        }
    }

    /// The world at this instant.
    fn with_world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now());
        work(&mut world)
    }
}
