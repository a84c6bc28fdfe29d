//! Theme and keymap as the config names them. A name that leads nowhere is told with the line that has it.

use std::path::PathBuf;

use crate::config::{Loaded, Problem, Problems};
use crate::keymap::Keymap;
use crate::sheet::SheetError;
use crate::theme::{self, Depth, Glyphs, Theme};

/// The config's theme on this terminal.
pub(super) fn theme(loaded: &Loaded, depth: Depth, glyphs: &Glyphs) -> Result<Theme, Problems> {
    let ui = &loaded.config.ui;
    let found = theme::load(&ui.theme, &folders(loaded, "themes"), depth, *glyphs);
    found.map(|found| found.theme).map_err(|error| told(loaded, ui.theme_line, &error))
}

/// The config's keymap.
pub(super) fn keymap(loaded: &Loaded) -> Result<Keymap, Problems> {
    let ui = &loaded.config.ui;
    let found = Keymap::load(&ui.keymap, &folders(loaded, "keymaps"));
    found.map(|(keymap, _)| keymap).map_err(|error| told(loaded, ui.keymap_line, &error))
}

fn folders(loaded: &Loaded, name: &str) -> Vec<PathBuf> {
    loaded.config.user_dirs.iter().map(|dir| dir.join(name)).collect()
}

fn told(loaded: &Loaded, line: Option<usize>, error: &SheetError) -> Problems {
    let next = match error {
        SheetError::NotFound { kind, .. } => {
            format!("name one of these, or put NAME.toml into a {kind}s folder beside the config")
        }
        SheetError::Unreadable { .. } | SheetError::Cycle { .. } | SheetError::Wrong(_) => "mend it, or name another".to_owned(),
    };
    let what = error.to_string();
    Problems::one(match line {
        Some(line) => Problem::at_line(&loaded.path, line, what, next),
        None => Problem::of_file(&loaded.path, what, next),
    })
}
