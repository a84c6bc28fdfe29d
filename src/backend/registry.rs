//! Which kinds of patch system there are, and which adapter speaks to each. One line a kind.
//!
//! It opens a connection's adapter and asks nothing of the server yet.

use std::sync::Arc;

use super::hawkbit::Hawkbit;
use super::port::{Backend, Trouble};
use super::salt;
use super::settings::Settings;

/// The words that `kind` in a `[[backend]]` table may hold.
pub const KINDS: &[&str] = &["hawkbit", "salt"];

/// Makes the adapter that the settings ask for. Certificates are read here; secrets are read with the first request.
///
/// # Errors
/// An unknown kind, an address that is none, or a certificate file that cannot be used.
pub fn open(settings: &Settings) -> Result<Arc<dyn Backend>, Trouble> {
    match settings.kind.as_str() {
        "hawkbit" if !settings.plans.is_empty() => {
            Err(Trouble::Unsupported("this kind has rollouts of its own: take the [[plan]] of this backend out".into()))
        }
        "hawkbit" => Ok(Arc::new(Hawkbit::open(settings)?)),
        "salt" => Ok(Arc::new(salt::open(settings)?)),
        other => Err(Trouble::Unsupported(format!("kind \"{other}\" is none of: {}", KINDS.join(", ")).into())),
    }
}
