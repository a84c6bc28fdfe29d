//! `patchdeck windows`: what the calendar of the config comes to, as lines, as JSON or as an iCalendar file. It asks no
//! backend, so it cannot tell what a backend itself says about allowed times.

mod json;
mod text;

use color_eyre::eyre::Result;
use jiff::{SignedDuration, Timestamp};

use super::{Exit, cockpit, exit::Misuse, say};
use crate::app::recall;
use crate::calendar::{Advice, Calendars, Outline, ics};
use crate::config::Loaded;
use crate::domain::{HostSet, Override, Period, TenantId};
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
}

pub fn run(args: &Args, loaded: &Loaded) -> Result<Exit> {
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
    let overrides = match journal::read(&config.journal_dir) {
        Ok(files) => Some(recall::overrides(&files)),
        Err(error) => {
            say::warn(&format!("overrides are not known: {error}"));
            None
        }
    };
    let concerned = |held: &Override| sets.iter().any(|set| set.tenant == held.tenant) && held.period.overlaps(range);
    let overrides = overrides.map(|held| held.into_iter().filter(concerned).collect());
    let mut advice = calendars.advice(now, jiff::tz::db());
    advice.retain(|one| sets.iter().any(|set| set.tenant == one.set.tenant));
    let found = Found { now, range, days: args.days, calendars: &calendars, outlines, overrides, advice };
    let text = if args.json { serde_json::to_string_pretty(&json::document(&found))? } else { text::lines(&found) };
    say::say(&text)?;
    Ok(Exit::Well)
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
