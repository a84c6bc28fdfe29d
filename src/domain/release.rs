//! What is being rolled out. Advisories and risk come from other sources later.

use serde::{Deserialize, Serialize};

use super::Text;

/// A release as the backend names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Release {
    /// The backend's own id, as it spells it.
    pub native: Text,
    /// `baseline:2026.12`
    pub name: Text,
}
