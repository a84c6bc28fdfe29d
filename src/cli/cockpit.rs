//! `patchdeck`: the cockpit. Joins config, adapters, supervisors, journal, terminal and drawing, and runs the loop.
//!
//! No logic of its own. Nothing of the network or of a slow disk is awaited before the first paint.

mod join;
mod seat;
mod watch;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use color_eyre::eyre::Result;
use futures::StreamExt;
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, watch as channel};
use tokio::task::AbortHandle;

use self::join::Front;
use self::seat::{Hour, Seat};
use self::watch::Watch;
use super::exit::Misuse;
use super::{rules, taste};
use crate::app::diagnose::Rules;
use crate::app::message::Message;
use crate::app::recall;
use crate::app::runtime::{Tell, World, run as turn};
use crate::app::start::Start;
use crate::app::state::{State, Weight, ZoneShown};
use crate::backend::port::{Backend, Wanted};
use crate::backend::{registry, supervise};
use crate::config::{Config, Env, Loaded, Problem, ZoneChoice};
use crate::domain::{BackendName, Text};
use crate::journal::Follower;
use crate::terminal::{Multiplexer, Notice, Options, open, sizes};
use crate::theme;

/// Reports that may wait to be taken. A supervisor that finds it full waits.
const REPORTS: usize = 256;
/// Between two looks at calendar files and at the journals of other sessions. Each wakes an idle machine a few times.
const LOOKS: Duration = Duration::from_secs(15);
/// What a shell expects of a program whose terminal went away: 128 and the number of HUP.
const HUNG_UP: i32 = 129;

/// Runs the cockpit until the person leaves. The value is the exit code: 128 and the signal's number if one ended it.
pub async fn run(loaded: &Loaded, env: Env<'_>) -> Result<i32> {
    if let Some(term @ ("dumb" | "unknown")) = env("TERM").as_deref() {
        let words = format!("this terminal calls itself {term}: it cannot move its cursor, so there is no screen to draw on");
        return Err(Misuse::new(format!("{words}; `patchdeck status --watch` tells the same in lines, or set TERM")).into());
    }
    let config = &loaded.config;
    let depth = theme::depth_from(env, config.ui.depth.as_deref().and_then(theme::Depth::named));
    let glyphs = theme::glyphs_from(env, config.ui.ascii.unwrap_or(false));
    let theme = taste::theme(loaded, depth, &glyphs)?;
    let keymap = taste::keymap(loaded)?;
    let own = rules::own(config)?;
    let backends = connections(config);
    let hour = Hour::new(config.clock);
    let seat = Seat::of(config, env);

    let options = Options { mouse: config.ui.mouse, ..Options::quiet(Multiplexer::from_env(env)) };
    let (painter, notices) = open(options)?;
    let size = painter.size();
    let mut front = Front { painter, theme };

    let resized = sizes(&front.painter)?.map(|(columns, lines)| Message::Resize { columns, lines });
    let (told, mut setup) = mpsc::channel(16);
    let (local_zone, zone) = zones(&config.ui.zone);
    // What was written before this look is read with the journal, what comes after it by the follower: nothing falls between.
    let follower = Follower::new(config.journal_dir.clone());
    let again = loaded.path.clone();
    let calendar = Watch::new(loaded, local_zone.clone(), move || super::load(Some(&again)));
    let beside = [
        tokio::spawn(recall::follow(follower, LOOKS, told.clone())).abort_handle(),
        tokio::spawn(calendar.run(LOOKS, told.clone())).abort_handle(),
    ];
    let scribe = seat.settle(config, backends.clone(), told);
    let code = Arc::new(AtomicI32::new(0));
    let ending = Arc::clone(&code);
    let signals = notices.map(move |notice| match notice {
        Notice::End(why) => {
            ending.store(why.exit_code(), Ordering::SeqCst);
            Message::Leave
        }
        Notice::Suspend => Message::Suspend,
        Notice::Continued => Message::Woken,
    });
    let setup = futures::stream::poll_fn(move |context| setup.poll_recv(context));
    let (reports, heard) = mpsc::channel(REPORTS);
    let mut wanted = BTreeMap::new();
    let mut supervisors = Vec::new();
    let civil: supervise::Civil = { Arc::new(move || hour.now().civil) };
    for (name, backend) in &backends {
        let (want, ear) = channel::channel(Wanted::default());
        wanted.insert(name.clone(), want);
        supervisors.push(supervise::start(Arc::clone(backend), ear, reports.clone(), Arc::clone(&civil)));
    }
    let mut state = State::new(
        Start {
            descriptors: backends.values().map(|backend| backend.describe().clone()).collect(),
            tenants: config.tenants.clone(),
            care: config.care.clone(),
            calendar: config.calendar.clone(),
            keymap,
            local_zone,
            zone,
            bell: config.ui.bell,
            mouse: config.ui.mouse,
            rate: config.clock.rate(),
            os_user: seat.who.os_user.clone(),
            shared_login: config.backends.iter().any(|settings| settings.shared_login),
            arm_for: Duration::from_secs(u64::from(config.ui.arm_minutes) * 60),
            host_rules: config.host_rules.clone(),
            size,
            seat: seat.who.pid,
        },
        hour.now(),
    );
    for (weight, problems) in [(Weight::Warn, &loaded.warnings), (Weight::Alert, &loaded.secret_faults)] {
        if let Some(words) = noticed(problems) {
            state.notice(weight, words);
        }
    }
    let world = World {
        backends,
        wanted,
        reports: heard,
        scribe,
        rules: Arc::new(Rules::new(own)),
        news: futures::stream::select(futures::stream::select(signals, resized), setup).boxed(),
        remember: Seat::remember(config),
        export: Seat::export(config),
    };
    let ended = turn(state, &mut front, &hour, world).await;
    drop(supervisors);
    beside.iter().for_each(AbortHandle::abort);
    drop(front);
    match (ended, code.load(Ordering::SeqCst)) {
        (Err(lost), 0) if lost.kind() == io::ErrorKind::BrokenPipe => Ok(HUNG_UP),
        (Err(lost), 0) => Err(lost.into()),
        (Ok(_) | Err(_), code) => Ok(code),
    }
}

fn connections(config: &Config) -> BTreeMap<BackendName, Arc<dyn Backend>> {
    let keep = super::shelf::beside(&config.memory_file);
    config.backends.iter().map(|settings| (settings.name.clone(), registry::connection(settings, Some(&keep)))).collect()
}

/// What the config's reader noticed, on the one line there is for it.
fn noticed(problems: &[Problem]) -> Option<String> {
    let first = problems.first()?;
    let line = first.place.line.map_or_else(String::new, |line| format!(" line {line}"));
    let more = if problems.len() > 1 { format!(", and {} more", problems.len() - 1) } else { String::new() };
    Some(format!("config{line}: {}{more}; `patchdeck check` tells what to do", first.what))
}

/// The zone of whoever names none, and which one times are shown in.
pub(super) fn zones(choice: &ZoneChoice) -> (TimeZone, ZoneShown) {
    match choice {
        ZoneChoice::Local => (TimeZone::system(), ZoneShown::Local),
        ZoneChoice::Utc => (TimeZone::system(), ZoneShown::Utc),
        ZoneChoice::Tenant => (TimeZone::system(), ZoneShown::Tenant),
        ZoneChoice::Named(zone) => (zone.clone(), ZoneShown::Local),
    }
}

/// A name that could not be made safe is no name.
fn named(text: Option<String>) -> Option<Text> {
    text.map(Text::new).filter(|text| !text.is_empty())
}
