//! The command line: one file a sub-command. It joins the rooms, and has no rule of its own about rollouts.
//!
//! Answers go to stdout, complaints to stderr with `patchdeck: ` before them, and how it went is the exit code.

pub mod check;
pub mod cockpit;
mod columns;
pub mod demo;
pub mod exit;
pub mod journal;
pub mod keys;
pub mod log;
pub mod reading;
pub mod rules;
pub mod say;
mod shelf;
pub mod status;
mod taste;
pub mod themes;
pub mod twin;
pub mod windows;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use color_eyre::eyre::{Result, WrapErr};

use crate::backend::registry::KINDS;
use crate::config::{self, Loaded, Problems};
use crate::sheet::SheetError;
pub use exit::Exit;

/// A terminal cockpit for patch night. It shows what your patch systems do, and asks them; it does no work of its own.
#[derive(Debug, Parser)]
#[command(name = "patchdeck", version, about, max_term_width = 100)]
struct Cli {
    /// The config file. Without it: the usual place for configs.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The cockpit on stand-in servers: nothing to install, nothing to configure
    Demo(demo::Args),
    /// Every backend: reachable, who am I there, what may I do, version, clock; then the config
    Check(check::Args),
    /// One reading of the board, for scripts and for people who cannot use a screen
    Status(status::Args),
    /// When work is allowed: openings, cutoffs, freezes and overrides, and what the backends themselves say of it
    Windows(windows::Args),
    /// One stand-in server alone; prints a config that connects to it
    Twin(twin::Args),
    /// What is bound to what
    Keys(keys::Args),
    /// What a theme looks like on this terminal
    Themes(themes::Args),
    /// Who did what, and whether the record is whole
    Journal(journal::Args),
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Well };
            // Help that cannot be written has nobody who would read of it.
            let _ = error.print();
            return code.into();
        }
    };
    match joined(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            say::complain(&error);
            if error.chain().any(is_usage) { Exit::Usage.into() } else { Exit::Broken.into() }
        }
    }
}

/// Whether the person's own words were at fault: the command line, the config, or a file that it names.
fn is_usage(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<Problems>() || cause.is::<exit::Misuse>() || cause.is::<SheetError>()
}

fn joined(cli: Cli) -> Result<Exit> {
    // The handler may be installed once only; a second one would be a second `run` in one process.
    let _ = color_eyre::config::HookBuilder::default().display_env_section(false).install();
    let path = cli.config;
    match cli.command {
        None => {
            let loaded = load(path.as_deref())?;
            let _log = log::begin(&loaded.config.log_dir, &env);
            let code = runtime()?.block_on(cockpit::run(&loaded, &env))?;
            Ok(Exit::Left(code))
        }
        Some(Command::Demo(args)) => demo::run(&args),
        Some(Command::Check(args)) => {
            let loaded = load(path.as_deref())?;
            let _log = log::begin(&loaded.config.log_dir, &env);
            runtime()?.block_on(check::run(&args, &loaded))
        }
        Some(Command::Status(args)) => {
            let loaded = load(path.as_deref())?;
            let _log = log::begin(&loaded.config.log_dir, &env);
            runtime()?.block_on(status::run(&args, &loaded))
        }
        Some(Command::Windows(args)) => {
            let loaded = load(path.as_deref())?;
            let _log = log::begin(&loaded.config.log_dir, &env);
            runtime()?.block_on(windows::run(&args, &loaded))
        }
        Some(Command::Twin(args)) => {
            let _log = log::begin(&config::Dirs::of(&env).state.join("log"), &env);
            runtime()?.block_on(twin::run(&args))
        }
        Some(Command::Keys(args)) => keys::run(&args, path.as_deref()),
        Some(Command::Themes(args)) => themes::run(&args, path.as_deref()),
        Some(Command::Journal(args)) => journal::run(&args, path.as_deref()),
    }
}

/// The config, with the kinds of backends that are built in.
pub(crate) fn load(path: Option<&std::path::Path>) -> Result<Loaded> {
    Ok(config::load(path, KINDS, &env)?)
}

/// The process's environment. The only place that reads it for the config.
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().wrap_err("no threads to work with")
}
