//! Which kinds of patch system there are, and which adapter speaks to each. A word and an arm a kind.
//!
//! It opens a connection's adapter and asks nothing of the server yet.

use std::sync::Arc;

use super::broken::Broken;
use super::hawkbit::Hawkbit;
use super::port::{Backend, Keep, Trouble};
use super::salt;
use super::settings::Settings;

/// The words that `kind` in a `[[backend]]` table may hold.
pub const KINDS: &[&str] = &["hawkbit", "salt"];

/// Makes the adapter that the settings ask for. Certificates are read here; secrets are read with the first request.
///
/// # Errors
/// An unknown kind, an address that is none, or a certificate file that cannot be used.
pub fn open(settings: &Settings) -> Result<Arc<dyn Backend>, Trouble> {
    made(settings, None)
}

fn made(settings: &Settings, keep: Option<&Arc<dyn Keep>>) -> Result<Arc<dyn Backend>, Trouble> {
    match settings.kind.as_str() {
        "hawkbit" if !settings.plans.is_empty() => {
            Err(Trouble::Unsupported("this kind has rollouts of its own: take the [[plan]] of this backend out".into()))
        }
        "hawkbit" => Ok(Arc::new(Hawkbit::open(settings)?)),
        "salt" => Ok(Arc::new(salt::open(settings)?.keeping(keep.cloned()))),
        other => Err(Trouble::Unsupported(format!("kind \"{other}\" is none of: {}", KINDS.join(", ")).into())),
    }
}

/// The adapter that the settings ask for, or, where it cannot be made, one that says why: one bad connection must not keep
/// the others from the screen. What its system will forget it may `keep`.
pub fn connection(settings: &Settings, keep: Option<&Arc<dyn Keep>>) -> Arc<dyn Backend> {
    made(settings, keep).unwrap_or_else(|trouble| {
        let kind = KINDS.iter().find(|kind| **kind == settings.kind).unwrap_or(&"unknown");
        Arc::new(Broken::new(settings, kind, trouble))
    })
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::backend::port::{Capability, Interest};
    use crate::domain::{BackendName, TenantId};

    #[tokio::test]
    async fn a_connection_whose_authority_is_missing_answers_with_the_reason() {
        let settings = Settings {
            tenant: Some(TenantId::new("acme")),
            ca_file: Some("/nowhere/corp.pem".into()),
            ..Settings::new(BackendName::new("acme-hb"), "hawkbit", "https://hawkbit.example.net")
        };
        let backend = connection(&settings, None);
        let described = backend.describe();
        assert_eq!((described.name.raw(), described.kind), ("acme-hb", "hawkbit"));
        assert_eq!(described.tenants, [TenantId::new("acme")]);
        let Capability::Unsupported(why) = described.capability(crate::action::Verb::Pause) else {
            panic!("nothing can be done")
        };
        assert!(why.as_str().contains("/nowhere/corp.pem"), "{why}");
        let trouble = backend.observe(Interest::Board).await.expect_err("it cannot be read");
        assert!(trouble.to_string().contains("ca_file /nowhere/corp.pem"), "{trouble}");
    }
}
