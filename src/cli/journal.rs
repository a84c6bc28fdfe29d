//! `patchdeck journal`: who did what, what is still open, and whether the record is whole. It repairs nothing.

use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, WrapErr};
use serde_json::json;

use super::{Exit, say, status};
use crate::config::Dirs;
use crate::domain::Text;
use crate::journal::{self, Entry, FileRead, Line, OpenIntent};
use crate::plan::types::{Outcome, Step};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Every line, oldest first; then what is open
    Show(Options),
    /// Whether each line is as it was written, and none is missing
    Verify(Options),
}

#[derive(Debug, clap::Args)]
struct Options {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Another journal folder than the config's
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args, config: Option<&Path>) -> Result<Exit> {
    match &args.what {
        What::Show(options) => show(options, &folder(options, config)?),
        What::Verify(options) => verify(options, &folder(options, config)?),
    }
}

/// The folder that was named, the config's, or the usual one where there is no config.
fn folder(options: &Options, config: Option<&Path>) -> Result<PathBuf> {
    if let Some(dir) = &options.dir {
        return Ok(dir.clone());
    }
    let dirs = Dirs::of(&super::env);
    if config.is_none() && !dirs.config.join("config.toml").exists() {
        return Ok(dirs.data.join("journal"));
    }
    Ok(super::load(config)?.config.journal_dir)
}

fn show(options: &Options, dir: &Path) -> Result<Exit> {
    let files = journal::read(dir).wrap_err("the journal cannot be read")?;
    let open = journal::open_intents(&files);
    let mut lines = Vec::new();
    for file in &files {
        for line in &file.lines {
            lines.push(if options.json { as_json(file, line)? } else { in_words(line) });
        }
        if let Some(damage) = &file.damage {
            say::warn(&format!("{}:{}: {}; `patchdeck journal verify` tells all", name(file), damage.line, damage.words));
        }
    }
    if !options.json {
        if files.is_empty() {
            lines.push(format!("nothing was ever sent: there is no journal in {}", Text::new(dir.to_string_lossy())));
        }
        lines.extend(open.iter().map(still_open));
    }
    if !lines.is_empty() {
        say::say(&lines.join("\n"))?;
    }
    Ok(if open.is_empty() { Exit::Well } else { Exit::Open })
}

fn verify(options: &Options, dir: &Path) -> Result<Exit> {
    let files = journal::read(dir).wrap_err("the journal cannot be read")?;
    let findings = journal::verify(dir);
    let lines: Vec<String> = if options.json {
        let finding = |finding: &journal::Finding| {
            json!({
                "file": finding.file.to_string_lossy(), "line": finding.line,
                "what": format!("{:?}", finding.what).to_lowercase(), "words": finding.words.to_string(),
            })
        };
        let last = last(&files).map(|(file, line)| json!({"file": name(file).to_string(), "seq": line.seq, "at": status::stamp(line.at), "hash": line.hash}));
        let findings: Vec<_> = findings.iter().map(finding).collect();
        vec![json!({"files": files.len(), "whole": findings.is_empty(), "findings": findings, "last": last}).to_string()]
    } else if findings.is_empty() {
        let lines: usize = files.iter().map(|file| file.lines.len()).sum();
        let mut said = vec![format!("whole: {} files, {lines} lines, in {}", files.len(), Text::new(dir.to_string_lossy()))];
        if let Some((file, line)) = last(&files) {
            said.push(format!("last: {}:{} of {}, {}", name(file), line.seq, status::stamp(line.at), line.hash));
            said.push(
                "  A newest file that was taken away leaves no gap: compare this line with the one you noted last.".to_owned(),
            );
        }
        said
    } else {
        let said = |finding: &journal::Finding| match finding.line {
            0 => format!("{}: {}", Text::new(finding.file.to_string_lossy()), finding.words),
            line => format!("{}:{line}: {}", Text::new(finding.file.to_string_lossy()), finding.words),
        };
        findings.iter().map(said).collect()
    };
    say::say(&lines.join("\n"))?;
    Ok(if findings.is_empty() { Exit::Well } else { Exit::NeedsPerson })
}

/// The newest line of all files.
fn last(files: &[FileRead]) -> Option<(&FileRead, &Line)> {
    files.iter().filter_map(|file| Some((file, file.lines.last()?))).max_by_key(|(_, line)| line.at)
}

fn name(file: &FileRead) -> Text {
    Text::new(file.path.file_name().unwrap_or_default().to_string_lossy())
}

fn as_json(file: &FileRead, line: &Line) -> Result<String> {
    let object = json!({"file": name(file).to_string(), "seq": line.seq, "at": status::stamp(line.at), "entry": line.entry, "hash": line.hash});
    Ok(serde_json::to_string(&object)?)
}

fn in_words(line: &Line) -> String {
    format!("{} {}", status::stamp(line.at), said(&line.entry))
}

fn said(entry: &Entry) -> String {
    match entry {
        Entry::Opened { who, version, .. } => {
            let from = who.ssh_from.as_ref().map_or(String::new(), |from| format!(", over SSH from {from}"));
            let person = who.person.as_ref().map_or(String::new(), |person| format!(" ({person})"));
            format!("opened   {}{person} on {}{from}, patchdeck {version}, process {}", who.os_user, who.host, who.pid)
        }
        Entry::Intent { intent, title, login, rests_on, .. } => {
            let (id, tenant, rollout) = (&intent.id, &intent.tenant, &intent.rollout);
            let name = if rests_on.name.is_empty() { String::new() } else { format!("\"{}\" ", rests_on.name) };
            format!("intent   {id}: {tenant} {name}{rollout}: {title}, as {login} on {}", intent.backend())
        }
        Entry::Sending { record } => format!("sending  {}: {}", record.intent.id, step(&record.step)),
        Entry::Answered { intent, receipt } => {
            let outcome = match &receipt.outcome {
                Outcome::Accepted => "accepted".to_owned(),
                Outcome::Refused(why) => format!("refused: {why}"),
                Outcome::Unknown(why) => format!("unknown: {why}"),
            };
            format!("answered {intent}: step {} {outcome}", receipt.step)
        }
        Entry::Settled { intent, step, settlement } => {
            format!("settled  {intent}: step {step} {}: {}", settlement.word(), settlement.words())
        }
        Entry::Refused { what, why, .. } => format!("refused  {what}: {why}; nothing was sent"),
        Entry::Armed { tenant, seconds } => format!("armed    {tenant} for {} min", seconds / 60),
        Entry::Disarmed { tenant } => format!("disarmed {tenant}"),
        Entry::Override { held } => {
            let by = held.second.as_ref().map_or_else(|| held.who.to_string(), |second| format!("{} and {second}", held.who));
            let change = held.change.as_ref().map_or(String::new(), |change| format!(", change {change}"));
            let (tenant, rollout, until) = (&held.tenant, &held.rollout, status::stamp(held.period.to()));
            format!("override {tenant} {rollout}: by {by} until {until}{change}: {}", held.reason)
        }
        Entry::OverrideEnded { held, at, who } => {
            let (tenant, rollout, until) = (&held.tenant, &held.rollout, status::stamp(held.period.to()));
            format!("override {tenant} {rollout}: ended by {who} at {}, not at {until}", status::stamp(*at))
        }
        Entry::Named { person } => format!("named    {person}"),
        Entry::Newer => "written by a later version of patchdeck".to_owned(),
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::Call(call) => format!("step {}, {}", call.id, call.line()),
        Step::Await { condition, limit_seconds, .. } => format!("waits for {condition}, at most {limit_seconds} s"),
    }
}

fn still_open(open: &OpenIntent) -> String {
    let intent = &open.record.intent;
    let who = open.by.as_ref().map_or("somebody".to_owned(), |who| who.person.as_ref().unwrap_or(&who.os_user).to_string());
    let living = if open.file_live { "; its process still runs" } else { "" };
    format!(
        "OPEN     {}: {who} sent \"{}\" for {} of {} at {}, and no look-up settled it{living}",
        intent.id,
        intent.verb.word(),
        intent.rollout,
        intent.tenant,
        status::stamp(open.record.at),
    )
}
