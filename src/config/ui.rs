//! `[ui]`: taste. Names of themes and keymaps are passed on; the rooms that own them say whether they exist.

use std::path::Path;

use jiff::tz::TimeZone;

use super::paths::Base;
use super::reader::{Report, Section};
use super::tenants::time_zone;

/// Minutes for which a tenant stays armed, unless the config says otherwise.
const ARM_MINUTES: u32 = 10;
const DEPTHS: [&str; 4] = ["truecolour", "256", "16", "mono"];

/// In which zone times are shown at first; a key changes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ZoneChoice {
    /// The zone of this machine.
    #[default]
    Local,
    Utc,
    /// Each row in its tenant's own.
    Tenant,
    /// This one in place of the machine's.
    Named(TimeZone),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ui {
    /// A built-in theme or the user's own, by name.
    pub theme: String,
    /// The line that names it; none where it is the usual one.
    pub theme_line: Option<usize>,
    /// A built-in keymap, the user's own by name, or a file ending in `.toml`.
    pub keymap: String,
    pub keymap_line: Option<usize>,
    pub zone: ZoneChoice,
    /// ASCII glyphs; None leaves it to the locale.
    pub ascii: Option<bool>,
    /// Ring on new things that need a person.
    pub bell: bool,
    pub mouse: bool,
    /// `truecolour`, `256`, `16` or `mono`; None leaves it to the terminal's environment.
    pub depth: Option<String>,
    pub arm_minutes: u32,
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            theme: "dark".to_owned(),
            theme_line: None,
            keymap: "default".to_owned(),
            keymap_line: None,
            zone: ZoneChoice::default(),
            ascii: None,
            bell: true,
            mouse: false,
            depth: None,
            arm_minutes: ARM_MINUTES,
        }
    }
}

pub(super) fn read(root: &mut Section<'_>, report: &mut Report, base: &Base<'_>) -> Ui {
    let mut ui = Ui::default();
    let Some(mut section) = root.table("ui", report) else { return ui };
    if let Some(theme) = section.string("theme", report) {
        theme.value.clone_into(&mut ui.theme);
        ui.theme_line = Some(report.line(theme.at));
    }
    if let Some(keymap) = section.string("keymap", report) {
        ui.keymap_line = Some(report.line(keymap.at));
        let is_file = Path::new(keymap.value).extension().is_some_and(|extension| extension == "toml");
        ui.keymap = if is_file { base.resolve(keymap.value).to_string_lossy().into_owned() } else { keymap.value.to_owned() };
    }
    if let Some(zone) = section.string("zone", report) {
        ui.zone = match zone.value {
            "local" => ZoneChoice::Local,
            "utc" | "UTC" => ZoneChoice::Utc,
            "tenant" => ZoneChoice::Tenant,
            _ => time_zone(zone, report).map_or(ZoneChoice::Local, ZoneChoice::Named),
        };
    }
    ui.ascii = section.flag("ascii", report).map(|found| found.value);
    ui.bell = section.flag("bell", report).map_or(ui.bell, |found| found.value);
    ui.mouse = section.flag("mouse", report).map_or(ui.mouse, |found| found.value);
    if let Some(depth) = section.string("depth", report) {
        if DEPTHS.contains(&depth.value) {
            ui.depth = Some(depth.value.to_owned());
        } else {
            report.problem(depth.at, format!("unknown depth `{}`", depth.value), format!("one of {}", DEPTHS.join(", ")));
        }
    }
    if let Some(minutes) = section.number("arm_minutes", 1.0..=120.0, report) {
        ui.arm_minutes = minutes.value as u32;
    }
    section.finish(report);
    ui
}
