//! `[[ics]]`: iCalendar files whose events are windows or freezes. They are read with the config, and again when they change.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::paths::Base;
use super::reader::{Report, Section};
use super::windows::{elapsed, known};
use crate::calendar::{FreezeRule, Rules, Scope, WindowRule, Zone, ics};
use crate::domain::{HostSet, TenantId, Text, Work};

/// A larger file is no calendar.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What the events of a file are.
#[derive(Clone, Copy)]
enum Kind {
    Windows,
    Freezes,
}

/// Returns the files, whether or not they could be read: all of them are looked at again.
pub(super) fn read(root: &mut Section<'_>, report: &mut Report, places: &Base<'_>, rules: &mut Rules) -> Vec<PathBuf> {
    let mut taken: Vec<Taken> = Vec::new();
    for section in root.tables("ics", report) {
        taken.extend(one(section, report, places, rules));
    }
    for one in taken.iter().filter(|one| one.left_out > 0) {
        if !taken.iter().any(|other| other.path == one.path && other.freezes != one.freezes) {
            let (theirs, ours) = if one.freezes { ("windows", "freezes") } else { ("freezes", "windows") };
            let what = format!("{} events of {} say that they are {theirs}, and are not read as {ours}", one.left_out, one.name);
            report.warn(one.at, what, format!("name the file once more with are = \"{theirs}\""));
        }
    }
    taken.into_iter().map(|one| one.path).collect()
}

/// A file that was looked at.
struct Taken {
    path: PathBuf,
    name: String,
    /// Where the config names it.
    at: usize,
    freezes: bool,
    /// Events that say of themselves that they are the other kind.
    left_out: usize,
}

fn one(mut section: Section<'_>, report: &mut Report, places: &Base<'_>, rules: &mut Rules) -> Option<Taken> {
    let file = section.required("file", report, "name it: file = \"acme.ics\"");
    let tenants = section.strings("tenant", report);
    let kind = match section.required("are", report, "say what its events are: are = \"windows\" or \"freezes\"") {
        Some(found) if found.value == "windows" => Some(Kind::Windows),
        Some(found) if found.value == "freezes" => Some(Kind::Freezes),
        Some(found) => {
            report.problem(found.at, format!("`are`: `{}` cannot be taken", found.value), "write windows or freezes");
            None
        }
        None => None,
    };
    let zone = section.string("zone", report);
    let cutoff = section.string("cutoff", report).and_then(|found| elapsed(&found, "cutoff", report));
    let owner = section.words("owner", report);
    let ids: Vec<TenantId> = tenants.iter().map(|tenant| known(tenant, report, rules)).collect();
    if matches!(kind, Some(Kind::Windows)) && ids.is_empty() {
        report.problem(section.at, "[[ics]] of windows has no `tenant`", "say for whom: tenant = \"acme\", or a list");
    }
    let floating = match zone {
        Some(zone) => match Zone::read(zone.value, jiff::tz::db()) {
            Ok(found) => found,
            Err(why) => {
                report.problem(zone.at, format!("`zone`: `{}` cannot be taken", why.part), why.why.as_str());
                Zone::Device
            }
        },
        None => Zone::Device,
    };
    section.finish(report);
    let (file, kind) = (file?, kind?);
    let path = places.resolve(file.value);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut looked = Taken { path, name, at: file.at, freezes: matches!(kind, Kind::Freezes), left_out: 0 };
    let (path, name) = (&looked.path, &looked.name);
    let text = match whole(path) {
        Ok(text) => text,
        Err(why) => {
            report.problem(
                file.at,
                format!("the calendar file {} cannot be read: {why}", path.display()),
                "look whether it is there",
            );
            return Some(looked);
        }
    };
    let import = ics::import(&text, &floating, jiff::tz::db());
    for (line, why) in &import.refused {
        report.elsewhere(path, *line, format!("`{}`: `{}` cannot be taken", why.field, why.part), why.why.as_str());
    }
    // An export of ours holds both kinds: a freeze that were taken for a window would allow what it forbids.
    let taken = |says_freeze: Option<bool>| match kind {
        Kind::Windows => says_freeze != Some(true),
        Kind::Freezes => says_freeze != Some(false),
    };
    for event in import.events.iter().filter(|event| taken(event.says_freeze)) {
        let source = Text::new(format!("{name}:{}", event.line));
        match kind {
            Kind::Windows => {
                for id in &ids {
                    let window = event.window(cutoff.unwrap_or(SignedDuration::ZERO), Work::ALL, owner.clone());
                    let said = Text::new(format!("an event of {name}"));
                    rules.windows.push(WindowRule { set: HostSet::of(id), window, said, source: source.clone() });
                }
            }
            Kind::Freezes => {
                let scopes = if ids.is_empty() { vec![Scope::Global] } else { ids.iter().cloned().map(Scope::Tenant).collect() };
                for scope in scopes {
                    rules.freezes.push(FreezeRule { freeze: event.freeze(scope), spares: Vec::new(), source: source.clone() });
                }
            }
        }
    }
    looked.left_out = import.events.iter().filter(|event| !taken(event.says_freeze)).count();
    Some(looked)
}

fn whole(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LARGEST {
        return Err(format!("{size} bytes is more than {LARGEST}"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}
