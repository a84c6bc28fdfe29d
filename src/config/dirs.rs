//! Where the operating system wants a program's files. It makes none of these folders.

use std::path::PathBuf;

use directories::ProjectDirs;

use super::Env;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// `config.toml`, and the user's own themes, keymaps and scenarios.
    pub config: PathBuf,
    /// Journal and memory.
    pub data: PathBuf,
    /// Logs.
    pub state: PathBuf,
    /// For files that end with the session; None where the system has no such place.
    pub runtime: Option<PathBuf>,
}

impl Dirs {
    /// The XDG variables that `env` names win over the usual places.
    pub fn of(env: Env<'_>) -> Self {
        let usual = ProjectDirs::from("", "", "patchdeck");
        let xdg = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute()).map(|path| path.join("patchdeck"));
        let home = || env("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let config = xdg("XDG_CONFIG_HOME")
            .or_else(|| env("HOME").is_none().then(|| usual.as_ref().map(|dirs| dirs.config_dir().to_path_buf())).flatten())
            .unwrap_or_else(|| home().join(".config/patchdeck"));
        let data = xdg("XDG_DATA_HOME")
            .or_else(|| env("HOME").is_none().then(|| usual.as_ref().map(|dirs| dirs.data_dir().to_path_buf())).flatten())
            .unwrap_or_else(|| home().join(".local/share/patchdeck"));
        let state = xdg("XDG_STATE_HOME").unwrap_or_else(|| home().join(".local/state/patchdeck"));
        Self { config, data, state, runtime: xdg("XDG_RUNTIME_DIR") }
    }
}
