//! A rollout written down by the user, for systems that only run jobs: rings in order, the function, and the gate behind each.
//!
//! It says what should run where. What has run is the system's own job history, read elsewhere.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Gate, TenantId, Text};

/// One rollout of one tenant, ring by ring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RingPlan {
    /// Goes to the system as a label: no customer words.
    pub id: String,
    pub name: Text,
    pub tenant: TenantId,
    pub run: Run,
    /// Brings a host back; none where the system itself knows the state before.
    pub undo: Option<Run>,
    /// In the order in which they are shown; `after` says which waits for which.
    pub rings: Vec<Ring>,
    /// Hosts of which no two may be in one ring: the nodes of a cluster.
    pub apart: Vec<Vec<String>>,
    /// The last day, in UTC, on which a ring may begin. A cockpit that never saw the plan run cannot know that it is over.
    pub until: Option<Date>,
}

/// What a job runs, in the system's own words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub fun: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arg: Vec<Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub kwarg: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// Goes to the system as a label.
    pub name: String,
    pub target: Target,
    /// A host that has not answered after this is asked what it does.
    pub expect_seconds: u32,
    pub gate: Gate,
    /// Places in the plan's list of rings that must be through before.
    pub after: Vec<usize>,
}

/// Which hosts a ring means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The system's own expression. It is narrowed to the tenant's hosts.
    Expression(String),
    Hosts(Vec<String>),
}

impl RingPlan {
    /// Distance of a ring from the start; rings of one level run side by side.
    pub fn level(&self, ring: usize) -> u32 {
        let before = self.rings.get(ring).map_or(&[][..], |ring| &ring.after);
        // A ring stands after earlier ones only, so that this ends.
        before.iter().filter(|&&place| place < ring).map(|&place| self.level(place) + 1).max().unwrap_or(0)
    }
}
