//! Names of things. Each kind has its own type, so that a wave can never be asked for with a host's id.
//!
//! An id keeps the backend's own spelling for requests (`raw`), and shows itself only through [`Text`].

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Text;

macro_rules! word {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(raw: impl AsRef<str>) -> Self {
                Self(raw.as_ref().into())
            }

            /// The exact spelling, for requests and comparison. Screens use `Display`.
            pub fn raw(&self) -> &str {
                &self.0
            }

            pub fn text(&self) -> Text {
                Text::new(&*self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.text().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.text().fmt(f)
            }
        }
    };
}

word! {
    /// A client whose hosts are patched; our name for it, from the config.
    TenantId
}
word! {
    /// One connection, as the config names it. Shown on every row, dialog and journal line.
    BackendName
}
word! {
    /// One intent of one person, made once and kept through every retry of reading.
    IntentId
}

macro_rules! within {
    ($(#[$doc:meta])* $name:ident, $owner:ident: $of:ty) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name {
            pub $owner: $of,
            native: Arc<str>,
        }

        impl $name {
            pub fn new($owner: $of, native: impl AsRef<str>) -> Self {
                Self { $owner, native: native.as_ref().into() }
            }

            /// The backend's own id, exactly as it spells it.
            pub fn raw(&self) -> &str {
                &self.native
            }

            pub fn text(&self) -> Text {
                Text::new(&*self.native)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.text().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}/{}", self.$owner, self.text())
            }
        }
    };
}

within! {
    /// A rollout on one connection.
    RolloutId, backend: BackendName
}
within! {
    /// A wave of one rollout.
    WaveId, rollout: RolloutId
}
within! {
    /// A host on one connection. The same machine on two connections is two of these with one name.
    HostId, backend: BackendName
}

impl WaveId {
    pub fn backend(&self) -> &BackendName {
        &self.rollout.backend
    }
}
