//! `patchdeck keys`: what is bound to what, from the same keymap the cockpit would load.

use std::path::Path;

use color_eyre::eyre::{Result, WrapErr};

use super::{Exit, exit::Misuse, say};
use crate::config::Ui;
use crate::keymap::{self, Keymap};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A keymap by name, or a file; without it the config's own
    #[arg(long, value_name = "NAME")]
    keymap: Option<String>,
}

pub fn run(args: &Args, config: Option<&Path>) -> Result<Exit> {
    let (ui, dirs) = taste(config, "keymaps")?;
    let name = args.keymap.as_deref().unwrap_or(&ui.keymap);
    let (keymap, warnings) =
        Keymap::load(name, &dirs).map_err(|error| Misuse::new(error.to_string())).wrap_err_with(|| format!("keymap {name}"))?;
    for warning in &warnings {
        say::warn(warning);
    }
    say::say(&table(&keymap, name))?;
    Ok(Exit::Well)
}

/// Theme and keymap of the config, and where the user's own files of a kind lie. No config at all is the usual taste.
pub(super) fn taste(config: Option<&Path>, folder: &str) -> Result<(Ui, Vec<std::path::PathBuf>)> {
    let dirs = crate::config::Dirs::of(&super::env);
    if config.is_none() && !dirs.config.join("config.toml").exists() {
        return Ok((Ui::default(), vec![dirs.config.join(folder)]));
    }
    let loaded = super::load(config)?;
    Ok((loaded.config.ui, loaded.config.user_dirs.iter().map(|dir| dir.join(folder)).collect()))
}

fn table(keymap: &Keymap, name: &str) -> String {
    let mut lines = vec![format!("keymap {name} (built in: {})", keymap::builtin_names().join(", "))];
    let mut group = None;
    for help in keymap.rows() {
        let row = help.row();
        if group != Some(row.group) {
            group = Some(row.group);
            lines.push(format!("\n{}", row.group.title()));
        }
        let keys = if help.keys.is_empty() { "unbound".to_owned() } else { help.keys.join(", ") };
        lines.push(format!("  {keys:<16} {:<14} {}", row.name, row.help));
    }
    lines.join("\n")
}
