//! A release: a distribution set with one software module of the same version.

use super::rollout::Audit;

/// One distribution set.
pub struct Release {
    pub tenant: usize,
    pub name: String,
    pub version: String,
    pub description: Option<String>,
    /// Behaviour of devices that are to go back from it.
    pub going_back: Option<usize>,
    /// False once it was invalidated, for ever.
    pub valid: bool,
    /// Set when the first rollout of it is made.
    pub locked: bool,
    pub audit: Audit,
}

impl Release {
    /// `name:version`, the only place where lists name a release.
    pub fn label(&self) -> String {
        format!("{}:{}", self.name, self.version)
    }
}
