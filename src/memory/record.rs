//! One remembered thing. The names of kinds and fields stay; unknown ones of a later version are skipped when read.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::{BackendName, Care, IntentId, Need, Relation, RolloutId, TenantId, Text};

/// How fast a wave went: what a forecast may lean on when nothing better is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    pub tenant: TenantId,
    pub rollout: RolloutId,
    /// Names, since a later night has other ids.
    pub name: Text,
    pub wave: Text,
    /// Hosts that were done, out of those that began.
    pub hosts: u32,
    pub failed: u32,
    /// Civil seconds from the wave's begin to its last host.
    pub seconds: u32,
    /// Civil seconds from the wave's begin until each tenth of the hosts that came to an end had: eleven of them, or none where
    /// nobody saw the wave begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenths: Vec<u32>,
    /// Civil time of its end.
    pub ended: Timestamp,
}

/// Two rollouts that belong together though no backend says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub from: RolloutId,
    pub relation: Relation,
    pub to: RolloutId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    Pace(Pace),
    /// A person has taken note of a need, by its [`need_key`].
    Acknowledged {
        need: Text,
        at: Timestamp,
    },
    /// When a person last looked at a thing.
    Seen {
        thing: Text,
        at: Timestamp,
    },
    Link(Link),
    /// What a person said about a cause or a failed host, by its key.
    Care {
        of: Text,
        care: Care,
    },
    /// A cause was there at a tenant in this night.
    Night {
        tenant: TenantId,
        cause: Text,
        night: Date,
        /// Civil time of the first failure of that night; none in what was remembered before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<Timestamp>,
    },
    /// Who sits here, until the shift ends. Real time.
    Person {
        name: Text,
        until: Timestamp,
    },
}

/// What an acknowledgement is about. The words are part of it, so that a need that grew asks again.
pub fn need_key(need: &Need) -> Text {
    let part = |text: Option<Text>| text.unwrap_or_else(|| "-".into());
    Text::new(format!(
        "{}/{}/{}/{}/{}/{}",
        need.kind.key(),
        part(need.tenant.as_ref().map(TenantId::text)),
        part(need.backend.as_ref().map(BackendName::text)),
        part(need.rollout.as_ref().map(|rollout| Text::new(format!("{}/{rollout}", rollout.backend)))),
        part(need.intent.as_ref().map(IntentId::text)),
        need.what
    ))
}
