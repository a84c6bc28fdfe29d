//! What the user wrote: connections, tenants, windows, clock, taste and places, from one TOML file and one CSV.
//!
//! Every problem of a file is found in one reading and told with its line and the next step. The room opens no
//! connection, reads no secret (it only looks whether one could be had), and loads no theme and no keymap.

pub mod dirs;
pub mod hosts;
pub mod problem;
pub mod watch;

mod backends;
mod care;
mod clock;
mod freezes;
mod host_rules;
mod ics;
mod password;
mod paths;
mod plans;
mod reader;
mod tenants;
mod ui;
mod urls;
mod windows;

use std::fs;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::backend::settings::Settings;
use crate::calendar::Rules;
use crate::domain::{CareRules, Clock, HostRules, Tenant, Text};
pub use care::NamedCause;
pub use dirs::Dirs;
pub use problem::{Place, Problem, Problems};
pub use ui::{Ui, ZoneChoice};

use reader::{Report, Section};

/// How the shell's environment is asked; passed in, so that tests need no process of their own.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A config without a problem. Every path in it is absolute, or relative to the working directory as the user gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// In the order of the file.
    pub backends: Vec<Settings>,
    pub tenants: Vec<Tenant>,
    /// Whom to call for which cause, and how soon it is dealt with.
    pub care: CareRules,
    /// The user's own rules of failures; read apart, by whoever loads the taxonomy.
    pub own_rules: Option<PathBuf>,
    /// Classes of causes that it names; held against the taxonomy by whoever reads the rules.
    pub named_causes: Vec<NamedCause>,
    /// When work is allowed.
    pub calendar: Rules,
    /// Calendar files that were read for it: it is read again when one of them changes.
    pub calendar_files: Vec<PathBuf>,
    pub clock: Clock,
    pub ui: Ui,
    /// How often the same may be tried, and what cannot be taken back.
    pub host_rules: HostRules,
    /// The user's own facts of hosts; read apart, by [`hosts::load`].
    pub hosts_csv: Option<PathBuf>,
    pub journal_dir: PathBuf,
    pub memory_file: PathBuf,
    pub log_dir: PathBuf,
    /// Where the user's own `themes`, `keymaps` and `scenarios` folders lie, first one wins.
    pub user_dirs: Vec<PathBuf>,
    /// Who is at the keyboard, where the operating system's user does not tell.
    pub person: Option<Text>,
}

/// A config, and what was noticed that does not keep it from being used.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub config: Config,
    pub warnings: Vec<Problem>,
    /// Secrets and certificates that cannot be had as things stand: the connection would say so, and `check` refuses the config
    /// for it.
    pub secret_faults: Vec<Problem>,
    pub path: PathBuf,
}

/// Reads the config at `path`, or at its usual place. `kinds` are the backends that are built in.
pub fn load(path: Option<&Path>, kinds: &[&str], env: Env<'_>) -> Result<Loaded, Problems> {
    let dirs = Dirs::of(env);
    let file = match path {
        Some(path) => path.to_path_buf(),
        None => dirs.config.join("config.toml"),
    };
    let text = fs::read(&file).map_err(|error| unreadable(&file, path.is_some(), &error))?;
    let text = String::from_utf8(text).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
        Problems::one(Problem::at_line(&file, line, "these bytes are not UTF-8", "save the file as UTF-8"))
    })?;
    parse(&file, &text, kinds, &dirs, env)
}

fn unreadable(file: &Path, named: bool, error: &std::io::Error) -> Problems {
    let next = match (error.kind(), named) {
        (std::io::ErrorKind::NotFound, true) => "look whether the path is right",
        (std::io::ErrorKind::NotFound, false) => {
            "write one (docs/operating.md has a sample), name one with --config, or try `patchdeck demo`"
        }
        _ => "look who may read it",
    };
    let what = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no config here".to_owned(),
        _ => format!("the config cannot be read: {error}"),
    };
    Problems::one(Problem::of_file(file, what, next))
}

fn parse(file: &Path, text: &str, kinds: &[&str], dirs: &Dirs, env: Env<'_>) -> Result<Loaded, Problems> {
    let mut report = Report::new(file, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // The parser's own display quotes the line, and a line may hold a secret: only its message is told.
        let at = error.span().map_or(0, |span| span.start);
        report.problem(at, error.message(), "mend the TOML here");
    }
    // What stands behind a broken line is guesswork, and would be told as mistakes that nobody made. A key that stands there
    // twice breaks nothing.
    if errors.iter().any(|error| !error.message().starts_with("duplicate key"))
        && let Some(problems) = Problems::of(std::mem::take(&mut report.problems))
    {
        return Err(problems);
    }
    let mut root = Section::root(&document);
    let base = file.parent().unwrap_or(Path::new("."));
    let places = paths::Base { dir: base, home: env("HOME").map(PathBuf::from) };

    let mut backends = backends::read(&mut root, &mut report, kinds, &places, env);
    plans::read(&mut root, &mut report, &mut backends);
    let mut named_causes = Vec::new();
    let (own_rules, care) = care::read(&mut root, &mut report, &places, &mut named_causes);
    let (terms, alarms) = windows::general(&mut root, &mut report);
    let served = tenants::served(&backends);
    let (tenants, own) = tenants::read(&mut root, &mut report, &served, &terms);
    let mut calendar = Rules { alarms, ..Rules::default() };
    calendar.tenants = served.into_iter().map(|tenant| (tenant, terms.clone())).chain(own).collect();
    calendar.terms = terms;
    windows::read(&mut root, &mut report, &mut calendar);
    freezes::read(&mut root, &mut report, &mut calendar);
    let calendar_files = ics::read(&mut root, &mut report, &places, &mut calendar);
    let clock = clock::read(&mut root, &mut report);
    let ui = ui::read(&mut root, &mut report, &places);
    let host_rules = host_rules::read(&mut root, &mut report, &mut named_causes);
    let paths = paths::read(&mut root, &mut report, &places, dirs);
    let hosts_csv = paths::hosts(&mut root, &mut report, &places);
    let person = root.words("person", &mut report);
    root.finish(&mut report);

    let Report { problems, warnings, secret_faults, .. } = report;
    if let Some(problems) = Problems::of(problems) {
        return Err(problems);
    }
    let mut user_dirs = vec![base.to_path_buf(), dirs.config.clone()];
    user_dirs.dedup();
    Ok(Loaded {
        config: Config {
            backends,
            tenants,
            care,
            own_rules,
            named_causes,
            calendar,
            calendar_files,
            clock,
            ui,
            host_rules,
            hosts_csv,
            journal_dir: paths.journal,
            memory_file: paths.memory,
            log_dir: paths.log,
            user_dirs,
            person,
        },
        warnings,
        secret_faults,
        path: file.to_path_buf(),
    })
}
