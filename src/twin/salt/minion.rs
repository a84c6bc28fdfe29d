//! A minion and the host behind it: what is installed, what its next run will do, what it is doing now.
//!
//! State and questions; what a function answers is in `work`, what a package run changes in `packages`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::{Map, Value, json};

use super::super::world::Millis;
use super::night::{Flavour, Fleet, Probe};
use super::target::Known;
use crate::twin::scenario::Install;

/// How many jobs a minion remembers having seen.
const REMEMBERED: usize = 100;

/// How the next runs of the package manager on a host end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Profile {
    Success,
    NeedsReboot,
    UpToDate,
    Hang,
    Slow,
    Exception,
    False,
    /// One of the flavour's failures.
    Fails(String),
}

impl Profile {
    /// None for a name the flavour does not know.
    pub(super) fn named(name: &str, flavour: &Flavour) -> Option<Self> {
        Some(match name {
            "success" => Self::Success,
            "needs_reboot" => Self::NeedsReboot,
            "up_to_date" => Self::UpToDate,
            "hang" => Self::Hang,
            "slow" => Self::Slow,
            "exception" => Self::Exception,
            "false" => Self::False,
            other if flavour.failure.contains_key(other) => Self::Fails(other.to_owned()),
            _ => return None,
        })
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::NeedsReboot => "needs_reboot",
            Self::UpToDate => "up_to_date",
            Self::Hang => "hang",
            Self::Slow => "slow",
            Self::Exception => "exception",
            Self::False => "false",
            Self::Fails(name) => name,
        }
    }
}

/// Changed packages: name to old and new version.
pub(super) type Changes = BTreeMap<String, (String, String)>;

pub(super) struct Minion {
    pub(super) id: String,
    pub(super) tenant: usize,
    pub(super) flavour: String,
    pub(super) grains: Map<String, Value>,
    pub(super) pillar: Map<String, Value>,
    pub(super) installed: BTreeMap<String, String>,
    pub(super) held: BTreeSet<String>,
    pub(super) reboot_required: bool,
    pub(super) boots: u32,
    pub(super) runs: u32,
    pub(super) profile: Profile,
    /// How many runs the profile still holds for; 0 means always.
    pub(super) times: u32,
    pub(super) install: Install,
    pub(super) online: bool,
    /// When it came or went.
    pub(super) since: Millis,
    pub(super) history: Vec<Changes>,
    seen: VecDeque<String>,
    /// Rows of the runs at work.
    pub(super) running: Vec<usize>,
}

impl Known for Minion {
    fn id(&self) -> &str {
        &self.id
    }
    fn grains(&self) -> &Map<String, Value> {
        &self.grains
    }
    fn pillar(&self) -> &Map<String, Value> {
        &self.pillar
    }
}

impl Minion {
    pub(super) fn new(id: String, tenant: usize, fleet: &Fleet, flavour: &Flavour, pillar: Map<String, Value>) -> Self {
        let mut grains = fleet.grains.clone();
        grains.insert("id".to_owned(), json!(id));
        let mut minion = Self {
            id,
            tenant,
            flavour: fleet.flavour.clone(),
            grains,
            pillar,
            installed: BTreeMap::new(),
            held: BTreeSet::new(),
            reboot_required: false,
            boots: 1,
            runs: 0,
            profile: Profile::Success,
            times: 0,
            install: fleet.install,
            online: true,
            since: Millis::MIN,
            history: Vec::new(),
            seen: VecDeque::new(),
            running: Vec::new(),
        };
        minion.reset(flavour, Profile::Success, 0);
        minion
    }

    /// A fresh host with everything still to do.
    pub(super) fn reset(&mut self, flavour: &Flavour, profile: Profile, times: u32) {
        let first = |versions: &Vec<String>| versions.first().cloned().unwrap_or_default();
        self.installed = flavour.package.iter().map(|(name, versions)| (name.clone(), first(versions))).collect();
        self.held.clear();
        self.reboot_required = false;
        self.boots = 1;
        self.runs = 0;
        self.history.clear();
        self.profile = profile;
        self.times = times;
    }

    /// What is missing, with the version that would come.
    pub(super) fn upgrades(&self, flavour: &Flavour) -> BTreeMap<String, String> {
        if self.profile == Profile::UpToDate {
            return BTreeMap::new();
        }
        let wanted = flavour.package.iter().filter_map(|(name, versions)| {
            let newest = versions.get(1)?;
            let kernel = flavour.kernel.as_deref() == Some(name) && self.profile != Profile::NeedsReboot;
            let missing = !kernel && !self.held.contains(name) && self.installed.get(name).is_some_and(|now| now != newest);
            missing.then(|| (name.clone(), newest.clone()))
        });
        wanted.collect()
    }

    pub(super) fn frozen(&self) -> bool {
        self.pillar.get("minion_blackout") == Some(&Value::Bool(true))
    }

    pub(super) fn probe(&self, flavour: &Flavour) -> Probe {
        match &self.profile {
            Profile::Fails(name) => flavour.failure.get(name).map_or_else(Probe::default, |failure| failure.probe),
            _ => Probe::default(),
        }
    }

    /// Whether this job is new to it; remembers it.
    pub(super) fn is_new(&mut self, jid: &str) -> bool {
        if self.seen.iter().any(|seen| seen == jid) {
            return false;
        }
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(jid.to_owned());
        true
    }

    /// It was restarted: what it remembered is gone.
    pub(super) fn forgets(&mut self) {
        self.seen.clear();
    }

    /// How long its next package run takes, drawn from the seed, the host's row and the number of the run alone.
    pub(super) fn takes(&self, seed: u64, row: usize) -> Millis {
        let salt = (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(self.runs).wrapping_mul(0xD1B5_4A32_D192_ED03);
        let mut random = SmallRng::seed_from_u64(seed ^ salt);
        self.install.draw(&mut random)
    }
}
