//! `patchdeck twin KIND`: one stand-in server alone, and the config that connects to it. It runs until it is told to end.

mod place;
mod write;

use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, WrapErr};
use tokio::signal::unix::{SignalKind, signal};

use super::{Exit, exit::Misuse, say};
use crate::config::Dirs;
use crate::twin::{self, Options, Running, TwinError};
pub(super) use place::Place;
pub(super) use write::{Secrets, in_files};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which system it speaks like: hawkbit or salt
    #[arg(value_name = "KIND", value_parser = twin::KINDS)]
    kind: String,
    /// The port to listen on; without it any free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    night: Night,
    /// Write the config there, whole and when ready, instead of printing it
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
}

/// Which night is played.
#[derive(Debug, clap::Args)]
pub struct Night {
    /// A scenario by name, or a file; without it the usual night of such a server
    #[arg(long, value_name = "NAME", long_help = scenarios())]
    scenario: Option<String>,
    /// Another seed than the scenario's: another night of the same kind
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Seconds of the night in a real one; 0 stops its clock
    #[arg(long, value_name = "N", value_parser = speed)]
    speed: Option<f64>,
    /// Hosts of all tenants together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    hosts: Option<u32>,
}

/// The help line of `--scenario`: what there is, and what each is about.
fn scenarios() -> String {
    let line = |name: &str| format!("\n  {name}: {}", twin::about(name).unwrap_or_default());
    let lines: String = twin::builtin_names().map(line).collect();
    format!("A scenario by name, or a file; without it the usual night of such a server. Built in:{lines}")
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.0..=86_400.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0 to 86400".to_owned()),
    }
}

pub async fn run(args: &Args) -> Result<Exit> {
    let running = [start(&args.kind, &args.night, args.port, Opens::Ready).await?];
    // Held until the end: a config on stdout names password files that live as long as the twin does.
    let mut _place = None;
    if let Some(file) = &args.write_config {
        write::whole(&running, file).wrap_err("the config cannot be written")?;
    } else {
        let place = Place::make(&Dirs::of(&super::env), "twin").wrap_err("no private folder for the twin's passwords")?;
        let text = in_files(&running, &Secrets::under(place.path()))?;
        _place = Some(place);
        if say::say(&text)? == say::Heard::Gone {
            return Ok(Exit::Well);
        }
    }
    let [mut running] = running;
    tokio::select! {
        ended = ended() => ended.map(|()| Exit::Well),
        () = running.stopped() => Err(Misuse::new("the twin's server ended by itself").into()),
    }
}

/// Starts a twin of every kind that the night has; returns once all listen. Their nights may still be being built then: what
/// is asked of one waits for it.
pub(super) async fn start_all(night: &Night) -> Result<Vec<Running>> {
    let name = night.scenario.as_deref().or_else(|| twin::builtin_names().next()).unwrap_or_default();
    let kinds = twin::kinds(&scenario(name)?).map_err(|error| Misuse::new(format!("scenario {name}: {error}")))?;
    let mut all = Vec::new();
    for kind in kinds {
        all.push(start_in(name, kind, night, 0, Opens::AtOnce).await?);
    }
    Ok(all)
}

/// When a twin that is started may be left alone.
#[derive(Clone, Copy)]
enum Opens {
    /// Once it answers.
    Ready,
    /// Once it listens.
    AtOnce,
}

/// Starts a twin for a night.
async fn start(kind: &str, night: &Night, port: u16, opens: Opens) -> Result<Running> {
    let usual = twin::builtin_for(kind).unwrap_or_default();
    start_in(night.scenario.as_deref().unwrap_or(usual), kind, night, port, opens).await
}

async fn start_in(name: &str, kind: &str, night: &Night, port: u16, opens: Opens) -> Result<Running> {
    let text = scenario(name)?;
    let options = Options { seed: night.seed, speed: night.speed, hosts: night.hosts, port };
    let running = match (kind, opens) {
        ("hawkbit", Opens::Ready) => twin::hawkbit::start(&text, options).await,
        ("hawkbit", Opens::AtOnce) => twin::hawkbit::open(&text, options).await,
        ("salt", Opens::Ready) => twin::salt::start(&text, options).await,
        ("salt", Opens::AtOnce) => twin::salt::open(&text, options).await,
        (other, _) => return Err(Misuse::new(format!("there is no twin of {other}; there is {}", twin::KINDS.join(", "))).into()),
    };
    running.map_err(|error| match error {
        TwinError::Scenario(_) => Misuse::new(format!("scenario {name}: {error}")).into(),
        TwinError::Listen(_) => error.into(),
    })
}

/// A file, the user's own scenario of that name, or a built-in one.
fn scenario(name: &str) -> Result<String> {
    let path = Path::new(name);
    let is_file = name.contains('/') || path.extension().is_some_and(|extension| extension == "toml");
    let own = Dirs::of(&super::env).config.join("scenarios").join(name).with_extension("toml");
    let file = if is_file { Some(path) } else { own.is_file().then_some(own.as_path()) };
    if let Some(file) = file {
        return std::fs::read_to_string(file)
            .map_err(|error| Misuse::new(format!("scenario {}: {error}", file.display())).into());
    }
    twin::builtin(name).map(str::to_owned).ok_or_else(|| {
        let known = twin::builtin_names().collect::<Vec<_>>().join(", ");
        Misuse::new(format!("there is no scenario {name}; built in: {known}; or name a file")).into()
    })
}

/// Returns when somebody asks this process to end.
pub(super) async fn ended() -> Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let mut hup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        _ = hup.recv() => {}
    }
    Ok(())
}
