//! `patchdeck windows`: what the calendar of the config comes to, as lines, as JSON or as an iCalendar file, and what backends
//! say otherwise. It changes nothing; the iCalendar file holds only ours.

mod json;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use color_eyre::eyre::Result;
use jiff::{SignedDuration, Timestamp};

use super::reading::{Depth, Reader};
use super::{Exit, cockpit, exit::Misuse, rules, say};
use crate::app::recall;
use crate::app::state::{Judge, Theirs, theirs};
use crate::calendar::{Advice, Calendars, Outline, ics};
use crate::config::Loaded;
use crate::domain::{HostSet, Override, Period, TenantId, Text};
use crate::journal;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this tenant
    #[arg(long, value_name = "T")]
    tenant: Option<String>,
    /// So many days from now on
    #[arg(long, value_name = "N", default_value_t = 28, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// JSON instead of words
    #[arg(long, conflicts_with = "ics")]
    json: bool,
    /// An iCalendar file instead of words: each opening and each freeze an event in UTC
    #[arg(long)]
    ics: bool,
    /// Ask no backend what it says of allowed times itself
    #[arg(long)]
    offline: bool,
    /// Seconds to wait for all backends together
    #[arg(long, value_name = "S", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// Everything that is told.
struct Found<'a> {
    now: Timestamp,
    range: Period,
    days: u16,
    calendars: &'a Calendars,
    outlines: Vec<Outline>,
    /// Those that hold or begin in the range; None where the journal cannot be read.
    overrides: Option<Vec<Override>>,
    advice: Vec<Advice>,
    /// What backends say; None where they were not asked.
    theirs: Option<Said>,
}

/// What backends say of allowed times, and which of them could not be asked, or not wholly.
#[derive(Default)]
struct Said {
    all: Vec<Theirs>,
    gaps: Vec<Text>,
    unread: bool,
}

pub async fn run(args: &Args, loaded: &Loaded) -> Result<Exit> {
    let config = &loaded.config;
    let real = Timestamp::now();
    let now = config.clock.civil(real);
    let end = now.checked_add(SignedDuration::from_hours(24) * i32::from(args.days)).unwrap_or(Timestamp::MAX);
    let Some(range) = Period::new(now, end) else { return Ok(Exit::Well) };
    let (zone, _) = cockpit::zones(&config.ui.zone);
    let calendars = Calendars::new(config.calendar.clone(), zone);
    let sets = sets(args.tenant.as_deref(), &calendars)?;
    let outlines: Vec<Outline> = sets.iter().map(|set| calendars.outline(set, range)).collect();
    if args.ics {
        say::say(&ics::export_all(&outlines, real))?;
        return Ok(Exit::Well);
    }
    let known = match journal::read(&config.journal_dir) {
        Ok(files) => Some(recall::overrides(&files)),
        Err(error) => {
            say::warn(&format!("overrides are not known: {error}"));
            None
        }
    };
    let concerned = |held: &Override| sets.iter().any(|set| set.tenant == held.tenant) && held.period.overlaps(range);
    let theirs = if args.offline {
        None
    } else {
        Some(said(args, loaded, &calendars, known.as_deref().unwrap_or_default(), &sets).await?)
    };
    let overrides = known.map(|held| held.into_iter().filter(concerned).collect());
    let mut advice = calendars.advice(now, jiff::tz::db());
    advice.retain(|one| sets.iter().any(|set| set.tenant == one.set.tenant));
    let unread = theirs.as_ref().is_some_and(|said| said.unread);
    let found = Found { now, range, days: args.days, calendars: &calendars, outlines, overrides, advice, theirs };
    let text = if args.json { serde_json::to_string_pretty(&json::document(&found))? } else { text::lines(&found) };
    say::say(&text)?;
    Ok(if unread { Exit::Unread } else { Exit::Well })
}

/// Asks every backend of the tenants that are told of.
async fn said(args: &Args, loaded: &Loaded, calendars: &Calendars, held: &[Override], sets: &[HostSet]) -> Result<Said> {
    let mut reader = Reader::new(&loaded.config, rules::own(&loaded.config)?);
    reader.keep(|tenants| tenants.iter().any(|tenant| sets.iter().any(|set| set.tenant == *tenant)));
    reader.read(Depth::Windows, Duration::from_secs(args.timeout)).await;
    let paces = BTreeMap::new();
    let judge = Judge { calendars, overrides: held, paces: &paces, now: reader.now().civil };
    let mut said = Said { all: theirs::of(&judge, &reader.store), ..Said::default() };
    for connection in reader.store.connections.values() {
        let mut gap = |why: &dyn std::fmt::Display| said.gaps.push(Text::new(format!("{}: {why}", connection.name)));
        let word = reader.store.theirs.get(&connection.name).map(|word| &word.value);
        match (&connection.failure, word) {
            (Some(failure), _) => gap(&failure.words),
            (None, None) => gap(&"it says nothing of allowed times"),
            (None, Some(word)) => {
                if let Some(blind) = &word.blind {
                    gap(blind);
                }
                if word.unread > 0 {
                    gap(&format!("{} older jobs were not looked at for windows", word.unread));
                }
            }
        }
        said.unread |= connection.failure.is_some();
    }
    Ok(said)
}

/// The sets to tell of, in the order of names.
fn sets(tenant: Option<&str>, calendars: &Calendars) -> Result<Vec<HostSet>> {
    let all = calendars.sets();
    let Some(name) = tenant else { return Ok(all.cloned().collect()) };
    let wanted = TenantId::new(name);
    let found: Vec<HostSet> = all.filter(|set| set.tenant == wanted).cloned().collect();
    if found.is_empty() {
        let mut known: Vec<String> = calendars.sets().map(|set| set.tenant.to_string()).collect();
        known.dedup();
        return Err(Misuse::new(format!("no tenant `{name}` in the config; there are: {}", known.join(", "))).into());
    }
    Ok(found)
}
