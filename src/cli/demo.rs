//! `patchdeck demo`: twins in this process, and the config they print, loaded as `--config` would load it. There is no
//! second way in: adapters, budgets and journal are the real ones.

use std::fs;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};

use super::twin::{self, Night, Place, Secrets, in_files};
use super::{Exit, cockpit, load, log, runtime};
use crate::backend::registry::KINDS;
use crate::config::{self, Dirs, Loaded};
use crate::twin::Running;

/// What is still being written when the person leaves has this long.
const LEAVING: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    night: Night,
    /// Another theme than the config's: dark, light, high-contrast, colour-blind, sixteen, mono, or one of your own
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Another keymap than the config's: default, vim, or one of your own
    #[arg(long, value_name = "NAME")]
    keymap: Option<String>,
}

/// A night that is ready to be looked at. Dropping it ends its twins and removes their files.
pub struct Prepared {
    pub loaded: Loaded,
    _twins: Vec<Running>,
    _place: Place,
}

pub fn run(args: &Args) -> Result<Exit> {
    let runtime = runtime()?;
    let prepared = runtime.block_on(prepare(args))?;
    let _log = log::begin(&prepared.loaded.config.log_dir, &super::env);
    let code = runtime.block_on(cockpit::run(&prepared.loaded, &super::env));
    drop(prepared);
    // Nobody waits for a night that is still being built.
    runtime.shutdown_timeout(LEAVING);
    Ok(Exit::Left(code?))
}

/// Starts the night's twins, writes their config into a private folder, and loads it from there. The journal of the demo lies in the
/// same folder: a night that is played never stands among real ones.
pub async fn prepare(args: &Args) -> Result<Prepared> {
    let twins = twin::start_all(&args.night).await?;
    let place = Place::make(&Dirs::of(&super::env), "demo").wrap_err("no private folder for the demo")?;
    let mut text = in_files(&twins, &Secrets::under(place.path()))?;
    text.push_str("\n[paths]\njournal = \"journal\"\nmemory = \"memory.jsonl\"\n");
    let file = place.path().join("demo.toml");
    fs::write(&file, text)?;
    let mut loaded = load(Some(&file))?;
    // The person's own taste goes for the demo too. That there is none is no error to be reported: a report takes 0.1 s to make.
    let usual = Dirs::of(&super::env).config.join("config.toml");
    if let Ok(own) = config::load(Some(&usual), KINDS, &super::env) {
        loaded.config.ui = own.config.ui;
        loaded.path = own.path;
    }
    let ui = &mut loaded.config.ui;
    if let Some(theme) = &args.theme {
        (ui.theme, ui.theme_line) = (theme.clone(), None);
    }
    if let Some(keymap) = &args.keymap {
        (ui.keymap, ui.keymap_line) = (keymap.clone(), None);
    }
    Ok(Prepared { loaded, _twins: twins, _place: place })
}
